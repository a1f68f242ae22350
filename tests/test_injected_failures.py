"""Whatever fails, and wherever: the postcode that the failure speaks of is in no page, notebook, log, file or console.

`tests.injections` says which failures there are and how they are put in. Each speaks of the home postcode of another
member of staff, so that a hit would say whose failure it was. Every byte is searched of what a command printed and of
what it wrote, in the workspace, the account's home and the folder for temporary files; left out are the returns and the
rows made of them, where postcodes belong.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from anchor_analysis import storage
from tests.every_byte import found_in
from tests.injections import CELLS, INJECTIONS, PASSING, Injection, postcode

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")

pytestmark = pytest.mark.long

#: Where rows of people belong: the returns, and what is made of them row by row.
ROWS = [
    "workspace/data/raw/",
    *(f"workspace/data/processed/example/{one}/" for one in ("cleaned", "located", "linked")),
]
POSTCODES = [postcode(number) for number in range(60)]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder in which every failure has happened."""
    folder: Path = tmp_path_factory.mktemp("injected")
    command = [sys.executable, "-m", "tests.injections", str(folder)]
    subprocess.run(command, check=True, cwd=Path(__file__).parent.parent, timeout=900)  # a busy machine is no failure
    return folder


def said(folder: Path) -> str:
    return storage.read_text(folder / "stdout") + storage.read_text(folder / "stderr")


def code(folder: Path) -> int:
    return int(storage.read_text(folder / "code"))


def test_there_are_enough_failures_and_each_speaks_of_another_row():
    assert len(INJECTIONS) >= 25 and len(CELLS) >= 15
    assert len({one.name for one in INJECTIONS}) == len(INJECTIONS) <= len(set(POSTCODES))


def test_the_search_finds_the_postcodes_where_they_belong(made):
    found = "\n".join(found_in(made / "measured", POSTCODES))
    assert all(value in found for value in POSTCODES)
    assert "data/raw" in found and "cleaned" in found


@pytest.mark.parametrize("one", INJECTIONS, ids=lambda one: one.name)
def test_a_failure_tells_no_postcode(made, one: Injection):
    folder = made / one.name
    assert code(folder) == (0 if one.passes else 2 if one.refused else 1), said(folder)
    assert found_in(folder, POSTCODES, ROWS) == []
    assert not list(folder.rglob(".scratch-*"))


BUGS = [one for one in INJECTIONS if not (one.passes or one.refused)]


@pytest.mark.parametrize("one", BUGS, ids=lambda one: one.name)
def test_a_failure_tells_its_whole_way_and_where_to_report_it(made, one: Injection):
    told = said(made / one.name)
    assert "anchor_analysis/commands/app.py, line" in told and "CONTRIBUTING.md" in told
    assert "tests/failures.py, line" in told or one.how.__name__ == "run_as_code"


def test_a_process_that_dies_while_it_reads_is_told_as_that(made):
    told = " ".join(said(made / "running.returns.read_one-dies_elsewhere").split())
    assert "a process that read returns died" in told and "`--workers 1`. (AN059," in told
    assert "CONTRIBUTING.md" not in told and "line" not in told


def test_what_is_told_of_a_failure_has_its_type_and_its_causes(made):
    told = said(made / "running.results.measure-chain")
    assert told.index("KeyError") < told.index("That was the cause of:") < told.index("ValueError")
    told = said(made / "locate.locating._place_counts-group")
    assert "ExceptionGroup" in told and "2 of 2:" in told and told.count("KeyError") == 1


def test_an_error_of_a_worker_tells_of_both_processes(made):
    told = said(made / "running.returns.read_one-fails_elsewhere")
    assert "in fails_elsewhere" in told and told.index("KeyError") < told.index("ValueError")


@pytest.mark.parametrize("name", ["clean.cleaning.stage-database", "running.returns.link_suppliers-noted"])
def test_the_row_that_an_error_quotes_is_named_by_file_and_number(made, name):
    number = next(number for number, one in enumerate(INJECTIONS) if one.name == name)
    quoted = f"a.2023-24, workforce.csv, row {number + 2}" in said(made / name)
    assert quoted == (name == "clean.cleaning.stage-database")


def test_the_file_and_the_rows_under_way_are_named_while_reading(made):
    told = said(made / "read.rows._record_batch-undecodable")
    assert "workforce.csv, rows from 2 on" in told or "ledger.csv, rows from 2 on" in told
    assert "While at work on: a 2023/24" in told


def test_failing_notebooks_tell_no_postcode(made):
    folder = made / "failing notebooks"
    assert code(folder) == 2
    assert found_in(folder, POSTCODES, [*ROWS, "workspace/notebooks/"]) == []
    assert not list(folder.rglob(".scratch-*"))


@pytest.mark.parametrize("name", [name for name in CELLS if name not in PASSING])
def test_a_failing_notebook_is_told_and_kept_with_nothing_that_it_showed(made, name):
    assert f"{name}.ipynb: " in said(made / "failing notebooks")
    kept = made / "failing notebooks" / "workspace/data/processed/example/notebooks/2023-24" / f"failed-{name}.ipynb"
    notebook = json.loads(storage.read_text(kept))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert {output["output_type"] for output in outputs} <= {"error"}
    assert len(outputs) == (name not in ("dies", "only_prints"))


def test_the_kept_notebook_says_by_type_and_line_where_it_stopped(made):
    folder = made / "failing notebooks" / "workspace/data/processed/example/notebooks/2023-24"
    notebook = json.loads(storage.read_text(folder / "failed-chain.ipynb"))
    [error] = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert error["ename"] == "ValueError" and "a cell of the notebook, line 1" in "\n".join(error["traceback"])
    assert any(line.startswith("  tests/failures.py, line") for line in error["traceback"])


def test_what_passing_cells_warn_log_and_write_aside_is_in_no_edition(made):
    folder = made / "passing notebooks"
    assert code(folder) == 0, said(folder)
    edition = folder / "workspace" / "outputs" / "example" / "2023-24" / "r1"
    assert {f"{name}.html" for name in PASSING} <= {path.name for path in edition.iterdir()}
    assert found_in(folder, POSTCODES, ROWS) == []
