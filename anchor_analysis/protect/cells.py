"""The cells of an edition's declared tables, each protected with its margins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from anchor_analysis.compare.breaks import breaks_in
from anchor_analysis.declared import Metric, Network, NetworkYear, TableDefinition, parse_year
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.declared.units import UNITS
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.protect.benchmarks import ITEMS, benchmark_figures
from anchor_analysis.protect.bounds import Ends, bounds_of_total
from anchor_analysis.protect.confidentiality import Confidentiality
from anchor_analysis.protect.figures import (
    Figure,
    protect_difference,
    protect_level,
    protect_percent,
    rounded,
    small,
    withheld,
)
from anchor_analysis.protect.gaps import gap_cells
from anchor_analysis.protect.parts import withhold_parts, withhold_ratios
from anchor_analysis.protect.prices import price_cells
from anchor_analysis.protect.rounding import round_amount, words
from anchor_analysis.protect.secondary import withhold_seconds
from anchor_analysis.protect.standing import FINDINGS, standing_cells
from anchor_analysis.protect.targets import target_cells
from anchor_analysis.protect.two_ways import withhold_in_two_ways

CELL_COLUMNS = [
    "cell_id", "table", "kind", "metric", "period", "since", "since_period", "panel", "member", "group", "item",
    "unit", "value", "lower", "upper", "shown", "status", "rule", "note", "source_id", "members_counted",
    "members_expected", "quality",
]  # fmt: skip

_NUMBERS = ("numerator", "denominator", "unknown", "unknown_credits", "value")

_DIMENSIONS = ["table", "metric", "period", "since", "panel", "member", "group", "item"]

Row = dict[str, Any]

#: Why the same members are withheld where all are told.
OTHERS = "would give away the few of the members left out"


def protect(network: Network, observations: pd.DataFrame, findings: pd.DataFrame, year: NetworkYear) -> pd.DataFrame:
    """The released cells of all public tables of an edition, one row per cell, columns as CELL_COLUMNS.

    A cell's `status` is `shown`, `withheld` (with the `rule`), `no_value` (only bounds are known) or the
    observation's own status where there is nothing to show. Only what is here may reach a page.
    """
    protecting = _Protecting(network, observations, findings, year)
    public = _public_tables(network)
    cells = _as_cells([row for table in public if not table.of for row in protecting.table(table)])
    cells = withhold_ratios(
        withhold_seconds(withhold_in_two_ways(withhold_parts(cells, network), network), network), network
    )
    benchmarks = [table for table in public if table.kind in ("benchmark", "population")]
    held = [row for table in benchmarks for row in protecting.against_benchmark(table, cells)]
    aims = [table for table in public if table.kind == "targets"]
    held += [row for table in aims for row in target_cells(network, table, findings, cells)]
    held += [row for table in public if table.kind == "pay_gaps" for row in gap_cells(network, table, findings, year)]
    held += [
        row for table in public if table.kind == "real_terms" for row in price_cells(network, table, findings, cells)
    ]
    cells = pd.concat([cells, _as_cells(held)], ignore_index=True) if held else cells
    return cells.drop(columns="size").astype({name: "Int64" for name in ("members_counted", "members_expected")})


def _public_tables(network: Network) -> list[TableDefinition]:
    """The public tables, last those that repeat others' figures to stand beside what is no headline."""
    metrics = network.catalogue.metrics
    public = [table for table in network.catalogue.tables.values() if table.audience == "public"]
    return sorted(public, key=lambda table: not all(metrics[name].headline for name in table.metrics))


def _as_cells(rows: list[Row]) -> pd.DataFrame:
    cells = pd.DataFrame(rows, columns=[*CELL_COLUMNS, "size"])
    keys = cells[_DIMENSIONS].to_numpy()
    return cells.assign(cell_id=["|".join(str(part).replace("/", "-") for part in key if part) for key in keys])


class _Protecting:
    def __init__(self, network: Network, observations: pd.DataFrame, findings: pd.DataFrame, year: NetworkYear):
        self.network, self.year = network, year
        self.observations, self.findings = observations, findings
        self.confidentiality = Confidentiality(network)
        self.measured = set(observations["metric"])

    def table(self, table: TableDefinition) -> Iterator[Row]:
        kinds = {
            "levels": self._levels, "changes": self._changes, "parts": self._parts, "coverage": self._coverage,
            "reductions": self._reductions,
        }  # fmt: skip
        for name in table.metrics:
            if table.kind == "pay_gaps":
                continue
            if name in self.measured and table.kind in FINDINGS:
                metric = self.network.catalogue.metric(name)
                yield from standing_cells(table, metric, self.findings, self.network, self.year)
            elif name in self.measured:
                yield from kinds[table.kind](table, self.network.catalogue.metric(name))

    def _chosen(self, table: TableDefinition, metric: Metric) -> pd.DataFrame:
        frame = self.observations[self.observations["metric"] == metric.id]
        if table.periods == "latest":
            frame = frame[frame["network_year"] == str(self.year)]
        parts = (frame["scope"] == table.scope) & (frame["breakdown"] == table.breakdown)
        if not table.margins:
            return frame[parts]
        totals = (frame["scope"] == "network") & (frame["breakdown"] == "")
        return pd.concat([frame[parts | totals], *_margins(frame, table)]).sort_values("observation_id", kind="stable")

    def _levels(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        profile = self.network.profile(metric.protect)
        for row in self._chosen(table, metric).to_dict("records"):
            figure = self._level(row, metric)
            yield {
                "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["network_year"],
                "since": "", "since_period": "", "panel": "all", "member": row["member"], "group": row["group"],
                "item": "value", "unit": metric.unit, **figure.as_cell(), "note": self._level_note(row, figure, metric),
                "source_id": row["observation_id"], "members_counted": row["members_counted"],
                "members_expected": row["members_expected"], "quality": row["quality"],
                "size": abs(row["numerator"]) if profile.threshold and not pd.isna(row["numerator"]) else pd.NA,
            }  # fmt: skip

    def _level_note(self, row: Row, figure: Figure, metric: Metric) -> str:
        """What stands beside a level: what it is made of, and whether from its year on it counts another thing."""
        year = parse_year(row["network_year"])
        marks = [] if figure.status == "withheld" else self._marks(row, metric)
        return "; ".join([*marks, *_made_of(row, figure), *breaks_in(metric, self.network, year, row["member"])])

    def _marks(self, row: Row, metric: Metric) -> list[str]:
        """The groups that a figure is made of, by the breakdown that its metric is marked by."""
        if not metric.marked_by or row["breakdown"]:
            return []
        same = ["metric", "network_year", "scope", "member"]
        found = self.observations[self.observations["breakdown"] == metric.marked_by]
        found = found[(found[same] == [row[name] for name in same]).all(axis="columns")]
        some = (found[["numerator", "unknown"]] != 0).any(axis="columns")
        groups = found["group"][some].str.replace("_", " ")
        return [" and ".join(groups.sort_values())] if len(groups) else []

    def _level(self, row: Row, metric: Metric) -> Figure:
        profile = self.network.profile(metric.protect)
        if row["status"] not in COUNTED:
            return Figure(shown=row["status"].replace("_", " "), status=row["status"])
        rule = self.confidentiality.of_level(metric, row)
        return withheld(profile, rule) if rule else self._protected(row, metric)

    def _protected(self, numbers: Row, metric: Metric) -> Figure:
        top, bottom = self.network.catalogue.parts(metric)
        units = (top.unit, (bottom or top).unit)
        return protect_level(numbers, metric.unit, units, self.network.profile(metric.protect))

    def _changes(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        found = self.findings[(self.findings["metric"] == metric.id) & (self.findings["kind"] == "change")]
        every = {(row["period"], row["since"]): row for row in found[found["panel"] == "all"].to_dict("records")}
        for row in found[found["panel"].isin(table.panels)].to_dict("records"):
            rule = self._left_out(every.get((row["period"], row["since"]), row), row, metric)
            for since in self._named(row["since"], table):
                for item, figure, unit in self._change_figures(row, metric, rule):
                    yield self._finding_cell(table, metric, row, since, item, figure, unit)

    def _named(self, since: str, table: TableDefinition) -> list[str]:
        names = {"previous": str(self.year.previous), "baseline": str(self.network.baseline)}
        return [name for name in table.since if names[name] == since]

    def _left_out(self, every: Row, same: Row, metric: Metric) -> str:
        """Why the same members are not told beside all: the difference, what the others have, is too small.

        Of how many it is unknown is no part of this: it is told by bounds alone, which are rounded outward.
        """
        threshold = self.network.profile(metric.protect).threshold
        parts = [part or metric for part in self.network.catalogue.parts(metric)]
        for end in ("from", "to"):
            for name, part in (("numerator", parts[0]), ("denominator", parts[1])):
                amounts = [row[f"{end}_{name}"] for row in (every, same)]
                if not any(pd.isna(amount) for amount in amounts):
                    apart = abs(int(amounts[0]) - int(amounts[1]))
                    if 0 < apart < threshold * UNITS[part.unit].scale:
                        return OTHERS
        return ""

    def _ends(self, row: Row, metric: Metric, rule: str = "") -> tuple[Figure, Figure]:
        profile = self.network.profile(metric.protect)
        rule = rule or self.confidentiality.of_change(metric, row)
        if rule:
            return withheld(profile, rule), withheld(profile, rule)
        ends = []
        for end in ("from", "to"):
            numbers = {name: row[f"{end}_{name}"] for name in _NUMBERS}
            ends.append(self._protected(numbers, metric))
        return ends[0], ends[1]

    def _change_figures(self, row: Row, metric: Metric, rule: str) -> Iterator[tuple[str, Figure, str]]:
        profile = self.network.profile(metric.protect)
        before, after = self._ends(row, metric, rule)
        yield "from", before, metric.unit
        yield "to", after, metric.unit
        change = protect_difference(before, after, metric.unit, profile)
        yield "change", change, metric.unit
        if metric.kind == "additive":
            yield "percent", protect_percent(before, after, profile), "percent"
        yield "verdict", _verdict(row, change), "words"

    def _finding_cell(
        self, table: TableDefinition, metric: Metric, row: Row, since: str, item: str, figure: Figure, unit: str
    ) -> Row:
        counted = {"from": row["members_from"], "to": row["members_to"]}.get(item, row["members"])
        return {
            "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["period"], "since": since,
            "since_period": row["since"], "panel": row["panel"], "member": "", "group": "", "item": item,
            "unit": unit, **figure.as_cell(), "note": _finding_note(row, item, figure), "source_id": row["finding_id"],
            "members_counted": counted, "members_expected": row["members_expected"],
            "quality": "mixed" if not pd.isna(row["told"]) and row["told"] else "rows", "size": pd.NA,
        }  # fmt: skip

    def _parts(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        found = self.findings[(self.findings["metric"] == metric.id) & (self.findings["panel"] == "all")]
        found = found[found["kind"].isin(["change", "part"])]
        for since in dict.fromkeys(found["since"]):
            of_pair = found[found["since"] == since].to_dict("records")
            figures = {row["part"]: self._part(row, metric) for row in of_pair if row["kind"] == "part"}
            keep_hidden(figures, self.network.profile(metric.protect).withheld)
            whole = next(row for row in of_pair if row["kind"] == "change")
            change = protect_difference(*self._ends(whole, metric), metric.unit, self.network.profile(metric.protect))
            for name in self._named(since, table):
                for row in of_pair:
                    figure = figures.get(row["part"], change)
                    yield self._finding_cell(table, metric, row, name, row["part"] or "change", figure, metric.unit)

    def _reductions(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        found = self.findings[(self.findings["metric"] == metric.id) & (self.findings["kind"] == "reduction")]
        profile = self.network.profile(metric.protect)
        for row in found.to_dict("records"):
            rule = self.confidentiality.of_change(metric, row)
            value = round_amount(int(row["part_numerator"]), metric.unit, profile)
            told = Figure(value, value, value, words(value, metric.unit, profile), rule=rounded(profile, metric.unit))
            figure = withheld(profile, rule) if rule else told
            yield self._finding_cell(table, metric, row, "baseline", row["part"], figure, metric.unit)

    def _part(self, row: Row, metric: Metric) -> Figure:
        profile = self.network.profile(metric.protect)
        number = int(row["part_numerator"])
        rule = self.confidentiality.of_part(metric, row)
        if not rule and row["part"] != "continuing" and number:
            rule = small(number, metric.unit, profile)
        if rule:
            return withheld(profile, rule)
        value, scale = round_amount(number, metric.unit, profile), metric.scale.scale
        ends = Ends(round(row["lower"] * scale), round(row["upper"] * scale))
        bounds, shown = bounds_of_total(ends, metric.unit, profile), words(value, metric.unit, profile, signed=True)
        return Figure(value, *bounds, shown, rule=rounded(profile, metric.unit), certain=ends.certain)

    def against_benchmark(self, table: TableDefinition, cells: pd.DataFrame) -> Iterator[Row]:
        """The figures of a benchmark or population table, from the cells that another table shows."""
        disadvantaged = self.network.disadvantaged
        groups = {"most_disadvantaged": disadvantaged.wards} if disadvantaged else {}
        by = f":{self.network.catalogue.tables[table.of].breakdown}="
        for name in table.metrics:
            chosen = (self.findings["kind"] == table.kind) & (self.findings["metric"] == name)
            chosen &= self.findings["observation_ids"].str.contains(by, regex=False)
            found = self.findings[chosen]
            metric, shown = self.network.catalogue.metric(name), cells[cells["table"] == table.of]
            shown = shown[(shown["metric"] == name) & (shown["period"] == str(self.year)) & (shown["group"] != "")]
            ids = found.set_index("group")["finding_id"]
            profile = self.network.profile(metric.protect)
            for group, figures in benchmark_figures(shown, found, groups, metric.unit, profile):
                for item, figure in zip(ITEMS, figures, strict=True):
                    unit = "times" if item == "quotient" else metric.unit
                    row = shown.iloc[0]
                    yield {
                        "table": table.id, "kind": table.kind, "metric": name, "period": str(self.year), "since": "",
                        "since_period": "", "panel": "all", "member": "", "group": group, "item": item, "unit": unit,
                        **figure.as_cell(), "note": "", "source_id": ids[group], "quality": row["quality"],
                        "members_counted": row["members_counted"], "members_expected": row["members_expected"],
                        "size": pd.NA,
                    }  # fmt: skip

    def _hides_zero(self, metric: Metric) -> bool:
        """Whether that a figure is zero would tell what its own cell withholds."""
        closed = getattr(self.network.confidentiality, metric.protect) == "confidential"
        return closed or self.network.profile(metric.protect).zero == "withheld"

    def _coverage(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        frame = self.observations[self.observations["metric"] == metric.id]
        frame = frame[(frame["scope"] == "member") & (frame["breakdown"] == "")]
        for row in frame.to_dict("records"):
            status = "reported" if row["status"] == "zero" and self._hides_zero(metric) else row["status"]
            yield {
                "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["network_year"],
                "since": "", "since_period": "", "panel": "all", "member": row["member"], "group": "",
                "item": "status", "unit": "words", "shown": status.replace("_", " "),
                "status": "shown" if status in COUNTED else status, "rule": "",
                "note": "as told" if row["quality"] == "reported_total" else "", "source_id": row["observation_id"],
                "members_counted": row["members_counted"], "members_expected": row["members_expected"],
                "quality": row["quality"], "size": pd.NA,
            }  # fmt: skip


def _margins(frame: pd.DataFrame, table: TableDefinition) -> Iterator[pd.DataFrame]:
    """Of a table by two columns the sums over either, in groups that say over which."""
    for place, column in enumerate(table.breakdown.split(BOTH) if BOTH in table.breakdown else []):
        sums = frame[(frame["scope"] == table.scope) & (frame["breakdown"] == column)]
        yield sums.assign(group=sums["group"] + BOTH if place == 0 else BOTH + sums["group"])


def keep_hidden(figures: dict[str, Figure], mark: str) -> None:
    """A single withheld part could be had from the others and the change, so what continues is withheld too.

    Where that is the one, the smallest of the others is that is not nought.
    """
    hidden = [name for name, figure in figures.items() if figure.status == "withheld"]
    if len(hidden) != 1:
        return
    others = [name for name, figure in figures.items() if name not in hidden and figure.value]
    smallest = min(others, key=lambda name: abs(figures[name].value), default="")
    second = smallest if hidden == ["continuing"] else "continuing"
    if second:
        figures[second] = Figure(shown=mark, status="withheld", rule="would give away a withheld cell")


def _verdict(row: Row, change: Figure) -> Figure:
    """The verdict in words; it tells the direction of a change, so it says no more of it than the change does."""
    if change.status == "withheld":
        return Figure(shown="too few", status="withheld", rule=change.rule)
    return Figure(shown="no clear change" if _is_hidden(row, change) else row["verdict"])


def _is_hidden(row: Row, change: Figure) -> bool:
    """Whether rounding leaves nothing of a direction, or turns it."""
    direction = {"rose": 1, "fell": -1}.get(row["verdict"], 0)
    return change.status == "shown" and bool(direction) and change.value * direction <= 0


def _made_of(row: Row, figure: Figure) -> list[str]:
    notes = ["part of the year only"] if row["status"] == "partial" else []
    told = {"reported_total": "figure as told", "mixed": "partly figures as told"}
    if row["quality"] == "estimated" and pd.isna(row["value"]):
        notes.append("a range, since a part is assumed or was not surveyed")
    elif row["quality"] == "estimated":
        part = "" if row["scope"] == "member" else "partly "
        notes.append(f"{part}raised to the whole year from the months that were reported")
    if row["quality"] in told and figure.status == "shown":
        notes.append(told[row["quality"]])
    return notes


def _finding_note(row: Row, item: str, figure: Figure) -> str:
    if item == "verdict" and figure.status == "shown" and figure.shown != row["verdict"]:
        return "too small to be seen once figures are rounded"
    if item == "verdict":
        return "; ".join(filter(None, [row["standing"], row["reason"]]))
    return "partly figures as told" if not pd.isna(row["told"]) and row["told"] else ""
