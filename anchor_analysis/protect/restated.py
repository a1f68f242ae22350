"""Figures that were revised since an earlier release because few members put theirs right.

What such a figure is today, less what it was, is by how much these few were revised. What members keep confidential is
protected from that too: today's figure is withheld until the correction comes out together with those of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from anchor_analysis.declared import parse_year
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
class Revision:
    """A number that a release told otherwise: what it told, in the number's unit, and whose returns changed since."""

    name: str
    was: float
    moved: Moved


def revision_of(row: Row, was: float, numbers: Numbers, moved: Moved) -> list[Revision]:
    """The number that a cell of the network tells otherwise than a release did; of a share what is above its line."""
    if row["member"] or not row["tells"] or row["item"] in ("change", "percent", "verdict") or not any(moved.values()):
        return []
    name, whole = row["tells"][0], numbers.known[row["tells"][min(1, len(row["tells"]) - 1)]]
    if row["unit"] == "share":
        return [Revision(name, was * whole.value / UNITS[whole.metric.unit].scale, moved)]
    return [Revision(name, was, moved)] if row["unit"] == numbers.known[name].metric.unit else []


def revised_by_few(numbers: Numbers, revisions: Iterable[Revision]) -> dict[str, int]:
    """The numbers to withhold, and how far from each a reader has to remain: a tenth of what it was revised by."""
    found: dict[str, int] = {}
    for one in revisions:
        number = numbers.known[one.name]
        if _rests_on_few(numbers, number, one.moved):
            revised = abs(number.value - round(one.was * UNITS[number.metric.unit].scale))
            width = round(revised * MEMBER_WIDTH) + numbers.step(number)
            found[one.name] = max(width, found.get(one.name, 0))
    return found


def _rests_on_few(numbers: Numbers, number: Number, moved: Moved) -> bool:
    """Whether some of the members that make a number put it right, too few to be told together, and did not agree."""
    network = numbers.network
    if getattr(network.confidentiality, number.metric.protect) != "confidential":
        return False
    parts = [numbers.known[part] for part in numbers.members.get(number.name, ())]
    few = {part.member for part in parts if part.member in moved.get(part.year, ())
           and not network.agreed(part.member, part.metric, parse_year(part.year))}  # fmt: skip
    return 0 < len(few) < max(FEWEST, numbers.profile(number).minimum_contributors)
