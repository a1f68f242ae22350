"""How many years a target is away: by hand, by the pace's own interval, and when there is no answer."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from anchor_analysis.compare.pace import PACE_COLUMNS, years_to_target
from anchor_analysis.compare.slopes import trends
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

YEARS = [f"{year}/{year - 1999}" for year in range(2018, 2024)]
SHARE = "staff_living_in_area_share"


def network(folder, points: float, members: int = 8, growth: float = 0.02) -> SpecNetwork:
    """Members whose share of local staff moves by about some points a year from 40 %, and whose staff grow."""
    made = SpecNetwork(folder, first=YEARS[0], latest=YEARS[-1])
    for number in range(members):
        name = "ABCDEFGHIJ"[number]
        made.has(name)
        for at, year in enumerate(YEARS):
            staff = round(1000 * (1 + growth) ** at) + (number * 5 + at * 2) % 7
            local = round(staff * (0.4 + points / 100 * at)) + (number * 3 + at * 5) % 11
            made.reports(name, year, staff=staff, staff_living_in_area=local)
    return made


def away(made: SpecNetwork, metric: str, target: float, **asked) -> pd.Series:
    found = years_to_target(made.observations(), metric, target, network=made.network, **asked)
    assert list(found.columns) == PACE_COLUMNS
    return found.iloc[0]


def test_years_are_the_gap_over_the_pace_and_its_interval_that_of_the_pace(tmp_path):
    made = network(tmp_path, 1.5)
    found = away(made, SHARE, 0.6)
    pace = trends(made.observations(), [SHARE], network=made.network).iloc[0]
    assert found["gap"] == pytest.approx(0.6 - found["value"])
    assert found["years"] == pytest.approx(found["gap"] / pace["value"])
    assert found["years_lower"] == pytest.approx(found["gap"] / pace["upper"])
    assert found["years_upper"] == pytest.approx(found["gap"] / pace["lower"])
    assert found["years_lower"] < found["years"] < found["years_upper"] < math.inf and not found["reason"]


def test_a_total_grows_by_a_part_of_itself_each_year(tmp_path):
    found = away(network(tmp_path, 1.5, growth=0.05), "staff", 16_000)
    assert found["value"] * (1 + found["pace"]) ** found["years"] == pytest.approx(16_000)


def test_what_is_met_is_nought_years_away(tmp_path):
    found = away(network(tmp_path, 1.5), SHARE, 0.3)
    assert found["years"] == 0 and found["reason"] == "the target is met"


def test_a_pace_that_leads_away_never_arrives(tmp_path):
    found = away(network(tmp_path, -1.5), SHARE, 0.6)
    assert pd.isna(found["years"]) and found["reason"] == "at the present pace it moves away from the target"
    assert found["years_lower"] == found["years_upper"] == math.inf


def test_a_pace_that_may_be_none_has_no_latest_year(tmp_path):
    found = away(network(tmp_path, 0.01), SHARE, 0.6)
    assert found["years_upper"] == math.inf and found["years_lower"] < math.inf


def test_what_carries_no_trend_carries_no_years_and_says_why(tmp_path):
    found = away(network(tmp_path, 1.5, members=4), SHARE, 0.6)
    assert pd.isna(found["years"]) and "a trend needs" in found["reason"] and found["gap"] > 0


@pytest.mark.parametrize(("metric", "target"), [(SHARE, 55), (SHARE, -0.1), ("staff", 0), ("staff", math.inf)])
def test_a_target_that_the_unit_cannot_have_is_refused(tmp_path, metric, target):
    with pytest.raises(UserError, match="no target"):
        away(network(tmp_path, 1.5), metric, target)


def test_a_group_has_a_target_of_its_own(tmp_path):
    made = network(tmp_path, 1.5)
    observations = made.observations()
    food = observations.assign(breakdown="spend_category", group="food", value=observations["value"] / 2)
    both = pd.concat([observations, food])
    found = years_to_target(both, SHARE, 0.6, ("spend_category", "food"), network=made.network).iloc[0]
    whole = away(made, SHARE, 0.6)
    assert found["group"] == "food" and found["value"] == pytest.approx(whole["value"] / 2)
    assert found["pace"] == pytest.approx(whole["pace"] / 2)
