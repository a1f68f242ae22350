"""The returns of a network: reading, cleaning, linking and locating those that are not done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import Network
from anchor_analysis.engine import Engine, open_engine
from anchor_analysis.link import link_suppliers, named_suppliers
from anchor_analysis.link.likeness import splink_release
from anchor_analysis.locate import Geography, locate_returns
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.read import PartlyRead
from anchor_analysis.running import memory
from anchor_analysis.running.finding import CLEAN_CODE, Return
from anchor_analysis.running.pools import WORTH_A_PROCESS, open_pool
from anchor_analysis.running.reading import read_one
from anchor_analysis.running.told import other_basis
from anchor_analysis.running.tracing import rows_named

#: What linking depends on beyond what went in.
LINK_CODE = (*CLEAN_CODE, "link")


def process_returns(
    returns: Sequence[Return], network: Network, workspace: storage.Workspace, geography: Geography,
    advance: Callable[[str], None], workers: int | None = None, executor: Executor | None = None,
) -> list[Return]:  # fmt: skip
    """Clean, link and locate the returns that are not done yet, and tell `advance` of each that has been read.

    Files are read side by side; rows are cleaned and located in one pass over all returns. Suppliers are linked over
    all of these returns; what comes back are the returns, of which each is located by what was found of its own
    suppliers. Raises UserError with the faults of all returns, or HeldError where all that is wrong waits for an
    answer; returns without fault are done even then.
    """
    workspace.keep_store(network.id)
    for item in returns:
        if storage.is_there(item.cleaned):
            advance(f"{item.member} {item.year}")
    engine = open_engine(workspace.engine, workspace.processed(network.id))
    uncleaned = [item for item in returns if not storage.is_there(item.cleaned)]
    if uncleaned:
        with storage.scratch(storage.made(workspace.processed(network.id))) as scratch:
            if wrong := together(_clean(uncleaned, network, engine, scratch, advance, workers, executor)):
                raise wrong
    found = linked_suppliers(returns, network, workspace, engine)
    returns = [_by_its_suppliers(item, found) for item in returns]
    unlocated = {item.part: item for item in returns if not storage.is_there(item.located)}
    if unlocated:
        with storage.scratch(workspace.processed(network.id)) as scratch:
            cleaned = {part: item.cleaned for part, item in unlocated.items()}
            suppliers = found / "lines.parquet" if found else None
            with rows_named({part: storage.table_files(folder) for part, folder in cleaned.items()}):
                locate_returns(cleaned, network, geography, engine, scratch, suppliers)
            for part, item in unlocated.items():
                storage.adopt(scratch / part, item.located)
    if problems := other_basis(returns, network, geography.basis, engine):
        raise UserError(problems)
    return returns


def linked_suppliers(
    returns: Sequence[Return], network: Network, workspace: storage.Workspace, engine: Engine
) -> Path | None:
    """The folder with the suppliers of these returns and their links, made where it is not there; none without ledgers.

    `records.parquet` and `pairs.parquet` are as `link.Linked` has them, `lines.parquet` by return, and `linked.json`
    says by what they were linked and what of each return's suppliers locating depends on. They are not linked again
    where nothing has changed of what returns call them.
    """
    sent, key = _linking(returns, network)
    if not key:
        return None
    folder = workspace.processed(network.id) / "linked"
    with rows_named({part: storage.table_files(cleaned) for part, cleaned in sent.items()}):
        return storage.step(folder, key, lambda into: _link(sent, network, engine, into, storage.inside(folder)))


def _linking(returns: Sequence[Return], network: Network) -> tuple[dict[str, Path], str]:
    """The cleaned folders that suppliers are linked over, by return, and the key of that; none without ledgers."""
    sent = {item.part: item.cleaned for item in returns if storage.table_files(item.cleaned, "ledger")}
    sent |= {item.part: item.cleaned for item in returns if storage.table_files(item.cleaned, "suppliers")}
    if not any(storage.table_files(folder, "ledger") for folder in sent.values()):
        return {}, ""
    return sent, storage.text_hash(*(f"{part}={folder.name}" for part, folder in sorted(sent.items())), _by(network))


def _by(network: Network) -> str:
    """What linking depends on beyond what returns call their suppliers."""
    decided = network.model_dump_json(include={"suppliers", "suppliers_decided"}) + storage.to_json(network.payees)
    return storage.text_hash(network.id, decided, storage.code_hash(*LINK_CODE), splink_release())


def processed_before(returns: Sequence[Return], network: Network, workspace: storage.Workspace) -> list[Return] | None:
    """The returns as `process_returns` gives them, where an earlier run has done all of it; otherwise none."""
    if not all(storage.is_there(item.cleaned) for item in returns):
        return None
    _, key = _linking(returns, network)
    linked = storage.step_folder(workspace.processed(network.id) / "linked", key) if key else None
    if linked and not storage.is_there(linked):
        return None
    located = [_by_its_suppliers(item, linked) for item in returns]
    return located if all(storage.is_there(item.located) for item in located) else None


def _link(sent: dict[str, Path], network: Network, engine: Engine, into: Path, earlier: Sequence[Path]) -> None:
    named = named_suppliers(sent, network, engine)
    made_of = storage.text_hash(named.sort_values([*named], ignore_index=True).to_csv(index=False), _by(network))
    for folder in earlier:
        if storage.recalled(folder / "linked.json").get("made_of") == made_of and storage.is_there(folder):
            shutil.copytree(folder, into, dirs_exist_ok=True)
            return
    linked = link_suppliers(named, network, engine)
    for name in ("records", "pairs", "lines"):
        storage.write_frame(getattr(linked, name), into / f"{name}.parquet")
    by_part = {
        part: storage.text_hash(*(f"{row.supplier_key}={row.entity}={row.linked_postcode}={row.place_from}" for row in
                                  rows.itertuples(index=False)))
        for part, rows in linked.lines.groupby("part")
    }  # fmt: skip
    verdicts = linked.pairs["verdict"].value_counts().to_dict()
    about = {
        "splink": linked.splink, "missing": linked.missing, "records": len(linked.records), "pairs": verdicts,
        "entities": linked.records["entity"].nunique(), "by_part": by_part, "made_of": made_of,
    }  # fmt: skip
    storage.write_text(into / "linked.json", storage.to_json(about))


def _by_its_suppliers(item: Return, found: Path | None) -> Return:
    """The return, located by what was found of its suppliers too, so that others' suppliers do not concern it."""
    by_part = storage.read_json(found / "linked.json")["by_part"] if found else {}
    return replace(item, suppliers=by_part.get(item.part, ""))


def _clean(
    returns: Sequence[Return], network: Network, engine: Engine, scratch: Path, advance: Callable[[str], None],
    workers: int | None, executor: Executor | None,
) -> list[UserError]:  # fmt: skip
    """Read and clean returns; those without fault are put in their place, the errors of the others come back.

    Of a return that is only partly read the rest is cleaned too, so that everything wrong with it is told at once.
    """
    sent, errors = _read(returns, network, scratch, advance, workers, executor)
    with rows_named({item.part: [source.path for source in item.sources] for item in sent}):
        found = clean_returns(sent, network, engine, scratch) if sent else {}
    by_part = {item.part: item for item in returns}
    for item in sent:
        if item.whole and item.part not in found:
            storage.adopt(scratch / item.part, by_part[item.part].cleaned)
    return [*errors, *found.values()]


def _read(
    returns: Sequence[Return], network: Network, scratch: Path, advance: Callable[[str], None], workers: int | None,
    executor: Executor | None,
) -> tuple[list[SentReturn], list[UserError]]:  # fmt: skip
    sent: list[SentReturn] = []
    errors: list[UserError] = []
    sizes = {item.part: storage.folder_size(item.folder) for item in returns}
    enough = min(workers or os.cpu_count() or 1, len(returns), 1 + sum(sizes.values()) // WORTH_A_PROCESS)
    with _deaths_told(), ExitStack() as stack:
        pool = executor or stack.enter_context(open_pool(enough))
        largest_first = sorted(returns, key=lambda item: -sizes[item.part])
        running = {
            pool.submit(read_one, network, item.sent, scratch / "rows" / item.part): item for item in largest_first
        }
        if executor:  # whatever goes wrong: they write rows, and the folder for these goes next
            stack.callback(wait, running)
        for finished in as_completed(running):
            item = running[finished]
            member, answers = network.member(item.member), network.answered.about(item.member, item.year)
            try:
                with _deaths_told(item if executor else None):
                    sent.append(SentReturn(member, item.year, finished.result(), answers))
            except PartlyRead as error:
                errors.append(error)
                sent.append(SentReturn(member, item.year, error.sources, answers, whole=False))
            advance(f"{item.member} {item.year}")
    return sorted(sent, key=lambda item: item.part), errors


@contextmanager
def _deaths_told(of: Return | None = None) -> Iterator[None]:
    """Raise UserError (AN059) where a process dies that reads: one return that is known, or any of those read then."""
    killed_before = memory.killed_for_want()
    try:
        yield
    except BrokenExecutor:
        what = f"a process that read returns died{memory.why_died(killed_before)}."
        problem = Problem("AN059", "", what, "Run it again, with fewer at once: `--workers 1`.")
        if of:
            what = "workers of the cluster died while they read it, perhaps for want of memory."
            problem = Problem("AN059", f"{of.member} {of.year}", what, "Give them more memory, and run it again.")
        raise UserError(problem) from None


def together(errors: Sequence[UserError]) -> UserError | None:
    """One error with the problems of all; held only if all are."""
    problems = sorted((problem for error in errors for problem in error.problems), key=str)
    kind = HeldError if all(isinstance(error, HeldError) for error in errors) else UserError
    return kind(problems) if problems else None
