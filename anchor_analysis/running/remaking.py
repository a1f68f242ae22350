"""Making an edition once more in a workspace of its own, from the most that is still here of what it was made from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network, load_network, parse_year
from anchor_analysis.locate import Geography
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.assembling import assemble, standing_pages
from anchor_analysis.publish.editions import EditionFolder
from anchor_analysis.publish.ledger import LEDGER, Entry, ledger_of
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.editioning import public_pages, run_notebooks
from anchor_analysis.running.finding import Return
from anchor_analysis.running.pipeline import Progress, located, make
from anchor_analysis.running.references import geography_of, named_references
from anchor_analysis.running.released import folders_of
from anchor_analysis.running.releasing import render_as
from anchor_analysis.running.results import Inputs


@dataclass(frozen=True)
class Way:
    """From what an edition is made again, and what cannot be verified by that."""

    name: str
    said: str
    not_verified: str = ""


RETURNS = Way("returns", "from the returns")
CANONICAL = Way(
    "canonical", "from the canonical tables in data/processed, since returns are not here",
    "that these tables are what the returns say: reading, cleaning and placing were not done again.",
)  # fmt: skip
RESULTS = Way(
    "results", "from the results in data/processed, since what they were counted from is not here",
    "that the figures follow from returns: nothing was counted, compared or protected again.",
)  # fmt: skip
EDITION = Way(
    "edition", "from its own figures alone, since what they were made from is not here",
    "that the figures follow from returns, or the notebooks' outputs from the figures: nothing was run again.",
)  # fmt: skip


def way_of(workspace: storage.Workspace, network: Network, edition: EditionFolder, gone: Sequence[str]) -> Way:
    """From what an edition can be made again; `gone` are the returns and references that are no longer here."""
    if not gone:
        return RETURNS
    current = _current(workspace, edition)
    if not current:
        return EDITION
    folder, rows = workspace.processed(network.id), workspace.canonical(network.id)
    tables = [rows / name for kind in ("cleaned", "located") for name in current[kind]]
    if _has_references(workspace, network) and all(map(storage.is_there, tables)):
        return CANONICAL
    return RESULTS if storage.is_there(folder / current["results"]) else EDITION


def _current(workspace: storage.Workspace, edition: EditionFolder) -> dict[str, Any]:
    """What the last run of the year left, where that is what this edition was made from; else nothing."""
    current = workspace.pointed_to(edition.network, edition.year.folder)
    made_of = str(edition.manifest.get("results", ""))[:16]
    return current if current and Path(current["results"]).name == made_of else {}


def _has_references(workspace: storage.Workspace, network: Network) -> bool:
    try:
        named_references(network, workspace)
    except UserError:
        return False
    return True


def entries_before(workspace: storage.Workspace, edition: EditionFolder) -> list[Entry]:
    """The ledger as it was when an edition was made, by the releases that it says were before it.

    Raises UserError (AN008) where the ledger here does not have these.
    """
    entries = ledger_of(workspace, edition.network)
    told = [(one["year"], one["revision"]) for one in edition.facts.get("editions", [])]
    for number in range(len(entries) + 1):
        if [(one["year"], one["revision"]) for one in entries[:number] if one["kind"] == "released"] == told:
            return entries[:number]
    what = f"it was made after the release of {', '.join(map(' '.join, told))}, of which the ledger here does not tell."
    remedy = "Verify it where these stand: what an edition may show depends on what was released before it."
    raise UserError(Problem("AN008", edition.name, what, remedy))


def workspace_beside(
    workspace: storage.Workspace, network: Network, edition: EditionFolder, way: Way, root: Path
) -> storage.Workspace:
    """A workspace in `root` with everything that an edition is made from, and nothing that was made of it before.

    The network's own files are copied, with the ledger as it was; all else is only pointed at.
    """
    beside, name = storage.Workspace(root, store=workspace.store if way is CANONICAL else ""), network.id
    if way is EDITION:
        return beside
    entries = entries_before(workspace, edition)
    shutil.copytree(workspace.network(name), beside.network(name))
    ledger = beside.network(name) / LEDGER
    if ledger.is_file():
        head, *written = storage.read_text(ledger).split("[[editions]]")
        storage.write_text(ledger, "[[editions]]".join([head, *written[: len(entries)]]))
    _point(beside.notebooks, workspace.notebooks)
    _point(beside.reference(), workspace.reference())
    if way is RETURNS:
        _point(beside.raw(name), workspace.raw(name))
    if way is CANONICAL and not workspace.store:
        for kind in ("cleaned", "located"):
            _point(beside.processed(name) / kind, workspace.processed(name) / kind)
    storage.made(beside.processed(name))
    released = [entry for entry in entries if entry["kind"] == "released"]
    for year, folder in folders_of(network, workspace, released) if way in (RETURNS, CANONICAL) else []:
        _point(beside.editions(name) / year.folder / folder.name, folder)
    return beside


def _point(place: Path, target: Path) -> None:
    """Have a folder stand in another place too; copied where the system gives no links to folders."""
    if not target.is_dir():
        return
    storage.made(place.parent)
    try:
        os.symlink(target.resolve(), place, target_is_directory=True)
    except OSError:
        shutil.copytree(target, place)


@dataclass(frozen=True)
class Remade:
    """An edition as it was made again, and what its manifest says that it was made from."""

    folder: Path
    about: Mapping[str, Any]


def remake(
    workspace: storage.Workspace, edition: EditionFolder, way: Way, beside: storage.Workspace, progress: Progress,
    workers: int | None = None,
) -> Remade:  # fmt: skip
    """Make an edition again in the workspace `beside`, by the same code as a run; its audit is not repeated.

    Raises UserError as a run does, and ValueError where an edition that is made from itself contradicts itself.
    """
    again = EditionFolder(
        edition.network, edition.year, edition.revision,
        beside.editions(edition.network) / edition.year.folder / edition.revision,
    )  # fmt: skip
    status = str(edition.manifest.get("status", "draft"))
    about = {name: value for name, value in edition.manifest.items() if name not in ("files", "edition_hash")}
    if way is EDITION:
        assemble(again, edition.folder, standing_pages(edition, status), about, status)
        return Remade(again.folder, about)
    network = load_network(beside, edition.network)
    if way is RESULTS:
        inputs = Inputs(network, beside, edition.year, (), Geography(None, None, "", ""), ())
        results = workspace.processed(network.id) / _current(workspace, edition)["results"]
        jobs = run_notebooks(inputs, results, progress, workers)
    else:
        network = in_one_geography(network, beside)
        inputs = (
            located(network, beside, edition.year, progress, workers)
            if way is RETURNS
            else _of_canonical(network, workspace, beside, edition)
        )
        made = make(inputs, progress, workers)
        results, jobs, about = made.results, made.jobs, made.about
    assemble(again, results, public_pages(jobs), about, "draft")
    if status != "draft":
        render_as(again, status)
    return Remade(again.folder, about)


def _of_canonical(
    network: Network, workspace: storage.Workspace, beside: storage.Workspace, edition: EditionFolder
) -> Inputs:
    """What results are made from, where only the canonical tables of the returns are left."""
    folder, current = beside.canonical(network.id), _current(workspace, edition)
    hashes = edition.manifest["returns"]
    returns = []
    for cleaned, placed in zip(current["cleaned"], current["located"], strict=True):
        year, member, key = Path(placed).parts[-3:]
        returns.append(
            Return(member, parse_year(year), beside.raw(network.id) / year / member, folder / cleaned,
                   (folder / placed).parent, key, hashes.get(f"{member}/{year}", ""))
        )  # fmt: skip
    geography = geography_of(network, beside)
    return Inputs(network, beside, edition.year, returns, geography, named_references(network, beside))
