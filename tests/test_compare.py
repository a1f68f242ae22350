"""What changed: examples of panels, parts and verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork


def test_a_new_member_is_not_growth(network):
    network.reports("A", "2022/23", staff=1000)
    network.reports("A", "2023/24", staff=1200)
    network.reports("B", "2023/24", staff=5000)
    assert network.change("staff", "2023/24").value == 5200
    assert network.change("staff", "2023/24", panel="like_for_like").value == 200


def test_the_parts_of_a_change_name_who_made_it(network):
    network.has("A"), network.has("C"), network.has("D", left="2023-12-31")
    network.reports("A", "2022/23", staff=1000), network.reports("A", "2023/24", staff=1100)
    network.reports("B", "2023/24", staff=50)
    network.reports("C", "2022/23", staff=300)
    network.reports("D", "2022/23", staff=70)
    parts = network.change("staff", "2023/24").parts
    assert parts == {"continuing": 100, "joiners": 50, "leavers": -70, "non_response": -300}


def merger(network) -> SpecNetwork:
    """C and D become part of B within the year; A stays as it is."""
    network.has("A"), network.has("B")
    for gone in "CD":
        network.has(gone, left="2023-09-30", into="B")
    network.reports("A", "2022/23", staff=1000), network.reports("A", "2023/24", staff=1000)
    network.reports("B", "2022/23", staff=500), network.reports("B", "2023/24", staff=780)
    network.reports("C", "2022/23", staff=200)
    return network


def test_members_that_merged_are_one_with_what_they_became_part_of(network):
    merger(network).reports("D", "2022/23", staff=70)
    whole, same = (network.change("staff", "2023/24", panel=panel) for panel in ("all", "like_for_like"))
    assert whole.parts == {"continuing": 10, "joiners": 0, "leavers": 0, "non_response": 0}
    assert (same.value, same.from_value, same.members, same.verdict) == (10, 1770, 2, "rose")
    assert "staff:2022-23:c" in same.observation_ids.split()


def test_a_part_of_what_merged_is_not_held_against_the_whole(network):
    parts = merger(network).change("staff", "2023/24").parts  # D told nothing of the first year
    assert parts == {"continuing": 280, "joiners": 0, "leavers": -200, "non_response": 0}


def test_a_new_member_that_others_became_is_no_joiner(network):
    network.has("A", left="2023-06-30", into="B"), network.has("B", joined="2023-07-01")
    network.reports("A", "2022/23", staff=100), network.reports("B", "2023/24", staff=130)
    assert network.change("staff", "2023/24").parts["continuing"] == 30
    assert network.change("staff", "2023/24", panel="like_for_like").value == 30


def test_what_became_part_of_what_became_part_of_another_is_followed(network):
    network.has("A"), network.has("B", left="2023-06-30", into="A"), network.has("C", left="2023-05-30", into="B")
    for member, staff in (("A", 1), ("B", 2), ("C", 4)):
        network.reports(member, "2022/23", staff=staff * 100)
    network.reports("A", "2023/24", staff=690)
    assert network.change("staff", "2023/24", panel="like_for_like").value == -10


def test_a_member_that_did_not_report_is_unknown_and_not_zero(network):
    network.has("A")
    network.reports("A", "2022/23", staff=1000)
    network.reports("B", "2022/23", staff=10), network.reports("B", "2023/24", staff=10)
    assert network.level("staff", "2023/24", "A").status == "missing"
    total = network.level("staff", "2023/24")
    assert (total.value, total.members_counted, total.members_expected) == (10, 1, 2)


def test_a_refused_return_counts_as_refused(network):
    network.has("A")
    network.reports("A", "2022/23", staff=10)
    network.reports("A", "2023/24", staff=10)
    network.decides("A", "2023/24", "refused")
    assert network.level("staff", "2023/24", "A").status == "refused"
    assert network.level("staff", "2023/24").status == "missing"


def test_zero_is_a_figure(network):
    network.reports("A", "2023/24", staff=0)
    assert network.level("staff", "2023/24", "A").status == "zero"
    assert network.level("staff", "2023/24", "A").value == 0


def test_a_lever_that_a_member_does_not_have_is_not_missing(network):
    network.has("A", levers="employer")
    network.reports("A", "2023/24", staff=10), network.reports("B", "2023/24", net_spend=10)
    assert network.level("net_spend", "2023/24", "A").status == "not_applicable"
    assert network.level("net_spend", "2023/24").members_expected == 1


def test_unknown_homes_make_bounds_and_not_a_lower_share(network):
    network.reports("A", "2023/24", staff=100, staff_living_in_area=(60, 20))
    share = network.level("staff_living_in_area_share", "2023/24")
    assert (share.value, share.lower, share.upper) == (0.75, 0.6, 0.8)


def test_where_nothing_is_known_a_share_has_only_bounds(network):
    network.reports("A", "2023/24", net_spend=100_00, local_spend=(0, 100_00))
    share = network.level("local_spend_share", "2023/24")
    assert str(share.value) == "<NA>"
    assert (share.lower, share.upper) == (0, 1)
    assert str(network.level("local_spend", "2023/24").value) == "<NA>"


def test_a_share_of_nothing_has_no_value(network):
    network.reports("A", "2023/24", net_spend=0, local_spend=0)
    assert str(network.level("local_spend_share", "2023/24").value) == "<NA>"


def test_a_share_of_the_network_is_of_members_that_told_both_parts(network):
    for year in ("2022/23", "2023/24"):
        network.reports("A", year, staff=1000)
        network.reports("B", year, staff=500, staff_living_in_area=(250, 0))
    share = network.level("staff_living_in_area_share", "2023/24")
    assert (share.value, share.members_counted) == (0.5, 1)
    assert network.change("staff_living_in_area_share", "2023/24").to_value == share.value


@pytest.mark.parametrize(
    ("first", "second", "verdict", "standing"),
    [
        ((100, 10), (300, 10), "rose", "holds whatever the unknowns are"),
        ((300, 10), (100, 10), "fell", "holds whatever the unknowns are"),
        ((300, 50), (340, 50), "rose", "holds if the unknowns resemble the known, or moved by no more than 5 points"),
        ((300, 200), (310, 100), "no clear change", "the unknowns could turn it"),
        ((300, 0), (301, 0), "no clear change", ""),
    ],
)
def test_a_verdict_says_how_it_stands_to_the_unknown(network, first, second, verdict, standing):
    network.reports("A", "2022/23", staff=1000, staff_living_in_area=first)
    network.reports("A", "2023/24", staff=1000, staff_living_in_area=second)
    found = network.change("staff_living_in_area_share", "2023/24")
    if verdict == "no clear change" and not standing:
        found = network.change("staff_living_in_area", "2023/24")
    assert (found.verdict, found.standing) == (verdict, standing)


@pytest.mark.parametrize(
    ("metric", "first", "second", "direction"),
    [
        ("staff_living_in_area", 100, 300, "better"), ("staff_living_in_area", 300, 100, "worse"),
        ("emissions_location", 300, 100, "better"), ("emissions_location", 100, 300, "worse"),
        ("staff", 100, 300, ""), ("staff_living_in_area", 300, 300, ""),
    ],
)  # fmt: skip
def test_what_rose_or_fell_did_so_for_the_better_or_the_worse_of_its_metric(network, metric, first, second, direction):
    network.has("A", levers="employer, estate")
    network.reports("A", "2022/23", **{metric: first})
    network.reports("A", "2023/24", **{metric: second})
    assert network.change(metric, "2023/24").direction == direction


def test_years_without_a_common_member_are_not_comparable(network):
    network.has("A")
    network.reports("A", "2022/23", staff=100)
    network.reports("B", "2023/24", staff=100)
    assert network.change("staff", "2023/24").verdict == "not comparable"


def test_unknown_names_are_refused_with_the_nearest(network):
    network.reports("A", "2023/24", staff=10)
    with pytest.raises(UserError, match="Did you mean staff"):
        network.change("staf", "2023/24")
    with pytest.raises(UserError, match="like_for_like"):
        network.change("staff", "2023/24", panel="like-for-like")


reports = st.dictionaries(
    st.tuples(st.sampled_from("ABCDEF"), st.sampled_from(["2022/23", "2023/24"])),
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)),
    min_size=2,
)


def _reported(folder, given_reports) -> SpecNetwork:
    network = SpecNetwork(folder)
    for member in "ABCDEF":
        network.has(
            member, left="2023-12-31" if member == "E" else "", joined="2023-05-01" if member == "F" else "2018-04-01"
        )
    network.reports("A", "2022/23", staff=1), network.reports("A", "2023/24", staff=1)
    for (member, year), (known, unknown) in given_reports.items():
        if (member, year) not in (("A", "2022/23"), ("A", "2023/24"), ("F", "2022/23"), ("E", "2023/24")):
            network.reports(member, year, staff=known + unknown, staff_living_in_area=(known, unknown))
    return network


@settings(max_examples=25)
@given(given_reports=reports)
def test_parts_sum_to_the_change_exactly(tmp_path, given_reports):
    found = _reported(tmp_path, given_reports).change("staff", "2023/24")
    assert sum(found.parts.values()) == found.value == found.to_value - found.from_value


@settings(max_examples=15)
@given(given_reports=reports)
def test_the_order_of_members_never_matters(tmp_path, given_reports):
    forward = _reported(tmp_path / "a", given_reports)
    backward = _reported(tmp_path / "b", given_reports)
    backward.members = dict(reversed(backward.members.items()))
    backward.told.reverse()
    assert forward.observations().equals(backward.observations())


@settings(max_examples=25)
@given(given_reports=reports)
def test_a_value_lies_between_its_bounds(tmp_path, given_reports):
    found = _reported(tmp_path, given_reports).observations().dropna(subset=["value", "lower", "upper"])
    assert (found["lower"] <= found["value"] + 1e-12).all() and (found["value"] <= found["upper"] + 1e-12).all()
