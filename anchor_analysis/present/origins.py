"""The card of a figure: what it is and is made of, who counts in it, what is unknown or withheld, checks, sources.

A card stands on the page of its figure and needs nothing else. It is hidden until its fragment is asked for, and tells
nothing that the edition does not release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.definitions import definition_id, is_checked, profile_of
from anchor_analysis.present.made_from import sources_id
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.parts import figure
from anchor_analysis.present.register import CONDITION, SENTENCE, Entry, Register
from anchor_analysis.present.released import Cell, Facts, Released

#: What each operand is called on a card.
_ROLES = {
    "numerator": "Numerator", "denominator": "Denominator", "from": "From", "to": "To", "observed": "Counted",
    "expected": "Expected", "share": "Share", "target": "Target", "in_cash": "In cash",
}  # fmt: skip

_QUALITIES = {
    "rows": "counted from rows", "member_aggregate": "counted at the members' own sites",
    "reported_total": "a figure as members told it", "estimated": "estimated",
    "mixed": "partly figures as members told them",
}  # fmt: skip

NOT_RELEASED = "not released in this edition"


@dataclass(frozen=True)
class Place:
    """Where on a page a figure stands: the id of its link, and the name of what it stands in."""

    id: str
    name: str


def fragment(claim: str) -> str:
    """The id of a claim's card on a page, which is also what an address ends with that leads there.

    >>> fragment("series|staff|2023-24")
    'series~staff~2023-24'
    """
    return re.sub(r"[^A-Za-z0-9_.:~-]", ".", claim.replace("|", "~"))


@dataclass(frozen=True)
class Origins:
    """Makes the cards of an edition's figures."""

    known: Released
    register: Register
    entries: Mapping[str, Entry] = field(init=False)
    sentences: Mapping[str, Sequence[str]] = field(init=False)

    def __post_init__(self) -> None:
        entries = {entry["id"]: entry for entry in self.register["claims"]}
        saying: dict[str, list[str]] = {}
        for entry in entries.values():
            if entry["kind"] == SENTENCE:
                for cell in entry["cells"]:
                    saying.setdefault(cell, []).append(entry["id"])
        object.__setattr__(self, "entries", entries)
        object.__setattr__(self, "sentences", saying)

    @property
    def facts(self) -> Facts:
        return self.known.facts

    def has_card(self, claim: str) -> bool:
        """Whether a claim is a figure that has a card."""
        return claim in self.entries and self.entries[claim]["kind"] != SENTENCE

    def metric(self, claim: str) -> str:
        """The metric of a figure; nothing for one of no metric."""
        return str(self.entries[claim]["about"]) if claim in self.known.by_id else ""

    def operands(self, claim: str) -> list[str]:
        """The released figures that a figure is made of."""
        return [name for name in _operands(self.entries.get(claim, {})).values() if name]

    def card(self, claim: str, places: Sequence[Place], on_page: set[str]) -> Html:
        """A figure's card. `places` are where it stands, `on_page` the sentences that the page explains."""
        entry = self.entries[claim]
        cell = self.known.by_id.get(claim)
        lines = self._of_condition(entry) if cell is None else self._of_cell(cell, entry, on_page)
        shown = element("b", entry["shown"], data_fact="conditions") if cell is None else _own(cell, "shown", "b")
        content = [
            element("h3", shown, " ", entry["what"]),
            element("dl", [element("div", element("dt", name), element("dd", said)) for name, said in lines if said]),
            element("p", _back(places), " ", element("code", claim), class_="back"),
        ]
        return element("section", content, id=fragment(claim), class_="origin", data_of=claim, tabindex="-1")

    def _of_cell(self, cell: Cell, entry: Entry, on_page: set[str]) -> list[tuple[str, Content]]:
        said = [name for name in self.sentences.get(cell.cell_id, []) if name in on_page]
        return [
            ("Definition", self._definition(cell)),
            ("Made of", self._made_of(cell, entry)),
            ("Members", _members(cell)),
            ("Unknown", _unknown(cell)),
            ("Withheld", _withheld(cell)),
            ("Note", _own(cell, "note") if cell.note else None),
            ("Checks", self._checks(cell)),
            ("Sources", self._sources(entry)),
            ("Sentences", _joined([_link(f"claim-{name}", self.entries[name]["what"]) for name in said], "; ")),
        ]

    def _of_condition(self, entry: Entry) -> list[tuple[str, Content]]:
        released = f"{entry['source']}; released {wording.day(entry['released'])}."
        return [
            ("What it is", "Official statistics of the place. It is no result of what members did."),
            ("Interval", element("span", str(entry.get("interval", "")), data_fact="conditions")
                if entry.get("interval") else None),
            ("Source", element("span", released, data_fact="conditions")),
        ]  # fmt: skip

    def _definition(self, cell: Cell) -> Content:
        version = wording.defined(self.facts, cell.metric).get("version")
        said = f", version {version}. " if version else ". "
        return [_link(definition_id(cell.metric), wording.title(self.facts, cell.metric)), said,
                is_checked(self.facts, cell.metric)]  # fmt: skip

    def _made_of(self, cell: Cell, entry: Entry) -> Content:
        operands = _operands(entry)
        if not operands:
            return _QUALITIES.get(cell.quality) and wording.capital(f"{_QUALITIES[cell.quality]}.")
        items = [
            [_ROLES.get(role, wording.capital(wording.ITEMS.get(role, role))), " ", self._operand(name)]
            for role, name in operands.items()
        ]
        return [_joined(items, "; "), "."]

    def _operand(self, name: str | None) -> Content:
        cell = self.known.by_id.get(name) if name else None
        if cell is None:
            return NOT_RELEASED
        return element("a", cell.shown, href=f"#{fragment(cell.cell_id)}", data_cell=cell.cell_id)

    def _checks(self, cell: Cell) -> Content:
        kind, title = profile_of(self.facts, cell.metric)
        profile = ["; protected: ", element("span", title, data_fact=f"profiles.{kind}")] if title else None
        return [_link(sources_id("checks"), "Rows accounted for, audited"), profile, "."]

    def _sources(self, entry: Entry) -> Content:
        names = [name for name in entry.get("sources", []) if name in self.register["sources"]]
        links = [_link(sources_id(name), self._source_name(name)) for name in names]
        return [_joined(links, "; "), "."] if links else None

    def _source_name(self, name: str) -> Content:
        about = self.register["sources"][name]
        if about["kind"] == "returns":
            return f"returns of {about['period']}"
        if about["kind"] == "return":
            return f"{wording.member_name(self.facts, about['member'])}, return of {about['period']}"
        return f"{about['is']} {about['id']}, {about.get('vintage') or 'vintage not told'}"


def _operands(entry: Mapping[str, Any]) -> dict[str, str | None]:
    halves = {name: entry[name] for name in ("numerator", "denominator") if name in entry}
    return {**halves, **entry.get("made_of", {})}


def _members(cell: Cell) -> Content:
    if not cell.members_expected:
        return None
    return [_own(cell, "counted"), " counted of ", _own(cell, "expected"), " expected."]


def _unknown(cell: Cell) -> Content:
    if cell.is_withheld or not (cell.is_number or cell.is_range):
        return None
    if not cell.has_bounds:
        return "Nothing that could move it."
    bounds = [_own(cell, "lower"), " to ", _own(cell, "upper")]
    return [bounds, ": between these it lies, whatever the unknown part turns out to be."]


def _withheld(cell: Cell) -> Content:
    if cell.is_withheld:
        return ["Yes", [": ", _own(cell, "rule")] if cell.rule else "", ". It is not zero."]
    return ["No. Shown ", _own(cell, "rule"), "."] if cell.rule and cell.is_number else "No."


def _own(cell: Cell, name: str, tag: str = "span") -> Html:
    """A field of the figure that a card is of, which the card names once for all of them."""
    return element(tag, figure(cell, name).text, data_field=name)


def _back(places: Sequence[Place]) -> Content:
    """Links that close the card, each to a place where the figure stands."""
    if not places:
        return _link("main", "Close")
    return ["Close, back to: ", _joined([_link(place.id, place.name) for place in places], ", ")]


def _joined(items: Sequence[Content], between: str) -> list[Content] | None:
    joined: list[Content] = []
    for item in items:
        joined += [between, item] if joined else [item]
    return joined or None


def _link(to: str, words: Content) -> Html:
    return element("a", words, href=f"#{to}")


def is_condition(entry: Entry) -> bool:
    """Whether an entry is of an official statistic of the place."""
    return bool(entry["kind"] == CONDITION)
