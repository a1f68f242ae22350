"""`lab` opens a copy of `explore`, and nobody's work is lost."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import nbformat
import pytest

from anchor_analysis import storage
from anchor_analysis.commands.demonstration import init_workspace
from anchor_analysis.problems import UserError
from anchor_analysis.running.exploring import copy_to_explore
from tests.small_network import write_settings


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    init_workspace(tmp_path)
    return write_settings(tmp_path)


def parameters(path) -> str:
    notebook = nbformat.read(path, as_version=4)
    [cell] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    return cell.source


def test_the_notebook_itself_stays_and_a_copy_is_opened(workspace, say, monkeypatch):
    opened: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: opened.append(command) or SimpleNamespace(returncode=0))
    before = storage.folder_hash(workspace.notebooks)
    code, printed = say("lab", "--network", "example", "--year", "2022/23")
    [copy] = workspace.exploring().glob("*.ipynb")
    assert code == 0 and f"explore/{copy.name}" in printed and str(copy) in opened[0]
    assert storage.folder_hash(workspace.notebooks) == before
    assert parameters(copy).splitlines()[:2] == ['network = "example"', 'year = "2022/23"']


def test_a_copy_that_somebody_worked_in_stays_and_one_that_nobody_did_is_opened_again(workspace):
    first = copy_to_explore(workspace, today="2024-09-30")
    assert first.name == "2024-09-30-explore.ipynb" and copy_to_explore(workspace, today="2024-09-30") == first
    storage.write_text(first, "mine")
    assert copy_to_explore(workspace, today="2024-09-30").name == "2024-09-30-explore-2.ipynb"
    assert storage.read_text(first) == "mine"


def test_a_copy_for_another_network_has_no_outputs_of_the_demonstration(workspace):
    as_it_is = nbformat.read(copy_to_explore(workspace), as_version=4)
    others = nbformat.read(copy_to_explore(workspace, "example"), as_version=4)
    assert any(cell.get("outputs") for cell in as_it_is.cells)
    assert not any(cell.get("outputs") for cell in others.cells)
    assert 'year = "2023/24"' in parameters(copy_to_explore(workspace, "example"))


def test_what_is_no_network_and_no_year_is_refused_before_anything_opens(workspace, say):
    code, printed = say("lab", "--network", "exampel")
    assert code == 2 and "Did you mean example?" in printed
    with pytest.raises(UserError, match="2030/31"):
        copy_to_explore(workspace, "example", "2030/31")
    with pytest.raises(UserError, match="AN003"):
        copy_to_explore(workspace, "", 'x"; print(1)')
    assert not list(workspace.exploring().glob("*.ipynb"))


def test_copies_are_in_no_commit(workspace):
    copy_to_explore(workspace)
    subprocess.run(["git", "init", "-q"], cwd=workspace.root, check=True)
    told = subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=workspace.root, capture_output=True, text=True)
    assert "explore.ipynb" in told.stdout and "?? explore/" not in told.stdout
