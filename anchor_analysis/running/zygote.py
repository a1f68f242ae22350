"""The process that kernels are forked from: it has imported what notebooks need, and holds nothing else.

It is run as a script, by one process that runs notebooks, and ends with that. It reads requests from a socket that only
these two have, one line of JSON each, and answers each with one line: `start` forks a kernel and gives its process id,
`poll` gives the exit code of one that has ended. It starts no thread, opens no database and draws nothing, since a
child would have half of that; so it imports only, and every kernel begins where an ordinary one does after the same
imports.
"""

from __future__ import annotations

import atexit
import builtins
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
from types import SimpleNamespace
from typing import IO, Any

#: What a kernel imports.
OF_KERNELS = ["ipykernel.kernelapp", "ipykernel.zmqshell", "ipykernel.ipkernel", "IPython.core.completerlib"]

#: What nearly every notebook imports, directly or by what it calls.
OF_NOTEBOOKS = [
    "matplotlib.backends.backend_agg", "matplotlib.figure", "seaborn", "pyarrow.parquet",
    "anchor_analysis.telling.kernels", "anchor_analysis.present.charts.trend", "anchor_analysis.present.change",
    "anchor_analysis.present.quality", "anchor_analysis.doors",
]  # fmt: skip


def serve(descriptor: int) -> None:
    """Answer requests on a socket until its other end is closed, and end every kernel then."""
    preload()
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rw", encoding="utf-8") as stream:
        running: set[int] = set()
        try:
            for line in stream:
                _answer(json.loads(line), stream, running, connection)
        finally:
            _end(running)


def preload() -> None:
    """Import what notebooks need, with the path on which a kernel would find it.

    pandas asks while it is imported whether that is in a kernel, and shows as many columns as fit a terminal
    otherwise; and it takes over what the output is encoded in.
    """
    del sys.path[0]  # the folder of this script
    for name in OF_KERNELS:
        importlib.import_module(name)
    sys.path.insert(0, "")
    in_a_kernel = SimpleNamespace(kernel=None)
    vars(builtins)["get_ipython"] = lambda: in_a_kernel
    pandas = importlib.import_module("pandas")
    pandas.set_option("display.encoding", importlib.import_module("ipykernel.iostream").OutStream.encoding)
    del vars(builtins)["get_ipython"]
    for name in OF_NOTEBOOKS:
        importlib.import_module(name)
    del sys.path[0]  # each kernel adds it
    gc.collect()
    gc.freeze()  # what is never collected is never written to, and stays shared


def _answer(asked: dict[str, Any], stream: IO[str], running: set[int], connection: socket.socket) -> None:
    if asked["do"] == "start":
        child = os.fork()
        if not child:
            os.close(connection.fileno())  # `close` would leave it open for as long as the stream is
            _become_kernel(asked)
        running.add(child)
        answer: int | None = child
    else:
        answer = _exit_code(asked["kernel"], running)
    stream.write(f"{json.dumps(answer)}\n")
    stream.flush()


def _exit_code(kernel: int, running: set[int]) -> int | None:
    """The exit code of a kernel that has ended, which is forgotten with it; none of one that runs."""
    if kernel not in running:
        return 0
    ended, status = os.waitpid(kernel, os.WNOHANG)
    if not ended:
        return None
    running.discard(kernel)
    return os.waitstatus_to_exitcode(status)


def _end(running: set[int]) -> None:
    for kernel in running:
        try:
            os.killpg(kernel, signal.SIGKILL)
        except ProcessLookupError:
            continue
        finally:
            os.waitpid(kernel, 0)


def _become_kernel(asked: dict[str, Any]) -> None:
    """Be a kernel from now on; this never comes back."""
    code = 1
    try:
        atexit._clear()  # what the parent has to clear away is not ours
        os.setsid()
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


def _draw_other_numbers() -> None:
    """Random numbers of this kernel's own: a fork would draw those of its brothers."""
    random.seed()
    if numpy := sys.modules.get("numpy.random"):
        numpy.seed()


def _run_kernel(arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=os.getppid())  # it ends where the process that it was forked from does
    app.initialize(arguments)
    app.start()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
