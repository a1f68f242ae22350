"""The cells of an edition's declared tables, each by itself: what it is of, its figure, and the numbers that it tells.

Nothing is decided here that more than the cell itself is needed for; see `cells` for what all of them together may
tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from anchor_analysis.compare.breaks import breaks_in
from anchor_analysis.declared import Metric, Network, NetworkYear, TableDefinition, parse_year
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.measure.observing import COUNTED, NOT_BROKEN_DOWN
from anchor_analysis.protect.bounds import Ends, bounds_of_total
from anchor_analysis.protect.figures import (
    Figure,
    protect_difference,
    protect_level,
    protect_percent,
    rounded,
    withheld,
)
from anchor_analysis.protect.numbers import Numbers
from anchor_analysis.protect.rounding import round_amount, words

#: Why a reduction of some members is withheld where all are told in the years that it is between.
LEFT_OUT = "would tell by how much those changed who are left out"

_NUMBERS = ("numerator", "denominator", "unknown", "unknown_credits", "value")

Row = dict[str, Any]

#: The columns of observations by which it is chosen what a table shows.
_CHOSEN_BY = ["metric", "network_year", "scope", "breakdown", "group", "observation_id"]


class CellRows:
    """The cells of tables as rows, and the numbers that each of them tells, gathered in `numbers`.

    A row has the columns of a cell and `tells`, the names of the numbers that can be had from what it shows; one of a
    ratio has in `bases` those of them that it is of, without what is unknown.
    """

    def __init__(
        self, network: Network, observations: pd.DataFrame, findings: pd.DataFrame, year: NetworkYear,
        numbers: Numbers,
    ):  # fmt: skip
        self.network, self.year, self.numbers = network, year, numbers
        self.observations = observations
        # once: to take records and the rows of a metric from a frame for each table costs several times as much
        self._told = observations.to_dict("records")
        self._where = dict(iter(observations[_CHOSEN_BY].reset_index(drop=True).groupby("metric")))
        self._found: dict[str, list[Row]] = {}
        for row in findings.to_dict("records"):
            self._found.setdefault(row["metric"], []).append(row)
        self.measured = self._where.keys()
        self.nowhere = _all_unknown(observations)

    def table(self, table: TableDefinition) -> Iterator[Row]:
        """The rows of a table of levels, changes, parts of changes, reductions or coverage; none of another kind."""
        kinds = {
            "levels": self._levels, "changes": self._changes, "parts": self._parts, "coverage": self._coverage,
            "reductions": self._reductions,
        }  # fmt: skip
        if table.kind in kinds:
            for name in table.metrics:
                if name in self.measured:
                    yield from kinds[table.kind](table, self.network.catalogue.metric(name))

    def _chosen(self, table: TableDefinition, metric: Metric) -> list[Row]:
        """The observations that a table shows of a metric; of margins, the group says over what they are sums."""
        found = self._placed(table, metric)
        return [self._told[at] | {"group": group} for at, group in zip(found.index, found["group"], strict=True)]

    def _placed(self, table: TableDefinition, metric: Metric) -> pd.DataFrame:
        frame = self._where[metric.id]
        if table.periods == "latest":
            frame = frame[frame["network_year"] == str(self.year)]
        parts = (frame["scope"] == table.scope) & (frame["breakdown"] == table.breakdown)
        if not table.margins:
            return frame[parts]
        totals = (frame["scope"] == "network") & (frame["breakdown"] == "")
        return pd.concat([frame[parts | totals], *_margins(frame, table)]).sort_values("observation_id", kind="stable")

    def _levels(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        for row in self._chosen(table, metric):
            tells = self.numbers.level(row["observation_id"]) if self.numbers.counts(row["observation_id"]) else []
            figure = self._level(row, metric, tells)
            yield {
                "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["network_year"],
                "since": "", "since_period": "", "panel": "all", "member": row["member"], "group": row["group"],
                "item": "value", "unit": metric.unit, **figure.as_cell(), "note": self._level_note(row, figure, metric),
                "note_withheld": self._level_note(row, Figure(status="withheld"), metric),
                "source_id": row["observation_id"], "members_counted": row["members_counted"],
                "members_expected": row["members_expected"], "quality": row["quality"], "tells": tells,
                "bases": tells[1:2],
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

    def _level(self, row: Row, metric: Metric, tells: Sequence[str]) -> Figure:
        if row["status"] not in COUNTED:
            return Figure(shown=row["status"].replace("_", " "), status=row["status"])
        if row["numerator"] == 0 and (*(row[name] for name in _PLACED), row["breakdown"]) in self.nowhere:
            return Figure(shown="not known", status="no_value", rule="nobody's group is known")
        return self._protected(row, metric, tells)

    def _protected(self, numbers: Row, metric: Metric, tells: Sequence[str]) -> Figure:
        """The figure of some whole numbers; those that are rounded with others are taken as these are."""
        top, bottom = self.network.catalogue.parts(metric)
        units = (top.unit, (bottom or top).unit)
        for place, name in zip(tells, ("numerator", "denominator"), strict=False):
            numbers = numbers | {name: self.numbers.rounded.get(place, numbers[name])}
        return protect_level(numbers, metric.unit, units, self.network.profile(metric.protect))

    def _changes(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        changes = [row for row in self._found.get(metric.id, []) if row["kind"] == "change"]
        for row in [row for row in changes if row["panel"] in table.panels]:
            tells = {end: self.numbers.end(row, end) for end in ("from", "to")}
            bases = {end: told[1:2] for end, told in tells.items()}
            for since in self._named(row["since"], table):
                for item, figure, unit in self._change_figures(row, metric, tells):
                    told, of = (ends.get(item, [*ends["from"], *ends["to"]]) for ends in (tells, bases))
                    yield self._finding_cell(table, metric, row, since, item, figure, unit, told) | {"bases": of}

    def _named(self, since: str, table: TableDefinition) -> list[str]:
        names = {"previous": str(self.year.previous), "baseline": str(self.network.baseline)}
        return [name for name in table.since if names[name] == since]

    def _ends(self, row: Row, metric: Metric, tells: Mapping[str, Sequence[str]]) -> tuple[Figure, Figure]:
        ends = [
            self._protected({name: row[f"{end}_{name}"] for name in _NUMBERS}, metric, tells[end])
            for end in ("from", "to")
        ]
        return ends[0], ends[1]

    def _change_figures(
        self, row: Row, metric: Metric, tells: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, Figure, str]]:
        profile = self.network.profile(metric.protect)
        before, after = self._ends(row, metric, tells)
        yield "from", before, metric.unit
        yield "to", after, metric.unit
        change = protect_difference(before, after, metric.unit, profile)
        yield "change", change, metric.unit
        if metric.kind == "additive":
            yield "percent", protect_percent(before, after, profile), "percent"
        yield "verdict", _verdict(row, change), "words"

    def _finding_cell(
        self, table: TableDefinition, metric: Metric, row: Row, since: str, item: str, figure: Figure, unit: str,
        tells: list[str],
    ) -> Row:  # fmt: skip
        counted = {"from": row["members_from"], "to": row["members_to"]}.get(item, row["members"])
        return {
            "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["period"], "since": since,
            "since_period": row["since"], "panel": row["panel"], "member": "", "group": "", "item": item,
            "unit": unit, **figure.as_cell(), "note": _finding_note(row, item, figure),
            "note_withheld": _finding_note(row, item, Figure(status="withheld")), "source_id": row["finding_id"],
            "members_counted": counted, "members_expected": row["members_expected"],
            "quality": "mixed" if not pd.isna(row["told"]) and row["told"] else "rows", "tells": tells, "bases": [],
        }  # fmt: skip

    def _parts(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        found = [row for row in self._found.get(metric.id, []) if row["panel"] == "all"]
        for row in [row for row in found if row["kind"] in ("change", "part")]:
            if row["kind"] == "part":
                tells = self.numbers.part(row)
                figure = self._part(row, metric, tells)
            else:
                ends = {end: self.numbers.end(row, end) for end in ("from", "to")}
                tells = [*ends["from"], *ends["to"]]
                profile = self.network.profile(metric.protect)
                figure = protect_difference(*self._ends(row, metric, ends), metric.unit, profile)
            for name in self._named(row["since"], table):
                item = row["part"] or "change"
                yield self._finding_cell(table, metric, row, name, item, figure, metric.unit, tells)

    def _reductions(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        profile = self.network.profile(metric.protect)
        for row in [row for row in self._found.get(metric.id, []) if row["kind"] == "reduction"]:
            tells = self.numbers.part(row)
            value = self._amount(row, metric, tells)
            figure = Figure(value, value, value, words(value, metric.unit, profile), rule=rounded(profile, metric.unit))
            if row["left_out"] and getattr(self.network.confidentiality, metric.protect) == "confidential":
                figure = withheld(profile, LEFT_OUT)
            yield self._finding_cell(table, metric, row, "baseline", row["part"], figure, metric.unit, tells)

    def _amount(self, row: Row, metric: Metric, tells: Sequence[str]) -> float:
        number = self.numbers.rounded.get(tells[0], int(row["part_numerator"]))
        return round_amount(number, metric.unit, self.network.profile(metric.protect))

    def _part(self, row: Row, metric: Metric, tells: Sequence[str]) -> Figure:
        profile = self.network.profile(metric.protect)
        value, scale = self._amount(row, metric, tells), metric.scale.scale
        ends = Ends(round(row["lower"] * scale), round(row["upper"] * scale))
        bounds, shown = bounds_of_total(ends, metric.unit, profile), words(value, metric.unit, profile, signed=True)
        return Figure(value, *bounds, shown, rule=rounded(profile, metric.unit), certain=ends.certain)

    def _hides_zero(self, metric: Metric) -> bool:
        """Whether that a figure is zero would tell what its own cell withholds."""
        closed = getattr(self.network.confidentiality, metric.protect) == "confidential"
        return closed or self.network.profile(metric.protect).zero == "withheld"

    def _coverage(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        found = self._where[metric.id]
        for row in (self._told[at] for at in found[(found["scope"] == "member") & (found["breakdown"] == "")].index):
            status = "reported" if row["status"] == "zero" and self._hides_zero(metric) else row["status"]
            yield {
                "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["network_year"],
                "since": "", "since_period": "", "panel": "all", "member": row["member"], "group": "",
                "item": "status", "unit": "words", "shown": status.replace("_", " "),
                "status": "shown" if status in COUNTED else status, "rule": "",
                "note": "as told" if row["quality"] == "reported_total" else "", "note_withheld": "",
                "source_id": row["observation_id"], "members_counted": row["members_counted"],
                "members_expected": row["members_expected"], "quality": row["quality"], "tells": [],
            }  # fmt: skip


def _margins(frame: pd.DataFrame, table: TableDefinition) -> Iterator[pd.DataFrame]:
    """Of a table by two columns the sums over either, in groups that say over which."""
    for place, column in enumerate(table.breakdown.split(BOTH) if BOTH in table.breakdown else []):
        sums = frame[(frame["scope"] == table.scope) & (frame["breakdown"] == column)]
        yield sums.assign(group=sums["group"] + BOTH if place == 0 else BOTH + sums["group"])


#: What the groups of a breakdown are the groups of.
_PLACED = ("metric", "network_year", "scope", "member")


def _all_unknown(observations: pd.DataFrame) -> set[tuple[str, ...]]:
    """What is broken down, and by which column, of which no group is known: its groups are not nought."""
    grouped = observations[(observations["breakdown"] != "") & observations["status"].isin(COUNTED)]
    known = ~grouped["group"].isin(["unknown", NOT_BROKEN_DOWN])
    sizes = grouped["numerator"].abs().fillna(0).astype("int64")
    by = [grouped[name] for name in (*_PLACED, "breakdown")]
    sums = pd.DataFrame({"known": sizes.where(known, 0), "all": sizes}).groupby(by).sum()
    return set(sums.index[(sums["known"] == 0) & (sums["all"] > 0)])


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
