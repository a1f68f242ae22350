"""What is wrong with returns, as a workbook that can be sent back to those who have to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from anchor_analysis.declared.network import Network
from anchor_analysis.problems import CODES, MOST_CELLS, Problem
from anchor_analysis.read.books import height, new_workbook

_NOTHING = "Nothing to mend."
_WHOSE = {"Member": 24, "Year": 10}
_FINDINGS = {**_WHOSE, "Place": 44, "What is wrong": 60, "What to do": 50, "Code": 9}
_CELLS = {
    **_WHOSE, "File": 34, "Sheet": 14, "Row": 10, "Column": 22, "Code": 9,
    "What is wrong": 50, "Expected": 34, "What to do": 50,
}  # fmt: skip
_FOLDER = "data/raw/"


@dataclass(frozen=True)
class Checked:
    """What was looked at: the years in words, how many returns, what is to be mended, and what is only to be asked."""

    years: str
    returns: int
    problems: Sequence[Problem] = ()
    questions: Sequence[Problem] = ()

    @property
    def findings(self) -> list[Problem]:
        """Everything that somebody has to look at."""
        return [*self.problems, *self.questions]


def write_problem_workbook(path: Path, network: Network, checked: Checked) -> None:
    """Write a workbook of everything that is to be mended: the sheets Summary, Findings, Cells.

    Summary says what was looked at, and counts the problems by code; Findings has one row per problem; Cells has one
    per cell or row at fault, or per problem that concerns none, up to MOST_CELLS. Every cell is text or a number,
    never a formula. Raises UserError (AN014) where the file cannot be written.
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
        findings = [[*_split(one.where, network), one.what, one.remedy, one.code] for one in checked.findings]
        _listing(book.add_worksheet("Findings"), _FINDINGS, findings, styles)
        cells = list(islice(_cells(checked.findings, network), MOST_CELLS))
        _listing(book.add_worksheet("Cells"), _CELLS, cells, styles)
        if more := sum(problem.count for problem in checked.findings) - len(cells):
            said = f"{more:,} more are not listed. Mend these, and check again."
            book.get_worksheet_by_name("Cells").write_string(len(cells) + 1, 0, said, styles["bold"])


def _summary(sheet: Any, network: Network, checked: Checked, styles: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for column, width in enumerate((12, 40, 12)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"Check of returns to {network.about.name}", styles["title"])
    facts = [
        ("Network", network.about.name),
        ("Year", checked.years),
        ("Returns", str(checked.returns)),
        ("To mend", _listed(len(checked.problems)) or _NOTHING),
        *([("To ask", _listed(len(checked.questions)))] if checked.questions else []),
        ("Contact", network.about.contact),
    ]
    for row, (name, text) in enumerate(facts, 2):
        sheet.write_string(row, 0, name, styles["bold"])
        sheet.write_string(row, 1, text, styles["plain"])
    if checked.findings:
        _counts(sheet, checked.findings, len(facts) + 3, styles)


def _listed(count: int) -> str:
    return f"{count} {'thing' if count == 1 else 'things'}, listed on the sheet Findings" if count else ""


def _counts(sheet: Any, problems: Sequence[Problem], top: int, styles: dict[str, Any]) -> None:
    for column, header in enumerate(("Code", "What it means", "How many")):
        sheet.write_string(top, column, header, styles["header"])
    for row, (code, number) in enumerate(sorted(Counter(problem.code for problem in problems).items()), top + 1):
        sheet.write_string(row, 0, code, styles["plain"])
        sheet.write_string(row, 1, CODES[code][0], styles["plain"])
        sheet.write_number(row, 2, number, styles["plain"])


def _cells(problems: Sequence[Problem], network: Network) -> Iterator[list[str | int]]:
    """A row for each cell or row at fault; of a problem that has none, its place stands where the file does."""
    for problem in problems:
        *whose, place = _split(problem.where, network)
        after = [problem.expected, problem.remedy]
        if not problem.cells:
            yield [*whose, place, "", "", "", problem.code, problem.what, *after]
        for cell in problem.cells:
            yield [
                *whose,
                cell.file,
                cell.sheet,
                cell.row,
                cell.column,
                problem.code,
                cell.what or problem.what,
                *after,
            ]


def _listing(
    sheet: Any, columns: Mapping[str, int], rows: Sequence[Sequence[str | int]], styles: dict[str, Any]
) -> None:
    """Fill a sheet of columns, each so wide, that can be read, sorted and printed."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    widths = list(columns.values())
    for column, (name, width) in enumerate(columns.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, styles["header"])
    for number, cells in enumerate(rows, 1):
        sheet.set_row(number, height([str(cell) for cell in cells], widths))
        for column, cell in enumerate(cells):
            write = sheet.write_string if isinstance(cell, str) else sheet.write_number
            write(number, column, cell, styles["plain"])
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
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
