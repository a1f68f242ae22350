"""Releasing an edition: audited once more as it will stand, entered in the ledger, unchanged then; withdrawing it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from anchor_analysis import storage, telling
from anchor_analysis.declared import Network, load_network, parse_year
from anchor_analysis.declared.roles import role_fault
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.agreements import agreement_states, agreements_used, gone_problems
from anchor_analysis.publish.assembling import assemble, standing_pages
from anchor_analysis.publish.editions import EditionFolder, copy_to_archive, find_edition, status_of
from anchor_analysis.publish.ledger import (
    LEDGER,
    Entry,
    enter_in_ledger,
    enter_withdrawal,
    ledger_of,
    ledger_problems,
    today,
    withdrawn_in,
)
from anchor_analysis.publish.schemas import must_be_of_today
from anchor_analysis.running.earlier import results_folder
from anchor_analysis.running.holding import hold
from anchor_analysis.running.listing import listed
from anchor_analysis.running.pointing import cleaned_folders
from anchor_analysis.running.readying import readied
from anchor_analysis.running.signing import audit_edition


def audit_again(workspace: storage.Workspace, name: str, year: str = "", revision: str = "") -> EditionFolder:
    """Audit an edition that stands; raises UserError (AN040, AN052) with all that is found, AN008 where none is.

    AN065 for one of an earlier schema: the audit is of the form of today.
    """
    network = load_network(workspace, name)
    again = f"It was audited when it was made; `anchor-analysis edition verify {name}` holds it to its seals."
    with hold(workspace, network, "an audit"):
        edition = find_edition(workspace, name, year, revision)
        must_be_of_today(edition.manifest, edition.name, again)
        audit_edition(network, workspace, edition, *_made_from(workspace, network, edition))
    return edition


def _made_from(workspace: storage.Workspace, network: Network, edition: EditionFolder) -> tuple[list[Path], Path]:
    """The canonical tables and the results to audit an edition by: those of the last run of its year.

    Raises UserError (AN008) where they are gone, or a draft was made from others: that run was broken off.
    """
    cleaned = cleaned_folders(workspace, network, edition.year)
    results = results_folder(workspace, network, edition.year)
    is_draft = status_of(workspace, edition) in ("draft", "audited")
    if is_draft and results.name != edition.manifest.get("results", "")[: len(results.name)]:
        what = "it was made from other results than those that are here: a run was broken off, and did not make it."
        remedy = f"Run `anchor-analysis run {network.id} --year {edition.year}` first."
        raise UserError(Problem("AN008", edition.name, what, remedy))
    return cleaned, results


def release(workspace: storage.Workspace, name: str, year: str = "", revision: str = "", *, by: str) -> EditionFolder:
    """Release a draft that has passed its audit: its pages say so, it is audited as it now stands, and entered.

    `by` is who releases it, as a role. The entry names the agreements that let it show what is confidential. Raises
    UserError: AN049 where `by` is no role, AN048 where the ledger is not as it was written or does not have what stands
    as released, AN044 where an agreement is gone that an edition relied on, AN009 if it is released already, AN010 if
    its audit has not passed, AN040 or AN052 if it fails now; then the draft stands as it was.
    """
    role = _checked_words({"--by": by})["--by"]
    network = load_network(workspace, name)
    with hold(workspace, network, "a release"):
        edition = find_edition(workspace, name, year, revision)
        _must_be_releasable(network, workspace, edition)
        cleaned, results = _made_from(workspace, network, edition)
        with readied(workspace, network, edition) as ready:
            try:
                render_as(edition, "released", ready)
                sealed = {"released": today(), "released_by": role, "edition_hash": ready.manifest["edition_hash"]}
                audit_edition(network, workspace, ready, cleaned, results, sealed)
                copy_to_archive(network, ready, workspace.root)
                relied = agreements_used(network, storage.read_frame(ready.folder / "cells.parquet"))
                enter_in_ledger(network, ready, ready.manifest, role, [one["agreement"] for one in relied])
            except OSError as error:
                raise _unwritable(error, network.about.archive) from None
    return edition


def agreements_relied_on(workspace: storage.Workspace, name: str) -> list[dict[str, Any]]:
    """The agreements that released editions relied on, with what became of them since, as `agreement_states`."""
    states = agreement_states(load_network(workspace, name), ledger_of(workspace, name))
    return [state for state in states if state["editions"]]


def withdraw(workspace: storage.Workspace, name: str, year: str, revision: str, *, reason: str, by: str) -> Entry:
    """Enter in the ledger that a released edition is withdrawn, and why; the entry. The edition itself stays.

    `by` is who withdraws it, as a role. Raises UserError: AN049 where `by` or `reason` cannot stand in the ledger,
    AN003 for what is no year, AN008 where it was never released, AN009 where it is withdrawn already, AN048 for a
    ledger that is not as it was written.
    """
    said = _checked_words({"--by": by, "--reason": reason})
    network, of = load_network(workspace, name), (str(parse_year(year)), revision)
    with hold(workspace, network, "a withdrawal"):
        entries = ledger_of(workspace, name)
        if of in withdrawn_in(entries):
            remedy = "Nothing needs to be done; the ledger says since when, and why."
            raise UserError(Problem("AN009", _place(name, of), "this edition is withdrawn already.", remedy))
        released = [entry for entry in entries if (entry["year"], entry["revision"]) == of]
        if not released:
            what = "no edition of this year and revision was released, so there is nothing to withdraw."
            remedy = f"`anchor-analysis edition list {name}` shows them; a draft is simply not released."
            raise UserError(Problem("AN008", _place(name, of), what, remedy))
        with listed(workspace, network):
            entry = enter_withdrawal(network, released[-1], said["--reason"], said["--by"])
    return entry


def _place(name: str, of: tuple[str, str]) -> str:
    return f"{name}/{of[0].replace('/', '-')}/{of[1]}"


def _checked_words(words: dict[str, str]) -> dict[str, str]:
    """What is said with a decision, without spaces around it; raises UserError (AN049) where it may not be tracked."""
    tidy = {option: " ".join(text.split()) for option, text in words.items()}
    remedies = {"--by": 'Name a role, such as --by "chief executive".', "--reason": "Say in plain words why."}
    problems = [
        Problem("AN049", option, f"{fault}.", remedies[option])
        for option, text in tidy.items()
        if (fault := role_fault(text))
    ]
    if problems:
        raise UserError(problems)
    return tidy


def _unwritable(error: OSError, archive: str) -> UserError:
    if refused := telling.refusal(error):
        [problem] = refused.problems
        return UserError(replace(problem, what=f"{problem.what} The draft stands, nothing is released."))
    if str(error.filename).endswith(LEDGER):
        what = f"it cannot be written ({error.strerror}); the draft stands, nothing is released."
        return UserError(
            Problem("AN014", LEDGER, what, "Close it elsewhere, or see that the folder may be written to.")
        )
    what = f'the archive "{archive}" cannot be written to ({error.strerror}); the draft stands, nothing is released.'
    return UserError(Problem("AN007", "network.toml, network.archive", what, "Name a folder that can be written to."))


def _must_be_releasable(network: Network, workspace: storage.Workspace, edition: EditionFolder) -> None:
    status = status_of(workspace, edition)
    if status in ("released", "withdrawn"):
        remedy = "Mend the returns and run again; the correction is a new revision."
        raise UserError(Problem("AN009", edition.name, f"this edition is {status} already.", remedy))
    entries = ledger_of(workspace, network.id)
    if problems := [*ledger_problems(network, workspace), *gone_problems(network, entries)]:
        raise UserError(problems)
    again = f"Run `anchor-analysis run {network.id} --year {edition.year}`: a draft is made again."
    must_be_of_today(edition.manifest, edition.name, again)
    if status != "audited":
        remedy = "Run `anchor-analysis edition audit` and mend what it finds."
        raise UserError(Problem("AN010", edition.name, "this draft has not passed its audit as it stands.", remedy))


def render_as(edition: EditionFolder, status: str, into: EditionFolder | None = None) -> None:
    """Put an edition together again from its own files and pages, as one of another status, in its place or another."""
    about = {name: value for name, value in edition.manifest.items() if name not in ("files", "edition_hash")}
    assemble(into or edition, edition.folder, standing_pages(edition, status), about, status)
