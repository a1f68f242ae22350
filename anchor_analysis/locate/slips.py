"""Slips of the keyboard in postcodes: figures for letters that look alike. They are suggested, and never mended."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.engine.base import LazyFrame


def find_slips(frame: LazyFrame, postcode: str, directory: LazyFrame) -> LazyFrame:
    """The rows whose postcode the directory lacks, and would have with 0 for O, or 1 for I or L, or the other way.

    Only where one postcode of the directory fits and no other: "LL1" and "L11" are told apart by nothing else.
    """
    known = directory.select("postcode")
    suspects = frame.filter(nw.col(postcode).str.contains("[01OIL]"))
    missing = suspects.join(known, left_on=postcode, right_on="postcode", how="anti")
    missing = missing.with_columns(_alike(postcode).alias("alike"))
    wanted = missing.select("alike").unique()
    fitting = known.with_columns(_alike("postcode").alias("alike")).join(wanted, on="alike", how="semi")
    alone = fitting.group_by("alike").agg(nw.len().alias("fitting")).filter(nw.col("fitting") == 1)
    return missing.join(alone.select("alike"), on="alike", how="semi").drop("alike")


def _alike(postcode: str) -> nw.Expr:
    """A postcode in which signs that look alike are one."""
    code = nw.col(postcode).str.replace_all("O", "0", literal=True)
    return code.str.replace_all("I", "1", literal=True).str.replace_all("L", "1", literal=True)
