"""The row-level engines: DuckDB, the embedded default, and Polars, held equal to it in the tests.

Steps write Narwhals over the lazy frames that an engine opens. Rows never come into memory: a step writes
them to Parquet, or takes out aggregates with `observe` and a few rows for a message with `few`.
"""

from anchor_analysis.engine.base import Engine
from anchor_analysis.engine.native import DuckDBEngine, PolarsEngine
from anchor_analysis.problems import unknown

ENGINES = {"duckdb": DuckDBEngine, "polars": PolarsEngine}


def open_engine(name: str = "duckdb") -> Engine:
    """A new engine of this name; raises UserError (AN005) for another name."""
    if name not in ENGINES:
        raise unknown("AN005", "engine", name, ENGINES)
    return ENGINES[name]()


__all__ = ["ENGINES", "Engine", "open_engine"]
