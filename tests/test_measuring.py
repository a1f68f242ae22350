"""The benchmarks run and say what they measured; how fast that is, they say on a machine where nothing else runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SMALL = {
    "comparing.py": ["--metrics", "3", "--years", "3", "--runs", "1"],
    "locating.py": ["--cells", "1000", "--rows", "20000", "--runs", "1"],
    "measuring.py": ["--lines", "20000", "--runs", "1"],
    "notebooks.py": ["--every", "100", "--without-row"],
    "protecting.py": ["--members", "4", "--years", "3"],
    "reading.py": ["--rows", "500", "--lines", "500", "--runs", "1"],
    "nation.py": ["--networks", "2", "--lines", "3000", "--staff", "3000", "--postcodes", "20000"],
    "references.py": ["--rows", "20000", "--runs", "1"],
    "rows.py": ["--lines", "3000", "--postcodes", "20000", "--runs", "1"],
    "starting.py": ["--runs", "1"],
    "workers.py": ["--every", "40"],
}


#: Those that run notebooks or a whole protection, however little of them.
SLOW = {"notebooks.py", "protecting.py", "workers.py"}

NAMES = sorted(path.name for path in BENCHMARKS.glob("*.py"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name in SLOW else []) for name in NAMES]
)
def test_a_benchmark_prints_its_table(name, demonstration, tmp_path):
    ours = ["--workspace", demonstration.root]
    more = {"notebooks.py": ours, "workers.py": ours, "nation.py": [tmp_path / "nation"]}.get(name, [])
    command = [sys.executable, BENCHMARKS / name, *SMALL[name], *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
    assert done.stdout.count("\n|") >= 3 and "not the same rows" not in done.stdout
