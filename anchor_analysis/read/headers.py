"""Which column of a source is which column of the canonical table, and what is wrong with its headers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import accumulate, islice

from xlsxwriter.utility import xl_col_to_name

from anchor_analysis.declared.areas import OtherFile
from anchor_analysis.declared.schema import Other
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.plans import Plan, normalise

#: So many rows are looked at for the headers.
DEEPEST = 40

#: So many unknown headers are named each by itself.
_MOST_UNKNOWN = 50

#: A row of data has at least so many cells that hold anything.
_FULL = 3


@dataclass(frozen=True)
class Layout:
    """Where each canonical column stands in a source row, how many headers there are, and which are blank."""

    positions: dict[str, int]
    width: int
    unheaded: tuple[int, ...]


@dataclass(frozen=True)
class Headers:
    """The headers of a source: by which plan they are read, in which lines they stand, and what they lay out.

    `above` is how many rows stand above them; `lines` are the one or two rows that make them, as they stand.
    """

    plan: Plan
    layout: Layout
    above: int
    lines: tuple[list[str], ...]
    problems: list[Problem]


def find_headers(first_rows: list[list[str]], plans: list[Plan], where: str) -> Headers | None:
    """The headers among the first rows of a source, or none.

    Those that a plan takes without a problem go before others, wherever they stand; of these the first row, in
    one line before two, and the first plan. Where none is without a problem, those that a plan knows most of.
    Raises UserError (AN024) where plans that read the row differently take it equally well.
    """
    for above in range(len(first_rows)):
        for names, lines in _names_at(first_rows, above):
            found = [headers for plan in plans if (headers := _taken(names, plan, above, lines, where))]
            if found:
                _must_agree(found, where)
                return found[0]
    known = [
        (sum(name in plan.meaning for name in map(normalise, row)), -above, -place)
        for above, row in enumerate(first_rows)
        for place, plan in enumerate(plans)
        if is_header_row(row, plan)
    ]
    if not known:
        return None
    _, above, place = max(known)
    row, plan = first_rows[-above], plans[-place]
    layout, problems = match_headers(row, plan, where)
    return Headers(plan, layout, -above, (row,), problems)


def _names_at(rows: list[list[str]], at: int) -> Iterator[tuple[list[str], tuple[list[str], ...]]]:
    """What the headers would be if they began in a row: it alone, or with the row below it."""
    yield rows[at], (rows[at],)
    if at + 1 == len(rows) or not any(cell.strip() for cell in rows[at]):
        return
    lines = (rows[at], rows[at + 1])
    width = max(map(len, lines))
    upper, lower = (row + [""] * (width - len(row)) for row in lines)
    if any(above.strip() and not below.strip() for above, below in zip(upper, lower, strict=True)):
        yield [below if below.strip() else above for above, below in zip(upper, lower, strict=True)], lines
    spread: list[str] = list(accumulate(upper, _reach))  # a merged cell reaches on
    for over in (spread, upper):
        yield [f"{above} {below}".strip() for above, below in zip(over, lower, strict=True)], lines


def _reach(left: str, cell: str) -> str:
    return cell if cell.strip() else left


def _taken(names: list[str], plan: Plan, above: int, lines: tuple[list[str], ...], where: str) -> Headers | None:
    known = [name for name in map(normalise, names) if name]
    if any(name not in plan.meaning and name not in plan.others for name in known):
        return None
    if not is_header_row(names, plan) or not plan.required <= {plan.meaning.get(name) for name in known}:
        return None
    layout, problems = match_headers(names, plan, where)
    return None if problems else Headers(plan, layout, above, lines, [])


def _must_agree(found: list[Headers], where: str) -> None:
    """A template goes before crosswalks; crosswalks that read a row differently are for a person to choose from."""
    first, *others = found
    apart = [
        other for other in others if (other.plan.schema.table, other.layout) != (first.plan.schema.table, first.layout)
    ]
    if apart and first.plan.name != "the template":
        names = " or ".join(headers.plan.name for headers in (first, *apart))
        what = f"its headers can be read by {names}, and these differ."
        raise UserError(Problem("AN024", where, what, "Say which is meant in a mapping: `crosswalk: ID`."))


def match_headers(header: list[str], plan: Plan, where: str) -> tuple[Layout, list[Problem]]:
    """The layout of a source by its headers, and all that is wrong with them (AN022, AN023)."""
    names = [normalise(name) for name in header]
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if plan.meaning.get(name):
            places.setdefault(plan.meaning[name], []).append(position)
    unheaded = tuple(position for position, name in enumerate(names) if not name)
    layout = Layout({column: found[0] for column, found in places.items()}, len(names), unheaded)
    problems = [*_missing(header, plan, places, where), *_unknown(header, plan, where)]
    return layout, [*problems, *_unsure(header, plan, places, where), *_twice(header, plan, places, where)]


def is_header_row(row: list[str], plan: Plan) -> bool:
    """Whether a row is one of headers: it holds two that are known, or all that are required.

    A row that is not may be data, so nothing of it may be shown.
    """
    known = {name for name in map(normalise, row) if name in plan.meaning or name in plan.others}
    return len(known) >= 2 or plan.required <= {plan.meaning.get(name) for name in known}


def holds_a_table(rows: Iterable[list[str]]) -> bool:
    """Whether rows look like those of a table rather than notes: several that hold several cells."""
    full = (row for row in rows if sum(bool(cell.strip()) for cell in row) >= _FULL)
    return len(list(islice(full, _FULL))) == _FULL


def mistaken_for(first_rows: list[list[str]], others: Iterable[OtherFile]) -> OtherFile | None:
    """The kind of file that is no return and whose headers stand in one of the rows, or none."""
    for row in first_rows:
        names = set(map(normalise, row))
        for other in others:
            if sum(not names.isdisjoint(map(normalise, spellings)) for spellings in other.headers) >= other.enough:
                return other
    return None


def no_header_row(plan: Plan, where: str, how_to_map: str) -> Problem:
    """The problem of a source whose first rows hold no headers."""
    expected = ", ".join(plan.shown[column] for column in plan.schema.columns)
    what = f"none of its first {DEEPEST} rows holds the headers of the table {plan.schema.table}."
    remedy = f"A row must name the columns: {expected}. For a file of another shape, {how_to_map}"
    return Problem("AN022", where, what, remedy)


def _missing(header: list[str], plan: Plan, places: dict[str, list[int]], where: str) -> Iterator[Problem]:
    spare = {normalise(name): name.strip() for name in header if not plan.meaning.get(normalise(name))}
    spare.pop("", None)
    for column in plan.schema.columns:
        if column in plan.required and column not in places and (others := _others(header, plan, column)):
            yield _instead(others, plan, column, where)
        elif column in plan.required and column not in places:
            expected = plan.shown[column]
            near = get_close_matches(normalise(expected), spare, n=3, cutoff=0.4)
            headers = " or ".join(f'"{spare[name]}"' for name in near)
            what = f'there is no column "{expected}"{f"; the nearest header is {headers}" if near else ""}.'
            line = f"{column}: [{_quoted(spare[near[0]] if near else 'ITS HEADER')}]"
            remedy = f'Head the column "{expected}", or {plan.add} the line `{line}` under `columns`.'
            yield Problem("AN022", where, what, remedy, f'a column "{expected}"')


def _others(header: list[str], plan: Plan, column: str) -> dict[str, Other]:
    """The headers of what may be taken for a column and is not it, and what they are."""
    found = {name.strip(): plan.others.get(normalise(name)) for name in header}
    return {name: of[1] for name, of in found.items() if of and of[0] == column}


def _instead(others: dict[str, Other], plan: Plan, column: str, where: str) -> Problem:
    """The problem of a column in whose place something else was sent."""
    expected = plan.schema.header(column)
    what = f'there is no column "{plan.shown[column]}". {_said(others)}.'
    remedy = f'Send one headed "{expected}": {plan.schema.columns[column].description}'
    for name, other in others.items():
        if other.unless:
            line = f"{column}: [{_quoted(name)}]"
            remedy += f" If {other.unless}, {plan.add} the line `{line}` under `columns`."
    return Problem("AN022", where, what, remedy, f'a column "{expected}"')


def _said(others: dict[str, Other]) -> str:
    return "; ".join(f'"{name}" is {other.what}' for name, other in others.items())


def _unsure(header: list[str], plan: Plan, places: dict[str, list[int]], where: str) -> Iterator[Problem]:
    """Columns beside which others stand that they may be, where their header does not say that they are not."""
    for column, (place, *_) in places.items():
        others = _others(header, plan, column)
        if others and not plan.is_sure(column, header[place]):
            name, expected = header[place].strip(), plan.schema.header(column)
            what = f'"{name}" may be {expected} or not. Beside it {_said(others)}.'
            line = ", ".join(map(_quoted, others))
            remedy = f'If it is, head it "{expected}", or {plan.add} the line `- [{line}]` under `ignored`.'
            remedy += " If it is not, send one that is."
            yield Problem("AN023", where, what, remedy)


def _unknown(header: list[str], plan: Plan, where: str) -> Iterator[Problem]:
    first = {normalise(name): position for position, name in reversed(list(enumerate(header)))}
    known = plan.meaning.keys() | plan.others.keys()
    unknown = sorted((position, name) for name, position in first.items() if name and name not in known)
    for position, name in unknown[:_MOST_UNKNOWN]:
        near = get_close_matches(name, [known for known, column in plan.meaning.items() if column], n=1, cutoff=0.75)
        meant = f' (perhaps "{plan.shown[plan.meaning[near[0]]]}")' if near else ""
        what = f'nobody has said what "{header[position].strip()}" means{meant}.'
        line = f"- {_quoted(header[position].strip())}"
        remedy = (
            f"If it is not needed, delete the column, or {plan.add} the line `{line}` under `ignored`. "
            "If it is, name it there under `columns`."
        )
        yield Problem("AN023", f"{where}, column {xl_col_to_name(position)}", what, remedy)

    if len(unknown) > _MOST_UNKNOWN:
        what = f"nobody has said what {len(unknown) - _MOST_UNKNOWN:,} more columns mean."
        yield Problem("AN023", where, what, f"If they are not needed, delete them, or {plan.add} them under `ignored`.")


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
