"""How long it takes from the payment ledgers of a network to its figures, beside the same job written by hand.

    python benchmarks/rows.py

makes the ledgers of 15 members, ten million invented lines as CSV, and a directory of 2,700,000 postcodes. Every side
writes the same: the canonical rows of each member, the log of its edited values, its account, the located rows, and all
metrics with their breakdowns. The library does it as a run does, with all that it checks beyond and without looking
for the same supplier elsewhere, which no other side does; the others, in
`benchmarks/peers`, are written for files of exactly this kind: SQL for DuckDB, Polars, and plain pandas. They take
turns, each in a process of its own; memory is what it and its processes have together, asked for ten times a second. It
prints a table in Markdown and exits with 1 where a mark is missed, or where a side did not write the same.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
from nation import Nation, add_directory, make_network

PEERS = Path(__file__).parent / "peers"

#: The marks, beside the SQL: time from CSV and from canonical Parquet, memory; and memory in MiB.
FROM_CSV, FROM_PARQUET, MEMORY, MOST_MIB = 1.5, 1.25, 1.5, 2048

SIDES = {
    "anchor_analysis": "library", "DuckDB, SQL by hand": "duckdb_sql", "Polars by hand": "polars_lazy",
    "pandas by hand": "pandas_plain",
}  # fmt: skip
OURS, SQL = list(SIDES)[:2]

FLOORS = {
    "to read the CSV": "SELECT {columns} FROM read_csv('{root}/data/raw/n000/*/*/ledger.csv', all_varchar = true)",
    "to read the canonical Parquet": "SELECT {columns} FROM read_parquet('{to}/canonical/*/ledger.parquet')",
}
COUNTED = "count(transaction_id), count(payment_date), count(supplier_name), count(supplier_postcode), count(category)"

#: What a side writes, with where the library has it and where the others do; of some the columns that all have.
WRITTEN = {
    "canonical rows": ("canonical/*/ledger/*.parquet", "canonical/*/ledger.parquet", "*"),
    "edits": ("canonical/*/ledger_edits/*.parquet", "canonical/*/edits.parquet",
              'source_file, source_row, "column", rule, before, after'),
    "accounts": ("canonical/*/accounts.parquet", "accounts.parquet",
                 "member, rows_kept, value_kept_pence, rounding_e4, negative_pence, negative_rows"),
    "changed forms": ("canonical/*/normalised.parquet", "normalised.parquet", 'member, "column", rule, cells'),
    "located rows": ("located/*/ledger/*.parquet", "located/*/*.parquet", "*"),
    "sums": ("sums.parquet", "sums.parquet", "*"),
}  # fmt: skip


class Run(NamedTuple):
    """Seconds to clean, to locate and to measure, and the peak of memory in MiB."""

    clean: float
    locate: float
    measure: float
    peak: float

    @property
    def from_csv(self) -> float:
        return self.clean + self.locate + self.measure

    @property
    def from_parquet(self) -> float:
        return self.locate + self.measure


def once(side: str, root: Path, directory: Path, lad: str, to: Path) -> Run:
    """Do the whole job by one side, in a process of its own."""
    subprocess.run(["rm", "-rf", to], check=True)
    to.mkdir()
    command = [sys.executable, PEERS / f"{SIDES[side]}.py", root, directory, lad, to]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(0.1)
        assert process.stdout
        said = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{side} ended with {process.returncode}")
    return Run(*map(float, said.split()), peak)


def memory(pid: int) -> float:
    """MiB that a process has with those that it started; pages that several have are counted once."""
    found = 0.0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            found += int(line.split()[1]) / 1024 if line.startswith("Pss:") else 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += sum(memory(int(child)) for child in (task / "children").read_text(encoding="ascii").split())
    except (OSError, ProcessLookupError):
        pass  # it has ended meanwhile
    return found


def unlike(ours: Path, theirs: Path) -> list[str]:
    """What two sides did not write alike, whatever the order of rows."""
    found = []
    for what, (here, there, columns) in WRITTEN.items():
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            relation = connection.sql(f"SELECT {columns} FROM read_parquet('{ours / here}', hive_partitioning = false)")
            names = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in relation.columns if name != "part")
            sums = f"count(*), sum(hash({names})), bit_xor(hash({names}))"
            asked = [
                f"SELECT {sums} FROM read_parquet('{path}', hive_partitioning = false)"
                for path in (ours / here, theirs / there)
            ]
            if connection.sql(asked[0]).fetchall() != connection.sql(asked[1]).fetchall():
                found.append(what)
    return found


def floor(query: str, **places: Path) -> float:
    """The fastest of two scans."""
    seconds = []
    for _ in range(2):
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            started = time.perf_counter()
            connection.sql(query.format(columns=COUNTED, **places)).fetchall()
            seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lines", type=int, default=10_000_000)
    options.add_argument("--postcodes", type=int, default=2_700_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--sides", nargs="+", choices=SIDES.values(), default=list(SIDES.values()))
    options.add_argument("--folder", type=Path, help="where the files are kept, for the next time")
    given = options.parse_args()
    sides = [side for side, name in SIDES.items() if name in given.sides or side in (OURS, SQL)]
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        work = Path(scratch)
        root = (given.folder or work) / f"{given.lines}-{given.postcodes}"
        nation = Nation(root, networks=1, lines=given.lines, staff=0, postcodes=given.postcodes)
        directory, lad = add_directory(nation), nation.lad(0)
        if not (whole := root / "whole").is_file():  # a killed one is made again
            make_network(nation, directory, 0)
            whole.touch()
        runs: dict[str, list[Run]] = {side: [] for side in sides}
        for _ in range(given.runs):
            for side in sides:
                runs[side].append(once(side, root, directory, lad, work / SIDES[side]))
        floors = {what: floor(query, root=root, to=work / SIDES[SQL]) for what, query in FLOORS.items()}
        wrong = {side: unlike(work / SIDES[OURS], work / SIDES[side]) for side in sides if side != OURS}
    return report(runs, floors, wrong, given.lines)


def report(runs: dict[str, list[Run]], floors: dict[str, float], wrong: dict[str, list[str]], lines: int) -> int:
    """Print what was found; 1 where a mark is missed."""
    middle = {side: Run(*map(statistics.median, zip(*found, strict=True))) for side, found in runs.items()}
    csv, parquet = ({side: statistics.median(getattr(run, name) for run in found) for side, found in runs.items()}
                    for name in ("from_csv", "from_parquet"))  # fmt: skip
    peaks = {side: max(run.peak for run in found) for side, found in runs.items()}
    print(f"{lines:,} lines, {len(next(iter(runs.values())))} runs of each, medians\n")
    columns = ["side", "clean, s", "locate, s", "measure, s", "from CSV", "beside SQL", "from Parquet", "beside SQL"]
    print(f"| {' | '.join([*columns, 'memory, MiB'])} |\n|---|{'--:|' * len(columns)}")
    for side, run in middle.items():
        told = [run.clean, run.locate, run.measure, csv[side], csv[side] / csv[SQL], parquet[side]]
        shown = [f"{number:.{2 if at == 4 else 1}f}" for at, number in enumerate(told)]
        print(f"| {side} | {' | '.join(shown)} | {parquet[side] / parquet[SQL]:.2f} | {peaks[side]:,.0f} |")
    for what, seconds in floors.items():
        print(f"| floor: {what} | | | | {seconds:.1f} | {seconds / csv[SQL]:.2f} | | | |")
    for side, what in wrong.items():
        print(f"\n{side}: {'not the same rows of ' + ', '.join(what) if what else 'the same'}")
    print(f"\n{csv[OURS] / lines * 1e6:.2f} s for a million lines from CSV")
    kept = csv[OURS] <= FROM_CSV * csv[SQL] and parquet[OURS] <= FROM_PARQUET * parquet[SQL]
    kept &= peaks[OURS] <= min(MEMORY * peaks[SQL], MOST_MIB)
    return 0 if kept and not any(wrong.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
