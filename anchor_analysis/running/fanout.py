"""One fan-out over the jobs of a run, through an executor: processes here, or one that is given, as of a cluster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import replace
from itertools import groupby

from anchor_analysis import telling
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.running import memory
from anchor_analysis.running.executing import run_job
from anchor_analysis.running.plan import Job
from anchor_analysis.running.pools import QuietPool, open_pool

#: Called with how many jobs have ended, and which are running.
Report = Callable[[int, str], None]

#: So many of the things that a notebook failed for are named.
_NAMED = 3


def fan_out(
    jobs: Sequence[Job], workers: int | None, report: Report, executor: Executor | None = None,
) -> None:  # fmt: skip
    """Run jobs, so many at once, each in a process of `executor` or of our own.

    If nobody says how many, it is one more than there are processors, since a process and its kernel wait for each
    other. All of them run, whichever fail; then UserError is raised with what failed, one problem for all jobs of a
    notebook that failed alike, or the first bug of our own.
    """
    if not jobs:
        return
    from anchor_analysis.running.preparing import held

    with held():
        fan = _Fan(deque(jobs), workers, report, executor)
        try:
            fan.run()
        except BaseException as error:
            fan.close(at_once=not isinstance(error, Exception))
            raise
        fan.close()
    if fan.bug:
        raise fan.bug
    if fan.failed:
        raise UserError(summary(fan.failed))


class _Fan:
    """Jobs that wait, that run and that failed. No more are handed out than run at once, so that this is known."""

    def __init__(self, waiting: deque[Job], workers: int | None, report: Report, given: Executor | None):
        self.waiting, self.report, self.given = waiting, report, given
        self.workers = min(workers or (os.cpu_count() or 1) + 1, len(waiting))
        self.running: dict[Future[None], Job] = {}
        self.failed: list[tuple[Job, Problem]] = []
        self.bug: Exception | None = None
        self.ended = 0
        self.killed_before = memory.killed_for_want()
        self.pool = given or self._own_pool()

    def _own_pool(self) -> Executor:
        from anchor_analysis.running.preparing import prepare

        return open_pool(self.workers, prepare)

    def run(self) -> None:
        while self.waiting or self.running:
            while self.waiting and len(self.running) < self.workers:
                self._start(self.waiting.popleft())
            self.report(self.ended, ", ".join(job.said for job in self.running.values()))
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                self._end(self.running.pop(future), future)
                self.ended += 1
        self.report(self.ended, "")

    def _start(self, job: Job) -> None:
        try:
            self.running[self.pool.submit(run_job, job)] = job
        except BrokenExecutor:
            if self.given:
                raise
            self.pool.shutdown(wait=False)  # a process died, and its pool with it
            self.pool = self._own_pool()
            self.running[self.pool.submit(run_job, job)] = job

    def _end(self, job: Job, future: Future[None]) -> None:
        try:
            future.result()
        except UserError as error:
            self.failed += [(job, problem) for problem in error.problems]
        except BrokenExecutor:
            self.failed.append((job, self._died(job)))
        except Exception as error:
            telling.note(error, f"{job.source.name}{_with(job)}")
            self.bug = self.bug or error

    def _died(self, job: Job) -> Problem:
        if self.given:
            died, less = "workers of the cluster died of it, perhaps for want of memory.", "Give them more memory."
        else:
            died = f"the process that it ran in died{memory.why_died(self.killed_before)}."
            less = "Run it again, with fewer at once: `--workers 1`."
        return Problem("AN041", job.source.name, died, less)

    def close(self, at_once: bool = False) -> None:
        """Hand out nothing more, and end our own processes when what runs has ended; at once where we are to end."""
        for future in self.running:
            future.cancel()
        if at_once and isinstance(self.pool, QuietPool):
            self.pool.end()
        elif not self.given:
            if at_once:
                from anchor_analysis.running.preparing import clear_away

                clear_away()  # its kernel, so that the one notebook that runs here ends
            self.pool.shutdown(wait=True, cancel_futures=True)


def summary(failed: Iterable[tuple[Job, Problem]]) -> list[Problem]:
    """One problem for all jobs of a notebook in which the same went wrong, with what they were run for."""
    ordered = sorted(failed, key=lambda one: (one[1].where, one[1].what, one[0].of))
    return [_together(list(alike)) for _, alike in groupby(ordered, key=lambda one: (one[1].where, one[1].what))]


def _together(alike: list[tuple[Job, Problem]]) -> Problem:
    job, problem = alike[0]
    others = [one.of for one, _ in alike[1:_NAMED]]
    more = len(alike) - 1 - len(others)
    also = "".join(f", {name}" for name in others) + (f" and {more} more" if more > 0 else "")
    what = problem.what.rstrip(".")
    return replace(problem, what=f"{what}{_with(job)}{f' (and for {also[2:]})' if also else ''}.")


def _with(job: Job) -> str:
    said = ", ".join(f"{name} {value}" for name, value in sorted(job.parameters.items()) if value)
    return f", with {said}" if said else ""
