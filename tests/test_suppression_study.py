"""The study of what is withheld draws, attacks and judges as it says; a few of its systems hold on every run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drawn_tables import Question, two_ways
from tests.least_cost import cheapest, cost, withheld
from tests.study_page import with_section
from tests.suppression_study import any_hierarchy, any_linked, any_small, by_cheapest_ways, reader_of, systems, tables

SEED = 7


# --- a few of what is drawn ---


def test_of_forty_tables_nothing_forbidden_is_told_and_nothing_kept_can_be_worked_out():
    found = tables(40, SEED)
    assert found["forbidden"] > 100 and found["second"] > 10 and found["asked"] > 200
    assert not found["told although forbidden"] + found["withheld without need"] + found["narrowed"] + found["exact"]


def test_of_five_hierarchies_and_three_linked_sets_nothing_kept_can_be_worked_out_in_whole_numbers_either():
    for draw, count in ((any_hierarchy, 5), (any_linked, 3)):
        found = systems(draw, count, [SEED], "drawn")
        assert found["asked"] > 10 and found["whole asked"] == found["asked"]
        assert not found["narrowed"] + found["exact"] + found["whole narrowed"] + found["whole exact"]


# --- the attack ---


def test_the_attack_recovers_what_a_sum_gives_away():
    question = Question(two_ways(np.random.default_rng(SEED), 4, 3), 10)
    reader = reader_of(question, {question.small[0]})
    number = question.drawing.cells[question.small[0]]
    assert reader.range_of(question.small[0]) == pytest.approx((number, number))
    assert reader.narrowed(question.small[0], number - 1, 10)


# --- the cost, and the page ---


def test_the_cheapest_withholding_costs_no_more_than_what_the_library_finds_by_either_way():
    question = next(one for one in map(any_small, map(np.random.default_rng, range(9))) if one.small)
    least, exact = cheapest(question), cost(question, withheld(question))
    with by_cheapest_ways():
        ways = cost(question, withheld(question))
    assert least.solved and least.least == pytest.approx(exact) and exact <= ways


def test_a_section_that_is_made_anew_leaves_the_others_as_they_are():
    page = with_section(with_section("", "# A", "## One", ["1"]), "# A", "## Two", ["2"])
    assert page == "# A\n\n## One\n\n1\n\n## Two\n\n2\n"
    assert with_section(page, "", "## One", ["3", "4"]) == "# A\n\n## One\n\n3\n4\n\n## Two\n\n2\n"
