"""Tables handed to τ-ARGUS, and what it withholds of them: a second opinion on the same questions.

τ-ARGUS (Statistics Netherlands and others, EUPL 1.2) is what national statistical offices use. pytauargus is its engine
for Python with the solver HiGHS in one wheel: `pip install pytauargus==0.6.0`. It is asked here and nowhere else; the
library neither needs nor imports it. Its engine keeps state for a whole process, so that each table has one of its own.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.drawn_tables import Cell, Drawing

#: How the whole of a column is called in its files.
WHOLE = "Total"

#: A cell that must be kept, and from where to where its range has to reach.
Levels = Mapping[Cell, tuple[float, float]]

#: A process that protects one table, and one that tells of one table of records which cells are not safe.
PROTECT = "import sys; from pytauargus.engine import run_batch; run_batch(sys.argv[1])"
PRIMARY = """
import json, sys
from pathlib import Path
from pytauargus import protect
from pytauargus.engine import run_batch
asked = json.load(sys.stdin)
made = protect(asked["records"], ["row", "column"], "amount", safety_rules=asked["rules"], workdir=asked["folder"],
               run=False)
batch = Path(made.files["arb"])
batch.write_text("".join(line for line in batch.read_text().splitlines(True) if not line.startswith("<SUPPRESS>")))
run_batch(batch)
"""

METADATA = """<SEPARATOR> ";"
<SAFE> "S"
<UNSAFE> "U"
<PROTECT> "P"
row
  <RECODEABLE>
  <TOTCODE> "Total"
{hierarchy}column
  <RECODEABLE>
  <TOTCODE> "Total"
number
  <NUMERIC>
  <DECIMALS> 0
contributors
  <FREQUENCY>
cost
  <NUMERIC> <COSTVAR>
low
  <NUMERIC> <LOWERPL>
high
  <NUMERIC> <UPPERPL>
status
  <STATUS>
"""

HIERARCHY = """  <HIERARCHICAL>
  <HIERCODELIST> "rows.hrc"
  <HIERLEADSTRING> "@"
"""

BATCH = """<OPENTABLEDATA> "table.tab"
<OPENMETADATA> "table.rda"
<SPECIFYTABLE> "row""column"|"number"||"cost"
<SAFETYRULE>
<READTABLE> 0
<SUPPRESS> {method}
<WRITETABLE> (1,5,SO+,"protected.tab")
"""


def is_there() -> bool:
    return importlib.util.find_spec("pytauargus") is not None


class NotSolved(RuntimeError):
    """τ-ARGUS gave a table up."""


def withheld_by(
    method: str, drawing: Drawing, parents: Mapping[str, str], costs: Mapping[Cell, int], levels: Levels,
    seconds: float = 120,
) -> set[Cell]:  # fmt: skip
    """The cells of a table of two columns that τ-ARGUS withholds by a method, its rows a tree if they have parents."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        deep = any(parents.values())
        files = {
            "table.tab": "\n".join(_rows(drawing, costs, levels)) + "\n", "batch.arb": BATCH.format(method=method),
            "table.rda": METADATA.format(hierarchy=HIERARCHY if deep else ""),
            "rows.hrc": "\n".join(tree_lines(parents)) + "\n",
        }  # fmt: skip
        for name, text in files.items():
            (place / name).write_text(text, encoding="utf-8")
        _run(PROTECT, place, "", seconds, str(place / "batch.arb"))
        return set(_with_status(place / "protected.tab", "UM"))


def unsafe_by(rules: str, records: Sequence[tuple[Any, ...]], seconds: float = 60) -> set[Cell]:
    """The cells of a table of records, a row, a column and an amount each, that by some rules are not safe."""
    with tempfile.TemporaryDirectory() as folder:
        rows, columns, amounts = zip(*records, strict=True)
        asked = {"records": {"row": rows, "column": columns, "amount": amounts}, "rules": rules, "folder": folder}
        _run(PRIMARY, Path(folder), json.dumps(asked), seconds)
        return set(_with_status(Path(folder) / "tab1.tab", "U"))


def _run(code: str, folder: Path, given: str, seconds: float, *arguments: str) -> None:
    command = [sys.executable, "-c", code, *arguments]
    try:
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NotSolved(f"not within {seconds:.0f} seconds") from None
    if done.returncode:
        raise NotSolved((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])


def _rows(drawing: Drawing, costs: Mapping[Cell, int], levels: Levels) -> Iterator[str]:
    """A line for each cell; one that is nought is a number like any other, not a cell that cannot be filled."""
    for cell, number in drawing.cells.items():
        low, high = levels.get(cell, (number, number))
        status = "U" if cell in levels else "S"
        fields = [*(part or WHOLE for part in cell), number, max(1, number), costs[cell], number - low, high - number]
        yield ";".join([*map(str, fields), status])


def tree_lines(parents: Mapping[str, str], above: str = "", depth: int = 0) -> Iterator[str]:
    """A tree as τ-ARGUS has it: children below their parent, with a sign more before them."""
    for child in [child for child, parent in parents.items() if parent == above]:
        yield "@" * depth + child
        yield from tree_lines(parents, child, depth + 1)


def _with_status(path: Path, wanted: str) -> Iterator[Cell]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row, column, *_, status, _, _ = (field.strip('"') for field in line.split(";"))
        if status in wanted:
            yield tuple("" if part == WHOLE else part for part in (row, column))
