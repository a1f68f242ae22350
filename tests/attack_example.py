"""Small editions made by hand, each with one thing that can be worked out, or with none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.attack import Found, Measures, attack
from anchor_analysis.audit.inference import said_of
from anchor_analysis.audit.reading import Reading, reading_of
from anchor_analysis.declared import Network, load_network
from tests import cells_example

ROOT = Path(__file__).resolve().parents[1]
NOW, BEFORE = "2023/24", "2022/23"

#: The shipped tables that the examples use, as an edition's facts tell of them.
TABLES = {
    "items_by_theme": "theme", "items_by_kind": "kind", "items_by_theme_ward_group": "theme|ward_group",
    "items_by_ward": "ward_in_area", "items_by_ward_group": "ward_group",
    "programmes_by_kind": "kind", "programme_shares_by_kind": "kind",
}  # fmt: skip


@cache
def network() -> Network:
    return load_network(storage.Workspace(ROOT), "demonstration")


def facts(**more: Any) -> dict[str, Any]:
    """What the edition of an example tells of itself."""
    tables = {name: {"breakdown": breakdown, "of": ""} for name, breakdown in TABLES.items()}
    return {"network": "demonstration", "year": NOW, "revision": "r1", "definitions": {}, "tables": tables} | more


def figure(table: str, metric: str, value: float | None, unit: str = "persons", **more: Any) -> dict[str, Any]:
    """A shown cell, or where there is no value a withheld one."""
    more = {"kind": "levels", "period": NOW, "unit": unit} | more
    table_kind, period = more.pop("kind"), more.pop("period")
    if value is None:
        return cells_example.cell(table, table_kind, metric, period, status="withheld", shown="[c]", **more)
    signed = more.get("item") in ("change", "joiners", "leavers", "non_response", "continuing")
    text = cells_example.shown(value, unit, signed=signed)
    ends = {"lower": value, "upper": value} | {end: more.pop(end) for end in ("lower", "upper") if end in more}
    return cells_example.cell(table, table_kind, metric, period, value=value, shown=text, **ends, **more)


def items(table: str, **by_group: float | None) -> list[dict[str, Any]]:
    """Items heard by one member, by group; `all` is the total, and `__` in a name parts two groups."""
    groups = {"" if name == "all" else name.replace("__", "|"): value for name, value in by_group.items()}
    return [figure(table, "items_heard", value, "items", group=name) for name, value in groups.items()]


def coverage(metric: str, **by_year: str) -> list[dict[str, Any]]:
    """Who reported: by year the members that did; others were no members yet."""
    cells = []
    for year, reported in by_year.items():
        period = f"20{year[1:3]}/{year[3:]}"
        for member in "abcdefgh"[: max(ord(one) - 96 for names in by_year.values() for one in names)]:
            status = ("shown", "reported") if member in reported else ("not_yet_member", "not yet member")
            more = {"member": member, "item": "status", "unit": "words", "status": status[0], "shown": status[1]}
            cells.append(cells_example.cell("coverage", "coverage", metric, period, **more))
    return cells


def change(
    metric: str, panel: str, counted: tuple[int, int], unit: str = "persons", **values: float | None
) -> list[dict[str, Any]]:
    """From, to and change since the year before; `counted` are the members of the first year and of the second."""
    shared = {"kind": "changes", "since": "previous", "since_period": BEFORE, "panel": panel}
    sizes = {"from_": counted[0], "to": counted[1], "change": min(counted)}
    return [
        figure("headlines", metric, value, unit, item=item.strip("_"), members_counted=sizes[item], **shared)
        for item, value in values.items()
    ]


def reading(
    cells: list[dict[str, Any]], name: str = "", exact: bool = False, returns: dict[str, str] | None = None, **more: Any
) -> Reading:
    """Cells as a reader has them; `exact` if people are not rounded.

    `returns` are the hashes of the returns that the edition was made from, by `member/year` as in its manifest.
    """
    manifest = {"returns": returns} if returns is not None else {}
    read = reading_of(cells_example.frame(cells), facts(**more), network(), manifest=manifest)
    if exact:
        percentages = read.profiles["people"].percentages.model_copy(update={"source": "unrounded"})
        people = read.profiles["people"].model_copy(update={"round_to": 0, "percentages": percentages})
        read = replace(read, profiles={**read.profiles, "people": people})
    return replace(read, name=name or read.name)


def worked_out(*readings: Reading, confidential: tuple[str, ...] = (), truth: Any = None) -> list[Found]:
    """What can be worked out of the last edition; nothing that is printed contradicts itself."""
    attacked = attack(readings, confidential, Measures(truth))
    assert not attacked.contradictory
    return list(attacked.found)


def said(found: list[Found]) -> str:
    return "\n".join(said_of(one) for one in found)


def sent(years: str = "2023-24", **changed: int) -> dict[str, str]:
    """The hashes of the returns of members a to e; how often a member has sent its return of these years again."""
    return {f"{name}/{year}": f"{name}{year}{changed.get(name, 0)}" for name in "abcde" for year in years.split()}


def observations(metric: str, period: str, **by_member: float) -> pd.DataFrame:
    """What members reported, in whole units of storage."""
    rows = [
        {
            "scope": "member", "member": member, "network_year": period, "metric": metric, "breakdown": "", "group": "",
            "numerator": int(value), "unknown": 0, "unknown_credits": 0, "status": "reported",
        }
        for member, value in by_member.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)
