"""Holding an edition against the same made again: figures, claims, tables, notebooks and pages, one by one.

What differs is told by its id and its place, never by its value: what was made again may show what must not be told.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from python_calamine import CalamineError

from anchor_analysis import storage
from anchor_analysis.publish.assembling import CELLS, CONDITIONS
from anchor_analysis.publish.editions import OUTSIDE
from anchor_analysis.publish.notebooks import ARCHIVE, read_notebooks
from anchor_analysis.publish.schemas import read_register
from anchor_analysis.read.kinds import BROKEN

#: What is compared by its content, and not as any other file.
_KINDS = (ARCHIVE, ".html", ".csv", ".xlsx", CELLS, "claims.json")


@dataclass(frozen=True)
class Part:
    """A part of an edition, or of what it was made from: how many are the same, and the ids of those that are not.

    Where it was only `told`, a difference does not make the edition another.
    """

    what: str
    same: int
    differing: tuple[str, ...] = ()
    told: bool = False


def compare_whole(standing: Path, remade: Path, pictures: bool) -> list[Part]:
    """Everything that an edition's folder holds against the same made again.

    `pictures` says whether their bytes must be the same too; otherwise their words must be, and it is told how many
    are drawn otherwise.
    """
    drawn: list[str] = []
    parts = [
        _part("figures", [CELLS], _cells, standing, remade),
        _part("claims", ["claims.json"], _claims, standing, remade),
        _part("tables", _named(standing, remade, ".csv"), _table, standing, remade, each=True),
        _part("sheets of the workbook", ["workbook.xlsx"], _sheets, standing, remade),
        _part("notebooks", _named(standing, remade, ARCHIVE), _notebooks(pictures, drawn), standing, remade),
        _part("pages", _named(standing, remade, ".html"), _page(pictures), standing, remade, each=True),
        _part("other files", list(_others(standing, remade)), _bytes, standing, remade, each=True),
    ]
    if drawn:
        parts.append(Part("pictures of the same words that are drawn otherwise", 0, tuple(drawn), told=True))
    return parts


#: What reading a file of an edition raises that is not what it should be.
MALFORMED = (*BROKEN, TypeError, AttributeError, ArithmeticError, pa.ArrowException, CalamineError)

#: Gives how many things two files have in common, and what differs.
Compare = Callable[[Path, Path], tuple[int, list[str]]]


def _part(what: str, names: Iterable[str], compare: Compare, standing: Path, remade: Path, each: bool = False) -> Part:
    """Compare files by name; with `each` it is the files that are counted, and otherwise what is in them."""
    same, differing = 0, []
    for name in names:
        ours, theirs = remade / name, standing / name
        if not (ours.is_file() and theirs.is_file()):
            differing.append(f"{name}: {'is missing' if ours.is_file() else 'is not made again'}")
            continue
        try:
            alike, found = compare(theirs, ours)
        except MALFORMED:
            alike, found = 0, ["cannot be read"]
        same += (not found) if each else alike
        differing += [f"{name}: {one}" if each or one == "cannot be read" else one for one in found]
    return Part(what, same, tuple(differing))


def _named(standing: Path, remade: Path, suffix: str) -> list[str]:
    """The files of either edition with a suffix."""
    return sorted({name for folder in (standing, remade) for name in _files(folder) if name.endswith(suffix)})


def _files(folder: Path) -> Iterator[str]:
    yield from (
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name not in OUTSIDE
    )


def _others(standing: Path, remade: Path) -> Iterator[str]:
    yield from sorted({name for folder in (standing, remade) for name in _files(folder) if not name.endswith(_KINDS)})


def _alike(theirs: Path, ours: Path) -> bool:
    return storage.file_hash(theirs) == storage.file_hash(ours)


def _bytes(theirs: Path, ours: Path) -> tuple[int, list[str]]:
    if _alike(theirs, ours):
        return 1, []
    if theirs.suffix != ".json":
        return 0, ["its bytes differ"]
    was, now = storage.read_json(theirs), storage.read_json(ours)
    return 0, [", ".join(_differing_keys(was, now)) or "its bytes differ"]


def _differing_keys(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))


def _by_id(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[int, list[str]]:
    """How many things are the same under the same id, and of each other what is amiss."""
    found = []
    for name in dict.fromkeys([*was, *now]):
        if name not in now:
            found.append(f"{name} (not made again)")
        elif name not in was:
            found.append(f"{name} (missing)")
        elif was[name] != now[name]:
            found.append(f"{name} ({', '.join(_differing_keys(was[name], now[name]))})")
    return len(was.keys() | now.keys()) - len(found), found


def _cells(theirs: Path, ours: Path) -> tuple[int, list[str]]:
    return _by_id(*(_rows(storage.read_frame(path)) for path in (theirs, ours)))


def _rows(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return {str(row["cell_id"]): row for row in plain.to_dict("records")}


def _claims(theirs: Path, ours: Path) -> tuple[int, list[str]]:
    was, now = read_register(theirs.parent), read_register(ours.parent)
    same, found = _by_id(*({one["id"]: one for one in register["claims"]} for register in (was, now)))
    heads = ({name: value for name, value in one.items() if name != "claims"} for one in (was, now))
    return same, found + [f"claims.json: {name}" for name in _differing_keys(*heads)]


def _table(theirs: Path, ours: Path) -> tuple[int, list[str]]:
    if _alike(theirs, ours):
        return 1, []
    was, now = ({_key(theirs, at, row): row for at, row in enumerate(_lines(path))} for path in (theirs, ours))
    return 0, _by_id(was, now)[1] or ["the order of its rows, or how they are written"]


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{str(name): value for name, value in row.items()} for row in csv.DictReader(stream)]


def _key(path: Path, at: int, row: Mapping[str, Any]) -> str:
    return f"row {at + 2}" if path.name == CONDITIONS else str(row.get("cell_id", f"row {at + 2}"))


def _sheets(theirs: Path, ours: Path) -> tuple[int, list[str]]:
    was, now = _book(theirs), _book(ours)
    same, found = 0, []
    for name in dict.fromkeys([*was, *now]):
        squares = [*_squares(was[name], now[name])] if name in was and name in now else ["is in one alone"]
        same += not squares
        found += [f"{name}!{one}" for one in squares]
    if not found and not _alike(theirs, ours):
        found = ["workbook.xlsx: how it is written, and not its values"]
    return same, found


def _book(path: Path) -> dict[str, list[list[Any]]]:
    from python_calamine import load_workbook

    book = load_workbook(path)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _squares(was: list[list[Any]], now: list[list[Any]]) -> Iterator[str]:
    """The squares of a sheet that hold another value, as R1C1."""
    for row in range(max(len(was), len(now))):
        lines = [sheet[row] if row < len(sheet) else [] for sheet in (was, now)]
        for column in range(max(map(len, lines))):
            values = [line[column] if column < len(line) else "" for line in lines]
            if values[0] != values[1]:
                yield f"R{row + 1}C{column + 1}"


def _notebooks(pictures: bool, drawn: list[str]) -> Compare:
    def compare(theirs: Path, ours: Path) -> tuple[int, list[str]]:
        books = [read_notebooks(path.parent) for path in (theirs, ours)]
        same, found = 0, []
        for name in dict.fromkeys([*books[0], *books[1]]):
            was, now = (book.get(name) for book in books)
            place = f"notebooks/{name}.ipynb"
            if was is None or now is None:
                found.append(f"{place}: {'is missing' if was is None else 'is not made again'}")
                continue
            differing, redrawn = ([], []) if was == now else _of_notebook(json.loads(was), json.loads(now), pictures)
            same += not differing
            found += [f"{place}: {one}" for one in differing]
            drawn.extend(f"{place}, {one}" for one in redrawn)
        return same, found

    return compare


def _of_notebook(was: Mapping[str, Any], now: Mapping[str, Any], pictures: bool) -> tuple[list[str], list[str]]:
    """Where a notebook differs, and where it does so in the bytes of a picture alone, which may be."""
    cells = was["cells"], now["cells"]
    found = [] if len(cells[0]) == len(cells[1]) else ["how many cells it has"]
    drawn = []
    for number, (before, after) in enumerate(zip(*cells, strict=False), start=1):
        if "".join(before["source"]) != "".join(after["source"]):
            found.append(f"source of cell {number}")
        kinds = _differing_keys(_outputs(before), _outputs(after))
        redrawn = [kind for kind in kinds if kind.startswith("image/")]
        if redrawn and not pictures:
            drawn.append(f"cell {number}")
            kinds = [kind for kind in kinds if kind not in redrawn]
        found += [f"cell {number}, {kind}" for kind in kinds]
    return found, drawn


def _outputs(cell: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a cell gave, by its kind; streams are one text, as they may come in pieces."""
    found: dict[str, list[str]] = {}
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            said = found.setdefault(str(output["name"]), [""])
            said[0] += "".join(output["text"])
        for kind, data in output.get("data", {}).items():
            found.setdefault(kind, []).append("".join(data) if isinstance(data, list) else str(data))
    return found


def _page(pictures: bool) -> Compare:
    def compare(theirs: Path, ours: Path) -> tuple[int, list[str]]:
        from anchor_analysis.audit.markup import picture_free, read_markup

        if _alike(theirs, ours):
            return 1, []
        was, now = (storage.read_text(path) for path in (theirs, ours))
        if not pictures and picture_free(was) == picture_free(now):
            return 1, []
        marked = [[*found.elements, *found.away] for found in map(read_markup, (was, now))]
        shown = [{(one.cell, one.field): one.text for one in elements} for elements in marked]
        moved = sorted({cell for cell, field in shown[0].keys() | shown[1].keys()
                        if shown[0].get((cell, field)) != shown[1].get((cell, field))})  # fmt: skip
        return 0, moved or ["its words or its form, and no figure that it marks"]

    return compare
