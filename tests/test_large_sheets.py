"""A large sheet, which is read a column at a time, reads as it would cell by cell."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from html import escape
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter.utility import xl_rowcol_to_cell

from anchor_analysis.problems import UserError
from anchor_analysis.read import large_sheets
from anchor_analysis.read.cells import as_text
from anchor_analysis.read.workbooks import Workbook
from tests.returns_example import LEDGER, Return

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRINGS = ["payment_date", "00123", "Smith & Sons <Ltd>", " two\nlines ", "-0", "12.50", "true", "é€𝄞"]
#: What the styles of `workbook` show, from style 1 on.
FORMATS = ["dd/mm/yyyy", "[h]:mm", "hh:mm", "#,##0.00;[Red]-#,##0.00", "0.00%", '_-"£"* #,##0.00_-', "@"]
STYLES = ["", *(f' s="{number}"' for number in range(len(FORMATS) + 1))]


def workbook(path: Path, rows: dict[int, dict[int, str]], name: str = "Ledger", **options: bool) -> Path:
    """A workbook of one sheet with these cells by row and column from 0, each as it goes on after its place."""
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(name)
        for number, text in enumerate(STRINGS):
            sheet.write_string(number, 0, text)
        for form in FORMATS:
            sheet.write_number(0, 1, 1, book.add_format({"num_format": form}))
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    inside = "".join(row_of(row, cells) for row, cells in sorted(rows.items()))
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData></worksheet>'.encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return path


def row_of(row: int, cells: dict[int, str]) -> str:
    inside = (f'<c r="{xl_rowcol_to_cell(row, column)}"{cell}' for column, cell in sorted(cells.items()))
    return f'<row r="{row + 1}">{"".join(inside)}</row>\n'


def number(text: str, style: str = "") -> str:
    return f"{style}><v>{text}</v></c>"


def shared(place: int, style: str = "") -> str:
    return f'{style} t="s"><v>{place}</v></c>'


@contextmanager
def large_from(size: int, chunk: int = 2_000):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_sheets, "LARGE", size)
        patch.setattr(large_sheets, "CHUNK", chunk)
        yield


def opened(path: Path, size: int) -> Workbook:
    with large_from(size):
        return Workbook(path, "xlsx", path.name)


def texts(book: Workbook) -> dict[str, list[list[str]]]:
    return {sheet: [[as_text(cell) for cell in row] for row in book.rows(sheet)] for sheet in book.sheets}


def rows_of(batches) -> list[list[str]]:
    return list(
        chain.from_iterable(map(list, zip(*map(pa.Array.to_pylist, columns), strict=True)) for columns in batches)
    )


def taken_apart(path: Path) -> bool:
    """Whether the sheet is read in columns when it is large; asserts that it gives the same both ways."""
    plain, large = opened(path, 1 << 60), opened(path, 0)
    assert (large.sheets, large.hidden) == (plain.sheets, plain.hidden)
    assert texts(large) == texts(plain)
    for sheet in plain.sheets:
        assert large.faults(sheet) == plain.faults(sheet)
        for first in (0, 1, 7):
            assert rows_of(large.columns(sheet, first)) == texts(plain)[sheet][first:]
    return bool(large._large)


# --- any sheet ---

NUMBERS = st.one_of(
    st.integers(-(10**18), 10**18).map(str),
    st.integers(-800_000, 60_000_000).map(
        lambda thousandths: str(thousandths / 1000)
    ),  # days and hours, with fractions
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1e6, 1e6).map(lambda value: f"{value:.17g}"),
    st.sampled_from(["-0", "-0.0", "0", "1E-7", "1.5e22", "0.10000000000000001", "007", "1e400", ".5", "5.", "45000"]),
)
PLAIN = st.one_of(
    st.builds(number, NUMBERS, st.sampled_from(STYLES)),
    st.builds(lambda text, style: f'{style} t="n"><v>{text}</v></c>', NUMBERS, st.sampled_from(STYLES)),
    st.builds(shared, st.integers(0, len(STRINGS) - 1), st.sampled_from(STYLES)),
    st.sampled_from([' t="b"><v>1</v></c>', ' t="b"><v>0</v></c>', ' t="d"><v>2024-03-31T09:30:00</v></c>']),
    st.text("ab1 &<é", min_size=1).map(lambda text: f' t="str"><v>{escape(text)}</v></c>'),
    st.sampled_from(STYLES).map(lambda style: f"{style}/>"),
)
STRANGE = st.sampled_from(
    [
        ' t="e"><v>#REF!</v></c>',
        "><f>1+1</f><v>2</v></c>",
        "><f>1+1</f></c>",
        ' t="inlineStr"><is><t>in line</t></is></c>',
        ' t="inlineStr"><is><r><t>in</t></r><r><t> line</t></r></is></c>',
        "><v> 5 </v></c>",
        "><v></v></c>",
        "></c>",
        "><v><![CDATA[5]]></v></c>",
        "><!-- a note --><v>5</v></c>",
        ' cm="1"><v>5</v></c>',
    ]
)


def sheets(cells):
    return st.dictionaries(st.integers(0, 90), st.dictionaries(st.integers(0, 5), cells, max_size=6), max_size=40)


@settings(deadline=None, max_examples=60)
@given(sheets(PLAIN), st.booleans())
def test_a_large_sheet_reads_as_cell_by_cell(tmp_path_factory, rows, from_1904):
    rows[3] = dict.fromkeys(range(6), number("1.5"))
    path = workbook(tmp_path_factory.mktemp("large") / "any.xlsx", rows, date_1904=from_1904)
    assert taken_apart(path)


@settings(deadline=None, max_examples=60)
@given(sheets(PLAIN), st.integers(0, 90), STRANGE)
def test_a_sheet_with_other_cells_reads_as_before(tmp_path_factory, rows, place, strange):
    rows.setdefault(place, {})[1] = strange
    assert not taken_apart(workbook(tmp_path_factory.mktemp("strange") / "any.xlsx", rows))


# --- some sheets ---


def rewritten(path: Path, old: str, new: str) -> Path:
    """The workbook with something else in its sheet's XML."""
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert old.encode() in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return path


def ledger(path: Path, count: int = 40) -> Path:
    """Two columns of numbers below a header."""
    rows = {row: {0: number(str(row)), 1: number(str(row / 8))} for row in range(1, count)}
    return workbook(path, {0: {0: shared(0), 1: shared(1)}, **rows})


def test_a_sheet_is_known_by_any_name(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {0: {0: number("1")}}, name='R&D "é" <2>')
    assert taken_apart(path) and list(texts(opened(path, 0))) == ['R&D "é" <2>']


def test_a_long_sheet_keeps_its_last_rows_in_their_place(tmp_path):
    rows = {row: {0: number(str(row))} for row in [*range(20_000), 999_998, 999_999]}
    book = opened(workbook(tmp_path / "a.xlsx", rows), 0)
    read = list(book.rows("Ledger"))
    assert book._large and len(read) == 1_000_000
    assert [row for row, cells in enumerate(read) if cells != [""]] == sorted(rows)
    assert read[-1] == ["999999"]


def test_a_row_that_does_not_end_is_left(tmp_path):
    assert not taken_apart(workbook(tmp_path / "a.xlsx", {0: dict.fromkeys(range(300), number("1"))}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<c r="A2"', '<c r="B9"'),
        ('<c r="A3"', '<c r="A2"'),
        ('<c r="A2"', "<c"),
        ('<c r="A2"', '<c r="a2"'),
        ('<c r="A2"', '<c s="0" r="A2"'),
        ('<c r="A2"><v>1</v></c>', '<x:c xmlns:x="urn:x" r="A2"><v>1</v></x:c>'),
    ],
)
def test_cells_that_do_not_stand_in_order_are_left(tmp_path, old, new):
    assert not taken_apart(rewritten(ledger(tmp_path / "a.xlsx"), old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(('<c r="B1"', f'<c r="{place}"') for place in ["XFE1", "AAAAAAAAA1", "B4294967297", "1", "B", "B1B", "B0"]),
        ('<c r="A1"><v>1</v></c>', '<c r="A1"><c r="A2"/>'),
        ('<c r="A1"><v>1</v></c>', '<c r="A1"><v>1</c></v>'),
    ],
)
def test_what_is_no_cell_of_a_sheet_is_not_read_in_columns(tmp_path, old, new):
    path = rewritten(workbook(tmp_path / "a.xlsx", {0: {0: number("1"), 1: number("2")}}), old, new)
    with large_from(0):
        _, large = large_sheets.slimmed(path.read_bytes(), "xlsx")
    assert not large


def test_a_sparse_sheet_is_left(tmp_path):
    rows = {0: {0: number("1")}, 299: {0: number("1")}}
    assert not taken_apart(workbook(tmp_path / "a.xlsx", rows))


def test_a_sheet_that_breaks_off_is_refused_as_before(tmp_path):
    path = rewritten(ledger(tmp_path / "a.xlsx"), "</sheetData></worksheet>", "")
    for size in (0, 1 << 60):
        with pytest.raises(UserError, match="is damaged"):
            opened(path, size)


def test_a_sheet_whose_bytes_were_changed_is_refused(tmp_path):
    path = rewritten(ledger(tmp_path / "a.xlsx"), "</sheetData>", "</sheetData>" + "<pageMargins/>" * 500)
    path.write_bytes(path.read_bytes().replace(b"<v>7</v>", b"<v>8</v>"))
    with pytest.raises(UserError, match="is damaged"):
        opened(path, 0)


def test_a_return_with_a_large_sheet_gives_the_same_files(tmp_path):
    records = [[f"T-{n}", f"{n % 28 + 1:02d}/05/2023", f"S{n % 3}", "A & B", "LX1 4AA", "", n / 4] for n in range(200)]
    records = [["Payments over £500"], LEDGER, *records[:90], LEDGER, [], *records[90:]]
    found = []
    for size in (0, 1 << 60):
        hospital = Return(tmp_path / str(size))
        hospital.workbook("r.xlsx", {"Ledger": records})
        with large_from(size):
            [source] = hospital.read()
        found.append(pq.read_table(source.path))
        assert source.rows == 203  # with the title, the blank row and the headers again
    assert found[0].equals(found[1])
    assert found[0]["source_mark"].to_pylist().count("headers again") == 1


def test_a_large_sheet_with_cells_beyond_its_headers_is_refused_in_the_same_words(tmp_path):
    said = []
    for size in (0, 1 << 60):
        hospital = Return(tmp_path / str(size))
        hospital.workbook(
            "r.xlsx", {"Ledger": [LEDGER, *[["T", "01/05/2023", *"abcd", 1] for _ in range(90)], [*"12345678"]]}
        )
        with large_from(size), pytest.raises(UserError) as error:
            hospital.read()
        said.append(str(error.value))
    assert said[0] == said[1] and "row 92" in said[0]
