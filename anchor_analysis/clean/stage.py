"""Staging: every source row with its values read, whether it is kept, and what was wrong or untidy in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import chain
from operator import and_, or_

import narwhals as nw

from anchor_analysis.clean import values
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.engine.letters import small_letters
from anchor_analysis.read.rows import NARROW

PART = "part"
ORIGIN = ["source_file", "source_sheet", "source_row"]
BLANK_ROW = "blank row"
TOTAL_ROW = "total row"

#: What can be wrong with a cell.
MARKS = ("fault", "missing", "outside")

#: What can be untidy about one.
UNTIDY = ("spaces", "form")

NOTE_ROW = "note below the table"

_AMOUNTS = ("money", "fte", "quantity", "figure")

_TOTAL_WORDS = "^(?:.* )?(?:sub ?-?)?totals?(?: (?:for|of) .*)?:?$"


def stage(raw: LazyFrame, schema: TableSchema, metrics: Sequence[str], engine: Engine) -> LazyFrame:
    """One row per source row of any number of returns.

    `raw` has the source rows with their `part` (the return they are of), member, network year, period and `last_full`
    (the last row of their source that is more than a note; missing where all are narrow). Added are: `set_aside` (the
    reason, or missing for a kept row); each canonical column's value; what `text_of` names (stripped); and 1 or 0 in
    `<column>__fault` (cannot be read), `__missing` (blank and may not be), `__outside` (a payment dated outside the
    period), `__spaces` (around it), `__form` (not in canonical form); for money `<column>__e4` in 1/10,000 of a pound.
    """
    columns = schema.columns.items()
    frame = raw.with_columns(*(values.stripped(name).alias(f"{name}__text") for name in schema.columns))
    tidy = {f"{name}__tidy": values.tidy(column, name) for name, column in columns if column.type in values.TIDY}
    frame = frame.with_columns(*(_spaces(name) for name in schema.columns), **tidy)
    numbers = {
        f"{name}__number": values.number(column, name) for name, column in columns if column.type in values.NUMBERS
    }
    frame = frame.with_columns(**numbers) if numbers else frame
    frame = frame.with_columns(*_values(schema, metrics))
    for name in _of_type(schema, "date"):
        frame = engine.parse_dates(frame, name, values.DATE_FORMATS)
    if _of_type(schema, "money"):
        frame = frame.with_columns(*_money_columns(schema))
    frame = frame.with_columns(_set_aside(schema).alias("set_aside")).drop("last_full")
    twice = [f"{name}__text" for name in _of_type(schema, "text")]
    return frame.with_columns(*_marks(schema)).drop("source_spaced", *tidy, *numbers, *twice)


def text_of(name: str, schema: TableSchema) -> str:
    """The staged column with the stripped text of a canonical one, which for a text is its value."""
    return name if schema.columns[name].type == "text" else f"{name}__text"


def _of_type(schema: TableSchema, kind: str) -> list[str]:
    return [name for name, column in schema.columns.items() if column.type == kind]


def _spaces(name: str) -> nw.Expr:
    changed = nw.when(nw.col(name) != nw.col(f"{name}__text")).then(1).otherwise(0)
    return nw.when(nw.col("source_spaced")).then(changed).otherwise(0).alias(f"{name}__spaces")


def _values(schema: TableSchema, metrics: Sequence[str]) -> list[nw.Expr]:
    money = _of_type(schema, "money")
    return [
        values.read_value(column, name, metrics).alias(f"{name}__e4" if name in money else name)
        for name, column in schema.columns.items()
    ]


def _money_columns(schema: TableSchema) -> list[nw.Expr]:
    return [values.pence(nw.col(f"{name}__e4")).alias(name) for name in _of_type(schema, "money")]


def _set_aside(schema: TableSchema) -> nw.Expr:
    blank, mark = nw.col("source_filled") == 0, nw.col("source_mark")
    note = nw.when(_is_note(schema)).then(nw.lit(NOTE_ROW))
    rest = nw.when(_is_total()).then(nw.lit(TOTAL_ROW)).otherwise(note) if schema.table == "ledger" else note
    marked = nw.when(~mark.is_null()).then(mark).otherwise(nw.when(nw.col("source_filled") <= NARROW).then(rest))
    return nw.when(blank).then(nw.lit(BLANK_ROW)).otherwise(marked)


def _is_total() -> nw.Expr:
    """Of a narrow row: an undated amount that nobody was paid, alone or beside one word such as "Total"."""
    texts = [nw.col(f"{name}__text") for name in ("payment_date", "transaction_id", "supplier_id", "supplier_name")]
    unnamed = [text.is_null() | small_letters(text).str.contains(_TOTAL_WORDS) for text in texts]
    return reduce(and_, unnamed, ~nw.col("net_pence").is_null())


def _is_note(schema: TableSchema) -> nw.Expr:
    """Of a narrow row: a remark below the last full row of its source, which makes no record and no amount."""
    columns = schema.columns.items()
    lacking = reduce(or_, (nw.col(f"{name}__text").is_null() for name, column in columns if column.required))
    amounts = (nw.col(name).is_null() for name, column in columns if column.type in _AMOUNTS)
    return reduce(and_, amounts, (nw.col("source_row") > nw.col("last_full")) & lacking)


def _marks(schema: TableSchema) -> list[nw.Expr]:
    kept = nw.col("set_aside").is_null()
    needed, lacks = set(chain(*schema.needs_one_of[:1])), _lacks_all(schema)
    marks = []
    for name, column in schema.columns.items():
        text, value = nw.col(f"{name}__text"), nw.col(name)
        unread = value.is_null() & ~text.is_null()
        missing = text.is_null() & (lacks if name in needed else nw.lit(column.required))
        untidy = ~text.is_null() & ~value.is_null() & ~values.tidy_form(column, name)
        marks += [
            nw.when(kept & unread).then(1).otherwise(0).alias(f"{name}__fault"),
            nw.when(kept & missing).then(1).otherwise(0).alias(f"{name}__missing"),
            nw.when(kept & _outside(schema, name)).then(1).otherwise(0).alias(f"{name}__outside"),
            nw.when(kept & untidy).then(1).otherwise(0).alias(f"{name}__form"),
        ]
    return marks


def _lacks_all(schema: TableSchema) -> nw.Expr:
    """Whether a row has none of the sets of columns of which it needs one; the first is then told as missing."""
    whole = [reduce(and_, (~nw.col(f"{name}__text").is_null() for name in names)) for names in schema.needs_one_of]
    return ~reduce(or_, whole, nw.lit(False))


def _outside(schema: TableSchema, name: str) -> nw.Expr:
    """Whether a payment or an award lies outside the twelve months that its return is for; other dates may."""
    if schema.table not in ("ledger", "contracts") or schema.columns[name].type != "date":
        return nw.lit(False)
    return (nw.col(name) < nw.col("period_start")) | (nw.col(name) > nw.col("period_end"))
