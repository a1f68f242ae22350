"""The workbook of what is to be mended: everything at once, and nothing that a spreadsheet would run."""

import openpyxl
import pytest

from anchor_analysis import storage
from anchor_analysis.problems import CODES, HeldError, UserError
from anchor_analysis.running import check_returns
from tests.spec import HEAD
from tests.test_editions import MEMBERS, NO_REFERENCE, send

SETTINGS = NO_REFERENCE.format(people="open_data", spend="open_data", confidentiality="shared")


@pytest.fixture
def workspace(tmp_path) -> storage.Workspace:
    made = storage.Workspace(tmp_path)
    storage.write_text(made.network("example") / "network.toml", SETTINGS + MEMBERS)
    for member in "ab":
        send(made, member, "2023-24", 10)
    return made


def add_to_ledger(workspace, member, line):
    path = workspace.raw("example") / "2023-24" / member / "ledger.csv"
    storage.write_text(path, storage.read_text(path) + line + "\n")


def checked(workspace, **narrowed):
    """The problems that were raised, and the workbook of them."""
    path = workspace.root / "mend.xlsx"
    problems = []
    try:
        check_returns(workspace, "example", to=path, **narrowed)
    except UserError as error:
        problems = error.problems
    return problems, openpyxl.load_workbook(path)


def rows(book, sheet="Findings"):
    return [list(row) for row in book[sheet].iter_rows(min_row=2, values_only=True)]


def test_every_problem_of_every_return_has_a_row_with_member_year_and_place(workspace):
    add_to_ledger(workspace, "a", "T,31/02/2024,X,12k")
    add_to_ledger(workspace, "b", "T,,X,5")
    problems, book = checked(workspace)
    assert [row[3:] for row in rows(book)] == [[p.what, p.remedy, p.code] for p in problems]
    assert [row[:3] for row in rows(book)] == [
        ["Member A", "2023/24", "ledger.csv, row 26, column net_gbp"],
        ["Member A", "2023/24", "ledger.csv, row 26, column payment_date"],
        ["Member B", "2023/24", "ledger.csv, row 26, column payment_date"],
    ]


def test_the_summary_counts_by_code_with_its_title(workspace):
    add_to_ledger(workspace, "a", "T,31/02/2024,X,12k")
    add_to_ledger(workspace, "b", "T,,X,5")
    summary = rows(checked(workspace)[1], "Summary")
    assert ["AN021", CODES["AN021"][0], 2] in summary
    assert ["AN025", CODES["AN025"][0], 1] in summary
    assert ["Network", "Example Network", None] in summary
    assert ["Year", "2021/22 to 2023/24", None] in summary


def test_a_workbook_for_one_member_holds_nothing_of_another(workspace):
    add_to_ledger(workspace, "a", "T,31/02/2024,X,12k")
    add_to_ledger(workspace, "b", "T,,X,5")
    send(workspace, "zebra", "2023-24", 10)
    book = checked(workspace, member="b", year="2023/24")[1]
    assert [row[0] for row in rows(book)] == ["Member B"]
    assert ["Year", "2023/24", None] in rows(book, "Summary")


def test_a_folder_of_nobody_is_a_row_with_its_place(workspace):
    send(workspace, "zebra", "2023-24", 10)
    (row,) = rows(checked(workspace)[1])
    assert row[:3] == ["", "2023/24", "data/raw/example/2023-24/zebra"]


def test_where_nothing_is_wrong_both_sheets_say_so(workspace):
    problems, book = checked(workspace)
    assert problems == []
    assert rows(book)[0][0] == "Nothing to mend."
    assert ["To mend", "Nothing to mend."] in rows(book, "Summary")


def test_what_is_only_held_is_in_the_workbook_and_stays_held(workspace):
    add_to_ledger(workspace, "a", ",,,99999")
    path = workspace.root / "mend.xlsx"
    with pytest.raises(HeldError):
        check_returns(workspace, "example", to=path)
    assert [row[5] for row in rows(openpyxl.load_workbook(path))] == ["AN027"]


def test_no_cell_is_a_formula_whatever_a_return_holds(workspace):
    add_to_ledger(workspace, "a", 'T,15/03/2024,X,"=HYPERLINK(""http://example.org"")"')
    _, book = checked(workspace)
    assert "=HYPERLINK" in rows(book)[0][3]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_the_findings_can_be_read_and_sorted(workspace):
    add_to_ledger(workspace, "a", f"T,31/03/2024,X,{'12k' * 60}")
    sheet = checked(workspace)[1]["Findings"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F2"
    assert sheet["D2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height >= 60


def test_what_hinders_the_check_itself_is_no_finding_of_a_return(workspace):
    storage.write_text(
        workspace.network("example") / "network.toml",
        HEAD.format(people="open_data", spend="open_data", confidentiality="shared") + MEMBERS,
    )
    path = workspace.root / "mend.xlsx"
    with pytest.raises(UserError, match="AN006"):
        check_returns(workspace, "example", to=path)
    assert not path.exists()


def test_the_same_problems_give_the_same_bytes(workspace):
    add_to_ledger(workspace, "a", "T,31/02/2024,X,12k")
    checked(workspace)
    first = (workspace.root / "mend.xlsx").read_bytes()
    checked(workspace)
    assert (workspace.root / "mend.xlsx").read_bytes() == first
