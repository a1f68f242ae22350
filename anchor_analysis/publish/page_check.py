"""Whether a page is what a page must be: no script, nothing loaded, accessible, every link leading somewhere.

A check that knows what is dangerous would have to know all of it; this one knows what a page needs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from bs4 import BeautifulSoup
from bs4.element import PreformattedString

#: What a page may be made of. Browsers read what is in these as any reader of HTML does; of others, such as textarea,
#: noscript or xmp, each takes another part for text, so that nobody can say what a browser will find.
_ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "article",
    "aside", "address", "div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table",
    "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td", "figure", "figcaption", "img", "a",
    "span", "strong", "em", "b", "i", "u", "s", "del", "ins", "mark", "small", "sub", "sup", "abbr", "dfn", "code",
    "pre", "kbd", "samp", "var", "q", "cite", "blockquote", "time", "br", "hr", "wbr", "bdi", "details", "summary",
}  # fmt: skip
_LOADING = {"src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href"}
_ADDRESSES = {"href", "cite", "ping", "longdesc", "usemap"}
_SCHEME = re.compile("[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LEADING = {"https:", "http:", "mailto:"}

#: What browsers leave out of an address before they read it.
_LEFT_OUT = re.compile("[\x00-\x20]")
_LOADED = re.compile(r"@import|url\(|image-set|expression|\\", re.IGNORECASE)
_POLICY = ["default-src 'none'", "img-src data:"]


class Unsound(ValueError):
    """A page that cannot be published, with what is wrong with it."""

    def __init__(self, faults: Sequence[str]):
        self.faults = list(dict.fromkeys(faults))
        super().__init__("This page cannot be published:\n" + "\n".join(self.faults))


def must_be_sound(page: str) -> None:
    """Raise Unsound, a ValueError, with everything that is wrong with a page."""
    faults = page_faults(page)
    if faults:
        raise Unsound(faults)


def leave_out_unshown(soup: BeautifulSoup) -> None:
    """Take out what nobody is shown and readers of HTML end in different places: remarks, declarations, styles."""
    for text in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        text.extract()
    for style in soup.find_all("style"):
        style.decompose()


def page_faults(page: str) -> list[str]:
    """What is wrong with a page, as sentences; nothing for a sound one."""
    read = _Elements()
    read.feed(page)
    read.close()
    return [*read.unshown, *_active(read.elements), *_loads(read.elements), *_frame(read.elements),
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
        self.unshown: list[str] = []
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

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html" or self.elements:
            self.handle_comment(decl)

    def handle_comment(self, data: str) -> None:
        """A remark, or a declaration or instruction, which browsers read as one."""
        self.unshown.append("It has a remark, which is not for readers.")

    unknown_decl = handle_pi = handle_comment


def _active(elements: Sequence[_Element]) -> Iterator[str]:
    for name in dict.fromkeys(element.name for element in elements if element.name not in _ELEMENTS):
        yield f"It has an element <{name}>."
    for name in ("title", "style"):
        if [element.name for element in elements].count(name) > 1:
            yield f"It has an element <{name}> of another's."
    for element in elements:
        for attribute, value in element.attrs.items():
            if attribute.startswith("on"):
                yield f"<{element.name}> has an event handler, {attribute}."
            scheme = _SCHEME.match(_LEFT_OUT.sub("", value)) if attribute in _ADDRESSES else None
            if scheme and scheme[0].lower() not in _LEADING:
                yield f"<{element.name}> has an active address in {attribute}."


def _loads(elements: Sequence[_Element]) -> Iterator[str]:
    for element in elements:
        for attribute in _LOADING & element.attrs.keys():
            value = element.get(attribute)
            if value and not value.startswith("data:image/png;base64,"):
                yield f"<{element.name}> loads {value[:60]}."
    styles = [element.text for element in elements if element.name == "style"]
    if any(_LOADED.search(style) for style in [*styles, *(element.get("style") for element in elements)]):
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
