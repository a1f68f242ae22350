"""You said, we did: what was heard by theme, what members did about it, what would show it, and the gaps."""

from __future__ import annotations

from typing import Any

import pandas as pd

from anchor_analysis.present import wording
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.released import Cell, Facts, Released, released
from anchor_analysis.present.shown import Shown, nothing

TITLE = "You said, we did"
HEADINGS = ("Theme", "Items heard", "What was done", "What would show it")

#: What stands where nothing is done about what was heard.
GAP = "Nothing yet"

STATUSES = {"planned": "planned", "under_way": "under way", "done": "done", "stopped": "stopped"}

#: The table that tells how many items of a theme were heard.
TABLE = "items_by_theme"


def actions(cells: pd.DataFrame | Released, facts: Facts) -> Shown:
    """The themes that communities spoke of in the edition's year, or that a member acts on, in the codebook's order.

    The table of the result has one row per theme and action, with HEADINGS as columns; a theme that was heard and that
    nobody acts on has one row, with GAP. Empty where no member listens. No quote is shown.
    """
    known, community = released(cells, facts), facts.get("community") or {}
    heard = {cell.group: cell for cell in known.select(table=TABLE, period=known.year) if cell.group}
    rows = [row for theme in community.get("themes", []) for row in _of_theme(known, theme, heard)]
    if not rows:
        return nothing("This edition has nothing that communities said, and no action on it.")
    head = element("thead", element("tr", [element("th", heading, scope="col") for heading in HEADINGS]))
    gaps = _gaps(facts, heard)
    caption = element(
        "caption", element("strong", TITLE), element("span", f" {gaps}"), element("span", f" {_NO_QUOTE}")
    )
    lines = [element("tr", element("th", row[0], scope="row"), [element("td", one) for one in row[1:]]) for row in rows]
    table = element("table", caption, head, element("tbody", lines))
    html = element("div", table, class_="scroll", role="region", aria_label=TITLE, tabindex="0")
    frame = pd.DataFrame([[_text(one) for one in row] for row in rows], columns=list(HEADINGS))
    return Shown(html, "\n".join([TITLE, frame.to_string(index=False), gaps, _NO_QUOTE]), frame)


_NO_QUOTE = "Nobody's own words are published here, with or without consent."

_Row = tuple[Content, Content, Content, Content]


def _of_theme(known: Released, about: dict[str, str], heard: dict[str, Cell]) -> list[_Row]:
    """The rows of a theme: one for each action; one that says that there is none, of a theme that was heard."""
    theme = about["id"]
    title, count = _fact(about["title"], "community.themes.title"), _count(heard.get(theme))
    doing = [one for one in known.facts["community"]["actions"] if one["theme"] == theme]
    if not doing:
        return [(title, count, GAP, "–")] if theme in heard else []
    return [(title, count, _done(known.facts, one), _metric(known, one)) for one in doing]


def _count(cell: Cell | None) -> Content:
    return element("span", cell.shown, data_cell=cell.cell_id) if cell else "none this year"


def _done(facts: Facts, action: dict[str, Any]) -> Content:
    member = wording.member_name(facts, action["member"])
    said = (
        f"{action['action'].rstrip('.')}. {member}, {STATUSES[action['status']]} since {wording.day(action['since'])}."
    )
    if action["status"] == "planned":
        said = f"{action['action'].rstrip('.')}. {member}, planned from {wording.day(action['since'])}."
    return _fact(said, "community.actions")


def _metric(known: Released, action: dict[str, Any]) -> Content:
    """The measure that would show it, with the network's figure where the edition has one."""
    title = _fact(action["metric_title"], "community.actions.metric_title")
    cell = known.level(action["metric"])
    if cell is None or not cell.is_number:
        return title
    return [title, ": ", element("span", cell.shown, data_cell=cell.cell_id)]


def _gaps(facts: Facts, heard: dict[str, Cell]) -> str:
    """The themes that were heard and that nobody acts on; an action that stopped or is planned is none yet."""
    community = facts["community"]
    acting = {one["theme"] for one in community["actions"] if one["status"] in ("under_way", "done")}
    unmet = heard.keys() - acting
    open_yet = [theme["title"] for theme in community["themes"] if theme["id"] in unmet]
    if not open_yet:
        return "Every theme that was heard has an action that is done or under way."
    named = wording.listing([wording.lower_first(title) for title in open_yet])
    return f"Heard, and without an action that is done or under way: {named}."


def _fact(text: str, fact: str) -> Html:
    return element("span", text, data_fact=fact)


def _text(content: Content) -> str:
    if isinstance(content, Html):
        return content.text
    return content if isinstance(content, str) else "".join(_text(part) for part in content or ())
