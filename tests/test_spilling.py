"""Rows that are larger than memory go to disk beside the rows they are of, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage

ROOT = Path(__file__).parent.parent

SPILLING = """
import os, sys
from pathlib import Path
from anchor_analysis.engine import open_engine

engine = open_engine()
rows = engine.scan([Path(sys.argv[1])])
engine._connection.execute("SET memory_limit = '60MB'")
engine._connection.execute("SET threads = 1")
many = "range(2000000) AS counted(i)"
engine._connection.execute(f"CREATE TABLE large AS SELECT i, md5(i::VARCHAR) || 'LX9 1AA' FROM {many}")
if sys.argv[2] == "killed":
    os._exit(9)
"""


@pytest.mark.parametrize("within", ["cleaned", ".scratch-abc/rows", ".scratch-abc/.writing-x/rows"])
@pytest.mark.parametrize("ends", ["killed", "well"])
def test_what_does_not_fit_into_memory_is_written_where_it_is_swept(tmp_path, within, ends):
    elsewhere, processed = storage.made(tmp_path / "elsewhere"), storage.made(tmp_path / "processed")
    rows = storage.made(processed / within) / "rows.parquet"
    storage.write_frame(pd.DataFrame({"a": [1]}), rows)
    command = [sys.executable, "-c", SPILLING, str(rows), ends]
    found = subprocess.run(command, cwd=elsewhere, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert found.returncode == (9 if ends == "killed" else 0)
    assert list(elsewhere.iterdir()) == []
    spilled = [path for path in processed.rglob("*duckdb_temp*") if path.is_file()]
    assert bool(spilled) == (ends == "killed")
    assert not any(".scratch-abc" in path.as_posix() for path in spilled)
    storage.sweep(processed)
    assert not list(processed.rglob("*duckdb*"))
