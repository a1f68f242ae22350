"""What was revised: finding the two editions, making sure that both are whole, and holding them against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import NetworkYear, load_network, parse_year
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import (
    EditionContent,
    EditionFolder,
    edition_folders,
    find_edition,
    read_content,
    seal_faults,
    status_of,
)
from anchor_analysis.publish.ledger import ledger_of, released_in
from anchor_analysis.publish.revisions import cells_compared, compare_editions, headline_revisions
from anchor_analysis.publish.workbook import safe_csv
from anchor_analysis.running.handing_out import handed_out


@dataclass(frozen=True)
class Compared:
    """Two editions, each with its status and its content, and every released cell that differs between them.

    `revisions` has columns as `REVISION_COLUMNS`, `headlines` the rows of it that the first page shows; `same` counts
    the cells that do not differ.
    """

    before: EditionFolder
    after: EditionFolder
    statuses: tuple[str, str]
    contents: tuple[EditionContent, EditionContent]
    revisions: pd.DataFrame
    same: int

    @property
    def headlines(self) -> pd.DataFrame:
        return headline_revisions(self.revisions, *self.contents)


def compare_with_released(
    workspace: storage.Workspace, name: str, year: str = "", earlier: str = "", later: str = ""
) -> Compared:
    """The newest edition of a year (the latest, if not given) against the last that was released before it.

    That is the last released revision of the same year or, where there is none, of the latest year before; of two
    years only the periods that both hold are compared. `earlier` and `later` name other revisions, `r1` of the year
    or `2022-23/r1` of another one. Raises UserError: AN002 and AN003 for an unknown network or year, AN008 where an
    edition is not there or none was released, AN040 with every file that is not as its manifest says, AN042 for
    editions that cannot be compared.
    """
    load_network(workspace, name)
    after = _named(workspace, name, year, later)
    before = _named(workspace, name, str(after.year), earlier) if earlier else _released_before(workspace, after)
    faults = [fault for edition in dict.fromkeys((before, after)) for fault in seal_faults(workspace, edition)]
    if faults:
        raise UserError(faults)
    contents = (read_content(before.folder), read_content(after.folder))
    statuses = (status_of(workspace, before), status_of(workspace, after))
    revisions = compare_editions(*contents)
    return Compared(before, after, statuses, contents, revisions, cells_compared(*contents) - len(revisions))


def write_revisions(compared: Compared, to: Path) -> None:
    """Write every cell that differs as CSV; raises UserError (AN014) where the file cannot be written."""
    with handed_out(to):
        storage.write_text(to, safe_csv(compared.revisions))


def _named(workspace: storage.Workspace, name: str, year: str, revision: str) -> EditionFolder:
    """An edition by `r1` or `2022-23/r1`."""
    of_year, _, number = revision.rpartition("/")
    return find_edition(workspace, name, of_year or year, number)


def _released_before(workspace: storage.Workspace, after: EditionFolder) -> EditionFolder:
    """The last edition that was released before this one, of its year or of the latest year before."""
    place = _place(after)
    released = released_in(ledger_of(workspace, after.network))
    places = sorted((parse_year(year), int(revision[1:])) for year, revision in released)
    earlier = [one for one in places if one < place]
    if not earlier:
        what = f"no edition was released before {after.name}, so there is nothing to compare it with."
        command = f"anchor-analysis edition release {after.network} --by ROLE"
        remedy = f"Name a revision with --from, or release one with `{command}`."
        raise UserError(Problem("AN008", "", what, remedy))
    for edition in edition_folders(workspace, after.network):
        if _place(edition) == earlier[-1]:
            return edition
    year, number = earlier[-1]
    missing = f"{after.network}/{year.folder}/r{number}"
    remedy = f"Put it back, from the archive if network.toml names one, into outputs/{missing}."
    raise UserError(Problem("AN008", missing, "it was released, and its folder is not in outputs.", remedy))


def _place(edition: EditionFolder) -> tuple[NetworkYear, int]:
    return edition.year, int(edition.revision[1:])
