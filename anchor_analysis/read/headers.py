"""Which column of a source is which column of the canonical table, and what is wrong with its headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from xlsxwriter.utility import xl_col_to_name

from anchor_analysis.problems import Problem
from anchor_analysis.read.plans import Plan, normalise


@dataclass(frozen=True)
class Layout:
    """Where each canonical column stands in a source row, how many headers there are, and which are blank."""

    positions: dict[str, int]
    width: int
    unheaded: tuple[int, ...]


def match_headers(header: list[str], plan: Plan, where: str) -> tuple[Layout, list[Problem]]:
    """The layout of a source by its first row, and all that is wrong with that row (AN022, AN023)."""
    names = [normalise(name) for name in header]
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if plan.meaning.get(name):
            places.setdefault(plan.meaning[name], []).append(position)
    unheaded = tuple(position for position, name in enumerate(names) if not name)
    layout = Layout({column: found[0] for column, found in places.items()}, len(names), unheaded)
    problems = [*_missing(header, plan, places, where), *_unknown(header, plan, where)]
    return layout, [*problems, *_twice(header, plan, places, where)]


def is_header_row(row: list[str], plan: Plan) -> bool:
    """Whether a row is one of headers: it holds two that are known, or all that are required.

    A row that is not may be data, so nothing of it may be shown.
    """
    known = {name for name in map(normalise, row) if name in plan.meaning}
    return len(known) >= 2 or plan.required <= {plan.meaning[name] for name in known}


def no_header_row(first_rows: list[list[str]], plan: Plan, where: str, how_to_map: str) -> Problem:
    """The problem of a source whose first row holds no headers, with the row that does, if one is near."""
    below = next((number for number, row in enumerate(first_rows, 1) if is_header_row(row, plan)), None)
    if below:
        what = f"the headers stand in row {below}, not in row 1."
        return Problem("AN022", where, what, "Take away the rows above the headers.")
    expected = ", ".join(plan.shown[column] for column in plan.schema.columns)
    what = f"row 1 does not hold the headers of the table {plan.schema.table}."
    remedy = f"The first row must name the columns: {expected}. For a file of another shape, {how_to_map}"
    return Problem("AN022", f"{where}, row 1", what, remedy)


def _missing(header: list[str], plan: Plan, places: dict[str, list[int]], where: str) -> Iterator[Problem]:
    spare = {normalise(name): name.strip() for name in header if not plan.meaning.get(normalise(name))}
    spare.pop("", None)
    for column in plan.schema.columns:
        if column in plan.required and column not in places:
            expected = plan.shown[column]
            near = get_close_matches(normalise(expected), spare, n=3, cutoff=0.4)
            headers = " or ".join(f'"{spare[name]}"' for name in near)
            what = f'there is no column "{expected}"{f"; the nearest header is {headers}" if near else ""}.'
            line = f"{column}: [{_quoted(spare[near[0]] if near else 'ITS HEADER')}]"
            remedy = f'Head the column "{expected}", or {plan.add} the line `{line}` under `columns`.'
            yield Problem("AN022", where, what, remedy)


def _unknown(header: list[str], plan: Plan, where: str) -> Iterator[Problem]:
    first = {normalise(name): position for position, name in reversed(list(enumerate(header)))}
    for name, position in sorted(first.items(), key=lambda item: item[1]):
        if not name or name in plan.meaning:
            continue
        near = get_close_matches(name, [known for known, column in plan.meaning.items() if column], n=1, cutoff=0.75)
        meant = f' (perhaps "{plan.shown[plan.meaning[near[0]]]}")' if near else ""
        what = f'nobody has said what "{header[position].strip()}" means{meant}.'
        line = f"- {_quoted(header[position].strip())}"
        remedy = (
            f"If it is not needed, delete the column, or {plan.add} the line `{line}` under `ignored`. "
            "If it is, name it there under `columns`."
        )
        yield Problem("AN023", f"{where}, column {xl_col_to_name(position)}", what, remedy)


def _twice(header: list[str], plan: Plan, places: dict[str, list[int]], where: str) -> Iterator[Problem]:
    for column, found in places.items():
        if len(found) > 1:
            letters = " and ".join(xl_col_to_name(place) for place in found)
            headers = " and ".join(dict.fromkeys(f'"{header[place].strip()}"' for place in found))
            what = f"{len(found)} columns are headed {headers}, and only one can be {plan.shown[column]}."
            remedy = "Delete the one that is not meant, or give it another header."
            yield Problem("AN023", f"{where}, columns {letters}", what, remedy)


def _quoted(header: str) -> str:
    return json.dumps(header, ensure_ascii=False)
