"""Why a rate changed: what members did, who weighs how much, and who came and went; exactly, by five methods.

A rate of several members is the mean of their own rates p, each weighing its share s of the whole denominator:
P = Σ s p. Between two years C are those that count in both, N those that count only in the later, X only in the earlier
one; P0 and P1 are the rates of all, and what is in brackets is of one group alone, by its own weights.

| method | within | between | cross | entry | exit |
|---|---|---|---|---|---|
| `griliches_regev` | Σ s̄ Δp | Σ Δs (p̄ - P̄) | | Σ s1 (p1 - P̄) | -Σ s0 (p0 - P̄) |
| `foster_haltiwanger_krizan` | Σ s0 Δp | Σ Δs (p0 - P0) | Σ Δs Δp | Σ s1 (p1 - P0) | -Σ s0 (p0 - P0) |
| `baily_hulten_campbell` | Σ s0 Δp | Σ Δs p1 | | Σ s1 p1 | -Σ s0 p0 |
| `melitz_polanec` | Δ mean p (C) | Δ Σ (s - mean s) (p - mean) (C) | | s1(N) (P1(N) - P1(C)) | -s0(X) (P0(X) - P0(C)) |
| `diewert_fox` | Σ s̄ Δp (C) | Σ Δs p̄ (C) | | s1(N) (P1(N) - P1(C)) | -s0(X) (P0(X) - P0(C)) |

A bar is the mean of the two years. Sources: Griliches and Regev, Journal of Econometrics 65 (1995); Foster, Haltiwanger
and Krizan, in Hulten and others, New Developments in Productivity Analysis (2001); Baily, Hulten and Campbell,
Brookings Papers on Economic Activity: Microeconomics (1992); Melitz and Polanec, RAND Journal of Economics 46 (2015);
Diewert and Fox, Journal of Productivity Analysis 33 (2010).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Parts = dict[str, Numbers]

#: The parts of a change of a rate, in the order in which they are told.
RATE_PARTS = ("within", "between", "cross", "entry", "exit")


@dataclass(frozen=True)
class _Ends:
    """Members' rates and weights at both ends; nought where a member does not count. All are of one length."""

    p0: Numbers
    p1: Numbers
    s0: Numbers
    s1: Numbers
    there0: NDArray[np.bool_]
    there1: NDArray[np.bool_]

    @property
    def stays(self) -> NDArray[np.bool_]:
        return self.there0 & self.there1

    @property
    def enters(self) -> NDArray[np.bool_]:
        return self.there1 & ~self.there0

    @property
    def leaves(self) -> NDArray[np.bool_]:
        return self.there0 & ~self.there1

    @property
    def whole(self) -> tuple[float, float]:
        """The rates of all."""
        return float(self.s0 @ self.p0), float(self.s1 @ self.p1)


def rate_parts(members: pd.DataFrame, method: str) -> pd.DataFrame:
    """What each member adds to each part of the change of a rate; all of it sums to the change.

    `members` has one row per member: `from_numerator`, `from_denominator`, `to_numerator`, `to_denominator`, missing in
    a year in which it does not count; one whose denominator is not above zero in a year does not count in it. Gives
    the same rows with a column for each of RATE_PARTS, in the rate's own unit, nought where a member has no such part
    or the method knows none. Where nobody counts in one of the years, all are missing; where nobody counts in both,
    so are those by `melitz_polanec` and `diewert_fox`, whose entry and exit are measured against those who stay.
    """
    ends = _ends(members)
    parts: Parts = dict.fromkeys(RATE_PARTS, np.zeros(len(members)))
    nobody = not ends.there0.any() or not ends.there1.any()
    if nobody or (method in _AGAINST_STAYERS and not ends.stays.any()):
        parts = dict.fromkeys(RATE_PARTS, np.full(len(members), np.nan))
    else:
        parts |= METHODS[method](ends)
    return members.assign(**{name: np.where(np.isnan(values), np.nan, values) for name, values in parts.items()})


def _ends(members: pd.DataFrame) -> _Ends:
    found = []
    for end in ("from", "to"):
        top, bottom = (
            members[f"{end}_{name}"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            for name in ("numerator", "denominator")
        )
        there = ~np.isnan(top) & (np.nan_to_num(bottom) > 0)
        top, bottom = np.where(there, top, 0.0), np.where(there, bottom, 0.0)
        rate = np.divide(top, bottom, out=np.zeros_like(top), where=there)
        found.append((rate, bottom / bottom.sum() if there.any() else bottom, there))
    (p0, s0, there0), (p1, s1, there1) = found
    return _Ends(p0, p1, s0, s1, there0, there1)


def _griliches_regev(ends: _Ends) -> Parts:
    middle = sum(ends.whole) / 2
    rate, weight = (ends.p0 + ends.p1) / 2, (ends.s0 + ends.s1) / 2
    return {
        "within": np.where(ends.stays, weight * (ends.p1 - ends.p0), 0),
        "between": np.where(ends.stays, (ends.s1 - ends.s0) * (rate - middle), 0),
        **_came_and_went(ends, middle, middle),
    }


def _foster_haltiwanger_krizan(ends: _Ends) -> Parts:
    before, _ = ends.whole
    rate, weight = ends.p1 - ends.p0, ends.s1 - ends.s0
    return {
        "within": np.where(ends.stays, ends.s0 * rate, 0),
        "between": np.where(ends.stays, weight * (ends.p0 - before), 0),
        "cross": np.where(ends.stays, weight * rate, 0),
        **_came_and_went(ends, before, before),
    }


def _baily_hulten_campbell(ends: _Ends) -> Parts:
    return {
        "within": np.where(ends.stays, ends.s0 * (ends.p1 - ends.p0), 0),
        "between": np.where(ends.stays, (ends.s1 - ends.s0) * ends.p1, 0),
        **_came_and_went(ends, 0.0, 0.0),
    }


def _melitz_polanec(ends: _Ends) -> Parts:
    s0, s1, count = _among_stayers(ends, ends.s0), _among_stayers(ends, ends.s1), ends.stays.sum()
    within = np.where(ends.stays, (ends.p1 - ends.p0) / count, 0)
    covaried = [
        np.where(ends.stays, (weight - 1 / count) * (rate - rate[ends.stays].mean()), 0)
        for rate, weight in ((ends.p0, s0), (ends.p1, s1))
    ]
    return {
        "within": within,
        "between": covaried[1] - covaried[0],
        **_came_and_went(ends, float(s0 @ ends.p0), float(s1 @ ends.p1)),
    }


def _diewert_fox(ends: _Ends) -> Parts:
    s0, s1 = _among_stayers(ends, ends.s0), _among_stayers(ends, ends.s1)
    return {
        "within": np.where(ends.stays, (s0 + s1) / 2 * (ends.p1 - ends.p0), 0),
        "between": np.where(ends.stays, (s1 - s0) * (ends.p0 + ends.p1) / 2, 0),
        **_came_and_went(ends, float(s0 @ ends.p0), float(s1 @ ends.p1)),
    }


def _among_stayers(ends: _Ends, weight: Numbers) -> Numbers:
    """The weights of those who stay, among themselves."""
    own = np.where(ends.stays, weight, 0.0)
    return np.asarray(own / own.sum())


def _came_and_went(ends: _Ends, before: float, after: float) -> Parts:
    """Entry held against the rate `after`, exit against the rate `before`."""
    return {
        "entry": np.where(ends.enters, ends.s1 * (ends.p1 - after), 0),
        "exit": np.where(ends.leaves, -ends.s0 * (ends.p0 - before), 0),
    }


METHODS: dict[str, Callable[[_Ends], Parts]] = {
    "griliches_regev": _griliches_regev,
    "foster_haltiwanger_krizan": _foster_haltiwanger_krizan,
    "baily_hulten_campbell": _baily_hulten_campbell,
    "melitz_polanec": _melitz_polanec,
    "diewert_fox": _diewert_fox,
}

_AGAINST_STAYERS = ("melitz_polanec", "diewert_fox")
