"""What a restatement of the first year made of a change that readers work out from two editions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from anchor_analysis.compare.cases import Case
from anchor_analysis.compare.members import members_by_year, total_of
from anchor_analysis.declared import Catalogue
from anchor_analysis.problems import Problem, UserError

RESTATED = "the first year was restated since"

_NUMBERS = ["numerator", "denominator", "unknown", "unknown_credits", "value", "lower", "upper"]


def level_published(published: pd.DataFrame, case: Case, catalogue: Catalogue) -> dict[str, Any]:
    """The total of the first year by earlier observations, as `levels_of` takes it; UserError (AN003) without any."""
    ends = members_by_year(published, [case.metric.id]).get((case.metric.id, str(case.since)))
    if ends is None:
        what = f"what was published has no observations of {case.metric.id} for {case.since}."
        raise UserError(Problem("AN003", "year", what, "Give the observations of a run that had this year."))
    return total_of(case.metric, ends.values(), catalogue)


def from_published(rows: pd.DataFrame, case: Case, level: dict[str, Any]) -> pd.DataFrame:
    """The rows of a change of all members, from the first year as it was published, with the part that restated it.

    `level` is that of the first year then. The part is the first year as it stands now less as it was published, so
    that all parts go on summing to the change. The change is `not comparable` where the two differ.
    """
    whole = rows.index[rows["kind"] == "change"][0]
    now = {name: rows.at[whole, f"from_{name}"] for name in _NUMBERS}
    about = ["metric", "period", "since", "panel", "unit", "members_expected", "audience"]
    part = {name: rows.at[whole, name] for name in about} | {
        "finding_id": case.finding_id("restatement"), "kind": "part", "part": "restatement",
        "value": now["value"] - level["value"], "lower": now["lower"] - level["upper"],
        "upper": now["upper"] - level["lower"], "members": rows.at[whole, "members_from"],
    }  # fmt: skip
    if case.metric.kind == "additive":
        part["part_numerator"] = now["numerator"] - level["numerator"]
    rows = rows.copy()
    for name in _NUMBERS:
        rows.at[whole, f"from_{name}"] = level[name]
    for end, other in (("value", "value"), ("lower", "upper"), ("upper", "lower")):
        rows.at[whole, end] = rows.at[whole, f"to_{end}"] - level[other]
    if any(now[name] != level[name] for name in _NUMBERS if not (pd.isna(now[name]) and pd.isna(level[name]))):
        reason = "; ".join(filter(None, [RESTATED, rows.at[whole, "reason"]]))
        rows.loc[whole, ["verdict", "direction", "standing", "reason"]] = ["not comparable", "", "", reason]
    return pd.concat([rows, pd.DataFrame([part])], ignore_index=True)
