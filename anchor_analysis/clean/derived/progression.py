"""What the rows of a dimension tell of one another: whose score counts, and what becomes of it in later versions."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.declared.frameworks import carried_dimensions
from anchor_analysis.engine.base import LazyFrame

_SCORED = ["part", "dimension_now", "_goal"]


def progression(frame: LazyFrame, network: Network) -> LazyFrame:
    """Scores with the schema's derived columns; the first assessor of a dimension or goal counts, in order of text."""
    level = nw.col("level")
    frame = frame.with_columns(
        _now(network).alias("dimension_now"), nw.col("goal").fill_null("").alias("_goal"), _to_target(),
        nw.when(nw.col("evidence").is_null()).then(nw.lit("no")).otherwise(nw.lit("yes")).alias("has_evidence"),
    )  # fmt: skip
    frame = frame.with_columns(
        nw.col("source_row").cum_count().over(*_SCORED, order_by=["assessor", "framework"]).alias("_place")
    )
    second = nw.when(nw.col("_place") == 2).then(level).max().over(*_SCORED)
    first, whole = nw.col("_place") == 1, nw.col("_goal") == ""
    does_not = (nw.col("not_applicable") == 1).fill_null(False)
    frame = frame.with_columns(
        _joined(level.fill_null("na")).alias("dimension_level"),
        _joined(nw.col("to_target")).alias("dimension_to_target"),
        _one(first & whole & ~level.is_null()).alias("score"),
        _one(first & whole & does_not).alias("score_not_applicable"),
        _one(first & ~whole & ~level.is_null()).alias("goal_score"),
        second.alias("_second"),
    )
    level_second = nw.when(first & ~level.is_null()).then(nw.col("_second"))
    return frame.with_columns(level_second.alias("level_second")).drop("_place", "_second", "_goal")


def _now(network: Network) -> nw.Expr:
    """The dimension in the newest version; only what has another name there is looked up."""
    found = nw.col("dimension")
    for (framework, old), now in sorted(carried_dimensions(network.catalogue.frameworks).items()):
        if old != now:
            is_it = (nw.col("framework") == framework) & (nw.col("dimension") == old)
            found = nw.when(is_it).then(nw.lit(now)).otherwise(found)
    return found


def _to_target() -> nw.Expr:
    """Levels below the target; what has no level or no target is no_target."""
    below = nw.col("target").cast(nw.Int64) - nw.col("level").cast(nw.Int64)
    reached = nw.when(below <= 0).then(nw.lit("reached")).otherwise(below.cast(nw.String))
    return nw.when(below.is_null()).then(nw.lit("no_target")).otherwise(reached).alias("to_target")


def _joined(part: nw.Expr) -> nw.Expr:
    return nw.concat_str([nw.col("dimension_now"), part], separator=":")


def _one(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(1).otherwise(0).cast(nw.Int64)
