"""How long the notebooks of an edition take, beside plain Papermill: `python benchmarks/notebooks.py`.

The notebooks of the demonstration, of all metrics and members, from the same inputs to HTML, in three ways: as a run
does it, with forked kernels; Papermill in a pool of two processes with nbconvert; Papermill and nbconvert in a row. It
exits with 1 where the mark is missed, at most 0.4 times the pool, or where outputs differ in a byte.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat

from anchor_analysis import storage
from anchor_analysis.commands.demonstration import NETWORK
from anchor_analysis.declared import load_network
from anchor_analysis.running.earlier import results_folder
from anchor_analysis.running.executing import plain
from anchor_analysis.running.fanout import fan_out
from anchor_analysis.running.plan import Job, plan
from anchor_analysis.running.slices import make_slices

MARK = 0.4
WORKERS = 2  # of the pool; a run has as many as it takes by itself


def planned(workspace: storage.Workspace, into: Path, every: int) -> list[Job]:
    """Every notebook of the demonstration's latest year, to be kept in a folder of its own."""
    network = load_network(workspace, NETWORK)
    year = network.latest
    results = results_folder(workspace, network, year)
    jobs = plan(network, workspace, year, results, make_slices(results, into / "slices"), "r1")
    return [replace(job, folder=into) for job in jobs][::every]


def as_a_run_does(jobs: Sequence[Job]) -> None:
    fan_out(jobs, None, lambda ended, what: None)


def in_a_pool(jobs: Sequence[Job]) -> None:
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(by_papermill, jobs))


def in_a_row(jobs: Sequence[Job]) -> None:
    for job in jobs:
        by_papermill(job)


def by_papermill(job: Job) -> None:
    """Papermill and nbconvert as they come."""
    import papermill
    from nbconvert.exporters import HTMLExporter

    os.environ.update(job.environment)
    job.folder.mkdir(parents=True, exist_ok=True)
    ran = papermill.execute_notebook(
        str(job.source), str(job.notebook), parameters=job.parameters, kernel_name="python3", progress_bar=False,
        start_timeout=600, iopub_timeout=600,
    )  # fmt: skip
    job.page.write_text(HTMLExporter().from_notebook_node(ran)[0], encoding="utf-8")


WAYS = {"a run": as_a_run_does, "Papermill, a pool of two": in_a_pool, "Papermill, in a row": in_a_row}


def timed(way: Callable[[Sequence[Job]], None], jobs: Sequence[Job]) -> tuple[float, float]:
    """The seconds that passed, and those that processors were at work."""
    begun, worked = time.perf_counter(), processors()
    way(jobs)
    return time.perf_counter() - begun, processors() - worked


def processors() -> float:
    told = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in told)


def differing(one: Sequence[Job], other: Sequence[Job]) -> list[str]:
    """The jobs whose notebooks are not the same to the byte."""
    return [a.label for a, b in zip(one, other, strict=True) if as_kept(a) != as_kept(b)]


def as_kept(job: Job) -> str:
    return nbformat.writes(plain(nbformat.read(job.notebook, as_version=4)))


def main() -> int:
    """Run the notebooks in every way, print how long each took, and say whether the mark is held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, help="one in which the demonstration has been run")
    parser.add_argument("--every", type=int, default=1, help="take only every so many notebooks")
    parser.add_argument("--without-row", action="store_true", help="leave out what takes longest")
    chosen = parser.parse_args()
    workspace = storage.find_workspace(chosen.workspace)
    ways = dict(list(WAYS.items())[: 2 if chosen.without_row else 3])
    with tempfile.TemporaryDirectory() as folder:
        jobs = {name: planned(workspace, Path(folder) / str(number), chosen.every) for number, name in enumerate(ways)}
        took = {}
        for name, way in ways.items():
            took[name] = timed(way, jobs[name])
        ours, pool = list(ways)[:2]
        other = differing(jobs[ours], jobs[pool])
    print(
        f"{len(jobs[ours])} notebooks\n\n| way | seconds | beside the pool | seconds of processors | beside the pool |"
    )
    print("|---|--:|--:|--:|--:|")
    for name, (passed, worked) in took.items():
        print(f"| {name} | {passed:.1f} | {passed / took[pool][0]:.2f} | {worked:.1f} | {worked / took[pool][1]:.2f} |")
    print(f"\nOutputs that differ: {', '.join(other) or 'none'}")
    return int(bool(other) or took[ours][0] > MARK * took[pool][0])


if __name__ == "__main__":
    sys.exit(main())
