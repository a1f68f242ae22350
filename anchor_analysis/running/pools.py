"""Processes that work side by side, and end with whoever opened them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import wait as wait_for
from typing import Any

from anchor_analysis import telling

#: How many bytes of returns are worth another process: about as many as one reads in the time that it takes to start.
WORTH_A_PROCESS = 5_000_000


class QuietPool(ProcessPoolExecutor):
    """Processes that hand back what went wrong in them without a value of any row, and end with whoever opened them."""

    def __exit__(self, kind: type[BaseException] | None, *about: Any) -> bool | None:
        """Wait for what runs, unless we are to end."""
        if kind and not issubclass(kind, Exception):
            self.end()
        return super().__exit__(kind, *about)

    def end(self) -> None:
        """End the processes at once, whatever they do."""
        for process in list((self._processes or {}).values()):
            process.kill()
        self.shutdown(wait=True, cancel_futures=True)

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run a function in one of the processes; a bug in it is raised as telling.Broken."""
        return super().submit(telling.told_safely, partial(fn, **named), *arguments)


def open_pool(workers: int, prepare: Callable[[], None] | None = None) -> Executor:
    """Processes that start afresh, since a forked one would share the parent's engine threads; one works here.

    Each does `prepare` before anything else.
    """
    if workers == 1:
        return ThreadPoolExecutor(1, initializer=prepare)
    begin = prepare or end_with_parent
    return QuietPool(workers, mp_context=multiprocessing.get_context("spawn"), initializer=begin)


def end_with_parent(clear_away: Callable[[], None] = lambda: None) -> None:
    """In a process of a pool: end where the one does that opened it; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent and threading.current_thread() is threading.main_thread():  # and not in a thread of whoever called us
        threading.Thread(target=_end_with, args=(parent.sentinel, clear_away), daemon=True).start()


def _end_with(parent: int, clear_away: Callable[[], None]) -> None:
    wait_for([parent])
    clear_away()
    os._exit(1)
