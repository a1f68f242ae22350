"""What a person has to mend in the rows of returns, found all at once."""

from __future__ import annotations

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from anchor_analysis.clean.stage import MARKS, ORIGIN, PART, text_of
from anchor_analysis.declared import Catalogue, TableSchema
from anchor_analysis.declared.schema import Column
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import MOST_CELLS, Cell, Problem

#: How many rows of one kind of fault a message lists; it tells how many more there are.
SHOWN = 5

#: More of a cell's text would hide what is wrong with it.
LONGEST = 200

#: More figures than any network's returns can tell.
FIGURES = 1_000_000

EXPECTED = {
    "money": ("an amount in pounds", "Write it in figures, such as 12000 or -35.50."),
    "fte": ("a full-time equivalent", "Write it in figures from 0 to 9, such as 0.8."),
    "figure": ("a figure", "Write it in figures, such as 4210."),
    "integer": ("a whole number", "Write it in figures."),
    "quantity": ("a quantity", "Write it in figures, without the unit, such as 1520 or 0.75."),
    "area": ("the code of an area", "Write its code, such as E05011385; names are shared by several places."),
    "date": ("a day that exists", "Write it as 31/03/2024, day first."),
    "flag": ("yes or no", "Write yes or no."),
}

Found = dict[str, list[Problem]]


class Wrong(NamedTuple):
    """What is wrong with a cell of some rows, what was expected, the remedy, and the code of the error."""

    column: str
    what: str
    expected: str
    remedy: str
    code: str = "AN071"


def find_faults(
    staged: LazyFrame, tallied: pd.DataFrame, schema: TableSchema, catalogue: Catalogue, engine: Engine,
    places: dict[str, str],
) -> Found:  # fmt: skip
    """Problems by part: cells that cannot be read, are missing or outside the period, and keys that repeat.

    `tallied` is what `accounts.tallies` gives. `places` names each part for messages. Values of private columns are
    not shown. Of cells that are wrong alike, MOST_CELLS of all these rows are listed one by one.
    """
    marks = [f"{name}__{mark}" for name in schema.columns for mark in MARKS]
    counts = tallied.groupby(PART)[marks].sum()
    found: Found = {}
    left = MOST_CELLS
    for part, row in counts.iterrows():
        for mark in row.index[row > 0]:
            faulty = staged.filter((nw.col(PART) == str(part)) & (nw.col(mark) == 1))
            text = text_of(mark.rpartition("__")[0], schema)
            rows = _first(faulty, [text, "period_start", "period_end"], engine, left)
            found.setdefault(str(part), []).append(
                _cell_problem(rows, schema, catalogue, mark, int(row[mark]), places[str(part)])
            )
            left -= len(rows)
    for part, problem in _repeated_keys(staged, schema, engine, places):
        found.setdefault(part, []).append(problem)
    return found


def problems_of_rows(
    faulty: LazyFrame, schema: TableSchema, wrong: Wrong, engine: Engine, places: dict[str, str]
) -> list[tuple[str, Problem]]:
    """A problem for each part that has some of these rows, which are wrong alike."""
    header = schema.header(wrong.column)
    counts = engine.observe(faulty.group_by(PART).agg(nw.len().alias("rows")).sort(PART))
    problems = []
    for part, count in counts.itertuples(index=False):
        rows = _first(faulty.filter(nw.col(PART) == str(part)), [], engine, MOST_CELLS)
        where = f"{places[part]}, {_at(rows.head(SHOWN))}{_more(int(count), SHOWN)}, column {header}"
        cells = _cells(rows, header, [wrong.what] * len(rows))
        problems.append((part, Problem(wrong.code, where, wrong.what, wrong.remedy, wrong.expected, cells, int(count))))
    return problems


def _first(faulty: LazyFrame, columns: list[str], engine: Engine, most: int) -> pd.DataFrame:
    return engine.few(faulty.select(*ORIGIN, *columns).sort(*ORIGIN), max(most, SHOWN))


def _cell_problem(
    rows: pd.DataFrame, schema: TableSchema, catalogue: Catalogue, mark: str, count: int, place: str
) -> Problem:
    name, _, kind = mark.rpartition("__")
    column, header, shown = schema.columns[name], schema.header(name), rows.head(SHOWN)
    where = f"{place}, {_at(shown)}{_more(count, len(shown))}, column {header}"
    code, wrong, expected, remedy = _wrong(kind, column, catalogue, shown)
    texts = rows[text_of(name, schema)]
    own = [f"{_subject(kind, column, [text])} {wrong}" for text in texts]
    what = f"{_subject(kind, column, sorted(texts.head(SHOWN).unique()))} {wrong}"
    return Problem(code, where, what, remedy, expected, _cells(rows, header, own), count)


def _wrong(kind: str, column: Column, catalogue: Catalogue, rows: pd.DataFrame) -> tuple[str, str, str, str]:
    """The code, what is wrong with its subject, what was expected, the remedy."""
    if kind == "missing":
        return "AN025", "is blank and may not be.", "a value", "Fill it in, or take the row out."
    if kind == "outside":
        first, last = _day(rows, "period_start"), _day(rows, "period_end")
        remedy = "Put the row into the return of its own year, or correct the date."
        return "AN030", f"is not between {first} and {last}.", f"a day from {first} to {last}", remedy
    if column.type == "metric":
        names = ", ".join(sorted(metric.id for metric in catalogue.additive()))
        wrong = "is not a metric that can be told as a figure."
        return "AN004", wrong, f"one of {names}", f"Name one of {names}."
    if column.type == "category":
        options = ", ".join(column.categories)
        return "AN021", f"is not one of {options}.", f"one of {options}", column.remedy or f"Write one of {options}."
    expected, remedy = EXPECTED[column.type]
    return "AN021", f"cannot be read as {expected}.", expected, remedy


def _subject(kind: str, column: Column, texts: list[str]) -> str:
    if kind != "fault":
        return {"missing": "the cell", "outside": "the day"}[kind]
    return "the value" if column.private else " and ".join(f'"{_short(text)}"' for text in texts)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _cells(rows: pd.DataFrame, header: str, own: list[str]) -> list[Cell]:
    origins = rows[ORIGIN].itertuples(index=False, name=None)
    return [Cell(file, sheet, int(row), header, what) for (file, sheet, row), what in zip(origins, own, strict=True)]


def impossible_figures(
    staged: LazyFrame, catalogue: Catalogue, engine: Engine, places: dict[str, str]
) -> list[tuple[str, Problem]]:
    """Each part's problems with figures below zero, and parts larger than their whole; credits may make spend so."""
    told = engine.few(staged.filter(nw.col("set_aside").is_null()).select(PART, "metric", "value", "unknown"), FIGURES)
    problems = []
    for part, own in told.groupby(PART):
        figures = own.drop_duplicates("metric").set_index("metric")[["value", "unknown"]].fillna(0)
        for name in sorted(figures.index.dropna()):
            what = _impossible(name, figures, catalogue)
            if what:
                problem = Problem("AN032", f"{places[part]}, {name}", what, "Count again, and correct the figure.")
                problems.append((str(part), problem))
    return problems


def _impossible(name: str, figures: pd.DataFrame, catalogue: Catalogue) -> str:
    metric = catalogue.metric(name)
    value, unknown = figures.loc[name]
    if metric.unit == "gbp":
        return ""
    if value < 0 or unknown < 0:
        return "the figure, or how much is unknown, is below zero."
    for ratio in catalogue.metrics.values():
        top, bottom = catalogue.parts(ratio)
        if (
            bottom
            and ratio.unit == "share"
            and top.id == name
            and bottom.id in figures.index
            and value + unknown > figures.at[bottom.id, "value"]
        ):
            return f"the figure with what is unknown is more than {bottom.id}, of which it is a part."
    return ""


def _day(rows: pd.DataFrame, column: str) -> str:
    return f"{pd.Timestamp(rows[column].iloc[0]):%d/%m/%Y}"


def _at(rows: pd.DataFrame) -> str:
    files = []
    for (file, sheet), part in rows.groupby(["source_file", "source_sheet"], sort=False):
        sheet_words = f", sheet {sheet}" if sheet else ""
        numbers = ", ".join(str(row) for row in part["source_row"])
        files.append(f"{file}{sheet_words}, row{'s' if len(part) > 1 else ''} {numbers}")
    return "; ".join(files)


def _more(count: int, shown: int) -> str:
    return f" and {count - shown:,} more" if count > shown else ""


def _repeated_keys(
    staged: LazyFrame, schema: TableSchema, engine: Engine, places: dict[str, str]
) -> list[tuple[str, Problem]]:
    if not schema.key:
        return []
    key = [PART, *schema.key]
    kept = staged.filter(nw.col("set_aside").is_null())
    groups = kept.group_by(*key).agg(nw.len().alias("rows"), nw.col("source_row").min().alias("first"))
    repeated = groups.filter(nw.col("rows") > 1)
    sums = nw.len().alias("keys"), nw.col("rows").sum().cast(nw.Int64).alias("rows")
    totals = engine.observe(repeated.group_by(PART).agg(*sums).sort(PART))
    named = " and ".join(schema.header(name) for name in schema.key)
    what, remedy = f"{named} stand again in a later row.", "Keep one row for each, or correct the key."
    problems = []
    for part, total, count in totals.itertuples(index=False):
        firsts = engine.few(repeated.filter(nw.col(PART) == part).select("first").sort("first"), SHOWN)["first"]
        rows = ", ".join(str(row) for row in firsts)
        where = f"{places[part]}, {schema.title}, row{'s' if total > 1 else ''} {rows}{_more(int(total), SHOWN)}"
        every = _alike(kept.filter(nw.col(PART) == part), schema.key, engine)
        cells = _cells(every, "", [f"{named} stand in {number} rows." for number in every["rows"]])
        problems.append((part, Problem("AN026", where, what, remedy, f"each {named} once", cells, int(count))))
    return problems


def _alike(rows: LazyFrame, key: list[str], engine: Engine) -> pd.DataFrame:
    """The rows whose key stands in several, those that are alike one below the other; `rows` is how many they are."""
    counted = rows.with_columns(
        nw.col("source_row").min().over(*key).alias("first"), nw.len().over(*key).alias("rows")
    ).filter(nw.col("rows") > 1)
    return engine.few(counted.sort("first", *key, *ORIGIN).select(*ORIGIN, "rows"), MOST_CELLS)
