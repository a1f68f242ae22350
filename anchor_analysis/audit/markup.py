"""The released figures and the descriptions of pictures that a piece of HTML holds, as a reader's browser has them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

_BLOB = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=\s]+")

#: The address of a card on another page of the edition.
_ELSEWHERE = re.compile(r"[\w./-]+\.html#c-[0-9a-f]+")

#: Elements that have no end.
_EMPTY = {"img", "br", "hr", "meta", "link", "input", "col", "wbr"}


#: What says of which claim an element is: a figure, a sentence, or the card of a figure.
_MARKS = ("data-cell", "data-claim", "data-of")


class Element(NamedTuple):
    """An element that shows a field of a released cell."""

    cell: str
    field: str
    text: str


class Markup(NamedTuple):
    """What is found: elements that show cells, descriptions of pictures, and the ids of all claims that are marked.

    `cards` are the claims of the page's cards by their ids; `away` is what leads to the card of another page, with the
    address in the place of the cell. `facts` are the texts that are marked as facts of the edition; `unmarked` are
    those that are marked neither as of a cell nor as a fact and lead to no card, each with where it leads, if it does.
    """

    elements: list[Element]
    descriptions: list[str]
    claims: list[str] = []
    cards: Mapping[str, str] = {}
    away: list[Element] = []
    facts: list[str] = []
    unmarked: list[tuple[str, str]] = []


def read_markup(text: str) -> Markup:
    """The elements with a cell, each with its text, and what pictures are described by.

    The card of a figure names its cell once, in `data-of`; what it shows of it says only which field that is. A link to
    a card is of the card's cell, and so is what the link holds.
    """
    parser = _Parser()
    parser.feed(picture_free(text))
    parser.close()
    return Markup(
        parser.elements, parser.descriptions, list(parser.claims), parser.cards, parser.away, parser.facts,
        parser.unmarked,
    )  # fmt: skip


def read_pages(pages: Mapping[str, str]) -> dict[str, Markup]:
    """What is found on the pages of an edition, by where they stand, read together.

    What leads to a card of another page shows the cell of that card. What leads to none there is left in `away`.
    """
    found = {name: read_markup(text) for name, text in pages.items()}
    cards = {f"{name}#{card}": claim for name, markup in found.items() for card, claim in markup.cards.items()}
    return {name: _with_others(name, markup, cards) for name, markup in found.items()}


def _with_others(name: str, markup: Markup, cards: Mapping[str, str]) -> Markup:
    def led_to(address: str) -> str | None:
        return cards.get(posixpath.normpath(posixpath.join(posixpath.dirname(name), address)))

    led = [(one, led_to(one.cell)) for one in markup.away]
    shown = [one._replace(cell=claim) for one, claim in led if claim]
    claims = dict.fromkeys([*markup.claims, *(one.cell for one in shown)])
    return markup._replace(
        elements=[*markup.elements, *shown],
        claims=list(claims),
        away=[one for one, claim in led if not claim],
        unmarked=[(leads, text) for leads, text in markup.unmarked if not (leads and led_to(leads))],
    )


def picture_free(text: str) -> str:
    """HTML without the pixels of its pictures."""
    return _BLOB.sub("", text)


@dataclass
class _Open:
    """An element that has not ended: the cell that it shows, and the one that what is in it may be of by its field.

    A link that holds elements of its cell, each with its field, shows none by itself. What is in an element of a cell
    or a fact is `marked`; what is in a link within the page `leads` to a card or stands for itself.
    """

    tag: str
    cell: str = ""
    shows: str = "shown"
    names: str = ""
    words: list[str] = field(default_factory=list)
    holds: bool = False
    marked: bool = False
    leads: str = ""
    fact: list[str] | None = None


#: What marks the text of an element as a figure of a cell or as a fact, and the element that holds no text of a page.
_MARKED, _NO_TEXT = {"data-cell", "data-field", "data-fact"}, "style"


def _is_marked(tag: str, given: Mapping[str, str | None]) -> bool:
    """Whether what an element shows is marked; a link is not by a field alone, as it may lead to no card."""
    if tag == "a":
        return bool(given.get("data-cell") or given.get("data-fact"))
    return not _MARKED.isdisjoint(given)


def _leads(tag: str, given: Mapping[str, str | None]) -> str:
    """Where a link leads that names no cell: to a card, which does, on its page or another one of the edition."""
    link = given.get("href") or ""
    leads = link[:1] == "#" or _ELSEWHERE.fullmatch(link)
    return link if tag == "a" and leads and not given.get("data-cell") else ""


class _Parser(HTMLParser):
    """Follows elements as they open and close; text belongs to every cell that is open around it.

    A cell may be named by the id of its card, with # before it: which cell that is shows when all cards are read.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.descriptions: list[str] = []
        self.claims: dict[str, None] = {}
        self._found: list[Element] = []
        self.cards: dict[str, str] = {}
        self._open: list[_Open] = []
        self._around: list[list[str]] = []
        self._facts: list[list[str]] = []
        self._unmarked: list[tuple[str, str]] = []

    @property
    def facts(self) -> list[str]:
        """The texts that are marked as facts."""
        return [" ".join(words) for words in self._facts]

    @property
    def unmarked(self) -> list[tuple[str, str]]:
        """The texts that are marked neither as of a cell nor as a fact, and do not lead to a card of the page."""
        return [(leads, text) for leads, text in self._unmarked if leads[1:] not in self.cards]

    @property
    def elements(self) -> list[Element]:
        """What shows cells; a link that leads to no card of a figure shows none."""
        named = [one._replace(cell=self.cards.get(one.cell[1:], "") if one.cell[:1] == "#" else one.cell)
                 for one in self._found if not _ELSEWHERE.fullmatch(one.cell)]  # fmt: skip
        return [one for one in named if one.cell]

    @property
    def away(self) -> list[Element]:
        """What leads to cards of other pages, which those say whose they are."""
        return [one for one in self._found if _ELSEWHERE.fullmatch(one.cell)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.claims |= {claim: None for name in _MARKS if (claim := given.get(name))}
        told = [given.get(name) for name in ("alt", "aria-label", "title") if given.get(name)]
        self.descriptions += [text for text in told if text] if tag == "img" else []
        if tag in _EMPTY:
            return
        of, around = given.get("data-of") or "", self._open[-1] if self._open else _Open("")
        if of and given.get("id"):
            self.cards[str(given["id"])] = of
        leads = _leads(tag, given)
        cell = given.get("data-cell") or leads
        if not cell and "data-field" in given:
            cell = around.names
            for one in self._open:
                one.holds |= one.cell == cell and one.tag == "a"
        opened = _Open(tag, cell, given.get("data-field") or "shown", of or leads or around.names)
        opened.marked = around.marked or tag == _NO_TEXT or _is_marked(tag, given)
        opened.leads, opened.fact = leads or around.leads, around.fact
        if "data-fact" in given:
            opened.fact = []
            self._facts.append(opened.fact)
        self._open.append(opened)
        if cell:
            self._around.append(opened.words)

    def handle_endtag(self, tag: str) -> None:
        if not any(one.tag == tag for one in reversed(self._open)):  # it ends nothing, and a browser passes it over
            return
        while self._open:
            one = self._open.pop()
            if one.cell:
                self._around.pop()
                if not one.holds:
                    self._found.append(Element(one.cell, one.shows, " ".join("".join(one.words).split())))
            if one.tag == tag:
                break

    def handle_data(self, data: str) -> None:
        for words in self._around:
            words.append(data)
        within = self._open[-1] if self._open else _Open("")
        if within.fact is not None:
            within.fact.append(data)
        if not within.marked:
            self._unmarked.append((within.leads, data))
