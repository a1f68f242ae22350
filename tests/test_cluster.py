"""Files read and notebooks run by a Dask cluster, a worker of which is killed in the middle: `make engines` runs this.

Dask's distributed is in no lock, so these tests are in no other run.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anchor_analysis.problems import UserError
from anchor_analysis.running import run_network
from anchor_analysis.running.cluster import _made_with, cluster
from anchor_analysis.telling import Refused
from tests.small_network import make_workspace

distributed = pytest.importorskip("distributed", reason="distributed is not installed: make engines")
pytestmark = pytest.mark.long

#: What a run calls the step that reads returns, as it tells how far it is.
READING = "Read, clean, locate"

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def started(what: str, *arguments: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_" + what,
        *arguments,
        "--no-dashboard",
        "--host",
        "127.0.0.1",
    ]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Workers(list):
    """The processes of the workers, and the one of their scheduler."""

    def __init__(self, workers: list[subprocess.Popen], scheduler: subprocess.Popen):
        super().__init__(workers)
        self.scheduler = scheduler


@pytest.fixture
def two_workers(tmp_path):
    """The address of a scheduler with two workers, each a process of its own, and these."""
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = started("scheduler", "--port", address.rpartition(":")[2])
    place = ["--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / "dask")]
    workers = [started("worker", address, *place) for _ in range(2)]
    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    yield address, Workers(workers, scheduler)
    for process in [*workers, scheduler]:
        process.kill()
        process.wait()


def with_notebooks(folder: Path):
    """A small network with the notebook of each measure."""
    workspace = make_workspace(folder)
    for path in (ROOT / "notebooks").glob("metric_detail.*"):
        shutil.copy(path, workspace.notebooks)
    return workspace


def test_a_run_is_whole_though_a_worker_is_killed_in_the_middle(tmp_path, two_workers):
    address, workers = two_workers
    alone = run_network(with_notebooks(tmp_path / "alone"), "example").edition
    killed = []

    def progress(step: str, done: int, total: int, what: str) -> None:
        if step == "Notebooks" and 2 <= done < total and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append((done, total))

    with cluster(address) as (executor, at_once):
        assert at_once == 2
        workspace = with_notebooks(tmp_path / "cluster")
        edition = run_network(workspace, "example", "", progress, at_once, executor).edition
    assert killed and killed[0][1] > 5, "nothing was killed in the middle"
    assert workers[0].wait(timeout=10) == -signal.SIGKILL
    assert edition.manifest["edition_hash"] == alone.manifest["edition_hash"]


def test_a_run_is_whole_though_a_worker_is_killed_while_it_reads(tmp_path, two_workers):
    address, workers = two_workers
    alone = run_network(with_notebooks(tmp_path / "alone"), "example").edition
    killed = []

    def progress(step: str, done: int, total: int, what: str) -> None:
        if step == READING and 1 <= done < total and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append((done, total))

    with cluster(address) as (executor, at_once):
        workspace = with_notebooks(tmp_path / "cluster")
        edition = run_network(workspace, "example", "", progress, at_once, executor).edition
    assert killed, "nothing was killed in the middle"
    assert edition.manifest["edition_hash"] == alone.manifest["edition_hash"]


@pytest.mark.parametrize(
    ("step", "who", "said"),
    [
        ("Notebooks", "scheduler", "its scheduler has ended, or cannot be reached any more."),
        (READING, "scheduler", "its scheduler has ended, or cannot be reached any more."),
        ("Notebooks", "workers", "it has had no worker for 2 seconds."),
    ],
)
def test_a_cluster_that_dies_is_told_and_what_is_done_is_kept(tmp_path, two_workers, monkeypatch, step, who, said):
    monkeypatch.setattr("anchor_analysis.running.cluster.LOOKS_EVERY", 0.5)
    monkeypatch.setattr("anchor_analysis.running.cluster.WAITS_FOR_A_WORKER", 2.0)
    address, workers = two_workers
    workspace, killed = with_notebooks(tmp_path / "cluster"), []

    def progress(doing: str, done: int, total: int, what: str) -> None:
        if doing == step and 1 <= done < total and not killed:
            for process in workers if who == "workers" else [workers.scheduler]:
                process.kill()
                process.wait()
                killed.append(process)

    began = time.monotonic()
    with pytest.raises(Refused, match=re.escape(said)) as told, cluster(address) as (executor, at_once):
        run_network(workspace, "example", "", progress, at_once, executor)
    assert killed and time.monotonic() - began < 60
    assert told.value.problem.code == "AN055" and told.value.problem.where == f"cluster {address}"
    assert not workspace.editions("example").exists()
    done = len(list(workspace.processed("example").glob("notebooks/*/*.ipynb")))
    assert (done > 0) == (step == "Notebooks")
    assert run_network(workspace, "example").fresh


def test_a_worker_of_other_libraries_makes_nothing(tmp_path, two_workers, monkeypatch):
    address, _ = two_workers
    theirs = _made_with()
    monkeypatch.setattr("anchor_analysis.running.cluster._made_with", lambda: {**theirs, "pandas": "1.0"})
    said = f"a worker has pandas {theirs['pandas']} and not 1.0"
    with pytest.raises(Refused, match=said) as told, cluster(address) as (executor, at_once):
        run_network(with_notebooks(tmp_path / "cluster"), "example", "", lambda *_: None, at_once, executor)
    assert told.value.problem.code == "AN055"


def test_no_kernel_outlives_a_run_on_a_cluster(tmp_path, two_workers):
    address, workers = two_workers
    with cluster(address) as (executor, at_once):
        run_network(with_notebooks(tmp_path / "cluster"), "example", "", lambda *_: None, at_once, executor)
        assert kernels_of(workers)
    end = time.monotonic() + 5
    while (left := kernels_of(workers)) and time.monotonic() < end:
        time.sleep(0.2)
    assert not left


def kernels_of(workers: list[subprocess.Popen]) -> list[int]:
    """The processes that kernels are forked from, of these workers."""
    parents, found = {str(worker.pid) for worker in workers}, []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            ours = (path / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1] in parents
            found += [int(path.name)] if ours and b"zygote.py" in (path / "cmdline").read_bytes() else []
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_a_scheduler_that_is_not_there_is_told():
    with (
        pytest.raises(UserError, match=r"cluster tcp://127\.0\.0\.1:\d+: no scheduler answered") as told,
        cluster(f"tcp://127.0.0.1:{free_port()}"),
    ):
        pass
    assert [problem.code for problem in told.value.problems] == ["AN055"]


def test_an_address_that_is_none_is_told():
    with pytest.raises(UserError, match="no scheduler answered"), cluster("what is this"):
        pass
