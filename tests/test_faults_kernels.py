"""Notebooks whose cells die, eat, hang, flood and leave things behind: told, in bounds, and no other one the worse."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from anchor_analysis import storage
from anchor_analysis.running import forking, memory
from anchor_analysis.running.executing import Ending
from tests.kernel_faults import FAULTS, KINDS, SHOWN, TOKEN, WELL, left

pytestmark = pytest.mark.skipif(not forking.CAN_FORK, reason="processes are found, and limits set, on Linux alone")

#: What is tried in every run of the tests: one of each kind, and the daemon that nothing but its descent tells of.
NORMAL = ("segfaults", "eats", "stuck_in_c", "prints", "daemon_of_python", "no_environment")

#: So much more may the process that runs the notebooks hold, in megabytes, whatever they do.
HOLDS_MORE = 300


def run_faults(folder: Path, *names: str, workers: int = 3, where: str = "here", **environment: str) -> dict:
    """What came of a run of the small network with notebooks of these names, in a process of its own."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "tests.kernel_faults", str(folder), str(workers), where, *names]
    ran = subprocess.run(
        command, cwd=Path(__file__).parent.parent, env=told | environment | {TOKEN: "1"}, timeout=1_800,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1]) | {"folder": folder}


def of(name: str, came: dict) -> str:
    """What was said of the notebook of a name."""
    return "\n".join(said for said in came["said"] if said.startswith(f"{name}.ipynb: "))


def pages(folder: Path) -> dict[str, str]:
    """The notebooks and pages of a run that ended well, without what they were made from in their names."""
    made = storage.Workspace(folder).processed("example") / "notebooks" / "2023-24"
    kept = [path for path in made.glob("[!f]*-*") if path.suffix in (".ipynb", ".html")]
    return {path.name.split("-")[0] + path.suffix: storage.read_text(path) for path in kept}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict:
    return run_faults(tmp_path_factory.mktemp("well"))


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory) -> dict:
    return run_faults(tmp_path_factory.mktemp("faults"), *NORMAL)


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> dict:
    return run_faults(tmp_path_factory.mktemp("everything"), *FAULTS, workers=4)


def must_be_survived(came: dict, well: dict, names, survived) -> None:
    """Of each kind what was tried is told as it should be, nothing is left, and the others are as they were."""
    wrong = {name: of(name, came) for name in names if not re.search(FAULTS[name].told, of(name, came), re.DOTALL)}
    for heading, kind in KINDS.items():
        tried = [name for name in kind if name in names]
        survived("Kernels", heading, tried=len(tried), held=sum(name not in wrong for name in tried))
    others, now = pages(well["folder"]), pages(came["folder"])
    same = sum(now.get(name) == text for name, text in others.items())
    survived("Kernels", "notebooks and pages beside all of these, byte for byte", tried=len(others), held=same)
    survived(
        "Kernels", "processes left after 5 s, of all of these", tried=len(names), held=len(names) - len(came["left"])
    )
    assert wrong == {}
    assert len(came["said"]) == len(names)  # and nothing is said of the well-behaved ones
    assert now == others and came["left"] == []
    assert came["held"] < well["held"] + HOLDS_MORE
    assert left({os.getpid()}, 1) == []


def test_a_notebook_that_goes_wrong_is_told_leaves_nothing_and_touches_no_other(undisturbed, disturbed, survived):
    must_be_survived(disturbed, undisturbed, NORMAL, survived)


@pytest.mark.long
def test_all_of_them_at_once_are_told_leave_nothing_and_touch_no_other(undisturbed, everything, survived):
    must_be_survived(everything, undisturbed, FAULTS, survived)
    assert everything["seconds"] < 1_500


@pytest.mark.long
def test_processes_that_run_notebooks_as_commands_do_are_told_the_same_of(tmp_path, undisturbed, survived):
    came = run_faults(tmp_path, *FAULTS, workers=2, where="apart")
    wrong = {name: of(name, came) for name in FAULTS if not re.search(FAULTS[name].told, of(name, came), re.DOTALL)}
    survived("Kernels", "all of these in processes of their own", tried=len(FAULTS), held=len(FAULTS) - len(wrong))
    assert wrong == {}
    assert [one for one in came["left"] if "resource_tracker" not in one] == []  # which Python ends with the process
    assert pages(came["folder"]) == pages(undisturbed["folder"])


def test_of_what_a_notebook_may_show_nothing_is_lost(undisturbed):
    assert undisturbed["said"] == [] and undisturbed["left"] == []
    [written] = [text for name, text in pages(undisturbed["folder"]).items() if name == f"{WELL}.ipynb"]
    shown = [cell["outputs"] for cell in json.loads(written)["cells"] if cell["cell_type"] == "code"][-1]
    assert [output["data"]["text/plain"] for output in shown] == [[str(number)] for number in range(SHOWN)]


def test_what_is_kept_of_a_notebook_that_showed_too_much_is_short(disturbed):
    kept = storage.Workspace(disturbed["folder"]).processed("example") / "notebooks" / "2023-24" / "failed-prints.ipynb"
    assert kept.stat().st_size < 10_000


@pytest.mark.long
def test_ordinary_kernels_leave_nothing_either(tmp_path, undisturbed, survived):
    """But for what clears its environment, which nothing tells of then; how much they held is not known of them."""
    names = [name for name in FAULTS if name not in ("no_environment",)]
    came = run_faults(tmp_path, *names, workers=4, ANCHOR_FORKED_KERNELS="0")
    wrong = {
        name: of(name, came) for name in names if not re.search(_unheld(FAULTS[name].told), of(name, came), re.DOTALL)
    }
    survived("Kernels", "all of these in ordinary kernels", tried=len(names), held=len(names) - len(wrong))
    assert wrong == {} and came["left"] == []
    assert pages(came["folder"]) == pages(undisturbed["folder"])


def _unheld(told: str) -> str:
    return re.sub(r"It held( \.\* MB, and it)?", "It", re.sub(r" when it held( \.\* MB of memory)?", "", told))


def test_a_kernel_that_the_system_killed_for_want_of_memory_is_told_of_as_that(monkeypatch):
    counted = iter([4, 5, 5])
    monkeypatch.setattr(memory, "killed_for_want", lambda: next(counted))
    ending = Ending(killed_before=memory.killed_for_want())
    ending.note(-9, 3_912_000_000)
    assert re.fullmatch(
        "which the system killed for want of memory when it held 3,912 MB of memory; the machine has [0-9,]+ MB",
        ending.how,
    )
    assert "--workers 1" in ending.remedy


def test_a_kernel_that_somebody_killed_is_not_said_to_have_wanted_memory():
    ending = Ending()
    ending.note(-9, None)
    assert "which was killed, though not by the system" in ending.how and ending.remedy == ""


def test_the_system_says_how_many_it_has_killed_for_want_of_memory():
    assert (memory.killed_for_want() or 0) >= 0
