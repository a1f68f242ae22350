"""The blank return workbook of a member: made from the definitions, read back without a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter

from anchor_analysis.declared.metrics import Metric
from anchor_analysis.declared.network import Member, Network
from anchor_analysis.declared.schema import Column, TableSchema
from anchor_analysis.declared.years import NetworkYear

_LAST_ROW = 1_048_575
_WIDTH, _LINE = 88, 15
_FORMATS = {
    "text": "@", "postcode": "@", "category": "@", "flag": "@", "metric": "@",
    "date": "dd/mm/yyyy", "money": "#,##0.00", "fte": "0.00###", "figure": "#,##0.00###", "integer": "0",
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
}

_FILLING = (
    "One row for each record on the sheets {sheets}, below the headers in row 1. Leave the headers as they "
    "are. What is not known stays blank; a blank is never read as zero."
)
_FIGURES = (
    "A metric is counted from rows or told as a figure on the sheet Figures, not both. Sheets that you do not "
    "need may stay empty."
)
_MEMBERS = (
    "Ledger rows hold all payments; those to members are found by the supplier's name. Where you tell spend as "
    "figures, leave payments to other members, and to yourselves, out of net_spend and local_spend, and tell them as "
    "spend_with_members: otherwise the network counts the same pound twice. The members are {members}."
)
_PERSONAL = (
    "{sheets} can hold personal data (headers with an orange ground). Send them only in the way that you and "
    "the network have agreed for personal data, and not as an ordinary e-mail attachment. Where rows may not "
    "leave your organisation, send figures instead."
)
_NOT_PERSONAL = "This workbook asks for no personal data."
_SENDING = "Save as .xlsx without a password, and send it in the agreed way to {contact}."


def write_template(path: Path, network: Network, member: Member, year: NetworkYear) -> None:
    """Write the blank workbook that a member fills in for one network year.

    A sheet About (who, which twelve months, how to send, what every column means and which are personal),
    one sheet for each canonical table of the member's levers and one for figures told instead of rows, with
    their headers in row 1, and a sheet Guide of the metrics that may be told. The same arguments give the
    same bytes.
    """
    book = xlsxwriter.Workbook(str(path))
    # the moment of writing would be in the file otherwise
    book.set_properties({"title": f"{network.about.name}: return {year}", "created": datetime(year.begins, 1, 1)})
    draft = _Draft(book, network, member, year)
    _about_sheet(draft)
    for table in draft.tables:
        _table_sheet(draft, table)
    _guide_sheet(draft)
    book.close()


@dataclass(frozen=True)
class _Draft:
    """A workbook under way, and what it is for."""

    book: Any
    network: Network
    member: Member
    year: NetworkYear

    @cached_property
    def tables(self) -> list[TableSchema]:
        """The tables on which the member reports; figures, which belong to no lever, come last."""
        schema = self.network.catalogue.schema.values()
        return [
            *(table for table in schema if table.lever in self.member.levers),
            *(table for table in schema if table.lever == "any"),
        ]

    @cached_property
    def metrics(self) -> list[Metric]:
        """The additive metrics of the member's levers, which may be told as figures."""
        found = [metric for metric in self.network.catalogue.additive() if metric.lever in self.member.levers]
        return [metric for metric in found if metric.status == "current"]

    @cached_property
    def styles(self) -> dict[str, Any]:
        """The few formats of the whole workbook."""
        plain = {"valign": "top", "text_wrap": True}
        return {
            "title": self.book.add_format({"bold": True, "font_size": 14}),
            "bold": self.book.add_format({"bold": True, "valign": "top"}),
            "plain": self.book.add_format(plain),
            "header": self.book.add_format({**plain, "bold": True, "bottom": 1, "bg_color": "#E7EEF5"}),
            "personal": self.book.add_format({**plain, "bold": True, "bottom": 1, "bg_color": "#FBE3D6"}),
            **{kind: self.book.add_format({"num_format": form}) for kind, form in _FORMATS.items()},
        }


def _about_sheet(draft: _Draft) -> None:
    sheet = draft.book.add_worksheet("About")
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _WIDTH)
    sheet.write_string(0, 0, f"Return to {draft.network.about.name}", draft.styles["title"])
    row = 2
    for name, text in [*_who(draft), *_what(draft)]:
        _said(draft, sheet, row, name, text)
        row += 1
    for table in draft.tables:
        row = _about_table(draft, sheet, table, row + 1)


def _who(draft: _Draft) -> list[tuple[str, str]]:
    dates = draft.network.period_of(draft.year, draft.member)
    return [
        ("Member", draft.member.name),
        ("Network year", str(draft.year)),
        ("Payments", f"made from {_day(dates.start)} to {_day(dates.end)}, both days included"),
        ("Staff", f"as at {_day(dates.end)}"),
        ("Contact", draft.network.about.contact),
    ]


def _what(draft: _Draft) -> list[tuple[str, str]]:
    sheets = ", ".join(_sheet_name(table) for table in draft.tables)
    personal = [_sheet_name(table) for table in draft.tables if any(c.personal for c in table.columns.values())]
    members = ", ".join(member.name for member in draft.network.members)
    asked_of_spend = "spender" in draft.member.levers
    return [
        ("How to fill it in", _FILLING.format(sheets=sheets)),
        ("Figures or rows", _FIGURES),
        *([("Payments to members", _MEMBERS.format(members=members))] if asked_of_spend else []),
        ("Personal data", _PERSONAL.format(sheets=", ".join(personal)) if personal else _NOT_PERSONAL),
        ("How to send", _SENDING.format(contact=draft.network.about.contact)),
    ]


def _about_table(draft: _Draft, sheet: Any, table: TableSchema, row: int) -> int:
    sheet.write_string(row, 0, f"Sheet {_sheet_name(table)}", draft.styles["header"])
    sheet.write_string(row, 1, f"{table.title}: {table.grain}.", draft.styles["header"])
    for below, column in enumerate(table.columns, row + 1):
        _said(draft, sheet, below, table.header(column), _explained(table.columns[column]))
    return row + len(table.columns) + 1


def _said(draft: _Draft, sheet: Any, row: int, name: str, text: str) -> None:
    sheet.set_row(row, _LINE * -(-len(text) // _WIDTH))  # not every program makes room for wrapped text by itself
    sheet.write_string(row, 0, name, draft.styles["bold"])
    sheet.write_string(row, 1, text, draft.styles["plain"])


def _table_sheet(draft: _Draft, table: TableSchema) -> None:
    sheet = draft.book.add_worksheet(_sheet_name(table))
    sheet.freeze_panes(1, 0)
    for position, (name, column) in enumerate(table.columns.items()):
        header = table.header(name)
        sheet.set_column(position, position, max(14, len(header) + 4), draft.styles[column.type])
        style = draft.styles["personal" if column.personal else "header"]
        sheet.write_string(0, position, header, style)
        sheet.write_comment(0, position, _explained(column), {"x_scale": 2.2, "y_scale": 1.4, "author": ""})
        if choice := _choice(draft, column):
            sheet.data_validation(1, position, _LAST_ROW, position, choice)


def _choice(draft: _Draft, column: Column) -> dict[str, Any]:
    """The drop-down list of a column, or nothing; it only warns, since more spellings are read."""
    source: list[str] | str = _options(column)
    if column.type == "metric" and draft.metrics:
        source = f"=Guide!$A$2:$A${len(draft.metrics) + 1}"
    if not source:
        return {}
    message = "Choose one of the list; other spellings may not be understood."
    return {"validate": "list", "source": source, "error_type": "warning", "error_message": message}


def _options(column: Column) -> list[str]:
    if column.type == "flag":
        return ["yes", "no"]
    return [spellings[0] if spellings else option for option, spellings in column.categories.items()]


def _guide_sheet(draft: _Draft) -> None:
    sheet = draft.book.add_worksheet("Guide")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 2, 24)
    sheet.set_column(3, 3, 60)
    for position, header in enumerate(["Metric", "Question", "Unit", "What to mind"]):
        sheet.write_string(0, position, header, draft.styles["header"])
    for row, metric in enumerate(draft.metrics, 1):
        for position, text in enumerate([metric.id, metric.question, metric.scale.words, metric.telling]):
            sheet.write_string(row, position, text, draft.styles["plain"])


def _explained(column: Column) -> str:
    form = f"one of: {', '.join(_options(column))}" if column.categories else _FORMS[column.type]
    parts = [
        column.description,
        f"Form: {form}.",
        f"For example: {column.example}." if column.example else "",
        "May not be blank." if column.required else "May be blank.",
        "Personal data." if column.personal else "",
    ]
    return " ".join(part for part in parts if part)


def _sheet_name(table: TableSchema) -> str:
    return table.table.capitalize()


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
