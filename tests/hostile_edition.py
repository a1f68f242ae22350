"""What is looked for in whatever comes out of the library when hostile words went in, and the words that went in.

`page_runs`, `workbook_reckons`, `csv_reckons` and `terminal_obeys` give what a browser would run or follow, what a
spreadsheet would reckon with, and what a terminal would do. They share nothing with the library's own check of pages.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl

from anchor_analysis.present import answer, cards, chart, limits, sources, table
from anchor_analysis.publish.pages import render_page
from anchor_analysis.signs import unseen
from tests.cells_example import example
from tests.hostile_words import PAYLOADS
from tests.test_pages import prose, shown

#: Payloads that can stand in what is declared, which has no sign that nobody sees, and is of one line.
DECLARED = [text for text in PAYLOADS if not unseen(text) and "\n" not in text and "\t" not in text]

#: Facts of an edition that people wrote in words of their own.
_WORDS = {
    "name", "title", "question", "noun", "caveats", "source", "place", "contact", "licence", "sector", "reason", "note",
    "why", "people", "spend",
}  # fmt: skip

#: Elements whose text a browser reads as something else than text and elements, or that bring something with them.
_ODD = {
    "script", "noscript", "iframe", "object", "embed", "applet", "frame", "frameset", "noframes", "noembed", "xmp",
    "plaintext",
    "listing", "template", "textarea", "select", "option", "svg", "math", "link", "base", "form", "input", "button",
    "audio",
    "video", "source", "track", "canvas", "portal", "marquee", "keygen", "isindex", "dialog", "slot", "foreignobject",
    "meter",
}  # fmt: skip
_FIRST = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Read(HTMLParser):
    """Every element of a page with its attributes, and whatever is neither element nor text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        if decl != "DOCTYPE html":
            self.others.append(decl)

    unknown_decl = handle_pi = handle_comment


def page_runs(page: str) -> list[str]:
    """What a page has that a browser would run, follow, load, or read otherwise than it is written."""
    read = _Read()
    read.feed(page)
    read.close()
    found = [f"remark {other[:40]}" for other in read.others]
    found += [f"<{name}>" for name, _ in read.elements if name in _ODD]
    found += [f"{name} twice" for name in ("style", "title", "html", "head", "body")
              if sum(tag == name for tag, _ in read.elements) != 1]  # fmt: skip
    for name, attrs in read.elements:
        for attribute, value in attrs.items():
            plain = re.sub("[\x00-\x20]", "", value).lower()
            if attribute.startswith("on") or attribute in (
                "srcdoc",
                "srcset",
                "formaction",
                "action",
                "background",
                "ping",
            ):
                found.append(f"<{name} {attribute}>")
            if attribute == "src" and not plain.startswith("data:image/png;base64,"):
                found.append(f"<{name} src={value[:40]}>")
            if attribute == "href" and re.match("[a-z+.-]+:", plain) and not re.match("https?:|mailto:", plain):
                found.append(f"<{name} href={value[:40]}>")
            if attribute == "style" and re.search(r"url|import|expression|\\", plain):
                found.append(f"<{name} style={value[:40]}>")
            if attribute == "http-equiv" and plain == "refresh":
                found.append("refresh")
    return found


def workbook_reckons(path: Path, ours: Iterable[str] = ()) -> list[str]:
    """Formulas and links to elsewhere in a workbook, but for `ours`, which begin so; and parts that are no XML."""
    found = []
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            formula = cell.data_type == "f" and not str(cell.value).startswith(tuple(ours) or "\0")
            found += [f"{sheet.title}!{cell.coordinate} {cell.value}"] if formula else []
            link = cell.hyperlink
            found += [f"{sheet.title}!{cell.coordinate} leads to {link.target}"] if link and link.target else []
        rules = [rule.formula1 or "" for rule in sheet.data_validations.dataValidation if rule.type == "list"]
        found += [
            rule
            for rule in rules
            if not re.fullmatch(r'"([^"]|"")*"|=?\'?[A-Za-z ]+\'?!\$[A-Z]+\$\d+:\$[A-Z]+\$\d+', rule)
        ]
    with zipfile.ZipFile(path) as parts:
        strange = [
            name
            for name in parts.namelist()
            if re.search("external|vba|dde|embed|connection|query", name, re.IGNORECASE)
        ]
    return found + strange


def csv_reckons(text: str) -> list[str]:
    """Fields of a CSV file that a spreadsheet would take for a formula; a number is one."""
    fields = (field for row in csv.reader(io.StringIO(text, newline="")) for field in row)
    return [
        field
        for field in fields
        if field.startswith(_FIRST) and not re.fullmatch(r"[-+−]?£?[\d.,]+(e[-+]?\d+)?(%|m|k|bn)?( points?)?", field)
    ]


def terminal_obeys(printed: str, colours: bool = False) -> list[str]:
    """Signs in what was printed that move a cursor, set something or turn the text; with `colours` but for these."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", printed) if colours else printed
    return [
        ascii(sign)
        for sign in re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", plain)
    ]


def hostile_facts(payloads: list[str]) -> tuple[Any, dict[str, Any], int]:
    """The cells and facts of an invented edition in which every text of people's own begins with one of the payloads.

    Then how many texts there are, which is how many payloads went in, the first ones twice.
    """
    cells, facts = example()
    count = 0

    def poisoned(value: Any, key: str = "") -> Any:
        nonlocal count
        if isinstance(value, dict):
            return {name: poisoned(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [poisoned(one, key) for one in value]
        if isinstance(value, str) and key in _WORDS:
            count += 1
            return f"{payloads[(count - 1) % len(payloads)]} {value}"
        return value

    facts = poisoned(facts) | {"network": facts["network"], "disadvantaged": facts["disadvantaged"]}
    cells = cells.copy()
    noted = cells["kind"] == "levels"
    cells.loc[noted, "note"] = [payloads[at % len(payloads)] for at in range(int(noted.sum()))]
    return cells, facts, count + int(noted.sum())


def every_output(cells: Any, facts: dict[str, Any]) -> Iterator[Any]:
    """A notebook's cells that show all there is."""
    yield prose("## First")
    yield shown(answer(cells, facts), cards(cells, facts))
    for kind in ("trend", "map", "like_for_like", "parts"):
        yield prose(f"## {kind}")
        yield shown(chart(cells, facts, kind, "staff"))
    yield prose("## Tables")
    yield shown(*(table(cells, facts, name) for name in dict.fromkeys(cells["table"])))
    yield prose("## Limits")
    yield shown(limits(cells, facts), sources(cells, facts))


def rendered(cells: list[Any], facts: dict[str, Any], internal: bool = True) -> str:
    """A page of these cells."""
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=cells)
    return render_page(notebook, title=str(facts["name"]), facts=facts, internal=internal)
