"""What readers have already when an edition comes out, and what it was made from: for the audit."""

from __future__ import annotations

from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, parse_year
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import EditionFolder, ledger_of


def earlier_releases(
    network: Network, workspace: storage.Workspace, edition: EditionFolder
) -> tuple[list[Path], list[Problem]]:
    """The folders of all other releases in the ledger, oldest first, and problems with those that are nowhere."""
    found, missing = [], []
    for entry in ledger_of(workspace, network.id):
        year = parse_year(entry["year"])
        if (year, entry["revision"]) == (edition.year, edition.revision):
            continue
        inside = Path(year.folder) / entry["revision"]
        places = [workspace.editions(network.id) / inside]
        if network.about.archive:
            places.append(workspace.root / network.about.archive / network.id / inside)
        there = [place for place in places if (place / "cells.parquet").is_file()]
        if there:
            found.append(there[0])
        else:
            what = "is released, and neither in outputs nor in the archive, so nobody can tell what it gives away."
            remedy = "Put the released edition back where the ledger has it."
            missing.append(Problem("AN040", f"{network.id}/{inside.as_posix()}", what, remedy))
    return found, missing


def results_folder(workspace: storage.Workspace, network: Network, year: NetworkYear) -> Path:
    """The results that the last run of this year made; raises UserError (AN008) where there are none."""
    folder = workspace.processed(network.id)
    pointer = folder / "current" / f"{year.folder}.json"
    found = folder / storage.read_json(pointer)["results"] if pointer.is_file() else None
    if found is None or not found.is_dir():
        what = "the results that this edition was made from are not here, so nobody can tell what gives them away."
        remedy = f"Run `anchor-analysis run {network.id} --year {year}` first."
        raise UserError(Problem("AN008", f"{network.id} {year}", what, remedy))
    return found
