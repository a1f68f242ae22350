"""Everything that a reader of an edition and of all releases before it could write down, as one set of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from anchor_analysis.audit.figures import base_of
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
from anchor_analysis.audit.versions import Since
from anchor_analysis.declared.profiles import Profile

#: An edition, a sum, rows or a whole canonical table, and a year of which the edition says otherwise than a later one.
Revised = frozenset[tuple[str, Quantity | Rows | str, str]]


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
class Supposed:
    """What an earlier edition withheld, as it was if nothing else that stood withheld beside it was revised since."""

    reading: Reading
    quantity: Quantity
    statement: Statement


@dataclass(frozen=True)
class Knowledge:
    """What readers can write down of editions, the last of which is the one that is judged.

    `said` has what the figures of each say as if there were no other, `since` by earlier edition what of what it was
    made from is another today.
    """

    readings: tuple[Reading, ...]
    said: Mapping[str, tuple[Statement, ...]]
    since: Mapping[str, Since]
    revised: Revised = frozenset()
    supposed: tuple[Supposed, ...] = ()

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
        return [*told, *(one.statement for one in self.supposed), *self._among_rows(told)]

    @cached_property
    def printed(self) -> list[Statement]:
        """What the figures themselves say, of all editions."""
        return [one for reading in self.readings for one in self._of(reading)]

    def _of(self, reading: Reading) -> Iterator[Statement]:
        for statement in self.said[reading.name]:
            yield self.kept_apart(reading, statement)

    def _structure(self, reading: Reading) -> Iterator[Statement]:
        for statement in chain(margins_of(reading), shares_of(reading)):
            yield self.kept_apart(reading, statement)

    def _among_rows(self, told: Sequence[Statement]) -> list[Statement]:
        wards = list((self.current.facts.get("disadvantaged") or {}).get("wards", []))
        aspects: dict[Rows, set[str]] = defaultdict(set)
        for quantity in quantities_in(told):
            aspects[quantity.rows].add(quantity.aspect)
        members = [*sizes_alike(asked_for(told), aspects), *self._sizes_of_then()]
        asked = asked_for([*told, *members])
        among = [*nested(asked, self.countable), *disjoint(asked, self.countable), *refined(asked, wards)]
        return [*members, *among, *credits_below([*told, *members])]

    def _sizes_of_then(self) -> Iterator[Statement]:
        """Members like for like among all members as earlier editions have them, where these are taken apart here."""
        for reading in self.readings[:-1]:
            said = self.said[reading.name]
            aspects: dict[Rows, set[str]] = defaultdict(set)
            for quantity in quantities_in(said):
                if self.is_revised(reading.name, quantity):
                    aspects[quantity.rows].add(quantity.aspect)
            asked = {rows: places for rows, places in asked_for(said).items() if rows in aspects}
            for statement in sizes_alike(asked, aspects):
                yield self.kept_apart(reading, statement)

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
        otherwise = any(reading.by_id[cell].metric in self.since[reading.name].otherwise for cell in cells)
        found: Terms = {}
        for quantity, often in terms.items():
            whole = [quantity._replace(epoch=reading.name)]
            for piece in whole if otherwise else self.pieces(reading.name, quantity):
                found[piece] = found.get(piece, 0.0) + often
        return {piece: often for piece, often in found.items() if often}

    def pieces(self, edition: str, quantity: Quantity) -> list[Quantity]:
        """A sum as an earlier edition has it: the same as today, or what of it is another by itself."""
        return self.taken_apart(edition, quantity) if self.is_revised(edition, quantity) else [quantity]

    def taken_apart(self, edition: str, quantity: Quantity) -> list[Quantity]:
        """A sum that an earlier edition has otherwise, without what of it is the same today."""
        if self._is_torn(edition, quantity):
            return [quantity._replace(epoch=edition)]
        return self.since[edition].pieces(quantity)

    def edition(self, reading: Reading) -> str:
        """The name of an earlier edition; empty for the one that is judged."""
        return "" if reading is self.current else reading.name

    def is_revised(self, edition: str, quantity: Quantity) -> bool:
        """Whether an earlier edition has a sum otherwise, or all of its canonical table and year."""
        keys = (quantity, quantity.rows, quantity.rows.table)
        return any((edition, key, year) in self.revised for key in keys for year in quantity.period.split(".."))

    def _is_torn(self, edition: str, quantity: Quantity) -> bool:
        """Whether nothing of the canonical table and year can be held against what is said of it today."""
        return any((edition, quantity.rows.table, year) in self.revised for year in quantity.period.split(".."))


def said_by(reading: Reading) -> Iterator[Statement]:
    """What the figures of an edition say, as if there were no other."""
    return chain(statements_of(reading), movements_of(reading))


def quantities_in(statements: Iterable[Statement]) -> Iterator[Quantity]:
    """Every quantity that statements are about."""
    for statement in statements:
        yield from statement.terms
