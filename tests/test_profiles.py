"""Shipped disclosure profiles do what the rules say that they are named after, and none contradicts itself."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import UserError
from anchor_analysis.protect.figures import protect_level

PROFILES = load_catalogue().profiles

#: Rules that others have published: what each shows of a count of people.
COUNTS = {
    "nhs_digital_hes": {0: "0", 1: "*", 7: "*", 8: "10", 12: "10", 13: "15", 1_002: "1,000", 1_003: "1,005"},
    "ofqual": {0: "0", 1: "fewer than 5", 4: "fewer than 5", 5: "5", 7: "5", 8: "10", 26: "25"},
    "ons_srs": {0: "[c]", 1: "[c]", 9: "[c]", 10: "10", 11: "11", 1_003: "1,003"},
    "acro": {0: "[c]", 9: "[c]", 10: "10", 1_003: "1,003"},
    "hesa": {0: "0", 1: "0", 2: "0", 3: "5", 7: "5", 8: "10", 22: "20", 23: "25"},
    "open_data": {0: "0", 1: "1", 1_003: "1,003"},
}

#: The same of a share of them: so many, of so many.
SHARES = {
    "nhs_digital_hes": {(40, 100): "40.0%", (42, 101): "40.0%", (7, 100): "*", (7, 7): "*", (12, 23): "40.0%"},
    "ofqual": {(42, 101): "41.6%", (2, 100): "[c]", (2, 4): "[c]"},
    "ons_srs": {(42, 101): "41.6%", (9, 100): "[c]", (95, 100): "[c]"},
    "acro": {(42, 101): "41.6%", (9, 100): "[c]", (95, 100): "[c]"},
    "hesa": {(11, 22): "[c]", (12, 23): "52%", (1, 101): "1%"},
    "open_data": {(1, 3): "33.3%"},
}


def shown(profile: str, numerator: int, denominator: int | None = None, unit: str = "persons") -> str:
    numbers = {
        "numerator": numerator,
        "denominator": pd.NA if denominator is None else denominator,
        "unknown": 0,
        "unknown_credits": 0,
        "value": 1.0,
    }
    told = "share" if denominator is not None else unit
    return protect_level(numbers, told, (unit, unit), PROFILES[profile]).shown


@pytest.mark.parametrize(("profile", "count"), [(name, count) for name, rule in COUNTS.items() for count in rule])
def test_a_count_is_shown_as_the_published_rule_says(profile, count):
    assert shown(profile, count) == COUNTS[profile][count]


@pytest.mark.parametrize(("profile", "parts"), [(name, parts) for name, rule in SHARES.items() for parts in rule])
def test_a_percentage_is_shown_as_the_published_rule_says(profile, parts):
    assert shown(profile, *parts) == SHARES[profile][parts]


def test_the_words_for_a_small_count_are_of_parts_of_people_too_and_of_no_amount():
    assert shown("ofqual", 480_000, unit="fte") == "fewer than 5"
    assert shown("ofqual", 300, unit="gbp") == "£5"  # no count of people, so no threshold


def test_acro_is_the_one_that_asks_who_makes_a_sum():
    assert {name for name, profile in PROFILES.items() if profile.dominance} == {"acro"}
    rule = PROFILES["acro"].dominance
    assert (rule.by, rule.n, rule.k, rule.p, rule.fewest) == (["supplier"], 2, 0.9, 0.1, 10)


def test_every_published_rule_says_where_it_stands_and_whether_it_was_checked():
    assert PROFILES.keys() >= COUNTS.keys() == SHARES.keys()
    status = {name: PROFILES[name].source_status for name in COUNTS}
    assert {name for name, told in status.items() if told == "verified"} == {"ofqual", "acro"}
    assert {name for name, told in status.items() if told == "unverified"} == {"nhs_digital_hes", "ons_srs", "hesa"}
    assert all("read" in PROFILES[name].source for name, told in status.items() if told == "unverified")


# --- profiles that contradict themselves ---


SOUND = """title: Own
threshold: 5
zero: shown
round_to: 5
percentages: {source: rounded, decimals: 1, smallest_base: 50}
minimum_contributors: 3
withheld: "[c]"
small: fewer than 5
dominance: {by: [supplier, member], n: 2, k: 0.9, p: 0.1, fewest: 3}
method: suppression
source: An example
source_status: own choice
"""


def own(folder, text: str):
    storage.write_text(folder / "profiles" / "own.yaml", text)
    return load_catalogue(folder).profiles["own"]


def test_a_rule_of_dominance_may_stand_alone(tmp_path):
    assert own(tmp_path, SOUND.replace("n: 2, k: 0.9, ", "")).dominance.k is None
    assert own(tmp_path, SOUND.replace("p: 0.1, ", "")).dominance.p is None


@pytest.mark.parametrize(
    ("was", "now", "field", "what"),
    [
        ("n: 2, k: 0.9, p: 0.1, ", "", "dominance", "neither is given"),
        ("k: 0.9, ", "", "dominance.n", "there is none"),
        ("k: 0.9", "k: 90", "dominance.k", "less than 1"),
        ("k: 0.9", "k: 1.0", "dominance.k", "less than 1"),
        ("k: 0.9", "k: 0", "dominance.k", "greater than 0"),
        ("p: 0.1", "p: 10", "dominance.p", "less than or equal to 1"),
        ("p: 0.1", "p: 0", "dominance.p", "greater than 0"),
        ("n: 2", "n: 0", "dominance.n", "greater than or equal to 1"),
        ("supplier, member", "", "dominance.by", "at least 1 item"),
        ("supplier, member", "member, member", "dominance.by", "named twice"),
        ("supplier, member", "customer", "dominance.by", "supplier"),
        ("method: suppression", "method: noise", "method", "suppression"),
        ("method: suppression", "method: controlled_rounding", "method", "no threshold, zero or mark is asked for"),
        ('"[c]"', '"not known"', "withheld", "could be read as a status"),
        ('"[c]"', '"-"', "withheld", "could be read as a status, or as nothing"),
        ("small: fewer than 5", "small: fewer than 10", "small", "words that name 5 alone"),
        ("small: fewer than 5", "small: fewer than 5.5", "small", "words that name 5 alone"),
        ("small: fewer than 5", "small: from 1 to 5", "small", "words that name 5 alone"),
        ("small: fewer than 5", "small: few", "small", "words that name 5 alone"),
        ("small: fewer than 5", 'small: "<5"', "small", "words that name 5 alone"),
        ("small: fewer than 5", 'small: "5"', "small", "words that name 5 alone"),
        ("small: fewer than 5", 'small: "5 people"', "small", "words that name 5 alone"),
        ("threshold: 5", "threshold: 0", "small", "words that name 0 alone"),
        ("zero: shown", "zero: withheld", "small", "told from a small count"),
        ('"[c]"', '"fewer than 5"', "withheld", "could be read as one"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused_with_the_field(tmp_path, was, now, field, what):
    assert own(tmp_path, SOUND).method == "suppression"
    with pytest.raises(UserError, match="AN007") as refused:
        own(tmp_path, SOUND.replace(was, now))
    assert field in str(refused.value) and what in str(refused.value)


def test_nothing_to_round_to_is_told_once_where_a_table_is_protected_by_rounding(tmp_path):
    together = SOUND.replace("suppression", "controlled_rounding").replace("threshold: 5", "threshold: 0")
    together = together.replace("small: fewer than 5\n", "")
    assert own(tmp_path, together).method == "controlled_rounding"
    with pytest.raises(UserError, match="AN007") as refused:
        own(tmp_path, together.replace("round_to: 5", "round_to: 0").replace("source: rounded", "source: unrounded"))
    assert [problem.where.rpartition(", ")[2] for problem in refused.value.problems] == ["method"]
