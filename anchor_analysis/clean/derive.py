"""Columns that the cleaned rows themselves give, as the schema's `derived` section describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from anchor_analysis.clean.redactions import redaction
from anchor_analysis.engine.base import LazyFrame

#: Contracts whose posts count as staff; bank posts are offers of work, not posts.
STAFF_CONTRACTS = ["permanent", "fixed_term"]


def derive(frame: LazyFrame, table: str, payees: Mapping[str, Sequence[str]]) -> LazyFrame:
    """The frame, whose rows know their part, member and `period_end`, with its table's derived columns.

    `payees` are the keys of each member's names, as `Network.payees` gives them; no key is in it twice.
    """
    if table == "ledger":
        taken_out = redaction(nw.col("supplier_name")).alias("redaction")
        return _ledger(frame, payees).with_columns(taken_out)
    return _workforce(frame) if table == "workforce" else frame


def _ledger(frame: LazyFrame, payees: Mapping[str, Sequence[str]]) -> LazyFrame:
    # Side by side rather than joined: it keeps the rows as they are, whatever the names.
    named = [nw.when(nw.col("_payee").is_in(list(keys))).then(nw.lit(member)) for member, keys in payees.items()]
    paid = nw.coalesce(nw.lit(None).cast(nw.String), *named)
    frame = frame.with_columns(_name_key("supplier_name").alias("_payee")).with_columns(paid.alias("paid_member"))
    itself = nw.col("paid_member") == nw.col("member")
    whom = nw.when(itself).then(nw.lit("itself")).otherwise(nw.lit("other_member"))
    paid_to = nw.when(nw.col("paid_member").is_null()).then(nw.lit("supplier")).otherwise(whom)
    return frame.with_columns(paid_to.alias("paid_to")).drop("_payee")


def _name_key(column: str) -> nw.Expr:
    """What `declared.names.name_key` gives, by every engine; lower case, since engines differ in capitals of ß."""
    letters = nw.col(column).str.replace_all("&", "and", literal=True).str.replace_all(r"[^\p{L}\p{N}]", "")
    return letters.str.to_lowercase()


def _workforce(frame: LazyFrame) -> LazyFrame:
    began = nw.col("start_date").is_null() | (nw.col("start_date") <= nw.col("period_end"))
    goes_on = nw.col("leave_date").is_null() | (nw.col("leave_date") >= nw.col("period_end"))
    employed = nw.col("contract").is_in(STAFF_CONTRACTS) & began & goes_on
    frame = frame.with_columns(
        nw.when(employed).then(1).otherwise(0).cast(nw.Int64).alias("employed"),
        nw.col("primary").fill_null(0).alias("primary"),
    )
    # One order for all engines: main post first, then most hours, then the assignment's number as text.
    frame = frame.with_columns((0 - nw.col("primary")).alias("_main"), (0 - nw.col("fte_e5")).alias("_hours"))
    place = (
        nw.col("source_row")
        .cum_count()
        .over("part", "employee_id", "employed", order_by=["_main", "_hours", "assignment_id"])
    )
    stands = (nw.col("employed") == 1) & (place == 1)
    frame = frame.with_columns(nw.when(stands).then(1).otherwise(0).cast(nw.Int64).alias("person"))
    return frame.drop("_main", "_hours")
