"""What linear equations say of each unknown: the least and the most that it can be.

Equations are a sparse matrix with a right-hand side, and each unknown lies between two ends that may be infinite. They
are taken apart into components that have no unknown in common, ends are drawn together as far as one equation at a time
can draw them, and what is left is solved by linear programming (HiGHS).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph

#: How often ends are drawn together at most; each further round could only draw them a little more.
MOST_ROUNDS = 60

#: What rounding within the machine may move a figure by, as a part of it.
EPSILON = 1e-9


class Contradiction(ValueError):
    """No values at all satisfy the equations."""


@dataclass(frozen=True)
class Equations:
    """`matrix @ x = right`, with each x between `lower` and `upper`."""

    matrix: sparse.csr_array
    right: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def within(self, columns: np.ndarray) -> Equations:
        """The equations that hold among some unknowns, which no other unknown has a part in."""
        part = self.matrix[:, columns]
        rows = np.flatnonzero(np.diff(part.indptr))
        return Equations(part[rows], self.right[rows], self.lower[columns], self.upper[columns])

    def with_ends(self, lower: np.ndarray, upper: np.ndarray) -> Equations:
        """The same equations between other ends."""
        return Equations(self.matrix, self.right, lower, upper)


def intervals(
    equations: sparse.sparray, right_hand_side: Sequence[float] | np.ndarray, lower: Sequence[float] | np.ndarray,
    upper: Sequence[float] | np.ndarray, wanted: Sequence[int], integer: bool = False,
) -> np.ndarray:  # fmt: skip
    """The least and the most that each wanted unknown can be, one row of two for each; infinite where nothing says.

    `equations @ x = right_hand_side`, with each x between its `lower` and its `upper`. With `integer` every unknown is
    a whole number, which only small systems can be asked for. Raises Contradiction where no x satisfies them all.
    """
    ends = np.asarray(lower, float), np.asarray(upper, float)
    matrix = sparse.csr_array(equations, dtype=float)
    matrix.eliminate_zeros()
    whole = Equations(matrix, np.asarray(right_hand_side, float), *ends)
    drawn = propagate(whole)
    labels = components(drawn.matrix)
    found = np.empty((len(wanted), 2))
    by_component: dict[int, list[int]] = {}
    for place, column in enumerate(wanted):
        by_component.setdefault(int(labels[column]), []).append(place)
    for label, places in sorted(by_component.items()):
        columns = np.flatnonzero(labels == label)
        part = drawn.within(columns)
        inside = np.searchsorted(columns, [wanted[place] for place in places])
        found[places] = [_extremes(part, int(column), integer) for column in inside]
    chosen = np.asarray(wanted, int)
    return np.clip(found, ends[0][chosen, None], ends[1][chosen, None])


def components(matrix: sparse.csr_array) -> np.ndarray:
    """For each unknown the number of its component: unknowns are in one if an equation has both."""
    rows, columns = matrix.shape
    graph = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    graph.data = np.ones_like(graph.data)
    _, labels = csgraph.connected_components(graph, directed=False)
    return labels[rows : rows + columns]


def propagate(equations: Equations, rounds: int = MOST_ROUNDS) -> Equations:
    """The equations with ends drawn together until nothing moves, or as often as `rounds`."""
    matrix = equations.matrix
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lower, upper = equations.lower.copy(), equations.upper.copy()
    for _ in range(rounds):
        low, high = _implied(matrix, rows, equations.right, lower, upper)
        moved = _moved(lower, low) | _moved(-upper, -high)
        lower, upper = np.maximum(lower, low), np.minimum(upper, high)
        if not moved.any():
            break
    slack = EPSILON * np.maximum(1, np.maximum(np.abs(_finite(lower)), np.abs(_finite(upper))))
    if (lower > upper + 100 * slack).any():
        raise Contradiction("an unknown would have to be larger than it can be")
    return equations.with_ends(np.minimum(lower, upper), np.maximum(lower, upper))


def _moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where a lower end has moved so far that another round may be worth it."""
    far = _finite(after) - _finite(before) > 1e-6 * np.maximum(1, np.abs(_finite(before)))
    return (after > before) & (np.isinf(before) | far)


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, 0)


def _implied(
    matrix: sparse.csr_array, rows: np.ndarray, right: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The ends of each unknown by each equation alone, the narrowest of them."""
    data, columns = matrix.data, matrix.indices
    least = np.where(data > 0, data * lower[columns], data * upper[columns])
    most = np.where(data > 0, data * upper[columns], data * lower[columns])
    at_most = (right[rows] - _others(least, rows, len(right), -np.inf)) / data
    at_least = (right[rows] - _others(most, rows, len(right), np.inf)) / data
    low, high = np.where(data > 0, at_least, at_most), np.where(data > 0, at_most, at_least)
    lowest, highest = np.full(len(lower), -np.inf), np.full(len(upper), np.inf)
    np.maximum.at(lowest, columns, low - EPSILON * np.maximum(1, np.abs(_finite(low))))
    np.minimum.at(highest, columns, high + EPSILON * np.maximum(1, np.abs(_finite(high))))
    return lowest, highest


def _others(ends: np.ndarray, rows: np.ndarray, count: int, infinity: float) -> np.ndarray:
    """For each term of each equation the sum of the others' ends; `infinity` if one of the others' is infinite."""
    infinite = np.isinf(ends)
    known = np.where(infinite, 0, ends)
    unbounded = np.bincount(rows, infinite, count)[rows] - infinite
    return np.where(unbounded > 0, infinity, np.bincount(rows, known, count)[rows] - known)


def _extremes(equations: Equations, column: int, integer: bool) -> tuple[float, float]:
    direction = np.zeros(equations.matrix.shape[1])
    direction[column] = 1
    return float(least(equations, direction, integer).value), -float(least(equations, -direction, integer).value)


@dataclass(frozen=True)
class Least:
    """The least that a sum of unknowns can be, where that is, and which equations hold it there."""

    value: float
    point: np.ndarray | None
    holding: np.ndarray


def least(equations: Equations, direction: np.ndarray, integer: bool = False) -> Least:
    """The least of `direction @ x`; minus infinity where nothing holds it. Raises Contradiction."""
    nothing = np.array([], int)
    if not equations.matrix.shape[0]:
        ends = np.where(direction > 0, equations.lower, equations.upper)[direction != 0]
        return Least(float(direction[direction != 0] @ ends), None, nothing)
    solved = _solve(equations, direction, integer)
    if solved.status == 2:
        raise Contradiction("no values satisfy the equations")
    if solved.status == 3:
        return Least(-np.inf, None, nothing)
    if solved.status != 0:
        raise RuntimeError(f"the equations could not be solved: {solved.message}")
    marginals = None if integer else solved.eqlin.marginals
    holding = nothing if marginals is None else np.flatnonzero(np.abs(marginals) > 1e-7)
    return Least(float(solved.fun), solved.x, holding)


def _solve(equations: Equations, direction: np.ndarray, integer: bool) -> optimize.OptimizeResult:
    bounds = np.column_stack([equations.lower, equations.upper])
    if not integer:
        return optimize.linprog(direction, A_eq=equations.matrix, b_eq=equations.right, bounds=bounds, method="highs")
    held = optimize.LinearConstraint(equations.matrix, equations.right, equations.right)
    ends = optimize.Bounds(equations.lower, equations.upper)
    return optimize.milp(direction, constraints=held, bounds=ends, integrality=np.ones_like(direction))
