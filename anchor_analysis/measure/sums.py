"""Exact sums over rows, one pass over a table for all its metrics, on whichever engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.declared import Metric, Operand
from anchor_analysis.engine import Engine

#: A member's rows of a table in a year.
BY = ["member", "network_year"]


def sums_from_rows(
    paths: Sequence[Path], metrics: Sequence[Metric], engine: Engine, breakdown: str = ""
) -> pd.DataFrame:
    """One row per member, network year, group and metric.

    Columns: `group` (the breakdown's value, or empty), `metric`, `numerator` and `unknown` as whole numbers of
    the metric's smallest unit, `rows` (how many rows the member sent in all). A metric without `unknown` has 0.
    """
    by = [*BY, *([breakdown] if breakdown else [])]
    sums = [expression for metric in metrics for expression in _expressions(metric)]
    frame = engine.scan(paths).group_by(*by).agg(nw.len().alias("rows"), *sums)
    wide = engine.observe(frame.sort(*by)).rename(columns={breakdown: "group"})
    if not breakdown:
        wide["group"] = ""
    return pd.concat([_of_metric(wide, metric) for metric in metrics], ignore_index=True)


def _expressions(metric: Metric) -> list[nw.Expr]:
    operands = {"numerator": metric.numerator, "unknown": metric.unknown}
    return [_sum(operand).alias(f"{metric.id}__{name}") for name, operand in operands.items() if operand]


def _sum(operand: Operand) -> nw.Expr:
    """An operand over a group of rows; a missing value adds nothing, and no rows at all make 0."""
    value = nw.lit(1) if operand.count else nw.col(operand.sum or "")
    for column, wanted in operand.where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        value = nw.when(nw.col(column).is_in(values)).then(value)
    return value.sum().fill_null(0).cast(nw.Int64)


def _of_metric(wide: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    long = wide[[*BY, "group", "rows"]].assign(metric=metric.id, numerator=wide[f"{metric.id}__numerator"])
    return long.assign(unknown=wide[f"{metric.id}__unknown"] if metric.unknown else 0)


def months_paid(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """One row per member and network year: in how many calendar months its ledger has a payment."""
    day = nw.col("payment_date")
    frame = engine.scan(paths).select(*BY, month=(day.dt.year().cast(nw.Int64) * 12 + day.dt.month().cast(nw.Int64)))
    months = frame.unique().group_by(*BY).agg(nw.len().alias("months"))
    return engine.observe(months.sort(*BY))
