"""What withholding costs, and what the cheapest would: by one programme of all switches and all movements.

Kelly, Golden and Assad (Cell suppression: disclosure protection for sensitive tabular data, Networks 22(4), 1992) have
for each end of each range that must be wide enough a copy of the whole table, moved that far; a cell that moves in any
copy has its switch on. It is large and slow, and owes nothing to how the library finds the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_matrix, diags, hstack, identity, kron, vstack

from anchor_analysis.protect.suppression import withhold
from tests.drawn_tables import Cell, Question


def withheld(question: Question) -> set[Cell]:
    """The names of the cells that the library withholds."""
    names, small = question.drawing.names, set(question.small)
    found = withhold(question.system(), [at for at, name in enumerate(names) if name in small])
    assert not found.unsafe
    return {names[at] for at in found.figures}


def cost(question: Question, hidden: set[Cell]) -> int:
    costs = dict(zip(question.drawing.names, question.costs(), strict=True))
    return int(sum(costs[name] for name in hidden))


def least_cost(question: Question) -> float:
    """What the cheapest safe withholding costs."""
    found = cheapest(question)
    assert found.solved
    return found.least


@dataclass(frozen=True)
class Cheapest:
    """What no safe withholding costs less than; the least cost itself where the programme was `solved`."""

    least: float
    solved: bool


def cheapest(question: Question, seconds: float = 600.0) -> Cheapest:
    """The least cost of a safe withholding, or after so many seconds what it is known not to be below."""
    programme = _Kelly(question)
    copies = len(programme.sides)
    found = milp(
        np.append(programme.cost, np.zeros(programme.count * copies)), constraints=programme.constraints(),
        integrality=np.append(np.ones(programme.count), np.zeros(programme.count * copies)),
        bounds=programme.bounds(), options={"time_limit": seconds, "mip_rel_gap": 0},
    )  # fmt: skip
    if found.status == 0:
        return Cheapest(float(found.fun), True)
    return Cheapest(float(found.mip_dual_bound or 0), False)


class _Kelly:
    """The programme: first a switch for each cell, then a copy of all movements for each end that must be reached."""

    def __init__(self, question: Question):
        self.system = question.system()
        self.count = len(self.system.values)
        self.able = np.array([question.is_told(name) for name in question.drawing.names])
        self.small = np.array([name in set(question.small) for name in question.drawing.names])
        self.cost = np.where(self.able, self.system.cost, 0)
        self.most = float(self.system.values.sum() + question.threshold)
        values = self.system.values
        self.sides = [(one.number, 1, one.high - values[one.number]) for one in self.system.targets]
        self.sides += [(one.number, -1, values[one.number] - one.low) for one in self.system.targets]

    def constraints(self) -> LinearConstraint:
        """Every copy adds up, and in each a cell moves no further than its switch lets it."""
        values, copies = self.system.values, len(self.sides)
        near = [bound - values for bound in self.system.told]
        far = [self.system.untold[0] - values, np.full(self.count, self.most)]
        each = identity(copies, format="csr")
        rows = self.system.equations.shape[0] * copies
        blocks = [hstack([csr_matrix((rows, self.count)), kron(each, self.system.equations)])]
        lower, upper = [np.zeros(rows)], [np.zeros(rows)]
        for end in (0, 1):
            switches = kron(np.ones((copies, 1)), diags(-np.where(self.able, far[end] - near[end], 0)))
            blocks.append(hstack([switches, kron(each, identity(self.count))]))
            bound = np.tile(np.where(self.able, near[end], far[end]), copies)
            none = np.full(self.count * copies, np.inf)
            lower.append(bound if end == 0 else -none)
            upper.append(bound if end == 1 else none)
        return LinearConstraint(vstack(blocks).tocsr(), np.concatenate(lower), np.concatenate(upper))

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """What is small is withheld, and each copy has its cell moved as far as it must be possible to move it."""
        high = np.full((len(self.sides) + 1, self.count), self.most)
        low = -high
        low[0], high[0] = self.small, 1
        for copy, (number, sign, need) in enumerate(self.sides, start=1):
            (low if sign > 0 else high)[copy, number] = sign * need
        return low.ravel(), high.ravel()
