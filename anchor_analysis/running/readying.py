"""A release that is being made stands beside its draft, and takes its place when the ledger has the entry of it.

Until then nothing is released and the draft is untouched; from then on it is released, whatever comes. So whatever ends
a release, the next command knows from the ledger alone whether to finish or to undo it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import EditionFolder, archived, entered_hash, year_of
from anchor_analysis.publish.signoff import SIGNOFF_PAGE
from anchor_analysis.running.listing import list_on_page

#: The folder, beside the editions of a year, of the one that is being released.
READY = ".ready"


@contextmanager
def readied(workspace: storage.Workspace, network: Network, edition: EditionFolder) -> Iterator[EditionFolder]:
    """Where to put an edition together as released; it takes its place after what is done in between.

    That has to enter it in the ledger, as the last thing. Whatever goes wrong before leaves nothing of it. Raises
    UserError (AN014) where it is entered and cannot take its place; the next command has it take it.
    """
    try:
        yield replace(edition, folder=edition.folder.parent / READY / edition.revision)
    except BaseException:
        finish_releases(workspace, network)
        raise
    try:
        finish_releases(workspace, network)
    except OSError as error:
        what = f"it is released and entered, and cannot take its place ({error.strerror})."
        remedy = "See that its folder may be written to; the next command has it take its place."
        raise UserError(Problem("AN014", f"outputs/{edition.name}", what, remedy)) from None


def finish_releases(workspace: storage.Workspace, network: Network) -> None:
    """Put editions in their place that the ledger has as released, and remove what was readied and is not in it."""
    for ready in list(workspace.editions(network.id).glob(f"*/{READY}")):
        editions = [EditionFolder(network.id, year_of(ready), one.name, one) for one in ready.glob("r*")]
        undone = [edition for edition in editions if not entered_hash(workspace, edition)]
        for edition in undone:
            _take_from_archive(network, edition, workspace.root)
        for edition in editions:
            if edition.manifest.get("edition_hash") == entered_hash(workspace, edition):  # else it has taken its place
                _put_in_place(edition)
        if not undone:
            list_on_page(workspace, network)
        storage.discard(ready)


def _put_in_place(edition: EditionFolder) -> None:
    ready, year = edition.folder.parent, edition.folder.parent.parent
    internal = Path("internal") / SIGNOFF_PAGE
    if (ready / internal).is_file():
        storage.write_text(year / internal, storage.read_text(ready / internal))
    storage.put_in_place(edition.folder, year / edition.revision)


def _take_from_archive(network: Network, edition: EditionFolder, root: Path) -> None:
    """Remove the copy of an edition that was not released; nothing else that stands there."""
    copy = archived(network, edition, root)
    if copy is None:
        return
    storage.sweep(copy.folder.parent, below=False)
    if edition.manifest and copy.manifest == edition.manifest:
        storage.take_away(copy.folder)
