"""Bounds that may be shown: rounded outward, so that what is true lies within them whatever rounding did.

They are made of rounded numbers alone, and widened by as much as rounding may have moved these. To round the exact
ends down and up would say on which side of the shown figure the exact one lies.
"""

from __future__ import annotations

from dataclasses import dataclass

from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import UNITS
from anchor_analysis.rounding import nearest


@dataclass(frozen=True)
class Ends:
    """The least and the most that a total, or the upper part of a share, can be, as whole numbers."""

    low: int
    high: int

    @property
    def certain(self) -> bool:
        return self.low == self.high


def bounds_of_total(ends: Ends, unit: str, profile: Profile) -> tuple[float, float]:
    """The bounds of a total in its unit, in multiples of what it is rounded to."""
    scale = UNITS[unit].scale
    base = profile.base(unit) * scale
    low, high = (nearest(end, base) for end in (ends.low, ends.high))
    slack = base if base > 1 else 0
    lower = low - slack
    return (max(lower, 0) if ends.low >= 0 else lower) / scale, (high + slack) / scale


def bounds_of_share(ends: Ends, whole: int, base: int, slack: int, decimals: int) -> tuple[float, float]:
    """The bounds of a share of a whole above zero, with so many decimals of a percentage.

    The parts are rounded to a `base`, which moved each by no more than `slack`.
    They are below nothing or above everything only where the true ones are.
    """
    low, high, of = (nearest(number, base) for number in (ends.low, ends.high, whole))
    steps = 10 ** (decimals + 2)
    wholes = [max(of - slack, 1), of + slack]
    lower = min((low - slack) * steps // each for each in wholes) / steps
    upper = max(-((-(high + slack) * steps) // each) for each in wholes) / steps
    return max(lower, 0.0) if ends.low >= 0 else lower, min(upper, 1.0) if ends.high <= whole else upper
