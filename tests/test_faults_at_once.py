"""Many commands at once: each finds everything whole, and whoever comes second is told who is at work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from anchor_analysis import storage
from anchor_analysis.problems import BusyError
from anchor_analysis.read import add_reference, reference_about, reference_table
from tests.faults import Survived
from tests.small_network import make_workspace, refused
from tests.test_faults_killed import COMMAND, LEFT, Files, files_of
from tests.test_references import LEEDS, NSPL_MAY_2025, save

HEADING = "Many at once"


def at_once(root: Path, commands: Sequence[Sequence[str]]) -> list[tuple[int, int, str]]:
    """The process id, the exit code and what was printed of commands that begin at once."""
    environment = os.environ | {"ANCHOR_WORKSPACE": str(root), "COLUMNS": "200"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words], env=environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for words in commands
    ]  # fmt: skip
    printed = [process.communicate()[0] for process in running]
    return [(process.pid, process.returncode, said) for process, said in zip(running, printed, strict=True)]


def wrongly_told(ended: Sequence[tuple[int, int, str]]) -> list[str]:
    """What was told otherwise than that somebody else of these is at work."""
    pids = {pid for pid, _, _ in ended}
    wrong = []
    for _, code, printed in ended:
        holder = re.search(r"a run \(process (\d+)\) is at work here\.\s+Wait until it has ended\.", printed)
        told = holder and int(holder[1]) in pids and "AN011" in printed
        if code != 0 and not (code == 4 and told):
            wrong.append(f"exit code {code}: {printed}")
    return wrong


def made_of(root: Path) -> Files:
    """The editions in a workspace, and all that stands beside them."""
    return {path: sealed for path, sealed in files_of(root).items() if path.startswith("outputs/")}


def left_in(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for pattern in LEFT for path in root.rglob(pattern)]


def run_many(count: int, apart: Path, together: Path) -> tuple[list[tuple[int, int, str]], list[str]]:
    """Runs of one edition at once, and what is wrong with it, held against what one run alone makes."""
    make_workspace(apart)
    assert [code for _, code, _ in at_once(apart, [("run", "example", "-q")])] == [0]
    make_workspace(together)
    ended = at_once(together, [("run", "example", "-q")] * count)
    wrong = wrongly_told(ended)
    wrong += [] if made_of(together) == made_of(apart) else ["the edition is another"]
    return ended, [*wrong, *left_in(together)]


@pytest.mark.long
def test_of_twenty_runs_of_one_edition_one_at_a_time_is_at_work_and_the_others_are_told(tmp_path, survived: Survived):
    ended, wrong = run_many(20, tmp_path / "apart", tmp_path / "together")
    survived(HEADING, "runs of one edition", tried=len(ended), held=len(ended) - len(wrong))
    assert not wrong
    assert {code for _, code, _ in ended} == {0, 4}


def write_networks(root: Path, names: Sequence[str]) -> None:
    """A workspace with several networks like the small one, each with what it was sent."""
    workspace = make_workspace(root)
    text = storage.read_text(workspace.network("example") / "network.toml")
    for name in names:
        storage.write_text(workspace.network(name) / "network.toml", text.replace('id = "example"', f'id = "{name}"'))
        shutil.copytree(workspace.raw("example"), workspace.raw(name))


@pytest.mark.long
def test_of_twenty_runs_of_different_editions_each_is_made_as_alone(tmp_path, survived: Survived):
    names = ["second", "third"]
    runs = [("run", name, "-q", "--year", year) for name in ["example", *names] for year in ("2022/23", "2023/24")]
    for folder in ("apart", "together"):
        write_networks(tmp_path / folder, names)
    for words in runs:
        assert at_once(tmp_path / "apart", [words])[0][1] == 0
    ended = at_once(tmp_path / "together", [runs[number % len(runs)] for number in range(20)])
    wrong = wrongly_told(ended)
    for words in runs:  # what was not made since the network's other year was at work
        wrong += wrongly_told(at_once(tmp_path / "together", [words]))
    wrong += [] if made_of(tmp_path / "together") == made_of(tmp_path / "apart") else ["an edition is another"]
    wrong += left_in(tmp_path / "together")
    survived(HEADING, "runs of six editions of three networks", tried=len(ended), held=len(ended) - len(wrong))
    assert not wrong


# --- what networks share, and who holds it ---

_ADDS = """
import sys
from pathlib import Path
from anchor_analysis import problems, storage
from anchor_analysis.read import add_reference, reference_about, reference_table
root, busy, added = Path(sys.argv[1]), 0, 0
while not (root / "stop").exists():
    for file in sys.argv[2:]:
        try:
            add_reference(Path(file), storage.Workspace(root), "shared", "2025-05")
            added += 1
        except problems.BusyError:
            busy += 1
print(added, busy)
"""


def test_a_reference_that_others_replace_stays_the_same_for_as_long_as_a_run_is_at_work(tmp_path, survived: Survived):
    workspace = make_workspace(tmp_path / "workspace")
    rows = {}
    for count in (1, 40):
        leeds = dict(zip(NSPL_MAY_2025, LEEDS, strict=True))
        places = [list((leeds | {"pcds": f"LS{number} 1UR"}).values()) for number in range(1, count + 1)]
        file = save(tmp_path / f"NSPL_{count}.csv", NSPL_MAY_2025, places)
        rows[storage.file_hash(file)] = count
    files = [str(path) for path in sorted(tmp_path.glob("NSPL_*.csv"))]
    add_reference(Path(files[0]), workspace, "shared", "2025-05")
    writers = [
        subprocess.Popen([sys.executable, "-c", _ADDS, str(workspace.root), *files], text=True, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    seen, held, tried, until = set(), 0, 0, time.monotonic() + 120
    while (len(seen) < 2 or tried < 6) and time.monotonic() < until:
        time.sleep(0.3)
        with suppress(BusyError), storage.locked(workspace.processed("example"), "a run"):
            found = {_pair(workspace) for _ in range(50) if not time.sleep(0.02)}
            tried += 1
            held += len(found) == 1 and all(rows[sealed] == count for sealed, count in found)
            seen |= found
    storage.write_text(workspace.root / "stop", "")
    added = [writer.communicate()[0].split() for writer in writers]
    survived(HEADING, "looks at a reference that three others replace", tried=tried, held=held)
    assert held == tried >= 6
    assert len(seen) == 2 and sum(int(one) for one, _ in added) > 2, "nothing was replaced meanwhile"
    assert not list(workspace.reference().glob(".writing-*"))


def _pair(workspace: storage.Workspace) -> tuple[str, int]:
    about = reference_about(workspace, "shared", "postcodes")
    return about["sha256"], storage.count_rows([reference_table(workspace, "shared")])


@pytest.mark.parametrize(
    "words",
    [
        ("run", "example"), ("check", "example"), ("edition", "audit", "example"), ("edition", "verify", "example"),
        ("edition", "release", "example", "--by", "chief executive"),
        ("edition", "withdraw", "example", "--year", "2023/24", "--revision", "r1", "--by", "x", "--reason", "y"),
    ],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_whoever_comes_second_is_told_who_is_at_work_and_changes_nothing(workspace, say, words):
    with storage.locked(workspace.processed("example"), "a run"):
        before = files_of(workspace.root)
        code, printed = say(*words)
        assert files_of(workspace.root) == before
    assert (code, f"a run (process {os.getpid()}) is at work here" in printed) == (4, True), printed


_HOLDS = """
import sys, time
from pathlib import Path
from anchor_analysis import storage
with storage.locked(Path(sys.argv[1]), "one"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_is_held_until_its_holder_is_killed_and_then_taken_over(tmp_path):
    with subprocess.Popen([sys.executable, "-c", _HOLDS, tmp_path], text=True, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(BusyError, match=f"one \\(process {holder.pid}\\) is at work"),
            storage.locked(tmp_path, "two"),
        ):
            pass
        holder.kill()
    assert storage.read_text(tmp_path / ".lock") == f"{holder.pid} one"
    with storage.locked(tmp_path, "two"):
        assert storage.read_text(tmp_path / ".lock") == f"{os.getpid()} two"


def test_a_lock_that_is_a_link_writes_over_nothing(workspace, say):
    path = workspace.root / "data" / "processed" / ".lock"
    ledger = workspace.network("example") / "network.toml"
    before = storage.read_text(ledger)
    for target in (ledger, path):
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        code, printed = say("run", "--due", "--quiet")
        assert code == 2 and "(AN014" in printed and "data/processed/.lock" in printed, printed
    assert storage.read_text(ledger) == before


def test_a_lock_that_is_a_pipe_is_told_and_waited_for_by_nobody(workspace, say):
    path = workspace.processed("example") / ".lock"
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    refused(say("run", "example", "--quiet"), "data/processed/example/.lock: it is a pipe", "AN014")
    other_end = os.open(path, os.O_RDWR)
    refused(say("run", "example", "--quiet"), "data/processed/example/.lock: it is a pipe", "AN014")
    os.close(other_end)
    assert path.is_fifo()


@pytest.mark.parametrize("said", [b"\xff\xfe\x00", b"", b"12", b"12 a run\x1b[2J", "12 é".encode()])
def test_a_lock_that_says_nothing_to_be_read_is_held_all_the_same(workspace, say, said):
    with storage.locked(workspace.processed("example"), "a run"):
        (workspace.processed("example") / ".lock").write_bytes(said)
        code, printed = say("run", "example", "--quiet")
    assert (code, "another run is at work here" in printed, "AN011" in printed) == (4, True, True), printed


@pytest.mark.parametrize("said", ["999999999 a run", f"{os.getppid()} a run", "", "no number at all"])
def test_a_lock_whose_holder_was_killed_is_taken_over_even_if_its_number_is_now_anothers(tmp_path, said):
    storage.write_text(tmp_path / ".lock", said)
    with storage.locked(tmp_path, "two"):
        assert storage.read_text(tmp_path / ".lock") == f"{os.getpid()} two"
    assert not (tmp_path / ".lock").exists()
