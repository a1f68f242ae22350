"""What a lever beyond staff and payments is: its tables and right answers, and how they are drawn."""

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
