"""The returns in data/raw: which there are, whose each is, and by what its steps are known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import Member, Network, NetworkYear, parse_year
from anchor_analysis.locate import Geography
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import left_behind
from anchor_analysis.running.reading import Sent
from anchor_analysis.signs import unseen

#: What cleaning and locating depend on beyond their inputs.
CLEAN_CODE = (
    "problems.py", "signs.py", "hashes.py", "sealing.py", "store.py", "storage.py", "rounding.py", "declared", "engine",
    "read", "clean",
)  # fmt: skip
LOCATE_CODE = ("link", "locate")


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
    def sent(self) -> Sent:
        """What reading it needs."""
        return Sent(self.member, self.year, self.folder, self.inputs)

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
    member, or to nobody who was one then (AN029), for what in them is no file of a name that can be told, and for what
    lies beside them (AN024); PermissionError for a folder that may not be looked into.
    """
    found: list[Return] = []
    problems: list[Problem] = []
    raw = workspace.raw(network.id)
    for year_folder in _inside(raw, problems) if _folders([raw.parent, raw], problems) else []:
        folders = _inside(year_folder, problems, member)
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


def _inside(folder: Path, problems: list[Problem], named: str = "") -> list[Path]:
    """The folders in a folder, all or the one of a name."""
    found = [path for path in storage.inside(folder) if named in ("", path.name) and not path.name.startswith(".")]
    return _folders(found, problems)


def _folders(paths: Sequence[Path], problems: list[Problem]) -> list[Path]:
    """Those that are folders; with a problem for a link to one that is not there (AN058), and for a file (AN024).

    What nobody sees as missing would be missing from every figure.
    """
    found = []
    for path in paths:
        if os.path.isdir(path):
            found.append(path)
        elif path.is_symlink():
            what = "it leads by a link to a folder that is not there, perhaps on a drive that is not connected."
            problems.append(Problem("AN058", storage.told(path), what, "Connect it, or take the link away."))
        elif os.path.lexists(path) and not left_behind(path.name):
            what, remedy = (
                "it lies beside folders, where no return is read.",
                "Put it into YEAR/MEMBER, or take it away.",
            )
            problems.append(Problem("AN024", storage.told(path), what, remedy))
    return found


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
    for path in storage.below(folder):
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
    decided = _cleaned_by(network, member) + network.answered.about(member.id, year).model_dump_json()
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


def _cleaned_by(network: Network, member: Member) -> str:
    """What of the network's settings cleaning a member's return depends on.

    A next year does not concern the returns of earlier ones, nor a mapping those of another member than its own.
    """
    settings = network.model_dump_json(include={"years": {"first", "baseline", "ends", "belongs"}, "categories": True})
    return settings + storage.to_json([mapping.model_dump(mode="json") for mapping in network.mappings_of(member)])
