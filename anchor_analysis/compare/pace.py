"""How many years a target is away, if members go on moving as they did."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from anchor_analysis.compare.slopes import trends
from anchor_analysis.declared import Metric, Network, load_catalogue
from anchor_analysis.problems import Problem, UserError

PACE_COLUMNS = [
    "metric", "group", "period", "unit", "value", "value_lower", "value_upper", "target", "gap",
    "pace", "pace_lower", "pace_upper", "years", "years_lower", "years_upper", "members", "reason",
]  # fmt: skip

ESTIMAND = (
    "The years after the last that was measured until the network's figure is at the target, if it moves by the mean "
    "yearly change of its members."
)
ASSUMPTIONS = (
    "The network goes on at the pace of its members so far, each counting alike, large or small.",
    "The same members go on reporting, and nothing is counted otherwise.",
    "The interval is that of the pace alone: what is unknown of the last figure stands beside it, in its bounds.",
)


def years_to_target(
    observations: pd.DataFrame, metric: str, target: float, group: tuple[str, str] | None = None,
    since: str | None = None, period: str | None = None, method: str = "wild", network: Network | None = None,
) -> pd.DataFrame:  # fmt: skip
    """How many years the network is from a target at its present pace, with the 95 % interval of the pace carried over.

    One row; columns as PACE_COLUMNS. `target` is in the metric's unit, of a share from 0 to 1. `group` names a
    breakdown and a group of it, such as ("spend_category", "food"), where the target is of that. `value` is the
    network's last figure with its bounds, `gap` the target less it, and `pace` the mean yearly change of members with
    its interval as `trends` has it, by `method`: in points of a share, else growth. `years` is the gap over the pace,
    of a total by logarithms, and nought where the target is met; no pace in the interval reaches it sooner than
    `years_lower` or later than `years_upper`, which is infinite where a pace that never does is in it. ESTIMAND and
    ASSUMPTIONS say what it means and rests on.

    `years` is missing, with the `reason`, where the pace leads away from the target, where `trends` refuses, and where
    the last year has no figure. Raises UserError as `trends`, and AN005 for a target that the unit cannot have.
    """
    declared = (network.catalogue if network else load_catalogue()).metric(metric)
    if not _possible(declared, target):
        what = f"{target:g} is no target for {metric}."
        remedy = (
            "Give a share from 0 to 1: 0.5 for 50 %." if declared.unit == "share" else "Give a figure above nought."
        )
        raise UserError(Problem("AN005", "target", what, remedy))
    own = _of_group(observations[observations["metric"] == metric], group)
    pace = trends(own, [metric], since, period, method, network).iloc[0]
    latest = pace["period"] if pace["years"] else ""
    level = own[(own["scope"] == "network") & (own["network_year"] == latest)]
    row = {
        "metric": metric, "group": group[1] if group else "", "period": latest, "unit": declared.unit,
        "target": target, "members": pace["members"], "reason": pace["reason"],
        **{f"pace{end}": pace[name] for end, name in _ENDS.items()},
        **({f"value{end}": level.iloc[0][name] for end, name in _ENDS.items()} if len(level) else {}),
    }  # fmt: skip
    frame = pd.DataFrame([row | _away(declared, row)]).reindex(columns=PACE_COLUMNS)
    numbers = [name for name in PACE_COLUMNS if name.startswith(("value", "target", "gap", "pace", "years"))]
    return frame.astype(dict.fromkeys(numbers, "Float64"))


_ENDS = {"": "value", "_lower": "lower", "_upper": "upper"}


def _possible(metric: Metric, target: float) -> bool:
    return 0 <= target <= 1 if metric.unit == "share" else target > 0 and math.isfinite(target)


def _of_group(own: pd.DataFrame, group: tuple[str, str] | None) -> pd.DataFrame:
    """The observations of a group of a breakdown as though it were the whole, or those of the whole."""
    breakdown, name = group or ("", "")
    chosen = own[(own["breakdown"] == breakdown) & (own["group"] == name)]
    return chosen.assign(breakdown="", group="")


def _away(metric: Metric, row: dict[str, Any]) -> dict[str, Any]:
    value, target = row.get("value"), row["target"]
    if value is None or pd.isna(value):
        return {"reason": row["reason"] or "there is no figure for the last year"}
    gap = {"gap": target - value}
    if gap["gap"] * {"higher": 1, "lower": -1, "neither": 0}[metric.better] < 0 or not gap["gap"]:
        return gap | {"years": 0.0, "years_lower": 0.0, "years_upper": 0.0, "reason": "the target is met"}
    if row["reason"]:
        return gap
    if metric.unit != "share" and value <= 0:
        return gap | {"reason": "the last figure is not above zero, and growth is a ratio"}
    distance = gap["gap"] if metric.unit == "share" else math.log(target / value)
    steps = {end: _step(metric, row[f"pace{end}"]) for end in _ENDS}
    toward = sorted(distance / step if distance * step > 0 else math.inf for step in (steps["_lower"], steps["_upper"]))
    ends = {"years_lower": toward[0], "years_upper": toward[1]}
    if distance * steps[""] <= 0:
        return gap | ends | {"reason": "at the present pace it moves away from the target"}
    return gap | ends | {"years": distance / steps[""]}


def _step(metric: Metric, pace: float) -> float:
    """A yearly change on the scale on which it adds up: points of a share, the logarithm of a growth."""
    return float(pace) if metric.unit == "share" else math.log1p(pace)
