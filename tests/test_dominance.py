"""Which sums tell what a few contributors have, and how wide of the truth these are to be left."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis.declared import Dominance
from anchor_analysis.protect.dominance import FEW, LARGEST, SECOND, dominated, protection_of


def row_of(sizes: list[int], n: int = 2) -> dict[str, int]:
    """What measure tells of contributors of these sizes."""
    ordered = sorted((size for size in sizes if size), reverse=True)
    first, second = [*ordered, 0, 0][:2]
    return {
        "contributors": len(ordered), "largest": first, "second": second, "n_largest": sum(ordered[:n]),
        "absolute": sum(ordered),
    }  # fmt: skip


def rule(**parts) -> Dominance:
    return Dominance(by=["supplier"], **parts)


TEN_PERCENT, TWO_NINETY = rule(p=0.1), rule(n=2, k=0.9)


@pytest.mark.parametrize(
    ("sizes", "dominance", "why"),
    [
        ([50_000, 49_000, 1_000], rule(n=1, k=0.9), ""),  # Hundepool et al., ch. 4: safe by (1, 90) …
        ([50_000, 49_000, 1_000], TEN_PERCENT, SECOND),  # … and 49,000 tells 50,000 to within 2 %
        ([52_000, 50_000, 8_000], TEN_PERCENT, ""),  # 8,000 is 15.4 % of 52,000 …
        ([52_000, 50_000, 8_000], TWO_NINETY, LARGEST),  # … and the two make 92.7 %
        ([300, 20, 10], rule(n=1, k=0.85), LARGEST),
        ([1_000, 500, 100], TEN_PERCENT, ""),  # exactly 10 % beside the two: not less
        ([1_000, 500, 99], TEN_PERCENT, SECOND),
        ([450, 450, 100], TWO_NINETY, ""),  # exactly 90 %: not more
        ([451, 450, 99], TWO_NINETY, LARGEST),
        ([700], TEN_PERCENT, SECOND),
        ([700], TWO_NINETY, LARGEST),
        ([700, 700], TEN_PERCENT, SECOND),
        ([100] * 9, rule(k=0.9, fewest=10), FEW),
        ([100] * 10, rule(k=0.9, fewest=10), ""),
        ([], rule(k=0.9, p=0.1, fewest=10), ""),
    ],
)
def test_a_sum_is_withheld_where_a_rule_says_so(sizes, dominance, why):
    assert dominated(row_of(sizes, dominance.n), dominance) == why


@pytest.mark.parametrize(
    ("sizes", "dominance", "pence"),
    [
        ([300, 20, 10], rule(n=1, k=0.85), 23),  # the same chapter: 352.94 − 330
        ([1_000, 500, 40], TEN_PERCENT, 60),
        ([1_001, 500, 40], TEN_PERCENT, 61),  # 60.1
        ([700], TEN_PERCENT, 70),
        ([700], TWO_NINETY, 78),  # 77.8
        ([700], rule(n=2, k=0.9, p=0.5), 350),  # the wider of the two
        ([1_000, 500, 100], TEN_PERCENT, 0),
        ([100] * 9, rule(k=0.9, fewest=10), 1),
        ([], TEN_PERCENT, 0),
    ],
)
def test_how_wide_an_interval_must_reach(sizes, dominance, pence):
    assert protection_of(row_of(sizes, dominance.n), dominance) == pence


def test_what_is_said_of_a_sum_tells_nothing_of_the_rule():
    assert not any(sign.isdigit() for why in (FEW, LARGEST, SECOND) for sign in why)


sizes = st.lists(st.integers(0, 10**13), max_size=8)
rules = st.builds(
    rule,
    k=st.sampled_from([None, 0.5, 0.7, 0.9, 0.999]),
    p=st.sampled_from([0.01, 0.1, 0.3, 1]),
    fewest=st.integers(0, 4),
)


@given(sizes, rules)
def test_a_sum_that_is_withheld_is_to_be_left_wide_enough_for_its_rules_and_no_other_is(parts, dominance):
    row = row_of(parts, dominance.n)
    wide = protection_of(row, dominance)
    assert (wide > 0) == bool(dominated(row, dominance))
    upper = row["absolute"] + wide
    second_knows = upper - row["second"]
    if row["contributors"]:
        assert second_knows >= row["largest"] * (1 + Fraction(str(dominance.p)))
        assert dominance.k is None or row["n_largest"] <= Fraction(str(dominance.k)) * upper
    if wide > 1:  # a penny less would be too little for one of the two
        too_near = second_knows - 1 < row["largest"] * (1 + Fraction(str(dominance.p)))
        assert too_near or row["n_largest"] > Fraction(str(dominance.k)) * (upper - 1)


@given(sizes, rules, st.integers(0, 10**13))
def test_another_contributor_beside_the_two_largest_makes_no_sum_less_safe(parts, dominance, more):
    before = row_of(parts, dominance.n)
    after = row_of([*parts, min(more, before["second"])], dominance.n)
    assert protection_of(after, dominance) <= protection_of(before, dominance)
