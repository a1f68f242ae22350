"""What each file of an edition tells of its cells: pages, notebooks, sentences, the workbook, and the CSV files.

Each carrier gives what it prints of a cell as `Told`. What a carrier prints of a cell that is withheld, or otherwise
than it was released, is a fault by itself. The words of pictures, which name no cells, are read by `descriptions`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.markup import Element, Markup, read_markup, read_pages
from anchor_analysis.audit.reading import Told
from anchor_analysis.present import Released, lay_out, sentences_in
from anchor_analysis.present.parts import FIELDS, field_text
from anchor_analysis.present.released import Cell, number
from anchor_analysis.present.wording import capital
from anchor_analysis.publish.editions import OUTSIDE
from anchor_analysis.publish.notebooks import read_notebooks

#: How descriptions of pictures begin, in a notebook whose picture is kept apart from them.
_PICTURES = ("Line chart.", "Bar chart.", "Tile map.", "Dot plot.", "Small multiples.", "Chart.", "Map.")

_NUMBERS = ("value", "lower", "upper")


@dataclass(frozen=True)
class Carried:
    """What carriers print of the cells that they name, and the words of pictures, each with its file."""

    told: tuple[Told, ...]
    descriptions: tuple[tuple[str, str], ...]


def carried_by(folder: Path, known: Released, pages: Mapping[str, Markup]) -> Carried:
    """Everything that an edition's files print of cells, and what their pictures are described by.

    `pages` are its pages as `read_folder` gives them.
    """
    told: list[Told] = []
    described: list[tuple[str, str]] = []
    for place, markup in [*pages.items(), *_outputs(folder)]:
        told += _of_elements(markup.elements, place)
        described += [(place, text) for text in markup.descriptions]
    told += _of_claims(folder / "claims.json")
    for path in sorted((folder / "tables").glob("*.csv")):
        told += _of_csv(path, known)
    if (folder / "workbook.xlsx").is_file():
        told += _of_workbook(folder / "workbook.xlsx", known)
    return Carried(tuple(told), tuple(described))


def _pages(folder: Path) -> list[Path]:
    """The pages of an edition, without that of its sign-off, which counts cells and shows none."""
    return sorted(path for path in folder.rglob("*.html") if path.name not in OUTSIDE)


def read_folder(folder: Path) -> dict[str, Markup]:
    """What is found on the pages of an edition, by where they stand in it, read once for all that is checked of it."""
    return read_pages({path.relative_to(folder).as_posix(): storage.read_text(path) for path in _pages(folder)})


def _outputs(folder: Path) -> Iterator[tuple[str, Markup]]:
    """The HTML of notebooks' outputs; the plain text of a picture is its description."""
    for name, notebook in notebooks_of(folder).items():
        outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
        for output in outputs:
            yield name, _of_output(output)


def notebooks_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The notebooks of an edition, by where they stand."""
    return {f"notebooks/{name}.ipynb": json.loads(text) for name, text in read_notebooks(folder).items()}


def _of_output(output: dict[str, Any]) -> Markup:
    data = output.get("data", {})
    found = read_markup(_joined(data.get("text/html", "")))
    plain = _joined(data.get("text/plain", output.get("text", "")))
    is_picture = "image/png" in data or plain.startswith(_PICTURES)
    return Markup(found.elements, [*found.descriptions, plain] if is_picture else found.descriptions)


def _joined(text: str | list[str]) -> str:
    return "".join(text)


def _of_elements(elements: Sequence[Element], place: str) -> Iterator[Told]:
    yield from (Told(element.cell, element.field, element.text, place) for element in elements)


def _of_claims(path: Path) -> Iterator[Told]:
    for claim in _sentences(path):
        for part in claim["parts"]:
            if part.get("cell"):
                field = part.get("field") or "shown"
                yield Told(part["cell"], field, part["text"], f"claims.json, {claim['id']}")


def _sentences(path: Path) -> list[dict[str, Any]]:
    return sentences_in(storage.read_json(path)) if path.is_file() else []


def _of_csv(path: Path, known: Released) -> Iterator[Told]:
    """What a row prints, and its numbers where they are not the released ones, as text."""
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    columns = ["cell_id", "shown", *_NUMBERS]
    for name, shown, *numbers in zip(*(table[column] for column in columns), strict=True):
        yield Told(name, "shown", shown.removeprefix("'"), f"tables/{path.name}")
        cell = known.by_id.get(name)
        for column, text in zip(_NUMBERS, numbers, strict=True):
            if cell is not None and not same_number(_read(text), getattr(cell, column)):
                yield Told(name, column, text, f"tables/{path.name}")


def _read(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def same_number(one: float, other: float) -> bool:
    """Whether two numbers are one, or both are none."""
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


# --- the workbook ---


def _of_workbook(path: Path, known: Released) -> Iterator[Told]:
    from python_calamine import load_workbook

    book = load_workbook(path)
    for table in dict.fromkeys(cell.table for cell in known.cells):
        name = capital(table.replace("_", " "))[:31]
        if name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            yield from _of_sheet(rows, known, table, f"workbook.xlsx, {name}")


def _of_sheet(rows: list[list[Any]], known: Released, table: str, place: str) -> Iterator[Told]:
    """What stands where the table's layout has its cells: a number as a text that has it, anything else as it is."""
    laid = lay_out(known, table, period="")
    width = len(laid.headings)
    heads = [at for at, row in enumerate(rows) if tuple(row[:width]) == laid.headings and len(row) > width]
    if not heads:
        return
    columns = {str(name): at for at, name in enumerate(rows[heads[0]])}
    standing: dict[tuple[str, ...], list[Any]] = {}
    for row in rows[heads[0] + 1 :]:
        standing.setdefault(tuple(str(one) for one in row[:width]), row)
    for labels, cells in laid.rows:
        row = standing.get(labels, [])
        for name, cell in zip(laid.columns, cells, strict=True):
            if cell is not None and name in columns and columns[name] < len(row):
                yield from _of_square(row[columns[name]], cell, place)


def _of_square(value: Any, cell: Cell, place: str) -> Iterator[Told]:
    if not isinstance(value, int | float):
        yield Told(cell.cell_id, "shown", str(value), place)
        return
    released = number(cell.shown)
    if released is None or not same_number(float(value), released):
        yield Told(cell.cell_id, "shown", _as_text(float(value), cell), place)


def _as_text(value: float, cell: Cell) -> str:
    """A bare number as a cell's words would have it, to be read as they are."""
    return f"{round(value * 100, 6):.10g}%" if cell.unit in ("share", "percent") else f"{value:,.10g}"


# --- what is wrong with what is told ---


def faulty_sentences(folder: Path) -> Iterator[tuple[str, str]]:
    """Sentences that their parts do not make, numbers in them from nowhere, and other sentences in the workbook."""
    path = folder / "claims.json"
    claims = _sentences(path)
    for claim in claims:
        if "".join(part["text"] for part in claim["parts"]) != claim["sentence"]:
            yield f"claims.json, {claim['id']}", "has a sentence that its parts do not make."
        if any(
            re.search("[0-9]", part["text"]) for part in claim["parts"] if not part.get("cell") and not part.get("fact")
        ):
            yield f"claims.json, {claim['id']}", "has a number that comes from no cell and no fact."
    said = {claim["sentence"] for claim in claims}
    for row in _sheet(folder / "workbook.xlsx", "Sentences"):
        if len(row) == 3 and row[1] not in said and row[1] != "Sentence":
            yield "workbook.xlsx, Sentences", "has a sentence that is not among the claims."


def _sheet(path: Path, name: str) -> list[list[Any]]:
    from python_calamine import load_workbook

    book = load_workbook(path) if path.is_file() else None
    if book is None or name not in book.sheet_names:
        return []
    return [row for row in book.get_sheet_by_name(name).to_python() if len(row) > 1 and row[1] != ""]


def notebook_texts(notebook: dict[str, Any]) -> Iterator[str]:
    """The plain texts among a notebook's outputs, and what was printed."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield _joined(output.get("data", {}).get("text/plain", output.get("text", "")))


def misprinted(told: Sequence[Told], known: Released) -> Iterator[tuple[str, str]]:
    """Where something is printed of a cell otherwise than it was released, and what, without the figure."""
    seen = set()
    for one in told:
        cell = known.by_id.get(one.cell)
        if cell is None:
            what = f"shows {one.cell}, which is no released cell."
        elif one.field in FIELDS and one.text.split() == field_text(cell, one.field).split():
            continue
        elif cell.is_withheld and is_figure(one):
            continue  # told apart, by what it gives away
        else:
            what = f"shows {one.field} of {one.cell} otherwise than it was released."
        if (one.place, what) not in seen:
            seen.add((one.place, what))
            yield one.place, what


def given_away(told: Sequence[Told], known: Released) -> Iterator[tuple[str, str]]:
    """Where a figure is printed of a cell that is withheld, and of which."""
    found = dict.fromkeys(
        (one.place, one.cell)
        for one in told
        if one.cell in known.by_id and known.by_id[one.cell].is_withheld and is_figure(one)
    )
    yield from found


def is_figure(told: Told) -> bool:
    """Whether what is printed is a figure or a bound of one, and no shorthand or word."""
    return told.field in ("shown", "size", *_NUMBERS) and number(told.text.lstrip("'")) is not None
