"""What people decide about suppliers: the file that they fill in, and the decisions that are tracked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Network, load_network
from anchor_analysis.declared.loading import SUPPLIER_DECISIONS
from anchor_analysis.declared.suppliers import SupplierDecision, SupplierDecisions, check_decisions
from anchor_analysis.engine import open_engine
from anchor_analysis.link import Linked, to_review
from anchor_analysis.link.names import name_words
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import read_answered
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.finding import find_returns
from anchor_analysis.running.holding import hold
from anchor_analysis.running.references import geography_of
from anchor_analysis.running.returns import linked_suppliers

#: The sheet of the review file, its columns, how wide each is, and which a person fills in.
SHEET = "suppliers"
COLUMNS = {
    "record_a": 18, "record_b": 18, "probability": 11, "member_a": 20, "name_a": 40, "postcode_a": 10, "key_a": 14,
    "member_b": 20, "name_b": 40, "postcode_b": 10, "key_b": 14, "suggested": 11, "answer": 11, "why": 40,
}  # fmt: skip
ANSWERS = ("same", "not_same")

#: A word of a name that a reason may not hold; shorter ones are in many names.
_LONGEST_COMMON = 3


def linked_of(network: Network, workspace: storage.Workspace) -> tuple[Linked, dict[str, Any]]:
    """The suppliers of the network's returns up to its latest year and what `linked.json` says of them.

    Raises UserError (AN008) where no return with payments has been read.
    """
    geography = geography_of(network, workspace)
    found = find_returns(network, workspace, geography, network.latest)
    cleaned = [item for item in found if storage.is_there(item.cleaned)]
    engine = open_engine(beside=workspace.processed(network.id))
    folder = linked_suppliers(cleaned, network, workspace, engine) if cleaned else None
    if not folder:
        what = "no return with payments has been read, so there are no suppliers to look at."
        raise UserError(Problem("AN008", network.id, what, f"Run `anchor-analysis run {network.id}` first."))
    frames = {name: storage.read_frame(folder / f"{name}.parquet") for name in ("records", "pairs", "lines")}
    about = storage.read_json(folder / "linked.json")
    return Linked(**frames, missing=about["missing"], splink=about["splink"]), about


def write_review(workspace: storage.Workspace, name: str, to: Path) -> int:
    """Write the pairs of suppliers that a person is to decide as a workbook (.xlsx); how many there are.

    It holds names, which may be of private persons: it belongs to the network's analyst and to no tracked place.
    Raises UserError: AN008 where nothing has been read, AN014 for a file that cannot be written.
    """
    network = in_one_geography(load_network(workspace, name), workspace)
    with hold(workspace, network, "a review of suppliers"):
        pairs = to_review(linked_of(network, workspace)[0])
    _write(pairs, to)
    return len(pairs)


def _write(pairs: pd.DataFrame, to: Path) -> None:
    import xlsxwriter

    try:
        with xlsxwriter.Workbook(str(to), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet(SHEET)
            bold = book.add_format({"bold": True})
            for at, (column, width) in enumerate(COLUMNS.items()):
                sheet.set_column(at, at, width)
                sheet.write_string(0, at, column, bold)
                for row, value in enumerate(pairs[column], 1):
                    text = "" if pd.isna(value) else f"{value:.3f}" if column == "probability" else str(value)
                    sheet.write_string(row, at, text)
            answer = list(COLUMNS).index("answer")
            sheet.data_validation(1, answer, max(len(pairs), 1), answer, {"validate": "list", "source": list(ANSWERS)})
            sheet.freeze_panes(1, 0)
    except (OSError, xlsxwriter.exceptions.FileCreateError):
        what = "it cannot be written."
        raise UserError(Problem("AN014", to.name, what, "Close it, or name a folder that is there.")) from None


def take_decisions(workspace: storage.Workspace, name: str, file: Path, by: str, when: date) -> list[SupplierDecision]:
    """Add the answers of a filled-in review file to the network's tracked decisions; those that are new.

    What is tracked names records by their hashes, and holds no name of a supplier. Raises UserError: AN020 for a file
    that cannot be opened, AN082 with everything that is wrong with it, AN080 where decisions would contradict one
    another; then nothing is written.
    """
    with hold(workspace, load_network(workspace, name), "a decision on suppliers"):
        return _taken(workspace, name, file, by, when)


def _taken(workspace: storage.Workspace, name: str, file: Path, by: str, when: date) -> list[SupplierDecision]:
    network = in_one_geography(load_network(workspace, name), workspace)
    answered = read_answered(file, ("record_a", "record_b", "answer", "why"), "answer")
    known = network.suppliers_decided.decisions
    there = {(frozenset(one.records), one.verdict) for one in known}
    records = linked_of(network, workspace)[0].records.set_index("record")
    problems, new = [], []
    for row, told in answered:
        if fault := _fault(told, records):
            problems.append(Problem("AN082", f"{file.name}, row {row}", fault, _MEND))
        elif (frozenset((told["record_a"], told["record_b"])), told["answer"]) not in there:
            new.append(SupplierDecision(
                records=(told["record_a"], told["record_b"]), verdict=told["answer"], by=by, when=when, why=told["why"]
            ))  # fmt: skip
    if problems:
        raise UserError(problems)
    path = workspace.network(name) / SUPPLIER_DECISIONS
    check_decisions(SupplierDecisions(decisions=[*known, *new]), f"{name}/{path.name}")
    if new:
        before = storage.read_text(path) if path.is_file() else _HEAD
        storage.write_text(path, before.rstrip("\n") + "\n" + "".join(_block(one) for one in new))
    return new


_MEND = "Write same or not_same, or leave the answer blank; leave the other columns as they are."
_HEAD = "# Which supplier records are the same supplier. Records are named by hashes; no names belong here.\n"


def _fault(told: dict[str, str], records: pd.DataFrame) -> str:
    """What is wrong with an answer, without a name of anybody."""
    if told["answer"] not in ANSWERS:
        return "the answer is neither same nor not_same."
    if any(told[side] not in records.index for side in ("record_a", "record_b")):
        return "it names a record that no return of this network has."
    words = {word for side in ("record_a", "record_b") for word in records.loc[told[side], "core"].split()}
    if {word for word in words if len(word) > _LONGEST_COMMON} & set(name_words(told["why"])):
        return "the reason has a word of the supplier's name, and decisions are tracked without names."
    return ""


def _block(one: SupplierDecision) -> str:
    text = {"verdict": one.verdict, "by": one.by, "why": one.why}
    lines = [f"{field} = {_toml(value)}" for field, value in text.items() if value]
    lines.insert(1, f"when = {one.when.isoformat()}")
    records = ", ".join(_toml(record) for record in one.records)
    return "\n".join(["", "[[decisions]]", f"records = [{records}]", *lines, ""])


def _toml(text: str) -> str:
    """A text in TOML, which reads what JSON writes."""
    return json.dumps(text)


def missing_records(missing: Sequence[str], name: str) -> Iterator[Problem]:
    """One question (AN081) for each record that decisions name and no return has."""
    for record in missing:
        what = f"a decision names the supplier record {record}, which no return has."
        remedy = "Nothing needs to be done; take the decision out if the supplier will not come back."
        yield Problem("AN081", f"{name}/{SUPPLIER_DECISIONS}", what, remedy)
