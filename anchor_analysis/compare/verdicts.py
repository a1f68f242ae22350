"""The verdict of a change, and how it stands to what is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from anchor_analysis.declared.metrics import SmallestChange

WHATEVER = "holds whatever the unknowns are"
RESEMBLE = "holds if the unknowns resemble the known"
MOVED = "holds if the rate among the unknowns moved"
NOT_CLEAR = "the unknowns could turn it"


@dataclass(frozen=True)
class Level:
    """A total or share of one year: what is known of it, if anything, between its bounds."""

    value: float | None
    lower: float = 0.0
    upper: float = 0.0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Level:
        """The level of a row with `value`, `lower` and `upper`; one of which only bounds are known tells nothing."""
        figures = [row[name] for name in ("value", "lower", "upper")]
        return cls(None) if any(pd.isna(figure) for figure in figures) else cls(*map(float, figures))

    def at(self, rate: float) -> float:
        """The level if this rate of the unknown belonged to it."""
        return self.lower + (self.upper - self.lower) * rate


def direction(verdict: str, better: str) -> str:
    """Whether what rose or fell did so for the `better` or the `worse`, by the way that its metric is declared better.

    Blank of a metric that is better neither way, and where nothing rose or fell.
    """
    if verdict not in ("rose", "fell") or better == "neither":
        return ""
    return "better" if (verdict == "rose") == (better == "higher") else "worse"


@dataclass(frozen=True)
class Verdict:
    """`rose`, `fell`, `no clear change`, `not comparable` or `too few`, with its standing and the reason."""

    verdict: str
    standing: str = ""
    reason: str = ""


def judge(before: Level, after: Level, smallest: SmallestChange, delta: float, *, share: bool) -> Verdict:
    """The verdict of a change between two levels, of a `share` or of a total.

    It holds whatever the unknowns are if the bounds of the two years are apart. A share's holds if the unknown
    resemble the known, and also wherever the unknown's own rate was in the first year, so long as that rate moved
    by no more than `delta`: both are asked for. Of a total only the second can be told, since what it is known to
    be leaves the unknown out. Else the unknowns could turn it, and no change is clear. A change below the metric's
    smallest is not called one.
    """
    if before.value is None or after.value is None:
        return Verdict("no clear change", NOT_CLEAR, "nothing of it is known in one of the years")
    change = after.value - before.value
    if abs(change) < _smallest(smallest, before.value) or change == 0:
        return Verdict("no clear change", "", "smaller than the smallest change worth calling one")
    direction = 1 if change > 0 else -1
    verdict = "rose" if direction > 0 else "fell"
    if after.lower > before.upper or after.upper < before.lower:
        return Verdict(verdict, WHATEVER)
    if all(direction * moved > 0 for moved in _moves(before, after, delta)):
        moved = f"{RESEMBLE}, or moved" if share else MOVED
        return Verdict(verdict, f"{moved} by no more than {delta * 100:g} points")
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
