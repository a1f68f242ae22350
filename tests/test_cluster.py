"""Files read and notebooks run by a Dask cluster, a worker of which is killed in the middle: `make engines` runs this.

Dask's distributed is in no lock, so these tests are in no other run.
"""

from __future__ import annotations

import os
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
from anchor_analysis.running.cluster import cluster
from tests.small_network import make_workspace

distributed = pytest.importorskip("distributed", reason="distributed is not installed: make engines")
pytestmark = pytest.mark.long

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


@pytest.fixture
def two_workers(tmp_path):
    """The address of a scheduler with two workers, each a process of its own, and these."""
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = started("scheduler", "--port", address.rpartition(":")[2])
    place = ["--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / "dask")]
    workers = [started("worker", address, *place) for _ in range(2)]
    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    yield address, workers
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
