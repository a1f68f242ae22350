"""Source rows to Parquet, in batches: every row with its origin and its canonical columns as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anchor_analysis import telling
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.problems import MOST_CELLS, Cell, Problem
from anchor_analysis.read.cells import Columns, Row, as_text, in_columns
from anchor_analysis.read.headers import Headers, Layout

#: What marks a row that is none of the table.
ABOVE, AGAIN = "above the headers", "headers again"

#: A row with no more cells than this may be a note.
NARROW = 2

#: No white space by Unicode, and as invisible.
_MARK = "\ufeff"
_MARKED = re.compile(_MARK.encode("utf-8"))

_NAMED = 8

#: So many rows are a group of the Parquet file, as many as engines like to read at a time.
_GROUP = 120_000


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


@dataclass
class Written:
    """The rows of a source that were written: how many, which is the last of more than NARROW cells, which lie outside.

    `outside` are those with cells under no header.
    """

    count: int
    outside: Places
    last_full: int | None = None


def write_rows(batches: Iterator[Columns], headers: Headers, above: list[Row], origin: Origin, path: Path) -> Written:
    """Write the rows of a source, and tell what was seen of them.

    `batches` are the rows below the headers, `above` those above. Columns: source_file, source_sheet, source_row (the
    first of the source is row 1), source_filled (non-blank cells over all columns of the source), source_spaced
    (whether one of them may begin or end with white space), source_mark (ABOVE, AGAIN, or missing for a row of the
    table), then the table's canonical columns as text, which rows above the headers have none of. The headers are no
    row. An empty cell, and a column that the source lacks, is missing; white space is kept, and does not count as
    filled.
    """
    table, layout = headers.plan.schema, headers.layout
    first = headers.above + len(headers.lines) + 1
    again = {_stripped(line, layout.width) for line in headers.lines}
    written = Written(len(above), Places(origin, "row"))
    with _Groups(path, _schema(table)) as writer:
        if above:
            [columns], marks = in_columns(iter(above)), pa.repeat(ABOVE, len(above))
            writer.write(_record_batch(columns, Layout({}, 0, ()), table, origin, 1, marks))
        with telling.at(lambda: f"{origin.where}, rows from {first} on"):
            for columns in batches:
                marks = _repeated(columns, again, layout)
                _note_outside(columns, layout, first, written.outside)
                batch = _record_batch(columns, layout, table, origin, first, marks)
                writer.write(batch)
                full = batch.filter(pc.and_(pc.greater(batch["source_filled"], NARROW), pc.is_null(marks)))[
                    "source_row"
                ]
                written.last_full = full[-1].as_py() if len(full) else written.last_full
                first, written.count = first + len(marks), written.count + len(marks)
    return written


class _Groups:
    """A Parquet file whose groups of rows are large, however small the batches are."""

    def __init__(self, path: Path, schema: pa.Schema):
        self._writer = pq.ParquetWriter(path, schema, compression="lz4", write_statistics=False)
        self._waiting: list[pa.RecordBatch] = []

    def __enter__(self) -> _Groups:
        return self

    def __exit__(self, wrong: object, *_: object) -> None:
        if not wrong:
            self._flush()
        self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        if sum(map(len, self._waiting)) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
        self._waiting = []


def _stripped(row: Row, width: int) -> tuple[str, ...]:
    cells = [as_text(cell).strip() for cell in row[:width]]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _repeated(columns: Columns, again: set[tuple[str, ...]], layout: Layout) -> pa.Array:
    """AGAIN for rows that are the headers once more."""
    at = min(layout.positions.values())
    alike = np.zeros(len(columns[0]), dtype=bool)
    if at < len(columns):
        starts = pa.array({line[at] for line in again if at < len(line)}, pa.string())
        alike |= pc.is_in(pc.utf8_trim_whitespace(columns[at]), starts).to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(alike):
        alike[row] = _stripped([column[row].as_py() for column in columns[: layout.width]], layout.width) in again
    return pc.if_else(alike, AGAIN, pa.scalar(None, pa.string()))


def _schema(table: TableSchema) -> pa.Schema:
    origin = [
        ("source_file", pa.string()), ("source_sheet", pa.string()),
        ("source_row", pa.int64()), ("source_filled", pa.int32()), ("source_spaced", pa.bool_()),
        ("source_mark", pa.string()),
    ]  # fmt: skip
    return pa.schema([*origin, *((column, pa.string()) for column in table.columns)])


def _record_batch(
    columns: Columns, layout: Layout, table: TableSchema, origin: Origin, first: int, marks: pa.Array
) -> pa.RecordBatch:
    size = len(marks)
    filled, spaced = _filled_and_spaced(columns)
    arrays = [
        pa.repeat(pa.scalar(origin.file), size),
        pa.repeat(pa.scalar(origin.sheet), size),
        pa.array(np.arange(first, first + size), pa.int64()),
        pa.array(filled, pa.int32()),
        pa.array(spaced),
        marks,
        *(_column(columns, layout.positions.get(column), size) for column in table.columns),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=_schema(table))


def _filled_and_spaced(columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """How many cells of each row are not blank, and whether one of them may have white space around it."""
    filled, spaced = np.zeros(len(columns[0]), dtype=np.int32), np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        length, size = pc.binary_length(column), pc.binary_length(pc.utf8_trim_whitespace(column))
        filled += pc.greater(size, 0).to_numpy(zero_copy_only=False)
        spaced |= pc.not_equal(length, size).to_numpy(zero_copy_only=False)
        if (texts := column.buffers()[2]) and _MARKED.search(texts):
            spaced |= pc.match_substring(column, _MARK).to_numpy(zero_copy_only=False)
    return filled, spaced


def _column(columns: Columns, position: int | None, size: int) -> pa.Array:
    if position is None or position >= len(columns):
        return pa.nulls(size, pa.string())
    column = columns[position]
    empty = pc.equal(column, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), column) if pc.any(empty).as_py() else column


def _note_outside(columns: Columns, layout: Layout, first: int, outside: Places) -> None:
    beyond = [*(columns[place] for place in layout.unheaded if place < len(columns)), *columns[layout.width :]]
    if beyond:
        for row in np.flatnonzero(_filled_and_spaced(beyond)[0]):
            outside.add(first + int(row))
