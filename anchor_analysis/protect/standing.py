"""Protecting counts of members by level: a dimension's counts are shown together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from anchor_analysis.compare.progression import SCORES
from anchor_analysis.declared import Metric, Network, NetworkYear, TableDefinition
from anchor_analysis.declared.frameworks import LEVELS, ended_dimensions
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.protect.blocks import FINDINGS, MEDIANS, Block, Blocks, Edition
from anchor_analysis.protect.figures import Figure, rounded, small, withheld
from anchor_analysis.protect.restated import Released, are_few
from anchor_analysis.protect.rounding import round_amount, words

#: Why counts of members are withheld that keep their scores confidential.
RULE = "confidential to one member or a few"

_ENDED = "the series ends here: no later version of the framework carries this dimension"

Row = dict[str, Any]

#: The metric, the year, the year compared with if any, and the dimension that counts by level are of.
Dimension = tuple[str, str, str, str]


@dataclass(frozen=True)
class Standing:
    """The counts of members by level of an edition, and which of them may be told.

    Where a count may not be shown, nothing of its block is (`blocks`): from the others it could be had. That is so of
    counts that the profile finds too small, and, where members keep their scores, of all blocks that would together
    tell somebody's level. What is withheld of a block looks the same whatever it counts. `reported` has by year the
    members that reported, as coverage tells; `few` are the dimensions of which few put right what a release told.
    """

    network: Network
    findings: pd.DataFrame
    year: NetworkYear
    tellable: frozenset[Block] | None
    reported: Mapping[str, frozenset[str]]
    few: frozenset[Dimension] = frozenset()

    @classmethod
    def of(
        cls, network: Network, observations: pd.DataFrame, findings: pd.DataFrame, year: NetworkYear,
        released: Sequence[pd.DataFrame] = (),
    ) -> Standing:  # fmt: skip
        """Of an edition after releases, by their cells; what is public or shared is told of any members."""
        metric = network.catalogue.metrics.get(SCORES)
        scored = metric and findings["kind"].isin(list(FINDINGS.values())).any()
        if not metric or not scored or getattr(network.confidentiality, metric.protect) != "confidential":
            return cls(network, findings, year, None, {})
        profile, unit = network.profile(metric.protect), metric.unit
        blocks = Blocks(
            findings, observations, profile.minimum_contributors, [Edition(cells) for cells in released],
            lambda count: round(round_amount(count, unit, profile)),
        )  # fmt: skip
        own = observations[(observations["metric"] == SCORES) & (observations["scope"] == "member")]
        own = own[(own["breakdown"] == "") & own["status"].isin(COUNTED)]
        reported = {str(when): frozenset(names) for when, names in own.groupby("network_year")["member"]}
        return cls(network, findings, year, blocks.tellable, reported)

    def cells(self, table: TableDefinition, metric: Metric) -> Iterator[Row]:
        """The cells of a table of the kinds distribution, distance and transitions."""
        found = self.findings
        found = found[(found["kind"] == FINDINGS[table.kind]) & (found["metric"] == metric.id)]
        if table.periods == "latest":
            found = found[found["period"] == str(self.year)]
        found = found[found["part_numerator"].notna()]
        ended = ended_dimensions(self.network.catalogue.frameworks)
        dimension = found["group"].str.split(":").str[0]
        for (_, since, name), own in found.groupby(["period", "since", dimension], sort=True):
            rule = self._rule(own, metric, name)
            rows = own.to_dict("records")
            for row in self._alike(rows) if rule == RULE else rows:
                note = _ENDED if name in ended and row["part"] == "level_1" else ""
                for since_name in _called(table, since, self.year):
                    yield self._cell(table, metric, row, since_name, rule, note)

    def _rule(self, own: pd.DataFrame, metric: Metric, dimension: str) -> str:
        """Why nothing of a block may be shown, or nothing."""
        first, profile = own.iloc[0], self.network.profile(metric.protect)
        if self.tellable is not None:
            block = Block(first["kind"], dimension, first["period"], first["since"])
            few = (metric.id, first["period"], first["since"], dimension) in self.few
            return RULE if few or _too_small(own, metric, profile) or block not in self.tellable else ""
        return _too_small(own, metric, profile)

    def _alike(self, rows: list[Row]) -> Iterator[Row]:
        """The rows of a withheld block as they would be whatever it counts.

        They are from every level that somebody may have been at, with both middle levels, and of all that reported.
        """
        first = rows[0]
        since, period = (self.reported.get(when, frozenset()) for when in (first["since"], first["period"]))
        first = first | {"members": len(since & period if first["since"] else period)}
        parts = list(dict.fromkeys(row["part"] for row in rows if row["part"] not in MEDIANS))
        if first["kind"] != "transition":
            yield from (_named(first, first["group"], part) for part in parts)
            yield from (_named(first, first["group"], part) | {"unit": "levels"} for part in MEDIANS)
            return
        dimension = first["group"].split(":")[0]
        yield from (_named(first, f"{dimension}:{level}", part) for level in LEVELS for part in parts)

    def _cell(self, table: TableDefinition, metric: Metric, row: Row, since: str, rule: str, note: str) -> Row:
        profile = self.network.profile(metric.protect)
        if rule:
            figure = withheld(profile, rule)
        else:
            count = int(row["part_numerator"])
            value = float(count) if row["part"] in MEDIANS else round_amount(count, row["unit"], profile)
            shown = words(value, row["unit"], profile)
            figure = Figure(value, value, value, shown, rule=rounded(profile, row["unit"]))
        return {
            "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["period"], "since": since,
            "since_period": row["since"], "panel": row["panel"], "member": "", "group": row["group"],
            "item": row["part"], "unit": row["unit"], **figure.as_cell(), "note": note, "source_id": row["finding_id"],
            "members_counted": row["members"], "members_expected": row["members_expected"], "quality": "rows",
        }  # fmt: skip


def moved_by_few(rows: Iterable[Row], network: Network, released: Sequence[Released]) -> frozenset[Dimension]:
    """The dimensions of which a release told otherwise than rows do, and few members put theirs right."""
    rows = list(rows)
    return frozenset(place for one in released for place in _revised(rows, one) if _by_few(place, network, one))


#: What a count of members is of, as a cell has it.
_SAME = ("table", "metric", "period", "since", "panel", "group", "item")


def _revised(rows: Iterable[Row], released: Released) -> set[Dimension]:
    then = released.cells[released.cells["kind"].isin(FINDINGS) & released.cells["status"].eq("shown")]
    told = dict(zip(zip(*(then[name] for name in _SAME), strict=True), then["shown"], strict=True))
    return {
        _dimension(row) for row in rows if told.get(tuple(row[name] for name in _SAME), row["shown"]) != row["shown"]
    }


def _dimension(row: Row) -> Dimension:
    return row["metric"], row["period"], row["since_period"], str(row["group"]).split(":")[0]


def _by_few(place: Dimension, network: Network, released: Released) -> bool:
    metric, years = network.catalogue.metric(place[0]), [year for year in place[1:3] if year]
    return are_few(network, metric, [(one, year, metric) for year in years for one in released.moved.get(year, ())])


def _too_small(own: pd.DataFrame, metric: Metric, profile: Any) -> str:
    counts = [int(count) for count in own.loc[~own["part"].isin(MEDIANS), "part_numerator"]]
    return next((rule for count in counts if (rule := small(count, metric.unit, profile))), "")


def _named(row: Row, group: str, part: str) -> Row:
    """A row of another group or part of the same block; what it counts is withheld, and so not looked for."""
    own = f"{row['group']}:{row['part']}"
    finding = f"{row['finding_id'].removesuffix(own)}{group}:{part}"
    return row | {"group": group, "part": part, "finding_id": finding}


def _called(table: TableDefinition, since: str, year: NetworkYear) -> list[str]:
    """What a table calls the year compared with: `previous`, or `baseline` for the first that has scores."""
    if not since:
        return [""]
    return [name for name in table.since if (name == "previous") == (since == str(year.previous))]
