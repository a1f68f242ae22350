"""The account of returns: every row and every penny that was read is kept or set aside, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pandas as pd

from anchor_analysis.clean.stage import MARKS, TOTAL_ROW, UNTIDY
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Cell, Problem
from anchor_analysis.read.rows import Origin

FILE = ["part", "source_file", "source_sheet"]

#: Columns of the account that hold whole pence; missing for tables without money.
VALUES = [
    "value_read_pence", "value_kept_pence", "value_set_aside_pence", "control_total_pence", "difference_pence",
    "negative_pence",
]  # fmt: skip

#: What a ledger's tallies hold of value.
_SUMS = ["read_e4", "kept_e4", "kept", "aside", "negative_pence", "negative_rows"]


def tallies(staged: LazyFrame, schema: TableSchema, engine: Engine) -> pd.DataFrame:
    """One row per part, file and sheet: all that is counted and summed of its rows, in one pass.

    `rows_read` and `rows_kept`; of each column the cells with each of MARKS and UNTIDY; of a ledger, sums of value.
    """
    kept = nw.col("set_aside").is_null()
    counts = [nw.len().alias("rows_read"), nw.when(kept).then(1).otherwise(0).sum().cast(nw.Int64).alias("rows_kept")]
    marks = [f"{name}__{mark}" for name in schema.columns for mark in (*MARKS, *UNTIDY)]
    counts += [nw.col(mark).sum().cast(nw.Int64).alias(mark) for mark in marks]
    return engine.observe(staged.group_by(*FILE).agg(*counts, *_value_sums(schema)).sort(*FILE))


def account(tallied: pd.DataFrame, schema: TableSchema, totals: pd.DataFrame) -> pd.DataFrame:
    """One row per part, file and sheet: rows read, kept, set aside; the same for value, in pence.

    `rounding_e4` is what bringing amounts to whole pence added, in 1/10,000 of a pound. `controls` is how many
    totals the file has, `control_total_pence` what it says that all its rows come to, and `difference_pence` that
    less the value of those rows. `negative_rows` and `negative_pence` are those of credits.
    """
    found = tallied[[*FILE, "rows_read", "rows_kept", *(name for name in _SUMS if name in tallied)]].copy()
    found.insert(3, "table", schema.table)
    found["rows_set_aside"] = found["rows_read"] - found["rows_kept"]
    return _with_values(found, totals)


def _value_sums(schema: TableSchema) -> list[nw.Expr]:
    if "net_pence" not in schema.columns:
        return []
    kept, total = nw.col("set_aside").is_null(), nw.col("set_aside") == TOTAL_ROW
    e4, pence = nw.col("net_pence__e4"), nw.col("net_pence")
    credit = kept & (pence < 0)
    sums = {"read_e4": nw.when(kept | total).then(e4), "kept_e4": nw.when(kept).then(e4)}
    sums |= {"kept": nw.when(kept).then(pence), "aside": nw.when(total).then(pence)}
    sums |= {"negative_pence": nw.when(credit).then(pence), "negative_rows": nw.when(credit).then(1)}
    return [expression.sum().cast(nw.Int64).alias(name) for name, expression in sums.items()]


def _with_values(found: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    if "read_e4" not in found:
        nothing = pd.array([pd.NA] * len(found), "Int64")
        return found.assign(**dict.fromkeys([*VALUES, "negative_rows", "rounding_e4", "controls"], nothing))
    sums = found[_SUMS].astype("Int64").fillna(0)
    rounding = sums["kept"] * 100 - sums["kept_e4"]
    out = found.drop(columns=_SUMS)
    out["value_kept_pence"] = sums["kept"]
    out["value_set_aside_pence"] = sums["aside"]
    out["value_read_pence"] = (sums["read_e4"] + rounding) // 100
    out["rounding_e4"] = rounding
    out[["negative_pence", "negative_rows"]] = sums[["negative_pence", "negative_rows"]]
    return out.merge(_controls(totals), on=FILE, how="left").fillna({"controls": 0})


def _controls(totals: pd.DataFrame) -> pd.DataFrame:
    """One row per file that has totals: how many, and what they say that its rows come to.

    That is the last total of all rows; else the last of the rows above it with those of the parts that follow.
    """
    rows = []
    for file, own in totals.groupby(FILE, sort=True):
        whole = own[own["of"] == "all"].tail(1)
        covers = own["of"].ne("part").cumsum()
        last = whole if len(whole) else own[covers == covers.max()]
        said = last["said_pence"].sum()
        rows.append((*file, len(own), said, said - last["found_pence"].sum()))
    columns = [*FILE, "controls", "control_total_pence", "difference_pence"]
    typed = dict.fromkeys(columns[3:], "Int64")
    return pd.DataFrame(rows, columns=columns).astype({**dict.fromkeys(FILE, "str"), **typed})


def find_totals(staged: LazyFrame, set_aside: pd.DataFrame, engine: Engine) -> pd.DataFrame:
    """One row per total that stands in a file, by place: what it says, and the rows that it is the total of.

    `of` is `all` (every row of the file), `above` (every row above it), or `part` (the rows since an earlier
    total); of these the one whose rows come nearest, the widest of equals. `found_pence` is the value of these rows.
    `set_aside` is what `set_aside_counts` gives: without a total in it, no row is asked for.
    """
    columns = [*FILE, "source_row", "said_pence", "of", "found_pence"]
    if not set_aside["reason"].eq(TOTAL_ROW).any():
        return pd.DataFrame(columns=columns)
    kept = staged.filter(nw.col("set_aside").is_null()).select(
        *FILE, row=nw.col("source_row"), pence=nw.col("net_pence")
    )
    total = staged.filter(nw.col("set_aside") == TOTAL_ROW).select(*FILE, "source_row", said=nw.col("net_pence"))
    both = kept.join(total, on=FILE, how="inner")
    above = nw.when(nw.col("row") < nw.col("source_row")).then(nw.col("pence")).otherwise(0)
    sums = both.group_by(*FILE, "source_row", "said").agg(
        above.sum().cast(nw.Int64).alias("above"), nw.col("pence").sum().cast(nw.Int64).alias("all")
    )
    alone = total.with_columns(nw.lit(0).cast(nw.Int64).alias("above"), nw.lit(0).cast(nw.Int64).alias("all"))
    lonely = alone.join(kept.select(*FILE).unique(), on=FILE, how="anti")
    found = engine.observe(nw.concat([sums, lonely.select(*sums.columns)]).sort(*FILE, "source_row"))
    rows = []
    for file, own in found.groupby(FILE, sort=True):
        earlier = [0]
        for row in own.itertuples():
            options = [("all", row.all), ("above", row.above), *(("part", row.above - before) for before in earlier)]
            of, value = min(options, key=lambda option: abs(option[1] - row.said))
            rows.append((*file, row.source_row, row.said, of, value))
            earlier.append(row.above)
    return pd.DataFrame(rows, columns=columns)


def set_aside_counts(staged: LazyFrame, schema: TableSchema, engine: Engine) -> pd.DataFrame:
    """One row per file, sheet and reason: how many rows were set aside, and their value in pence."""
    value = nw.col("net_pence") if "net_pence" in schema.columns else nw.lit(None).cast(nw.Int64)
    rows = staged.select(*FILE, "set_aside", value=value).filter(~nw.col("set_aside").is_null())
    counts = rows.group_by(*FILE, "set_aside")
    found = engine.observe(
        counts.agg(nw.len().alias("rows"), nw.col("value").sum().cast(nw.Int64).alias("value_pence")).sort(
            *FILE, "set_aside"
        )
    )
    return found.rename(columns={"set_aside": "reason"}).assign(table=schema.table)


def normalised_counts(tallied: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    """One row per file, sheet, column and rule: in how many cells only the form was changed, not the value."""
    marks = [f"{name}__{rule}" for name in schema.columns for rule in UNTIDY]
    long = tallied[[*FILE, *marks]].melt(id_vars=FILE, var_name="mark", value_name="cells")
    long[["column", "rule"]] = long["mark"].str.rsplit("__", n=1, expand=True).to_numpy() if len(long) else None
    long["rule"] = long["rule"].map({"spaces": "spaces around", "form": "spelling"})
    return long[long["cells"] > 0].drop(columns="mark").assign(table=schema.table).reset_index(drop=True)


def edits(staged: LazyFrame, schema: TableSchema, corrected: LazyFrame) -> LazyFrame:
    """One row per cell whose value was changed, and one per row set aside (column and values missing).

    `corrected` has those of cells that members corrected.

    Columns: the origin, table, column, rule, before, after. Private columns are never edited, so no value of
    theirs is here.
    """
    missing = nw.lit(None).cast(nw.String)
    aside = staged.filter(~nw.col("set_aside").is_null())
    aside = aside.select(*FILE, "source_row", column=missing, rule=nw.col("set_aside"), before=missing, after=missing)
    parts = [aside, corrected]
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


def disagreements(totals: pd.DataFrame, tolerance_pence: int, places: dict[str, str]) -> list[tuple[str, Problem]]:
    """Each part's problems with totals that differ from the rows they are of by more than the tolerance."""
    problems = []
    for row in totals.itertuples():
        if abs(row.said_pence - row.found_pence) <= tolerance_pence:
            continue
        where = _where(row, places)
        of = {
            "all": "its rows add up to",
            "above": "the rows above add up to",
            "part": "the rows of that part add up to",
        }
        what = (
            f"the file's own total is £{row.said_pence / 100:,.2f}, and {of[row.of]} £{row.found_pence / 100:,.2f} "
            f"(total in row {row.source_row})."
        )
        remedy = "Ask the member which is right, and answer in answers.toml."
        cell = Cell(row.source_file, row.source_sheet, row.source_row)
        problems.append((row.part, Problem("AN027", where, what, remedy, f"£{row.found_pence / 100:,.2f}", [cell])))
    return problems


def unlike_stated(
    account: pd.DataFrame, stated: Mapping[tuple[str, str, str], tuple[int | None, int | None]], tolerance_pence: int,
    places: dict[str, str],
) -> list[tuple[str, Problem]]:  # fmt: skip
    """Each part's problems with sheets whose rows or value are not what the member stated on the sheet Totals."""
    problems = []
    for row in account.itertuples():
        rows, pence = stated.get((row.part, row.source_file, row.source_sheet), (None, None))
        unlike = []
        if rows is not None and rows != row.rows_kept:
            unlike.append(f"{rows:,} rows are stated and {row.rows_kept:,} are there")
        if pence is not None and abs(pence - row.value_kept_pence) > tolerance_pence:
            unlike.append(f"£{pence / 100:,.2f} is stated and £{row.value_kept_pence / 100:,.2f} is there")
        if unlike:
            where = _where(row, places)
            remedy = "Ask the member which is right, and answer in answers.toml."
            problems.append((row.part, Problem("AN027", where, f"on the sheet Totals {'; '.join(unlike)}.", remedy)))
    return problems


def _where(row: Any, places: dict[str, str]) -> str:
    return f"{places[row.part]}, {Origin(row.source_file, row.source_sheet).where}"
