"""The workbook and the tidy CSV files of an edition.

The workbook follows the Government Analysis Function's guidance on releasing statistics in spreadsheets (2021): a
cover, contents and notes, then one table a sheet, its title and notes above it, no merged and no blank cells
within it, shorthand in square brackets. Numbers are what was shown, no more exact; everything else is text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared.units import UNITS, Unit
from anchor_analysis.present import Claim, Layout, Released, lay_out, read_claims, wording
from anchor_analysis.present.conditions import APART, as_frame
from anchor_analysis.present.layout import below, notes
from anchor_analysis.present.parts import plain
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Cell, number

#: Older than any edition, so that the same figures make the same bytes.
CREATED = datetime(2000, 1, 1)


def _format_of(unit: Unit) -> str:
    """Figures of a unit as a spreadsheet shows them, with the unit's own sign."""
    decimals = f".{'0' * unit.decimals}" if unit.decimals else ""
    return f'{unit.before}#,##0{decimals}"{unit.after}"' if unit.after else f"{unit.before}#,##0{decimals}"


_FORMATS = {
    "persons": "#,##0", "fte": "#,##0.0", "gbp": "£#,##0", "percent": "0.0%", "share": "0.0%",
    "points": "+0.0;−0.0;0.0", "times": "0.00",
}  # fmt: skip
_FORMATS |= {name: _format_of(unit) for name, unit in UNITS.items() if name not in _FORMATS}

_WIDEST = 42

#: Sheets of the workbook that hold no released table, and one that Excel keeps for itself.
_OTHER_SHEETS = ("Cover", "Contents", "Notes", "Sentences", "Conditions", "History")


class _Link(str):
    """The name of a sheet, as a link to it."""


@dataclass(frozen=True)
class Sheet:
    """One sheet with one table: its name, title, the lines above the table, the columns and the rows."""

    name: str
    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def write_workbook(
    cells: pd.DataFrame, claims: Sequence[Claim | dict[str, Any]], facts: dict[str, Any], path: Path
) -> None:
    """Write the edition's workbook: Cover, Contents, Notes, a sheet for each released table, the sentences."""
    import xlsxwriter

    known = Released(cells, facts)
    tables = [_table_sheet(known, *named) for named in _sheet_names(cell.table for cell in known.cells).items()]
    apart = [_conditions_sheet(facts)] if facts.get("conditions") else []
    sheets = [*tables, _sentences_sheet(read_claims(claims)), *apart]
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        describe(book, facts)
        styles = styles_of(book)
        for sheet in [_cover(facts), _contents(sheets), _notes(known, facts)]:
            write_sheet(book, sheet, styles)
        for sheet in sheets:
            write_sheet(book, sheet, styles)
    storage.write_bytes(path, stream.getvalue())


def describe(book: Any, facts: Mapping[str, Any]) -> None:
    """Say in a workbook's properties what it is, without a time."""
    title = f"{facts['name']}, {facts['year']}, {facts['revision']}"
    book.set_properties({"title": title, "author": facts["name"], "created": CREATED, "comments": facts["licence"]})


def styles_of(book: Any) -> dict[str, Any]:
    """The formats of a workbook, by what is written in them."""
    plain_style = {"valign": "top", "text_wrap": True, "font_name": "Arial", "font_size": 11}
    styles = {name: book.add_format(plain_style | {"num_format": code}) for name, code in _FORMATS.items()}
    styles["text"] = book.add_format(plain_style)
    styles["line"] = book.add_format(plain_style | {"text_wrap": False})
    styles["title"] = book.add_format({"bold": True, "font_name": "Arial", "font_size": 14})
    styles["head"] = book.add_format(plain_style | {"bold": True, "bottom": 1})
    styles["link"] = book.add_format(plain_style | {"font_color": "#0b57a4", "underline": 1})
    return styles


# --- the sheets ---


def _cover(facts: dict[str, Any]) -> Sheet:
    made_up = (
        [("Demonstration", "Every person, payment and member here is invented.")] if facts.get("synthetic") else []
    )
    rows = [
        *made_up,
        ("Network", f"{facts['name']}, {facts['place']}"),
        ("Year", f"{facts['year']}: {wording.day(facts['period_start'])} to {wording.day(facts['period_end'])}"),
        ("Revision", f"{facts['revision']} ({facts['status']})"),
        ("Licence", facts["licence"]),
        ("Contact", facts["contact"]),
    ]
    return Sheet(
        "Cover",
        f"{facts['name']}, {facts['year']}",
        ("What the members reported, as released.",),
        ("About", "This workbook"),
        tuple(rows),
    )


def _contents(sheets: Sequence[Sheet]) -> Sheet:
    rows = [(_Link(sheet.name), sheet.title) for sheet in sheets]
    lines = ("The tables of this workbook, one on each sheet.",)
    return Sheet("Contents", "Contents", lines, ("Sheet", "Table"), ((_Link("Notes"), "Notes"), *rows))


def _notes(known: Released, facts: dict[str, Any]) -> Sheet:
    codes = [(code, meaning) for code, meaning in wording.SHORTHAND.items()]
    statuses = [(name.replace("_", " "), wording.capital(words)) for name, words in wording.STATUSES.items()]
    rules = [(f"Protection of {kind}", title) for kind, title in facts.get("profiles", {}).items()]
    metrics = [(wording.title(facts, name), _definition(facts, name)) for name in known.metrics()]
    lines = ("Shorthand, statuses, rules of protection, and what each measure means.",)
    return Sheet("Notes", "Notes", lines, ("Word", "Meaning"), (*codes, *statuses, *rules, *metrics))


def _definition(facts: dict[str, Any], metric: str) -> str:
    definition = wording.defined(facts, metric)
    caveats = definition.get("caveats")
    said = [wording.capital(wording.noun(facts, metric)), *(caveats if isinstance(caveats, list | tuple) else [])]
    checked = "Not yet checked by a second person." if definition.get("checker") == "unchecked" else ""
    source = f"Source: {definition.get('source')}." if definition.get("source") else ""
    told = [". ".join(str(part).rstrip(".") for part in said) + ".", source, checked, *rates_in_doubt(facts, [metric])]
    return " ".join(text for text in told if text)


def _table_sheet(known: Released, table: str, sheet: str) -> Sheet:
    laid = lay_out(known, table, period="")
    split = [index for index in range(len(laid.columns)) if _has_small_print(laid, index)]
    columns = [*laid.headings]
    for index, name in enumerate(laid.columns):
        columns += [name, f"{name}, note"] if index in split else [name]
    rows = [_table_row(labels, cells, split) for labels, cells in laid.rows]
    lines = [
        "This sheet holds one table. Some cells hold shorthand or words, which the sheet Notes explains.",
        *notes(laid, known.facts),
    ]
    return Sheet(sheet, laid.title, tuple(lines), tuple(columns), tuple(rows))


def _has_small_print(laid: Layout, index: int) -> bool:
    return any(_small_print(cells[index]) for _, cells in laid.rows)


def _small_print(cell: Cell | None) -> str:
    return "; ".join(plain(parts) for parts in below(cell)) if cell is not None else ""


def _table_row(labels: tuple[str, ...], cells: tuple[Cell | None, ...], split: list[int]) -> tuple[Any, ...]:
    row: list[Any] = [*labels]
    for index, cell in enumerate(cells):
        row.append(cell if cell is not None else "[z]")
        if index in split:
            row.append(_small_print(cell) or "none")
    return tuple(row)


def _sentences_sheet(claims: Sequence[Claim]) -> Sheet:
    rows = [(claim.id, claim.sentence, " ".join(claim.cells)) for claim in claims]
    lines = ("Every sentence of the edition that holds a number, and the released cells that it rests on.",)
    return Sheet(
        "Sentences", "Sentences and where their numbers come from", lines, ("Id", "Sentence", "Cells"), tuple(rows)
    )


def _conditions_sheet(facts: dict[str, Any]) -> Sheet:
    """Conditions of the place, which are in no other sheet."""
    columns = ("title", "name", "period", "shown", "interval", "source", "released")
    headings = ("Condition", "Area", "Period", "Value", "Interval", "Source", "Released")
    frame = as_frame(facts)[list(columns)]
    return Sheet(
        "Conditions", "Conditions of the place", (APART,), headings, tuple(frame.itertuples(index=False, name=None))
    )


def _sheet_names(tables: Iterable[str]) -> dict[str, str]:
    """The name of each table's sheet: at most 31 characters, none that Excel refuses, and no two alike to it."""
    taken, names = {_plain(name) for name in _OTHER_SHEETS}, {}
    for table in dict.fromkeys(tables):
        whole = re.sub(r"[\[\]:*?/\\']", " ", wording.capital(table.replace("_", " ")))
        tries = (f"{whole[: 31 - len(after)].strip()}{after}" for after in chain([""], map(" {}".format, count(2))))
        names[table] = next(name for name in tries if _plain(name) not in taken)
        taken.add(_plain(names[table]))
    return names


def _plain(name: str) -> str:
    """A name of small letters, figures and _, as Excel has it for a table."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


# --- writing ---


def write_sheet(book: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
    """Write one sheet with its title, lines and table."""
    page = book.add_worksheet(sheet.name)
    page.hide_gridlines(2)
    page.write_string(0, 0, sheet.title, styles["title"])
    for place, line in enumerate(sheet.lines, start=1):
        page.write_string(place, 0, line, styles["line"])
    top = len(sheet.lines) + 1
    for column, name in enumerate(sheet.columns):
        page.write_string(top, column, name, styles["head"])
    for place, row in enumerate(sheet.rows, start=top + 1):
        for column, value in enumerate(row):
            _write(page, place, column, value, styles)
    _finish(page, sheet, top, styles)


def _write(page: Any, row: int, column: int, value: Any, styles: dict[str, Any]) -> None:
    """A shown figure as a number, a link within the book as one, and everything else as text, never as a formula."""
    if isinstance(value, Cell):
        amount = number(value.shown)
        if amount is not None:
            page.write_number(row, column, amount, styles[_format(value)])
        else:
            page.write_string(row, column, value.shown, styles["text"])
    elif isinstance(value, _Link):
        page.write_url(row, column, f"internal:'{value}'!A1", styles["link"], str(value))
    else:
        page.write_string(row, column, str(value), styles["text"])


def _format(cell: Cell) -> str:
    return "points" if cell.shown.endswith(("points", "point")) else cell.unit if cell.unit in _FORMATS else "persons"


def _finish(page: Any, sheet: Sheet, top: int, styles: dict[str, Any]) -> None:
    """Column widths, and the name of the table, by which assistive software finds it."""
    for column, name in enumerate(sheet.columns):
        longest = max((len(_text(row[column])) for row in sheet.rows), default=0)
        page.set_column(column, column, min(_WIDEST if column == 0 else 60, max(len(name), longest) + 2))
    page.freeze_panes(top + 1, 1)
    if sheet.rows:
        columns = [{"header": name, "header_format": styles["head"]} for name in _unique(sheet.columns)]
        options = {"name": f"table_{_plain(sheet.name)}", "columns": columns, "autofilter": False, "style": None}
        page.add_table(top, 0, top + len(sheet.rows), len(sheet.columns) - 1, options)


def _unique(columns: Sequence[str]) -> list[str]:
    """Headers of an Excel table must differ."""
    return [name if columns.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(columns)]


def _text(value: Any) -> str:
    return value.shown if isinstance(value, Cell) else str(value)


# --- the tidy files ---


def tidy_csv(cells: pd.DataFrame, table: str) -> str:
    """One released table as CSV, one row per cell, all columns; a missing value is an empty field.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    return safe_csv(cells[cells["table"] == table])


#: What a spreadsheet takes a text for a formula by, in the list of OWASP's page on CSV injection: full-width signs too.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_csv(frame: pd.DataFrame) -> str:
    """A frame as CSV, one line per row; a missing value is an empty field, and no text can be taken for a formula."""
    stream = io.StringIO()
    plain = csv.writer(stream, lineterminator="\n")
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in chain([tuple(frame.columns)], frame.itertuples(index=False, name=None)):
        fields = [_field(value) for value in row]
        # a carriage return too ends a row for readers, and Python's writer would leave it without quotes
        returns = any(isinstance(field, str) and "\r" in field for field in fields)
        (quoted if returns else plain).writerow(fields)
    return stream.getvalue()


def _field(value: Any) -> Any:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, str) and value.startswith(_FORMULAS) and number(value) is None:
        return f"'{value}"
    return value
