"""Programmes: stages that follow from one another, weeks in work that are not over, and what a place costs."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from anchor_analysis.problems import UserError
from tests.oracle_services import count_programmes
from tests.plain_files import read_return, without_blanks
from tests.spec import write_network
from tests.steps import Steps

MEMBER = '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["services"]\n'
HEAD = "programme_id,programme,kind,cohort,stage,ward,people,cost_gbp\n"
ARMLEY, ALWOODLEY, OUTSIDE = "E05011385", "E05012842", "E05000001"


@pytest.fixture(params=["duckdb", "polars"])
def member(tmp_path, request) -> Steps:
    return Steps(tmp_path, write_network(tmp_path, MEMBER), request.param)


def row(
    stage: str, people: object = "", ward: str = ARMLEY, cohort: str = "1", cost: str = "", kind: str = "ips"
) -> str:
    return f"P,Ways in,{kind},{cohort},{stage},{ward},{people},{cost}\n"


def problems(steps: Steps) -> list:
    with pytest.raises(UserError) as caught:
        steps.clean()
    return caught.value.problems


def sums(steps: Steps, breakdown: str = "") -> pd.DataFrame:
    """By metric (and group): how many, and how many are unknown."""
    found = steps.sums(steps.located(), breakdown)
    return found.set_index(["metric", *(["group"] if breakdown else [])])[["numerator", "unknown"]]


def counted(steps: Steps, metric: str) -> tuple[int, int]:
    numerator, unknown = sums(steps).loc[f"programme_{metric}"]
    return int(numerator), int(unknown)


def test_people_are_counted_by_the_stage_that_they_reached(member):
    stages = {"Referred": 30, "started": 20, "Completers": 15, "into work": 9, "13 weeks": 7, "Sustained 26 weeks": 6}
    member.send("programmes.csv", HEAD + "".join(row(stage, people) for stage, people in stages.items()))
    found = sums(member)["numerator"]
    names = ["referrals", "starts", "completions", "jobs", "sustained_13", "sustained_26"]
    assert [found[f"programme_{name}"] for name in names] == list(stages.values())


def test_weeks_that_are_not_over_are_unknown_and_not_zero(member):
    first = row("job", 9) + row("26 weeks", 6)
    second = row("job", 5, cohort="2") + row("26 weeks", "", cohort="2")
    member.send("programmes.csv", HEAD + first + second)
    assert counted(member, "sustained_26") == (6, 5)


def test_of_a_cohort_that_nobody_followed_up_all_are_unknown_and_of_one_that_was_none(member):
    followed = row("job", 9) + row("13 weeks", 0)
    member.send("programmes.csv", HEAD + followed + row("job", 4, cohort="2"))
    assert counted(member, "sustained_13") == (0, 4)


def test_a_ward_that_is_not_known_may_be_any(member):
    wards = row("start", 8) + row("start", 3, ward=ALWOODLEY) + row("start", 2, ward="") + row("start", 1, ward=OUTSIDE)
    member.send("programmes.csv", HEAD + wards)
    assert counted(member, "starts_most_disadvantaged_wards") == (8, 2)
    groups = sums(member, "ward_group").loc["programme_starts", "numerator"].to_dict()
    assert groups == {"most_disadvantaged": 8, "other_in_area": 3, "unknown": 2, "elsewhere": 1}


def test_starts_stand_by_the_kind_of_programme(member):
    kinds = row("start", 8, kind="Work placement") + row("start", 3, kind="IPS", cohort="2")
    member.send("programmes.csv", HEAD + kinds)
    groups = sums(member, "kind").loc["programme_starts", "numerator"].to_dict()
    assert groups == {"placement": 8, "supported_employment": 3}


def test_what_a_place_costs_is_of_the_cohorts_whose_cost_is_known(member):
    known = row("start", 8, cost="800.50") + row("start", 2, ward="") + row("job", 4)
    member.send("programmes.csv", HEAD + known + row("start", 5, cohort="2") + row("job", 5, cohort="2"))
    found = [counted(member, name)[0] for name in ("cost", "starts_with_cost", "jobs_with_cost", "starts")]
    assert found == [80050, 10, 4, 15]


# --- faults ---


def test_more_people_at_a_stage_than_before_it_are_a_fault_over_all_wards(member):
    moved = row("start", 5) + row("start", 5, ward="") + row("completion", 10, ward=ALWOODLEY)
    member.send("programmes.csv", HEAD + moved + row("job", 11))
    (problem,) = problems(member)
    assert problem.code == "AN070"
    assert "row 5: P, cohort 1, has more people at job than at completion" in str(problem)
    assert [(cell.file, cell.row, cell.column) for cell in problem.cells] == [("programmes.csv", 5, "people")]


def test_a_stage_that_nobody_told_is_passed_over(member):
    member.send("programmes.csv", HEAD + row("start", 5) + row("26 weeks", 6))
    assert "more people at sustained_26 than at start" in str(problems(member)[0])


def test_stages_of_two_cohorts_are_not_held_against_each_other(member):
    member.send("programmes.csv", HEAD + row("start", 5) + row("job", 9, cohort="2"))
    assert counted(member, "jobs") == (9, 0)


def test_every_fault_of_the_rows_is_told_at_once(member):
    member.send(
        "programmes.csv",
        HEAD + row("referral", 9) + row("start", -1) + row("completion") + row("job", 0, cost="5")
        + row("start", 1, cohort="2", cost="-3"),
    )  # fmt: skip
    said = {(problem.code, *((cell.row, cell.column) for cell in problem.cells)) for problem in problems(member)}
    wanted = {(3, "people"), (4, "people"), (5, "cost_gbp"), (6, "cost_gbp")}
    assert {("AN071", one) for one in wanted} <= said
    assert any(problem.code == "AN070" for problem in problems(member)), "no job is more than fewer than none"


def test_the_same_cell_sent_twice_is_a_fault_also_where_the_ward_is_not_known(member):
    member.send("programmes.csv", HEAD + row("start", 5) + row("Started", 5) + row("job", 1, "") + row("job", 2, ""))
    (problem,) = problems(member)
    assert problem.code == "AN026" and {cell.row for cell in problem.cells} == {2, 3, 4, 5}


def test_a_ward_by_name_and_a_stage_of_no_known_name_are_faults(member):
    member.send("programmes.csv", HEAD + row("start", 5, ward="Armley") + row("half way", 2))
    assert [problem.code for problem in problems(member)] == ["AN021", "AN021"]


# --- the demonstration ---


@pytest.fixture(scope="module")
def sheets(demonstration) -> dict[str, pd.DataFrame]:
    """The rows of programmes of 2023/24 by member; reading the returns that they stand in takes seconds."""
    raw = demonstration.raw("demonstration") / "2023-24"
    return {path.parent.name: read_return(path.parent)["programmes"] for path in sorted(raw.glob("*/programmes.csv"))}


def latest_results(demonstration):
    processed = demonstration.processed("demonstration")
    pointer = json.loads((processed / "current" / "2023-24.json").read_text(encoding="utf-8"))
    return processed / pointer["results"]


@pytest.mark.parametrize("breakdown", ["kind", "ward_group"])
def test_starts_and_jobs_by_group_are_the_oracles(demonstration, sheets, breakdown):
    counted = pd.concat([count_programmes(without_blanks(sheet), date(2024, 3, 31)) for sheet in sheets.values()])
    observations = pd.read_parquet(latest_results(demonstration) / "observations.parquet")
    chosen = (observations["scope"] == "network") & (observations["breakdown"] == breakdown)
    theirs = observations[chosen & (observations["network_year"] == "2023/24")].set_index(["metric", "group"])
    for stage, metric in {"start": "programme_starts", "job": "programme_jobs"}.items():
        ours = counted[counted["stage"] == stage].groupby(breakdown)["people"].sum().to_dict()
        assert len(ours) >= 3 and theirs.loc[metric, "numerator"].to_dict() == ours


@pytest.mark.parametrize("breakdown", ["kind", "ward_group"])
def test_the_share_of_starts_that_led_to_a_job_by_group_is_the_oracles(demonstration, sheets, breakdown):
    counted = pd.concat([count_programmes(without_blanks(sheet), date(2024, 3, 31)) for sheet in sheets.values()])
    observations = pd.read_parquet(latest_results(demonstration) / "observations.parquet")
    chosen = observations["breakdown"].eq(breakdown) & observations["network_year"].eq("2023/24")
    chosen &= observations["metric"].eq("programme_job_share") & observations["scope"].eq("network")
    theirs = observations[chosen].set_index("group")["value"]
    people = counted.pivot_table(index=breakdown, columns="stage", values="people", aggfunc="sum")
    ours = (people["job"] / people["start"]).to_dict()
    assert len(ours) >= 3 and theirs.to_dict() == pytest.approx(ours)


def test_old_codes_of_wards_are_brought_to_todays(sheets):
    sheet = sheets["marlpit_university"]
    old = count_programmes(sheet[sheet["ward"].isin(["E05011386", "E05011383"])], date(2024, 7, 31))
    assert set(old["ward_group"]) == {"most_disadvantaged", "other_in_area"}


def test_a_cost_that_is_rounded_to_a_few_pounds_is_written_out(demonstration):
    cells = pd.read_parquet(latest_results(demonstration) / "cells.parquet").query("metric == 'programme_cost'")
    shown = cells.loc[(cells["table"] == "services_series") & (cells["period"] == "2023/24"), "shown"]
    assert shown.str.fullmatch(r"£1,\d{3},\d{2}[05]").all()
