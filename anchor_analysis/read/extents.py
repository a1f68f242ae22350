"""How far the cells of a workbook reach: with some that are far apart, all between them would not fit into memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from string import ascii_letters, digits
from typing import IO, NamedTuple

from anchor_analysis.read.kinds import MOST_COLUMNS, refused
from anchor_analysis.read.packages import sheets_of

#: A spreadsheet has no more rows.
MOST_ROWS = 1_048_576

#: Sheets of which not one cell in a hundred is filled may span so many cells together.
LARGEST_SPAN, SPARSEST = 4_000_000, 100

#: References in a sheet that is not too large have no more letters and figures.
_LETTERS, _FIGURES = 3, 7

_CHUNK, _OVERLAP = 1 << 20, 64

#: Letters as A, figures as 0, quotation marks as Q and little else: so references to far cells are found soon.
_KEPT = f"{ascii_letters}{digits}\"'>".encode()
_SHAPE = bytes.maketrans(_KEPT, b"A" * len(ascii_letters) + b"0" * len(digits) + b"QQ>")
_NO_PART = bytes(set(range(256)) - set(_KEPT))
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")


class Extent(NamedTuple):
    """The columns and rows that the filled cells of a sheet reach over, and how many cells there are."""

    columns: int
    rows: int
    cells: int

    @property
    def span(self) -> int:
        """How many cells a table holds that reaches as far."""
        return self.columns * self.rows

    @property
    def is_sparse(self) -> bool:
        """Whether hardly any of them is filled."""
        return self.span > SPARSEST * self.cells


def must_be_dense(extents: Mapping[str, Extent], where: str) -> None:
    """Refuse a workbook with cells so far apart that the reader, which holds all cells between them, would not end.

    Raises UserError (AN020) with the sheet. To be asked before any is read.
    """
    for name, extent in extents.items():
        for count, most, what in ((extent.columns, MOST_COLUMNS, "columns"), (extent.rows, MOST_ROWS, "rows")):
            if count > most:
                said = f"has more {what} than a spreadsheet can have"
                raise refused(f"{where}, sheet {name}", said, "Delete them.")
    sparse = {name: extent for name, extent in extents.items() if extent.is_sparse}
    if sum(extent.span for extent in sparse.values()) > LARGEST_SPAN:
        widest = max(sparse, key=lambda name: sparse[name].span)
        columns, rows, cells = sparse[widest]
        over = f"over {columns:,} columns and {rows:,} rows"
        what = f"holds {cells:,} cells so far apart that no table can be meant, {over}"
        raise refused(f"{where}, sheet {widest}", what, "Delete what stands apart.")


def extents_of_xlsx(content: bytes) -> dict[str, Extent]:
    """How far the cells of each sheet reach; no less than they do, and exactly where that is for a sparse one."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: _extent(package, part) for name, part in sheets_of(package)}


def _extent(package: zipfile.ZipFile, part: str) -> Extent:
    with package.open(part) as stream:
        near = _no_less(stream)
    if not near.is_sparse:
        return near
    with package.open(part) as stream:
        return Extent(*_reach(stream), near.cells)


def _no_less(stream: IO[bytes]) -> Extent:
    """An extent that holds the true one: as far as references with so many letters and figures can reach."""
    letters, figures, cells, tail = 1, 3, 0, b""
    while chunk := stream.read(_CHUNK):
        shape = (tail + chunk).translate(_SHAPE, _NO_PART)
        while b"QA" + b"A" * letters + b"0" in shape:
            letters += 1
        while any(b"Q" + b"A" * some + b"0" * (figures + 1) in shape for some in range(letters + 1)):
            figures += 1
        cells += chunk.count(b"<c ") or chunk.count(b":c ")
        tail = chunk[-_OVERLAP:]
    columns = 26**letters if letters > _LETTERS else min(sum(26**n for n in range(1, letters + 1)), MOST_COLUMNS)
    rows = 10**figures if figures > _FIGURES else min(10**figures - 1, MOST_ROWS)
    return Extent(columns, rows, cells)


def _reach(stream: IO[bytes]) -> tuple[int, int]:
    """The last column and the last row that anything refers to; no further than to what no spreadsheet has."""
    columns, rows, tail = 1, 1, b""
    while columns <= MOST_COLUMNS and rows <= MOST_ROWS and (chunk := stream.read(_CHUNK)):
        found = _REFERENCE.findall(tail + chunk)
        columns = max(columns, *map(_column, {letters for letters, _ in found}), 0)
        rows = max(rows, *map(int, {figures for _, figures in found}), 0)
        tail = chunk[-_OVERLAP:]
    return columns, rows


def _column(letters: bytes) -> int:
    """The number of a column, from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
