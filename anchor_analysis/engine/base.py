"""What every engine can do beyond what Narwhals writes once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

LazyFrame = nw.LazyFrame[Any]

#: The form of a date that is the number of days by which Excel knows it, with the time of day as a fraction.
EXCEL_DAYS = "days since 1899-12-30"

#: Aggregates are small; a frame beyond this is rows, and rows are not collected.
MOST_OBSERVED = 5_000_000


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Arrow to pandas without turning whole numbers with gaps into floats."""
    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int64Dtype()}.get)


def lasting(folder: Path) -> Path:
    """The folder, or what holds the outermost one around it that a step removes at its end, when engines may go on."""
    for place in [*reversed(folder.parents), folder]:
        if place.name.startswith((".scratch-", ".writing-")):
            return place.parent
    return folder


def parts_of(folder: Path, by: str) -> dict[str, list[Path]]:
    """The files below a folder that is laid out as `<by>=<name>/…`, by name."""
    return {path.name.removeprefix(f"{by}="): sorted(path.glob("*.parquet")) for path in sorted(folder.glob(f"{by}=*"))}


def lots(sizes: Mapping[str, int], most: int) -> Iterator[list[str]]:
    """Names in their order, as many together as come to no more than `most`; one that is larger stands alone."""
    lot: list[str] = []
    whole = 0
    for name, size in sizes.items():
        if lot and whole + size > most:
            yield lot
            lot, whole = [], 0
        lot.append(name)
        whole += size
    if lot:
        yield lot


class Engine(ABC):
    """Opens and writes Parquet as lazy frames, and does the few things that Narwhals lacks."""

    name: str

    #: Rows are cleaned and located so many at a time, by whole returns: what they take in memory is taken once.
    rows_at_once = 1_000_000

    #: Where on this disk what is larger than memory may go, of rows that stand elsewhere.
    beside: Path | None = None

    @abstractmethod
    def scan(self, paths: Sequence[Path], path_column: str = "") -> LazyFrame:
        """A lazy frame over Parquet files that have the same columns; `path_column` tells each row's file."""

    @abstractmethod
    def write(self, frame: LazyFrame, path: Path) -> None:
        """Compute a lazy frame and write it as Parquet, streaming, to be scanned soon: a file, or a folder of files."""

    @abstractmethod
    def write_parts(self, frame: LazyFrame, by: str, folder: Path, names: Sequence[str] = ()) -> dict[str, list[Path]]:
        """Compute a lazy frame and write its rows apart by a column of plain names; the files of each that has some.

        The column itself is not written. A name is made of letters, figures, `-`, `_` and `.`. `names` are all that the
        column may hold, where that is known: rows of one name alone need not be taken apart.
        """

    @abstractmethod
    def parse_dates(self, frame: LazyFrame, column: str, formats: dict[str, str]) -> LazyFrame:
        """Replace a text column by dates; missing where no format fits or the day does not exist.

        `formats` maps a guard, a regular expression that the whole text must match, to a strptime format or EXCEL_DAYS.
        """

    def compared(self, records: pd.DataFrame) -> AbstractContextManager[Any]:
        """Supplier records as a table of Splink, which then compares them here; without Splink there is none."""
        from anchor_analysis.engine.comparing import on_duckdb  # which takes the rest of this module

        return on_duckdb(records)

    @abstractmethod
    def _collect(self, frame: LazyFrame) -> pd.DataFrame: ...

    def observe(self, frame: LazyFrame) -> pd.DataFrame:
        """The aggregates of a frame as pandas; whole numbers stay whole (Int64), text stays text."""
        found = self._collect(frame.head(MOST_OBSERVED + 1))
        if len(found) > MOST_OBSERVED:
            raise AssertionError("observe was given rows, not aggregates")
        return found

    def few(self, frame: LazyFrame, limit: int) -> pd.DataFrame:
        """The first rows of a frame, for a message."""
        return self._collect(frame.head(limit))
