"""How long it takes to locate ten million messy postcodes, beside SQL written by hand for DuckDB.

    python benchmarks/locating.py

makes a directory of 2,700,000 invented postcodes and ten million cells with them in many spellings, adds the directory,
and prints a table in Markdown. Both sides bring the cells to one form, join them to the added directory and write the
same columns to Parquet; they take turns, each in a process of its own, timed from when its imports are done. It exits
with 1 where a mark is missed, or where the two do not write the same rows.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from references import write_directory

from anchor_analysis.read import add_reference
from anchor_analysis.storage import Workspace

#: The marks: time beside the SQL, and memory beyond it.
SLOWER, MORE_MEMORY_MIB = 1.3, 1024

#: A tenth each: seven spellings of a postcode, cells that are none, blank ones, and postcodes that the directory lacks.
CELLS = """
WITH asked AS (SELECT i, hash(i) % 10 AS form, CAST(hash(i + 7) % {rows} AS BIGINT) AS line FROM range({cells}) t(i)),
of AS (SELECT i, form, CASE WHEN form = 9 THEN 'ZE99 9ZZ' ELSE pcds END AS code FROM asked JOIN
  (SELECT pcds, row_number() OVER () - 1 AS line FROM read_csv('{directory}', all_varchar = true)) USING (line))
SELECT i AS number, CASE form WHEN 0 THEN code WHEN 1 THEN lower(code) WHEN 2 THEN replace(code, ' ', '')
  WHEN 3 THEN '  ' || code || ' ' WHEN 4 THEN replace(code, ' ', '  ') WHEN 5 THEN replace(code, ' ', '-')
  WHEN 6 THEN lower(replace(code, ' ', chr(160)))
  WHEN 7 THEN ['REDACTED', 'ZZ99 3VZ', 'n/a', 'LS6'][CAST(1 + hash(i) // 10 % 4 AS INTEGER)]
  WHEN 8 THEN '' ELSE code END AS cell FROM of ORDER BY i
"""

LIBRARY = """
import narwhals as nw
from anchor_analysis.clean.values import postcode
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import locate_postcodes
from anchor_analysis.locate.postcodes import AREAS
def locate(cells, directory, to):
    engine = open_engine()
    told = nw.when(nw.col("cell") != "").then(nw.col("cell"))
    rows = engine.scan([cells]).with_columns(postcode(told).alias("code"))
    located = locate_postcodes(rows, "code", engine.scan([directory]))
    engine.write(located.select("number", *AREAS, "terminated", "postcode_class"), to)
"""

BY_HAND = """
import duckdb
SQL = '''
COPY (WITH rows AS (SELECT number, nullif(upper(regexp_replace(cell, '[^0-9A-Za-z]', '', 'g')), '') AS code
    FROM read_parquet('{cells}'))
  SELECT number, d.lad, d.region, d.ward, d.lsoa11, d.lsoa21, d.msoa11, d.msoa21, d.terminated, CASE
    WHEN d.lad IS NOT NULL THEN CASE WHEN d.terminated IS NOT NULL THEN 'terminated'
      WHEN d.large_user THEN 'large_user' ELSE 'live' END
    WHEN code IS NULL THEN 'no_postcode' WHEN code = 'ZZ993VZ' THEN 'no_fixed_abode'
    WHEN d.postcode IS NOT NULL THEN 'no_area'
    WHEN regexp_matches(code, '^[A-Z]{{1,2}}[0-9][0-9A-Z]?[0-9][A-Z]{{2}}$') THEN 'not_in_directory'
    WHEN code = 'REDACTED' THEN 'redacted'
    WHEN regexp_matches(code, '^[A-Z]{{1,2}}[0-9][0-9A-Z]?$') THEN 'outward_only'
    ELSE 'not_a_postcode' END AS postcode_class
  FROM rows LEFT JOIN read_parquet('{directory}') d ON rows.code = d.postcode) TO '{to}' (COMPRESSION zstd)
'''
def locate(cells, directory, to):
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(SQL.format(cells=cells, directory=directory, to=to))
"""

TIMED = """
import sys, time
from pathlib import Path
before = time.perf_counter()
locate(*map(Path, sys.argv[1:]))
seconds = time.perf_counter() - before
# of this program alone: what a process inherits from the one that started it counts in its ru_maxrss
print(seconds, next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

SIDES = {"anchor_analysis, locate_postcodes": LIBRARY, "DuckDB, SQL by hand": BY_HAND}


def measure(program: str, *paths: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one side, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", program + TIMED, *paths], capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak) / 1024


def same(one: Path, other: Path) -> bool:
    """Whether two files have the same rows, whatever their order."""
    either = "SELECT * FROM '{}' EXCEPT ALL SELECT * FROM '{}'"
    with duckdb.connect(config={"memory_limit": "8GB", "temp_directory": str(one.parent)}) as connection:
        return not any(connection.execute(either.format(*pair)).fetchone() for pair in ((one, other), (other, one)))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cells", type=int, default=10_000_000)
    options.add_argument("--rows", type=int, default=2_700_000)
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, cells = folder / "NSPL_MAY_2025_UK.csv", folder / "cells.parquet"
        write_directory(source, given.rows)
        query = CELLS.format(rows=given.rows, cells=given.cells, directory=source)
        duckdb.execute(f"COPY ({query}) TO '{cells}' (COMPRESSION zstd)")
        workspace = Workspace(folder / "workspace")
        directory = workspace.reference() / add_reference(source, workspace)["id"] / "table.parquet"
        wrote = {side: folder / f"{at}.parquet" for at, side in enumerate(SIDES)}
        found = {side: [] for side in SIDES}
        for _ in range(given.runs):
            for side, program in SIDES.items():
                found[side].append(measure(program, cells, directory, wrote[side]))
        alike = same(*wrote.values())
    best = {side: (min(run[0] for run in runs), max(run[1] for run in runs)) for side, runs in found.items()}
    print(f"| of {given.cells:,} cells | fastest, s | median, s | peak memory, MiB |")
    print("|---|--:|--:|--:|")
    for side, runs in found.items():
        print(
            f"| {side} | {best[side][0]:.2f} | {statistics.median(run[0] for run in runs):.2f} | {best[side][1]:,.0f} |"
        )
    (ours, our_peak), (theirs, their_peak) = best.values()
    print(f"\n{ours / theirs:.2f} times the SQL (mark {SLOWER}), {our_peak - their_peak:,.0f} MiB beyond it "
          f"(mark {MORE_MEMORY_MIB:,}); {'the same rows' if alike else 'not the same rows'}.")  # fmt: skip
    return int(ours / theirs > SLOWER or our_peak - their_peak > MORE_MEMORY_MIB or not alike)


if __name__ == "__main__":
    sys.exit(main())
