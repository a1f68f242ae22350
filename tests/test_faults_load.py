"""Many networks in a row hold no more than a few, and an edition of many members is made, audited and read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process holds is read in /proc")


def load(folder: Path, what: str, count: int, seconds: int) -> list[dict]:
    """What `tests.load` printed, in a process of its own whose temporary files and Jupyter's are in a folder."""
    told = {"TMPDIR": str(folder / "temporary"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    (folder / "temporary").mkdir()
    command = [sys.executable, "-m", "tests.load", what, str(folder), str(count)]
    root = Path(__file__).parent.parent
    ran = subprocess.run(command, cwd=root, env=os.environ | told, timeout=seconds, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


def must_be_flat(held: list[dict], more: int, survived) -> None:
    """After the last run a process holds what it held after the twentieth, and at most so many MiB more."""
    first, last = held[1], held[-1]
    grown = last["memory"] - first["memory"]
    same = [name for name in first if name != "memory" and first[name] >= last[name]]
    survived(
        "Load", "networks run in a row in one process", tried=last["networks"], held=last["networks"] * (grown <= more)
    )
    survived("Load", "kinds of things that may leak: descriptors, threads, processes, files", tried=4, held=len(same))
    assert grown <= more, [one["memory"] for one in held]
    assert last["children"] == last["files"] == 0 and len(same) == 4, (first, last)


def test_a_few_networks_in_a_row_leave_nothing_in_the_process_that_runs_them(tmp_path, survived):
    [held] = load(tmp_path, "networks", 4, 900)
    survived(
        "Load", "a few networks in a row in one process", tried=4, held=4 * (held["children"] == held["files"] == 0)
    )
    assert (held["children"], held["files"], held["threads"]) == (0, 0, 1)
    assert held["descriptors"] < 12 and held["memory"] < 900


@pytest.mark.long
def test_two_hundred_networks_in_a_row_hold_what_twenty_do(tmp_path, survived):
    must_be_flat(load(tmp_path, "networks", 200, 14_400), more=20, survived=survived)


@pytest.mark.long
def test_an_edition_of_two_hundred_members_is_made_audited_and_small_enough_to_read(tmp_path, survived):
    [made] = load(tmp_path, "members", 200, 14_400)
    public = {name: size for name, size in made["pages"].items()}
    large = {name: size for name, size in public.items() if size > 5_000_000}
    survived("Load", "members of one edition", tried=200, held=200 * (not large))
    assert large == {} and {"network_impact.html", "workforce.html", "spend.html", "index.html"} <= set(public)
