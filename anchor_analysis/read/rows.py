"""Source rows to Parquet, in batches: every row with its origin and its canonical columns as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.problems import MOST_CELLS, Cell, Problem
from anchor_analysis.read.cells import Row, as_text, as_texts
from anchor_analysis.read.headers import Headers, Layout

#: What marks a row that is none of the table.
ABOVE, AGAIN = "above the headers", "headers again"

BATCH = 10_000
_NAMED = 8


@dataclass(frozen=True)
class Origin:
    """Where rows come from: the file's path within the return, and the sheet, empty for CSV."""

    file: str
    sheet: str = ""

    @property
    def where(self) -> str:
        """The place as a message says it."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file


@dataclass
class Places:
    """Rows or cells of a source that have one fault: a list of them, and how many there are."""

    origin: Origin
    kind: str
    cells: list[Cell] = field(default_factory=list)
    count: int = 0

    def add(self, row: int, column: str = "") -> None:
        """Note one more place."""
        self.count += 1
        if len(self.cells) < MOST_CELLS:
            self.cells.append(Cell(self.origin.file, self.origin.sheet, row, column))

    def problem(self, code: str, what: str, remedy: str, expected: str) -> Problem:
        """The problem that all of them are; the first few are named."""
        return Problem(code, f"{self.origin.where}, {self}", what, remedy, expected, self.cells, self.count)

    def __str__(self) -> str:
        names = ", ".join(f"{cell.column}{cell.row}" for cell in self.cells[:_NAMED])
        more = f" and {self.count - _NAMED} more" if self.count > _NAMED else ""
        return f"{self.kind}{'s' if self.count > 1 else ''} {names}{more}"


def write_rows(
    rows: Iterator[Row], headers: Headers, above: list[Row], origin: Origin, path: Path
) -> tuple[int, Places]:
    """Write the rows of a source; gives their number, and the rows with cells under no header.

    `rows` are those below the headers, `above` those above. Columns: source_file, source_sheet, source_row (the
    first of the source is row 1), source_filled (non-blank cells over all columns of the source), source_mark
    (ABOVE, AGAIN, or missing for a row of the table), then the table's canonical columns as text, which rows
    above the headers have none of. The headers are no row. An empty cell, and a column that the source lacks, is
    missing; white space is kept and does not count as filled.
    """
    table, layout = headers.plan.schema, headers.layout
    first = headers.above + len(headers.lines) + 1
    again = {_stripped(line, layout.width) for line in headers.lines}
    count, outside = len(above), Places(origin, "row")
    with pq.ParquetWriter(path, _schema(table), compression="zstd") as writer:
        if above:
            marks: list[str | None] = [ABOVE] * len(above)
            writer.write_batch(_record_batch(above, Layout({}, 0, ()), table, origin, 1, marks))
        while batch := list(islice(rows, BATCH)):
            marks = _repeated(batch, again, layout)
            _note_outside(batch, layout, first, outside)
            writer.write_batch(_record_batch(batch, layout, table, origin, first, marks))
            first, count = first + len(batch), count + len(batch)
    return count, outside


def _stripped(row: Row, width: int) -> tuple[str, ...]:
    cells = [as_text(cell).strip() for cell in row[:width]]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _repeated(batch: list[Row], again: set[tuple[str, ...]], layout: Layout) -> list[str | None]:
    """AGAIN for rows that are the headers once more."""
    at = min(layout.positions.values())
    starts = {line[at] for line in again if at < len(line)}
    first = (row[at] if len(row) > at else "" for row in batch)
    alike = [type(cell) is str and cell.strip() in starts for cell in first]  # headers are text
    pairs = zip(alike, batch, strict=True)
    return [AGAIN if like and _stripped(row, layout.width) in again else None for like, row in pairs]


def _schema(table: TableSchema) -> pa.Schema:
    origin = [
        ("source_file", pa.string()), ("source_sheet", pa.string()),
        ("source_row", pa.int64()), ("source_filled", pa.int32()), ("source_mark", pa.string()),
    ]  # fmt: skip
    return pa.schema([*origin, *((column, pa.string()) for column in table.columns)])


def _record_batch(
    batch: list[Row], layout: Layout, table: TableSchema, origin: Origin, first: int, marks: list[str | None]
) -> pa.RecordBatch:
    size, width = len(batch), max(map(len, batch))
    even = all(len(row) == width for row in batch)
    cells = [as_texts(column) for column in (zip(*batch, strict=True) if even else zip_longest(*batch, fillvalue=""))]
    filled = sum((_is_filled(column) for column in cells), start=np.zeros(size, dtype=np.int32))
    arrays = [
        pa.repeat(pa.scalar(origin.file), size),
        pa.repeat(pa.scalar(origin.sheet), size),
        pa.array(range(first, first + size), pa.int64()),
        pa.array(filled, pa.int32()),
        pa.array(marks, pa.string()),
        *(_column(cells, layout.positions.get(column), size) for column in table.columns),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=_schema(table))


def _is_filled(column: pa.Array) -> np.ndarray:
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.not_equal(trimmed, "").to_numpy(zero_copy_only=False).astype(np.int32)


def _column(cells: list[pa.Array], position: int | None, size: int) -> pa.Array:
    if position is None or position >= len(cells):
        return pa.nulls(size, pa.string())
    empty = pc.equal(cells[position], "")
    return (
        pc.if_else(empty, pa.scalar(None, pa.string()), cells[position]) if pc.any(empty).as_py() else cells[position]
    )


def _note_outside(batch: list[Row], layout: Layout, first: int, outside: Places) -> None:
    if not layout.unheaded and max(map(len, batch)) <= layout.width:
        return
    for number, row in enumerate(batch, first):
        beyond = [*(row[place] for place in layout.unheaded if place < len(row)), *row[layout.width :]]
        if any(cell != "" and as_text(cell).strip() for cell in beyond):
            outside.add(number)
