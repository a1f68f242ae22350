"""Fetching reference data from their publishers: held to the hash of the first fetch."""

from __future__ import annotations

from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.references import ReferenceSource
from anchor_analysis.problems import Problem, UserError, unknown
from anchor_analysis.read import Report, add_fetched, download, fetched_hashes


def fetch_reference(
    workspace: storage.Workspace, name: str, report: Report = lambda done, total: None
) -> dict[str, Any]:
    """Download a declared reference file and add it under its id; gives what is known of it.

    Its hash is that of the definitions, or else of the first fetch, which `networks/fetched.json` keeps. Raises
    UserError: AN006 for an id that is not declared or has no address, AN015 for a download that failed, AN016 for a
    file that is another than before; then nothing is added.
    """
    sources = load_catalogue().references
    if name not in sources:
        raise unknown("AN006", "source of reference data", name, sources)
    source = sources[name]
    if not source.url:
        remedy = f"Download it from {source.page} and add it: `anchor-analysis reference add FILE --name {name}`."
        raise UserError(Problem("AN006", name, "there is no address of the file itself.", remedy))
    fetched = download(source.url, workspace.downloads(), report)
    found = storage.file_hash(fetched.path)
    if found != (held := source.sha256 or fetched_hashes(workspace).get(name, found)):
        fetched.discard()
        raise UserError(_changed(source, held, found))
    about = add_fetched(fetched, workspace, source)
    with storage.locked(workspace.reference(), "another fetch"):  # which might write what it read before us
        storage.sweep(workspace.networks, below=False)
        storage.write_text(workspace.fetched(), storage.to_json(fetched_hashes(workspace) | {name: found}))
    fetched.discard()
    return about


def _changed(source: ReferenceSource, held: str, found: str) -> Problem:
    what = f"the file is another than before: its hash begins with {found[:8]}, and {held[:8]} is held to."
    remedy = (
        f"See what the publisher says of it: {source.page}. To use both, add the new one under another name: "
        f'`anchor-analysis reference add "{source.url}" --name {source.id}-2`. To use it instead, take '
        f'"{source.id}" out of networks/fetched.json and fetch again; figures that rest on it may move.'
    )
    return Problem("AN016", source.id, what, remedy)
