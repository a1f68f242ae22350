"""Cells of a workbook that hold no value: errors such as #N/A, and formulas that were never worked out.

The reader of workbooks gives both as blank, and a blank is not what stands there. So the file itself is searched
for them, and for cells so far apart that a table of all between them would not fit into memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import IO, TypeAlias
from xml.etree import ElementTree

from xlsxwriter.utility import xl_cell_to_rowcol

from anchor_analysis.read.kinds import MOST_COLUMNS, Kind, refused

Faults: TypeAlias = "dict[tuple[int, int], str]"

UNCALCULATED = "a formula without a result"

#: A sheet may span so many cells; beyond, at least one in a hundred must be there.
LARGEST_SPAN, SPARSEST = 20_000_000, 100

#: Marks of such cells, each with a plain beginning so that the search is quick; a false alarm costs a parse.
_SUSPECTS = [re.compile(mark) for mark in (rb"""t=["']e["']""", rb"f>\s*</(?:\w+:)?c>", rb"/>\s*</(?:\w+:)?c>")]
_FAR = re.compile(rb"""r=["']([A-Z]{2,9})[0-9]""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?r=["']([0-9]+)""")
_CHUNK, _OVERLAP = 1 << 20, 4096

#: The errors of Excel's binary formats.
_BINARY = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def faulty_cells(content: bytes, kind: Kind) -> dict[str, Faults]:
    """For each sheet that has some: what stands in its cells that hold no value, by row and column from 0."""
    readers = {"xlsx": _of_xlsx, "xlsb": _of_xlsb, "ods": _of_ods, "xls": _of_xls}
    return {sheet: dict(found) for sheet, found in readers[kind](content) if found}


def must_be_dense(content: bytes, kind: Kind, where: str) -> None:
    """Refuse sheets with cells so far apart that the reader, which holds all cells between them, would not end.

    Raises UserError (AN020). To be asked before a sheet is read.
    """
    if kind != "xlsx":
        return
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name, part in sheet_parts(package):
            with package.open(part) as stream:
                columns, rows = _span(stream)
            if columns > MOST_COLUMNS:
                raise refused(f"{where}, sheet {name}", "has more columns than a spreadsheet can have", "Delete them.")
            if columns * rows > LARGEST_SPAN and columns * rows > SPARSEST * _cells(package, part):
                what = "holds cells so far apart that no table can be meant"
                raise refused(f"{where}, sheet {name}", what, "Delete what stands apart.")


def _span(stream: IO[bytes]) -> tuple[int, int]:
    """How many columns and rows a sheet reaches over, by the references of its cells."""
    column, row, tail = 26, 0, b""
    while chunk := stream.read(_CHUNK):
        text = tail + chunk
        if far := set(_FAR.findall(text)):
            column = max(column, _number(max(far, key=lambda letters: (len(letters), letters))))
        if column > MOST_COLUMNS:
            break
        last = text.rfind(b"<row ")
        found = _ROW.search(text, last) if last >= 0 else None
        row = max(row, int(found[1])) if found else row
        tail = chunk[-_OVERLAP:]
    return column, row


def _cells(package: zipfile.ZipFile, part: str) -> int:
    with package.open(part) as stream:
        return sum(chunk.count(b"<c ") + chunk.count(b":c ") for chunk in iter(lambda: stream.read(_CHUNK), b""))


def sheet_parts(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The name and part of each sheet of a workbook in XML."""
    book = _book(package)
    parts, names = _related(package, book), set(package.namelist())
    for element in ElementTree.fromstring(package.read(book)).iter():
        if _local(element) == "sheet" and parts[_id_of(element)] in names:
            yield element.attrib["name"], parts[_id_of(element)]


def _related(package: zipfile.ZipFile, part: str, kind: str = "") -> dict[str, str]:
    """The parts, all or those of one kind, that a part refers to, by the id it calls them."""
    folder, name = posixpath.split(part)
    root = ElementTree.fromstring(package.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return {
        element.attrib["Id"]: posixpath.normpath(posixpath.join("/", folder, element.attrib["Target"])).lstrip("/")
        for element in root
        if element.get("TargetMode") != "External" and element.get("Type", "").endswith(kind)
    }


def _book(package: zipfile.ZipFile) -> str:
    """The part that names the sheets; a broken package without one is found out by the caller."""
    return next(iter(_related(package, "", "/officeDocument").values()), "")


# --- .xlsx ---


def _of_xlsx(content: bytes) -> Iterator[tuple[str, Faults]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name, part in sheet_parts(package):
            with package.open(part) as stream:
                suspect = _is_suspect(stream)
            if suspect:
                with package.open(part) as stream:
                    yield name, dict(_faulty(stream))


def _id_of(sheet: ElementTree.Element) -> str:
    return next(value for key, value in sheet.attrib.items() if key.endswith("}id"))


def _is_suspect(stream: IO[bytes]) -> bool:
    tail = b""
    while chunk := stream.read(_CHUNK):
        text = tail + chunk
        if any(suspect.search(text) for suspect in _SUSPECTS):
            return True
        tail = chunk[-_OVERLAP:]
    return False


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _faulty(stream: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    number = -1
    for _, element in ElementTree.iterparse(stream):
        if _local(element) == "row":
            number = int(element.get("r", number + 2)) - 1
            yield from _faulty_of_row(element, number)
            element.clear()


def _faulty_of_row(row: ElementTree.Element, number: int) -> Iterator[tuple[tuple[int, int], str]]:
    column = -1
    for cell in row:
        column = xl_cell_to_rowcol(cell.attrib["r"])[1] if "r" in cell.attrib else column + 1
        inside = {_local(part): part.text or "" for part in cell}
        if cell.get("t") == "e":
            yield (number, column), inside.get("v", "an error")
        elif "f" in inside and "v" not in inside and cell.get("t") != "str":
            yield (number, column), UNCALCULATED


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


# --- .xlsb: records of a number, a length and content ([MS-XLSB] 2.1.4) ---

_ROW_HEADER, _CELL_ERROR, _FORMULA_ERROR, _BUNDLE_SHEET = 0, 3, 11, 156


def _of_xlsb(content: bytes) -> Iterator[tuple[str, Faults]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        book = _book(package)
        parts = _related(package, book)
        for kind, content in _records(package.read(book)):
            if kind == _BUNDLE_SHEET:
                identity, at = _wide(content, 8)
                name, _ = _wide(content, at)
                yield name, dict(_binary_errors(package.read(parts[identity])))


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, at = _varying(data, at, 2)
        length, at = _varying(data, at, 4)
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


def _binary_errors(data: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    row = 0
    for kind, content in _records(data):
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<I", content)
        elif kind in (_CELL_ERROR, _FORMULA_ERROR):
            (column,) = struct.unpack_from("<I", content)
            yield (row, column), _BINARY.get(content[8], "an error")


# --- .xls ---


def _of_xls(content: bytes) -> Iterator[tuple[str, Faults]]:
    import xlrd  # for errors alone; values are read by the same reader as those of other workbooks

    try:
        book = xlrd.open_workbook(file_contents=content, on_demand=True, logfile=_Silent())
    except (xlrd.XLRDError, AssertionError) as error:
        raise ValueError from error
    for name in book.sheet_names():
        sheet = book.sheet_by_name(name)
        errors = {
            (row, column): _BINARY.get(sheet.cell_value(row, column), "an error")
            for row in range(sheet.nrows)
            for column, kind in enumerate(sheet.row_types(row))
            if kind == xlrd.XL_CELL_ERROR
        }
        yield name, errors


class _Silent:
    """Where a library's remarks go."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...


# --- .ods ---

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


def _of_ods(content: bytes) -> Iterator[tuple[str, Faults]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        with package.open("content.xml") as stream:
            if not _has_errors(stream):
                return
        with package.open("content.xml") as stream:
            yield from _ods_errors(stream)


def _has_errors(stream: IO[bytes]) -> bool:
    tail = b""
    while chunk := stream.read(_CHUNK):
        if b'value-type="error"' in tail + chunk:
            return True
        tail = chunk[-64:]
    return False


def _ods_errors(stream: IO[bytes]) -> Iterator[tuple[str, Faults]]:
    name, row, column = "", 0, 0
    found: Faults = {}
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        kind = element.tag.removeprefix(_TABLE)
        if event == "start":
            if kind == "table":
                name, row, found = element.get(f"{_TABLE}name", ""), 0, {}
            elif kind == "table-row":
                column = 0
        elif kind in ("table-cell", "covered-table-cell"):
            if element.get(f"{_CALC}value-type") == "error":
                found[row, column] = "".join(element.itertext()).strip() or "an error"
            column += int(element.get(f"{_TABLE}number-columns-repeated", 1))
            element.clear()
        elif kind == "table-row":
            row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
            element.clear()
        elif kind == "table":
            yield name, found
