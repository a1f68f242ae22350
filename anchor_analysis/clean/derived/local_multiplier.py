"""What the rounds of the local multiplier come to, each as the least and the most that it can be.

Method: Local Multiplier 3 (LM3) of the New Economics Foundation. A round that is assumed is a range, and so is what a
survey does not cover: of money that no answer is about, none or all may have been spent in the area. A round that is
missing stays missing, whatever the others are.
"""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

#: The rows of one member's return, and those of them about suppliers or about staff.
RETURN = ["part"]
GROUP = ["part", "paid_to"]


def local_multiplier(frame: LazyFrame, network: Network) -> LazyFrame:
    """Rounds with their least and range, and with all rounds together, as the schema's `derived` section has them."""
    third = nw.col("round") == "third"
    frame = frame.with_columns(_least().alias("_least"), _range().alias("_range"))
    most = nw.when(nw.col("round") == "second").then(nw.col("_least") + nw.col("_range"))
    frame = frame.with_columns(
        most.sum().over(*GROUP).alias("_paid"), *(_has(name).over(*RETURN).alias(f"_{name}") for name in ROUNDS)
    )
    uncovered = nw.col("_paid").fill_null(0) - nw.col("covered_pence")
    left = nw.when(third & (nw.col("basis") == "surveyed") & (uncovered > 0)).then(uncovered).otherwise(0)
    frame = frame.with_columns(_has("third").over(*GROUP).alias("_followed"), nw.col("_range") + left)
    lost = (nw.col("round") == "second") & (nw.col("_followed") == 0) & (nw.col("_least") + nw.col("_range") > 0)
    frame = frame.with_columns(_one(lost).max().over(*RETURN).alias("_lost"))
    followed = (nw.col("_third") == 1) & (nw.col("_lost") == 0)
    whole = followed & (nw.col("_first") == 1) & (nw.col("_second") == 1)
    return frame.with_columns(*_rounds(followed), *_all(whole), *_survey()).drop(
        "_least", "_range", "_paid", "_followed", "_lost", *(f"_{name}" for name in ROUNDS)
    )


ROUNDS = ("first", "second", "third")


def _least() -> nw.Expr:
    assumed = nw.col("basis") == "assumed"
    least = nw.when(assumed).then(nw.col("least_pence")).otherwise(nw.col("amount_pence"))
    return least.fill_null(0).cast(nw.Int64)


def _range() -> nw.Expr:
    between = nw.col("most_pence") - nw.col("least_pence")
    return nw.when(nw.col("basis") == "assumed").then(between).otherwise(0).fill_null(0).cast(nw.Int64)


def _has(name: str) -> nw.Expr:
    return _one(nw.col("round") == name).max()


def _rounds(followed: nw.Expr) -> list[nw.Expr]:
    """Of each round its least, where the return has it, and its range."""
    there = {"first": nw.col("_first") == 1, "second": nw.col("_second") == 1, "third": followed}
    found = [
        nw.when(there[name]).then(_in_round(name, "_least")).cast(nw.Int64).alias(f"{name}_round_pence")
        for name in ROUNDS
    ]
    return [*found, *(_in_round(name, "_range").alias(f"{name}_range_pence") for name in ROUNDS[1:])]


def _all(whole: nw.Expr) -> list[nw.Expr]:
    return [
        nw.when(whole).then(nw.col("_least")).cast(nw.Int64).alias("all_rounds_pence"),
        nw.when(whole).then(nw.col("_range")).otherwise(0).cast(nw.Int64).alias("all_range_pence"),
        nw.when(whole).then(_in_round("first", "_least")).cast(nw.Int64).alias("first_of_all_pence"),
    ]


def _survey() -> list[nw.Expr]:
    """How many were asked and answered; of a survey that tells one of the two neither, so that both are of the same."""
    untold = nw.col("asked").is_null() | nw.col("responses").is_null()
    counted = {"survey_asked": "asked", "survey_answered": "responses"}
    return [
        nw.when(nw.col("basis") != "surveyed").then(0).when(~untold).then(nw.col(of)).cast(nw.Int64).alias(name)
        for name, of in counted.items()
    ]


def _in_round(name: str, column: str) -> nw.Expr:
    return nw.when(nw.col("round") == name).then(nw.col(column)).otherwise(0).cast(nw.Int64)


def _one(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(1).otherwise(0).cast(nw.Int64)
