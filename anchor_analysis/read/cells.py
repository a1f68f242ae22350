"""Cells of any source as text: one by one, and a column at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

#: The cells of one row as a reader gives them: text, numbers, days; an empty one is "".
Row: TypeAlias = "list[Any]"

#: Some rows, as columns of text of one length; there is at least one column.
Columns: TypeAlias = "list[pa.Array]"

#: So many rows are turned into columns at a time, or fewer where one of them makes them so wide that it were too much.
BATCH, LARGEST_BATCH = 10_000, 1 << 20


def as_text(value: Any) -> str:
    """The text of a cell: whole numbers without a point, ISO dates, yes and no.

    >>> as_text(12.0), as_text(True), as_text(date(2024, 3, 31))
    ('12', 'yes', '2024-03-31')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _number(value: float) -> str:
    # repr is the shortest text that gives the same number; no exponent, since nobody writes money so
    text = repr(value)
    text = format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")
    return "0" if text == "-0" else text


def as_texts(cells: Sequence[Any]) -> pa.Array:
    """A column of cells as text, the same as `as_text` of each; columns of one kind at once."""
    kinds = set(map(type, cells))
    if kinds <= {str}:
        return pa.array(cells, pa.string())
    if kinds == {date}:
        return pc.cast(pa.array(cells, pa.date32()), pa.string())
    if kinds <= {str, float}:
        text = number_texts(pa.array([cell if type(cell) is float else None for cell in cells], pa.float64()))
        words = [cell if type(cell) is str else None for cell in cells]
        return text if kinds == {float} else pc.coalesce(text, pa.array(words, pa.string()))
    known: dict[tuple[type, Any], str] = {}
    return pa.array([cell if type(cell) is str else _remembered(cell, known) for cell in cells], pa.string())


def number_texts(numbers: pa.Array) -> pa.Array:
    """Numbers as text, the same as `as_text` of each; what is missing stays so."""
    text = pc.cast(numbers, pa.string())
    # Arrow writes large and small numbers with an exponent, and keeps the sign of nought
    odd = pc.fill_null(pc.match_substring_regex(text, "[en]|^-0$"), False)
    if not pc.any(odd).as_py():
        return text
    return pc.replace_with_mask(text, odd, pa.array(map(_number, numbers.filter(odd).to_pylist()), pa.string()))


def _remembered(cell: Any, known: dict[tuple[type, Any], str]) -> str:
    """The text of a cell, looked up: days and whole numbers come again and again."""
    key = type(cell), cell
    text = known.get(key)
    if text is None:
        text = known[key] = as_text(cell)
    return text


def in_columns(rows: Iterator[Row]) -> Iterator[Columns]:
    """Rows, some thousands at a time, as columns of text; a short row is filled up with blanks."""
    while batch := list(islice(rows, BATCH)):
        step = max(1, LARGEST_BATCH // max(1, *map(len, batch)))
        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            columns = [as_texts(column) for column in zip_longest(*part, fillvalue="")]
            yield columns or [pa.array([""] * len(part))]
