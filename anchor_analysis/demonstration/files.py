"""Puts tables into files as members send them: text in several encodings, zipped text, Parquet; and workbooks.

The same table gives the same bytes: no time of day, no locale and no order of a set gets into a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anchor_analysis.demonstration.draws import Flags, Ints

PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

#: The headers of the template.
HEADERS = {
    "workforce": ("employee_id", "assignment_id", "primary", "contract", "staff_group", "fte", "home_postcode",
                  "start_date", "leave_date", "sex", "ethnicity", "disability", "age_band", "apprentice", "pay_scale",
                  "hourly_rate"),
    "suppliers": ("supplier_id", "supplier_name", "supplier_postcode", "branch_in_area", "sic_code", "size",
                  "voluntary_or_community", "company_number"),
    "ledger": ("transaction_id", "payment_date", "supplier_id", "supplier_name", "supplier_postcode", "category",
               "net_gbp"),
    "figures": ("metric", "value", "unknown", "method"),
}  # fmt: skip

#: What finance systems call the columns of a ledger, and in which order: each header with the template's; `body` is the
#: payer's own name. The amount is the last column.
LEDGERS = {
    "template": {name: name for name in HEADERS["ledger"]},
    "council": {
        "body_name": "body", "Supplier Number": "supplier_id", "Supplier Name": "supplier_name",
        "Transaction Number": "transaction_id", "Payment date": "payment_date",
        "Expenditure category": "category", "Net Amount": "net_gbp",
    },
    "transparency": {
        "organisation_label": "body", "beneficiary_id": "supplier_id", "beneficiary_name": "supplier_name",
        "payment_date": "payment_date", "transaction_number": "transaction_id", "purpose": "category",
        "amount_gbp": "net_gbp",
    },
    "over_25k": {
        "Entity": "body", "Date": "payment_date", "Expense Type": "category", "Supplier": "supplier_name",
        "Supplier Number": "supplier_id", "Transaction Number": "transaction_id", "Amount": "net_gbp",
    },
    "own": {
        "Cost centre": "body", "Voucher": "transaction_id", "Cleared on": "payment_date", "Vendor": "supplier_id",
        "Payee": "supplier_name", "Subjective": "category", "Value ex VAT": "net_gbp",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """A column: its text, and which of its cells an Excel file holds as the number that the text is, or as a date.

    The text of a date cell is the number that Excel counts days with. CSV files take the text alone.
    """

    text: pa.Array
    numeric: Flags | None = None
    dates: bool = False

    def take(self, rows: Ints) -> Cells:
        """The cells at these rows; a row of -1 is a blank."""
        at = pa.array(rows, mask=rows < 0)
        numeric = None if self.numeric is None else np.where(rows < 0, False, self.numeric[rows])
        return Cells(self.text.take(at), numeric, self.dates)

    def with_texts(self, texts: Sequence[str]) -> Cells:
        """The cells with others after them: numbers where they are and the column has some, else text or blanks."""
        more = pa.array([text or None for text in texts], pa.string())
        if self.numeric is None:
            return Cells(pa.concat_arrays([self.text, more]), None, self.dates)
        numbers = np.array([bool(PLAIN_NUMBER.fullmatch(text)) for text in texts], dtype=bool)
        return Cells(pa.concat_arrays([self.text, more]), np.concatenate([self.numeric, numbers]), self.dates)


@dataclass(frozen=True)
class Sheet:
    """A table as it goes into a file, under its name: the columns, and which row stands at each line (-1: blank).

    `headers` are one row of them, or two. `above` are lines of text above these; `extras` are rows that are none of
    the table, each with the line before which it stands.
    """

    name: str
    headers: tuple[tuple[str, ...], ...]
    columns: list[Cells]
    lines: Ints
    above: tuple[str, ...] = ()
    extras: tuple[tuple[int, tuple[str, ...]], ...] = ()
    hidden: bool = False

    def grid(self) -> list[Cells]:
        """The columns line by line, from the first line of the file to the last."""
        rows = [(0, (line,)) for line in self.above] + [(0, row) for row in self.headers] + list(self.extras)
        order = np.insert(self.lines, [at for at, _ in rows], len(self.columns[0].text) + np.arange(len(rows)))
        filled = [(*row, *[""] * (len(self.columns) - len(row))) for _, row in rows]
        added = zip(*filled, strict=True)
        return [column.with_texts(texts).take(order) for column, texts in zip(self.columns, added, strict=True)]


def text_sheet(name: str, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, hidden: bool = False) -> Sheet:
    """A small sheet of text."""
    columns = [Cells(pa.array(column, pa.string())) for column in zip(*rows, strict=True)]
    return Sheet(name, (headers,), columns, np.arange(len(rows)), hidden=hidden)


def write_csv(path: Path, sheet: Sheet, encoding: str = "utf-8", line_end: str = "\n", delimiter: str = ",") -> None:
    """Write one table as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_csv(sheet, encoding, line_end, delimiter))


def as_csv(sheet: Sheet, encoding: str = "utf-8", line_end: str = "\n", delimiter: str = ",") -> bytes:
    """One table as text, in bytes; UTF-16 begins with its mark."""
    columns = [_quoted(column.text, delimiter) for column in sheet.grid()]
    rows = pc.binary_join_element_wise(*columns, delimiter, null_handling="replace", null_replacement="").to_pylist()
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    return (mark + line_end.join([*rows, ""])).encode(encoding)


def write_zipped(path: Path, files: dict[str, bytes]) -> None:
    """Put files into a zip, the same bytes whenever and wherever."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zip_entry(name), content, ZIP_DEFLATED, 6)


def zip_entry(name: str) -> ZipInfo:
    """An entry without the time of day, and the same whatever system it is made on."""
    entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    return entry


def write_parquet(path: Path, sheet: Sheet) -> None:
    """Write one table as Parquet, as a data warehouse gives it: the columns below their headers, without blank rows."""
    filled = np.flatnonzero(sheet.lines >= 0)
    columns = [column.take(sheet.lines[filled]).text for column in sheet.columns]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, names=list(sheet.headers[0])), path, compression="zstd")


def _quoted(column: pa.Array, delimiter: str) -> pa.Array:
    needs = pc.match_substring(column, delimiter)
    if not pc.any(needs).as_py():
        return column
    return pc.if_else(needs, pc.binary_join_element_wise('"', column, '"', ""), column)
