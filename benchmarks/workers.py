"""How much quicker two workers are than one on the notebooks of an edition: `python benchmarks/workers.py`.

The notebooks of the demonstration are run by one process and by two; where Dask's distributed is installed
(`.cache/engines/bin/python` has it after `make engines`), also by a cluster on loopback with one worker and with two,
each a process of one thread. It exits with 1 where two are less than 1.7 times as quick as one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.running.cluster import cluster
from anchor_analysis.running.fanout import fan_out
from anchor_analysis.running.plan import Job
from notebooks import planned

MARK = 1.7


def processes(jobs: Sequence[Job], workers: int) -> float:
    """Seconds with so many processes of this machine."""
    started = time.perf_counter()
    fan_out(jobs, workers, lambda ended, what: None)
    return time.perf_counter() - started


def dask(jobs: Sequence[Job], workers: int) -> float:
    """Seconds with a cluster of so many workers, once these are there."""
    with dask_cluster(workers) as address, cluster(address) as (executor, at_once):
        assert at_once == workers
        started = time.perf_counter()
        fan_out(jobs, workers, lambda ended, what: None, executor)
        return time.perf_counter() - started


@contextmanager
def dask_cluster(workers: int) -> Iterator[str]:
    """The address of a scheduler of so many workers, all of them processes of this machine."""
    import distributed

    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "scheduler.json"
        usual = ["--scheduler-file", str(told), "--host", "127.0.0.1"]
        stack.callback(ended, stack.enter_context(begun("scheduler", *usual, "--no-dashboard", "--port", "0")))
        while not told.is_file():
            time.sleep(0.05)
        one_thread = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", folder]
        for _ in range(workers):
            stack.callback(ended, stack.enter_context(begun("worker", *usual, *one_thread)))
        address = str(storage.read_json(told)["address"])
        with distributed.Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address


def begun(what: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


WAYS: dict[str, Callable[[Sequence[Job], int], float]] = {"processes": processes, "Dask": dask}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, help="one in which the demonstration has been run")
    parser.add_argument("--every", type=int, default=1, help="take only every so many notebooks")
    chosen = parser.parse_args()
    jobs_in = partial(planned, storage.find_workspace(chosen.workspace), every=chosen.every)
    ways = WAYS if find_spec("distributed") else {"processes": processes}
    print("| workers are | how many | seconds | times as quick as one |\n|---|--:|--:|--:|")
    slowest = float("inf")
    for name, way in ways.items():
        seconds = []
        for workers in (1, 2, 1, 2):  # the first of each warms up
            with tempfile.TemporaryDirectory() as folder:
                jobs = jobs_in(Path(folder))
                seconds.append(way(jobs, workers))
        one, two = seconds[2:]
        slowest = min(slowest, one / two)
        print(f"| {name} | 1 | {one:.1f} | 1.00 |\n| {name} | 2 | {two:.1f} | {one / two:.2f} |")
    print(f"\n{len(jobs)} notebooks; at least {MARK} is asked.")
    return int(slowest < MARK)


if __name__ == "__main__":
    sys.exit(main())
