"""What the sides of `rows.py` are given, and how they are timed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pandas as pd

from anchor_analysis.declared import Metric, load_catalogue

YEAR = "2023/24"

#: The columns of the sums that every side writes.
COLUMNS = ["member", "network_year", "breakdown", "group", "metric", "numerator", "unknown", "unknown_credits"]


@dataclass(frozen=True)
class Job:
    """The workspace with the returns, the directory's table, the area, and where a side writes."""

    root: Path
    directory: Path
    lad: str
    to: Path

    @property
    def files(self) -> dict[str, Path]:
        """The ledger of each member."""
        return {path.parent.name: path for path in sorted(self.root.glob("data/raw/n000/2023-24/*/ledger.csv"))}

    @property
    def canonical(self) -> Path:
        """Where a side writes canonical rows, and reads them again."""
        return self.to / "canonical"

    def folder(self, step: str, member: str) -> Path:
        """A folder for what a side writes of a member."""
        made = self.to / step / f"{member}.2023-24"
        made.mkdir(parents=True, exist_ok=True)
        return made


class Side(Protocol):
    """A way to do the job: from the files to canonical rows, to located rows, to sums."""

    def clean(self) -> None: ...

    def locate(self) -> None: ...

    def measure(self) -> None: ...


def run(make: Callable[[Job], Side]) -> None:
    """Do the job on the folders that the command line names, and print how long each step took."""
    root, directory, lad, to = sys.argv[1:]
    job = Job(Path(root), Path(directory), lad, Path(to))
    load_catalogue()  # which is part of no side
    started = time.perf_counter()
    side = make(job)
    side.clean()
    cleaned = time.perf_counter()
    side.locate()
    located = time.perf_counter()
    side.measure()
    ended = time.perf_counter()
    print(cleaned - started, located - cleaned, ended - located)


def sums(metrics: list[Metric]) -> Iterator[str]:
    """The columns of SQL that sum what metrics ask for."""
    for metric in metrics:
        yield f"coalesce(sum(net_pence) {_chosen(metric.numerator)}, 0) AS {metric.id}__numerator"
        if metric.unknown:
            yield f"coalesce(sum(net_pence) {_chosen(metric.unknown)}, 0) AS {metric.id}__unknown"
            yield f"coalesce(sum(least(net_pence, 0)) {_chosen(metric.unknown)}, 0) AS {metric.id}__unknown_credits"


def _chosen(operand) -> str:
    said = [f"{name} IN ({', '.join(repr(str(one)) for one in operand.values(name))})" for name in operand.where]
    return f"FILTER (WHERE {' AND '.join(said)})" if said else ""


def summed(located: str, connection: duckdb.DuckDBPyConnection) -> list[pd.DataFrame]:
    """All metrics of the ledger with their breakdowns, by one statement of SQL for each."""
    metrics, found = load_catalogue().additive("ledger"), []
    for name in ["", *sorted({name for metric in metrics for name in metric.breakdowns})]:
        of = [metric for metric in metrics if not name or name in metric.breakdowns]
        columns = f"member, network_year, {name or repr('')} AS found, {', '.join(sums(of))}"
        wide = connection.sql(f"SELECT {columns} FROM read_parquet('{located}') GROUP BY ALL").to_arrow_table()
        wide = wide.to_pandas().rename(columns={"found": "group"})
        for metric in of:
            part = wide[["member", "network_year", "group"]].assign(metric=metric.id, breakdown=name)
            for what in ("numerator", "unknown", "unknown_credits"):
                part[what] = wide.get(f"{metric.id}__{what}", 0)
            found.append(part)
    return found


def write_sums(found: list[pd.DataFrame], to: Path) -> None:
    """Write sums with whole numbers as such, whatever a side counts in."""
    whole = pd.concat(found)[COLUMNS].astype(dict.fromkeys(COLUMNS[:5], "str") | dict.fromkeys(COLUMNS[5:], "int64"))
    whole.to_parquet(to, index=False)
