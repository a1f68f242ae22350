"""Exact sums over rows, one pass over a table for all its metrics, on whichever engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.declared import Metric, Operand, TableSchema
from anchor_analysis.engine import Engine

#: A member's rows of a table in a year.
BY = ["member", "network_year"]


def sums_from_rows(
    paths: Sequence[Path], metrics: Sequence[Metric], engine: Engine, breakdown: str = ""
) -> pd.DataFrame:
    """One row per member, network year, group and metric.

    Columns: `group` (the breakdown's value, or empty), `metric`, `numerator`, `unknown` and `unknown_credits` (what
    of the unknown is below zero) as whole numbers of the metric's smallest unit, `rows` (how many rows the member
    sent in all). A metric without `unknown` has 0.
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
    sums = [_sum(operand).alias(f"{metric.id}__{name}") for name, operand in operands.items() if operand]
    if metric.unknown and _has_credits(metric):
        sums.append(_sum(metric.unknown, below_zero=True).alias(f"{metric.id}__unknown_credits"))
    return sums


def _has_credits(metric: Metric) -> bool:
    """Whether a row may hold less than nothing: money comes back, people are at least none."""
    return metric.unit == "gbp"


def _sum(operand: Operand, below_zero: bool = False) -> nw.Expr:
    """An operand over a group of rows, or its values below zero; a missing one adds nothing, no rows make 0."""
    value = nw.lit(1) if operand.count else nw.col(operand.sum or "")
    if below_zero:
        value = nw.when(value < 0).then(value)
    for column, wanted in operand.where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        value = nw.when(nw.col(column).is_in(values)).then(value)
    return value.sum().fill_null(0).cast(nw.Int64)


def _of_metric(wide: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    long = wide[[*BY, "group", "rows"]].assign(metric=metric.id, numerator=wide[f"{metric.id}__numerator"])
    names = {name: f"{metric.id}__{name}" for name in ("unknown", "unknown_credits")}
    return long.assign(**{name: wide.get(column, 0) for name, column in names.items()})


def rows_told(paths: Sequence[Path], metrics: Sequence[Metric], schema: TableSchema, engine: Engine) -> pd.DataFrame:
    """One row per member, network year and metric that sums an optional column: in how many rows it is told.

    A sum of nothing but blanks is not nought, and one of some blanks is a part of the whole.
    """
    blank = {metric.id: metric.numerator.sum for metric in metrics if schema.is_optional(metric.numerator.sum or "")}
    columns = sorted({str(column) for column in blank.values()})
    if not columns:
        return pd.DataFrame(columns=[*BY, "metric", "rows_told"])
    counts = [(~nw.col(name).is_null()).cast(nw.Int64).sum().alias(name) for name in columns]
    wide = engine.observe(engine.scan(paths).group_by(*BY).agg(*counts).sort(*BY))
    parts = [wide[BY].assign(metric=metric, rows_told=wide[column]) for metric, column in blank.items()]
    return pd.concat(parts, ignore_index=True)


def months_paid(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """One row per member and network year: in how many calendar months its ledger has a payment."""
    day = nw.col("payment_date")
    frame = engine.scan(paths).select(*BY, month=(day.dt.year().cast(nw.Int64) * 12 + day.dt.month().cast(nw.Int64)))
    months = frame.unique().group_by(*BY).agg(nw.len().alias("months"))
    return engine.observe(months.sort(*BY))
