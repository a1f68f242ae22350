"""Writes spreadsheets in the OpenDocument format (ODF 1.3, part 3), for a member that uses LibreOffice."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from anchor_analysis.demonstration.files import Cells, Sheet, zip_entry

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MANIFEST = (
    f'{_XML}<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_OPENING = (
    f'{_XML}<office:document-content xmlns:office="{_NAMES}:office:1.0" xmlns:table="{_NAMES}:table:1.0" '
    f'xmlns:text="{_NAMES}:text:1.0" office:version="1.3"><office:body><office:spreadsheet>'
)
_CLOSING = "</office:spreadsheet></office:body></office:document-content>"
_EXCEL_NOUGHT = date(1899, 12, 30)


def write_opendocument(path: Path, sheets: list[Sheet]) -> None:
    """Write several tables as one spreadsheet, a sheet each; blank cells and rows are counted, not written out."""
    content = _OPENING + "".join(map(_table, sheets)) + _CLOSING
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as archive:
        archive.writestr(zip_entry("mimetype"), _TYPE, ZIP_STORED)
        archive.writestr(zip_entry("content.xml"), content.encode("utf-8"), ZIP_DEFLATED, 6)
        archive.writestr(zip_entry("META-INF/manifest.xml"), _MANIFEST, ZIP_DEFLATED, 6)


def _table(sheet: Sheet) -> str:
    rows = zip(*map(_cells, sheet.grid()), strict=True)
    inside = "".join(f"<table:table-row>{_row(row)}</table:table-row>" for row in rows)
    return f'<table:table table:name="{escape(sheet.name.capitalize())}">{inside}</table:table>'


def _row(cells: tuple[str, ...]) -> str:
    return "".join(
        "".join(run) if cell else f'<table:table-cell table:number-columns-repeated="{len(list(run))}"/>'
        for cell, run in ((cell, list(run)) for cell, run in groupby(cells))
    )


def _cells(column: Cells) -> list[str]:
    texts = column.text.to_pylist()
    numeric = [False] * len(texts) if column.numeric is None else column.numeric.tolist()
    return [_cell(text, number, column.dates) for text, number in zip(texts, numeric, strict=True)]


def _cell(text: str | None, number: bool, dates: bool) -> str:
    if not text:
        return ""
    if number and dates:
        day = _EXCEL_NOUGHT + timedelta(days=int(text))
        return _written(f'date" office:date-value="{day}', f"{day:%d/%m/%y}")
    if number:
        return _written(f'float" office:value="{text}', text)
    # two spaces in a row are one in ODF, unless they are written as an element
    return _written("string", escape(text).replace(" ", "<text:s/>"))


def _written(value: str, shown: str) -> str:
    return f'<table:table-cell office:value-type="{value}"><text:p>{shown}</text:p></table:table-cell>'
