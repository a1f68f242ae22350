"""Cleaning: every row and penny accounted for, every fault told at once, nothing personal said."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis.problems import HeldError, UserError
from tests.spec import write_network
from tests.steps import MEMBER, Steps

LEDGER = "transaction_id,payment_date,supplier_name,net_gbp\n"
STAFF = "employee_id,assignment_id,contract,fte,home_postcode\n"


@pytest.fixture
def member(tmp_path) -> Steps:
    return Steps(tmp_path, write_network(tmp_path, MEMBER))


def account(steps: Steps) -> pd.Series:
    return pd.read_parquet(steps.clean() / "accounts.parquet").iloc[0]


def problems(steps: Steps, kind: type[UserError] = UserError) -> str:
    with pytest.raises(kind) as caught:
        steps.clean()
    return str(caught.value)


def test_a_grand_total_is_not_a_payment(member):
    member.send("ledger.csv", LEDGER + "T1,01/05/2023,A,100.10\nT2,02/05/2023,B,-0.10\n,,,100.00\n")
    found = account(member)
    assert (found["rows_read"], found["rows_kept"], found["rows_set_aside"]) == (3, 2, 1)
    assert (found["value_kept_pence"], found["control_total_pence"], found["difference_pence"]) == (10000, 10000, 0)


def test_a_total_in_words_is_one_too(member):
    member.send("ledger.csv", LEDGER + "T1,01/05/2023,A,100\n,,Grand Total,100\n")
    assert account(member)["value_kept_pence"] == 10000


def test_a_total_that_is_pennies_off_is_recorded(member):
    member.send("ledger.csv", LEDGER + "T1,01/05/2023,A,100\n,,,100.37\n")
    assert account(member)["difference_pence"] == 37


def test_a_total_that_is_further_off_is_held_for_an_answer(member):
    member.send("ledger.csv", LEDGER + "T1,01/05/2023,A,100\n,,,250\n")
    said = problems(member, HeldError)
    assert "the file's own total is £250.00, and its rows add up to £100.00" in said
    assert "answers.toml" in said


def test_an_answer_releases_what_was_held(tmp_path):
    folder = tmp_path / "networks" / "example"
    folder.mkdir(parents=True)
    (folder / "answers.toml").write_text(
        '[[answers]]\nmember = "a"\nyear = "2023/24"\nfile = "ledger.csv"\ncode = "AN027"\nreason = "rows are right"\n'
    )
    steps = Steps(tmp_path, write_network(tmp_path, MEMBER))
    steps.send("ledger.csv", LEDGER + "T1,01/05/2023,A,100\n,,,250\n")
    assert account(steps)["value_kept_pence"] == 10000


def test_an_undated_payment_is_a_fault_and_not_a_total(member):
    member.send("ledger.csv", LEDGER + "T1,01/05/2023,A,100\nT2,,B,7\n")
    assert "row 3, column payment_date: the cell is blank" in problems(member)


def test_less_than_a_penny_is_rounded_once_and_logged(member):
    member.send("ledger.csv", LEDGER + "T1,01/05/2023,A,0.005\nT2,01/05/2023,A,-0.015\n")
    assert account(member)["rounding_e4"] == 50 - 50
    log = pd.concat(pd.read_parquet(path) for path in (member.clean() / "ledger_edits").glob("*"))
    assert list(log.sort_values("source_row")[["before", "after"]].itertuples(index=False, name=None)) == [
        ("0.005", "1"), ("-0.015", "-2"),
    ]  # fmt: skip


def test_all_faults_of_a_return_are_told_at_once(member):
    member.send("ledger.csv", LEDGER + "T1,31/02/2023,A,100\nT2,02/05/2023,B,12k\nT3,02/05/2019,B,5\n")
    member.send("workforce.csv", STAFF + "1,1,forever,1,LS1 1AA\n2,1,bank,full,LS1 1AA\n2,1,bank,1,\n")
    said = problems(member)
    for part in (
        '"31/02/2023" cannot be read as a day that exists',
        '"12k" cannot be read as an amount in pounds',
        "the day is not between 01/04/2023 and 31/03/2024",
        '"forever" is not one of permanent, fixed_term, bank',
        '"full" cannot be read as a full-time equivalent',
        "employee_id and assignment_id stand again",
    ):
        assert part in said


def test_a_message_shows_nothing_private(member):
    member.send("workforce.csv", STAFF.replace("fte", "fte,start_date") + "EMP-77,1,permanent,1,LS1 9ZZ,soon\n" * 2)
    said = problems(member).lower()
    assert "emp-77" not in said and "ls1 9zz" not in said and "start_date" in said


def test_more_faults_than_a_person_can_read_are_counted(member):
    member.send("ledger.csv", LEDGER + "T,01/05/2023,A,x\n" * 1200)
    assert "rows 2, 3, 4, 5, 6 and 1,195 more" in problems(member)


def test_a_figure_for_no_known_metric_is_refused(member):
    member.send("figures.csv", "metric,value,method\nstuff,12,counted\n")
    assert '"stuff" is not a metric that can be told as a figure' in problems(member)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ("staff,-5,,counted", "is below zero"),
        ("staff,10,,counted\nstaff_living_in_area,8,3,counted", "is more than staff, of which it is a part"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(member, figures, said):
    member.send("figures.csv", f"metric,value,unknown,method\n{figures}\n")
    assert said in problems(member)


rows = st.lists(
    st.one_of(
        st.tuples(st.just("paid"), st.integers(-(10**8), 10**8)),
        st.tuples(st.just("blank"), st.just(0)),
    ),
    max_size=30,
)


@settings(max_examples=12)
@given(rows=rows, total=st.booleans())
def test_rows_read_are_rows_kept_and_set_aside_and_so_is_value(tmp_path_factory, rows, total):
    folder = tmp_path_factory.mktemp("account")
    steps = Steps(folder, write_network(folder, MEMBER))
    paid = [pence for kind, pence in rows if kind == "paid"]
    lines = [f"T,01/05/2023,A,{pence / 100:.2f}" if kind == "paid" else ",,," for kind, pence in rows]
    lines += [f",,,{sum(paid) / 100:.2f}"] if total else []
    steps.send("ledger.csv", LEDGER + "".join(f"{line}\n" for line in [*lines, "T,01/06/2023,B,0.00"]))
    found = account(steps)
    assert found["rows_read"] == found["rows_kept"] + found["rows_set_aside"] == len(lines) + 1
    assert found["value_read_pence"] == found["value_kept_pence"] + found["value_set_aside_pence"]
    assert found["value_kept_pence"] == sum(paid)
