"""Drawn tables are judged by words and by an attack of their own, and what the attack found stays mended."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anchor_analysis.rounding import nearest
from tests.drawn_numbers import CATALOGUE, Drawn, spent
from tests.drawn_tables import with_every_sum
from tests.reader_attack import Reader, rounding_range


def counted(numbers: list[int], threshold: int, base: int, zero: str = "withheld") -> Drawn:
    profile = CATALOGUE.profiles["people_threshold_10_round_5"]
    own = profile.model_copy(update={"threshold": threshold, "round_to": base, "zero": zero})
    return Drawn(with_every_sum(np.array(numbers)), own, amounts=False)


def test_a_nought_that_is_told_rounded_is_not_taken_to_be_less_than_nought():
    """2, 0 and 10 are 12, rounded to 5: of a sum of 8 to 12 with a part of 8 to 12, the others are 4 at most."""
    table = counted([2, 0, 10], threshold=5, base=5)
    _, hidden, decided = table.protected()
    assert not decided.unsafe and len(hidden) > len(table.forbidden())
    assert not narrowed(table, hidden) and narrowed(table, table.forbidden())


def narrowed(table: Drawn, hidden: set) -> list:
    return [cell for reader, kept in table.readers(hidden) for cell, *ends in kept if reader.narrowed(cell, *ends)]


def test_members_with_amounts_of_their_own_are_readers_too():
    table = spent(np.random.default_rng(7), 1, 3, 2)
    known = [sum(least == most for least, most in reader.known.values()) for reader, _ in table.readers(set())]
    assert len(known) == 4 and min(known[:3]) > 0 and narrowed(table, set())


def test_whole_numbers_can_tell_more_than_numbers():
    """No two of three counts are more than one together: all three are 1.5 at most, of whole numbers one."""
    pairs = [("ab", ["a", "b"]), ("bc", ["b", "c"]), ("ac", ["a", "c"]), ("abc", ["a", "b", "c"])]
    free, pair = (0.0, math.inf), (0.0, 1.0)
    reader = Reader(pairs, {"a": free, "b": free, "c": free, "abc": free, "ab": pair, "bc": pair, "ac": pair})
    assert reader.range_of("abc") == pytest.approx((0, 1.5))
    assert reader.range_of("abc", whole=True) == pytest.approx((0, 1))


@pytest.mark.parametrize("base", [1, 5, 10, 500])
def test_a_reader_takes_a_rounded_number_to_be_any_that_is_rounded_alike(base):
    for number in (-1237, -250, -8, -3, 0, 2, 3, 5, 7, 250, 4711):
        least, most = rounding_range(number, base)
        alike = [one for one in range(number - base, number + base + 1) if nearest(one, base) == nearest(number, base)]
        assert [least, most] == [alike[0], alike[-1]]


def test_the_attack_reads_what_is_rounded_as_the_library_does():
    for base in (1, 5, 10):
        table = counted([0, 3, 7, 12, 48], threshold=3, base=base)
        numbers = table.numbers()
        for number in numbers.known.values():
            (low, high), own = numbers.read_as(number), rounding_range(number.value, base)
            assert (max(low, 0), high) == (max(own[0], 0), own[1])
