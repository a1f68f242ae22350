"""Medians of pay from counts, the gaps between them, and when they are shown."""

from statistics import median

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.compare.gaps import gap_between
from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.gaps import PayGap
from anchor_analysis.engine import open_engine
from anchor_analysis.measure.pay import pay_counts, twice_median
from anchor_analysis.problems import UserError
from anchor_analysis.protect.gaps import gap_figures
from tests.spec import write_network
from tests.steps import MEMBER, Steps
from tests.test_employer import HEADERS, post

PEOPLE = load_catalogue().profiles["people_threshold_10_round_5"]


def counted(pay: list[int]) -> pd.Series:
    return pd.Series(pay, dtype="int64").value_counts()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_a_median_of_counts_is_that_of_the_people(pay):
    assert twice_median(counted(pay)) == 2 * median(pay)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=20), st.integers(0, 25), st.integers(0, 25))
def test_whoever_may_be_paid_less_or_more_moves_the_median_or_leaves_it_open(pay, less, more):
    found = twice_median(counted(pay), less, more)
    whole = sorted([*[float("-inf")] * less, *pay, *[float("inf")] * more])
    middle = whole[(len(whole) - 1) // 2], whole[len(whole) // 2]
    assert found == (None if set(middle) & {float("-inf"), float("inf")} else sum(middle))


def test_of_nobody_there_is_no_median_and_no_gap():
    assert twice_median(counted([])) is None and twice_median(counted([]), 3) is None
    assert gap_between(None, 2000) is None and gap_between(1800, None) is None


def test_a_gap_is_a_share_of_the_median_beside():
    """£9.00 beside £10.00 is a gap of a tenth; the other way round the group is paid more."""
    assert float(gap_between(1800, 2000)) == 0.1
    assert float(gap_between(2000, 1600)) == -0.25


# --- what is shown ---


def finding(**changed) -> dict:
    return {"to_numerator": 1200, "to_denominator": 1500, "members": 5, "value": 0.0745, "lower": 0.0612,
            "upper": 0.0869} | changed  # fmt: skip


def shown(**changed) -> list[str]:
    return [figure.shown for figure in gap_figures(finding(**changed), PEOPLE, 3)]


def test_a_gap_of_many_is_shown_to_a_tenth_of_a_point_and_of_fewer_to_a_whole_one():
    assert shown() == ["7.5%", "1,200", "1,500"]
    gap, *_ = gap_figures(finding(), PEOPLE, 3)
    assert (gap.value, gap.lower, gap.upper) == (0.075, 0.061, 0.087), "bounds are rounded outward"
    assert shown(to_numerator=999) == ["7%", "1,000", "1,500"]
    assert shown(value=-0.0745, lower=-0.09, upper=-0.06)[0] == "−7.5%"


@pytest.mark.parametrize("changed", [{"to_numerator": 9}, {"to_denominator": 9}, {"members": 2}])
def test_a_gap_with_few_people_or_members_behind_it_is_withheld_whole(changed):
    figures = gap_figures(finding(**changed), PEOPLE, 3)
    assert {figure.status for figure in figures} == {"withheld"} and all(pd.isna(one.value) for one in figures)


def test_a_gap_that_the_unknown_leave_open_is_not_told():
    gap, *_ = gap_figures(finding(lower=float("nan")), PEOPLE, 3)
    assert (gap.status, gap.shown) == ("no_value", "not known")


# --- how people are counted ---


def test_people_are_counted_by_pay_once_each(tmp_path):
    steps = Steps(tmp_path, write_network(tmp_path, MEMBER), "duckdb")
    told = [
        post("a", "1", primary="yes", sex="F", hourly_rate="12.00"), post("a", "2", sex="F", hourly_rate="20.00"),
        post("b", sex="F", hourly_rate="12.00"), post("c", sex="F"), post("d", sex="M", hourly_rate="0"),
        post("e", hourly_rate="15.00"), post("f", contract="bank", sex="F", hourly_rate="11.00"),
    ]  # fmt: skip
    steps.send("workforce.csv", "\n".join([HEADERS, *told]) + "\n")
    paths = storage.table_files(steps.clean(), "workforce")
    found = pay_counts(paths, ["sex"], open_engine())
    rows = found[["group", "pence", "people"]].astype("object").where(found.notna(), None).to_numpy().tolist()
    assert sorted(rows, key=str) == [
        ["female", 1200, 2], ["female", None, 1], ["male", None, 1], ["unknown", 1500, 1],
    ]  # fmt: skip
    assert pay_counts([], ["sex"], open_engine()).empty


@pytest.mark.parametrize(
    ("group", "beside", "said"),
    [(["female"], ["female", "male"], "cannot be on both sides"), (["unknown"], ["male"], "on neither side")],
)
def test_sides_that_cannot_be_are_refused(group, beside, said):
    with pytest.raises(ValueError, match=said):
        PayGap(id="x", title="x", column="sex", group=group, beside=beside, caveats=["x"])


def test_a_gap_of_groups_that_are_not_there_is_told_with_its_file_and_field(tmp_path):
    network = write_network(tmp_path, MEMBER)
    text = "title: x\ncolumn: sex\ngroup: [femal]\nbeside: [male]\ncaveats: [x]\n"
    storage.write_text(network.folder / "definitions" / "gaps" / "own.yaml", text)
    with pytest.raises(UserError) as caught:
        load_catalogue(network.folder / "definitions")
    (problem,) = caught.value.problems
    assert (
        problem.where == "networks/example/definitions/gaps/own.yaml, line 3, group.0"
        and '"femal" is no category of sex' in problem.what
    )
