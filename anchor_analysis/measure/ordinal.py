"""How levels go with the years, by an ordinal model, where the data carry one; else the reason why they do not.

For the analyst. It describes an association and no effect: members that changed nothing may score higher because an
assessor changed or awareness rose.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

#: Fewer members, years, levels in use, or scores at a level in use, do not carry the model.
FEWEST_MEMBERS, FEWEST_YEARS, FEWEST_LEVELS, FEWEST_AT_A_LEVEL = 8, 3, 3, 5

#: A log odds ratio a year, or a standard error, beyond this is a sign of separation and no estimate.
LARGEST = 10.0

ESTIMAND = (
    "The odds ratio, a year, of standing at a higher level rather than at that or a lower one, over the scores of all "
    "members that scored themselves, dimension by dimension."
)
ASSUMPTIONS = (
    "Proportional odds: the ratio is the same at every level.",
    "The change is the same in each year and for each dimension; dimensions differ in where they stand.",
    "Members are independent of one another; the scores of one member, over years and dimensions, need not be.",
    "Assessors mean the same by a level in every year, which nothing here shows.",
)


@dataclass(frozen=True)
class OrdinalModel:
    """A proportional odds model of levels by year, or why there is none (`refused`).

    `odds_ratio` is a year's, with a 95 % interval from standard errors that are robust to clusters by member, with the
    small-sample correction G/(G-1) and Student's t with G-1 degrees of freedom, G members. `wording` is as far as the
    claim goes. Method: McCullagh, JRSS B, 1980; fitted by statsmodels' OrderedModel.
    """

    refused: str = ""
    odds_ratio: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    members: int = 0
    years: int = 0
    scores: int = 0
    another_assessor: int = 0
    estimand: str = ESTIMAND
    assumptions: tuple[str, ...] = ASSUMPTIONS

    @property
    def wording(self) -> str:
        """One sentence, on the rung `associated` of the claims ladder."""
        if self.refused:
            return f"No ordinal model: {self.refused}"
        years = "one member's year" if self.another_assessor == 1 else f"{self.another_assessor} members' years"
        changed = f" In {years} the assessor was another than the time before." if self.another_assessor else ""
        return (
            f"Later years are associated with odds of a higher level that are {self.odds_ratio:.2f} times those of the "
            f"year before ({self.lower:.2f} to {self.upper:.2f}), over {self.members} members.{changed}"
        )

    def __repr__(self) -> str:
        return self.wording


def ordinal_model(scores: pd.DataFrame, dimension: str = "") -> OrdinalModel:
    """The ordinal model of scores, as `scores_given` gives them, of one dimension or of all with their own intercepts.

    It is refused, with the reason, where there are fewer than 8 members with two years or more, 3 years or 3 levels in
    use, fewer than 5 scores at a level in use, where the levels of the years do not overlap, and where the fit does
    not converge or runs to where nothing is estimated (separation). Rows without a level are left out.
    """
    used = scores[scores["level"].notna() & ((scores["dimension"] == dimension) | (dimension == ""))]
    used = used.assign(year=used["network_year"].str[:4].astype("int64"), level=used["level"].astype("int64"))
    if reason := _too_little(used):
        return OrdinalModel(refused=reason)
    columns = {"year": (used["year"] - used["year"].min()).astype("float64")}
    for name in sorted(used["dimension"].unique())[1:]:
        columns[name] = (used["dimension"] == name).astype("float64")
    design = pd.DataFrame(columns)
    if reason := _separated(used):
        return OrdinalModel(refused=reason)
    return _fitted(used, design)


def _too_little(used: pd.DataFrame) -> str:
    """Why there are too few scores for a model, or nothing."""
    members = int((used.groupby("member")["year"].nunique() >= 2).sum())
    at_level = used["level"].value_counts()
    years = used["year"].nunique()
    if members < FEWEST_MEMBERS:
        return f"{members} members have scores of two years or more, and {FEWEST_MEMBERS} are needed."
    if years < FEWEST_YEARS:
        return f"there are scores of {years} years, and {FEWEST_YEARS} are needed."
    if len(at_level) < FEWEST_LEVELS:
        return f"{len(at_level)} levels are in use, and {FEWEST_LEVELS} are needed."
    if at_level.min() < FEWEST_AT_A_LEVEL:
        return f"level {at_level.idxmin()} has {at_level.min()} scores, and {FEWEST_AT_A_LEVEL} are needed at each."
    return ""


def _separated(used: pd.DataFrame) -> str:
    """Whether the levels of one part of the years all lie at or beyond those of the other."""
    years = sorted(used["year"].unique())
    for at in years[1:]:
        before, after = used.loc[used["year"] < at, "level"], used.loc[used["year"] >= at, "level"]
        if before.max() <= after.min() or after.max() <= before.min():
            return f"all levels before {at} lie at or beyond those after, so that the odds have no bound (separation)."
    return ""


def _fitted(used: pd.DataFrame, design: pd.DataFrame) -> OrdinalModel:
    from statsmodels.miscmodels.ordinal_model import OrderedModel
    from statsmodels.stats.contrast import ContrastResults

    model = OrderedModel(used["level"].to_numpy(), design.to_numpy(), distr="logit")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = model.fit(method="bfgs", disp=False, maxiter=500)
    errors = _clustered_errors(model, np.asarray(result.params), used["member"])
    estimate, error = float(result.params[0]), float(errors[0])
    if not result.mle_retvals["converged"] or not np.isfinite(errors).all():
        return OrdinalModel(refused="the fit did not converge.")
    if abs(estimate) > LARGEST or error > LARGEST:
        return OrdinalModel(refused="the odds have no bound (separation).")
    members = used["member"].nunique()
    at, sd = np.array([estimate]), np.array([error])
    interval = ContrastResults(t=at / sd, sd=sd, effect=at, df_denom=members - 1).conf_int(alpha=0.05)
    ratio, lower, upper = (float(np.exp(one)) for one in (estimate, *interval[0]))
    years, changed = used["year"].nunique(), _changes_of_assessor(used)
    return OrdinalModel("", ratio, lower, upper, members, years, len(used), changed)


def _clustered_errors(model: Any, params: np.ndarray, member: pd.Series) -> np.ndarray:
    """Standard errors from the sandwich over members: H⁻¹ (Σ s s') H⁻¹ · G/(G-1), s the sum of a member's scores."""
    inverse = np.linalg.pinv(model.hessian(params))
    by_member = pd.DataFrame(model.score_obs(params)).groupby(member.to_numpy()).sum().to_numpy()
    groups = len(by_member)
    spread = inverse @ (by_member.T @ by_member) @ inverse * groups / (groups - 1)
    return np.sqrt(np.diag(spread))


def _changes_of_assessor(used: pd.DataFrame) -> int:
    """In how many years a member's dimension was scored by another assessor than in the year of its score before."""
    in_order = used.sort_values(["member", "dimension", "year"])
    before = in_order.groupby(["member", "dimension"])["assessor"].shift(1)
    changed = in_order[before.notna() & (before != in_order["assessor"])]
    return len(changed[["member", "year"]].drop_duplicates())
