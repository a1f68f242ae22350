"""Messy files whose right answer is known: one ledger, written in a thousand ways that real ledgers come in.

`make(number, folder)` writes file `number`, always the same for a number, as a combination of messes of *form*
(encoding, delimiter, preamble, totals, kinds of workbook …) of the one ledger that `ledger()` gives. A right
reader gives back exactly that ledger. One file in four also has a *fault*: a value spoilt where the file's own
total tells so, or one that cannot be read. A right reader refuses or holds it. Nothing here imports the library.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from tests.messy_files import (
    Error,
    Page,
    Raw,
    Text,
    write_csv,
    write_ods,
    write_parquet,
    write_xls,
    write_xlsb,
    write_xlsx,
)

CASES = 1000
PERIOD = (date(2023, 4, 1), date(2024, 3, 31))
NAMES = [
    "Café Olé & Sons, Ltd", 'The "Blue" Lamp Company', "O'Neill, Smith & Partners LLP", "£1 Bargains Ltd",
    "Müller GmbH & Co", "REDACTED PERSONAL DATA", "REDACTIVE PUBLISHING LIMITED", "Total Gas & Power Ltd",
    "NULL & SONS", 'Piping 12" and over', "A-Z Cleaning (North)", "Señor Façade – Roofing", "1st Class; Removals",
    "NaN Bread Bakery", "Ends with a stop.", "7 Day Catering", "Smith|Jones Architects", "Cash $ Carry", "x",
    "J. D’Arcy",
]  # fmt: skip
CATEGORIES = ["Catering", "Building works", "Agency staff", "IT, software", "", "Legal & professional"]
EXTREMES = ["0.01", "-0.99", "1234567.89", "-1234567.00", "99999999.99", "0.00", "-12.50", "1000.00", "0.10"]


# --- the ledger itself ---


@dataclass(frozen=True)
class Payment:
    """One payment as it truly was; `net` in pounds."""

    transaction_id: str
    payment_date: date
    supplier_id: str
    supplier_name: str
    category: str
    net: Decimal


def ledger() -> list[Payment]:
    """The sixty payments that every file is made of, in order of their dates."""
    draw = random.Random("the ledger")
    days = sorted(draw.randrange((PERIOD[1] - PERIOD[0]).days + 1) for _ in range(58))
    dates = [PERIOD[0], *(PERIOD[0] + timedelta(days=day) for day in days), PERIOD[1]]
    amounts = EXTREMES + [f"{draw.choice([1, 1, 1, -1]) * draw.randrange(150, 6_000_000) / 100:.2f}" for _ in range(51)]
    draw.shuffle(amounts)
    return [
        Payment(
            _identity(number), day, f"{draw.randrange(40):05d}", NAMES[number % len(NAMES)],
            draw.choice(CATEGORIES), Decimal(amount),
        )
        for number, (day, amount) in enumerate(zip(dates, amounts, strict=True), 1)
    ]  # fmt: skip


def _identity(number: int) -> str:
    forms = [f"T-2023-{number:04d}", f"{number:07d}", f"1E{number}", f"{510000 + number}"]
    return forms[number % len(forms)]


def truth() -> pd.DataFrame:
    """The ledger as a frame: transaction_id, payment_date (a date), supplier_name, net_pence."""
    return pd.DataFrame(
        {
            "transaction_id": [payment.transaction_id for payment in ledger()],
            "payment_date": [payment.payment_date for payment in ledger()],
            "supplier_name": [payment.supplier_name for payment in ledger()],
            "net_pence": [int(payment.net * 100) for payment in ledger()],
        }
    )


# --- headers seen in the wild ---


@dataclass(frozen=True)
class Variant:
    """One way of heading a ledger: the canonical column of each header, or a filler for one not needed."""

    name: str
    headers: dict[str, str]
    crosswalk: str = ""

    def mapping(self, files: str, sheet: str = "") -> dict[str, Any]:
        """The mapping by which a network reads it, but for the member."""
        about: dict[str, Any] = {"files": files, "table": "ledger"} | ({"sheet": sheet} if sheet else {})
        if self.crosswalk:
            return about | {"crosswalk": self.crosswalk}
        known = {header: column for header, column in self.headers.items() if column in CANONICAL}
        columns = {column: [header] for header, column in known.items()}
        return about | {"columns": columns, "ignored": [name for name in self.headers if name not in known]}


#: Canonical column to the field of a payment.
CANONICAL = {
    "transaction_id": "transaction_id", "payment_date": "payment_date", "supplier_id": "supplier_id",
    "supplier_name": "supplier_name", "category": "category", "net_pence": "net",
}  # fmt: skip
TEMPLATE = Variant(
    "template",
    {(name if name != "net_pence" else "net_gbp"): name for name in CANONICAL},
)
VARIANTS = [
    TEMPLATE,
    Variant(
        "Leeds 2010-13",
        {
            "Body": "=Leeds City Council", "BodyName": "=Leeds City Council", "ServiceLabel": "=City Development",
            "ServiceDivisionLabel": "=Highways", "ExpenditureCategory": "=Supplies and services",
            "DetailedExpenditureType": "category", "DetailedExpenditureCode": "#code", "DatePaid": "payment_date",
            "TransactionNumber": "transaction_id", "NetAmount": "net_pence", "CapitalOrRevenue": "=Revenue",
            "SupplierName": "supplier_name",
        },
        crosswalk="leeds_2010_2013",
    ),
    Variant(
        "Leeds 2020",
        {
            "Organisation Code": "=E08000035", "Organisation Label": "=Leeds City Council",
            "Effective Date": "#effective", "Organisational Unit": "=Adults and Health", "Expenses Type": "category",
            "Payment Date": "payment_date", "Transaction Number": "transaction_id",
            "Irrecoverable VAT Amount": "=0", "Amount": "net_pence", "Capital Or Revenue": "=Revenue",
            "Beneficiary Name": "supplier_name", "Procurement Card": "=N",
        },
    ),
    Variant(
        "over £25k",
        {
            "Department Family": "=Health", "Entity": "=Example Trust", "Date": "payment_date",
            "Expense Type": "category", "Expense Area": "=Estates", "Supplier": "supplier_name",
            "Transaction Number": "transaction_id", "Amount": "net_pence", "Description": "=",
        },
    ),
    Variant(
        "LGA-like",
        {
            "organisation_label": "=Example Council", "payment_date": "payment_date",
            "beneficiary_name": "supplier_name", "purpose": "category", "organisational_unit": "=Resources",
            "amount_gbp": "net_pence", "irrecoverable_vat_amount_gbp": "=0.00", "unique_identifier": "transaction_id",
        },
    ),
]  # fmt: skip


# --- how a day and an amount are written ---


def _serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


DAYS: dict[str, Callable[[date, random.Random], Any]] = {
    "dd/mm/yyyy": lambda day, draw: f"{day:%d/%m/%Y}",
    "d/m/yyyy": lambda day, draw: f"{day.day}/{day.month}/{day.year}",
    "dd-Mon-yyyy": lambda day, draw: f"{day:%d-%b-%Y}",
    "dd-Mon-yy": lambda day, draw: f"{day:%d-%b-%y}",
    "dd-MON-yy": lambda day, draw: f"{day:%d-%b-%y}".upper(),
    "yyyy-mm-dd": lambda day, draw: f"{day:%Y-%m-%d}",
    "dd.mm.yyyy": lambda day, draw: f"{day:%d.%m.%Y}",
    "serial": lambda day, draw: str(_serial(day)),
    "serial with a fraction": lambda day, draw: f"{_serial(day)}.{draw.randrange(1, 10000):04d}".rstrip("0"),
    "ISO with T and time": lambda day, draw: f"{day:%Y-%m-%d}T{draw.randrange(24):02d}:30:00",
    "ISO with time": lambda day, draw: f"{day:%Y-%m-%d} {draw.randrange(24):02d}:05:59",
}
#: Of one column: forms that nobody can take for one another.
MIXED_DAYS = ["dd/mm/yyyy", "dd-Mon-yyyy", "yyyy-mm-dd", "dd-Mon-yy"]
SHEET_DAYS: dict[str, Callable[[date, random.Random], Any]] = {
    "date cells": lambda day, draw: day,
    "date cells with time": lambda day, draw: datetime.combine(day, time(draw.randrange(24), 15)),
    "serial numbers": lambda day, draw: _serial(day),
    "serial numbers with fractions": lambda day, draw: _serial(day) + draw.randrange(1, 10000) / 10000,
}


def _grouped(net: Decimal) -> str:
    return f"{abs(net):,.2f}"


AMOUNTS: dict[str, Callable[[Decimal, random.Random], Any]] = {
    "plain": lambda net, draw: f"{net:.2f}",
    "no trailing zeros": lambda net, draw: _short(net),
    "thousands commas": lambda net, draw: f"{net:,.2f}",
    "£ and minus": lambda net, draw: f"{'-' if net < 0 else ''}£{_grouped(net)}",
    "minus after £": lambda net, draw: f"£{'-' if net < 0 else ''}{_grouped(net)}",
    "spaces around": lambda net, draw: f" {net:,.2f} ",
    "spaces between thousands": lambda net, draw: f"{net:,.2f}".replace(",", " "),
    "hard spaces between thousands": lambda net, draw: f"{net:,.2f}".replace(",", "\u00a0"),
    "brackets": lambda net, draw: f"({_grouped(net)})" if net < 0 else _grouped(net),
    "brackets and £": lambda net, draw: f"(£{_grouped(net)})" if net < 0 else f"£{_grouped(net)}",
    "trailing minus": lambda net, draw: f"{abs(net):.2f}{'-' if net < 0 else ''}",
    "CR": lambda net, draw: f"{_grouped(net)}{' CR' if net < 0 else ''}",
    "CR and DR": lambda net, draw: f"{_grouped(net)} {'CR' if net < 0 else 'DR'}",
    "CR and DR, close": lambda net, draw: f"{abs(net):.2f}{'Cr' if net < 0 else 'Dr'}",
}
SHEET_AMOUNTS: dict[str, Callable[[Decimal, random.Random], Any]] = {
    "numbers": lambda net, draw: float(net),
    "numbers with float noise": lambda net, draw: float(net) + draw.choice([-1, 1]) * 3e-9,
}


def _short(net: Decimal) -> str:
    text = f"{net:.2f}".rstrip("0").rstrip(".")
    return text or "0"


# --- faults: a right reader refuses or holds the file ---

Fault = Callable[[list[Payment], random.Random], list[Payment]]


def _changed(payments: list[Payment], place: int, net: Decimal) -> list[Payment]:
    changed = list(payments)
    changed[place] = Payment(**(vars(payments[place]) | {"net": net}))
    return changed


def _place(payments: list[Payment], draw: random.Random, fits: Callable[[Decimal], bool]) -> int:
    return draw.choice([place for place, payment in enumerate(payments) if fits(payment.net)])


def _dropped(payments: list[Payment], draw: random.Random) -> list[Payment]:
    place = _place(payments, draw, lambda net: abs(net) > 2)
    return payments[:place] + payments[place + 1 :]


def _twice(payments: list[Payment], draw: random.Random) -> list[Payment]:
    place = _place(payments, draw, lambda net: abs(net) > 2)
    return payments[: place + 1] + payments[place:]


def _sign_lost(payments: list[Payment], draw: random.Random) -> list[Payment]:
    place = _place(payments, draw, lambda net: net < -2)
    return _changed(payments, place, -payments[place].net)


def _all_signs_lost(payments: list[Payment], draw: random.Random) -> list[Payment]:
    return [Payment(**(vars(payment) | {"net": abs(payment.net)})) for payment in payments]


def _tenfold(payments: list[Payment], draw: random.Random) -> list[Payment]:
    place = _place(payments, draw, lambda net: 1 < abs(net) < 9_000_000)
    return _changed(payments, place, payments[place].net * 10)


def _figures_swapped(payments: list[Payment], draw: random.Random) -> list[Payment]:
    place = _place(payments, draw, lambda net: abs(net) >= 100 and len(set(f"{abs(net):.2f}"[:2])) == 2)
    sign, text = ("-" if payments[place].net < 0 else ""), f"{abs(payments[place].net):.2f}"
    return _changed(payments, place, Decimal(sign + text[1] + text[0] + text[2:]))


#: Spoilt values that only the file's own total tells.
AGAINST_THE_TOTAL: dict[str, Fault] = {
    "a row dropped": _dropped,
    "a row twice": _twice,
    "a sign lost": _sign_lost,
    "all signs lost": _all_signs_lost,
    "an amount times ten": _tenfold,
    "two figures swapped": _figures_swapped,
}

#: Cells that cannot be read: the canonical column, and what stands there instead.
UNREADABLE: dict[str, tuple[str, Sequence[Any]]] = {
    "12k": ("net_pence", ["12k", "1.5m", "12K"]),
    "foreign currency": ("net_pence", ["€1,234.56", "$99.00", "USD 12.00", "1,234.56 EUR"]),
    "words for an amount": ("net_pence", ["nil", "see note", "tbc"]),
    "error cell": ("net_pence", [Error("#N/A"), Error("#REF!"), Error("#VALUE!")]),
    "blank amount": ("net_pence", [""]),
    "two amounts in a cell": ("net_pence", ["12.00 / 13.00", "12.00;13.00", "1,2,34.00"]),
    "blank day": ("payment_date", [""]),
    "a day that does not exist": ("payment_date", ["31/02/2024", "30-Feb-2024", "00/01/2024"]),
    "a day outside the year": ("payment_date", ["31/03/2023", "01/04/2024", "2019-05-16"]),
    "month first among day first": ("payment_date", ["05/13/2023", "12/31/2023", "1/25/2024"]),
}
OTHER_FAULTS = ["a delimiter not in quotation marks", "a quotation mark not closed"]


# --- one case ---


@dataclass(frozen=True)
class Case:
    """One file, and what a right reader makes of it.

    `mapping` is what the network says of the file, without the member, or None where the template's names do.
    `truth` has transaction_id, payment_date, supplier_name and net_pence of every payment; what comes of a file
    that is `held` is nothing.
    """

    number: int
    path: Path
    mapping: dict[str, Any] | None
    expected: Literal["read", "held"]
    truth: pd.DataFrame
    messes: list[str]


@dataclass
class _Draft:
    """A case under way: what has been drawn for it."""

    draw: random.Random
    kind: str
    variant: Variant
    messes: list[str] = field(default_factory=list)
    fault: str = ""

    @property
    def sheet_like(self) -> bool:
        return self.kind in ("xlsx", "xlsb", "xls", "ods")

    @property
    def money_column(self) -> int:
        return list(self.variant.headers.values()).index("net_pence")

    def has(self, mess: str, chance: float) -> bool:
        """Whether this mess is in the file, and its name in the list if so."""
        if self.draw.random() >= chance:
            return False
        self.messes.append(mess)
        return True

    def pick(self, about: str, options: Sequence[str], usual: float = 0.0) -> str:
        """One of the options, named in the list; the first, unnamed, with the chance `usual` at least."""
        if usual and self.draw.random() < usual:
            return options[0]
        chosen = self.draw.choice(list(options))
        self.messes.append(f"{about}: {chosen}")
        return chosen


def make(number: int, folder: Path) -> Case:
    """Write file `number` into a folder; the same number gives the same file."""
    draw = random.Random(f"messy file {number}")
    kind = draw.choice(["csv"] * 10 + ["zip"] * 2 + ["xlsx"] * 5 + ["xls"] * 2 + ["ods"] * 2 + ["parquet"])
    kind = "xlsb" if kind == "xlsx" and number % 5 == 2 else kind
    draft = _Draft(draw, kind, draw.choice(VARIANTS), [kind])
    draft.messes.append(f"headers: {draft.variant.name}")
    draft.fault = draw.choice(_faults_of(kind)) if draw.random() < 0.25 else ""
    draft.messes += [f"FAULT: {draft.fault}"] if draft.fault else []
    grid = _grid(draft)
    path, mapping = _write(draft, grid, folder, number)
    return Case(number, path, mapping, "held" if draft.fault else "read", truth(), draft.messes)


def _faults_of(kind: str) -> list[str]:
    unreadable = [name for name in UNREADABLE if kind != "parquet" or name != "error cell"]
    # half of all faults are of the kind that only the total tells
    return [*list(AGAINST_THE_TOTAL) * 2, *unreadable, *(OTHER_FAULTS if kind in ("csv", "zip") else [])]


# --- from payments to rows of cells ---

Row = list[Any]


def _grid(draft: _Draft) -> list[Row]:
    """All rows of the file: what stands above, the headers, payments with what stands among them, what is below."""
    true = ledger()
    spoil = AGAINST_THE_TOTAL.get(draft.fault)
    payments = spoil(true, draft.draw) if spoil else true
    write_day, write_amount = _day_writer(draft), _amount_writer(draft)
    cells = [_cells(payment, number, write_day, write_amount) for number, payment in enumerate(payments)]
    _spoil_a_cell(draft, cells)
    _as_numbers(draft, cells)
    fillers = {header: what for header, what in draft.variant.headers.items() if what not in CANONICAL}
    rows = [_laid_out(draft, record, fillers) for record in cells]
    rows = _with_subtotals(draft, rows, payments, write_amount)
    rows += _total(draft, sum((payment.net for payment in true), Decimal(0)), write_amount)
    if draft.kind == "parquet":
        return [list(draft.variant.headers), *_with_blank_rows(draft, rows)]
    headers = _headers(draft)
    rows = _with_blank_rows(draft, _with_repeated_headers(draft, rows, headers))
    return _framed(draft, [*_preamble(draft), *headers, *rows, *_notes(draft)])


def _day_writer(draft: _Draft) -> Callable[[date, int], Any]:
    if draft.fault == "month first among day first":
        return lambda day, number: f"{day:%m/%d/%Y}" if number >= 40 else f"{day:%d/%m/%Y}"
    if draft.kind == "parquet" or (draft.sheet_like and draft.draw.random() < 0.6):
        forms = SHEET_DAYS if draft.sheet_like else {name: SHEET_DAYS[name] for name in list(SHEET_DAYS)[:2]}
        form = forms[draft.pick("days", list(forms))]
        return lambda day, number: form(day, draft.draw)
    if draft.has("days in several forms", 0.1):
        return lambda day, number: DAYS[MIXED_DAYS[number % len(MIXED_DAYS)]](day, draft.draw)
    text = DAYS[draft.pick("days", list(DAYS), usual=0.2)]
    return lambda day, number: text(day, draft.draw)


def _amount_writer(draft: _Draft) -> Callable[[Decimal], Any]:
    numbers = draft.kind == "parquet" or (draft.sheet_like and draft.draw.random() < 0.6)
    forms = SHEET_AMOUNTS if numbers else AMOUNTS
    form = forms[draft.pick("amounts", list(forms), usual=0.2)]
    return lambda net: form(net, draft.draw)


def _cells(
    payment: Payment, number: int, write_day: Callable[[date, int], Any], write_amount: Callable[[Decimal], Any]
) -> dict[str, Any]:
    cells = {column: getattr(payment, name) for column, name in CANONICAL.items()}
    return cells | {"payment_date": write_day(payment.payment_date, number), "net_pence": write_amount(payment.net)}


def _spoil_a_cell(draft: _Draft, cells: list[dict[str, Any]]) -> None:
    if draft.fault in UNREADABLE and draft.fault != "month first among day first":
        column, options = UNREADABLE[draft.fault]
        cells[draft.draw.randrange(len(cells))][column] = draft.draw.choice(list(options))
    if draft.fault == "a quotation mark not closed":
        cells[30]["supplier_name"] = Raw('"Fish and Chips Ltd')


def _as_numbers(draft: _Draft, cells: list[dict[str, Any]]) -> None:
    if draft.sheet_like and draft.has("ids as numbers where they can be", 0.3):
        for record in cells:
            text = record["transaction_id"]
            record["transaction_id"] = int(text) if text.isdigit() and text[0] != "0" else text
    elif not draft.sheet_like and draft.kind != "parquet" and draft.has("line breaks in cells", 0.1):
        cells[7]["category"] = "two\nlines"
    if draft.kind != "parquet" and draft.has("spaces around cells", 0.1):
        for record in cells[::3]:
            record["supplier_name"] = record["supplier_name"].__class__(f" {record['supplier_name']}\u00a0 ")


def _laid_out(draft: _Draft, record: dict[str, Any], fillers: dict[str, str]) -> Row:
    return [
        _filler(fillers[header], draft.draw) if header in fillers else record[what]
        for header, what in draft.variant.headers.items()
    ]


def _filler(what: str, draw: random.Random) -> str:
    if what == "#code":
        return f"{draw.randrange(100_000):05d}"
    return "01/04/2023" if what == "#effective" else what.removeprefix("=")


# --- what stands among, above and below the payments ---


def _summed(draft: _Draft, amount: Any, word: str, place: str) -> Row:
    row: Row = [""] * len(draft.variant.headers)
    columns = {"in the first column": 0, "beside the name": list(draft.variant.headers.values()).index("supplier_name")}
    if place in columns:
        row[columns[place]] = word
    row[draft.money_column] = amount
    return row


def _with_subtotals(
    draft: _Draft, rows: list[Row], payments: list[Payment], write_amount: Callable[[Decimal], Any]
) -> list[Row]:
    if draft.kind == "parquet" or not draft.has("sub-totals", 0.08):
        return rows
    word = draft.draw.choice(["Sub-total", "Subtotal", "Sub total"])
    place = draft.pick("sub-totals", ["beside the name", "in the first column"])
    out: list[Row] = []
    ends = [date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31), PERIOD[1]]
    for after, end in pairwise(ends):
        out += [row for row, paid in zip(rows, payments, strict=True) if after < paid.payment_date <= end]
        net = sum((paid.net for paid in ledger() if after < paid.payment_date <= end), Decimal(0))
        out.append(_summed(draft, write_amount(net), word, place))
    return out


def _total(draft: _Draft, total: Decimal, write_amount: Callable[[Decimal], Any]) -> list[Row]:
    needed = draft.fault in (*AGAINST_THE_TOTAL, *OTHER_FAULTS)
    if not draft.has("total", 1.0 if needed else 0.35):
        return []
    place = draft.pick("total", ["alone", "beside the name", "in the first column"])
    word = draft.draw.choice(["Total", "Grand Total", "TOTAL", "Total:"])
    return [_summed(draft, write_amount(total), word, place)]


def _headers(draft: _Draft) -> list[Row]:
    names = list(draft.variant.headers)
    if draft.has("headers spelt otherwise", 0.2):
        spell = draft.draw.choice([str.upper, lambda name: f" {name} ", lambda name: name.replace("_", " ").title()])
        names = [spell(name) for name in names]
    if draft.has("two header rows: groups above", 0.05):
        groups = {"payment_date": "Payment details", "supplier_name": "Supplier details"}
        return [[groups.get(what, "") for what in draft.variant.headers.values()], names]
    if draft.has("two header rows: names in two parts", 0.04):
        parts = [name.replace("_", " ").rpartition(" ") for name in names]
        return [[first for first, _, _ in parts], [last for _, _, last in parts]]
    return [names]


def _with_repeated_headers(draft: _Draft, rows: list[Row], headers: list[Row]) -> list[Row]:
    if len(headers) > 1 or not draft.has("headers again every page", 0.08):
        return rows
    return [row for at, kept in enumerate(rows) for row in ([*headers, kept] if at and at % 25 == 0 else [kept])]


def _with_blank_rows(draft: _Draft, rows: list[Row]) -> list[Row]:
    if not draft.has("blank rows", 0.2):
        return rows
    width = len(draft.variant.headers)
    kinds: list[Row] = [[], [""] * width, *([[" "] * width] if draft.kind != "parquet" else [])]
    out: list[Row] = []
    for row in rows:
        out += [row, *([list(draft.draw.choice(kinds))] if draft.draw.random() < 0.15 else [])]
    return out


_PREAMBLES: list[list[Row]] = [
    [["Payments to suppliers, April 2023 to March 2024"]],
    [["Example Council"], ["Payments over £250"], []],
    [["SELECT p.id", "p.day", "p.net FROM payments p"], ["WHERE p.net > 250 ORDER BY p.day"], []],
    [["Report", "AP-17"], ["Run on", "05/04/2024"], ["By", "finance"], [], []],
    [[], ["Transparency data; published under the OGL"]],
]
_NOTES: list[list[Row]] = [
    [[], ["Source: purchase ledger, extracted 05/04/2024"]],
    [["* Amounts leave out recoverable VAT."], ["Note: credits are shown below zero"]],
    [[], ["60 rows"], ["End of report"]],
    [["(60 rows affected)"]],
]


def _preamble(draft: _Draft) -> list[Row]:
    return draft.draw.choice(_PREAMBLES) if draft.has("lines above the headers", 0.15) else []


def _notes(draft: _Draft) -> list[Row]:
    return draft.draw.choice(_NOTES) if draft.has("notes below", 0.12) else []


def _framed(draft: _Draft, rows: list[Row]) -> list[Row]:
    """The rows as far right and as wide as the file has them."""
    left = draft.draw.choice([1, 2]) if draft.has("begins in a later column", 0.05) else 0
    rows = [[""] * left + row for row in rows]
    if draft.sheet_like:
        return rows
    if draft.has("trailing blank columns", 0.12):
        width = left + len(draft.variant.headers) + draft.draw.randrange(1, 6)
        return [row + [""] * (width - len(row)) for row in rows]
    if draft.has("ragged rows: empty cells left off", 0.12):
        return [_shortened(row) for row in rows]
    if draft.has("ragged rows: empty cells too many", 0.08):
        return [row + [""] * draft.draw.choice([0, 0, 1, 3]) for row in rows]
    return rows


def _shortened(row: Row) -> Row:
    while row and row[-1] == "":
        row = row[:-1]
    return row


# --- from rows to a file ---

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "dollar": "$"}
LINE_ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}

_TRUE_ENDING = {
    "csv": ".csv",
    "zip": ".zip",
    "xlsx": ".xlsx",
    "xlsb": ".xlsb",
    "xls": ".xls",
    "ods": ".ods",
    "parquet": ".parquet",
}
_WRONG_ENDINGS = {
    "csv": [".txt", ".xls", ".CSV", ".xlsx"], "zip": [".csv"], "xlsx": [".xls", ".csv"], "xlsb": [".xlsx"],
    "xls": [".xlsx", ".csv"], "ods": [".xlsx"], "parquet": [".csv"],
}  # fmt: skip


def _write(draft: _Draft, rows: list[Row], folder: Path, number: int) -> tuple[Path, dict[str, Any] | None]:
    ending = _TRUE_ENDING[draft.kind]
    if draft.has("wrong ending", 0.08):
        ending = draft.draw.choice(_WRONG_ENDINGS[draft.kind])
    pages = _pages(draft, rows)
    by_name = draft.variant is TEMPLATE and len(pages) == 1 and draft.draw.random() < 0.5
    path = folder / (f"ledger_{number:04d}{ending}" if by_name else f"payments {number:04d}{ending}")
    if by_name:
        pages = [Page("Ledger", rows)]
        draft.messes.append("no mapping")
    _write_kind(draft, pages, rows, path)
    sheet = pages[0].name if len(pages) > 1 else ""
    name = next(page.name for page in pages if page.rows is rows)
    return path, None if by_name else draft.variant.mapping("payments*", name if sheet else "")


def _pages(draft: _Draft, rows: list[Row]) -> list[Page]:
    pages = [Page(draft.draw.choice(["Sheet1", "Payments", "April 23 – March 24"]), rows)]
    if not draft.sheet_like:
        return pages
    if draft.has("several sheets", 0.2):
        pages = [Page("Read me", [["Payments of the year"], ["See the second sheet"]]), *pages]
        pages.append(
            Page("Pivot", [["Row Labels", "Sum of Amount"], ["Catering", 12345.67], ["Grand Total", 12345.67]])
        )
    if draft.has("hidden sheet", 0.12):
        old = [rows[0], *[list(row) for row in rows[1:20]]] if rows else []
        pages.insert(0, Page("Payments (old)", old, hidden=True))
    return pages


def _write_kind(draft: _Draft, pages: list[Page], rows: list[Row], path: Path) -> None:
    if draft.kind in ("csv", "zip"):
        write_csv(path, _text(draft, rows), zipped=_zipped(draft))
    elif draft.kind == "parquet":
        write_parquet(path, rows)
    else:
        {"xlsx": write_xlsx, "xlsb": write_xlsb, "xls": write_xls, "ods": write_ods}[draft.kind](path, pages)


def _zipped(draft: _Draft) -> list[str]:
    """The way within the archive, and what a Mac leaves beside it; nothing for a file that is not zipped."""
    if draft.kind != "zip":
        return []
    names = ["ledger.csv" if draft.variant is TEMPLATE else "payments.csv"]
    if draft.has("zip: in a folder", 0.3):
        names = [f"export/{names[0]}"]
    return names + (["__MACOSX/._payments.csv"] if draft.has("zip: what a Mac leaves", 0.3) else [])


def _text(draft: _Draft, rows: list[Row]) -> Text:
    delimiter = DELIMITERS[draft.pick("delimiter", list(DELIMITERS), usual=0.5)]
    encoding = draft.pick("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"], usual=0.2)
    line_end = LINE_ENDS[draft.pick("line end", list(LINE_ENDS), usual=0.4)]
    rows = _unquoted(draft, rows, delimiter)
    quotings = ["minimal", "all", "text"]
    if not any(delimiter in str(c) or "\n" in str(c) or str(c)[:1] == '"' for row in rows for c in row):
        quotings.append("none")
    return Text(rows, delimiter, encoding, line_end, draft.pick("quoting", quotings, usual=0.4))


def _unquoted(draft: _Draft, rows: list[Row], delimiter: str) -> list[Row]:
    if draft.fault != "a delimiter not in quotation marks":
        return rows
    said = Raw(f"Bone{delimiter} Skinner Ltd")
    place = next(at for at, row in enumerate(rows) if NAMES[4] in row)
    return [[said if at == place and cell == NAMES[4] else cell for cell in row] for at, row in enumerate(rows)]
