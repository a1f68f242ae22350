"""The released figures and the descriptions of pictures that a piece of HTML holds, as a reader's browser has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

_BLOB = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=\s]+")

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

    `facts` are the texts that are marked as facts of the edition, `unmarked` is what stands in neither cell nor fact.
    """

    elements: list[Element]
    descriptions: list[str]
    claims: list[str] = []
    facts: list[str] = []
    unmarked: str = ""


def read_markup(text: str) -> Markup:
    """The elements with a cell, each with its text, and what pictures are described by.

    The card of a figure names its cell once, in `data-of`; what it shows of it says only which field that is. A link to
    a card is of the card's cell, and so is what the link holds.
    """
    parser = _Parser()
    parser.feed(picture_free(text))
    parser.close()
    return Markup(parser.elements, parser.descriptions, list(parser.claims), parser.facts, parser.unmarked)


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


def _leads(tag: str, given: Mapping[str, str | None]) -> str:
    """Where on its page a link leads that names no cell: to a card, which does."""
    link = given.get("href") or ""
    return link if tag == "a" and link[:1] == "#" and not given.get("data-cell") else ""


class _Parser(HTMLParser):
    """Follows elements as they open and close; text belongs to every cell that is open around it.

    A cell may be named by the id of its card, with # before it: which cell that is shows when all cards are read.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.descriptions: list[str] = []
        self.claims: dict[str, None] = {}
        self._found: list[Element] = []
        self._cards: dict[str, str] = {}
        self._open: list[_Open] = []
        self._around: list[list[str]] = []
        self._facts: list[list[str]] = []
        self._unmarked: list[tuple[str, str]] = []

    @property
    def facts(self) -> list[str]:
        """The texts that are marked as facts."""
        return [" ".join(words) for words in self._facts]

    @property
    def unmarked(self) -> str:
        """The text that is marked neither as of a cell nor as a fact, and does not lead to the card of a figure."""
        return " ".join(text for leads, text in self._unmarked if leads[1:] not in self._cards)

    @property
    def elements(self) -> list[Element]:
        """What shows cells; a link that leads to no card of a figure shows none."""
        named = [one._replace(cell=self._cards.get(one.cell[1:], "") if one.cell[:1] == "#" else one.cell)
                 for one in self._found]  # fmt: skip
        return [one for one in named if one.cell]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.claims |= {claim: None for name in _MARKS if (claim := given.get(name))}
        told = [given.get(name) for name in ("alt", "aria-label", "title") if given.get(name)]
        self.descriptions += [text for text in told if text] if tag == "img" else []
        if tag in _EMPTY:
            return
        of, around = given.get("data-of") or "", self._open[-1] if self._open else _Open("")
        if of and given.get("id"):
            self._cards[str(given["id"])] = of
        leads = _leads(tag, given)
        cell = given.get("data-cell") or leads
        if not cell and "data-field" in given:
            cell = around.names
            for one in self._open:
                one.holds |= one.cell == cell and one.tag == "a"
        opened = _Open(tag, cell, given.get("data-field") or "shown", of or leads or around.names)
        opened.marked = around.marked or tag == _NO_TEXT or not _MARKED.isdisjoint(given)
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
