"""What a payment's own row tells of it: whether it pays a member, what it buys, and why its supplier is not named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from anchor_analysis.clean.redactions import redaction
from anchor_analysis.declared import Network
from anchor_analysis.declared.spending import NO_CATEGORY, UNKNOWN, SpendCategory
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.engine.letters import small_letters

#: What is alike in two lines of a file that may be one payment, entered twice.
_LINE = [
    "member", "network_year", "source_file", "source_sheet", "payment_date", "net_pence", "transaction_id",
    "supplier_id", "supplier_name", "supplier_postcode", "category",
]  # fmt: skip


def ledger(frame: LazyFrame, network: Network) -> LazyFrame:
    """Payments with `redaction`, `paid_member`, `paid_to`, `spend_category`, `influence` and `line_alike`."""
    frame = _bought(_paid(frame, network.payees), network.categories)
    return _alike(frame).with_columns(redaction(nw.col("supplier_name")).alias("redaction"))


def _alike(frame: LazyFrame) -> LazyFrame:
    """With `line_alike`: the first line of those that are alike in one file, or one that stands there again."""
    first = nw.col("source_row").min().over(*_LINE)
    found = nw.when(nw.col("source_row") == first).then(nw.lit("first")).otherwise(nw.lit("again"))
    return frame.with_columns(found.alias("line_alike"))


def _bought(frame: LazyFrame, categories: Sequence[SpendCategory]) -> LazyFrame:
    word = nw.col("_word")
    category, influence = nw.lit(NO_CATEGORY), nw.lit(NO_CATEGORY)
    for one in categories:
        found = word.is_in(one.keys)
        category = nw.when(found).then(nw.lit(one.id)).otherwise(category)
        tag = "influenceable" if one.influenceable else "not_influenceable"
        influence = nw.when(found).then(nw.lit(tag)).otherwise(influence)
    none = word.is_null() | (word == "")
    return (
        frame.with_columns(_name_key("category").alias("_word"))
        .with_columns(
            nw.when(none).then(nw.lit(UNKNOWN)).otherwise(category).alias("spend_category"),
            nw.when(none).then(nw.lit(UNKNOWN)).otherwise(influence).alias("influence"),
        )
        .drop("_word")
    )


def _paid(frame: LazyFrame, payees: Mapping[str, Sequence[str]]) -> LazyFrame:
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
    return small_letters(letters)
