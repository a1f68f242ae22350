"""What two editions tell together: a member's figure by how much it was revised, and what each withholds by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.audit import read_edition
from anchor_analysis.audit.attack import Found
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.truth import truth_of
from anchor_analysis.audit.versions import since_of
from anchor_analysis.declared.agreements import Agreement
from tests import cells_example
from tests.attack_example import (
    BEFORE,
    NOW,
    coverage,
    facts,
    figure,
    items,
    network,
    observations,
    reading,
    said,
    sent,
    worked_out,
)
from tests.test_attack import holds_no_figure

MILLION = 1e6
AMOUNT = "revision of an amount"


def spent(total: float | None, name: str, members: str = "abcde", metric: str = "net_spend", **more) -> Reading:
    """An edition that says what its members spent together, from returns of theirs."""
    period = more.pop("period", NOW)
    years = {f"y{period[2:4]}{period[5:]}": members}
    cells = [*coverage(metric, **years), *more.pop("cells", [])]
    value = total * MILLION if total is not None else None
    cells.append(figure("series", metric, value, "gbp", period=period, members_counted=len(members)))
    return reading(cells, name, **more)


def revised(*editions: Reading, kinds: tuple[str, ...] = ("spend",), truth=None) -> list[Found]:
    """What members' amounts are found to have been revised by."""
    return [one for one in worked_out(*editions, confidential=kinds, truth=truth) if one.target.kind == AMOUNT]


def agreed(edition: Reading, *members: str, **more) -> Reading:
    about = {"metrics": ["spend"], "periods": "all", "signed": date(2024, 5, 1), "signed_by": "chair", "shows": "named"}
    return replace(edition, allowed=tuple(Agreement(member=member, **about | more) for member in members))


# --- revisions of amounts ---


def test_the_return_that_alone_was_put_right_is_told_by_two_totals():
    first, second = spent(90, "first", returns=sent()), spent(95, "second", returns=sent(a=1))
    (found,) = revised(first, second)
    text = said([found])
    assert "by how much ledger" in text and "was revised since first, which rests on the return(s) of a" in text
    assert "series|net_spend|2023-24|all|value] (first)" in text and text.count("series|net_spend|2023-24") == 2
    assert "can be told to within a tenth" in text and holds_no_figure(text)


@pytest.mark.parametrize(("again", "count"), [("a", 1), ("ab", 1), ("abc", 0), ("abcde", 0), ("", 0)])
def test_it_takes_three_members_for_a_revision_of_nobodys_own(again, count):
    second = spent(95, "second", returns=sent(**dict.fromkeys(again, 1)))
    assert len(revised(spent(90, "first", returns=sent()), second)) == count


def test_what_members_share_may_be_revised_one_by_one():
    first, second = spent(90, "first", returns=sent()), spent(95, "second", returns=sent(a=1))
    assert worked_out(first, second) == [] == revised(first, second, kinds=("people",))


def test_a_member_that_agreed_minds_no_revision():
    first, second = spent(90, "first", returns=sent()), spent(95, "second", returns=sent(a=1))
    assert revised(first, agreed(second, "a")) == []
    for other in (
        agreed(second, "b"),
        agreed(second, "a", metrics=["local_spend"]),
        agreed(second, "a", periods=[BEFORE]),
    ):
        assert len(revised(first, other)) == 1


def test_members_that_agreed_hide_nobody():
    """Of three whose returns changed two agreed, so the revision is the third one's."""
    second = spent(95, "second", returns=sent(a=1, b=1, c=1))
    found = revised(spent(90, "first", returns=sent()), agreed(second, "a", "b"))
    assert found and all("return(s) of c" in one.target.words for one in found)


def test_a_revision_that_rounding_hides_is_none():
    """Totals to the nearest £100,000 that differ by £200,000 differ by £100,000 to £300,000 in truth."""
    assert revised(spent(90, "first", returns=sent()), spent(90.2, "second", returns=sent(a=1))) == []


def test_a_revision_that_moved_nothing_is_none():
    assert revised(spent(90, "first", returns=sent()), spent(90, "second", returns=sent(a=1))) == []


def test_a_revised_total_that_is_withheld_tells_nothing():
    told = observations("net_spend", NOW, a=25e8, b=20e8, c=20e8, d=15e8, e=15e8)
    truth = truth_of(told, Definitions({}, network().catalogue))
    first, second = spent(90, "first", returns=sent()), spent(None, "second", returns=sent(a=1))
    assert worked_out(first, second, confidential=("spend",), truth=truth) == []
    assert len(revised(first, spent(95, "second", returns=sent(a=1)), truth=truth)) == 1


def test_a_total_that_counts_another_thing_now_is_not_revised():
    told = {"net_spend": network().catalogue.metrics["net_spend"].model_dump() | {"version": 9}}
    first = spent(90, "first", returns=sent(), definitions=told)
    assert revised(first, spent(95, "second", returns=sent(a=1))) == []


def local(total: float, name: str, postcodes: str, **again: int) -> Reading:
    references = [{"role": "postcodes", "kind": "postcodes", "sha256": postcodes}]
    return spent(total, name, metric="local_spend", returns=sent(**again), references=references)


def test_where_suppliers_are_placed_by_another_file_nobody_can_say_whose_revision_it_is():
    assert revised(local(40, "first", "one"), local(45, "second", "other", a=1)) == []
    assert len(revised(local(40, "first", "one"), local(45, "second", "one", a=1))) == 1


def test_a_share_alone_tells_no_amount_and_beside_its_base_does():
    def edition(name: str, share: float, base: float | None, **again: int) -> Reading:
        cells = [figure("series", "local_spend_share", share, "share", members_counted=5)]
        return spent(base, name, cells=cells, returns=sent(**again))

    parts = [observations("local_spend", NOW, a=94e8, b=80e8, c=80e8, d=80e8, e=80e8)]
    whole = observations("net_spend", NOW, a=180e8, b=180e8, c=180e8, d=180e8, e=180e8)
    truth = truth_of(pd.concat([*parts, whole]), Definitions({}, network().catalogue))
    for base, count in ((None, 0), (900, 1)):
        editions = edition("first", 0.40, base), edition("second", 0.46, base, a=1)
        found = [one for one in revised(*editions, truth=truth) if "in_area" in one.target.words]
        assert len(found) == count


def test_a_past_year_that_a_new_edition_restates_is_revised():
    first = spent(90, "first", period=BEFORE, returns=sent("2022-23"))
    returns = sent("2022-23", b=1) | sent("2023-24")
    (found,) = revised(first, spent(95, "second", period=BEFORE, returns=returns))
    assert "of 2022/23" in found.target.words and "return(s) of b" in found.target.words


def test_a_new_year_alone_revises_nothing():
    first = spent(90, "first", period=BEFORE, returns=sent("2022-23"))
    cells = [figure("series", "net_spend", 90 * MILLION, "gbp", period=BEFORE, members_counted=5)]
    second = spent(97, "second", cells=cells, returns=sent("2022-23 2023-24"))
    assert worked_out(first, second, confidential=("spend",)) == []


def test_a_late_return_and_a_correction_together_are_two_members():
    first = spent(70, "first", members="bcde", returns={k: v for k, v in sent().items() if k[0] != "a"})
    told = observations("net_spend", NOW, a=15e8, b=30e8, c=20e8, d=15e8, e=15e8)
    truth = truth_of(told, Definitions({}, network().catalogue))
    found = revised(first, spent(95, "second", returns=sent(b=1)), truth=truth)
    assert {one.target.words.rpartition(" of ")[2] for one in found} == {"a, b"}
    assert revised(first, spent(95, "second", returns=sent(b=1, c=1)), truth=truth) == []


def test_what_two_earlier_editions_told_of_each_other_is_not_held_against_the_next():
    first, second = spent(90, "first", returns=sent()), spent(95, "second", returns=sent(a=1))
    assert revised(first, second, spent(95, "third", returns=sent(a=1))) == []
    assert len(revised(first, second, spent(99, "third", returns=sent(a=2)))) >= 1


def test_corrections_brought_out_together_tell_nobodys():
    """The second edition withheld what one correction moved; the third shows it with two more."""
    first, second = spent(90, "first", returns=sent()), spent(None, "second", returns=sent(a=1))
    told = observations("net_spend", NOW, a=25e8, b=20e8, c=20e8, d=17e8, e=15e8)
    truth = truth_of(told, Definitions({}, network().catalogue))
    third = spent(97, "third", returns=sent(a=1, b=1, c=1))
    assert worked_out(first, second, third, confidential=("spend",), truth=truth) == []


def levels(name: str, low: int, high: int, **again: int) -> Reading:
    """Members by level of a dimension."""
    cells = [
        cells_example.cell(
            "levels_by_dimension", "distribution", "progression_scores", NOW, group="pay", item=f"level_{level}",
            unit="levels", value=float(count), shown=str(count), members_counted=5,
        )
        for level, count in ((1, low), (2, high))
    ]  # fmt: skip
    return reading([*coverage("progression_scores", y2324="abcde"), *cells], name, returns=sent(**again))


def test_a_member_whose_score_moved_is_told_by_how_many_are_at_each_level():
    found = revised(levels("first", 3, 2), levels("second", 2, 3, c=1), kinds=("scores",))
    assert len(found) == 2 and all("return(s) of c" in one.target.words for one in found)
    assert revised(levels("first", 3, 2), levels("second", 2, 3, c=1)) == []


# --- everything that earlier releases showed ---


def themes(name: str, returns: dict[str, str] | None = None, **by_theme: float | None) -> Reading:
    return reading([*coverage("items_heard", y2324="a"), *items("items_by_theme", **by_theme)], name, returns=returns)


def heard(**by_theme: int):
    """The true counts of today."""
    groups = [observations("items_heard", NOW, a=count).assign(breakdown="theme", group=name)
              for name, count in by_theme.items()]  # fmt: skip
    whole = observations("items_heard", NOW, a=sum(by_theme.values()))
    return truth_of(pd.concat([whole, *groups]), Definitions({}, network().catalogue))


def cells_of(found: list[Found]) -> set[tuple[str, str]]:
    return {(one.target.edition, one.target.cells[0].split("|")[4]) for one in found}


def test_what_both_editions_withhold_is_told_by_the_other_parts_of_a_revised_table():
    """Gaps was revised; what the first edition left for two themes and what the second shows of one give the other."""
    first = themes("first", sent(), all=426, gaps=300, health=None, other=None)
    second = themes("second", sent(a=1), all=236, gaps=110, health=None, other=120)
    found = worked_out(first, second, truth=heard(gaps=110, health=6, other=120))
    assert ("", "health") in cells_of(found) and "(first)" in said(found) and holds_no_figure(said(found))
    closed = themes("second", sent(a=1), all=236, gaps=110, health=None, other=None)
    assert worked_out(first, closed, truth=heard(gaps=110, health=6, other=120)) == []


def test_what_was_small_before_it_was_put_right_is_had_by_who_supposes_that_little_else_moved():
    """26 were left for health and other; 20 of other are shown now."""
    first = themes("first", sent(), all=326, gaps=300, health=None, other=None)
    second = themes("second", sent(a=1), all=380, gaps=300, health=60, other=20)
    found = worked_out(first, second, truth=heard(gaps=300, health=60, other=20))
    assert cells_of(found) == {("first", "health")}
    assert "if of what was withheld in it no other was revised" in said(found) and holds_no_figure(said(found))
    third = themes("second", sent(a=1), all=380, gaps=300, health=None, other=None)
    assert worked_out(first, third, truth=heard(gaps=300, health=60, other=20)) == []


def test_what_is_shown_now_of_a_table_that_is_as_it_was_is_no_leak_by_itself():
    first = themes("first", sent(), all=326, gaps=300, health=None, other=None)
    second = themes("second", sent(), all=326, gaps=300, health=6, other=20)
    assert worked_out(first, second, truth=heard(gaps=300, health=6, other=20)) == []


def test_members_whose_returns_did_not_change_are_the_same_in_both_editions():
    """All three less the two whose figures are known, c's from the second edition and a's from the first, are b's."""
    first = coverage("staff", y2324="abc")
    first += [figure("series", "staff", 1000, members_counted=3), figure("members", "staff", 480, member="a")]
    second = coverage("staff", y2324="abc")
    second += [figure("series", "staff", 1100, members_counted=3), figure("members", "staff", 600, member="c")]
    second += [figure("members", "staff", None, member=name) for name in "ab"]
    told = truth_of(observations("staff", NOW, a=480, b=20, c=600), Definitions({}, network().catalogue))
    for again, count in (({"c": 1}, 1), ({"a": 1, "b": 1, "c": 1}, 1), ({"a": 1, "c": 1}, 1)):
        editions = reading(first, "first", True, sent()), reading(second, "second", True, sent(**again))
        found = worked_out(*editions, truth=told)
        assert len([one for one in found if one.target.cells and "|b|" in one.target.cells[0]]) == count


def test_what_an_earlier_edition_shows_of_unchanged_members_is_found_though_their_total_was_revised():
    """Like for like is a and b, in both editions; the first has them in figures, the second withholds one."""
    shared = {"kind": "changes", "since": "previous", "since_period": BEFORE, "panel": "like_for_like", "item": "to"}
    first = [*coverage("staff", y2223="ab", y2324="abc"), figure("series", "staff", 1000, members_counted=3)]
    first += [figure("headlines", "staff", 500, members_counted=2, **shared)]
    second = [*coverage("staff", y2223="ab", y2324="abc"), figure("series", "staff", 1200, members_counted=3)]
    second += [figure("headlines", "staff", None, members_counted=2, **shared)]
    editions = reading(first, "first", True, sent()), reading(second, "second", True, sent(c=1))
    assert ("headlines|staff|2023-24|previous|like_for_like|to",) in {one.target.cells for one in worked_out(*editions)}


def test_bounds_of_an_earlier_edition_tell_what_a_later_one_withholds():
    bounds = {"status": "no_value", "shown": "between 40 and 60", "value": float("nan"), "lower": 40.0, "upper": 60.0}
    first = [
        *coverage("staff_living_in_area", y2324="ab"),
        figure("series", "staff_living_in_area", 0, members_counted=2) | bounds,
    ]
    second = [
        *coverage("staff_living_in_area", y2324="ab"),
        figure("series", "staff_living_in_area", None, members_counted=2),
    ]
    (found,) = worked_out(reading(first, "first", True), reading(second, "second", True))
    assert "printed" in said([found]) and "(first)" in said([found])


def test_the_mark_of_an_earlier_edition_narrows_what_a_later_one_withholds():
    first = items("items_by_theme", all=40, gaps=35, health=None, other=None)
    first[2]["rule"] = "below 5"
    second = reading(items("items_by_theme", all=40, gaps=35, health=None, other=None), "second")
    assert ("", "other") not in cells_of(worked_out(second))
    found = worked_out(reading(first, "first"), second)
    assert ("", "other") in cells_of(found) and "the reason given for withholding" in said(found)


def test_an_earlier_edition_is_read_by_the_profile_that_it_names():
    """The first did not round, so its total and its parts give what is withheld to the last one."""
    first = reading(items("items_by_theme", all=40), "first", profiles={"listening": "Open data, shown as they are"})
    assert first.profiles["listening"].id == "open_data"
    assert reading(items("items_by_theme", all=40), "first").profiles["listening"].id == "listening_threshold_5"


def test_what_an_edition_was_made_from_is_read_from_its_manifest(tmp_path):
    for name, again in (("r1", {}), ("r2", {"b": 1})):
        cells = [figure("series", "net_spend", 90 * MILLION, "gbp")]
        (tmp_path / name).mkdir()
        storage.write_frame(cells_example.frame(cells), tmp_path / name / "cells.parquet")
        storage.write_text(tmp_path / name / "edition.json", storage.to_json(facts() | {"revision": name}))
        storage.write_text(tmp_path / name / "manifest.json", storage.to_json({"returns": sent(**again)}))
    editions = [read_edition(tmp_path / name, network()) for name in ("r1", "r2")]
    since = since_of(editions)["demonstration 2023/24 r1"]
    assert since.moved(NOW) == {"b"} and since.moved(BEFORE) == frozenset()
