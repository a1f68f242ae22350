"""Staging: every source row with its values read, whether it is kept, and what was wrong or untidy in it."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from anchor_analysis.clean import values
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame

PART = "part"
ORIGIN = ["source_file", "source_sheet", "source_row"]
BLANK_ROW = "blank row"
TOTAL_ROW = "total row"

#: What can be wrong with a cell.
MARKS = ("fault", "missing", "outside")

_TOTAL_WORDS = "^(?:grand |sub-?|overall )?total[s:]?$"


def stage(raw: LazyFrame, schema: TableSchema, metrics: Sequence[str], engine: Engine) -> LazyFrame:
    """One row per source row of any number of returns.

    `raw` has the source rows with their `part` (the return they are of), member, network year and period. Added
    are: `set_aside` (the reason, or missing for a kept row); each canonical column's value; `<column>__text`
    (stripped); and 1 or 0 in `<column>__fault` (cannot be read), `__missing` (blank and may not be), `__outside`
    (a payment dated outside the period), `__spaces` (around it), `__form` (not in canonical form); for money
    `<column>__e4` in 1/10,000 of a pound.
    """
    frame = raw.with_columns(*(values.stripped(name).alias(f"{name}__text") for name in schema.columns))
    frame = frame.with_columns(*(_spaces(name) for name in schema.columns))
    frame = frame.with_columns(*_values(schema, metrics))
    for name in _of_type(schema, "date"):
        frame = engine.parse_dates(frame, name, values.DATE_FORMATS)
    if _of_type(schema, "money"):
        frame = frame.with_columns(*_money_columns(schema))
    frame = frame.with_columns(_set_aside(schema).alias("set_aside"))
    return frame.with_columns(*_marks(schema))


def _of_type(schema: TableSchema, kind: str) -> list[str]:
    return [name for name, column in schema.columns.items() if column.type == kind]


def _spaces(name: str) -> nw.Expr:
    return nw.when(nw.col(name) != nw.col(f"{name}__text")).then(1).otherwise(0).alias(f"{name}__spaces")


def _values(schema: TableSchema, metrics: Sequence[str]) -> list[nw.Expr]:
    money = _of_type(schema, "money")
    return [
        values.read_value(column, nw.col(f"{name}__text"), metrics).alias(f"{name}__e4" if name in money else name)
        for name, column in schema.columns.items()
    ]


def _money_columns(schema: TableSchema) -> list[nw.Expr]:
    return [values.pence(nw.col(f"{name}__e4")).alias(name) for name in _of_type(schema, "money")]


def _set_aside(schema: TableSchema) -> nw.Expr:
    reason = nw.when(nw.col("source_filled") == 0).then(nw.lit(BLANK_ROW))
    if schema.table != "ledger":
        return reason
    return nw.when(_is_total()).then(nw.lit(TOTAL_ROW)).otherwise(reason)


def _is_total() -> nw.Expr:
    """An undated amount that nobody was paid: alone in its row, or beside one word such as "Total"."""
    name = nw.col("supplier_name__text")
    unnamed = name.is_null() | name.str.to_lowercase().str.contains(_TOTAL_WORDS)
    no_record = nw.col("payment_date__text").is_null() & nw.col("transaction_id__text").is_null()
    alone = ~nw.col("net_pence").is_null() & (nw.col("source_filled") <= 2)
    return alone & no_record & unnamed & nw.col("supplier_id__text").is_null()


def _marks(schema: TableSchema) -> list[nw.Expr]:
    kept = nw.col("set_aside").is_null()
    marks = []
    for name, column in schema.columns.items():
        text, value = nw.col(f"{name}__text"), nw.col(name)
        unread = value.is_null() & ~text.is_null()
        missing = text.is_null() & nw.lit(column.required)
        untidy = ~text.is_null() & ~value.is_null() & ~values.tidy_form(column, text, value)
        marks += [
            nw.when(kept & unread).then(1).otherwise(0).alias(f"{name}__fault"),
            nw.when(kept & missing).then(1).otherwise(0).alias(f"{name}__missing"),
            nw.when(kept & _outside(schema, name)).then(1).otherwise(0).alias(f"{name}__outside"),
            nw.when(kept & untidy).then(1).otherwise(0).alias(f"{name}__form"),
        ]
    return marks


def _outside(schema: TableSchema, name: str) -> nw.Expr:
    """Whether a payment lies outside the twelve months that its return is for; other dates may."""
    if schema.table != "ledger" or schema.columns[name].type != "date":
        return nw.lit(False)
    return (nw.col(name) < nw.col("period_start")) | (nw.col(name) > nw.col("period_end"))
