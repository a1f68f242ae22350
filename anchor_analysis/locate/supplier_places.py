"""Where a payment's supplier is: by the line, by the member's own master, else by the same supplier elsewhere."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw

from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.link.records import supplier_key

_JOINED = ["part", "supplier_key"]


def with_supplier_places(frame: LazyFrame, engine: Engine, suppliers: Path | None) -> LazyFrame:
    """Ledger lines with `postcode_used`, `supplier_place_from` and `supplier_entity`.

    The lines have `master_postcode`, and `part`; `suppliers` has for each part and `supplier_key` the `entity`, the
    `linked_postcode` (blank where none is known) and `place_from`. No line is lost or doubled, since a supplier is
    there once for each part. Without the table nothing is linked.
    """
    own, master = nw.col("supplier_postcode"), nw.col("master_postcode")
    if suppliers is None:
        nothing = nw.lit(None).cast(nw.String)
        frame = frame.with_columns(
            nothing.alias("entity"), nothing.alias("linked_postcode"), nw.lit("none").alias("place_from")
        )
    else:
        key = supplier_key(nw.col("supplier_id"), nw.col("supplier_name"))
        linked = engine.scan([suppliers]).select(*_JOINED, "entity", "linked_postcode", "place_from")
        frame = frame.with_columns(key.alias("supplier_key")).join(linked, on=_JOINED, how="left")
    elsewhere = nw.when(nw.col("linked_postcode") != "").then(nw.col("linked_postcode"))
    none = nw.coalesce(nw.col("place_from"), nw.lit("none"))
    in_master = nw.when(master.is_null()).then(none).otherwise(nw.lit("own_master"))
    return frame.with_columns(
        nw.coalesce(own, master, elsewhere).alias("postcode_used"),
        nw.when(own.is_null()).then(in_master).otherwise(nw.lit("line")).alias("supplier_place_from"),
        nw.col("entity").alias("supplier_entity"),
    )
