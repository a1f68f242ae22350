"""What a reader can work out of cells that add up: written apart from what protects them, and knowing nothing of it.

A reader knows which cells add up to which, and of each cell the least and the most that it can be. Programmes are set
up from these words alone, a column for each cell that is open and a row for each sum with an open cell, and solved one
end at a time (HiGHS): linear ones, and, since counts are whole, integer ones.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix

Sums = Sequence[tuple[Hashable, Sequence[Hashable]]]
Range = tuple[float, float]

#: What a solver may be off by.
ACCURACY = 1e-5

#: How far an open cell without an end is looked for at least; no range that is asked about is as wide.
FARTHEST = 1e8


@dataclass
class Reader:
    """A reader of cells: `sums` as each whole and its parts, between what each can be, and how far is looked."""

    sums: Sums
    known: Mapping[Any, Range]
    far: float = FARTHEST
    seen: dict[Hashable, Range] = field(default_factory=dict)

    @cached_property
    def open(self) -> list[Hashable]:
        return [name for name, (least, most) in self.known.items() if least < most]

    @cached_property
    def place(self) -> dict[Hashable, int]:
        return {name: at for at, name in enumerate(self.open)}

    @cached_property
    def ends(self) -> np.ndarray:
        """The least and the most of each open cell, those without an end as far as anybody would look."""
        found = np.array([self.known[name] for name in self.open], dtype=float).reshape(-1, 2)
        return np.clip(found, -self.far, self.far)

    @cached_property
    def rows(self) -> tuple[csr_matrix, np.ndarray]:
        """Of each sum with an open cell the open cells, a part as one and the whole as less one, and what they make."""
        entries: list[tuple[int, int, int]] = []
        right: list[float] = []
        for whole, parts in self.sums:
            terms = [*((part, 1) for part in parts), (whole, -1)]
            found = [(len(right), self.place[name], sign) for name, sign in terms if name in self.place]
            if found:
                entries += found
                right.append(-sum(sign * self.known[name][0] for name, sign in terms if name not in self.place))
        where, places, signs = zip(*entries, strict=True)
        return csr_matrix((signs, (where, places)), shape=(len(right), len(self.open)), dtype=float), np.array(right)

    def end(self, name: Hashable, sign: int, whole: bool = False) -> float:
        """The most that a cell can be, or with a sign below nought the least; with `whole` of whole numbers alone."""
        goal = np.zeros(len(self.open))
        goal[self.place[name]] = -sign
        matrix, right = self.rows
        if whole:
            found = milp(goal, constraints=LinearConstraint(matrix, right, right), bounds=Bounds(*self.ends.T),
                         integrality=np.ones(len(goal)))  # fmt: skip
        else:
            found = linprog(goal, A_eq=matrix, b_eq=right, bounds=self.ends, method="highs")
        if found.status != 0:
            raise AssertionError(f"a reader finds no numbers that add up: {found.message}")
        self._note(found.x)
        return -sign * found.fun

    def _note(self, values: np.ndarray) -> None:
        """Numbers that add up show of every cell that it can be what it is in them."""
        for name, value in zip(self.open, values, strict=True):
            least, most = self.seen.get(name, (math.inf, -math.inf))
            self.seen[name] = min(least, float(value)), max(most, float(value))

    def range_of(self, name: Hashable, whole: bool = False) -> Range:
        """The least and the most that a cell can be."""
        if name not in self.place:
            return self.known[name]
        return self.end(name, -1, whole), self.end(name, 1, whole)

    def narrowed(self, name: Hashable, least: float, most: float) -> bool:
        """Whether it can be worked out that a cell is more than `least`, or less than `most`."""
        if name not in self.place:
            return self.known[name][0] > least or self.known[name][1] < most
        low, high = self.seen.get(name, (math.inf, -math.inf))
        return (low > least + ACCURACY and self.end(name, -1) > least + ACCURACY) or (
            high < most - ACCURACY and self.end(name, 1) < most - ACCURACY
        )


def rounding_range(number: int, base: int) -> tuple[int, int]:
    """All whole numbers that are rounded as this one is: half up, and below nought half down."""
    if base <= 1:
        return number, number
    shown = (2 * abs(number) + base) // (2 * base) * base
    if shown == 0:
        return -((base - 1) // 2), (base - 1) // 2
    near, far = shown - base // 2, shown + (base - 1) // 2
    return (near, far) if number > 0 else (-far, -near)


def within_sign(number: int, ends: Range = (-math.inf, math.inf)) -> Range:
    """Between what a number is that all know to be nought or more, or to be nought or less."""
    return (max(ends[0], 0), max(ends[1], 0)) if number >= 0 else (min(ends[0], 0), min(ends[1], 0))
