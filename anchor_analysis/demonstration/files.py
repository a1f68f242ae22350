"""Puts tables into files as members send them: CSV in several encodings, and Excel workbooks.

The same table gives the same bytes: no time of day, no locale and no order of a set gets into a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anchor_analysis.demonstration.draws import Flags, Ints

#: The headers of the template, which the returns bear.
HEADERS = {
    "workforce": ("employee_id", "assignment_id", "primary", "contract", "staff_group", "fte", "home_postcode",
                  "start_date", "leave_date"),
    "suppliers": ("supplier_id", "supplier_name", "supplier_postcode"),
    "ledger": ("transaction_id", "payment_date", "supplier_id", "supplier_name", "supplier_postcode", "category",
               "net_gbp"),
    "figures": ("metric", "value", "unknown", "method"),
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


@dataclass(frozen=True)
class Sheet:
    """A table as it goes into a file: its columns, the row that stands at each line (-1: blank), a grand total.

    The total stands alone on the last line, in the last column.
    """

    table: str
    columns: list[Cells]
    lines: Ints
    total: str | None = None

    def laid_out(self) -> list[Cells]:
        """The columns line by line, below the headers and above the total."""
        return [column.take(self.lines) for column in self.columns]


def write_csv(path: Path, sheet: Sheet, encoding: str = "utf-8", line_end: str = "\n") -> None:
    """Write one table as CSV."""
    columns = [_quoted(column.text) for column in sheet.laid_out()]
    rows = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="").to_pylist()
    if sheet.total is not None:
        rows.append("," * (len(columns) - 1) + f'"{sheet.total}"')
    text = line_end.join([",".join(HEADERS[sheet.table]), *rows, ""])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def _quoted(column: pa.Array) -> pa.Array:
    needs = pc.match_substring(column, ",")
    if not pc.any(needs).as_py():
        return column
    return pc.if_else(needs, pc.binary_join_element_wise('"', column, '"', ""), column)
