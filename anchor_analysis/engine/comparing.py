"""Splink on each engine, and the words of SQL in which engines differ, so that levels are declared once for all.

`alike(one, other, enough)` is whether the Jaro–Winkler similarity of two names of small letters, figures and blanks is
enough, from 0.92 on; it is taken to twelve decimals, since compilers differ in the last place and names may lie on a
level's edge exactly. `has_all(words, others)` is whether a list has all words of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from anchor_analysis.engine.base import MOST_OBSERVED, to_pandas

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ON_DUCKDB = [
    "CREATE MACRO alike(one, other, enough) AS round(jaro_winkler_similarity(one, other), 12) >= enough",
    "CREATE MACRO has_all(words, others) AS list_has_all(words, others)",
]

#: Spark's own similarity. DuckDB takes half of the signs that changed places as a whole number and Spark half as it is,
#: so Spark's is lower, by 1/6 of the signs that are met at most; these are 0.8 of the shorter name if DuckDB's is 0.92.
_OWN = "jaro_winkler_similarity(one, other)"
_LOWER = "1D / (4.8D * greatest(1, least(length(one), length(other))))"

#: Where a sign of `one` is in what is not met yet of `other`, no further away than it may be; 0 for nowhere.
_REACH = "(greatest(length(one), length(other)) DIV 2 - 1)"
_FOUND = f"locate(substr(one, at, 1), substr(seen.rest, 1, at + {_REACH}), greatest(1, at - {_REACH}))"

#: The signs of `one` that are met, in their order, and `other` with a mark in place of each.
_MEET = f"""CASE WHEN {_FOUND} = 0 THEN seen ELSE named_struct(
    'rest', overlay(seen.rest PLACING '_' FROM {_FOUND}), 'met', concat(seen.met, substr(one, at, 1))) END"""

#: How many of the signs that are met stand in another order, and how many the names have in common at their beginning.
_PLACES = "filter(sequence(1, length(other)), at -> substr(seen.rest, at, 1) = '_')"
_MOVED = f"size(filter(zip_with({_PLACES}, split(seen.met, ''), (at, sign) -> substr(other, at, 1) <> sign), no -> no))"
_START = "size(filter(sequence(1, least(4, length(one), length(other))), at -> left(one, at) = left(other, at)))"
_JARO = f"""(length(seen.met) / length(one) + length(seen.met) / length(other)
    + (length(seen.met) - {_MOVED} DIV 2) / length(seen.met)) / 3D"""

_ON_SPARK = [
    f"""CREATE OR REPLACE TEMPORARY FUNCTION alike(one STRING, other STRING, enough DOUBLE) RETURNS BOOLEAN RETURN
        CASE WHEN {_OWN} >= enough THEN true WHEN {_OWN} < enough - {_LOWER} THEN false
        ELSE aggregate(sequence(1, length(one)), named_struct('rest', other, 'met', ''), (seen, at) -> {_MEET},
            seen -> round(1D - (1D - {_JARO}) * (1D - {_START} / 10D), 12)) >= enough END""",
    """CREATE OR REPLACE TEMPORARY FUNCTION has_all(words ARRAY<STRING>, others ARRAY<STRING>) RETURNS BOOLEAN RETURN
        size(array_except(others, words)) = 0""",
]


@contextmanager
def on_duckdb(records: pd.DataFrame) -> Iterator[Any]:
    """Records as a table of Splink in this process's memory."""
    import duckdb
    from splink import DuckDBAPI

    # names go to no disk: DuckDB would put what does not fit into memory where the command was run
    connection = duckdb.connect(config={"temp_directory": ""})
    for word in _ON_DUCKDB:
        connection.execute(word)
    yield DuckDBAPI(connection).register(records)


@contextmanager
def on_spark(records: DataFrame, session: SparkSession) -> Iterator[Any]:
    """Records as a table of Splink on a session of Spark, of which nothing is kept afterwards."""
    from splink import SparkAPI

    for word in _ON_SPARK:
        session.sql(word)
    # without Splink's own functions, which are neither Spark's nor DuckDB's; and kept by executors while it is used
    database = SparkAPI(spark_session=session, break_lineage_method="persist", register_udfs_automatically=False)
    try:
        yield database.register(records)
    finally:
        for view in session.catalog.listTables(pattern="__splink__*"):
            session.table(view.name).unpersist()
            session.catalog.dropTempView(view.name)


def pairs_found(predicted: Any) -> pd.DataFrame:
    """The pairs that Splink found: `record_l`, `record_r`, `match_probability`."""
    table = predicted.as_pyarrow_table(MOST_OBSERVED + 1)
    if len(table) > MOST_OBSERVED:
        raise AssertionError("Splink was asked for more pairs than anybody looks at")
    return to_pandas(table.select(["record_l", "record_r", "match_probability"]))
