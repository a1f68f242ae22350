"""Cells that members corrected: the return stays as it came, and what changed stands in the edit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import narwhals as nw
import pandas as pd

from anchor_analysis.clean import values
from anchor_analysis.clean.stage import ORIGIN, PART
from anchor_analysis.declared import TableSchema
from anchor_analysis.declared.answers import Correction
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Problem
from anchor_analysis.read.rows import Origin

RULE = "corrected by the member"


@dataclass(frozen=True)
class Cell:
    """A correction, and which cell of which canonical column it means; no column where the table has none such."""

    part: str
    told: Correction
    column: str

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Its part and origin."""
        return self.part, self.told.file, self.told.sheet, self.told.row

    @property
    def here(self) -> nw.Expr:
        """Whether a row is the cell's."""
        return reduce(and_, (nw.col(name) == value for name, value in zip([PART, *ORIGIN], self.place, strict=True)))

    @property
    def edit(self) -> tuple[str | int, ...]:
        """What the edit log says of it."""
        return (*self.place, self.column, RULE, self.told.was, self.told.now)


def cells_of(part: str, corrections: Iterable[Correction], schema: TableSchema) -> list[Cell]:
    """The cells of a table that a return's corrections mean, by canonical names or by the template's headers.

    What is personal or sensitive has no place in a file that is tracked, so such a column counts as none.
    """
    open_to_all = {name: column for name, column in schema.columns.items() if not (column.personal or column.sensitive)}
    names = {schema.header(name): name for name in open_to_all} | {name: name for name in open_to_all}
    return [Cell(part, told, names.get(told.column, "")) for told in corrections]


def correct(raw: LazyFrame, cells: Iterable[Cell]) -> LazyFrame:
    """The source rows with every cell corrected that holds what it is said to hold."""
    for cell in cells:
        if cell.column:
            fits = cell.here & (values.stripped(cell.column) == cell.told.was)
            raw = raw.with_columns(
                nw.when(fits).then(nw.lit(cell.told.now)).otherwise(nw.col(cell.column)).alias(cell.column),
                nw.when(fits).then(nw.lit(True)).otherwise(nw.col("source_spaced")).alias("source_spaced"),
            )
    return raw


def misfits(raw: LazyFrame, cells: list[Cell], engine: Engine, places: dict[str, str]) -> list[tuple[str, Problem]]:
    """Each part's corrections that fit no cell (AN035): it holds something else, or is not there."""
    named = [cell for cell in cells if cell.column]
    problems = [
        (cell.part, _problem(cell, places, "the table has no such column that may be corrected here"))
        for cell in cells
        if not cell.column
    ]
    if not named:
        return problems
    texts = [values.stripped(name).alias(name) for name in sorted({cell.column for cell in named})]
    rows = engine.observe(raw.filter(reduce(or_, (cell.here for cell in named))).select(PART, *ORIGIN, *texts))
    held = {tuple(row[name] for name in [PART, *ORIGIN]): row for row in rows.to_dict("records")}
    for cell in named:
        row = held.get(cell.place)
        if row is None or row[cell.column] != cell.told.was:
            problems.append(
                (
                    cell.part,
                    _problem(
                        cell,
                        places,
                        "the cell is not there"
                        if row is None
                        else "the cell holds something else than the correction says",
                    ),
                )
            )
    return problems


def edits(cells: Iterable[Cell]) -> pd.DataFrame:
    """The edit log's rows of corrections."""
    columns = [PART, *ORIGIN, "column", "rule", "before", "after"]
    typed = dict.fromkeys(columns, "str") | {"source_row": "int64"}
    return pd.DataFrame([cell.edit for cell in cells], columns=columns).astype(typed)


def not_read(part: str, told: Correction, places: dict[str, str]) -> Problem:
    """The problem of a correction whose file or sheet the return does not have."""
    return _problem(Cell(part, told, ""), places, "the return has no such file or sheet")


def _problem(cell: Cell, places: dict[str, str], what: str) -> Problem:
    told, file = cell.told, Origin(cell.told.file, cell.told.sheet).where
    where = f"answers.toml, {places[cell.part]}, {file}, row {told.row}, column {told.column}"
    remedy = "See what the return holds now, and mend the correction or take it out."
    return Problem("AN035", where, f"{what}.", remedy)
