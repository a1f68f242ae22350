"""Figures that are withheld by themselves: too small by their profile, or one's or a few's own.

What members keep confidential is protected from readers and from one another: a total is told of enough members, none
of whom makes so much of it that another could take it for theirs. That is the p % rule (Hundepool and others,
Statistical Disclosure Control, 2012, chapter 4): what remains of a total without its two largest contributors is at
least p % of the largest. Contributions are taken without their signs, as that chapter has it for amounts below
nought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from anchor_analysis.declared import parse_year
from anchor_analysis.protect.figures import small
from anchor_analysis.protect.jointly import MEMBER_WIDTH
from anchor_analysis.protect.numbers import Number, Numbers, most_of, unknown_of

#: Why a figure is withheld of what members keep confidential.
OF_ONE, OF_SOME, DOMINATED = (
    "one member's own",
    "of fewer members than the profile asks for",
    "one member makes most of it",
)


class Primary:
    """What of the numbers of an edition may not be told, and what may not be worked out, each by itself."""

    def __init__(self, numbers: Numbers, contributors: pd.DataFrame | None = None):
        self.numbers, self.network = numbers, numbers.network

    def hidden(self) -> dict[str, str]:
        """The figures that may not be told, by name, with why."""
        told = [number for number in self.numbers.known.values() if number.figure == number.name]
        reasons = {number.name: self._of_few(number) or self._small(number) for number in told}
        return {name: why for name, why in reasons.items() if why}

    def kept(self) -> dict[str, int]:
        """The numbers that nobody may come near to, and how near: what single members have and keep confidential."""
        return {
            number.name: max(1, -(-abs(number.value) * round(100 * MEMBER_WIDTH) // 100))
            for number in self.numbers.known.values()
            if number.member and number.countable and number.value and self._is_closed(number)
        }

    def insiders(self) -> Sequence[str]:
        """The members that know what they have of what others keep confidential."""
        own = {number.member for number in self.numbers.known.values() if number.member and self._is_closed(number)}
        return sorted(own)

    def _is_closed(self, number: Number) -> bool:
        """Whether a number is confidential; of a member, whether it did not agree to have it told."""
        if getattr(self.network.confidentiality, number.metric.protect) != "confidential":
            return False
        return not (number.member and self.network.agreed(number.member, number.metric, parse_year(number.year)))

    def _small(self, number: Number) -> str:
        if not number.countable or (not number.value and self._is_no_nought(number)):
            return ""
        return small(number.value, number.metric.unit, self.numbers.profile(number))

    def _is_no_nought(self, number: Number) -> bool:
        """Whether nothing is known rather than nought, or nobody could have been in it."""
        return unknown_of(number.name) in self.numbers.known or number.name in self.numbers.parts

    def _of_few(self, number: Number) -> str:
        if not self._is_closed(number):
            return ""
        if number.member:
            return OF_ONE
        return self._few_in(number, str) or self._few_in(number, self._most) if number.countable else ""

    def _most(self, name: str) -> str:
        """What a number may at most be, which is told beside it, or itself where nothing is unknown."""
        return most_of(name) if most_of(name) in self.numbers.known else name

    def _few_in(self, number: Number, read: Callable[[str], str]) -> str:
        """Why a total may not be told of what `read` makes of each member's part, if so."""
        sizes = self._contributions(self.numbers.members.get(number.name, ()), read)
        if 0 < len(sizes) < self.numbers.profile(number).minimum_contributors:
            return OF_SOME
        return DOMINATED if is_dominated(sizes, MEMBER_WIDTH) else ""

    def _contributions(self, parts: Sequence[str], read: Callable[[str], str]) -> list[int]:
        """What each member that did not agree makes of a total, without sign, the largest first.

        What the others make of it is told, so it hides nothing.
        """
        sizes: dict[str, int] = {}
        for part in parts:
            one = self.numbers.known[part]
            if self._is_closed(one):
                sizes[one.member] = sizes.get(one.member, 0) + self.numbers.known[read(part)].value
        return sorted((abs(size) for size in sizes.values() if size), reverse=True)


def is_dominated(sizes: Sequence[int], share: float) -> bool:
    """Whether what remains without the two largest is less than a share of the largest; the largest come first."""
    return bool(sizes) and sum(sizes[2:]) < share * sizes[0]
