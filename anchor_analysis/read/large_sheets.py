"""Large sheets of .xlsx, a column at a time: numbers are read here, and of all other cells each different one once.

The reader of workbooks makes an object of every cell, which is most of the time that a long ledger takes. But what
stands in a ledger comes again and again. So a large sheet is taken apart: a plain number is worked out in its column,
and what else there is goes, each different content once, into a small sheet that takes the place of the large one.
The reader reads that as it would have read the cells themselves: nothing here knows days, styles or shared text.

A sheet with more than values in its cells, such as formulas or errors, stays as it is.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TypeVar

import numpy as np
import pyarrow as pa
from python_calamine import CalamineWorkbook

from anchor_analysis.read.cells import Columns, Row, as_texts, number_texts
from anchor_analysis.read.extents import SPARSEST
from anchor_analysis.read.kinds import MOST_COLUMNS, Kind
from anchor_analysis.read.packages import sheets_of

T = TypeVar("T")
R = TypeVar("R")

#: A sheet is large from so many bytes of XML on; so much of it is taken apart at a time.
LARGE, CHUNK = 8 << 20, 4 << 20

#: Contents stand in rows of so many cells. The first and the last cell are filled, so that none falls off.
_WIDTH, _FILLER = 1_000, b"><v>0"

#: What stands in a cell's tag after its place.
_MARK = re.compile(rb'(?: s="[0-9]+")?(?: t="(?:n|s|str|b|d)")?>')

_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"


class _OtherCells(Exception):
    """A sheet holds what is not read here."""


@dataclass(frozen=True)
class _Part:
    """The cells of some rows: row and column of each from 0, which are numbers, and these; what the others hold."""

    rows: np.ndarray
    columns: np.ndarray
    is_number: np.ndarray
    numbers: pa.Array
    contents: pa.Array


class LargeSheet:
    """A sheet that was taken apart, and stands in columns again when `read` is given its contents as they read."""

    def __init__(self, parts: list[_Part]):
        contents = pa.chunked_array([part.contents for part in parts]).unify_dictionaries().chunks
        self._parts = [replace(part, contents=one) for part, one in zip(parts, contents, strict=True)]
        self._width = 1 + max(int(part.columns.max()) for part in parts)
        if self._width * int(parts[-1].rows[-1]) > SPARSEST * sum(len(part.rows) for part in parts):
            raise _OtherCells
        self._texts = pa.array([], pa.string())

    def contents(self) -> list[bytes]:
        """Every different content."""
        found: list[bytes] = self._parts[0].contents.dictionary.to_pylist()
        return found

    def read(self, rows: Iterator[Row]) -> None:
        """Take the contents as they read."""
        self._texts = as_texts(_values(rows))

    def rows(self) -> Iterator[Row]:
        """The rows from the first to the last filled one, as text."""
        for span in self._spans(0):
            yield from map(list, zip(*map(pa.Array.to_pylist, self._grid(span)), strict=True))

    def columns(self, first: int) -> Iterator[Columns]:
        """The rows from one on, counted from 0, some thousands at a time, as columns of text."""
        return _ahead(self._grid, self._spans(first))

    def _spans(self, first: int) -> Iterator[tuple[_Part, range]]:
        """The parts, each with the rows that it reaches over."""
        for part in self._parts:
            rows = range(first, int(part.rows[-1]) + 1)
            if rows:
                yield part, rows
            first = max(first, rows.stop)

    def _grid(self, span: tuple[_Part, range]) -> Columns:
        """The texts of cells in columns, blank where there is no cell."""
        part, rows = span
        texts = pa.concat_arrays([number_texts(part.numbers), self._texts.take(part.contents.indices)])
        order = np.where(part.is_number, 0, len(part.numbers)) - 1
        order += np.where(part.is_number, np.cumsum(part.is_number), np.cumsum(~part.is_number))
        here = part.rows >= rows.start
        places = np.full((self._width, len(rows)), -1, dtype=np.int32)
        places[part.columns[here], part.rows[here] - rows.start] = order[here]
        return [texts.take(pa.array(column, mask=column < 0)).fill_null("") for column in places]


def _ahead(task: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results of a task in their order, of which two are worked out while another is used."""
    with ThreadPoolExecutor(2) as pool:
        coming: deque[Future[R]] = deque()
        for item in items:
            coming.append(pool.submit(task, item))
            if len(coming) > 2:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def slimmed(content: bytes, kind: Kind) -> tuple[bytes, dict[str, LargeSheet]]:
    """The workbook with each large sheet's contents in the place of the sheet, and these sheets by name."""
    sheets: dict[str, LargeSheet] = {}
    slim: dict[str, bytes] = {}
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for name, part in sheets_of(package):
                try:
                    if package.getinfo(part).file_size >= LARGE:
                        numbers = _marks_of_numbers(content, package, name, part)
                        sheets[name] = LargeSheet(list(_taken_apart(package, part, numbers)))
                        slim[part] = _sheet(sheets[name].contents())
                except (_OtherCells, pa.ArrowInvalid):
                    continue
    return _replaced(content, slim) if slim else content, sheets


# --- contents, as the reader reads them ---


def _sheet(contents: list[bytes]) -> bytes:
    """A sheet of these contents, which `_values` gives back."""
    cells = [_FILLER, *contents, *[_FILLER] * (1 + -(len(contents) + 2) % _WIDTH)]
    rows = (b"</v></c><c".join(cells[start : start + _WIDTH]) for start in range(0, len(cells), _WIDTH))
    inside = b"".join(b"<row><c%b</v></c></row>" % row for row in rows)
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (main, inside)


def _values(rows: Iterator[Row]) -> Row:
    return list(chain.from_iterable(rows))[1:]


def _replaced(content: bytes, parts: dict[str, bytes]) -> bytes:
    """A package with other parts in the place of some."""
    changed = io.BytesIO(content)
    with zipfile.ZipFile(changed, "a") as package:
        for part, inside in parts.items():
            package.filelist.remove(package.NameToInfo.pop(part))
            package.writestr(zipfile.ZipInfo(part), inside)  # whatever the clock says: none before 1980 is taken
    return changed.getvalue()


def _marks_of_numbers(content: bytes, package: zipfile.ZipFile, name: str, part: str) -> set[bytes]:
    """What stands in the tags of cells in which the reader takes a number for a number, not for a day or a time."""
    names = set(package.namelist())
    styles = package.read(_STYLES).count(b"<xf ") if _STYLES in names else 0
    marks = [b">", *(b' s="%d">' % style for style in range(styles))]
    parts = {part: _sheet([mark + b"<v>1.5" for mark in marks])} | ({_STRINGS: b"<sst/>"} if _STRINGS in names else {})
    book = CalamineWorkbook.from_filelike(io.BytesIO(_replaced(content, parts)))
    values = _values(book.get_sheet_by_name(name).iter_rows())
    return {mark for mark, value in zip(marks, values, strict=False) if type(value) is float}


# --- taking apart ---


def _taken_apart(package: zipfile.ZipFile, part: str, marks_of_numbers: set[bytes]) -> Iterator[_Part]:
    last = -1
    for found in _ahead(partial(_part, marks_of_numbers), _whole_rows(package, part)):
        places = np.int64(MOST_COLUMNS) * found.rows + found.columns
        if len(places):
            if places[0] <= last or (np.diff(places) <= 0).any():
                raise _OtherCells
            last = places[-1]
            yield found
    if last < 0:
        raise _OtherCells


def _whole_rows(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The rows of a sheet as XML, many at a time."""
    with package.open(part) as stream:
        _, begun, text = stream.read(CHUNK).partition(b"<sheetData>")
        while b"</sheetData>" not in text:
            rows, end, text = text.rpartition(b"</row>")
            yield rows + end
            more = stream.read(CHUNK)
            text += more
            if not begun or not more or len(text) > 2 * CHUNK:
                raise _OtherCells
        yield text.partition(b"</sheetData>")[0]
        while stream.read(CHUNK):  # to the end, where the package says whether it is sound
            pass


def _part(marks_of_numbers: set[bytes], xml: bytes) -> _Part:
    """Take rows apart. Raises _OtherCells for cells that are not plain ones."""
    signs = np.frombuffer(xml + b"<  " * 3, np.uint8)  # three tags more, so that every tag has its three followers
    start, value, end = _filled_cells(signs)
    at, row, column = _places(signs, start + len("<c"))
    marks = _slices(xml, at, value).dictionary_encode()
    known = marks.dictionary.to_pylist()
    if not all(map(_MARK.fullmatch, known)):
        raise _OtherCells
    of_numbers = np.array([mark.replace(b' t="n"', b"") in marks_of_numbers for mark in known], dtype=bool)
    is_number = of_numbers[marks.indices.to_numpy()]
    numbers = _slices(xml, value[is_number] + len("<v>"), end[is_number]).cast(pa.string()).cast(pa.float64())
    contents = _slices(xml, at[~is_number], end[~is_number]).dictionary_encode()
    return _Part(row, column, is_number, numbers, contents)


def _filled_cells(signs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the tags `<c`, `<v>` and `</v>` of each filled cell stand, if all tags are those of plain cells."""
    tags = np.flatnonzero(signs == ord("<"))
    kinds = signs[1:][tags].astype(np.uint16) << 8 | signs[2:][tags]  # a tag by its first two letters
    cells = np.flatnonzero(kinds == _kind(b"c "))
    is_filled = kinds[cells + 1] == _kind(b"v>")
    filled, blank = cells[is_filled], cells[~is_filled]
    is_ended = (kinds[filled + 2] == _kind(b"/v")) & (kinds[filled + 3] == _kind(b"/c"))
    is_closed = signs[tags[blank + 1] - 2] == ord("/")
    rows = np.count_nonzero((kinds == _kind(b"ro")) | (kinds == _kind(b"/r")))
    known = rows + len(cells) + 3 * len(filled)
    if len(tags) - 3 != known or not (is_ended.all() and is_closed.all()):
        raise _OtherCells
    return tags[filled], tags[filled + 1], tags[filled + 2]


def _kind(tag: bytes) -> int:
    return tag[0] << 8 | tag[1]


def _places(signs: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each cell's tag goes on after its place, such as ` r="B12"`, and the place's row and column from 0."""
    if any((signs[step:][at] != sign).any() for step, sign in enumerate(b' r="')):
        raise _OtherCells
    at, column = _number(signs, at + len(' r="'), "A", 26, len("XFD"))
    at, row = _number(signs, at, "0", 10, len("1048576"))
    if (signs[at] != ord('"')).any() or (row < 1).any() or (column < 1).any() or (column > MOST_COLUMNS).any():
        raise _OtherCells
    return at + 1, row - 1, column - 1


def _number(signs: np.ndarray, at: np.ndarray, first: str, base: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """What so many digits from each place on come to, of which letters count from 1, and where they end."""
    number = np.zeros(len(at), np.int32)
    for _ in range(most):
        digit = signs[at] - np.uint8(ord(first))  # what stands before the first wraps round
        is_digit = digit < base
        number = np.where(is_digit, number * base + digit + first.isalpha(), number)
        at = at + is_digit
    return at, number


def _slices(xml: bytes, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    """Pieces of XML, from starts to ends."""
    edges = np.column_stack([starts, ends]).astype(np.int32).ravel()
    both = pa.Array.from_buffers(pa.binary(), max(len(edges) - 1, 0), [None, pa.py_buffer(edges), pa.py_buffer(xml)])
    return both.take(pa.array(np.arange(0, len(both), 2)))
