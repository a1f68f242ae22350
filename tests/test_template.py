"""The blank return workbook: what it asks, and that it comes back filled without a mapping."""

import shutil
import subprocess
from datetime import date, datetime, timedelta
from functools import partial

import openpyxl
import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import NetworkYear
from anchor_analysis.problems import UserError
from anchor_analysis.read import stated_totals, write_template
from anchor_analysis.read.kinds import kind_of
from anchor_analysis.read.workbooks import Workbook
from anchor_analysis.running.last_year import own_figures
from tests.returns_example import Return, rows_of

YEAR = NetworkYear(2023)

FILLED = {
    "Workforce": ["00123", "1", "yes", "permanent", "Nursing", 0.8, "LS1 4AP", date(2019, 9, 1), None],
    "Suppliers": ["S01234", "Example Ltd", "LS1 1UR"],
    "Ledger": ["00042", date(2023, 5, 16), "S01234", "Example Ltd", None, "Catering", -1234.5],
    "Figures": ["staff", 4210, 35, "Count from the HR system"],
}

#: Ledger rows and sum, suppliers, workforce, figures.
TOTALS = [1, -1234.5, 1, 2, 1]
STATED = {"ledger": (1, -123450), "suppliers": (1, None), "workforce": (2, None), "figures": (1, None)}


@pytest.fixture
def hospital(tmp_path):
    return Return(tmp_path)


def template(example, member="hospital"):
    path = example.folder / "return.xlsx"
    write_template(path, example.network, example.network.member(member), YEAR)
    return path


def stated(path, where="return.xlsx"):
    """What the sheet Totals of a workbook states."""
    return stated_totals(Workbook(path, kind_of(path, where), where).rows("Totals"), where)


def words(path, sheet):
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return " ".join(str(cell) for row in rows for cell in row if cell is not None)


def rules(sheet):
    """What may be typed, by the first cell that it is for."""
    return {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}


def asked_for(example):
    """The tables of the levers on which the hospital reports."""
    levers = [*example.network.member("hospital").levers, "any"]
    return [table for table in example.network.catalogue.schema.values() if table.lever in levers]


def locked(cell):
    return cell.protection.locked


def fill(path):
    """Fill in one row of every sheet, as a person would, with a second program."""
    book = openpyxl.load_workbook(path)
    for name, row in FILLED.items():
        for column, value in enumerate(row, 1):
            if name in book.sheetnames and value is not None:
                book[name].cell(2, column).value = value
    for row, value in enumerate(TOTALS, 5):
        book["Totals"].cell(row, 3).value = value
    book.save(path)


def test_a_blank_template_is_a_return_without_rows(hospital):
    template(hospital)
    assert [(source.table, source.rows) for source in hospital.read()] == [
        ("ledger", 0),
        ("suppliers", 0),
        ("workforce", 0),
        ("figures", 0),
    ]


def test_a_filled_template_comes_back_without_a_mapping(hospital):
    fill(template(hospital))
    read = {source.table: rows_of(source)[0] for source in hospital.read()}
    assert list(read["workforce"].values())[3:] == [
        *[8, False, None, "00123", "1", "yes", "permanent", "Nursing", "0.8", "LS1 4AP", "2019-09-01"],
        *[None] * 9,
    ]
    assert list(read["ledger"].values())[6:] == [
        *["00042", "2023-05-16", "S01234", "Example Ltd", None, "Catering", "-1234.5", None, None]
    ]
    assert list(read["suppliers"].values())[6:] == ["S01234", "Example Ltd", "LS1 1UR", *[None] * 7]
    assert list(read["figures"].values())[6:] == ["staff", "4210", "35", "Count from the HR system", None]


def test_last_years_template_still_reads(hospital):
    """One of before there was a column for VAT and for the currency, filled in for this year."""
    path = hospital.folder / "return.xlsx"
    write_template(path, hospital.network, hospital.network.member("hospital"), YEAR.previous)
    book = openpyxl.load_workbook(path)
    book["Ledger"].delete_cols(8, 2)
    book.save(path)
    fill(path)
    sources = {source.table: source for source in hospital.read()}
    [line] = rows_of(sources["ledger"])
    assert (line["payment_date"], line["net_pence"], line["currency"]) == ("2023-05-16", "-1234.5", None)
    assert sources["ledger"].stated == (1, -123450)


def test_what_was_stated_comes_back_with_the_template(hospital):
    path = template(hospital)
    assert stated(path) == {}
    fill(path)
    assert stated(path) == STATED


def test_a_filled_template_survives_libreoffice(hospital, tmp_path):
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice (soffice) is not installed")
    path = template(hospital)
    fill(path)
    before = [list(row.values())[3:] for source in hospital.read() for row in rows_of(source)]
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    shutil.copy(tmp_path / "saved" / "return.xlsx", path)
    after = [list(row.values())[3:] for source in hospital.read() for row in rows_of(source)]
    assert after == before
    assert stated(path) == STATED
    book = openpyxl.load_workbook(path, data_only=True)
    counted = [[book["Totals"].cell(row, column).value for column in (4, 5)] for row in range(5, 10)]
    assert counted == [[1, 0], [-1234.5, 0], [1, 0], [1, 1], [1, 0]]
    beside = {row[0].value: row[6].value for row in book["Last year"].iter_rows(min_row=4)}
    assert beside["net_spend"] is None and beside["staff"] == 4210
    assert rules(book["Workforce"])["D2"].formula1 == '"permanent,fixed term,bank"'
    assert (
        book["Workforce"].protection.sheet
        and locked(book["Workforce"]["A1"])
        and not locked(book["Workforce"].column_dimensions["A"])
    )


def test_a_member_is_asked_for_its_own_levers_only(tmp_path):
    college = Return(tmp_path, "college")
    path = template(college, "college")
    sheets = ["About", "Workforce", "Figures", "Totals", "Last year", "Guide"]
    assert openpyxl.load_workbook(path).sheetnames == sheets
    assert "net_spend" not in words(path, "Guide")


def test_a_member_that_tells_its_spend_is_told_to_leave_members_out_and_who_they_are(hospital):
    path = template(hospital)
    assert "Leave out what you pay to other members of the network" in words(path, "Guide")
    said = words(path, "About")
    assert "leave payments to other members, and to yourselves, out of net_spend and local_spend" in said
    assert all(member.name in said for member in hospital.network.members)
    assert "Payments to members" not in words(template(hospital, "college"), "About")


def test_the_member_is_told_its_own_twelve_months(tmp_path):
    college = Return(tmp_path, "college")
    said = words(template(college, "college"), "About")
    assert "Example College" in said
    assert "01/08/2023 to 31/07/2024" in said
    assert "as at 31/07/2024" in said


def test_every_column_is_explained_with_what_is_personal(hospital):
    path = template(hospital)
    said = words(path, "About")
    for table in asked_for(hospital):
        for column in table.columns.values():
            assert column.description in said
    postcode = openpyxl.load_workbook(path)["Workforce"]["G1"]
    assert postcode.value == "home_postcode"
    assert "Personal data." in postcode.comment.text


def test_categories_flags_and_metrics_are_chosen_from_lists(hospital):
    book = openpyxl.load_workbook(template(hospital))
    lists = {
        str(choice.sqref).split(":")[0]: choice.formula1
        for sheet in ("Workforce", "Figures")
        for choice in book[sheet].data_validations.dataValidation
        if choice.type == "list"
    }
    expected = {"C2": '"yes,no"', "D2": '"permanent,fixed term,bank"', "A2": "Guide!$A$2:$A$33"}
    expected |= {"J2": '"female,male,other,not stated"', "K2": '"asian,black,mixed,white,other,not stated"'}
    expected |= {"L2": '"disabled,not disabled,not stated"', "N2": '"yes,no"', "Q2": '"yes,no"'}
    expected |= {"M2": '"under 25,25-34,35-44,45-54,55-64,65 and over,not stated"'}
    assert lists == expected
    metrics = [book["Guide"].cell(row, 1).value for row in range(2, 34)]
    levers = hospital.network.member("hospital").levers
    assert metrics == [metric.id for metric in hospital.network.catalogue.additive() if metric.lever in levers]


def test_every_choice_of_a_category_is_one_of_its_spellings(hospital):
    contract = hospital.network.catalogue.schema["workforce"].columns["contract"]
    book = openpyxl.load_workbook(template(hospital))
    offered = rules(book["Workforce"])["D2"].formula1.strip('"').split(",")
    known = [{option, *spellings} for option, spellings in contract.categories.items()]
    assert all(choice in spellings for choice, spellings in zip(offered, known, strict=True))


def test_ids_and_postcodes_are_kept_as_text_and_the_headers_stay_in_sight(hospital):
    sheet = openpyxl.load_workbook(template(hospital))["Workforce"]
    assert [sheet.column_dimensions[letter].number_format for letter in "ABG"] == ["@"] * 3
    assert sheet.freeze_panes == "A2"


def test_the_same_template_has_the_same_bytes(hospital):
    first = storage.file_hash(template(hospital))
    assert storage.file_hash(template(hospital)) == first


def test_the_moment_of_writing_is_not_in_the_file(hospital):
    assert openpyxl.load_workbook(template(hospital)).properties.created == datetime(2023, 1, 1)


def test_a_name_that_looks_like_a_formula_stays_text(hospital):
    toml = hospital.workspace.network("example") / "network.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("Example Hospital", "=1+1"), encoding="utf-8")
    about = openpyxl.load_workbook(template(hospital))["About"]
    named = next(row for row in about.iter_rows() if row[0].value == "Member")
    assert (named[1].value, named[1].data_type) == ("=1+1", "s")


def test_numbers_and_days_are_held_to_what_can_be_read(hospital):
    book = openpyxl.load_workbook(template(hospital))
    fte, amount, paid = rules(book["Workforce"])["F2"], rules(book["Ledger"])["G2"], rules(book["Ledger"])["B2"]
    assert (fte.type, fte.formula1, fte.formula2, fte.errorStyle) == ("decimal", "0", "9.99999", None)
    assert (amount.type, amount.formula1, amount.formula2) == ("decimal", "-99999999999", "99999999999")
    first, last = (datetime(1899, 12, 30) + timedelta(int(day)) for day in (paid.formula1, paid.formula2))
    assert (paid.type, paid.errorStyle, first, last) == ("date", "warning", datetime(2023, 4, 1), datetime(2024, 3, 31))


def test_every_column_helps_while_it_is_filled_in(hospital):
    book = openpyxl.load_workbook(template(hospital))
    for table in asked_for(hospital):
        sheet = book[table.table.capitalize()]
        helped = [rules(sheet)[f"{letter}2"] for letter in "ABCDEFGHIJKLMNOPQR"[: len(table.columns)]]
        for rule, column in zip(helped, table.columns.values(), strict=True):
            assert rule.prompt.startswith(column.description[:120])
            assert len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32


def test_only_what_is_filled_in_can_be_typed_over(hospital):
    book = openpyxl.load_workbook(template(hospital))
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book)
    assert locked(book["Workforce"]["A1"])
    assert not book["Workforce"].column_dimensions["A"].protection.locked
    assert [locked(cell) for cell in book["Totals"][5]] == [True, True, False, True, True]


def test_totals_count_what_is_in_the_workbook_and_say_a_value_before_anything_calculates(hospital):
    path = template(hospital)
    formulas = [cell.value for cell in openpyxl.load_workbook(path)["Totals"]["D"][4:]]
    assert formulas == [
        "=COUNTA(Ledger!$B$2:$B$1048576)",
        "=ROUND(SUM(Ledger!$G$2:$G$1048576),2)",
        "=COUNTA(Suppliers!$A$2:$A$1048576)",
        "=COUNTA(Workforce!$A$2:$A$1048576)",
        "=COUNTA(Figures!$A$2:$A$1048576)",
    ]
    assert [cell.value for cell in openpyxl.load_workbook(path, data_only=True)["Totals"]["D"][4:]] == [0] * 5


def measured(**figures):
    """Observations of the year before, as they are measured."""
    about = {"status": "reported", "quality": "rows", "unknown": 0, "numerator": pd.NA}
    return pd.DataFrame([about | {"metric": metric} | figure for metric, figure in figures.items()])


def last_year(path):
    rows = openpyxl.load_workbook(path)["Last year"].iter_rows(min_row=4, values_only=True)
    return {row[0]: row[3:6] for row in rows}


def test_last_years_figures_stand_beside(hospital):
    path = hospital.folder / "return.xlsx"
    found = measured(
        staff={"numerator": 4100},
        staff_fte={"numerator": 312345678},
        staff_living_in_area={"numerator": 3000, "unknown": 40, "quality": "reported_total"},
        net_spend={"status": "missing", "quality": ""},
    )
    write_template(path, hospital.network, hospital.network.member("hospital"), YEAR, found)
    said = last_year(path)
    assert said["staff"] == (4100, 0, "counted from rows")
    assert said["staff_fte"][0] == 3123.45678
    assert said["staff_living_in_area"] == (3000, 40, "as told")
    assert said["net_spend"] == (None, None, "missing")
    assert said["local_spend"] == (None, None, "")
    assert "2022/23" in words(path, "Last year")


def test_without_results_last_year_is_blank_and_says_why(hospital):
    path = template(hospital)
    assert set(last_year(path).values()) == {(None, None, "")}
    assert "Nothing of yours has been measured for 2022/23" in words(path, "Last year")
    write_template(path, hospital.network, hospital.network.member("hospital"), NetworkYear(2018))
    assert "2018/19 is the network's first year" in words(path, "Last year")


def observed(frame, into):
    storage.write_frame(frame, into / "observations.parquet")


def test_last_years_figures_are_the_members_own_and_the_newest(hospital):
    network, processed = hospital.network, hospital.workspace.processed("example")
    for year, staff in (("2022-23", 1), ("2023-24", 2)):
        rows = [("hospital", "2022/23", "", staff), ("college", "2022/23", "", 9), ("hospital", "2021/22", "", 9)]
        rows += [("hospital", "2022/23", "home_ward", 9)]
        frame = pd.DataFrame(rows, columns=["member", "network_year", "breakdown", "numerator"])
        results = storage.step(processed / "results", year, partial(observed, frame))
        pointer = {"results": f"results/{results.name}", "cleaned": [], "located": []}
        storage.write_text(processed / "current" / f"{year}.json", storage.to_json(pointer))
    figures = own_figures(hospital.workspace, network, network.member("hospital"), NetworkYear(2022))
    assert figures["numerator"].tolist() == [2]
    assert own_figures(hospital.workspace, network, network.member("hospital"), NetworkYear(2024)) is None


def totals_book(hospital, *lines, header=("Sheet", "What", "Your total")):
    return hospital.workbook("stated.xlsx", {"Totals": [header, *lines]})


@pytest.mark.parametrize(
    ("written", "pence"), [(12.5, 1250), ("£1,234.50", 123450), ("-0.005", -1), (0.1 + 0.2, 30), (0, 0)]
)
def test_a_sum_is_read_in_whole_pence(hospital, written, pence):
    path = totals_book(hospital, ["Ledger", "sum of net_gbp", written])
    assert stated(path) == {"ledger": (None, pence)}


def test_every_total_that_is_no_number_is_told_with_its_cell(hospital):
    path = totals_book(hospital, ["Ledger", "rows", "many"], ["Workforce", "rows", 3.5], ["Ledger", "sum of x", "12k"])
    with pytest.raises(UserError) as caught:
        stated(path)
    said = str(caught.value)
    for words_ in ('cell C2: "many"', 'cell C3: "3.5" is not a number of rows', 'cell C4: "12k"', "return.xlsx, sheet"):
        assert words_ in said
    assert {problem.code for problem in caught.value.problems} == {"AN021"}


def test_a_sheet_of_totals_that_is_not_ours_states_nothing(hospital):
    assert stated(totals_book(hospital, ["A", "B", "many"], header=("Department", "Staff", "Pay"))) == {}
    (hospital.folder / "stated.xlsx").unlink()
    hospital.file("ledger.csv", "payment_date,net_gbp\n")
    assert [source.stated for source in hospital.read()] == [(None, None)]


def test_what_was_stated_is_read_whatever_the_workbook_is_called(hospital):
    fill(template(hospital))
    (hospital.folder / "return.xlsx").rename(hospital.folder / "return.xls")
    assert {source.table: source.stated for source in hospital.read()} == STATED


def test_a_workbook_that_cannot_be_opened_is_told(hospital):
    with pytest.raises(UserError, match="AN020"):
        stated(hospital.file("broken.xlsx", b"PK\x03\x04 no workbook"))
