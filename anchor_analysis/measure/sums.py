"""Exact sums over rows, in one pass over a table for all its metrics and breakdowns, on whichever engine.

What metrics choose rows by is told in few codes, and most of it is the same for all payments to a supplier. So rows are
added up once by every combination of these codes that there is, and all that is asked is added up from that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.declared import Metric, Operand, TableSchema
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame

#: A member's rows of a table in a year.
BY = ["member", "network_year"]


def combined(
    paths: Sequence[Path], metrics: Sequence[Metric], schema: TableSchema, engine: Engine, to: Path,
    breakdowns: Sequence[str] = (), made: Mapping[str, nw.Expr] | None = None,
) -> LazyFrame:  # fmt: skip
    """Rows added up by member, year and every combination of what metrics choose by, and of their breakdowns.

    One row per combination, written to the file `to` so that the rows are gone through once: `rows`, and of each column
    that is summed its sum `<column>__sum`, what of that is below zero `<column>__credits` where it is money, and of an
    optional one in how many rows it is told, `<column>__told`. Further `breakdowns` may be named, also by columns that
    are `made` of a row's others.
    """
    operands = [operand for metric in metrics for operand in (metric.numerator, metric.unknown) if operand]
    codes = {name for operand in operands for name in operand.where}
    codes |= {name for by in (*breakdowns, *_named(metrics)) for name in by.split(BOTH)}
    keys = [*BY, *sorted(codes - {*BY})]
    columns = sorted({operand.sum for operand in operands if operand.sum})
    sums = [expression for name in columns for expression in _sums(name, schema)]
    found = engine.scan(paths)
    found = found.with_columns(**made) if made else found
    engine.write(found.group_by(*keys).agg(nw.len().alias("rows"), *sums), to)
    return engine.scan([to])


def _named(metrics: Sequence[Metric]) -> set[str]:
    return {name for metric in metrics for name in metric.breakdowns}


def _sums(name: str, schema: TableSchema) -> list[nw.Expr]:
    value = nw.col(name)
    sums = [whole(value).alias(f"{name}__sum")]
    if schema.measurable[name].type == "money":
        sums.append(whole(nw.when(value < 0).then(value)).alias(f"{name}__credits"))
    if schema.is_optional(name):
        sums.append((~value.is_null()).cast(nw.Int64).sum().alias(f"{name}__told"))
    return sums


def whole(value: nw.Expr) -> nw.Expr:
    """An exact sum; a missing value adds nothing, no rows make 0."""
    return value.sum().fill_null(0).cast(nw.Int64)


def sums_from_rows(
    rows: LazyFrame, metrics: Sequence[Metric], schema: TableSchema, engine: Engine, breakdown: str = ""
) -> pd.DataFrame:
    """One row per member, network year, group and metric, of rows as `combined` has them.

    Columns: `group` (the breakdown's value, of one by two columns both values, or empty), `metric`, `numerator`,
    `unknown` and `unknown_credits` (what of the unknown is below zero) as whole numbers of the metric's smallest unit,
    `rows` (how many rows the member sent in all), `rows_told` (in how many of them an optional column is told that the
    metric sums; missing for others: a sum of nothing but blanks is not nought, and one of some blanks is a part of the
    whole). A metric without `unknown` has 0.
    """
    columns = breakdown.split(BOTH) if breakdown else []
    by = [*BY, *columns]
    sums = [expression for metric in metrics for expression in _expressions(metric, schema)]
    frame = rows.group_by(*by).agg(whole(nw.col("rows")).alias("rows"), *sums)
    wide = engine.observe(frame.sort(*by))
    wide["group"] = groups_of(wide, columns)
    return pd.concat([_of_metric(wide, metric) for metric in metrics], ignore_index=True)


def groups_of(wide: pd.DataFrame, columns: list[str]) -> pd.Series | str:
    """The group of each row: the value of one column, or the values of two with BOTH between them."""
    if len(columns) < 2:
        return wide[columns[0]] if columns else ""
    first, second = (wide[name].astype("str") for name in columns)
    return first + BOTH + second


def _expressions(metric: Metric, schema: TableSchema) -> list[nw.Expr]:
    sums = [amount_of(metric.numerator).alias(f"{metric.id}__numerator")]
    if metric.unknown:
        sums.append(amount_of(metric.unknown).alias(f"{metric.id}__unknown"))
        if metric.unknown.sum and schema.measurable[metric.unknown.sum].type == "money":
            sums.append(_chosen(metric.unknown, "credits").alias(f"{metric.id}__unknown_credits"))
    if schema.is_optional(metric.numerator.sum or ""):
        sums.append(whole(nw.col(f"{metric.numerator.sum}__told")).alias(f"{metric.id}__rows_told"))
    return sums


def amount_of(operand: Operand) -> nw.Expr:
    """What an operand sums over the rows that it chooses, of rows as `combined` has them."""
    return _chosen(operand, "sum")


def _chosen(operand: Operand, what: str) -> nw.Expr:
    """An operand over the rows that it chooses."""
    value = nw.col("rows") if operand.count else nw.col(f"{operand.sum}__{what}")
    for column in operand.where:
        value = nw.when(nw.col(column).is_in(list(operand.values(column)))).then(value)
    return whole(value)


def _of_metric(wide: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    long = wide[[*BY, "group", "rows"]].assign(metric=metric.id, numerator=wide[f"{metric.id}__numerator"])
    names = {name: f"{metric.id}__{name}" for name in ("unknown", "unknown_credits")}
    told = wide.get(f"{metric.id}__rows_told", pd.Series(pd.NA, wide.index, dtype="Int64"))
    return long.assign(**{name: wide.get(column, 0) for name, column in names.items()}, rows_told=told)


def months_paid(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """One row per member and network year: in how many calendar months its ledger has a payment."""
    day = nw.col("payment_date")
    frame = engine.scan(paths).select(*BY, month=(day.dt.year().cast(nw.Int64) * 12 + day.dt.month().cast(nw.Int64)))
    months = frame.unique().group_by(*BY).agg(nw.len().alias("months"))
    return engine.observe(months.sort(*BY))


def supplier_places(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """Payments to suppliers by how they were placed: member, network_year, supplier_place_from, supplier_place.

    `rows` counts them and `value_pence` is their sum; payments to members are left out.
    """
    by = ["member", "network_year", "supplier_place_from", "supplier_place"]
    if not paths:
        return pd.DataFrame(columns=[*by, "rows", "value_pence"])
    bought = engine.scan(paths).filter(nw.col("paid_member").is_null())
    sums = [nw.len().cast(nw.Int64).alias("rows"), nw.col("net_pence").sum().cast(nw.Int64).alias("value_pence")]
    return engine.observe(bought.group_by(*by).agg(*sums).sort(*by))
