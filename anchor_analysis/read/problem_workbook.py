"""What is wrong with returns, as a workbook that can be sent back to those who have to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from anchor_analysis.declared.network import Network
from anchor_analysis.problems import CODES, Problem
from anchor_analysis.read.books import height, new_workbook

_NOTHING = "Nothing to mend."
_COLUMNS = {"Member": 24, "Year": 10, "Place": 44, "What is wrong": 60, "What to do": 50, "Code": 9}
_FOLDER = "data/raw/"


@dataclass(frozen=True)
class Checked:
    """What was looked at: the years in words, how many returns, and everything that is wrong with them."""

    years: str
    returns: int
    problems: Sequence[Problem]


def write_problem_workbook(path: Path, network: Network, checked: Checked) -> None:
    """Write a workbook of everything that is to be mended: a sheet Summary, a sheet Findings.

    Summary says what was looked at, and counts the problems by code; Findings has one row per problem. Every cell
    is text or a number, never a formula. Raises UserError (AN014) where the file cannot be written.
    """
    with new_workbook(path, f"{network.about.name}: what to mend", datetime(network.latest.begins, 1, 1)) as book:
        wrapped = {"valign": "top", "text_wrap": True}
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "bold": book.add_format({"bold": True, "valign": "top"}),
            "header": book.add_format({**wrapped, "bold": True, "bottom": 1, "bg_color": "#E7EEF5"}),
            "plain": book.add_format(wrapped),
        }
        _summary(book.add_worksheet("Summary"), network, checked, styles)
        _findings(book.add_worksheet("Findings"), network, checked.problems, styles)


def _summary(sheet: Any, network: Network, checked: Checked, styles: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for column, width in enumerate((12, 40, 12)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"Check of returns to {network.about.name}", styles["title"])
    count = len(checked.problems)
    facts = [
        ("Network", network.about.name),
        ("Year", checked.years),
        ("Returns", str(checked.returns)),
        ("To mend", _to_mend(count)),
        ("Contact", network.about.contact),
    ]
    for row, (name, text) in enumerate(facts, 2):
        sheet.write_string(row, 0, name, styles["bold"])
        sheet.write_string(row, 1, text, styles["plain"])
    if count:
        _counts(sheet, checked.problems, len(facts) + 3, styles)


def _to_mend(count: int) -> str:
    if not count:
        return _NOTHING
    return f"{count} {'thing' if count == 1 else 'things'}, listed on the sheet Findings"


def _counts(sheet: Any, problems: Sequence[Problem], top: int, styles: dict[str, Any]) -> None:
    for column, header in enumerate(("Code", "What it means", "How many")):
        sheet.write_string(top, column, header, styles["header"])
    for row, (code, number) in enumerate(sorted(Counter(problem.code for problem in problems).items()), top + 1):
        sheet.write_string(row, 0, code, styles["plain"])
        sheet.write_string(row, 1, CODES[code][0], styles["plain"])
        sheet.write_number(row, 2, number, styles["plain"])


def _findings(sheet: Any, network: Network, problems: Sequence[Problem], styles: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    widths = list(_COLUMNS.values())
    for column, (name, width) in enumerate(_COLUMNS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, styles["header"])
    for row, problem in enumerate(problems, 1):
        cells = [*_split(problem.where, network), problem.what, problem.remedy, problem.code]
        sheet.set_row(row, height(cells, widths))
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text, styles["plain"])
    if problems:
        sheet.autofilter(0, 0, len(problems), len(_COLUMNS) - 1)
    else:
        sheet.write_string(1, 0, _NOTHING, styles["plain"])


def _split(where: str, network: Network) -> tuple[str, str, str]:
    """The member, the year and the place of a problem; empty where it names none, as with a folder of nobody."""
    whose, _, place = where.partition(", ")
    name, _, year = whose.partition(" ")
    members = {member.id: member.name for member in network.members}
    if name in members and year:
        return members[name], year, place
    if where.startswith(_FOLDER):
        year, _, name = where.removeprefix(f"{_FOLDER}{network.id}/").partition("/")
        return members.get(name, ""), year.replace("-", "/") if name else "", where
    return "", "", where
