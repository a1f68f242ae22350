"""Everything that a reader of an edition and of all releases before it could write down, as one set of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from anchor_analysis.audit.figures import Between, base_of
from anchor_analysis.audit.movements import movements_of
from anchor_analysis.audit.quantities import Quantity, Rows, Statement, Terms, is_count
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.relations import (
    asked_for,
    credits_below,
    disjoint,
    margins_of,
    nested,
    refined,
    shares_of,
    sizes_alike,
)
from anchor_analysis.audit.statements import statements_of
from anchor_analysis.audit.system import Scale
from anchor_analysis.declared.profiles import Profile

#: An edition, a canonical table and a year of which the edition says otherwise than a later one.
Revised = frozenset[tuple[str, str, str]]


@dataclass(frozen=True)
class Kind:
    """What kind of figures one column of a canonical table makes: their unit, and the profile that protects them."""

    unit: str
    protect: str
    profile: Profile

    @property
    def threshold(self) -> int:
        """Fewer of them than this are nobody's business; 0 where they are no people or things."""
        return self.profile.threshold if is_count(self.unit) else 0


@dataclass(frozen=True)
class Knowledge:
    """What readers can write down of editions, the last of which is the one that is judged."""

    readings: tuple[Reading, ...]
    revised: Revised = frozenset()

    @property
    def current(self) -> Reading:
        return self.readings[-1]

    @cached_property
    def kinds(self) -> dict[tuple[str, str], Kind]:
        """What kind of figures there are, by canonical table and column."""
        found: dict[tuple[str, str], Kind] = {}
        for metric in self.current.definitions.metrics:
            definition = self.current.definitions.of(metric)
            for rows in (definition.rows, definition.unknown):
                if rows is not None and definition.protect in self.current.profiles:
                    kind = Kind(definition.unit, definition.protect, self.current.profile(metric))
                    found.setdefault((rows.table, rows.column), kind)
        return found

    @cached_property
    def scales(self) -> dict[tuple[str, str], Scale]:
        """In which steps the equations count, and which sums are never below zero: none that was ever shown to be."""
        below = {
            self._key(cell.metric, reading)
            for reading in self.readings
            for cell in reading.cells
            if cell.kind == "levels" and cell.value < 0
        }
        return {
            key: Scale(float(max(1, base_of(kind.profile, kind.unit))), key not in below)
            for key, kind in self.kinds.items()
        }

    def _key(self, metric: str, reading: Reading) -> tuple[str, str]:
        rows = reading.definitions.parts(metric)[0].rows
        return (rows.table, rows.column) if rows else ("", "")

    @cached_property
    def statements(self) -> list[Statement]:
        """All of it, the printed figures first."""
        structure = [one for reading in self.readings for one in self._structure(reading)]
        told = [*self.printed, *structure]
        return [*told, *self._among_rows(told)]

    @cached_property
    def printed(self) -> list[Statement]:
        """What the figures themselves say, of all editions."""
        return [one for reading in self.readings for one in self._of(reading)]

    def _of(self, reading: Reading) -> Iterator[Statement]:
        for statement in chain(statements_of(reading), movements_of(reading)):
            yield self.kept_apart(reading, statement)

    def _structure(self, reading: Reading) -> Iterator[Statement]:
        for statement in chain(margins_of(reading), shares_of(reading)):
            yield self.kept_apart(reading, statement)

    def _among_rows(self, told: Sequence[Statement]) -> list[Statement]:
        wards = list((self.current.facts.get("disadvantaged") or {}).get("wards", []))
        aspects: dict[Rows, set[str]] = defaultdict(set)
        for quantity in quantities_in(told):
            aspects[quantity.rows].add(quantity.aspect)
        members = list(sizes_alike(asked_for(told), aspects))
        asked = asked_for([*told, *members])
        among = [*nested(asked, self.countable), *disjoint(asked, self.countable), *refined(asked, wards)]
        return [*members, *among, *credits_below([*told, *members])]

    def countable(self, rows: Rows) -> bool:
        """Whether rows are of people or things, of which a part is never more than the whole."""
        kind = self.kinds.get((rows.table, rows.column))
        return kind is not None and is_count(kind.unit)

    def kept_apart(self, reading: Reading, statement: Statement) -> Statement:
        """A statement of an earlier edition, with sums of its own where the later one defines or has them otherwise."""
        if reading is self.current:
            return statement
        return replace(statement, terms=self.terms_in(reading, statement.terms), edition=reading.name)

    def terms_in(self, reading: Reading, terms: Terms) -> Terms:
        """Sums as an edition has them."""
        if reading is self.current:
            return terms
        return {self._apart(reading, quantity): often for quantity, often in terms.items()}

    def edition(self, reading: Reading) -> str:
        """The name of an earlier edition; empty for the one that is judged."""
        return "" if reading is self.current else reading.name

    def _apart(self, reading: Reading, quantity: Quantity) -> Quantity:
        years = quantity.period.split("..")
        revised = any((reading.name, quantity.rows.table, year) in self.revised for year in years)
        return quantity._replace(epoch=reading.name) if revised or self._differs(reading, quantity.rows) else quantity

    def _differs(self, reading: Reading, rows: Rows) -> bool:
        """Whether a metric that counts such rows has another version in an earlier edition."""
        return (reading.name, rows.table, rows.column) in self._versions

    @cached_property
    def _versions(self) -> set[tuple[str, str, str]]:
        found = set()
        for reading in self.readings[:-1]:
            for metric in reading.facts.get("definitions", {}):
                then = reading.definitions.of(metric)
                now = self.current.definitions.of(metric) if metric in self.current.definitions.metrics else then
                if then.rows and then.version != now.version:
                    found.add((reading.name, then.rows.table, then.rows.column))
        return found

    def contradicted(self) -> Revised:
        """Of which tables and years an earlier edition says what a later one says is not so."""
        said: dict[tuple[tuple[Quantity, float], ...], list[tuple[str, Between]]] = defaultdict(list)
        for reading in self.readings:
            for statement in self._of(reading):
                key = tuple(sorted(statement.terms.items(), key=_order))
                said[key].append((reading.name, Between(statement.low, statement.high)))
        found = set()
        for key, editions in said.items():
            for number, (name, between) in enumerate(editions):
                if any(name != other and not between.meets(later) for other, later in editions[number + 1 :]):
                    found |= {(name, one.rows.table, year) for one, _ in key for year in one.period.split("..")}
        return frozenset(found - {one for one in found if one[0] == self.current.name})


def knowledge_of(readings: Sequence[Reading]) -> Knowledge:
    """What can be known of editions, those years kept apart that a later edition has otherwise."""
    known = Knowledge(tuple(readings))
    return Knowledge(known.readings, known.contradicted()) if len(readings) > 1 else known


def quantities_in(statements: Iterable[Statement]) -> Iterator[Quantity]:
    """Every quantity that statements are about."""
    for statement in statements:
        yield from statement.terms


def _order(item: tuple[Quantity, float]) -> tuple[str, Rows, str, list[str]]:
    quantity = item[0]
    return quantity.aspect, quantity.rows, quantity.period, sorted(quantity.who)
