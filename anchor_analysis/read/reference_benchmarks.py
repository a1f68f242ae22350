"""Tables of figures by area, such as Nomis gives of the Census and of BRES, to one row per area and category."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from anchor_analysis.problems import UserError
from anchor_analysis.read.cells import Row
from anchor_analysis.read.plans import normalise
from anchor_analysis.read.reference_kinds import BENCHMARK, refused

#: Below so many rows of title no headers are looked for.
_TITLE_ROWS = 60

_CODES = re.compile(r"mnemonic|(geography|area|gss|lsoa|msoa|ward|lad|la)?code|area|(lsoa|msoa)20\d\dcode|[a-z]+\d\dcd")
_LABELS = re.compile(r".*(name|nm|nmw)|geography|date|flags?|conf|confidence")
_TOTAL = re.compile(r"(^|: )(total|all (?!other))|^(total|all)$", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

#: What stands for a figure that is not given: withheld, not reliable, rounded away, not applicable.
_SIGNS = {"!", "*", "-", "~", "#", "..", ":", "x", "c", "[x]", "[c]", "[u]", "[z]"}


@dataclass(frozen=True)
class Layout:
    """How a table of figures lies in its file: below how many rows of title, and where area and figures stand.

    `categories` are the labels of the columns of figures, of which `total` is the total's; a table that is long already
    has the column `category` instead. `title` and `year` are what the rows of title say.
    """

    row: int
    width: int
    area: int
    figures: list[int]
    category: int | None = None
    categories: list[str] = field(default_factory=list)
    total: str = ""
    title: str = ""
    year: str = ""


def find_layout(rows: Iterable[Row], file: str) -> Layout | None:
    """The layout of a table of figures by area; nothing if no row has a header of codes and one of figures.

    The total is the only column of figures, or the first whose label says total or all. Raises UserError (AN031) for
    two columns of codes or of one label.
    """
    before: list[Row] = []
    for row in islice(rows, _TITLE_ROWS):
        headers = [str(cell).strip() for cell in row]
        known = [normalise(header) for header in headers]
        codes = [place for place, header in enumerate(known) if _CODES.fullmatch(header)]
        title, year = _title(before)
        if codes and {"category", "value"} <= set(known):
            at = known.index("value")
            return Layout(len(before), len(row), codes[0], [at], known.index("category"), title=title, year=year)
        if codes and (figures := _figure_places(known, codes[0])):
            categories = _categories(headers, codes, figures, file)
            totals = categories if len(categories) == 1 else [label for label in categories if _TOTAL.search(label)]
            total = next(iter(totals), "")
            return Layout(len(before), len(row), codes[0], figures, None, categories, total, title, year)
        before.append(row)
    return None


def write_long(rows: Iterator[Row], layout: Layout, target: Path, file: str) -> dict[str, int]:
    """Write a table as CSV with the columns area, category and value; how often each sign stands instead of a figure.

    The total has no category; a sign becomes blank. Rows of fewer than two cells are titles and footnotes. Raises
    UserError (AN031) for a second table below the first.
    """
    signs: Counter[str] = Counter()
    headers = next(islice(rows, layout.row, None))
    labels = ["" if label == layout.total else label for label in layout.categories] or [""]
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(BENCHMARK.columns)
        for row in rows:
            cells = [str(cell).strip() for cell in row] + [""] * (layout.width - len(row))
            if sum(cell != "" for cell in cells) < 2:
                continue
            if row == headers:
                raise UserError(refused(file, "it holds more than one table.", "Save each table as a file of its own."))
            for place, label in zip(layout.figures, labels, strict=True):
                figure = cells[place].lower()
                signs.update([figure] if figure in _SIGNS else [])
                named = label if layout.category is None else cells[layout.category]
                writer.writerow([cells[layout.area], named, "" if figure in _SIGNS else cells[place]])
    return dict(sorted(signs.items()))


def _categories(headers: list[str], codes: list[int], figures: list[int], file: str) -> list[str]:
    if len(codes) > 1:
        named = " and ".join(f'"{headers[place]}"' for place in codes)
        raise UserError(refused(file, f"more than one column holds codes of areas: {named}.", "Keep one of them."))
    categories = [headers[place] for place in figures]
    twice = [label for label, count in Counter(categories).items() if count > 1]
    if twice:
        what = f'more than one column is called "{twice[0]}".'
        raise UserError(refused(file, what, "Leave out shares and flags where the table is downloaded: values only."))
    return categories


def _title(rows: list[Row]) -> tuple[str, str]:
    """The title above a table and the year that it says, blank if it says none."""
    filled = [[str(cell).strip() for cell in row if str(cell).strip()] for row in rows]
    title = next((cells[0] for cells in filled if cells), "")
    dates = [_YEAR.search(cells[1]) for cells in filled if len(cells) > 1 and normalise(cells[0]) == "date"]
    return title, next((year[0] for year in dates if year), "")


def _figure_places(known: list[str], code: int) -> list[int]:
    """The columns to the right of the codes that are no names, dates and flags."""
    return [place for place in range(code + 1, len(known)) if known[place] and not _LABELS.fullmatch(known[place])]
