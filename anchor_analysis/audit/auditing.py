"""The auditor: reads a finished edition as an outsider could, and fails on what must not be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
from bs4 import BeautifulSoup

from anchor_analysis import storage
from anchor_analysis.audit.carriers import pages_of
from anchor_analysis.audit.descriptions import FIGURE
from anchor_analysis.audit.egress import findings
from anchor_analysis.audit.inference import REMEDY, faults_of
from anchor_analysis.declared import Network
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import COUNTED, NOT_ADDITIVE
from anchor_analysis.engine import open_engine
from anchor_analysis.problems import Problem
from anchor_analysis.publish.editions import OUTSIDE, EditionFolder, manifest_problems

_WORD = re.compile(r"[A-Za-z0-9£&'’_./-]*[A-Za-z0-9]")

#: Attributes of a page's elements that are read out or shown.
_SAYING = ("alt", "title", "aria-label")

#: The longest name that is looked for, in words.
LONGEST_NAME = 8


@dataclass(frozen=True)
class Checked:
    """One thing that was checked of an edition, how much of it there was, and what was found."""

    what: str
    looked_at: str
    problems: list[Problem]


def audit(
    edition: EditionFolder, network: Network, cleaned: Sequence[Path], earlier: Sequence[Path] = (),
    observations: pd.DataFrame | None = None,
) -> list[Checked]:  # fmt: skip
    """What was checked of a finished edition, each with everything found that must not be there.

    It checks that files are as the manifest says; that each released cell obeys its profile; that each figure in a
    page, a notebook, a sentence, the workbook, a CSV or the description of a picture is a released cell, shown as
    released; that nothing that is withheld can be worked out from all of it and from the `earlier` releases, which are
    folders (`inference`), nor by a member that knows its own `observations`; that no byte of any file, however it is
    packed, holds what names a person, a machine or a secret (`egress`); that no text holds an id or a name from the
    private columns of the canonical tables in `cleaned`.
    """
    cells = storage.read_frame(edition.folder / "cells.parquet")
    texts, files = dict(_texts(edition.folder)), _files(edition)
    pages = sum(path.suffix == ".html" for path in files)
    others = f" and of {len(earlier):,} other release(s)" if earlier else ""
    return [
        Checked("Files are as the manifest says", f"{len(files):,} files", manifest_problems(edition)),
        Checked("Cells keep to their profiles", f"{len(cells):,} cells", _cell_problems(edition, cells, network)),
        Checked("No figure stands outside the cells", f"{pages:,} pages, and what people wrote",
                [*_page_problems(edition), *_reason_problems(edition)]),
        Checked("Nothing withheld is told, or can be worked out", f"all files of this edition{others}",
                list(_given_away(edition, network, earlier, observations))),
        Checked("No byte names a person, a machine or a secret", f"{len(files):,} files, unpacked",
                list(_egress_problems(edition, network))),
        Checked("No id or name of a return stands in a text", f"{len(texts):,} texts, {len(cleaned):,} returns",
                _raw_problems(edition, texts, network, cleaned)),
    ]  # fmt: skip


def _files(edition: EditionFolder) -> list[Path]:
    """Every file of an edition but those about it."""
    return sorted(path for path in edition.folder.rglob("*") if path.is_file() and path.name not in OUTSIDE)


def _problem(edition: EditionFolder, name: str, what: str) -> Problem:
    remedy = "Nothing is released; mend what put it there and run again."
    return Problem("AN040", f"{edition.name}/{name}", what, remedy)


def _given_away(
    edition: EditionFolder, network: Network, earlier: Sequence[Path], observations: pd.DataFrame | None
) -> Iterator[Problem]:
    for fault in faults_of(edition.folder, network, earlier, observations):
        if fault.code == "AN052":
            yield Problem(fault.code, f"{edition.name}/{fault.where}", fault.what, REMEDY)
        else:
            yield _problem(edition, fault.where, fault.what)


def _egress_problems(edition: EditionFolder, network: Network) -> Iterator[Problem]:
    for path in sorted(path for path in edition.folder.rglob("*") if path.is_file()):
        for found in findings(path, path.relative_to(edition.folder).as_posix(), [network.about.contact]):
            yield _problem(edition, found.place, f"holds {found.kind}.")


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file of the edition that people read, as text without embedded pictures."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".html":
            page = BeautifulSoup(storage.read_text(path), "html.parser")
            said = [str(tag[name]) for tag in page.find_all(True) for name in _SAYING if tag.get(name)]
            yield path.relative_to(folder).as_posix(), " ".join([page.get_text(" "), *said])
        elif path.suffix in (".csv", ".json") and path.name != "manifest.json":
            yield name, storage.read_text(path)
        elif path.suffix == ".ipynb":
            yield name, re.sub(r'"image/png": "[^"]*"', "", storage.read_text(path))
        elif path.suffix == ".xlsx":
            yield name, _workbook_text(path)


def _workbook_text(path: Path) -> str:
    from python_calamine import load_workbook

    workbook = load_workbook(path)
    sheets = [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]
    return "\n".join(str(cell) for sheet in sheets for row in sheet for cell in row if isinstance(cell, str))


def _cell_problems(edition: EditionFolder, cells: pd.DataFrame, network: Network) -> list[Problem]:
    problems = []
    tables = {name for name, table in network.catalogue.tables.items() if table.audience == "public"}
    for row in cells.itertuples():
        if row.table not in tables:
            problems.append(_problem(edition, row.cell_id, "belongs to no public table."))
        elif row.unit != "words" and (what := _cell_fault(row, network)):
            problems.append(_problem(edition, row.cell_id, what))
    return problems


def _cell_fault(row: Any, network: Network) -> str:
    profile = network.profile(network.catalogue.metric(row.metric).protect)
    if row.status != "shown":
        leaks = row.status == "withheld" and any(pd.notna(part) for part in (row.value, row.lower, row.upper))
        return "is withheld and still has a value." if leaks else ""
    if row.unit == "percent" or row.unit in NOT_ADDITIVE:
        return ""
    base = profile.base(row.unit)
    multiple = base and round(row.value * 100) % (base * 100)
    return "is not rounded as its profile says." if multiple else _too_small(row, profile)


def _too_small(row: Any, profile: Profile) -> str:
    counts = row.kind in ("distribution", "distance", "transitions") and row.unit != "levels"
    if profile.method == "controlled_rounding" or row.unit not in COUNTED:
        return ""
    level = counts or row.kind == "levels" or row.item in ("from", "to", "joiners", "leavers", "non_response")
    return "is below the threshold." if level and 0 < abs(row.value) < profile.threshold else ""


def _page_problems(edition: EditionFolder) -> list[Problem]:
    facts = storage.to_json(edition.facts)
    problems = []
    for path in pages_of(edition.folder):
        page = BeautifulSoup(storage.read_text(path), "html.parser")
        name = path.relative_to(edition.folder).as_posix()
        problems += [_problem(edition, name, what) for what in _page_faults(page, facts)]
    return problems


def _page_faults(page: BeautifulSoup, facts: str) -> Iterator[str]:
    for found in sorted({one for fact in page.select("[data-fact]") for one in FIGURE.findall(fact.get_text(" "))}):
        if found not in facts:
            yield f'gives "{found}" as a fact of the edition, and edition.json does not say so.'
    for element in page.select("[data-cell], [data-fact], style"):
        element.decompose()
    for found in sorted(set(FIGURE.findall(page.get_text(" ")))):
        yield f'has the figure "{found}" outside the released cells.'


def _reason_problems(edition: EditionFolder) -> list[Problem]:
    """Problems with figures in what people wrote of returns and of actions; no profile protects words."""
    written = [
        (f"the reason for {note['member']} {note['year']}", note["reason"]) for note in edition.facts["coverage_notes"]
    ]
    actions = edition.facts.get("community", {}).get("actions", [])
    written += [(f"an action of {action['member']} on {action['theme']}", action["action"]) for action in actions]
    return [
        _problem(edition, "edition.json", f"gives a figure in {what}.")
        for what, words in written
        if FIGURE.search(words)
    ]


def _raw_problems(
    edition: EditionFolder, texts: dict[str, str], network: Network, cleaned: Sequence[Path]
) -> list[Problem]:
    """Problems with words of the edition that stand in a private column of a canonical table."""
    if not cleaned:
        return []
    engine, public = open_engine(), _public_phrases(network)
    phrases = [(name, phrase) for name, text in texts.items() for phrase in sorted(_phrases(text) - public)]
    problems = []
    with storage.scratch(edition.folder.parent) as folder:
        storage.write_frame(pd.DataFrame(phrases, columns=["file", "phrase"], dtype="str"), folder / "phrases.parquet")
        said = engine.scan([folder / "phrases.parquet"])
        for table, column, paths in _private_columns(network, cleaned):
            values = engine.scan(paths).select(phrase=nw.col(column).str.to_lowercase())
            found = engine.observe(said.join(values, on="phrase", how="semi").group_by("file").agg(nw.len().alias("n")))
            for row in found.sort_values("file").itertuples():
                what = f"holds {row.n} values of the private column {table}.{column}."
                problems.append(_problem(edition, row.file, what))
    return problems


def _private_columns(network: Network, cleaned: Sequence[Path]) -> Iterator[tuple[str, str, list[Path]]]:
    for table, schema in network.catalogue.schema.items():
        paths = [path for folder in cleaned for path in storage.table_files(folder, table)]
        for column, declared in schema.columns.items():
            if paths and declared.private and declared.type in ("text", "postcode"):
                yield table, column, paths


def _phrases(text: str) -> set[str]:
    """What could be an id or a name, in lower case: long words with figures in them, runs of two to eight words."""
    words = [word.lower() for word in _WORD.findall(text)]
    single = {word for word in words if re.search("[0-9]", word) and len(word) >= 5 and not _is_plain(word)}
    runs = {
        " ".join(words[at : at + size]) for size in range(2, LONGEST_NAME + 1) for at in range(len(words) - size + 1)
    }
    return single | {run for run in runs if re.search("[a-z]{3}", run)}


def _is_plain(word: str) -> bool:
    """Years, dates, hashes and GSS codes, which editions are full of."""
    return bool(re.fullmatch(r"[0-9]{4}[-/][0-9]{2}([-/][0-9]{2})?|[0-9a-f]{8,64}|[eswn][0-9]{8}|[0-9]+\.[0-9]+", word))


def _public_phrases(network: Network) -> set[str]:
    """Names that may stand in an edition although a ledger has them too: the network's members and places."""
    names = [network.about.name, network.about.place, *(name for member in network.members for name in member.names)]
    if network.ward_set:
        names += [ward.name for ward in network.ward_set.wards.values()]
    return {name.lower() for name in names}
