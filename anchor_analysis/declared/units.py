"""Units: how a fixed-point integer becomes a figure that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UnitName = Literal[
    "persons", "fte", "gbp", "share", "items", "kwh", "m3", "tonnes", "m2", "km", "litres", "tco2e",
    "gbp_per_person", "gbp_per_hour", "kwh_per_m2", "kgco2e_per_m2", "kgco2e_per_kwh", "times", "levels",
]  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """How a unit is kept, divided and written.

    `scale` whole units of storage make one of the unit; of a ratio that is no share, numerator / denominator /
    `scale` is its value. `words` is what a reader calls it. A figure is written with `decimals`, `before` and `after`
    round it. `counts` is whether it counts what there are many of, such as people, so that there are more or fewer.
    """

    name: str
    scale: int
    words: str
    decimals: int = 0
    before: str = ""
    after: str = ""
    counts: bool = False


UNITS: dict[str, Unit] = {
    unit.name: unit
    for unit in (
        Unit("persons", 1, "people", counts=True),
        Unit("fte", 100_000, "full-time equivalents", 1, counts=True),
        Unit("gbp", 100, "£", 2, before="£"),
        Unit("share", 1, "%", after="%"),
        Unit("items", 1, "a number", counts=True),
        Unit("kwh", 1_000, "kWh", after=" kWh"),
        Unit("m3", 1_000, "cubic metres", after=" m³"),
        Unit("tonnes", 1_000, "tonnes", after=" tonnes"),
        Unit("m2", 1_000, "square metres", after=" m²"),
        Unit("km", 1_000, "kilometres", after=" km"),
        Unit("litres", 1_000, "litres", after=" litres"),
        Unit("tco2e", 1_000_000, "tonnes of CO₂ equivalent", after=" tCO₂e"),
        Unit("gbp_per_person", 100, "£ a person", before="£"),
        Unit("gbp_per_hour", 100, "£ an hour", 2, before="£"),
        Unit("kwh_per_m2", 1, "kWh a square metre", 1, after=" kWh/m²"),
        Unit("kgco2e_per_m2", 1, "kg of CO₂ equivalent a square metre", 1, after=" kg/m²"),
        Unit("kgco2e_per_kwh", 1, "kg of CO₂ equivalent a kWh", 4, after=" kg/kWh"),
        Unit("times", 1, "times", 2),
        Unit("levels", 1, "levels"),
    )
}

#: Units of what there are more or fewer of.
COUNTED = frozenset(name for name, unit in UNITS.items() if unit.counts)

#: Units of what one thing is of another: figures in them do not add up.
NOT_ADDITIVE = frozenset({"share", "times", *(name for name in UNITS if "_per_" in name)})
