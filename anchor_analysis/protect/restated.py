"""Figures that were revised since an earlier release because few members put theirs right.

What such a figure is today, less what it was, is by how much these few were revised. What members keep confidential is
protected from that too: today's figure is withheld until the correction comes out together with those of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from anchor_analysis.declared import Metric, Network, NetworkYear, parse_year
from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.jointly import MEMBER_WIDTH
from anchor_analysis.protect.numbers import Number, Numbers
from anchor_analysis.protect.rows import Row

#: Why a figure is withheld that an earlier release told otherwise.
BY_FEW = "revised since an earlier release by fewer members than may be told together"

#: A revision is told of at least so many members, whatever the profile says: of two, each knows its own part.
FEWEST = 3

#: Members whose returns changed, by the year that these are of.
Moved = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Released:
    """A release of before: its year, its cells as they were shown, and the findings of that year as they are now.

    `moved` are the members whose returns changed, came or went since, by the year that these are of.
    """

    year: NetworkYear
    cells: pd.DataFrame
    findings: pd.DataFrame
    moved: Moved = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """A number that a release told otherwise: what it told, in the number's unit, and whose returns changed since.

    It may be told `by_share`: then it is what today's base makes of the share of then.
    """

    name: str
    was: float
    moved: Moved
    by_share: bool = False


def revision_of(row: Row, was: float, numbers: Numbers, moved: Moved) -> list[Revision]:
    """The number that a cell tells otherwise than a release did; of a share what is above its line."""
    if not row["tells"] or row["item"] in ("change", "percent", "verdict"):
        return []
    name, whole = row["tells"][0], numbers.known[row["tells"][min(1, len(row["tells"]) - 1)]]
    if row["unit"] == "share":
        return [Revision(name, was * whole.value / UNITS[whole.metric.unit].scale, moved, True)]
    return [Revision(name, was, moved)] if row["unit"] == numbers.known[name].metric.unit else []


def may_have_moved(row: Row, network: Network, moved: Moved) -> bool:
    """Whether a cell that is as it was may be of numbers that few put right: a verdict or a share tells several."""
    metric, years = network.catalogue.metric(row["metric"]), {row["period"], row["since_period"]}
    mine = [(member, year, metric) for year in sorted(years - {""}) for member in sorted(moved.get(year, ()))]
    return len(row["tells"]) > 1 and are_few(network, metric, mine)


def revised_by_few(numbers: Numbers, revisions: Iterable[Revision]) -> dict[str, int]:
    """The numbers to withhold, and how far from each a reader has to remain: a tenth of what it was revised by.

    A difference that rounding leaves wider than that is no reason to withhold anything.
    """
    found: dict[str, int] = {}
    revisions = list(revisions)
    exact = {one.name for one in revisions if not one.by_share}
    for one in revisions:
        number = numbers.known[one.name]
        if one.by_share and one.name in exact:
            continue
        if _is_told(numbers, number, one.was) and _rests_on_few(numbers, number, one.moved):
            revised = abs(number.value - _was(number, one.was))
            width = round(revised * MEMBER_WIDTH) + numbers.step(number)
            found[one.name] = max(width, found.get(one.name, 0))
    return found


def _was(number: Number, told: float) -> int:
    return round(told * UNITS[number.metric.unit].scale)


def _is_told(numbers: Numbers, number: Number, told: float) -> bool:
    """Whether both figures together may tell to within a tenth by how much a number was revised.

    Each is known to within its rounding, and more nearly where changes and parts of them are rounded by themselves, so
    what both roundings leave is taken for a quarter of it.
    """
    low, high = numbers.read_as(number)
    revised, far = abs((low + high) / 2 - _was(number, told)), (high - low) / 4
    return revised > far and (revised + far) * (1 - MEMBER_WIDTH) <= (revised - far) * (1 + MEMBER_WIDTH)


def _rests_on_few(numbers: Numbers, number: Number, moved: Moved) -> bool:
    """Whether some of the members that make a number put it right, and too few of them to be told together."""
    parts = [numbers.known[part] for part in numbers.members.get(number.name, ())]
    mine = [(part.member, part.year, part.metric) for part in parts if part.member in moved.get(part.year, ())]
    return are_few(numbers.network, number.metric, mine)


def are_few(network: Network, metric: Metric, moved: Iterable[tuple[str, str, Metric]]) -> bool:
    """Whether those who put their figures right, by member, year and metric, and did not agree are too few to be told.

    None are of data that members do not keep confidential.
    """
    if getattr(network.confidentiality, metric.protect) != "confidential":
        return False
    kept = {member for member, year, of in moved if not network.agreed(member, of, parse_year(year))}
    return 0 < len(kept) < max(FEWEST, network.profile(metric.protect).minimum_contributors)
