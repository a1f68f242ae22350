"""Areas as declared: the wards of a place, and what a network calls its most disadvantaged ones."""

from __future__ import annotations

from datetime import date
from typing import Literal

from anchor_analysis.declared.model import Declared


class Ward(Declared):
    """A ward's name, and its place on a tile map: row from the north, column from the west."""

    name: str
    tile: tuple[int, int]


class WardSet(Declared):
    """The wards of a place, by code."""

    id: str
    title: str
    place: str
    local_authorities: list[str]
    source: str
    note: str = ""
    wards: dict[str, Ward]


class DisadvantagedWards(Declared):
    """A named, versioned and frozen definition of the most disadvantaged wards of a place."""

    id: str
    version: int
    title: str
    kind: Literal["fixed_list"]
    wards: list[str]
    frozen: date
    source: str
    source_status: str

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"


class Crosswalk(Declared):
    """How the headers of a known kind of file map to a canonical table, and which it has that are not needed."""

    id: str
    title: str
    table: str
    source: str
    columns: dict[str, list[str]]
    ignored: list[str | list[str]] = []


class OtherFile(Declared):
    """A kind of file that is sent by mistake, known by its headers: at least `enough` of them, in any spelling."""

    id: str
    title: str
    headers: list[list[str]]
    enough: int
    remedy: str


class Mapping(Declared):
    """A network's own decision how files of a return are read: by a shipped crosswalk or by columns given here."""

    files: str
    table: str
    member: str = ""
    sheet: str = ""
    crosswalk: str = ""
    columns: dict[str, list[str]] = {}
    ignored: list[str | list[str]] = []
