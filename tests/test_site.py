"""The site builds without a warning, needs nothing from outside, and every page of it can be reached."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

from anchor_analysis import __all__ as public_names
from anchor_analysis.running.notebooks import find_notebooks
from anchor_analysis.storage import Workspace
from tests.workspace import ROOT

SITE = ROOT / "build" / "site"
MAKER = ROOT / "docs" / "site"

#: Attributes by which a page loads something; links by which a person goes elsewhere are none of them.
LOADING = {
    "src": "*", "srcset": "*", "poster": "*", "data": "object", "href": "link image use script", "action": "form",
    "formaction": "*", "background": "*", "xlink:href": "*",
}  # fmt: skip

#: Of <link>, what a browser takes no notice of until it is asked.
NOT_LOADED = {"next", "prev", "index", "search", "author", "copyright", "canonical"}

#: Pages that Sphinx makes for itself; no page of ours need lead there.
OF_SPHINX = {"genindex.html", "search.html", "py-modindex.html"}


@pytest.fixture(scope="module", autouse=True)
def site() -> None:
    """The site, built in a process of its own, as `make site` builds it; nothing is read again that is as it was."""
    environment = {name: value for name, value in os.environ.items() if name != "ANCHOR_WORKSPACE"}
    command = [sys.executable, MAKER / "make.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


Element = tuple[str, dict[str, str]]


class Page(HTMLParser):
    """What the tests look at of a page, read once: every element with its attributes, and its styles and scripts."""

    def __init__(self, text: str):
        super().__init__()
        self.text, self.elements, self.inline = text, list[Element](), list[str]()
        self.ids = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if "id" in attributes:
            self.ids.add(attributes["id"])

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("style", "script") and data.strip():
            self.inline.append(data)

    def named(self, name: str) -> list[dict[str, str]]:
        """The attributes of every element of this name."""
        return [attributes for tag, attributes in self.elements if tag == name]


@cache
def pages() -> dict[str, Page]:
    """Every page that was built, by its path in the site."""
    files = sorted(SITE.rglob("*.html"))
    return {path.relative_to(SITE).as_posix(): Page(path.read_text(encoding="utf-8")) for path in files}


def is_outside(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme not in ("", "data", "mailto")


def loads(page: Page) -> Iterator[str]:
    """Every address from outside the site that a page would load."""
    for tag, attributes in page.elements:
        for attribute in LOADING.keys() & attributes.keys():
            names, value = LOADING[attribute], attributes[attribute]
            waits = tag == "link" and set(attributes.get("rel", "").split()) <= NOT_LOADED
            if (names == "*" or tag in names.split()) and not waits and is_outside(value):
                yield f"<{tag} {attribute}={value}>"
        yield from styled(attributes.get("style", ""))
    for text in page.inline:
        yield from styled(text)


def styled(text: str) -> Iterator[str]:
    """Addresses that a style sheet loads, and scripts that an inline script would."""
    for found in re.findall(r"(?:url\(\s*|@import\s+|import\s*\(\s*|fetch\s*\(\s*)[\"']?([^\"')\s]+)", text):
        if is_outside(found):
            yield found


# --- nothing from outside ---


def test_no_page_loads_anything_from_outside():
    assert len(pages()) > 200
    assert {name: found for name, page in pages().items() if (found := list(loads(page)))} == {}


def test_no_style_sheet_or_script_loads_anything_from_outside():
    files = [path for path in SITE.rglob("*") if path.suffix in (".css", ".js") and path.name != "searchindex.js"]
    assert len(files) > 5
    found = {path.name: list(styled(path.read_text(encoding="utf-8"))) for path in files}
    assert {name: outside for name, outside in found.items() if outside} == {}


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://example.org/a.js"></script>', '<img src="//example.org/a.png">',
        '<link rel="stylesheet" href="http://example.org/a.css">', '<p style="background: url(https://example.org/a)">',
        "<style>@import 'https://example.org/a.css';</style>", "<script>import('https://example.org/a.js')</script>",
        '<iframe src="https://example.org"></iframe>', '<form action="https://example.org"></form>',
    ],
)  # fmt: skip
def test_what_loads_from_outside_is_noticed(page):
    assert list(loads(Page(page)))


def test_a_link_to_the_outside_loads_nothing():
    assert not list(loads(Page('<a href="https://example.org">elsewhere</a>')))


def test_no_page_tells_where_it_was_made():
    places = (str(ROOT), f"{Path.home()}/")
    told = {name for name, page in pages().items() if any(place in page.text for place in places)}
    assert told == set()


# --- links ---


def links(page: str) -> Iterator[tuple[str, str]]:
    """Where the links of a page lead within the site: a path and an anchor."""
    for link in pages()[page].named("a"):
        address, anchor = urldefrag(link.get("href", ""))
        if "href" in link and not is_outside(address) and not address.startswith("mailto:"):
            target = unquote(urljoin(page, address)) if address else page
            yield (f"{target}index.html" if target.endswith("/") else target), unquote(anchor)


def test_every_link_leads_to_a_page_and_a_place_that_are_there():
    broken = [
        f"{page}: {target}#{anchor}"
        for page in pages()
        for target, anchor in links(page)
        if not (SITE / target).is_file() or (target in pages() and anchor not in pages()[target].ids)
    ]
    assert broken == []


def test_every_page_can_be_reached_from_the_first():
    reached, waiting = set(), ["index.html"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [target for target, _ in links(page) if target in pages()]
    assert pages().keys() - reached - OF_SPHINX == set()


def test_every_page_of_the_docs_and_every_notebook_is_in_the_site():
    docs = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    books = {f"notebooks/{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert len(docs) > 150 and docs | books <= pages().keys()


def test_every_picture_is_there_and_says_what_it_shows_or_is_an_ornament():
    for name, page in pages().items():
        for image in page.named("img"):
            source = image["src"]
            assert source.startswith("data:") or (SITE / urljoin(name, source)).is_file(), f"{name}: {source}"
            assert "alt" in image, f"{name}: {source[:60]}"


# --- what is in it ---


def test_the_four_kinds_of_page_and_the_gallery_stand_beside_every_page():
    wanted = ["Tutorial", "How-to guides", "Reference", "Explanation", "Gallery"]
    for page in ("index.html", "errors.html", "reference/metrics/staff.html", "notebooks/spend.html"):
        assert re.findall(r'<span class="caption-text">([^<]+)', pages()[page].text) == wanted


def test_every_error_is_found_where_a_message_points():
    from anchor_analysis.problems import CODES

    assert {code.lower() for code in CODES} <= pages()["errors.html"].ids


def test_every_public_name_is_documented_with_its_docstring():
    documented = {name.removeprefix("anchor_analysis.") for name in pages()["reference/python.html"].ids}
    assert set(public_names) <= documented
    assert "The change of a metric from" in pages()["reference/python.html"].text


def test_the_gallery_has_a_page_of_every_notebook_that_makes_one():
    found = find_notebooks(Workspace(ROOT))
    wanted = {f"gallery/{name}.html" for name, (_, schema) in found.items() if schema.for_each == "once"}
    assert len(wanted) > 10
    found = {target for target, _ in links("gallery/index.html") if target.startswith("gallery/")}
    assert found - {"gallery/index.html"} == wanted


def test_what_is_for_the_analyst_alone_is_marked_and_stands_apart():
    for name in ("data_quality", "explore"):
        assert pages()[f"gallery/{name}.html"].named("body") == [{"class": "internal"}]


def test_notebooks_show_the_outputs_that_they_are_committed_with():
    shown = pages()["notebooks/network_impact.html"]
    assert "like for like" in shown.text and shown.text.count('class="cell_output') > 10
    assert any(image["alt"].startswith("Line chart. People employed by members") for image in shown.named("img"))


def test_headings_begin_with_one_of_the_first_level_and_leave_none_out():
    for name, page in pages().items():
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        if name not in OF_SPHINX and not name.startswith("notebooks/"):
            assert levels.count(1) == 1 and levels[0] == 1, name
            assert all(later <= before + 1 for before, later in pairwise(levels)), name


# --- bringing links to the site ---


def test_links_of_a_notebook_to_places_that_it_lacks_become_words(staging):
    html = ['<a class="x" href="#there"><b>1</b></a>', '<i id="there"></i><a href="#gone">2</a>']
    outputs = [{"data": {"text/html": part}} for part in html]
    book = json.loads(staging.notebook_for_site(json.dumps({"cells": [{"outputs": outputs}, {"source": "words"}]})))
    shown = [output["data"]["text/html"] for output in book["cells"][0]["outputs"]]
    assert shown == [html[0], '<i id="there"></i>2']


@pytest.fixture(scope="module")
def staging() -> ModuleType:
    spec = importlib.util.spec_from_file_location("staging", MAKER / "staging.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WHERE = {"docs/a.md": "a.md", "docs/deep/b.md": "deep/b.md", "CONTRIBUTING.md": "contributing.md"}


@pytest.mark.parametrize(
    ("source", "link", "brought"),
    [
        ("docs/a.md", "[x](deep/b.md#y)", "[x](deep/b.md#y)"),
        ("docs/a.md", "[x](../CONTRIBUTING.md)", "[x](contributing.md)"),
        ("docs/deep/b.md", "[x](../../CONTRIBUTING.md)", "[x](../contributing.md)"),
        ("CONTRIBUTING.md", "[x](docs/a.md)", "[x](a.md)"),
        ("docs/a.md", "[x](decisions)", "[x](decisions/index.md)"),
        ("docs/a.md", "[x](https://example.org/c.md)", "[x](https://example.org/c.md)"),
        ("docs/a.md", "[x](#y)", "[x](#y)"),
        ("docs/a.md", "`[x](nowhere.md)`", "`[x](nowhere.md)`"),
    ],
)
def test_a_link_is_brought_to_where_its_page_stands_in_the_site(staging, source, link, brought):
    assert staging.page_for_site(source, link, WHERE) == brought


def test_a_link_to_what_is_not_in_the_site_is_refused(staging):
    with pytest.raises(ValueError, match=r"docs/a\.md links to nowhere\.md"):
        staging.page_for_site("docs/a.md", "[x](nowhere.md)", WHERE)
