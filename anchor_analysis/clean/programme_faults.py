"""What cannot be in the stages of programmes: people below none, and a stage that more reached than the one before."""

from __future__ import annotations

from functools import reduce
from itertools import combinations, pairwise
from operator import add
from typing import Any

import narwhals as nw
import pandas as pd

from anchor_analysis.clean.derived.programmes import COHORT
from anchor_analysis.clean.faults import SHOWN, Found, Wrong, problems_of_rows
from anchor_analysis.clean.stage import ORIGIN, PART
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import MOST_CELLS, Cell, Problem

#: The stages that may be blank: their weeks may not be over yet.
NOT_DUE = ["sustained_13", "sustained_26"]


def programme_faults(staged: LazyFrame, schema: TableSchema, engine: Engine, places: dict[str, str]) -> Found:
    """Problems by part (AN070, AN071) of rows that each can be read, and that cannot all be so."""
    kept = staged.filter(nw.col("set_aside").is_null())
    found: Found = {}
    for holds, wrong in _wrong_rows():
        for part, problem in problems_of_rows(kept.filter(holds), schema, wrong, engine, places):
            found.setdefault(part, []).append(problem)
    for part, problem in _growing_stages(kept, list(schema.columns["stage"].categories), engine, places):
        found.setdefault(part, []).append(problem)
    return found


def _wrong_rows() -> list[tuple[nw.Expr, Wrong]]:
    """What a row may not say of people and costs."""
    people, cost, stage = nw.col("people"), nw.col("cost_pence"), nw.col("stage")
    blank = nw.col("people__text").is_null() & ~stage.is_in(NOT_DUE)
    beside = "the cost stands beside another stage than start."
    move = "Write what a cohort costs once, in its rows of the stage start, and leave it blank in all others."
    return [
        (people < 0, Wrong("people", "fewer people than none.", "0 or more", "Count again, and correct the number.")),
        (cost < 0, Wrong("cost_pence", "a cost below zero.", "0 or more", "Write what it costs the member.")),
        (blank, Wrong("people", "the number is blank, and only the weeks in work may be not over yet.", "a number",
                      "Write how many; 0 if nobody did. Take a stage that nobody counts out.")),
        (~cost.is_null() & (stage != "start"), Wrong("cost_pence", beside, "a blank", move)),
    ]  # fmt: skip


def _growing_stages(
    kept: LazyFrame, stages: list[str], engine: Engine, places: dict[str, str]
) -> list[tuple[str, Problem]]:
    """Cohorts of which more people reached a stage than the one before it; of stages not told, the one before these."""
    cohorts = kept.group_by(*COHORT).agg(*(one for stage in stages for one in _of_stage(stage)))
    # a sum of nothing is 0, and a stage that nobody told is not
    cohorts = cohorts.with_columns(
        nw.when(nw.col(f"{stage}__told") > 0).then(nw.col(f"{stage}__people")).alias(f"{stage}__people")
        for stage in stages
    )
    more = (
        nw.when(nw.col(f"{later}__people") > nw.col(f"{before}__people")).then(1).otherwise(0)
        for before, later in combinations(stages, 2)
    )
    found = engine.few(cohorts.filter(reduce(add, more) > 0).sort(*COHORT), MOST_CELLS)
    problems = []
    for part, own in found.groupby(PART, sort=True):
        cells = [_cell(row, stages) for row in own.to_dict("records")]
        said = [f"row {cell.row}: {cell.what}" for cell in cells[:SHOWN]]
        rest = f" and {len(cells) - SHOWN:,} more" if len(cells) > SHOWN else ""
        remedy = "Count each stage among the people of the stage before it, over all wards, and correct the numbers."
        where = f"{places[str(part)]}, Programmes, {'; '.join(said)}{rest}"
        what = "more people reached a stage than the stage before it."
        expected = "at most as many people as at the stage before"
        problems.append((str(part), Problem("AN070", where, what, remedy, expected, cells, len(cells))))
    return problems


def _of_stage(stage: str) -> list[nw.Expr]:
    """Of a cohort, how many rows tell of a stage, their people, and where its first row is."""
    of_stage = (nw.col("stage") == stage) & ~nw.col("people").is_null()
    told = nw.when(of_stage).then(1).otherwise(0).sum().cast(nw.Int64)
    people = nw.when(of_stage).then(nw.col("people")).sum().cast(nw.Int64)
    origin = [nw.when(of_stage).then(nw.col(name)).min().alias(f"{stage}__{name}") for name in ORIGIN]
    return [told.alias(f"{stage}__told"), people.alias(f"{stage}__people"), *origin]


def _cell(row: dict[str, Any], stages: list[str]) -> Cell:
    """The first row of the stage that more reached than the one before, and which cohort that is."""
    told = [stage for stage in stages if not pd.isna(row[f"{stage}__people"])]
    before, later = next(pair for pair in pairwise(told) if row[f"{pair[1]}__people"] > row[f"{pair[0]}__people"])
    what = f"{row['programme_id']}, cohort {row['cohort']}, has more people at {later} than at {before}."
    file, sheet, number = (row[f"{later}__{name}"] for name in ORIGIN)
    return Cell(str(file), str(sheet or ""), int(number), "people", what)
