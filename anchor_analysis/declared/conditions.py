"""Conditions of the place: what official statistics say of it, beside what institutions did and never added to that."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from anchor_analysis import storage
from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared
from anchor_analysis.problems import Problem, UserError

CONDITIONS_FILE = "conditions.csv"

#: What the source says of a value: it is sure, it may still change, it is of too small a sample, it keeps it back.
MARKS = ("", "provisional", "unreliable", "withheld")

_NEEDED = ("condition", "period", "area", "name", "value", "source", "released")
_OPTIONAL = ("lower", "upper", "mark")


class Condition(Declared):
    """A condition of the place, one file of `definitions/conditions`, by id.

    It is no metric: it has no table, no members and no protection, and nothing can be made of it.
    """

    id: Id
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    unit: Literal["percent", "gbp_per_week", "gbp_per_hour", "number"]
    better: Literal["higher", "lower", "neither"]
    caveats: list[str] = Field(min_length=1)
    source: str = Field(min_length=1)
    owner: str
    next_review: date


class ConditionValue(Declared):
    """What a source says of a condition in a period, of an area: one row of conditions.csv.

    `period` is written as the source has it, such as 2023 or 2023-05. `value` and the `lower` and `upper` end of its
    interval are in the condition's unit; missing where `mark` says that the source withholds it.
    """

    condition: str
    period: str
    area: str
    name: str
    value: float | None
    lower: float | None
    upper: float | None
    mark: Literal["", "provisional", "unreliable", "withheld"]
    source: str
    released: date


class _Cell(NamedTuple):
    value: float | None
    fault: str


def read_conditions(path: Path, known: Mapping[str, Condition], where: str) -> list[ConditionValue]:
    """The rows of a network's conditions.csv, in their order.

    Raises UserError: AN007 for a file that is no text, AN062 where columns are missing or not known, or else with every
    fault, AN063 for each cell that is not what its column holds, with its line, AN064 for a value that stands twice.
    """
    try:
        return _rows(storage.read_text(path).removeprefix("\ufeff"), known, where)
    except (UnicodeDecodeError, csv.Error) as error:
        remedy = "Save it as CSV UTF-8 (comma delimited)."
        raise UserError(Problem("AN007", where, f"the file cannot be read: {error}.", remedy)) from None


def _rows(text: str, known: Mapping[str, Condition], where: str) -> list[ConditionValue]:
    reader = csv.DictReader(io.StringIO(text))
    headers = [name.strip() for name in reader.fieldnames or []]
    absent = [name for name in _NEEDED if name not in headers]
    strange = [name for name in headers if name not in (*_NEEDED, *_OPTIONAL)]
    if absent or strange:
        said = [f"has no column {', '.join(absent)}"] if absent else []
        said += [f"has the column {', '.join(strange)}, which is not known"] if strange else []
        remedy = f"Its columns are {', '.join(_NEEDED)}, and if you like {', '.join(_OPTIONAL)}."
        raise UserError(Problem("AN062", where, f"it {' and '.join(said)}.", remedy))
    reader.fieldnames = headers
    rows: list[ConditionValue] = []
    problems: list[Problem] = []
    lines: dict[tuple[str, str, str], int] = {}
    for row in reader:
        told = {name: (row.get(name) or "").strip() for name in (*_NEEDED, *_OPTIONAL)}
        faults = list(_faults(told, known))
        here = f"{where}, line {reader.line_num}"
        problems += [Problem("AN063", f"{here}, {column}", what, remedy) for column, what, remedy in faults]
        which = (told["condition"], told["period"], told["area"])
        if lines.setdefault(which, reader.line_num) != reader.line_num:
            what = f"{told['condition']} of {told['period']} for {told['area']} stands in line {lines[which]} already."
            problems.append(Problem("AN064", here, what, "Keep the one that the source has."))
        if not faults:
            rows.append(_value(told))
    if problems:
        raise UserError(problems)
    return rows


def _faults(told: dict[str, str], known: Mapping[str, Condition]) -> Iterator[tuple[str, str, str]]:
    """Of each cell that cannot be read: its column, what is wrong, what to do."""
    if told["condition"] not in known:
        yield "condition", f'there is no condition "{told["condition"]}".', f"Name one of {', '.join(sorted(known))}."
    for name in ("period", "area", "name", "source"):
        if not told[name]:
            yield name, "it is blank.", "Write it as the source has it."
    if told["mark"] not in MARKS:
        yield "mark", f'there is no mark "{told["mark"]}".', f"Leave it blank, or write {', '.join(MARKS[1:])}."
    try:
        date.fromisoformat(told["released"])
    except ValueError:
        yield "released", f'"{told["released"]}" is no day.', "Write the day that the source gave it out as 2024-05-14."
    ends = {name: _number(told[name]) for name in ("lower", "value", "upper")}
    for name, end in ends.items():
        if end.fault:
            yield name, end.fault, "Write a number without unit and commas."
    if told["value"] == "" and told["mark"] != "withheld":
        yield "value", "it is blank.", "Write the number, or withheld as its mark."
    told_ends = [end.value for end in ends.values() if end.value is not None]
    if told_ends != sorted(told_ends):
        yield "value", "lower, value and upper do not rise.", "Write lower and upper as the source has them."


def _number(text: str) -> _Cell:
    try:
        number = float(text) if text else None
    except ValueError:
        return _Cell(None, f'"{text}" is no number.')
    if number is not None and not math.isfinite(number):
        return _Cell(None, f'"{text}" is no number.')
    return _Cell(number, "")


def _value(told: dict[str, str]) -> ConditionValue:
    ends = {name: _number(told[name]).value for name in ("value", "lower", "upper")}
    return ConditionValue.model_validate(told | ends | {"released": date.fromisoformat(told["released"])})
