"""What the rows of an item tell of one another: by which of its coders it counts, and what the second made of it."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

_ITEM = ["part", "item_id"]


def listening(frame: LazyFrame, network: Network) -> LazyFrame:
    """Items with `item` and `theme_second`; one of no told source has the source `unknown`."""
    place = nw.col("source_row").cum_count().over(*_ITEM, order_by="coder")
    frame = frame.with_columns(place.alias("_place"))
    second = nw.when(nw.col("_place") == 2).then(nw.col("theme")).max().over(*_ITEM)
    first = nw.col("_place") == 1
    frame = frame.with_columns(
        nw.when(first).then(1).otherwise(0).cast(nw.Int64).alias("item"), second.alias("_second")
    )
    frame = frame.with_columns(nw.col("source").fill_null("unknown").alias("source"))
    return frame.with_columns(nw.when(first).then(nw.col("_second")).alias("theme_second")).drop("_place", "_second")
