"""How far a change depends on choices: the same headline by every other way of counting, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from anchor_analysis.compare.changes import change
from anchor_analysis.compare.over_years import series
from anchor_analysis.compare.prices import MONEY, Deflator, real_terms
from anchor_analysis.compare.verdicts import Level, judge
from anchor_analysis.declared import Metric, Network
from anchor_analysis.measure.basis import made_from
from anchor_analysis.problems import UserError

SENSITIVITY_COLUMNS = [
    "metric", "choice", "taken", "from_value", "to_value", "value", "percent", "members", "verdict", "same", "reason",
    "unit",
]  # fmt: skip

#: The choice that the others are held against.
AS_TOLD = "as told"

NOT_COMPARABLE = "not comparable"

_RELEASE, _LIST = "release of the Index", "list of wards"
_KINDS = {"deprivation": _RELEASE, "deprivation_other": _RELEASE, "wards": _LIST, "wards_other": _LIST}


def sensitivity(
    network: Network, observations: pd.DataFrame, metrics: Sequence[str], period: str, since: str,
    deflators: Sequence[Deflator] = (),
) -> pd.DataFrame:  # fmt: skip
    """The change of each metric from `since` to `period`, as it is told and by each other choice.

    One row per metric and choice; columns as SENSITIVITY_COLUMNS. `choice` says what is chosen and `taken` how:

    - `as told`: all members, as `change` has it.
    - `members`: the same members; those of every year between; chained, year by year (which has no level).
    - `unknown`: none, or all, of what is unknown belongs to it, in both years.
    - a release, a list of wards, or a definition (emission factors, alike lines counted once, the reading of local):
      each metric that is declared to stand `beside` it and was measured.
    - `prices`: of money, at the prices of `period`, by each of the `deflators`.

    `value` is the change in the metric's unit, of a share in points from 0 to 1; `percent` is it over the first year's
    figure, missing for a share and where that is not above zero. `same` says whether the verdict is that of what is
    told; it is missing where a choice has no verdict, and `reason` says why. Rules for repeated files are no choice
    here: a file that was sent twice is left out by a person's answer.

    Raises UserError as `change` does, of what is told; of another choice it is the `reason`.
    """
    rows: list[dict[str, Any]] = []
    for metric in map(network.catalogue.metric, metrics):
        told = _found(change(observations, metric.id, period, since, "all", network).iloc[0])
        rows.append(told | {"metric": metric.id, "unit": metric.unit, "choice": AS_TOLD, "taken": "all members"})
        for other in _others(network, observations, metric, period, since, deflators):
            verdict = other.get("verdict")
            same = {"same": verdict == told["verdict"]} if verdict and verdict != NOT_COMPARABLE else {}
            rows.append(other | same | {"metric": metric.id, "unit": metric.unit})
    frame = pd.DataFrame(rows).reindex(columns=SENSITIVITY_COLUMNS)
    numbers = ["from_value", "to_value", "value", "percent"]
    frame = frame.astype(dict.fromkeys(numbers, "Float64") | {"members": "Int64", "same": "boolean"})
    text = ["verdict", "reason"]
    return frame.assign(**{name: frame[name].astype("object").fillna("") for name in text})


def _others(
    network: Network, observations: pd.DataFrame, metric: Metric, period: str, since: str, deflators: Sequence[Deflator]
) -> Iterator[dict[str, Any]]:
    """A metric's change by each other choice."""
    asked = period, since
    yield _asked("members", "the same members", observations, metric.id, *asked, "like_for_like", network)
    for panel, taken in (("balanced", "those of every year"), ("chained", "chained, year by year")):
        yield {"choice": "members", "taken": taken} | _of_series(observations, metric, panel, *asked, network)
    told = change(observations, metric.id, period, since, "all", network).iloc[0]
    for end, taken in (("lower", "none of it"), ("upper", "all of it")):
        yield {"choice": "unknown", "taken": taken} | _at_bound(told, end, metric)
    for name in metric.beside:
        other = network.catalogue.metric(name)
        if (observations["metric"] == name).any():
            yield _asked(_kind(network, metric, other), other.title, observations, name, *asked, "all", network)
    if metric.unit in MONEY:
        for deflator in deflators:
            taken = f"at those of {period}, by {deflator.id} ({deflator.vintage})"
            yield _in_real_terms(taken, observations, deflator, metric, *asked, network)


def _asked(
    choice: str, taken: str, observations: pd.DataFrame, metric: str, period: str, since: str, panel: str,
    network: Network,
) -> dict[str, Any]:  # fmt: skip
    """The change by a choice; the reason, where it is refused."""
    about = {"choice": choice, "taken": taken}
    try:
        return about | _found(change(observations, metric, period, since, panel, network).iloc[0])
    except UserError as refused:
        return about | {"reason": refused.problems[0].what}


def _in_real_terms(
    taken: str, observations: pd.DataFrame, deflator: Deflator, metric: Metric, period: str, since: str,
    network: Network,
) -> dict[str, Any]:  # fmt: skip
    own = observations[observations["metric"] == metric.id]
    try:
        real = real_terms(own, deflator, period)
    except UserError as refused:
        return {"choice": "prices", "taken": taken, "reason": refused.problems[0].what}
    # The basis says that both years are at the prices of one; what else it says is the same as before.
    return _asked("prices", taken, real, metric.id, period, since, "all", network)


def _found(row: pd.Series) -> dict[str, Any]:
    found = {name: row[name] for name in ("from_value", "to_value", "value", "members", "verdict", "reason")}
    return found | _percent(row["from_value"], row["value"], row["unit"])


def _percent(before: Any, moved: Any, unit: str) -> dict[str, Any]:
    told = unit != "share" and not pd.isna(before) and not pd.isna(moved) and before > 0
    return {"percent": moved / before * 100} if told else {}


def _of_series(
    observations: pd.DataFrame, metric: Metric, panel: str, period: str, since: str, network: Network
) -> dict[str, Any]:
    """The change by a series of those that reported every year, or of a chained one, which has no level."""
    found = series(observations, metric.id, panel, since, period, network)
    first, last = found.iloc[0], found.iloc[-1]
    about = {"members": last["members"], "reason": last["reason"]}
    if last["reason"]:
        return about
    if panel == "chained":
        ratio = last["index"] - 100
        moved = {"value": last["change"]} if metric.unit == "share" else {"percent": ratio}
        sign = _sign(last["change"], 0.0, metric) if metric.unit == "share" else _sign(ratio, 100.0, metric)
        return about | moved | sign
    verdict = judge(
        Level.of(first), Level.of(last), metric.smallest_change, network.protection.unknowns_delta,
        share=metric.unit == "share",
    )  # fmt: skip
    levels = {"from_value": first["value"], "to_value": last["value"], "value": last["change"]}
    told = {"verdict": verdict.verdict, "reason": verdict.reason}
    return about | levels | told | _percent(first["value"], last["change"], metric.unit)


def _sign(moved: float, before: float, metric: Metric) -> dict[str, Any]:
    """The verdict of a change without bounds from a level."""
    first, last = Level(before, before, before), Level(before + moved, before + moved, before + moved)
    verdict = judge(first, last, metric.smallest_change, 0.0, share=metric.unit == "share")
    return {"verdict": verdict.verdict, "reason": verdict.reason}


def _at_bound(told: pd.Series, end: str, metric: Metric) -> dict[str, Any]:
    before, after = told[f"from_{end}"], told[f"to_{end}"]
    if pd.isna(before) or pd.isna(after):
        return {"reason": "nothing of it is known in one of the years"}
    levels = {"from_value": before, "to_value": after, "value": after - before, "members": told["members"]}
    if told["verdict"] == NOT_COMPARABLE:
        return levels | {"verdict": NOT_COMPARABLE, "reason": told["reason"]}
    return levels | _sign(after - before, before, metric) | _percent(before, after - before, metric.unit)


def _kind(network: Network, metric: Metric, other: Metric) -> str:
    """What is chosen between two metrics that stand beside one another."""
    apart = made_from(network.catalogue, other) - made_from(network.catalogue, metric)
    return next((_KINDS[kind] for kind in sorted(apart) if kind in _KINDS), "definition")
