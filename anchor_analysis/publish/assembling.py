"""Putting an edition together: pages, tables, workbook, claims, manifest; whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.present import Released, sentences_in
from anchor_analysis.present.conditions import as_frame
from anchor_analysis.publish.editions import EditionFolder, write_manifest
from anchor_analysis.publish.workbook import tidy_csv, write_workbook

CELLS = "cells.parquet"

#: Conditions of the place, apart from the tables of what members did.
CONDITIONS = "conditions.csv"


def assemble(
    edition: EditionFolder, results: Path, notebooks: dict[str, tuple[str, Path]], about: dict[str, Any], status: str
) -> None:
    """Write an edition's folder anew from a folder of results and its executed public notebooks.

    `notebooks` gives for each name its title and where it is; `about` goes into the manifest. Raises ValueError where
    a page marks a claim that has no entry in claims.json, or an entry stands nowhere; then nothing is written.
    """
    with storage.replacing(edition.folder) as folder:
        facts = storage.read_json(results / "edition.json") | {"revision": edition.revision, "status": status}
        register = storage.read_json(results / "claims.json") | {"revision": edition.revision}
        storage.write_bytes(folder / CELLS, (results / CELLS).read_bytes())
        storage.write_text(folder / "edition.json", storage.to_json(facts))
        _write_tables(folder, facts, register)
        _write_pages(folder, facts, notebooks, register)
        write_manifest(folder, about | {"edition": edition.name, "status": status})


def _write_tables(folder: Path, facts: dict[str, Any], register: dict[str, Any]) -> None:
    cells = storage.read_frame(folder / CELLS)
    (folder / "tables").mkdir()
    for table in sorted(set(cells["table"])):
        storage.write_text(folder / "tables" / f"{table}.csv", tidy_csv(cells, table))
    if facts.get("conditions"):
        storage.write_text(folder / CONDITIONS, as_frame(facts).to_csv(index=False, lineterminator="\n"))
    write_workbook(cells, sentences_in(register), facts, folder / "workbook.xlsx")


def _write_pages(
    folder: Path, facts: dict[str, Any], notebooks: dict[str, tuple[str, Path]], register: dict[str, Any]
) -> None:
    """Write every page, and then claims.json, which says on which of them each claim stands."""
    import nbformat  # takes more than a second, and so do the pages; processes that read returns need not pay it

    from anchor_analysis.present.origins import Origins
    from anchor_analysis.publish.index import render_index
    from anchor_analysis.publish.pages import render_page
    from anchor_analysis.publish.registering import with_pages, write_claims

    cells = storage.read_frame(folder / CELLS)
    origins = Origins(Released(cells, facts), register)
    titles, pages = {}, {}
    for name, (title, path) in sorted(notebooks.items()):
        notebook = nbformat.read(path, as_version=4)
        page = render_page(notebook, title=title, facts=facts, internal=False, origins=origins)
        storage.write_text(folder / "notebooks" / f"{name}.ipynb", nbformat.writes(notebook) + "\n")
        titles[f"{name}.html"], pages[f"{name}.html"] = title, page
    downloads = list(_downloads(folder, cells))
    pages["index.html"] = render_index(cells, facts, titles, downloads, origins)
    for name, page in pages.items():
        storage.write_text(folder / name, page)
    write_claims(folder, with_pages(register, pages, downloads))


def _downloads(folder: Path, cells: pd.DataFrame) -> Iterator[str]:
    yield "workbook.xlsx"
    yield from (f"tables/{table}.csv" for table in sorted(set(cells["table"])))
    if (folder / CONDITIONS).is_file():
        yield CONDITIONS
    yield "claims.json"


def executed_notebooks(edition: EditionFolder, titles: dict[str, str]) -> dict[str, tuple[str, Path]]:
    """The notebooks that stand in an edition, to render its pages anew."""
    paths: Sequence[Path] = sorted((edition.folder / "notebooks").glob("*.ipynb"))
    return {path.stem: (titles.get(path.stem, path.stem), path) for path in paths}
