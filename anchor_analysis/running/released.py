"""The releases of before, as what they tell bears on what a new edition may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.compare import FINDING_COLUMNS
from anchor_analysis.declared import Network, NetworkYear, parse_year
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import EditionContent, EditionFolder, archived, read_content, seal_faults
from anchor_analysis.publish.ledger import Entry

if TYPE_CHECKING:
    from anchor_analysis.protect import Released

#: A release: the year that it is of, and what it holds.
Told = tuple[NetworkYear, EditionContent]


def releases_of(network: Network, workspace: storage.Workspace, entries: Sequence[Entry]) -> list[Told]:
    """What released editions hold, those that some entries of the ledger are of.

    Raises UserError as `folders_of` does: what it told cannot be taken into account.
    """
    return [(year, read_content(folder)) for year, folder in folders_of(network, workspace, entries)]


def folders_of(
    network: Network, workspace: storage.Workspace, entries: Sequence[Entry]
) -> list[tuple[NetworkYear, Path]]:
    """Where released editions stand as they were released, those that some entries of the ledger are of.

    That is in outputs or, where one does not stand there as the ledger has it, in the archive. Raises UserError with
    each that stands so in neither: AN008 where it is gone, AN040 where it is another than was released.
    """
    found, missing = [], []
    for entry in entries:
        places = _places(network, workspace, entry)
        whole = next((place for place in places if not seal_faults(workspace, place)), None)
        if whole:
            found.append((whole.year, whole.folder))
        else:
            missing.append(_not_whole(network, workspace, entry, places))
    if missing:
        raise UserError(missing)
    return found


def released_before(
    releases: Sequence[Told], year: NetworkYear,
    compared: Callable[[NetworkYear], pd.DataFrame], returns: Mapping[str, str],
) -> list[Released]:  # fmt: skip
    """What releases tell, for protection; `compared` gives the findings of a year by today's returns.

    `returns` are the hashes of these by `member/year`, as a manifest has them, and tell whose changed since.
    Of a release of a later year nothing is compared: only the levels of years up to this one bear on it.
    """
    from anchor_analysis.protect import Released  # takes half a second

    findings: dict[NetworkYear, pd.DataFrame] = {}
    for of_year, _ in releases:
        if of_year not in findings:
            findings[of_year] = compared(of_year) if of_year <= year else pd.DataFrame(columns=FINDING_COLUMNS)
    return [
        Released(of_year, content.cells, findings[of_year], _moved(content.manifest.get("returns"), returns))
        for of_year, content in releases
    ]


def _moved(then: Mapping[str, str] | None, now: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The members whose return of a year changed, came or went; nobody where a release does not say what it had."""
    found: dict[str, set[str]] = {}
    for name in sorted(then.keys() | now.keys()) if then is not None else ():
        if then is not None and then.get(name) != now.get(name):
            member, _, year = name.rpartition("/")
            found.setdefault(str(parse_year(year)), set()).add(member)
    return {year: frozenset(members) for year, members in found.items()}


def cannot_be_kept(network: Network, unsafe: Sequence[str], released: Sequence[Told]) -> list[Problem]:
    """What is said where nothing that could be withheld keeps what must be kept; names, and no figure."""
    remedy = (
        "Have the member agree (networks/<id>/agreements.toml), bring the change out together with others, leave the "
        "metric out of what this edition declares, or correct it by a note without the figure."
    )
    before = "what was released before gives it away together with whatever this edition could show."
    what = before if released else "nothing that could be withheld keeps it from being worked out."
    return [Problem("AN051", f"{network.id}, {_said(name)}", what, remedy) for name in unsafe]


def _said(name: str) -> str:
    """What a number is of, for people: its metric and year, without a member or a group of few."""
    metric, year = [*name.split("#")[0].split(" less ")[0].split(":"), ""][:2]
    return f"{metric} {year}".strip()


def _places(network: Network, workspace: storage.Workspace, entry: Entry) -> list[EditionFolder]:
    """The folders in which a released edition stands: in outputs, and in the archive that network.toml names."""
    year, revision = parse_year(entry["year"]), entry["revision"]
    edition = EditionFolder(network.id, year, revision, workspace.editions(network.id) / year.folder / revision)
    places = [edition, archived(network, edition, workspace.root)]
    return [place for place in places if place and place.folder.is_dir()]


def _not_whole(
    network: Network, workspace: storage.Workspace, entry: Entry, places: Sequence[EditionFolder]
) -> Problem:
    name = f"{network.id}/{parse_year(entry['year']).folder}/{entry['revision']}"
    remedy = f"Put it back into outputs/{name} from a copy, or name the archive in network.toml."
    if not places:
        what = "it was released, and stands neither in outputs nor in an archive, so nobody can say what it gives away."
        return Problem("AN008", name, what, remedy)
    wrong = seal_faults(workspace, places[0])[0]
    what = f"it does not stand as it was released, so nobody can say what it gives away: {wrong.where} {wrong.what}"
    return Problem("AN040", name, what, remedy)
