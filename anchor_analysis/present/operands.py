"""Of which released figures another one is made: what it divides, from where to where it went, its parts.

Nothing is worked out here. An operand that the edition does not tell is named as one that is not released.
"""

from __future__ import annotations

from collections.abc import Mapping

from anchor_analysis.declared.tables import OF_ANOTHER
from anchor_analysis.present import wording
from anchor_analysis.present.released import Cell, Released

#: What of the same row of a table an item is made of, by the kind of the table and the item.
_BESIDE: dict[tuple[str, str], tuple[str, ...]] = {
    ("changes", "change"): ("from", "to"),
    ("changes", "percent"): ("from", "to"),
    ("changes", "verdict"): ("from", "to"),
    ("parts", "change"): ("continuing", "joiners", "leavers", "non_response", "definition"),
    ("benchmark", "excess"): ("observed", "expected"),
    ("benchmark", "quotient"): ("observed", "expected"),
    ("population", "excess"): ("observed", "expected"),
    ("population", "quotient"): ("observed", "expected"),
    ("targets", "gap"): ("share", "target"),
    ("targets", "short"): ("share", "target"),
}

#: The items that say a level, of which a ratio has its numerator and its denominator.
_LEVELS = ("value", "from", "to", "share")

_Place = tuple[str, ...]


class Operands:
    """Finds the released cells that a cell is made of, whichever table they stand in."""

    def __init__(self, known: Released):
        self.known = known
        self._by_table = {(cell.table, cell.metric, *_where(known, cell), cell.item): cell for cell in known.cells}
        self._anywhere: dict[_Place, Cell] = {}
        for cell in known.cells:
            self._anywhere.setdefault((cell.kind, cell.metric, *_where(known, cell), cell.item), cell)

    def of(self, cell: Cell) -> dict[str, str | None]:
        """The id of each operand by what it is: `numerator` and `denominator`, `from` and `to`, and so on.

        None for one that the edition does not release. Empty for what is made of nothing else: a sum of rows.
        """
        found: dict[str, str | None] = {}
        for item in _BESIDE.get((cell.kind, cell.item), ()):
            beside = self._by_table.get((cell.table, cell.metric, *_where(self.known, cell), item))
            if beside is not None or item in ("from", "to"):
                found[item] = beside.cell_id if beside else None
        if not found and cell.item in _LEVELS and wording.is_ratio(self.known.facts, cell.metric):
            return self._divided(cell)
        if cell.kind == "real_terms":
            found["in_cash"] = self._level_of(cell)
        return found

    def _divided(self, cell: Cell) -> dict[str, str | None]:
        """Above and below the line of a ratio, in the same year, panel and group."""
        defined = wording.defined(self.known.facts, cell.metric)
        found: dict[str, str | None] = {}
        for role in ("numerator", "denominator"):
            operand = defined.get(role)
            metric = str(operand.get("metric") or "") if isinstance(operand, Mapping) else ""
            found[role] = self._same(cell, metric)
        return found

    def _same(self, cell: Cell, metric: str) -> str | None:
        if not metric:
            return None
        kind, item = ("levels", "value") if cell.kind in OF_ANOTHER else (cell.kind, cell.item)
        where = _where(self.known, cell)
        other = self._by_table.get((cell.table, metric, *where, item)) or self._anywhere.get(
            (kind, metric, *where, item)
        )
        return other.cell_id if other else None

    def _level_of(self, cell: Cell) -> str | None:
        found = self.known.level(cell.metric, cell.period)
        return found.cell_id if found else None


def _where(known: Released, cell: Cell) -> _Place:
    """Of when, of whom and among whom a cell is; groups of two breakdowns may be called the same."""
    about = known.facts.get("tables", {}).get(cell.table, {})
    of = known.facts.get("tables", {}).get(str(about.get("of", "")), {})
    breakdown = str(about.get("breakdown") or of.get("breakdown") or "") if cell.group else ""
    return cell.period, cell.since, cell.panel, cell.member, cell.group, breakdown
