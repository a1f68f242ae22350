"""The verdict of a change, and how it stands to what is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anchor_analysis.declared.metrics import SmallestChange

WHATEVER = "holds whatever the unknowns are"
RESEMBLE = "holds if the unknowns resemble the known"
NOT_CLEAR = "the unknowns could turn it"


@dataclass(frozen=True)
class Level:
    """A total or share of one year: `known` and `unknown` whole numbers, to be divided by `whole`.

    `whole` is a unit's scale for a total, and known and unknown of the denominator for a share.
    """

    known: float
    unknown: float
    whole: float
    value: float | None

    def at(self, rate: float) -> float:
        """The level if this rate of the unknown belonged to it."""
        return (self.known + self.unknown * rate) / self.whole


@dataclass(frozen=True)
class Verdict:
    """`rose`, `fell`, `no clear change`, `not comparable` or `too few`, with its standing and the reason."""

    verdict: str
    standing: str = ""
    reason: str = ""


def judge(before: Level, after: Level, smallest: SmallestChange, delta: float) -> Verdict:
    """The verdict of a change between two levels.

    It holds whatever the unknowns are if the bounds of the two years are apart; it holds if the unknown
    resemble the known if its direction also stays the same wherever the unknown's own rate was in the first
    year, so long as that rate moved by no more than `delta`; else the unknowns could turn it, and no change is
    clear. A change below the metric's smallest is not called one.
    """
    if before.value is None or after.value is None:
        return Verdict("no clear change", NOT_CLEAR, "nothing of it is known in one of the years")
    change = after.value - before.value
    if abs(change) < _smallest(smallest, before.value) or change == 0:
        return Verdict("no clear change", "", "smaller than the smallest change worth calling one")
    direction = 1 if change > 0 else -1
    verdict = "rose" if direction > 0 else "fell"
    ends = [[level.at(0), level.at(1)] for level in (before, after)]
    if direction * (min(ends[1]) - max(ends[0]) if direction > 0 else max(ends[1]) - min(ends[0])) > 0:
        return Verdict(verdict, WHATEVER)
    if all(direction * moved > 0 for moved in _moves(before, after, delta)):
        return Verdict(verdict, f"{RESEMBLE}, or moved by no more than {delta * 100:g} points")
    return Verdict("no clear change", NOT_CLEAR)


def _moves(before: Level, after: Level, delta: float) -> Sequence[float]:
    """The change at every corner of the model "the unknown's rate moved by no more than delta"."""
    rates = [0.0, min(delta, 1.0), max(1 - delta, 0.0), 1.0]
    later = [(rate, min(max(rate + step, 0.0), 1.0)) for rate in rates for step in (-delta, delta)]
    return [after.at(then) - before.at(rate) for rate, then in later]


def _smallest(smallest: SmallestChange, value: float) -> float:
    if smallest.points is not None:
        return smallest.points / 100
    return abs(value) * (smallest.percent or 0) / 100
