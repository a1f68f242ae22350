"""What a reader's equations are about: sums over rows that nobody outside sees, by members and year.

A quantity is a sum of one column over the rows of one canonical table that meet some conditions: what a metric's
numerator, its denominator or its unknown is by its public definition, and what a group of a breakdown is. So women
among staff and staff broken down by sex, group women, are one quantity and not two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from anchor_analysis.declared import Catalogue
from anchor_analysis.declared.metrics import Operand
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.declared.units import COUNTED

#: The members whose rows are summed; one that begins with `@` stands for a set of which only its size is public.
Who = frozenset[str]

#: Groups that what was told as a figure is in, since nobody can break it down.
NOT_BROKEN_DOWN = "not_broken_down"

#: The whole of what is known, and of what is not known the part above zero; credit notes of it are below.
SUM, POSITIVE = "sum", "positive"

#: What was withheld before, as it was if nothing beside it was revised since: no other equation is about it.
SUPPOSED = "supposed"


class Rows(NamedTuple):
    """Which rows of a canonical table are summed, and which column: `where` has each column's values, in order."""

    table: str
    column: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def narrowed(self, column: str, *values: str) -> Rows:
        """The same rows, as far as a column has one of these values."""
        kept = dict(self.where)
        before = set(kept.get(column, values))
        kept[column] = tuple(sorted(before & set(values))) or tuple(sorted(values))
        return self._replace(where=tuple(sorted(kept.items())))

    def without(self, column: str) -> Rows:
        """The same rows, whatever a column has."""
        return self._replace(where=tuple(one for one in self.where if one[0] != column))

    def values(self, column: str) -> tuple[str, ...]:
        """The values of a column that are kept; none where all are."""
        return dict(self.where).get(column, ())

    def within(self, other: Rows) -> bool:
        """Whether all these rows are among the other rows, by their conditions."""
        own = dict(self.where)
        if (self.table, self.column) != (other.table, other.column) or self == other:
            return False
        return all(column in own and set(own[column]) <= set(values) for column, values in other.where)


class Quantity(NamedTuple):
    """A sum over rows of some members in a year; `epoch` keeps apart what an edition has by another definition."""

    aspect: str
    rows: Rows
    period: str
    who: Who
    epoch: str = ""


#: What is added up: quantities, each as often as its number says.
Terms = dict[Quantity, float]


def combined(*sums: tuple[float, Mapping[Quantity, float]]) -> Terms:
    """Several sums, each times a number, as one."""
    found: Terms = {}
    for factor, terms in sums:
        for quantity, often in terms.items():
            found[quantity] = found.get(quantity, 0.0) + factor * often
    return {quantity: often for quantity, often in found.items() if often}


@dataclass(frozen=True)
class Statement:
    """What a reader may write down: a sum lies between two numbers.

    `words` say what it is, and never a figure; `cells` and `edition` where it stands.
    """

    terms: Terms
    low: float
    high: float
    words: str
    cells: tuple[str, ...] = ()
    edition: str = ""


@dataclass(frozen=True)
class Definition:
    """What an edition says that a metric is; of a ratio the metrics that it divides."""

    id: str
    unit: str
    protect: str
    version: int
    rows: Rows | None = None
    unknown: Rows | None = None
    over: tuple[str, str] = ("", "")

    @property
    def is_ratio(self) -> bool:
        return self.rows is None


@dataclass(frozen=True)
class Definitions:
    """The definitions of an edition by metric, what it does not define being as it is declared now."""

    told: Mapping[str, Any]
    catalogue: Catalogue
    known: dict[str, Definition] = field(default_factory=dict)

    def of(self, metric: str) -> Definition:
        """The definition of a metric."""
        if metric not in self.known:
            self.known[metric] = _definition(metric, self.said_of(metric))
        return self.known[metric]

    def said_of(self, metric: str) -> dict[str, Any]:
        """What is said of a metric, field by field; what is not given is left out."""
        declared = self.catalogue.metrics[metric].model_dump() if metric in self.catalogue.metrics else {}
        return dict(_given(declared | dict(self.told.get(metric, {}))))

    @cached_property
    def metrics(self) -> list[str]:
        return sorted({*self.told, *self.catalogue.metrics})

    def parts(self, metric: str) -> tuple[Definition, Definition | None]:
        """The additive metrics that a metric is made of: itself, or what it divides and by what."""
        own = self.of(metric)
        return (self.of(own.over[0]), self.of(own.over[1])) if own.is_ratio else (own, None)


def _given(said: Any) -> Any:
    """What is said without what is not given, however deep."""
    if isinstance(said, Mapping):
        return {name: _given(value) for name, value in said.items() if value is not None}
    return said


def _definition(metric: str, told: dict[str, Any]) -> Definition:
    numerator, denominator = told["numerator"], told.get("denominator") or {}
    shared = (metric, told["unit"], told["protect"], int(told.get("version", 1)))
    if numerator.get("metric"):
        return Definition(*shared, over=(numerator["metric"], denominator["metric"]))
    unknown = told.get("unknown")
    table = told["table"]
    return Definition(*shared, rows=_rows(numerator, table), unknown=_rows(unknown, table) if unknown else None)


def _rows(operand: Mapping[str, Any], table: str) -> Rows:
    declared = Operand(**{name: value for name, value in operand.items() if value is not None})
    where = {column: tuple(sorted(str(value) for value in declared.values(column))) for column in declared.where}
    return Rows(table, declared.sum or "rows", tuple(sorted(where.items())))


def grouped(rows: Rows, breakdown: str, group: str) -> Rows:
    """The rows of one group of a breakdown, which may be by two columns: `theme|ward`, with either left empty."""
    if not group or not breakdown:
        return rows
    columns = breakdown.split(BOTH)
    values = group.split(BOTH) if len(columns) > 1 else [group]
    for column, value in zip(columns, values, strict=False):
        if value:
            rows = rows.narrowed(column, value)
    return rows


def is_count(unit: str) -> bool:
    """Whether figures of a unit are whole numbers of people or things."""
    return unit in COUNTED and unit != "fte"
