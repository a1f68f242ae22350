"""Which figures of an edition are withheld: those that must be by themselves, and those that would give them away.

All tables are taken together, since a reader has them together: a figure is a number that some cells tell, and it is
withheld in all of them or in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix, lil_matrix

from anchor_analysis.declared.units import COUNTED as COUNTS
from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.numbers import Number, Numbers
from anchor_analysis.protect.suppression import NOWHERE, System, Target, withhold

#: Nobody may work out what a member keeps confidential to within this share of it.
MEMBER_WIDTH = 0.10

#: Why a figure is withheld that need not be by itself.
SECOND = "would give away a withheld figure"

#: What a figure of the whole network costs to withhold, in figures of its groups and members.
WHOLE = 20


@dataclass
class Decided:
    """The figures that are withheld, by name, each with why; and the numbers that nothing could keep."""

    withheld: dict[str, str] = field(default_factory=dict)
    unsafe: list[str] = field(default_factory=list)
    proven: bool = True


def decide(
    numbers: Numbers, hidden: Mapping[str, str], kept: Mapping[str, int], told_before: Iterable[str] = (),
    insiders: Sequence[str] = (),
) -> Decided:  # fmt: skip
    """The figures to withhold with the least lost, so that no number that must be kept can be worked out.

    `hidden` are figures withheld by themselves, with why. `kept` are numbers and how far, in the smallest parts of
    their unit, a reader must remain from knowing them either way; to them come all that are too small by their profile.
    `told_before` are figures of earlier releases, which can no longer be withheld. `insiders` are members each of whom
    knows what it has itself, and may not work out what another has.
    """
    names = _merged(numbers, kept, bool(insiders))
    decided = Decided(dict(hidden))
    for insider in [*insiders, ""] if insiders else [""]:
        system = names.system(numbers, set(told_before), insider, decided.withheld)
        index = {name: at for at, name in enumerate(names.figures)}
        found = withhold(system, [index[name] for name in decided.withheld if name in index])
        for at in sorted(found.figures):
            decided.withheld.setdefault(names.figures[at], SECOND)
        decided.unsafe += [names.order[target.number] for target in found.unsafe]
        decided.proven &= found.proven
    decided.unsafe = sorted(set(decided.unsafe))
    return decided


@dataclass
class _Merged:
    """The numbers of a system in their order, those that nothing tells apart as one."""

    order: list[str]
    values: np.ndarray
    lead: dict[str, int]
    alone: set[str]
    equations: csr_matrix
    figures: list[str]
    kept: Mapping[str, int]

    def system(self, numbers: Numbers, before: set[str], insider: str, hidden: Mapping[str, str]) -> System:
        count, index = len(self.order), {name: at for at, name in enumerate(self.figures)}
        figure, near, far = np.full(count, NOWHERE), np.zeros((2, count)), np.zeros((2, count))
        for at, name in enumerate(self.order):
            number = numbers.known[name]
            far[:, at] = (0 if self.values[at] >= 0 else -np.inf), (np.inf if self.values[at] >= 0 else 0)
            near[:, at] = far[:, at]
            if number.figure:
                figure[at] = index[number.figure]
                near[:, at] = np.clip(numbers.read_as(number), *far[:, at])  # also what is told as nought has a sign
            if insider and number.member == insider:
                near[:, at] = far[:, at] = number.value
        cost = np.array([_cost(numbers.known[name]) for name in self.figures])
        fixed = np.array([name in before for name in self.figures], dtype=bool)
        targets = list(self._targets(numbers, insider, hidden))
        return System(self.values, self.equations, (near[0], near[1]), (far[0], far[1]), figure, cost, fixed, targets)

    def _targets(self, numbers: Numbers, insider: str, hidden: Mapping[str, str]) -> Iterable[Target]:
        for name, number in numbers.known.items():
            if insider and (number.member == insider or not self._is_confidential(name)):
                continue
            ends = self._ends(numbers, name, number, name in hidden)
            at = self.lead[name]
            if ends and name in self.alone:
                yield Target(at, *ends)
            elif ends and self.values[at] < ends[1]:
                # what is one with others may be nought; how large it may be is how large they together may be
                yield Target(at, self.values[at], ends[1])

    def _is_confidential(self, name: str) -> bool:
        return name in self.kept

    def _ends(self, numbers: Numbers, name: str, number: Number, hidden: bool) -> tuple[float, float] | None:
        """How far down and up the range of a number has to reach, if it is one that must be kept."""
        profile, unit = numbers.profile(number), number.metric.unit
        least = profile.threshold * UNITS[unit].scale
        size = abs(number.value)
        low, high = float(number.value), float(number.value)
        if number.countable and unit in COUNTS and least and 0 < size < least:
            low, high = float(number.value - 1), float(least)
        elif hidden and number.value == 0 and least and number.countable:
            high = float(least)
        if name in self.kept:
            low, high = min(low, number.value - self.kept[name]), max(high, number.value + self.kept[name])
        elif low == high:
            return None
        return (max(low, 0.0), high) if number.value >= 0 else (low, high)


def _merged(numbers: Numbers, kept: Mapping[str, int], by_member: bool) -> _Merged:
    """Numbers that no figure tells and that stand in the same equations the same often are one, with their sum.

    Not those of members, `by_member`, where one of these knows its own.
    """
    alike: dict[object, list[str]] = {}
    columns: dict[str, list[tuple[int, int]]] = {name: [] for name in numbers.known}
    for row, equation in enumerate(numbers.equations):
        for name, times in equation:
            columns[name].append((row, times))
    for name, number in numbers.known.items():
        alone = number.figure or number.value < 0 or name in kept or (by_member and number.member)
        alike.setdefault((name,) if alone else tuple(columns[name]), []).append(name)
    groups = list(alike.values())
    lead = {name: at for at, group in enumerate(groups) for name in group}
    order = [group[0] for group in groups]
    matrix = lil_matrix((len(numbers.equations), len(order)))
    for at, name in enumerate(order):
        for row, times in columns[name]:
            matrix[row, at] = times
    return _Merged(
        order, np.array([sum(numbers.known[name].value for name in group) for group in groups], dtype=float), lead,
        {group[0] for group in groups if len(group) == 1},
        matrix.tocsr(), sorted({number.figure for number in numbers.known.values() if number.figure}), kept,
    )  # fmt: skip


def _cost(number: Number) -> int:
    """What is lost with a figure: more the more cells tell it, the larger it is, and if it is of the network."""
    size = abs(number.value) / number.metric.scale.scale
    return max(1, round(10 * number.told * (1 + np.log2(1 + size)) * (WHOLE if number.whole else 1)))
