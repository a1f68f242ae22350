"""Releasing an edition: audited once more as it will stand, entered in the ledger, never changed again."""

from __future__ import annotations

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.assembling import assemble, executed_notebooks
from anchor_analysis.publish.editions import (
    EditionFolder,
    copy_to_archive,
    enter_in_ledger,
    find_edition,
    status_of,
)
from anchor_analysis.running.earlier import results_folder
from anchor_analysis.running.notebooks import find_notebooks
from anchor_analysis.running.pipeline import audit_edition, cleaned_folders


def audit_again(workspace: storage.Workspace, name: str, year: str = "", revision: str = "") -> EditionFolder:
    """Audit an edition that stands; raises UserError (AN040, AN048) with all that is found, AN008 where none is."""
    network = load_network(workspace, name)
    edition = find_edition(workspace, name, year, revision)
    cleaned = cleaned_folders(workspace, network, edition.year)
    audit_edition(network, workspace, edition, cleaned, results_folder(workspace, network, edition.year))
    return edition


def release(workspace: storage.Workspace, name: str, year: str = "", revision: str = "") -> EditionFolder:
    """Release a draft that has passed its audit: its pages say so, it is audited as it now stands, and entered.

    Raises UserError: AN009 if it is released already, AN010 if its audit has not passed, AN040 or AN048 if it fails
    now; then the draft stands as it was.
    """
    network = load_network(workspace, name)
    edition = find_edition(workspace, name, year, revision)
    with storage.locked(workspace.processed(name), "a release"):
        _must_be_releasable(workspace, edition)
        cleaned = cleaned_folders(workspace, network, edition.year)
        results = results_folder(workspace, network, edition.year)
        _render_as(workspace, edition, "released")
        try:
            audit_edition(network, workspace, edition, cleaned, results)
            copy_to_archive(network, edition, workspace.root)
        except (UserError, OSError) as error:
            _render_as(workspace, edition, "draft")
            raise _said(error, network.about.archive) from None
        enter_in_ledger(network, edition, edition.manifest)
    return edition


def _said(error: UserError | OSError, archive: str) -> UserError:
    if isinstance(error, UserError):
        return error
    what = f'the archive "{archive}" cannot be written to ({error.strerror}); the draft stands, nothing is released.'
    return UserError(Problem("AN007", "network.toml, network.archive", what, "Name a folder that can be written to."))


def _must_be_releasable(workspace: storage.Workspace, edition: EditionFolder) -> None:
    status = status_of(workspace, edition)
    if status == "released":
        remedy = "Mend the returns and run again; the correction is a new revision."
        raise UserError(Problem("AN009", edition.name, "this edition is released already.", remedy))
    if status != "audited":
        remedy = "Run `anchor-analysis edition audit` and mend what it finds."
        raise UserError(Problem("AN010", edition.name, "this draft has not passed its audit as it stands.", remedy))


def _render_as(workspace: storage.Workspace, edition: EditionFolder, status: str) -> None:
    titles = {name: schema.title for name, (_, schema) in find_notebooks(workspace).items()}
    about = {name: value for name, value in edition.manifest.items() if name not in ("files", "edition_hash")}
    assemble(edition, edition.folder, executed_notebooks(edition, titles), about, status)
