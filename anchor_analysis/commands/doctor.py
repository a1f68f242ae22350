"""What `doctor` looks at: the installation, the workspace, each network and its references."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from functools import partial

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.declared.loading import network_names
from anchor_analysis.problems import UserError
from anchor_analysis.running.notebooks import find_notebooks
from anchor_analysis.running.references import named_references


def examine() -> Iterator[tuple[bool, str]]:
    """Whether each thing is as it must be, and what it is."""
    yield (
        True,
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {release}" for name, release in storage.environment().items() if name != "python"),
    )
    yield from _tried("definitions", lambda: f"{len(load_catalogue().metrics)} metrics declared")
    try:
        workspace = storage.find_workspace()
    except UserError as error:
        yield False, str(error)
        return
    yield from _tried("notebooks", lambda: f"notebooks: {', '.join(find_notebooks(workspace)) or 'none'}")
    for name in network_names(workspace):
        yield from _tried(name, partial(_network, workspace, name))


def _network(workspace: storage.Workspace, name: str) -> str:
    network = load_network(workspace, name)
    returns = len(list(workspace.raw(name).glob("[!.]*/[!.]*")))
    if not returns:
        return f"network {name}: {len(network.members)} members, no returns yet"
    references = ", ".join(reference["id"] for reference in named_references(network, workspace)) or "no references"
    return f"network {name}: {len(network.members)} members, {returns} returns, {references}"


def _tried(what: str, look: Callable[[], str]) -> Iterator[tuple[bool, str]]:
    try:
        yield True, look()
    except UserError as error:
        yield False, f"{what}: {error}"
