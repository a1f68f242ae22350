"""From statements to equations: sums over members in as few unknowns as tell them apart, and one sparse matrix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from anchor_analysis.audit.intervals import Equations
from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import Quantity, Rows, Statement, Terms, Who

#: One unknown: a quantity over members of whom no equation has one without the others.
Unknown = Quantity


@dataclass(frozen=True)
class Scale:
    """In which steps a sum is counted in the equations, and whether it can be below zero."""

    step: float = 1.0
    never_negative: bool = True


@dataclass(frozen=True)
class System:
    """The equations that a reader could write down, with what each says; sums that are asked about are unknowns too.

    Row r of the equations is `statements[r]`; column c is the unknown `unknowns[c]` for the first of them, then one
    for each statement that is no equality, then one for each of the `asked` sums. `steps` are the columns' units.
    """

    equations: Equations
    statements: tuple[Statement, ...]
    unknowns: tuple[Unknown, ...]
    steps: np.ndarray
    asked_at: np.ndarray


@dataclass(frozen=True)
class Atoms:
    """How sets of members are divided: for the sums of each rows and year into sets that no total divides further."""

    blocks: Mapping[tuple[str, Rows, str], Sequence[Who]]

    def split(self, quantity: Quantity) -> list[Unknown]:
        """The unknowns that a quantity is the sum of."""
        if not is_named(quantity.who):
            return [quantity]
        blocks = self.blocks[quantity.epoch, quantity.rows, quantity.period]
        return [quantity._replace(who=block) for block in blocks if block <= quantity.who]


def atoms_of(terms: Iterable[Terms], further: Iterable[tuple[str, Rows, str, Who]] = ()) -> Atoms:
    """The division of members by every total that terms ask for, and by further sets."""
    sets: dict[tuple[str, Rows, str], set[Who]] = defaultdict(set)
    for sums in terms:
        for quantity in sums:
            if is_named(quantity.who):
                sets[quantity.epoch, quantity.rows, quantity.period].add(quantity.who)
    for epoch, rows, period, who in further:
        if is_named(who) and (epoch, rows, period) in sets:
            sets[epoch, rows, period].add(who)
    return Atoms({key: _blocks(found) for key, found in sets.items()})


def _blocks(sets: set[Who]) -> list[Who]:
    """The finest sets of members that every one of the sets is a union of."""
    signs: dict[str, list[int]] = defaultdict(list)
    for number, who in enumerate(sorted(sets, key=sorted)):
        for name in who:
            signs[name].append(number)
    blocks: dict[tuple[int, ...], set[str]] = defaultdict(set)
    for name, sign in signs.items():
        blocks[tuple(sign)].add(name)
    return sorted((frozenset(block) for block in blocks.values()), key=sorted)


def build(
    statements: Sequence[Statement], asked: Sequence[Terms], atoms: Atoms, scales: Mapping[tuple[str, str], Scale]
) -> System:
    """The equations of statements, with a column for each sum that is asked about."""
    writer = _Writer(atoms, scales)
    for statement in statements:
        writer.write(statement.terms, statement.low, statement.high)
    rows = [writer.write(terms, -np.inf, np.inf, always=True) for terms in asked]
    beside = writer.columns_beside()
    asked_at = np.array([beside[row] for row in rows], int)
    return System(writer.equations(), tuple(statements), tuple(writer.numbers), writer.steps(), asked_at)


class _Row(NamedTuple):
    """A sum of columns between two ends; `ranged` if it has a column of its own to say so."""

    columns: list[int]
    values: list[float]
    low: float
    high: float
    step: float
    ranged: bool


class _Writer:
    """Writes statements as equations, one row each: a sum, less a column that lies between two ends, is a number."""

    def __init__(self, atoms: Atoms, scales: Mapping[tuple[str, str], Scale]):
        self._atoms, self._scales = atoms, scales
        self.numbers: dict[Unknown, int] = {}
        self._rows: list[_Row] = []

    def _scale(self, quantity: Quantity) -> Scale:
        return self._scales.get((quantity.rows.table, quantity.rows.column), Scale())

    def write(self, terms: Terms, low: float, high: float, always: bool = False) -> int:
        columns, values = [], []
        for quantity, often in terms.items():
            for unknown in self._atoms.split(quantity):
                columns.append(self.numbers.setdefault(unknown, len(self.numbers)))
                values.append(often * self._scale(unknown).step)
        step = max((abs(value) for value in values), default=1.0) or 1.0
        self._rows.append(_Row(columns, values, low, high, step, always or low != high))
        return len(self._rows) - 1

    def columns_beside(self) -> dict[int, int]:
        """The columns of the sums themselves, by the rows that have one: all but equalities."""
        ranged = (number for number, row in enumerate(self._rows) if row.ranged)
        return {number: len(self.numbers) + place for place, number in enumerate(ranged)}

    def steps(self) -> np.ndarray:
        """The unit of each column."""
        own = [self._scale(unknown).step for unknown in self.numbers]
        return np.array([*own, *(self._rows[number].step for number in self.columns_beside())])

    def equations(self) -> Equations:
        """The rows as one sparse matrix, each divided by its largest number."""
        ranged = self.columns_beside()
        rows, columns, values = [], [], []
        for number, row in enumerate(self._rows):
            extra = [ranged[number]] if row.ranged else []
            rows += [number] * (len(row.columns) + len(extra))
            columns += row.columns + extra
            values += [value / row.step for value in row.values] + [-1.0] * len(extra)
        shape = (len(self._rows), len(self.numbers) + len(ranged))
        matrix = sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
        matrix.eliminate_zeros()  # members on both sides
        right = [0.0 if row.ranged else row.low / row.step for row in self._rows]
        lower, upper = self._ends(ranged)
        return Equations(matrix, np.array(right), lower, upper)

    def _ends(self, ranged: Mapping[int, int]) -> tuple[np.ndarray, np.ndarray]:
        lower = [0.0 if self._is_positive(unknown) else -np.inf for unknown in self.numbers]
        upper = [np.inf] * len(self.numbers)
        lower += [self._rows[row].low / self._rows[row].step for row in ranged]
        upper += [self._rows[row].high / self._rows[row].step for row in ranged]
        return np.array(lower), np.array(upper)

    def _is_positive(self, unknown: Unknown) -> bool:
        return unknown.aspect in ("positive", "tally", "part joiners") or (
            unknown.aspect == "sum" and self._scale(unknown).never_negative
        )
