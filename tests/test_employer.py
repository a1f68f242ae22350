"""Who came, who is an apprentice, and who is paid a living wage: the derived columns at their edges."""

from datetime import date
from decimal import Decimal

import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from tests.spec import write_network
from tests.steps import MEMBER, Steps

NAMES = [
    "employee_id", "assignment_id", "primary", "contract", "fte", "start_date", "leave_date", "apprentice",
    "pay_scale", "hourly_rate", "works_in_london",
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
