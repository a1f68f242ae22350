"""A run: from raw returns to a draft edition that has passed its audit."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, load_network
from anchor_analysis.locate import Geography
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.assembling import assemble
from anchor_analysis.publish.editions import (
    EditionFolder,
    edition_folders,
    next_revision,
    released_faults,
    seal_faults,
    status_of,
)
from anchor_analysis.publish.ledger import ledger_problems
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.editioning import pages_of_no_edition, public_pages, run_notebooks
from anchor_analysis.running.finding import Return, find_returns
from anchor_analysis.running.holding import hold
from anchor_analysis.running.listing import list_on_page, listed, listed_on
from anchor_analysis.running.plan import Job, keys
from anchor_analysis.running.pointing import CODE, of_other_years, point_to, remembered
from anchor_analysis.running.references import geography_of, named_references
from anchor_analysis.running.results import Inputs, make_results
from anchor_analysis.running.returns import linked_suppliers, process_returns
from anchor_analysis.running.tracing import rows_named

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
    workspace: storage.Workspace, name: str, year: str = "", progress: Progress = silent, workers: int | None = None,
    executor: Executor | None = None,
) -> RunResult:  # fmt: skip
    """Make the draft edition of a network's year (its latest, if not given) and audit it.

    Nothing is done again for which nothing has changed. Earlier editions stay as they are until the new one is
    whole. So many `workers` are at work at once, processes of this machine; or files are read and notebooks run by an
    `executor` that is given, whose processes see the same folders. Raises UserError with everything that a person has
    to mend, HeldError where an answer is awaited.
    """
    network = load_network(workspace, name)
    chosen = network.year(year) if year else network.latest
    with hold(workspace, network, "a run"):
        _must_be_entered(network, workspace)
        with remembered(workspace.processed(name), chosen):
            network = in_one_geography(network, workspace)
            return _run(network, workspace, chosen, progress, workers, executor)


def _must_be_entered(network: Network, workspace: storage.Workspace) -> None:
    """A draft takes the next revision after the last in the ledger: it may not fall on one that stands as released.

    And what was released has to stand as it was: nothing is made beside an edition that readers no longer have.
    """
    if problems := [*ledger_problems(network, workspace), *released_faults(network, workspace)]:
        raise UserError(problems)


def _run(
    network: Network, workspace: storage.Workspace, year: NetworkYear, progress: Progress, workers: int | None,
    executor: Executor | None,
) -> RunResult:  # fmt: skip
    begun, started = datetime.now(UTC), time.monotonic()  # a clock may be put back meanwhile
    made = make(located(network, workspace, year, progress, workers, executor), progress, workers, executor)
    point_to(made.inputs, made.results)  # by which whoever audits the edition again finds what it was made from
    edition, fresh = _published(made, progress)
    _tidy(made)
    if fresh:
        took = {"started": begun.isoformat(), "seconds": round(time.monotonic() - started, 1)}
        storage.write_text(edition.folder / "run.json", storage.to_json(took))
    if not listed_on(workspace, network).is_file():
        list_on_page(workspace, network)
    return RunResult(edition, fresh, pages_of_no_edition(workspace.editions(network.id) / year.folder, made.jobs))


@dataclass(frozen=True)
class Made:
    """What an edition is put together from: what went in, the results of that, and the notebooks that were run."""

    inputs: Inputs
    results: Path
    jobs: list[Job]

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest says went into the edition."""
        inputs, public = self.inputs, keys(self.jobs)
        return {
            "returns": inputs.hashes,
            "references": {reference["id"]: reference["sha256"] for reference in inputs.references},
            "definitions": inputs.network.catalogue.key,
            "code": storage.code_hash(*CODE),
            "notebooks": public,
            "environment": storage.environment(),
            "results": inputs.key,
            "key": storage.text_hash(inputs.key, storage.to_json(public), storage.code_hash("publish")),
        }


def located(
    network: Network, workspace: storage.Workspace, year: NetworkYear, progress: Progress, workers: int | None = None,
    executor: Executor | None = None,
) -> Inputs:  # fmt: skip
    """What the results of a year are made from, with each return read, cleaned and located."""
    geography = geography_of(network, workspace)
    returns = find_returns(network, workspace, geography, year)
    if not returns:
        raise no_returns(network, year)
    returns = process(returns, network, workspace, geography, progress, workers, executor)
    return Inputs(network, workspace, year, returns, geography, named_references(network, workspace))


def make(inputs: Inputs, progress: Progress, workers: int | None = None, executor: Executor | None = None) -> Made:
    """Measure, compare and protect, and run the notebooks on what that gives; nothing that is done already."""
    progress("Measure, compare, protect", 0, 1, "")
    with rows_named({item.part: storage.table_files(item.located) for item in inputs.returns}):
        results = make_results(inputs)
    progress("Measure, compare, protect", 1, 1, "")
    return Made(inputs, results, run_notebooks(inputs, results, progress, workers, executor))


def no_returns(network: Network, year: NetworkYear, member: str = "<member>") -> UserError:
    """What to say where nothing has been sent."""
    what = f"{network.about.name} has no returns up to {year}."
    remedy = f"Put them into data/raw/{network.id}/{year.folder}/{member}/."
    return UserError(Problem("AN008", f"data/raw/{network.id}", what, remedy))


def process(
    returns: list[Return], network: Network, workspace: storage.Workspace, geography: Geography, progress: Progress,
    workers: int | None = None, executor: Executor | None = None,
) -> list[Return]:  # fmt: skip
    """Read, clean and locate returns, as `process_returns` does, and tell how far it is."""
    step, count = "Read, clean, locate", iter(range(1, len(returns) + 1))
    progress(step, 0, len(returns), "")

    def advance(what: str) -> None:
        progress(step, next(count), len(returns), what)

    return process_returns(returns, network, workspace, geography, advance, workers, executor)


def _published(made: Made, progress: Progress) -> tuple[EditionFolder, bool]:
    """The edition that holds these results: an earlier one that already does, or a new draft that is audited."""
    network, workspace, year = made.inputs.network, made.inputs.workspace, made.inputs.year
    about = made.about
    same = unchanged(network, workspace, year, about["key"])
    if same:
        progress("Publish and audit", 1, 1, "")
        return same, False
    from anchor_analysis.running.signing import audit_edition  # takes half a second

    progress("Publish and audit", 0, 1, "")
    if problems := ledger_problems(network, workspace):  # still, or a draft would take the place of what is released
        raise UserError(problems)
    revision = next_revision(workspace, network.id, year)
    edition = EditionFolder(network.id, year, revision, workspace.editions(network.id) / year.folder / revision)
    with listed(workspace, network):
        assemble(edition, made.results, public_pages(made.jobs), about, "draft")
        audit_edition(network, workspace, edition, [item.cleaned for item in made.inputs.returns], made.results)
    progress("Publish and audit", 1, 1, "")
    return edition, True


def unchanged(network: Network, workspace: storage.Workspace, year: NetworkYear, key: str) -> EditionFolder | None:
    """The newest edition of a year where it was made from the same and passed its audit, unless it is withdrawn.

    One that does not stand as it was sealed is none: a draft is made again.
    """
    of_year = [edition for edition in edition_folders(workspace, network.id) if edition.year == year]
    for edition in of_year[-1:]:
        same = edition.manifest.get("key") == key and status_of(workspace, edition) in ("audited", "released")
        if same and not seal_faults(workspace, edition):
            return edition
    return None


def _tidy(made: Made) -> None:
    """Remove what earlier runs made and no current one refers to; rows go when their raw return has gone."""
    network, workspace, returns = made.inputs.network, made.inputs.workspace, made.inputs.returns
    folder, canonical = workspace.processed(network.id), workspace.canonical(network.id)
    linked = linked_suppliers(returns, network, workspace, made.inputs.engine)
    for item in returns:
        storage.keep_only(item.cleaned.parent, [item.cleaned])
    others = of_other_years(workspace, network, made.inputs.year)  # of which none refers to rows that have gone
    for item in returns:
        storage.keep_only(item.places, [item.located, *others])
    for kind in ("cleaned", "located"):
        for of_member in [one for year in storage.inside(canonical / kind) for one in storage.inside(year)]:
            if not (workspace.raw(network.id) / of_member.parent.name / of_member.name).is_dir():
                storage.keep_only(of_member, [])
        if workspace.store:  # of runs before there was one
            storage.keep_only(folder / kind, [])
    storage.keep_only(folder / "linked", [*([linked] if linked else []), *others])
    storage.keep_only(made.results.parent, [made.results])
    notebooks = folder / "notebooks" / made.inputs.year.folder
    kept = [path for job in made.jobs for path in (job.notebook, job.page)]
    storage.keep_only(notebooks, [*kept, *map(storage.seal_of, kept)])
