"""The mean yearly change of a panel of few members, with an interval, by four methods that hold for few of them.

Members are the clusters: the years of one member may depend on one another in any way, members not. Each method gives
an estimate, a 95 % interval and a p-value of no change:

- `wild`: least squares with an intercept for each member; Student's t of the slope with a variance robust to clusters,
  against its own distribution by the restricted wild cluster bootstrap, of which all 2^G changes of sign are gone
  through up to 12 members, and 4,095 drawn ones beyond. The interval is what the test does not reject. Source: Cameron,
  Gelbach and Miller, Review of Economics and Statistics 90 (2008); MacKinnon and Webb, Econometrics Journal 21 (2018).
- `permutation`: the mean of the members' own slopes, against all changes of their signs, which is exact where the
  slopes lie symmetrically about it. Source: Fisher, The Design of Experiments (1935), section 21; Canay, Romano and
  Shaikh, Econometrica 85 (2017).
- `gee`: generalised estimating equations after taking out each member's mean, with the bias-reduced covariance of
  Mancl and DeRouen, Biometrics 57 (2001), and t with G - 1 degrees of freedom; by statsmodels.
- `mixed`: a linear mixed model with an intercept for each member and a slope that is random over members, REML, and t
  with G - 1 degrees of freedom, those of a slope that varies between members; by statsmodels, after orthonormal
  contrasts that take out each member's intercept and leave its errors independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

#: Up to how many members all changes of sign are gone through, how many are drawn beyond, and by which seed.
ALL_SIGNS, DRAWN, SEED = 12, 4095, 20_240_331

LEVEL = 0.05

ALIKE = "every member moved alike, so there is nothing to tell chance from"


@dataclass(frozen=True)
class Slope:
    """A mean yearly change with its 95 % interval and the p-value of none; `refused` says why there is none."""

    value: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    p_value: float = float("nan")
    refused: str = ""


@dataclass(frozen=True)
class Panel:
    """Years and figures with each member's own mean taken out, and the members, numbered from 0."""

    year: Numbers
    figure: Numbers
    member: NDArray[np.int64]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Panel:
        """Of rows with `member`, `year` and `figure`."""
        by = rows.groupby("member")
        return cls(
            (rows["year"] - by["year"].transform("mean")).to_numpy(float),
            (rows["figure"] - by["figure"].transform("mean")).to_numpy(float),
            by.ngroup().to_numpy(np.int64),
        )

    def sums(self, values: Numbers) -> Numbers:
        """Sums by member."""
        return np.bincount(self.member, values).astype(float)


def slope_of(rows: pd.DataFrame, method: str) -> Slope:
    """The mean yearly change of rows with `member`, `year` and `figure`, one row per member and year."""
    panel = Panel.of(rows)
    if np.ptp(panel.figure) < 1e-12 * max(1.0, float(np.abs(rows["figure"]).max())):
        return Slope(refused="no figure ever changed")
    slope = (panel.year @ panel.figure) / (panel.year @ panel.year)
    if np.abs(panel.figure - slope * panel.year).max() < 1e-12 * np.abs(panel.figure).max():
        return Slope(refused=ALIKE)
    return METHODS[method](panel, rows)


@lru_cache(maxsize=4)  # of hundreds of members they are megabytes
def _signs(count: int) -> Numbers:
    """Changes of sign of members, one row each: all of them, or drawn ones with that of no change first."""
    if count <= ALL_SIGNS:
        return np.array(list(product((1.0, -1.0), repeat=count)))
    drawn = np.random.default_rng(SEED).choice((1.0, -1.0), size=(DRAWN, count))
    return np.vstack([np.ones(count), drawn])


def _wild(panel: Panel, rows: pd.DataFrame) -> Slope:
    weight, moment = panel.sums(panel.year**2), panel.sums(panel.year * panel.figure)
    total = weight.sum()
    value = moment.sum() / total
    error = float(np.sqrt((((moment - value * weight) / total) ** 2).sum()))
    if error < 1e-12 * abs(value):
        return Slope(refused=ALIKE)
    signs = _signs(len(weight))
    sums = [signs @ of for of in (moment, weight, weight * moment, weight**2)]

    def p_value(at: float) -> float:
        moved = (sums[0] - at * sums[1]) / total
        crossed = sums[2] - at * sums[3]  # the squares of scores less what moved, multiplied out: signs square to one
        squares = ((moment - at * weight) ** 2).sum() - 2 * moved * crossed + moved**2 * (weight**2).sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.abs(moved) * total / np.sqrt(np.maximum(squares, 0.0))
        return _as_far(np.nan_to_num(told, nan=0.0, posinf=np.inf), abs(value - at) / error)

    return _inverted(value, error, p_value)


def _permutation(panel: Panel, rows: pd.DataFrame) -> Slope:
    slopes = panel.sums(panel.year * panel.figure) / panel.sums(panel.year**2)
    value = float(slopes.mean())
    error = float(slopes.std(ddof=1) / np.sqrt(len(slopes)))
    if error < 1e-12 * max(abs(value), 1e-300):
        return Slope(refused=ALIKE)
    signs = _signs(len(slopes))

    sums, counts = signs @ slopes, signs.sum(axis=1)

    def p_value(at: float) -> float:
        return _as_far(np.abs(sums - at * counts), abs((slopes - at).sum()))

    return _inverted(value, error, p_value)


def _as_far(told: Numbers, found: float) -> float:
    """How often what is told lies as far out as what was found, or further; equal ones to rounding are as far."""
    return float((told >= found * (1 - 1e-9)).mean())


def _inverted(value: float, error: float, p_value: Callable[[float], float]) -> Slope:
    """The interval of all slopes that a test does not reject; without an end where it rejects none that far out."""
    ends = [_end(value, direction * error, p_value) for direction in (-1, 1)]
    return Slope(value, ends[0], ends[1], p_value(0.0))


def _end(value: float, step: float, p_value: Callable[[float], float]) -> float:
    inside, outside = value, value + step
    for _ in range(40):
        if p_value(outside) <= LEVEL:
            break
        inside, outside = outside, value + (outside - value) * 2
    else:
        return float(np.sign(step) * np.inf)
    for _ in range(36):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if p_value(middle) <= LEVEL else (middle, outside)
    return outside


def _gee(panel: Panel, rows: pd.DataFrame) -> Slope:
    from statsmodels.genmod.generalized_estimating_equations import GEE

    fit = GEE(panel.figure, panel.year[:, None], groups=panel.member).fit(cov_type="bias_reduced")
    return _by_t(float(fit.params[0]), float(fit.standard_errors("bias_reduced")[0]), int(panel.member.max()) + 1)


def _mixed(panel: Panel, rows: pd.DataFrame) -> Slope:
    from scipy.linalg import helmert
    from statsmodels.regression.mixed_linear_model import MixedLM

    years, figures, members = [], [], []
    for member in range(int(panel.member.max()) + 1):
        own = panel.member == member
        contrasts = helmert(int(own.sum()))
        years.append(contrasts @ panel.year[own])
        figures.append(contrasts @ panel.figure[own])
        members += [member] * len(contrasts)
    # Both are brought to the size of one, from which the search begins: of years as they are it ended where it began.
    year, figure = np.concatenate(years)[:, None], np.concatenate(figures)
    scale, span = float(figure.std()) or 1.0, float(np.sqrt((year**2).sum() / (members[-1] + 1)))
    model = MixedLM(figure / scale, year / span, np.array(members), exog_re=year / span)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # that slopes do not vary is a warning to statsmodels, and an answer here
        for way in ("powell", "nm"):  # by slopes it ends short of a variance of nought
            try:
                fit = model.fit(reml=True, method=way)
            except np.linalg.LinAlgError:
                continue
            between, within = float(fit.cov_re[0, 0]), float(fit.scale)
            if fit.converged and between >= 0 and within > 0:
                return _weighted(panel, between * (scale / span) ** 2, within * scale**2)
    return Slope(refused="the mixed model does not converge")


def _weighted(panel: Panel, between: float, within: float) -> Slope:
    """The mean of members' slopes by how well each is known: generalised least squares with these two variances.

    statsmodels' own errors are no use where slopes do not vary: they are of all parameters together, and one of these
    then stands at its bound.
    """
    known, moment = panel.sums(panel.year**2), panel.sums(panel.year * panel.figure)
    weights = known / (within + between * known)
    value = float((weights * moment / known).sum() / weights.sum())
    return _by_t(value, float(1 / np.sqrt(weights.sum())), len(known))


def _by_t(value: float, error: float, members: int) -> Slope:
    from scipy import stats

    if not np.isfinite(error) or error < 1e-12 * abs(value):
        return Slope(refused=ALIKE)
    reach = float(stats.t.ppf(1 - LEVEL / 2, members - 1)) * error
    return Slope(value, value - reach, value + reach, float(2 * stats.t.sf(abs(value) / error, members - 1)))


METHODS: dict[str, Callable[[Panel, pd.DataFrame], Slope]] = {
    "wild": _wild, "permutation": _permutation, "gee": _gee, "mixed": _mixed,
}  # fmt: skip
