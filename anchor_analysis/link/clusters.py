"""Supplier records brought together pair by pair, where nothing forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Pair = tuple[str, str]


class Clusters:
    """Groups of records, each named by its first record.

    Two groups are not joined where a pair between them is decided to be two suppliers (`apart`), nor, unless somebody
    decided so, where a register gives them different numbers (`numbers`, by record and register).
    """

    def __init__(self, records: Iterable[str], numbers: Mapping[str, Mapping[str, str]], apart: Iterable[Pair]):
        self._first = {record: record for record in records}
        self._members = {record: [record] for record in self._first}
        self._numbers = {record: {kind: {number} for kind, number in numbers[record].items()} for record in self._first}
        self._apart: dict[str, set[str]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def of(self, record: str) -> str:
        """The group of a record."""
        return self._first[record]

    def all(self) -> dict[str, str]:
        """The group of each record."""
        return dict(self._first)

    def join(self, pair: Pair, *, in_spite_of_numbers: bool = False) -> bool:
        """Join the groups of two records; False where they may not be."""
        low, high = sorted(self._first[record] for record in pair)
        if low == high:
            return True
        if self._forbidden(low, high) or not (in_spite_of_numbers or self._agree(low, high)):
            return False
        moved = self._members.pop(high)
        self._members[low] += moved
        for kind, numbers in self._numbers.pop(high).items():
            self._numbers[low].setdefault(kind, set()).update(numbers)
        self._first |= dict.fromkeys(moved, low)
        return True

    def _forbidden(self, one: str, other: str) -> bool:
        few, many = sorted((one, other), key=lambda group: len(self._members[group]))
        return any(self._first[far] == many for record in self._members[few] for far in self._apart.get(record, ())
                   if far in self._first)  # fmt: skip

    def _agree(self, one: str, other: str) -> bool:
        """Whether no register tells them apart: where both have numbers of one, they share one."""
        ours, theirs = self._numbers[one], self._numbers[other]
        return all(ours[kind] & theirs[kind] for kind in ours.keys() & theirs.keys())
