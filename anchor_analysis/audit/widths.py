"""How far around the true figure a reader must be left, by the published rules, the profiles and who makes a sum.

Protection works its own widths out; here they are derived once more, from what the rules say and the true figures, and
nothing of them is in an edition, since a width tells of what it is around.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from anchor_analysis.audit.figures import Between, base_of
from anchor_analysis.audit.knowledge import Kind
from anchor_analysis.declared import Dominance
from anchor_analysis.declared.units import UNITS

#: A member's amount must not be had to within this share of it, nor may one of two tell the other's to within it.
TENTH = 0.10


def around_count(true: float, about: Kind, hides_nought: bool) -> Between | None:
    """How far the range of a count has to reach that is too small to be told; None where it is none.

    Down, it may have been one fewer; up, it may have been enough to be told. Where the words for a small count tell
    that it is below the threshold, it may have been one more as far as these words leave it. A withheld nought may have
    been enough to be told.
    """
    threshold, size = about.threshold, abs(true)
    if size >= threshold or not (size or hides_nought):
        return None
    most = min(size + 1, threshold - 1) if about.profile.small and size else float(threshold)
    least = max(size - 1, 1) if about.profile.small and size else max(size - 1, 0)
    return Between(least, most) if true >= 0 else Between(-most, -least)


def around_member(true: float, about: Kind) -> Between:
    """How far the range of what a member has in confidence has to reach: a tenth, or the p of its profile if larger.

    Of nothing at all as far as a figure tells.
    """
    return around(true, abs(true) * max(TENTH, members_rule(about).p or 0) or step_of(about))


def around(true: float, width: float) -> Between:
    """A figure and what is so far from it either way, on its own side of nought."""
    low, high = true - width, true + width
    return Between(max(low, 0.0), high) if true >= 0 else Between(low, min(high, 0.0))


def outwards(true: float, width: float) -> Between:
    """A figure and what is so much further from nought: from the most that a sum may be others are taken away."""
    return Between(true, true + width) if true >= 0 else Between(true - width, true)


def step_of(about: Kind) -> float:
    """By how much one figure differs from the next."""
    return max(1 / UNITS[about.unit].scale, float(base_of(about.profile, about.unit)))


def members_rule(about: Kind) -> Dominance:
    """How much of a sum its members may make: as the profile says, or else a tenth by the p % rule."""
    own = about.profile.dominance
    return own if own and "member" in own.by else Dominance(by=["member"], p=TENTH)


def beyond(sizes: Sequence[float], rule: Dominance) -> float:
    """How far from a sum that its contributors make, each so large, its range has to reach; 0 if they may make it.

    Of x1 ≥ x2 ≥ … with the sum X, the (n, k) rule asks for (x1 + … + xn) / k − X and the p % rule for
    p · x1 − (X − x1 − x2), where that is above nought. Source: Hundepool et al., Statistical Disclosure Control
    (Wiley, 2012), chapter 4.

    >>> rule = Dominance(by=["member"], p=0.1)
    >>> beyond([100.0, 4.0, 3.0], rule), beyond([50.0, 40.0, 30.0], rule)
    (7.0, 0.0)
    """
    made = sorted((abs(size) for size in sizes if size), reverse=True)
    return _short(sum(made), sum(made[: rule.n]), [*made, 0.0, 0.0][:2], rule)


def beyond_suppliers(row: Mapping[str, Any], rule: Dominance) -> float:
    """The same of a sum of which only what its largest suppliers make is known, in pounds; too few may not make it."""
    largest = [row["largest"] / 100, row["second"] / 100]
    width = _short(row["absolute"] / 100, row["n_largest"] / 100, largest, rule)
    return max(width, 0.01) if 0 < row["contributors"] < rule.fewest else width


def _short(whole: float, n_largest: float, largest: Sequence[float], rule: Dominance) -> float:
    by_share = n_largest / rule.k - whole if rule.k else 0.0
    by_rest = rule.p * largest[0] - (whole - sum(largest)) if rule.p else 0.0
    asked = max(by_share, by_rest)
    return asked if asked > 1e-9 * whole else 0.0


def reaches(low: float, high: float, needed: Between) -> bool:
    """Whether an interval reaches as far as it has to, but for what the solver leaves open."""
    slack = 1e-6 * max(1.0, needed.high - needed.low) + 1e-9 * max(abs(needed.low), abs(needed.high))
    return low <= needed.low + slack and (high >= needed.high - slack or math.isinf(high))
