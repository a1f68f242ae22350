"""Running one notebook with Papermill, and making its page, in whichever process it falls to."""

from __future__ import annotations

import errno
import os
import signal
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.audit.egress import findings
from anchor_analysis.present import Released
from anchor_analysis.present.origins import Origins
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.running import memory
from anchor_analysis.running.plan import Job

#: What no notebook may show, internal ones included, of all that is looked for in an edition.
OF_PERSONS = {"a postcode", "a National Insurance number"}

#: So many of what is wrong with a page are told.
_FAULTS = 5

#: So long a kernel may take to start, and an output to arrive after its cell has ended, on a machine that is busy.
STARTS_WITHIN, ARRIVES_WITHIN = 300, 300

#: The code of a kernel that was killed, by SIGKILL, which Windows does not have.
KILLED = -9


def run_job(job: Job) -> None:
    """Run a notebook where that has not been done, and write its page; raises as `run_notebook` does."""
    if not storage.is_sealed(job.notebook):
        run_notebook(job)
    if not storage.is_sealed(job.page):
        _keep(job.page, page_of(job))


def _keep(path: Path, text: str) -> None:
    """Write a file that later runs take as it is, and beside it the hash by which they know it."""
    storage.write_text(path, text)
    storage.write_text(storage.seal_of(path), storage.file_hash(path) + "\n")


def page_of(job: Job) -> str:
    """The page of a notebook that has run; raises UserError (AN041) where it cannot be published."""
    import nbformat

    from anchor_analysis.publish.page_check import Unsound
    from anchor_analysis.publish.pages import render_page

    facts = storage.read_json(job.inputs / "edition.json") | job.standing
    origins = None
    if job.audience == "public":
        origins = replace(_origins(job.results, *job.standing.values()), homes=job.homes, here=f"{job.address}.html")
    notebook = nbformat.read(job.notebook, as_version=4)
    try:
        return render_page(
            notebook, title=job.title, facts=facts, internal=job.audience == "internal", origins=origins, home=job.home,
            member=job.of if job.audience == "member" else "",
        )  # fmt: skip
    except Unsound as error:
        remedy = "Take it out of the notebook: a page runs nothing, loads nothing, and can be read by everybody."
        what = f"its page cannot be published: {' '.join(error.faults[:_FAULTS])}"
        raise UserError(Problem("AN041", job.source.name, what, remedy)) from None


@lru_cache(maxsize=1)
def _origins(results: Path, revision: str, status: str) -> Origins:
    """What makes the cards of an edition's figures, read once for all pages that a process makes of it."""
    facts = storage.read_json(results / "edition.json") | {"revision": revision, "status": status}
    register = storage.read_json(results / "claims.json") | {"revision": revision}
    return Origins(Released(storage.read_frame(results / "cells.parquet"), facts), register)


def run_notebook(job: Job) -> None:
    """Run one notebook in a kernel of its own, and write it without what tells of the machine.

    Raises UserError (AN041) naming the cell if one fails, or shows what tells of a person; the notebook is then kept
    aside with the types and places of its errors, and with nothing that its cells showed.
    """
    import nbformat

    with storage.scratch(job.folder) as folder:
        as_run = folder / job.notebook.name
        try:
            _execute(job, as_run)
            if storage.file_hash(job.source) != job.written:  # what was run may be another than its key is of
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(job.source))
            notebook = nbformat.read(as_run, as_version=4)
            _must_be_whole(notebook, job)
            _must_tell_of_nobody(as_run, job)
        except UserError:
            _keep_what_failed(as_run if as_run.is_file() else job.source, job.failed)
            raise
    _keep(job.notebook, nbformat.writes(plain(notebook)) + "\n")


class Clock:
    """How long the cell that comes next may take, and which that is; no cell outlasts the time of its notebook."""

    def __init__(self, cell_seconds: float, notebook_seconds: float):
        self.cell_seconds, self.ends, self.cell = cell_seconds, time.monotonic() + notebook_seconds, 0
        self.of_notebook = False

    def __call__(self, cell: Any) -> float:
        """The seconds that are left for a cell that is about to run."""
        self.cell += 1
        left = max(self.ends - time.monotonic(), 0.001)
        self.of_notebook = left < self.cell_seconds
        return min(self.cell_seconds, left)


def _execute(job: Job, as_run: Path) -> None:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    clock, ending = Clock(job.cell_seconds, job.notebook_seconds), Ending()
    try:
        papermill.execute_notebook(
            _literally(job.source), _literally(as_run), parameters=dict(job.parameters), kernel_name="python3",
            language="python", progress_bar=False, request_save_on_cell_execute=False, start_timeout=STARTS_WITHIN,
            execution_timeout=job.cell_seconds, **_for_client(job, clock, ending),
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise _stopped(job, error.exec_count, error.ename, error.evalue, ending) from None
    except CellTimeoutError:
        whole = f"the notebook took longer than its {job.notebook_seconds} seconds, in cell {clock.cell}."
        what = whole if clock.of_notebook else f"cell {clock.cell} took longer than its {job.cell_seconds} seconds."
        limit = "notebook_seconds" if clock.of_notebook else "cell_seconds"
        raise _failed(job, what, f"Look at what it does; {limit} in its .parameters.yaml allows more.") from None
    except DeadKernelError:
        raise _failed(job, f"cell {clock.cell} was left by its kernel, {ending.how}.", ending.remedy) from None
    except RuntimeError as error:
        if clock.cell or not str(error).startswith("Kernel d"):  # "died before …", "didn't respond …"
            raise
        raise _failed(
            job, f"its kernel did not come up, {ending.how}.", "Run it again, with fewer at once: `--workers 1`."
        ) from None


def _literally(path: Path) -> str:
    """A path as Papermill takes it, which fills in parameters between braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _for_client(job: Job, clock: Clock, ending: Ending) -> dict[str, Any]:
    """What Papermill hands on to the client that runs the cells."""
    from traitlets.config import Config

    manager = {
        "variables": dict(job.environment), "memory_megabytes": job.memory_megabytes,
        "on_end": lambda code, held: ending.note(code, held),  # a bound method would be copied with its object
    }  # fmt: skip
    return {
        "config": Config({"PrivateKernelManager": manager}),
        "kernel_manager_class": "anchor_analysis.running.kernels.PrivateKernelManager",
        "timeout_func": clock, "iopub_timeout": ARRIVES_WITHIN, "shutdown_kernel": "immediate",
    }  # fmt: skip


@dataclass
class Ending:
    """How a kernel ended, as far as that is known: its exit code or signal, and the most memory that it held."""

    code: int | None = None
    held: int | None = None
    killed_before: int | None = field(default_factory=memory.killed_for_want)

    def note(self, code: int, held: int | None) -> None:
        """Called when it has ended."""
        self.code, self.held = code, held

    @property
    def ran_out(self) -> bool:
        """Whether the system killed it, and killed something for want of memory while it ran."""
        return self.code == KILLED and (memory.killed_for_want() or 0) > (self.killed_before or 0)

    @property
    def how(self) -> str:
        """What became of it, for a message on what it left undone."""
        held = f" when it held {memory.said(self.held)} of memory" if self.held else ""
        if self.ran_out:
            return f"which the system killed for want of memory{held}; {memory.of_machine()}"
        if self.code == KILLED:
            return f"which was killed{held}, though not by the system for want of memory as far as it says"
        if self.code is not None and self.code < 0:
            return f"which died of {_signal(-self.code)}{held}"
        return f"which ended itself with code {self.code}" if self.code is not None else "which died"

    @property
    def remedy(self) -> str:
        """What to do about it, where that is more than to look at what the cell does."""
        if not self.ran_out:
            return ""
        less = "memory_megabytes in its .parameters.yaml stops it earlier."
        return f"Run fewer at once (`--workers 1`), or have it hold less: {less}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _stopped(job: Job, cell: int, kind: str, told: str, ending: Ending) -> UserError:
    """What to say of a cell that stopped with an error of some kind, of which its kernel told something."""
    if kind.endswith(".ShownTooMuch"):
        from anchor_analysis.telling.kernels import OF_EACH, OF_LINE, SHOWS_AT_MOST  # which kernels alone load else

        outputs, lines = SHOWS_AT_MOST // OF_EACH, SHOWS_AT_MOST // OF_LINE
        most = f"{SHOWS_AT_MOST // 1_000_000} million characters, {outputs:,} outputs or {lines:,} lines"
        what = f"cell {cell} was stopped: the notebook showed more than it may, {most}."
        return _failed(job, what, "Show a table of what matters.")
    if "MemoryError" in kind or "OutOfMemory" in kind:
        held = f"It held {memory.said(ending.held)}, and it" if ending.held else "It"
        limit = f"{job.memory_megabytes:,} MB beyond what its kernel starts with"
        what = f"cell {cell} stopped for want of memory: {kind}. {held} may take {limit}; "
        remedy = "Have it hold less at once; memory_megabytes in its .parameters.yaml allows more."
        return _failed(job, f"{what}{memory.of_machine()}.", remedy)
    return _failed(job, f"cell {cell} stopped with {told or kind}")


def _failed(job: Job, what: str, remedy: str = "") -> UserError:
    return UserError(
        Problem("AN041", job.source.name, what, remedy or f"Where it stopped is kept as {job.failed.name}.")
    )


def _must_tell_of_nobody(as_run: Path, job: Job) -> None:
    """A cell that has worked may have printed a row all the same."""
    shown = {found.kind for found in findings(as_run, job.source.name)} & OF_PERSONS
    if shown:
        remedy = "Take out what shows it: a notebook is for declared tables, and `lab` for looking at rows."
        raise _failed(job, f"a cell shows {' and '.join(sorted(shown))}.", remedy)


def _must_be_whole(notebook: Any, job: Job) -> None:
    """Papermill marks the cells of a dead kernel completed, so what counts is that every cell has run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if any(cell.execution_count is None for cell in code):
        raise _failed(job, "the notebook stopped before its last cell.", "Run it again.")


def _keep_what_failed(as_run: Path, kept: Path) -> None:
    """Keep a notebook with the accounts of its errors, which its kernel made, and nothing else that cells gave."""
    import nbformat

    notebook = nbformat.read(as_run, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [given for given in cell.outputs if given.output_type == "error"]
    storage.write_text(kept, nbformat.writes(plain(notebook)) + "\n")


def plain(notebook: Any) -> Any:
    """The notebook without times, paths and process marks, so that the same run gives the same bytes."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        cell["id"] = f"cell-{number}"
        for output in cell.get("outputs", []):
            if "metadata" in output:  # what was printed has none
                output.metadata = {}
    return notebook
