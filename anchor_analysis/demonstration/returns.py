"""Fills in a member's return for a year, the way that member does, and says what was planted in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from anchor_analysis.demonstration import untidy
from anchor_analysis.demonstration.draws import Draws, Flags, Ints
from anchor_analysis.demonstration.files import (
    HEADERS,
    LEDGERS,
    Cells,
    Sheet,
    as_csv,
    text_sheet,
    write_csv,
    write_parquet,
    write_zipped,
)
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.names import NAMED_LIKE_A_MEMBER, REDACTED
from anchor_analysis.demonstration.opendocument import write_opendocument
from anchor_analysis.demonstration.people import NO, UNMARKED, Workforce
from anchor_analysis.demonstration.plan import Habits, Member, label, period
from anchor_analysis.demonstration.purchases import HIDDEN, Purchases
from anchor_analysis.demonstration.trades import FLAGS, SIZES
from anchor_analysis.demonstration.traits import (
    AGE_WORDS,
    DISABILITIES,
    DISABILITY_WORDS,
    ETHNICITIES,
    ETHNICITY_WORDS,
    SEX_WORDS,
    SEXES,
    UNTOLD,
)
from anchor_analysis.demonstration.untidy import Counts
from anchor_analysis.demonstration.workbook import write_workbook

#: By how much the grand total of the ledger that was refused is off, in pence: £7,312.50.
REFUSED_TOTAL_IS_OFF = 731_250
_BLANK_ROWS = {"csv": 250, "xlsx": 80, "ods": 80}
#: On so many pages a report is printed.
_PAGES = 3
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
    sheets, ledgers = [_workforce(drawn, draws, planted["workforce"])], []
    if drawn.purchases:
        planted["suppliers"] = Counter()
        sheets.append(_suppliers(drawn, drawn.purchases, draws, planted["suppliers"]))
        if drawn.year in drawn.member.wrong_file:
            write_csv(folder / "contracts.csv", _contracts(drawn.purchases))
        else:
            planted["ledger"] = Counter()
            ledgers = _ledgers(drawn, drawn.purchases, draws, planted["ledger"])
    _write(folder, drawn, sheets, ledgers, planted)
    if again := drawn.member.sent_again.get(drawn.year):
        write_csv(folder / "ledger_again.csv", _again(ledgers[0], again, planted["ledger"]))
    return {table: {"form": _form(drawn.member.habits, table), **counts} for table, counts in planted.items()}


def _form(habits: Habits, table: str) -> dict[str, Any]:
    files = habits.ledger_files if table == "ledger" else 1
    return {"shape": habits.shape, "dates": habits.dates, "encoding": habits.encoding, "files": files}


def _write(
    folder: Path, drawn: Drawn, sheets: list[Sheet], ledgers: list[Sheet], planted: dict[str, Counts]
) -> None:  # fmt: skip
    habits, workbook = drawn.member.habits, f"{drawn.member.id}_{label(drawn.year)}"
    if habits.shape != "csv":
        sheets = [*sheets, *ledgers]
        if habits.template_sheets:
            sheets = [_guide(), *sheets, _totals(sheets, drawn, planted), _lists()]
        write = write_workbook if habits.shape == "xlsx" else write_opendocument
        write(folder / f"{workbook}.{habits.shape}", sheets)
        return
    ending = "txt" if habits.delimiter == "\t" else "csv"
    texts = {f"{sheet.name}.{ending}": sheet for sheet in (*sheets, *ledgers)}
    if habits.workforce_parquet:
        write_parquet(folder / "workforce.parquet", texts.pop("workforce.csv"))
        planted["workforce"]["blank_rows"] = 0
    if habits.zipped and ledgers:
        inside = {f"{sheet.name}.csv": as_csv(texts.pop(f"{sheet.name}.csv"), habits.encoding) for sheet in ledgers}
        write_zipped(folder / "ledger.zip", inside)
    for name, sheet in texts.items():
        write_csv(folder / name, sheet, habits.encoding, habits.line_end, habits.delimiter)


def _guide() -> Sheet:
    """The template's first sheet, which nobody deletes."""
    return text_sheet("guide", ("How to fill in this return",), [("One row for each record. Nothing in red.",)])


def _lists() -> Sheet:
    """A hidden sheet of what may be chosen from."""
    return text_sheet("lists", ("contract",), [("permanent",), ("fixed term",), ("bank",)], hidden=True)


def _totals(sheets: list[Sheet], drawn: Drawn, planted: dict[str, Counts]) -> Sheet:
    """What the member says it sends, on the template's sheet for it."""
    rows = [(sheet.name.capitalize(), "rows", str(planted[sheet.name]["rows"])) for sheet in sheets]
    if drawn.purchases:
        rows.append(("Ledger", "sum of net_gbp", _pounds(int(drawn.purchases.ledger.pence.sum()), ",")))
    planted["workforce"]["stated_totals"] = len(rows)
    return text_sheet("totals", ("Sheet", "What", "Your total"), rows)


def _contracts(purchases: Purchases) -> Sheet:
    """A register of contracts, which is no ledger."""
    named = [name for name, at in zip(purchases.suppliers.name, purchases.suppliers.paid, strict=True) if at < 0][:12]
    rows = [(f"C-{at:03d}", f"Supply by {name}", "01/04/2021", "31/03/2024", "250000") for at, name in enumerate(named)]
    return text_sheet(
        "contracts", ("Contract Reference", "Contract Title", "Start Date", "End Date", "Contract Value"), rows
    )


def _again(ledger: Sheet, how_much: str, counts: Counts) -> Sheet:
    """The payments once more, saved as text; or a part of them, such as a file for other months holds."""
    lines = ledger.lines[ledger.lines >= 0]
    lines = lines if how_much == "all" else lines[: len(lines) // 4]
    counts["sent_again"] = len(lines)
    return Sheet("ledger_again", ledger.headers, ledger.columns, lines)


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
        *(Cells(column) for column in _traits(drawn)),
    ]
    return Sheet("workforce", (HEADERS["workforce"],), columns, _lines(drawn, len(staff), draws, counts))


def _traits(drawn: Drawn) -> Iterator[pa.Array]:
    """Who people are, apprentices and pay; what is not told is blank, or of every other person said in words."""
    staff, traits = drawn.workforce, drawn.workforce.traits
    day = int(np.datetime64(period(drawn.member, drawn.year)[1], "D").astype(np.int64))
    blank = staff.person % 2
    told = [(SEX_WORDS, SEXES, traits.sex), (ETHNICITY_WORDS, ETHNICITIES, traits.ethnicity),
            (DISABILITY_WORDS, DISABILITIES, traits.disability)]  # fmt: skip
    for spoken, known, found in told:
        yield untidy.words(spoken, np.where(found == len(known) - 1, found + blank, found))
    yield untidy.words(AGE_WORDS, traits.age_band(day))
    yes, no = drawn.member.habits.flags
    apprentice = traits.in_apprenticeship(staff.began, day)
    yield untidy.words([no, yes], np.where(apprentice & ~traits.marked, UNTOLD, apprentice))
    bands = [*(f"Band {band}" for band in range(1, 11)), "Apprentice, level 3"]
    yield untidy.words(bands, np.where(apprentice, np.where(traits.marked, UNTOLD, 10), traits.band))
    pence = traits.pence(drawn.year)
    pounds = [f"{one // 100}.{one % 100:02d}" for one in range(int(pence.max()) + 1)]
    yield untidy.words(pounds, np.where(traits.pay_told == UNTOLD, UNTOLD, pence))


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
        *_trades(purchases, listed),
        untidy.words(suppliers.company, listed),
    ]
    cells = [Cells(column) for column in columns]
    return Sheet("suppliers", (HEADERS["suppliers"],), cells, _lines(drawn, len(listed), draws, counts))


def _trades(purchases: Purchases, listed: Ints) -> list[pa.Array]:
    trades = purchases.trades
    return [
        untidy.words(FLAGS, trades.branch[listed]),
        untidy.words(trades.code, listed),
        untidy.words(SIZES, trades.size[listed]),
        untidy.words(FLAGS, trades.voluntary[listed]),
    ]


def _ledgers(drawn: Drawn, purchases: Purchases, draws: Draws, counts: Counts) -> list[Sheet]:
    """The ledger in as many sheets as the member sends, with all that its system puts around the rows."""
    ledger, habits = purchases.ledger, drawn.member.habits
    first, last = (np.datetime64(day, "D").astype(np.int64) for day in period(drawn.member, drawn.year))
    part = (ledger.day - first) * habits.ledger_files // (last - first + 1)
    columns = _ledger_columns(drawn, purchases, draws, counts)
    headers, sheets = LEDGERS[habits.ledger_headers], []
    cells = [columns[name] for name in headers.values()]
    for number in range(1, habits.ledger_files + 1):
        chosen = np.flatnonzero(part == number - 1)
        lines = _lines(drawn, len(chosen), draws, counts)
        extras = [*_pages(tuple(headers), lines, habits, counts), *_subtotals(drawn, purchases, chosen, lines, counts)]
        extras += [*_total(drawn, ledger.pence[chosen], lines, counts), *_remarks(lines, habits, counts)]
        name = f"ledger_{number:02d}" if habits.ledger_files > 1 else "ledger"
        above = (drawn.member.name, f"Payments to suppliers, part {number}") if habits.report else ()
        counts["rows_above_headers"] += len(above)
        rows = _two_rows() if habits.two_rows else (tuple(headers),)
        sheets.append(Sheet(name, rows, [column.take(chosen) for column in cells], lines, above, tuple(extras)))
    _count_ledger(purchases, counts)
    return sheets


def _two_rows() -> tuple[tuple[str, ...], ...]:
    """The template's headers in two rows, where a word above reaches over the columns to its right."""
    words = [name.split("_") for name in HEADERS["ledger"]]
    upper = [first for first, *_ in words]
    above = tuple("" if at and upper[at - 1] == word else word for at, word in enumerate(upper))
    return above, tuple("_".join(rest) for _, *rest in words)


def _ledger_columns(drawn: Drawn, purchases: Purchases, draws: Draws, counts: Counts) -> dict[str, Cells]:
    ledger, suppliers, habits = purchases.ledger, purchases.suppliers, drawn.member.habits
    amounts = untidy.amounts(ledger.pence, draws, counts, trims=habits.trims)
    # A line without a supplier takes one of the last words.
    names, categories = [*suppliers.name, *(word for word, *_ in REDACTED)], [*suppliers.category, "Individuals"]
    hidden = ledger.kind == HIDDEN
    word = _redactions(ledger.pence[hidden], draws, counts)
    named, category = ledger.supplier.copy(), np.where(hidden, len(suppliers.name), ledger.supplier)
    named[hidden] = len(suppliers.name) + word
    return {
        "body": Cells(untidy.words([drawn.member.name], np.zeros(len(ledger), dtype=np.int64))),
        "transaction_id": Cells(untidy.numbered(f"T-{drawn.year + 1}-", ledger.transaction, 6)),
        "payment_date": untidy.dates(ledger.day, habits.dates),
        "supplier_id": Cells(untidy.padded(_supplier_ids(habits, purchases, ledger.supplier), draws, counts, 30)),
        "supplier_name": Cells(untidy.padded(untidy.words(names, named), draws, counts)),
        "supplier_postcode": Cells(untidy.postcodes(drawn.places, ledger.own_postcode, draws, counts)),
        "category": Cells(untidy.words(categories, category)),
        "net_gbp": untidy.numbers(amounts) if habits.dates == "excel" else Cells(amounts),
    }


def _redactions(pence: Ints, draws: Draws, counts: Counts) -> Ints:
    """Which of REDACTED stands on each line whose supplier is taken out."""
    word = draws.spread(np.array([often for *_, often in REDACTED]), len(pence))
    for at, (_, why, _) in enumerate(REDACTED):
        counts[f"redacted_{why}"] += int((word == at).sum())
        counts[f"redacted_{why}_pence"] += int(pence[word == at].sum())
    return word


Extra = tuple[int, tuple[str, ...]]


def _pages(headers: tuple[str, ...], lines: Ints, habits: Habits, counts: Counts) -> Iterator[Extra]:
    """A printed report has its headers again on each page."""
    if habits.report:
        for page in range(1, _PAGES):
            counts["headers_again"] += 1
            yield page * len(lines) // _PAGES, headers


def _subtotals(drawn: Drawn, purchases: Purchases, chosen: Ints, lines: Ints, counts: Counts) -> Iterator[Extra]:
    """The total of each month, below its last row."""
    habits, ledger = drawn.member.habits, purchases.ledger
    if not habits.subtotals:
        return
    day, pence = ledger.day[chosen], ledger.pence[chosen]
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    at_name = list(LEDGERS[habits.ledger_headers].values()).index("supplier_name")
    for month in np.unique(months):
        last = np.flatnonzero(months == month)[-1]
        row = [""] * len(LEDGERS[habits.ledger_headers])
        row[at_name], row[-1] = (
            f"Total for {month}",
            _control_total(int(pence[months == month].sum()), 0, habits, counts),
        )
        yield int(np.flatnonzero(lines == last)[0]) + 1, tuple(row)


def _total(drawn: Drawn, pence: Ints, lines: Ints, counts: Counts) -> Iterator[Extra]:
    """The grand total of a file, alone in its row."""
    habits = drawn.member.habits
    if habits.totals:
        off = REFUSED_TOTAL_IS_OFF if drawn.year in drawn.member.refused else habits.totals_off
        width = len(LEDGERS[habits.ledger_headers])
        yield len(lines), (*[""] * (width - 1), _control_total(int(pence.sum()), off, habits, counts))


def _control_total(pence: int, off: int, habits: Habits, counts: Counts) -> str:
    counts["control_totals"] += 1
    counts["control_totals_pence"] += pence + off
    counts["control_totals_off_by_pence"] += off
    return _pounds(pence + off, "" if habits.dates == "excel" else ",")


def _pounds(pence: int, commas: str) -> str:
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100:{commas}}.{abs(pence) % 100:02d}"


def _remarks(lines: Ints, habits: Habits, counts: Counts) -> Iterator[Extra]:
    """What a report ends with."""
    if habits.report:
        counts["notes_below"] += 2
        yield len(lines), ("End of report",)
        yield len(lines), ("Amounts leave out VAT that can be got back",)


def _count_ledger(purchases: Purchases, counts: Counts) -> None:
    ledger = purchases.ledger
    credit, hidden = ledger.pence < 0, ledger.kind == HIDDEN
    counts["credits"], counts["credits_pence"] = int(credit.sum()), int(ledger.pence[credit].sum())
    counts["redacted"], counts["redacted_pence"] = int(hidden.sum()), int(ledger.pence[hidden].sum())
    counts["lost_signs"], counts["lost_signs_pence"] = (
        int(ledger.unsigned.sum()),
        int(ledger.pence[ledger.unsigned].sum()),
    )
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
