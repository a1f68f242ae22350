"""Which figures of an edition are withheld: those that must be by themselves, and those that would give them away.

All tables are taken together, since a reader has them together: a figure is a number that some cells tell, and it is
withheld in all of them or in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import lil_matrix

from anchor_analysis.declared.units import COUNTED as COUNTS
from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.numbers import Number, Numbers
from anchor_analysis.protect.suppression import NOWHERE, System, Target, moved_within, withhold

#: Nobody may work out what a member keeps confidential to within this share of it.
MEMBER_WIDTH = 0.10

#: Why a figure is withheld that need not be by itself.
SECOND = "would give away a withheld figure"

#: With so many others a member must be able to have exchanged what it has, so that no single one knows it.
PARTNERS = 2

#: So many others, the largest first, are tried as partners.
MOST_TRIED = 4

#: What a figure of the whole network costs to withhold, in figures of its groups and members.
WHOLE = 20

_ENDLESS = float("inf")

Range = tuple[float, float]

#: Members, each in a year, that make a sum.
Makers = frozenset[tuple[str, str]]


@dataclass
class Decided:
    """The figures that are withheld, by name, each with why; and the numbers that nothing could keep.

    `proven` says that nothing less could have been withheld. `figures` is how many there are in all, and `lost` what
    share of all that they tell is lost, by what figures cost to withhold.
    """

    withheld: dict[str, str] = field(default_factory=dict)
    unsafe: list[str] = field(default_factory=list)
    proven: bool = True
    figures: int = 0
    lost: float = 0.0


def decide(
    numbers: Numbers, hidden: Mapping[str, str], kept: Mapping[str, int], told_before: Iterable[str] = (),
    insiders: Sequence[str] = (), makers: Mapping[str, Makers] | None = None,
) -> Decided:  # fmt: skip
    """The figures to withhold with the least lost, so that no number that must be kept can be worked out.

    `hidden` are figures withheld by themselves, with why. `kept` are numbers and how far, in the smallest parts of
    their unit, a reader must remain from knowing them either way; to them come all that are too small by their profile.
    `told_before` are figures of earlier releases, which can no longer be withheld. `insiders` are members each of whom
    knows what it has itself, and may not work out what another has. `makers` are the members of what is kept for being
    made by a few of them: what is asked of it is that it may be larger, and of readers that are no members. What the
    reasons of ratios say of what these are of stays in `numbers` as far as it may be said.
    """
    made = makers or {}
    decided = _decide(numbers, hidden, kept, set(told_before), insiders, made)
    while decided.unsafe and (loose := _loose_marks(numbers, decided.unsafe)):
        numbers.marked -= loose
        decided = _decide(numbers, hidden, kept, set(told_before), insiders, made)
    numbers.fewer = {name: most for name, most in numbers.fewer.items() if name not in decided.withheld}
    decided.withheld = {name: why for name, why in decided.withheld.items() if numbers.known[name].figure}
    return decided


def _loose_marks(numbers: Numbers, unsafe: Sequence[str]) -> set[str]:
    """The words for a small count that are to be taken back, as they leave too little to what nothing could keep.

    First of those that add up with such a number, then of all; never of those that a release has had.
    """
    able = numbers.marked - numbers.marked_before
    lost = set(unsafe)
    near = {name for terms in numbers.equations if lost & {one for one, _ in terms} for name, _ in terms}
    return able & (near | lost) or able


def _decide(
    numbers: Numbers, hidden: Mapping[str, str], kept: Mapping[str, int], told_before: set[str],
    insiders: Sequence[str], makers: Mapping[str, Makers],
) -> Decided:  # fmt: skip
    joint = _Joint(numbers, kept, told_before, bool(insiders), makers)
    decided = Decided(dict(hidden))
    joint.exchange(insiders, decided.withheld)
    for insider in [*insiders, ""]:
        joint.withhold_more(decided, insider)
    while joint.withhold_more(decided, ""):  # what is withheld for others must not be had either
        pass
    decided.unsafe = sorted(set(decided.unsafe))
    decided.figures = len({number.figure for number in numbers.known.values() if number.figure})
    decided.lost = joint.lost(decided.withheld)
    return decided


class _Joint:
    """The numbers of an edition as one system; those that nothing tells apart are one number, their sum.

    Such are numbers that no figure tells and that stand in the same equations as often, unless each is to be kept from
    readers by itself or, `by_member`, is known to a member. The reason of a ratio is a figure of what the ratio is of,
    if a coarse one: withheld like any other, for little, where it would tell too much.
    """

    def __init__(
        self, numbers: Numbers, kept: Mapping[str, int], told_before: set[str], by_member: bool,
        makers: Mapping[str, Makers],
    ):  # fmt: skip
        self.numbers, self.kept, self.before, self.makers = numbers, kept, told_before, makers
        self.exchanged: dict[str, set[str]] = {}
        self.downward: set[str] = set()
        told = [numbers.known[name] for name in told_before if name in numbers.known]
        self.let = {(one.member, one.year, one.metric.protect) for one in told if one.member}
        columns: dict[str, list[tuple[int, int]]] = {name: [] for name in numbers.known}
        for row, equation in enumerate(numbers.equations):
            for name, times in equation:
                columns[name].append((row, times))
        alike: dict[object, list[str]] = {}
        for name, number in numbers.known.items():
            alone = number.figure or number.value < 0 or number.signed or (by_member and number.member)
            alone = alone or number.taken or name in kept or name in numbers.small or name in numbers.noughts
            alone = alone or name in numbers.fewer or name in numbers.fewer_before
            alike.setdefault((name,) if alone else tuple(columns[name]), []).append(name)
        self.groups = list(alike.values())
        self.place = {name: at for at, group in enumerate(self.groups) for name in group}
        self.values = np.array([sum(numbers.known[name].value for name in group) for group in self.groups], float)
        self.figures = sorted({figure for number in numbers.known.values() if (figure := self._figure(number))})
        self._at = {name: at for at, name in enumerate(self.figures)}
        matrix = lil_matrix((len(numbers.equations), len(self.groups)))
        for at, group in enumerate(self.groups):
            for row, times in columns[group[0]]:
                matrix[row, at] = times
        self.equations = matrix.tocsr()

    def _figure(self, number: Number) -> str:
        """The figure by which a number is told, if only by the reason of a ratio; empty where it is told nowhere."""
        return number.figure or (number.name if number.name in self.numbers.fewer else "")

    def figures_of(self, names: Iterable[str]) -> list[int]:
        return [self._at[name] for name in names if name in self._at]

    def exchange(self, members: Sequence[str], hidden: Mapping[str, str]) -> None:
        """Note of each member's numbers with which others it could have exchanged enough, whatever all else is.

        What two members could have exchanged is safe from everybody but these two, and stays so whatever is withheld
        besides; with two such partners it is safe from every member. Nothing has to be withheld for it, and most of
        what members keep is like that.
        """
        system, figures = self.system("", hidden), self.figures_of(hidden)
        own: dict[str, set[int]] = {member: set() for member in members}
        sizes = dict.fromkeys(members, 0)
        for name, number in self.numbers.known.items():
            if number.member in own:
                own[number.member].add(self.place[name])
                sizes[number.member] += abs(number.value)
        for member in members:
            wanted = {self.place[name]: name for name in self.kept if self.numbers.known[name].member == member}
            others = sorted((one for one in members if one != member), key=lambda one: (-sizes[one], one))
            for other in others[:MOST_TRIED]:
                left = {at: name for at, name in wanted.items() if len(self.exchanged.get(name, ())) < PARTNERS}
                targets = [target for target in system.targets if target.number in left]
                if targets:
                    part = replace(system, targets=targets)
                    for target in moved_within(part, own[member] | own[other], figures):
                        self.exchanged.setdefault(left[target.number], set()).add(other)

    def _is_exchanged(self, name: str, insider: str) -> bool:
        """Whether a number could have been exchanged with somebody whom an insider, if any, does not know."""
        return bool(self.exchanged.get(name, set()) - {insider})

    def withhold_more(self, decided: Decided, insider: str) -> int:
        """Withhold what else has to be, as it looks to a member or to everybody else; how much was changed by that."""
        system, before = self.system(insider, decided.withheld), len(decided.withheld)
        found = withhold(system, self.figures_of(decided.withheld))
        for at in sorted(found.figures):
            decided.withheld.setdefault(self.figures[at], SECOND)
        names = {self.groups[target.number][0] for target in found.unsafe}
        must = {name for name in names if self._must_be_kept(self.numbers.known[name], insider)}
        decided.unsafe += sorted(must)
        decided.proven &= found.proven
        turned = names - must - self.downward  # what cannot have been more may have been less
        self.downward |= turned
        return len(decided.withheld) - before + len(turned)

    def lost(self, withheld: Iterable[str]) -> float:
        """What share of all that figures tell is lost with some of them, of which reasons are none."""
        costs = [_cost(number) if (number := self.numbers.known[name]).figure else 0 for name in self.figures]
        return sum(costs[at] for at in self.figures_of(withheld)) / max(sum(costs), 1)

    def system(self, insider: str, hidden: Mapping[str, str]) -> System:
        """The system as it looks to a member that knows what it has, or to everybody else."""
        told = np.array([self._read_as(at, insider) for at in range(len(self.groups))]).reshape(-1, 2).T
        untold = np.array([self._taken_for(at, insider) for at in range(len(self.groups))]).reshape(-1, 2).T
        named = [self._figure(self.numbers.known[group[0]]) for group in self.groups]
        return System(
            self.values, self.equations, (told[0], told[1]), (untold[0], untold[1]),
            np.array([self._at[name] if name else NOWHERE for name in named]),
            np.array([_cost(self.numbers.known[name]) for name in self.figures]),
            np.array([name in self.before for name in self.figures], dtype=bool),
            list(self._targets(insider, hidden)),
        )  # fmt: skip

    def _read_as(self, at: int, insider: str) -> Range:
        """What a number can be to somebody who sees its figure."""
        number = self.numbers.known[self.groups[at][0]]
        if not self._figure(number) or (insider and number.member == insider):
            return self._taken_for(at, insider)
        told = [self._sign(at), self.numbers.in_words(number, self.numbers.fewer)]  # what is told as nought has a sign
        return _all_of([*told, self.numbers.read_as(number)] if number.figure else told)

    def _taken_for(self, at: int, insider: str) -> Range:
        """What a number can be to somebody who does not: nothing is known of it but its sign, or that it is small."""
        number = self.numbers.known[self.groups[at][0]]
        if insider and number.member == insider:
            return number.value, number.value
        if number.name in self.numbers.marked:
            return 1, self.numbers.threshold(number) - 1
        return self._sign(at)

    def _sign(self, at: int) -> Range:
        """On which side of nought a number is, as anybody knows: a count is not below it, a difference may be.

        Of what a release gave a reason for, it is known what that said.
        """
        number = self.numbers.known[self.groups[at][0]]
        if number.signed:
            return -_ENDLESS, _ENDLESS
        if number.taken:
            return -_ENDLESS, 0
        side = (0, _ENDLESS) if self.values[at] >= 0 else (-_ENDLESS, 0)
        return _all_of([side, self.numbers.in_words(number, self.numbers.fewer_before)])

    def _targets(self, insider: str, hidden: Mapping[str, str]) -> Iterator[Target]:
        """Everything that must be kept; from a member what the others keep confidential."""
        for name, number in self.numbers.known.items():
            if (insider and not self._is_others(number, insider)) or self._is_exchanged(name, insider):
                continue
            told = name in hidden if number.figure else name in self.numbers.withheld_before
            ends, at = self._ends(number, told), self.place[name]
            if ends and len(self.groups[at]) == 1:
                yield Target(at, *ends)
            elif ends and self.values[at] < ends[1]:
                # what is one with others may be nought; how large it may be is how large they together may be
                yield Target(at, self.values[at], ends[1])

    def _is_others(self, number: Number, insider: str) -> bool:
        """Whether a number is what another member has and nobody else may know."""
        if number.member == insider or number.name in self.makers:
            return False
        return number.name in self.kept or (bool(number.member) and self._is_small(number))

    def _ends(self, number: Number, hidden: bool) -> Range | None:
        """How far down and up the range of a number has to reach, if it is one that must be kept.

        One that is withheld only for others must not be had as exactly as if it were shown, or it hides nothing.
        """
        if number.name in self.before:
            return None  # it was told for good
        value = float(number.value)
        low, high = self._of_profile(number, value, hidden)
        if number.name in self.kept:
            width = self.kept[number.name]
            outwards = number.name in self.makers  # how small a sum is tells no more of who makes it
            low = min(low, value if outwards and value >= 0 else value - width)
            high = max(high, value if outwards and value < 0 else value + width)
        if low == high:
            return None
        if number.taken:
            return low, min(high, 0.0)
        return (max(low, 0.0), high) if value >= 0 and not number.signed else (low, high)

    def _of_profile(self, number: Number, value: float, hidden: bool) -> Range:
        """The range that the profile of a number asks for, whoever has it."""
        least = self.numbers.threshold(number)
        if number.name in self.numbers.rounded:
            return (value, value + 1) if self.numbers.read_as(number)[1] > value else (value - 1, value)
        if number.name in self.numbers.marked:
            return 1.0, float(least - 1)  # what the words for it say, and no less
        if number.name in self.numbers.noughts:
            return value, float(max(least, self.numbers.step(number)))
        if self._is_small(number):
            return self._of_small(number, value)
        step = self.numbers.step(number) if hidden else 0
        down = number.taken or number.name in self.downward
        return (value - step, value) if down else (value, value + step)

    def _of_small(self, number: Number, value: float) -> Range:
        """What a count below the threshold must be able to be; where a cell hides it, as much as rounding hides."""
        size, least = abs(value), float(self.numbers.threshold(number))
        if number.name in self.numbers.small or number.figure:
            far = max(least, size - 1 + self.numbers.step(number))
        else:  # where cells say in words that a count is below the threshold, it may be known of another too
            far = min(size + 1, least - 1) if self.numbers.profile(number).small else least
        return (size - 1, far) if value > 0 else (-far, 1 - size)

    def _is_small(self, number: Number) -> bool:
        counts = number.countable and number.metric.unit in COUNTS
        return counts and 0 < abs(number.value) < self.numbers.threshold(number)

    def _must_be_kept(self, number: Number, insider: str) -> bool:
        """Whether a number must be kept by itself, and not only because it hides another.

        Of a few of another's that no cell is of, a release may have told a member who knows its own, and then nothing
        helps.
        """
        own = {number.name} & (self.numbers.small | self.numbers.withheld_before | self.kept.keys())
        if insider and self.before and not own:
            return False
        if self._is_small(number) or number.name in self.numbers.noughts:
            return True
        # of a member that was named before and is no longer, more can be had than is told, and nothing done about it
        whose = self.makers.get(number.name, {(number.member, number.year)})
        return number.name in self.kept and not any((*one, number.metric.protect) in self.let for one in whose)


def _all_of(ranges: Iterable[Range]) -> Range:
    """What all of some ranges leave."""
    lows, highs = zip(*ranges, strict=True)
    return max(lows), min(highs)


def _cost(number: Number) -> int:
    """What is lost with a figure: more the more cells tell it, the larger it is, and if it is of the network."""
    size = abs(number.value) / UNITS[number.metric.unit].scale
    return max(1, round(10 * number.told * (1 + np.log2(1 + size)) * (WHOLE if number.whole else 1)))
