"""The auditor: reads a finished edition as an outsider could, and fails on what must not be in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.carriers import read_folder
from anchor_analysis.audit.claims import claim_faults
from anchor_analysis.audit.descriptions import FIGURE
from anchor_analysis.audit.egress import findings_in
from anchor_analysis.audit.inference import REMEDY, faults_of
from anchor_analysis.audit.markup import Markup
from anchor_analysis.audit.private import private_values
from anchor_analysis.audit.public import public_of
from anchor_analysis.audit.unpacking import Text, named, texts_of
from anchor_analysis.declared import Network
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import COUNTED, NOT_ADDITIVE
from anchor_analysis.problems import Problem
from anchor_analysis.publish.editions import OUTSIDE, EditionFolder, manifest_problems


@dataclass(frozen=True)
class Checked:
    """One thing that was checked of an edition, how much of it there was, and what was found."""

    what: str
    looked_at: str
    problems: list[Problem]


def audit(
    edition: EditionFolder, network: Network, cleaned: Sequence[Path], earlier: Sequence[Path] = (),
    observations: pd.DataFrame | None = None, contributors: pd.DataFrame | None = None,
    executor: Executor | None = None, beside: Path | None = None,
) -> list[Checked]:  # fmt: skip
    """What was checked of a finished edition, each with everything found that must not be there.

    It checks that files are as the manifest says; that each released cell obeys its profile; that each figure in a
    page, a notebook, a sentence, the workbook, a CSV or the description of a picture is a released cell, shown as
    released; that claims.json has the form that it names, with one entry for each claim and where it stands; that
    nothing that is withheld can be worked out from all of it and from the `earlier` releases, which are folders
    (`inference`), nor by a member that knows its own `observations`, and none of it more narrowly than its rule allows,
    as these and the largest `contributors` of sums of money have it; that no byte of any file, however it is packed,
    holds what names a person, a machine or a secret (`egress`), nor an id or a name from the private columns of the
    canonical tables in `cleaned` (`private`), of which some stands in the folder `beside` for a while. Texts are looked
    through by an `executor` meanwhile, if there is one.
    """
    cells, files = storage.read_frame(edition.folder / "cells.parquet"), _files(edition)
    given = (edition, network, cleaned, beside)
    meanwhile = executor.submit(_texts_checked, *given) if executor else None
    marked = read_folder(edition.folder)
    pages = sum(path.suffix == ".html" for path in files)
    others = f" and of {len(earlier):,} other release(s)" if earlier else ""
    checks = [
        Checked("Files are as the manifest says", f"{len(files):,} files", manifest_problems(edition)),
        Checked("Cells keep to their profiles", f"{len(cells):,} cells", _cell_problems(edition, cells, network)),
        Checked("No figure stands outside the cells", f"{pages:,} pages, and what people wrote",
                [*_page_problems(edition, marked), *_reason_problems(edition)]),
        Checked("Every claim has its entry, and stands where that says", f"{pages:,} pages, claims.json",
                [_problem(edition, where, what) for where, what in claim_faults(edition.folder, marked)]),
        Checked("Nothing withheld is told, or can be worked out", f"all files of this edition{others}",
                list(_given_away(edition, network, earlier, observations, contributors, marked))),
    ]  # fmt: skip
    return [*checks, *(meanwhile.result() if meanwhile else _texts_checked(*given))]


def _texts_checked(
    edition: EditionFolder, network: Network, cleaned: Sequence[Path], beside: Path | None
) -> list[Checked]:
    """What was checked of every text of an edition, whatever it says of figures."""
    cells, files, texts = storage.read_frame(edition.folder / "cells.parquet"), _files(edition), list(_texts(edition))
    return [
        Checked("No byte names a person, a machine or a secret", f"{len(files):,} files, unpacked",
                list(_egress_problems(edition, texts, network))),
        Checked("No id or name of a return stands in a text", f"{len(texts):,} texts, {len(cleaned):,} returns",
                list(_raw_problems(edition, texts, network, cells, cleaned, beside))),
    ]  # fmt: skip


def _files(edition: EditionFolder) -> list[Path]:
    """Every file of an edition but those about it."""
    return sorted(path for path in edition.folder.rglob("*") if path.is_file() and path.name not in OUTSIDE)


def _problem(edition: EditionFolder, name: str, what: str) -> Problem:
    remedy = "Nothing is released; mend what put it there and run again."
    return Problem("AN040", f"{edition.name}/{name}", what, remedy)


def _given_away(
    edition: EditionFolder, network: Network, earlier: Sequence[Path], observations: pd.DataFrame | None,
    contributors: pd.DataFrame | None, pages: Mapping[str, Markup],
) -> Iterator[Problem]:  # fmt: skip
    for fault in faults_of(edition.folder, network, earlier, observations, contributors, pages):
        if fault.code == "AN052":
            yield Problem(fault.code, f"{edition.name}/{fault.where}", fault.what, REMEDY)
        else:
            yield _problem(edition, fault.where, fault.what)


def _texts(edition: EditionFolder) -> Iterator[Text]:
    """Every text of every file, those about the edition too, and the names of all files."""
    paths = sorted(path for path in edition.folder.rglob("*") if path.is_file())
    names = [path.relative_to(edition.folder).as_posix() for path in paths]
    yield "names of files", "\n".join(named(name) for name in names)
    for path, name in zip(paths, names, strict=True):
        yield from texts_of(path.read_bytes(), name)


def _egress_problems(edition: EditionFolder, texts: Sequence[Text], network: Network) -> Iterator[Problem]:
    for found in findings_in(texts, [network.about.contact]):
        yield _problem(edition, found.place, f"holds {found.kind}.")


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


def _page_problems(edition: EditionFolder, pages: Mapping[str, Markup]) -> Iterator[Problem]:
    facts = storage.to_json(edition.facts)
    for name, page in pages.items():
        for found in sorted({one for fact in page.facts for one in FIGURE.findall(fact) if one not in facts}):
            what = f'gives "{found}" as a fact of the edition, and edition.json does not say so.'
            yield _problem(edition, name, what)
        for found in sorted(set(FIGURE.findall(" ".join(text for _, text in page.unmarked)))):
            yield _problem(edition, name, f'has the figure "{found}" outside the released cells.')


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
    edition: EditionFolder,
    texts: Sequence[Text],
    network: Network,
    cells: pd.DataFrame,
    cleaned: Sequence[Path],
    beside: Path | None,
) -> Iterator[Problem]:
    public = public_of(network, cells)
    for found in private_values(texts, network.catalogue, cleaned, public, beside):
        values = f"{found.values} value{'' if found.values == 1 else 's'}"
        yield _problem(edition, found.place, f"holds {values} of the private column {found.column}.")
