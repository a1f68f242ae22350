"""The words that stand for statuses, shorthand, parts and dates, and how texts are put together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from anchor_analysis.declared.tables import BOTH
from anchor_analysis.declared.units import NOT_ADDITIVE
from anchor_analysis.present.released import Facts

Item = TypeVar("Item")

#: What a member's status means to a reader.
STATUSES: dict[str, str] = {
    "reported": "reported",
    "zero": "reported, and it is zero",
    "partial": "part only",
    "missing": "no return",
    "refused": "a return came and could not be used",
    "not_applicable": "does not apply to this member",
    "not_yet_member": "not yet a member",
    "left": "had left the network",
    "merged": "had become part of another member",
    "suppressed": "withheld",
    "withheld": "withheld",
    "no_value": "not known",
    "complete": "complete",
}

#: Shorthand after the Government Analysis Function's guidance on spreadsheets, 2021.
SHORTHAND: dict[str, str] = {
    "[c]": "withheld to protect people, or because it is confidential",
    "[x]": "not available: nobody reported it",
    "[z]": "not applicable",
    "[u]": "not known: too little could be placed to give a figure",
    "[b]": "break: not comparable with earlier years",
    "[low]": "below the smallest figure that is shown",
    "[e]": "estimated",
    "[p]": "provisional",
    "[r]": "revised",
}

PARTS: dict[str, str] = {
    "continuing": "members that reported in both years",
    "joiners": "members that joined",
    "leavers": "members that left",
    "non_response": "members that reported in only one of the two years",
    "definition": "counting otherwise than before",
    "restatement": "restating the first year",
    "change": "all of the change",
}

PANELS: dict[str, str] = {"all": "All that reported", "like_for_like": "Like for like"}

GROUPS: dict[str, str] = {
    "": "All", "most_disadvantaged": "The most disadvantaged wards",
    "other_in_area": "The rest of the area", "elsewhere": "Elsewhere",
    "no_category": "In no category of the network", "unknown": "Not known", "not_broken_down": "Told as a total only",
}  # fmt: skip

ITEMS: dict[str, str] = {
    "value": "Figure",
    "from": "From",
    "to": "To",
    "change": "Change",
    "percent": "Change in %",
    "verdict": "Verdict",
    "status": "Status",
    "observed": "Counted",
    "expected": "Expected",
    "excess": "More or fewer than expected",
    "quotient": "Times the expected",
    "share": "Share based in the area",
    "target": "Target",
    "median_gap": "Gap between medians",
    "people_in_group": "People in the group",
    "people_beside": "People beside it",
    "gap": "Share less the target",
    "short": "Short of the target",
    "continuing": "Reported in both years",
    "joiners": "Joined",
    "leavers": "Left",
    "non_response": "Reported in one year only",
    "definition": "Counted otherwise",
    "restatement": "First year restated",
    "point_to_point": "Less in the year itself (point to point)",
    "cumulative": "Less over all years since, together (cumulative)",
    **{f"level_{level}": f"Level {level}" for level in range(1, 5)},
    "not_applicable": "Does not apply",
    "reached": "At or above target",
    **{f"below_{levels}": f"{levels} below" for levels in range(1, 4)},
    "no_target": "No target",
    "lower_median": "Median (lower)",
    "upper_median": "Median (upper)",
    **{f"to_{level}": f"To level {level}" for level in range(1, 5)},
    "another_assessor": "Moved, with another assessor",
    "another_version": "Moved, with another version of the framework",
}

# Not from the locale, so that every machine writes the same.
_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


def day(iso: str) -> str:
    """A date as a reader writes it.

    >>> day("2024-03-31")
    '31 March 2024'
    """
    when = date.fromisoformat(str(iso)[:10])
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def capital(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """A title inside a sentence; an abbreviation keeps its capitals."""
    return text if len(text) < 2 or not text[1].islower() else text[:1].lower() + text[1:]


def interleave(items: Sequence[Item], comma: Item, final: Item) -> list[Item]:
    """Items with commas between them and `final` before the last one."""
    parts: list[Item] = []
    for place, item in enumerate(items):
        if place:
            parts.append(final if place == len(items) - 1 else comma)
        parts.append(item)
    return parts


def listing(items: Sequence[str]) -> str:
    """Texts as a list within a sentence.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return "".join(interleave(items, ", ", " and "))


def defined(facts: Facts, metric: str) -> dict[str, object]:
    """A metric's definition as the edition's facts hold it."""
    return dict(facts.get("definitions", {}).get(metric, {}))


def title(facts: Facts, metric: str) -> str:
    """A metric's title."""
    return str(defined(facts, metric).get("title") or metric.replace("_", " ").capitalize())


def noun(facts: Facts, metric: str) -> str:
    """What is counted, with the name of the place in it."""
    text = str(defined(facts, metric).get("noun") or lower_first(title(facts, metric)))
    return text.replace("{place}", str(facts.get("place", "the area")))


def unit_of(facts: Facts, metric: str) -> str:
    """The name of a metric's unit."""
    return str(defined(facts, metric).get("unit", ""))


def is_ratio(facts: Facts, metric: str) -> bool:
    """Whether a metric divides one thing by another."""
    return defined(facts, metric).get("kind") == "ratio" or unit_of(facts, metric) in NOT_ADDITIVE


def is_of_last_day(facts: Facts, metric: str) -> bool:
    """Whether a metric tells what there was on the last day of each member's own year, not what happened in it."""
    known = defined(facts, metric)
    return known.get("timing") == "last_day" and known.get("kind") != "ratio"


def is_headline(facts: Facts, metric: str) -> bool:
    """Whether a metric is told by itself, and not only beside another."""
    return bool(defined(facts, metric).get("headline", True))


def lever(facts: Facts, metric: str) -> str:
    """The lever that a metric belongs to; where the facts do not say, money and people are kept apart."""
    told = defined(facts, metric).get("lever")
    return str(told) if told else ("money" if unit_of(facts, metric) == "gbp" else "people")


def is_about(facts: Facts, metric: str, page: str, only: str = "") -> bool:
    """Whether a page tells of a metric: a lever's of all of it, the first one of headlines and what is beside.

    The page of `only` one metric tells of that.
    """
    if only:
        return metric == only
    if page:
        return lever(facts, metric) == page
    headlines = [name for name in facts.get("definitions", {}) if is_headline(facts, name)]
    beside = (defined(facts, name).get("beside") for name in headlines)
    return metric in headlines or any(isinstance(names, list) and metric in names for names in beside)


def member_name(facts: Facts, member: str) -> str:
    """A member's name; its id where the facts do not know it."""
    for known in facts.get("members", []):
        if known["id"] == member:
            return str(known["name"])
    return member


def group_name(facts: Facts, group: str) -> str:
    """The name of a ward, theme, dimension, region, sector or category, or another group; of two at once, both."""
    if BOTH in group:
        return ", ".join(group_name(facts, one) for one in group.split(BOTH) if one)
    named = facts.get("groups", {}) | {
        theme["id"]: theme["title"] for theme in (facts.get("community") or {}).get("themes", [])
    }
    named |= {one["id"]: one["title"] for one in (facts.get("progression") or {}).get("dimensions", [])}
    name, _, level = group.partition(":")
    if level:
        return f"{named.get(name, name)}, from level {level}"
    ward = facts.get("wards", {}).get(group)
    return str(ward["name"]) if ward else named.get(group) or GROUPS.get(group, capital(group.replace("_", " ")))


def table_title(facts: Facts, table: str) -> str:
    """A table's title; words made of its id where the facts do not tell it."""
    told = facts.get("tables", {}).get(table, {})
    return str(told.get("title") or table.replace("_", " ").capitalize())


def benchmark(facts: Facts) -> str:
    """What the benchmark is, with its vintage; nothing where the network names none."""
    known = facts.get("benchmark") or {}
    if not known:
        return ""
    summed = f"; {known['summed']}" if known.get("summed") else ""
    return f"{known['title']} ({known['id']}, {known['vintage']}{summed})"


def edition_name(facts: Facts) -> str:
    """What an edition is called; while it is being made it has no revision yet."""
    return "/".join(str(facts[name]) for name in ("network", "year", "revision") if facts.get(name))
