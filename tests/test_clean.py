"""Cleaning: every row and penny accounted for, every fault told at once, nothing personal said."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis import storage
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


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Sends ledgers to an engine: each group of rows in a file of its own; the same are cleaned once."""

    @cache
    def send(engine: str, files: tuple[str, ...]) -> Steps:
        folder = tmp_path_factory.mktemp("sent")
        steps = Steps(folder, write_network(folder, MEMBER), engine)
        for number, rows in enumerate(files):
            steps.send(f"ledger_{number:02d}.csv", LEDGER + rows)
        return steps

    return send


@pytest.fixture(scope="module")
def cleaned(sent):
    """The folder of ledgers that `sent` sends, cleaned."""

    @cache
    def clean(engine: str, *files: str) -> Path:
        return sent(engine, files).clean()

    return clean


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


@settings(max_examples=4)
@given(ledgers=st.lists(st.tuples(rows, st.booleans()), min_size=4, max_size=4))
def test_rows_read_are_rows_kept_and_set_aside_and_so_is_value(tmp_path_factory, ledgers):
    folder = tmp_path_factory.mktemp("account")
    steps = Steps(folder, write_network(folder, MEMBER))
    sent = {}
    for number, (rows, total) in enumerate(ledgers):
        paid = [pence for kind, pence in rows if kind == "paid"]
        lines = [f"T{number},01/05/2023,A,{pence / 100:.2f}" if kind == "paid" else ",,," for kind, pence in rows]
        lines += [f",,,{sum(paid) / 100:.2f}"] if total else []
        sent[f"ledger_{number}.csv"] = len(lines) + 1, sum(paid)
        steps.send(f"ledger_{number}.csv", ledger(*lines, f"T{number},01/06/2023,B,0.00"))
    accounts = pd.read_parquet(steps.clean() / "accounts.parquet").set_index("source_file")
    assert [*accounts.index] == [*sent]
    for file, (lines, paid) in sent.items():
        found = accounts.loc[file]
        assert found["rows_read"] == found["rows_kept"] + found["rows_set_aside"] == lines
        assert found["value_read_pence"] == found["value_kept_pence"] + found["value_set_aside_pence"]
        assert found["value_kept_pence"] == paid


# --- totals of every kind ---

PARTS = ["T1,01/05/2023,A,100.00", "T2,02/05/2023,B,50.00", "T3,03/05/2023,C,7.00"]


def ledger(*lines: str) -> str:
    return LEDGER + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    "lines",
    [
        [*PARTS[:2], ",,Sub-total,150", PARTS[2], ",,Sub-total,7", ",,Grand total,157"],
        [*PARTS[:2], ",,Total,150", PARTS[2], ",,Total,157"],
        [",,Total,157", *PARTS],
        [*PARTS[:2], "Total for May,,,150", PARTS[2]],
    ],
    ids=["parts and all", "running", "above", "one part"],
)
def test_totals_are_proved_each_against_its_own_rows(member, lines):
    member.send("ledger.csv", ledger(*lines))
    found = account(member)
    assert (found["value_kept_pence"], found["difference_pence"]) == (15700, 0)
    assert found["controls"] == len(lines) - 3


def test_a_sub_total_that_is_wrong_is_held_and_named(member):
    member.send("ledger.csv", ledger(*PARTS[:2], ",,Sub-total,145", PARTS[2], ",,Grand total,157"))
    said = problems(member, HeldError)
    assert "total is £145.00" in said and "row 4" in said and said.count("(AN027") == 1


@pytest.mark.parametrize(
    ("stated", "said"), [((4, None), "4 rows are stated and 3 are there"), ((None, 160), "£160.00 is stated")]
)
def test_what_the_member_states_is_held_against_what_is_there(member, stated, said):
    totals = [["Sheet", "What", "Your total"], ["Ledger", "rows", stated[0]], ["Ledger", "sum of net_gbp", stated[1]]]
    sheets = {"Ledger": [line.split(",") for line in ledger(*PARTS).splitlines()], "Totals": totals}
    path = storage.made(member.folder / "return") / "return.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    assert said in problems(member, HeldError)


# --- what is none of the table ---


def test_what_is_none_of_the_table_is_set_aside_by_name(member):
    member.send(
        "ledger.csv",
        "Payments of the year,,,\n\n" + ledger(PARTS[0], LEDGER.strip(), *PARTS[1:], ",,,", "Source: our ledger,,,"),
    )
    aside = pd.read_parquet(member.clean() / "set_aside.parquet").set_index("reason")["rows"].to_dict()
    assert aside == {"above the headers": 1, "blank row": 2, "headers again": 1, "note below the table": 1}
    assert account(member)["rows_read"] == account(member)["rows_kept"] + sum(aside.values()) == 8


def test_a_short_row_among_others_is_no_note(member):
    member.send("ledger.csv", ledger(PARTS[0], "T9,01/05/2023,,", *PARTS[1:]))
    assert "row 3, column net_gbp: the cell is blank" in problems(member)


# --- sent twice ---


@pytest.mark.parametrize("again", [PARTS, PARTS[::-1]], ids=["the same", "saved anew"])
def test_a_file_that_was_sent_twice_is_held(member, again):
    member.send("ledger_1.csv", ledger(*PARTS))
    member.send("ledger_2.csv", ledger(*again))
    assert "all payments of the smaller file stand in ledger_1.csv too, £157.00" in problems(member, HeldError)


def test_files_whose_periods_overlap_are_held(member):
    rows = [f"T{n},0{1 + n % 9}/05/2023,A,{n}.00" for n in range(1, 40)]
    member.send("ledger_1.csv", ledger(*rows[:25]))
    member.send("ledger_2.csv", ledger(*rows[20:]))
    assert "5 of 19 payments of the smaller file" in problems(member, HeldError)


def test_an_invoice_number_of_two_suppliers_is_no_duplicate(member):
    member.send("ledger_1.csv", ledger(*PARTS))
    member.send("ledger_2.csv", ledger(*(line.replace(",A,", ",D,").replace(",B,", ",E,") for line in PARTS[:2])))
    assert len(pd.read_parquet(member.clean() / "accounts.parquet")) == 2


# --- suppliers that were taken out ---


REDACTIONS = [
    ("REDACTED PERSONAL DATA", "personal"),
    ("Redcated personal data", "personal"),
    ("Name withheld", "personal"),
    ("REDACTED COMMERCIAL CONFIDENTIALITY", "commercial"),
    ("REDACTED COMERCIAL CONFIDENTIALITY", "commercial"),
    ("Reacted personal data", "personal"),
    ("Personal Information", "personal"),
    ("redacted", "unspecified"),
    ("Redaction Software Ltd", None),
    ("Withheld Records PLC.", None),
    ("Data Protection People Ltd", None),
    ("REDACTIVE PUBLISHING LIMITED", None),
    ("Redirected Mail Ltd", None),
    ("", None),
]
REDACTED = [f"T{number},01/05/2023,{name},10\n" for number, (name, _) in enumerate(REDACTIONS)]


@pytest.mark.parametrize(("name", "why"), REDACTIONS)
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_redaction_has_its_class_and_a_supplier_has_none(cleaned, engine, name, why):
    folder, file = cleaned(engine, *REDACTED), f"ledger_{REDACTIONS.index((name, why)):02d}.csv"
    rows = pd.read_parquet(folder / "ledger").set_index("source_file")
    found = rows.at[file, "redaction"]
    assert (found if isinstance(found, str) else None) == why
    counts = pd.read_parquet(folder / "redactions.parquet")
    assert [*counts.loc[counts["source_file"] == file, "redaction"]] == ([why] if why else [])


# --- amounts and days as people write them ---


AMOUNTS = {
    "1 234.56": 123456, "£1,234.56": 123456, "(1,234.56)": -123456, "1234.56-": -123456, "1234.56CR": -123456,
    "1234.56 DR": 123456, "\u22121234.56": -123456, "+5": 500, ".5": 50,
}  # fmt: skip


def payments(amounts) -> str:
    """One payment of each amount as it is written, from row 2 on."""
    return "".join(f'T{number},01/05/2023,A,"{written}"\n' for number, written in enumerate(amounts))


@pytest.mark.parametrize(("written", "pence"), AMOUNTS.items())
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_an_amount_is_read_as_it_is_meant(cleaned, engine, written, pence):
    rows = pd.read_parquet(cleaned(engine, payments(AMOUNTS)) / "ledger").set_index("source_row")
    assert len(rows) == len(AMOUNTS)
    assert rows.at[2 + [*AMOUNTS].index(written), "net_pence"] == pence


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_ledger_says_its_currency_and_only_pounds_are_read(tmp_path, engine):
    steps = Steps(tmp_path, write_network(tmp_path, MEMBER), engine)
    lines = "Date,Supplier,Amount,Currency Code\n01/05/2023,A,5,GBP\n01/05/2023,A,5,\n01/05/2023,A,5,£\n"
    steps.send("payments.csv", lines)
    assert [*steps.frame(steps.clean() / "ledger")["currency"].fillna("")] == ["GBP", "", "GBP"]
    steps.send("payments.csv", lines + "01/05/2023,A,5,EUR\n")
    assert '"EUR" is not one of GBP.\nSend amounts in pounds' in problems(steps)


REFUSED = ["12k", "1.5m", "€5", "$5", "5 EUR", "1.2E+05", "12,34", "1,2,3", "-(5)", "5CRX"]


@pytest.fixture(scope="module")
def refusal(sent) -> UserError:
    with pytest.raises(UserError) as caught:
        sent("duckdb", (payments(REFUSED),)).clean()
    return caught.value


@pytest.mark.parametrize("written", REFUSED)
def test_an_amount_that_could_mean_two_things_is_refused(refusal, written):
    (problem,) = refusal.problems
    said = {cell.row: cell.what for cell in problem.cells}
    assert len(said) == len(REFUSED) and "cannot be read as an amount in pounds" in problem.what
    assert said[2 + REFUSED.index(written)] == f'"{written}" cannot be read as an amount in pounds.'


DAYS = [
    "16/05/2023", "16-May-23", "16-May-2023", "16 May 2023", "16.05.2023", "2023-05-16", "2023/05/16", "20230516",
    "2023-05-16T00:00:00Z", "16/05/2023 13:45", "45062", "45062.7526", "16/05/23", "16 May 23", "16-MAY-23",
]  # fmt: skip
DATED = "".join(f"T{number},{written},A,5\n" for number, written in enumerate(DAYS))


@pytest.mark.parametrize("written", DAYS)
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_day_is_read_in_every_form(cleaned, engine, written):
    rows = pd.read_parquet(cleaned(engine, DATED) / "ledger").set_index("source_row")
    assert len(rows) == len(DAYS)
    assert pd.Timestamp(rows.at[2 + DAYS.index(written), "payment_date"]) == pd.Timestamp(2023, 5, 16)


def test_a_column_that_mixes_day_first_and_month_first_is_a_fault(member):
    member.send("ledger.csv", LEDGER + "T1,16/05/2023,A,5\nT2,05/17/2023,B,5\n")
    assert '"05/17/2023" cannot be read as a day that exists' in problems(member)


def test_totals_of_what_stands_above_are_not_counted_twice(member):
    member.send("ledger.csv", ledger(*PARTS[:2], ",,Total,150", PARTS[2], ",,Total,157", "T4,04/05/2023,D,3.00"))
    found = account(member)
    assert (found["control_total_pence"], found["difference_pence"], found["controls"]) == (15700, 0, 2)
