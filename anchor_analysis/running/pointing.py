"""What is remembered of a year's runs beside what they made: its results, what they are of, a run that did not end.

`current/<year>.json` says which results are the year's and from which folders they come, `unfinished/<year>.json` that
its last run failed, and with which codes; it is not there where that worked. Neither has a value of any row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from anchor_analysis import storage, telling
from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.running.finding import CLEAN_CODE, LOCATE_CODE
from anchor_analysis.running.plan import NOTEBOOKS_CODE
from anchor_analysis.running.results import RESULTS_CODE, Inputs
from anchor_analysis.running.returns import linked_suppliers

#: All code that an edition comes from: the rooms and files that any step of a run depends on.
CODE = tuple(sorted({*CLEAN_CODE, *LOCATE_CODE, *RESULTS_CODE, *NOTEBOOKS_CODE}))


def point_to(inputs: Inputs, results: Path) -> None:
    """Remember which results are the year's, for `open_network`, and by what else than returns they were made."""
    folder = inputs.workspace.processed(inputs.network.id)
    canonical = len(inputs.workspace.canonical(inputs.network.id).parts)
    linked = linked_suppliers(inputs.returns, inputs.network, inputs.workspace, inputs.engine)
    content = {
        "results": results.relative_to(folder).as_posix(),
        "cleaned": ["/".join(item.cleaned.parts[canonical:]) for item in inputs.returns],
        "located": ["/".join(item.located.parts[canonical:]) for item in inputs.returns],
        "linked": [linked.relative_to(folder).as_posix()] if linked else [],
        "made_by": made_by(inputs),
    }
    storage.write_text(inputs.workspace.pointer(inputs.network.id, inputs.year.folder), storage.to_json(content))


def made_by(inputs: Inputs) -> dict[str, str]:
    """Hashes of what decides besides what manifests name, each by what a person calls it."""
    entries = [f"{entry['year']} {entry['revision']} {entry['edition_hash']}" for entry in inputs.releases]
    return {
        "the network's settings": storage.text_hash(inputs.network.model_dump_json(exclude={"folder", "definitions"})),
        "the code of anchor_analysis": storage.code_hash(*CODE),
        "what was released before": storage.text_hash(*entries),
    }


def cleaned_folders(workspace: storage.Workspace, network: Network, year: NetworkYear) -> list[Path]:
    """The folders of canonical tables that the last run of this year was made from.

    Raises UserError (AN008) where they no longer stand: an audit that cannot look finds nothing.
    """
    folder = workspace.canonical(network.id)
    found = [folder / name for name in workspace.pointed_to(network.id, year.folder).get("cleaned", [])]
    if not found or not all(map(storage.is_there, found)):
        what = "the canonical tables that it was made from are not all here whole, so nobody can look for what leaked."
        remedy = f"Run `anchor-analysis run {network.id} --year {year}` first."
        raise UserError(Problem("AN008", f"{network.id} {year}", what, remedy))
    return found


def of_other_years(workspace: storage.Workspace, network: Network, year: NetworkYear) -> list[Path]:
    """Where rows were located and suppliers linked for other years' results, of which all canonical tables stand.

    What was made from a return that has been replaced is not among them: its rows go with it.
    """
    folder, rows, found = workspace.processed(network.id), workspace.canonical(network.id), []
    for pointer in sorted((folder / "current").glob("*.json")):
        content = workspace.pointed_to(network.id, pointer.stem)
        if pointer.stem != year.folder and all(storage.is_there(rows / name) for name in content.get("cleaned", [])):
            found += [rows / name for name in content.get("located", [])]
            found += [folder / name for name in content.get("linked", [])]
    return found


@contextmanager
def remembered(folder: Path, year: NetworkYear) -> Iterator[None]:
    """Remember of a run of this year that it did not end well, until one does; `folder` is the network's."""
    record = _unfinished(folder, year)
    storage.write_text(record, storage.to_json({"said": "was broken off"}))
    try:
        yield
    except Exception as error:
        with suppress(OSError):  # a full disk takes no record either, and then what is told is what it broke off
            storage.write_text(record, storage.to_json({"said": _how_it_failed(error)}))
        raise
    storage.remove(record)


def _how_it_failed(error: Exception) -> str:
    known = error if isinstance(error, UserError) else telling.refusal(error)
    if known is None:
        return "failed by a bug"
    codes = ", ".join(sorted({problem.code for problem in known.problems}))
    return f"{'is held for an answer' if isinstance(known, HeldError) else 'failed'} ({codes})"


def left_unfinished(folder: Path, year: NetworkYear) -> str:
    """What became of the last run of this year, if it did not end well: `failed (AN041)`."""
    record = _unfinished(folder, year)
    return str(storage.recalled(record, said=str).get("said", "was broken off")) if record.is_file() else ""


def _unfinished(folder: Path, year: NetworkYear) -> Path:
    return folder / "unfinished" / f"{year.folder}.json"
