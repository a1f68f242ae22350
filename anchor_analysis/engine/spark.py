"""The engine beyond one machine: PySpark, with the same answers as the others.

Steps run on the cluster; what comes back are aggregates, and a few rows for a message. Every path must be one that the
driver and all executors see alike, as of a shared file system.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from anchor_analysis import storage, store
from anchor_analysis.engine.base import EXCEL_DAYS, Engine, LazyFrame, lasting, parts_of, to_pandas
from anchor_analysis.problems import Problem, UserError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

#: What makes Spark answer as the other engines do: text that is no number is missing and no error, as guards have it
#: elsewhere; and days begin at the same moment everywhere.
ALIKE = {"spark.sql.ansi.enabled": "false", "spark.sql.session.timeZone": "UTC"}

#: How strptime's codes are written in Java's patterns, which read one figure or two for M and d.
_JAVA = {"%Y": "yyyy", "%m": "M", "%d": "d", "%b": "MMM", "%B": "MMMM"}
_CLOSE = {"%Y%m%d": "yyyyMMdd"}  # nothing stands between the parts, so each has its full width


#: How Hadoop says that it knows no file system of a kind, or lacks its classes.
_NO_FILE_SYSTEM = ("No FileSystem for scheme", "ClassNotFoundException")

#: What means something else in a path that is read.
_GLOB = re.compile(r"[\\*?\[\]{}]")


def _place(path: Path) -> str:
    """The place of a path, whatever file system Spark looks at by itself; S3 by the name that Hadoop has for it."""
    if store.is_stored(path):
        return re.sub("^s3:", "s3a:", str(path))
    return f"file://{path.absolute().as_posix()}"


def is_session(given: object) -> bool:
    """Whether this is a session of Spark, told without importing it."""
    return type(given).__module__.startswith("pyspark.")


class SparkEngine(Engine):
    """PySpark: a session that is given, or one of a master such as `spark://host:7077`, `local[4]` or `yarn`."""

    name = "spark"
    rows_at_once = sys.maxsize  # it has the memory of a cluster, and takes its time to begin

    def __init__(self, given: SparkSession | str):
        session = given if not isinstance(given, str) else _session(given)
        self._session = session.newSession()  # so that what is set here is set for nobody else
        self._rows: Path | None = None
        for name, value in ALIKE.items():
            self._session.conf.set(name, value)

    def scan(self, paths: Sequence[Path], path_column: str = "") -> LazyFrame:
        from pyspark.sql import functions as F

        if not self._rows:
            self._rows = self.beside if store.is_stored(paths[0]) else lasting(paths[0].absolute().parent)
        frame = self._read([_GLOB.sub(r"\\\g<0>", _place(path)) for path in paths])
        if path_column:
            address = F.regexp_replace(F.col("_metadata.file_path"), r"\+", "%2B")  # which decoding takes for a blank
            place = F.regexp_replace(F.url_decode(address), "^file:(//)?", "")
            frame = frame.withColumn(path_column, place)
        return nw.from_native(frame)

    def _read(self, places: Sequence[str]) -> DataFrame:
        """The rows of these files; raises UserError (AN055) where Spark itself has nothing that reads a store."""
        try:
            return self._session.read.parquet(*places)
        except Exception as error:  # in Java's words
            scheme = places[0].partition("://")[0]
            if not any(said in str(error) for said in _NO_FILE_SYSTEM):
                raise
            what = f"it has nothing by which it reads {scheme}://."
            remedy = "Give Spark the store's own package for Hadoop, or compute on DuckDB (docs/scale.md)."
        raise UserError(Problem("AN055", "engine spark", what, remedy))

    def write(self, frame: LazyFrame, path: Path) -> None:
        """Compute a lazy frame and write it as a folder of Parquet files, one of each executor's parts."""
        frame.to_native().write.mode("overwrite").parquet(_place(path))

    def write_parts(self, frame: LazyFrame, by: str, folder: Path, names: Sequence[str] = ()) -> dict[str, list[Path]]:
        native = frame.to_native()
        gathered = native.repartition(by)  # one file for each name, and not one of each executor
        gathered.write.mode("overwrite").partitionBy(by).parquet(_place(storage.made(folder)))
        return parts_of(folder, by)

    def parse_dates(self, frame: LazyFrame, column: str, formats: dict[str, str]) -> LazyFrame:
        from pyspark.sql import functions as F

        text = F.col(f"`{column}`")
        parsed = [F.when(text.rlike(f"^(?:{guard})$"), _date(text, form)) for guard, form in formats.items()]
        return nw.from_native(frame.to_native().withColumn(column, F.coalesce(*parsed)))

    @contextmanager
    def compared(self, records: pd.DataFrame) -> Iterator[Any]:
        """Supplier records as a table of Splink on the cluster, which is handed them beside the rows they are of."""
        from anchor_analysis.engine.comparing import on_spark

        if self._rows is None:
            raise AssertionError("records are of rows that were scanned before")
        with storage.scratch(self._rows) as scratch:
            storage.write_frame(records, scratch / "records.parquet")
            with on_spark(self.scan([scratch / "records.parquet"]).to_native(), self._session) as table:
                yield table

    def _collect(self, frame: LazyFrame) -> pd.DataFrame:
        return to_pandas(frame.to_native().toArrow())


def _session(master: str) -> SparkSession:
    """A session of a master; raises UserError (AN055) where this process is with another one already."""
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder.appName("anchor_analysis").config("spark.ui.showConsoleProgress", "false")
    session: SparkSession = builder.master(master).getOrCreate()
    if (other := session.sparkContext.master) != master:
        what, remedy = (
            f"Spark works with {other} in this process already.",
            "Hand on its session, or begin another one.",
        )
        raise UserError(Problem("AN055", f"engine {master}", what, remedy))
    return session


def _date(text: Column, form: str) -> Column:
    from pyspark.sql import functions as F

    if form == EXCEL_DAYS:
        return F.date_add(F.lit("1899-12-30").cast("date"), F.floor(text.cast("double")).cast("int"))
    pattern = _CLOSE.get(form, form)
    for code, letters in _JAVA.items():
        pattern = pattern.replace(code, letters)
    return F.try_to_date(F.initcap(text), pattern)  # months as Java writes them
