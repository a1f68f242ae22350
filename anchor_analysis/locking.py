"""Holding a folder for one piece of work: a run, a check, a release; whoever comes second is told who is at it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from anchor_analysis import store
from anchor_analysis.problems import BusyError, Problem
from anchor_analysis.telling.refusals import into

WINDOWS = os.name == "nt"
if not WINDOWS:
    import fcntl


@contextmanager
def locked(folder: Path, who: str) -> Iterator[None]:
    """Hold a folder for one piece of work; a second one is told who holds it, and raises BusyError (AN011).

    The system lets go of what a process held that has ended, however it ended; on Windows, where it is asked otherwise,
    the file of a process that was killed has to be removed by hand.
    """
    with into(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = folder / ".lock"
    stream = _taken(lock)
    store.forget()  # of which others may have changed something until now
    try:
        with into(folder):
            stream.truncate(0)
            stream.write(f"{os.getpid()} {who}")
            stream.flush()
        yield
    finally:
        if WINDOWS:
            stream.close()  # Windows removes no file that is open
        lock.unlink(missing_ok=True)
        with suppress(OSError):  # what could not be written before cannot be now, and has been told
            stream.close()


def _taken(lock: Path) -> IO[str]:
    """The lock's file, which is held until it is closed."""
    while True:
        try:
            stream = open(lock, "x" if WINDOWS else "a", encoding="utf-8", opener=_itself)  # noqa: SIM115  # it is held
        except FileExistsError:
            raise _busy(lock) from None
        try:
            if not WINDOWS:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            raise _busy(lock) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream.fileno()), lock.stat()):
                return stream
        stream.close()  # who held it had just ended, and removed it


def _itself(path: str, flags: int) -> int:
    """Open a file but none that a link leads to: what is written here would take the place of what that holds."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _busy(lock: Path) -> BusyError:
    said = ""
    with suppress(FileNotFoundError):  # who holds it may end meanwhile
        said = lock.read_text(encoding="utf-8")
    pid, _, holder = said.partition(" ")
    process = f" (process {pid})" if pid else ""
    what = f"{holder or 'another run'}{process} is at work here."
    return BusyError(Problem("AN011", "", what, "Wait until it has ended."))


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number; on Windows nobody asks."""
    if WINDOWS:  # os.kill would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
