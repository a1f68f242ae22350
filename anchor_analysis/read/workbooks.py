"""Excel workbooks as rows of text, with the cells that cannot be read."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.faulty_cells import faulty_cells

_OLE = b"\xd0\xcf\x11\xe0"
_AS_XLSX = "Open it in a spreadsheet program and save it as an Excel workbook (.xlsx)."
_DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, LookupError, ParseError, CalamineError)


class Workbook:
    """An open .xlsx file: `sheets` are the worksheets that hold anything, in their order."""

    def __init__(self, path: Path, where: str):
        self._path, self._where = path, where
        _check_kind(path, where)
        try:
            self._book = CalamineWorkbook.from_path(path)
            self._sheets = {name: self._book.get_sheet_by_name(name) for name in self._worksheets()}
        except _DAMAGED:
            raise UserError(_damaged(where)) from None
        self._book.close()
        self.sheets = [name for name, sheet in self._sheets.items() if sheet.start is not None]

    def _worksheets(self) -> list[str]:
        found = self._book.sheets_metadata
        return [sheet.name for sheet in found if sheet.typ == SheetTypeEnum.WorkSheet]

    def faults(self, sheet: str) -> dict[tuple[int, int], str]:
        """What stands in the cells that cannot be read, by row and column counted from 0."""
        try:
            return faulty_cells(self._path, sheet)
        except _DAMAGED:
            raise UserError(_damaged(self._where)) from None

    def rows(self, sheet: str, faults: dict[tuple[int, int], str]) -> Iterator[list[str]]:
        """The rows of a sheet from its first to its last filled one, each from column A on."""
        yield from _rows(self._sheets[sheet], faults)


def _rows(sheet: CalamineSheet, faults: dict[tuple[int, int], str]) -> Iterator[list[str]]:
    before = [""] * (sheet.start[1] if sheet.start else 0)
    faulty_rows = {row for row, _ in faults}
    for number, row in enumerate(sheet.iter_rows()):
        cells = before + [cell if type(cell) is str else as_text(cell) for cell in row]
        if number in faulty_rows:
            cells = [faults.get((number, column), cell) for column, cell in enumerate(cells)]
        yield cells


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


def _check_kind(path: Path, where: str) -> None:
    with path.open("rb") as stream:
        start = stream.read(4)
    if not start:
        problem = Problem("AN020", where, "the file is empty.", "Save it again, or take it out of the return.")
    elif start == _OLE:
        problem = _ole(path, where)
    elif not zipfile.is_zipfile(path):
        problem = Problem("AN020", where, "the file is no Excel workbook, whatever its name says.", _AS_XLSX)
    else:
        _check_content(path, where)
        return
    raise UserError(problem)


def _ole(path: Path, where: str) -> Problem:
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        what = "the workbook is protected by a password, so nobody can read it here."
        return Problem("AN020", where, what, "Save it without a password, and send it in a protected way instead.")
    return Problem("AN020", where, "the workbook is in the old Excel format (.xls).", _AS_XLSX)


def _check_content(path: Path, where: str) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
            kind = package.read("mimetype").decode("ascii", "replace") if "mimetype" in names else ""
    except _DAMAGED:
        raise UserError(_damaged(where)) from None
    if "opendocument" in kind:
        raise UserError(Problem("AN020", where, "the file is an OpenDocument file, not an Excel workbook.", _AS_XLSX))
    if not any(name.endswith("workbook.xml") for name in names):
        what = "the file is an archive that holds no Excel workbook."
        raise UserError(Problem("AN020", where, what, "Take out what it holds and send the workbook itself."))


def _damaged(where: str) -> Problem:
    return Problem("AN020", where, "the workbook is damaged and cannot be opened.", f"{_AS_XLSX} Then send it again.")
