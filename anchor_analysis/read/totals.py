"""The sheet Totals: what a member says it sends, beside what the workbook holds; written blank, and read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.cells import Row
from anchor_analysis.read.template_tables import ALLOWED, sheet_name
from anchor_analysis.rounding import nearest

SHEET = "Totals"
ROWS, SUM = "rows", "sum of"
_HEADERS = ("Sheet", "What", "Your total", "In this workbook", "Difference")
_SAID = (
    "Write into the column Your total what your own system says: how many records you send, and their sum.",
    "The columns beside it count what is on the sheets. A difference is a record or an amount that got lost.",
)
_TOP = len(_SAID) + 1
_LAST = 1_048_576
_AMOUNT = re.compile(r"-?(?:[0-9]{1,11}(?:[.][0-9]+)?|[.][0-9]+)")

#: What a member stated of a table: how many rows, and their sum in pence; None for what it left blank.
Stated = tuple[int | None, int | None]


def totals_sheet(sheet: Any, tables: Sequence[TableSchema], styles: dict[str, Any]) -> None:
    """Fill the blank sheet: a line for the rows of each table, and one for the sum of its amounts if it has some."""
    sheet.hide_gridlines(2)
    sheet.protect("", ALLOWED)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for column, width in enumerate((16, 18, 18, 18, 14)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, "Totals to compare", styles["title"])
    for row, line in enumerate(_SAID, 1):
        sheet.write_string(row, 0, line)
    for column, header in enumerate(_HEADERS):
        sheet.write_string(_TOP, column, header, styles["header"])
    for row, (table, what, formula) in enumerate(_lines(tables), _TOP + 1):
        sheet.write_string(row, 0, sheet_name(table))
        sheet.write_string(row, 1, what)
        _figures(sheet, row, formula, "integer" if what == ROWS else "money", styles)


def _lines(tables: Sequence[TableSchema]) -> Iterator[tuple[TableSchema, str, str]]:
    """The lines of the sheet, each with the formula that counts the same in the workbook."""
    for table in tables:
        names = list(table.columns)
        needed = [name for name in names if table.columns[name].required]
        yield table, ROWS, f"=COUNTA({_cells(table, names.index(needed[0]))})"
        for name in _amounts(table):
            yield table, f"{SUM} {table.header(name)}", f"=ROUND(SUM({_cells(table, names.index(name))}),2)"


def _amounts(table: TableSchema) -> list[str]:
    return [name for name, column in table.columns.items() if column.type == "money" and not column.private][:1]


def _cells(table: TableSchema, column: int) -> str:
    letter = xl_col_to_name(column)
    return f"{sheet_name(table)}!${letter}$2:${letter}${_LAST}"


def _figures(sheet: Any, row: int, formula: str, kind: str, styles: dict[str, Any]) -> None:
    stated, counted = xl_rowcol_to_cell(row, 2), xl_rowcol_to_cell(row, 3)
    sheet.write_blank(row, 2, None, styles[f"boxed {kind}"])
    # a formula's value is stored with it, for readers that do not calculate
    sheet.write_formula(row, 3, formula, styles[f"locked {kind}"], 0)
    sheet.write_formula(row, 4, f'=IF({stated}="","",{stated}-{counted})', styles[f"locked {kind}"], "")
    difference = xl_rowcol_to_cell(row, 4)
    rule = {"type": "formula", "criteria": f"=AND(ISNUMBER({difference}),{difference}<>0)", "format": styles["differs"]}
    sheet.conditional_format(row, 4, row, 4, rule)
    least = 0 if kind == "integer" else -99_999_999_999
    sheet.data_validation(
        row, 2, row, 2,
        {"validate": "integer" if kind == "integer" else "decimal", "criteria": "between", "minimum": least,
         "maximum": 99_999_999_999 if kind == "money" else _LAST, "error_title": "Not as expected",
         "error_message": "Write a whole number." if kind == "integer" else "Write an amount in pounds, as 1234.56.",
         "input_title": "Your total", "input_message": "What your own system says. Blank if it cannot say."},
    )  # fmt: skip


def stated_totals(sheet: Iterable[Row], where: str) -> dict[str, Stated]:
    """What the rows of a returned sheet Totals say: by table, how many rows and their sum in pence.

    Only tables of which something is stated are in it; a sheet that is not in the template's shape gives an empty
    dictionary. `where` is what messages call the file. Raises UserError (AN021) naming every total that is no number.
    """
    problems: list[Problem] = []
    stated: dict[str, Stated] = {}
    for row, table, what, value in _stated_lines(list(sheet)):
        cell = f"{where}, sheet {SHEET}, cell {xl_rowcol_to_cell(row, 2)}"
        number = _number(value)
        rows, pence = stated.get(table, (None, None))
        if number is None or (what == ROWS and (number < 0 or number % 1)):
            problems.append(_not_a_total(cell, value, what))
        elif what == ROWS:
            stated[table] = int(number), pence
        else:
            stated[table] = rows, int(nearest(Fraction(number) * 100, Fraction(1)))
    if problems:
        raise UserError(problems)
    return stated


def _stated_lines(cells: list[Row]) -> Iterator[tuple[int, str, str, Any]]:
    """Row, table, what and value of each line below the template's headers that states something."""
    headers = [header.casefold() for header in _HEADERS[:3]]
    top = next((row for row, line in enumerate(cells) if _texts(line) == headers), len(cells))
    for row, line in enumerate(cells[top + 1 :], top + 1):
        table, what, _ = _texts(line)
        if table and (what == ROWS or what.startswith(SUM)) and not _blank(line[2]):
            yield row, table, what, line[2]


def _texts(line: Row) -> list[str]:
    return [str(cell).strip().casefold() for cell in [*line, "", "", ""][:3]]


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _number(value: Any) -> Decimal | None:
    """The number of a cell, also where it is text such as £1,234.50; nothing where it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(repr(value))
    bare = re.sub(r"[£,\s]", "", value) if isinstance(value, str) else ""
    return Decimal(bare) if _AMOUNT.fullmatch(bare) else None


def _not_a_total(where: str, value: Any, what: str) -> Problem:
    said = value.strip() if isinstance(value, str) else value
    if what == ROWS:
        return Problem("AN021", where, f'"{said}" is not a number of rows.', "Write a whole number, such as 4210.")
    return Problem("AN021", where, f'"{said}" is not an amount in pounds.', "Write it in figures, such as 12000.50.")
