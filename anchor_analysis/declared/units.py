"""Units: how a fixed-point integer becomes a figure that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UnitName = Literal["persons", "fte", "gbp", "share"]


@dataclass(frozen=True)
class Unit:
    """`scale` whole units of storage make one of the unit; `words` is what a reader calls it."""

    name: str
    scale: int
    words: str


UNITS: dict[str, Unit] = {
    "persons": Unit("persons", 1, "people"),
    "fte": Unit("fte", 100_000, "full-time equivalents"),
    "gbp": Unit("gbp", 100, "£"),
    "share": Unit("share", 1, "%"),
}
