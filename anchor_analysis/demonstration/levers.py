"""The levers beyond staff and payments: each draws its own tables and its own right answers, in its own module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anchor_analysis.demonstration.files import Sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.plan import Member

Draw = Callable[[Member, Places, int], Iterator[tuple[int, "Part"]]]


@dataclass(frozen=True)
class Part:
    """What a member's return of a year has of one lever.

    `sheets` are written as text files of their own names. `metrics` are the right answers as whole numbers of the
    smallest unit, each with `value` and, where it applies, `unknown`; `planted` is what was planted, by table.
    """

    sheets: list[Sheet]
    metrics: dict[str, dict[str, int]]
    planted: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Lever:
    """A lever: its name, the table that each of its additive metrics is counted from, and how it is drawn."""

    name: str
    metrics: Mapping[str, str]
    draw: Draw


#: The levers that are drawn; a member reports on those that its plan names.
LEVERS: tuple[Lever, ...] = ()

#: The lever of each table of these, and the table of each of their metrics.
LEVER_OF = {table: lever.name for lever in LEVERS for table in lever.metrics.values()}
TABLE_OF = {metric: table for lever in LEVERS for metric, table in lever.metrics.items()}


def draw_levers(member: Member, places: Places, seed: int) -> dict[int, list[Part]]:
    """What a member's returns have of the levers that it reports on, by year."""
    found: dict[int, list[Part]] = {}
    for lever in LEVERS:
        if lever.name in member.levers:
            for year, part in lever.draw(member, places, seed):
                found.setdefault(year, []).append(part)
    return found
