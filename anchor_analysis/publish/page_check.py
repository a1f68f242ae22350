"""Whether a page is what a page must be: no script, nothing loaded, accessible, every link leading somewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag

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
_LOADING = ["src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href"]
_POLICY = ["default-src 'none'", "img-src data:"]


def must_be_sound(page: str) -> None:
    """Raise ValueError with everything that is wrong with a page."""
    faults = page_faults(page)
    if faults:
        raise ValueError("This page cannot be published:\n" + "\n".join(faults))


def page_faults(page: str) -> list[str]:
    """What is wrong with a page, as sentences; nothing for a sound one."""
    soup = BeautifulSoup(page, "html.parser")
    elements = soup.find_all(True)  # once, since looking for each kind anew takes longer than all else
    return [*_active(elements), *_loads(elements, page), *_frame(soup, elements), *_inaccessible(elements),
            *_links(elements)]  # fmt: skip


def _active(elements: Sequence[Tag]) -> Iterator[str]:
    there = {element.name for element in elements}
    for name in _FORBIDDEN:
        if name in there:
            yield f"It has an element <{name}>."
    for element in elements:
        for attribute, value in element.attrs.items():
            if attribute.lower().startswith("on"):
                yield f"<{element.name}> has an event handler, {attribute}."
            if attribute != "src" and re.match(r"\s*(javascript|vbscript|data):", str(value), re.IGNORECASE):
                yield f"<{element.name}> has an active address in {attribute}."


def _loads(elements: Sequence[Tag], page: str) -> Iterator[str]:
    for element in elements:
        for attribute in _LOADING:
            value = str(element.attrs.get(attribute, ""))
            if value and not value.startswith("data:image/png;base64,"):
                yield f"<{element.name}> loads {value[:60]}."
    styles = [str(element) for element in elements if element.name == "style"]
    for style in [*styles, *re.findall(r'style="[^"]*"', page)]:
        if re.search(r"@import|url\(", style):
            yield "A style loads something."
    equivalents = [str(element.attrs.get("http-equiv", "")) for element in elements if element.name == "meta"]
    if any(re.search("refresh", equivalent, re.IGNORECASE) for equivalent in equivalents):
        yield "It leads to another page by itself."


def _frame(soup: BeautifulSoup, elements: Sequence[Tag]) -> Iterator[str]:
    names = Counter(element.name for element in elements)
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    content = str(policy.get("content", "")) if isinstance(policy, Tag) else ""
    if not all(part in content for part in _POLICY):
        yield "Its policy does not forbid what a page may not do."
    if not (isinstance(soup.html, Tag) and soup.html.get("lang") == "en-GB"):
        yield "Its language is not told."
    if names["h1"] != 1:
        yield "It has not exactly one heading of the first level."
    for landmark in ("header", "main", "footer", "title"):
        if not names[landmark]:
            yield f"It has no <{landmark}>."


def _inaccessible(elements: Sequence[Tag]) -> Iterator[str]:
    for element in elements:
        if element.name == "img" and not str(element.get("alt", "")).strip():
            yield "A picture has no alternative text."
    for element in elements:
        named = element.name != "table" or "dataframe" in (element.get("class") or []) or element.find("caption")
        if not named:
            yield "A table has no caption."
    ids = Counter(str(element["id"]) for element in elements if element.has_attr("id"))
    for name in (name for name, count in ids.items() if count > 1):
        yield f'The id "{name}" is used more than once.'


def _links(elements: Sequence[Tag]) -> Iterator[str]:
    known = {str(element["id"]) for element in elements if element.has_attr("id")}
    for element in elements:
        target = str(element.get("href", "")) if element.name == "a" else ""
        if target.startswith("#") and target[1:] not in known:
            yield f"A link leads to {target}, which is not on the page."
