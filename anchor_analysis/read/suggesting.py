"""Drafts of mappings for files whose headers nobody knows, from the headers and the kinds of values below them.

A draft is for a person to look through; nothing is read by it until it is saved among the network's mappings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

from anchor_analysis.declared.network import Member, Network
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.problems import UserError
from anchor_analysis.read.cells import as_text
from anchor_analysis.read.headers import DEEPEST, find_headers, is_header_row
from anchor_analysis.read.kinds import kind_of
from anchor_analysis.read.plans import Plan, file_plans, known_plans, normalise, sheet_plans
from anchor_analysis.read.text_files import delimiter_of, encoding_of, open_csv
from anchor_analysis.read.workbooks import Workbook

_LOOKED_AT = 300
_FEWEST = 3

#: What values of a type look like; nearly all of a column's must.
_LOOKS = {
    "date": re.compile(r"[0-9]{1,4}[/. -](?:[0-9]{1,2}|[A-Za-z]{3,9})[/. -][0-9]{2,4}(?:[ T].*)?"),
    "money": re.compile(r"[-(£ ]*[0-9][0-9, ]*[.][0-9]{1,2}[-) ]*(?:CR|DR)?", re.IGNORECASE),
    "postcode": re.compile(r"[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}"),
}
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class Draft:
    """A mapping for one file or sheet as YAML, and what it could not find."""

    file: str
    sheet: str
    text: str
    missing: list[str]


def suggest_mappings(folder: Path, network: Network, member: Member) -> list[Draft]:
    """A draft for each file or sheet of a return whose headers are not known whole; files of other kinds have none."""
    drafts = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            for sheet, rows, plans in _tables(path, path.relative_to(folder).as_posix(), network, member):
                headers = find_headers(rows[:DEEPEST], plans, path.name)
                if headers is None or headers.problems:
                    drafts += _draft(path.name, sheet, rows, plans, network, member)
        except UserError:
            continue  # `check` says what is wrong with it
    return drafts


def _tables(
    path: Path, file: str, network: Network, member: Member
) -> Iterator[tuple[str, list[list[str]], list[Plan]]]:
    """The first rows of each table of a file, and the plans that it may have."""
    kind = kind_of(path, file)
    if kind == "text":
        plans, encoding = file_plans(network, member, path.name, file), encoding_of(path, file)
        known = partial(_known, plans=plans)
        with open_csv(path, encoding, file, delimiter_of(path, encoding, known)) as rows:
            yield "", list(islice(rows, _LOOKED_AT)), plans
    elif kind in ("xlsx", "xlsb", "xls", "ods"):
        book = Workbook(path, kind, file)
        chosen, _ = sheet_plans(network, member, path.name, book.sheets, file)
        for sheet, plans in chosen.items():
            yield sheet, [[as_text(cell) for cell in row] for row in islice(book.rows(sheet), _LOOKED_AT)], plans


def _known(row: list[str], plans: list[Plan]) -> bool:
    return any(is_header_row(row, plan) for plan in plans)


def _draft(
    file: str, sheet: str, rows: list[list[str]], plans: list[Plan], network: Network, member: Member
) -> list[Draft]:
    at = _header_row(rows)
    if at is None:
        return []
    header, below = rows[at], rows[at + 1 :]
    tables = {plan.schema.table: plan.schema for plan in plans}
    columns = {name: _columns(header, below, schema, network) for name, schema in tables.items()}
    table = max(tables, key=lambda name: _found(columns[name], tables[name]))
    if not columns[table]:
        return []
    return [_written(file, sheet, member, header, columns[table], tables[table])]


def _header_row(rows: list[list[str]]) -> int | None:
    """The first row of several words without a figure above a row of as many cells: what headers look like."""
    for at, (row, below) in enumerate(pairwise(rows)):
        cells = [cell for cell in row if cell.strip()]
        plain = not any(letter.isdigit() for cell in cells for letter in cell)
        if len(cells) >= _FEWEST and plain and sum(bool(cell.strip()) for cell in below) >= _FEWEST:
            return at
    return None


def _columns(header: list[str], below: list[list[str]], schema: TableSchema, network: Network) -> dict[str, str]:
    """The header of each canonical column: one that is known, else the nearest, else one whose values look so."""
    meanings: dict[str, str] = {}
    others: set[str] = set()
    for plan in known_plans(network, schema.table):
        meanings |= {name: column for name, column in plan.meaning.items() if column}
        others |= plan.others.keys()
    free = {normalise(name): position for position, name in reversed(list(enumerate(header))) if name.strip()}
    free = {name: position for name, position in free.items() if name not in others}
    found: dict[str, str] = {}
    for cutoff in (1.0, 0.75):
        for name in list(free):
            near = get_close_matches(name, meanings, n=1, cutoff=cutoff)
            if near and meanings[near[0]] not in found:
                found[meanings[near[0]]] = header[free.pop(name)].strip()
    for column, declared in schema.columns.items():
        looks = _LOOKS.get(declared.type)
        if column not in found and looks and declared.required:
            fitting = [name for name, position in free.items() if _all_look(below, position, looks)]
            if len(fitting) == 1:
                found[column] = header[free.pop(fitting[0])].strip()
    return found


def _all_look(rows: list[list[str]], position: int, looks: re.Pattern[str]) -> bool:
    cells = [row[position].strip() for row in rows if position < len(row) and row[position].strip()]
    return len(cells) >= _FEWEST and sum(bool(looks.fullmatch(cell)) for cell in cells) >= _NEARLY_ALL * len(cells)


def _found(columns: dict[str, str], schema: TableSchema) -> tuple[float, int]:
    required = [name for name, column in schema.columns.items() if column.required]
    return sum(name in columns for name in required) / max(len(required), 1), len(columns)


def _written(
    file: str, sheet: str, member: Member, header: list[str], columns: dict[str, str], schema: TableSchema
) -> Draft:
    ignored = [name.strip() for name in dict.fromkeys(header) if name.strip() and name.strip() not in columns.values()]
    missing = [name for name, column in schema.columns.items() if column.required and name not in columns]
    lines = [
        "# A draft: look through every line before it is used.",
        f"files: {_quoted(file)}",
        f"member: {member.id}",
        *([f"sheet: {_quoted(sheet)}"] if sheet else []),
        f"table: {schema.table}",
        "columns:",
        *(f"  {column}: [{_quoted(name)}]" for column, name in columns.items()),
        *(f"  # {name}: [ITS HEADER]  # must be there: {schema.columns[name].description}" for name in missing),
        *(["ignored:", *(f"  - {_quoted(name)}" for name in ignored)] if ignored else []),
    ]
    return Draft(file, sheet, "\n".join(lines) + "\n", missing)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
