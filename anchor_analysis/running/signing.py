"""Auditing an edition and signing it off: what was checked and found, and what is withheld at which cost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit import Checked, audit
from anchor_analysis.declared import Network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.agreements import not_agreed_problems
from anchor_analysis.publish.editions import EditionFolder, manifest_problems, status_of
from anchor_analysis.publish.signoff import SIGNOFF_DATA, SIGNOFF_PAGE, reasons, signed_off
from anchor_analysis.running.earlier import earlier_releases
from anchor_analysis.running.pools import WORTH_A_PROCESS, open_pool


def audit_edition(
    network: Network, workspace: storage.Workspace, edition: EditionFolder, cleaned: list[Path], results: Path,
    released: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Audit an edition and record outcome and sign-off beside it; raises UserError (AN040, AN052) with all findings.

    `results` is the folder of what the edition shows, which has what each member reported. An edition that is released
    keeps what members had agreed to then, whatever they revoked since. One that is about to be `released` says when
    and by whom.
    """
    observations = storage.read_frame(results / "observations.parquet")
    contributors = storage.read_frame(results / "contributors.parquet")
    earlier = earlier_releases(network, workspace, edition)
    try:
        cells = storage.read_frame(edition.folder / "cells.parquet")
        with open_pool(min(os.cpu_count() or 1, 1 + storage.folder_size(edition.folder) // WORTH_A_PROCESS)) as pool:
            beside = workspace.processed(network.id)
            checks = audit(edition, network, cleaned, earlier, observations, contributors, pool, beside)
    except Exception as error:  # what is not as it was sealed may be anything, and be read in as many wrong ways
        if not (broken := manifest_problems(edition)):
            raise
        what = "a file cannot be read, so that nothing else was checked."
        unread = Problem("AN040", edition.name, what, "Run the edition again; it is made anew.")
        _record(edition, [*broken, unread])
        raise UserError([*broken, unread]) from error
    standing = status_of(workspace, edition) in ("released", "withdrawn")
    if not standing:
        agreed = not_agreed_problems(network, edition.name, cells)
        checks.append(Checked("Members agreed to what is shown of them", f"{len(cells):,} cells", agreed))
    problems = [problem for check in checks for problem in check.problems]
    if not standing:  # the sign-off of what is released stays as it was signed
        _sign(network, edition, results, cells, checks, released)
    _record(edition, problems)  # last, since an edition that has passed is not signed again
    if problems:
        raise UserError(problems)


def _record(edition: EditionFolder, problems: list[Problem]) -> None:
    """Write beside an edition whether it passed, and what was found."""
    outcome = {
        "passed": not problems,
        "edition_hash": edition.manifest.get("edition_hash", ""),
        "problems": [str(problem) for problem in problems],
    }
    storage.write_text(edition.folder / "audit.json", storage.to_json(outcome))


def _sign(
    network: Network, edition: EditionFolder, results: Path, cells: pd.DataFrame, checks: list[Checked],
    entry: dict[str, Any] | None,
) -> None:  # fmt: skip
    """Write the sign-off beside the edition for readers, and for the analyst with the reasons among internal pages."""
    from anchor_analysis.publish.pages import render_signoff  # takes more than a second

    looked = [{"what": one.what, "looked_at": one.looked_at, "found": len(one.problems)} for one in checks]
    protection = storage.read_json(results / "protection.json")
    about = signed_off(network, cells, edition.facts, protection, looked, entry)
    storage.write_text(edition.folder / SIGNOFF_DATA, storage.to_json(about))
    storage.write_text(edition.folder / SIGNOFF_PAGE, render_signoff(about, edition.facts))
    why = reasons(storage.read_frame(results / "why_withheld.parquet"), cells, edition.facts)
    internal = edition.folder.parent / "internal" / SIGNOFF_PAGE
    storage.write_text(internal, render_signoff(about, edition.facts | {"status": "internal"}, why))
