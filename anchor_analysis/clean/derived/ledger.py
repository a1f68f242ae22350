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
_FILE = ["part", "source_file", "source_sheet"]
_AMOUNT = ["payment_date", "net_pence"]
_TEXTS = ["transaction_id", "supplier_id", "supplier_name", "supplier_postcode", "category"]
_SHORT = [*_FILE, *_AMOUNT, "_transaction_id"]


def ledger(frame: LazyFrame, network: Network) -> LazyFrame:
    """Payments with `redaction`, `paid_member`, `paid_to`, `spend_category`, `influence` and `line_alike`."""
    return _alike(_bought(_paid(frame, network.payees), network.categories))


def _alike(frame: LazyFrame) -> LazyFrame:
    """With `line_alike`: the first line of those that are alike in one file, or one that stands there again.

    Only lines whose date, amount and transaction stand in their file more than once are looked at whole.
    """
    known = [nw.col(name).fill_null("").alias(f"_{name}") for name in _TEXTS]
    lines = frame.select(*_FILE, "source_row", *_AMOUNT, *known)
    several = lines.group_by(*_SHORT).agg(nw.len().alias("_lines")).filter(nw.col("_lines") > 1)
    suspects = lines.join(several.select(*_SHORT), on=_SHORT, how="semi")
    first = nw.col("source_row").min().over(*_SHORT, *(f"_{name}" for name in _TEXTS[1:]))
    again = suspects.with_columns(first.alias("_first")).filter(nw.col("source_row") != nw.col("_first"))
    marked = again.select(*_FILE, "source_row", line_alike=nw.lit("again"))
    joined = frame.join(marked, on=[*_FILE, "source_row"], how="left")
    return joined.with_columns(nw.col("line_alike").fill_null("first"))


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
    """With what a name tells, which is asked once of every name and not of every line."""
    names = frame.select("supplier_name").filter(~nw.col("supplier_name").is_null()).unique()
    named = [nw.when(nw.col("_payee").is_in(list(keys))).then(nw.lit(member)) for member, keys in payees.items()]
    some = nw.when(nw.col("_payee").is_in([key for keys in payees.values() for key in keys]))  # hardly any line
    paid = some.then(nw.coalesce(nw.lit(None).cast(nw.String), *named))
    names = names.with_columns(_name_key("supplier_name").alias("_payee"))
    names = names.select(
        "supplier_name", paid.alias("paid_member"), redaction(nw.col("supplier_name")).alias("redaction")
    )
    frame = frame.join(names, on="supplier_name", how="left")
    itself = nw.col("paid_member") == nw.col("member")
    whom = nw.when(itself).then(nw.lit("itself")).otherwise(nw.lit("other_member"))
    paid_to = nw.when(nw.col("paid_member").is_null()).then(nw.lit("supplier")).otherwise(whom)
    return frame.with_columns(paid_to.alias("paid_to"))


def _name_key(column: str) -> nw.Expr:
    """What `declared.names.name_key` gives, by every engine; lower case, since engines differ in capitals of ß."""
    letters = nw.col(column).str.replace_all("&", "and", literal=True).str.replace_all(r"[^\p{L}\p{N}]", "")
    return small_letters(letters)
