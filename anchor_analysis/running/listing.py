"""The page beside a network's editions that lists them: the one that changes, since no edition does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.present.wording import day
from anchor_analysis.publish.editions import EditionFolder, edition_folders, seal_faults, status_of
from anchor_analysis.publish.ledger import Entry, ledger_of


def listed_on(workspace: storage.Workspace, network: Network) -> Path:
    """The page beside a network's editions that lists them."""
    return workspace.editions(network.id) / "index.html"


def list_on_page(workspace: storage.Workspace, network: Network) -> None:
    """Write `index.html` beside a network's editions anew: what stands, what was corrected, what was withdrawn.

    An edition that the ledger names and that no longer stands in outputs is listed without a link. Nothing is written
    where there is no edition, as it was sealed, whose facts could head the page.
    """
    folders = edition_folders(workspace, network.id)
    heads = next((one.facts for one in reversed(folders) if not seal_faults(workspace, one)), None)
    if heads is None:
        return
    from anchor_analysis.publish.index import render_editions  # takes more than a second

    entries = ledger_of(workspace, network.id)
    rows = list(_rows(workspace, folders, entries))
    page = render_editions(heads, rows)
    storage.write_text(listed_on(workspace, network), page)


@contextmanager
def listed(workspace: storage.Workspace, network: Network) -> Iterator[None]:
    """List the editions anew after what is done in between; where that is broken off, the next command does it."""
    storage.write_text(_to_list(workspace, network), "")
    yield
    list_if_left(workspace, network)


def list_if_left(workspace: storage.Workspace, network: Network) -> None:
    """List the editions anew where that is still to be done."""
    left = _to_list(workspace, network)
    if left.is_file():
        list_on_page(workspace, network)
        storage.remove(left)


def _to_list(workspace: storage.Workspace, network: Network) -> Path:
    return workspace.processed(network.id) / "unfinished" / "list"


def _rows(
    workspace: storage.Workspace, folders: Sequence[EditionFolder], entries: Sequence[Entry]
) -> Iterator[dict[str, str]]:
    standing = {(str(one.year), one.revision): one for one in folders}
    entered = {(entry["year"], entry["revision"]): entry for entry in entries if entry["kind"] == "released"}
    for year, revision in sorted({*standing, *entered}, key=lambda of: (of[0], int(of[1][1:]))):
        edition = standing.get((year, revision))
        status = status_of(workspace, edition) if edition else "released"
        later = any(of == year and int(one[1:]) > int(revision[1:]) for of, one in entered)
        yield {
            "year": year,
            "revision": revision,
            "href": f"{edition.year.folder}/{revision}/index.html" if edition else "",
            **_said(year, revision, status, later, entries),
        }


def _said(year: str, revision: str, status: str, later: bool, entries: Sequence[Entry]) -> dict[str, Any]:
    """The standing of an edition in a word, and since when and why."""
    about = [entry for entry in entries if (entry["year"], entry["revision"]) == (year, revision)]
    gone = next((entry for entry in about if entry["kind"] == "withdrawn"), None)
    if gone:
        return {"status": "withdrawn", "said": f"Since {day(gone['withdrawn'])}: {gone['reason']}"}
    released = next((entry for entry in about if entry["kind"] == "released"), None)
    if released is None:
        return {"status": status, "said": "Not released: figures may still change."}
    said = f"Released on {day(released['released'])} by the {released['released_by']}."
    return {"status": "corrected", "said": f"{said} Use the later revision."} if later else {
        "status": "released", "said": said,
    }  # fmt: skip
