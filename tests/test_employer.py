"""Who came, who left, who is an apprentice, and who is paid a living wage: the derived columns at their edges."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from tests.spec import write_network
from tests.steps import MEMBER, Steps

NAMES = [
    "employee_id", "assignment_id", "primary", "contract", "fte", "start_date", "leave_date", "apprentice",
    "pay_scale", "hourly_rate", "works_in_london", "sex", "ethnicity", "disability", "age_band",
]  # fmt: skip
HEADERS = ",".join(NAMES)


def post(employee: str = "a", number: str = "1", **cells: str) -> str:
    row = {"employee_id": employee, "assignment_id": number, "contract": "permanent", "fte": "1"} | cells
    return ",".join(row.get(name, "") for name in NAMES)


@pytest.fixture(params=["duckdb", "polars"])
def rows(tmp_path, request):
    """Posts of the year to 31 March 2024 through cleaning, by employee and assignment."""

    def cleaned(*posts: str):
        steps = Steps(tmp_path, write_network(tmp_path, MEMBER), request.param)
        steps.send("workforce.csv", "\n".join([HEADERS, *posts]) + "\n")
        (path,) = storage.table_files(steps.clean(), "workforce")
        return steps.frame(path).set_index(["employee_id", "assignment_id"])

    return cleaned


# --- who came ---


def test_a_recruit_began_on_a_day_of_the_twelve_months(rows):
    days = ["31/03/2023", "01/04/2023", "31/03/2024", "01/04/2024"]
    found = rows(*(post(str(at), start_date=day) for at, day in enumerate(days)))
    assert found["recruit"].tolist() == [0, 1, 1, 0]
    assert found["recruit_unknown"].tolist() == [0, 0, 0, 0]


def test_who_had_a_post_before_is_no_recruit_and_who_comes_from_the_bank_is(rows):
    new = {"start_date": "01/05/2023"}
    found = rows(
        post("a", "1", start_date="01/05/2020", leave_date="30/04/2023"), post("a", "2", **new),
        post("b", "1", contract="bank", start_date="01/05/2020"), post("b", "2", **new),
        post("c", "1", **new), post("c", "2", fte="0.5", **new),
    )  # fmt: skip
    assert found["recruit"].tolist() == [0, 0, 0, 1, 1, 0]


def test_who_has_no_start_date_may_have_been_recruited_unless_a_post_began_before(rows):
    found = rows(
        post("a"), post("b", "1"), post("b", "2", fte="0.5", start_date="01/05/2020"),
        post("c", "1", start_date="01/05/2023"), post("c", "2", fte="0.5"),
    )  # fmt: skip
    assert found["recruit"].tolist() == [0, 0, 0, 0, 0]
    assert found["recruit_unknown"].tolist() == [1, 0, 0, 1, 0]


# --- who left ---

EARLY = post("early", start_date="01/05/2020", leave_date="10/04/2023")


def test_who_was_in_post_on_the_eve_and_is_not_at_the_end_has_left(rows):
    days = ["30/03/2023", "31/03/2023", "30/03/2024", "31/03/2024", ""]
    found = rows(EARLY, *(post(str(at), start_date="01/05/2020", leave_date=day) for at, day in enumerate(days)))
    assert found["at_start"].tolist() == [1, 0, 1, 1, 1, 1]
    assert found["leaver"].tolist() == [1, 0, 1, 1, 0, 0]


def test_who_came_and_went_within_the_year_or_changed_posts_has_not_left(rows):
    found = rows(
        EARLY,
        post("short", start_date="01/05/2023", leave_date="30/06/2023"),
        post("moved", "1", start_date="01/05/2020", leave_date="30/06/2023"),
        post("moved", "2", start_date="01/07/2023"),
        post("bank", contract="bank", start_date="01/05/2020", leave_date="30/06/2023"),
        post("to_bank", "1", start_date="01/05/2020", leave_date="30/06/2023"),
        post("to_bank", "2", contract="bank", start_date="01/07/2023"),
        post("undated", leave_date="30/06/2023"),
    )  # fmt: skip
    assert found["at_start"].tolist() == [1, 0, 0, 1, 0, 1, 0, 1]
    assert found["leaver"].tolist() == [1, 0, 0, 0, 0, 1, 0, 1]


def test_of_two_posts_that_ended_one_stands_for_who_left(rows):
    gone = {"start_date": "01/05/2020", "leave_date": "30/06/2023"}
    old = {"start_date": "01/05/2015", "leave_date": "30/06/2018", "primary": "yes"}
    found = rows(EARLY, post("a", "1", **old), post("a", "2", fte="0.4", **gone), post("a", "3", fte="0.6", **gone))
    assert found["leaver"].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(("day", "reaches"), [("30/04/2023", True), ("01/05/2023", False), ("30/03/2023", False)])
def test_an_extract_that_does_not_reach_back_tells_nothing_of_who_left(rows, day, reaches):
    found = rows(post("a", start_date="01/05/2020", leave_date=day), post("b", start_date="01/05/2020"))
    assert found["leaver"].notna().all() == found["at_start"].notna().all() == reaches
    assert found["person"].tolist() == [0, 1]


def test_an_early_end_of_a_post_of_somebody_who_stays_is_no_sign_that_an_extract_reaches_back(rows):
    found = rows(
        post("a", "1", start_date="01/05/2020", leave_date="10/04/2023"), post("a", "2", start_date="11/04/2023")
    )
    assert found["leaver"].isna().all()


@given(days=st.lists(st.tuples(st.integers(-700, 360), st.integers(1, 900), st.booleans()), max_size=30))
@settings(max_examples=8, deadline=None)
def test_staff_at_the_end_are_those_at_the_start_less_who_left_and_those_recruited(tmp_path_factory, days):
    """Where every post is dated and nobody comes back, whoever they are."""
    steps = Steps(folder := tmp_path_factory.mktemp("posts"), write_network(folder, MEMBER), "duckdb")
    eve = date(2023, 3, 31)
    said = [EARLY]
    for at, (begins, lasts, leaves) in enumerate(days):
        start = eve + timedelta(days=begins)
        end = f"{start + timedelta(days=lasts):%d/%m/%Y}" if leaves else ""
        said.append(post(str(at), start_date=f"{start:%d/%m/%Y}", leave_date=end))
    steps.send("workforce.csv", "\n".join([HEADERS, *said]) + "\n")
    (path,) = storage.table_files(steps.clean(), "workforce")
    sums = steps.frame(path)[["person", "recruit", "at_start", "leaver"]].sum()
    assert sums["person"] == sums["at_start"] - sums["leaver"] + sums["recruit"]


# --- characteristics ---


def test_what_nobody_stated_is_unknown_and_words_are_brought_to_one(rows):
    told = [("F", "White British", "No", "16-24"), ("", "", "", ""), ("Male", "Pakistani", "yes", "40-44")]
    names = ["sex", "ethnicity", "disability", "age_band"]
    found = rows(*(post(str(at), **dict(zip(names, cells, strict=True))) for at, cells in enumerate(told)))
    assert found[names].to_numpy().tolist() == [
        ["female", "white", "not_disabled", "age_16_to_24"],
        ["unknown"] * 4,
        ["male", "asian", "disabled", "age_35_to_44"],
    ]  # fmt: skip


# --- apprentices ---


def test_an_apprentice_is_one_by_the_flag_or_by_the_pay_scale(rows):
    told = [
        ("yes", ""),
        ("no", ""),
        ("", "Apprentice Year 1"),
        ("no", "HIGHER APPRENTICESHIP"),
        ("", "Band 5"),
        ("", ""),
    ]
    found = rows(*(post(str(at), apprentice=flag, pay_scale=scale) for at, (flag, scale) in enumerate(told)))
    assert found["apprentice_in_post"].tolist() == ["yes", "no", "yes", "yes", "no", "unknown"]


# --- the living wage ---


def test_pay_is_held_against_the_rate_in_force_and_against_the_newest_announced(rows):
    """On 31 March 2024 £10.90 was in force, £11.95 in London; £12.00 and £13.15 had been announced."""
    pay = ["10.89", "10.90", "11.99", "12.00"]
    found = rows(*(post(str(at), hourly_rate=rate) for at, rate in enumerate(pay)))
    assert found["living_wage"].tolist() == ["below", "at_least", "at_least", "at_least"]
    assert found["living_wage_announced"].tolist() == ["below", "below", "below", "at_least"]


def test_london_has_rates_of_its_own_and_blank_is_not_london(rows):
    pay = [("11.94", "yes"), ("11.95", "yes"), ("13.15", "yes"), ("11.94", "no"), ("11.94", "")]
    found = rows(*(post(str(at), hourly_rate=rate, works_in_london=where) for at, (rate, where) in enumerate(pay)))
    assert found["living_wage"].tolist() == ["below", "at_least", "at_least", "at_least", "at_least"]
    assert found["living_wage_announced"].tolist() == ["below", "below", "at_least", "below", "below"]


def test_pay_that_is_blank_or_nought_is_not_known(rows):
    found = rows(post("a"), post("b", hourly_rate="0"), post("c", hourly_rate="-12.00"))
    assert set(found["living_wage"]) == set(found["living_wage_announced"]) == {"unknown"}


@pytest.mark.parametrize(
    ("by", "day", "pounds"),
    [
        ("starts", "2025-04-30", "12.00"), ("starts", "2025-05-01", "12.60"),
        ("announced", "2024-09-30", "12.00"), ("announced", "2024-10-01", "12.60"),
        ("starts", "2021-04-30", None), ("starts", "2021-05-01", "9.50"),
    ],
)  # fmt: skip
def test_a_rate_holds_from_its_announcement_or_from_the_day_by_which_it_is_paid(by, day, pounds):
    found = load_catalogue().rates["real_living_wage"].at("uk", date.fromisoformat(day), by)
    assert (found and found.value) == (pounds and Decimal(pounds))


def test_what_was_inferred_or_is_from_memory_is_marked():
    rates = load_catalogue().rates["real_living_wage"]
    held = [rate.starts for rate in rates.values if (rate.source_status or rates.source_status) == "verified"]
    assert set(held) == {date(2025, 5, 1)}


def test_before_the_first_rate_there_is_none_to_pay(tmp_path):
    network = write_network(tmp_path, MEMBER)
    assert network.catalogue.rates["real_living_wage"].at("london", date(2020, 12, 30), "announced") is None
