"""Sums of money that tell what a few contributors have: which do, and how wide of the truth they are to be left.

The rules are those of Hundepool et al., Statistical Disclosure Control (Wiley, 2012), chapter 4, over x1 ≥ x2 ≥ …, the
sizes of what each contributor has in the sum, and X, all of them together. That book counts the rules as sound for
contributions of one sign. Where there are credits too, X is larger than the sum that is shown, and it is by X that the
rules and the widths below go. What the rules ask is told by nothing here that a reader sees: who knows k or p can turn
a cell that is shown into bounds on its largest contributor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from anchor_analysis.declared import Dominance

Row = Mapping[str, Any]

FEW, LARGEST, SECOND = "few contributors", "dominated by the largest", "tells the second largest of the largest"


def dominated(row: Row, dominance: Dominance) -> str:
    """Why a sum is withheld for who makes it, or nothing; a row has whole numbers as CONTRIBUTOR_COLUMNS of measure do.

    Withheld is a sum of fewer than `fewest` contributors; one of which the n largest make more than k of X; and one in
    which X − x1 − x2 is less than p of x1. A sum that nobody contributes to is nobody's, and is not withheld.

    >>> rule = Dominance(by=["supplier"], p=0.1)
    >>> dominated({"contributors": 3, "largest": 300, "second": 20, "n_largest": 320, "absolute": 330}, rule)
    'tells the second largest of the largest'
    """
    if not row["contributors"]:
        return ""
    if row["contributors"] < dominance.fewest:
        return FEW
    if _short_by_share(row, dominance) > 0:
        return LARGEST
    return SECOND if _short_by_remainder(row, dominance) > 0 else ""


def protection_of(row: Row, dominance: Dominance) -> int:
    """How far beyond a withheld sum, on either side, its interval must reach, in whole pence; 0 if it is not withheld.

    The widest that a rule asks: n_largest / k − X for the (n, k) rule, p · x1 − (X − x1 − x2) for the p % rule, rounded
    up. Of too few contributors a sum is not to be told to the penny, so it is 1.

    Source: the table of upper protection levels in the same chapter, after Cox (1981); the lower is set alike, which it
    says is usual.

    >>> row = {"contributors": 3, "largest": 300, "second": 20, "n_largest": 300, "absolute": 330}
    >>> protection_of(row, Dominance(by=["supplier"], n=1, k=0.85)), protection_of(row, Dominance(by=["member"], p=0.1))
    (23, 20)
    """
    if not dominated(row, dominance):
        return 0
    return max(1, math.ceil(_short_by_share(row, dominance)), math.ceil(_short_by_remainder(row, dominance)))


def _short_by_share(row: Row, dominance: Dominance) -> Fraction:
    """By how much X falls short of what the n largest may be a share k of; not above 0 where it does not."""
    if dominance.k is None:
        return Fraction(0)
    return int(row["n_largest"]) / _exact(dominance.k) - int(row["absolute"])


def _short_by_remainder(row: Row, dominance: Dominance) -> Fraction:
    """By how much what remains beside the two largest falls short of p of the largest."""
    if dominance.p is None:
        return Fraction(0)
    remainder = int(row["absolute"]) - int(row["largest"]) - int(row["second"])
    return _exact(dominance.p) * int(row["largest"]) - remainder


def _exact(share: float) -> Fraction:
    """A share as it was written: 0.1 is a tenth, and not the binary fraction next to it."""
    return Fraction(repr(share))
