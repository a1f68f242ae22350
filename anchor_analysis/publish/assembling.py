"""Putting an edition together: pages, tables, workbook, claims, manifest; whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.present import Released, sentences_in
from anchor_analysis.present.conditions import as_frame
from anchor_analysis.publish.crate import write_crate
from anchor_analysis.publish.described import describe_conditions, describe_tables
from anchor_analysis.publish.editions import OUTSIDE, EditionFolder, write_manifest
from anchor_analysis.publish.ledger import today
from anchor_analysis.publish.notebooks import ARCHIVE, read_notebooks, write_notebooks
from anchor_analysis.publish.workbook import safe_csv, tidy_csv, write_workbook

CELLS = "cells.parquet"

#: Conditions of the place, apart from the tables of what members did.
CONDITIONS = "conditions.csv"


@dataclass(frozen=True)
class PublicPage:
    """A page of an edition: where it stands, without a suffix, its HTML, and the notebook that it was made from.

    A notebook that makes a page for every metric stands in no edition: it would be there once for each.
    """

    address: str
    html: str
    notebook: str = ""

    @property
    def home(self) -> str:
        """The way from it to the edition's first page."""
        return "../" * self.address.count("/") + "index.html"


def assemble(
    edition: EditionFolder, results: Path, pages: Sequence[PublicPage], about: dict[str, Any], status: str
) -> None:
    """Write an edition's folder anew from a folder of results and its public pages.

    `about` goes into the manifest. Raises ValueError where a page marks a claim that has no entry in claims.json, or an
    entry stands nowhere; then nothing is written.
    """
    with storage.replacing(edition.folder) as folder:
        facts = storage.read_json(results / "edition.json") | {"revision": edition.revision, "status": status}
        register = storage.read_json(results / "claims.json") | {"revision": edition.revision}
        storage.write_bytes(folder / CELLS, (results / CELLS).read_bytes())
        storage.write_text(folder / "edition.json", storage.to_json(facts))
        _write_tables(folder, facts, register)
        _write_pages(folder, facts, pages, register)
        write_manifest(folder, about | {"edition": edition.name, "status": status})
        write_crate(folder, today())


def _write_tables(folder: Path, facts: dict[str, Any], register: dict[str, Any]) -> None:
    cells = storage.read_frame(folder / CELLS)
    (folder / "tables").mkdir()
    tables = sorted(set(cells["table"]))
    for table in tables:
        storage.write_text(folder / "tables" / f"{table}.csv", tidy_csv(cells, table))
    describe_tables(folder / "tables", facts, tables)
    if facts.get("conditions"):
        storage.write_text(folder / CONDITIONS, safe_csv(as_frame(facts)))
        describe_conditions(folder / CONDITIONS, facts)
    write_workbook(cells, sentences_in(register), facts, folder / "workbook.xlsx")


def _write_pages(folder: Path, facts: dict[str, Any], pages: Sequence[PublicPage], register: dict[str, Any]) -> None:
    """Write every page, and then claims.json, which says on which of them each claim stands."""
    from anchor_analysis.present.origins import FIRST, Origins
    from anchor_analysis.publish.index import render_index
    from anchor_analysis.publish.pages import title_of  # takes more than a second
    from anchor_analysis.publish.registering import with_pages, write_claims

    cells = storage.read_frame(folder / CELLS)
    ordered = sorted(pages, key=lambda page: page.address)
    titles = {f"{page.address}.html": title_of(page.html) for page in ordered}
    downloads = [*_downloads(folder, cells), *([ARCHIVE] if any(page.notebook for page in pages) else [])]
    homes = {Path(page.address).name: f"{page.address}.html" for page in ordered if "/" in page.address}
    index = render_index(cells, facts, titles, downloads, Origins(Released(cells, facts), register, homes, FIRST))
    written = {f"{page.address}.html": page.html for page in ordered} | {"index.html": index}
    for name, html in written.items():
        storage.write_text(folder / name, html)
    write_notebooks(folder, {page.address: page.notebook for page in ordered if page.notebook})
    write_claims(folder, with_pages(register, written, downloads))


def _downloads(folder: Path, cells: pd.DataFrame) -> Iterator[str]:
    yield "workbook.xlsx"
    yield from (f"tables/{table}.csv" for table in sorted(set(cells["table"])))
    if (folder / CONDITIONS).is_file():
        yield CONDITIONS
    yield "claims.json"


def standing_pages(edition: EditionFolder, status: str) -> list[PublicPage]:
    """The pages that stand in an edition, of another status: their content is what it was."""
    from anchor_analysis.publish.pages import restated

    facts = edition.facts | {"revision": edition.revision, "status": status}
    notebooks = read_notebooks(edition.folder)
    pages = []
    for path in sorted(edition.folder.rglob("*.html")):
        address = path.relative_to(edition.folder).with_suffix("").as_posix()
        if address == "index" or path.name in OUTSIDE:
            continue
        page = PublicPage(address, storage.read_text(path), notebooks.get(address, ""))
        pages.append(replace(page, html=restated(page.html, facts, page.home)))
    return pages
