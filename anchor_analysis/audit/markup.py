"""The released figures and the descriptions of pictures that a piece of HTML holds, as a reader's browser has them."""

from __future__ import annotations

import re
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
    """What is found: elements that show cells, descriptions of pictures, and the ids of all claims that are marked."""

    elements: list[Element]
    descriptions: list[str]
    claims: list[str] = []


def read_markup(text: str) -> Markup:
    """The elements with a cell, each with its text, and what pictures are described by.

    The card of a figure names its cell once, in `data-of`; what it shows of it says only which field that is.
    """
    parser = _Parser()
    parser.feed(_BLOB.sub("", text))
    parser.close()
    return Markup(parser.elements, parser.descriptions, list(parser.claims))


class _Parser(HTMLParser):
    """Follows elements as they open and close; text belongs to every cell that is open around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.descriptions: list[str] = []
        self.claims: dict[str, None] = {}
        self._open: list[tuple[str, str, str, list[str]]] = []
        self._around: list[list[str]] = []
        self._cards: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.claims |= {claim: None for name in _MARKS if (claim := given.get(name))}
        told = [given.get(name) for name in ("alt", "aria-label", "title") if given.get(name)]
        self.descriptions += [text for text in told if text] if tag == "img" else []
        if tag in _EMPTY:
            return
        self._cards.append(given.get("data-of") or (self._cards[-1] if self._cards else ""))
        cell = given.get("data-cell") or (self._cards[-1] if "data-field" in given else "")
        words: list[str] = []
        self._open.append((tag, cell, given.get("data-field") or "shown", words))
        if cell:
            self._around.append(words)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, cell, field, words = self._open.pop()
            self._cards.pop()
            if cell:
                self._around.pop()
                self.elements.append(Element(cell, field, " ".join("".join(words).split())))
            if opened == tag:
                break

    def handle_data(self, data: str) -> None:
        for words in self._around:
            words.append(data)
