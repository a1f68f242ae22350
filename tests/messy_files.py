"""Rows of cells to files of every kind that a return may come in: CSV, zipped CSV, .xlsx, .xlsb, .xls, .ods, Parquet.

A cell is text, a number, a day (with or without time) or an `Error`; empty text is an empty cell. The kinds that no
library here can write (.xls, .xlsb, .ods) are written out by hand, as small as they can be.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

_LONG_AGO = (2024, 4, 5, 9, 0, 0)


class Error(str):
    """The text of a cell that shows an error."""


class Raw(str):
    """Text that stands in a CSV file as it is, without quotation marks."""


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook."""

    name: str
    rows: Sequence[Sequence[Any]]
    hidden: bool = False


@dataclass(frozen=True)
class Text:
    """Rows and how they become text; quoting is minimal, all, text (all cells that are no numbers) or none."""

    rows: Sequence[Sequence[Any]]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    quoting: str = "minimal"

    def encoded(self) -> bytes:
        """The bytes of the file; UTF-16 has its mark."""
        lines = [self.delimiter.join(self._cell(cell) for cell in row) for row in self.rows]
        mark = "\ufeff" if self.encoding.startswith("utf-16") else ""
        return (mark + "".join(line + self.line_end for line in lines)).encode(self.encoding)

    def _cell(self, cell: Any) -> str:
        text = str(cell)
        if isinstance(cell, Raw) or self.quoting == "none" or not self._quoted(text):
            return text
        return '"' + text.replace('"', '""') + '"'

    def _quoted(self, text: str) -> bool:
        if self.quoting == "all" or any(sign in text for sign in (self.delimiter, '"', "\n", "\r")):
            return True
        return self.quoting == "text" and text != "" and not text.replace(".", "").replace("-", "").isdigit()


def write_csv(path: Path, text: Text, zipped: Sequence[str] = ()) -> None:
    """Write text, into an archive where ways within it are given; those after the first hold nothing of use."""
    if not zipped:
        path.write_bytes(text.encoded())
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, name in enumerate(zipped):
            about = zipfile.ZipInfo(name, _LONG_AGO)
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, b"\0\5\x16\7" * 20 if number else text.encoded())


def write_parquet(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Write a header and its rows; a column of one kind has its type, any other is text."""
    header, *body = rows
    width = len(header)
    filled = [[*row, *[""] * (width - len(row))] for row in body]
    columns = [[None if cell == "" else cell for cell in column] for column in zip(*filled, strict=True)]
    pq.write_table(pa.table([_typed(column) for column in columns], names=list(header)), path)


def _typed(cells: list[Any]) -> pa.Array:
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) > 1 or kinds & {Error, Raw}:
        cells = [cell if cell is None else str(cell) for cell in cells]
    return pa.array(cells, pa.string() if not kinds or kinds & {str, Error, Raw} else None)


def write_xlsx(path: Path, pages: Sequence[Page]) -> None:
    """Write an Excel workbook."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(*_LONG_AGO)})
        day, moment = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm"))
        for page in pages:
            sheet = book.add_worksheet(page.name)
            for row, column, cell in _filled(page):
                if isinstance(cell, Error):
                    sheet.write_formula(row, column, "=NA()", None, str(cell))
                elif isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, moment if isinstance(cell, datetime) else day)
                else:
                    (sheet.write_string if isinstance(cell, str) else sheet.write_number)(row, column, cell)
            if page.hidden:
                sheet.hide()
        next(sheet for sheet, page in zip(book.worksheets(), pages, strict=True) if not page.hidden).activate()


def _filled(page: Page) -> Iterator[tuple[int, int, Any]]:
    for row, cells in enumerate(page.rows):
        for column, cell in enumerate(cells):
            if cell != "":
                yield row, column, cell


# --- .ods ---

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style", "manifest")
)
_HIDDEN = (
    '<office:automatic-styles><style:style style:name="away" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_ods(path: Path, pages: Sequence[Page]) -> None:
    """Write an OpenDocument spreadsheet."""
    sheets = "".join(_ods_sheet(page) for page in pages)
    content = f"{_HIDDEN}<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
    manifest = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
    manifest += '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    version = 'office:version="1.2"'
    parts = {
        "mimetype": _ODS,
        "content.xml": f"{head}<office:document-content {_SPACES} {version}>{content}</office:document-content>",
        "META-INF/manifest.xml": f"{head}<manifest:manifest {_SPACES}>{manifest}</manifest:manifest>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), text)


def _ods_sheet(page: Page) -> str:
    style = ' table:style-name="away"' if page.hidden else ""
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row)) or '<table:table-cell/>'}</table:table-row>"
        for row in page.rows
    )
    return f"<table:table table:name={quoteattr(page.name)}{style}>{rows}</table:table>"


def _ods_cell(cell: Any) -> str:
    if cell == "":
        return "<table:table-cell/>"
    shown = "".join(f"<text:p>{_ods_text(line)}</text:p>" for line in str(cell).split("\n"))
    if isinstance(cell, Error):
        kind = 'table:formula="of:=NA()" office:value-type="string" office:string-value=""'
    elif isinstance(cell, date):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{cell!r}"'
    return f"<table:table-cell {kind}>{shown}</table:table-cell>"


def _ods_text(text: str) -> str:
    # more than one space, and any at the edges, are elements in OpenDocument
    return escape(text).replace("  ", " <text:s/>") if text.strip(" ") == text else _edged(text)


def _edged(text: str) -> str:
    bare = text.strip(" ")
    before, after = (len(text) - len(text.lstrip(" "))), (len(text) - len(text.rstrip(" ")))
    if not bare:
        return f'<text:s text:c="{len(text)}"/>'
    edge = [f'<text:s text:c="{count}"/>' if count else "" for count in (before, after)]
    return f"{edge[0]}{escape(bare)}{edge[1]}"


# --- .xlsb: records of BIFF12 in an archive ---

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BINARY = "application/vnd.ms-excel"


def write_xlsb(path: Path, pages: Sequence[Page]) -> None:
    """Write a binary workbook of Excel."""
    numbers = range(1, len(pages) + 1)
    sheets = {
        f"xl/worksheets/sheet{number}.bin": _long_sheet(page) for number, page in zip(numbers, pages, strict=True)
    }
    bounds = b"".join(
        _long(0x9C, struct.pack("<II", int(page.hidden), number) + _wide(f"rId{number}") + _wide(page.name))
        for number, page in zip(numbers, pages, strict=True)
    )
    first = next(number for number, page in enumerate(pages) if not page.hidden)
    view = (
        _long(0x87, b"") + _long(0x9E, struct.pack("<4iIIIB", 0, 0, 9000, 9000, 600, 0, first, 0x78)) + _long(0x88, b"")
    )
    book = _long(0x83, b"") + view + _long(0x8F, b"") + bounds + _long(0x90, b"") + _long(0x84, b"")
    links = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.bin") for number in numbers]
    types = "".join(f'<Override PartName="/{name}" ContentType="{_BINARY}.worksheet"/>' for name in sheets)
    parts: dict[str, bytes] = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="bin" ContentType="{_BINARY}.sheet.binary.macroEnabled.main"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'{types}<Override PartName="/xl/styles.bin" ContentType="{_BINARY}.styles"/></Types>'
        ).encode(),
        "_rels/.rels": _links([("rId1", "officeDocument", "xl/workbook.bin")]),
        "xl/_rels/workbook.bin.rels": _links([*links, (f"rId{len(pages) + 1}", "styles", "styles.bin")]),
        "xl/workbook.bin": book,
        "xl/styles.bin": _long_styles(),
        **sheets,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)


def _links(links: list[tuple[str, str, str]]) -> bytes:
    lines = "".join(f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for name, kind, to in links)
    return f'<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'.encode()


def _long(kind: int, data: bytes) -> bytes:
    """A record of BIFF12: its kind in one or two bytes, its length in seven bits a byte."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(data), b""
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + length + bytes([size]) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def _long_styles() -> bytes:
    formats = b"".join(
        _long(0x2F, struct.pack("<HHHHHBBHH", 0, form, 0, 0, 0, 0, 0, 0x1000, 1)) for form in (0, 14, 22)
    )
    return _long(0x116, b"") + _long(0x269, struct.pack("<I", 3)) + formats + _long(0x26A, b"") + _long(0x117, b"")


def _long_sheet(page: Page) -> bytes:
    width = max((len(row) for row in page.rows), default=1)
    out = [_long(0x81, b""), _long(0x94, struct.pack("<4I", 0, max(len(page.rows) - 1, 0), 0, max(width - 1, 0)))]
    out.append(_long(0x91, b""))
    last = -1
    for row, column, cell in _filled(page):
        if row != last:
            out.append(_long(0x00, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 1) + struct.pack("<II", 0, width)))
            last = row
        out.append(_long_cell(column, cell))
    return b"".join(out) + _long(0x92, b"") + _long(0x82, b"")


def _long_cell(column: int, cell: Any) -> bytes:
    if isinstance(cell, Error):
        return _long(0x03, struct.pack("<IIB", column, 0, _ERRORS[cell]))
    if isinstance(cell, str):
        return _long(0x06, struct.pack("<II", column, 0) + _wide(cell))
    form = 0 if not isinstance(cell, date) else 2 if isinstance(cell, datetime) else 1
    return _long(0x05, struct.pack("<IId", column, form, _serial(cell) if form else float(cell)))


def _serial(day: date) -> float:
    moment = day if isinstance(day, datetime) else datetime.combine(day, time())
    return (moment - datetime(1899, 12, 30)).total_seconds() / 86400


# --- .xls: records of BIFF8 in a compound file ---

_ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}
_GENERAL, _DAY, _MOMENT = 15, 16, 17


def write_xls(path: Path, pages: Sequence[Page]) -> None:
    """Write a workbook of Excel 97 to 2003."""
    sheets = [_sheet_stream(page) for page in pages]
    head = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    head += _record(0x0042, struct.pack("<H", 1200)) + _record(0x003D, struct.pack("<9H", 0, 0, 9000, 9000, 56,
        next(number for number, page in enumerate(pages) if not page.hidden), 0, 1, 600))  # fmt: skip
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + _text("Arial", "B")
    head += _record(0x0031, font) * 5
    # fifteen formats of styles, then the cell formats that are used: general, day, day with time
    head += _record(0x00E0, _cell_format(0, style=True)) * 15
    head += b"".join(_record(0x00E0, _cell_format(form)) for form in (0, 14, 22))
    head += _record(0x0293, struct.pack("<HBB", 0x8000, 0, 0xFF))
    bounds = sum(len(_bound(page, 0)) for page in pages)
    start = len(head) + bounds + 4
    for page, sheet in zip(pages, sheets, strict=True):
        head += _bound(page, start)
        start += len(sheet)
    path.write_bytes(_compound(head + _record(0x000A, b"") + b"".join(sheets)))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str, length: str = "H") -> bytes:
    return struct.pack(f"<{length}B", len(text.encode("utf-16-le")) // 2, 1) + text.encode("utf-16-le")


def _cell_format(number_format: int, style: bool = False) -> bytes:
    return struct.pack("<HHHBBBBIIH", 0, number_format, 0xFFF5 if style else 1, 0x20, 0, 0, 0xF4 if style else 0x04,
        0, 0, 0x20C0)  # fmt: skip


def _bound(page: Page, start: int) -> bytes:
    return _record(0x0085, struct.pack("<IBB", start, int(page.hidden), 0) + _text(page.name, "B"))


def _sheet_stream(page: Page) -> bytes:
    width = max((len(row) for row in page.rows), default=0)
    out = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))]
    out.append(_record(0x0200, struct.pack("<IIHHH", 0, len(page.rows), 0, width, 0)))
    for row, column, cell in _filled(page):
        out.append(_cell(row, column, cell))
    out.append(_record(0x023E, struct.pack("<HHHIHHI", 0x06B6, 0, 0, 0x40, 0, 0, 0)))
    return b"".join(out) + _record(0x000A, b"")


def _cell(row: int, column: int, cell: Any) -> bytes:
    if isinstance(cell, Error):
        return _record(0x0205, struct.pack("<HHHBB", row, column, _GENERAL, _ERRORS[cell], 1))
    if isinstance(cell, str):
        return _record(0x0204, struct.pack("<HHH", row, column, _GENERAL) + _text(cell))
    if isinstance(cell, date):
        form = _MOMENT if isinstance(cell, datetime) else _DAY
        return _record(0x0203, struct.pack("<HHHd", row, column, form, _serial(cell)))
    return _record(0x0203, struct.pack("<HHHd", row, column, _GENERAL, float(cell)))


def _compound(stream: bytes) -> bytes:
    """A compound file that holds one stream, Workbook: header, one table of sectors, the directory, the stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = 1
    while tables * 128 < count + 1 + tables:
        tables += 1
    first = tables + 1
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE] + [*range(first + 1, first + count), 0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (tables * 128 - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0,
        0xFFFFFFFE, 0)  # fmt: skip
    head += struct.pack("<109I", *[*range(tables), *[0xFFFFFFFF] * (109 - tables)])
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, first, len(stream))
    directory += _entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    return head + struct.pack(f"<{tables * 128}I", *chain) + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    links = struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<III", start, size, 0)
