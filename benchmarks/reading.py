"""How fast a large workbook is read beside other readers, and how much memory a long CSV file takes.

`python benchmarks/reading.py` prints a table in Markdown and exits with 1 where a mark is missed; see README.md.
Every reading is a process of its own, timed from when its imports are done.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

#: The marks: times beside the fastest reader in Rust and beside pandas with openpyxl, and memory of the CSV file.
SLOWER_THAN_RUST, FASTER_THAN_OPENPYXL, CSV_BYTES = 1.5, 5.0, 1 << 30
LIBRARY, OPENPYXL = "anchor_analysis, read_return", "pandas with openpyxl"
NETWORK = """
[network]
id = "example"
name = "Example"
place = "Leeds"
contact = "someone@example.org"
licence = "CC0-1.0"
[area]
local_authorities = ["E08000035"]
[years]
first = "2023/24"
latest = "2023/24"
baseline = "2023/24"
[protection]
people = "people_threshold_10_round_5"
spend = "spend_round_1000"
[confidentiality]
people = "shared"
spend = "shared"
[[members]]
id = "a"
name = "A"
sector = "x"
joined = 2018-04-01
levers = ["spender"]
"""


# --- the files ---


def write_workbook(path: Path, rows: int) -> None:
    """A ledger of this many payments, with real dates and numbers, text that repeats and text that does not."""
    import numpy as np
    import pyarrow as pa

    from anchor_analysis.demonstration.files import Cells, Sheet
    from anchor_analysis.demonstration.workbook import write_workbook as write

    draw = np.random.default_rng(1)
    numbers = np.ones(rows, dtype=bool)
    columns = [
        Cells(pa.array([f"T-{number:07d}" for number in range(rows)])),
        Cells(pa.array([str(day) for day in draw.integers(45017, 45383, rows)]), numbers, dates=True),
        Cells(pa.array([f"S{supplier:05d}" for supplier in draw.integers(0, 4000, rows)])),
        Cells(pa.array([f"Supplier {supplier} & Sons Ltd" for supplier in draw.integers(0, 4000, rows)])),
        Cells(pa.array([f"LX{area} {unit}AA" for area, unit in draw.integers(1, 9, (rows, 2))])),
        Cells(pa.array(draw.choice(["Catering", "Building works", "Agency staff", "IT"], rows))),
        Cells(pa.array([f"{pence / 100:.2f}" for pence in draw.integers(-90_000, 9_000_000, rows)]), numbers),
    ]
    headers = (
        *["transaction_id", "payment_date", "supplier_id", "supplier_name", "supplier_postcode"],
        "category",
        "net_gbp",
    )
    write(path, [Sheet("ledger", (headers,), columns, np.arange(rows))])


def write_csv(path: Path, rows: int) -> None:
    """A ledger of this many lines."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("transaction_id,payment_date,supplier_id,supplier_name,supplier_postcode,category,net_gbp\n")
        for number in range(rows):
            day = date(2023, 4, 1) + timedelta(days=number % 366)
            name = f'"Supplier {number % 4000}, Sons & Co"'
            stream.write(
                f"T-{number:07d},{day:%d/%m/%Y},S{number % 4000:05d},{name},LX1 4AA,Catering,{number / 7:.2f}\n"
            )


# --- the readers: each reads every cell of the file ---


def read_with_library(path: Path) -> Callable[[], Any]:
    """The library's reading of the folder that the file is in, to Parquet."""
    from anchor_analysis.declared import load_network
    from anchor_analysis.read import read_return
    from anchor_analysis.storage import Workspace

    workspace = Workspace(path.parents[1])
    (workspace.root / "networks" / "example").mkdir(parents=True, exist_ok=True)
    (workspace.root / "networks" / "example" / "network.toml").write_text(NETWORK, encoding="utf-8")
    network = load_network(workspace, "example")
    return lambda: read_return(path.parent, network, network.member("a"), workspace.root / "into")


def read_with_calamine(path: Path) -> Callable[[], Any]:
    """python-calamine, all rows as lists."""
    from python_calamine import CalamineWorkbook

    return lambda: CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def read_rows_with_calamine(path: Path) -> Callable[[], Any]:
    """python-calamine, row by row."""
    from python_calamine import CalamineWorkbook

    return lambda: sum(len(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows())


def read_with_fastexcel(path: Path) -> Callable[[], Any]:
    """fastexcel, to Arrow, with columns of the types that it finds."""
    import fastexcel

    return lambda: fastexcel.read_excel(path).load_sheet(0).to_arrow()


def read_text_with_fastexcel(path: Path) -> Callable[[], Any]:
    """fastexcel, to Arrow, every column as text."""
    import fastexcel

    return lambda: fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_arrow()


def read_with_polars(path: Path) -> Callable[[], Any]:
    """polars, which reads by fastexcel."""
    import polars

    return lambda: polars.read_excel(path, engine="calamine")


def read_with_openpyxl(path: Path) -> Callable[[], Any]:
    """pandas, in its usual way for .xlsx."""
    import pandas as pd

    return lambda: pd.read_excel(path, engine="openpyxl")


RUST = {
    "python-calamine, to_python": (read_with_calamine, "python_calamine"),
    "python-calamine, iter_rows": (read_rows_with_calamine, "python_calamine"),
    "fastexcel, to Arrow": (read_with_fastexcel, "fastexcel"),
    "fastexcel, to Arrow as text": (read_text_with_fastexcel, "fastexcel"),
    "polars.read_excel": (read_with_polars, "fastexcel"),
}
READERS: dict[str, tuple[Callable[[Path], Callable[[], Any]], str]] = {
    LIBRARY: (read_with_library, "anchor_analysis"),
    **RUST,
    OPENPYXL: (read_with_openpyxl, "openpyxl"),
}


# --- measuring ---


def measure_here(reader: str, path: Path) -> None:
    """Read the file once in this process, and print seconds and peak memory; nothing where a library is absent."""
    make, needs = READERS[reader]
    if not find_spec(needs):
        print("{}")
        return
    read = make(path)
    begun = time.perf_counter()
    read()
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak": _peak()}))


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts from the process that this one was started by
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure(reader: str, path: Path, python: str) -> dict[str, float]:
    """Seconds and bytes of one reading in a process of its own; empty where the reader is not there."""
    command = [python, __file__, "--one", reader, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{reader} ended with {done.returncode}:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure_all(path: Path, runs: int, others: str) -> dict[str, list[dict[str, float]]]:
    """Every reader in turn, and all again: what slows the machine for a while slows all alike."""
    found: dict[str, list[dict[str, float]]] = {}
    for run in range(runs):
        for reader in READERS:
            if reader == OPENPYXL and run:
                continue
            python = others if reader in RUST else sys.executable
            if result := measure(reader, path, python):
                found.setdefault(reader, []).append(result)
    return found


def report(found: dict[str, list[dict[str, float]]], csv: dict[str, float], rows: int, lines: int) -> tuple[str, bool]:
    """The results in Markdown, and whether every mark is held."""
    fastest = {reader: min(run["seconds"] for run in runs) for reader, runs in found.items()}
    rust = min((reader for reader in fastest if reader in RUST), key=fastest.__getitem__)
    lines_out = [
        f"A workbook of {rows:,} rows and 7 columns, and a CSV file of {lines:,} lines.\n",
        "| reader | runs | fastest, s | median, s | times the fastest in Rust | peak, MiB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for reader, runs in sorted(found.items(), key=lambda item: fastest[item[0]]):
        median, peak = statistics.median(run["seconds"] for run in runs), max(run["peak"] for run in runs)
        ratio = fastest[reader] / fastest[rust]
        numbers = f"{fastest[reader]:.2f} | {median:.2f} | {ratio:.2f} | {int(peak) >> 20}"
        lines_out.append(f"| {reader} | {len(runs)} | {numbers} |")
    slower, faster = fastest[LIBRARY] / fastest[rust], fastest[OPENPYXL] / fastest[LIBRARY]
    memory = f"{int(csv['peak']) >> 20} MiB in {csv['seconds']:.1f} s"
    marks = [
        (f"within {SLOWER_THAN_RUST} times {rust}", f"{slower:.2f}", slower <= SLOWER_THAN_RUST),
        (f"{FASTER_THAN_OPENPYXL:.0f} times as fast as {OPENPYXL}", f"{faster:.1f}", faster >= FASTER_THAN_OPENPYXL),
        (f"the CSV file in less than {CSV_BYTES >> 20} MiB", memory, csv["peak"] < CSV_BYTES),
    ]
    lines_out += ["", "| mark | measured | held |", "|---|--:|---|"]
    lines_out += [f"| {mark} | {measured} | {'yes' if held else 'NO'} |" for mark, measured, held in marks]
    return "\n".join(lines_out) + "\n", all(held for _, _, held in marks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=500_000, help="rows of the workbook")
    parser.add_argument("--lines", type=int, default=1_200_000, help="lines of the CSV file")
    parser.add_argument("--runs", type=int, default=5, help="how often each reader is run; openpyxl once")
    parser.add_argument("--others", default=sys.executable, help="a Python that has the other readers")
    parser.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if chosen.one:
        measure_here(chosen.one[0], Path(chosen.one[1]))
        return 0
    with tempfile.TemporaryDirectory() as name:
        book, text = Path(name, "book", "raw", "return.xlsx"), Path(name, "text", "raw", "ledger.csv")
        for path in (book, text):
            path.parent.mkdir(parents=True)
        write_workbook(book, chosen.rows)
        write_csv(text, chosen.lines)
        found = measure_all(book, chosen.runs, chosen.others)
        page, held = report(found, measure(LIBRARY, text, sys.executable), chosen.rows, chosen.lines)
    print(page)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
