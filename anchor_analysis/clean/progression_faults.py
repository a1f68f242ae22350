"""What cannot be in scores: no level and not said that none applies, or what the framework does not have."""

from __future__ import annotations

from functools import reduce
from operator import or_

import narwhals as nw

from anchor_analysis.clean.faults import Found, Wrong, problems_of_rows
from anchor_analysis.declared import Catalogue, TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame

_DECLARE = (
    "Declare the goal with its source in definitions/frameworks, or leave it blank: the whole dimension is scored."
)


def progression_faults(
    staged: LazyFrame, schema: TableSchema, catalogue: Catalogue, engine: Engine, places: dict[str, str]
) -> Found:
    """Problems by part (AN060, AN061) of rows that each can be read, and that cannot be scores."""
    kept = staged.filter(nw.col("set_aside").is_null())
    found: Found = {}
    for holds, wrong in [*_levels(), *_places(catalogue)]:
        for part, problem in problems_of_rows(kept.filter(holds), schema, wrong, engine, places):
            found.setdefault(part, []).append(problem)
    return found


def _levels() -> list[tuple[nw.Expr, Wrong]]:
    """A row has a level, or says that the dimension does not apply."""
    level, does_not = nw.col("level"), (nw.col("not_applicable") == 1).fill_null(False)
    remedy = "Write the level, or yes under not_applicable and no level."
    neither = "there is no level, and it does not say that none applies."
    blank = nw.col("level__text").is_null()
    return [
        (blank & ~does_not, Wrong("level", neither, "1 to 4", remedy, code="AN060")),
        (~level.is_null() & does_not,
         Wrong("level", "there is a level for what does not apply.", "a blank", remedy, code="AN060")),
    ]  # fmt: skip


def _places(catalogue: Catalogue) -> list[tuple[nw.Expr, Wrong]]:
    """The dimension, and the goal if one is named, are of the row's framework."""
    framework, dimension, goal = nw.col("framework"), nw.col("dimension"), nw.col("goal")
    of_framework, goals = [], []
    for name, one in sorted(catalogue.frameworks.items()):
        of_framework.append((framework == name) & dimension.is_in(sorted(one.dimensions)))
        for own, about in one.dimensions.items():
            words = sorted({word for key, value in about.goals.items() for word in (key, value.title)})
            if words:
                goals.append((framework == name) & (dimension == own) & goal.is_in(words))
    known = reduce(or_, of_framework) if of_framework else nw.lit(False)
    stands = ~framework.is_null() & ~dimension.is_null()
    named = reduce(or_, goals).fill_null(False) if goals else nw.col("source_row") < 0
    return [
        (stands & ~known, Wrong("dimension", "the framework has no such dimension.", "a dimension of it",
                                "Name the framework that was used, or a dimension of it.", code="AN061")),
        (stands & ~goal.is_null() & ~named, Wrong("goal", "the framework declares no such goal of the dimension.",
                                                  "a goal of it, or a blank",
                                                  _DECLARE, code="AN061")),
    ]  # fmt: skip
