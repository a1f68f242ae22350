"""What a ledger line's supplier is: by the member's supplier master, and by all that the member pays it in the year."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.engine.letters import small_letters

PART = "part"

#: The largest suppliers, and the larger group that they are the first of.
FIRST, LARGEST = 10, 300

_UNTOLD = "unknown"

#: Who is paid: by a number, or where there is none by a name in small letters.
_WHO = [PART, "_number", "_name"]


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
    """Whether a supplier is based or branched in the area, of lines with `supplier_place` and `master_branch`."""
    place, branch = nw.col("supplier_place"), nw.col("master_branch")
    untold = nw.when(branch.is_null()).then(nw.lit(_UNTOLD)).otherwise(place)
    elsewhere = nw.when(branch == 1).then(nw.lit("branched")).otherwise(untold)
    return nw.when(place == "in_area").then(place).otherwise(elsewhere)


def with_rank(frame: LazyFrame) -> LazyFrame:
    """Ledger lines with `supplier_rank`, as the schema describes it."""
    known = nw.when(nw.col("redaction").is_null()).then(small_letters(nw.col("supplier_name")))
    name = nw.when(nw.col("supplier_id").is_null()).then(known).otherwise(nw.lit(""))
    somebody = (nw.col("paid_to") == "supplier") & ~name.is_null()
    number = nw.when(somebody).then(nw.col("supplier_id").fill_null(""))
    keyed = frame.with_columns(number.alias("_number"), nw.when(somebody).then(name).alias("_name"))
    paid = keyed.filter(~nw.col("_number").is_null()).group_by(*_WHO).agg(nw.col("net_pence").sum().alias("_paid"))
    place = nw.col("_paid").rank("min", descending=True).over(PART)
    group = (
        nw.when(place <= FIRST)
        .then(nw.lit("top_10"))
        .otherwise(nw.when(place <= LARGEST).then(nw.lit("next_290")).otherwise(nw.lit("other")))
    )
    ranked = paid.select(*_WHO, group.alias("supplier_rank"))
    none = nw.when(nw.col("paid_to") == "supplier").then(nw.lit(_UNTOLD)).otherwise(nw.lit("other"))
    found = keyed.join(ranked, on=_WHO, how="left")
    return found.with_columns(nw.coalesce(nw.col("supplier_rank"), none).alias("supplier_rank")).drop(*_WHO[1:])
