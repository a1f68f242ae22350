"""What a process does before it runs notebooks, and after: it is ready at once, and nothing outlives it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.util import Finalize

from anchor_analysis.running.forking import SOURCES
from anchor_analysis.running.kernels import PrivateKernelManager
from anchor_analysis.running.pools import end_with_parent


def prepare() -> None:
    """In a process of a pool: end where the one does that opened it, and have everything ready for the first job."""
    end_with_parent(clear_away)
    if multiprocessing.parent_process() and threading.current_thread() is threading.main_thread():
        Finalize(None, clear_away, exitpriority=1)
    with suppress(OSError):
        SOURCES.get(os.environ)  # which imports while this process does
    import papermill  # noqa: F401

    import anchor_analysis.publish.pages  # noqa: F401


_held = Counter[str]()
_lock = threading.Lock()


@contextmanager
def at_work() -> Iterator[None]:
    """While a process, which may serve several runs, works for one of them."""
    with _lock:
        _held["works"] += 1
    try:
        yield
    finally:
        with _lock:
            _held["works"] -= 1
            _clear_if_idle()


@contextmanager
def held() -> Iterator[None]:
    """Clear everything away afterwards, unless another run of this process still has use of it."""
    with at_work():
        try:
            yield
        finally:
            clear_away_when_idle()


def clear_away_when_idle() -> None:
    """Clear everything away, at once or as soon as this process has nothing to do."""
    with _lock:
        _held["asked"] = 1
        _clear_if_idle()


def _clear_if_idle() -> None:
    if _held["asked"] and not _held["works"]:
        _held["asked"] = 0
        clear_away()


def clear_away() -> None:
    """End the process that kernels are forked from, and with it all kernels, and remove what they left."""
    SOURCES.close()
    PrivateKernelManager.remove_folders()
