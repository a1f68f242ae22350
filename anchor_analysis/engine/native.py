"""What Narwhals lacks, once for each engine: opening, writing, dates that may be wrong."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from anchor_analysis import storage, store
from anchor_analysis.engine.base import EXCEL_DAYS, Engine, LazyFrame, lasting, parts_of, to_pandas
from anchor_analysis.telling import into

#: What glibc calls the number of places from which memory is handed out.
_M_ARENA_MAX = -8


@cache
def _share_memory() -> None:
    """Have threads take memory from two places for each processor; glibc has eight.

    What a thread of DuckDB gives back stays in its place for the next that comes there. A process that makes one
    network after another would come to hold more and more of it that nobody uses. Fewer places cost time.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        with suppress(AttributeError):  # another C library, which hands memory out otherwise
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2 * (os.cpu_count() or 1))


class _OneMachine(Engine):
    """An engine whose files are files, and no folders."""

    def write_parts(self, frame: LazyFrame, by: str, folder: Path, names: Sequence[str] = ()) -> dict[str, list[Path]]:
        storage.made(folder)
        if len(names) != 1:
            self._write_apart(frame, by, folder)
            return parts_of(folder, by)
        alone = storage.made(folder / f"{by}={names[0]}") / "0.parquet"
        self._write_alone(frame.drop(by), alone)
        return {names[0]: [alone]} if storage.count_rows([alone]) else {}

    def _write_alone(self, frame: LazyFrame, path: Path) -> None:
        """Write a file that stays."""
        self.write(frame, path)

    @abstractmethod
    def _write_apart(self, frame: LazyFrame, by: str, folder: Path) -> None: ...


class DuckDBEngine(_OneMachine):
    """DuckDB in this process: larger than memory, one connection throughout."""

    name = "duckdb"

    def __init__(self) -> None:
        import duckdb

        _share_memory()
        self._connection = duckdb.connect()
        self._connection.execute("SET enable_progress_bar = false")
        self._spills: Path | None = None
        self._stores: dict[str, Path] = {}

    def _spill_beside(self, path: Path) -> None:
        """Let what is larger than memory go to disk beside the rows, whose folder is swept if this is killed.

        DuckDB's own choice is `.tmp` where the command was run: outside data/, where nobody looks for rows of people.
        """
        folder = lasting(path.absolute().parent) / f".scratch-duckdb-{os.getpid()}-{id(self)}"
        self._connection.execute("SET temp_directory = ?", [str(folder)])
        self._spills = folder

    def _know(self, paths: Sequence[Any]) -> None:
        """Have DuckDB read the store of these files as all else here does; it spills only where it is told to."""
        fs, path = store.remembering(paths), paths[0]
        if path.protocol not in self._stores:
            self._connection.register_filesystem(fs)
            self._stores[path.protocol] = path
        if not self._spills and self.beside:
            self._spill_beside(self.beside / "rows")
        elif not self._spills:
            self._connection.execute("SET temp_directory = ''")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Say of a store that could not be read that it could not; DuckDB hands on what went wrong in it as text."""
        import duckdb

        try:
            with into(self._spills) if self._spills else nullcontext():
                yield
        except duckdb.Error as error:
            if not self._stores or not (type(error) is duckdb.Error or "No files found" in str(error)):
                raise
            raise store.unread(next(iter(self._stores.values()))) from None

    def scan(self, paths: Sequence[Path], path_column: str = "") -> LazyFrame:
        names = [re.sub(r"([*?\[])", r"[\1]", str(path)) for path in paths]  # a folder's own * or [ is no pattern
        if paths and store.is_stored(paths[0]):
            names = [str(path) for path in paths]
            self._know(paths)
        elif paths and not self._spills:  # DuckDB takes another folder only as long as it has used none
            self._spill_beside(paths[0])
        with self._reading():
            if path_column:
                files = self._connection.read_parquet(names, filename=True)
                return nw.from_native(files.project(f"* EXCLUDE (filename), filename AS {path_column}"))
            return nw.from_native(self._connection.read_parquet(names))

    def _to_parquet(self, frame: LazyFrame, path: Path, **how: Any) -> None:
        with self._reading():
            frame.to_native().write_parquet(str(path), **how)

    def write(self, frame: LazyFrame, path: Path) -> None:
        self._to_parquet(frame, path, compression="snappy")  # quicker, and larger

    def _write_alone(self, frame: LazyFrame, path: Path) -> None:
        self._to_parquet(frame, path, compression="zstd")

    def _write_apart(self, frame: LazyFrame, by: str, folder: Path) -> None:
        self._to_parquet(frame, folder, compression="zstd", partition_by=[by])

    def parse_dates(self, frame: LazyFrame, column: str, formats: dict[str, str]) -> LazyFrame:
        name = '"' + column.replace('"', '""') + '"'
        cases = " ".join(
            f"WHEN regexp_full_match({name}, '{guard}') THEN {_duckdb_date(name, form)}"
            for guard, form in formats.items()
        )
        return nw.from_native(frame.to_native().project(f"* REPLACE (CASE {cases} END AS {name})"))

    def _collect(self, frame: LazyFrame) -> pd.DataFrame:
        with self._reading():
            return to_pandas(frame.to_native().to_arrow_table())


def _duckdb_date(name: str, form: str) -> str:
    if form == EXCEL_DAYS:
        return f"DATE '1899-12-30' + TRY_CAST(floor(TRY_CAST({name} AS DOUBLE)) AS INTEGER)"
    return f"try_strptime({name}, '{form}')::DATE"


class PolarsEngine(_OneMachine):
    """Polars, lazy and streaming; the second opinion of the tests."""

    name = "polars"

    def __init__(self) -> None:
        import polars

        self._polars: Any = polars

    def scan(self, paths: Sequence[Path], path_column: str = "") -> LazyFrame:
        if paths and store.is_stored(paths[0]):
            return self._scan_store(paths)
        names = [str(path) for path in paths]
        found = self._polars.scan_parquet(names, include_file_paths=path_column or None, glob=False)
        return nw.from_native(found)

    def _scan_store(self, paths: Sequence[Any]) -> LazyFrame:
        """Rows of a store by way of Arrow, since Polars itself would look for the store's credentials elsewhere."""
        from pyarrow import dataset

        names = [path.path for path in paths]
        with store.reached(paths[0]):
            return nw.from_native(self._polars.scan_pyarrow_dataset(dataset.dataset(names, filesystem=paths[0].fs)))

    def write(self, frame: LazyFrame, path: Path) -> None:
        with into(path.parent):
            frame.to_native().sink_parquet(path)

    def _write_apart(self, frame: LazyFrame, by: str, folder: Path) -> None:
        target = self._polars.PartitionBy(folder, key=by, include_key=False)
        with into(folder):
            frame.to_native().sink_parquet(target, mkdir=True)

    def parse_dates(self, frame: LazyFrame, column: str, formats: dict[str, str]) -> LazyFrame:
        text = self._polars.col(column)
        parsed = [
            self._polars.when(text.str.contains(f"^(?:{guard})$")).then(self._date(text, form))
            for guard, form in formats.items()
        ]
        return nw.from_native(frame.to_native().with_columns(self._polars.coalesce(parsed).alias(column)))

    def _date(self, text: Any, form: str) -> Any:
        if form == EXCEL_DAYS:
            days = text.cast(self._polars.Float64, strict=False).floor().cast(self._polars.Int64)
            return self._polars.date(1899, 12, 30) + self._polars.duration(days=days)
        return text.str.to_date(form, strict=False)

    def _collect(self, frame: LazyFrame) -> pd.DataFrame:
        return to_pandas(frame.to_native().collect(engine="streaming").to_arrow())
