"""What is due: which years of which networks need a run, why each does or does not, and running those that do.

Nothing here decides for itself whether something has changed. A year is done where a run would find every step of it
done already, by the same keys of what goes into them (`plan`, `returns`, `results`, `slices`), and the edition that it
would make standing, audited. What the manifest names and what is remembered beside it only put that into words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, load_network
from anchor_analysis.locate import Geography
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import EditionFolder, edition_folders, status_of
from anchor_analysis.publish.reasons import changed
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.editioning import planned_before
from anchor_analysis.running.finding import Return, find_returns
from anchor_analysis.running.holding import hold
from anchor_analysis.running.pipeline import Made, Progress, RunResult, run_network, silent, unchanged
from anchor_analysis.running.pointing import left_unfinished, made_by
from anchor_analysis.running.references import geography_of, named_references
from anchor_analysis.running.results import Inputs, results_folder_of
from anchor_analysis.running.returns import processed_before
from anchor_analysis.telling import refusal

#: So many of what changed are named.
NAMED = 3


@dataclass(frozen=True)
class Standing:
    """How a network's year stands: whether it needs a run, and in words why, or why not."""

    network: str
    year: NetworkYear
    due: bool
    why: str


@dataclass(frozen=True)
class Outcome:
    """What became of a year that was due, or of a network that could not be looked at: what it made or what failed."""

    network: str
    year: NetworkYear | None
    result: RunResult | None = None
    error: Exception | None = None


#: Called with a network's year and how it stands, before it is run.
Tell = Callable[[Standing], None]


def run_due(
    workspace: storage.Workspace, names: Sequence[str], tell: Tell, progress: Progress = silent,
    workers: int | None = None,
) -> list[Outcome]:  # fmt: skip
    """Run every year of these networks that needs it, after telling of each whether and why; what became of those.

    What fails is among them, with its error, and keeps no other from its run. Nothing is released. Raises BusyError
    where another process does this for the same workspace.
    """
    with storage.locked(workspace.everything(), "a run of what is due"):
        return [outcome for name in names for outcome in _run_due(workspace, name, tell, progress, workers)]


def _run_due(
    workspace: storage.Workspace, name: str, tell: Tell, progress: Progress, workers: int | None
) -> Iterator[Outcome]:
    try:
        standings = look(workspace, name)
    except Exception as error:  # whatever keeps us from looking at one network is told, and the others come next
        yield Outcome(name, None, error=refusal(error) or error)
        return
    for standing in standings:
        tell(standing)
        if not standing.due:
            continue
        try:
            result = run_network(workspace, name, str(standing.year), progress, workers)
        except Exception as error:
            yield Outcome(name, standing.year, error=refusal(error) or error)
        else:
            yield Outcome(name, standing.year, result)


def look(workspace: storage.Workspace, name: str) -> list[Standing]:
    """How each year of a network stands that has an edition, and its latest; the oldest first.

    Nothing is read of returns but their bytes, and nothing is made. Raises UserError for what would keep a run from
    beginning, BusyError where somebody is at work on the network.
    """
    network = load_network(workspace, name)
    raw = workspace.raw(name)
    if not (raw.is_symlink() or storage.inside(raw) or edition_folders(workspace, name)):
        return [Standing(name, network.latest, False, "nothing was sent for any of its years yet")]
    with hold(workspace, network, "a look at what is due"):
        network = in_one_geography(network, workspace)
        geography = geography_of(network, workspace)
        returns = find_returns(network, workspace, geography, network.latest)
        newest = {edition.year: edition for edition in edition_folders(workspace, name)}
        years = sorted({network.latest, *(year for year in newest if year in network.all_years())})
        return [_Year(network, workspace, year, newest.get(year), returns, geography).standing() for year in years]


class _Year:
    """One year of a network, with the newest of its editions and the returns that would go into the next."""

    def __init__(
        self, network: Network, workspace: storage.Workspace, year: NetworkYear, newest: EditionFolder | None,
        returns: Sequence[Return], geography: Geography,
    ):  # fmt: skip
        self.network, self.workspace, self.year, self.newest = network, workspace, year, newest
        sent = [item for item in returns if item.year <= year]
        self.processed = processed_before(sent, network, workspace)
        self.folder = workspace.processed(network.id)
        self.inputs = Inputs(
            network, workspace, year, self.processed or sent, geography, named_references(network, workspace)
        )

    def standing(self) -> Standing:
        """Whether it is due, by the first that is known of why."""
        if not self.newest:
            if not any(item.year == self.year for item in self.inputs.returns):
                return self._not_due("nothing was sent for it yet")
            unfinished = left_unfinished(self.folder, self.year)
            return self._due([*([f"its last run {unfinished}"] if unfinished else []), "there is no edition of it yet"])
        status = status_of(self.workspace, self.newest)
        if reasons := [*self._of_last_run(status), *self._of_returns()]:
            return self._due(reasons)
        if status == "released" and self.year < self.network.latest:
            return self._not_due(f"{self.newest.revision} is released, and of the same returns")
        if reasons := [*self._of_manifest(), *self._of_steps()]:
            return self._due(reasons)
        return self._not_due(f"{self.newest.revision} ({status}) is made of just what is here")

    def _due(self, reasons: Sequence[str]) -> Standing:
        return Standing(self.network.id, self.year, True, "; ".join(reasons))

    def _not_due(self, why: str) -> Standing:
        return Standing(self.network.id, self.year, False, why)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the newest edition was made of."""
        return self.newest.manifest if self.newest else {}

    def _of_last_run(self, status: str) -> Iterator[str]:
        if unfinished := left_unfinished(self.folder, self.year):
            yield f"its last run {unfinished}"
        if self.newest and status in ("draft", "withdrawn"):
            yield f"{self.newest.revision} {'is withdrawn' if status == 'withdrawn' else 'has not passed its audit'}"

    def _of_returns(self) -> Iterator[str]:
        became = changed(self.manifest.get("returns", {}), self.inputs.hashes)
        yield from _few([f"the return of {name.replace('/', ' ')} {what}" for name, what in became.items()], "returns")

    def _of_manifest(self) -> Iterator[str]:
        """What went into the edition, by what its manifest says."""
        references = {one["id"]: one["sha256"] for one in self.inputs.references}
        became = changed(self.manifest.get("references", {}), references)
        yield from _few([f"the reference {name} {what}" for name, what in became.items()], "references")
        if self.manifest.get("definitions") != self.network.catalogue.key:
            yield "definitions changed"
        became = changed(self.manifest.get("environment", {}), storage.environment())
        yield from _few([f"the release of {name} {what}" for name, what in became.items()], "releases of libraries")

    def _of_steps(self) -> Iterator[str]:
        """The first step that a run would not find done, and what is remembered to be another since it was."""
        current = self.workspace.pointed_to(self.network.id, self.year.folder)
        was, now = current.get("made_by", {}), made_by(self.inputs)
        said = [f"{what} changed" for what in changed(was, now)] if was else []
        jobs = planned_before(self.inputs, results_folder_of(self.inputs)) if self.processed is not None else None
        if jobs is None:
            yield from said or ["what a run makes on its way is not here, or is of something else"]
        elif todo := [job.said for job in jobs if not job.is_done]:
            yield from [*said, *_few([f"the notebook {name} has to run" for name in todo], "notebooks")]
        else:
            made = Made(self.inputs, results_folder_of(self.inputs), jobs)
            if not unchanged(self.network, self.workspace, self.year, made.about["key"]):
                yield from said or ["its pages would be others"]


def _few(said: Sequence[str], kind: str) -> list[str]:
    """The first of what is to be said, and how many more there are."""
    more = len(said) - NAMED
    return [*said[:NAMED], *([f"so with {more} more {kind}"] if more > 0 else [])]


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """The worst of what became: a bug (1), a mistake (2), held for an answer (3), somebody at work (4), nothing (0)."""
    codes = [one.error.exit_code if isinstance(one.error, UserError) else 1 for one in outcomes if one.error]
    return min(codes, default=0)
