"""The fan-out over notebooks, metrics and members: what runs, what runs again, what is told of what fails."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from anchor_analysis import storage
from anchor_analysis.declared.model import read_declared
from anchor_analysis.doors import Edition
from anchor_analysis.present import Released
from anchor_analysis.present.origins import Origins
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import find_edition
from anchor_analysis.publish.notebooks import read_notebooks
from anchor_analysis.publish.pages import render_page, restated
from anchor_analysis.running import forking, run_network
from anchor_analysis.running.executing import run_job
from anchor_analysis.running.notebooks import NotebookSchema
from tests.test_editions import make_workspace, send

EACH = """title: Each
audience: {audience}
for_each: {for_each}
{more}parameters:
  network: {{type: network, description: which}}
  year: {{type: year, description: when}}
  {for_each}: {{type: {for_each}, description: of what}}
"""

METRIC_PAGE = """from anchor_analysis import open_edition
measure = open_edition(network, year).about(metric)
display(measure.sentences(), measure.definition(), *measure.tables(), measure.sources())"""

MEMBER_PAGE = """from anchor_analysis.doors import open_profile
profile = open_profile(network, member, year)
profile.figures()"""


def add_notebook(workspace: storage.Workspace, name: str, for_each: str, *sources: str, more: str = "") -> None:
    """A notebook that is run for each metric or member."""
    given = f'network = "example"\nyear = "2023/24"\n{for_each} = ""'
    cells = [
        nbformat.v4.new_code_cell(given, metadata={"tags": ["parameters"]}),
        *map(nbformat.v4.new_code_cell, sources),
    ]
    storage.write_text(workspace.notebooks / f"{name}.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    audience = "member" if for_each == "member" else "public"
    schema = EACH.format(audience=audience, for_each=for_each, more=more)
    storage.write_text(workspace.notebooks / f"{name}.parameters.yaml", schema)


class Counting(Executor):
    """An executor from outside, that remembers which notebooks it was given to run; it reads files as well."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.pool = ThreadPoolExecutor(2)

    def submit(self, fn, /, *arguments, **named) -> Future:
        if fn is run_job and not arguments[0].notebook.is_file():  # otherwise only its page is made anew
            self.jobs.append(arguments[0].said)
        return self.pool.submit(fn, *arguments, **named)


def run(workspace: storage.Workspace, **how) -> list[str]:
    """Run the example, and say which notebooks ran."""
    executor = Counting()
    run_network(workspace, "example", workers=2, executor=executor, **how)
    return executor.jobs


@pytest.fixture(scope="module", autouse=True)
def _cleared_away():
    yield
    forking.SOURCES.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> storage.Workspace:
    """The example with notebooks for each metric and member; `b` sends no ledger."""
    workspace = make_workspace(tmp_path_factory.mktemp("runner"))
    for path in workspace.raw("example").glob("*/b/ledger.csv"):
        storage.remove(path)
    add_notebook(workspace, "metric_detail", "metric", METRIC_PAGE, more="pages: metrics\n")
    add_notebook(workspace, "member_profile", "member", MEMBER_PAGE)
    run(workspace)
    return workspace


@pytest.fixture()
def copied(whole, tmp_path) -> storage.Workspace:
    shutil.copytree(whole.root, tmp_path / "copy")
    return storage.Workspace(tmp_path / "copy")


# --- what is run, and where it goes ---


def test_each_metric_with_a_released_figure_has_a_page_in_the_edition_and_a_link_to_it(whole):
    edition = find_edition(whole, "example").folder
    pages = {path.stem for path in (edition / "metrics").glob("*.html")}
    cells = storage.read_frame(edition / "cells.parquet")
    assert {"staff", "net_spend"} <= pages <= set(cells["metric"])
    index = storage.read_text(edition / "index.html")
    assert all(f'href="metrics/{name}.html"' in index for name in pages)
    assert 'href="../index.html"' in storage.read_text(edition / "metrics" / "staff.html")


def test_a_members_page_is_for_that_member_and_in_no_edition(whole):
    folder = whole.editions("example") / "2023-24"
    assert sorted(path.relative_to(folder).as_posix() for path in (folder / "members").rglob("*.html")) == [
        f"members/{member}/member_profile.html" for member in "abc"
    ]
    page = storage.read_text(folder / "members" / "a" / "member_profile.html")
    assert "For this member alone" in page and ">107<" in page and ">147<" not in page  # b's staff
    assert not [path for path in find_edition(whole, "example").folder.rglob("*") if "profile" in path.name]


def test_a_members_notebook_is_given_no_figure_of_another_member(whole):
    [slices] = (whole.processed("example") / "slices" / "2023-24").iterdir()
    for member in "abc":
        own = storage.read_frame(slices / "member" / member / "observations.parquet")
        assert set(own["member"]) == {member}
        facts = storage.read_json(slices / "member" / member / "edition.json")
        assert [one["id"] for one in facts["members"]] == [member]


def test_a_public_notebook_is_given_only_what_is_released(whole):
    [slices] = (whole.processed("example") / "slices" / "2023-24").iterdir()
    given = {path.name for kind in ("once", "metric") for path in (slices / kind).rglob("*") if path.is_file()}
    assert given == {"cells.parquet", "claims.json", "edition.json"}


def test_of_a_metric_the_slice_tells_what_the_whole_edition_does(whole):
    [slices] = (whole.processed("example") / "slices" / "2023-24").iterdir()
    folders = sorted((slices / "metric").iterdir())
    assert len(folders) > 5
    for folder in folders:
        one, other = (Edition(given).about(folder.name) for given in (folder, slices / "once" / "edition"))
        for about in ("sentences", "definition", "limits", "sources", "coverage"):
            assert getattr(one, about)().html == getattr(other, about)().html
        assert [table.html for table in one.tables()] == [table.html for table in other.tables()]


def register_of(edition: Path) -> dict:
    return storage.read_json(edition / "claims.json")


def test_a_page_that_is_restated_is_as_one_made_anew(whole):
    edition = find_edition(whole, "example")
    page = storage.read_text(edition.folder / "network_impact.html")
    facts = edition.facts | {"status": "released"}
    notebook = nbformat.reads(read_notebooks(edition.folder)["network_impact"], as_version=4)
    homes = {path.stem: f"metrics/{path.name}" for path in (edition.folder / "metrics").iterdir()}
    known = Released(storage.read_frame(edition.folder / "cells.parquet"), facts)
    origins = Origins(known, register_of(edition.folder), homes=homes, here="network_impact.html")
    anew = render_page(notebook, title="What the network did", facts=facts, internal=False, origins=origins)
    assert restated(page, facts, "index.html") == anew != page


# --- what is run again ---


def test_where_nothing_changed_nothing_is_run(copied):
    assert run(copied) == []


def test_a_changed_return_runs_only_what_it_makes_a_difference_to(copied):
    send(copied, "c", "2023-24", 187, lines=48)  # the same staff, more payments
    ran = run(copied)
    assert {"network_impact", "metric_detail of net_spend", "member_profile of c", "member_profile of a"} <= set(ran)
    assert "metric_detail of staff" not in ran
    assert "member_profile of b" not in ran  # which has no ledger


def test_a_changed_notebook_runs_for_all_that_it_is_for_and_no_other_does(copied):
    add_notebook(copied, "member_profile", "member", MEMBER_PAGE, "1 + 1")
    assert sorted(run(copied)) == [f"member_profile of {member}" for member in "abc"]


def test_other_releases_of_libraries_run_everything(copied, monkeypatch):
    monkeypatch.setattr("anchor_analysis.running.plan.version", lambda name: "0")
    assert len(run(copied)) > 10


# --- what is told while it runs, and of what fails ---


def test_progress_tells_what_is_running(copied):
    add_notebook(copied, "member_profile", "member", "1 + 1")
    told = []
    run(copied, progress=lambda step, done, total, what: told.append((step, done, what)))
    running = [what for step, _, what in told if step == "Notebooks" and what]
    assert running[0] == "member_profile of a, member_profile of b"
    assert told[-1][0] == "Publish and audit" and ("Notebooks", len(whole_jobs(copied)), "") in told


def whole_jobs(workspace: storage.Workspace) -> list[Path]:
    return list((workspace.processed("example") / "notebooks" / "2023-24").glob("*.ipynb"))


def failure(workspace: storage.Workspace, **how) -> str:
    before = {path: path.stat().st_mtime_ns for path in workspace.editions("example").rglob("*") if path.is_file()}
    with pytest.raises(UserError) as caught:
        run_network(workspace, "example", **{"workers": 2, "executor": ThreadPoolExecutor(2), **how})
    after = {path: path.stat().st_mtime_ns for path in workspace.editions("example").rglob("*") if path.is_file()}
    assert after == before  # nothing is published
    return str(caught.value)


def test_what_fails_is_named_by_notebook_parameters_and_cell_and_the_rest_runs(copied):
    add_notebook(copied, "member_profile", "member", "assert member != 'b'\nmember", "1 / (member != 'c')")
    said = failure(copied)
    assert "member_profile.ipynb: cell 3 stopped with AssertionError" in said
    assert "with member b, network example, year 2023/24" in said
    assert "cell 4 stopped with ZeroDivisionError" in said and "member c" in said
    kept = copied.processed("example") / "notebooks" / "2023-24"
    assert [path.name for path in sorted(kept.glob("failed-*"))] == [
        "failed-member_profile.b.ipynb", "failed-member_profile.c.ipynb",
    ]  # fmt: skip
    assert list(kept.glob("member_profile.a-*.html"))


def test_what_fails_alike_for_many_is_told_once(copied):
    add_notebook(copied, "metric_detail", "metric", "1 / 0", more="pages: metrics\n")
    said = failure(copied)
    assert said.count("ZeroDivisionError") == 1 and " more)" in said


def test_the_rows_that_an_error_speaks_of_are_named_and_its_value_is_not(copied):
    add_notebook(copied, "member_profile", "member", "{}['TX-a-00003'] if member == 'a' else 1")
    said = failure(copied)
    assert "a.2023-24, ledger.csv, row 5" in said and "TX-a-00003" not in said


@pytest.mark.parametrize(
    ("limit", "cells", "told"),
    [
        ("cell_seconds: 2", ["import time; time.sleep(600)"], "cell 3 took longer than its 2 seconds"),
        ("notebook_seconds: 5", ["import time"] + ["time.sleep(3)"] * 9, "the notebook took longer than its 5 seconds"),
    ],
)
def test_a_cell_or_a_notebook_that_takes_too_long_is_stopped(copied, limit, cells, told):
    add_notebook(copied, "member_profile", "member", *cells, more=f"{limit}\n")
    said = failure(copied)
    assert told in said and "in its .parameters.yaml allows more" in said


ENDS_ITS_RUNNER = """import os
above = lambda pid: int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
os.kill(above(os.getppid()), 9) if member == "b" else member"""


@pytest.mark.skipif(not forking.CAN_FORK, reason="the process above is found in /proc")
def test_a_process_that_dies_takes_no_other_notebook_with_it_and_leaves_nothing(copied, monkeypatch):
    temporary = storage.made(copied.root / "t")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    add_notebook(copied, "member_profile", "member", ENDS_ITS_RUNNER)
    said = failure(copied, executor=None)
    assert "the process that it ran in died" in said and ("member b" in said or "for b" in said)
    assert list((copied.processed("example") / "notebooks" / "2023-24").glob("member_profile.c-*.html"))
    assert left_of_this_run(copied) == []


def left_of_this_run(workspace: storage.Workspace) -> list[str]:
    """The processes that know of a workspace, apart from this one, after those that are ending have ended."""
    until = time.monotonic() + 60
    while (found := of_this_run(workspace)) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def of_this_run(workspace: storage.Workspace) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            told, command = path.read_bytes(), path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if b"resource_tracker" in command:  # Python's own, which ends with the process that opened a pool
            continue
        if str(workspace.root).encode() in told and path.parent.name != str(os.getpid()):
            found.append(path.parent.name)
    return found


def test_a_run_in_processes_of_its_own_leaves_none_of_them_and_no_file_of_a_kernel(copied, monkeypatch):
    temporary = storage.made(copied.root / "t")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    add_notebook(copied, "member_profile", "member", MEMBER_PAGE, "2")
    run_network(copied, "example", workers=2)
    assert left_of_this_run(copied) == []
    assert [path.name for path in temporary.iterdir() if path.name.startswith("anchor-kernel-")] == []
    assert not list(copied.root.rglob(".scratch-*"))


# --- what a schema may say ---


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("audience: public\nfor_each: metric", "has a parameter metric of that type"),
        ("audience: public\nfor_each: member", "has the audience member"),
        ("audience: member", "has the audience member"),
        ("audience: public\npages: ../elsewhere", "pages"),
        ("audience: public\ncell_seconds: 0", "cell_seconds"),
        ("audience: public\nfor_each: year", "for_each"),
        ("audience: public\nruns: twice", "runs"),
    ],
)
def test_a_schema_that_cannot_be_is_refused(tmp_path, said, told):
    storage.write_text(tmp_path / "x.parameters.yaml", f"title: T\n{said}\n")
    with pytest.raises(UserError, match=told):
        read_declared(NotebookSchema, tmp_path / "x.parameters.yaml")
