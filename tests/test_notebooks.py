"""Running notebooks: strict parameters, nothing published when one fails, no trace of the machine."""

from __future__ import annotations

import nbformat
import pytest

from anchor_analysis import storage
from anchor_analysis.problems import UserError
from anchor_analysis.running import run_network
from anchor_analysis.running.notebooks import NotebookSchema, checked_parameters
from tests.small_network import make_workspace

SCHEMA = NotebookSchema.model_validate(
    {
        "title": "Example",
        "audience": "public",
        "parameters": {
            "network": {"type": "network", "default": "demonstration", "description": "which"},
            "year": {"type": "year", "default": "2023/24", "description": "when"},
            "revision": {"type": "revision", "default": "", "description": "which one"},
        },
    }
)


def refusal(**given) -> str:
    with pytest.raises(UserError) as caught:
        checked_parameters("example", SCHEMA, given)
    return str(caught.value)


def test_an_unknown_parameter_is_refused_with_the_nearest():
    assert "Did you mean network" in refusal(netwrok="x")


@pytest.mark.parametrize(
    "given",
    [
        {"year": "2024"},
        {"year": 2023},
        {"network": "../other"},
        {"network": "x\nimport os"},
        {"revision": "latest"},
        {'year="2023/24"; import os #': "x"},
    ],
)
def test_a_parameter_of_another_form_is_refused(given):
    assert "AN00" in refusal(**given)


def test_all_that_is_wrong_is_told_at_once():
    said = refusal(year="2024", network="..", revision="x")
    assert all(f"parameter {name}" in said or "2024" in said for name in ("network", "revision"))


def test_defaults_are_filled_in():
    assert checked_parameters("example", SCHEMA, {"year": "2022/23"}) == {
        "network": "demonstration", "year": "2022/23", "revision": "",
    }  # fmt: skip


def write_notebook(workspace: storage.Workspace, name: str, source: str) -> None:
    cells = [
        nbformat.v4.new_code_cell('network = "example"', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    storage.write_text(workspace.notebooks / f"{name}.ipynb", nbformat.writes(notebook))
    schema = "title: T\naudience: internal\nparameters:\n  network: {type: network, description: which}\n"
    storage.write_text(workspace.notebooks / f"{name}.parameters.yaml", schema)


@pytest.mark.parametrize("source", ["1 / 0", "import os; os._exit(1)"])
def test_a_notebook_that_fails_is_named_and_nothing_is_published(tmp_path, source):
    workspace = make_workspace(tmp_path)
    for path in workspace.notebooks.iterdir():
        storage.remove(path)
    write_notebook(workspace, "good", "network")
    write_notebook(workspace, "wrong", source)
    with pytest.raises(UserError, match=r"wrong\.ipynb"):
        run_network(workspace, "example", workers=1)
    assert not list(workspace.editions("example").rglob("manifest.json"))
    assert list(workspace.processed("example").rglob("notebooks/*/good-*.ipynb"))


def test_a_kept_notebook_tells_nothing_of_the_machine(tmp_path):
    workspace = make_workspace(tmp_path)
    for path in workspace.notebooks.iterdir():
        storage.remove(path)
    write_notebook(workspace, "good", "network")
    run_network(workspace, "example", workers=1)
    kept = next(workspace.processed("example").rglob("good-*.ipynb"))
    assert str(tmp_path) not in storage.read_text(kept)
    assert "papermill" not in storage.read_text(kept)
