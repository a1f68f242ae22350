"""What a cell is a figure of, in quantities: the sums that it shows, divides or subtracts."""

from __future__ import annotations

from dataclasses import dataclass

from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import (
    NOT_BROKEN_DOWN,
    POSITIVE,
    SUM,
    Definition,
    Quantity,
    Rows,
    Terms,
    Who,
    combined,
    grouped,
)
from anchor_analysis.audit.reading import Reading
from anchor_analysis.declared.units import UNITS
from anchor_analysis.present.released import Cell


@dataclass(frozen=True)
class Amount:
    """One metric's sums over some members in a year: what is known, what is not, and the ends that this leaves."""

    known: Terms
    unknown: Terms
    low: Terms
    high: Terms


@dataclass(frozen=True)
class Ratio:
    """What a ratio divides; `over` is what its figure has below the line, `whole` what its ends have."""

    top: Amount
    over: Terms
    whole: Terms
    factor: float


@dataclass(frozen=True)
class Place:
    """Which sums a cell is about: over whose rows, of which year, and of which group."""

    period: str
    who: Who
    breakdown: str = ""
    group: str = ""

    def rows(self, rows: Rows) -> Rows:
        """Rows of the group."""
        return grouped(rows, self.breakdown, self.group)


def total(rows: Rows, place: Place, aspect: str = SUM) -> Terms:
    """The sum over some rows of some members in a year, as one quantity; nothing where there are no members."""
    return {Quantity(aspect, rows, place.period, place.who): 1.0} if place.who else {}


def amount(definition: Definition, place: Place) -> Amount:
    """The sums of an additive metric."""
    assert definition.rows is not None
    known = total(place.rows(definition.rows), place)
    if definition.unknown is None:
        return Amount(known, {}, known, known)
    rows = place.rows(definition.unknown)
    unknown = total(rows, place)
    if definition.unit != "gbp":
        return Amount(known, unknown, known, combined((1, known), (1, unknown)))
    above = total(rows, place, POSITIVE)
    return Amount(known, unknown, combined((1, known), (1, unknown), (-1, above)), combined((1, known), (1, above)))


def ratio(reading: Reading, metric: str, place: Place) -> Ratio:
    """What a ratio divides in a place."""
    top, below = reading.definitions.parts(metric)
    assert below is not None
    own, whole = amount(top, place), amount(below, place).known
    unit = UNITS[reading.definitions.of(metric).unit]
    over = combined((1, whole), (-1, own.unknown)) if unit.name == "share" else whole
    return Ratio(own, over, whole, UNITS[top.unit].scale / UNITS[below.unit].scale / unit.scale)


def place_of(reading: Reading, cell: Cell) -> Place:
    """Where a level stands: the members that it counts, its year, its group."""
    breakdown = reading.breakdown(cell.table)
    group = cell.group if cell.kind in ("levels", "targets", "benchmark", "population") else ""
    if cell.member:
        return Place(cell.period, frozenset({cell.member}), breakdown, group)
    who = reading.members.level(cell.metric, cell.period, cell.members_counted)
    return Place(cell.period, _broken_down(reading, cell, who), breakdown, group)


def _broken_down(reading: Reading, cell: Cell, who: Who) -> Who:
    """Of those who are counted, those whose rows can be in a group; who told a figure is in a group apart."""
    if not cell.group or not is_named(who) or not has_group(reading, cell.table, cell.metric, NOT_BROKEN_DOWN):
        return who
    sent = reading.members.broken_down(cell.metric, cell.period, who)
    return who - sent if cell.group == NOT_BROKEN_DOWN else sent


def has_group(reading: Reading, table: str, metric: str, group: str) -> bool:
    """Whether a table, or the one that it is of, has this group of a metric."""
    of = str(reading.facts.get("tables", {}).get(table, {}).get("of", ""))
    return (table, metric, group) in reading.groups or (of, metric, group) in reading.groups


def ends_of(reading: Reading, cell: Cell) -> Place:
    """Where `from` or `to` of a change stands."""
    period = cell.since_period if cell.item == "from" else cell.period
    if cell.panel == "like_for_like":
        who = reading.members.both(cell.metric, cell.since_period, cell.period, cell.members_counted)
    else:
        who = reading.members.level(cell.metric, period, cell.members_counted)
    return Place(period, who)


def where(reading: Reading, cell: Cell) -> Place:
    """Where a level or either end of a change stands."""
    return ends_of(reading, cell) if cell.kind == "changes" else place_of(reading, cell)


def rest_of(reading: Reading, cell: Cell) -> Terms:
    """What a share leaves of its whole: what is below the line, and neither above it nor unknown."""
    own = ratio(reading, cell.metric, where(reading, cell))
    return combined((1, own.over), (-1, own.top.known)) if own.top.known and own.over else {}
