"""A run: from raw returns to a draft edition that has passed its audit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, load_network
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import Geography
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.assembling import assemble
from anchor_analysis.publish.editions import EditionFolder, edition_folders, next_revision, status_of
from anchor_analysis.publish.ledger import ledger_problems
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.listing import list_on_page
from anchor_analysis.running.notebooks import NotebookJob, checked_parameters, find_notebooks, run_notebook
from anchor_analysis.running.references import geography_of, named_references
from anchor_analysis.running.results import Inputs, make_results
from anchor_analysis.running.returns import Return, find_returns, linked_suppliers, open_pool, process_returns
from anchor_analysis.running.signing import audit_edition
from anchor_analysis.running.tracing import rows_named, tables

#: Called with the name of a step, how far it is, of how much, and what is at hand.
Progress = Callable[[str, int, int, str], None]


@dataclass(frozen=True)
class RunResult:
    """What a run made: the edition, and whether anything had to be done for it."""

    edition: EditionFolder
    fresh: bool
    internal: list[Path] = field(default_factory=list)


def silent(step: str, done: int, total: int, what: str) -> None:
    """Tell nobody how far it is."""


def run_network(
    workspace: storage.Workspace, name: str, year: str = "", progress: Progress = silent, workers: int | None = None
) -> RunResult:
    """Make the draft edition of a network's year (its latest, if not given) and audit it.

    Nothing is done again for which nothing has changed. Earlier editions stay as they are until the new one is
    whole. Raises UserError with everything that a person has to mend, HeldError where an answer is awaited.
    """
    network = load_network(workspace, name)
    chosen = network.year(year) if year else network.latest
    with storage.locked(workspace.processed(name), "a run"):
        _must_be_entered(network, workspace)
        network = in_one_geography(network, workspace)
        return _run(network, workspace, chosen, progress, workers or os.cpu_count() or 1)


def _must_be_entered(network: Network, workspace: storage.Workspace) -> None:
    """A draft takes the next revision after the last in the ledger: it may not fall on one that stands as released."""
    if problems := ledger_problems(network, workspace):
        raise UserError(problems)


def _run(
    network: Network, workspace: storage.Workspace, year: NetworkYear, progress: Progress, workers: int
) -> RunResult:
    begun = time.time()
    for folder in (workspace.processed(network.id), workspace.editions(network.id)):
        storage.sweep(folder)
    returns, inputs = _located(network, workspace, year, progress, workers)
    progress("Measure, compare, protect", 0, 1, "")
    with rows_named({item.part: tables(item.located) for item in returns}):
        results = make_results(inputs)
    progress("Measure, compare, protect", 1, 1, "")
    executed = _run_notebooks(network, workspace, year, results, progress, workers)
    about = _about(inputs, executed)
    edition, fresh = _published(network, workspace, year, results, executed, about, returns, progress)
    _point_to(workspace, network, year, results, returns)
    _tidy(workspace, network, year, returns, results, executed)
    if fresh:
        took = {"started": datetime.fromtimestamp(begun, UTC).isoformat(), "seconds": round(time.time() - begun, 1)}
        storage.write_text(edition.folder / "run.json", storage.to_json(took))
        list_on_page(workspace, network)
    return RunResult(edition, fresh, _internal_pages(workspace, network, year, results, executed))


def _located(
    network: Network, workspace: storage.Workspace, year: NetworkYear, progress: Progress, workers: int
) -> tuple[list[Return], Inputs]:
    geography = geography_of(network, workspace)
    returns = find_returns(network, workspace, geography, year)
    if not returns:
        raise no_returns(network, year)
    returns = process(returns, network, workspace, geography, progress, workers)
    return returns, Inputs(network, workspace, year, returns, geography, named_references(network, workspace))


def no_returns(network: Network, year: NetworkYear, member: str = "<member>") -> UserError:
    """What to say where nothing has been sent."""
    what = f"{network.about.name} has no returns up to {year}."
    remedy = f"Put them into data/raw/{network.id}/{year.folder}/{member}/."
    return UserError(Problem("AN008", f"data/raw/{network.id}", what, remedy))


def process(
    returns: list[Return], network: Network, workspace: storage.Workspace, geography: Geography, progress: Progress,
    workers: int | None = None,
) -> list[Return]:  # fmt: skip
    """Read, clean and locate returns, as `process_returns` does, and tell how far it is."""
    step, count = "Read, clean, locate", iter(range(1, len(returns) + 1))
    progress(step, 0, len(returns), "")

    def advance(what: str) -> None:
        progress(step, next(count), len(returns), what)

    return process_returns(returns, network, workspace, geography, advance, workers)


@dataclass(frozen=True)
class Executed:
    """A notebook that has run."""

    name: str
    title: str
    audience: str
    path: Path
    key: str


def _run_notebooks(
    network: Network, workspace: storage.Workspace, year: NetworkYear, results: Path, progress: Progress, workers: int
) -> list[Executed]:
    """Run every notebook of the workspace whose inputs have changed; raise what failed only after all have run."""
    found, folder = find_notebooks(workspace), workspace.processed(network.id) / "notebooks" / year.folder
    code = storage.code_hash("present", "publish", "running", "compare", "doors.py")
    executed, todo = [], []
    for name, (path, schema) in found.items():
        given = {"network": network.id, "year": str(year)}
        parameters = checked_parameters(name, schema, {k: v for k, v in given.items() if k in schema.parameters})
        about = schema.model_dump_json()
        key = storage.text_hash(results.name, storage.file_hash(path), about, storage.to_json(parameters), code)
        item = Executed(name, schema.title, schema.audience, folder / f"{name}-{key[:16]}.ipynb", key)
        executed.append(item)
        if not item.path.is_file():
            todo.append((item, NotebookJob(name, path, schema, parameters)))
    progress("Notebooks", len(executed) - len(todo), len(executed), "")
    _run_jobs(todo, results, workspace, folder, progress, len(executed), workers)
    return executed


def _run_jobs(
    todo: list[tuple[Executed, NotebookJob]], results: Path, workspace: storage.Workspace, folder: Path,
    progress: Progress, total: int, workers: int,
) -> None:  # fmt: skip
    if not todo:
        return
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[Problem] = []
    done = total - len(todo)
    with open_pool(min(workers, len(todo))) as pool:
        jobs = {pool.submit(_run_job, item, job, results, workspace.root): item for item, job in todo}
        for finished in as_completed(jobs):
            try:
                finished.result()
            except UserError as error:
                problems += error.problems
            done += 1
            progress("Notebooks", done, total, jobs[finished].name)
    if problems:
        raise UserError(problems)


def _run_job(item: Executed, job: NotebookJob, results: Path, root: Path) -> None:
    running = item.path.with_name(f"failed-{item.name}.ipynb")
    run_notebook(job, results, running, root)
    running.replace(item.path)


def _about(inputs: Inputs, executed: list[Executed]) -> dict[str, Any]:
    """What the manifest says went into the edition."""
    public = {item.name: item.key for item in executed if item.audience == "public"}
    return {
        "returns": inputs.hashes,
        "references": {reference["id"]: reference["sha256"] for reference in inputs.references},
        "definitions": inputs.network.catalogue.key,
        "notebooks": public,
        "environment": storage.environment(),
        "results": inputs.key,
        "key": storage.text_hash(inputs.key, storage.to_json(public), storage.code_hash("publish")),
    }


def _published(
    network: Network, workspace: storage.Workspace, year: NetworkYear, results: Path, executed: list[Executed],
    about: dict[str, Any], returns: list[Return],
    progress: Progress,
) -> tuple[EditionFolder, bool]:  # fmt: skip
    """The edition that holds these results: an earlier one that already does, or a new draft that is audited."""
    same = _unchanged(network, workspace, year, about["key"])
    if same:
        progress("Publish and audit", 1, 1, "")
        return same, False
    progress("Publish and audit", 0, 1, "")
    revision = next_revision(workspace, network.id, year)
    edition = EditionFolder(network.id, year, revision, workspace.editions(network.id) / year.folder / revision)
    public = {item.name: (item.title, item.path) for item in executed if item.audience == "public"}
    assemble(edition, results, public, about, "draft")
    audit_edition(network, workspace, edition, [item.cleaned for item in returns], results)
    progress("Publish and audit", 1, 1, "")
    return edition, True


def _unchanged(network: Network, workspace: storage.Workspace, year: NetworkYear, key: str) -> EditionFolder | None:
    """The newest edition of a year where it was made from the same and passed its audit, unless it is withdrawn."""
    of_year = [edition for edition in edition_folders(workspace, network.id) if edition.year == year]
    for edition in of_year[-1:]:
        if edition.manifest.get("key") == key and status_of(workspace, edition) in ("audited", "released"):
            return edition
    return None


def cleaned_folders(workspace: storage.Workspace, network: Network, year: NetworkYear) -> list[Path]:
    """The folders of canonical tables that the last run of this year was made from.

    Raises UserError (AN008) where they no longer stand: an audit that cannot look finds nothing.
    """
    folder = workspace.processed(network.id)
    pointer = folder / "current" / f"{year.folder}.json"
    named = storage.read_json(pointer)["cleaned"] if pointer.is_file() else []
    found = [folder / name for name in named]
    if not found or not all(path.is_dir() for path in found):
        what = (
            "the canonical tables that this edition was made from are not all here, so nobody can look for what leaked."
        )
        remedy = f"Run `anchor-analysis run {network.id} --year {year}` first."
        raise UserError(Problem("AN008", f"{network.id} {year}", what, remedy))
    return found


def _internal_pages(
    workspace: storage.Workspace, network: Network, year: NetworkYear, results: Path, executed: list[Executed]
) -> list[Path]:
    """Pages for the analyst, watermarked, beside the editions and in none."""
    import nbformat

    from anchor_analysis.publish.pages import render_page

    facts = storage.read_json(results / "edition.json") | {"revision": "", "status": "internal"}
    paths = []
    for item in executed:
        if item.audience == "internal":
            path = workspace.editions(network.id) / year.folder / "internal" / f"{item.name}.html"
            notebook = nbformat.read(item.path, as_version=4)
            storage.write_text(path, render_page(notebook, title=item.title, facts=facts, internal=True))
            paths.append(path)
    return paths


def _point_to(
    workspace: storage.Workspace, network: Network, year: NetworkYear, results: Path, returns: list[Return]
) -> None:
    """Remember which results are the year's, for `open_network`."""
    folder = workspace.processed(network.id)
    content = {
        "results": results.relative_to(folder).as_posix(),
        "cleaned": [item.cleaned.relative_to(folder).as_posix() for item in returns],
        "located": [item.located.relative_to(folder).as_posix() for item in returns],
    }
    storage.write_text(folder / "current" / f"{year.folder}.json", storage.to_json(content))


def _tidy(
    workspace: storage.Workspace, network: Network, year: NetworkYear, returns: list[Return], results: Path,
    executed: list[Executed],
) -> None:  # fmt: skip
    """Remove what earlier runs made and no current one refers to; rows go when their raw return has gone."""
    folder = workspace.processed(network.id)
    for item in returns:
        storage.keep_only(item.cleaned.parent, [item.cleaned])
        storage.keep_only(item.places, [item.located])
    for of_year in [*folder.glob("cleaned/*/*"), *folder.glob("located/*/*")]:
        if not (workspace.raw(network.id) / of_year.name / of_year.parent.name).is_dir():
            storage.keep_only(of_year, [])
    linked = linked_suppliers(returns, network, workspace, open_engine())
    storage.keep_only(folder / "linked", [linked] if linked else [])
    storage.keep_only(results.parent, [results])
    storage.keep_only(folder / "notebooks" / year.folder, [item.path for item in executed])
