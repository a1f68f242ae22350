"""Cells of a workbook that hold no value: errors such as #N/A, and formulas that were never worked out.

The reader of workbooks gives both as blank, and a blank is not what stands there. So the file itself is searched
for them, and on the way for cells so far apart that a table of all between them would not fit into memory.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeAlias
from xml.etree import ElementTree
from xml.parsers import expat

from xlsxwriter.utility import xl_cell_to_rowcol

from anchor_analysis.read.extents import Extent, extents_of_xlsx, must_be_dense
from anchor_analysis.read.kinds import Kind
from anchor_analysis.read.packages import book_of, local, related, sheets_of

Faults: TypeAlias = "dict[tuple[int, int], str]"

UNCALCULATED = "a formula without a result"

#: Marks of such cells, each with a plain beginning so that the search is quick; a false alarm costs a parse.
_SUSPECTS = [re.compile(mark) for mark in (rb"""t=["']e["']""", rb"f>\s*</(?:\w+:)?c>", rb"/>\s*</(?:\w+:)?c>")]
_CHUNK, _OVERLAP = 1 << 20, 4096

#: The errors of Excel's binary formats.
_BINARY = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def look_through(path: Path, kind: Kind, where: str, content: bytes) -> Callable[[], dict[str, Faults]]:
    """What finds, for each sheet, what stands in its cells that hold no value, by row and column from 0.

    `content` is that of the file, or of an .xlsx in which large sheets are slim. An .xlsx is searched when it is asked,
    which may go beside the reading; others have been by then. Raises UserError (AN020) at once for sheets with cells so
    far apart that they must not be read.
    """
    if kind == "xlsx":
        must_be_dense(extents_of_xlsx(content), where)
        return partial(_faults_of_xlsx, content)
    scan = {"xlsb": _scan_xlsb, "ods": _scan_ods, "xls": _scan_xls}[kind]
    scanned = {name: (faults, extent) for name, faults, extent in scan(path)}
    must_be_dense({name: extent for name, (_, extent) in scanned.items()}, where)
    return lambda: {name: faults for name, (faults, _) in scanned.items()}


# --- .xlsx ---


def _faults_of_xlsx(content: bytes) -> dict[str, Faults]:
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name, part in sheets_of(package):
            with package.open(part) as stream:
                suspect = _is_suspect(stream)
            if suspect:
                with package.open(part) as stream:
                    found[name] = dict(_faulty(stream))
    return found


def _is_suspect(stream: IO[bytes]) -> bool:
    tail = b""
    while chunk := stream.read(_CHUNK):
        text = tail + chunk
        if any(suspect.search(text) for suspect in _SUSPECTS):
            return True
        tail = chunk[-_OVERLAP:]
    return False


def _faulty(stream: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    number = -1
    for _, element in ElementTree.iterparse(stream):
        if local(element) == "row":
            number = int(element.get("r", number + 2)) - 1
            yield from _faulty_of_row(element, number)
            element.clear()


def _faulty_of_row(row: ElementTree.Element, number: int) -> Iterator[tuple[tuple[int, int], str]]:
    column = -1
    for cell in row:
        column = xl_cell_to_rowcol(cell.attrib["r"])[1] if "r" in cell.attrib else column + 1
        inside = {local(part): part.text or "" for part in cell}
        if cell.get("t") == "e":
            yield (number, column), inside.get("v", "an error")
        elif "f" in inside and "v" not in inside and cell.get("t") != "str":
            yield (number, column), UNCALCULATED


# --- .xlsb: records of a number, a length and content ([MS-XLSB] 2.1.4) ---

_ROW_HEADER, _BUNDLE_SHEET = 0, 156

#: Records of cells that hold anything, and those of them that show an error.
_CELLS, _ERRORS = {*range(2, 12), 62}, {3, 11}

Scanned: TypeAlias = "Iterator[tuple[str, Faults, Extent]]"


def _scan_xlsb(path: Path) -> Scanned:
    with zipfile.ZipFile(path) as package:
        book = book_of(package)
        parts = related(package, book)
        for kind, content in _records(package.read(book)):
            if kind == _BUNDLE_SHEET:
                identity, at = _wide(content, 8)
                name, _ = _wide(content, at)
                yield name, *_scan_binary(package.read(parts[identity]))


def _scan_binary(data: bytes) -> tuple[Faults, Extent]:
    faults: Faults = {}
    row = columns = rows = cells = 0
    for kind, content in _records(data):
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<I", content)
        elif kind in _CELLS:
            (column,) = struct.unpack_from("<I", content)
            cells += 1
            if column >= columns or row >= rows:
                columns, rows = max(columns, column + 1), max(rows, row + 1)
            if kind in _ERRORS:
                faults[row, column] = _BINARY.get(content[8], "an error")
    return faults, Extent(columns, rows, cells)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(data)
    while at < end:
        # nearly all are of one byte, and there are as many as cells
        kind, length = data[at], data[at + 1]
        if kind & 0x80 or length & 0x80:
            kind, at = _varying(data, at, 2)
            length, at = _varying(data, at, 4)
        else:
            at += 2
        yield kind, data[at : at + length]
        at += length


def _varying(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of seven bits a byte, the high bit saying that another follows; a kind keeps both bytes' bits."""
    number = 0
    for step in range(most):
        byte = data[at]
        number |= (byte & 0x7F) << (7 * step)
        at += 1
        if not byte & 0x80:
            break
    return number, at


def _wide(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le"), end


# --- .xls: records of a number, a length and content ([MS-XLS] 2.1.4) ---

_END, _BOUND_SHEET, _DIMENSIONS = 0x000A, 0x0085, 0x0200


def _scan_xls(path: Path) -> Scanned:
    import xlrd  # for errors alone; values are read by the same reader as those of other workbooks

    try:
        # ragged: a row is held to its own last cell, however far others reach
        book = xlrd.open_workbook(path, on_demand=True, logfile=_Silent(), ragged_rows=True)
        _must_say_what_fits(book.mem[book.base : book.base + book.stream_len])
        for name in book.sheet_names():
            yield name, *_scan_sheet(book.sheet_by_name(name), xlrd.XL_CELL_ERROR)
            book.unload_sheet(name)
    except Exception as error:  # xlrd checks little, and raises whatever comes of a broken file
        raise ValueError from error


def _must_say_what_fits(stream: bytes) -> None:
    """Raises ValueError where a sheet says of itself that it is larger than one can be.

    The reader makes room for as much as it says, and ends the process where there is not so much.
    """
    for kind, bound in _old_records(stream, 0):
        if kind == _BOUND_SHEET:
            for inner, said in _old_records(stream, *struct.unpack_from("<I", bound)):
                if inner == _DIMENSIONS:
                    first, last, left, right = struct.unpack_from("<IIHH" if len(said) >= 12 else "<HHHH", said)
                    if not (first <= last <= 65_536 and left <= right <= 256):
                        raise ValueError


def _old_records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of an .xls, up to the one that ends it."""
    kind = -1
    while kind != _END and at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _scan_sheet(sheet: Any, error: int) -> tuple[Faults, Extent]:
    faults: Faults = {}
    columns = cells = 0
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        columns, cells = max(columns, len(kinds)), cells + len(kinds) - kinds.count(0)
        if error in kinds:
            errors = (column for column, kind in enumerate(kinds) if kind == error)
            faults |= {(row, column): _BINARY.get(sheet.cell_value(row, column), "an error") for column in errors}
    return faults, Extent(columns, sheet.nrows, cells)


class _Silent:
    """Where a library's remarks go."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...


# --- .ods ---

#: What a cell says that holds anything.
_FILLED = {
    "table:formula", "calcext:value-type", *(f"office:{name}" for name in ("value-type", "value", "string-value",
    "date-value", "time-value", "boolean-value")),
}  # fmt: skip


def _scan_ods(path: Path) -> Scanned:
    scan = _OdsScan()
    with zipfile.ZipFile(path) as package, package.open("content.xml") as stream:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.CharacterDataHandler = scan.start, scan.text
        parser.ParseFile(stream)
    for name, faults, extent in scan.sheets:
        yield name, {place: "".join(said).strip() or "an error" for place, said in faults.items()}, Extent(*extent)


class _OdsScan:
    """What an OpenDocument spreadsheet says of each sheet, element by element; a cell may stand for many alike."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, dict[tuple[int, int], list[str]], list[int]]] = []
        self.row = self.rows = self.column = 0
        self.error: list[str] | None = None

    def start(self, tag: str, about: dict[str, str]) -> None:
        """A sheet, row or cell begins."""
        if tag == "table:table-cell" or tag == "table:covered-table-cell":
            self._cell(about)
        elif tag == "table:table-row":
            self.row, self.column, self.error = self.row + self.rows, 0, None
            self.rows = int(about.get("table:number-rows-repeated", 1))
        elif tag == "table:table":
            self.row = self.rows = 0
            self.error = None
            self.sheets.append((about.get("table:name", ""), {}, [0, 0, 0]))

    def _cell(self, about: dict[str, str]) -> None:
        first, self.error = self.column, None
        self.column += int(about.get("table:number-columns-repeated", 1))
        if _FILLED.isdisjoint(about):
            return
        _, faults, extent = self.sheets[-1]
        extent[:] = max(extent[0], self.column), max(extent[1], self.row + self.rows), extent[2] + 1
        if about.get("calcext:value-type") == "error":
            self.error = faults[self.row, first] = []

    def text(self, data: str) -> None:
        """Text, which is kept of cells that show an error."""
        if self.error is not None:
            self.error.append(data)
