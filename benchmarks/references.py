"""How long a postcode directory of the whole United Kingdom takes to add, what it leaves on disk, and in what memory.

    python benchmarks/references.py

makes a directory of 2,700,000 invented postcodes in the columns of the lookup of May 2025, adds it in a process of its
own, as it is and in a zip file as it is published, and prints a table in Markdown. It exits with 1 where a mark is
missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb

SECONDS, MEGABYTES = 30, 60

#: The columns of the National Statistics Postcode Lookup of May 2025 that are not made below.
REST = ["calncv", "ced", "ctry", "cty", "hlthau", "itl", "nhser", "npark", "oa11", "oseast1m", "osgrdind", "osnrth1m",
        "park", "pcon", "pfa", "ru11ind", "sicbl", "stp", "ttwa", "ur01ind", "wz11", "lep1", "lep2", "oac11", "oac21",
        "imd", "lat", "long"]  # fmt: skip

#: Sectors (11,946 for 2,700,000 rows), each with 228 or so of the 400 units there can be; in each sector two wards and
#: four small areas, as units lie about a street and not in the order of their letters; three fifths introduced at the
#: beginning, a third terminated, a twelfth of large users.
DIRECTORY = """
WITH letters AS (SELECT 'ABDEFGHJLNPQRSTUWXYZ' AS of_unit),
sectors AS (SELECT s, chr(65 + CAST(s // 96 // 26 AS INTEGER)) || chr(65 + CAST(s // 96 % 26 AS INTEGER)) AS area,
  s // 4 % 24 + 1 AS district, s % 4 AS sector FROM range({sectors}) t(s)),
units AS (SELECT *, hash(s * 1000 + u) AS h, hash(s * 1000 + u + 9000000000) AS g,
  substr(of_unit, CAST(u // 20 + 1 AS INTEGER), 1) || substr(of_unit, CAST(u % 20 + 1 AS INTEGER), 1) AS unit
  FROM sectors, letters, range(400) r(u) WHERE hash(s * 1000 + u + 5000000000) % 400 < 228),
made AS (SELECT *, area || district AS outward, sector || unit AS inward, s * 4 + h % 4 AS small,
  s * 2 + h % 2 AS of_ward, 198001 + (g % 45) * 100 + g % 12 AS month FROM units)
SELECT rpad(outward, 4, ' ') || inward AS pcd, rpad(outward, 5, ' ') || inward AS pcd2,
  outward || ' ' || inward AS pcds, CASE WHEN g % 5 < 3 THEN 198001 ELSE month END AS dointr,
  CASE WHEN h % 3 = 0 THEN month + 1 - month % 100 // 12 END AS doterm, CAST(h % 12 = 0 AS INTEGER) AS usertype,
  'E00' || lpad(CAST(small * 5 + g % 5 AS VARCHAR), 6, '0') AS oa21,
  'E06' || lpad(CAST(s // 33 AS VARCHAR), 6, '0') AS laua, 'E05' || lpad(CAST(of_ward AS VARCHAR), 6, '0') AS ward,
  'E120000' || lpad(CAST(s // 1000 AS VARCHAR), 2, '0') AS rgn,
  'E01' || lpad(CAST(small AS VARCHAR), 6, '0') AS lsoa21, 'E01' || lpad(CAST(small // 20 * 20 AS VARCHAR), 6, '0')
  AS lsoa11, 'E02' || lpad(CAST(small // 5 AS VARCHAR), 6, '0') AS msoa21,
  'E02' || lpad(CAST(small // 6 AS VARCHAR), 6, '0') AS msoa11, {rest} FROM made ORDER BY pcd
"""

ADD = """
import sys, time
from pathlib import Path
from anchor_analysis.read import add_reference
from anchor_analysis.storage import Workspace
before = time.perf_counter()
about = add_reference(Path(sys.argv[1]), Workspace(Path(sys.argv[2])))
seconds = time.perf_counter() - before
# of this program alone: what a process inherits from the one that started it counts in its ru_maxrss
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(about["id"], about["rows"], seconds, time.process_time(), peak)
"""


def write_directory(path: Path, rows: int) -> None:
    """Write so many rows of the directory, quoted and in the order in which it is published."""
    rest = ", ".join(f"'E9' || lpad(CAST(hash(s + {n}) % 1000000 AS VARCHAR), 7, '0') AS {name}"
                     for n, name in enumerate(REST))  # fmt: skip
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(path.parent)}) as connection:
        query = f"{DIRECTORY.format(rest=rest, sectors=rows // 226)} LIMIT {rows}"
        connection.execute(f"COPY ({query}) TO '{path}' (HEADER, FORCE_QUOTE *)")


def pack(path: Path) -> Path:
    """The directory in an archive, in the folders in which it is published."""
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.write(path, f"Data/{path.name}")
        packed.writestr("Data/multi_csv/NSPL_MAY_2025_UK_AB.csv", '"pcd","pcd2","pcds"\n')
        packed.writestr("User Guide/NSPL User Guide May 2025.pdf", b"%PDF")
    return archive


def measure(path: Path, workspace: Path) -> tuple[int, float, float, float, float]:
    """Of adding a file in a process of its own: rows, seconds, of them of processor, peak MiB, MB of the table."""
    done = subprocess.run([sys.executable, "-c", ADD, path, workspace], capture_output=True, text=True, check=True)
    name, rows, seconds, busy, peak = done.stdout.split()
    table = workspace / "data" / "processed" / "reference" / name / "table.parquet"
    return int(rows), float(seconds), float(busy), int(peak) / 1024, table.stat().st_size / 1e6


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=2_700_000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    missed = False
    print("| directory | size, MB | rows | fastest, s | slowest, s | processor, s | memory, MiB | table, MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "NSPL_MAY_2025_UK.csv"
        write_directory(plain, given.rows)
        for path in (plain, pack(plain)):
            runs = [measure(path, Path(folder) / f"{path.suffix[1:]}{run}") for run in range(given.runs)]
            rows, times, busy, peaks, sizes = zip(*runs, strict=True)
            print(f"| {path.suffix[1:]} | {path.stat().st_size / 1e6:,.0f} | {rows[0]:,} | {min(times):.1f} | "
                  f"{max(times):.1f} | {min(busy):.1f} | {max(peaks):,.0f} | {sizes[0]:.1f} |")  # fmt: skip
            missed |= min(times) >= SECONDS or sizes[0] >= MEGABYTES or rows[0] != given.rows
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
