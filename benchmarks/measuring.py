"""How long it takes to measure a ledger of ten million lines, beside SQL written by hand for DuckDB.

    python benchmarks/measuring.py

makes a located ledger of ten million invented lines of 14 members over six years, in Parquet, and measures every metric
of the ledger with every breakdown, as a run does. The SQL by hand gives the same figures: a statement for all totals,
one for each breakdown and one for the months, which is several times as fast as one statement with grouping sets. They
take turns, each in a process of its own, timed from when its imports and the definitions are read. It prints a table in
Markdown and exits with 1 where the mark is missed, or where the two do not give the same figures.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
from peers.common import COLUMNS

#: The mark: time beside the SQL.
SLOWER = 1.5

#: Lines as locating leaves them: what a line tells of its supplier is the same for all lines of a supplier.
LINES = """
WITH lines AS (SELECT i, hash(i) % 14 AS whose, hash(i + 1) % 6 AS year, hash(i + 2) % 6500 AS supplier
    FROM range({lines}) t(i)),
  bought AS (SELECT *, hash(whose * 6500 + supplier) AS s,
    hash(whose * 6500 + supplier + hash(i + 6) % 20 // 19) % 12 AS what FROM lines)
SELECT 'member_' || lpad(CAST(whose AS VARCHAR), 2, '0') AS member,
  CAST(2018 + year AS VARCHAR) || '/' || lpad(CAST(19 + year AS VARCHAR), 2, '0') AS network_year,
  'ledger.csv' AS source_file, i AS source_row, 'T' || i AS transaction_id, 'S' || supplier AS supplier_id,
  DATE '2018-04-01' + CAST(hash(i + 3) % 365 AS INTEGER) + CAST(365 * year AS INTEGER) AS payment_date,
  CASE WHEN hash(i + 4) % 80 = 0 THEN -1 ELSE 1 END * CAST(hash(i + 5) % 2000000 AS BIGINT) AS net_pence,
  'Category ' || what AS category, CASE WHEN hash(i + 7) % 400 = 0 THEN 'again' ELSE 'first' END AS line_alike,
  CASE WHEN s % 1000 < 3 THEN 'other_member' WHEN s % 1000 = 3 THEN 'itself' ELSE 'supplier' END AS paid_to,
  CASE what WHEN 0 THEN 'unknown' WHEN 1 THEN 'no_category' ELSE 'category_' || what END AS spend_category,
  CASE what WHEN 0 THEN 'unknown' WHEN 1 THEN 'no_category' WHEN 2 THEN 'not_influenceable' ELSE 'influenceable' END
    AS influence,
  ['in_area', 'elsewhere', 'elsewhere', 'in_area', 'unknown'][CAST(1 + hash(s + 9) % 5 AS INTEGER)] AS supplier_place,
  ['in_area', 'branched', 'elsewhere', 'unknown'][CAST(1 + hash(s + 10) % 4 AS INTEGER)] AS supplier_branched,
  ['most_deprived_tenth', 'other_in_area', 'elsewhere', 'unknown'][CAST(1 + hash(s + 11) % 4 AS INTEGER)]
    AS supplier_decile_group,
  'E1200000' || CAST(1 + hash(s + 12) % 9 AS VARCHAR) AS supplier_region,
  chr(CAST(65 + hash(s + 13) % 21 AS INTEGER)) AS supplier_sector,
  ['sme', 'sme', 'large', 'unknown'][CAST(1 + hash(s + 14) % 4 AS INTEGER)] AS supplier_enterprise,
  ['yes', 'no', 'no', 'unknown'][CAST(1 + hash(s + 15) % 4 AS INTEGER)] AS supplier_voluntary,
  ['top_10', 'next_290', 'other', 'other', 'unknown'][CAST(1 + hash(s + 16) % 5 AS INTEGER)] AS supplier_rank
FROM bought ORDER BY whose, year
"""

LIBRARY = """
from anchor_analysis.declared import load_catalogue
from anchor_analysis.engine import open_engine
from anchor_analysis.measure import combined, sums_from_rows
from anchor_analysis.measure.sums import months_paid
import pandas as pd
def measure(lines, to):
    catalogue, engine = load_catalogue(), open_engine()
    schema, metrics = catalogue.schema["ledger"], catalogue.additive("ledger")
    rows = combined([lines], metrics, schema, engine, to.with_suffix(".combined"))
    found = [sums_from_rows(rows, metrics, schema, engine).assign(breakdown="")]
    for name in sorted({name for metric in metrics for name in metric.breakdowns}):
        of = [metric for metric in metrics if name in metric.breakdowns]
        found.append(sums_from_rows(rows, of, schema, engine, name).assign(breakdown=name))
    months = months_paid([lines], engine).rename(columns={"months": "numerator"})
    found.append(months.assign(breakdown="months", group="", metric="", unknown=0, unknown_credits=0))
    pd.concat(found)[COLUMNS].to_parquet(to)
"""

BY_HAND = """
import duckdb, pandas as pd
from peers.common import summed
def measure(lines, to):
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    found = summed(lines, connection)
    months = connection.sql("SELECT member, network_year, count(DISTINCT year(payment_date) * 12 + "
                            f"month(payment_date)) AS numerator FROM read_parquet('{lines}') GROUP BY ALL")
    months = months.to_arrow_table().to_pandas()
    found.append(months.assign(breakdown="months", group="", metric="", unknown=0, unknown_credits=0))
    pd.concat(found)[COLUMNS].to_parquet(to)
"""

TIMED = f"""
import sys, time
from pathlib import Path
COLUMNS = {COLUMNS!r}
from anchor_analysis.declared import load_catalogue
load_catalogue()
before = time.perf_counter()
measure(*map(Path, sys.argv[1:]))
seconds = time.perf_counter() - before
print(seconds, next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

SIDES = {"anchor_analysis, all metrics and breakdowns": LIBRARY, "DuckDB, SQL by hand": BY_HAND}


def measure(program: str, *paths: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one side, in a process of its own."""
    command = [sys.executable, "-c", program + TIMED, *paths]
    beside = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=beside)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak) / 1024


def figures(path: Path) -> pd.DataFrame:
    """What a side found, in one order."""
    whole = pd.read_parquet(path).sort_values(COLUMNS[:5], ignore_index=True)
    return whole.astype(dict.fromkeys(COLUMNS[:5], "str") | dict.fromkeys(COLUMNS[5:], "int64"))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lines", type=int, default=10_000_000)
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = folder / "lines.parquet"
        duckdb.execute(f"COPY ({LINES.format(lines=given.lines)}) TO '{lines}' (COMPRESSION zstd)")
        wrote = {side: folder / f"{at}.parquet" for at, side in enumerate(SIDES)}
        found: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
        for _ in range(given.runs):
            for side, program in SIDES.items():
                found[side].append(measure(program, lines, wrote[side]))
        alike = figures(wrote[next(iter(SIDES))]).equals(figures(list(wrote.values())[1]))
    fastest = {side: min(seconds for seconds, _ in runs) for side, runs in found.items()}
    by_hand = fastest["DuckDB, SQL by hand"]
    print("| side | fastest, s | median, s | beside SQL | memory, MiB |\n|---|--:|--:|--:|--:|")
    for side, runs in found.items():
        median, peak = statistics.median(seconds for seconds, _ in runs), max(peak for _, peak in runs)
        print(f"| {side} | {fastest[side]:.1f} | {median:.1f} | {fastest[side] / by_hand:.2f} | {peak:,.0f} |")
    ratio = fastest[next(iter(SIDES))] / by_hand
    print(f"\n{'The same figures' if alike else 'OTHER FIGURES'}; {ratio:.2f} times the SQL, of {SLOWER} allowed.")
    return 0 if alike and ratio <= SLOWER else 1


if __name__ == "__main__":
    sys.exit(main())
