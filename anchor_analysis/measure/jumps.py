"""Members' figures that jumped against their own last return: a question for the member before anything is compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network, Operand
from anchor_analysis.declared.checks import JumpCheck
from anchor_analysis.problems import Problem

#: Statuses of whole figures: a part of a year is smaller for a reason that is known.
WHOLE = ("reported", "zero")


def unanswered_jumps(network: Network, observations: pd.DataFrame) -> list[Problem]:
    """One problem (AN034) for each member, year and additive metric whose figure jumped and nobody answered for.

    A figure, measured or told, is held against the member's last whole one of an earlier year. It jumped where the
    one is more than `[checks] largest_jump` times the other, or only one of them is nought or negative, and the
    larger has the size that `definitions/checks/jumps.yaml` declares for its unit. Of a metric that is no headline and
    only a part of another nothing is asked: where the whole jumped that is the question, and a part of it may well.
    No message holds a figure.
    """
    asked = [metric.id for metric in network.catalogue.additive() if metric.headline or not _is_part(metric, network)]
    observations = observations[observations["metric"].isin(asked)]
    check, most = network.catalogue.jumps, network.checks.largest_jump
    answered = {(a.member, str(a.network_year), a.metric) for a in network.answered.answers if a.code == "AN034"}
    problems = []
    for row in _with_last(observations, check).itertuples():
        if not _jumped(row.last, row.value, most) or (row.member, row.network_year, row.metric) in answered:
            continue
        metric = network.catalogue.metric(str(row.metric))
        problems.append(_problem(network, metric, row, _said(row.last, row.value, check)))
    return problems


def _is_part(metric: Metric, network: Network) -> bool:
    """Whether another metric sums the same column of the same table over these rows and more."""
    return any(
        _within(metric.numerator, other.numerator) and not _within(other.numerator, metric.numerator)
        for other in network.catalogue.additive(metric.table)
    )


def _within(one: Operand, other: Operand) -> bool:
    """Whether the rows of one operand are among those of another, and the same of them is summed."""
    if (one.sum, one.count) != (other.sum, other.count):
        return False
    return all(name in one.where and one.values(name) <= other.values(name) for name in other.where)


def _with_last(observations: pd.DataFrame, check: JumpCheck) -> pd.DataFrame:
    """Members' whole figures beside their last ones (`last`, of the year `last_year`), where one is large enough."""
    figures = observations[
        (observations["scope"] == "member")
        & (observations["breakdown"] == "")
        & observations["unit"].isin(list(check.smallest))
        & observations["status"].isin(WHOLE)
        & observations["value"].notna()
    ].sort_values(["member", "metric", "network_year"])
    last = figures.groupby(["member", "metric"])[["value", "network_year"]].shift()
    found = figures.assign(last=last["value"], last_year=last["network_year"]).dropna(subset=["last"])
    size = found[["value", "last"]].astype("float64").abs().max(axis=1)
    least = found["unit"].map({str(unit): size for unit, size in check.smallest.items()}).astype("float64")
    return found[size >= least]


def _jumped(before: float, after: float, most: float) -> bool:
    if before * after <= 0:
        return before != after
    return _factor(before, after) > most


def _factor(before: float, after: float) -> float:
    small, large = sorted([abs(before), abs(after)])
    return large / small


def _said(before: float, after: float, check: JumpCheck) -> str:
    """The jump in words, without a figure: by what factor, and whether it looks like a slip."""
    if not before:
        return "was nought in {last} and is not now"
    if not after:
        return "is nought and was not in {last}"
    if before * after < 0:
        return "has the other sign than in {last}: one of the two is below nought"
    factor, grew = _factor(before, after), abs(after) > abs(before)
    times = f"{factor:,.0f}" if factor >= 100 else f"{factor:.1f}"
    moved = f"is {times} times what it was in {{last}}" if grew else f"was {times} times as much in {{last}}"
    return moved + "".join(_slips(factor, check))


def _slips(factor: float, check: JumpCheck) -> Iterator[str]:
    for slip in check.slips:
        if abs(factor - slip) <= check.slip_within * slip:
            yield f", which looks like a slip of {slip}: a wrong unit, or noughts too many or too few in one of the two"


def _problem(network: Network, metric: Metric, row: Any, said: str) -> Problem:
    where = f"{row.member} {row.network_year}, {metric.id}"
    what = f"{metric.title} of {network.member(row.member).name} {said.format(last=row.last_year)}."
    answer = f'code = "AN034", member = "{row.member}", year = "{row.network_year}", metric = "{metric.id}"'
    remedy = "Ask the member. If it is wrong, take a corrected return; if it is right, say so in answers.toml"
    return Problem("AN034", where, what, f"{remedy}: {answer}, and the reason.")
