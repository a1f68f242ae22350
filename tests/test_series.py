"""A metric over the years: who is in it, what its index is, and where it ends."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis import series
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

YEARS = ("2021/22", "2022/23", "2023/24")


def of(network: SpecNetwork, panel: str, metric: str = "staff", **window) -> pd.DataFrame:
    found = series(network.observations(), metric, panel, network=network.network, **window)
    return found.set_index("period")


def three_years(network: SpecNetwork) -> SpecNetwork:
    """A reports every year, C the first two, B joins in the second."""
    network.has("C")
    for year, a, b, c in zip(YEARS, (100, 110, 121), (None, 50, 100), (40, 20, None), strict=True):
        for member, staff in (("A", a), ("B", b), ("C", c)):
            if staff is not None:
                network.reports(member, year, staff=staff)
    return network


def test_all_members_move_when_members_come_and_go(network):
    found = of(three_years(network), "all")
    assert found["value"].tolist() == [140, 180, 221] and found["members"].tolist() == [2, 3, 2]
    assert found["index"].round(3).tolist() == [100, 128.571, 157.857]
    assert found["members_expected"].tolist() == [2, 3, 3]


def test_a_balanced_panel_is_of_one_group_throughout(network):
    found = of(three_years(network), "balanced")
    assert found["value"].tolist() == [100, 110, 121] and found["left_out"].tolist() == [1, 2, 1]
    assert found["index"].tolist() == pytest.approx([100, 110, 121])


def test_a_chained_index_joins_like_for_like_links(network):
    found = of(three_years(network), "chained")
    links = 130 / 140, 221 / 160  # A and C; A and B
    assert found["index"].tolist() == pytest.approx([100, 100 * links[0], 100 * links[0] * links[1]])
    assert found["value"].isna().all() and found["members"].tolist()[1:] == [2, 2]


def test_a_window_is_of_its_own_first_year(network):
    found = of(three_years(network), "balanced", since="2022/23")
    assert found.index.tolist() == list(YEARS[1:]) and found["value"].tolist() == [160, 221]


def test_a_chain_of_a_share_sums_its_changes(network):
    for year, known, unknown in zip(YEARS, (40, 50, 45), (0, 20, 0), strict=True):
        network.reports("A", year, staff=100, staff_living_in_area=(known, unknown))
    found = of(network, "chained", "staff_living_in_area_share")
    assert found["change"].tolist() == pytest.approx([0, 0.225, 0.05]) and found["index"].isna().all()


def test_bounds_of_a_chained_index_take_each_link_at_its_least_and_most(network):
    for year, known, unknown in zip(YEARS, (40, 50, 45), (10, 10, 0), strict=True):
        network.reports("A", year, staff=100, staff_living_in_area=(known, unknown))
    found = of(network, "chained", "staff_living_in_area").iloc[-1]
    assert found["index_lower"] == pytest.approx(100 * 50 / 50 * 45 / 60)
    assert found["index_upper"] == pytest.approx(100 * 60 / 40 * 45 / 50)


def test_nothing_is_joined_across_a_year_that_nobody_reported(network):
    network.has("A")
    network.reports("A", "2021/22", staff=10), network.reports("A", "2023/24", staff=20)
    chained, every = of(network, "chained"), of(network, "all")
    assert chained["index"].isna().tolist() == [False, True, True]
    assert chained["reason"].tolist()[1:] == ["no member reported in both years"] * 2
    assert every["reason"].tolist() == ["", "no member reported 2022/23", ""] and every.iloc[-1]["index"] == 200


def test_a_part_of_a_year_is_held_against_nothing(network):
    for year in YEARS:
        network.reports("A", year, staff=100), network.reports("B", year, staff=100)
    network.decides("B", "2022/23", "partial")
    every, balanced = of(network, "all"), of(network, "balanced")
    assert every["reason"].tolist() == ["", "a member reported only part of 2022/23", ""]
    assert every["change"].isna().tolist() == [False, True, False]
    assert balanced["value"].tolist() == [100] * 3 and balanced["left_out"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("given", "code"),
    [({"panel": "same"}, "AN005"), ({"since": "2019/20"}, "AN003"), ({"since": "2023/24"}, "AN003")],
)
def test_what_there_is_no_series_of_is_told(network, given, code):
    network.reports("A", "2021/22", staff=10), network.reports("A", "2023/24", staff=10)
    with pytest.raises(UserError, match=code):
        series(network.observations(), "staff", **given)


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(1, 10**6), min_size=3, max_size=3), min_size=1, max_size=4))
def test_where_all_members_report_all_years_the_three_panels_are_one(tmp_path, staff):
    network = SpecNetwork(tmp_path)
    for member, row in zip("ABCD", staff, strict=False):
        for year, count in zip(YEARS, row, strict=True):
            network.reports(member, year, staff=count)
    every, balanced, chained = (of(network, panel)["index"].tolist() for panel in ("all", "balanced", "chained"))
    assert every == balanced and chained == pytest.approx(every)
