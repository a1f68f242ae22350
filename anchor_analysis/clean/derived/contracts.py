"""Whether social value was asked for in a contract, and what is told of what was committed to and delivered."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame


def contracts(frame: LazyFrame, network: Network) -> LazyFrame:
    """Contracts with `contract`, `social_value` and what is told of it, as the schema's `derived` section has them."""
    weighting, committed = nw.col("weighting_e3"), nw.col("committed_pence")
    asked = (weighting > 0).fill_null(False) | (committed > 0).fill_null(False)
    not_told = weighting.is_null() & committed.is_null()
    known = nw.when(asked).then(nw.lit("asked")).otherwise(nw.lit("not_asked"))
    frame = frame.with_columns(
        nw.lit(1).cast(nw.Int64).alias("contract"),
        nw.when(not_told).then(nw.lit("unknown")).otherwise(known).alias("social_value"),
    )
    return frame.with_columns(_told("committed"), _told("delivered"))


def _told(name: str) -> nw.Expr:
    amount = nw.when(nw.col("social_value") == "not_asked").then(0).otherwise(nw.col(f"{name}_pence"))
    return amount.cast(nw.Int64).alias(f"{name}_told_pence")
