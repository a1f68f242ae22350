"""What may be shown: thresholds, rounding, second cells, confidentiality."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import UserError
from anchor_analysis.protect.cells import TOO_SMALL
from anchor_analysis.protect.figures import protect_level
from anchor_analysis.protect.rounding import words
from anchor_analysis.rounding import nearest, quotient
from tests.spec import SpecNetwork

PEOPLE = load_catalogue().profiles["people_threshold_10_round_5"]
SPEND = load_catalogue().profiles["spend_round_1000"]
OPEN = load_catalogue().profiles["open_data"]


def level(numerator, denominator=pd.NA, unknown=0, unit="persons", profile=PEOPLE, base="persons"):
    numbers = {
        "numerator": numerator,
        "denominator": denominator,
        "unknown": unknown,
        "unknown_credits": min(unknown, 0),
        "value": 1.0,
    }
    return protect_level(numbers, unit, (base, base), profile)


@pytest.mark.parametrize(
    ("count", "shown"), [(9, "[c]"), (0, "[c]"), (10, "10"), (12, "10"), (13, "15"), (62013, "62,015")]
)
def test_a_count_is_rounded_to_five_and_withheld_below_ten(count, shown):
    assert level(count).shown == shown


def test_what_is_withheld_leaves_no_value_and_names_its_rule():
    figure = level(7)
    assert (figure.status, figure.rule) == ("withheld", "below 10")
    assert all(math.isnan(part) for part in (figure.value, figure.lower, figure.upper))


def test_a_share_is_made_from_rounded_parts():
    assert level(333, 1001, unit="share").shown == "33.5%"  # 335 of 1,000


def test_a_share_of_nearly_everybody_is_withheld_like_one_of_nearly_nobody():
    assert level(995, 1000, unit="share").rule == "all but fewer than 10"
    assert level(5, 1000, unit="share").rule == "below 10"
    assert level(30, 40, unit="share").rule == "share of fewer than 50"


@pytest.mark.parametrize(
    ("pence", "profile", "shown"),
    [
        (51_234_567_890, SPEND, "£512.346m"),
        (49_999, SPEND, "£0"),
        (50_000, SPEND, "£1,000"),
        (99_999_949_999, SPEND, "£999.999m"),
        (-150_000, SPEND, "\u2212£2,000"),
        (15_002_167_263, OPEN, "£150,021,672.63"),
    ],
)
def test_pounds_are_shown_as_their_profile_says(pence, profile, shown):
    assert level(pence, unit="gbp", profile=profile).shown == shown


def test_halves_are_rounded_away_from_zero_in_whole_numbers():
    assert [nearest(n, 10) for n in (4, 5, 15, 25, -5, -4)] == [0, 10, 20, 30, -10, 0]
    assert quotient(1, 16, 3) == 0.063  # 6.25 %


@given(st.integers(-(10**15), 10**15), st.sampled_from([1, 5, 10, 1000, 100_000]))
def test_a_rounded_number_is_a_multiple_no_further_than_half_a_base(number, base):
    rounded = nearest(number, base)
    assert rounded % base == 0 and abs(rounded - number) * 2 <= base


def test_signs_stand_before_pounds_and_points_are_named():
    assert words(-0.012, "share", PEOPLE, signed=True) == "\u22121.2 points"
    assert words(20_100_000, "gbp", SPEND, signed=True) == "+£20.100m"
    assert words(0, "persons", PEOPLE, signed=True) == "0"


def two_years(network):
    for member in ("A", "B", "C"):
        network.reports(member, "2022/23", staff=1000), network.reports(member, "2023/24", staff=1100)
    network.reports("D", "2023/24", staff=777)


def test_members_that_share_show_their_joiner(network):
    two_years(network)
    cells = network.cells()
    assert cells.loc["parts_of_change|staff|2023-24|previous|all|joiners", "shown"] == "+775"


def test_a_confidential_joiner_cannot_be_had_by_subtraction(tmp_path):
    network = SpecNetwork(tmp_path, confidentiality="confidential")
    two_years(network)
    cells = network.cells()
    hidden = cells[cells["status"] == "withheld"].index
    assert "headlines|staff|2023-24|previous|like_for_like|change" in hidden
    assert "headlines|staff|2023-24|previous|like_for_like|to" in hidden
    assert "parts_of_change|staff|2023-24|previous|all|joiners" in hidden
    assert "parts_of_change|staff|2023-24|previous|all|continuing" in hidden
    assert "members|staff|2023-24|all|d|value" in hidden
    assert cells.loc["headlines|staff|2023-24|previous|all|to", "shown"] == "4,075"


def test_joiners_and_leavers_together_do_not_hide_one_another(tmp_path):
    network = SpecNetwork(tmp_path, confidentiality="confidential")
    two_years(network)
    for member in ("E", "F"):
        network.has(member, left="2023-12-31")
        network.reports(member, "2022/23", staff=300)
    assert network.cells().loc["headlines|staff|2023-24|previous|like_for_like|to", "status"] == "withheld"


def test_a_hidden_zero_is_not_told_by_its_status(network):
    network.has("A"), network.reports("A", "2023/24", staff=0, net_spend=0)
    cells = network.cells()
    assert cells.loc["coverage|staff|2023-24|all|a|status", "shown"] == "reported"
    assert cells.loc["coverage|net_spend|2023-24|all|a|status", "shown"] == "zero"


def test_a_change_is_the_difference_of_what_is_shown(network):
    network.reports("A", "2022/23", staff=1002), network.reports("A", "2023/24", staff=1013)
    cells = network.cells()
    shown = [cells.loc[f"headlines|staff|2023-24|previous|all|{item}", "shown"] for item in ("from", "to", "change")]
    assert shown == ["1,000", "1,015", "+15"]


def test_a_verdict_says_no_more_of_a_direction_than_the_rounded_change(network):
    network.reports("A", "2022/23", staff=52, staff_living_in_area=23)
    network.reports("A", "2023/24", staff=52, staff_living_in_area=27)  # both are shown as 25 of 50
    cells = network.cells().filter(like="staff_living_in_area_share|2023-24|previous|all", axis=0)
    shown = cells.set_index("item")
    assert network.change("staff_living_in_area_share", "2023/24").verdict == "rose"
    assert shown.loc[["change", "verdict"], "shown"].tolist() == ["0.0 points", "no clear change"]
    assert shown.loc["verdict", "note"] == "too small to be seen once figures are rounded"


def test_the_verdict_of_a_withheld_change_is_withheld(tmp_path):
    network = SpecNetwork(tmp_path, confidentiality="confidential")
    two_years(network)
    assert network.cells().loc["headlines|staff|2023-24|previous|like_for_like|verdict", "shown"] == "too few"


def test_every_nothing_keeps_its_own_word(network):
    network.has("A"), network.has("B", levers="spender"), network.has("C", joined="2024-06-01")
    network.reports("A", "2022/23", staff=100)
    network.reports("D", "2022/23", staff=100), network.reports("D", "2023/24", staff=0)
    cells = network.cells()
    words_of = {name: cells.loc[f"coverage|staff|2023-24|all|{name}|status", "shown"] for name in "abcd"}
    assert words_of == {"a": "missing", "b": "not applicable", "c": "not yet member", "d": "reported"}


# --- differences between what is shown ---


def test_the_same_members_are_withheld_where_the_few_of_the_others_would_be_the_difference(network):
    for year, small in (("2022/23", 4), ("2023/24", 0)):
        network.reports("A", year, staff=1000), network.reports("B", year, staff=900)
        if small:
            network.has("C"), network.reports("C", year, staff=small)
    cells = network.cells()
    same, every = (cells.loc[f"headlines|staff|2023-24|previous|{panel}|from"] for panel in ("like_for_like", "all"))
    assert (same["status"], same["rule"]) == ("withheld", TOO_SMALL)
    assert (every["status"], every["shown"]) == ("shown", "1,905")


def test_the_same_members_are_told_where_the_others_are_many(network):
    for year in ("2022/23", "2023/24"):
        network.reports("A", year, staff=1000), network.reports("B", year, staff=900)
    network.has("C"), network.reports("C", "2022/23", staff=40)
    assert network.cells().loc["headlines|staff|2023-24|previous|like_for_like|from", "shown"] == "1,900"


def test_sites_are_counted_whole_where_their_area_is_rounded():
    estate = load_catalogue().profiles["estate_round_10"]
    assert level(17, unit="items", profile=estate).shown == "17"
    assert level(123_456, unit="m2", profile=estate).shown == "120 m²"
    assert level(17, 38, unit="share", profile=estate, base="items").shown == "44.7%"


# --- profiles that contradict themselves ---


SOUND = """title: Own
threshold: 10
zero: withheld
round_to: 5
percentages: {source: rounded, decimals: 1, smallest_base: 50}
minimum_contributors: 3
withheld: "[c]"
source: An example
source_status: own choice
"""


@pytest.mark.parametrize(
    ("was", "now", "field", "what"),
    [
        ("round_to: 5", "round_to: 0", "percentages.source", "nothing is rounded"),
        ("smallest_base: 50", "smallest_base: 9", "percentages.smallest_base", "counts are withheld below 10"),
        ("threshold: 10", "threshold: 0", "zero", "a zero is withheld, and every other count is shown"),
        ('"[c]"', '"<10"', "withheld", "could be read as one"),
        ('"[c]"', '""', "withheld", "at least 1 character"),
        ("round_to: 5", "round_to: -5", "round_to", "greater than or equal to 0"),
        ("minimum_contributors: 3", "minimum_contributors: 0", "minimum_contributors", "greater than or equal to 1"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(tmp_path, was, now, field, what):
    storage.write_text(tmp_path / "profiles" / "own.yaml", SOUND)
    assert load_catalogue(tmp_path).profiles["own"].round_to == 5
    storage.write_text(tmp_path / "profiles" / "own.yaml", SOUND.replace(was, now))
    with pytest.raises(UserError, match="AN007") as refused:
        load_catalogue(tmp_path)
    assert field in str(refused.value) and what in str(refused.value)
