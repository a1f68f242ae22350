"""The account of returns: every row and every penny that was read is kept or set aside, with the reason."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from anchor_analysis.clean.stage import TOTAL_ROW
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Problem

FILE = ["part", "source_file", "source_sheet"]

#: Columns of the account that hold whole pence; missing for tables without money.
VALUES = ["value_read_pence", "value_kept_pence", "value_set_aside_pence", "control_total_pence", "difference_pence"]


def account(staged: LazyFrame, schema: TableSchema, engine: Engine) -> pd.DataFrame:
    """One row per part, file and sheet: rows read, kept, set aside; the same for value, in pence.

    `rounding_e4` is what bringing amounts to whole pence added, in 1/10,000 of a pound. `control_total_pence`
    is the file's own total where it has one, and `difference_pence` that total less the value kept.
    """
    kept = nw.col("set_aside").is_null()
    counts = [nw.len().alias("rows_read"), nw.when(kept).then(1).otherwise(0).sum().cast(nw.Int64).alias("rows_kept")]
    found = engine.observe(staged.group_by(*FILE).agg(*counts, *_value_sums(schema)).sort(*FILE))
    found.insert(3, "table", schema.table)
    found["rows_set_aside"] = found["rows_read"] - found["rows_kept"]
    return _with_values(found)


def _value_sums(schema: TableSchema) -> list[nw.Expr]:
    if "net_pence" not in schema.columns:
        return []
    kept, total = nw.col("set_aside").is_null(), nw.col("set_aside") == TOTAL_ROW
    e4, pence = nw.col("net_pence__e4"), nw.col("net_pence")
    sums = {"read_e4": e4, "kept_e4": nw.when(kept).then(e4), "kept": nw.when(kept).then(pence)}
    sums |= {"control": nw.when(total).then(pence), "controls": nw.when(total).then(1)}
    return [expression.sum().cast(nw.Int64).alias(name) for name, expression in sums.items()]


def _with_values(found: pd.DataFrame) -> pd.DataFrame:
    if "read_e4" not in found:
        return found.assign(
            **dict.fromkeys([*VALUES, "rounding_e4", "controls"], pd.array([pd.NA] * len(found), "Int64"))
        )
    sums = found[["read_e4", "kept_e4", "kept", "control", "controls"]].astype("Int64").fillna(0)
    has_control = sums["controls"] > 0
    rounding = sums["kept"] * 100 - sums["kept_e4"]
    out = found.drop(columns=list(sums))
    out["value_kept_pence"] = sums["kept"]
    out["value_set_aside_pence"] = sums["control"]
    out["value_read_pence"] = (sums["read_e4"] + rounding) // 100
    out["rounding_e4"] = rounding
    out["controls"] = sums["controls"]
    out["control_total_pence"] = sums["control"].where(has_control)
    out["difference_pence"] = (sums["control"] - sums["kept"]).where(has_control)
    return out


def set_aside_counts(staged: LazyFrame, schema: TableSchema, engine: Engine) -> pd.DataFrame:
    """One row per file, sheet and reason: how many rows were set aside, and their value in pence."""
    rows = staged.filter(~nw.col("set_aside").is_null())
    value = nw.col("net_pence") if "net_pence" in schema.columns else nw.lit(None).cast(nw.Int64)
    counts = rows.with_columns(value.alias("value")).group_by(*FILE, "set_aside")
    found = engine.observe(
        counts.agg(nw.len().alias("rows"), nw.col("value").sum().cast(nw.Int64).alias("value_pence")).sort(
            *FILE, "set_aside"
        )
    )
    return found.rename(columns={"set_aside": "reason"}).assign(table=schema.table)


def normalised_counts(staged: LazyFrame, schema: TableSchema, engine: Engine) -> pd.DataFrame:
    """One row per file, sheet, column and rule: in how many cells only the form was changed, not the value."""
    marks = [f"{name}__{rule}" for name in schema.columns for rule in ("spaces", "form")]
    sums = engine.observe(
        staged.group_by(*FILE).agg(*(nw.col(mark).sum().cast(nw.Int64).alias(mark) for mark in marks)).sort(*FILE)
    )
    long = sums.melt(id_vars=FILE, var_name="mark", value_name="cells")
    long[["column", "rule"]] = long["mark"].str.rsplit("__", n=1, expand=True).to_numpy() if len(long) else None
    long["rule"] = long["rule"].map({"spaces": "spaces around", "form": "spelling"})
    return long[long["cells"] > 0].drop(columns="mark").assign(table=schema.table).reset_index(drop=True)


def edits(staged: LazyFrame, schema: TableSchema) -> LazyFrame:
    """One row per cell whose value was changed, and one per row set aside (column and values missing).

    Columns: the origin, table, column, rule, before, after. Private columns are never edited, so no value of
    theirs is here.
    """
    missing = nw.lit(None).cast(nw.String)
    aside = staged.filter(~nw.col("set_aside").is_null())
    aside = aside.select(*FILE, "source_row", column=missing, rule=nw.col("set_aside"), before=missing, after=missing)
    parts = [aside]
    for name, column in schema.columns.items():
        if column.type == "money":
            parts.append(_rounded(staged, name))
    return nw.concat(parts).with_columns(table=nw.lit(schema.table))


def _rounded(staged: LazyFrame, name: str) -> LazyFrame:
    changed = staged.filter(nw.col("set_aside").is_null() & (nw.col(name) * 100 != nw.col(f"{name}__e4")))
    return changed.select(
        *FILE,
        "source_row",
        column=nw.lit(name),
        rule=nw.lit("rounded to whole pence"),
        before=nw.col(f"{name}__text"),
        after=nw.col(name).cast(nw.String),
    )


def disagreements(accounts: pd.DataFrame, tolerance_pence: int, places: dict[str, str]) -> list[tuple[str, Problem]]:
    """Each part's problems with files whose own total differs from their rows by more than the tolerance."""
    problems = []
    for row in accounts[accounts["controls"].fillna(0) > 0].itertuples():
        where = f"{places[row.part]}, {row.source_file}" + (f", sheet {row.source_sheet}" if row.source_sheet else "")
        if row.controls > 1:
            what = (
                f"{row.controls} rows hold an undated amount and nothing else; one total could be told from payments."
            )
            remedy = "Take sub-totals out, or say in answers.toml that they are."
            problems.append((row.part, Problem("AN027", where, what, remedy)))
        elif abs(row.difference_pence) > tolerance_pence:
            what = (
                f"the file's own total is £{row.control_total_pence / 100:,.2f}, and its rows add up to "
                f"£{row.value_kept_pence / 100:,.2f}."
            )
            remedy = "Ask the member which is right, and answer in answers.toml."
            problems.append((row.part, Problem("AN027", where, what, remedy)))
    return problems
