"""Writes values the way members' systems and people do: amounts, dates, postcodes, words, and spaces round them.

Everything here goes from right values to text, and counts what it made untidy. Columns are pyarrow string arrays,
since a year has some hundred thousand rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anchor_analysis.demonstration.draws import Draws, Flags, Ints
from anchor_analysis.demonstration.files import Cells
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.people import NO_DATE

Counts = Counter[str]

#: The number that Excel has for the first day of 1970.
EXCEL_1970 = 25569

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTRACTS = (
    ("permanent", "Permanent", "Perm", "Substantive"),
    ("fixed term", "Fixed term", "Fixed-term", "Temporary"),
    ("bank", "Bank", "Casual", "Zero hours"),
)
_STYLES: dict[str, Callable[[str], str]] = {
    "as_listed": str,
    "lower_case": str.lower,
    "unspaced": lambda one: one.replace(" ", ""),
    "lower_case_unspaced": lambda one: one.replace(" ", "").lower(),
    "padded": " {} ".format,
    "two_spaces": lambda one: one.replace(" ", "  "),
    "no_break_space": lambda one: one.replace(" ", "\u00a0"),
    "hyphened": lambda one: one.replace(" ", "-"),
}
_STYLE_WEIGHTS = np.array([8600, 300, 400, 100, 200, 200, 100, 100])
_CREDITS = (("minus", "-{}"), ("minus", "-{}"), ("brackets", "({})"), ("trailing_minus", "{}-"))
#: Per ten thousand: cells with spaces round them, amounts written with commas, with a pound sign.
_PADDED, _WITH_COMMAS, _WITH_POUND = 100, 250, 150


def words(choices: list[str] | tuple[str, ...], index: Ints) -> pa.Array:
    """The choice for each index; an index of -1 is a blank cell."""
    return pa.array(choices, pa.string()).take(pa.array(index, mask=index < 0))


def numbered(prefix: str, number: Ints, digits: int) -> pa.Array:
    """Numbers with a prefix and leading zeros: R-004512."""
    text = pc.utf8_lpad(pa.array(number).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def padded(column: pa.Array, draws: Draws, counts: Counts, per_10000: int = _PADDED) -> pa.Array:
    """Spaces before and after some of the cells that are not blank."""
    chosen = draws.mark(len(column), per_10000) & column.is_valid().to_numpy(zero_copy_only=False)
    counts["padded_cells"] += int(chosen.sum())
    return pc.if_else(pa.array(chosen), pc.binary_join_element_wise(" ", column, "  ", ""), column)


def contracts(contract: Ints, draws: Draws, counts: Counts) -> pa.Array:
    """The kind of contract in the words of several people."""
    spoken = draws.choose(np.array([80, 8, 8, 4]), len(contract))
    counts["contract_synonyms"] += int((spoken > 0).sum())
    return words([word for synonyms in _CONTRACTS for word in synonyms], 4 * contract + spoken)


def dates(day: Ints, form: str) -> Cells:
    """Days since 1970 in one of the DATE_FORMS; NO_DATE is a blank cell."""
    known, index = np.unique(day, return_inverse=True)
    text = [None if one == NO_DATE else _date_text(one, form) for one in known.tolist()]
    cells = pa.array(text, pa.string()).take(pa.array(index))
    return Cells(cells, day != NO_DATE, dates=True) if form == "excel" else Cells(cells)


@cache
def _date_text(number: int, form: str) -> str:
    if form == "excel":
        return str(number + EXCEL_1970)
    # Not strftime: its month names are the locale's.
    day = date.fromordinal(date(1970, 1, 1).toordinal() + number)
    parts = {"dd": f"{day.day:02d}", "mm": f"{day.month:02d}", "Mon": _MONTHS[day.month - 1]}
    parts |= {"yyyy": f"{day.year}", "yy": f"{day.year % 100:02d}"}
    separator = "/" if "/" in form else "-"
    return separator.join(parts[part] for part in form.split(separator))


def ftes(fte: Ints) -> pa.Array:
    """FTE in hundred-thousandths as a plain decimal: 1, 0.8, 0.53333."""
    known, index = np.unique(fte, return_inverse=True)
    text = [f"{one / 100_000:.5f}".rstrip("0").rstrip(".") for one in known.tolist()]
    return pa.array(text, pa.string()).take(pa.array(index))


@lru_cache(maxsize=4)
def _spellings(text: tuple[str, ...]) -> tuple[pa.Array, Flags]:
    """Every place's text in every style, one style after the other, and whether the style changes it."""
    spelt = [how(one) for how in _STYLES.values() for one in text]
    changed = np.array(spelt, dtype=object) != np.array(text * len(_STYLES), dtype=object)
    return pa.array(spelt, pa.string()), changed


def postcodes(places: Places, index: Ints, draws: Draws, counts: Counts) -> pa.Array:
    """Postcodes as people type them; an index of -1 is a blank cell."""
    spelt, changed = _spellings(tuple(places.text))
    style = draws.choose(_STYLE_WEIGHTS, len(index))
    at = np.where(index < 0, -1, style * len(places.text) + index)
    for number, name in enumerate(list(_STYLES)[1:], start=1):
        counts[f"postcodes_{name}"] += int(changed[at[(style == number) & (index >= 0)]].sum())
    return words(spelt, at)


def amounts(pence: Ints, draws: Draws, counts: Counts, *, trims: bool) -> pa.Array:
    """Pounds as text. Some have commas and spaces, some a pound sign; credits a minus before or after, or brackets."""
    plain = _plain(pence, trims)
    commas, pound = draws.mark(len(pence), _WITH_COMMAS, 1), draws.mark(len(pence), _WITH_POUND, 1)
    styled = commas | pound | (pence < 0)
    credit = draws.below(len(_CREDITS), len(pence))
    chosen = (column[styled].tolist() for column in (pence, commas, pound, credit))
    written = [_styled(amount, comma, sign, form, counts) for amount, comma, sign, form in zip(*chosen, strict=True)]
    return pc.replace_with_mask(plain, pa.array(styled), pa.array(written, pa.string()))


def _plain(pence: Ints, trims: bool) -> pa.Array:
    pounds = pa.array(np.abs(pence) // 100).cast(pa.string())
    text = pc.binary_join_element_wise(pounds, words([f"{one:02d}" for one in range(100)], np.abs(pence) % 100), ".")
    if trims:
        text = pc.replace_substring_regex(text, r"\.00$", "")
        text = pc.replace_substring_regex(text, r"(\.\d)0$", r"\1")
    return text


def _styled(pence: int, commas: bool, pound: bool, form: int, counts: Counts) -> str:
    whole = f"{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
    if not (commas or pound):
        whole = whole.replace(",", "")
    if pound:
        counts["amounts_with_pound"] += 1
        whole = f"£{whole}"
    if pence < 0:
        name, pattern = _CREDITS[form]
        counts[f"credits_with_{name}"] += 1
        whole = pattern.format(whole)
    if commas:
        counts["amounts_with_spaces"] += 1
        whole = f" {whole} "
    return whole


def numbers(text: pa.Array) -> Cells:
    """The same as cells that hold numbers, but for those whose text is no plain number: people typed these."""
    return Cells(text, pc.match_substring_regex(text, r"^-?[0-9]+(\.[0-9]+)?$").to_numpy(zero_copy_only=False))


def with_blank_rows(rows: int, per_10000: int, draws: Draws) -> Ints:
    """The row to stand at each line of the sheet, -1 for a blank one; the first and last lines are never blank."""
    at_least = 2 if per_10000 else 0
    blank = np.flatnonzero(draws.mark(max(rows - 1, 0), per_10000, at_least)) + 1
    return np.insert(np.arange(rows), blank, -1)
