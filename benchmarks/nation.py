"""Invented returns of a whole country, streamed and seeded: 200 networks of 15 members each.

    python benchmarks/nation.py FOLDER

makes a workspace with a directory of 2,700,000 invented postcodes, and for each network its `network.toml` and for each
of its members a payment ledger and an extract of staff, 50,000,000 lines and 10,000,000 rows in all, as CSV. The same
seed and sizes give the same bytes. In memory are the postcodes and one piece of one file.

The returns are as untidy as those that come: postcodes in five spellings, blank or none at all; days in two spellings;
amounts with commas, pound signs, brackets for credits, and parts of pennies.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
from references import write_directory

from anchor_analysis.read import add_reference
from anchor_analysis.storage import Workspace

#: So many rows of a file are made at a time.
PIECE = 250_000

SUPPLIERS, CATEGORIES = 4_000, 40

HEAD = """[network]
id = "{id}"
name = "Network {id}"
place = "Place {id}"
contact = "someone@example.org"
licence = "CC0-1.0"
[area]
local_authorities = ["{lad}"]
[years]
first = "{first}"
latest = "{latest}"
baseline = "{first}"
ends = "03-31"
[reference]
postcodes = "{directory}"
[protection]
people = "people_threshold_10_round_5"
spend = "spend_round_1000"
estate = "open_data"
[confidentiality]
people = "shared"
spend = "shared"
estate = "shared"
"""
MEMBER = """[[members]]
id = "{id}"
name = "Member {id} of {network}"
sector = "x"
joined = 2018-04-01
levers = ["employer", "spender"]
"""


@dataclass(frozen=True)
class Nation:
    """How large it is, and where: `lines` and `staff` are those of all networks and years together."""

    root: Path
    networks: int = 200
    members: int = 15
    years: int = 1
    lines: int = 50_000_000
    staff: int = 10_000_000
    postcodes: int = 2_700_000
    seed: int = 1

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    def network(self, number: int) -> str:
        return f"n{number:03d}"

    def lad(self, number: int) -> str:
        return f"E06{number % (self.postcodes // 226 // 33):06d}"

    def year(self, number: int) -> str:
        return f"{2023 - number}/{24 - number:02d}"


def make_nation(nation: Nation, workers: int = 2) -> Path:
    """Write all of it; the table of the directory, which is added to the workspace."""
    directory = add_directory(nation)
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(partial(make_network, nation, directory), range(nation.networks)))
    return directory


def add_directory(nation: Nation) -> Path:
    """Add the directory, unless it is there; its table."""
    known = nation.workspace.reference()
    found = sorted(known.glob("*/table.parquet"))
    if not found:
        source = nation.root / "NSPL_MAY_2025_UK.csv"
        nation.root.mkdir(parents=True, exist_ok=True)
        write_directory(source, nation.postcodes)
        found = [known / add_reference(source, nation.workspace)["id"] / "table.parquet"]
        source.unlink()
    return found[0]


def make_network(nation: Nation, directory: Path, number: int) -> None:
    """Write the file of a network and the returns of its members."""
    name, returns = nation.network(number), nation.members * nation.years
    lines, staff = (total // nation.networks // returns for total in (nation.lines, nation.staff))
    members = [f"m{at:02d}" for at in range(1, nation.members + 1)]
    said = HEAD.format(
        id=name, lad=nation.lad(number), first=nation.year(nation.years - 1), latest=nation.year(0),
        directory=directory.parent.name,
    )  # fmt: skip
    path = nation.workspace.network(name) / "network.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(said + "".join(MEMBER.format(id=member, network=name) for member in members), encoding="utf-8")
    codes = _postcodes(directory)
    near = codes.near(nation.lad(number))
    for at, member in enumerate(members):
        for year in range(nation.years):
            folder = nation.workspace.raw(name) / nation.year(year).replace("/", "-") / member
            folder.mkdir(parents=True, exist_ok=True)
            ours = [np.random.Generator(np.random.PCG64([nation.seed, number, at, year, table])) for table in (0, 1)]
            if lines:
                _write(folder / "ledger.csv", _ledger(lines, ours[0], codes, near, 2023 - year))
            if staff:
                _write(folder / "workforce.csv", _workforce(staff, ours[1], codes, near))


def _write(path: Path, pieces: Iterator[pa.Table]) -> None:
    first = next(pieces)
    with pv.CSVWriter(path, first.schema, write_options=pv.WriteOptions(quoting_style="needed")) as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(piece)


@dataclass(frozen=True)
class _Codes:
    """All postcodes of a directory as they are published, with the local authority of each."""

    spelt: pa.Array
    lads: pa.Array

    def near(self, lad: str) -> np.ndarray:
        """The places of those of one local authority."""
        return np.flatnonzero(pc.equal(self.lads, lad).to_numpy(zero_copy_only=False))


@cache
def _postcodes(directory: Path) -> _Codes:
    import pyarrow.parquet as pq

    table = pq.read_table(directory, columns=["postcode", "lad"]).sort_by("postcode")
    code = table["postcode"].combine_chunks().cast(pa.string())
    spelt = pc.binary_join_element_wise(pc.utf8_slice_codeunits(code, 0, -3), pc.utf8_slice_codeunits(code, -3), " ")
    return _Codes(spelt, table["lad"].combine_chunks().cast(pa.string()))


def _pieces(rows: int) -> Iterator[tuple[int, int]]:
    for start in range(0, rows, PIECE):
        yield start, min(PIECE, rows - start)


def _ledger(rows: int, draws: np.random.Generator, codes: _Codes, near: np.ndarray, year: int) -> Iterator[pa.Table]:
    home = np.where(
        draws.random(SUPPLIERS) < 0.4, draws.choice(near, SUPPLIERS), draws.integers(len(codes.spelt), size=SUPPLIERS)
    )
    words = draws.integers(5000, size=(SUPPLIERS, 2))
    names = pa.array([f"Supplier {a} {b} Ltd" if a % 9 else f"Supplier {a}, {b} & Sons" for a, b in words.tolist()])
    often = draws.pareto(1.2, SUPPLIERS)
    share = np.cumsum(often / often.sum())
    for start, size in _pieces(rows):
        who = np.minimum(np.searchsorted(share, draws.random(size)), SUPPLIERS - 1)
        day = np.datetime64(f"{year}-04-01") + draws.integers(365, size=size)
        yield pa.table({
            "transaction_id": pc.binary_join_element_wise("T", _padded(np.arange(start, start + size), 8), ""),
            "payment_date": _days(day, draws.random(size)),
            "supplier_id": pc.binary_join_element_wise("S", _padded(who, 5), ""),
            "supplier_name": names.take(pa.array(who)),
            "supplier_postcode": _spelt(codes.spelt.take(pa.array(home[who])), draws.random(size)),
            "category": pc.binary_join_element_wise("Category", pc.cast(pa.array(who % CATEGORIES), pa.string()), " "),
            "net_gbp": _amounts(draws.lognormal(7, 1.8, size), draws.random(size)),
        })  # fmt: skip


def _workforce(rows: int, draws: np.random.Generator, codes: _Codes, near: np.ndarray) -> Iterator[pa.Table]:
    kinds = pa.array(["permanent", "Perm", "fixed term", "bank"])
    hours = pa.array(["1", "1.0", "0.8", "0.6", "0.53333", ".5"])
    for start, size in _pieces(rows):
        where = np.where(
            draws.random(size) < 0.6, draws.choice(near, size), draws.integers(len(codes.spelt), size=size)
        )
        again = draws.random(size) < 0.03  # a second post of the person before
        person = np.arange(start, start + size) - again
        day = np.datetime64("1990-01-01") + draws.integers(12_000, size=size)
        yield pa.table({
            "employee_id": pc.binary_join_element_wise("E", _padded(person, 7), ""),
            "assignment_id": pc.binary_join_element_wise("A", _padded(np.arange(start, start + size), 7), ""),
            "contract": kinds.take(pa.array(draws.choice(4, size, p=[0.5, 0.3, 0.15, 0.05]))),
            "fte": hours.take(pa.array(draws.choice(6, size))),
            "home_postcode": _spelt(codes.spelt.take(pa.array(where)), draws.random(size)),
            "start_date": _days(day, draws.random(size)),
        })  # fmt: skip


def _padded(numbers: np.ndarray, width: int) -> pa.Array:
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")


def _choose(draw: np.ndarray, usual: pa.Array, others: list[tuple[float, pa.Array]]) -> pa.Array:
    """Of each row the first of the others whose share, added up, is above its draw; else the usual."""
    upto = 0.0
    for share, other in others:
        chosen = pa.array((draw >= upto) & (draw < upto + share))
        usual, upto = pc.if_else(chosen, other, usual), upto + share
    return usual


def _spelt(code: pa.Array, draw: np.ndarray) -> pa.Array:
    tight = pc.replace_substring(code, " ", "")
    spaced = pc.binary_join_element_wise("", code, " ")
    none = pa.array(np.array(["n/a", "ZZ99 9ZZ", "tbc", "LS6"])[(draw * 4000).astype(int) % 4])
    ways = [(0.08, pc.utf8_lower(code)), (0.08, tight), (0.04, spaced), (0.05, pa.repeat("", len(code))), (0.02, none)]
    return _choose(draw, code, ways)


def _days(day: np.ndarray, draw: np.ndarray) -> pa.Array:
    days = pa.array(day.astype("datetime64[D]"))
    return _choose(draw, pc.strftime(days, "%d/%m/%Y"), [(0.3, pc.strftime(days, "%Y-%m-%d"))])


def _amounts(pounds: np.ndarray, draw: np.ndarray) -> pa.Array:
    """Pounds and pence: a tenth with commas, a twentieth with a pound sign, a thirtieth credits, one in 200 finer."""
    pence = np.minimum(pounds * 100, 9e9).astype(np.int64)
    whole, rest = pence // 100, _padded(pence % 100, 2)
    plain = pc.binary_join_element_wise(pc.cast(pa.array(whole), pa.string()), rest, ".")
    thousands = pc.binary_join_element_wise(
        pc.cast(pa.array(whole // 1000 % 1000), pa.string()), _padded(whole % 1000, 3), ","
    )
    with_commas = pc.binary_join_element_wise(
        pc.if_else(pa.array((whole > 999) & (whole < 10**6)), thousands, pc.cast(pa.array(whole), pa.string())),
        rest,
        ".",
    )
    ways = [
        (0.1, with_commas),
        (0.05, pc.binary_join_element_wise("£", plain, "")),
        (0.03, pc.binary_join_element_wise("(", plain, ")", "")),
        (0.01, pc.binary_join_element_wise("-", plain, "")),
        (0.005, pc.binary_join_element_wise(plain, "5", "")),
    ]
    return _choose(draw, plain, ways)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    for name, usual in (("networks", 200), ("members", 15), ("years", 1), ("lines", 50_000_000), ("staff", 10_000_000),
                        ("postcodes", 2_700_000), ("seed", 1)):  # fmt: skip
        options.add_argument(f"--{name}", type=int, default=usual)
    given = vars(options.parse_args())
    started = time.perf_counter()
    nation = Nation(given.pop("folder"), **given)
    make_nation(nation)
    print("| table | files | rows | CSV, GB |\n|---|--:|--:|--:|")
    for table, rows in (("ledger", nation.lines), ("workforce", nation.staff)):
        sizes = [path.stat().st_size for path in nation.workspace.raw("").rglob(f"{table}.csv")]
        print(f"| {table} | {len(sizes):,} | {rows:,} | {sum(sizes) / 1e9:.2f} |")
    print(f"\n{nation.networks} networks in {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
