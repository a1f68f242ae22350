"""Areas as declared: the wards of a place, and what a network calls its most disadvantaged parts."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Codes
from datetime import date
from typing import Literal, Self

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault


class Ward(Declared):
    """A ward's name, and its place on a tile map: row from the north, column from the west."""

    name: str
    tile: tuple[int, int]


class WardSet(Declared):
    """The wards of a place, by code."""

    id: Id
    title: str
    place: str
    local_authorities: list[str]
    source: str
    note: str = ""
    wards: dict[str, Ward]

    def recoded(self, codes: Codes[str, str]) -> Self:
        """The same wards, with other codes for some."""
        return self.model_copy(update={"wards": {codes.get(code, code): ward for code, ward in self.wards.items()}})


class Pinned(Declared):
    """A reference as it was when something was made from it: the hash says which, its id and vintage are for people."""

    id: Id
    vintage: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


#: The kinds that choose so many wards by a rule, and by what each orders them.
TOP_K = {
    "top_k_by_score": "population-weighted score",
    "top_k_by_share": "share of LSOAs in decile 1",
}


class MostDisadvantaged(Declared):
    """A named, versioned and frozen definition of the most disadvantaged parts of a place.

    A `fixed_list` names wards and no rule. `top_k_by_score` and `top_k_by_share` are the `k` wards that come first by
    score, or by share of LSOAs in decile 1; the list in the file stands, whatever the rule would give later.
    `wards_by` is what told in which ward an LSOA lies: the postcode directory, by most live postcodes, or a best-fit
    lookup. `lsoa_decile` names no wards: it is the LSOAs of the area in decile 1 of one release of the Index.
    """

    id: Id
    version: int = Field(ge=1)
    title: str
    kind: Literal["fixed_list", "top_k_by_score", "top_k_by_share", "lsoa_decile"]
    wards: list[str] = []
    k: int | None = Field(None, ge=1)
    decile: Literal[1] | None = None
    deprivation: Pinned | None = None
    wards_by: Pinned | None = None
    frozen: date
    source: str
    source_status: str

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"

    def recoded(self, codes: Codes[str, str]) -> Self:
        """The same definition, with other codes for some of its wards."""
        return self.model_copy(update={"wards": [codes.get(code, code) for code in self.wards]})

    def faults(self) -> Iterator[Fault]:
        has = {name for name in ("wards", "k", "decile", "deprivation", "wards_by") if getattr(self, name)}
        needs = {"fixed_list": {"wards"}, "lsoa_decile": {"decile", "deprivation"}}
        wanted = needs.get(self.kind, {"wards", "k", "deprivation", "wards_by"})
        for name in sorted(wanted - has):
            yield Fault(("kind",), f"a {self.kind} has {name}")
        for name in sorted(has - wanted):
            yield Fault((name,), f"a {self.kind} has no {name}")
        if len(set(self.wards)) < len(self.wards):
            yield Fault(("wards",), "a ward stands in the list twice")
        if self.k and self.wards and len(self.wards) != self.k:
            yield Fault(("k",), f"the list has {len(self.wards)} wards, and k is {self.k}")


class Crosswalk(Declared):
    """How the headers of a known kind of file map to a canonical table, and which it has that are not needed."""

    id: Id
    title: str
    table: str
    source: str
    columns: dict[str, list[str]]
    ignored: list[str | list[str]] = []


class OtherFile(Declared):
    """A kind of file that is sent by mistake, known by its headers: at least `enough` of them, in any spelling."""

    id: Id
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


class Labels(Declared):
    """What the groups of a breakdown are called, by their code: one file of `definitions/labels`."""

    id: Id
    title: str
    source: str = Field(min_length=1)
    labels: dict[str, str]
