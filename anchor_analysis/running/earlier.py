"""What readers have already when an edition comes out, and what it was made from: for the audit."""

from __future__ import annotations

from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import EditionFolder
from anchor_analysis.publish.ledger import ledger_of
from anchor_analysis.running.released import folders_of


def earlier_releases(network: Network, workspace: storage.Workspace, edition: EditionFolder) -> list[Path]:
    """The folders of all other releases in the ledger, oldest first; raises UserError (AN008)."""
    own = (str(edition.year), edition.revision)
    entries = [entry for entry in ledger_of(workspace, network.id) if entry["kind"] == "released"]
    others = [entry for entry in entries if (entry["year"], entry["revision"]) != own]
    return [folder for _, folder in folders_of(network, workspace, others)]


def results_folder(workspace: storage.Workspace, network: Network, year: NetworkYear) -> Path:
    """The results that the last run of this year made; raises UserError (AN008) where there are none."""
    current = workspace.pointed_to(network.id, year.folder)
    found = workspace.processed(network.id) / current["results"] if current else None
    if found is None or not storage.is_there(found):
        what = (
            "the results that this edition was made from are not here whole, so nobody can tell what gives them away."
        )
        remedy = f"Run `anchor-analysis run {network.id} --year {year}` first."
        raise UserError(Problem("AN008", f"{network.id} {year}", what, remedy))
    return found
