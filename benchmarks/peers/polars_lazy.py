"""The job of `rows.py` in Polars, lazily where it can be, for files of exactly this kind."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
from common import YEAR, Job, run, write_sums

from anchor_analysis.declared import load_catalogue

TEXTS = ["transaction_id", "supplier_id", "supplier_name", "category"]


class Polars:
    def __init__(self, job: Job):
        self.job = job

    def clean(self) -> None:
        accounts, normalised = [], []
        for member, file in self.job.files.items():
            frame = _cleaned(file).collect(engine="streaming")
            to = self.job.folder("canonical", member)
            _canonical(frame.lazy(), member).sink_parquet(to / "ledger.parquet", compression="zstd")
            edits = frame.lazy().filter(pl.col("net_pence") * 100 != pl.col("e4")).select(
                pl.lit("ledger.csv").alias("source_file"), pl.lit("").alias("source_sheet"), "source_row",
                pl.lit("net_pence").alias("column"), pl.lit("rounded to whole pence").alias("rule"),
                pl.col("amount").alias("before"), pl.col("net_pence").cast(pl.String).alias("after"),
            )  # fmt: skip
            edits.sink_parquet(to / "edits.parquet", compression="zstd")
            credit = pl.col("net_pence") < 0
            row = frame.select(
                pl.len().alias("rows_kept"), pl.col("net_pence").sum().alias("value_kept_pence"),
                (pl.col("net_pence") * 100 - pl.col("e4")).sum().alias("rounding_e4"),
                pl.col("net_pence").filter(credit).sum().alias("negative_pence"), credit.sum().alias("negative_rows"),
            ).row(0, named=True)  # fmt: skip
            accounts.append({"member": member, **row})
            for mark in (name for name in frame.columns if "|" in name):
                column, rule = mark.split("|")
                if cells := int(frame[mark].sum()):
                    normalised.append((member, column, rule, cells))
        pd.DataFrame(accounts).to_parquet(self.job.to / "accounts.parquet")
        columns = ["member", "column", "rule", "cells"]
        pd.DataFrame(normalised, columns=columns).to_parquet(self.job.to / "normalised.parquet")

    def locate(self) -> None:
        lines = pl.scan_parquet(str(self.job.canonical / "*" / "ledger.parquet"))
        paid = lines.group_by("member", "supplier_id").agg(pl.col("net_pence").sum().alias("paid"))
        ranked = paid.with_columns(pl.col("paid").rank("min", descending=True).over("member").alias("at"))
        at = pl.col("at")
        group = (
            pl.when(at <= 10).then(pl.lit("top_10")).when(at <= 300).then(pl.lit("next_290")).otherwise(pl.lit("other"))
        )
        found = lines.join(
            ranked.select("member", "supplier_id", group.alias("supplier_rank")), on=["member", "supplier_id"]
        )
        directory = pl.scan_parquet(self.job.directory).with_columns(pl.lit(True).alias("listed"))
        columns = ["postcode", "lad", "region", "ward", "terminated", "large_user", "listed"]
        found = found.join(directory.select(columns), left_on="supplier_postcode", right_on="postcode", how="left")
        target = pl.PartitionBy(self.job.to / "located", key="part", include_key=False)
        _located(found, self.job.lad).sink_parquet(target, compression="zstd", mkdir=True)

    def measure(self) -> None:
        lines = pl.scan_parquet(str(self.job.to / "located" / "*" / "*.parquet"))
        metrics, found = load_catalogue().additive("ledger"), []
        names = ["", *sorted({name for metric in metrics for name in metric.breakdowns})]
        asked = []
        for name in names:
            of = [metric for metric in metrics if not name or name in metric.breakdowns]
            sums = [one for metric in of for one in _sums(metric)]
            asked.append(lines.group_by("member", "network_year", pl.col(name or "member").alias("group")).agg(sums))
        for name, wide in zip(names, pl.collect_all(asked, engine="streaming"), strict=True):
            frame = wide.to_pandas()
            for metric in (metric for metric in metrics if not name or name in metric.breakdowns):
                part = frame[["member", "network_year", "group"]].assign(metric=metric.id, breakdown=name)
                part["group"] = part["group"] if name else ""
                for what in ("numerator", "unknown", "unknown_credits"):
                    part[what] = frame.get(f"{metric.id}__{what}", 0)
                found.append(part)
        write_sums(found, self.job.to / "sums.parquet")


def _cleaned(file: Path) -> pl.LazyFrame:
    raw = pl.scan_csv(file, infer_schema=False, row_index_name="source_row", row_index_offset=2)
    columns = [*TEXTS, "payment_date", "supplier_postcode", "net_gbp"]
    trimmed = {name: pl.col(name).str.strip_chars(" ") for name in columns}
    spaces = [
        (pl.col(name) != text).fill_null(False).alias(f"{_named(name)}|spaces around") for name, text in trimmed.items()
    ]
    frame = raw.with_columns(*spaces).with_columns(**trimmed)
    said, code = pl.col("net_gbp"), pl.when(pl.col("supplier_postcode") != "").then(pl.col("supplier_postcode"))
    size = said.str.replace_all("[(),£-]", "").cast(pl.Float64)
    e4 = (size * 10_000).round().cast(pl.Int64)
    credit = said.str.contains("^[(-]")
    pence = (e4 + 50) // 100
    bare = code.str.replace_all("[^0-9A-Za-z]", "").str.to_uppercase()
    slashed = pl.col("payment_date").str.slice(2, 1) == "/"
    day = pl.col("payment_date")
    return frame.with_columns(
        said.alias("amount"), pl.when(credit).then(-e4).otherwise(e4).alias("e4"),
        pl.when(credit).then(-pence).otherwise(pence).alias("net_pence"), bare.alias("supplier_postcode"),
        pl.when(slashed).then(day.str.to_date("%d/%m/%Y", strict=False))
        .otherwise(day.str.to_date("%Y-%m-%d", strict=False)).alias("payment_date"),
        (code != bare).fill_null(False).alias("supplier_postcode|spelling"), slashed.alias("payment_date|spelling"),
        (~said.str.contains("^-?[0-9]+([.][0-9][0-9]?)?$")).alias("net_pence|spelling"),
    ).drop("net_gbp")  # fmt: skip


def _named(column: str) -> str:
    return "net_pence" if column == "net_gbp" else column


def _canonical(frame: pl.LazyFrame, member: str) -> pl.LazyFrame:
    line = ["payment_date", "net_pence", *TEXTS, "supplier_postcode"]
    none = pl.when(pl.col("category").is_null()).then(pl.lit("unknown")).otherwise(pl.lit("no_category"))
    first = pl.col("source_row") == pl.col("source_row").min().over(line)
    taken_out = pl.col("supplier_name").str.to_lowercase().str.contains(r"\b(redacted|withheld)\b")
    return frame.select(
        pl.lit(member).alias("member"), pl.lit(YEAR).alias("network_year"), pl.lit("ledger.csv").alias("source_file"),
        pl.lit("").alias("source_sheet"), pl.col("source_row").cast(pl.Int64), "transaction_id", "payment_date",
        "supplier_id", "supplier_name", "supplier_postcode", "category", "net_pence",
        pl.lit(None).cast(pl.Int64).alias("irrecoverable_vat_pence"), pl.lit(None).cast(pl.String).alias("currency"),
        pl.when(taken_out).then(pl.lit("unspecified")).alias("redaction"),
        pl.lit(None).cast(pl.String).alias("paid_member"), pl.lit("supplier").alias("paid_to"),
        none.alias("spend_category"), none.alias("influence"),
        pl.when(first).then(pl.lit("first")).otherwise(pl.lit("again")).alias("line_alike"),
    )  # fmt: skip


def _located(found: pl.LazyFrame, lad: str) -> pl.LazyFrame:
    code, text = pl.col("supplier_postcode"), pl.lit
    pseudo = code.str.contains("^ZZ99[0-9][A-Z][A-Z]$").fill_null(False)
    usual = pl.when(pl.col("large_user")).then(text("large_user")).otherwise(text("live"))
    placed = pl.when(pl.col("terminated").is_not_null()).then(text("terminated")).otherwise(usual)
    kind = (
        pl.when(pl.col("lad").is_not_null()).then(placed).when(code.is_null()).then(text("no_supplier_record"))
        .when(pl.col("listed")).then(text("no_area")).when(pseudo).then(text("overseas"))
        .when(code.str.contains("^[A-Z][A-Z]?[0-9][0-9A-Z]?[0-9][A-Z][A-Z]$")).then(text("not_in_directory"))
        .when(code.str.contains("^[A-Z][A-Z]?[0-9][0-9A-Z]?$")).then(text("outward_only"))
        .otherwise(text("not_a_postcode"))
    )  # fmt: skip
    far = pl.col("lad").is_not_null() | pseudo
    where = (
        pl.when(pl.col("lad") == lad).then(text("in_area")).when(far).then(text("elsewhere")).otherwise(text("unknown"))
    )
    place = pl.col("supplier_place")
    inside = place == "in_area"
    found = found.with_columns(where.alias("supplier_place"), kind.alias("supplier_class"))
    return found.with_columns(
        pl.col("terminated").alias("supplier_terminated"),
        pl.coalesce("lad", place).alias("supplier_lad"),
        pl.coalesce("region", place).alias("supplier_region"),
        pl.when(inside).then(pl.col("ward").fill_null("unknown")).otherwise(place).alias("supplier_ward"),
        pl.when(inside).then(text("in_area")).otherwise(text("unknown")).alias("supplier_branched"),
        pl.when(inside).then(text("unknown")).otherwise(place).alias("supplier_decile_group"),
        *(text("unknown").alias(f"supplier_{name}") for name in ("sector", "enterprise", "voluntary")),
        pl.when(code.is_null()).then(text("none")).otherwise(text("line")).alias("supplier_place_from"),
        text(None).cast(pl.String).alias("supplier_entity"),
        pl.col("member").alias("part"),
    ).drop("supplier_name", "supplier_postcode", "lad", "region", "ward", "terminated", "large_user", "listed")


def _sums(metric) -> list[pl.Expr]:
    found = [_chosen(metric.numerator, pl.col("net_pence")).alias(f"{metric.id}__numerator")]
    if metric.unknown:
        credits = pl.min_horizontal("net_pence", pl.lit(0))
        found.append(_chosen(metric.unknown, pl.col("net_pence")).alias(f"{metric.id}__unknown"))
        found.append(_chosen(metric.unknown, credits).alias(f"{metric.id}__unknown_credits"))
    return found


def _chosen(operand, value: pl.Expr) -> pl.Expr:
    rows = pl.lit(True)
    for name in operand.where:
        rows &= pl.col(name).is_in([str(one) for one in operand.values(name)])
    return value.filter(rows).sum()


if __name__ == "__main__":
    run(Polars)
