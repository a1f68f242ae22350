"""The register of an edition's claims held against its pages: each mark has its entry, each entry its place."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.present.register import CONDITION, SENTENCE, Register, register_text

CLAIMS = "claims.json"

#: Attributes by which an element marks a figure, a sentence, or a card of one.
MARKS = ("data-cell", "data-claim", "data-of")

#: The address of a card on another page.
_ELSEWHERE = re.compile(r"[\w./-]+\.html#c-[0-9a-f]+")

#: The form of the register, shipped with the package.
SCHEMA_FILE = Path(__file__).parent / "claims.schema.json"


def read_schema() -> dict[str, Any]:
    """The JSON Schema of claims.json."""
    schema: dict[str, Any] = storage.read_json(SCHEMA_FILE)
    return schema


def marks_of(pages: Mapping[str, str]) -> dict[str, list[str]]:
    """The pages on which each claim is marked, by its id, in the order of the pages.

    A link to a card of another page marks the claim of that card; one that leads to none is a claim by its address.
    """
    read = {}
    for name, page in sorted(pages.items()):
        read[name] = _Marks()
        read[name].feed(page)
    cards = {f"{name}#{card}": claim for name, marks in read.items() for card, claim in marks.cards.items()}
    found: dict[str, list[str]] = {}
    for name, marks in read.items():
        ways = (posixpath.normpath(posixpath.join(posixpath.dirname(name), way)) for way in marks.leads)
        for claim in dict.fromkeys([*marks.claims, *(cards.get(way, way) for way in ways)]):
            found.setdefault(claim, []).append(name)
    return found


class _Marks(HTMLParser):
    """The claims that the elements of a page mark; there is no need to make a tree of hundreds of pages for that."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: dict[str, None] = {}
        self.cards: dict[str, str] = {}
        self.leads: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in MARKS:
            if claim := given.get(name):
                self.claims[claim] = None
                self.cards[str(given.get("id"))] = claim
        way = given.get("href") or ""
        if _ELSEWHERE.fullmatch(way):
            self.leads[way] = None


def with_pages(register: Register, pages: Mapping[str, str], downloads: Iterable[str]) -> Register:
    """The register in which each entry says on which `pages` it stands, or in which `downloads` alone.

    Raises ValueError with every mark of a page that has no entry, and with every entry that stands nowhere.
    """
    marks, there = marks_of(pages), set(downloads)
    entries = [_placed(entry, marks.get(entry["id"], []), there) for entry in register["claims"]]
    known = {entry["id"] for entry in entries}
    faults = [f"{name} marks {claim}, which has no entry" for claim, names in marks.items() if claim not in known
              for name in names]  # fmt: skip
    faults += [f"{entry['id']} stands on no page and in no download" for entry in entries
               if not entry["pages"] and not entry["only_in"]]  # fmt: skip
    if faults:
        raise ValueError("Pages and claims.json do not agree:\n" + "\n".join(faults))
    return {**register, "claims": entries}


def _placed(entry: dict[str, Any], pages: list[str], there: set[str]) -> dict[str, Any]:
    said = {name: value for name, value in entry.items() if name != "only_in"}
    if pages:
        return said | {"pages": pages}
    return said | {"pages": [], "only_in": sorted(there & set(_downloads_of(entry)))}


def _downloads_of(entry: Mapping[str, Any]) -> list[str]:
    """The downloads that hold a claim: a sentence is in the workbook, a figure also in the file of its table."""
    if entry["kind"] == SENTENCE:
        return ["workbook.xlsx"]
    if entry["kind"] == CONDITION:
        return ["workbook.xlsx", "conditions.csv"]
    return ["workbook.xlsx", f"tables/{entry['id'].partition('|')[0]}.csv"]


def write_claims(folder: Path, register: Register) -> None:
    """Write claims.json."""
    storage.write_text(folder / CLAIMS, register_text(register))
