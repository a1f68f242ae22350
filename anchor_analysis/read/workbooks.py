"""Workbooks (.xlsx, .xlsb, .xls, .ods) as rows of cells, with the cells that cannot be read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from anchor_analysis.read.cells import Columns, Row, in_columns
from anchor_analysis.read.currencies import foreign_amounts
from anchor_analysis.read.faulty_cells import Faults, look_through
from anchor_analysis.read.kinds import BROKEN, Kind, damaged
from anchor_analysis.read.large_sheets import slimmed

_DAMAGED = (*BROKEN, ParseError, ExpatError, CalamineError)


class Workbook:
    """An open workbook: `sheets` are the worksheets that hold anything, in their order, `hidden` those not shown.

    `foreign` gives for each sheet that has some the cells that show another currency than pounds.
    """

    def __init__(self, path: Path, kind: Kind, where: str):
        self._path, self._kind, self._where = path, kind, where
        with _opening(where):
            content, self._large = slimmed(path.read_bytes(), kind)
            find_faults = look_through(path, kind, where, content)
            with ThreadPoolExecutor(1) as beside:
                faults = beside.submit(find_faults)
                # by content: a path would be opened by its ending
                book = CalamineWorkbook.from_filelike(io.BytesIO(content))
                shown = {sheet.name: sheet.visible for sheet in book.sheets_metadata if _holds_cells(sheet.typ)}
                self._sheets = {name: book.get_sheet_by_name(name) for name in shown}
                self._faults = faults.result()
            for name, large in self._large.items():
                large.read(self._sheets[name].iter_rows())
            self.foreign = foreign_amounts(path, kind)
        book.close()
        self.sheets = [name for name, sheet in self._sheets.items() if sheet.start is not None]
        self.hidden = {name for name in self.sheets if shown[name] != SheetVisibleEnum.Visible}

    def faults(self, sheet: str) -> Faults:
        """What stands in the cells that cannot be read, by row and column counted from 0."""
        return self._faults.get(sheet, {})

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet from its first to its last filled one, each from column A on."""
        if sheet in self._large:
            return self._large[sheet].rows()
        return _whole(_rows(self._sheets[sheet], self.faults(sheet)), self._where)

    def columns(self, sheet: str, first: int) -> Iterator[Columns]:
        """The rows of a sheet from one on, counted from 0, some thousands at a time, as columns of text."""
        if sheet in self._large:
            return self._large[sheet].columns(first)
        return in_columns(islice(self.rows(sheet), first, None))


@contextmanager
def _opening(where: str) -> Iterator[None]:
    """Whatever the readers raise of a broken workbook is told as that."""
    try:
        with _giving_up(where):
            yield
    except _DAMAGED:
        raise damaged(where) from None


@contextmanager
def _giving_up(where: str) -> Iterator[None]:
    """The reader in Rust gives up by an error of its own, which is no Exception and can be imported from nowhere."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(where) from None


def _whole(rows: Iterator[Row], where: str) -> Iterator[Row]:
    """The rows, some of which may hold what the reader gives up on, such as a day of no calendar."""
    with _giving_up(where):
        yield from rows


def _holds_cells(kind: SheetTypeEnum) -> bool:
    return kind == SheetTypeEnum.WorkSheet


def _rows(sheet: CalamineSheet, faults: Faults) -> Iterator[Row]:
    before: Row = [""] * (sheet.start[1] if sheet.start else 0)
    return _with_faults(sheet, before, faults) if before or faults else iter(sheet.iter_rows())


def _with_faults(sheet: CalamineSheet, before: Row, faults: Faults) -> Iterator[Row]:
    faulty_rows = {row for row, _ in faults}
    for number, row in enumerate(sheet.iter_rows()):
        cells = before + row
        if number in faulty_rows:
            cells = [faults.get((number, column), cell) for column, cell in enumerate(cells)]
        yield cells
