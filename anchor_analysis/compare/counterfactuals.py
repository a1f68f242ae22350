"""What would have been without a programme, from comparators; how far a claim may go, and when there is none.

Two designs, of a table of outcomes that the user gives: `difference_in_differences` (`compare.comparators`) and
`synthetic_control` (`compare.mixtures`). What each assumes is in docs/counterfactuals.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from anchor_analysis.compare.comparators import Differences, Outcomes, differences, read_outcomes
from anchor_analysis.compare.inference import LEVEL
from anchor_analysis.compare.mixtures import WORST_FIT, synthetic
from anchor_analysis.declared import parse_year
from anchor_analysis.problems import unknown

#: From weakest to strongest, as docs/glossary.md has them; no design here reaches the last.
CLAIMS = ("described", "associated", "contributed", "caused")

#: Fewer years do not show whether treated and others moved alike before, or anything after.
FEWEST_BEFORE, FEWEST_AFTER = 3, 1

#: A test that a design has to pass is failed below this p-value; up to it a difference still counts as `associated`.
DOUBT = 0.1

COUNTERFACTUAL_COLUMNS = [
    "treated", "method", "estimand", "since", "value", "p_value", "smallest_p_value", "pre_trend_p_value",
    "placebo_p_value", "fit", "units", "years_before", "years_after", "claim", "reason",
]  # fmt: skip

METHODS: dict[str, Callable[[Outcomes], Differences]] = {
    "difference_in_differences": differences, "synthetic_control": synthetic,
}  # fmt: skip

ESTIMAND = {
    "difference_in_differences": "had they moved as the mean of the comparators did, each unit counting alike",
    "synthetic_control": "had it gone on as the mixture of comparators did that was nearest to it before",
}


def against_comparators(
    outcomes: pd.DataFrame, treated: str | Sequence[str], since: str, method: str = "difference_in_differences"
) -> pd.DataFrame:
    """What units with a programme were from `since` on, beside what comparators say they would have been without it.

    `outcomes` has one row for each `unit` and `year`, written as 2021/22, with its `figure` in any one unit; all units
    that are not `treated` (one, several, or a text with commas) are comparators. The programme begins in the same year
    for all that have it. Gives one row; columns as COUNTERFACTUAL_COLUMNS:

    - `estimand`: what is estimated, in a sentence; `value`: it, in the unit of the figures.
    - `p_value`: how often units chosen by chance lie as far out or further. `difference_in_differences` goes through
      all choices of as many units as are treated, or 9,999 drawn ones where there are more than 20,000;
      `synthetic_control` ranks every unit's ratio of gaps. `smallest_p_value`: the smallest that can come out.
    - `pre_trend_p_value`: that treated and others moved alike in the years before, all leads of an event study
      together; missing for a synthetic control. `placebo_p_value`: that nothing began at the later half of the years
      before. `fit`: the root of the mean squared gap before, in standard deviations of the units' figures in a year.
    - `units`, `years_before`, `years_after`: counts; `units` with the treated.
    - `claim`: `contributed` where nothing below speaks against it and the p-value is 0.05 or less, `associated` up to
      0.1, else `described`; never `caused`. `reason`: why it goes no further, blank at `contributed`.

    There is no claim beyond `described` where comparators are too few for a p-value of 0.05 (19 for one treated
    unit), and where the test of earlier trends or the placebo in time gives less than 0.1. There is neither a value nor
    a claim where a figure is missing, with fewer than 3 years before or 1 after, without comparators (2 for a
    synthetic control, which is of one treated unit), where no figure ever changed, and of a synthetic control where
    `fit` is above 0.25 or the unit lies above or below all comparators in every year before.

    Raises UserError for an unknown method or unit (AN005), and for a table as `comparators.read_outcomes` says.
    """
    read = _read(outcomes, treated, since, method)
    about = {
        "treated": ", ".join(_treated(read)), "method": method, "since": str(parse_year(since)),
        "estimand": _estimand(read, since, method), "units": len(read.units), "years_before": read.before,
        "years_after": read.after, "claim": "",
    }  # fmt: skip
    if reason := _too_little(read, method):
        return _typed(about | {"reason": reason})
    found = METHODS[method](read)
    about |= {"fit": found.fit, "smallest_p_value": found.smallest}
    if method == "synthetic_control" and (reason := _poor_fit(read, found.fit)):
        return _typed(about | {"reason": reason})
    doubts = _doubts(found, len(read.units) - int(read.treated.sum()))
    claim = claim_of(found.p_value, bool(doubts))
    if claim != "contributed":
        doubts += [f"units chosen by chance lie as far out in {found.p_value:.3g} of all choices"] * (not doubts)
    return _typed(about | {
        "value": found.value, "p_value": found.p_value, "pre_trend_p_value": found.pre_trend,
        "placebo_p_value": found.placebo, "claim": claim, "reason": "; ".join(doubts),
    })  # fmt: skip


def yearly_path(
    outcomes: pd.DataFrame, treated: str | Sequence[str], since: str, method: str = "difference_in_differences"
) -> pd.DataFrame:
    """What the treated were and what comparators say they would have been, year by year, for a chart.

    One row for each year: `year`, `treated` (the mean of several), `counterfactual` and `gap`, in the unit of the
    figures. It is there too where a poor fit is why there is no value, so that one can see it; without rows where
    the table carries no estimate at all. Raises as `against_comparators` does.
    """
    read = _read(outcomes, treated, since, method)
    columns = ["year", "treated", "counterfactual", "gap"]
    if _too_little(read, method):
        return pd.DataFrame(columns=columns)
    path = METHODS[method](read).path
    own = read.figures[read.treated].mean(axis=0)
    rows = {"year": [str(year) for year in read.years], "treated": own, "counterfactual": path, "gap": own - path}
    return pd.DataFrame(rows, columns=columns)


def donor_weights(
    outcomes: pd.DataFrame, treated: str | Sequence[str], since: str, method: str = "synthetic_control"
) -> pd.DataFrame:
    """How much each comparator weighs in the counterfactual: `unit` and `weight`, from 0 to 1, that sum to one.

    One row for each comparator, the heaviest first; by `difference_in_differences` all weigh alike. Without rows where
    the table carries no estimate. Raises as `against_comparators` does.
    """
    read = _read(outcomes, treated, since, method)
    if _too_little(read, method):
        return pd.DataFrame(columns=["unit", "weight"])
    others = [unit for unit, has in zip(read.units, read.treated, strict=True) if not has]
    weights = pd.DataFrame({"unit": others, "weight": METHODS[method](read).weights})
    return weights.sort_values(["weight", "unit"], ascending=[False, True], ignore_index=True)


def claim_of(p_value: float, doubted: bool) -> str:
    """The highest claim that a design with comparators carries: none beyond `described` where it is in doubt."""
    if doubted or not p_value <= DOUBT:
        return "described"
    return "contributed" if p_value <= LEVEL else "associated"


def _read(outcomes: pd.DataFrame, treated: str | Sequence[str], since: str, method: str) -> Outcomes:
    if method not in METHODS:
        raise unknown("AN005", "method", method, METHODS)
    return read_outcomes(outcomes, treated, since)


def _treated(read: Outcomes) -> list[str]:
    return [unit for unit, has in zip(read.units, read.treated, strict=True) if has]


def _estimand(read: Outcomes, since: str, method: str) -> str:
    who = ", ".join(_treated(read))
    beside = f"between {who} and what would have been {ESTIMAND[method]}"
    return f"The mean yearly difference, from {parse_year(since)} on, {beside}."


def _too_little(read: Outcomes, method: str) -> str:
    """Why the table carries no estimate, if so."""
    single = method == "synthetic_control"
    treated, comparators = int(read.treated.sum()), int((~read.treated).sum())
    if read.before < FEWEST_BEFORE:
        return f"there are {read.before} years before, and {FEWEST_BEFORE} are needed to see how units moved without it"
    if read.after < FEWEST_AFTER:
        return "there is no year after the programme began"
    if single and treated > 1:
        return f"a synthetic control is of one unit, and {treated} are treated"
    if comparators < 1 + single:
        return f"there are {comparators} comparators, and {1 + single} are needed"
    if read.missing:
        return read.missing
    if read.still:
        return "no figure ever changed"
    return "no unit differs from another before" if single and not read.spread else ""


def _poor_fit(read: Outcomes, fit: float) -> str:
    """Why a mixture of the comparators does not stand for the unit, if so."""
    reasons = []
    if fit > WORST_FIT:
        reasons.append(
            f"the mixture of comparators lay {fit:.2f} standard deviations from the unit before, and {WORST_FIT} is "
            "the most at which it stands for it"
        )
    own, others = (read.figures[which][:, : read.before] for which in (read.treated, ~read.treated))
    if np.all(own > others.max(axis=0)) or np.all(own < others.min(axis=0)):
        reasons.append("in every year before, the unit lay beyond all comparators, where no mixture of them can be")
    return "; ".join(reasons)


def _doubts(found: Differences, comparators: int) -> list[str]:
    """Why no claim goes beyond `described`, if so."""
    doubts = []
    if found.smallest > LEVEL:
        doubts.append(
            f"with {comparators} comparators no p-value is smaller than {found.smallest:.3g}, so nothing can be told "
            f"from chance at {LEVEL}"
        )
    if found.pre_trend < DOUBT:
        doubts.append(f"treated and comparators moved apart before it began (p = {found.pre_trend:.3g})")
    if found.placebo < DOUBT:
        doubts.append(f"a programme that began earlier, when there was none, would be found too "
                      f"(p = {found.placebo:.3g})")  # fmt: skip
    return doubts


def _typed(row: dict[str, object]) -> pd.DataFrame:
    numbers = ["value", "p_value", "smallest_p_value", "pre_trend_p_value", "placebo_p_value", "fit"]
    whole = ["units", "years_before", "years_after"]
    frame = pd.DataFrame([row]).reindex(columns=COUNTERFACTUAL_COLUMNS)
    return frame.astype(dict.fromkeys(numbers, "Float64") | dict.fromkeys(whole, "Int64"))
