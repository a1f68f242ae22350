"""The workbook of what is to be mended: everything at once, and nothing that a spreadsheet would run."""

import openpyxl
import pytest

from anchor_analysis import storage
from anchor_analysis.clean import faults
from anchor_analysis.problems import CODES, HeldError, UserError
from anchor_analysis.read import problem_workbook
from anchor_analysis.running import check_returns
from tests.small_network import MEMBERS, OPEN, send, write_settings
from tests.spec import write_network

#: The extracts of these tests hold nobody who left, and nothing is to be asked about that.
NO_LEAVERS = """[[answers]]
code = "AN047"
member = "{}"
year = "2023/24"
metric = "staff_left"
reason = "nobody left"
"""


@pytest.fixture
def workspace(tmp_path) -> storage.Workspace:
    made = write_settings(tmp_path)
    for member in "ab":
        send(made, member, "2023-24", 10)
    storage.write_text(made.network("example") / "answers.toml", "".join(NO_LEAVERS.format(member) for member in "ab"))
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


def cells(book):
    """The rows of the sheet Cells by their headers."""
    headers = [cell.value for cell in book["Cells"][1]]
    return [dict(zip(headers, row, strict=True)) for row in rows(book, "Cells")]


def test_every_cell_at_fault_has_a_row_with_its_place_what_was_expected_and_the_remedy(workspace):
    for number in range(12):
        add_to_ledger(workspace, "a", f"T,31/03/2024,X,{number}k")
    problems, book = checked(workspace)
    assert len(problems) == 1 and "and 7 more" in problems[0].where, "the terminal stays short"
    found = cells(book)
    assert [(row["Row"], row["What is wrong"]) for row in found] == [
        (26 + number, f'"{number}k" cannot be read as an amount in pounds.') for number in range(12)
    ]
    assert found[0] == {
        "Member": "Member A", "Year": "2023/24", "File": "ledger.csv", "Sheet": "", "Row": 26, "Column": "net_gbp",
        "Code": "AN021", "What is wrong": '"0k" cannot be read as an amount in pounds.',
        "Expected": "an amount in pounds", "What to do": problems[0].remedy,
    }  # fmt: skip


def test_days_outside_the_year_and_blanks_are_listed_one_by_one(workspace):
    for day in ("", "01/01/2020", "", "02/01/2020"):
        add_to_ledger(workspace, "a", f"T,{day},X,5")
    found = cells(checked(workspace)[1])
    assert sorted((row["Row"], row["Code"], row["Expected"]) for row in found) == [
        (26, "AN025", "a value"),
        (27, "AN030", "a day from 01/04/2023 to 31/03/2024"),
        (28, "AN025", "a value"),
        (29, "AN030", "a day from 01/04/2023 to 31/03/2024"),
    ]


def test_rows_with_one_key_stand_below_each_other(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "workforce.csv"
    lines = storage.read_text(path).splitlines()
    storage.write_text(path, "\n".join([*lines, lines[3], lines[1], lines[3]]) + "\n")
    found = cells(checked(workspace)[1])
    last = len(lines)
    assert [row["Row"] for row in found] == [2, last + 2, 4, last + 1, last + 3]
    assert [row["What is wrong"].split()[-2] for row in found] == ["2", "2", "3", "3", "3"]


def test_cells_beyond_the_headers_and_a_problem_of_a_whole_file_are_listed_too(workspace):
    for _ in range(10):
        add_to_ledger(workspace, "a", "T,31/03/2024,X,5,6")
    path = workspace.raw("example") / "2023-24" / "b" / "ledger.csv"
    storage.write_text(path, "nobody,knows,these\n1,2,3\n")
    found = cells(checked(workspace)[1])
    assert [row["Row"] for row in found if row["Member"] == "Member A"] == list(range(26, 36))
    (whole,) = [row for row in found if row["Member"] == "Member B"]
    assert (whole["File"], whole["Row"], whole["Code"]) == ("ledger.csv", "", "AN022")


def test_no_value_of_a_private_column_is_among_the_cells(workspace):
    path = workspace.raw("example") / "2023-24" / "a" / "workforce.csv"
    header, first, *lines = storage.read_text(path).splitlines()
    storage.write_text(path, "\n".join([f"{header},start_date", f"{first},31/02/1999", *lines]) + "\n")
    book = checked(workspace)[1]
    (found,) = cells(book)
    assert (found["Column"], found["What is wrong"]) == ("start_date", "the value cannot be read as a day that exists.")
    every = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any("1999" in str(value) for value in every)


def test_of_more_cells_than_a_sheet_should_hold_the_rest_are_counted(workspace, monkeypatch):
    for module in (faults, problem_workbook):
        monkeypatch.setattr(module, "MOST_CELLS", 20)
    for _ in range(30):
        add_to_ledger(workspace, "a", "T,31/02/2024,X,12k")
    book = checked(workspace)[1]
    found = rows(book, "Cells")
    assert len(found) == 21
    assert found[-1][0] == "40 more are not listed. Mend these, and check again."


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
    write_network(workspace.root, MEMBERS, **OPEN)
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
