"""The blank return workbook: what it asks, and that it comes back filled without a mapping."""

import shutil
import subprocess
from datetime import date, datetime

import openpyxl
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import NetworkYear
from anchor_analysis.read import write_template
from tests.returns_example import Return, rows_of

YEAR = NetworkYear(2023)

FILLED = {
    "Workforce": ["00123", "1", "yes", "permanent", "Nursing", 0.8, "LS1 4AP", date(2019, 9, 1), None],
    "Suppliers": ["S01234", "Example Ltd", "LS1 1UR"],
    "Ledger": ["00042", date(2023, 5, 16), "S01234", "Example Ltd", None, "Catering", -1234.5],
    "Figures": ["staff", 4210, 35, "Count from the HR system"],
}


@pytest.fixture
def hospital(tmp_path):
    return Return(tmp_path)


def template(example, member="hospital"):
    path = example.folder / "return.xlsx"
    write_template(path, example.network, example.network.member(member), YEAR)
    return path


def words(path, sheet):
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return " ".join(str(cell) for row in rows for cell in row if cell is not None)


def fill(path):
    """Fill in one row of every sheet, as a person would, with a second program."""
    book = openpyxl.load_workbook(path)
    for name, row in FILLED.items():
        for column, value in enumerate(row, 1):
            if name in book.sheetnames and value is not None:
                book[name].cell(2, column).value = value
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
        *[8, "00123", "1", "yes", "permanent", "Nursing", "0.8", "LS1 4AP", "2019-09-01", None]
    ]
    assert list(read["ledger"].values())[4:] == [
        *["00042", "2023-05-16", "S01234", "Example Ltd", None, "Catering", "-1234.5"]
    ]
    assert list(read["suppliers"].values())[4:] == ["S01234", "Example Ltd", "LS1 1UR"]
    assert list(read["figures"].values())[4:] == ["staff", "4210", "35", "Count from the HR system"]


@pytest.mark.slow
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


def test_a_member_is_asked_for_its_own_levers_only(tmp_path):
    college = Return(tmp_path, "college")
    path = template(college, "college")
    assert openpyxl.load_workbook(path).sheetnames == ["About", "Workforce", "Figures", "Guide"]
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
    for table in hospital.network.catalogue.schema.values():
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
    }
    assert lists == {"C2": '"yes,no"', "D2": '"permanent,fixed term,bank"', "A2": "Guide!$A$2:$A$9"}
    metrics = [book["Guide"].cell(row, 1).value for row in range(2, 10)]
    assert metrics == [metric.id for metric in hospital.network.catalogue.additive()]


def test_every_choice_of_a_category_is_one_of_its_spellings(hospital):
    contract = hospital.network.catalogue.schema["workforce"].columns["contract"]
    book = openpyxl.load_workbook(template(hospital))
    offered = book["Workforce"].data_validations.dataValidation[1].formula1.strip('"').split(",")
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
