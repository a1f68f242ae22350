"""What a ledger line's supplier is: by the member's supplier master, and by all that the member pays it in the year."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.engine.letters import small_letters

PART = "part"

#: The largest suppliers, and the larger group that they are the first of.
FIRST, LARGEST = 10, 300

_UNTOLD = "unknown"


def with_master(frame: LazyFrame, master: LazyFrame | None) -> LazyFrame:
    """Ledger lines with what the member's master has of their supplier: `in_master`, `master_postcode` and more.

    `master_branch` is 1, 0 or missing; `supplier_sector`, `supplier_enterprise` and `supplier_voluntary` are those of
    the schema.
    """
    if master is None:
        text, number = nw.lit(None).cast(nw.String), nw.lit(None).cast(nw.Int64)
        told = {"master_postcode": text, "in_master": number, "master_branch": number}
        untold = {name: nw.lit(_UNTOLD) for name in ("supplier_sector", "supplier_enterprise", "supplier_voluntary")}
        return frame.with_columns(**told, **untold)
    voluntary = nw.when(nw.col("voluntary") == 1).then(nw.lit("yes")).otherwise(nw.lit("no"))
    columns = {
        "master_postcode": nw.col("supplier_postcode"),
        "in_master": nw.lit(1).cast(nw.Int64),
        "master_branch": nw.col("branch_in_area"),
        "supplier_sector": nw.col("sector"),
        "supplier_enterprise": nw.col("enterprise"),
        "supplier_voluntary": nw.when(~nw.col("voluntary").is_null()).then(voluntary),
    }
    joined = frame.join(master.select(PART, "supplier_id", **columns), on=[PART, "supplier_id"], how="left")
    return joined.with_columns(
        nw.col("supplier_sector", "supplier_enterprise", "supplier_voluntary").fill_null(_UNTOLD)
    )


def branched() -> nw.Expr:
    """Whether a supplier is based or branched in the area, of lines with their `place` and `master_branch`."""
    place, branch = nw.col("place"), nw.col("master_branch")
    untold = nw.when(branch.is_null()).then(nw.lit(_UNTOLD)).otherwise(place)
    elsewhere = nw.when(branch == 1).then(nw.lit("branched")).otherwise(untold)
    return nw.when(place == "in_area").then(place).otherwise(elsewhere)


def with_rank(frame: LazyFrame) -> LazyFrame:
    """Ledger lines with `supplier_rank`, as the schema describes it."""
    name = nw.when(nw.col("redaction").is_null()).then(small_letters(nw.col("supplier_name")))
    named = nw.concat_str(nw.lit("name "), name)
    key = (
        nw.when(nw.col("supplier_id").is_null())
        .then(named)
        .otherwise(nw.concat_str(nw.lit("id "), nw.col("supplier_id")))
    )
    keyed = frame.with_columns(nw.when(nw.col("paid_to") == "supplier").then(key).alias("_key"))
    paid = keyed.filter(~nw.col("_key").is_null()).group_by(PART, "_key").agg(nw.col("net_pence").sum().alias("_paid"))
    place = nw.col("_paid").rank("min", descending=True).over(PART)
    group = (
        nw.when(place <= FIRST)
        .then(nw.lit("top_10"))
        .otherwise(nw.when(place <= LARGEST).then(nw.lit("next_290")).otherwise(nw.lit("other")))
    )
    ranked = paid.select(PART, "_key", group.alias("supplier_rank"))
    none = nw.when(nw.col("paid_to") == "supplier").then(nw.lit(_UNTOLD)).otherwise(nw.lit("other"))
    found = keyed.join(ranked, on=[PART, "_key"], how="left")
    return found.with_columns(nw.coalesce(nw.col("supplier_rank"), none).alias("supplier_rank")).drop("_key")
