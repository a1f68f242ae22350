"""Comparisons: a metric between two years over a panel, with the members that it compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from anchor_analysis.compare.members import End, Ends, Pair, members_by_year, same_basis
from anchor_analysis.compare.mergers import united
from anchor_analysis.declared import Metric, Network, NetworkYear, load_catalogue, parse_year
from anchor_analysis.measure.observing import NOT_EXPECTED
from anchor_analysis.problems import Problem, UserError, unknown

PANELS = ["all", "like_for_like"]


@dataclass(frozen=True)
class Case:
    """One comparison: a metric between two years over a panel."""

    metric: Metric
    since: NetworkYear
    year: NetworkYear
    panel: str

    def finding_id(self, part: str) -> str:
        return f"{self.metric.id}:{self.since.folder}..{self.year.folder}:{self.panel}:{part}"


@dataclass(frozen=True)
class Compared:
    """A comparison's members: all of them, and those of the panel."""

    case: Case
    pairs: Sequence[Pair]

    @property
    def kept(self) -> Sequence[Pair]:
        if self.case.panel == "all":
            return self.pairs
        return [pair for pair in self.pairs if pair.part == "continuing" and not pair.of_a_part]

    @property
    def expected(self) -> int:
        """How many could have been in the second year."""
        return sum(pair.after.status not in NOT_EXPECTED for pair in self.pairs)


def one_case(metric: str, period: str, since: str | None, panel: str, network: Network | None) -> Case:
    """The comparison of a metric with `since`, or with the year before; raises UserError (AN003, AN004, AN005)."""
    declared = (network.catalogue if network else load_catalogue()).metric(metric)
    to_year = parse_year(period)
    if panel not in PANELS:
        raise unknown("AN005", "panel", panel, PANELS)
    return Case(declared, parse_year(since) if since else to_year.previous, to_year, panel)


def compare_members(
    observations: pd.DataFrame, cases: Sequence[Case], merged: Mapping[str, str]
) -> list[Compared]:  # fmt: skip
    """The members of each comparison; raises UserError for years that are not there or not of one basis.

    `merged` names the member of which each that merged became part (see `mergers.united`).
    """
    reported = members_by_year(observations, {case.metric.id for case in cases})
    return [_compared(case, reported, merged) for case in cases]


def _compared(case: Case, reported: Mapping[tuple[str, str], Ends], merged: Mapping[str, str]) -> Compared:
    before, after = (_of_year(case, year, reported) for year in (case.since, case.year))
    bases = (end.basis for ends in (before, after) for end in ends.values())
    same_basis(bases, f"{case.metric.id}, {case.since} and {case.year}")
    before, after = united(before, after, merged)
    names = sorted({*before, *after})
    return Compared(case, [Pair(name, before.get(name, End()), after.get(name, End())) for name in names])


def _of_year(case: Case, year: NetworkYear, reported: Mapping[tuple[str, str], Ends]) -> Ends:
    if (case.metric.id, str(year)) not in reported:
        what = f"there are no observations of {case.metric.id} for {year}."
        raise UserError(Problem("AN003", "year", what, "Choose a year that was measured."))
    return reported[case.metric.id, str(year)]
