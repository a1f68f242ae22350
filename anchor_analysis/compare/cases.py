"""Comparisons: a metric between two years over a panel, with the members that it compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from anchor_analysis.compare.breaks import breaks_between, changed_coverage, overlap_across
from anchor_analysis.compare.members import End, Ends, Pair, members_by_year, same_basis
from anchor_analysis.compare.mergers import successors, united
from anchor_analysis.declared import Catalogue, Metric, Network, NetworkYear, load_catalogue, parse_year
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
    """A comparison's members: all of them as they are, and those of the panel on one basis.

    `by` is the metric by which the later year is counted as the earlier one, where a break is linked, and `linked` what
    members have of it. `breaks` says what changed of the metric in between, and `changed` what of single members.
    """

    case: Case
    pairs: Sequence[Pair]
    by: Metric | None
    linked: Ends
    breaks: Sequence[str]
    changed: Sequence[str]

    @cached_property
    def on_one_basis(self) -> Sequence[Pair]:
        """The members with their later year as the earlier one was counted; without that figure they are broken."""
        if self.by is None:
            return self.pairs
        old = {name: end for name, end in self.linked.items() if end.counts}
        return [
            pair._replace(after=old[pair.member]) if pair.member in old else pair._replace(broken=True)
            for pair in self.pairs
        ]

    @cached_property
    def kept(self) -> Sequence[Pair]:
        if self.case.panel == "all":
            return self.pairs
        return [pair for pair in self.on_one_basis if pair.part == "continuing" and not pair.of_a_part]

    def moves(self, part: str) -> list[tuple[End, End]]:
        """What a part of the change of all members is made of, from and to; the parts sum to the whole.

        Of `definition` it is what members have on the old basis and on the new one, and of those that count something
        else than before, all of it.
        """
        own = zip(self.pairs, self.on_one_basis, strict=True)
        if part != "definition":
            stays = part == "continuing"
            return [(old.before, (old if stays else new).after) for new, old in own if old.part == part]
        both = [(old.after, new.after) for new, old in own if old.part == "continuing" and old.after is not new.after]
        return both + [(old.before, old.after) for old in self.on_one_basis if old.part == "definition"]

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


def compare_members(observations: pd.DataFrame, cases: Sequence[Case], network: Network | None) -> list[Compared]:
    """The members of each comparison; raises UserError for years that are not there or not of one basis.

    `network` says which members merged (see `mergers.united`), and whose figures hold another thing than before.
    """
    catalogue = network.catalogue if network else load_catalogue()
    links = [overlap_across(case.metric, catalogue, case.since, case.year) for case in cases]
    names = {case.metric.id for case in cases} | {link.id for link in links if link}
    reported = members_by_year(observations, names)
    return [_compared(case, link, reported, catalogue, network) for case, link in zip(cases, links, strict=True)]


def _compared(
    case: Case, link: Metric | None, reported: Mapping[tuple[str, str], Ends], catalogue: Catalogue,
    network: Network | None,
) -> Compared:  # fmt: skip
    before, after = (_of_year(case, year, reported) for year in (case.since, case.year))
    bases = (end.basis for ends in (before, after) for end in ends.values())
    same_basis(bases, f"{case.metric.id}, {case.since} and {case.year}")
    before, after = united(before, after, successors(network))
    changed = changed_coverage(network, case.metric, case.since, case.year)
    pairs = [
        Pair(name, before.get(name, End()), after.get(name, End()), name in changed)
        for name in sorted({*before, *after})
    ]
    breaks = breaks_between(case.metric, catalogue, case.since, case.year)
    linked = reported.get((link.id, str(case.year)), {}) if link else {}
    met = {pair.member for pair in pairs if pair.part == "definition"}
    whys = dict.fromkeys(f"a member counts otherwise: {changed[name]}" for name in sorted(met))
    return Compared(case, pairs, link, linked, breaks, list(whys))


def _of_year(case: Case, year: NetworkYear, reported: Mapping[tuple[str, str], Ends]) -> Ends:
    if (case.metric.id, str(year)) not in reported:
        what = f"there are no observations of {case.metric.id} for {year}."
        raise UserError(Problem("AN003", "year", what, "Choose a year that was measured."))
    return reported[case.metric.id, str(year)]


def member_sums(pairs: Sequence[Pair], names: list[str]) -> pd.DataFrame:
    """By member: why it is there, and its whole numbers at both ends, missing where it does not count."""
    rows = {
        pair.member: {"reason": pair.part}
        | {f"from_{name}": getattr(pair.before, name) if pair.before.counts else None for name in names}
        | {f"to_{name}": getattr(pair.after, name) if pair.after.counts else None for name in names}
        for pair in pairs
        if pair.part != "none"
    }
    columns = [f"{end}_{name}" for end in ("from", "to") for name in names]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["reason", *columns])
    return frame.astype(dict.fromkeys(columns, "Int64"))


def refuse_breaks(compared: Sequence[Compared], linked: bool) -> None:
    """Refuse years on two sides of a break (AN043), but where it is `linked` and the metric stands for itself."""
    for one in compared:
        if one.breaks and not (linked and one.by):
            what = f"{one.case.since} and {one.case.year} are not comparable: {'; '.join(one.breaks)}."
            remedy = "Choose two years on one side of the break."
            if one.by:
                remedy = f"Take {one.by.id} apart, which counts both years as the first was counted."
            raise UserError(Problem("AN043", one.case.metric.id, what, remedy))


def nobody(case: Case) -> UserError:
    what = f"no member counts in one of the years {case.since} and {case.year}, or none counts in both."
    return UserError(Problem("AN003", case.metric.id, what, "Choose years in which the same members reported."))
