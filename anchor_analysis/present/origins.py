"""The card of a figure: what it is and is made of, who counts in it, what is unknown or withheld, checks, sources.

A card stands once in an edition, on the page of its measure, and figures of other pages lead there; of a measure that
has no page it stands on the page of the figure. It is hidden until its fragment is asked for, and tells nothing that
the edition does not release.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.definitions import definition_id, definition_lines, is_checked
from anchor_analysis.present.made_from import all_of_year, sources_id
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.parts import figure
from anchor_analysis.present.register import SENTENCE, Entry, Register
from anchor_analysis.present.released import Cell, Facts, Released
from anchor_analysis.storage import text_hash

#: A line of a card: what it is called, and what it says.
Line = tuple[str, Content]

#: The most sentences that a card names.
_MOST_SENTENCES = 2

#: What operands are called on a card that are no items of a table.
_ROLES = {"in_cash": "in cash", "share": "share"}

_QUALITIES = {
    "rows": "counted from rows", "member_aggregate": "counted at the members' own sites",
    "reported_total": "a figure as members told it", "estimated": "estimated",
    "mixed": "partly figures as members told them",
}  # fmt: skip

NOT_RELEASED = "not released in this edition"

#: The first page of an edition, which tells of sources and checks for all of them.
FIRST = "index.html"


@dataclass(frozen=True)
class Place:
    """Where on a page a figure stands: the id of its link, and the name of what it stands in."""

    id: str
    name: str


def fragment(claim: str) -> str:
    """The id of a claim's card on a page, which is also what an address ends with that leads there.

    It is short, since a page names each several times, and the same in every edition.

    >>> fragment("series|staff|2023-24|all|value")
    'c-63fd5df84e01'
    """
    return f"c-{text_hash(claim)[:12]}"


@dataclass(frozen=True)
class Origins:
    """Makes the cards of an edition's figures.

    `homes` says where in the edition the page of each measure stands, `here` where the page is that is made. Without
    homes every card is for the page of its figure.
    """

    known: Released
    register: Register
    homes: Mapping[str, str] = field(default_factory=dict)
    here: str = ""
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

    @property
    def told_here(self) -> bool:
        """Whether sources and checks are told on the page itself: on the first page, and where no page is but it."""
        return not self.homes or self.here == FIRST

    def has_card(self, claim: str) -> bool:
        """Whether a claim is a figure that has a card."""
        return claim in self.entries and self.entries[claim]["kind"] != SENTENCE

    def is_status(self, claim: str) -> bool:
        """Whether a claim is of who reported: such have cards only where a sentence names them."""
        cell = self.known.by_id.get(claim)
        return cell is not None and cell.kind == "coverage"

    def home(self, claim: str) -> str:
        """The way from here to the page that has a claim's card; nothing where that is this one."""
        return "" if self.is_status(claim) else self._way(self.homes.get(self.metric(claim), self.here))

    def address(self, claim: str) -> str:
        """Where a claim's card is, as a link from here."""
        return f"{self.home(claim)}#{fragment(claim)}"

    def definition_address(self, metric: str) -> str:
        """Where it is said what a measure counts, as a link from here."""
        return f"{self._way(self.homes.get(metric, self.here))}#{definition_id(metric)}"

    def source_address(self, name: str) -> str:
        """Where a source, or what was checked, is told, as a link from here."""
        return f"{'' if self.told_here else self._way(FIRST)}#{sources_id(name)}"

    def of_this_page(self) -> list[str]:
        """The figures whose cards this page has for the whole edition: those of its measure."""
        return [name for name, entry in self.entries.items() if self.homes.get(entry["about"]) == self.here
                and self.has_card(name) and not self.is_status(name)]  # fmt: skip

    def _way(self, page: str) -> str:
        return "" if page == self.here else posixpath.relpath(page, posixpath.dirname(self.here) or ".")

    def metric(self, claim: str) -> str:
        """The metric of a figure, or the condition that an official statistic is of."""
        return str(self.entries[claim]["about"])

    def operands(self, claim: str) -> list[str]:
        """The released figures that a figure is made of."""
        return [name for name in _operands(self.entries.get(claim, {})).values() if name]

    def card(self, claim: str, places: Sequence[Place], on_page: set[str]) -> Html:
        """A figure's card. `places` are where it stands, `on_page` the sentences that the page explains."""
        entry = self.entries[claim]
        cell = self.known.by_id.get(claim)
        lines = _of_condition(entry) if cell is None else self._of_cell(cell, entry, on_page)
        shown = element("b", entry["shown"], data_fact="conditions") if cell is None else _own(cell, "shown", "b")
        content = [element("h3", shown, " ", entry["what"]), element("p", _back(places)), _lines(lines)]
        marks = {"data_claim": claim} if cell is None else {"data_of": claim}
        return element("div", content, id=fragment(claim), tabindex="-1", **marks)

    def measure(self, about: str, claims: Sequence[str], cards: Sequence[Html], back: str = "") -> Html:
        """The cards of a measure's figures, with what is the same for all of them: definition, checks, sources.

        What is shared shows with whichever card is asked for, and by itself where it is; then `back` closes it.
        """
        close = element("p", _link(back, "Close")) if back else None
        shared = [element("h3", wording.title(self.facts, about)), close, _lines(self._shared(about, claims))]
        told = element("div", shared, id=definition_id(about), class_="shared", tabindex="-1")
        return element("section", cards, told if claims and claims[0] in self.known.by_id else None, class_="measure")

    def _shared(self, metric: str, claims: Sequence[str]) -> list[Line]:
        names = dict.fromkeys(name for claim in claims for name in self.entries[claim].get("sources", []))
        years = sorted((name for name in names if name.startswith("returns ")), reverse=True)
        others = [name for name in names if not name.startswith("return")]
        links = [self._to_source(name, self._source_name(name)) for name in [*years, *others]]
        checked = f"definition {wording.lower_first(is_checked(self.facts, metric))}"
        checks = [self._to_source("checks", "rows accounted for, audited"), "; ", checked]
        told = [*definition_lines(self.facts, metric), ("Checks", checks), ("Sources", _joined(links, "; "))]
        return [*told, ("Unknown", "nothing, and not withheld, unless a figure's card says so")]

    def _of_cell(self, cell: Cell, entry: Entry, on_page: set[str]) -> list[Line]:
        said = [name for name in self.sentences.get(cell.cell_id, []) if name in on_page][:_MOST_SENTENCES]
        own = [name for name in entry.get("sources", []) if name.startswith("return ")]
        return [
            ("Made of", self._made_of(cell, entry)),
            ("Members", _members(cell)),
            _withheld(cell) if cell.is_withheld else _unknown(cell),
            ("Note", _own(cell, "note") if cell.note else None),
            ("Return", _joined([self._to_source(name, self._source_name(name)) for name in own], ", ")),
            ("Sentences", _joined([_link(f"claim-{name}", self.entries[name]["what"]) for name in said], "; ")),
        ]

    def _made_of(self, cell: Cell, entry: Entry) -> Content:
        operands = _operands(entry)
        if not operands:
            return _QUALITIES.get(cell.quality) if cell.quality != "rows" else None
        items = [
            [_ROLES.get(role, wording.ITEMS.get(role, role)).lower(), " ", self._operand(name)]
            for role, name in operands.items()
        ]
        return _joined(items, "; ")

    def _operand(self, name: str | None) -> Content:
        cell = self.known.by_id.get(name) if name else None
        if cell is None:
            return NOT_RELEASED
        return element("a", cell.shown, href=self.address(cell.cell_id))

    def _to_source(self, name: str, words: Content) -> Html:
        return element("a", words, href=self.source_address(name))

    def _source_name(self, name: str) -> Content:
        about = self.register["sources"][name]
        if about["kind"] == "returns":
            return f"returns of {about['period']}, {all_of_year(self.register, name)[:12]}"
        if about["kind"] == "return":
            member = wording.member_name(self.facts, about["member"])
            return f"{member}, return of {about['period']}, {about['sha256'][:12]}"
        return f"{about['is']} {about['id']}, {about.get('vintage') or 'vintage not told'}, {about['sha256'][:12]}"


def _operands(entry: Mapping[str, Any]) -> dict[str, str | None]:
    halves = {name: entry[name] for name in ("numerator", "denominator") if name in entry}
    return {**halves, **entry.get("made_of", {})}


def _of_condition(entry: Entry) -> list[Line]:
    told = {"Interval": str(entry.get("interval", "")),
            "Source": f"{entry['source']}; released {wording.day(entry['released'])}"}  # fmt: skip
    facts = [(name, element("span", text, data_fact="conditions")) for name, text in told.items() if text]
    return [("What it is", "official statistics of the place, and no result of what members did"), *facts]


def _lines(lines: Sequence[Line]) -> Html:
    return element("dl", [[element("dt", name), element("dd", said)] for name, said in lines if said])


def _members(cell: Cell) -> Content:
    if not cell.members_expected or cell.member:
        return None
    return [_own(cell, "counted"), " of ", _own(cell, "expected")]


def _unknown(cell: Cell) -> Line:
    """Between what a figure lies, if in that; by which rule it was rounded is said with its measure."""
    if not cell.has_bounds:
        return "Unknown", None
    return "Unknown", [_own(cell, "lower"), " to ", _own(cell, "upper"), ", whatever it turns out to be; not withheld"]


def _withheld(cell: Cell) -> Line:
    return "Withheld", ["yes", [": ", _own(cell, "rule")] if cell.rule else None, "; it is not zero"]


def _own(cell: Cell, name: str, tag: str = "i") -> Html:
    """A field of the figure that a card is of, which the card names once for all of them."""
    return element(tag, figure(cell, name).text, data_field=name)


def _back(places: Sequence[Place]) -> Content:
    """Links that close the card, each to a place where the figure stands."""
    if not places:
        return _link("main", "Close")
    return ["Close: ", _joined([_link(place.id, place.name) for place in places], ", ")]


def _joined(items: Sequence[Content], between: str) -> list[Content] | None:
    joined: list[Content] = []
    for item in items:
        joined += [between, item] if joined else [item]
    return joined or None


def _link(to: str, words: Content) -> Html:
    return element("a", words, href=f"#{to}")
