"""What is unknown: bounds that hold the truth, verdicts that mean what they say, rounding that goes outward."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis.compare import judge
from anchor_analysis.compare.verdicts import Level
from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.metrics import SmallestChange
from anchor_analysis.protect.figures import protect_difference, protect_level
from tests import unknown_study

PROFILES = load_catalogue().profiles
PEOPLE, SPEND, OPEN = (PROFILES[name] for name in ("people_threshold_10_round_5", "spend_round_100000", "open_data"))
NO_SMALLEST = SmallestChange(points=0)


def level(numerator, unknown, denominator=pd.NA, credits=0, unit="persons", profile=PEOPLE, base="persons"):
    numbers = {"numerator": numerator, "denominator": denominator, "unknown": unknown, "unknown_credits": credits}
    return protect_level({**numbers, "value": 1.0}, unit, (base, base), profile)


def test_of_what_is_drawn_every_bound_holds_the_truth_and_every_verdict_is_right(tmp_path):
    network, made = unknown_study.example_network(tmp_path), {}
    for seed in range(900, 905):
        for claim, is_so in unknown_study.study(network, seed):
            assert is_so, f"{claim}, seed {seed}"
            made[claim] = made.get(claim, 0) + 1
    for kind in (
        "measured",
        "finding",
        "released",
        "verdict: holds whatever",
        "verdict: holds if",
        "verdict: not clear",
    ):
        assert any(claim.startswith(kind) for claim in made), kind


def test_the_study_notices_a_truth_outside_its_bounds():
    truth = unknown_study.Truth(known=10, other=80, unknown=10, credits=0, hidden=Fraction(4))
    assert truth.share == Fraction(14, 100) and truth.resembling().share == Fraction(10, 90)
    frame = pd.DataFrame({"member": [""], "network_year": ["2022/23"], "metric": ["staff_living_in_area_share"],
                          "lower": [0.1], "upper": [0.12]})  # fmt: skip
    found = unknown_study._bounds_measured(frame, {}, {("2022/23", "staff_living_in_area"): truth})
    assert [is_so for _, is_so in found] == [False]


@pytest.mark.parametrize(
    ("figure", "bounds"),
    [
        (level(1002, 8), (995, 1015)),  # rounded to 1,000 and 1,010, either of which may be 2 off
        (level(10, 3), (5, 20)),
        (level(0, 12, unit="gbp", profile=OPEN), (0, 0.12)),
        (level(333, 40, 1001, unit="share"), (0.319, 0.364)),  # 333 of 1,042 and 377 of 1,038: each rounded, 2 off
        (level(49_900, 0, 1_000_000, unit="share", profile=OPEN), (0.05, 0.05)),
    ],
)
def test_released_bounds_go_outward_at_the_precision_of_the_figure(figure, bounds):
    cell = figure.as_cell()
    assert (cell["lower"], cell["upper"]) == bounds


def test_what_is_all_known_has_no_bounds_but_its_figure():
    figure = level(1002, 0)
    assert (figure.lower, figure.upper) == (995, 1005)  # what a difference needs: rounding may have moved it
    assert [figure.as_cell()[name] for name in ("value", "lower", "upper")] == [1000, 1000, 1000]


def test_a_change_from_a_year_that_is_all_known_allows_for_its_rounding():
    cell = protect_difference(level(1002, 0), level(1013, 20), "persons", PEOPLE).as_cell()
    assert (cell["value"], cell["lower"], cell["upper"]) == (15, 5, 45)


def test_bounds_are_made_of_rounded_numbers_and_tell_nothing_more_of_a_figure():
    shown = [level(count, 100).as_cell() for count in (1003, 1005, 1007)]
    assert shown[0] == shown[1] == shown[2]


@given(
    st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000), st.fractions(0, 1),
    st.sampled_from([PEOPLE, OPEN, PEOPLE.model_copy(update={"round_to": 10})]),
)  # fmt: skip
def test_released_bounds_of_a_share_hold_every_share_that_can_be(known, other, unknown, rate, profile):
    figure = level(known, unknown, known + other, unit="share", profile=profile)
    whole = known + other + unknown
    if whole and figure.status != "withheld" and unknown:
        true = float((known + rate * unknown) / whole)
        assert figure.lower - 1e-12 <= true <= figure.upper + 1e-12
        assert 0 <= figure.lower <= figure.upper <= 1


@given(st.integers(-(10**10), 10**10), st.integers(0, 10**10), st.integers(-(10**10), 0), st.fractions(0, 1))
def test_released_bounds_of_a_total_leave_open_where_credits_belong(known, debits, credits, rate):
    figure = level(known, debits + credits, credits=credits, unit="gbp", profile=SPEND)
    true = float(known + credits + rate * (debits - credits)) / 100
    assert figure.lower - 1e-6 <= true <= figure.upper + 1e-6


def test_a_credit_of_which_the_place_is_unknown_lowers_the_lower_bound(network):
    network.reports("A", "2023/24", net_spend=1000_00, local_spend=(600_00, 100_00))
    network.told[-1]["unknown_credits"] = -50_00  # an unknown of +150 and -50
    share = network.level("local_spend_share", "2023/24")
    assert (share.lower, share.value, share.upper) == (0.55, 600 / 900, 0.75)


def test_a_share_is_too_little_to_divide_by_where_rounding_leaves_nothing():
    figure = level(400_00, 0, 40_000_00, unit="share", profile=SPEND, base="gbp")
    assert (figure.status, figure.rule) == ("no_value", "too little to divide by")


def test_of_a_total_nobody_says_that_the_unknown_resemble_the_known():
    before, after = Level(500, 500, 1500), Level(600, 600, 1600)
    said = judge(before, after, NO_SMALLEST, 0.05, share=False)
    assert (said.verdict, said.standing) == (
        "rose",
        "holds if the rate among the unknowns moved by no more than 5 points",
    )
    # Among 1,500 known in the first year and 3,000 in the second, the known would make it fall:
    assert 600 + 1000 * 600 / 3000 < 500 + 1000 * 500 / 1500


def test_how_far_the_unknown_may_have_moved_is_the_networks_own_and_is_said():
    before, after = Level(0.30, 0.28, 0.38), Level(0.33, 0.31, 0.41)
    assert "no more than 20 points" in judge(before, after, NO_SMALLEST, 0.2, share=True).standing
    assert judge(before, after, NO_SMALLEST, 0.35, share=True).standing == "the unknowns could turn it"


def test_the_parts_of_a_change_have_bounds(network):
    from anchor_analysis.compare import change

    network.reports("A", "2022/23", staff=1000, staff_living_in_area=(600, 100))
    network.reports("A", "2023/24", staff=1000, staff_living_in_area=(650, 30))
    network.reports("B", "2023/24", staff=500, staff_living_in_area=(200, 40))
    found = change(network.observations(), "staff_living_in_area", "2023/24", network=network.network)
    parts = found[found["kind"] == "part"].set_index("part")[["lower", "value", "upper"]].astype(float)
    assert parts.loc["continuing"].tolist() == [-50, 50, 80]
    assert parts.loc["joiners"].tolist() == [200, 200, 240]
    whole = found[found["kind"] == "change"].iloc[0]
    assert parts[["lower", "upper"]].sum().tolist() == [whole["lower"], whole["upper"]]
