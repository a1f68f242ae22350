"""The workbook and the CSV files hold what was shown, as numbers where it is one, and nothing that computes."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from anchor_analysis.present import make_claims
from anchor_analysis.publish.workbook import tidy_csv, write_workbook
from tests.cells_example import example, one_year, spend_only

FORMULA = "=1+1"


def write(path: Path, cells: pd.DataFrame, facts: dict) -> bytes:
    write_workbook(cells, [claim.as_dict() for claim in make_claims(cells, facts)], facts, path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("workbook") / "workbook.xlsx"
    write(path, *example())
    return openpyxl.load_workbook(path)


def row_of(sheet, label: str) -> list[object]:
    return next([cell.value for cell in row] for row in sheet.iter_rows() if row[0].value == label)


def test_it_opens_with_cover_contents_and_notes(book):
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert book["Cover"]["A1"].value == "Vale Anchor Network, 2023/24"
    assert row_of(book["Cover"], "Revision")[1] == "r1 (draft)"


def test_the_contents_name_and_link_every_sheet(book):
    named = {cell.value: cell.hyperlink.location for cell in book["Contents"]["A"] if cell.hyperlink}
    assert list(named) == book.sheetnames[2:]
    assert named["Series"] == "'Series'!A1"


def test_notes_explain_shorthand_statuses_rules_and_measures(book):
    assert row_of(book["Notes"], "[c]")[1].startswith("withheld")
    assert row_of(book["Notes"], "refused")[1] == "A return came and could not be used"
    assert "could be placed" in row_of(book["Notes"], "Share of staff living in the area")[1]


def test_every_sheet_has_a_title_and_one_named_table(book):
    for sheet in book:
        assert sheet["A1"].value
        assert len(sheet.tables) == 1
        assert not sheet.merged_cells.ranges


def test_figures_are_numbers_as_exact_as_they_were_shown(book):
    row = row_of(book["Series"], "Staff")
    assert row[1] == 60665
    assert row_of(book["Series"], "Share of staff living in the area")[1] == 0.63
    assert row_of(book["Series"], "Net spend")[1] == 554880000


def test_what_is_no_figure_stays_text(book):
    assert row_of(book["Staff by ward"], "Wetherby")[1] == "[c]"
    assert row_of(book["Members"], "Vale College of Music")[1] == "refused"


def test_no_field_of_a_table_is_empty(book):
    for sheet in book:
        [table] = sheet.tables.values()
        assert all(cell.value not in (None, "") for row in sheet[table.ref] for cell in row), sheet.title


def test_sentences_stand_with_their_cells(book):
    text = row_of(book["Sentences"], "staff-level")
    assert text[1].startswith("There were 60,665 people") and text[2] == "series|staff|2023-24|all|value"


def test_a_text_is_never_a_formula(tmp_path):
    cells, facts = example()
    facts |= {"name": FORMULA, "contact": FORMULA}
    facts["members"] = [member | {"name": FORMULA} for member in facts["members"]]
    write(tmp_path / "book.xlsx", cells.assign(note=FORMULA), facts)
    found = [
        cell for sheet in openpyxl.load_workbook(tmp_path / "book.xlsx") for row in sheet.iter_rows() for cell in row
    ]
    assert [cell for cell in found if cell.value == FORMULA]
    assert {cell.data_type for cell in found if cell.value == FORMULA} == {"s"}


@pytest.mark.parametrize("case", [example, one_year, spend_only], ids=lambda case: case.__name__)
def test_the_same_cells_give_the_same_bytes(tmp_path, case):
    assert write(tmp_path / "one.xlsx", *case()) == write(tmp_path / "two.xlsx", *case())


def test_a_csv_holds_every_cell_of_its_table_as_released():
    cells, _ = example()
    read = pd.read_csv(io.StringIO(tidy_csv(cells, "series")), keep_default_na=False, dtype=str)
    released = cells[cells["table"] == "series"]
    assert read["cell_id"].tolist() == released["cell_id"].tolist()
    assert read["shown"].tolist() == released["shown"].tolist()
    assert read.columns.tolist() == released.columns.tolist()


def test_a_csv_leaves_what_is_missing_empty_and_signs_as_they_are():
    cells, _ = example()
    assert ",nan," not in tidy_csv(cells, "staff_by_ward").lower()
    changes = pd.read_csv(io.StringIO(tidy_csv(cells, "headlines")), keep_default_na=False, dtype=str)
    assert "+3,555" in changes["shown"].tolist()


def test_a_csv_field_is_no_formula():
    cells, _ = example()
    assert f"'{FORMULA}" in tidy_csv(cells.assign(note=FORMULA), "series")
