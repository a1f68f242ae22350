"""Notebooks run and files read by the processes of a Dask cluster, which see the same folders as we do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from anchor_analysis import telling
from anchor_analysis.problems import Problem, UserError

#: So long a scheduler has to answer, in seconds.
ANSWERS_WITHIN = 15


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor | None, int | None]]:
    """An executor of the Dask cluster whose scheduler is at an address, and how much it does at once; none without one.

    What a worker that dies had begun is begun again on another. Raises UserError (AN055) where nobody answers there,
    or no worker is there.
    """
    if not address:
        yield None, None
        return
    client = _client(address)
    try:
        at_once = sum(client.nthreads().values())
        if not at_once:
            raise UserError(_problem(address, "its scheduler has no workers.", "Start some: dask worker ADDRESS."))
        yield OnCluster(client.get_executor(pure=False)), at_once
    finally:
        with suppress(Exception):  # a cluster that is gone has nothing left to clear away
            client.run(_clear_away)
        client.close()


class OnCluster(Executor):
    """Hands work to a cluster; what goes wrong there comes back without a value of any row."""

    def __init__(self, executor: Executor):
        self._executor = executor

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run a function on a worker; a bug in it is raised as telling.Broken, BrokenExecutor if it kills workers."""
        ours: Future[Any] = Future()
        theirs = self._executor.submit(_on_worker, partial(fn, **named), *arguments)
        theirs.add_done_callback(partial(_hand_on, ours))
        ours.add_done_callback(lambda _: ours.cancelled() and theirs.cancel())
        return ours


def _on_worker(fn: Callable[..., Any], *arguments: Any) -> Any:
    """On a worker: what a function gives, and what goes wrong in it without values."""
    from anchor_analysis.running.preparing import at_work

    with at_work():
        return telling.told_safely(fn, *arguments)


def _hand_on(ours: Future[Any], theirs: Future[Any]) -> None:
    from distributed import KilledWorker

    if not ours.set_running_or_notify_cancel():
        return
    try:
        ours.set_result(theirs.result())
    except KilledWorker:
        ours.set_exception(BrokenExecutor("it was begun on several workers, and each died"))
    except BaseException as error:  # whatever it was, it is for whoever asks
        ours.set_exception(error)


def _clear_away() -> None:
    """On a worker: end what kernels are forked from, once no run has use of it."""
    from anchor_analysis.running.preparing import clear_away_when_idle

    clear_away_when_idle()


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        remedy = "Install it: pip install 'anchor-analysis[cluster]'."
        raise UserError(_problem(address, "Dask's distributed is not installed here.", remedy)) from None
    try:
        return Client(address, timeout=ANSWERS_WITHIN)
    except (OSError, ValueError, TypeError):
        what = f"no scheduler answered within {ANSWERS_WITHIN} seconds."
        remedy = "Say where it is, such as tcp://host:8786, and see that it runs: dask scheduler."
        raise UserError(_problem(address, what, remedy)) from None


def _problem(address: str, what: str, remedy: str) -> Problem:
    return Problem("AN055", f"cluster {address}", what, remedy)
