"""Payments that were sent twice: the same file again, saved anew, or files whose periods overlap."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.clean.stage import PART
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Problem
from anchor_analysis.read.rows import Origin

#: So many rows, and such a share of the smaller file, may stand in two files by chance.
FEWEST, SMALLEST_SHARE = 3, 0.02

#: What makes two lines the same payment. Invoice numbers are the supplier's own and collide, so never they alone.
_SAME = ["payment_date", "net_pence", "transaction_id", "supplier_id", "supplier_name", "category"]
_FILE = ["source_file", "source_sheet"]


def repeated_files(
    staged: LazyFrame, schema: TableSchema, engine: Engine, places: dict[str, str]
) -> list[tuple[str, Problem]]:
    """Each part's pairs of ledger files that hold the same payments.

    Two lines are the same payment if date, amount, transaction, supplier and category are alike; lines that are
    alike within one file are left alone, since invoices are paid in equal parts.
    """
    if schema.table != "ledger":
        return []
    kept = staged.filter(nw.col("set_aside").is_null())
    sizes = engine.observe(kept.group_by(PART, *_FILE).agg(nw.len().alias("rows"))).set_index([PART, *_FILE])["rows"]
    files = sizes.groupby(level=0).size()
    several = sorted(files[files > 1].index)
    if not several:
        return []
    texts = [nw.col(name).fill_null("").alias(name) for name in _SAME[2:]]
    lines = kept.select(PART, *_FILE, *_SAME[:2], *texts).group_by(PART, *_FILE, *_SAME).agg(nw.len().alias("lines"))
    lines = lines.filter(nw.col(PART).is_in(several))
    others = lines.rename({"source_file": "other_file", "source_sheet": "other_sheet", "lines": "again"})
    pairs = lines.join(others, on=[PART, *_SAME], how="inner").filter(
        (nw.col("source_file") < nw.col("other_file"))
        | ((nw.col("source_file") == nw.col("other_file")) & (nw.col("source_sheet") < nw.col("other_sheet")))
    )
    both = nw.when(nw.col("lines") < nw.col("again")).then(nw.col("lines")).otherwise(nw.col("again"))
    pairs = pairs.with_columns(both.alias("both")).with_columns((nw.col("both") * nw.col("net_pence")).alias("pence"))
    sums = [nw.col(name).sum().cast(nw.Int64).alias(name) for name in ("both", "pence")]
    by = [PART, *_FILE, "other_file", "other_sheet"]
    found = engine.observe(pairs.group_by(*by).agg(*sums).sort(*by))
    problems = []
    for row in found.itertuples():
        first, second = Origin(row.source_file, row.source_sheet), Origin(row.other_file, row.other_sheet)
        smaller = min(sizes[row.part, one.file, one.sheet] for one in (first, second))
        if row.both >= min(FEWEST, smaller) and row.both >= SMALLEST_SHARE * smaller:
            every = "all" if row.both == smaller else f"{row.both:,} of {smaller:,}"
            what = f"{every} payments of the smaller file stand in {first.where} too, £{row.pence / 100:,.2f} in all."
            remedy = "Leave one of the files out, or say that both are right, in answers.toml."
            problems.append((row.part, Problem("AN033", f"{places[row.part]}, {second.where}", what, remedy)))
    return problems
