"""The sheets of the blank workbook that hold rows: headers, help, what may be typed, what is locked."""

from __future__ import annotations

from datetime import date
from typing import Any

from anchor_analysis.declared.schema import Column, TableSchema
from anchor_analysis.declared.years import Period

_LAST_ROW = 1_048_575

#: What a spreadsheet takes for a title and a text beside a cell.
_TITLE, _TEXT = 32, 255

#: How the cells of a column are shown, by its type.
NUMBER_FORMATS = {
    "text": "@", "postcode": "@", "category": "@", "flag": "@", "metric": "@",
    "date": "dd/mm/yyyy", "money": "#,##0.00", "fte": "0.00###", "figure": "#,##0.00###", "integer": "#,##0",
    "quantity": "#,##0.###", "area": "@",
}  # fmt: skip

_FORMS = {
    "text": "text",
    "postcode": "postcode, with its space or without",
    "flag": "yes or no",
    "metric": "a metric's name, chosen from the list",
    "date": "day, as 31/03/2024",
    "money": "pounds and pence, as 1234.56; credits with a minus sign",
    "fte": "number from 0 to 9.99999, where 1 is full time",
    "figure": "number, in the metric's unit",
    "integer": "whole number",
    "quantity": "number, without its unit",
    "area": "code of the area, such as E05011385",
}

#: The numbers that are read, by type; what is beyond cannot be kept exactly.
_NUMBERS = {
    "money": ("decimal", -99_999_999_999, 99_999_999_999),
    "figure": ("decimal", -99_999_999_999, 99_999_999_999),
    "fte": ("decimal", 0, 9.99999),
    "integer": ("integer", -999_999_999, 999_999_999),
    "quantity": ("decimal", -9_999_999_999, 9_999_999_999),
}
_EARLIEST, _LATEST = date(1930, 1, 1), date(2199, 12, 31)

#: What a person may still do on a protected sheet.
ALLOWED = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}


def sheet_name(table: TableSchema) -> str:
    """What the template calls the sheet of a table."""
    return table.table.capitalize()


def table_sheet(sheet: Any, table: TableSchema, period: Period, metrics: str, styles: dict[str, Any]) -> None:
    """Fill one blank sheet of rows: headers in row 1, locked, and below them only what may be typed.

    `metrics` is where the list of metrics stands, for columns that name one; `period` the twelve months that
    payments must lie in.
    """
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", ALLOWED)
    for position, (name, column) in enumerate(table.columns.items()):
        header = table.header(name)
        sheet.set_column(position, position, max(14, len(header) + 4), styles[column.type])
        sheet.write_string(0, position, header, styles["personal" if column.personal else "header"])
        sheet.write_comment(0, position, explained(column), {"x_scale": 2.2, "y_scale": 1.4, "author": ""})
        rule = {**_rule(column, table, period, metrics), **_help(header, column)}
        sheet.data_validation(1, position, _LAST_ROW, position, rule)


def explained(column: Column) -> str:
    """What a column holds, in which form, with an example, and whether it is needed or personal."""
    return " ".join(_parts(column))


def _parts(column: Column) -> list[str]:
    form = f"one of: {', '.join(options(column))}" if column.categories else _FORMS[column.type]
    parts = [
        column.description,
        f"Form: {form}.",
        f"For example: {column.example}." if column.example else "",
        "May not be blank." if column.required else "May be blank.",
        "Personal data." if column.personal else "",
    ]
    return [part for part in parts if part]


def options(column: Column) -> list[str]:
    """The words that a column's drop-down list offers; none for a column that is no choice."""
    if column.type == "flag":
        return ["yes", "no"]
    return [spellings[0] if spellings else option for option, spellings in column.categories.items()]


def _help(header: str, column: Column) -> dict[str, str]:
    """The text that stands beside a cell while it is filled in: as many whole sentences as there is room for."""
    said = ""
    for part in _parts(column):
        said = f"{said} {part}".strip() if len(said) + len(part) < _TEXT else said
    return {"input_title": header[:_TITLE], "input_message": said}


def _rule(column: Column, table: TableSchema, period: Period, metrics: str) -> dict[str, Any]:
    """What may be typed into a column.

    Numbers are held to; a choice or a day only warns, since more spellings are read than a list can hold and
    than a program with the settings of another country takes for a day.
    """
    if column.type in _NUMBERS:
        kind, least, most = _NUMBERS[column.type]
        limits = {"criteria": "between", "minimum": least, "maximum": most}
        return {"validate": kind, **limits, **_refusal("stop", f"Write a {_FORMS[column.type].split(',')[0]}.")}
    if column.type == "date":
        return _day_rule(table, period)
    source = metrics if column.type == "metric" else options(column)
    if not source or (isinstance(source, list) and any("," in one for one in source)):
        return {"validate": "any"}  # Excel parts a list at its commas
    return {
        "validate": "list",
        "source": source if isinstance(source, str) else [one.replace('"', '""') for one in source],
        **_refusal("warning", "Choose one of the list; other spellings may not be understood."),
    }


def _day_rule(table: TableSchema, period: Period) -> dict[str, Any]:
    first, last = (period.start, period.end) if table.table == "ledger" else (_EARLIEST, _LATEST)
    said = f"Write a day from {first:%d/%m/%Y} to {last:%d/%m/%Y}, as 31/03/2024."
    limits = {"criteria": "between", "minimum": first, "maximum": last}
    return {"validate": "date", **limits, **_refusal("warning", said)}


def _refusal(kind: str, message: str) -> dict[str, str]:
    return {"error_type": kind, "error_title": "Not as expected", "error_message": message}
