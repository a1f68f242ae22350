"""What a person has to mend in the rows of returns, found all at once."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from anchor_analysis.clean.stage import MARKS, ORIGIN, PART
from anchor_analysis.declared import Catalogue, TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Problem

#: How many rows of one kind of fault a message lists; it tells how many more there are.
SHOWN = 5

#: More figures than any network's returns can tell.
FIGURES = 1_000_000

EXPECTED = {
    "money": ("an amount in pounds", "Write it in figures, such as 12000 or -35.50."),
    "fte": ("a full-time equivalent", "Write it in figures from 0 to 9, such as 0.8."),
    "figure": ("a figure", "Write it in figures, such as 4210."),
    "integer": ("a whole number", "Write it in figures."),
    "date": ("a day that exists", "Write it as 31/03/2024, day first."),
    "flag": ("yes or no", "Write yes or no."),
}

Found = dict[str, list[Problem]]


def find_faults(
    staged: LazyFrame, schema: TableSchema, catalogue: Catalogue, engine: Engine, places: dict[str, str]
) -> Found:
    """Problems by part: cells that cannot be read, are missing or outside the period, and keys that repeat.

    `places` names each part for messages. Values of private columns are not shown.
    """
    marks = [f"{name}__{mark}" for name in schema.columns for mark in MARKS]
    sums = (nw.col(mark).sum().cast(nw.Int64).alias(mark) for mark in marks)
    counts = engine.observe(staged.group_by(PART).agg(*sums).sort(PART)).set_index(PART)
    found: Found = {}
    for part, row in counts.iterrows():
        for mark in row.index[row > 0]:
            problem = _cell_problem(staged, schema, catalogue, engine, str(part), mark, int(row[mark]), places)
            found.setdefault(str(part), []).append(problem)
    for part, problem in _repeated_keys(staged, schema, engine, places):
        found.setdefault(part, []).append(problem)
    return found


def _cell_problem(
    staged: LazyFrame, schema: TableSchema, catalogue: Catalogue, engine: Engine, part: str, mark: str, count: int,
    places: dict[str, str],
) -> Problem:  # fmt: skip
    name, _, kind = mark.rpartition("__")
    faulty = staged.filter((nw.col(PART) == part) & (nw.col(mark) == 1))
    rows = engine.few(faulty.select(*ORIGIN, "period_start", "period_end", f"{name}__text").sort(*ORIGIN), SHOWN)
    where = f"{places[part]}, {_at(rows)}{_more(count, len(rows))}, column {schema.header(name)}"
    if kind == "missing":
        return Problem("AN025", where, "the cell is blank and may not be.", "Fill it in, or take the row out.")
    if kind == "outside":
        what = f"the day is not between {_day(rows, 'period_start')} and {_day(rows, 'period_end')}."
        return Problem("AN030", where, what, "Put the row into the return of its own year, or correct the date.")
    return _unread(schema, catalogue, name, where, sorted(rows[f"{name}__text"].unique()))


def _unread(schema: TableSchema, catalogue: Catalogue, name: str, where: str, texts: list[str]) -> Problem:
    column = schema.columns[name]
    said = "the value" if column.private else " and ".join(f'"{text}"' for text in texts)
    if column.type == "metric":
        names = ", ".join(sorted(metric.id for metric in catalogue.additive()))
        return Problem("AN004", where, f"{said} is not a metric that can be told as a figure.", f"Name one of {names}.")
    if column.type == "category":
        options = ", ".join(column.categories)
        return Problem("AN021", where, f"{said} is not one of {options}.", f"Write one of {options}.")
    expected, remedy = EXPECTED[column.type]
    return Problem("AN021", where, f"{said} cannot be read as {expected}.", remedy)


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
    kept = staged.filter(nw.col("set_aside").is_null())
    groups = kept.group_by(PART, *schema.key).agg(nw.len().alias("rows"), nw.col("source_row").min().alias("first"))
    repeated = groups.filter(nw.col("rows") > 1)
    totals = engine.observe(repeated.group_by(PART).agg(nw.len().alias("keys")).sort(PART))
    problems = []
    for part, total in totals.itertuples(index=False):
        firsts = engine.few(repeated.filter(nw.col(PART) == part).select("first").sort("first"), SHOWN)["first"]
        rows = ", ".join(str(row) for row in firsts)
        where = f"{places[part]}, {schema.title}, row{'s' if total > 1 else ''} {rows}{_more(int(total), SHOWN)}"
        key = " and ".join(schema.header(name) for name in schema.key)
        remedy = "Keep one row for each, or correct the key."
        problems.append((part, Problem("AN026", where, f"{key} stand again in a later row.", remedy)))
    return problems
