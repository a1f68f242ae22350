"""The return of a member that counts at its own site: figures and small tables, and no row of anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from anchor_analysis.declared.network import Member, Network
from anchor_analysis.declared.years import NetworkYear
from anchor_analysis.read.books import height, new_workbook
from anchor_analysis.read.template_tables import NUMBER_FORMATS, sheet_name

_WIDTH = 88


@dataclass(frozen=True)
class Figure:
    """A figure of the table `figures`: in the metric's unit, how much of the whole is not known, what placed it."""

    metric: str
    unit: str
    value: float
    unknown: float
    basis: str


@dataclass(frozen=True)
class Breakdown:
    """A sheet of counts: its name, headers with widths, and rows that end in a count or the mark of a withheld one."""

    sheet: str
    headers: Mapping[str, int]
    rows: Sequence[Sequence[str | int]]


@dataclass(frozen=True)
class Counted:
    """What leaves the member: figures with how they were made, the breakdowns, and what is said about both."""

    figures: Sequence[Figure]
    method: str
    breakdowns: Sequence[Breakdown]
    notes: Sequence[tuple[str, str]]


def write_counted_workbook(path: Path, network: Network, member: Member, year: NetworkYear, counted: Counted) -> None:
    """Write a return in the template's shape: About, Figures, and one sheet for each breakdown, which is not read.

    Raises UserError (AN014) where the file cannot be written.
    """
    created = datetime(year.begins, 1, 1)  # the moment of writing would be in the file otherwise
    with new_workbook(path, f"{network.about.name}: return {year}", created) as book:
        plain = {"valign": "top", "text_wrap": True}
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "bold": book.add_format({"bold": True, "valign": "top"}),
            "plain": book.add_format(plain),
            "header": book.add_format({**plain, "bold": True, "bottom": 1, "bg_color": "#E7EEF5"}),
            "persons": book.add_format({"num_format": NUMBER_FORMATS["integer"], "align": "right", "valign": "top"}),
            "fte": book.add_format({"num_format": NUMBER_FORMATS["fte"], "valign": "top"}),
        }
        who = [("Member", member.name), ("Network year", str(year))]
        _about(book.add_worksheet("About"), network, [*who, *counted.notes], styles)
        schema = network.catalogue.schema["figures"]
        headers = [schema.header(name) for name in ("metric", "value", "unknown", "method", "basis")]
        _figures(book.add_worksheet(sheet_name(schema)), headers, counted, styles)
        for breakdown in counted.breakdowns:
            _breakdown(book.add_worksheet(breakdown.sheet), breakdown, styles)


def _printed(sheet: Any) -> None:
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _about(sheet: Any, network: Network, notes: Sequence[tuple[str, str]], styles: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    _printed(sheet)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _WIDTH)
    sheet.write_string(0, 0, f"Return to {network.about.name}", styles["title"])
    for row, (name, text) in enumerate(notes, 2):
        sheet.set_row(row, height([text], [_WIDTH]))
        sheet.write_string(row, 0, name, styles["bold"])
        sheet.write_string(row, 1, text, styles["plain"])


def _figures(sheet: Any, headers: Sequence[str], counted: Counted, styles: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    _printed(sheet)
    for column, (header, width) in enumerate(zip(headers, (36, 16, 16, 70, 60), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, header, styles["header"])
    for row, figure in enumerate(counted.figures, 1):
        sheet.set_row(row, height([counted.method], [70]))
        sheet.write_string(row, 0, figure.metric, styles["plain"])
        sheet.write_number(row, 1, figure.value, styles[figure.unit])
        sheet.write_number(row, 2, figure.unknown, styles[figure.unit])
        sheet.write_string(row, 3, counted.method, styles["plain"])
        sheet.write_string(row, 4, figure.basis, styles["plain"])


def _breakdown(sheet: Any, breakdown: Breakdown, styles: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    _printed(sheet)
    for column, (header, width) in enumerate(breakdown.headers.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, header, styles["header"])
    for row, cells in enumerate(breakdown.rows, 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(row, column, cell, styles["persons"])
            else:
                sheet.write_string(row, column, cell, styles["persons" if column == len(cells) - 1 else "plain"])
