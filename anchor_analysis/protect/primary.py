"""Figures that are withheld by themselves: too small by their profile, or one's or a few's own.

What members keep confidential is protected from readers and from one another: a total is told of enough members, none
of whom makes so much of it that another could take it for theirs, by the p % rule, and so with what one told total has
over another. Sums of money that a few suppliers make are withheld where the profile says so. See `dominance` for these
rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set
from fractions import Fraction
from functools import cached_property

import pandas as pd

from anchor_analysis.declared import Dominance, parse_year
from anchor_analysis.measure.observing import observation_id
from anchor_analysis.protect.dominance import dominated, protection_of
from anchor_analysis.protect.figures import small
from anchor_analysis.protect.jointly import MEMBER_WIDTH, Makers
from anchor_analysis.protect.numbers import Number, Numbers, most_of

#: Why a figure is withheld of what members keep confidential.
OF_ONE, OF_SOME, DOMINATED = (
    "one member's own",
    "of fewer members than the profile asks for",
    "one member makes most of it",
)


#: How confidential totals of members are protected whose profile does not say how.
MEMBERS = Dominance(by=["member"], p=MEMBER_WIDTH)


class Primary:
    """What of the numbers of an edition may not be told, and what may not be worked out, each by itself.

    `suppliers` says by observation what its largest suppliers make of it, as `measure.contributors` has it;
    `told_before` are the figures of earlier releases.
    """

    def __init__(self, numbers: Numbers, suppliers: pd.DataFrame | None = None, told_before: Set[str] = frozenset()):
        self.numbers, self.network, self.before = numbers, numbers.network, told_before
        rows = suppliers.to_dict("records") if suppliers is not None else []
        names = ("metric", "network_year", "scope", "member", "breakdown", "group")
        self.suppliers = {observation_id(*(row[name] for name in names)): row for row in rows}

    def hidden(self) -> dict[str, str]:
        """The figures that may not be told, by name, with why."""
        told = [number for number in self.numbers.known.values() if number.figure == number.name]
        reasons = {
            number.name: self._of_few(number) or self._of_suppliers(number) or self._small(number) for number in told
        }
        return {name: why for name, why in reasons.items() if why}

    def kept(self) -> dict[str, int]:
        """The numbers that nobody may come near to, and how near: what single members have and keep confidential.

        So are sums that a few suppliers make, and sums and differences of sums that a few members do, by as much as the
        rules ask. Not kept is that nothing of what a member has is left beside a part of it, which is no amount.
        """
        kept = {
            number.name: self._width(number)
            for number in self.numbers.known.values()
            if number.member and number.countable and self._is_closed(number)
            if number.value or number.name not in self.numbers.rests
        }
        for name, width in self._of_few_suppliers.items():
            kept[name] = max(width, kept.get(name, 0))
        return kept | {name: width for name, (width, _) in self._of_few_members.items()}

    def makers(self) -> dict[str, Makers]:
        """The members of each sum or difference that is kept for who makes it."""
        return {name: makers for name, (_, makers) in self._of_few_members.items()}

    @cached_property
    def _of_few_suppliers(self) -> dict[str, int]:
        """Sums of which a few suppliers make too much, and how near nobody may come."""
        made = [(self.numbers.known[name], row) for name, row in self.suppliers.items() if name in self.numbers.known]
        rules = [(number.name, row, self.numbers.profile(number).dominance) for number, row in made]
        return {name: width for name, row, rule in rules if rule and (width := protection_of(row, rule))}

    @cached_property
    def _of_few_members(self) -> dict[str, tuple[int, Makers]]:
        """Sums over members and differences of such of which a few make too much: how near nobody may come, and these.

        What is known of them and what they may at most be are looked at apart.
        """
        found: dict[str, tuple[int, Makers]] = {}
        for name in self.numbers.members:
            number = self.numbers.known[name]
            makers = self._makers(number)
            for own, read in ((name, str), (most_of(name), self._most)) if makers else ():
                known = own in self.numbers.known and own not in self._of_few_suppliers
                if known and (width := self._short(number, read)):
                    found[own] = (width, makers)
        return found

    def _makers(self, number: Number) -> Makers:
        """The members of a sum that can be had, or of a difference, if they keep it; none of any other number."""
        told = (bool(number.figure) and not number.signed) or number.name in self.numbers.differences
        parts = [self.numbers.known[part] for part in self.numbers.members[number.name]]
        asked = told and number.countable and self.numbers.is_closed(number) and all(part.member for part in parts)
        return frozenset((part.member, part.year) for part in parts) if asked else frozenset()

    def _short(self, number: Number, read: Callable[[str], str]) -> int:
        """How far from a sum over members a reader has to be left for who makes it, in the smallest parts of its unit.

        A difference that too few make is not to be told exactly; a total that they make is not told at all.
        """
        rule = self._members_rule(number) or MEMBERS
        sizes = self._contributions(self.numbers.members[number.name], read)
        few = 0 < len(sizes) < self.numbers.profile(number).minimum_contributors
        least = int(few and number.name in self.numbers.differences)
        return max(protection_of(_as_row(sizes, rule.n), rule), least)

    def _width(self, number: Number) -> int:
        """How near nobody may come to what a member has: a tenth of it, and to nought as near as a figure tells it.

        It is more than a tenth where the p % rule of the profile asks for more. Who can tell it to within just that has
        it, so a little more must be left.
        """
        rule = self._members_rule(number) or MEMBERS
        share = math.floor(abs(number.value) * Fraction(repr(max(MEMBER_WIDTH, rule.p or 0))))
        return share + 1 if number.value else self.numbers.step(number)

    def insiders(self) -> Sequence[str]:
        """The members that know what they have, where others keep theirs or have too few of something to be told."""
        kept = {number.member for number in self.numbers.known.values() if self._is_of_one(number)}
        return sorted({number.member for number in self.numbers.known.values() if number.member}) if kept else []

    def _is_of_one(self, number: Number) -> bool:
        """Whether nobody but the member itself may know a number of it."""
        small = number.countable and bool(number.value) and bool(self._small(number))
        return bool(number.member) and (small or self._is_closed(number))

    def _is_closed(self, number: Number) -> bool:
        """Whether a number is confidential; of a member, whether it did not agree to have it told."""
        return self.numbers.is_closed(number) and not self._has_agreed(number)

    def _has_agreed(self, number: Number) -> bool:
        """Whether a number is of a member that agreed to have it told."""
        if not number.member:
            return False
        return self.network.agreed(number.member, number.metric, parse_year(number.year))

    def _small(self, number: Number) -> str:
        """Why a count is too small to be told; nought is where a cell withholds it, and nothing that is known of is."""
        if not number.countable or (not number.value and number.name not in self.numbers.noughts):
            return ""
        return small(number.value, number.metric.unit, self.numbers.profile(number))

    def _of_suppliers(self, number: Number) -> str:
        rule, row = self.numbers.profile(number).dominance, self.suppliers.get(number.name)
        return dominated(row, rule) if rule and row else ""

    def _of_few(self, number: Number) -> str:
        rule = self._members_rule(number)
        if rule is None:
            return ""
        if number.member:
            return OF_ONE if self._is_closed(number) else ""
        return (self._few_in(number, rule, str) or self._few_in(number, rule, self._most)) if number.countable else ""

    def _members_rule(self, number: Number) -> Dominance | None:
        """The rule for how much members may make of a total: the profile's own, or ours where they keep it."""
        rule = self.numbers.profile(number).dominance
        own = rule if rule and "member" in rule.by else None
        return own or (MEMBERS if self._is_closed(number) else None)

    def _most(self, name: str) -> str:
        """What a number may at most be, which is told beside it, or itself where nothing is unknown."""
        return most_of(name) if most_of(name) in self.numbers.known else name

    def _few_in(self, number: Number, rule: Dominance, read: Callable[[str], str]) -> str:
        """Why a total may not be told of what `read` makes of each member's part, if so."""
        sizes = self._contributions(self.numbers.members.get(number.name, ()), read)
        if self._is_closed(number) and 0 < len(sizes) < self.numbers.profile(number).minimum_contributors:
            return OF_SOME
        return DOMINATED if dominated(_as_row(sizes, rule.n), rule) else ""

    def _contributions(self, parts: Sequence[str], read: Callable[[str], str]) -> list[int]:
        """What each member that did not agree makes of a total, without sign, the largest first.

        What the others make of it is told, so it hides nothing.
        """
        sizes: dict[str, int] = {}
        for part in parts:
            one = self.numbers.known[part]
            if not self._has_agreed(one) and part not in self.before:
                sizes[one.member] = sizes.get(one.member, 0) + self.numbers.known[read(part)].value
        return sorted((abs(size) for size in sizes.values() if size), reverse=True)


def _as_row(sizes: Sequence[int], n: int) -> dict[str, int]:
    """Contributions, the largest first, as the rules of dominance take them."""
    first, second = [*sizes, 0, 0][:2]
    return {
        "contributors": len(sizes), "largest": first, "second": second, "n_largest": sum(sizes[:n]),
        "absolute": sum(sizes),
    }  # fmt: skip
