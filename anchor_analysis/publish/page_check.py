"""Whether a page is what a page must be: no script, nothing loaded, accessible, every link leading somewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

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
    return [*_active(soup), *_loads(soup, page), *_frame(soup), *_inaccessible(soup), *_links(soup)]


def _active(soup: BeautifulSoup) -> Iterator[str]:
    for name in _FORBIDDEN:
        if soup.find(name):
            yield f"It has an element <{name}>."
    for element in soup.find_all(True):
        for attribute, value in element.attrs.items():
            if attribute.lower().startswith("on"):
                yield f"<{element.name}> has an event handler, {attribute}."
            if re.match(r"\s*(javascript|vbscript|data):", str(value), re.IGNORECASE) and attribute != "src":
                yield f"<{element.name}> has an active address in {attribute}."


def _loads(soup: BeautifulSoup, page: str) -> Iterator[str]:
    for element in soup.find_all(True):
        for attribute in _LOADING:
            value = str(element.get(attribute, ""))
            if value and not value.startswith("data:image/png;base64,"):
                yield f"<{element.name}> loads {value[:60]}."
    for style in [*(str(found) for found in soup.find_all("style")), *re.findall(r'style="[^"]*"', page)]:
        if re.search(r"@import|url\(", style):
            yield "A style loads something."
    if soup.find("meta", attrs={"http-equiv": re.compile("refresh", re.IGNORECASE)}):
        yield "It leads to another page by itself."


def _frame(soup: BeautifulSoup) -> Iterator[str]:
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    content = str(policy.get("content", "")) if isinstance(policy, Tag) else ""
    if not all(part in content for part in _POLICY):
        yield "Its policy does not forbid what a page may not do."
    if not (isinstance(soup.html, Tag) and soup.html.get("lang") == "en-GB"):
        yield "Its language is not told."
    if len(soup.find_all("h1")) != 1:
        yield "It has not exactly one heading of the first level."
    for landmark in ("header", "main", "footer", "title"):
        if not soup.find(landmark):
            yield f"It has no <{landmark}>."


def _inaccessible(soup: BeautifulSoup) -> Iterator[str]:
    for image in soup.find_all("img"):
        if not str(image.get("alt", "")).strip():
            yield "A picture has no alternative text."
    for table in soup.find_all("table"):
        if "dataframe" not in (table.get("class") or []) and not table.find("caption"):
            yield "A table has no caption."
    repeated = [name for name, count in Counter(str(tag["id"]) for tag in soup.find_all(id=True)).items() if count > 1]
    for name in repeated:
        yield f'The id "{name}" is used more than once.'


def _links(soup: BeautifulSoup) -> Iterator[str]:
    known = {str(tag["id"]) for tag in soup.find_all(id=True)}
    for link in soup.find_all("a", href=True):
        target = str(link["href"])
        if target.startswith("#") and target[1:] not in known:
            yield f"A link leads to {target}, which is not on the page."
