"""The row-level engines: DuckDB, the embedded default; Polars; and PySpark beyond one machine. All give one answer.

Steps write Narwhals over the lazy frames that an engine opens. Rows never come into memory: a step writes
them to Parquet, or takes out aggregates with `observe` and a few rows for a message with `few`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from anchor_analysis.engine.base import Engine
from anchor_analysis.engine.native import DuckDBEngine, PolarsEngine
from anchor_analysis.engine.spark import SparkEngine, is_session
from anchor_analysis.problems import Problem, UserError, unknown

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENGINES = {"duckdb": DuckDBEngine, "polars": PolarsEngine}

#: The addresses of Spark's masters.
MASTERS = re.compile(r"spark://.+|k8s://.+|yarn|local(-cluster)?(\[.+\])?")


def open_engine(named: str | SparkSession = "duckdb", beside: Path | None = None) -> Engine:
    """A new engine: one of ENGINES by its name, or Spark by the address of its master or with a session of it.

    `beside` is a folder of this disk for what is larger than memory, of rows in a store. Raises UserError: AN005 for
    another name, AN055 where Spark cannot be had, or what is named is not installed.
    """
    engine = _opened(named)
    engine.beside = beside
    return engine


def _opened(named: str | SparkSession) -> Engine:
    if is_session(named) or MASTERS.fullmatch(str(named)):
        return _spark(named)
    if named == "spark":
        remedy = "Say where: spark://HOST:PORT, or local[4] for four cores of this machine."
        raise UserError(Problem("AN005", "", "Spark is named by the address of its master.", remedy))
    if named not in ENGINES:
        raise unknown("AN005", "engine", str(named), [*ENGINES, "spark://HOST:PORT"])
    try:
        return ENGINES[str(named)]()
    except ImportError:
        what, remedy = f"{named} is not installed here.", f"Install it: pip install 'anchor-analysis[{named}]'."
    raise UserError(Problem("AN055", f"engine {named}", what, remedy))


def _spark(named: str | SparkSession) -> Engine:
    try:
        return SparkEngine(named)
    except UserError:
        raise
    except ImportError:
        what, remedy = "pyspark is not installed here.", "Install it: pip install 'anchor-analysis[spark]'."
    except Exception as error:  # whatever Java, the network or the master has to say, in Java's words
        what = f"Spark cannot be had there: {type(error).__name__}."
        remedy = "Say where its master is, and see that Java 17 or newer is here and that the master is running."
    raise UserError(Problem("AN055", f"engine {named}", what, remedy))


__all__ = ["ENGINES", "Engine", "open_engine"]
