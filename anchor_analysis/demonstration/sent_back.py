"""Returns that were sent back: each with one fault, of which the network's analyst has to tell the member.

They are no part of the network's years. They show what a refusal looks like, and hold the reader to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from anchor_analysis.demonstration.files import LEDGERS, text_sheet, write_csv, write_zipped

_LINES = (
    ("T-1", "17/04/2023", "S00100", "Quillfeather Homecare Ltd", "", "Social care", "1250.00"),
    ("T-2", "03/07/2023", "S00107", "Toffeehill Builders plc", "", "Building works", "(310.40)"),
    ("T-3", "29/02/2024", "S00114", "Marbleduck Catering CIC", "", "Catering", "89.99"),
)
_DAY, _NET = 1, 6


@dataclass(frozen=True)
class SentBack:
    """A fault: the code that it must be refused with, the headers of the ledger, and its lines."""

    code: str
    headers: tuple[str, ...] = tuple(LEDGERS["template"])
    lines: tuple[tuple[str, ...], ...] = _LINES
    zipped_as: str = ""


def _with(column: int, *cells: str) -> tuple[tuple[str, ...], ...]:
    """The lines with other cells in a column."""
    changed = zip(_LINES, cells, strict=True)
    return tuple((*line[:column], cell, *line[column + 1 :]) for line, cell in changed)


_GROSS = (*tuple(LEDGERS["template"])[:_NET], "gross_amount")

SENT_BACK = {
    "amounts_in_thousands": SentBack("AN021", lines=_with(_NET, "12k", "1.5k", "90k")),
    "amounts_in_euros": SentBack("AN021", lines=_with(_NET, "€1250.00", "€310.40", "€89.99")),
    "amounts_with_vat": SentBack("AN022", headers=_GROSS),
    "cells_with_errors": SentBack("AN021", lines=_with(_NET, "1250.00", "#REF!", "89.99")),
    "contract_register": SentBack(
        "AN024",
        headers=("Contract Reference", "Contract Title", "Start Date", "End Date", "Contract Value"),
        lines=(("C-1", "Supply of lamps", "01/04/2023", "31/03/2026", "250000"),),
    ),
    "days_of_another_year": SentBack("AN030", lines=_with(_DAY, "17/04/2021", "03/07/2021", "28/02/2022")),
    "days_that_do_not_exist": SentBack("AN021", lines=_with(_DAY, "17/04/2023", "31/06/2023", "30/02/2024")),
    "month_before_day": SentBack("AN021", lines=_with(_DAY, "04/17/2023", "07/03/2023", "02/29/2024")),
    "payment_without_a_day": SentBack("AN025", lines=_with(_DAY, "17/04/2023", "", "29/02/2024")),
    "total_that_is_off": SentBack("AN027", lines=(*_LINES, ("", "", "", "", "", "", "2029.59"))),
    "unknown_header": SentBack("AN023", headers=(*tuple(LEDGERS["template"])[:5], "Wibble", "net_gbp")),
    "workbook_with_macros": SentBack("AN020", zipped_as="xl/vbaProject.bin"),
}


def write_sent_back(folder: Path) -> dict[str, str]:
    """Write each as a return of its own; gives back the code of each by name."""
    for name, fault in SENT_BACK.items():
        if fault.zipped_as:
            parts = {"xl/workbook.xml": b"<workbook/>", fault.zipped_as: b"not a program"}
            write_zipped(folder / name / "ledger.xlsx", parts)
        else:
            write_csv(folder / name / "ledger.csv", text_sheet("ledger", fault.headers, list(fault.lines)))
    return {name: fault.code for name, fault in SENT_BACK.items()}
