"""Why a product changed: how much of it each of its factors made, exactly.

Of a total that is the sum over members of a product of factors, V = Σ x1 x2 … xn (carbon is floor area × energy for
each square metre × the factor; local spend is spend × local share), the change is parted into one effect for each
factor, with nothing left over.

`lmdi` is the logarithmic mean Divisia index, LMDI-I: a member's effect of a factor is L(V¹, V⁰) ln(x¹/x⁰), with L the
logarithmic mean; its multiplicative form gives for each factor the ratio by which it changed the total. Source: Ang,
Energy Policy 33 (2005), "The LMDI approach to decomposition analysis: a practical guide". A factor that is nought or
below has no logarithm. `shapley` takes the mean of what a factor adds over all orders in which factors can change, and
stands for any value; source: Sun, Energy Economics 20 (1998); Albrecht, François and Schoors, Energy Policy 30 (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def factor_effects(members: pd.DataFrame, factors: Sequence[str], method: str = "lmdi") -> pd.DataFrame:
    """What each factor adds to the change of each member's product, one column for each factor.

    `members` has one row per member with `<factor>_from` and `<factor>_to`; all of them known. Rows sum to the change
    of the member's product. By `lmdi`, a member with a factor that is not above zero at one of the ends, is parted by
    `shapley`; `method` of each row says by which it was.
    """
    ends = [_of(members, factors, end) for end in ("from", "to")]
    smooth = np.all([(end > 0).all(axis=1) for end in ends], axis=0) & (method == "lmdi")
    effects = np.where(smooth[:, None], _lmdi(*(np.where(smooth[:, None], end, 1.0) for end in ends)), 0.0)
    if not smooth.all():
        effects[~smooth] = _shapley(*(end[~smooth] for end in ends))
    found = pd.DataFrame(effects, index=members.index, columns=list(factors))
    return found.assign(method=np.where(smooth, "lmdi", "shapley"))


def factor_ratios(members: pd.DataFrame, factors: Sequence[str]) -> pd.Series:
    """By what each factor multiplied the total of all members, by LMDI-I; the product of all is the total's own ratio.

    Missing where a factor of a member is not above zero at one of the ends.
    """
    before, after = (_of(members, factors, end) for end in ("from", "to"))
    if not ((before > 0).all() and (after > 0).all()):
        return pd.Series(np.nan, index=list(factors))
    v0, v1 = before.prod(axis=1), after.prod(axis=1)
    weight = logarithmic_mean(v1, v0) / logarithmic_mean(v1.sum(keepdims=True), v0.sum(keepdims=True))
    return pd.Series(np.exp((weight[:, None] * np.log(after / before)).sum(axis=0)), index=list(factors))


def logarithmic_mean(a: Numbers, b: Numbers) -> Numbers:
    """(a - b) / (ln a - ln b) of numbers above zero; of two that are the same, themselves.

    Of two that are close it is taken from the series of (ratio - 1) / ln ratio, which loses nothing by cancelling; of
    two that are far apart the logarithm is that of their ratio, of which 1 + (ratio - 1) would lose the digits.
    """
    ratio = np.asarray(a / b, dtype=float)
    away = ratio - 1
    near, far = np.abs(away) < 1e-4, np.abs(away) > 0.5
    logarithm = np.where(far, np.log(np.where(far, ratio, 2.0)), np.log1p(np.where(near | far, 1.0, away)))
    series = 1 + away / 2 - away**2 / 12 + away**3 / 24
    return np.asarray(b * np.where(near, series, away / logarithm))


def _of(members: pd.DataFrame, factors: Sequence[str], end: str) -> Numbers:
    return members[[f"{name}_{end}" for name in factors]].to_numpy(dtype=float)


def _lmdi(before: Numbers, after: Numbers) -> Numbers:
    weight = logarithmic_mean(after.prod(axis=1), before.prod(axis=1))
    return np.asarray(weight[:, None] * np.log(after / before))


def _shapley(before: Numbers, after: Numbers) -> Numbers:
    """The mean over all orders: each set of factors that changed first counts as often as orders begin with it."""
    count = before.shape[1]
    effects = np.zeros_like(before)
    for at in range(count):
        others = [other for other in range(count) if other != at]
        for size in range(count):
            share = factorial(size) * factorial(count - size - 1) / factorial(count)
            for changed in combinations(others, size):
                now = before.copy()
                now[:, list(changed)] = after[:, list(changed)]
                rest = now[:, others].prod(axis=1)
                effects[:, at] += share * rest * (after[:, at] - before[:, at])
    return effects
