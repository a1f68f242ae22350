"""Notebooks run and files read by the processes of a Dask cluster, which see the same folders as we do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any

from anchor_analysis import storage, telling
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.running.plan import libraries
from anchor_analysis.running.pointing import CODE
from anchor_analysis.telling import Refused

#: So long a scheduler has to answer, in seconds.
ANSWERS_WITHIN = 15

#: So long a cluster may be without a worker before it is given up, and so often that is looked at, in seconds.
WAITS_FOR_A_WORKER, LOOKS_EVERY = 300.0, 5.0

#: So many libraries of a worker that are of another release are named.
_NAMED = 3


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor | None, int | None]]:
    """An executor of the Dask cluster whose scheduler is at an address, and how much it does at once; none without one.

    What a worker that dies had begun is begun again on another. Raises UserError (AN055) where nobody answers there,
    or no worker is there. What is handed to the executor raises Refused with that where the scheduler ends, no worker
    is left for minutes, or a worker would make something else than this process.
    """
    if not address:
        yield None, None
        return
    client = _client(address)
    try:
        at_once = sum(client.nthreads().values())
        if not at_once:
            raise UserError(_problem(address, "its scheduler has no workers.", "Start some: dask worker ADDRESS."))
        with OnCluster(client, address) as executor:
            yield executor, at_once
    finally:
        with suppress(Exception):  # a cluster that is gone has nothing left to clear away
            if client.status == "running":
                client.run(_clear_away)
        client.close()


class OnCluster(Executor):
    """Hands work to a cluster; what goes wrong there comes back without a value of any row."""

    def __init__(self, client: Any, address: str):
        self._client, self._address = client, address
        self._executor: Executor = client.get_executor(pure=False)
        self._waiting: set[Future[Any]] = set()
        self._ended = threading.Event()
        threading.Thread(target=self._look_for_workers, daemon=True).start()

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run a function on a worker; a bug in it is raised as telling.Broken, BrokenExecutor if it kills workers."""
        ours: Future[Any] = Future()
        ours.add_done_callback(self._waiting.discard)
        self._waiting.add(ours)
        theirs = self._executor.submit(_on_worker, self._address, _made_with(), partial(fn, **named), *arguments)
        if (
            self._client.status != "running"
        ):  # asked afterwards: what is handed in before is cancelled when that changes
            raise self._lost()
        theirs.add_done_callback(partial(self._hand_on, ours))
        ours.add_done_callback(lambda _: ours.cancelled() and theirs.cancel())
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Look for workers no longer; what runs there goes on."""
        self._ended.set()

    def _hand_on(self, ours: Future[Any], theirs: Future[Any]) -> None:
        from distributed import KilledWorker

        with suppress(InvalidStateError):  # it was given up meanwhile
            if not ours.set_running_or_notify_cancel():
                return
            try:
                ours.set_result(theirs.result())
            except KilledWorker:
                ours.set_exception(BrokenExecutor("it was begun on several workers, and each died"))
            except CancelledError:
                ours.set_exception(self._lost())
            except ImportError:  # of a function that came to a worker; one that a function raises is told safely
                what, remedy = "a worker cannot load this library.", "Install it there as here, from requirements.lock."
                ours.set_exception(Refused(_problem(self._address, what, remedy)))
            except BaseException as error:  # whatever it was, it is for whoever asks
                ours.set_exception(error)

    def _lost(self) -> Refused:
        what = "its scheduler has ended, or cannot be reached any more."
        return Refused(_problem(self._address, what, "Start it, and run this again; what is done is not done again."))

    def _look_for_workers(self) -> None:
        """Give up on everything once there has been no worker for long: it would be waited for ever."""
        seen = time.monotonic()
        while not self._ended.wait(LOOKS_EVERY):
            with suppress(Exception):  # what cannot be asked is told by what is handed to it
                if self._client.nthreads():
                    seen = time.monotonic()
            if time.monotonic() - seen > WAITS_FOR_A_WORKER:
                what = f"it has had no worker for {WAITS_FOR_A_WORKER:.0f} seconds."
                for future in list(self._waiting):
                    with suppress(InvalidStateError):
                        future.set_exception(Refused(_problem(self._address, what, "Start some, and run this again.")))


def _on_worker(address: str, expected: dict[str, str], fn: Callable[..., Any], *arguments: Any) -> Any:
    """On a worker: what a function gives, and what goes wrong in it without values.

    Raises Refused (AN055) where the worker has other libraries than the process that asks, under whose name whatever
    it makes would be kept.
    """
    from anchor_analysis.running.preparing import at_work

    others = [
        f"{name} {_made_with().get(name, 'none')} and not {one}"
        for name, one in expected.items() if _made_with().get(name) != one
    ]  # fmt: skip
    if others:
        what = f"a worker has {', '.join(others[:_NAMED])}."
        raise Refused(_problem(address, what, "Install there what is installed here, from requirements.lock."))
    with at_work():
        return telling.told_safely(fn, *arguments)


@cache
def _made_with() -> dict[str, str]:
    """The releases of all that results are made with, and a hash of this library's own code."""
    return libraries() | {"anchor_analysis of code": storage.code_hash(*CODE, "publish")[:12]}


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
