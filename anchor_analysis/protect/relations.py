"""How the numbers of an edition hang together: totals and groups, members, and metrics that are parts of one another.

Whatever a reader could use to work one number out from others is an equation here, of numbers that are told and of
those that are told nowhere. Each holds exactly for what the numbers are; one that is only likely from the
definitions, such as that the most disadvantaged wards add up to the metric of that name, is taken where it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from anchor_analysis.declared import Metric
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.measure.observing import NOT_BROKEN_DOWN
from anchor_analysis.protect.numbers import Numbers, most_of, unknown_of

#: Columns of finer groups, and those of the coarser ones that they make.
COARSER = {
    "home_ward": ("home_ward_group", "home_place"),
    "home_ward_group": ("home_place",),
    "home_decile": ("home_decile_group", "home_place"),
    "home_decile_group": ("home_place",),
    "ward_in_area": ("ward_group",),
    "staff_contract": ("contract",),
    "spend_category": ("influence",),
}

#: Groups that are no place in the area, whatever the column.
_NO_PLACE = ("elsewhere", "unknown", NOT_BROKEN_DOWN)

#: Who or what an observation is of, and of which groups.
Key = tuple[str, str, str, str]


class _Relating:
    """The observations by what they are of, and the numbers to be related."""

    def __init__(self, numbers: Numbers, by_member: Callable[[Metric], bool]):
        self.numbers, self.by_member = numbers, by_member
        self.catalogue = numbers.network.catalogue
        self.present: set[tuple[Key, str]] = set()
        self.groups: dict[tuple[Key, str], dict[str, str]] = {}
        for name, row in numbers.rows.items():
            if numbers.counts(name) and self.catalogue.metric(row.metric).kind == "additive":
                key = (row.metric, row.network_year, row.scope, row.member)
                self.groups.setdefault((key, row.breakdown), {})[row.group] = name

    def relate(self) -> None:
        self._members()
        self.present = self._told()
        self._breakdowns()
        self._metrics()

    def _told(self) -> set[tuple[Key, str]]:
        """What is told of: who or what, and by which breakdown."""
        rows = [self.numbers.rows[name] for name in self.numbers.known if name in self.numbers.rows]
        return {((row.metric, row.network_year, row.scope, row.member), row.breakdown) for row in rows}

    # --- totals and groups ---

    def _breakdowns(self) -> None:
        for key, by in sorted(self.present):
            if by:
                for coarse, fine in self._splits(key, by):
                    self._add_up(coarse, fine)

    def _splits(self, key: Key, by: str) -> Iterator[tuple[str, list[str]]]:
        """Each sum over some groups of a breakdown that is an observation too, with the groups."""
        fine = self.groups.get((key, by), {})
        for coarser in self._coarsenings(by):
            made: dict[str, list[str]] = {}
            for group, name in fine.items():
                made.setdefault(self._coarse(by, coarser, group), []).append(name)
            there = self.groups.get((key, coarser), {})
            yield from ((there[group], names) for group, names in made.items() if group in there)

    def _coarsenings(self, by: str) -> list[str]:
        """Breakdowns that a breakdown adds up to: without a column, or with a coarser one in the place of it."""
        columns = by.split(BOTH)
        options = [[name, *COARSER.get(name, ()), ""] for name in columns]
        found = [[name for name in chosen if name] for chosen in product(*options)]
        return list(dict.fromkeys(BOTH.join(one) for one in found if one != columns))

    def _coarse(self, by: str, coarser: str, group: str) -> str:
        kept = coarser.split(BOTH) if coarser else []
        found = []
        for column, value in zip(by.split(BOTH), group.split(BOTH), strict=True):
            for to in kept:
                if to in (column, *COARSER.get(column, ())):
                    found.append(self._coarser_group(column, to, value))
        return BOTH.join(found)

    def _coarser_group(self, column: str, to: str, value: str) -> str:
        """The group of a coarser column that a group of a finer one belongs to."""
        if to in (column, "contract") or value in _NO_PLACE:
            return value
        if to == "influence":
            chosen = [one.influenceable for one in self.numbers.network.categories if one.id == value]
            return ("influenceable" if chosen[0] else "not_influenceable") if chosen else value
        if to == "home_place":
            return "in_area"
        if column == "home_decile":
            return "most_deprived_tenth" if value == "1" else "other_in_area"
        return self.numbers.network.ward_groups.get(value, value)

    def _add_up(self, whole: str, parts: Sequence[str]) -> None:
        """The equation of a sum and its parts, and that of what of them is unknown, where they hold."""
        numbers = self.numbers
        for name in (whole, *parts):
            numbers.additive(name)
        terms = {whole: -1, **dict.fromkeys(parts, 1)}
        if whole in parts or not numbers.adds_up(terms):
            return
        numbers.equation(terms)
        if unknown_of(whole) in numbers.known:
            unknown = [unknown_of(part) for part in parts if unknown_of(part) in numbers.known]
            terms = {unknown_of(whole): -1, **dict.fromkeys(unknown, 1)}
            if numbers.adds_up(terms):
                numbers.equation(terms)

    # --- metrics that are parts of one another ---

    def _metrics(self) -> None:
        """Of each metric that counts fewer rows than another does: the groups of that one that it is, or the rest."""
        told: dict[tuple[str, str, str, str], dict[str, str]] = {}
        for name in list(self.numbers.known):
            row = self.numbers.rows.get(name)
            if row is not None and (not row.breakdown or self._has_parts(row)):
                where = (row.network_year, row.member, row.breakdown, row.group)
                told.setdefault(where, {})[row.metric] = name
        for here in told.values():
            for inner, outer in _direct([self.catalogue.metric(name) for name in here]):
                self._within(here[inner.id], inner, here[outer.id], outer)

    def _has_parts(self, row: Any) -> bool:
        return BOTH not in row.breakdown

    def _within(self, inner: str, part: Metric, outer: str, whole: Metric) -> None:
        numbers = self.numbers
        extra = {
            name: part.numerator.values(name) for name in part.numerator.where if name not in whole.numerator.where
        }
        row = numbers.rows[outer]
        key = (row.metric, row.network_year, row.scope, row.member)
        for column, wanted in extra.items() if len(extra) == 1 and not row.breakdown else ():
            for finer in [column, *(fine for fine, coarse in COARSER.items() if column in coarse)]:
                groups = self.groups.get((key, finer), {})
                if (key, finer) in self.present:
                    own = [
                        name for group, name in groups.items() if self._coarser_group(finer, column, group) in wanted
                    ]
                    if own and numbers.adds_up({inner: -1, **dict.fromkeys(own, 1)}):
                        numbers.equation({inner: -1, **dict.fromkeys(own, 1)})
        most = most_of(inner) if most_of(inner) in numbers.known else inner
        rest = numbers.known[outer].value - numbers.known[most].value
        if rest >= 0:
            whose = {"member": row.member, "year": row.network_year} if self.by_member(whole) else {}
            left = numbers.add(f"{outer} less {most}", rest, whole, **whose)
            numbers.equation({left: 1, most: 1, outer: -1})
            numbers.rests.add(left)

    # --- members ---

    def _members(self) -> None:
        """The total over members, with what of it is unknown, where what single members have is told or to be kept."""
        rows = self.numbers.rows
        known = [rows[name] for name in list(self.numbers.known) if name in rows]
        by_member = {(row.metric, row.network_year) for row in known if row.scope == "member"}
        for row in known:
            if row.scope == "network" and (
                ((row.metric, row.network_year) in by_member and not row.breakdown)
                or self.by_member(self.catalogue.metric(row.metric))
            ):
                self._over_members(row)

    def _over_members(self, row: Any) -> None:
        keys = ((row.metric, row.network_year, "member", member.id) for member in self.numbers.network.members)
        parts = [found for key in keys if (found := self.groups.get((key, row.breakdown), {}).get(row.group))]
        self._add_up(row.observation_id, parts)
        self.numbers.members[row.observation_id] = tuple(parts)
        for part in parts if row.breakdown else ():
            own = self.numbers.rows[part]
            total = self.groups.get(((row.metric, row.network_year, "member", own.member), ""), {}).get("")
            if total:
                self.numbers.additive(total)


def relate(numbers: Numbers, by_member: Callable[[Metric], bool]) -> None:
    """Add the equations between the numbers that are there, and the numbers that these need.

    `by_member` says of which metrics what single members have is to be kept from readers, so that it is in the system.
    """
    _Relating(numbers, by_member).relate()


def _direct(metrics: Sequence[Metric]) -> list[tuple[Metric, Metric]]:
    """Pairs of metrics of which the first counts some of the rows of the second, without others in between."""
    inside = {(a.id, b.id) for a in metrics for b in metrics if _is_part(a, b)}
    by_name = {metric.id: metric for metric in metrics}
    return [
        (by_name[a], by_name[b]) for a, b in sorted(inside)
        if not any((a, c) in inside and (c, b) in inside for c in by_name)
    ]  # fmt: skip


def _is_part(part: Metric, whole: Metric) -> bool:
    """Whether one metric sums the same as another over some of its rows only."""
    if part.id == whole.id or part.table != whole.table or part.numerator.sum != whole.numerator.sum:
        return False
    own, other = part.numerator, whole.numerator
    if own.count != other.count or own.where == other.where:
        return False
    return all(name in own.where and own.values(name) <= other.values(name) for name in other.where)
