"""The parts of a workbook that is a package: which sheets it has, and where they are."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree


def sheets_of(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The name and part of each sheet of a workbook in XML."""
    book = book_of(package)
    parts, names = related(package, book), set(package.namelist())
    for element in ElementTree.fromstring(package.read(book)).iter():
        if local(element) == "sheet" and parts[_id_of(element)] in names:
            yield element.attrib["name"], parts[_id_of(element)]


def related(package: zipfile.ZipFile, part: str, kind: str = "") -> dict[str, str]:
    """The parts, all or those of one kind, that a part refers to, by the id it calls them."""
    folder, name = posixpath.split(part)
    root = ElementTree.fromstring(package.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return {
        element.attrib["Id"]: posixpath.normpath(posixpath.join("/", folder, element.attrib["Target"])).lstrip("/")
        for element in root
        if element.get("TargetMode") != "External" and element.get("Type", "").endswith(kind)
    }


def book_of(package: zipfile.ZipFile) -> str:
    """The part that names the sheets; a broken package without one is found out by the caller."""
    return next(iter(related(package, "", "/officeDocument").values()), "")


def local(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _id_of(sheet: ElementTree.Element) -> str:
    return next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
