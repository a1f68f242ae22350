"""A check tells of a return what a run would find out later: figures that jumped, signs that may be lost."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.present import quality
from anchor_analysis.problems import HeldError, UserError
from anchor_analysis.running import check_returns, run_network
from tests.small_network import make_workspace, send, write_settings

ALONE = {"member": "a", "year": "2023/24"}

#: What is nine times as much where a return has nine times as many staff, all of them permanent.
JUMPED = ("staff", "staff_fte")


@pytest.fixture(scope="module")
def checked(tmp_path_factory) -> storage.Workspace:
    """Members A and B with two years each, none of them of note; they have been checked before."""
    made = write_settings(tmp_path_factory.mktemp("checked"))
    for member in "ab":
        for year in ("2022-23", "2023-24"):
            send(made, member, year, 100)
    check_returns(made, "example")
    return made


@pytest.fixture
def afresh(workspace) -> None:
    """Nothing has been checked before."""
    shutil.rmtree(workspace.root / "data" / "processed")


@pytest.fixture
def workspace(checked, tmp_path) -> storage.Workspace:
    """A copy of it, for one test."""
    return storage.Workspace(Path(shutil.copytree(checked.root, tmp_path, dirs_exist_ok=True)))


def others(problems):
    """All but the questions about leavers, of whom the extracts of these tests have none."""
    return [problem for problem in problems if problem.code != "AN047"]


def held(workspace, **narrowed) -> list[str]:
    with pytest.raises(HeldError) as caught:
        check_returns(workspace, "example", **narrowed)
    return [problem.where for problem in others(caught.value.problems)]


def ledger(workspace, member, year, amounts):
    """A ledger of May with these amounts."""
    lines = "".join(f"T{n},15/05/{year[:4]},Someone,{amount}\n" for n, amount in enumerate(amounts))
    path = workspace.raw("example") / year / member / "ledger.csv"
    storage.write_text(path, f"transaction_id,payment_date,supplier_name,net_gbp\n{lines}")


def without_signs(workspace, payments=300):
    """Member A's ledger of a year with 30 credits of 100 payments, and one of the next with none."""
    ledger(workspace, "a", "2022-23", [100] * 70 + [-10] * 30)
    ledger(workspace, "a", "2023-24", [60] * payments)


# --- figures that jumped ---


@pytest.mark.parametrize("narrowed", [{}, {"year": "2023/24"}, {"member": "a"}, ALONE])
def test_a_jump_is_held_however_the_check_is_narrowed(workspace, narrowed):
    send(workspace, "a", "2023-24", 900)
    assert held(workspace, **narrowed) == [f"a 2023/24, {metric}" for metric in JUMPED]


def test_a_check_says_of_a_jump_what_a_run_says(tmp_path):
    workspace = make_workspace(tmp_path)
    send(workspace, "a", "2023-24", 900)
    said = []
    for command in (check_returns, run_network):
        with pytest.raises(HeldError) as caught:
            command(workspace, "example", "2023/24")
        said.append([str(problem) for problem in others(caught.value.problems)])
    assert said[0] == said[1] and "9.0 times" in said[0][0]


def test_a_jump_of_another_member_or_of_the_year_before_is_not_told(workspace):
    send(workspace, "a", "2021-22", 10)
    send(workspace, "b", "2023-24", 900)
    assert check_returns(workspace, "example", **ALONE).returns == 1


def test_a_jump_is_told_beside_faults_of_other_returns(workspace):
    send(workspace, "a", "2023-24", 900)
    ledger(workspace, "b", "2023-24", ["12k"])
    with pytest.raises(UserError) as caught:
        check_returns(workspace, "example", "2023/24")
    assert not isinstance(caught.value, HeldError)
    assert [problem.code for problem in others(caught.value.problems)] == ["AN034"] * len(JUMPED) + ["AN021"]


def test_an_answer_settles_a_jump_for_the_check_too(workspace):
    send(workspace, "a", "2023-24", 900)
    answer = '[[answers]]\ncode = "AN034"\nmember = "a"\nyear = "2023/24"\nmetric = "{}"\nreason = "it is so"\n'
    said = "".join(answer.format(metric) for metric in JUMPED)
    storage.write_text(workspace.network("example") / "answers.toml", said)
    assert check_returns(workspace, "example", **ALONE).returns == 1


def test_what_is_both_counted_and_told_is_found_by_the_check(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "figures.csv"
    storage.write_text(path, "metric,value,method\nstaff,100,counted\n")
    with pytest.raises(UserError, match="AN028"):
        check_returns(workspace, "example", **ALONE)


def test_leavers_may_be_told_beside_rows_that_have_none(workspace):
    """The extract reaches no further back than its last day, so nothing of who left is counted from it."""
    path = workspace.raw("example") / "2023-24" / "a" / "figures.csv"
    storage.write_text(path, "metric,value,method\nstaff_at_start,98,payroll\nstaff_left,9,payroll\n")
    assert check_returns(workspace, "example", **ALONE).returns == 1


def test_a_last_return_with_faults_of_its_own_is_no_fault_of_this_one(workspace):
    send(workspace, "a", "2023-24", 900)
    ledger(workspace, "a", "2022-23", ["12k"])
    assert check_returns(workspace, "example", **ALONE).returns == 1


@pytest.mark.usefixtures("afresh")
def test_of_earlier_returns_only_the_last_of_the_same_member_is_read(workspace):
    send(workspace, "a", "2021-22", 100)
    check_returns(workspace, "example", **ALONE)
    cleaned = workspace.processed("example") / "cleaned"
    read = {path.relative_to(cleaned).parent.as_posix() for path in cleaned.glob("*/*/*")}
    assert read == {"2022-23/a", "2023-24/a"}


# --- leavers that cannot be told ---


def staff(workspace, left: str):
    """Member A's staff of a year, one of whom has left on a day, or nobody has."""
    people = "".join(f"EMP-{n:03d},1,permanent,1,LX1 1AA,{left if not n else ''}\n" for n in range(100))
    path = workspace.raw("example") / "2023-24" / "a" / "workforce.csv"
    storage.write_text(path, f"employee_id,assignment_id,contract,fte,home_postcode,leave_date\n{people}")


def test_an_extract_that_drops_leavers_is_asked_about_and_held_for_nothing(workspace):
    (question,) = check_returns(workspace, "example", **ALONE).questions
    assert (question.code, question.where) == ("AN047", "a 2023/24, staff_left")
    assert "Member A" in question.what and 'code = "AN047", member = "a", year = "2023/24"' in question.remedy


@pytest.mark.parametrize(("left", "asked"), [("10/04/2023", []), ("10/06/2023", ["AN047"]), ("", ["AN047"])])
def test_an_extract_is_asked_about_where_turnover_is_missing(workspace, left, asked):
    staff(workspace, left)
    assert [one.code for one in check_returns(workspace, "example", **ALONE).questions] == asked


def test_nobody_is_asked_for_leavers_that_were_told_as_figures(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "figures.csv"
    storage.write_text(path, "metric,value,method\nstaff_at_start,98,payroll\nstaff_left,9,payroll\n")
    assert check_returns(workspace, "example", **ALONE).questions == []


def test_an_answer_ends_the_question_about_leavers(workspace):
    answer = '[[answers]]\ncode = "AN047"\nmember = "a"\nyear = "2023/24"\nmetric = "staff_left"\nreason = "none"\n'
    storage.write_text(workspace.network("example") / "answers.toml", answer)
    assert check_returns(workspace, "example", **ALONE).questions == []
    assert [one.where for one in check_returns(workspace, "example", member="b").questions] == [
        "b 2022/23, staff_left",
        "b 2023/24, staff_left",
    ]


# --- signs that may be lost ---


def test_a_ledger_that_lost_its_signs_is_asked_about_with_the_value_at_stake(workspace):
    without_signs(workspace)
    (question,) = others(check_returns(workspace, "example", **ALONE).questions)
    assert (question.code, question.where) == ("AN036", "a 2023/24, ledger")
    # credits of 300 in 7,000 of payments: twice 300/7,000 of 18,000
    assert "none of its 300 payments is a credit, though its other years have some" in question.what
    assert "about £1,543 at stake" in question.what


def test_without_another_year_the_other_members_are_the_neighbours(workspace):
    ledger(workspace, "b", "2023-24", [100] * 70 + [-10] * 30)
    (workspace.raw("example") / "2022-23" / "a" / "ledger.csv").unlink()
    ledger(workspace, "a", "2023-24", [60] * 300)
    (question,) = others(check_returns(workspace, "example", "2023/24").questions)
    assert "though those of other members have some" in question.what and question.where.startswith("a 2023/24")


def test_a_short_ledger_and_one_whose_neighbours_have_no_credits_are_not_asked_about(workspace):
    without_signs(workspace, payments=99)
    assert others(check_returns(workspace, "example", **ALONE).questions) == []
    ledger(workspace, "a", "2022-23", [100] * 300)
    ledger(workspace, "a", "2023-24", [60] * 300)
    assert others(check_returns(workspace, "example", **ALONE).questions) == []


def test_a_question_is_in_the_workbook_and_holds_nothing(workspace):
    without_signs(workspace)
    path = workspace.root / "mend.xlsx"
    checked = check_returns(workspace, "example", **ALONE, to=path)
    book = openpyxl.load_workbook(path)
    summary = [row[:2] for row in book["Summary"].iter_rows(values_only=True)]
    assert ("To mend", "Nothing to mend.") in summary and (
        "To ask",
        "2 things, listed on the sheet Findings",
    ) in summary
    row, _ = list(book["Findings"].iter_rows(min_row=2, values_only=True))
    assert row == ("Member A", "2023/24", "ledger", checked.questions[0].what, checked.questions[0].remedy, "AN036")


def test_a_question_is_told_beside_what_is_wrong(workspace):
    without_signs(workspace)
    send(workspace, "b", "2023-24", 900)
    with pytest.raises(HeldError) as caught:
        check_returns(workspace, "example", "2023/24")
    assert [problem.code for problem in others(caught.value.problems)] == ["AN034"] * len(JUMPED) + ["AN036"]


@pytest.mark.usefixtures("afresh")
def test_the_data_quality_page_names_the_ledgers_that_the_check_asks_about(workspace):
    without_signs(workspace)
    check_returns(workspace, "example", **ALONE)
    found = sorted(workspace.processed("example").glob("cleaned/*/a/*/accounts.parquet"))
    net = SimpleNamespace(accounts=pd.concat(map(pd.read_parquet, found)))
    assert "18000        1543" in str(quality.signs(net, "2023/24"))
    assert "1543" not in str(quality.signs(net, "2022/23"))


# --- everything at once ---


def told(workspace) -> str:
    with pytest.raises(UserError) as caught:
        check_returns(workspace, "example", **ALONE)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_file_that_cannot_be_read_hides_no_fault_of_another(workspace):
    folder = workspace.raw("example") / "2023-24" / "a"
    ledger(workspace, "a", "2023-24", ["12k"])
    storage.write_text(folder / "payroll.csv", "What,Is,This\n1,2,3\n")
    said = told(workspace)
    assert "a 2023/24, payroll.csv: its headers are in none of the shapes" in said
    assert '"12k" cannot be read as an amount in pounds' in said
    (folder / "payroll.csv").unlink()
    assert "payroll" not in told(workspace)


def test_an_unknown_header_hides_no_fault_of_the_rows_below_it(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    storage.write_text(path, "payment_date,supplier_name,net_gbp,Cost code\n31/02/2023,A,5,7\n")
    said = told(workspace)
    assert 'nobody has said what "Cost code" means' in said and '"31/02/2023" cannot be read' in said


def test_a_missing_column_is_told_once_and_not_row_by_row(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    storage.write_text(path, "payment_date,supplier_name,category\n31/02/2023,A,5\n")
    said = told(workspace)
    assert said.count("AN0") == 1 and 'there is no column "net_gbp"' in said


def test_a_correction_of_a_file_that_cannot_be_read_is_no_fault_yet(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    path.write_bytes(b"%PDF-1.7")
    correction = '[[corrections]]\nmember = "a"\nyear = "2023/24"\nfile = "ledger.csv"\nrow = 2\ncolumn = "net_gbp"\n'
    answers = workspace.network("example") / "answers.toml"
    storage.write_text(answers, correction + 'was = "5"\nnow = "6"\nreason = "a slip"\n')
    said = told(workspace)
    assert "the file is a PDF" in said and "AN035" not in said
