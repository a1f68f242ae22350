"""Holding a folder for one piece of work: a run, a check, a release; whoever comes second is told who is at it."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from anchor_analysis import store
from anchor_analysis.problems import BusyError, Problem, UserError
from anchor_analysis.telling.refusals import into, told

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
        except PermissionError:
            if not WINDOWS and _is_held(lock):
                raise _busy(lock) from None
            raise
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


def _is_held(lock: Path) -> bool:
    """Whether somebody holds a lock that this account may not write, since it is another account's."""
    with suppress(OSError), open(lock, "rb", opener=_itself) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _itself(path: str, flags: int) -> int:
    """Open a file but none that a link leads to: what is written here would take the place of what that holds.

    Nor a pipe, whose other end may never be opened: UserError (AN014).
    """
    try:
        opened = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a pipe without another end, or a socket
            raise _no_file(path) from None
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise _no_file(path)
    return opened


def _no_file(path: str) -> UserError:
    what = "it is a pipe or a device where a file should be."
    return UserError(Problem("AN014", told(Path(path)), what, "Move it away and run it again."))


def _busy(lock: Path) -> BusyError:
    said = ""
    with suppress(OSError):  # who holds it may end meanwhile, or be the only one who may read it
        said = lock.read_text(encoding="utf-8", errors="replace")
    found = re.fullmatch(r"(\d+) ([ -~]+)", said)  # it may be damaged, or be just about to be written
    who = f"{found[2]} (process {found[1]})" if found else "another run"
    what = f"{who} is at work here."
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
