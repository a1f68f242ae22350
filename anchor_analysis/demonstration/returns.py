"""Fills in a member's return for a year, the way that member does, and says what was planted in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from anchor_analysis.demonstration import untidy
from anchor_analysis.demonstration.draws import Draws, Flags, Ints
from anchor_analysis.demonstration.files import Cells, Sheet, write_csv
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.names import NAMED_LIKE_A_MEMBER, REDACTED
from anchor_analysis.demonstration.people import NO, UNMARKED, Workforce
from anchor_analysis.demonstration.plan import Habits, Member, label, period
from anchor_analysis.demonstration.purchases import HIDDEN, Purchases
from anchor_analysis.demonstration.untidy import Counts
from anchor_analysis.demonstration.workbook import write_workbook

#: By how much the grand total of the ledger that was refused is off, in pence: £7,312.50.
REFUSED_TOTAL_IS_OFF = 731_250
_BLANK_ROWS = {"csv": 250, "xlsx": 80}
_NO_STAFF_GROUP = 100


@dataclass(frozen=True)
class Drawn:
    """Everything that is drawn for a member and a year: what its return and its right answers are made of."""

    member: Member
    year: int
    places: Places
    workforce: Workforce
    purchases: Purchases | None


def write_return(folder: Path, drawn: Drawn, seed: int) -> dict[str, dict[str, Any]]:
    """Write the files of a member that sends rows; gives back, by table, what was planted in them."""
    draws = Draws(seed, drawn.member.id, label(drawn.year), "untidy")
    planted: dict[str, Counts] = {"workforce": Counter()}
    sheets = [_workforce(drawn, draws, planted["workforce"])]
    if drawn.purchases:
        planted |= {"suppliers": Counter(), "ledger": Counter()}
        sheets.append(_suppliers(drawn, drawn.purchases, draws, planted["suppliers"]))
        sheets += _ledgers(drawn, drawn.purchases, draws, planted["ledger"])
    _write(folder, drawn, sheets)
    return {table: {"form": _form(drawn.member.habits, table), **counts} for table, counts in planted.items()}


def _form(habits: Habits, table: str) -> dict[str, Any]:
    files = habits.ledger_files if table == "ledger" else 1
    return {"shape": habits.shape, "dates": habits.dates, "encoding": habits.encoding, "files": files}


def _write(folder: Path, drawn: Drawn, sheets: list[Sheet]) -> None:
    habits = drawn.member.habits
    if habits.shape == "xlsx":
        write_workbook(folder / f"{drawn.member.id}_{label(drawn.year)}.xlsx", sheets)
        return
    tables = [sheet.table for sheet in sheets]
    for index, table in enumerate(tables):
        part = f"_{tables[: index + 1].count(table)}" if tables.count(table) > 1 else ""
        write_csv(folder / f"{table}{part}.csv", sheets[index], habits.encoding, habits.line_end)


def _lines(drawn: Drawn, rows: int, draws: Draws, counts: Counts) -> Ints:
    lines = untidy.with_blank_rows(rows, _BLANK_ROWS[drawn.member.habits.shape], draws)
    counts["rows"] += rows
    counts["blank_rows"] += len(lines) - rows
    return lines


def _workforce(drawn: Drawn, draws: Draws, counts: Counts) -> Sheet:
    staff, form = drawn.workforce, drawn.member.habits.dates
    group = np.where(draws.mark(len(staff), _NO_STAFF_GROUP), -1, staff.group)
    as_number = untidy.numbers if form == "excel" else Cells
    columns = [
        Cells(untidy.numbered("R-" if form != "excel" else "", 1001 + staff.person, 6)),
        as_number(untidy.words(["1", "2"], staff.post - 1)),
        Cells(_primary(drawn.member.habits, staff)),
        Cells(untidy.padded(untidy.contracts(staff.contract, draws, counts), draws, counts)),
        Cells(untidy.padded(untidy.words(drawn.member.groups, group), draws, counts)),
        as_number(untidy.ftes(staff.fte)),
        Cells(untidy.postcodes(drawn.places, staff.home, draws, counts)),
        untidy.dates(staff.start, form),
        untidy.dates(staff.leave, form),
    ]
    return Sheet("workforce", columns, _lines(drawn, len(staff), draws, counts))


def _primary(habits: Habits, staff: Workforce) -> pa.Array:
    """The member's words for yes and no. Whoever has no main post has it blank, or is told no twice."""
    mark = np.where((staff.primary == UNMARKED) & (staff.person % 2 == 0), NO, staff.primary)
    yes, no = habits.flags
    return untidy.words([no, yes], mark)


def _supplier_ids(habits: Habits, purchases: Purchases, supplier: Ints) -> pa.Array:
    prefix, digits = habits.supplier_ids
    known = untidy.numbered(prefix, purchases.suppliers.number, digits)
    return known.take(pa.array(supplier, mask=supplier < 0))


def _suppliers(drawn: Drawn, purchases: Purchases, draws: Draws, counts: Counts) -> Sheet:
    suppliers, listed = purchases.suppliers, np.flatnonzero(purchases.in_master)
    columns = [
        untidy.padded(_supplier_ids(drawn.member.habits, purchases, listed), draws, counts),
        untidy.padded(untidy.words(suppliers.name, listed), draws, counts),
        untidy.postcodes(drawn.places, suppliers.place[listed], draws, counts),
    ]
    return Sheet("suppliers", [Cells(column) for column in columns], _lines(drawn, len(listed), draws, counts))


def _ledgers(drawn: Drawn, purchases: Purchases, draws: Draws, counts: Counts) -> list[Sheet]:
    """The ledger in as many sheets as the member sends; each may end in its own grand total."""
    ledger, habits = purchases.ledger, drawn.member.habits
    first, last = (np.datetime64(day, "D").astype(np.int64) for day in period(drawn.member, drawn.year))
    part = (ledger.day - first) * habits.ledger_files // (last - first + 1)
    columns = _ledger_columns(drawn, purchases, draws, counts)
    sheets = []
    for number in range(habits.ledger_files):
        chosen = np.flatnonzero(part == number)
        total = _total(drawn, ledger.pence[chosen], counts) if habits.totals else None
        lines = _lines(drawn, len(chosen), draws, counts)
        sheets.append(Sheet("ledger", [column.take(chosen) for column in columns], lines, total))
    _count_ledger(purchases, counts)
    return sheets


def _ledger_columns(drawn: Drawn, purchases: Purchases, draws: Draws, counts: Counts) -> list[Cells]:
    ledger, suppliers, habits = purchases.ledger, purchases.suppliers, drawn.member.habits
    amounts = untidy.amounts(ledger.pence, draws, counts, trims=habits.trims)
    # A line without a supplier takes the last word of each list.
    names, categories = [*suppliers.name, REDACTED], [*suppliers.category, "Payments to individuals"]
    named = np.where(ledger.kind == HIDDEN, len(suppliers.name), ledger.supplier)
    return [
        Cells(untidy.numbered(f"T-{drawn.year + 1}-", ledger.transaction, 6)),
        untidy.dates(ledger.day, habits.dates),
        Cells(untidy.padded(_supplier_ids(habits, purchases, ledger.supplier), draws, counts, 30)),
        Cells(untidy.padded(untidy.words(names, named), draws, counts)),
        Cells(untidy.postcodes(drawn.places, ledger.own_postcode, draws, counts)),
        Cells(untidy.words(categories, named)),
        untidy.numbers(amounts) if habits.dates == "excel" else Cells(amounts),
    ]


def _total(drawn: Drawn, pence: Ints, counts: Counts) -> str:
    off = REFUSED_TOTAL_IS_OFF if drawn.year in drawn.member.refused else 0
    stated = int(pence.sum()) + off
    counts["control_totals"] += 1
    counts["control_totals_pence"] += stated
    counts["control_totals_off_by_pence"] += off
    commas = "" if drawn.member.habits.dates == "excel" else ","
    return f"{stated // 100:{commas}}.{stated % 100:02d}"


def _count_ledger(purchases: Purchases, counts: Counts) -> None:
    ledger = purchases.ledger
    credit, hidden = ledger.pence < 0, ledger.kind == HIDDEN
    counts["credits"], counts["credits_pence"] = int(credit.sum()), int(ledger.pence[credit].sum())
    counts["redacted"], counts["redacted_pence"] = int(hidden.sum()), int(ledger.pence[hidden].sum())
    counts["own_postcodes"] = int((ledger.own_postcode >= 0).sum())
    counts["named_like_a_member"] = _named(purchases, NAMED_LIKE_A_MEMBER)
    stale = _stale(purchases)
    counts["pence"] = int(ledger.pence.sum())
    counts["master_out_of_date"], counts["master_out_of_date_pence"] = int(stale.sum()), int(ledger.pence[stale].sum())


def _named(purchases: Purchases, name: str) -> int:
    """How many lines name a supplier just so."""
    return int(np.isin(purchases.ledger.supplier, np.flatnonzero(np.array(purchases.suppliers.name) == name)).sum())


def _stale(purchases: Purchases) -> Flags:
    """Lines whose own postcode is right and whose supplier's master postcode is not."""
    place, traded = purchases.suppliers.place, purchases.suppliers.traded
    at = purchases.ledger.supplier
    return (at >= 0) & (place[at] != traded[at])
