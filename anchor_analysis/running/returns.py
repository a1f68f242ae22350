"""The returns of a network: which there are, and reading, cleaning and locating those that are not done."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from anchor_analysis import storage, telling
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import Member, Network, NetworkYear, parse_year
from anchor_analysis.engine import Engine, open_engine
from anchor_analysis.link import link_suppliers, named_suppliers
from anchor_analysis.link.likeness import splink_release
from anchor_analysis.locate import Geography, locate_returns
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.read import PartlyRead, SourceTable, read_return
from anchor_analysis.running.pools import WORTH_A_PROCESS, open_pool
from anchor_analysis.running.told import other_basis
from anchor_analysis.running.tracing import rows_named
from anchor_analysis.signs import unseen

#: What cleaning and locating depend on beyond their inputs.
CLEAN_CODE = (
    "problems.py", "signs.py", "hashes.py", "sealing.py", "store.py", "storage.py", "rounding.py", "declared", "engine",
    "read", "clean",
)  # fmt: skip
LOCATE_CODE = ("link", "locate")
LINK_CODE = (*CLEAN_CODE, "link")


@dataclass(frozen=True)
class Return:
    """One member's return of one year, and the folders that its steps fill.

    `places` has the results of locating, each by its key: what it is located by, and the `suppliers` found for it.
    """

    member: str
    year: NetworkYear
    folder: Path
    cleaned: Path
    places: Path
    locate_key: str
    inputs: str
    suppliers: str = ""

    @property
    def located(self) -> Path:
        key = storage.text_hash(self.locate_key, self.suppliers) if self.suppliers else self.locate_key
        return self.places / key[:16]

    @property
    def part(self) -> str:
        """What its rows are called among those of other returns."""
        return f"{self.member}.{self.year.folder}"


def find_returns(
    network: Network, workspace: storage.Workspace, geography: Geography, until: NetworkYear, member: str = ""
) -> list[Return]:
    """The returns in data/raw of all years up to one, of all members or of one; not those that people refused whole.

    Raises UserError for folders that are no year, or of one year though they are two (AN003), that belong to no
    member, or to nobody who was one then (AN029), and for what in them is no file of a name that can be told (AN024).
    """
    found: list[Return] = []
    problems: list[Problem] = []
    raw = workspace.raw(network.id)
    for year_folder in _folders_in(raw, "[!.]*", problems):
        folders = _folders_in(year_folder, member or "[!.]*", problems)
        if not folders:
            problems += _year_problems(year_folder.name, network)
        for folder in folders:
            try:
                year, sender = _whose(network, year_folder.name, folder.name)
                _must_be_files(folder, f"data/raw/{network.id}")
                _must_be_one([item.folder for item in found if (item.member, item.year) == (sender.id, year)], folder)
            except UserError as error:
                problems += error.problems
                continue
            if year <= until and not _refused(network, sender, year):
                found.append(_return(network, workspace, geography, sender, year, folder))
    if problems:
        raise UserError(dict.fromkeys(problems))
    return found


def _folders_in(folder: Path, named: str, problems: list[Problem]) -> list[Path]:
    """The folders of these names; with a problem (AN058) for each link whose folder is not there just now.

    What nobody sees as missing would be missing from every figure.
    """
    found = sorted(folder.glob(named))
    for path in found:
        if path.is_symlink() and not path.exists():
            what = "it leads by a link to a folder that is not there, perhaps on a drive that is not connected."
            problems.append(Problem("AN058", storage.told(path), what, "Connect it, or take the link away."))
    return [path for path in found if path.is_dir()]


def _year_problems(name: str, network: Network) -> list[Problem]:
    """What is wrong with a year's folder, also where nobody's return is in it."""
    try:
        parse_year(name, f"data/raw/{network.id}")
    except UserError as error:
        return error.problems
    return []


def _whose(network: Network, year_name: str, member_name: str) -> tuple[NetworkYear, Member]:
    year = parse_year(year_name, f"data/raw/{network.id}")
    place = f"data/raw/{network.id}/{year_name}/{member_name}"
    member = network.member(member_name, place)
    if network.standing(member, year) != "member":
        what = f"{member.name} was not a member in {year}."
        remedy = "Correct its dates in network.toml, or take the folder out of data/raw."
        raise UserError(Problem("AN029", place, what, remedy))
    return year, member


def _must_be_files(folder: Path, place: str) -> None:
    """Raise UserError (AN024) for every link, which may lead anywhere, and every name that reads otherwise than it is.

    A folder of a year or a member may itself be a link: that is for the network's analyst to say, and no member's.
    """
    problems = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder.parent.parent).as_posix()
        if path.is_symlink():
            problems.append(Problem("AN024", f"{place}/{name}", "it is a link.", "Put the file itself in its place."))
        elif not (path.is_file() or path.is_dir()):
            what = "it is no file that could be read to its end."
            problems.append(Problem("AN024", f"{place}/{name}", what, "Take it out of the folder."))
        elif sign := unseen(path.name):
            what = f"its name holds the sign {sign}, which nobody sees."
            problems.append(Problem("AN024", f"{place}/{name}", what, "Give it another name."))
    if problems:
        raise UserError(problems)


def _must_be_one(before: list[Path], folder: Path) -> None:
    """Raise UserError (AN003) for a second folder of the same member and year, whose rows would count twice."""
    for other in before:
        names = f"{other.parent.name}/{other.name} and {folder.parent.name}/{folder.name}"
        remedy = f"Put what is in them into one, {parse_year(folder.parent.name).folder}/{folder.name}."
        raise UserError(Problem("AN003", "data/raw", f"{names} are returns of one member and year.", remedy))


def _refused(network: Network, member: Member, year: NetworkYear) -> bool:
    note = network.decided(member.id, year, "")
    return bool(note and note.status == "refused")


def _return(
    network: Network,
    workspace: storage.Workspace,
    geography: Geography,
    member: Member,
    year: NetworkYear,
    folder: Path,
) -> Return:
    decided = network.model_dump_json(include={"years", "mappings", "categories"})
    decided += network.answered.about(member.id, year).model_dump_json()
    inputs = storage.folder_hash(folder)
    code = storage.code_hash(*CLEAN_CODE) + storage.to_json(storage.environment())
    about = member.model_dump_json() + storage.to_json(network.payees)
    clean_key = storage.text_hash(inputs, decided, about, str(year), network.catalogue.key, code)
    area = network.model_dump_json(include={"area", "reference", "recoded"})
    locate_key = storage.text_hash(clean_key, area, geography.basis, storage.code_hash(*LOCATE_CODE))
    folder_of = workspace.canonical(network.id)
    cleaned = folder_of / "cleaned" / year.folder / member.id / clean_key[:16]
    places = folder_of / "located" / year.folder / member.id
    return Return(member.id, year, folder, cleaned, places, locate_key, inputs)


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
    with ExitStack() as stack:
        pool = executor or stack.enter_context(open_pool(enough))
        largest_first = sorted(returns, key=lambda item: -sizes[item.part])
        running = {pool.submit(_read_one, network, item, scratch): item for item in largest_first}
        if executor:  # whatever goes wrong: they write rows, and the folder for these goes next
            stack.callback(wait, running)
        for finished in as_completed(running):
            item = running[finished]
            member, answers = network.member(item.member), network.answered.about(item.member, item.year)
            try:
                sent.append(SentReturn(member, item.year, finished.result(), answers))
            except PartlyRead as error:
                errors.append(error)
                sent.append(SentReturn(member, item.year, error.sources, answers, whole=False))
            advance(f"{item.member} {item.year}")
    return sorted(sent, key=lambda item: item.part), errors


def _read_one(network: Network, item: Return, scratch: Path) -> list[SourceTable]:
    """Read one return, perhaps in a process of its own."""
    try:
        left_out = [one.file for one in network.answered.about(item.member, item.year).left_out]
        rows = scratch / "rows" / item.part
        with telling.at(f"{item.member} {item.year}"), _unchanged(item):
            return read_return(item.folder, network, network.member(item.member), rows, left_out)
    except PartlyRead as error:
        place = f"{item.member} {item.year}"
        problems = [replace(problem, where=f"{place}, {problem.where}") for problem in error.problems]
        raise PartlyRead(problems, error.sources) from None


@contextmanager
def _unchanged(item: Return) -> Iterator[None]:
    """Raise OSError (ESTALE) where a return is another afterwards, whatever came of reading it.

    Its rows would be taken for what was sent before, and its faults for the member's.
    """
    try:
        yield
    finally:
        if storage.folder_hash(item.folder) != item.inputs:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(item.folder))


def together(errors: Sequence[UserError]) -> UserError | None:
    """One error with the problems of all; held only if all are."""
    problems = sorted((problem for error in errors for problem in error.problems), key=str)
    kind = HeldError if all(isinstance(error, HeldError) for error in errors) else UserError
    return kind(problems) if problems else None
