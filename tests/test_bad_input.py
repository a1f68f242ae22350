"""Bad files: each gives one clear problem with its place, what was expected and the remedy, and nothing personal."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from anchor_analysis.problems import UserError
from anchor_analysis.read import kinds
from anchor_analysis.read.plans import known_plans, normalise
from anchor_analysis.read.workbooks import Workbook
from tests.returns_example import Return, column

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKFORCE = "employee_id,assignment_id,primary,contract,staff_group,fte,home_postcode,start_date,leave_date"
PERSON = "R-004512,1,yes,permanent,Nursing,0.8,LS1 4AP,01/09/2019,"


@pytest.fixture
def hospital(tmp_path):
    return Return(tmp_path)


@pytest.fixture
def college(tmp_path):
    return Return(tmp_path, member="college")


def says(problem, code, where, what, remedy):
    """Whether a problem has this code and place, and these words in what is wrong and in the remedy."""
    assert (problem.code, problem.where) == (code, where)
    assert what in problem.what, problem.what
    assert remedy in problem.remedy, problem.remedy
    return True


# --- files that cannot be opened ---


@pytest.mark.parametrize(
    ("name", "content", "what", "remedy"),
    [
        ("ledger.csv", b"", "is empty", "Export it again"),
        ("ledger.csv", b"PK\x03\x04rest", "is damaged", "save it as an Excel workbook"),
        ("ledger.csv", OLE + b"rest", "old Office document", "data themselves"),
        ("ledger.csv", b"%PDF-1.7", "is a PDF", "as CSV"),
        ("ledger.csv", b"\x80\x04\x95rest", "a Python pickle, which can run code", "as CSV"),
        ("ledger.csv", b"MZ\x90", "is a program", "as CSV"),
        ("ledger.csv", b"\x1f\x8b\x08", "an archive (gzip)", "as CSV"),
        ("ledger.csv", b"SQLite format 3\0", "a database", "as CSV"),
        ("ledger.xls", b"<html><table>", "a web page or XML", "save it as an Excel workbook"),
        ("ledger.csv", b"payment_date,net_gbp\n1,\x005\n", "NUL bytes", "CSV UTF-8"),
        ("ledger.csv", b"payment_date,net_gbp\n1,\x81\xff\n", "none of the usual encodings", "CSV UTF-8"),
        ("ledger.csv", "payment_date,net_gbp\n1,é".encode() + b",\xe9\n", "in two encodings", "CSV UTF-8"),
        ("return.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password", "without a password"),
        ("return.xls", OLE + "_VBA_PROJECT".encode("utf-16-le"), "with macros", "save it as an Excel workbook"),
        ("return.ods", b"PK\x03\x04", "is damaged", ".xlsx"),
        ("return.zip", b"PK\x03\x04", "is damaged", ".xlsx"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named_with_the_reason(hospital, name, content, what, remedy):
    hospital.file(name, content)
    assert says(hospital.problem(), "AN020", name, what, remedy)


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}, "not a spreadsheet"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a"}, "damaged"),
        ({"xl/workbook.xml": "<a/>"}, "damaged"),
        ({"xl/workbook.xml": "<a/>", "xl/vbaProject.bin": ""}, "with macros"),
        ({"word/document.xml": "<a/>"}, "a text document"),
        ({"xl/workbook.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "document type"),
        ({"a.csv": "x" * 10_000_000}, "times its size"),
    ],
)
def test_an_archive_that_is_no_workbook_is_refused(hospital, monkeypatch, parts, what):
    monkeypatch.setattr(kinds, "LARGEST_UNPACKED", 5_000_000)
    with zipfile.ZipFile(hospital.folder / "return.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    assert says(hospital.problem(), "AN020", "return.xlsx", what, "")


def test_a_workbook_that_lost_its_end_is_refused_wherever_it_broke_off(hospital, tmp_path):
    whole = hospital.workbook("return.xlsx", {"Suppliers": [["supplier_id"], ["S1"]]}).read_bytes()
    for length in range(1, len(whole), 97):
        broken = tmp_path / "broken.xlsx"
        broken.write_bytes(whole[:length])
        with pytest.raises(UserError) as error:
            Workbook(broken, kinds.kind_of(broken, "broken.xlsx"), "broken.xlsx")
        assert [problem.code for problem in error.value.problems] == ["AN020"]


def test_a_workbook_with_a_garbled_sheet_is_refused(hospital, tmp_path):
    whole = hospital.workbook("whole.xlsx", {"Suppliers": [["supplier_id"], ["S1"]]})
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(hospital.folder / "return.xlsx", "w") as bad:
        for name in good.namelist():
            bad.writestr(name, b"<worksheet><sheetData><row" if "sheet1" in name else good.read(name))
    whole.unlink()
    assert says(hospital.problem(), "AN020", "return.xlsx", "damaged", "Then send it again")


# --- cells that cannot be read ---


def test_a_row_with_more_cells_than_headers_is_named(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp\n1,5\n2,1,234.50\n3,6\n4,1,000\n")
    assert says(hospital.problem(), "AN021", "ledger.csv, rows 3, 5", "beyond the 2 columns", "quotation marks")


def test_of_many_such_rows_the_first_are_named_and_all_are_counted(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp\n" + "1,5,6\n" * 20)
    assert hospital.problem().where == "ledger.csv, rows 2, 3, 4, 5, 6, 7, 8, 9 and 12 more"


def test_a_value_under_no_header_is_named(hospital):
    hospital.workbook("r.xlsx", {"Ledger": [["payment_date", "", "net_gbp"], ["1", "?", 5]]})
    assert says(
        hospital.problem(), "AN021", "r.xlsx, sheet Ledger, row 2", "2 columns that have a header", "its header"
    )


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_file(hospital):
    hospital.file("ledger.csv", 'payment_date,net_gbp,category\n1,5,Food\n2,6,"Fish\n3,7,Meat\n')
    assert says(hospital.problem(), "AN021", "ledger.csv, row 3", "quotation mark", "saving as CSV again")


def test_faults_of_the_headers_are_told_beside_a_quotation_mark(hospital):
    hospital.file("ledger.csv", 'payment_date,net_gbp,Colour\n1,5,"red\n')
    assert [problem.code for problem in hospital.problems()] == ["AN023", "AN021"]


def test_a_file_of_quotation_marks_gone_wrong_is_not_read_into_one_cell(hospital):
    hospital.file("ledger.csv", 'payment_date,net_gbp,category\n1,5,"' + "Fish\n" * 300_000 + '"\n')
    assert hospital.problem().where == "ledger.csv, row 2"


def test_error_cells_are_no_blanks(hospital):
    with xlsxwriter.Workbook(str(hospital.folder / "r.xlsx")) as book:
        sheet = book.add_worksheet("Ledger")
        sheet.write_row(0, 0, ["payment_date", "net_gbp"])
        sheet.write_formula("B2", "=NA()", None, "#N/A")
        sheet.write_formula("B3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("A40", "=NA()", None, "#N/A")
    divided, absent = hospital.problems()
    assert says(divided, "AN021", "r.xlsx, sheet Ledger, cell B3", "#DIV/0!", "leave the cell blank")
    assert says(absent, "AN021", "r.xlsx, sheet Ledger, cells B2, A40", "#N/A", "leave the cell blank")


def test_an_error_cell_is_named_as_it_stands_where_the_table_begins_elsewhere(hospital):
    with xlsxwriter.Workbook(str(hospital.folder / "r.xlsx")) as book:
        sheet = book.add_worksheet("Ledger")
        sheet.write_row("C1", ["payment_date", "net_gbp"])
        sheet.write_formula("D2", "=NA()", None, "#N/A")
    assert hospital.problem().where == "r.xlsx, sheet Ledger, cell D2"


def test_the_text_of_an_error_is_no_error(hospital):
    hospital.workbook("r.xlsx", {"Suppliers": [["supplier_id"], ["#N/A"]]})
    assert [source.rows for source in hospital.read()] == [1]


@pytest.fixture
def formula(hospital):
    """Makes a return whose cell B2 holds a formula, saved in this way."""

    def make(cell):
        whole = hospital.workbook("whole.xlsx", {"Ledger": [["payment_date", "net_gbp"], ["1", "=2+3"]]})
        with zipfile.ZipFile(whole) as good, zipfile.ZipFile(hospital.folder / "r.xlsx", "w") as bad:
            for name in good.namelist():
                bad.writestr(name, good.read(name).replace(b'<c r="B2"><f>2+3</f><v>0</v></c>', cell))
        whole.unlink()

    return make


def test_formulas_that_were_never_worked_out_are_no_blanks(hospital, formula):
    formula(b'<c r="B2"><f>2+3</f></c>')
    assert says(hospital.problem(), "AN021", "r.xlsx, sheet Ledger, cell B2", "formula without a result", "save it")


def test_a_formula_that_gives_no_text_is_blank(hospital, formula):
    formula(b'<c r="B2" t="str"><f>""</f></c>')
    [source] = hospital.read()
    assert column(source, "net_pence") == [None]


# --- headers ---


def test_a_missing_column_is_named_with_the_nearest_header(hospital):
    hospital.file("ledger.csv", "supplier_id,payment_date,net sum\nS1,1,5\n")
    missing, unknown = hospital.problems()
    assert says(missing, "AN022", "ledger.csv", '"net_gbp"; the nearest header is "net sum"', 'net_pence: ["net sum"]')
    assert says(unknown, "AN023", "ledger.csv, column C", '"net sum"', '- "net sum"')


def test_an_unknown_column_is_named_with_the_line_to_add(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp,Cost: centre\n1,5,x\n")
    assert says(
        hospital.problem(), "AN023", "ledger.csv, column C", '"Cost: centre"', '`- "Cost: centre"` under `ignored`'
    )


def test_the_line_to_add_mends_the_mapping(hospital):
    hospital.file("ledger.csv", 'payment_date,net_gbp,"Cost ""centre"" #1: x"\n1,5,x\n')
    line = hospital.problem().remedy.split("`")[1]
    hospital.mapping(f"files: ledger.csv\ntable: ledger\nignored:\n  {line}\n")
    assert [source.rows for source in hospital.read()] == [1]


@pytest.mark.parametrize("headers", ["payment_date,net_gbp,net_gbp", "payment_date,net_gbp,Net GBP"])
def test_a_header_that_stands_twice_is_named(hospital, headers):
    hospital.file("ledger.csv", f"{headers}\n1,5,6\n")
    assert says(hospital.problem(), "AN023", "ledger.csv, columns B and C", "only one can be net_gbp", "Delete")


def test_two_headers_that_are_not_needed_may_be_alike(hospital):
    hospital.mapping("{files: ledger.csv, table: ledger, ignored: [Note]}")
    hospital.file("ledger.csv", "payment_date,net_gbp,Note,Note\n1,5,a,b\n")
    assert [source.rows for source in hospital.read()] == [1]


def test_a_sheet_of_the_template_without_its_headers_is_refused(hospital):
    hospital.workbook("r.xlsx", {"Ledger": [["Payments of May"]]})
    problem = hospital.problem()
    assert says(problem, "AN022", "r.xlsx, sheet Ledger", "headers of the table ledger", "payment_date, supplier_id")
    assert "leeds_2010_2013" in problem.remedy


def test_records_above_the_headers_are_not_lost(hospital):
    hospital.file("ledger.csv", "01/05/2023,5\nnet_gbp,payment_date\n7,02/05/2023\n")
    assert says(hospital.problem(), "AN022", "ledger.csv, row 1", "looks like records", "above all rows")


def test_a_file_of_the_wrong_kind_is_known_by_its_headers(hospital):
    hospital.file("ledger.csv", "Contract Title,Supplier Name,Start Date,End Date,Contract Value\nx,y,1,2,3\n")
    assert says(hospital.problem(), "AN024", "ledger.csv", "a register of contracts", "value is no payment")


def test_headers_that_two_crosswalks_read_otherwise_are_for_a_person(hospital):
    hospital.file("spend.csv", "Supplier,Date,Amount,Payment Date,Supplier Name\na,1,2,3,b\n")
    assert {problem.code for problem in hospital.problems()} == {"AN023"}


# --- net, gross and VAT by meaning ---


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("payment_date,gross_gbp", '"gross_gbp" is an amount with VAT'),
        ("Payment Date,Supplier Name,Gross Amount (£)", '"Gross Amount (£)" is an amount with VAT, which holds what'),
        ("Payment Date,Supplier Name,Amount inc. VAT,VAT", '"Amount inc. VAT" is an amount with VAT'),
        ("Payment Date,Supplier Name,Gross,Recoverable VAT", '"Recoverable VAT" is VAT alone, which does not say'),
    ],
)
def test_gross_amounts_without_net_are_refused_with_what_to_send(hospital, headers, said):
    hospital.file("ledger.csv", f"{headers}\n01/05/2023{',120' * headers.count(',')}\n")
    problem = hospital.problem()
    assert says(problem, "AN022", "ledger.csv", said, 'one headed "net_gbp": Amount paid net of recoverable VAT.')
    assert "If the member gets no VAT back" in problem.remedy and "`net_pence: [" in problem.remedy


def test_vat_without_any_amount_is_not_taken_for_one(hospital):
    hospital.file("ledger.csv", "payment_date,supplier_name,vat_gbp\n01/05/2023,A,20\n")
    assert says(hospital.problem(), "AN022", "ledger.csv", '"vat_gbp" is VAT alone', "net_gbp")


def test_a_member_that_gets_no_vat_back_says_so_in_a_mapping(hospital):
    hospital.file("ledger.csv", "payment_date,Gross Amount\n01/05/2023,120\n")
    hospital.mapping('{files: ledger.csv, table: ledger, columns: {net_pence: ["Gross Amount"]}}')
    assert column(hospital.read()[0], "net_pence") == ["120"]


@pytest.mark.parametrize("headers", ["Gross,payment_date,net_gbp,VAT", "Gross Value,Payment date,Net Amount,VAT"])
def test_gross_and_vat_beside_net_are_passed_over(hospital, headers):
    hospital.file("ledger.csv", f"{headers}\n120,01/05/2023,100,20\n")
    assert column(hospital.read()[0], "net_pence") == ["100"]


def test_an_amount_that_does_not_say_that_it_is_net_beside_vat_is_for_a_person(hospital):
    hospital.file("spend.csv", "Date,Supplier,VAT,Gross,Amount\n01/05/2023,A,20,120,100\n")
    problem = hospital.problem()
    assert says(problem, "AN023", "spend.csv", '"Amount" may be net_gbp or not', '- ["VAT", "Gross"]')
    hospital.mapping('{files: spend.csv, table: ledger, crosswalk: over_25k, ignored: [["VAT", "Gross"]]}')
    assert column(hospital.read()[0], "net_pence") == ["100"]


def test_no_crosswalk_takes_for_net_what_is_not(hospital):
    for plan in known_plans(hospital.network, "ledger"):
        for _, declared in plan.others.values():
            names = {normalise(name) for spellings in declared.headers for name in spellings}
            assert names <= plan.others.keys(), plan.name


# --- files and sheets that nobody knows ---


def test_an_unknown_file_is_named_with_the_names_that_are_known(hospital):
    hospital.file("payments.csv", "a,b\n")
    assert says(hospital.problem(), "AN024", "payments.csv", "no mapping names this file", "workforce.csv")


def test_a_workbook_without_a_sheet_of_the_template_is_refused_once(hospital):
    hospital.workbook("r.xlsx", {"Sheet1": [["x"] * 3] * 3, "Data": [["y"] * 3] * 3})
    assert says(hospital.problem(), "AN024", "r.xlsx", 'no sheet of the template; it has "Sheet1", "Data"', "Suppliers")


def test_a_sheet_beside_those_of_the_template_is_named(hospital):
    hospital.workbook("r.xlsx", {"Suppliers": [["supplier_id"]], "Spend": [["x", "y", "z"]] * 3})
    assert says(hospital.problem(), "AN024", "r.xlsx", 'the sheet "Spend"', "About")


@pytest.mark.parametrize("sheets", [{"About": [["x"]]}, {"Sheet1": []}])
def test_a_workbook_that_holds_no_rows_is_refused(hospital, sheets):
    hospital.workbook("r.xlsx", sheets)
    assert says(hospital.problem(), "AN024", "r.xlsx", "holds no rows", "Suppliers")


def test_a_mapping_that_does_not_say_which_sheet_is_refused(hospital):
    hospital.mapping("{files: '*.xlsx', table: suppliers}")
    hospital.workbook("r.xlsx", {"One": [["supplier_id"]], "Two": [["supplier_id"]]})
    assert says(hospital.problem(), "AN024", "r.xlsx", "does not say which sheet", "`sheet: NAME`")


def test_a_mapping_whose_sheet_is_not_there_is_refused(hospital):
    hospital.mapping("{files: '*.xlsx', table: suppliers, sheet: Data}")
    hospital.workbook("r.xlsx", {"Dates": [["supplier_id"]]})
    assert says(
        hospital.problem(), "AN024", "r.xlsx", 'names the sheet "Data", and the workbook has "Dates"', "`sheet: NAME`"
    )


@pytest.mark.parametrize(
    ("mapping", "what"),
    [
        ("{files: x.csv, table: ledgers}", '"ledgers" is not a canonical table'),
        ("{files: x.csv, table: ledger, crosswalk: leeds}", '"leeds" is not a crosswalk'),
        ("{files: x.csv, table: suppliers, crosswalk: leeds_2010_2013}", "not the table of the crosswalk"),
        ("{files: x.csv, table: ledger, columns: {net: [Net]}}", '"net" is no column of ledger'),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(hospital, mapping, what):
    hospital.mapping(mapping)
    hospital.file("x.csv", "a,b\n")
    assert any(problem.code == "AN007" and what in problem.what for problem in hospital.problems())


def test_two_mappings_for_one_file_are_refused(hospital):
    hospital.mapping("{files: 'x*', table: ledger}", "a.yaml")
    hospital.mapping("{files: '*.csv', table: suppliers}", "b.yaml")
    hospital.file("x.csv", "supplier_id\n")
    assert says(hospital.problem(), "AN007", "x.csv", "`x*` and `*.csv`", "narrower")


# --- all at once, and nothing personal ---


def test_all_faults_of_a_return_come_at_once(hospital):
    hospital.file("a.txt", "x")
    hospital.file("ledger.csv", "payment_date,net_gbp,Colour\n1,5,x,y\n")
    hospital.workbook("r.xlsx", {"Suppliers": [["Supplier"], ["S1"]], "Workforce": [["x"]], "Pivot": [["x"] * 3] * 3})
    codes = sorted(problem.code for problem in hospital.problems())
    assert codes == ["AN021", "AN022", "AN022", "AN023", "AN024", "AN024"]


@pytest.mark.parametrize(
    "content",
    [
        f"{PERSON}\n{PERSON}\n",
        f"{WORKFORCE}\n{PERSON},LS1 4AP,R-004512\n",
        f"{WORKFORCE},Home\n{PERSON},LS1 4AP\n",
        f'{WORKFORCE}\n"R-004512,LS1 4AP\n{PERSON}\n',
        f"{PERSON}\n{WORKFORCE}\n",
        f"employee_id,{PERSON}\n",
    ],
    ids=["no headers", "more cells", "unknown header", "open quotation mark", "headers below", "one header only"],
)
def test_nothing_personal_is_in_a_message(college, content):
    college.file("workforce.csv", content)
    said = "\n".join(map(str, college.problems()))
    assert not [cell for cell in PERSON.split(",") if len(cell) > 3 and cell in said], said


def test_nothing_personal_is_said_of_a_sheet_without_headers(college):
    college.workbook("r.xlsx", {"Workforce": [PERSON.split(","), PERSON.split(",")]})
    assert "R-004512" not in str(college.problem())


# --- other currencies ---

EUROS = ["[$€-407] #,##0.00", '#,##0.00\\ "€"', "[$EUR] #,##0.00", '"$"#,##0.00', "[$$-409]#,##0.00"]
POUNDS = ["[$£-809]#,##0.00", '"£"#,##0.00', "#,##0.00;[Red]-#,##0.00", '_-[$£-809]* #,##0.00_-;_-* "-"??_-', "General"]


def shown_as(form: str, folder: Path) -> Path:
    with xlsxwriter.Workbook(str(folder / "ledger.xlsx")) as book:
        sheet, style = book.add_worksheet("Ledger"), book.add_format({"num_format": form})
        for column, name in enumerate(["payment_date", "supplier_name", "net_gbp", "category"]):
            sheet.write(0, column, name)
            sheet.write_blank(9, column, None, style)
        for row in (1, 2):
            sheet.write_row(row, 0, ["16/05/2023", "A"])
            sheet.write_number(row, 2, 5, style if row == 2 else None)
    return folder / "ledger.xlsx"


@pytest.mark.parametrize("form", EUROS)
def test_an_amount_that_a_cell_shows_in_another_currency_is_refused(hospital, form):
    shown_as(form, hospital.folder)
    problem = hospital.problem()
    assert problem.code == "AN021" and problem.where == "ledger.xlsx, sheet Ledger, cell C3"
    assert problem.what in ("shows an amount in €.", "shows an amount in EUR.", "shows an amount in $.")


@pytest.mark.parametrize("form", POUNDS)
def test_an_amount_that_a_cell_shows_in_pounds_is_read(hospital, form):
    shown_as(form, hospital.folder)
    assert len(hospital.read()) == 1


def test_another_currency_where_no_amount_is_read_does_no_harm(hospital):
    with xlsxwriter.Workbook(str(hospital.folder / "ledger.xlsx")) as book:
        sheet = book.add_worksheet("Ledger")
        sheet.write_row(0, 0, ["payment_date", "category", "net_gbp"])
        sheet.write_row(1, 0, ["16/05/2023", "", 5])
        sheet.write_number(1, 1, 5, book.add_format({"num_format": EUROS[0]}))
    assert len(hospital.read()) == 1


@pytest.mark.parametrize(("currency", "read"), [("EUR", False), ("GBP", True)])
def test_an_open_document_says_its_currency_itself(hospital, currency, read):
    hospital.file("ledger.ods", open_document(currency))
    if read:
        assert len(hospital.read()) == 1
    else:
        assert "cell B2: shows an amount in EUR." in str(hospital.problem())


def open_document(currency: str) -> bytes:
    cells = {"payment_date": "16/05/2023", "net_gbp": "5"}
    heads = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>' for name in cells
    )
    amount = f'<table:table-cell office:value-type="currency" office:currency="{currency}" office:value="5"/>'
    day = '<table:table-cell office:value-type="string"><text:p>16/05/2023</text:p></table:table-cell>'
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content{spaces}><office:body><office:spreadsheet><table:table table:name="Ledger">'
        f"<table:table-row>{heads}</table:table-row><table:table-row>{day}{amount}</table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return buffer.getvalue()
