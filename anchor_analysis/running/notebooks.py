"""Running notebooks with Papermill, with parameters that their schema allows and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from anchor_analysis import storage
from anchor_analysis.audit.egress import findings
from anchor_analysis.declared import parse_year
from anchor_analysis.declared.model import Declared, read_declared
from anchor_analysis.problems import Problem, UserError, unknown

#: The longest that one cell may take, in seconds.
CELL_TIMEOUT = 300

#: What no notebook may show, internal ones included, of all that is looked for in an edition.
OF_PERSONS = {"a postcode", "a National Insurance number"}


class Parameter(Declared):
    """A parameter of a notebook: its type, its default, and what it is for."""

    type: Literal["text", "year", "network", "revision"]
    default: str = ""
    description: str


class NotebookSchema(Declared):
    """What stands in `<notebook>.parameters.yaml`."""

    title: str
    audience: Literal["public", "internal"]
    parameters: dict[str, Parameter] = Field(default_factory=dict)


@dataclass(frozen=True)
class NotebookJob:
    """One notebook to be run with checked parameters."""

    name: str
    path: Path
    schema: NotebookSchema
    parameters: dict[str, str]


def find_notebooks(workspace: storage.Workspace) -> dict[str, tuple[Path, NotebookSchema]]:
    """The notebooks of a workspace that have a parameter schema beside them, by name."""
    found = {}
    for path in sorted(workspace.notebooks.glob("*.parameters.yaml")):
        name = path.name.removesuffix(".parameters.yaml")
        found[name] = (path.with_name(f"{name}.ipynb"), read_declared(NotebookSchema, path))
    return found


def checked_parameters(name: str, schema: NotebookSchema, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a notebook is run with; raises UserError (AN005) for every one that it does not take."""
    problems = []
    for parameter, value in given.items():
        if parameter not in schema.parameters:
            problems += unknown("AN005", "parameter", parameter, schema.parameters, name).problems
        else:
            problems += _value_problems(name, parameter, schema.parameters[parameter].type, value)
    if problems:
        raise UserError(problems)
    defaults = {parameter: declared.default for parameter, declared in schema.parameters.items()}
    return defaults | dict(given)


_FORMS = {"network": "[a-z0-9][a-z0-9_-]{0,63}", "revision": "(r[0-9]{1,4})?", "text": "[^\\x00-\\x1f]{0,200}"}


def _value_problems(name: str, parameter: str, kind: str, value: Any) -> list[Problem]:
    where = f"{name}, parameter {parameter}"
    if not isinstance(value, str):
        return [Problem("AN005", where, f"a {type(value).__name__} is not text.", "Give it as text.")]
    if kind == "year":
        try:
            parse_year(value, where)
        except UserError as error:
            return error.problems
    elif not re.fullmatch(_FORMS[kind], value):
        return [Problem("AN005", where, f"this is not a {kind}.", f"Write it as {_FORMS[kind]} allows.")]
    return []


def run_notebook(job: NotebookJob, draft: Path, output: Path, root: Path) -> None:
    """Run one notebook with Papermill in a kernel of its own, and write it without what tells of the machine.

    `draft` is the folder of results that `open_edition` reads while the edition is being made. Raises UserError
    (AN041) naming the cell if one fails, or shows what tells of a person; the notebook is then kept at `output` with
    the types and places of its errors, and with nothing that its cells showed.
    """
    import nbformat

    with storage.scratch(output.parent) as folder:
        as_run = folder / output.name
        try:
            with _environment(ANCHOR_DRAFT=str(draft), ANCHOR_WORKSPACE=str(root)):
                _execute(job, as_run, output.name)
            notebook = nbformat.read(as_run, as_version=4)
            _must_be_whole(notebook, job)
            _must_tell_of_nobody(as_run, job)
        except UserError:
            _keep_what_failed(as_run if as_run.is_file() else job.path, output)
            raise
    storage.write_text(output, nbformat.writes(plain(notebook)) + "\n")


def _execute(job: NotebookJob, as_run: Path, kept: str) -> None:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            str(job.path), str(as_run), parameters=dict(job.parameters), kernel_name="python3", language="python",
            progress_bar=False, execution_timeout=CELL_TIMEOUT, kernel_manager_class=_kernel_manager(),
        )  # fmt: skip
    except PapermillExecutionError as error:
        what = f"cell {error.exec_count} stopped with {error.evalue or error.ename}"
        raise UserError(Problem("AN041", job.path.name, what, f"Where it stopped is kept as {kept}.")) from None
    except (CellTimeoutError, DeadKernelError) as error:
        how = "took too long" if isinstance(error, CellTimeoutError) else "was left by its kernel, which died"
        raise UserError(
            Problem("AN041", job.path.name, f"a cell {how}.", "Look at what it needs, and run again.")
        ) from None


def _must_tell_of_nobody(as_run: Path, job: NotebookJob) -> None:
    """A cell that has worked may have printed a row all the same."""
    shown = {found.kind for found in findings(as_run, job.path.name)} & OF_PERSONS
    if shown:
        what = f"a cell shows {' and '.join(sorted(shown))}."
        remedy = "Take out what shows it: a notebook is for declared tables, and `lab` for looking at rows."
        raise UserError(Problem("AN041", job.path.name, what, remedy))


def _keep_what_failed(as_run: Path, output: Path) -> None:
    """Keep a notebook with the accounts of its errors, which its kernel made, and nothing else that cells gave."""
    import nbformat

    notebook = nbformat.read(as_run, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [given for given in cell.outputs if given.output_type == "error"]
    storage.write_text(output, nbformat.writes(plain(notebook)) + "\n")


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Variables that a kernel inherits from this process, and that are gone afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ |= variables
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _kernel_manager() -> str:
    """A kernel manager whose channels are encrypted, where the installed client can do that."""
    return "anchor_analysis.running.kernels.PrivateKernelManager"


def _must_be_whole(notebook: Any, job: NotebookJob) -> None:
    """Papermill marks the cells of a dead kernel completed, so what counts is that every cell has run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if any(cell.execution_count is None for cell in code):
        problem = Problem("AN041", job.path.name, "the notebook stopped before its last cell.", "Run it again.")
        raise UserError(problem)


def plain(notebook: Any) -> Any:
    """The notebook without times, paths and process marks, so that the same run gives the same bytes."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        cell["id"] = f"cell-{number}"
        for output in cell.get("outputs", []):
            output.metadata = {} if "metadata" in output else output.get("metadata", {})
    return notebook
