"""Hostile files are refused within five seconds and half a gigabyte, and touch nothing else.

Each is read in a process of its own: what one has taken cannot be told from what another takes, and one that is not
refused may take the process with it.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.returns_example import Return

pytest.importorskip("resource", reason="limits on a process are of Unix")
hostile = pytest.importorskip("tests.hostile")

SECONDS = 5
BYTES = 500 << 20


@pytest.fixture(params=list(hostile.FILES))
def outcome(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """What came of reading one hostile file."""
    hospital = Return(tmp_path)
    hostile.FILES[request.param](hospital.folder)
    return read_apart(tmp_path)


def read_apart(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.hostile", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return {"outcome": "still reading after a minute", "seconds": 60, "peak": 0, "said": ""}
    if done.returncode:
        return {"outcome": f"ended with {done.returncode}", "seconds": 0, "peak": 0, "said": done.stderr[-1500:]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_hostile_file_is_refused_soon_and_in_little_memory(outcome, tmp_path):
    assert outcome["outcome"] == "refused", outcome
    assert outcome["seconds"] < SECONDS, outcome
    assert outcome["peak"] < BYTES, outcome
    assert "docs/errors.md#" in outcome["said"] and hostile.SECRET not in outcome["said"]
    assert not (tmp_path / "data" / "raw" / "example" / "2023-24" / "unpickled").exists()
    assert not list(tmp_path.rglob("climbed.csv")) and not Path("/tmp/climbed.csv").exists()


# --- the files are what they say ---


def test_a_bomb_is_small_and_sound_and_unpacks_to_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(hostile, "BOMB", 8 << 20)
    for build in (hostile.zipped_csv_bomb, hostile.xlsx_bomb, hostile.xlsx_bomb_of_strings, hostile.ods_bomb):
        path = build(tmp_path)
        assert path.stat().st_size < 100_000
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert max(about.file_size for about in archive.infolist()) > 7 << 20


def test_what_is_read_without_a_complaint_is_told(tmp_path):
    Return(tmp_path).file("ledger.csv", "payment_date,net_gbp\n01/05/2023,1\n")
    assert read_apart(tmp_path)["outcome"] == "read"


def test_a_pickle_would_make_its_file_if_it_were_loaded(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    pickle.loads(hostile.pickled(folder, "x.csv").read_bytes())
    assert (tmp_path / "unpickled").exists()
