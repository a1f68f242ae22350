"""What the auditor works out: each kind of leak planted in a small edition by hand, and an edition with none.

Every finding names the cells and the equations by which a figure can be had, and never the figure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from anchor_analysis.audit.attack import Found, Measures, attack
from anchor_analysis.audit.knowledge import Kind
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.audit.truth import truth_of
from anchor_analysis.audit.widths import around_count, around_member, beyond
from anchor_analysis.declared import Dominance
from tests.attack_example import (
    BEFORE,
    NOW,
    change,
    coverage,
    figure,
    items,
    network,
    observations,
    reading,
    said,
    worked_out,
)

CLEAN = items("items_by_theme", all=40, gaps=12, health=None, other=None, places=18)


def holds_no_figure(text: str) -> bool:
    """Whether a text has no numbers but years, ids and counts of members."""
    return not re.findall(
        r"(?<![\d/-])\d+(?![\d/-])", re.sub(r"\[[^]]*\]|\d+ member|\b(19|20)\d\d\b|home_decile", "", text)
    )


# --- within one edition ---


def test_a_total_less_its_shown_parts_gives_the_one_that_is_withheld():
    (found,) = worked_out(reading(items("items_by_theme", all=40, gaps=12, health=None, places=25)))
    text = said([found])
    assert found.target.cells == ("items_by_theme|items_heard|2023-24|all|health|value",)
    assert "groups add up to the total" in text and "items_by_theme|items_heard|2023-24|all|gaps|value" in text
    assert "exactly" in text and holds_no_figure(text)


def test_two_withheld_parts_of_enough_between_them_stay_unknown():
    assert worked_out(reading(CLEAN)) == []


def test_two_withheld_parts_of_fewer_than_the_threshold_are_no_protection():
    """40 less 12 less 25 leaves 3 for both: each is nought to three."""
    found = worked_out(reading(items("items_by_theme", all=40, gaps=12, health=None, other=None, places=25)))
    assert {one.target.cells[0].split("|")[4] for one in found} == {"health", "other"}
    assert all("below the threshold" in one.fault for one in found)


def test_another_table_gives_what_one_table_withholds():
    by_both = {"all": 40, "gaps__": 12, "health__": None, "other__": None, "places__": 18}
    inner = {"health__most_disadvantaged": 5, "health__other_in_area": 0, "health__unknown": 0}
    found = worked_out(reading([*CLEAN, *items("items_by_theme_ward_group", **by_both, **inner)]))
    text = said(found)
    assert {one.target.cells[0].split("|")[0] for one in found} == {"items_by_theme"}
    assert "the line of health adds up to its margin" in text and "items_by_theme_ward_group" in text
    assert holds_no_figure(text)


def test_a_group_of_wards_less_its_shown_wards_gives_the_withheld_ward():
    wards = {"all": 30, "E05011385": 9, "E05011388": None, "E05011389": None, "E05011390": 8}
    groups = {"all": 30, "most_disadvantaged": 15, "other_in_area": 15}
    cells = [*items("items_by_ward", **wards), *items("items_by_ward_group", **groups)]
    assert worked_out(reading(cells[:5])) == []
    found = worked_out(reading(cells, disadvantaged={"wards": ["E05011385", "E05011388"]}))
    assert {one.target.cells[0].split("|")[4] for one in found} == {"E05011388", "E05011389"}
    assert "are the sum of their ward_in_area" in said(found)


def test_a_percentage_with_its_base_gives_the_part():
    cells = [
        figure("programmes_by_kind", "programme_starts", 200, group="placement"),
        figure("programmes_by_kind", "programme_completions", None, group="placement"),
        figure("programme_shares_by_kind", "programme_completion_share", 0.9, "share", group="placement"),
    ]
    text = said(worked_out(reading(cells, exact=True)))
    assert "programmes_by_kind, programme_completions, placement" in text and "exactly" in text
    assert "programme_shares_by_kind|programme_completion_share|2023-24|all|placement|value" in text


def test_a_share_of_nearly_everybody_isolates_the_few_that_are_left():
    """All but five of 200 completed; the five are told although each figure is large."""
    cells = [
        figure("programmes_by_kind", "programme_starts", 200, group="placement"),
        figure("programme_shares_by_kind", "programme_completion_share", 0.975, "share", group="placement"),
    ]
    (found,) = worked_out(reading(cells, exact=True))
    assert found.target.words.startswith("all but") and "fewer than the threshold" in found.fault


def test_a_metric_that_is_equal_to_a_group_of_another_gives_it():
    cells = [
        figure("staff_by_sex", "staff", None, group="female"),
        figure("workforce_series", "staff_women", 60),
        figure("workforce_series", "staff", 100),
    ]
    tables = {"staff_by_sex": {"breakdown": "sex"}}
    (found,) = worked_out(reading(cells, exact=True, tables=tables))
    assert found.target.cells[0].startswith("staff_by_sex") and found.by[0].cells[0].startswith("workforce_series")


# --- panels and years ---


def test_all_members_less_those_like_for_like_are_the_joiner():
    """505 and 500, both rounded to 5: the joiner has one to nine people."""
    cells = coverage("staff", y2223="ab", y2324="abc")
    cells += change("staff", "all", (2, 3), from_=490, to=505, change=15)
    assert worked_out(reading(cells)) == []
    cells += change("staff", "like_for_like", (2, 2), from_=490, to=500, change=10)
    (found,) = worked_out(reading(cells))
    text = said([found])
    assert "2023/24, c can be told to be fewer than the threshold" in text
    assert "headlines|staff|2023-24|previous|like_for_like|to" in text and "previous|all|to" in text
    assert holds_no_figure(text)


def test_the_joiner_is_found_where_nobody_says_who_reported():
    cells = change("staff", "all", (2, 3), to=505) + change("staff", "like_for_like", (2, 2), to=500)
    (found,) = worked_out(reading(cells))
    assert "1 member(s)" in found.target.words
    assert any("all members less like for like" in one.words for one in found.by)


def test_a_large_joiner_of_a_network_that_shares_is_no_finding():
    cells = coverage("staff", y2223="ab", y2324="abc")
    cells += change("staff", "all", (2, 3), to=605) + change("staff", "like_for_like", (2, 2), to=500)
    assert worked_out(reading(cells)) == []


def test_a_year_and_the_change_to_it_give_the_year_before():
    cells = [figure("series", "staff_apprentices", None, period=BEFORE)]
    cells += change("staff_apprentices", "all", (1, 1), from_=None, to=25, change=20)
    found = worked_out(reading(cells, exact=True))
    assert "series|staff_apprentices|2022-23|all|value" in {one.target.cells[0] for one in found}
    assert "headlines|staff_apprentices|2023-24|previous|all|change" in said(found)


def test_one_panel_and_the_joiners_give_the_other_panel():
    cells = coverage("staff", y2223="ab", y2324="abc")
    cells += change("staff", "all", (2, 3), to=530)
    cells += change("staff", "like_for_like", (2, 2), to=None)
    assert worked_out(reading(cells)) == []
    shared = {"kind": "parts", "since": "previous", "since_period": BEFORE}
    cells += [figure("parts_of_change", "staff", 30, item="joiners", members_counted=1, **shared)]
    (found,) = worked_out(reading(cells, exact=True))
    assert found.target.cells == ("headlines|staff|2023-24|previous|like_for_like|to",)
    assert "parts_of_change|staff|2023-24|previous|all|joiners" in said([found])


def test_a_total_in_real_terms_gives_the_total_by_the_prices_that_another_tells():
    real = {"kind": "real_terms", "period": BEFORE, "members_counted": 2}
    cells = [
        figure("series", "net_spend", 1000e6, "gbp", period=BEFORE, members_counted=2),
        figure("series", "local_spend", None, "gbp", period=BEFORE, members_counted=2),
        figure("spend_real_terms", "net_spend", 1250e6, "gbp", **real),
        figure("spend_real_terms", "local_spend", 500e6, "gbp", **real),
    ]
    cells += coverage("net_spend", y2223="ab")
    told = observations("local_spend", BEFORE, a=300e8, b=100e8)
    measures = Measures(truth_of(told, Definitions({}, network().catalogue)))
    assert not attack([reading([*cells[:3], *cells[4:]])], ("spend",), measures).found
    together = [one for one in attack([reading(cells)], ("spend",), measures).found if one.target.kind == "made by few"]
    assert [one.by[0].cells for one in together] == [(cells[3]["cell_id"],)]


# --- between editions ---


def test_a_revision_by_three_people_is_found():
    cells = {name: items("items_by_theme", all=total) for name, total in (("first", 120), ("second", 123))}
    editions = [reading(cells[name], name) for name in cells]
    (found,) = worked_out(*editions)
    assert (found.target.kind, found.target.edition) == ("revision", "first")
    assert "was revised since first" in said([found]) and "(first)" in said([found])


def test_a_revision_of_many_is_none():
    editions = [reading(items("items_by_theme", all=total), name) for name, total in (("first", 120), ("second", 160))]
    assert worked_out(*editions) == []


def test_what_an_earlier_edition_shows_a_later_one_cannot_withhold():
    earlier = items("items_by_theme", all=40, gaps=12, health=6, other=4, places=18)
    found = worked_out(reading(earlier, "first"), reading(CLEAN, "second"))
    assert {one.target.cells[0].split("|")[4] for one in found} == {"health", "other"}
    assert "(first)" in said(found)


def test_a_late_return_is_the_difference_of_two_editions():
    before, after = coverage("staff", y2324="ab"), coverage("staff", y2324="abc")
    first = reading([*before, figure("series", "staff", 500, members_counted=2)], "first")
    second = reading([*after, figure("series", "staff", 505, members_counted=3)], "second")
    (found,) = worked_out(first, second)
    assert "2023/24, c" in found.target.words and "fewer than the threshold" in found.fault


def test_a_definition_of_another_version_is_another_quantity():
    earlier = items("items_by_theme", all=40, gaps=12, health=6, other=4, places=18)
    told = {"items_heard": network().catalogue.metrics["items_heard"].model_dump() | {"version": 9}}
    assert worked_out(reading(earlier, "first", definitions=told), reading(CLEAN, "second")) == []


# --- as a member ---


def spent(**by_member: float) -> list:
    cells = coverage("net_spend", y2324="".join(by_member))
    total = sum(by_member.values())
    return [*cells, figure("series", "net_spend", total, "gbp", members_counted=len(by_member))]


def as_members(**by_member: float):
    told = observations("net_spend", "2023/24", **{name: value * 100 for name, value in by_member.items()})
    truth = truth_of(told, Definitions({}, network().catalogue))
    return worked_out(reading(spent(**by_member)), confidential=("spend",), truth=truth)


def test_one_of_two_members_works_out_the_other_and_outsiders_do_not():
    found = as_members(a=30e6, b=50e6)
    assert {(one.as_member, one.target.member) for one in found if one.target.member} == {("a", "b"), ("b", "a")}
    assert "net_spend of b, 2023/24 can be told to within a tenth by a, who knows its own figures" in said(found)
    assert worked_out(reading(spent(a=30e6, b=50e6)), confidential=("spend",)) == []


def test_one_of_three_members_works_out_nobody():
    assert as_members(a=30e6, b=50e6, c=20e6) == []


def test_a_joiner_whose_figures_are_in_confidence_is_found_by_anybody():
    cells = coverage("net_spend", y2223="abd", y2324="abcd")
    cells += change("net_spend", "all", (3, 4), "gbp", to=90e6) + change(
        "net_spend", "like_for_like", (3, 3), "gbp", to=70e6
    )
    assert worked_out(reading(cells)) == []
    (found,) = worked_out(reading(cells), confidential=("spend",))
    assert (found.target.member, found.as_member) == ("c", "")


# --- what a reason for withholding says, and what protection asks ---


def test_words_that_say_below_the_threshold_are_no_leak_until_more_is_told():
    rule = {"rule": "below 10"}
    cells = [
        figure("programmes_by_kind", "programme_starts", 100),
        figure("programmes_by_kind", "programme_starts", None, group="placement", **rule),
        figure("programmes_by_kind", "programme_starts", None, group="other"),
    ]
    assert worked_out(reading(cells, exact=True)) == []
    cells[2] = figure("programmes_by_kind", "programme_starts", 95, group="other")
    (found,) = worked_out(reading(cells, exact=True))
    assert "more narrowly than its own words" in found.fault


def test_a_reason_that_says_there_were_none_tells_all():
    cells = [figure("programmes_by_kind", "programme_starts", None, group="placement", rule="zero")]
    (found,) = worked_out(reading(cells))
    assert "the reason given for withholding" in said([found])


@pytest.mark.parametrize(
    ("metric", "base", "unit", "rule"),
    [
        ("programme_completion_share", "programme_starts", "share", "share of fewer than 11"),
        ("programme_cost_per_start", "programme_starts_with_cost", "gbp_per_person", "divided by fewer than 11"),
    ],
)
def test_a_ratio_that_is_said_to_be_of_few_is_of_enough_to_be_told(metric, base, unit, rule):
    """Of fewer than 11, and as it is said of none too few to be told, of no fewer than 10."""
    cells = [
        figure("programmes_by_kind", base, 100),
        figure("programmes_by_kind", base, None, group="placement"),
        figure("programmes_by_kind", base, None, group="other"),
    ]
    assert worked_out(reading(cells, exact=True)) == []
    cells.append(figure("programme_shares_by_kind", metric, None, unit, group="placement", rule=rule))
    found = worked_out(reading(cells, exact=True))
    assert {one.fault for one in found} == {"can be worked out as exactly as if it were shown"}
    assert "the reason given for withholding" in said(found)


def themes(**of_other: Any) -> list[Found]:
    """What is found of items by theme where health is 4 and other 6, which both are withheld, by who knows that."""
    told = [observations("items_heard", NOW, a=count).assign(breakdown="theme", group=theme)
            for theme, count in (("health", 4), ("other", 6))]  # fmt: skip
    truth = truth_of(pd.concat(told), Definitions({}, network().catalogue))
    cells = [*coverage("items_heard", y2324="a"), *CLEAN]
    cells = [one | of_other if one["group"] == "other" else one for one in cells]
    return list(attack([reading(cells)], (), Measures(truth)).found)


def test_a_small_count_that_cannot_be_smaller_is_told_more_narrowly_than_its_rule_allows():
    """Who knows of the other theme that it is at most 6 knows of health that it is 4 to 10, and never that it is 4."""
    assert themes() == []
    (found,) = themes(status="no_value", shown="between 0 and 6", lower=0.0, upper=6.0)
    assert found.target.cells == ("items_by_theme|items_heard|2023-24|all|health|value",)
    assert found.fault == "can be told more narrowly than its protection asks" and holds_no_figure(said([found]))


def test_without_the_true_figures_no_range_is_held_to_a_width():
    cells = [one | {"status": "no_value", "shown": "between 0 and 6"} if one["group"] == "other" else one
             for one in CLEAN]  # fmt: skip
    assert worked_out(reading(cells)) == []


PEOPLE, ITEMS = (Kind("persons", name, network().profile(name)) for name in ("people", "listening"))


@pytest.mark.parametrize(
    ("true", "about", "hides_nought", "needed"),
    [
        (4, PEOPLE, True, (3, 10)),
        (1, PEOPLE, True, (0, 10)),
        (0, PEOPLE, True, (0, 10)),
        (0, ITEMS, False, None),
        (10, PEOPLE, True, None),
        (-4, PEOPLE, True, (-10, -3)),
        (4, replace(PEOPLE, profile=network().catalogue.profiles["ofqual"]), False, (3, 4)),
        (1, replace(PEOPLE, profile=network().catalogue.profiles["ofqual"]), False, (1, 2)),
    ],
)
def test_how_far_the_range_of_a_count_has_to_reach(true, about, hides_nought, needed):
    assert around_count(true, about, hides_nought) == needed


SPEND = Kind("gbp", "spend", network().profile("spend"))


def test_what_a_member_has_is_kept_by_a_tenth_or_by_as_much_as_its_profile_asks():
    asked = SPEND.profile.model_copy(update={"dominance": Dominance(by=["member"], p=0.2)})
    assert around_member(1e6, SPEND) == (0.9e6, 1.1e6)
    assert around_member(1e6, replace(SPEND, profile=asked)) == (0.8e6, 1.2e6)
    assert around_member(0, SPEND) == (0, 100_000)


@pytest.mark.parametrize(
    ("rule", "sizes", "width"),
    [
        ({"p": 0.1}, (1000, 60, 20), 80),
        ({"p": 0.1}, (1000, 60, 120), 40),
        ({"p": 0.1}, (1000, 600, 100), 0),
        ({"n": 1, "k": 0.8}, (900, 60, 40), 125),
        ({"n": 2, "k": 0.9}, (900, 60, 40), 960 / 0.9 - 1000),
        ({"p": 0.1}, (-1000, 60, 20), 80),
        ({"p": 0.1}, (), 0),
    ],
)
def test_how_far_from_a_sum_its_makers_ask_to_be_left(rule, sizes, width):
    assert beyond(sizes, Dominance(by=["member"], **rule)) == pytest.approx(width)


# --- what one total has over another ---


def two_panels(shown_of_four: float | None = 4000e6, **joined: float) -> list[Found]:
    """What is found of the spend of four members and joiners, as all of them and like for like; by who knows theirs."""
    spent = dict.fromkeys("abcd", 1000e6) | joined
    cells = coverage("net_spend", y2223="abcd", y2324="abcd" + "".join(joined))
    counted = 4 + len(joined)
    cells += change("net_spend", "all", (4, counted), "gbp", to=sum(spent.values()))
    cells += change("net_spend", "like_for_like", (4, 4), "gbp", to=shown_of_four)
    told = observations("net_spend", NOW, **{name: value * 100 for name, value in spent.items()})
    return worked_out(
        reading(cells), confidential=("spend",), truth=truth_of(told, Definitions({}, network().catalogue))
    )


def test_joiners_of_whom_one_makes_nearly_all_are_found_although_there_are_three():
    found = two_panels(e=500e6, f=8e6, g=6e6)
    together = [one for one in found if one.target.kind == "made by few"]
    assert [one.target.words for one in together] == ["what e, f, g have together, ledger (paid to supplier), 2023/24"]
    assert {one.target.member for one in found if one.target.kind == "member" and not one.as_member} == {"e"}
    assert holds_no_figure(said(found))


def test_joiners_of_whom_none_stands_out_are_no_finding():
    assert two_panels(e=500e6, f=400e6, g=300e6) == []


def test_a_withheld_panel_tells_nothing_of_the_joiner_who_makes_nearly_all():
    assert two_panels(None, e=500e6, f=8e6, g=6e6) == []


def test_what_a_member_spends_elsewhere_is_found_where_it_is_nearly_all_of_the_rest():
    """Three members spend little elsewhere, and one much: the whole less its local part is that one's."""
    whole, local = {"a": 1000e6, "b": 900e6, "c": 800e6, "d": 700e6}, {"a": 500e6, "b": 898e6, "c": 799e6, "d": 699e6}
    cells = coverage("net_spend", y2324="abcd")
    frames = []
    for metric, by_member in (("net_spend", whole), ("local_spend", local)):
        cells.append(figure("series", metric, sum(by_member.values()), "gbp", members_counted=4))
        frames.append(observations(metric, NOW, **{name: value * 100 for name, value in by_member.items()}))
    truth = truth_of(pd.concat(frames), Definitions({}, network().catalogue))
    found = worked_out(reading(cells), confidential=("spend",), truth=truth)
    assert {one.target.words for one in found} == {"net_spend less local_spend of a, 2023/24"}
    assert "" in {one.as_member for one in found}


def test_figures_that_cannot_all_be_so_are_named_and_nothing_is_made_of_them():
    cells = items("items_by_theme", all=40, gaps=12, health=None, places=60)
    attacked = attack([reading(cells)])
    assert any("items_by_theme" in one.words for one in attacked.contradictory)


def test_the_same_edition_gives_the_same_findings():
    cells = [*items("items_by_theme", all=40, gaps=12, health=None, places=25), *spent(a=30e6, b=50e6)]
    assert said(worked_out(reading(cells))) == said(worked_out(reading(cells))) != ""


def test_where_one_figure_was_revised_all_others_are_still_one():
    """Health is told by the first edition although another theme, and with it the total, was revised by many."""
    first = items("items_by_theme", all=60, gaps=32, health=6, other=4, places=18)
    found = worked_out(reading(first, "first"), reading(CLEAN, "second"))
    assert {one.target.cells[0].split("|")[4] for one in found} == {"health", "other"}


def test_a_revised_part_that_is_withheld_keeps_the_years_apart():
    """Only the withheld themes can have made the total another, so what the first edition says of them may not hold."""
    first = items("items_by_theme", all=70, gaps=12, health=20, other=20, places=18)
    assert worked_out(reading(first, "first"), reading(CLEAN, "second")) == []
