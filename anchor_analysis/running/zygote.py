"""The process that kernels are forked from: it has imported what notebooks need, and holds nothing else.

It is run as a script, by one process that runs notebooks, and ends with that. It reads requests from a socket that only
these two have, one line of JSON each, and answers each with one line: `start` forks a kernel and gives its process id,
`poll` gives the exit code of one that has ended, and the most memory that it held. It starts no thread, opens no
database and draws nothing, since a child would have half of that; so it imports only, and every kernel begins where an
ordinary one does after the same imports.

Nothing that a cell has started outlives its kernel, a daemon in a session of its own neither: where a process ends, its
children fall to the kernel that they come from, and where that ends, to this process, which kills them.
"""

# ruff: noqa: F401 - what is imported here is not for here

from __future__ import annotations

import atexit
import builtins
import gc
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

#: As <linux/prctl.h> has it: orphans below a process fall to it, and not to the first one of the system.
PR_SET_CHILD_SUBREAPER = 36

#: So long what a kernel has left is killed, in seconds, where it starts anew as fast as it ends.
KILLS_FOR = 3

#: Where memory runs out the system kills a kernel before anything else: one notebook fails, and the run goes on.
KILLED_FIRST = "500"

#: So often it looks, while it imports, whether the process that has started it is still there, in seconds.
LOOKS_EVERY = 0.5


def serve(descriptor: int) -> None:
    """Answer requests on a socket until its other end is closed, and end every kernel then."""
    _take_orphans()
    connection = socket.socket(fileno=descriptor)
    with _ending_when_alone(connection):
        preload()
    with connection, connection.makefile("rw", encoding="utf-8") as stream:
        running: set[int] = set()
        try:
            for line in stream:
                _answer(json.loads(line), stream, running, connection)
        finally:
            _end(running)


@contextmanager
def _ending_when_alone(connection: socket.socket) -> Iterator[None]:
    """End as soon as the other end of the socket is closed: imports take seconds, in which nobody asks for anything."""

    def look(*_: Any) -> None:
        with suppress(BlockingIOError):
            if not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOKS_EVERY, LOOKS_EVERY)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def preload() -> None:
    """Import what notebooks need, each with the path on which a kernel would find it."""
    del sys.path[0]  # the folder of this script
    _what_a_kernel_is()
    sys.path.insert(0, "")
    _pandas_as_in_a_kernel()
    _what_notebooks_call()
    del sys.path[0]  # each kernel adds it
    gc.collect()
    gc.freeze()  # what is never collected is never written to, and stays shared


def _what_a_kernel_is() -> None:
    import ipykernel.debugger
    import ipykernel.ipkernel
    import ipykernel.kernelapp
    import ipykernel.zmqshell
    import IPython.core.completerlib


def _pandas_as_in_a_kernel() -> None:
    """Import pandas, which asks while it is imported whether that is in a kernel.

    It shows as many columns as fit a terminal if not; and it takes over what the output is encoded in.
    """
    in_a_kernel = SimpleNamespace(kernel=None)
    vars(builtins)["get_ipython"] = lambda: in_a_kernel
    import pandas

    del vars(builtins)["get_ipython"]
    from ipykernel.iostream import OutStream

    pandas.set_option("display.encoding", OutStream.encoding)


def _what_notebooks_call() -> None:
    import matplotlib.backends.backend_agg
    import matplotlib.figure
    import PIL.JpegImagePlugin
    import pyarrow.dataset
    import pyarrow.parquet
    import seaborn

    import anchor_analysis.measure.ordinal
    import anchor_analysis.present.change
    import anchor_analysis.present.charts.trend
    import anchor_analysis.present.charts.waterfall
    import anchor_analysis.present.quality
    import anchor_analysis.publish.profile
    import anchor_analysis.publish.revisions
    import anchor_analysis.telling.kernels


def _answer(asked: dict[str, Any], stream: IO[str], running: set[int], connection: socket.socket) -> None:
    if asked["do"] == "start":
        child = os.fork()
        if not child:
            os.close(connection.fileno())  # `close` would leave it open for as long as the stream is
            _become_kernel(asked)
        running.add(child)
        answer: Any = child
    else:
        answer = _ending(asked["kernel"], running)
    stream.write(f"{json.dumps(answer)}\n")
    stream.flush()


def _ending(kernel: int, running: set[int]) -> tuple[int, int] | None:
    """The exit code of a kernel that has ended and the most bytes that it held; none of one that runs.

    It is forgotten with that, and what it has left is killed.
    """
    if kernel not in running:
        return 0, 0
    ended, status, used = os.wait4(kernel, os.WNOHANG)
    if not ended:
        return None
    running.discard(kernel)
    _kill_orphans(running)
    return os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024


def _end(running: set[int]) -> None:
    for kernel in running:
        for kill in (os.kill, os.killpg):  # one that has only just been forked has no session of its own yet
            with suppress(ProcessLookupError):
                kill(kernel, signal.SIGKILL)
        os.waitpid(kernel, 0)
    _kill_orphans(set())


def _take_orphans() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # where that is unknown, orphans are the system's


def _kill_orphans(running: set[int]) -> None:
    """Kill whatever has fallen to this process beside kernels, until no more comes from below it."""
    until = time.monotonic() + KILLS_FOR
    while (orphans := _children() - running) and time.monotonic() < until:
        for orphan in orphans:
            with suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        for orphan in orphans:
            with suppress(ChildProcessError):
                os.waitpid(orphan, 0)


def _children() -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                found.add(int(path.parent.name))
    return found


def _become_kernel(asked: dict[str, Any]) -> None:
    """Be a kernel from now on; this never comes back."""
    code = 1
    try:
        atexit._clear()  # what the parent has to clear away is not ours
        os.setsid()
        _take_orphans()
        _be_killed_first()
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        sys.argv = asked["arguments"]
        _draw_other_numbers()
        _run_kernel(asked["arguments"][1:])
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    finally:
        atexit._run_exitfuncs()
        os._exit(code)


def _be_killed_first() -> None:
    with suppress(OSError):  # where the system has no such thing
        Path("/proc/self/oom_score_adj").write_text(KILLED_FIRST, encoding="ascii")


def _draw_other_numbers() -> None:
    """Random numbers of this kernel's own: a fork would draw those of its brothers."""
    random.seed()
    if numpy := sys.modules.get("numpy.random"):
        numpy.seed()


def _run_kernel(arguments: list[str]) -> None:
    from anchor_analysis.telling.kernels import QuietApp

    app = QuietApp.instance(parent_handle=os.getppid())  # it ends where the process that it was forked from does
    app.initialize(arguments)
    app.start()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
