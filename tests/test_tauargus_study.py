"""Tables are handed to τ-ARGUS as it reads them, and where it is installed it says the same of a few."""

from __future__ import annotations

import numpy as np
import pytest

from tests import tauargus
from tests.tauargus_study import KINDS, beside, drawn, money, people, same_dominated, same_small


def rng(number: int = 0) -> np.random.Generator:
    return np.random.default_rng([7, number])


def test_a_tree_is_written_with_children_below_their_parent():
    parents = {"a": "north", "b": "north", "c": "", "north": ""}
    assert list(tauargus.tree_lines(parents)) == ["c", "north", "@a", "@b"]


def test_what_makes_up_a_sum_of_money_adds_up_and_gives_the_range_that_its_rule_asks_for():
    asked, made = money(rng(), deep=True)
    assert asked.levels and {cell: sum(sizes) for cell, sizes in made.items()} == asked.drawing.cells
    for cell, (low, high) in asked.levels.items():
        largest, *others = made[cell]
        assert largest * 10 - 100 * sum(others[1:]) <= 100 * (high - sum(made[cell])) and low < sum(made[cell])


def test_ours_keep_what_must_be_kept_and_nothing_is_withheld_without_need():
    for kind in KINDS:
        asked = drawn(kind, rng())
        ours = asked.ours()
        assert not asked.narrowed(ours)
        assert all(asked.narrowed(ours - {cell}) for cell in ours - set(asked.levels))


@pytest.mark.parametrize("deep", [False, True])
def test_a_table_that_tells_all_is_narrowed(deep):
    asked = people(rng(3), deep)
    assert set(asked.narrowed(set())) == set(asked.levels) != set()


needs_tauargus = pytest.mark.skipif(not tauargus.is_there(), reason="pytauargus is not installed")


@needs_tauargus
def test_tau_argus_says_of_the_same_cells_that_they_must_be_kept():
    assert all(same_small(rng(number)) for number in range(3))
    assert same_dominated(rng(), "P") and same_dominated(rng(), "NK")


@needs_tauargus
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["OPT", "MOD"])
def test_tau_argus_keeps_as_much_and_loses_no_less(kind, method):
    found = beside(drawn(kind, rng()), method)
    assert found["tables"] == 1 and not found["our ranges"] + found["their ranges"] + found["more"]
