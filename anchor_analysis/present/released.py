"""Released cells as the wording, the tables and the charts look them up.

Nothing here computes a figure: a number on a page is the text that protection let through.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import pandas as pd

from anchor_analysis.declared.units import NOT_ADDITIVE, UNITS

Facts = dict[str, Any]

_UNITS = "|".join(re.escape(unit.after.strip()) for unit in UNITS.values() if unit.after)
_NUMBER = re.compile(
    r"(?P<sign>[+\-−]?)\s?(?P<pound>£?)(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<scale>\s?(?:bn|m|k))?"
    rf"(?P<space>\s?)(?P<unit>points?|percentage points?|{_UNITS})?"
)
_ABSENT = frozenset({"missing", "refused", "not_applicable", "not_yet_member", "left", "merged", ""})
_SCALES = {"": 1, "k": 1e3, "m": 1e6, "bn": 1e9}


@dataclass(frozen=True)
class Cell:
    """One released cell; the fields are the columns of the released tables."""

    cell_id: str
    table: str
    kind: str
    metric: str
    period: str
    since: str
    since_period: str
    panel: str
    member: str
    group: str
    item: str
    unit: str
    value: float
    lower: float
    upper: float
    shown: str
    status: str
    rule: str
    note: str
    source_id: str
    members_counted: int
    members_expected: int
    quality: str

    @property
    def is_number(self) -> bool:
        """Whether a figure is shown, and not a shorthand or a word."""
        return number(self.shown) is not None

    @property
    def is_range(self) -> bool:
        """Whether no figure is told but between which two it lies."""
        return self.status == "no_value" and self.has_bounds

    @property
    def is_withheld(self) -> bool:
        """Whether protection keeps the figure back."""
        return self.status == "withheld"

    @property
    def has_bounds(self) -> bool:
        """Whether something is unknown that could move the figure."""
        return not (math.isnan(self.lower) or math.isnan(self.upper)) and self.upper > self.lower

    @property
    def is_absent(self) -> bool:
        """Whether there is nothing of it: nobody reported, or it does not apply."""
        return self.status in _ABSENT

    @property
    def is_told(self) -> bool:
        """Whether it is a figure, or would be one if it were not withheld or unknown."""
        return not self.is_absent

    @property
    def size(self) -> str:
        """What is shown, without its sign: for "rose by"."""
        return self.shown.lstrip("+-− ")

    @property
    def is_nothing(self) -> bool:
        """Whether the figure is shown and is zero."""
        return number(self.shown) == 0

    def bound(self, which: str) -> str:
        """The lower or upper bound, written in the shape of the figure itself."""
        return in_shape(getattr(self, which), self)


class Key(NamedTuple):
    """What a cell stands for, whichever table it stands in."""

    kind: str
    metric: str
    period: str
    since: str = ""
    panel: str = "all"
    member: str = ""
    group: str = ""
    item: str = "value"


class Released:
    """The released cells of one edition with its facts, indexed by what they stand for.

    Where two tables hold the same figure, the one that comes first answers.
    """

    def __init__(self, cells: pd.DataFrame, facts: Facts):
        self.facts = facts
        self.cells = read_cells(cells)
        self.by_id = {cell.cell_id: cell for cell in self.cells}
        self._by_key: dict[Key, Cell] = {}
        self._of_metric: dict[str, list[Cell]] = {}
        for cell in self.cells:
            self._by_key.setdefault(_key(cell), cell)
            self._of_metric.setdefault(cell.metric, []).append(cell)

    @property
    def year(self) -> str:
        """The edition's year."""
        return str(self.facts["year"])

    @property
    def place(self) -> str:
        """The name of the place that the network is for."""
        return str(self.facts.get("place", "the area"))

    def metrics(self, *kinds: str) -> list[str]:
        """The metrics that stand in tables of these kinds, as declared there."""
        return list(dict.fromkeys(cell.metric for cell in self.cells if not kinds or cell.kind in kinds))

    def level(self, metric: str, period: str = "", **where: str) -> Cell | None:
        """The network's figure for a metric and year, or a member's or a group's."""
        found = self._by_key.get(Key("levels", metric, period or self.year, **where))
        if found or where:
            return found
        return self.change(metric, "previous", "all", "to", period)

    def change(self, metric: str, since: str, panel: str, item: str, period: str = "") -> Cell | None:
        """One item of a change: from, to, change, percent or verdict."""
        return self._by_key.get(Key("changes", metric, period or self.year, since, panel, item=item))

    def part(self, metric: str, since: str, item: str, period: str = "") -> Cell | None:
        """One part of a change: continuing, joiners, leavers, non_response, or the change itself."""
        return self._by_key.get(Key("parts", metric, period or self.year, since, item=item))

    def reduction(self, metric: str, item: str) -> Cell | None:
        """How much less there was than in the baseline: `point_to_point` or `cumulative`."""
        return self._by_key.get(Key("reductions", metric, self.year, "baseline", "like_for_like", item=item))

    def periods(self, metric: str) -> list[str]:
        """The years for which the network's figures of a metric are in the edition, the earliest first."""
        wanted = {cell.period for cell in self._of_metric.get(metric, []) if is_network_level(cell)}
        return sorted(wanted)

    def select(self, **where: str) -> list[Cell]:
        """The cells whose fields hold these values, in the order of the tables."""
        unknown = set(where) - {field.name for field in fields(Cell)}
        if unknown:
            raise ValueError(f"cells have no {', '.join(sorted(unknown))}; filter by their columns")
        cells = self._of_metric.get(where["metric"], []) if "metric" in where else self.cells
        return [cell for cell in cells if all(getattr(cell, name) == value for name, value in where.items())]


def is_network_level(cell: Cell) -> bool:
    """Whether a cell is the network's own figure, of no member and no group."""
    return cell.kind == "levels" and not cell.member and not cell.group


def read_cells(cells: pd.DataFrame) -> list[Cell]:
    """The rows of a released table as cells; a missing text is an empty one, a missing count is zero."""
    names = [field.name for field in fields(Cell)]
    missing = [name for name in names if name not in cells.columns]
    if missing:
        raise ValueError(f"released cells lack the columns {', '.join(missing)}")
    columns = [_read(cells[field.name], field.type) for field in fields(Cell)]
    return [Cell(*row) for row in zip(*columns, strict=True)]


def _read(column: pd.Series, kind: Any) -> list[Any]:
    missing = column.isna()
    if kind == "float":
        return list(column.astype(float).mask(missing, math.nan).tolist())
    if kind == "int":
        return list(column.mask(missing, 0).astype(int).tolist())
    return ["" if absent else str(value) for value, absent in zip(column.tolist(), missing.tolist(), strict=True)]


def _key(cell: Cell) -> Key:
    return Key(cell.kind, cell.metric, cell.period, cell.since, cell.panel, cell.member, cell.group, cell.item)


def number(shown: str) -> float | None:
    """The number that a shown text stands for, or None for a shorthand or a word.

    >>> number("£512.345m"), number("+1.2 points"), number("64.1%"), number("[c]")
    (512345000.0, 1.2, 0.641, None)
    """
    found = _NUMBER.fullmatch(shown.strip().replace("\u00a0", " "))
    if not found:
        return None
    digits = found["digits"].replace(",", "")
    decimals = len(digits.partition(".")[2])
    value = round(float(digits) * _SCALES[(found["scale"] or "").strip()], decimals)
    if found["unit"] == "%":
        value = round(value / 100, decimals + 2)
    return -value if found["sign"] in ("-", "−") and value else value


def add_up(parts: Iterable[Cell], whole: Cell | None) -> bool:
    """Whether shown parts make the shown whole, or cannot be told not to; rounded one by one, they may miss it."""
    amounts, total = [number(cell.shown) for cell in parts], number(whole.shown) if whole else None
    known = [amount for amount in amounts if amount is not None]
    return total is None or len(known) < len(amounts) or abs(sum(known) - total) < 1e-6


def in_shape(value: float, like: Cell) -> str:
    """A number with the decimals, sign and unit of what a cell shows, or of its unit where it shows none."""
    found = _NUMBER.fullmatch(like.shown.strip().replace("\u00a0", " "))
    if not found:
        return _plain(value, like.unit)
    decimals = len(found["digits"].partition(".")[2])
    scale = (found["scale"] or "").strip()
    unit = found["unit"] or ""
    size = abs(value) * (100 if (unit and like.unit == "share") or unit == "%" else 1) / _SCALES[scale]
    ending = f"{found['scale'] or ''}{found['space'] if unit else ''}{unit}"
    sign = "−" if value < 0 else "+" if found["sign"] and value > 0 else ""
    return f"{sign}{found['pound']}{size:,.{decimals}f}{ending}"


def _plain(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value * 100:.1f}%"
    if unit == "gbp" and abs(value) >= 1e6:
        return f"{'−' if value < 0 else ''}£{abs(value) / 1e6:,.3f}m"
    written = UNITS.get(unit)
    before, after = (written.before, written.after) if written else ("", "")
    decimals = written.decimals if written and unit in NOT_ADDITIVE else 0
    return f"{'−' if value < 0 else ''}{before}{abs(value):,.{decimals}f}{after}"


def released(cells: pd.DataFrame | Released, facts: Facts) -> Released:
    """Index released cells, once: what is indexed already stays as it is."""
    return cells if isinstance(cells, Released) else Released(cells, facts)
