"""Commands that stop before each of their operations on files, or kill themselves before one of them.

Run as a script, it has imported the library and forks itself for every command, which saves the seconds of starting
anew. A command counts each name that it makes, changes or removes below the workspace, and each file that it opens to
write. While it waits before one, the workspace is as it would be found if the command were killed now, after the one
before. Notebooks are run once for each content and copied from then on: how kernels end is tried with real signals.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.truncate"}


@dataclass(frozen=True)
class Ending:
    """How a command ended: its exit code (-9 if it was killed), what it printed, and which operations it came to."""

    code: int
    printed: str
    operations: list[str]


class Starter:
    """The process that starts commands, from the side of the tests."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.broken_off", str(folder)], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def command(
        self, root: Path, words: Sequence[str], kill_at: int = 0, exchange: bool = True,
        look: Callable[[str], None] | None = None,
    ) -> Ending:  # fmt: skip
        """Do a command in a workspace; it is killed before the operation of a number, or at none.

        It waits before each operation until somebody has had a look, if anybody wants to. Without `exchange` it is as
        where folders cannot be exchanged in one step.
        """
        assert self.process.stdin and self.process.stdout
        asked = {"root": str(root), "words": list(words), "kill_at": kill_at, "exchange": exchange, "waits": bool(look)}
        pipes = [self.folder / name for name in ("comes", "goes")]
        for pipe in pipes if look else []:
            pipe.unlink(missing_ok=True)
            os.mkfifo(pipe)
        self.process.stdin.write(f"{json.dumps(asked)}\n")
        self.process.stdin.flush()
        if look:
            with pipes[0].open() as comes, pipes[1].open("w") as goes:
                for line in comes:
                    look(line.rstrip("\n"))
                    goes.write("\n")
                    goes.flush()
        code = json.loads(self.process.stdout.readline())
        said, done = self.folder / "printed", self.folder / "operations"
        return Ending(code, said.read_text(encoding="utf-8"), done.read_text(encoding="utf-8").splitlines())

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def main(folder: Path) -> None:
    """Start a command for every line that comes in, and tell for each how it ended."""
    import_everything()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            become(folder, **asked)
        _, status = os.waitpid(child, 0)
        answers.write(f"{json.dumps(os.waitstatus_to_exitcode(status))}\n")
        answers.flush()


def import_everything() -> None:
    """Import what commands import later, none of which starts a thread."""
    import importlib

    for name in (
        "duckdb", "matplotlib.figure", "nbclient", "nbformat", "papermill", "pyarrow.parquet", "scipy.optimize",
        "xlsxwriter", "anchor_analysis.commands.app", "anchor_analysis.commands.screen", "anchor_analysis.protect",
        "anchor_analysis.publish.index", "anchor_analysis.publish.pages", "anchor_analysis.publish.workbook",
        "anchor_analysis.running.executing", "anchor_analysis.running.fanout", "anchor_analysis.running.preparing",
        "anchor_analysis.running.releasing", "anchor_analysis.running.verifying",
    ):  # fmt: skip
        importlib.import_module(name)
    assert threading.active_count() == 1


def become(folder: Path, root: str, words: list[str], kill_at: int, exchange: bool, waits: bool) -> None:
    """Be a command from now on; this never comes back."""
    printed = os.open(folder / "printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(printed, stream)
    os.environ["ANCHOR_WORKSPACE"] = root
    sys.argv = ["anchor-analysis", *words]
    run_notebooks_once(folder / "notebooks")
    code = 70
    try:
        from anchor_analysis import placing
        from anchor_analysis.commands import main as command

        if not exchange:
            vars(placing)["exchanged"] = lambda one, other: False
        count_operations(Path(root), folder, kill_at, waits)
        command()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


def count_operations(root: Path, folder: Path, kill_at: int, waits: bool) -> None:
    """Write a line for every operation below a folder; wait before each, or kill this process before one of them."""
    from anchor_analysis import placing

    lines = os.open(folder / "operations", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    comes = os.open(folder / "comes", os.O_WRONLY) if waits else -1
    goes = os.open(folder / "goes", os.O_RDONLY) if waits else -1
    number, at_work, exchanged = 0, threading.Lock(), placing.exchanged

    def count(what: str, path: str) -> None:
        nonlocal number
        with at_work:
            number += 1
            if number == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            line = f"{what} {os.path.relpath(path, root)}\n".encode()
            os.write(lines, line)
            if waits:
                os.write(comes, line)
                os.read(goes, 1)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES):
            path = placed(event, arguments)
            if path.startswith(f"{root}/"):
                count(event, path)

    def exchange_counted(one: Path, other: Path) -> bool:
        count("exchange", str(other))
        return exchanged(one, other)

    vars(placing)["exchanged"] = exchange_counted
    sys.addaudithook(hear)


_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def placed(event: str, arguments: tuple[Any, ...]) -> str:
    """The whole path that an operation is on; blank for a file that is known by its number alone."""
    if isinstance(arguments[0], int):
        return ""
    at = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 2, "os.rename": 3}.get(event)
    path = os.fsdecode(arguments[1 if event == "os.rename" else 0])
    folder = arguments[at] if at is not None else -1
    if folder != -1 and not os.path.isabs(path):
        path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    return os.path.abspath(path)


def run_notebooks_once(kept: Path) -> None:
    """Have a notebook run the first time that it is given something, and be copied from then on."""
    from anchor_analysis import storage
    from anchor_analysis.running import executing

    execute = executing._execute

    def execute_once(job: Any, as_run: Path) -> None:
        parts = (storage.file_hash(job.source), storage.to_json(job.parameters), storage.folder_hash(job.inputs))
        copy = kept / f"{storage.text_hash(*parts)[:16]}.ipynb"
        if not copy.is_file():
            execute(job, as_run)
            storage.write_bytes(copy, as_run.read_bytes())
        else:
            shutil.copyfile(copy, as_run)

    vars(executing)["_execute"] = execute_once


if __name__ == "__main__":
    main(Path(sys.argv[1]))
