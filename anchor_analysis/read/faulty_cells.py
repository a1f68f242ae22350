"""Cells of a workbook that hold no value: errors such as #N/A, and formulas that were never worked out.

The reader of workbooks gives both as blank, and a blank is not what stands there. So the sheet's own text is
searched for them; only where there are any is it parsed.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from xlsxwriter.utility import xl_cell_to_rowcol

UNCALCULATED = "a formula without a result"

#: Marks of such cells, each with a plain beginning so that the search is quick; a false alarm costs a parse.
_SUSPECTS = [re.compile(mark) for mark in (rb"""t=["']e["']""", rb"f>\s*</(?:\w+:)?c>", rb"/>\s*</(?:\w+:)?c>")]
_CHUNK, _OVERLAP = 1 << 20, 4096


def faulty_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """What stands in the cells of a sheet that hold no value, by row and column counted from 0."""
    with zipfile.ZipFile(path) as package:
        part = _part_of(package, sheet)
        with package.open(part) as stream:
            if not _suspect(stream):
                return {}
        with package.open(part) as stream:
            return dict(_faulty(stream))


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    book = _related(package, "", "/officeDocument")[0][1]
    root = ElementTree.fromstring(package.read(book))
    wanted = [element for element in root.iter() if _local(element) == "sheet" and element.get("name") == sheet]
    identity = next((value for key, value in wanted[0].attrib.items() if key.endswith("}id")), "")
    return dict(_related(package, book, "/worksheet"))[identity]


def _related(package: zipfile.ZipFile, part: str, kind: str) -> list[tuple[str, str]]:
    folder, name = posixpath.split(part)
    root = ElementTree.fromstring(package.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return [
        (
            element.attrib["Id"],
            posixpath.normpath(posixpath.join("/", folder, element.attrib["Target"])).lstrip("/"),
        )
        for element in root
        if element.attrib["Type"].endswith(kind)
    ]


def _suspect(stream: IO[bytes]) -> bool:
    tail = b""
    while chunk := stream.read(_CHUNK):
        text = tail + chunk
        if any(suspect.search(text) for suspect in _SUSPECTS):
            return True
        tail = chunk[-_OVERLAP:]
    return False


def _faulty(stream: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    number = -1
    for _, element in ElementTree.iterparse(stream):
        if _local(element) == "row":
            number = int(element.get("r", number + 2)) - 1
            yield from _faulty_of_row(element, number)
            element.clear()


def _faulty_of_row(row: ElementTree.Element, number: int) -> Iterator[tuple[tuple[int, int], str]]:
    column = -1
    for cell in row:
        column = xl_cell_to_rowcol(cell.attrib["r"])[1] if "r" in cell.attrib else column + 1
        inside = {_local(part): part.text or "" for part in cell}
        if cell.get("t") == "e":
            yield (number, column), inside.get("v", "an error")
        elif "f" in inside and "v" not in inside and cell.get("t") != "str":
            yield (number, column), UNCALCULATED


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
