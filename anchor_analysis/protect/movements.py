"""How far numbers can be moved by all that is told: one linear programme that is asked over and over.

Whether a range is wide enough is asked of hundreds of numbers of the same system, and asked again when another figure
is withheld. Each answer is where the next search starts, by the primal simplex method, which takes a fifth to a tenth
of the time of solving each by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
from scipy.sparse import block_array, csc_matrix, csr_matrix, diags_array

Array = np.ndarray[Any, Any]

#: HiGHS' numbers for the methods: the primal simplex, as what was found stays within the bounds when only the goal
#: changes, and its own choice where that fails.
PRIMAL, ANY = 4, 0


class _Silent(highspy.Highs):
    """HiGHS without a word; release 1.16 tells its name before it can be told not to."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()


class Movements:
    """The movements of some numbers, nought being none, that keep to equations and stay within bounds.

    Each aim is a number, a direction and how far it is to go. Beside the numbers stands how much of each aim is
    reached, at most all of it; where that is not asked for, it may be as little below nought as it comes to.
    """

    def __init__(self, equations: csc_matrix, aims: Sequence[tuple[int, int, float]]):
        rows, self.count, many = equations.shape[0], equations.shape[1], len(aims)
        numbers, signs, needs = np.array(aims, float).reshape(-1, 3).T
        self.columns = np.arange(self.count + many, dtype=np.int32)
        self.signs, self.numbers = signs, numbers.astype(int)
        ways = csr_matrix((-signs, (range(many), self.numbers)), shape=(many, self.count))
        blocks = [[equations, None], [ways, diags_array(needs)]] if many else [[equations]]
        matrix = csc_matrix(block_array(blocks, format="csc"))
        programme = highspy.HighsLp()
        programme.num_row_, programme.num_col_ = matrix.shape
        programme.col_cost_ = programme.col_lower_ = programme.col_upper_ = np.zeros(len(self.columns))
        programme.row_lower_ = np.append(np.zeros(rows), np.full(many, -np.inf))
        programme.row_upper_ = np.zeros(rows + many)
        programme.a_matrix_.start_, programme.a_matrix_.index_ = matrix.indptr, matrix.indices
        programme.a_matrix_.value_ = matrix.data
        self.solver = _Silent()
        self.solver.setOptionValue("simplex_strategy", PRIMAL)
        self.solver.passModel(programme)

    def within(self, low: Array, high: Array) -> None:
        """Let each number move so far down and up."""
        self.solver.changeColsBounds(self.count, self.columns[: self.count], low, high)

    def furthest(self, aim: int, anew: bool = False) -> tuple[Array, Array]:
        """The movement that goes furthest towards an aim, and by how much a number that is held holds that back.

        The latter is above nought for one that would have to go further down, below for one that would have to go up.
        Of several that are equally right, those that are looked for `anew` tell more of what would help.
        """
        goal = np.zeros(len(self.columns))
        goal[self.numbers[aim]] = -self.signs[aim]
        self._ask_of(np.zeros(0, dtype=int))
        return self._solved(goal, anew)

    def together(self, aims: Array) -> Array:
        """The movement that reaches the most of some aims at once, and goes away from none of them."""
        goal = np.zeros(len(self.columns))
        goal[self.count + aims] = -1
        self._ask_of(aims)
        return self._solved(goal)[0]

    def _ask_of(self, aims: Array) -> None:
        """Let some aims count, and no others."""
        least, most = np.full(len(self.signs), -np.inf), np.zeros(len(self.signs))
        least[aims], most[aims] = 0, 1
        self.solver.changeColsBounds(len(least), self.columns[self.count :], least, most)

    def _solved(self, goal: Array, anew: bool = False) -> tuple[Array, Array]:
        self.solver.changeColsCost(len(goal), self.columns, goal)
        if not anew:
            self.solver.run()
        if anew or self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.solver.clearSolver()  # where the last answer was, or there is none to be found from there
            self.solver.setOptionValue("simplex_strategy", ANY)
            self.solver.run()
            self.solver.setOptionValue("simplex_strategy", PRIMAL)
        if (status := self.solver.getModelStatus()) != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"not to be solved: {self.solver.modelStatusToString(status)}")
        solution = self.solver.getSolution()
        return np.array(solution.col_value)[: self.count], np.array(solution.col_dual)[: self.count]
