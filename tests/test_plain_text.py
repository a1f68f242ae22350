"""Text read a block at a time is what it is record by record, wherever it stops to be plain."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis.problems import UserError
from anchor_analysis.read import plain_text
from anchor_analysis.read.cells import in_columns
from anchor_analysis.read.plain_text import text_columns
from anchor_analysis.read.text_files import open_csv


def records(batches) -> list[tuple[str, ...]]:
    return [row for columns in batches for row in zip(*(column.to_pylist() for column in columns), strict=True)]


def one_by_one(path, encoding, first):
    with open_csv(path, encoding, "ledger.csv") as rows:
        return records(in_columns(row for at, row in enumerate(rows) if at >= first))


def told(read) -> object:
    """The records without the blanks that fill up short ones, or what is wrong with them."""
    try:
        return [tuple("".join(f"{cell}\0" for cell in row).rstrip("\0").split("\0")) for row in read()]
    except UserError as error:
        return [str(problem) for problem in error.problems]


def alike(path, encoding, first):
    quick = told(lambda: records(text_columns(path, encoding, "ledger.csv", ",", first)))
    assert quick == told(lambda: one_by_one(path, encoding, first))
    return quick


signs = st.text(alphabet='ab1,"\n\r \u00e9\u00a3\u2028\ufeff\x0b', max_size=60)
cells = st.text(alphabet='a1 ,"\n\r\u00e9', max_size=6)
tables = st.integers(1, 4).flatmap(lambda wide: st.lists(st.lists(cells, min_size=wide, max_size=wide), max_size=12))


@settings(max_examples=400)
@given(signs, st.integers(0, 2))
def test_any_text_is_read_alike(tmp_path_factory, text, first):
    path = tmp_path_factory.mktemp("text") / "ledger.csv"
    path.write_text(text, encoding="utf-8", newline="")
    alike(path, "utf-8", first)


@settings(max_examples=200)
@given(
    tables,
    st.integers(0, 2),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_table_that_was_written_as_csv_is_read_alike(tmp_path_factory, table, first, quoting, end):
    path = tmp_path_factory.mktemp("table") / "ledger.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=quoting, lineterminator=end).writerows(table)
    alike(path, "utf-8", first)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(plain_text, "_BLOCK", 64)


ROWS = "".join(f'T{n},"{n},000.50",Caf\u00e9\r\n' for n in range(40))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "last", ["", "a,b\r\n", "a,b,c,d\r\n", '"a\nb",c,d', "\r\n\r\n", 'a"b,c,d\r\n', '"never closed,c,d\r\n']
)
def test_what_stops_to_be_plain_late_is_read_alike(tmp_path, small_blocks, encoding, last):
    path = tmp_path / "ledger.csv"
    path.write_text("id,amount,name\r\n" + ROWS + last, encoding=encoding, newline="")
    found = alike(path, encoding.removesuffix("-sig"), 1)
    assert len(found) >= 40 or "never" in last


def test_two_ends_of_line_within_a_cell_are_kept_wherever_a_block_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_text, "_BLOCK", 256)
    path = tmp_path / "ledger.csv"
    for before in range(30):
        rows = "y,z\r\n" * 45 + "x" * before + ',"aaa\r\nb"\r\n' + "y,z\r\n" * 60
        path.write_text("id,name\r\n" + rows, encoding="utf-8", newline="")
        assert ("x" * before, "aaa\r\nb") in alike(path, "utf-8", 1)


def test_a_plain_file_is_not_read_record_by_record(tmp_path, monkeypatch):
    path = tmp_path / "ledger.csv"
    path.write_text("\ufeffid,amount,name\n" + ROWS, encoding="utf-8", newline="")
    monkeypatch.setattr(plain_text, "in_columns", None)
    assert len(records(text_columns(path, "utf-8", "ledger.csv", ",", 1))) == 40


def test_a_quotation_mark_at_the_edge_of_a_block_is_seen(tmp_path, monkeypatch):
    path = tmp_path / "ledger.csv"
    for size in range(1, 24):
        monkeypatch.setattr(plain_text, "_BLOCK", size)
        for text, usual in (
            ('a,"b ""c""",d\n"e","f",""\n', True),
            ('a,b"c\n', False),
            ('"a"b,c\n', False),
            ('a,"b\n', False),
        ):
            path.write_text(text, encoding="utf-8", newline="")
            assert plain_text._quoted_as_usual(path, ",") is usual
