"""Counts of members by level, where members keep their scores: nobody's level is told, whatever is put together."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from tests.level_attack import ABSENT, NOT_APPLICABLE, worked_out
from tests.level_study import Scores, edition, outcome_of

YEARS = ("2021/22", "2022/23", "2023/24")


def scored(**levels: str) -> dict[str, Scores]:
    """What members score in employment: a sign for each year, `-` for no return and `n` where it does not apply.

    Who is at level 3 or 4 has reached its target, and all others are one below it.
    """
    signs = {"-": ABSENT, "n": NOT_APPLICABLE}
    found: dict[str, Scores] = {}
    for name, told in levels.items():
        own: dict[object, str] = {year: signs.get(sign, sign) for year, sign in zip(YEARS, told, strict=True)}
        own |= {
            (year, "distance"): "reached" if level in "34" else "below_1"
            for year, level in list(own.items()) if level in "1234"
        }  # fmt: skip
        found[name] = {"employment": own}
    return found


def told(folder, members: dict[str, Scores], *before: pd.DataFrame, latest: str = YEARS[-1], profile="scores_members"):
    return edition(folder, members, latest, profile, list(before))


def is_told(cells: pd.DataFrame, kind: str, period: str = YEARS[-1], since: str = "") -> bool:
    """Whether a block of counts is told; all of its cells are, or none."""
    own = cells[(cells["kind"] == kind) & (cells["period"] == period) & (cells["since_period"] == since)]
    (status,) = set(own["status"])
    return status == "shown"


def attacked(members: Mapping[str, Scores], *editions: pd.DataFrame) -> list:
    return worked_out(editions, "employment", {name: own["employment"] for name, own in members.items()})


# --- what may be told ---

MOVED = scored(a="112", b="112", c="112", d="223", e="223", f="223")


def test_levels_of_enough_members_at_two_levels_are_told_with_the_ways_between_them(tmp_path):
    cells = told(tmp_path, MOVED)
    assert all(is_told(cells, "distribution", year) for year in YEARS) and is_told(cells, "distance")
    assert is_told(cells, "transitions", since=YEARS[1]) and is_told(cells, "transitions", since=YEARS[0])
    assert attacked(MOVED, cells) == []


def test_ways_that_all_lead_to_one_level_would_tell_it_of_everybody(tmp_path):
    members = scored(a="113", b="113", c="113", d="223", e="223", f="223")
    cells = told(tmp_path, members)
    assert is_told(cells, "distribution", YEARS[1]) and not is_told(cells, "distribution")
    assert not is_told(cells, "transitions", since=YEARS[1])


def test_ways_that_all_begin_at_one_level_would_tell_it_of_everybody(tmp_path):
    cells = told(tmp_path, scored(a="222", b="222", c="222", d="223", e="223", f="223"))
    assert is_told(cells, "distribution") and not is_told(cells, "transitions", since=YEARS[1])


def test_ways_are_not_told_where_the_levels_of_who_left_would_be_left_over(tmp_path):
    members = MOVED | scored(g="11-", h="11-", i="11-")
    cells = told(tmp_path, members)
    assert is_told(cells, "distribution", YEARS[1]) and not is_told(cells, "transitions", since=YEARS[1])
    assert attacked(members, cells) == []


def test_a_member_that_takes_itself_away_does_not_see_all_others_at_one_level(tmp_path):
    members = scored(a="111", b="222", c="222", d="222")
    cells = told(tmp_path, members, profile="open_data")
    assert not is_told(cells, "distribution") and attacked(members, cells) == []


def test_members_at_three_levels_are_told_by_a_profile_that_asks_for_one(tmp_path):
    members = scored(a="111", b="222", c="333", d="222")
    cells = told(tmp_path, members, profile="open_data")
    assert is_told(cells, "distribution") and attacked(members, cells) == []


# --- what is withheld says nothing by its looks ---


def test_withheld_ways_look_the_same_from_wherever_members_came(tmp_path):
    first = told(tmp_path / "first", scored(a="112", b="112", c="112", d="113"))
    other = told(tmp_path / "other", scored(a="332", b="442", c="112", d="333"))
    looks = ["group", "item", "shown", "status", "rule", "source_id", "members_counted"]
    ways = [cells[cells["kind"] == "transitions"].reset_index(drop=True)[looks] for cells in (first, other)]
    assert set(ways[0]["status"]) == {"withheld"}
    pd.testing.assert_frame_equal(ways[0], ways[1])


def test_withheld_distances_have_medians_though_nobody_has_a_target(tmp_path):
    members = scored(a="111", b="111", c="222", d="222")
    for own in members.values():
        own["employment"] |= {(year, "distance"): "no_target" for year in YEARS}
    cells = told(tmp_path, members)
    assert {"lower_median", "upper_median"} <= set(cells.loc[cells["kind"] == "distance", "item"])


# --- other editions ---


def test_a_late_return_is_not_had_from_two_editions(tmp_path):
    members = MOVED | scored(g="111")
    late = MOVED | scored(g="1-1")
    before = told(tmp_path, late, latest=YEARS[1])
    cells = told(tmp_path, members, before)
    assert is_told(before, "distribution", YEARS[1]) and not is_told(cells, "distribution", YEARS[1])
    assert attacked(members, before, cells) == []


def test_levels_that_a_release_told_of_the_same_members_are_told_again(tmp_path):
    before = told(tmp_path, MOVED, latest=YEARS[1])
    cells = told(tmp_path, MOVED, before)
    assert is_told(cells, "distribution", YEARS[0]) and is_told(cells, "distribution", YEARS[1])


def test_levels_that_a_release_told_rounded_are_told_again(tmp_path):
    before = told(tmp_path, MOVED, latest=YEARS[1], profile="hesa")
    assert set(before.loc[before["kind"] == "distribution", "value"].dropna()) <= {0.0, 1.0, 2.0, 3.0, 5.0}
    cells = told(tmp_path, MOVED, before, profile="hesa")
    assert is_told(cells, "distribution", YEARS[0]) and is_told(cells, "distribution", YEARS[1])


def test_a_level_that_was_put_right_is_told_of_the_same_members(tmp_path):
    wrong = MOVED | scored(a="122")
    before = told(tmp_path, wrong, latest=YEARS[1], profile="open_data")
    assert is_told(told(tmp_path, MOVED, before, profile="open_data"), "distribution", YEARS[1])


def test_of_members_whom_a_release_counted_and_nobody_knows_no_more_is_told(tmp_path):
    """A dimension that a member left out then and scores now: coverage says the same both times."""
    now = MOVED | scored(g="111", h="222")
    then = {name: {"employment": dict(own["employment"])} for name, own in now.items()}
    then["g"]["employment"] |= {YEARS[1]: "left out"}
    before = told(tmp_path, then, latest=YEARS[1])
    assert is_told(before, "distribution", YEARS[1])
    assert not is_told(told(tmp_path, now, before), "distribution", YEARS[1])


# --- the attack ---


def test_the_attack_finds_a_level_that_all_have(tmp_path):
    alike = scored(a="222", b="222", c="222")
    found = attacked(alike, counted(told(tmp_path, alike), alike))
    assert {(one.year, one.what) for one in found if not one.insider} == {(year, "level") for year in YEARS}


def test_the_attack_finds_a_late_return_between_two_editions(tmp_path):
    late, members = MOVED | scored(g="1-1"), MOVED | scored(g="111")
    before = counted(told(tmp_path, late, latest=YEARS[1]), late)
    found = attacked(members, before, counted(told(tmp_path, members), members))
    assert {(one.member, one.year) for one in found} == {("g", YEARS[1])}


def test_the_attack_finds_what_a_member_sees_that_takes_itself_away(tmp_path):
    members = scored(a="111", b="222", c="222", d="222")
    found = attacked(members, counted(told(tmp_path, members), members))
    assert {one.insider for one in found} == {"a"}


def counted(cells: pd.DataFrame, members: Mapping[str, Scores]) -> pd.DataFrame:
    """The cells with the levels of every year told, whatever protection says."""
    own = cells[cells["kind"] != "transitions"].copy()
    for at, row in own[own["kind"] == "distribution"].iterrows():
        levels = [of["employment"].get(row["period"], "") for of in members.values()]
        wanted = row["item"].removeprefix("level_").replace("not_applicable", NOT_APPLICABLE)
        own.loc[at, ["value", "status"]] = [float(levels.count(wanted)), "shown"]
    return own[own["kind"].isin(["distribution", "coverage"])]


@pytest.mark.parametrize("seed", [2, 4, 5, 10, 15])
def test_of_drawn_networks_nobody_s_level_can_be_worked_out(seed):
    assert outcome_of(seed).known == ()
