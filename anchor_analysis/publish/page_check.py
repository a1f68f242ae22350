"""Whether a page is what a page must be: no script, nothing loaded, accessible, every link leading somewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_FORBIDDEN = [
    "script",
    "iframe",
    "object",
    "embed",
    "link",
    "base",
    "form",
    "input",
    "button",
    "svg",
    "math",
    "template",
]
_LOADING = {"src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href"}
_ACTIVE = re.compile(r"\s*(javascript|vbscript|data):", re.IGNORECASE)
_POLICY = ["default-src 'none'", "img-src data:"]


def must_be_sound(page: str) -> None:
    """Raise ValueError with everything that is wrong with a page."""
    faults = page_faults(page)
    if faults:
        raise ValueError("This page cannot be published:\n" + "\n".join(faults))


def page_faults(page: str) -> list[str]:
    """What is wrong with a page, as sentences; nothing for a sound one."""
    read = _Elements()
    read.feed(page)
    read.close()
    return [*_active(read.elements), *_loads(read.elements, page), *_frame(read.elements),
            *_inaccessible(read.elements), *_links(read.elements)]  # fmt: skip


@dataclass
class _Element:
    """An element of a page, with the names of those in it."""

    name: str
    attrs: dict[str, str]
    within: set[str] = field(default_factory=set)
    text: str = ""

    def get(self, name: str) -> str:
        return self.attrs.get(name, "")


class _Elements(HTMLParser):
    """The elements of a page one after the other: there is no need to make a tree of hundreds of pages for that."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[_Element] = []
        self._tables: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        for table in self._tables:
            table.within.add(tag)
        if tag == "table":
            self._tables.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._tables:
            self._tables.pop()

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1].name == "style":
            self.elements[-1].text += data


def _active(elements: Sequence[_Element]) -> Iterator[str]:
    there = {element.name for element in elements}
    for name in _FORBIDDEN:
        if name in there:
            yield f"It has an element <{name}>."
    for element in elements:
        for attribute, value in element.attrs.items():
            if attribute.startswith("on"):
                yield f"<{element.name}> has an event handler, {attribute}."
            if attribute != "src" and _ACTIVE.match(value):
                yield f"<{element.name}> has an active address in {attribute}."


def _loads(elements: Sequence[_Element], page: str) -> Iterator[str]:
    for element in elements:
        for attribute in _LOADING & element.attrs.keys():
            value = element.get(attribute)
            if value and not value.startswith("data:image/png;base64,"):
                yield f"<{element.name}> loads {value[:60]}."
    styles = [element.text for element in elements if element.name == "style"]
    for style in [*styles, *re.findall(r'style="[^"]*"', page)]:
        if re.search(r"@import|url\(", style):
            yield "A style loads something."
    equivalents = [element.get("http-equiv") for element in elements if element.name == "meta"]
    if any(re.search("refresh", equivalent, re.IGNORECASE) for equivalent in equivalents):
        yield "It leads to another page by itself."


def _frame(elements: Sequence[_Element]) -> Iterator[str]:
    names = Counter(element.name for element in elements)
    policies = [one.get("content") for one in elements if one.get("http-equiv") == "Content-Security-Policy"]
    if not all(part in "".join(policies[:1]) for part in _POLICY):
        yield "Its policy does not forbid what a page may not do."
    if not any(element.name == "html" and element.get("lang") == "en-GB" for element in elements):
        yield "Its language is not told."
    if names["h1"] != 1:
        yield "It has not exactly one heading of the first level."
    for landmark in ("header", "main", "footer", "title"):
        if not names[landmark]:
            yield f"It has no <{landmark}>."


def _inaccessible(elements: Sequence[_Element]) -> Iterator[str]:
    for element in elements:
        if element.name == "img" and not element.get("alt").strip():
            yield "A picture has no alternative text."
    for element in elements:
        named = element.name != "table" or "dataframe" in element.get("class").split() or "caption" in element.within
        if not named:
            yield "A table has no caption."
    ids = Counter(element.attrs["id"] for element in elements if "id" in element.attrs)
    for name in (name for name, count in ids.items() if count > 1):
        yield f'The id "{name}" is used more than once.'


def _links(elements: Sequence[_Element]) -> Iterator[str]:
    known = {element.attrs["id"] for element in elements if "id" in element.attrs}
    for element in elements:
        target = element.get("href") if element.name == "a" else ""
        if target.startswith("#") and target[1:] not in known:
            yield f"A link leads to {target}, which is not on the page."
