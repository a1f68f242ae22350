"""One unit's own years before and after a programme began: whether its level or its slope broke there.

Least squares of the figure on the year, on being at or after the start, and on the years since the start. Errors are
those of Newey and West, Econometrica 55 (1987), by statsmodels, so that years may depend on those before; the lags are
4 (n / 100) ^ (2 / 9), rounded down: Newey and West, Review of Economic Studies 61 (1994). The design: Wagner, Soumerai,
Zhang and Ross-Degnan, Journal of Clinical Pharmacy and Therapeutics 27 (2002).

Of so few points these errors are too small: held against Student's t, a quarter to two fifths of drawn series of ten
years in which nothing broke would be said to have broken. So an estimate over its error is held against its own
distribution, drawn for the same years from normal errors of which each depends on the one before by DEPENDENCE, and the
one of these that tells the least counts. Neither level nor slope nor size of the errors moves that distribution.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from anchor_analysis.compare.comparators import read_outcomes
from anchor_analysis.compare.inference import LEVEL, SEED, Numbers
from anchor_analysis.declared import NetworkYear, parse_year

#: Two lines of fewer points each cannot be told from the bends of a series that depends on its own past.
FEWEST_BEFORE, FEWEST_AFTER = 6, 4

#: How much of an error may carry on into the next year, and how many series are drawn for each.
DEPENDENCE, DRAWN = (0.0, 0.25, 0.5), 4_999

INTERRUPTION_COLUMNS = [
    "unit", "since", "term", "estimand", "value", "lower", "upper", "p_value", "p_adjusted", "lags", "years_before",
    "years_after", "claim", "reason",
]  # fmt: skip

ESTIMAND = {
    "level": "How far the figure lay, in the programme's first year, from where the earlier line leads.",
    "slope": "How much more the figure moved each year from then on than it did before.",
}


def interrupted_series(outcomes: pd.DataFrame, unit: str, since: str) -> pd.DataFrame:
    """The change of level and of slope of one unit's figures in the year `since`, when a programme began.

    `outcomes` is as in `against_comparators`; units other than `unit` are passed over. Two rows, of the `term` `level`
    and `slope`; columns as INTERRUPTION_COLUMNS: `value`, with its 95 % interval `lower` to `upper`, in the unit of
    the figures, for the slope a year; `p_adjusted` is the p-value of no change that holds for both terms together
    (Holm, Scandinavian Journal of Statistics 6, 1979).

    `claim` is `associated` where that is 0.05 or less, else `described`, and never more: nothing here tells the
    programme from whatever else happened in the same year.

    There is neither a value nor a claim, and `reason` says why, with fewer than 6 years before or 4 after, with a year
    missing in between, and where the points lie on two lines exactly, which leaves no chance to tell anything from.

    Raises UserError for an unknown unit (AN005), and for a table as `comparators.read_outcomes` says.
    """
    read = read_outcomes(outcomes, [unit], since)
    own = pd.Series(read.figures[read.treated][0], [year.begins for year in read.years])
    own = own.loc[own.first_valid_index() : own.last_valid_index()] if own.notna().any() else own.head(0)
    start = parse_year(since).begins
    before = int((own.index < start).sum())
    about = {"unit": unit, "since": str(parse_year(since)), "years_before": before, "years_after": len(own) - before,
             "claim": "", "lags": lags_of(len(own))}  # fmt: skip
    reason = _too_little(own, before)
    found = pd.DataFrame(index=list(ESTIMAND)) if reason else _segments(own, start)
    if not reason and found.empty:
        found, reason = pd.DataFrame(index=list(ESTIMAND)), "the points lie on two lines, and leave nothing to chance"
    frame = found.rename_axis("term").reset_index().assign(reason=reason, **about)
    frame["estimand"] = frame["term"].map(ESTIMAND)
    if not reason:
        frame["claim"] = ["associated" if p_value <= LEVEL else "described" for p_value in frame["p_adjusted"]]
    numbers = ["value", "lower", "upper", "p_value", "p_adjusted"]
    whole = ["lags", "years_before", "years_after"]
    frame = frame.reindex(columns=INTERRUPTION_COLUMNS)
    return frame.astype(dict.fromkeys(numbers, "Float64") | dict.fromkeys(whole, "Int64"))


def lags_of(points: int) -> int:
    """How many years back errors may depend on one another."""
    return int(4 * (points / 100) ** (2 / 9))


def segments_of(years: Numbers, start: int) -> Numbers:
    """The columns of the regression: one, the year, at or after the start, and the years since the start."""
    later = years >= start
    return np.column_stack([np.ones(len(years)), years - start, later, later * (years - start)]).astype(float)


def _too_little(own: pd.Series, before: int) -> str:
    if before < FEWEST_BEFORE:
        return f"there are {before} years before, and {FEWEST_BEFORE} are needed"
    if len(own) - before < FEWEST_AFTER:
        return f"there are {len(own) - before} years from the start on, and {FEWEST_AFTER} are needed"
    if own.isna().any():
        return f"there is no figure for {NetworkYear(int(own.index[own.isna()][0]))}"
    return ""


def _segments(own: pd.Series, start: int) -> pd.DataFrame:
    """Both terms with interval and p-values; without rows where there is nothing to tell them from chance by."""
    import statsmodels.api as sm
    from statsmodels.stats.multitest import multipletests

    design = segments_of(own.index.to_numpy(float), start)
    options = {"maxlags": lags_of(len(own)), "use_correction": True}
    fit = sm.OLS(own.to_numpy(float), design).fit(cov_type="HAC", cov_kwds=options)
    if np.abs(fit.resid).max() < 1e-10 * max(float(np.abs(own).max()), 1e-300):
        return pd.DataFrame()
    value, error = fit.params[2:], fit.bse[2:]
    drawn = chance_of(len(own), int((own.index < start).sum()))
    as_far = (drawn >= np.abs(value / error) * (1 - 1e-9)).sum(axis=1)
    p_value = ((1 + as_far) / (1 + DRAWN)).max(axis=0)
    reach = np.quantile(drawn, 1 - LEVEL, axis=1).max(axis=0) * error
    found = {"value": value, "lower": value - reach, "upper": value + reach, "p_value": p_value}
    return pd.DataFrame(found | {"p_adjusted": multipletests(p_value, method="holm")[1]}, index=list(ESTIMAND))


@cache
def chance_of(points: int, before: int) -> Numbers:
    """Sizes of both terms over their errors where nothing broke: by dependence, series drawn, and term."""
    design = segments_of(np.arange(points, dtype=float), before)
    shocks = np.random.default_rng(SEED).normal(size=(DRAWN, points))
    found = []
    for carried in DEPENDENCE:
        series = shocks.copy()
        for year in range(1, points):
            series[:, year] = carried * series[:, year - 1] + np.sqrt(1 - carried**2) * shocks[:, year]
        values, errors = newey_west(design, series)
        found.append(np.abs(values / errors)[:, 2:])
    return np.array(found)


def newey_west(design: Numbers, series: Numbers) -> tuple[Numbers, Numbers]:
    """Estimates and their errors, one row for each of many series over the same years."""
    points, terms = design.shape
    solved = np.linalg.inv(design.T @ design) @ design.T
    values = series @ solved.T
    moved = (series - values @ design.T)[:, :, None] * solved.T
    squares = (moved**2).sum(axis=1)
    for lag in range(1, lags_of(points) + 1):
        weight = 2 * (1 - lag / (lags_of(points) + 1))
        squares += weight * (moved[:, lag:] * moved[:, :-lag]).sum(axis=1)
    return values, np.sqrt(squares * points / (points - terms))
