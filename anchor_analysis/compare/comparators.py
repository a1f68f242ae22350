"""Units over the years, some of them with a programme: the table read, and differences under all choices of units.

With as many years for each unit, and one year in which the programme begins for all that have it, least squares with an
intercept for each unit and for each year gives the change of the means of those with it less that of the others; the
errors of that fit rest on many units with a programme, and there are few. So chance is told by permutation: what would
have been found had other units, as many, been the ones with the programme. That is exact if it had no effect on any and
each unit was as likely to have it. Source: Fisher, The Design of Experiments (1935), section 21; for few treated units
Conley and Taber, Review of Economics and Statistics 93 (2011); MacKinnon and Webb, Journal of Econometrics 218 (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anchor_analysis.compare.inference import SEED, Numbers
from anchor_analysis.declared import NetworkYear, parse_year
from anchor_analysis.declared.years import years_between
from anchor_analysis.problems import Problem, UserError, unknown

OUTCOME_COLUMNS = ["unit", "year", "figure"]

#: Up to how many choices of units all are gone through, and how many are drawn beyond, beside the one that was made.
ALL_CHOICES, DRAWN_CHOICES = 20_000, 9_999


@dataclass(frozen=True)
class Outcomes:
    """Figures of units (rows) in years without a gap (columns), missing where there is none; who is treated, and since.

    `before` counts the years before the programme.
    """

    figures: Numbers
    units: list[str]
    years: list[NetworkYear]
    treated: NDArray[np.bool_]
    before: int

    @property
    def after(self) -> int:
        return len(self.years) - self.before

    @property
    def spread(self) -> float:
        """The standard deviation of all units' figures about the mean of their year, in the years before."""
        earlier = self.figures[:, : self.before]
        if len(earlier) < 2 or not self.before:
            return float("nan")
        return float(np.sqrt(earlier.var(axis=0, ddof=1).mean()))

    @property
    def missing(self) -> str:
        """Which figure is not there, if one is not."""
        places = np.argwhere(np.isnan(self.figures))
        if not len(places):
            return ""
        unit, year = places[0]
        more = f", and {len(places) - 1} more are missing" if len(places) > 1 else ""
        return f"{self.units[unit]} has no figure for {self.years[year]}{more}; every unit needs one for every year"

    @property
    def still(self) -> bool:
        """Whether no unit's figure ever changed."""
        return bool(np.ptp(self.figures, axis=1).max() <= 1e-12 * max(1.0, np.abs(self.figures).max()))

    def until(self, since: int, end: int) -> Outcomes:
        """The first `end` years alone, as if the programme had begun after the first `since`."""
        return Outcomes(self.figures[:, :end], self.units, self.years[:end], self.treated, since)


@dataclass(frozen=True)
class Differences:
    """What is found of units with a programme beside others; p-values are two-sided.

    `value` is in the outcome's own unit and `fit` in standard deviations (`Outcomes.spread`); `path` is the
    counterfactual of each year, and `weights` are those of the comparators, in their order.
    """

    value: float
    p_value: float
    smallest: float
    pre_trend: float
    placebo: float
    fit: float
    path: Numbers
    weights: Numbers


def read_outcomes(outcomes: pd.DataFrame, treated: str | Sequence[str], since: str) -> Outcomes:
    """The table of a user: one row for each `unit` and `year`, with its `figure`; other columns are passed over.

    `treated` is a unit, a list of them, or one text with commas between them. A figure that is blank is missing.
    Raises UserError for a column that is not there (AN022), a blank unit or year (AN025), a figure that is no number
    (AN021), two figures of one unit and year (AN026), an unclear year (AN003) and an unknown unit (AN005).
    """
    if lacking := [name for name in OUTCOME_COLUMNS if name not in outcomes]:
        what = f"the table has no column {' and none '.join(lacking)}."
        raise _fault("AN022", what, "Give it the columns unit, year and figure.")
    if outcomes[["unit", "year"]].isna().any(axis=None):
        raise _fault("AN025", "a row has no unit or no year.", "Fill it in, or take the row out.")
    figures = pd.to_numeric(outcomes["figure"], errors="coerce").astype("float64")
    if (figures.isna() & outcomes["figure"].notna()).any() or np.isinf(figures).any():
        raise _fault("AN021", "a figure is not a number.", "Write it as 1234.5; leave it blank where it is not known.")
    labels = {label: parse_year(label, "outcomes") for label in outcomes["year"].astype(str).unique()}
    rows = pd.DataFrame({
        "unit": outcomes["unit"].astype(str), "year": [labels[label].begins for label in outcomes["year"].astype(str)],
        "figure": figures.to_numpy(),
    })  # fmt: skip
    if (again := rows.duplicated(["unit", "year"])).any():
        unit, year = rows.loc[again, ["unit", "year"]].iloc[0]
        raise _fault("AN026", f"{unit} has two figures for {NetworkYear(year)}.", "Keep the one that is right.")
    start, units = parse_year(since, "since"), sorted(rows["unit"].unique())
    named = _named(treated, units)
    years = years_between(min(labels.values()), max(labels.values()))
    wide = rows.pivot(index="unit", columns="year", values="figure")
    wide = wide.reindex(index=units, columns=[year.begins for year in years])
    before = sum(year < start for year in years)
    return Outcomes(wide.to_numpy(float), units, years, np.array([unit in named for unit in units]), before)


def _named(treated: str | Sequence[str], units: list[str]) -> list[str]:
    if isinstance(treated, str):
        treated = [treated] if treated in units else [name.strip() for name in treated.split(",")]
    for name in treated or [""]:
        if name not in units:
            raise unknown("AN005", "unit", name, units, "treated")
    return list(treated)


def _fault(code: str, what: str, remedy: str) -> UserError:
    return UserError(Problem(code, "outcomes", what, remedy))


def contrasts(treated: NDArray[np.bool_]) -> Numbers:
    """What makes a difference of means of figures, one row for each choice of as many units as are treated.

    All choices, or where there are more than ALL_CHOICES the one that was made and DRAWN_CHOICES drawn ones.
    """
    count, chosen = len(treated), int(treated.sum())
    if comb(count, chosen) <= ALL_CHOICES:
        rows = np.array(list(combinations(range(count), chosen)))
    else:
        draw = np.random.default_rng(SEED)
        drawn = draw.permuted(np.tile(np.arange(count), (DRAWN_CHOICES, 1)), axis=1)[:, :chosen]
        rows = np.vstack([np.flatnonzero(treated), drawn])
    found = np.full((len(rows), count), -1 / (count - chosen))
    np.put_along_axis(found, rows, 1 / chosen, axis=1)
    return found


def smallest_p_value(treated: NDArray[np.bool_]) -> float:
    """The smallest p-value that all choices of units allow; where half are treated, the other half is as far out."""
    count, chosen = len(treated), int(treated.sum())
    if comb(count, chosen) > ALL_CHOICES:
        return 1 / (DRAWN_CHOICES + 1)
    return (2 if 2 * chosen == count else 1) / comb(count, chosen)


def differences(outcomes: Outcomes) -> Differences:
    """The difference in differences, with a test of earlier trends and a placebo in time, all by permutation.

    The test of earlier trends is that of all leads of an event study together, from the years before alone: its F
    grows with the squares of what the gap between treated and others was in these years about its own mean, and with
    nothing else that a choice of units changes, so they are what is permuted. The placebo in time takes the programme
    to have begun at the later half of the years before.
    """
    mine, every = _gaps(outcomes.treated, outcomes), contrasts(outcomes.treated) @ outcomes.figures
    before, rounding = outcomes.before, 1e-12 * float(np.abs(outcomes.figures).max())

    def chance(of: str) -> float:
        found, told = (_far(gaps, before, of) for gaps in (mine[None, :], every))
        return float((told >= found[0] * (1 - 1e-9) - rounding).mean())

    others = outcomes.figures[~outcomes.treated].mean(axis=0)
    spread = outcomes.spread
    return Differences(
        value=float(mine[before:].mean() - mine[:before].mean()),
        p_value=chance("programme"), smallest=smallest_p_value(outcomes.treated),
        pre_trend=chance("leads"), placebo=chance("placebo"),
        fit=float(_far(mine[None, :], before, "leads")[0] / spread) if spread else float("nan"),
        path=others + mine[:before].mean(),
        weights=np.full(int((~outcomes.treated).sum()), 1 / (~outcomes.treated).sum()),
    )  # fmt: skip


def _gaps(treated: NDArray[np.bool_], outcomes: Outcomes) -> Numbers:
    """The mean of the treated less that of the others, year by year."""
    return np.asarray(outcomes.figures[treated].mean(axis=0) - outcomes.figures[~treated].mean(axis=0))


def false_start(before: int) -> int:
    """How many of the years before are taken as such, where the later half stands in for years of a programme."""
    return before - before // 2


def _far(gaps: Numbers, before: int, of: str) -> Numbers:
    """How far out the gaps of each row lie: after the programme, after a false start, or about their earlier mean."""
    earlier = gaps[:, :before]
    if of == "leads":
        return np.asarray(earlier.std(axis=1))
    start = false_start(before)
    left, right = (earlier, gaps[:, before:]) if of == "programme" else (earlier[:, :start], earlier[:, start:])
    return np.abs(right.mean(axis=1) - left.mean(axis=1))
