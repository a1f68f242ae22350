"""Amounts that a workbook shows in another currency than pounds.

The reader of workbooks gives a number and not how it is shown, so that five euros would be five pounds.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TypeAlias
from xml.etree import ElementTree

from xlsxwriter.utility import xl_cell_to_rowcol

from anchor_analysis.read.kinds import Kind
from anchor_analysis.read.packages import book_of, related, sheets_of

#: By sheet, the currency of cells, by row and column from 0.
Currencies: TypeAlias = "dict[str, dict[tuple[int, int], str]]"

_Found: TypeAlias = "Iterable[tuple[str, tuple[int, int], str]]"

_POUNDS = ("£", "GBP")

#: A currency in a format of numbers: [$€-407], or plain; what else stands in brackets is a colour or a condition.
_BRACKET = re.compile(r"\[\$([^\]-]+)[^\]]*\]")
_PLAIN = re.compile(r"[€$¥₹]|\b(?:AUD|CAD|CHF|CNY|DKK|EUR|INR|JPY|NOK|SEK|USD)\b")
_IN_ODS = re.compile(rb'currency="(?!GBP")[A-Z]{3}"')
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CURRENCY = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}currency"
_CHUNK, _OVERLAP = 1 << 20, 4096


def foreign_amounts(path: Path, kind: Kind) -> Currencies:
    """The cells of a workbook that show another currency; none of the binary formats, which do not tell it simply."""
    readers: dict[str, Callable[[Path], _Found]] = {"xlsx": _of_xlsx, "ods": _of_ods}
    found: Currencies = {}
    for sheet, place, currency in readers[kind](path) if kind in readers else ():
        found.setdefault(sheet, {})[place] = currency
    return found


def currency_of(form: str) -> str:
    """The currency other than pounds that a format of numbers shows, or nothing.

    >>> currency_of("[$€-407] #,##0.00"), currency_of("[$£-809]#,##0.00"), currency_of("[Red]0.00")
    ('€', '', '')
    """
    plain = _PLAIN.findall(re.sub(r"\[[^\]]*\]", "", form))
    signs = [sign.strip() for sign in [*_BRACKET.findall(form), *plain]]
    return next((sign for sign in signs if sign and sign not in _POUNDS), "")


def _of_xlsx(path: Path) -> _Found:
    with zipfile.ZipFile(path) as package:
        styles = _styles(package)
        if not styles:
            return
        cell = re.compile(rb'<(?:\w+:)?c\s[^>]*?\bs="(?:%s)"[^>]*(?<!/)>' % b"|".join(styles))
        for name, part in sheets_of(package):
            for tag in _found_in(package, part, cell):
                reference, style = (re.search(mark, tag) for mark in (rb'\br="([A-Z]+[0-9]+)"', rb'\bs="([0-9]+)"'))
                if reference and style:
                    yield name, xl_cell_to_rowcol(reference[1].decode()), styles[style[1]]


def _styles(package: zipfile.ZipFile) -> dict[bytes, str]:
    """The styles of cells that show another currency, by the number that cells call them."""
    book = book_of(package)
    part = next(iter(related(package, book, "/styles").values()), "")
    if part not in package.namelist():
        return {}
    root = ElementTree.fromstring(package.read(part))
    formats = {one.get("numFmtId"): currency_of(one.get("formatCode", "")) for one in root.iterfind(".//{*}numFmt")}
    used = [formats.get(style.get("numFmtId"), "") for style in root.iterfind("{*}cellXfs/{*}xf")]
    return {str(number).encode(): currency for number, currency in enumerate(used) if currency}


def _found_in(package: zipfile.ZipFile, part: str, mark: re.Pattern[bytes]) -> Iterator[bytes]:
    tail = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = tail + chunk
            cut = max(text.rfind(b">") + 1, len(text) - _OVERLAP)
            yield from mark.findall(text[:cut])
            tail = text[cut:]


def _of_ods(path: Path) -> _Found:
    with zipfile.ZipFile(path) as package:
        if not any(_found_in(package, "content.xml", _IN_ODS)):
            return
        with package.open("content.xml") as stream:
            for sheet, place, cell in _ods_cells(stream):
                if cell.get(_CURRENCY, "GBP") not in _POUNDS:
                    yield sheet, place, cell.attrib[_CURRENCY]


def _ods_cells(stream: IO[bytes]) -> Iterator[tuple[str, tuple[int, int], ElementTree.Element]]:
    """Every cell with its sheet, row and column from 0; of a repeated one the first."""
    name, row, column = "", 0, 0
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        kind = element.tag.removeprefix(_TABLE)
        if event == "start":
            if kind == "table":
                name, row = element.get(f"{_TABLE}name", ""), 0
            elif kind == "table-row":
                column = 0
        elif kind in ("table-cell", "covered-table-cell"):
            yield name, (row, column), element
            column += int(element.get(f"{_TABLE}number-columns-repeated", 1))
            element.clear()
        elif kind == "table-row":
            row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
            element.clear()
