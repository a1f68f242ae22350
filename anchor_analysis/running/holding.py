"""Holding a network for one piece of work, after what a killed command left of it is undone or finished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.declared.loading import must_write_inside
from anchor_analysis.running.listing import list_if_left
from anchor_analysis.running.readying import finish_releases


@contextmanager
def hold(workspace: storage.Workspace, network: Network, who: str) -> Iterator[None]:
    """Hold a network for one piece of work, as `storage.locked` does, with everything in order that was left.

    What was moved aside is put back, what was half made is removed, a release is finished if the ledger has it and
    undone if not, and the page that lists editions is as they stand. Raises UserError (AN014) where any of its folders
    leads out of the workspace.
    """
    must_write_inside(workspace, network.id)
    with storage.locked(workspace.processed(network.id), who):
        for folder in (workspace.processed(network.id), workspace.editions(network.id), workspace.network(network.id)):
            storage.sweep(folder)
        finish_releases(workspace, network)
        list_if_left(workspace, network)
        yield
