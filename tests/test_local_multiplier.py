"""The local multiplier: each round surveyed, assumed or missing, a range where it is assumed, and nothing filled in."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from anchor_analysis.declared import load_catalogue
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.problems import UserError
from anchor_analysis.protect.figures import protect_level
from tests.oracle_multiplier import count_rounds
from tests.plain_files import read_return, without_blanks
from tests.spec import write_network
from tests.steps import Steps

MEMBER = '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["multiplier"]\n'
HEAD = "round,paid_to,basis,amount_gbp,covered_gbp,least_gbp,most_gbp,asked,responses,source\n"
FIRST = "first,everybody,measured,1000,,,,,,Ledger\n"
SECOND = "second,suppliers,measured,400,,,,,,Ledger\nround 2,staff,measured,200,,,,,,Payroll\n"
THIRD = "third,suppliers,survey,150,,,,40,30,Survey\nthird,staff,survey,120,,,,90,60,Survey\n"


@pytest.fixture(params=["duckdb", "polars"])
def member(tmp_path, request) -> Steps:
    return Steps(tmp_path, write_network(tmp_path, MEMBER), request.param)


def observed(steps: Steps, rows: str) -> pd.DataFrame:
    """The member's observations in pounds, by metric."""
    steps.send("local_multiplier.csv", HEAD + rows)
    from anchor_analysis import storage
    from anchor_analysis.engine import open_engine
    from anchor_analysis.measure import combined, sums_from_rows

    located, engine, network = steps.located(), open_engine(steps.engine_name), steps.network
    metrics = network.catalogue.additive("local_multiplier")
    paths = storage.table_files(located, "local_multiplier")
    schema, key = network.catalogue.schema["local_multiplier"], ["member", "network_year", "metric"]
    rows_of = combined(paths, metrics, schema, engine, steps.folder / "combined.parquet")
    totals = sums_from_rows(rows_of, metrics, schema, engine)
    figures = pd.DataFrame(columns=[*key, "told_numerator", "told_unknown"])
    months = pd.DataFrame(columns=[*key[:2], "months"])
    found = measure(network, Measured(totals, {}, figures, months, "", [network.latest]))
    return found[found["scope"] == "member"].set_index("metric")


def range_of(found: pd.DataFrame, metric: str) -> tuple:
    row = found.loc[metric]
    return (None if pd.isna(row["value"]) else row["value"]), row["lower"], row["upper"]


def test_where_all_rounds_are_known_the_multiplier_is_their_sum_over_the_first(member):
    found = observed(member, FIRST + SECOND + THIRD)
    assert range_of(found, "local_multiplier") == (1.87, 1.87, 1.87)  # (1000 + 600 + 270) / 1000
    assert range_of(found, "multiplier_third_round") == (270, 270, 270)
    assert found.loc["local_multiplier", ["status", "quality"]].tolist() == ["reported", "rows"]


def test_a_round_that_is_assumed_makes_a_range_and_no_value(member):
    assumed = "third,suppliers,survey,150,,,,40,30,Survey\nthird,staff,assumed,,,50,130,,,Own judgement\n"
    found = observed(member, FIRST + SECOND + assumed)
    assert range_of(found, "local_multiplier") == (None, 1.8, 1.88)
    assert range_of(found, "multiplier_third_round") == (None, 200, 280)
    assert range_of(found, "multiplier_second_round") == (600, 600, 600)
    assert found.loc["local_multiplier", "quality"] == "estimated"


def test_money_that_no_answer_is_about_may_have_been_spent_anywhere(member):
    part = "third,suppliers,survey,150,300,,,40,30,Survey\nthird,staff,survey,120,,,,90,60,Survey\n"
    assert range_of(observed(member, FIRST + SECOND + part), "local_multiplier") == (None, 1.87, 1.97)


def test_who_was_asked_and_answered_is_told_of_both_or_of_neither(member):
    found = observed(member, FIRST + SECOND + THIRD)
    assert found.loc[["multiplier_survey_asked", "multiplier_survey_answered"], "value"].tolist() == [130, 90]
    half = "third,suppliers,survey,150,,,,40,30,Survey\nthird,staff,survey,120,,,,90,,Survey\n"
    found = observed(member, FIRST + SECOND + half).loc[["multiplier_survey_asked", "multiplier_survey_answered"]]
    assert found["value"].tolist() == [40, 30] and set(found["status"]) == {"partial"}


def test_a_third_round_that_is_missing_is_not_filled_in(member):
    found = observed(member, FIRST + SECOND)
    assert (
        found.loc[["multiplier_third_round", "local_multiplier", "multiplier_all_rounds"], "status"].tolist()
        == ["missing"] * 3
    )
    assert range_of(found, "multiplier_second_round") == (600, 600, 600)
    assert pd.isna(found.loc["local_multiplier", "lower"])


def test_a_third_round_of_suppliers_alone_is_missing_where_staff_were_paid_too(member):
    found = observed(member, FIRST + SECOND + THIRD.splitlines()[0] + "\n")
    assert found.loc["local_multiplier", "status"] == "missing"
    assert found.loc["multiplier_third_round", "status"] == "missing"


def test_a_second_round_that_is_assumed_makes_a_range_too(member):
    second = "second,suppliers,assumed,,,300,400,,,Judgement\n"
    third = "third,suppliers,survey,100,,,,40,30,Survey\n"
    assert range_of(observed(member, FIRST + second + third), "local_multiplier") == (None, 1.4, 1.5)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("third,staff,assumed,120,,,,,,Judgement\n", "has no range"),
        ("third,staff,assumed,,,130,120,,,Judgement\n", "the most is below the least"),
        ("third,staff,survey,,,,,,,Survey\n", "what is known has no amount"),
        ("third,staff,survey,10,,5,6,,,Survey\n", "what is known has a range"),
        ("third,staff,survey,-10,,,,,,Survey\n", "an amount below zero"),
        ("third,everybody,survey,10,,,,,,Survey\n", "the first round is that of everybody"),
        ("second,staff,measured,10,5,,,,,Survey\n", "stands beside what is no surveyed third round"),
        ("third,staff,survey,10,,,,3,4,Survey\n", "more answered than were asked"),
    ],
)
def test_what_cannot_be_is_told_with_its_row(member, row, said):
    member.send("local_multiplier.csv", HEAD + FIRST + row)
    with pytest.raises(UserError, match=said) as caught:
        member.clean()
    assert "AN085" in {problem.code for problem in caught.value.problems}


def test_a_round_above_the_one_before_it_is_a_fault(member):
    member.send("local_multiplier.csv", HEAD + FIRST + SECOND + "third,staff,survey,201,,,,,,Survey\n")
    with pytest.raises(UserError, match="more was spent in the third round than in the second one") as caught:
        member.clean()
    assert [problem.code for problem in caught.value.problems] == ["AN086"]


def test_a_range_is_released_as_a_range_and_a_surveyed_multiplier_as_a_figure():
    profile = load_catalogue().profiles["spend_round_1000"]
    numbers = {"numerator": 180_000_000, "denominator": 100_000_000, "unknown_credits": 0, "value": float("nan")}
    shown = protect_level(numbers | {"unknown": 8_000_000}, "times", ("gbp", "gbp"), profile)
    assert (shown.shown, shown.status, shown.certain) == ("between 1.79 and 1.89", "no_value", False)
    known = protect_level(numbers | {"unknown": 0, "value": 1.8}, "times", ("gbp", "gbp"), profile)
    assert (known.shown, known.status) == ("1.80", "shown")


def test_a_ratio_that_is_no_multiplier_still_has_no_bounds(tmp_path):
    from anchor_analysis import storage

    shipped = storage.PACKAGE / "definitions" / "metrics" / "local_multiplier.yaml"
    text = shipped.read_text(encoding="utf-8").replace("unit: times", "unit: gbp_per_person")
    storage.write_text(tmp_path / "metrics" / "own.yaml", text)
    with pytest.raises(UserError, match="only a share has bounds"):
        load_catalogue(tmp_path)


# --- the demonstration ---


@pytest.fixture(scope="module")
def sheets(demonstration) -> dict[str, pd.DataFrame]:
    """The rounds of 2023/24 by member, as they were sent; reading the returns that they stand in takes seconds."""
    paths = sorted((demonstration.raw("demonstration") / "2023-24").glob("*/local_multiplier.csv"))
    return {path.parent.name: without_blanks(read_return(path.parent)["local_multiplier"]) for path in paths}


def test_the_demonstration_has_a_member_of_each_kind_and_is_the_oracles(demonstration, sheets):
    processed = demonstration.processed("demonstration")
    pointer = json.loads((processed / "current" / "2023-24.json").read_text(encoding="utf-8"))
    rows = pd.read_parquet(processed / pointer["results"] / "observations.parquet")
    rows = rows[(rows["metric"] == "local_multiplier") & (rows["network_year"] == "2023/24")].set_index("member")
    found = {}
    for member, sheet in sheets.items():
        counted = count_rounds(sheet, None)
        if counted["all_rounds"].isna().all():
            assert rows.loc[member, "status"] == "missing"
            found[member] = "missing"
            continue
        least, more, first = (counted[name].sum() for name in ("all_rounds", "all_range", "first_of_all"))
        assert rows.loc[member, "lower"] == pytest.approx(least / first)
        assert rows.loc[member, "upper"] == pytest.approx((least + more) / first)
        assert pd.isna(rows.loc[member, "value"]) == bool(more)
        found[member] = "range" if more else "figure"
    assert sorted(found.values()) == ["figure", "missing", "range"]
    assert pd.isna(rows.loc["", "value"]) and rows.loc["", "members_counted"] == 2


def test_each_round_is_marked_by_how_it_is_known(demonstration):
    pointer = json.loads((demonstration.processed("demonstration") / "current" / "2023-24.json").read_text("utf-8"))
    cells = pd.read_parquet(demonstration.processed("demonstration") / pointer["results"] / "cells.parquet")
    rounds = cells[(cells["table"] == "local_multiplier_members") & (cells["metric"] != "local_multiplier")]
    notes = rounds.set_index(["metric", "member"])["note"]
    range_ = "a range, since a part is assumed or was not surveyed"
    assert notes["multiplier_third_round"].to_dict() | {"": ""} == {
        **dict.fromkeys(notes["multiplier_third_round"].index, ""), "": "",
        "owlgate_council": "surveyed", "larkmere_hospitals": f"assumed and surveyed; {range_}",
    }  # fmt: skip
    assert set(notes["multiplier_second_round"][lambda note: note != ""]) == {"measured"}
    of_all = cells[(cells["table"] == "local_multiplier") & (cells["period"] == "2023/24")].set_index("metric")["note"]
    assert of_all["multiplier_third_round"] == f"assumed and surveyed; {range_}"


def test_the_rounds_by_how_they_are_known_are_those_of_the_files(demonstration, sheets):
    pointer = json.loads((demonstration.processed("demonstration") / "current" / "2023-24.json").read_text("utf-8"))
    rows = pd.read_parquet(demonstration.processed("demonstration") / pointer["results"] / "observations.parquet")
    rows = rows[(rows["breakdown"] == "basis") & (rows["network_year"] == "2023/24") & (rows["scope"] == "network")]
    ours = rows.set_index(["metric", "group"])[["numerator", "unknown"]].astype("int64")
    every = pd.concat([count_rounds(sheet, None).assign(basis=sheet["basis"]) for sheet in sheets.values()])
    for name in ("first", "second", "third"):
        theirs = every.groupby("basis")[[f"{name}_round", f"{name}_range"]].sum().astype("int64")
        found = ours.loc[f"multiplier_{name}_round"]
        assert (
            found[found.any(axis="columns")].to_numpy().tolist()
            == theirs[theirs.any(axis="columns")].to_numpy().tolist()
        )
