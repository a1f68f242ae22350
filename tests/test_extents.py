"""How far the cells of a workbook reach is known before it is read, whatever kind it is of."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter.utility import xl_rowcol_to_cell

from anchor_analysis.problems import UserError
from anchor_analysis.read import extents, faulty_cells
from anchor_analysis.read.extents import Extent, extents_of_xlsx, must_be_dense
from tests.messy_files import Page, write_ods, write_xls, write_xlsb, write_xlsx
from tests.returns_example import Return, column

hostile = pytest.importorskip("tests.hostile", reason="limits on a process are of Unix")

WRITERS = {"xlsx": write_xlsx, "xlsb": write_xlsb, "xls": write_xls, "ods": write_ods}


def reached(path, kind):
    """What is held to be the extents of a workbook."""
    found = {}

    def note(said, where):
        found.update(said)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faulty_cells, "must_be_dense", note)
        faulty_cells.look_through(path, kind, "x", path.read_bytes())
    return found


@pytest.mark.parametrize("kind", ["xlsb", "xls", "ods"])
def test_the_extent_of_each_sheet_is_exact(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    WRITERS[kind](path, [Page("Near", [("a", "b"), ("c",)]), Page("Far", hostile.far_off(300, 20)), Page("None", [])])
    far, near = Extent(21, 301, 3), Extent(2, 2, 3)
    assert reached(path, kind) == {"Near": near, "Far": far, "None": Extent(0, 0, 0)}


cells = st.sets(st.tuples(st.integers(0, 1_048_575), st.integers(0, 16_383)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=30)
@given(cells=cells, first=st.booleans())
def test_no_cell_of_a_workbook_in_xml_is_beyond_its_extent(tmp_path_factory, cells, first):
    folder = tmp_path_factory.mktemp("sheet")
    places = sorted(cells, reverse=first)
    rows = "".join(f'<row><c r="{xl_rowcol_to_cell(*place)}"><v>1</v></c></row>' for place in places)
    path = hostile._workbook(folder, hostile._parts(folder, f"<sheetData>{rows}</sheetData>"))
    (found,) = extents_of_xlsx(path.read_bytes()).values()
    exact = Extent(max(c for _, c in cells) + 1, max(r for r, _ in cells) + 1, len(cells))
    assert found == exact if exact.is_sparse else (found.columns >= exact.columns and found.rows >= exact.rows)


def test_a_reference_that_falls_on_the_end_of_a_chunk_is_seen(tmp_path, monkeypatch):
    rows = '<row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c></row>'
    path = hostile._workbook(tmp_path, hostile._parts(tmp_path, f"<sheetData>{rows}</sheetData>"))
    for chunk in range(70, 110):
        monkeypatch.setattr(extents, "_CHUNK", chunk)
        assert extents_of_xlsx(path.read_bytes())["Ledger"][:2] == (16_384, 1_048_576)


def test_a_full_sheet_may_be_as_large_as_it_likes_and_hardly_filled_ones_not_even_together():
    must_be_dense({"Ledger": Extent(16_384, 1_048_576, 200_000_000)}, "x")
    must_be_dense({str(number): Extent(10, 1_000, 10_000) for number in range(10_000)}, "x")
    must_be_dense({str(number): Extent(20, 50_000, 3) for number in range(4)}, "x")
    with pytest.raises(
        UserError, match=r"sheet 0: the file holds 3 cells so far apart.*over 20 columns and 50,000 rows"
    ):
        must_be_dense({str(number): Extent(20, 50_000, 3) for number in range(5)}, "x")


@pytest.mark.parametrize(("extent", "said"), [((16_385, 1), "columns"), ((1, 1_048_577), "rows")])
def test_more_than_a_spreadsheet_can_have_is_refused_however_full(extent, said):
    with pytest.raises(UserError, match=f"more {said} than a spreadsheet can have"):
        must_be_dense({"Ledger": Extent(*extent, 1_000_000_000)}, "x")


# --- what is no harm is read ---


def test_blank_rows_and_columns_that_a_program_notes_are_no_extent(tmp_path):
    hospital = Return(tmp_path)
    payment = '<table:table-cell office:value-type="date" office:date-value="2023-05-01"/>'
    payment += '<table:table-cell office:value-type="float" office:value="12.5"/>'
    rows = f'<table:table-row>{payment}<table:table-cell table:number-columns-repeated="16382"/></table:table-row>'
    rows += '<table:table-row table:number-rows-repeated="1048574">'
    rows += '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    hostile.ods_of_rows(hospital.folder, rows)
    (source,) = hospital.read()
    assert column(source, "net_pence") == ["12.5"] and source.rows == 1


@pytest.mark.parametrize("kind", list(WRITERS))
def test_a_stray_cell_some_way_off_is_told_with_its_row(tmp_path, kind):
    hospital = Return(tmp_path)
    WRITERS[kind](hospital.folder / f"ledger.{kind}", [Page("Ledger", hostile.far_off(5_000, 40))])
    assert hospital.problem().where == f"ledger.{kind}, sheet Ledger, row 5001"


def test_the_files_that_are_refused_are_sound_but_for_what_is_far_off(tmp_path):
    for number, build in enumerate(
        [hostile.xlsb_with_a_cell_far_off, hostile.xls_with_a_cell_far_off, hostile.ods_with_a_cell_far_off]
    ):
        hospital = Return(tmp_path / str(number))
        path = build(hospital.folder, 3, 1)
        assert path.stat().st_size < 10_000
        assert column(hospital.read()[0], "net_pence")[-1] == "1"
    assert zipfile.is_zipfile(path)
