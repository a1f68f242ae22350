"""Network years: their labels, and the dates of a member's own year within one."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator

from anchor_analysis.problems import Problem, UserError

_WORDS = r"(?:(?:FY|AY|(?:financial|academic|fiscal) year)\s?)"
_DASH = r"\s?[/\-\u2010-\u2013]\s?"
_LABEL = re.compile(rf"{_WORDS}?(?:((?:20|19)\d\d){_DASH}(\d{{2}}|\d{{4}})|(\d\d){_DASH}(\d\d))", re.IGNORECASE)
#: FY24 and FY2024 are named by the year in which they end, as public bodies of the United Kingdom do.
_ENDING = re.compile(r"FY\s?(?:20)?(\d\d)", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class NetworkYear:
    """A year that begins in one calendar year and ends in the next, named by both."""

    begins: int

    def __str__(self) -> str:
        return f"{self.begins}/{(self.begins + 1) % 100:02d}"

    @property
    def folder(self) -> str:
        """The year as a folder name."""
        return str(self).replace("/", "-")

    @property
    def previous(self) -> NetworkYear:
        return NetworkYear(self.begins - 1)


def parse_year(label: str, where: str = "year") -> NetworkYear:
    """The network year of a label: 2023/24, 2023-24, 23-24, 2023/2024, FY2023-24, academic year 2023/24, FY24.

    FY24 is the year that ends in 2024. Raises UserError for anything else; a bare 2024 could mean 2023/24 or 2024/25,
    so it is refused.

    >>> str(parse_year("2023-24"))
    '2023/24'
    """
    text = str(label).strip()
    if ending := _ENDING.fullmatch(text):
        return NetworkYear(2000 + int(ending[1]) - 1)
    if found := _LABEL.fullmatch(text):
        first, second = found[1] or f"20{found[3]}", found[2] or found[4]
        if int(second[-2:]) == (int(first) + 1) % 100 and (len(second) == 2 or int(second) == int(first) + 1):
            return NetworkYear(int(first))
    raise UserError(_unclear(str(label), where))


def _told(label: str) -> str:
    try:
        return str(parse_year(label))
    except UserError as error:
        raise ValueError(f"{error.problems[0].what} {error.problems[0].remedy}") from None


#: A network year in a declared file, brought to one form.
YearLabel = Annotated[str, AfterValidator(_told)]


def _unclear(label: str, where: str) -> Problem:
    if re.fullmatch(r"\d{4}", label.strip()):
        year = NetworkYear(int(label) - 1)
        what = f'"{label}" could be {year} or {NetworkYear(int(label))}.'
        return Problem("AN003", where, what, f"Write {year} or {NetworkYear(int(label))}.")
    return Problem("AN003", where, f'"{label}" is not a year of two calendar years.', "Write it as 2023/24.")


def years_between(first: NetworkYear, last: NetworkYear) -> list[NetworkYear]:
    return [NetworkYear(begins) for begins in range(first.begins, last.begins + 1)]


def month_day(text: str) -> tuple[int, int]:
    """Month and day of "03-31"; raises ValueError for a day that does not exist."""
    month, day = (int(part) for part in text.split("-"))
    date(2000, month, day)
    return month, day


def _ending(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class Period:
    """A member's twelve months, both days included; staff are counted on its last day."""

    start: date
    end: date


def period(year: NetworkYear, network_ends: str, member_ends: str, belongs: str) -> Period:
    """The member's own year that belongs to a network year.

    `belongs` is `most_months` (the network year with which it shares more than half of its months; of a tie,
    the earlier network year) or `its_end` (the network year in which it ends).
    """
    close = _ending(year.begins + 1, *month_day(network_ends))
    month, day = month_day(member_ends)
    candidates = [_ending(close.year + offset, month, day) for offset in (-1, 0, 1)]
    end = next(candidate for candidate in candidates if _falls_in(candidate, close, belongs))
    return Period(_ending(end.year - 1, month, day) + timedelta(days=1), end)


def _falls_in(end: date, close: date, belongs: str) -> bool:
    months = (end.year - close.year) * 12 + end.month - close.month
    if belongs == "its_end":
        return -12 < months + (end.day > close.day) <= 0
    return -6 < months <= 6
