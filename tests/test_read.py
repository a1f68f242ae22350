"""Reading a return: every row with its origin, every cell as it stood."""

import csv
import io
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.read import cells as reading_cells
from anchor_analysis.read import plain_text
from anchor_analysis.read import rows as reading_rows
from anchor_analysis.read.cells import as_text, as_texts
from anchor_analysis.read.text_files import delimiter_of, encoding_of, open_csv
from anchor_analysis.read.workbooks import Workbook
from tests.returns_example import LEDGER, Return, column, rows_of

HEADERS = ",".join(LEDGER)


@pytest.fixture
def hospital(tmp_path):
    return Return(tmp_path)


# --- rows and cells of CSV files ---


def test_a_row_keeps_where_it_came_from_and_its_cells_as_they_stood(hospital):
    hospital.file("ledger.csv", f"{HEADERS}\nT-1,16/05/2023,S1, Example Ltd ,LX1 4AA,,00123.40\n")
    [source] = hospital.read()
    assert rows_of(source) == [
        {
            "source_file": "ledger.csv",
            "source_sheet": "",
            "source_row": 2,
            "source_filled": 6,
            "source_spaced": True,
            "source_mark": None,
            "transaction_id": "T-1",
            "payment_date": "16/05/2023",
            "supplier_id": "S1",
            "supplier_name": " Example Ltd ",
            "supplier_postcode": "LX1 4AA",
            "category": None,
            "net_pence": "00123.40",
            "irrecoverable_vat_pence": None,
            "currency": None,
        }
    ]


def test_blank_rows_are_kept_and_counted(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp\n01/05/2023,1\n\n,\n02/05/2023,2\n")
    [source] = hospital.read()
    assert column(source, "source_row") == [2, 3, 4, 5]
    assert column(source, "source_filled") == [2, 0, 0, 2]
    assert source.rows == 4


def test_white_space_is_kept_and_does_not_count_as_filled(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp,category\n \u00a0,5, \n")
    [source] = hospital.read()
    assert (column(source, "payment_date"), column(source, "source_filled")) == ([" \u00a0"], [1])


def test_columns_that_are_not_needed_count_as_filled(hospital):
    hospital.mapping("{files: ledger.csv, table: ledger, ignored: [Body]}")
    hospital.file("ledger.csv", "Body,payment_date,net_gbp\nCouncil,,7\n")
    [source] = hospital.read()
    assert column(source, "source_filled") == [2]


def test_optional_columns_that_a_file_lacks_are_missing(hospital):
    hospital.file("ledger.csv", "net_gbp,payment_date\n1,01/05/2023\n")
    [source] = hospital.read()
    assert (column(source, "supplier_name"), column(source, "net_pence")) == ([None], ["1"])


def test_a_line_break_within_a_cell_does_not_move_the_row_numbers(hospital):
    hospital.file("ledger.csv", 'payment_date,net_gbp,category\n1,1,"two\nlines"\n2,2,x\n')
    [source] = hospital.read()
    assert column(source, "category") == ["two\nlines", "x"]
    assert column(source, "source_row") == [2, 3]


def test_a_short_row_is_filled_up_with_blanks(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp,category\n01/05/2023,5\n")
    [source] = hospital.read()
    assert column(source, "category") == [None]


def test_trailing_columns_without_header_or_value_do_no_harm(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp,,\n01/05/2023,5,,,,\n")
    [source] = hospital.read()
    assert column(source, "net_pence") == ["5"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("payment_date,net_gbp\n1,£5\n".encode(), "utf-8"),
        ("payment_date,net_gbp\n1,£5\n".encode("utf-8-sig"), "utf-8"),
        ("payment_date,net_gbp\n1,£5\n".encode("cp1252"), "cp1252"),
        ("payment_date,net_gbp\r\n1,£5\r\n".encode(), "utf-8"),
        ("payment_date,net_gbp\r1,£5\r".encode(), "utf-8"),
        ("payment_date,net_gbp\n1,£5".encode(), "utf-8"),
        ('"net, gbp",payment_date\n£5,1'.encode("utf-8-sig"), "utf-8"),
    ],
    ids=[
        "UTF-8",
        "with byte-order mark",
        "Windows-1252",
        "Windows line ends",
        "old Mac line ends",
        "no last line end",
        "with mark and quotes",
    ],
)
def test_a_pound_sign_is_read_in_every_usual_way_of_saving(hospital, content, encoding):
    hospital.file("ledger.csv", content)
    [source] = hospital.read()
    assert (column(source, "net_pence"), source.encoding) == (["£5"], encoding)


@pytest.mark.parametrize(
    "header", ["Payment Date", "PAYMENT_DATE", " payment-date ", "Payment\u00a0date", "\ufeffpaymentdate"]
)
def test_headers_match_whatever_their_case_spaces_and_signs(hospital, header):
    hospital.file("ledger.csv", f"{header},Net (GBP)\n01/05/2023,5\n")
    [source] = hospital.read()
    assert column(source, "payment_date") == ["01/05/2023"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))] * 3), max_size=8)
)
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, records):
    hospital = Return(tmp_path_factory.mktemp("any"))
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["payment_date", "net_gbp", "category"], *records])
    hospital.file("ledger.csv", text.getvalue())
    [source] = hospital.read()
    read = [(row["payment_date"], row["net_pence"], row["category"]) for row in rows_of(source)]
    assert read == [tuple(cell or None for cell in record) for record in records]
    assert column(source, "source_filled") == [sum(cell.strip() != "" for cell in record) for record in records]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_long_file_is_written_in_groups_and_its_row_numbers_go_on(hospital, monkeypatch, encoding):
    monkeypatch.setattr(reading_cells, "BATCH", 3)  # of what is read record by record
    monkeypatch.setattr(plain_text, "_BLOCK", 12)
    monkeypatch.setattr(reading_rows, "_GROUP", 3)
    rows = "payment_date,net_gbp\n" + "".join(f"{n},{n}\n" for n in range(8))
    hospital.file("ledger.csv", rows, encoding=encoding)
    [source] = hospital.read()
    assert pq.ParquetFile(source.path).num_row_groups == 3
    assert source.last_full is None
    assert column(source, "source_row") == list(range(2, 10))
    assert column(source, "net_pence") == [str(n) for n in range(8)]


def test_the_same_file_gives_the_same_bytes(hospital, tmp_path):
    hospital.file("ledger.csv", f"{HEADERS}\nT-1,16/05/2023,S1,Example Ltd,LX1 4AA,,5\n")
    [first] = hospital.read()
    before = storage.file_hash(first.path)
    hospital.into = tmp_path / "again"
    [second] = hospital.read()
    assert storage.file_hash(second.path) == before


def test_a_last_letter_that_would_begin_another_in_utf_8_is_read(hospital):
    hospital.file("ledger.csv", "payment_date,net_gbp,category\n1,5,Â", encoding="cp1252")
    [source] = hospital.read()
    assert (column(source, "category"), source.encoding) == (["Â"], "cp1252")


def test_another_delimiter_within_a_header_is_no_delimiter(hospital):
    hospital.file("ledger.csv", "payment_date;,net_gbp\n1,5\n")
    [source] = hospital.read()
    assert column(source, "net_pence") == ["5"]


# --- which files are read, and as what ---


def test_files_are_read_in_the_order_of_their_names(hospital):
    for name in ["suppliers.csv", "ledger_2.csv", "ledger.csv", "Ledger_10.CSV"]:
        hospital.file(name, "supplier_id,payment_date,net_gbp\n" if "edger" in name else "supplier_id\n")
    read = [(source.file, source.table) for source in hospital.read()]
    assert read == [
        ("Ledger_10.CSV", "ledger"),
        ("ledger.csv", "ledger"),
        ("ledger_2.csv", "ledger"),
        ("suppliers.csv", "suppliers"),
    ]


def test_what_is_no_part_of_a_return_is_passed_over(hospital):
    for name in [".DS_Store", "~$return.xlsx", "README.md", "readme.txt", "Thumbs.db", "__MACOSX/ledger.csv"]:
        hospital.file(name, "whatever")
    assert hospital.read() == []


def test_a_file_in_a_folder_is_named_by_its_way_there(hospital):
    hospital.file("first half/ledger.csv", "payment_date,net_gbp\n1,1\n")
    [source] = hospital.read()
    assert column(source, "source_file") == ["first half/ledger.csv"]


def test_the_file_is_known_by_its_hash(hospital):
    path = hospital.file("suppliers.csv", "supplier_id\nS1\n")
    assert hospital.read()[0].sha256 == storage.file_hash(path)


# --- mappings ---


def test_a_shipped_crosswalk_reads_a_councils_own_headers(hospital):
    hospital.mapping("{files: 'payments *.csv', table: ledger, crosswalk: leeds_2010_2013}")
    hospital.file("Payments May.csv", "Body,Date paid,Net amount,Supplier name \nCouncil,30-May-12,670.4,Example Ltd\n")
    [source] = hospital.read()
    [row] = rows_of(source)
    assert (row["payment_date"], row["net_pence"], row["supplier_name"]) == ("30-May-12", "670.4", "Example Ltd")


def test_a_staff_extract_is_known_by_the_words_of_personnel_systems(tmp_path):
    college = Return(tmp_path, member="college")
    heads = (
        "Employee Number,Assignment Number,Primary Assignment,Assignment Category,Staff Group,Pay Point,Contracted WTE"
    )
    college.file(
        "esr.csv",
        f"{heads},Home Postcode,Sex,Start Date,Leave Date\nR1,1,Y,Fixed Term Temp,Nursing,5,0.8,LS1 4AP,F,,\n",
    )
    [source] = college.read()
    assert (source.table, source.read_by) == ("workforce", "the crosswalk staff_extract")
    assert (column(source, "fte_e5"), column(source, "home_postcode")) == (["0.8"], ["LS1 4AP"])


@pytest.mark.parametrize("net", ["Amount exc VAT", "Amount (excl. VAT)", "Net (£)", "Net value"])
def test_net_is_told_from_gross_and_vat_by_its_header(hospital, net):
    hospital.file("p.csv", f"Payment Date,Supplier Name,{net},VAT,Gross Amount\n16/05/2023,A,5,1,6\n")
    [source] = hospital.read()
    assert column(source, "net_pence") == ["5"]


def test_a_mapping_adds_to_its_crosswalk(hospital):
    hospital.mapping(
        "{files: p.csv, table: ledger, crosswalk: leeds_2010_2013, columns: {supplier_id: [Vendor]}, ignored: [Ward]}"
    )
    hospital.file("p.csv", "Date paid,Net amount,Vendor,Ward\n30-May-12,5,V9,Armley\n")
    [source] = hospital.read()
    assert column(source, "supplier_id") == ["V9"]


def test_a_mapping_wins_over_the_templates_shape(hospital):
    hospital.mapping(
        "{files: ledger.csv, table: ledger, columns: {net_pence: [Gross], payment_date: [Day]}, ignored: [net_gbp]}"
    )
    hospital.file("ledger.csv", "Day,net_gbp,Gross\n1,100,120\n")
    [source] = hospital.read()
    assert column(source, "net_pence") == ["120"]


def test_the_members_own_mapping_goes_before_one_for_all(hospital):
    hospital.mapping("{files: '*.csv', table: ledger, columns: {net_pence: [A]}}", "all.yaml")
    hospital.mapping("{files: '*.csv', table: ledger, member: hospital, columns: {net_pence: [B]}, ignored: [A]}")
    hospital.mapping("{files: '*.csv', table: suppliers, member: college}", "college.yaml")
    hospital.file("x.csv", "payment_date,A,B\n1,1,2\n")
    [source] = hospital.read()
    assert (source.table, column(source, "net_pence")) == ("ledger", ["2"])


def test_a_mapping_without_a_sheet_is_for_the_only_one(hospital):
    hospital.mapping("{files: '*.xlsx', table: ledger, columns: {net_pence: [Total], payment_date: [Day]}}")
    hospital.workbook("export.xlsx", {"About": [["hello"]], "Sheet1": [["Day", "Total"], ["1", 5]], "Sheet2": []})
    [source] = hospital.read()
    assert (source.sheet, column(source, "net_pence")) == ("Sheet1", ["5"])


def test_a_mapping_that_names_a_sheet_decides_on_its_workbook(hospital):
    hospital.mapping(
        "{files: '*.xlsx', sheet: Data, table: ledger, columns: {net_pence: [Total], payment_date: [Day]}}"
    )
    sheets = {"Pivot": [["x"]], "Data": [["Day", "Total"], ["1", 5]], "Suppliers": [["supplier_id"], ["S1"]]}
    hospital.workbook("export.xlsx", sheets)
    assert [(source.sheet, source.table) for source in hospital.read()] == [
        ("Data", "ledger"),
        ("Suppliers", "suppliers"),
    ]


# --- workbooks ---


def test_a_workbook_in_the_templates_shape_is_read_sheet_by_sheet(hospital):
    hospital.workbook(
        "return.xlsx",
        {
            "About": [["Return to Example"]],
            "Suppliers": [["supplier_id", "supplier_name"], ["00123", "Example Ltd"]],
            "ledger": [["payment_date", "net_gbp"], [date(2023, 5, 16), 12], [], [datetime(2023, 5, 17, 13, 30), -0.5]],
            "Guide": [["Metric"]],
            "Sheet3": [],
        },
    )
    suppliers, ledger = hospital.read()
    assert [row["supplier_id"] for row in rows_of(suppliers)] == ["00123"]
    assert [
        (row["source_row"], row["source_filled"], row["payment_date"], row["net_pence"]) for row in rows_of(ledger)
    ] == [
        (2, 2, "2023-05-16", "12"),
        (3, 0, None, None),
        (4, 2, "2023-05-17 13:30:00", "-0.5"),
    ]
    assert {row["source_sheet"] for row in rows_of(ledger)} == {"ledger"}


def test_a_sheet_with_headers_only_has_no_rows(hospital):
    hospital.workbook("return.xlsx", {"Suppliers": [["supplier_id"]]})
    [source] = hospital.read()
    assert (source.rows, rows_of(source)) == (0, [])


def test_a_table_that_begins_in_another_column_keeps_its_cells(hospital):
    hospital.workbook("return.xlsx", {"Suppliers": [["", "supplier_id", "supplier_name"], ["", "S1", "Example Ltd"]]})
    [source] = hospital.read()
    assert (column(source, "supplier_id"), column(source, "supplier_name")) == (["S1"], ["Example Ltd"])


def test_an_error_in_a_column_that_is_not_needed_does_no_harm(hospital):
    hospital.mapping("{files: '*.xlsx', table: suppliers, ignored: [Check]}")
    with xlsxwriter.Workbook(str(hospital.folder / "s.xlsx")) as book:
        sheet = book.add_worksheet("Suppliers")
        sheet.write_row(0, 0, ["supplier_id", "Check"])
        sheet.write_row(1, 0, ["S1"])
        sheet.write_formula(1, 1, "=NA()", None, "#N/A")
    [source] = hospital.read()
    assert column(source, "source_filled") == [2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00123", "00123"),
        (12.0, "12"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e22, "1" + "0" * 22),
        (1.234567890123457e18, "1234567890123457000"),
        (True, "yes"),
        (False, "no"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 7, 5), "2024-02-29 07:05:00"),
        (time(13, 30), "13:30:00"),
        (timedelta(hours=37, minutes=30), "37:30:00"),
    ],
)
def test_a_cell_of_a_workbook_as_text(value, text):
    assert as_text(value) == text


CELLS = st.one_of(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="_"), min_size=1, max_size=20),
    st.integers(-(10**15), 10**15),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.booleans(),
    st.dates(date(1901, 1, 1), date(2100, 1, 1)),
)


def as_a_second_reader_has_it(value):
    """What openpyxl read, as text; written from the description of reading, not from its code."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return {True: "yes", False: "no"}[value]
    if isinstance(value, datetime):
        assert (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d").zfill(10)
    return str(int(value)) if math.floor(value) == value else format(Decimal(repr(value)), "f")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_workbooks_are_read_as_a_second_reader_reads_them(tmp_path_factory, cells):
    # The helper writes text that begins so as a formula, which the second reader reads as its text.
    assume(not any(isinstance(cell, str) and cell.startswith("=") for row in cells for cell in row))
    hospital = Return(tmp_path_factory.mktemp("second"))
    path = hospital.workbook("any.xlsx", {"Any": cells})
    second = openpyxl.load_workbook(path)["Any"].iter_rows(values_only=True)
    expected = [[as_a_second_reader_has_it(value) for value in row] for row in second]
    read = list(Workbook(path, "xlsx", "any.xlsx").rows("Any"))
    assert [[as_text(cell) for cell in row] for row in read] == expected
    assert [as_texts(column).to_pylist() for column in zip(*read, strict=True)] == [
        *map(list, zip(*expected, strict=True))
    ]


def test_a_workbook_that_counts_its_days_from_1904_has_the_same_dates(hospital):
    with xlsxwriter.Workbook(str(hospital.folder / "r.xlsx"), {"date_1904": True}) as book:
        sheet = book.add_worksheet("Ledger")
        sheet.write_row(0, 0, ["payment_date", "net_gbp"])
        sheet.write_datetime(1, 0, datetime(2023, 5, 16), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_number(1, 1, 5)
    [source] = hospital.read()
    assert column(source, "payment_date") == ["2023-05-16"]


# --- real files ---


@pytest.mark.real
@pytest.mark.parametrize("month", ["2012-05", "2012-06"])
def test_real_payments_are_read_row_for_row(hospital, real_data, month):
    content = (real_data / "ledgers" / f"leeds_{month}.csv").read_bytes()
    hospital.mapping("{files: 'leeds_*.csv', table: ledger, crosswalk: leeds_2010_2013}")
    hospital.file(f"leeds_{month}.csv", content)
    [source] = hospital.read()
    records = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert column(source, "net_pence") == [record["Net amount"] or None for record in records]
    assert column(source, "supplier_name") == [record["Supplier name "] or None for record in records]
    assert column(source, "source_filled") == [
        sum(bool(cell.strip()) for cell in record.values()) for record in records
    ]
    assert source.rows > 9_000


@pytest.mark.real
def test_a_councils_payments_in_windows_1252_are_read(hospital, real_data):
    hospital.mapping(
        """
        files: '*.csv'
        table: ledger
        columns:
          category: [Expenditure category]
          transaction_id: [Transaction Number]
          net_pence: [Net Amount]
          supplier_id: [Supplier Number]
        ignored: [Service Code, Service Label, Expenditure code]
        """
    )
    hospital.file("payments.csv", (real_data / "ledgers" / "bradford_2018-12.csv").read_bytes())
    [source] = hospital.read()
    assert (source.encoding, source.rows) == ("cp1252", 9_073)


@pytest.mark.real
def test_a_trusts_workbook_is_read_as_a_second_reader_reads_it(real_data):
    path = real_data / "ledgers" / "north_middlesex_2020-04.xlsx"
    book = Workbook(path, "xlsx", path.name)
    [sheet] = [name for name in book.sheets if len(list(book.rows(name))) > 5][:1]
    second = [list(row) for row in openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)]
    expected = [[as_a_second_reader_has_it(value) for value in row] for row in second]
    read = [[as_text(cell) for cell in row] for row in book.rows(sheet)]
    assert [row[: len(read[0])] for row in expected[: len(read)]] == read


@pytest.mark.real
def test_an_estates_return_parted_by_dollars_keeps_every_cell(real_data):
    path = real_data / "carbon" / "eric_2015-16.csv"
    encoding = encoding_of(path, path.name)
    delimiter = delimiter_of(path, encoding, lambda row: False)
    with open_csv(path, encoding, path.name, delimiter) as rows:
        read = list(rows)
    second = pd.read_csv(path, sep="$", header=None, dtype=str, encoding=encoding, keep_default_na=False)
    assert delimiter == "$" and {len(row) for row in read} == {second.shape[1]}
    assert read == second.to_numpy().tolist()
