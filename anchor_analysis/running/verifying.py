"""Verifying an edition: it is made again beside the workspace, and held against what stands, thing by thing.

Nothing of the workspace is changed. Whatever ends a verification, what it made is removed; of one that is killed
outright, the next run removes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from anchor_analysis import storage
from anchor_analysis.audit.carriers import carried_by, faulty_sentences, misprinted, read_folder
from anchor_analysis.audit.claims import claim_faults
from anchor_analysis.declared import Network, load_network, parse_year
from anchor_analysis.declared.plain import not_plain
from anchor_analysis.present import Released
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.crate import CRATE
from anchor_analysis.publish.editions import EditionFolder, archived, find_edition, seal_faults, status_of
from anchor_analysis.running.comparing import MALFORMED, Part, compare_whole
from anchor_analysis.running.holding import hold
from anchor_analysis.running.pipeline import Progress, silent
from anchor_analysis.running.pointing import CODE
from anchor_analysis.running.references import named_references
from anchor_analysis.running.remaking import EDITION, RETURNS, Way, remake, way_of, workspace_beside

#: What is told of an edition that nothing can be made again for but from its own figures.
AGREEING = "statements that agree with the figures"

#: What of such an edition is made again; the rest would be held against itself.
_OF_FIGURES = ("tables", "sheets of the workbook")

_REVISION = re.compile("r[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class Verified:
    """What came of verifying an edition: from what it was made again, and each part with what differs.

    `gone` are the returns and references that are no longer here. `exact` says that the whole edition came out the
    same to the byte.
    """

    edition: EditionFolder
    status: str
    way: Way
    gone: tuple[str, ...]
    parts: tuple[Part, ...]
    exact: bool

    @property
    def holds(self) -> bool:
        """Whether nothing differs of what could be verified."""
        return not any(part.differing for part in self.parts if not part.told)


def verify_edition(
    workspace: storage.Workspace, name: str, year: str = "", revision: str = "", progress: Progress = silent,
    workers: int | None = None, against: Path | None = None,
) -> Verified:  # fmt: skip
    """Make an edition again from the inputs that are here, and compare; `against` is the folder of one from elsewhere.

    Of a network that is not in the workspace such an edition is held to its seals and against itself.

    Where returns are gone it is made from the most that is left, and `way` says what cannot be verified by that. Raises
    UserError where it cannot begin: AN002 and AN003 for an unknown network or year, AN008 where the edition or what was
    released before it is not here, AN011 where something else is at work on the network, AN040 for an edition whose
    manifest cannot be read; and as a run does, for returns that have faults now.
    """
    known = not against or workspace.network(name).is_dir()
    network = load_network(workspace, name) if known else None
    with _apart(workspace, name, network) as folder:
        edition = _sent_edition(against, name) if against else find_edition(workspace, name, year, revision)
        _must_be_readable(edition)
        inputs = [_returns(workspace, edition), _references(workspace, network, edition)]
        gone = tuple(one for part, _ in inputs for one in part)
        way = way_of(workspace, network, edition, gone) if network else EDITION
        beside = workspace_beside(workspace, network, edition, way, folder) if network else storage.Workspace(folder)
        kept = _archived(workspace, network, edition) if network and not against else []
        parts = [_seals(workspace, edition), *kept, *(part for _, part in inputs)]
        try:
            again = remake(workspace, edition, way, beside, progress, workers)
        except MALFORMED:
            if way is not EDITION:
                raise
            return Verified(
                edition, _status(workspace, edition, against), way, gone, (*parts, _at_odds(edition)), False
            )
        parts += _made_with(edition.manifest, again.about) if way is not EDITION else []
        if way is RETURNS:
            came = tuple(sorted(again.about["returns"].keys() - edition.manifest["returns"].keys()))
            parts += [Part("returns that came since", 0, came)] if came else []
        libraries = again.about.get("environment") == edition.manifest.get("environment")
        compared = compare_whole(edition.folder, again.folder, pictures=libraries)
        if way is EDITION:
            compared = [*(part for part in compared if part.what in _OF_FIGURES), _at_odds(edition)]
        parts += compared
        remade = storage.read_json(again.folder / "manifest.json")["edition_hash"]
        exact = way is not EDITION and remade == edition.manifest["edition_hash"]
    return Verified(edition, _status(workspace, edition, against), way, gone, tuple(parts), exact)


def _status(workspace: storage.Workspace, edition: EditionFolder, against: Path | None) -> str:
    return str(edition.manifest["status"]) if against else status_of(workspace, edition)


@contextmanager
def _apart(workspace: storage.Workspace, name: str, network: Network | None) -> Iterator[Path]:
    """A folder for what is made, beside what runs make, where rows of returns may lie; nothing is left of it."""
    processed = workspace.processed(name)
    missing = [folder for folder in (processed, *processed.parents) if not folder.is_dir()]
    who = "a verification"
    try:
        held = hold(workspace, network, who) if network else storage.locked(processed, who)
        with held, storage.scratch(processed) as scratch:
            yield scratch
    finally:
        for folder in missing:
            with suppress(OSError):  # unless somebody else has put something there
                folder.rmdir()


def _sent_edition(folder: Path, name: str) -> EditionFolder:
    """The edition in a folder that came from elsewhere; raises UserError (AN008, AN042)."""
    path = folder / "manifest.json"
    if not path.is_file():
        remedy = "Name the folder of an edition, the one that holds manifest.json and cells.parquet."
        raise UserError(Problem("AN008", folder.name, "there is no edition in this folder.", remedy))
    try:
        network, year, revision = str(storage.read_json(path)["edition"]).split("/")
    except MALFORMED:
        raise _unreadable(folder.name) from None
    if network != name:
        what = f"it is an edition of {network}, and not of {name}."
        raise UserError(Problem("AN042", folder.name, what, f"anchor-analysis edition verify {network} --against …"))
    if not _REVISION.fullmatch(revision):  # it names a folder of ours
        raise _unreadable(folder.name)
    return EditionFolder(network, parse_year(year), revision, folder.resolve())


def _must_be_readable(edition: EditionFolder) -> None:
    """Without its manifest and its facts nobody can say what an edition was made from."""
    try:
        made_from, facts = edition.manifest, edition.facts
        whole = all(isinstance(made_from[name], dict) for name in ("returns", "references", "files"))
        whole &= all(isinstance(made_from[name], str) for name in ("definitions", "edition_hash", "status"))
        whole &= isinstance(facts, dict)
        whole &= not_plain([made_from, facts]) is None
    except MALFORMED:
        whole = False
    if not whole:
        raise _unreadable(edition.name)


def _unreadable(name: str) -> UserError:
    remedy = "Put the edition back from the archive, or run it again."
    what = "its manifest.json or edition.json cannot be read, so nobody can say what it was made from."
    return UserError(Problem("AN040", name, what, remedy))


# --- what it was made from ---


def _returns(workspace: storage.Workspace, edition: EditionFolder) -> tuple[list[str], Part]:
    """The returns that are gone, and how those that are here stand to the hashes of then."""
    then: Mapping[str, str] = edition.manifest["returns"]
    now = {part: storage.folder_hash(path) for part, path in _sent(workspace, edition.network) if part in then}
    gone = sorted(then.keys() - now.keys())
    changed = tuple(f"{part} (changed)" for part in sorted(now) if now[part] != then[part])
    return gone, Part("returns", len(now) - len(changed), changed)


def _sent(workspace: storage.Workspace, network: str) -> Iterator[tuple[str, Path]]:
    """Each folder of a return, by `member/year` as manifests have it."""
    for year_folder in storage.inside(workspace.raw(network)):
        with suppress(UserError):  # a folder that is no year
            year = parse_year(year_folder.name).folder
            yield from ((f"{path.name}/{year}", path) for path in storage.inside(year_folder) if path.is_dir())


def _references(
    workspace: storage.Workspace, network: Network | None, edition: EditionFolder
) -> tuple[list[str], Part]:
    """The references that are gone, and how those that are here stand to the hashes of then."""
    then: Mapping[str, str] = edition.manifest["references"]
    try:
        now = {one["id"]: one["sha256"] for one in named_references(network, workspace)} if network else None
    except UserError:
        now = None
    if now is None:
        return [f"reference {name}" for name in sorted(then)], Part("references", 0)
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    return [], Part("references", len(then.keys() & now.keys() - set(changed)), tuple(changed))


def _made_with(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Part]:
    """Definitions, code and releases of libraries: that one is another is told, and makes no difference by itself."""
    said = "is another" if "code" in then else "is not named: nobody can say whether it is another"
    parts = [
        _told("definitions", then["definitions"] == now["definitions"], "are others than then"),
        _told("code of anchor_analysis", then.get("code") == storage.code_hash(*CODE), said),
    ]
    was = then.get("environment", {})
    others = tuple(f"{name} {was.get(name, 'none')}, now {one}" for name, one in storage.environment().items()
                   if was.get(name) != one)  # fmt: skip
    return [*parts, Part("releases of Python and libraries", len(storage.environment()) - len(others), others, True)]


def _told(what: str, same: bool, said: str) -> Part:
    return Part(what, int(same), () if same else (said,), told=True)


# --- whether it holds together ---


def _seals(workspace: storage.Workspace, edition: EditionFolder) -> Part:
    """Files against the manifest, the manifest against its own hash and the ledger, the crate against the files."""
    wrong = [f"{problem.where} {problem.what}" for problem in seal_faults(workspace, edition)]
    path = edition.folder / CRATE
    stated = _crated(path)
    wrong += [] if stated or not path.is_file() else [f"{CRATE} cannot be read."]
    for name, sealed in stated.items():
        file = edition.folder / name
        if not file.is_file() or (sealed and storage.file_hash(file) != sealed):
            wrong.append(f"{name} is not as {CRATE} says.")
    return Part("seals", len(edition.manifest["files"]), tuple(wrong))


def _archived(workspace: storage.Workspace, network: Network, edition: EditionFolder) -> list[Part]:
    """Whether the copy of a released edition stands in the archive as it was released; nothing without an archive."""
    copy = archived(network, edition, workspace.root)
    if copy is None or status_of(workspace, edition) not in ("released", "withdrawn"):
        return []
    wrong = ["it is gone"]
    if copy.folder.is_dir():
        wrong = [f"{problem.where} {problem.what}" for problem in seal_faults(workspace, copy)]
    return [Part("copy in the archive", int(not wrong), tuple(wrong))]


def _crated(path: Path) -> dict[str, str]:
    """The hash of each file that a crate lists, empty where it gives none; none where there is no crate to read."""
    try:
        graph = storage.read_json(path)["@graph"]
        stated = {one["@id"]: one.get("sha256", "") for one in graph if "File" in one["@type"]}
        return stated if all(map(_lies_inside, stated)) else {}
    except MALFORMED:
        return {}


def _lies_inside(name: str) -> bool:
    """Whether a file that an edition names is one of its own, and none of this machine."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name and ":" not in name


def _at_odds(edition: EditionFolder) -> Part:
    """Whether pages, claims, workbook and tables agree with the released cells, as the audit reads them."""
    try:
        known = Released(storage.read_frame(edition.folder / "cells.parquet"), edition.facts)
        pages = read_folder(edition.folder)
        carried = carried_by(edition.folder, known, pages)
        found = [
            *misprinted(carried.told, known),
            *claim_faults(edition.folder, pages),
            *faulty_sentences(edition.folder),
        ]
    except MALFORMED:
        return Part(AGREEING, 0, ("a file cannot be read",))
    return Part(AGREEING, len(carried.told) - len(found), tuple(f"{where} {what}" for where, what in found))
