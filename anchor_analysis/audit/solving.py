"""Which sums that must not be worked out can be, by the least and the most that the equations leave of them.

Ends that one equation at a time draws together decide most. Where they leave much, points that satisfy all equations
are sought that lie far apart: two of them that differ enough show that a sum cannot be told, many sums at once. What
neither decides is solved by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from anchor_analysis.audit.intervals import Contradiction, Equations, components, least, propagate

#: How often points far apart are sought before what is left is solved sum by sum.
MOST_SEARCHES = 10

#: Says what is wrong if no more can be told of a sum than an interval, in the sum's own unit; empty if nothing is.
Judge = Callable[[int, float, float], str]


@dataclass
class Outcome:
    """Of each sum asked about: what is wrong, or nothing; and the rows of the equations by which it can be told."""

    faults: dict[int, str] = field(default_factory=dict)
    holding: dict[int, list[int]] = field(default_factory=dict)
    intervals: dict[int, tuple[float, float]] = field(default_factory=dict)
    contradictory: list[int] = field(default_factory=list)

    def of(self, numbers: Sequence[int]) -> Outcome:
        """The same by the numbers that the sums have among more of them."""
        faults = {numbers[place]: what for place, what in self.faults.items()}
        holding = {numbers[place]: rows for place, rows in self.holding.items()}
        intervals = {numbers[place]: ends for place, ends in self.intervals.items()}
        return Outcome(faults, holding, intervals, self.contradictory)


@dataclass(frozen=True)
class Part:
    """A component: its equations, the rows and columns of the whole that it has, and the sums asked about in it."""

    equations: Equations
    rows: np.ndarray
    columns: np.ndarray
    asked: list[int]


def decide(equations: Equations, asked_at: np.ndarray, steps: np.ndarray, judge: Judge) -> Outcome:
    """What is wrong with each sum, `asked_at` which columns, each in `steps` of its column.

    Rows that contradict one another are named in the outcome, and of what they are about nothing is decided but by the
    smallest change of them under which they agree.
    """
    outcome = Outcome()
    for part in parts_of(equations, asked_at):
        _decide_part(part, asked_at, steps, judge, outcome)
    return outcome


def parts_of(equations: Equations, asked_at: np.ndarray) -> list[Part]:
    """The components that something is asked about."""
    labels = components(equations.matrix)
    row_labels = _labels_of_rows(equations, labels)
    by_label: dict[int, list[int]] = {}
    for number, column in enumerate(asked_at):
        by_label.setdefault(int(labels[column]), []).append(number)
    column_order, row_order = np.argsort(labels, kind="stable"), np.argsort(row_labels, kind="stable")
    found = []
    for label, asked in sorted(by_label.items()):
        columns = column_order[slice(*np.searchsorted(labels[column_order], [label, label + 1]))]
        rows = row_order[slice(*np.searchsorted(row_labels[row_order], [label, label + 1]))]
        matrix = equations.matrix[rows][:, columns]
        own = Equations(matrix, equations.right[rows], equations.lower[columns], equations.upper[columns])
        found.append(Part(own, rows, columns, asked))
    return found


def _labels_of_rows(equations: Equations, labels: np.ndarray) -> np.ndarray:
    """The component of each row; -1 of one that is about nothing."""
    first = np.minimum(equations.matrix.indptr[:-1], max(0, equations.matrix.nnz - 1))
    found = labels[equations.matrix.indices[first]] if equations.matrix.nnz else np.full(len(first), -1)
    return np.where(np.diff(equations.matrix.indptr) > 0, found, -1)


def _decide_part(part: Part, asked_at: np.ndarray, steps: np.ndarray, judge: Judge, outcome: Outcome) -> None:
    at = np.searchsorted(part.columns, asked_at[part.asked])
    units = steps[asked_at[part.asked]]
    own, drawn = _agreeing(part, outcome)
    search = _Search(drawn, at, units, part.asked, judge)
    for number in search.undecided():
        _solve_one(part, own, drawn, search, number, outcome)


def _agreeing(part: Part, outcome: Outcome) -> tuple[Equations, Equations]:
    """The equations and the same with ends drawn together, mended where they contradict one another."""
    try:
        drawn = propagate(part.equations)
        least(drawn, np.zeros(len(part.columns)))
        return part.equations, drawn
    except Contradiction:
        mended, rows = mend(part.equations)
        outcome.contradictory += [int(part.rows[row]) for row in rows]
        return mended, propagate(mended)


def mend(equations: Equations) -> tuple[Equations, np.ndarray]:
    """Equations that agree, by the smallest change of their right sides that does it, and which rows were changed."""
    from scipy import sparse

    count, columns = equations.matrix.shape
    eye = sparse.eye_array(count, format="csr")
    matrix = sparse.hstack([equations.matrix, eye, -eye], format="csr")
    ends = (
        np.concatenate([equations.lower, np.zeros(2 * count)]),
        np.concatenate([equations.upper, np.full(2 * count, np.inf)]),
    )
    direction = np.concatenate([np.zeros(columns), np.ones(2 * count)])
    point = least(Equations(matrix, equations.right, *ends), direction).point
    assert point is not None
    change = point[columns : columns + count] - point[columns + count :]
    slack = np.where(np.abs(change) > 1e-7, change, 0.0)
    return Equations(equations.matrix, equations.right - change, equations.lower, equations.upper), np.flatnonzero(
        slack
    )


class _Search:
    """Seeks points far apart; what they show, and the ends that are drawn, decide most sums."""

    def __init__(self, drawn: Equations, at: np.ndarray, units: np.ndarray, asked: Sequence[int], judge: Judge):
        self._drawn, self.at, self.units, self._asked, self._judge = drawn, at, units, asked, judge
        self.low, self.high = np.full(len(at), np.inf), np.full(len(at), -np.inf)

    def known_fault(self, number: int) -> str:
        """What is wrong by the drawn ends alone, which leave no less than there is."""
        low, high = self._drawn.lower[self.at[number]], self._drawn.upper[self.at[number]]
        return self.judge(number, low, high)

    def judge(self, number: int, low: float, high: float) -> str:
        """What is wrong with a sum of which an interval in its column's unit can be told."""
        return self._judge(self._asked[number], low * self.units[number], high * self.units[number])

    def _shown_free(self, number: int) -> bool:
        low, high = self.low[number], self.high[number]
        return bool(low <= high) and not self.judge(
            number, self._inwards(number, low, 1), self._inwards(number, high, -1)
        )

    def _inwards(self, number: int, value: float, sign: int) -> float:
        """A seen value, nearer by what the solver leaves open."""
        return value + sign * 2e-6 / max(1.0, self.units[number]) if np.isfinite(value) else value

    def undecided(self) -> list[int]:
        """The sums that points far apart do not show to be free, and those that are known not to be."""
        known = [number for number in range(len(self.at)) if self.known_fault(number)]
        left = [number for number in range(len(self.at)) if number not in set(known)]
        chance = np.random.default_rng(7)
        for turn in range(MOST_SEARCHES):
            if not left:
                break
            signs = np.ones(len(left)) if turn < 2 else chance.choice([-1.0, 1.0], len(left))
            before = len(left)
            for sign in (1, -1):
                self._look(left, sign * signs)
            left = [number for number in left if not self._shown_free(number)]
            if turn > 2 and len(left) == before:
                break
        return sorted([*left, *known])

    def _look(self, left: list[int], signs: np.ndarray) -> None:
        """One point as far to one side as it goes, of all the sums at once; they are kept from going without end."""
        direction = np.zeros(self._drawn.matrix.shape[1])
        np.add.at(direction, self.at[left], signs / np.maximum(1.0, np.abs(self._middle(left))))
        bounded = self._drawn.with_ends(*self._boxed())
        try:
            point = least(bounded, direction).point
        except Contradiction:
            return
        if point is not None:
            self.low = np.minimum(self.low, point[self.at])
            self.high = np.maximum(self.high, point[self.at])

    def _middle(self, left: list[int]) -> np.ndarray:
        ends = self._drawn.lower[self.at[left]], self._drawn.upper[self.at[left]]
        return np.where(np.isfinite(ends[1]), ends[1], 0) - np.where(np.isfinite(ends[0]), ends[0], 0)

    def _boxed(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends within which a point is sought, so that one sum without end does not hide the others."""
        finite = np.concatenate(
            [
                self._drawn.lower[np.isfinite(self._drawn.lower)],
                self._drawn.upper[np.isfinite(self._drawn.upper)],
                [1.0],
            ]
        )
        far = 10.0 * max(1000.0, float(np.abs(finite).max()))
        return np.maximum(self._drawn.lower, -far), np.minimum(self._drawn.upper, far)


def _solve_one(part: Part, own: Equations, drawn: Equations, search: _Search, number: int, outcome: Outcome) -> None:
    """The least and the most of one sum, and the equations that hold it there."""
    direction = np.zeros(len(part.columns))
    direction[search.at[number]] = 1.0
    down, up = least(own, direction), least(own, -direction)
    fault = search.judge(number, down.value, -up.value)
    asked = part.asked[number]
    outcome.intervals[asked] = (down.value * search.units[number], -up.value * search.units[number])
    if fault:
        outcome.faults[asked] = fault
        rows = np.union1d(down.holding, up.holding)
        outcome.holding[asked] = [int(part.rows[row]) for row in rows]
