"""A check: every return read and cleaned, and everything that is to be mended told at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear, load_network
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import Geography
from anchor_analysis.measure import leavers_untold, lost_signs, unanswered_jumps
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.read import Checked, suggest_mappings, write_problem_workbook
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.finding import Return, find_returns
from anchor_analysis.running.holding import hold
from anchor_analysis.running.pipeline import Progress, no_returns, process, silent
from anchor_analysis.running.references import geography_of
from anchor_analysis.running.results import Inputs, joined, observed
from anchor_analysis.running.returns import linked_suppliers, process_returns, together
from anchor_analysis.running.slips import postcode_slips
from anchor_analysis.running.suppliers import missing_records


def check_returns(
    workspace: storage.Workspace, name: str, year: str = "", progress: Progress = silent, *, member: str = "",
    to: Path | None = None,
) -> Checked:  # fmt: skip
    """Read and clean the returns of a network, compare them with the last ones, and raise what is wrong with them.

    `year` and `member` narrow what is looked at to the returns of one year, of one member; each is compared with the
    member's last one before, if that can be read. What comes back has how many were looked at and what is to be asked
    though nothing is wrong. `to` names a workbook to which everything is written before it is raised. Raises UserError,
    or HeldError where all that is wrong waits for an answer, as a run would.
    """
    network, chosen, sender = _asked_for(workspace, name, year, member)
    returns: list[Return] = []
    errors: list[UserError] = []
    questions: list[Problem] = []
    with hold(workspace, network, "a check"):
        geography = geography_of(network, workspace)
        inputs = Inputs(network, workspace, chosen or network.latest, returns, geography, [])
        try:
            found, last = _returns(network, workspace, geography, chosen, sender)
            returns += found
            process(found, network, workspace, geography, progress)
        except UserError as error:
            errors.append(error)
        if sound := [item for item in returns if storage.is_there(item.cleaned)]:
            progress("Compare with last returns", 0, 1, "")
            compared, questions = _compared(replace(inputs, returns=sound), last)
            errors += compared
            progress("Compare with last returns", 1, 1, "")
    if not (returns or errors):
        raise no_returns(network, chosen or network.latest, sender or "<member>")
    wrong = together(errors)
    years = str(chosen) if chosen else f"{network.first} to {network.latest}"
    checked = Checked(years, len(returns), wrong.problems if wrong else [], questions)
    if to:
        write_problem_workbook(to, network, checked)
        progress(f"Write {to.name}", 1, 1, "")
    if wrong:
        raise type(wrong)(checked.findings)
    return checked


def _compared(inputs: Inputs, last: list[Return]) -> tuple[list[UserError], list[Problem]]:
    """What a run would find out about returns beside earlier ones: what it would raise, and what is to be asked."""
    network = inputs.network
    whose = tuple(f"{item.member} {item.year}" for item in inputs.returns)
    beside = replace(inputs, returns=[*inputs.returns, *_readable(inputs, last)])
    # a fault of one return keeps all from being located
    located = process_returns(beside.returns, network, inputs.workspace, inputs.geography, lambda _: None)
    beside = replace(beside, returns=located)
    engine = open_engine(beside=inputs.workspace.processed(network.id))
    questions = [*lost_signs(joined(beside.returns, "accounts")), *postcode_slips(located, engine)]
    try:
        observations = observed(beside)
        found: UserError = HeldError(unanswered_jumps(network, observations))
        questions += leavers_untold(network, observations)
    except UserError as error:
        found = error
    own = [one for one in found.problems if one.where.startswith(whose)]
    asked = [one for one in questions if one.where.startswith(whose)]
    return [type(found)(own)] if own else [], [*asked, *_without_suppliers(beside)]


def _without_suppliers(inputs: Inputs) -> list[Problem]:
    """Decisions about suppliers that are in none of the network's returns, where all of them are looked at."""
    every = find_returns(inputs.network, inputs.workspace, inputs.geography, inputs.network.latest)
    if {item.part for item in every} - {item.part for item in inputs.returns}:
        return []
    linked = linked_suppliers(inputs.returns, inputs.network, inputs.workspace, inputs.engine)
    missing = storage.read_json(linked / "linked.json")["missing"] if linked else []
    return list(missing_records(missing, inputs.network.id))


def _readable(inputs: Inputs, returns: list[Return]) -> list[Return]:
    """Those of earlier returns that can be read; what is wrong with the others is for their own check to tell."""
    with suppress(UserError):
        returns = process_returns(returns, inputs.network, inputs.workspace, inputs.geography, lambda _: None)
    return [item for item in returns if storage.is_there(item.cleaned)]


def suggest(workspace: storage.Workspace, name: str, year: str = "", member: str = "") -> list[Path]:
    """Draft a mapping for each file whose headers nobody knows, into the network's `mappings/drafts`; their paths.

    A draft is used by nothing: a person looks through it and moves it up into `mappings`.
    """
    network, chosen, sender = _asked_for(workspace, name, year, member)
    written: list[Path] = []
    with hold(workspace, network, "a check"):
        for item in _returns(network, workspace, geography_of(network, workspace), chosen, sender)[0]:
            for draft in suggest_mappings(item.folder, network, network.member(item.member)):
                words = "-".join(part for part in (item.member, Path(draft.file).stem, draft.sheet) if part)
                path = workspace.network(name) / "mappings" / "drafts" / f"{_plain(words)}.yaml"
                path = _free(path, written)
                storage.write_text(path, draft.text)
                written.append(path)
    return written


def _asked_for(
    workspace: storage.Workspace, name: str, year: str, member: str
) -> tuple[Network, NetworkYear | None, str]:
    network = in_one_geography(load_network(workspace, name), workspace)
    return network, network.year(year) if year else None, network.member(member).id if member else ""


def _plain(words: str) -> str:
    """A file's name of small letters, figures, - and _ only."""
    return re.sub(r"[^a-z0-9_-]+", "-", words.lower()).strip("-")[:80]


def _free(path: Path, taken: Sequence[Path]) -> Path:
    """The path, or the first of the same name and a number that is not taken: two files may be named alike."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(one for one in chain([path], numbered) if one not in taken)


def _returns(
    network: Network, workspace: storage.Workspace, geography: Geography, year: NetworkYear | None, member: str
) -> tuple[list[Return], list[Return]]:
    """The returns that are asked for, and the last one before of each of their members."""
    found = find_returns(network, workspace, geography, year or network.latest, member)
    asked = [item for item in found if year in (None, item.year)]
    senders = {item.member for item in asked}
    before = sorted((item for item in found if item not in asked), key=lambda item: item.year)
    return asked, list({item.member: item for item in before if item.member in senders}.values())
