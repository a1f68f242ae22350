"""A check: every return read and cleaned, and everything that is to be mended told at once."""

from __future__ import annotations

import re
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, load_network
from anchor_analysis.locate import Geography
from anchor_analysis.problems import UserError
from anchor_analysis.read import Checked, suggest_mappings, write_problem_workbook
from anchor_analysis.running.pipeline import Progress, no_returns, process, silent
from anchor_analysis.running.references import geography_of
from anchor_analysis.running.returns import Return, find_returns


def check_returns(
    workspace: storage.Workspace, name: str, year: str = "", progress: Progress = silent, *, member: str = "",
    to: Path | None = None,
) -> int:  # fmt: skip
    """Read and clean the returns of a network, and raise what is wrong with them; how many there are.

    `year` and `member` narrow what is looked at to the returns of one year, of one member. `to` names a workbook
    to which everything that is wrong is written before it is raised, or that there is nothing.
    """
    network, chosen, sender = _asked_for(workspace, name, year, member)
    returns, wrong = [], None
    with storage.locked(workspace.processed(name), "a check"):
        geography = geography_of(network, workspace)
        try:
            returns = _returns(network, workspace, geography, chosen, sender)
            process(returns, network, workspace, geography, progress)
        except UserError as error:
            wrong = error
    if not (returns or wrong):
        raise no_returns(network, chosen or network.latest, sender or "<member>")
    if to:
        years = str(chosen) if chosen else f"{network.first} to {network.latest}"
        write_problem_workbook(to, network, Checked(years, len(returns), wrong.problems if wrong else []))
        progress(f"Write {to.name}", 1, 1, "")
    if wrong:
        raise wrong
    return len(returns)


def suggest(workspace: storage.Workspace, name: str, year: str = "", member: str = "") -> list[Path]:
    """Draft a mapping for each file whose headers nobody knows, into the network's `mappings/drafts`; their paths.

    A draft is used by nothing: a person looks through it and moves it up into `mappings`.
    """
    network, chosen, sender = _asked_for(workspace, name, year, member)
    written = []
    with storage.locked(workspace.processed(name), "a check"):
        for item in _returns(network, workspace, geography_of(network, workspace), chosen, sender):
            for draft in suggest_mappings(item.folder, network, network.member(item.member)):
                words = "-".join(part for part in (item.member, Path(draft.file).stem, draft.sheet) if part)
                path = workspace.network(name) / "mappings" / "drafts" / f"{_plain(words)}.yaml"
                storage.write_text(path, draft.text)
                written.append(path)
    return written


def _asked_for(
    workspace: storage.Workspace, name: str, year: str, member: str
) -> tuple[Network, NetworkYear | None, str]:
    network = load_network(workspace, name)
    return network, network.year(year) if year else None, network.member(member).id if member else ""


def _plain(words: str) -> str:
    """A file's name of small letters, figures, - and _ only."""
    return re.sub(r"[^a-z0-9_-]+", "-", words.lower()).strip("-")[:80]


def _returns(
    network: Network, workspace: storage.Workspace, geography: Geography, year: NetworkYear | None, member: str
) -> list[Return]:
    found = find_returns(network, workspace, geography, year or network.latest, member)
    return [item for item in found if year in (None, item.year)]
