"""What is withheld is enough that nothing small can be worked out, and it is the least that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from anchor_analysis.protect import suppression
from anchor_analysis.protect.suppression import NOWHERE, System, Target, withhold
from tests.drawn_tables import Drawing, Question, hierarchy, linked, tree, two_ways
from tests.least_cost import cost, least_cost, withheld


def range_of(question: Question, hidden: set, wanted) -> tuple[float, float]:
    """The least and the most that a cell can be by all that is told, by a linear programme of its own."""
    names = question.drawing.names
    known = {name: n for name, n in question.drawing.cells.items() if question.is_told(name) and name not in hidden}
    bounds = [question.read_as(known[name]) if name in known else (0, None) for name in names]
    equations = question.drawing.equations()
    ends = []
    for sign in (1, -1):
        goal = [sign * (name == wanted) for name in names]
        found = linprog(goal, A_eq=equations, b_eq=np.zeros(equations.shape[0]), bounds=bounds, method="highs")
        ends.append(float("inf") if found.status == 3 else sign * found.fun)
    return ends[0], ends[1]


def is_safe(question: Question, hidden: set) -> bool:
    """Whether each cell that is too small, told or not, may be less than it is and may be as large as what is told."""
    found = {name: range_of(question, hidden, name) for name, n in question.drawing.cells.items()
             if 0 < n < question.threshold}  # fmt: skip
    return all(
        least <= question.drawing.cells[name] - 1 + 1e-6 and most >= question.threshold - 1e-6
        for name, (least, most) in found.items()
    )


drawn = st.integers(0, 2**32 - 1).map(np.random.default_rng)
told = st.sampled_from([(10, 5), (10, 1), (5, 1), (8, 5)])


@settings(max_examples=40, deadline=None)
@given(drawn, st.integers(2, 5), st.integers(2, 5), told)
def test_nothing_small_in_a_table_of_two_columns_can_be_worked_out(rng, rows, columns, told):
    question = Question(two_ways(rng, rows, columns), *told)
    assert is_safe(question, withheld(question))


@settings(max_examples=20, deadline=None)
@given(drawn, st.integers(4, 8), st.integers(2, 3), told)
def test_nothing_small_in_a_hierarchy_can_be_worked_out(rng, leaves, columns, told):
    question = Question(hierarchy(rng, tree(rng, leaves, 3), columns), *told)
    assert is_safe(question, withheld(question))


@settings(max_examples=10, deadline=None)
@given(drawn, told)
def test_nothing_small_in_linked_tables_can_be_worked_out_not_even_what_no_table_tells(rng, told):
    question = Question(linked(rng, (3, 3, 2)), *told)
    assert is_safe(question, withheld(question))


@settings(max_examples=15, deadline=None)
@given(drawn, st.integers(2, 4), st.integers(2, 4), told)
def test_no_other_withholding_that_is_safe_costs_less(rng, rows, columns, told):
    question = Question(two_ways(rng, rows, columns), *told)
    if question.small:
        assert cost(question, withheld(question)) == pytest.approx(least_cost(question))


@given(drawn, st.integers(2, 5), st.integers(2, 5))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_cells_changes_neither_what_it_costs_nor_that_it_is_safe(rng, rows, columns):
    question = Question(two_ways(rng, rows, columns), 10)
    names = question.drawing.names
    mixed = Drawing({names[at]: question.drawing.cells[names[at]] for at in rng.permutation(len(names))},
                    question.drawing.sums[::-1])  # fmt: skip
    other = Question(mixed, 10)
    assert cost(other, withheld(other)) == cost(question, withheld(question)) and is_safe(other, withheld(other))


def table(counts: list[list[int]], threshold: int, base: int = 1) -> Question:
    found = Drawing({(f"r{i}", f"c{j}"): n for i, row in enumerate(counts) for j, n in enumerate(row)})
    rows, columns = range(len(counts)), range(len(counts[0]))
    for i in rows:
        found.add((f"r{i}", ""), [(f"r{i}", f"c{j}") for j in columns])
    for j in columns:
        found.add(("", f"c{j}"), [(f"r{i}", f"c{j}") for i in rows])
    found.add(("", ""), [(f"r{i}", "") for i in rows])
    found.add(("", ""), [("", f"c{j}") for j in columns])
    return Question(found, threshold, base)


def test_one_small_cell_takes_three_others_with_it_and_no_more():
    hidden = withheld(table([[3, 20, 30], [40, 50, 60], [70, 80, 90]], 5))
    assert hidden == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}


def test_what_rounding_hides_already_needs_no_second_cell():
    question = table([[4, 20, 30], [40, 50, 60], [70, 80, 90]], 5, base=5)
    assert withheld(question) == {("r0", "c0")} and is_safe(question, {("r0", "c0")})


def test_where_nothing_is_small_nothing_is_withheld():
    assert withheld(table([[5, 0], [7, 20]], 5)) == set()


def test_two_rings_of_withheld_cells_that_one_cell_joins_do_not_give_it_away():
    counts = [[2, 3, 90, 90, 4], [3, 2, 90, 90, 90], [90, 90, 2, 3, 90], [90, 90, 3, 2, 90], [90, 90, 90, 90, 2]]
    question = table(counts, 5)
    assert is_safe(question, withheld(question))


def line(fixed: bool = False, figures: tuple[int, ...] = (0, 1, 2)) -> System:
    """3 and 40 make 43."""
    return System(
        np.array([3.0, 40.0, 43.0]), csr_matrix([[1.0, 1.0, -1.0]]), (np.array([3.0, 40, 43]), np.array([3.0, 40, 43])),
        (np.zeros(3), np.full(3, np.inf)), np.array(figures), np.array([1, 5, 9]), np.array([False, fixed, fixed]),
        [Target(0, 2.0, 10.0)],
    )  # fmt: skip


def test_what_was_told_before_is_not_withheld_and_what_it_gives_away_is_said():
    assert withhold(line(), [0]).figures == {0, 1}
    found = withhold(line(fixed=True), [0])
    assert found.figures == {0} and found.unsafe == (Target(0, 2.0, 10.0),)


def test_numbers_that_one_figure_tells_are_withheld_together():
    system = line(figures=(0, 2, 2))
    assert withhold(system, [0]).figures == {0, 2}


def test_a_number_that_nothing_tells_is_protected_like_one_that_is_withheld():
    system = line(figures=(NOWHERE, 1, 2))
    assert withhold(system).figures == {1}


def test_what_was_within_reach_while_more_was_withheld_is_not_taken_to_be_so_still():
    part = suppression._Part(line(), np.arange(3), {0})
    assert not part.unsafe(np.array([True, True, False]), part.sides)
    assert part.seen and part.unsafe(part.first, part.sides) == part.sides


@pytest.mark.parametrize("small", [400.0, 40.0, 4.0])
def test_an_amount_is_kept_that_is_nothing_beside_others_of_the_same_sums(small):
    values = np.array([1e11, 5e10, 9e10, 2.4e11, small, 2.4e11 + small])
    equations = csr_matrix([[1.0, 1, 1, -1, 0, 0], [0, 0, 0, 1, 1, -1]])
    near = [Target(at, values[at] * 0.9, values[at] * 1.1) for at in (0, 4)]
    system = System(
        values, equations, (values, values), (np.zeros(6), np.full(6, np.inf)),
        np.array([0, 1, 2, 3, 4, 5]), np.array([10, 10, 10, 90, 10, 95]), np.zeros(6, bool), near,
    )  # fmt: skip
    assert withhold(system, [0, 4]).figures & {3, 5}


def test_a_large_table_that_the_exact_way_is_not_tried_for_is_safe_and_holds_nothing_needless():
    rng = np.random.default_rng(7)
    question = Question(two_ways(rng, 12, 10), 10)
    exact = cost(question, withheld(question))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suppression, "MOST_SWITCHES", 0)
        hidden = withheld(question)
    assert is_safe(question, hidden) and cost(question, hidden) <= 1.1 * exact
