"""Everything that a reader of an edition and of all releases before it could write down, as one set of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from anchor_analysis.audit.figures import Between, base_of
from anchor_analysis.audit.movements import movements_of
from anchor_analysis.audit.quantities import Definitions, Quantity, Rows, Statement, Terms, is_count
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

#: An edition, rows or a whole canonical table, and a year of which the edition says otherwise than a later one.
Revised = frozenset[tuple[str, Rows | str, str]]


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
    def told(self) -> set[str]:
        """Cells of single members that some edition shows: what another withholds of them is known as they agreed."""
        cells = [cell for reading in self.readings for cell in reading.cells if cell.member]
        return {cell.cell_id for cell in cells if cell.is_number}

    @cached_property
    def unknowns(self) -> set[Rows]:
        """Rows of which it is not known whether a metric counts them."""
        definitions = [self.current.definitions.of(metric) for metric in self.current.definitions.metrics]
        return {one.unknown for one in definitions if one.unknown is not None}

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
        terms = self.terms_in(reading, statement.terms, statement.cells)
        return replace(statement, terms=terms, edition=reading.name)

    def terms_in(self, reading: Reading, terms: Terms, cells: Sequence[str]) -> Terms:
        """Sums as an edition has them that are told by these cells of it."""
        if reading is self.current:
            return terms
        changed = any(reading.by_id[cell].metric in self._changed[reading.name] for cell in cells)
        return {
            quantity._replace(epoch=reading.name)
            if changed or self.is_revised(reading.name, quantity)
            else quantity: often
            for quantity, often in terms.items()
        }

    def edition(self, reading: Reading) -> str:
        """The name of an earlier edition; empty for the one that is judged."""
        return "" if reading is self.current else reading.name

    def is_revised(self, edition: str, quantity: Quantity) -> bool:
        """Whether an earlier edition has a sum otherwise, or all of its canonical table and year."""
        keys = (quantity.rows, quantity.rows.table)
        return any((edition, key, year) in self.revised for key in keys for year in quantity.period.split(".."))

    @cached_property
    def _changed(self) -> dict[str, set[str]]:
        """By earlier edition the metrics that had another version then, or are a ratio of such."""
        return {
            reading.name: {metric for metric in reading.definitions.metrics if self._differs(reading, metric)}
            for reading in self.readings[:-1]
        }

    def _differs(self, reading: Reading, metric: str) -> bool:
        if metric not in self.current.definitions.metrics:
            return False
        then, now = (_versions(one.definitions, metric) for one in (reading, self.current))
        return then != now

    def contradicted(self) -> Revised:
        """Of which rows and years an earlier edition says what a later one says is not so."""
        said: dict[tuple[tuple[Quantity, float], ...], list[tuple[str, Between]]] = defaultdict(list)
        for reading in self.readings:
            for statement in self._of(reading):
                key = tuple(sorted(statement.terms.items(), key=_order))
                said[key].append((reading.name, Between(statement.low, statement.high)))
        found = set()
        for key, editions in said.items():
            for number, (name, between) in enumerate(editions):
                if any(name != other and not between.meets(later) for other, later in editions[number + 1 :]):
                    found |= {(name, one.rows, year) for one, _ in key for year in one.period.split("..")}
        return frozenset(found)


def knowledge_of(readings: Sequence[Reading]) -> Knowledge:
    """What can be known of editions, those years kept apart that a later edition has otherwise."""
    known = Knowledge(tuple(readings))
    return Knowledge(known.readings, known.contradicted()) if len(readings) > 1 else known


def _versions(definitions: Definitions, metric: str) -> list[tuple[str, int]]:
    """The versions of a metric and of what it divides."""
    return [(part.id, part.version) for part in (definitions.of(metric), *definitions.parts(metric)) if part]


def quantities_in(statements: Iterable[Statement]) -> Iterator[Quantity]:
    """Every quantity that statements are about."""
    for statement in statements:
        yield from statement.terms


def _order(item: tuple[Quantity, float]) -> tuple[str, Rows, str, list[str]]:
    quantity = item[0]
    return quantity.aspect, quantity.rows, quantity.period, sorted(quantity.who)
