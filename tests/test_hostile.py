"""Hostile files are refused within five seconds and half a gigabyte, and touch nothing else.

Each is read in a process of its own: what one has taken cannot be told from what another takes, and one that is not
refused may take the process with it.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.returns_example import Return

pytest.importorskip("resource", reason="limits on a process are of Unix")
hostile = pytest.importorskip("tests.hostile")

SECONDS = 5
BYTES = 500 << 20


@pytest.fixture(scope="module")
def read_apart() -> Iterator[Callable[[Path], dict[str, Any]]]:
    """Reads the return of a workspace in a process of its own, forked from one that has imported the library."""
    command = [sys.executable, "-m", "tests.hostile"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        asked, told = server.stdin, server.stdout
        assert asked and told

        def read(folder: Path) -> dict[str, Any]:
            print(folder, file=asked, flush=True)
            found: dict[str, Any] = json.loads(told.readline())
            return found

        yield read
        asked.close()


@pytest.fixture(params=list(hostile.FILES))
def outcome(request: pytest.FixtureRequest, tmp_path: Path, read_apart) -> dict[str, Any]:
    """What came of reading one hostile file."""
    hospital = Return(tmp_path)
    hostile.FILES[request.param](hospital.folder)
    return read_apart(tmp_path)


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


def test_what_is_read_without_a_complaint_is_told(tmp_path, read_apart):
    Return(tmp_path).file("ledger.csv", "payment_date,net_gbp\n01/05/2023,1\n")
    assert read_apart(tmp_path)["outcome"] == "read"


def test_a_process_that_fails_or_never_ends_is_told(tmp_path, read_apart, monkeypatch):
    (tmp_path / "networks").mkdir()
    assert read_apart(tmp_path)["outcome"] == "ended with 1"
    monkeypatch.setattr(hostile, "LONGEST", 0.1)
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    assert hostile._outcome(child, tmp_path)["outcome"] == "still reading after a minute"


def test_a_pickle_would_make_its_file_if_it_were_loaded(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    pickle.loads(hostile.pickled(folder, "x.csv").read_bytes())
    assert (tmp_path / "unpickled").exists()
