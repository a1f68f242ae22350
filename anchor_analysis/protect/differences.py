"""What one total over members leaves of another: two totals that are told tell their difference too.

All members less those of both years are whoever joined or did not report; one panel less another those between; a
total less a part of it the rest. Of what members keep confidential such a difference is held to the rules of totals,
whether or not any cell tells it: it is a number here, as the totals are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from anchor_analysis.protect.numbers import Numbers, most_of

#: The members of a total, each by the number of what it has.
Parts = frozenset[str]


def add_differences(numbers: Numbers) -> None:
    """Add a number for what each told total of confidential figures has over another, if that is of two or more."""
    for totals in _by_what(numbers).values():
        for small, large in combinations(sorted(totals, key=lambda parts: (len(parts), sorted(parts))), 2):
            rest = large - small
            if small < large and len(rest) > 1 and rest not in totals:
                _left_over(numbers, totals[large], totals[small], rest)


def _by_what(numbers: Numbers) -> dict[tuple[str, ...], dict[Parts, str]]:
    """The told totals of the same: metric, year and group; each with a number that is this total."""
    found: dict[tuple[str, ...], dict[Parts, str]] = {}
    for name in sorted(numbers.members):
        parts = numbers.members[name]
        if parts and _is_sum(numbers, name) and all(part in numbers.rows for part in parts):
            row = numbers.rows[parts[0]]
            what = (row.metric, row.network_year, row.breakdown, row.group)
            found.setdefault(what, {}).setdefault(frozenset(parts), name)
    return found


def _is_sum(numbers: Numbers, name: str) -> bool:
    """Whether a number is told, and of confidential figures the plain sum of what its members have."""
    number = numbers.known[name]
    parts = numbers.members[name]
    plain = bool(number.figure) and number.countable and not number.signed and numbers.is_closed(number)
    return plain and number.value == sum(numbers.known[part].value for part in parts)


def _left_over(numbers: Numbers, large: str, small: str, rest: Parts) -> None:
    row, metric = numbers.rows[min(rest)], numbers.known[large].metric
    name = f"{row.metric}:{row.network_year} less {small} of {large}"
    for own, whole, part in _sides(numbers, name, large, small):
        value = numbers.known[whole].value - numbers.known[part].value
        numbers.add(own, value, metric, year=row.network_year, countable=own == name)
        numbers.equation({own: -1, whole: 1, part: -1})
    numbers.members[name] = tuple(sorted(rest))
    numbers.differences.add(name)


def _sides(numbers: Numbers, name: str, large: str, small: str) -> Iterator[tuple[str, str, str]]:
    """The difference of two totals, and that of what they may at most be, if something of either is unknown."""
    yield name, large, small
    whole, part = (most_of(one) if most_of(one) in numbers.known else one for one in (large, small))
    if (whole, part) != (large, small):
        yield most_of(name), whole, part
