"""Putting an edition together: pages, tables, workbook, claims, manifest; whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.present.conditions import as_frame
from anchor_analysis.publish.editions import EditionFolder, write_manifest
from anchor_analysis.publish.workbook import tidy_csv, write_workbook

DATA = ["cells.parquet", "claims.json"]

#: Conditions of the place, apart from the tables of what members did.
CONDITIONS = "conditions.csv"


def assemble(
    edition: EditionFolder, results: Path, notebooks: dict[str, tuple[str, Path]], about: dict[str, Any], status: str
) -> None:
    """Write an edition's folder anew from a folder of results and its executed public notebooks.

    `notebooks` gives for each name its title and where it is; `about` goes into the manifest.
    """
    with storage.replacing(edition.folder) as folder:
        facts = storage.read_json(results / "edition.json") | {"revision": edition.revision, "status": status}
        for name in DATA:
            storage.write_bytes(folder / name, (results / name).read_bytes())
        storage.write_text(folder / "edition.json", storage.to_json(facts))
        _write_tables(folder, facts)
        _write_pages(folder, facts, notebooks)
        write_manifest(folder, about | {"edition": edition.name, "status": status})


def _write_tables(folder: Path, facts: dict[str, Any]) -> None:
    cells = storage.read_frame(folder / "cells.parquet")
    claims = storage.read_json(folder / "claims.json")
    (folder / "tables").mkdir()
    for table in sorted(set(cells["table"])):
        storage.write_text(folder / "tables" / f"{table}.csv", tidy_csv(cells, table))
    if facts.get("conditions"):
        storage.write_text(folder / CONDITIONS, as_frame(facts).to_csv(index=False, lineterminator="\n"))
    write_workbook(cells, claims, facts, folder / "workbook.xlsx")


def _write_pages(folder: Path, facts: dict[str, Any], notebooks: dict[str, tuple[str, Path]]) -> None:
    import nbformat  # takes more than a second, and so do the pages; processes that read returns need not pay it

    from anchor_analysis.publish.index import render_index
    from anchor_analysis.publish.pages import render_page

    pages = {}
    for name, (title, path) in sorted(notebooks.items()):
        notebook = nbformat.read(path, as_version=4)
        storage.write_text(folder / f"{name}.html", render_page(notebook, title=title, facts=facts, internal=False))
        storage.write_text(folder / "notebooks" / f"{name}.ipynb", nbformat.writes(notebook) + "\n")
        pages[f"{name}.html"] = title
    cells = storage.read_frame(folder / "cells.parquet")
    downloads = ["workbook.xlsx", *(f"tables/{table}.csv" for table in sorted(set(cells["table"])))]
    downloads += [CONDITIONS] if (folder / CONDITIONS).is_file() else []
    downloads.append("claims.json")
    storage.write_text(folder / "index.html", render_index(cells, facts, pages, downloads))


def executed_notebooks(edition: EditionFolder, titles: dict[str, str]) -> dict[str, tuple[str, Path]]:
    """The notebooks that stand in an edition, to render its pages anew."""
    paths: Sequence[Path] = sorted((edition.folder / "notebooks").glob("*.ipynb"))
    return {path.stem: (titles.get(path.stem, path.stem), path) for path in paths}
