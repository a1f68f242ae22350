"""A researcher's own copy of a notebook, to be worked in: the notebook itself stays as it is."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import find_edition
from anchor_analysis.running.notebooks import checked_parameters, find_notebooks

#: The notebook that is copied.
EXPLORE = "explore"

#: What keeps the folder of copies out of version control, wherever the workspace is: they may show rows of people.
_NEVER_COMMITTED = "# Copies of notebooks that people work in; what they show is not protected.\n*\n"


def copy_to_explore(workspace: storage.Workspace, network: str = "", year: str = "", today: str = "") -> Path:
    """A copy of `explore` that nobody has worked in, in the workspace's folder for that; where it is.

    With a network or a year its parameters are those, and it has no outputs, which are of others. A network without a
    year has that of its newest edition. Copies that somebody has worked in stay as they are. Raises UserError: AN002
    for no network, AN003 for no year, AN008 where the workspace has no such notebook.
    """
    import nbformat

    given = _given(workspace, network, year)
    known = find_notebooks(workspace)
    if EXPLORE not in known:
        remedy = "Run `anchor-analysis network init` here, which copies the notebooks that are not there."
        where = f"notebooks/{EXPLORE}.ipynb"
        raise UserError(Problem("AN008", where, "this notebook is not in the workspace.", remedy))
    source, schema = known[EXPLORE]
    notebook = nbformat.read(source, as_version=4)
    if given:
        _set_parameters(notebook, checked_parameters(EXPLORE, schema, given))
    text = nbformat.writes(notebook) + "\n"
    folder = storage.made(workspace.exploring())
    storage.write_text(folder / ".gitignore", _NEVER_COMMITTED)
    return _written(folder, today or date.today().isoformat(), text)


def _given(workspace: storage.Workspace, network: str, year: str) -> dict[str, str]:
    """The parameters that are asked for, each as it has to be."""
    if not network:
        return {"year": year} if year else {}
    declared = load_network(workspace, network)
    if year:
        return {"network": network, "year": str(declared.year(year))}
    try:
        newest = find_edition(workspace, network).year
    except UserError:  # nothing was run yet, which the notebook will say
        newest = declared.latest
    return {"network": network, "year": str(newest)}


def _set_parameters(notebook: Any, parameters: dict[str, str]) -> None:
    """Write the parameters into their cell, and take out what cells gave for others."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = "\n".join(f"{name} = {json.dumps(value)}" for name, value in parameters.items())


def _written(folder: Path, day: str, text: str) -> Path:
    """The first copy of the day that is not there yet, or that is there as it would be written."""
    number = 1
    while True:
        path = folder / f"{day}-{EXPLORE}{'' if number == 1 else f'-{number}'}.ipynb"
        if not path.exists():
            storage.write_text(path, text)
            return path
        if storage.read_text(path) == text:
            return path
        number += 1
