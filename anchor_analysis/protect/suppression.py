"""The least that is to be withheld, so that nothing that must not be known can be worked out from what is told.

Numbers that hang together by equations are one system: totals and parts, tables that share a margin, the same members
in two panels. A reader knows the equations, each number that is told to within its rounding, and of the others what
anybody knows (no count is below nought). What a number may be by all that is a range, and the range of each number
that must not be known has to reach far enough both ways.

Which figures to withhold is an integer programme: a switch for each figure, at a cost, and the condition that every
range is wide enough, which is a linear programme for each. It is solved as Fischetti and Salazar-González do it
(Solving the cell suppression problem on tabular data with linear constraints, Management Science 47(7), 2001): a
master programme over the switches, to which the dual of every range that is still too narrow adds a cut, until none
is. Where that takes too long, the cheapest ways of moving each number (Castro, Minimum-distance controlled
perturbation methods, 2006, uses the same distance) give the switches, and what of them is not needed is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csc_matrix, csr_matrix, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components

from anchor_analysis.protect.movements import Movements

Array = np.ndarray[Any, Any]

#: What a range may fall short by, of numbers that are scaled to a thousand or so: the accuracy of the solver.
TOLERANCE = 1e-6

#: Numbers are scaled so that a range has to reach this far at most, and none is moved by more than ten times that: it
#: keeps the programmes well-conditioned, and a wider range would be no safer.
SCALED, FARTHEST = 1_000.0, 10_000.0

#: Ranges that are narrower than this share of another are asked for apart from it.
NARROWEST = 1e-4

#: So often cuts are added to the master programme of one component, and so many nodes it may have, before it is left.
MOST_ROUNDS, MOST_NODES = 40, 20_000

#: After so many rounds prices are looked for anew, which takes several times as long and needs fewer rounds.
QUICK_ROUNDS = 6

#: Of more switches than this in one component the master programme is not tried.
MOST_SWITCHES = 1_500

#: So many movements of one component are remembered, so that what they reach need not be looked for again.
MOST_SEEN = 2_000

#: Where a number is told nowhere.
NOWHERE = -1


@dataclass(frozen=True)
class Target:
    """A number whose range must reach down to `low` and up to `high`."""

    number: int
    low: float
    high: float


@dataclass(frozen=True)
class System:
    """Numbers that hang together, what a reader knows of each if it is told and if it is not, and what must be safe.

    `equations` times `values` is nought. `told` and `untold` are pairs of arrays, the least and the most that a reader
    can take a number to be. `figure` is by number the figure that tells it, NOWHERE for one that none does; figures
    have a `cost`, and those that are `fixed` have been told for good.
    """

    values: Array
    equations: csr_matrix
    told: tuple[Array, Array]
    untold: tuple[Array, Array]
    figure: Array
    cost: Array
    fixed: Array
    targets: Sequence[Target]


@dataclass(frozen=True)
class Withheld:
    """The figures to withhold, those given among them, and the targets that nothing could make safe.

    `proven` says that nothing cheaper would do.
    """

    figures: frozenset[int]
    unsafe: tuple[Target, ...] = ()
    proven: bool = True


def withhold(system: System, hidden: Iterable[int] = ()) -> Withheld:
    """What is to be withheld beside the figures that are `hidden` already, at the least cost."""
    hidden = set(hidden)
    found, proven = set(hidden), True
    unsafe: list[Target] = []
    for part in _components(system):
        sizes = _by_size(system, part)
        for targets in sizes:
            solved = _Part(replace(system, targets=targets), part, found).solve()
            found |= solved.figures
            unsafe += solved.unsafe
            proven &= solved.proven and len(sizes) == 1
    return Withheld(frozenset(found), tuple(unsafe), proven)


def moved_within(system: System, numbers: Iterable[int], hidden: Iterable[int]) -> list[Target]:
    """Targets that reach as far as they must if only some numbers may be other than they are.

    They are looked for many at once, so that some that do may be missing.
    """
    part = _Part(system, np.array(sorted(numbers)), set(hidden))
    reached = {id(side) for sign in (1, -1) for side in part.reached([one for one in part.sides if one.sign == sign])}
    failed = {id(side.target) for side in part.sides if id(side) not in reached}
    return [target for target in system.targets if id(target) not in failed]


def _by_size(system: System, numbers: Array) -> list[list[Target]]:
    """The targets among some numbers, those together that ask for ranges of a like size, the widest first.

    What the solver takes for nought beside a wide range would swallow a narrow one.
    """
    own = set(numbers.tolist())
    needs = [(min(_needs(system, target), default=0.0), target) for target in system.targets if target.number in own]
    found: list[list[Target]] = []
    widest = 0.0
    for need, target in sorted(needs, key=lambda one: (-one[0], one[1].number)):
        if not found or need < widest * NARROWEST:
            found.append([])
            widest = need
        found[-1].append(target)
    return found


def _needs(system: System, target: Target) -> list[float]:
    value = system.values[target.number]
    return [need for need in (target.high - value, value - target.low) if need > 0]


def _components(system: System) -> list[Array]:
    """The numbers of each connected part of a system that holds a target; a figure's numbers belong together."""
    count = len(system.values)
    told = np.flatnonzero(system.figure != NOWHERE)
    by_figure = csr_matrix(
        (np.ones(len(told)), (system.figure[told], told)), shape=(len(system.cost), count), dtype=float
    )
    joint = vstack([system.equations, by_figure]).astype(bool).astype(float)
    _, label = connected_components(joint.T @ joint, directed=False)
    wanted = sorted({int(label[target.number]) for target in system.targets})
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], [[one, one + 1] for one in wanted])
    return [order[start:end] for start, end in bounds]


@dataclass(eq=False)
class _Side:
    """One end of a target's range: how far, in scaled numbers, it must be possible to go in a direction."""

    target: Target
    number: int
    sign: int
    need: float
    aim: int = 0


@dataclass
class _Cut:
    """A condition on the switches: the coefficients of those that are withheld add up to at least `least`."""

    switches: Array
    weights: Array
    least: float


@dataclass
class _Part:
    """A connected part of a system, its numbers scaled and told as how far they are from what they are."""

    system: System
    numbers: Array
    hidden: set[int]
    cuts: list[_Cut] = field(default_factory=list)
    seen: list[Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        system, own = self.system, self.numbers
        place = {int(number): at for at, number in enumerate(own)}
        chosen = system.equations[:, own]
        self.equations = csc_matrix(chosen[np.diff(chosen.indptr) > 0])
        self.switches, self.at = np.unique(system.figure[own], return_inverse=True)
        self.nowhere = system.figure[own] == NOWHERE
        values = system.values[own]
        needs = [
            _Side(target, place[target.number], sign, need)
            for target in system.targets
            if target.number in place
            for sign, need in (
                (1, target.high - system.values[target.number]),
                (-1, system.values[target.number] - target.low),
            )
            if need > 0
        ]
        largest = max((side.need for side in needs), default=1.0)
        self.scale = SCALED / max(largest, 1e-9)
        self.sides = sorted(needs, key=lambda side: (-side.need, side.number, side.sign))
        for at, side in enumerate(self.sides):
            side.need, side.aim = side.need * self.scale, at
        self.movements = Movements(self.equations, [(side.number, side.sign, side.need) for side in self.sides])
        near, far = (
            [(bound[own] - values) * self.scale for bound in bounds] for bounds in (system.told, system.untold)
        )
        near = [np.where(self.nowhere, 0, bound) for bound in near]
        self.near = np.minimum(near[0], 0), np.maximum(near[1], 0)
        self.far = (
            np.minimum(np.maximum(far[0], self.near[0] - FARTHEST), self.near[0]),
            np.maximum(np.minimum(far[1], self.near[1] + FARTHEST), self.near[1]),
        )
        for end in (0, 1):  # a number that is told nowhere has the one range only
            self.near[end][self.nowhere] = self.far[end][self.nowhere]
        self.cost = np.array([0 if one == NOWHERE else int(system.cost[one]) for one in self.switches])
        self.fixed = np.array([one != NOWHERE and bool(system.fixed[one]) for one in self.switches])
        hidden = [one == NOWHERE or int(one) in self.hidden for one in self.switches]
        self.first = np.array(hidden) & ~self.fixed  # what was told for good is known, though it be withheld now

    def solve(self) -> Withheld:
        """The switches of this part, by the master programme or, where that is not to be had, by the cheapest ways."""
        able = ~self.fixed | self.first
        lost = [side for side in self.unsafe(able, self.sides)]
        self.sides = [side for side in self.sides if side not in lost]
        found, proven = self._by_cuts() if len(self.switches) <= MOST_SWITCHES else (None, False)
        if found is None:
            found = self._without_needless(self._by_cheapest_ways())
        figures = frozenset(int(one) for one in self.switches[found] if one != NOWHERE)
        return Withheld(figures, tuple(dict.fromkeys(side.target for side in lost)), proven)

    # --- how far a number can be moved by all that is told ---

    def _bounds(self, withheld: Array) -> tuple[Array, Array]:
        out = withheld[self.at]
        return np.where(out, self.far[0], self.near[0]), np.where(out, self.far[1], self.near[1])

    def _reached(self, sides: Sequence[_Side]) -> list[_Side]:
        """Those of some sides that one movement of all numbers reaches, moving as many as it can at once."""
        moved = self.movements.together(np.array([side.aim for side in sides]))
        self._remember(moved)
        return [side for side in sides if side.sign * moved[side.number] >= side.need - TOLERANCE]

    def _remember(self, moved: Array) -> None:
        self.seen = [*self.seen[-MOST_SEEN:], moved]

    def reached(self, sides: Sequence[_Side], depth: int = 3) -> list[_Side]:
        """Those of some sides that are reached with others of them, halved so often where none is."""
        self.movements.within(*self._bounds(self.first))
        rest, found = list(sides), list[_Side]()
        while rest and (more := self._reached(rest)):
            found += more
            rest = [side for side in rest if side not in more]
        if depth and len(rest) > 1:
            half = len(rest) // 2
            found += self.reached(rest[half:], depth - 1) + self.reached(rest[:half], depth - 1)
        return found

    def unsafe(self, withheld: Array, sides: Sequence[_Side], most: int = 0) -> list[_Side]:
        """The sides that cannot be reached; with `most` no more than so many are looked for, or a few more."""
        low, high = self._bounds(withheld)
        self.movements.within(low, high)
        room = {1: high, -1: -low}
        failed = [side for side in sides if room[side.sign][side.number] < side.need - TOLERANCE]
        pending = self._not_shown([side for side in sides if side not in failed], withheld)
        for sign in (1, -1):
            if not (most and len(failed) >= most):
                failed += self._failing([side for side in pending if side.sign == sign], most)
        return failed

    def _not_shown(self, sides: Sequence[_Side], withheld: Array) -> list[_Side]:
        """Those of some sides that no movement reaches which was found before and which what is told still allows."""
        low, high = self._bounds(withheld)
        able = [moved for moved in self.seen if ((moved >= low - TOLERANCE) & (moved <= high + TOLERANCE)).all()]
        if not able or not sides:
            return list(sides)
        signs, needs = np.array([side.sign for side in sides]), np.array([side.need for side in sides])
        reached = np.stack(able)[:, [side.number for side in sides]] * signs >= needs - TOLERANCE
        return [side for side, known in zip(sides, reached.any(axis=0), strict=True) if not known]

    def _failing(self, sides: Sequence[_Side], most: int) -> list[_Side]:
        """Those of some sides that cannot be reached, all to one end.

        What moves several at once shows it of all of these. Where nothing does, as where they add up to what is told,
        one half is tried while the other may give way, and so on down to single ones.
        """
        rest = list(sides)
        while len(rest) > 1 and (reached := self._reached(rest)):
            rest = [side for side in rest if side not in reached]
        if len(rest) == 1:
            side = rest[0]
            moved, _ = self.movements.furthest(side.aim)
            self._remember(moved)
            return [] if side.sign * moved[side.number] >= side.need - TOLERANCE else rest
        failed: list[_Side] = []
        for part in (rest[len(rest) // 2 :], rest[: len(rest) // 2]) if rest else ():
            if not (most and len(failed) >= most):
                failed += self._failing(part, most)
        return failed

    # --- the integer programme ---

    def _by_cuts(self) -> tuple[Array | None, bool]:
        withheld = self.first.copy()
        for turn in range(MOST_ROUNDS):
            failed = self.unsafe(withheld, self.sides, most=30)
            if not failed:
                return withheld, True
            self.cuts += [self._cut(side, withheld, anew=turn >= QUICK_ROUNDS) for side in failed]
            if (better := self._master()) is None:
                return None, False
            withheld = better
        return None, False

    def _cut(self, side: _Side, withheld: Array, anew: bool) -> _Cut:
        """What of the switches would let a number go as far as it must, by the prices of what now holds it."""
        self.movements.within(*self._bounds(withheld))
        _, price = self.movements.furthest(side.aim, anew)
        up, down = np.maximum(-price, 0), np.maximum(price, 0)
        held = up @ self.near[1] - down @ self.near[0]
        gained = up * (self.far[1] - self.near[1]) + down * (self.near[0] - self.far[0])
        weights = np.bincount(self.at, gained, minlength=len(self.switches))
        least = side.need - held
        chosen = np.flatnonzero(weights > TOLERANCE)
        return _Cut(chosen, np.minimum(weights[chosen], least) / least, 1.0)

    def _master(self) -> Array | None:
        rows = np.concatenate([np.full(len(cut.switches), at) for at, cut in enumerate(self.cuts)])
        columns = np.concatenate([cut.switches for cut in self.cuts])
        weights = np.concatenate([cut.weights for cut in self.cuts])
        matrix = csr_matrix((weights, (rows, columns)), shape=(len(self.cuts), len(self.switches)))
        lower, upper = self.first.astype(float), np.where(self.fixed & ~self.first, 0.0, 1.0)
        found = milp(
            self.cost, constraints=LinearConstraint(matrix, [cut.least - TOLERANCE for cut in self.cuts], np.inf),
            integrality=np.ones(len(self.switches)), bounds=(lower, upper),
            options={"node_limit": MOST_NODES, "mip_rel_gap": 0},
        )  # fmt: skip
        return found.x > 0.5 if found.status == 0 else None

    # --- the cheapest ways, and what of them is not needed ---

    def _by_cheapest_ways(self) -> Array:
        withheld = self.first.copy()
        while failed := self.unsafe(withheld, self.sides, most=1):
            more = self._cheapest_way(failed[0], withheld) & ~withheld
            # moves that are each too small to be seen may add up to what is short, and then all is withheld at first
            withheld = withheld | (more if more.any() else ~self.fixed)
        return withheld

    def _cheapest_way(self, side: _Side, withheld: Array) -> Array:
        """The switches of what has to move for a number to go as far as it must, at the least price for how far."""
        count = len(self.numbers)
        low, high = self._bounds(withheld)
        able = (~self.fixed | withheld)[self.at]
        beyond = np.where(able, self.far[1] - high, 0), np.where(able, low - self.far[0], 0)
        size = np.maximum(np.minimum(np.maximum(*beyond), side.need), TOLERANCE)
        price = np.where(withheld[self.at], 0, self.cost[self.at] / size)
        eye = identity(count, format="csc")
        equations = hstack([self.equations, self.equations, -self.equations]).tocsc()
        goal = hstack([eye, eye, -eye]).tocsr()[[side.number]]
        found = linprog(
            np.concatenate([np.zeros(count), price, price]),
            A_eq=vstack([equations, goal]), b_eq=np.append(np.zeros(equations.shape[0]), side.sign * side.need),
            bounds=np.column_stack(
                [np.concatenate([low, np.zeros(2 * count)]), np.concatenate([high, *beyond])]
            ), method="highs",
        )  # fmt: skip
        moved = found.x[count : 2 * count] + found.x[2 * count :] > TOLERANCE
        return np.bincount(self.at, moved & ~withheld[self.at], minlength=len(self.switches)) > 0

    def _without_needless(self, withheld: Array) -> Array:
        """What is withheld without the dearest figures that nothing needs, tried one after the other."""
        extra = [one for one in np.flatnonzero(withheld & ~self.first)]
        for one in sorted(extra, key=lambda one: (-self.cost[one], one)):
            without = withheld.copy()
            without[one] = False
            if not self.unsafe(without, self.sides, most=1):
                withheld = without
        return withheld
