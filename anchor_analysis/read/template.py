"""The blank return workbook of a member: made from the definitions, read back without a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anchor_analysis.declared.metrics import Metric
from anchor_analysis.declared.network import Member, Network
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.declared.years import NetworkYear
from anchor_analysis.read.books import height, new_workbook
from anchor_analysis.read.template_tables import ALLOWED, NUMBER_FORMATS, explained, sheet_name, table_sheet
from anchor_analysis.read.totals import totals_sheet

if TYPE_CHECKING:  # pandas takes long to load, and whoever only reads a return needs none of it
    import pandas as pd

_WIDTH = 88

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
    'leave your organisation, send figures instead, or count at your own site: the page "What to send us" '
    "(docs/what-to-send-us.md), which the network has, tells how."
)
_NOT_PERSONAL = "This workbook asks for no personal data."
_TOTALS = (
    "On the sheet Totals, write what your own system says: how many records you send, and the sum of the amounts. "
    "It counts beside it what the sheets hold, so that you see whether anything got lost."
)
_LAST_YEAR = "The sheet Last year shows your own figures of {year}, so that you see at once what moved."
_LOCKED = (
    "Headers and explanations are locked, without a password. Paste values only (Paste special, Values): an ordinary "
    "paste brings its own locks with it. If a cell refuses you, take the protection off under Review."
)
_SENDING = "Save as .xlsx without a password, and send it in the agreed way to {contact}."

_MEASURED = "Your own figures of {year} as they were measured, and how they came."
_NOT_MEASURED = "Nothing of yours has been measured for {year}, so the figures are blank."
_FIRST_YEAR = "{year} is the network's first year, so there are no earlier figures."
_SHOWN_AS = {"persons": "integer", "items": "integer", "fte": "fte", "gbp": "money"}
_TOLD = {"rows": "counted from rows", "reported_total": "as told"}


def write_template(
    path: Path, network: Network, member: Member, year: NetworkYear, last_year: pd.DataFrame | None = None
) -> None:
    """Write the blank workbook that a member fills in for one network year.

    A sheet About (who, which twelve months, how to send, what every column means and which are personal),
    one sheet for each canonical table of the member's levers and one for figures told instead of rows, with
    their headers in row 1; Totals, to compare with what its own system says; Last year, with the member's own
    observations that `last_year` holds (columns as `measure.OBSERVATION_COLUMNS`; blank without them); Guide, the
    metrics that may be told. What nobody fills in is locked, without a password. The same arguments give the same
    bytes. Raises UserError (AN014) where the file cannot be written.
    """
    # the moment of writing would be in the file otherwise
    created = datetime(year.begins, 1, 1)
    with new_workbook(path, f"{network.about.name}: return {year}", created) as book:
        draft = _Draft(book, network, member, year)
        _about_sheet(draft)
        for table in draft.tables:
            metrics = f"=Guide!$A$2:$A${len(draft.metrics) + 1}" if draft.metrics else ""
            period = network.period_of(year, member)
            table_sheet(book.add_worksheet(sheet_name(table)), table, period, metrics, draft.styles)
        totals_sheet(book.add_worksheet("Totals"), draft.tables, draft.styles)
        _last_year_sheet(draft, last_year)
        _guide_sheet(draft)


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
            "differs": self.book.add_format({"bg_color": "#FBE3D6", "bold": True}),
            **{kind: self._numbers(kind, locked=False) for kind in NUMBER_FORMATS},
            **{f"locked {kind}": self._numbers(kind) for kind in NUMBER_FORMATS},
            **{
                f"boxed {kind}": self._numbers(kind, locked=False, border=1, bg_color="#FFFBE6")
                for kind in NUMBER_FORMATS
            },
        }

    def _numbers(self, kind: str, **more: Any) -> Any:
        return self.book.add_format({"num_format": NUMBER_FORMATS[kind], **more})


def _about_sheet(draft: _Draft) -> None:
    sheet = draft.book.add_worksheet("About")
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _WIDTH)
    sheet.protect("", ALLOWED)
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
    sheets = ", ".join(sheet_name(table) for table in draft.tables)
    personal = [sheet_name(table) for table in draft.tables if any(c.personal for c in table.columns.values())]
    members = ", ".join(member.name for member in draft.network.members)
    asked_of_spend = "spender" in draft.member.levers
    return [
        ("How to fill it in", _FILLING.format(sheets=sheets)),
        ("Figures or rows", _FIGURES),
        *([("Payments to members", _MEMBERS.format(members=members))] if asked_of_spend else []),
        ("Totals", _TOTALS),
        ("Last year", _LAST_YEAR.format(year=draft.year.previous)),
        ("Locked cells", _LOCKED),
        ("Personal data", _PERSONAL.format(sheets=", ".join(personal)) if personal else _NOT_PERSONAL),
        ("How to send", _SENDING.format(contact=draft.network.about.contact)),
    ]


def _about_table(draft: _Draft, sheet: Any, table: TableSchema, row: int) -> int:
    sheet.write_string(row, 0, f"Sheet {sheet_name(table)}", draft.styles["header"])
    sheet.write_string(row, 1, f"{table.title}: {table.grain}.", draft.styles["header"])
    for below, column in enumerate(table.columns, row + 1):
        _said(draft, sheet, below, table.header(column), explained(table.columns[column]))
    return row + len(table.columns) + 1


def _said(draft: _Draft, sheet: Any, row: int, name: str, text: str) -> None:
    sheet.set_row(row, height([text], [_WIDTH]))
    sheet.write_string(row, 0, name, draft.styles["bold"])
    sheet.write_string(row, 1, text, draft.styles["plain"])


def _last_year_sheet(draft: _Draft, last_year: pd.DataFrame | None) -> None:
    """The member's figures of the year before, and beside them what is told this year on the sheet Figures."""
    known: dict[str, dict[Any, Any]] = {}
    if last_year is not None:
        rows = last_year.astype(object).where(last_year.notna(), None).to_dict("records")
        known = {row["metric"]: row for row in rows}
    before = draft.year.previous
    sheet = draft.book.add_worksheet("Last year")
    sheet.hide_gridlines(2)
    sheet.protect("", ALLOWED)
    sheet.freeze_panes(3, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    said = _MEASURED if known else _NOT_MEASURED if before >= draft.network.first else _FIRST_YEAR
    year = before if before >= draft.network.first else draft.year
    sheet.write_string(0, 0, f"{draft.member.name}: figures of {before}", draft.styles["title"])
    sheet.write_string(1, 0, said.format(year=year))
    headers = {
        "Metric": 34, "What it counts": 44, "Unit": 22, str(before): 16, "Of it not known": 16, "How": 18,
        f"{draft.year}, from sheet Figures": 22,
    }  # fmt: skip
    for column, (header, width) in enumerate(headers.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, header, draft.styles["header"])
    sheet.set_row(2, height(list(headers), list(headers.values())))
    for row, metric in enumerate(draft.metrics, 3):
        for column, text in enumerate([metric.id, metric.title, metric.scale.words]):
            sheet.write_string(row, column, text, draft.styles["plain"])
        _known_figures(draft, sheet, row, metric, known.get(metric.id))


def _known_figures(draft: _Draft, sheet: Any, row: int, metric: Metric, found: dict[str, Any] | None) -> None:
    style = draft.styles[f"locked {_SHOWN_AS.get(metric.unit, 'quantity')}"]
    if found and found["numerator"] is not None:
        sheet.write_number(row, 3, int(found["numerator"]) / metric.scale.scale, style)
        sheet.write_number(row, 4, int(found["unknown"]) / metric.scale.scale, style)
    how = _TOLD.get(found["quality"], found["status"].replace("_", " ")) if found else ""
    sheet.write_string(row, 5, how, draft.styles["plain"])
    # a formula's value is stored with it, for readers that do not calculate
    sheet.write_formula(row, 6, f'=IFERROR(VLOOKUP(A{row + 1},Figures!$A:$B,2,FALSE),"")', style, "")


def _guide_sheet(draft: _Draft) -> None:
    sheet = draft.book.add_worksheet("Guide")
    sheet.protect("", ALLOWED)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 0)
    widths = (36, 60, 24, 60)
    for position, (header, width) in enumerate(
        zip(["Metric", "Question", "Unit", "What to mind"], widths, strict=True)
    ):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, header, draft.styles["header"])
    for row, metric in enumerate(draft.metrics, 1):
        texts = [metric.id, metric.question, metric.scale.words, metric.telling]
        sheet.set_row(row, height(texts, widths))
        for position, text in enumerate(texts):
            sheet.write_string(row, position, text, draft.styles["plain"])


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
