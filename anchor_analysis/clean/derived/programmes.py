"""What the rows of a cohort tell of one another: whether its weeks in work are known, and whether it has a cost."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

#: The rows of one cohort.
COHORT = ["part", "programme_id", "cohort"]


def programmes(frame: LazyFrame, network: Network) -> LazyFrame:
    """Stages of programmes with `followed_13`, `followed_26` and `costed`."""
    told = ~nw.col("people").is_null()
    return frame.with_columns(
        _any_of_cohort(told & (nw.col("stage") == "sustained_13")).alias("followed_13"),
        _any_of_cohort(told & (nw.col("stage") == "sustained_26")).alias("followed_26"),
        _any_of_cohort(~nw.col("cost_pence").is_null()).alias("costed"),
    )


def _any_of_cohort(holds: nw.Expr) -> nw.Expr:
    return nw.when(holds).then(1).otherwise(0).cast(nw.Int64).max().over(*COHORT)
