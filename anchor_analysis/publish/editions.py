"""The life of an edition: `<network>/<year>/r<n>`, draft, audited, released; what is released never changes."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, parse_year
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.ledger import ledger_of, released_in, withdrawn_in
from anchor_analysis.publish.schemas import SCHEMA, read_manifest

#: Files about an edition that are not part of it: their content may differ between equal editions.
OUTSIDE = ("manifest.json", "audit.json", "run.json", "signoff.json", "signoff.html", "ro-crate-metadata.json")

_REVISION = re.compile("r[1-9][0-9]{0,3}")

_AGAIN = "Run the edition again, or put a released one back from the archive."


@dataclass(frozen=True)
class EditionFolder:
    """One edition on disk."""

    network: str
    year: NetworkYear
    revision: str
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.network}/{self.year.folder}/{self.revision}"

    @property
    def manifest(self) -> dict[str, Any]:
        """What the edition is made of; empty where there is none that can be read.

        Raises UserError (AN065) for an edition of a later schema.
        """
        return read_manifest(self.folder, self.name)

    @property
    def facts(self) -> dict[str, Any]:
        return storage.read_json(self.folder / "edition.json")

    def audited(self) -> bool:
        """Whether the audit passed on just these files."""
        audit = storage.recalled(self.folder / "audit.json", passed=bool, edition_hash=str)
        return bool(audit.get("passed")) and audit.get("edition_hash") == self.manifest.get("edition_hash")


@dataclass(frozen=True)
class EditionContent:
    """What an edition holds and what it was made from; `manifest` is empty where nothing says that."""

    cells: pd.DataFrame
    facts: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.facts['network']} {self.facts['year']} {self.facts.get('revision') or 'draft'}"


def read_content(folder: Path) -> EditionContent:
    """The cells, facts and manifest of an edition's folder, in the form of today.

    Raises UserError (AN065) for an edition of a later schema.
    """
    manifest = read_manifest(folder)
    cells = storage.read_frame(folder / "cells.parquet")
    return EditionContent(cells, storage.read_json(folder / "edition.json"), manifest)


def edition_folders(workspace: storage.Workspace, network: str) -> list[EditionFolder]:
    """Every edition of a network that stands in outputs, oldest first.

    Raises UserError (AN003) for one in a folder that is not named as years are here, as a copy may be; PermissionError
    for one that may not be looked into.
    """
    places = [folder for year in storage.inside(workspace.editions(network)) for folder in storage.inside(year)]
    folders = [folder for folder in places if _REVISION.fullmatch(folder.name) and _has_manifest(folder)]
    found = [EditionFolder(network, year_of(folder), folder.name, folder) for folder in folders]
    return sorted(found, key=lambda edition: (edition.year, int(edition.revision[1:])))


def _has_manifest(folder: Path) -> bool:
    try:
        return (folder / "manifest.json").stat() is not None
    except (FileNotFoundError, NotADirectoryError):
        return False


def year_of(folder: Path) -> NetworkYear:
    """The year whose folder an edition's folder stands in; raises UserError (AN003) where that is named otherwise."""
    with suppress(UserError):
        year = parse_year(folder.parent.name)
        if year.folder == folder.parent.name:
            return year
    what = "this stands in a folder that is not named as years are here, such as 2023-24."
    remedy = "If it is a copy, move it out of outputs; if not, give the folder the name of its year again."
    raise UserError(Problem("AN003", storage.told(folder), what, remedy))


def status_of(workspace: storage.Workspace, edition: EditionFolder) -> str:
    """`withdrawn`, `released`, `audited` or `draft`."""
    entries, place = ledger_of(workspace, edition.network), (str(edition.year), edition.revision)
    if place in withdrawn_in(entries):
        return "withdrawn"
    if place in released_in(entries):
        return "released"
    return "audited" if edition.audited() else "draft"


def list_editions(workspace: storage.Workspace, network: str) -> pd.DataFrame:
    """One row per edition: year, revision, status, its hash and its folder within the workspace."""
    rows = [
        {
            "year": str(edition.year),
            "revision": edition.revision,
            "status": status_of(workspace, edition),
            "edition_hash": edition.manifest.get("edition_hash", ""),
            "folder": edition.folder.relative_to(workspace.root).as_posix(),
        }
        for edition in edition_folders(workspace, network)
    ]
    return pd.DataFrame(rows, columns=["year", "revision", "status", "edition_hash", "folder"])


def find_edition(workspace: storage.Workspace, network: str, year: str = "", revision: str = "") -> EditionFolder:
    """The edition of this year (or the latest) and revision (or the newest); raises UserError (AN008).

    One that is withdrawn is found only where its revision is named.
    """
    withdrawn = withdrawn_in(ledger_of(workspace, network))
    everything = edition_folders(workspace, network)
    found = [one for one in everything if revision or (str(one.year), one.revision) not in withdrawn]
    if year:
        found = [edition for edition in found if edition.year == parse_year(year)]
    if revision:
        found = [edition for edition in found if edition.revision == revision]
    if not found:
        wanted = " ".join(part for part in (network, year, revision) if part)
        there = ", ".join(_told(edition, withdrawn) for edition in everything) or "none"
        remedy = f"Run `anchor-analysis run {network}` first. There is: {there}."
        raise UserError(Problem("AN008", "", f"there is no edition {wanted}.", remedy))
    return found[-1]


def sealed_edition(workspace: storage.Workspace, network: str, year: str = "", revision: str = "") -> EditionFolder:
    """The edition that `find_edition` finds, to be read; raises UserError (AN040) where it is not as it was sealed."""
    edition = find_edition(workspace, network, year, revision)
    if faults := seal_faults(workspace, edition):
        raise UserError(faults)
    return edition


def _told(edition: EditionFolder, withdrawn: set[tuple[str, str]]) -> str:
    return f"{edition.name}{' (withdrawn)' if (str(edition.year), edition.revision) in withdrawn else ''}"


def next_revision(workspace: storage.Workspace, network: str, year: NetworkYear) -> str:
    """The revision that a draft of this year is: one after the last that was released."""
    released = released_in(ledger_of(workspace, network))
    return f"r{max((int(revision[1:]) for of, revision in released if of == str(year)), default=0) + 1}"


def write_manifest(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Write manifest.json: what went in, every file with its hash, and one hash of it all."""
    files = {
        path.relative_to(folder).as_posix(): storage.file_hash(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in OUTSIDE
    }
    manifest = about | {"schema": SCHEMA, "files": files}
    manifest["edition_hash"] = hash_of(manifest)
    storage.write_text(folder / "manifest.json", storage.to_json(manifest))
    return manifest


def hash_of(manifest: dict[str, Any]) -> str:
    """The one hash of all that a manifest says, of which the hash itself is no part."""
    return storage.text_hash(storage.to_json({k: v for k, v in manifest.items() if k != "edition_hash"}))


def manifest_problems(edition: EditionFolder) -> list[Problem]:
    """Problems with files that are not as the manifest says, are missing, or are not in it."""
    listed = edition.manifest.get("files", {})
    there = {
        path.relative_to(edition.folder).as_posix(): storage.file_hash(path)
        for path in edition.folder.rglob("*")
        if path.is_file() and path.name not in OUTSIDE
    }
    wrong = sorted(name for name in listed.keys() | there.keys() if listed.get(name) != there.get(name))
    remedy = f"{_AGAIN} No edition is edited by hand."
    return [Problem("AN040", f"{edition.name}/{name}", "is not as the manifest says.", remedy) for name in wrong]


def seal_faults(workspace: storage.Workspace, edition: EditionFolder) -> list[Problem]:
    """Files that are not as the manifest says, a manifest that was changed, an edition other than was released."""
    faults = manifest_problems(edition)
    stated = edition.manifest.get("edition_hash", "")
    if hash_of(edition.manifest) != stated:
        faults.append(Problem("AN040", f"{edition.name}/manifest.json", "is not as its own hash says.", _AGAIN))
    if entered_hash(workspace, edition) not in ("", stated):
        remedy = "Put the released edition back from the archive."
        faults.append(Problem("AN040", edition.name, "is not the edition that the ledger says was released.", remedy))
    return faults


def entered_hash(workspace: storage.Workspace, edition: EditionFolder) -> str:
    """The hash by which the ledger has an edition as released; blank where it has no entry of it."""
    of = (str(edition.year), edition.revision)
    entries = ledger_of(workspace, edition.network)
    return next((entry["edition_hash"] for entry in entries if (entry["year"], entry["revision"]) == of), "")


def released_faults(network: Network, workspace: storage.Workspace) -> list[Problem]:
    """What `seal_faults` finds of released editions in outputs; one that does not stand there at all has none."""
    places = sorted(released_in(ledger_of(workspace, network.id)))
    editions = [EditionFolder(network.id, parse_year(year), revision, Path()) for year, revision in places]
    folder = workspace.editions(network.id)
    standing = [replace(one, folder=folder / one.year.folder / one.revision) for one in editions]
    return [fault for one in standing if one.folder.is_dir() for fault in seal_faults(workspace, one)]


def archived(network: Network, edition: EditionFolder, root: Path) -> EditionFolder | None:
    """The copy of an edition in the archive that network.toml names, there or not; none if it names none."""
    if not network.about.archive:
        return None
    top = root / network.about.archive
    return replace(edition, folder=top.joinpath(edition.network, edition.year.folder, edition.revision))


def copy_to_archive(network: Network, edition: EditionFolder, root: Path) -> None:
    """Copy an edition to the archive that network.toml names, if it names one."""
    if copy := archived(network, edition, root):
        with storage.replacing(copy.folder) as folder:
            shutil.copytree(edition.folder, folder, dirs_exist_ok=True)
