"""The table of figures beneath a picture: every figure that was drawn, one a row, as it was released."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.markup import Html, element
from anchor_analysis.present.register import Entry
from anchor_analysis.present.released import Cell, Facts, Released
from anchor_analysis.present.tables import field_of

_Heading = tuple[str, Callable[[Facts, Cell], str]]

#: The items that are a figure of one year, and need no word for what they are.
_LEVELS = ("value", "from", "to")


def _when(facts: Facts, cell: Cell) -> str:
    """The year that a figure is of, or the two that it compares."""
    if cell.item in _LEVELS:
        return cell.since_period if cell.item == "from" else cell.period
    return f"{cell.since_period} to {cell.period}" if cell.since_period else cell.period


def _what(facts: Facts, cell: Cell) -> str:
    return "" if cell.item in _LEVELS else wording.ITEMS.get(cell.item, cell.item)


#: What tells the figures of a picture apart; a heading stands only where it does.
_HEADINGS: list[_Heading] = [
    ("Measure", lambda facts, cell: wording.title(facts, cell.metric)),
    ("Where", lambda facts, cell: wording.group_name(facts, cell.group)),
    ("Counting", lambda facts, cell: wording.PANELS.get(cell.panel, cell.panel)),
    ("What", _what),
    ("When", _when),
]


def figures_table(known: Released, entries: Mapping[str, Entry], claims: Sequence[str], name: str) -> Html:
    """The figures of a picture as a folded table with this name; those of the place have no cells and are facts."""
    cells = [known.by_id[claim] for claim in dict.fromkeys(claims) if claim in known.by_id]
    if cells:
        head, rows = _of_cells(known.facts, cells)
    else:
        head, rows = ["Figure", "Value"], [_of_condition(entries[claim]) for claim in claims if claim in entries]
    caption = element("caption", element("strong", name))
    titles = [element("th", title, scope="col") for title in head]
    table = element("table", caption, element("thead", element("tr", titles)), element("tbody", rows))
    scroll = element("div", table, class_="scroll", role="region", aria_label=name, tabindex="0")
    return element("details", element("summary", f"The {len(rows)} figures of this picture"), scroll, class_="fold")


def _of_cells(facts: Facts, cells: Sequence[Cell]) -> tuple[list[str], list[Html]]:
    told = [(name, [label(facts, cell) for cell in cells]) for name, label in _HEADINGS]
    apart = [(name, labels) for name, labels in told if len(set(labels)) > 1] or [told[-1]]
    rows = [
        element("tr", [element("th", labels[place], scope="row") for _, labels in apart], field_of(cell))
        for place, cell in enumerate(cells)
    ]
    return [*(name for name, _ in apart), "Figure"], rows


def _of_condition(entry: Mapping[str, Any]) -> Html:
    shown = element("span", entry["shown"], data_fact="conditions", data_claim=entry["id"])
    head = element("th", element("span", entry["what"], data_fact="conditions"), scope="row")
    return element("tr", head, element("td", shown, class_="number"))
