"""What the words of a picture tell of cells that they do not name: by the measure, the year, and the label beside.

A description begins with the kind of picture and the measure, as it is titled or as what it counts is called; a figure
follows the name of a ward, a group or a member, or stands before the year that it is of, or after the words for what
changed among those like for like. Of what is withheld, such a figure is given away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from anchor_analysis import storage
from anchor_analysis.audit.reading import Told
from anchor_analysis.present import Released, printed
from anchor_analysis.present.released import Cell, Facts, number
from anchor_analysis.present.wording import capital, group_name, member_name, noun, title

_FIGURE = r"(?P<figure>[+\-−]?£?\d+(?:,\d{3})*(?:\.\d+)?(?:bn|m|k)?(?:%| points)?)"
_YEAR = r"(?P<year>\d{4}/\d{2})"
_AT_YEAR = re.compile(rf"{_FIGURE}(?: [^\d\s,;.(]+)? in {_YEAR}")
_LIKE_FOR_LIKE = re.compile(
    rf"\bthat reported in both (?P<since>\d{{4}}/\d{{2}}) and {_YEAR}.*?(?:by |\(|changed ){_FIGURE}"
)
#: What looks like a measured figure: pounds, percentages, points, thousands.
FIGURE = re.compile(
    r"£\s?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?(?:%| points\b)"
    r"|\b[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?\b"
)

_TOKEN = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def told_in_words(texts: Sequence[tuple[str, str]], known: Released) -> Iterator[Told]:
    """Figures that descriptions give of withheld cells, as if they named the cell."""
    withheld = [cell for cell in known.cells if cell.is_withheld and cell.unit != "words"]
    by_metric: dict[str, list[Cell]] = {}
    for cell in withheld:
        by_metric.setdefault(cell.metric, []).append(cell)
    for place, text in texts:
        for metric in _metrics(text, known, list(by_metric)):
            yield from _of_text(text, by_metric[metric], known.facts, f"{place}, description of a picture")


def _metrics(text: str, known: Released, metrics: list[str]) -> list[str]:
    """The measures that a description is of."""
    found = []
    for metric in metrics:
        names = (capital(noun(known.facts, metric)), title(known.facts, metric))
        if any(f". {name}" in f". {text}" for name in names):
            found.append(metric)
    return found


def _of_text(text: str, cells: list[Cell], facts: Facts, place: str) -> Iterator[Told]:
    for cell in cells:
        if cell.kind == "levels" and (cell.group or cell.member):
            figures = _beside(text, _label(cell, facts)) if cell.period in text else []
        elif cell.kind == "levels":
            figures = [one["figure"] for one in _AT_YEAR.finditer(text) if one["year"] == cell.period]
        else:
            figures = _like_for_like(text, cell)
        for figure in figures:
            if number(figure) is not None:
                yield Told(cell.cell_id, "shown", figure, place)


def _label(cell: Cell, facts: Facts) -> str:
    return member_name(facts, cell.member) if cell.member else group_name(facts, cell.group)


def _beside(text: str, label: str) -> list[str]:
    """The figures that directly follow a label."""
    after = re.compile(rf"\b{re.escape(label)}(?::| with| had| has|,)? \(?{_FIGURE}")
    return [found["figure"] for found in after.finditer(text)]


def _like_for_like(text: str, cell: Cell) -> list[str]:
    if (cell.kind, cell.panel, cell.item) != ("changes", "like_for_like", "change"):
        return []
    found = [one for one in _LIKE_FOR_LIKE.finditer(text)]
    return [one["figure"] for one in found if (one["since"], one["year"]) == (cell.since_period, cell.period)]


def figures_of_nobody(
    texts: Sequence[tuple[str, str]], known: Released, only: re.Pattern[str] = _TOKEN
) -> Iterator[tuple[str, str]]:
    """Where plain words have a figure, or one like `only`, that no released cell, no label and no fact has."""
    labels = {group_name(known.facts, cell.group) for cell in known.cells if cell.group}
    words = " ".join([*printed(known.cells).values(), *sorted(labels), storage.to_json(known.facts)])
    released = set(_TOKEN.findall(words))
    for place, text in texts:
        figures = " ".join(found[0] for found in only.finditer(text))
        if any(token not in released for token in _TOKEN.findall(figures)):
            yield place, "has a figure in plain words that no released cell and no fact of the edition has."
