"""What equations leave of each unknown: worked by hand, and held to brute force over whole numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from anchor_analysis.audit.intervals import Contradiction, Equations, components, intervals, propagate

FREE = np.inf


def solve(rows, right, upper, wanted, **options):
    matrix = sparse.csr_array(np.array(rows, float))
    return intervals(matrix, right, np.zeros(matrix.shape[1]), np.array(upper, float), wanted, **options)


def test_a_total_less_its_other_part_is_the_part():
    assert solve([[1, -1, -1]], [0], [FREE, 7, 3], [0]) == pytest.approx(np.array([[0, 10]], float))
    assert solve([[1, 1, 1], [1, 0, 0]], [10, 4], [FREE] * 3, [1]) == pytest.approx(np.array([[0, 6]], float))
    assert solve([[1, 1], [1, 0]], [10, 4], [FREE] * 2, [1]) == pytest.approx(np.array([[6, 6]], float))


def test_two_equations_tell_what_neither_does_alone():
    """x + y = 5 and x - y = 1: each leaves a range, both one value."""
    found = intervals(sparse.csr_array([[1.0, 1.0], [1.0, -1.0]]), [5, 1], [0, 0], [FREE, FREE], [0, 1])
    assert found == pytest.approx(np.array([[3, 3], [2, 2]]))


def test_nothing_is_known_of_what_no_equation_has():
    found = intervals(sparse.csr_array((1, 2)), [0], [-FREE, 2], [FREE, 5], [0, 1])
    assert found.tolist() == [[-FREE, FREE], [2, 5]]


def test_a_whole_number_may_be_told_where_a_part_of_one_may_not():
    """2x + 2y = 3z with all of x, y, z between 0 and 1: only in whole numbers are they all nought."""
    rows = [[2, 2, -3]]
    assert solve(rows, [0], [1, 1, 1], [2]) == pytest.approx(np.array([[0, 1]], float))
    assert solve(rows, [0], [1, 1, 1], [2], integer=True) == pytest.approx(np.array([[0, 0]], float))


@pytest.mark.parametrize("rows", [[[1, 0], [1, 0]], [[1, 1], [1, 1]]])
def test_equations_that_contradict_one_another_are_refused(rows):
    with pytest.raises(Contradiction):
        solve(rows, [3, 4], [FREE, FREE], [0])


def test_unknowns_that_no_equation_has_together_are_solved_apart():
    matrix = sparse.csr_array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    labels = components(matrix)
    assert labels[0] == labels[1] and len(set(labels)) == 3


def test_drawing_ends_together_never_leaves_less_than_there_is():
    rows = sparse.csr_array([[1.0, 1.0, -1.0], [1.0, -2.0, 0.0]])
    wide = Equations(rows, np.array([0.0, 0.0]), np.zeros(3), np.array([10.0, 10.0, 9.0]))
    drawn = propagate(wide)
    found = intervals(rows, [0, 0], np.zeros(3), [10, 10, 9], [0, 1, 2])
    assert (drawn.lower <= found[:, 0] + 1e-6).all() and (drawn.upper >= found[:, 1] - 1e-6).all()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 3), st.integers(2, 4), st.lists(st.integers(0, 3), min_size=4, max_size=4)
)
def test_whole_numbers_are_bounded_as_trying_them_all_bounds_them(seed, rows, columns, point):
    """Every whole-number solution within small ends is tried; the least and the most of each unknown must agree."""
    chance = np.random.default_rng(seed)
    matrix = chance.integers(-1, 2, (rows, columns))
    right = matrix @ np.array(point[:columns])
    tried = [x for x in itertools.product(range(4), repeat=columns) if (matrix @ np.array(x) == right).all()]
    expected = [[min(x[at] for x in tried), max(x[at] for x in tried)] for at in range(columns)]
    found = intervals(
        sparse.csr_array(matrix.astype(float)), right, np.zeros(columns), np.full(columns, 3), range(columns), True
    )
    assert found == pytest.approx(np.array(expected, float), abs=1e-6)
    loose = intervals(
        sparse.csr_array(matrix.astype(float)), right, np.zeros(columns), np.full(columns, 3), range(columns)
    )
    assert (loose[:, 0] <= found[:, 0] + 1e-6).all() and (loose[:, 1] >= found[:, 1] - 1e-6).all()
