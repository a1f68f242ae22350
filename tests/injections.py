"""Failures put into every step of the way, each with the home postcode of one member of staff in what it says.

`python -m tests.injections FOLDER` makes a small workspace and, for each failure, a copy of it in a process of its own,
in which a function of the library is replaced and the command line is run as ever. What it printed is kept beside the
copy. Processes are forked, since importing the library is most of what a small run takes. Nothing here is in the
library: a failure is had by patching, in the process that is to fail.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from anchor_analysis import storage
from tests import failures as say
from tests.small_network import NO_REFERENCE, OPEN, PAGE, SCHEMA

ROOT = Path(__file__).parent.parent

_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
MEMBER = (
    '[[members]]\nid = "{0}"\nname = "Member {0}"\nsector = "x"\njoined = 2018-04-01\n'
    'levers = ["employer", "spender"]\n'
)


def postcode(number: int) -> str:
    """A postcode of an area that Royal Mail does not use, another for every number."""
    return f"LX9 {1 + number // len(_LETTERS)}{_LETTERS[number % len(_LETTERS)]}{_LETTERS[number % len(_LETTERS)]}"


# --- where: a function of the library that says a value when it is called, or after it has done its work ---


@dataclass(frozen=True)
class Injection:
    """A way of failing at one point of the way.

    `passes` if the command is done all the same, `refused` if it is the machine that fails and no bug.
    """

    point: str
    how: Callable[[str], None]
    command: str = "run example --quiet"
    after: bool = False
    passes: bool = False
    refused: bool = False
    like: str = "fresh"
    elsewhere: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        """What its folder is called."""
        point = self.point.removeprefix("anchor_analysis.").replace(":", ".")
        return f"{point}-{(self.elsewhere or self.how).__name__}"


def _at(point: str, how: Callable[[str], None], **more: Any) -> Injection:
    return Injection(f"anchor_analysis.{point}", how, **more)


_COUNT = "return aggregate example a 2023/24 data/raw/example/2023-24/a/workforce.csv --to counted.xlsx"
_POOL = "running.returns:read_one"

INJECTIONS = [
    _at("read.returns:kind_of", say.no_file),
    _at("read.returns:write_rows", say.arrow, after=True),
    _at("read.rows:_record_batch", say.undecodable),
    _at(_POOL, say.chain, elsewhere=say.fails_elsewhere),
    _at(_POOL, say.key, elsewhere=say.dies_elsewhere, refused=True),
    _at("clean.cleaning:stage", say.database),
    _at("clean.cleaning:accounts.tallies", say.frames, after=True),
    _at("clean.derived:_DERIVING.workforce", say.column),
    _at("clean.derived:_DERIVING.ledger", say.numbers),
    _at("clean.cleaning:redaction_counts", say.run_as_code),
    _at("clean.cleaning:repeated_files", say.key, command="check example --quiet"),
    _at("running.returns:link_suppliers", say.noted, like="cleaned"),
    _at("link.linking:as_records", say.while_handling, like="cleaned"),
    _at("locate.locating:_place_counts", say.group, after=True),
    _at("running.results:measure", say.chain, like="cleaned"),
    _at("running.results:pay_counts", say.no_python, like="cleaned"),
    _at("running.results:compare", say.shown, like="cleaned", after=True),
    _at("protect:protect", say.no_memory, like="cleaned", after=True, refused=True),
    _at("running.results:make_claims", say.checked, like="cleaned", after=True),
    _at("running.results:edition_facts", say.out_loud, like="cleaned", passes=True),
    _at("running.pipeline:keys", say.aside, like="measured", passes=True),
    _at("publish.assembling:write_workbook", say.frames, like="measured"),
    _at("publish.assembling:write_manifest", say.leaving, like="measured", after=True),
    _at("running.signing:audit", say.database, like="measured", after=True),
    _at("running.aggregating:counted_staff", say.key, command=_COUNT, after=True),
    _at("commands.app:_show_result", say.group, like="measured"),
]


def patch(injection: Injection, value: str) -> None:
    """Put a failure in its place in this process."""
    if injection.elsewhere:
        say.instead(injection.point, injection.elsewhere)
        say.instead("anchor_analysis.running.returns:WORTH_A_PROCESS", 1)  # type: ignore[arg-type]
        say.instead("os:cpu_count", lambda: 2)
    else:
        say.put(injection.point, injection.how, value, injection.after or injection.passes)


# --- notebooks, whose cells fail in a kernel of their own ---

_VALUE = """import os
from pathlib import Path
from tests import failures as say
value = Path(os.environ["ANCHOR_WORKSPACE"], "{0}").read_text().splitlines()[{1} + 1].split(",")[-1]
"""

#: Each notebook's cell, in which `value` is the postcode of a row; those that pass stand first.
CELLS = {
    "passes": "say.out_loud(value)\nsay.aside(value)\nsay.by_another_program(value)",
    "key": "say.key(value)",
    "prints": "print(value)\nsay.key(value)",
    "shows": "display(value)\nsay.frames(value)",
    "chain": "say.chain(value)",
    "group": "say.group(value)",
    "noted": "say.noted(value)",
    "shown": "say.shown(value)",
    "no_python": "say.no_python(value)",
    "undecodable": "say.undecodable(value)",
    "leaving": "say.leaving(value)",
    "magic": "get_ipython().run_line_magic('matplotlib', '--' + value)",
    "rendered": "class Row:\n    def _repr_html_(self):\n        raise ValueError(value)\nRow()",
    "dies": "print(value, flush=True)\nimport time\ntime.sleep(0.5)\nos._exit(1)",
    "only_prints": "print(value)",
    "chart": "say.put('anchor_analysis.present:chart', say.column, value)\nedition.chart('trend', 'staff')",
    "table": "say.put('anchor_analysis.present:table', say.frames, value, True)\nedition.table('members')",
    "claims": "say.put('anchor_analysis.present:answer', say.chain, value)\nedition.answer()",
}
PASSING = {"passes"}


def notebook(name: str, number: int) -> nbformat.NotebookNode:
    """A notebook in whose second cell something goes wrong with the postcode of a row."""
    given = nbformat.v4.new_code_cell('network = "example"\nyear = "2023/24"', metadata={"tags": ["parameters"]})
    edition = "from anchor_analysis import open_edition\nedition = open_edition(network, year)\n"
    first = _VALUE.format("data/raw/example/2023-24/a/workforce.csv", number)
    first += edition if "edition" in CELLS[name] else ""
    return nbformat.v4.new_notebook(cells=[given, *map(nbformat.v4.new_code_cell, (first, CELLS[name]))])


# --- making it all ---


def make_workspace(folder: Path) -> storage.Workspace:
    """A network of one member, in whose staff everybody's postcode is another."""
    workspace = storage.Workspace(folder)
    settings = NO_REFERENCE.format(**OPEN)
    settings = settings.replace('"2021/22"', '"2023/24"')
    storage.write_text(
        workspace.network("example") / "network.toml", settings + MEMBER.format("a") + MEMBER.format("b")
    )
    people = "".join(f"E{n:05d},1,permanent,1,{postcode(n)}\n" for n in range(60))
    paid = "".join(f"T{n:05d},15/{4 + n % 9:02d}/2023,Builders {n},{1000 + n}\n" for n in range(24))
    raw = workspace.raw("example") / "2023-24" / "a"
    for folder in (raw, raw.with_name("b")):
        headers = "employee_id,assignment_id,contract,fte,home_postcode\n"
        storage.write_text(folder / "workforce.csv", headers + people)
    storage.write_text(raw / "ledger.csv", "transaction_id,payment_date,supplier_name,net_gbp\n" + paid)
    cells = [nbformat.v4.new_code_cell('network = "example"\nyear = "2023/24"', metadata={"tags": ["parameters"]})]
    page = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell(PAGE)])
    storage.write_text(workspace.notebooks / "network_impact.ipynb", nbformat.writes(page))
    storage.write_text(workspace.notebooks / "network_impact.parameters.yaml", SCHEMA)
    return workspace


def with_notebooks(folder: Path, names: Collection[str]) -> None:
    """Put notebooks that go wrong into a workspace."""
    for number, name in enumerate(CELLS):
        if name in names:
            path = storage.Workspace(folder / "workspace").notebooks / f"{name}.ipynb"
            storage.write_text(path, nbformat.writes(notebook(name, number)))
            schema = SCHEMA if name in PASSING else SCHEMA.replace("public", "internal")
            storage.write_text(path.with_name(f"{name}.parameters.yaml"), schema)


@dataclass(frozen=True)
class Task:
    """A command that is run in a copy of a workspace, after something has been prepared in its process."""

    folder: Path
    like: Path
    prepare: Callable[[], None]
    command: str = "run example --quiet"
    told: str = ""


def run_all(tasks: list[Task], at_once: int = 2) -> None:
    """Run tasks in forked processes, so many at once; what each prints and its exit code are files in its folder."""
    running: dict[int, Task] = {}
    for task in [*tasks, *[None] * at_once]:
        if len(running) == at_once or (task is None and running):
            child, status = os.wait()
            storage.write_text(running.pop(child).folder / "code", str(os.waitstatus_to_exitcode(status)))
        if task:
            shutil.copytree(task.like / "workspace", task.folder / "workspace", dirs_exist_ok=True)
            if not (child := os.fork()):
                os._exit(_ended(task))
            running[child] = task


def _ended(task: Task) -> int:
    folder = task.folder
    for stream, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    for name in ("home", "temporary"):
        storage.made(folder / name)
    os.environ |= {"HOME": str(folder / "home"), "TMPDIR": str(folder / "temporary"), "PYTHONPATH": str(ROOT)}
    os.environ |= {"ANCHOR_WORKSPACE": str(folder / "workspace"), "INJECTED": task.told}
    os.environ.pop("CI", None)
    os.chdir(folder / "workspace")
    sys.argv = ["anchor-analysis", *task.command.split()]
    try:
        task.prepare()
        importlib.import_module("anchor_analysis.commands").command_line()
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        sys.stdout.flush(), sys.stderr.flush()
    return 0


def tasks(folder: Path) -> Iterator[Task]:
    """Everything that is to be run, on copies of workspaces that have come so far already."""
    for name, cells in (("failing notebooks", CELLS.keys() - PASSING), ("passing notebooks", PASSING)):
        yield Task(folder / name, folder / "measured", partial(with_notebooks, folder / name, cells))
    for number, one in enumerate(INJECTIONS):
        told = postcode(number) if one.elsewhere else ""
        prepare = partial(patch, one, postcode(number))
        yield Task(folder / one.name, folder / one.like, prepare, one.command, told)


def make_likes(folder: Path) -> None:
    """The workspaces that tasks begin with: untouched, with rows that are located, and with results too."""
    for room in ("running", "commands.app", "publish.pages", "audit.auditing", "running.aggregating", "doors"):
        importlib.import_module(f"anchor_analysis.{room}")
    make_workspace(folder / "fresh" / "workspace")
    run_all([Task(folder / "measured", folder / "fresh", lambda: None)])
    measured = folder / "measured" / "workspace"
    shutil.rmtree(measured / "outputs")
    shutil.copytree(measured, folder / "cleaned" / "workspace")
    for name in ("results", "linked"):
        shutil.rmtree(folder / "cleaned" / "workspace" / "data" / "processed" / "example" / name)


def main(folder: Path) -> None:
    """Make the workspaces, run everything two at a time, and leave what came of it in `folder`."""
    make_likes(folder)
    run_all(list(tasks(folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
