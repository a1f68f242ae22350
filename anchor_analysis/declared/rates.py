"""Dated rates: what an hour's living wage was, what a kilowatt-hour emits, each value with its date and its source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault, FaultyField

RateStatus = Literal["verified", "unverified"]

#: The day that a rate is looked up by: that on which it begins, or that on which it was made known.
RateDay = Literal["starts", "announced"]


class Rate(Declared):
    """A value of one thing from a day on, until the next value of the same thing begins.

    `announced` is the day on which it was made known, where that is another. `source` is where the value stands,
    if not where its list says.
    """

    of: str
    value: Decimal
    starts: date
    announced: date | None = None
    source: str = ""
    source_status: RateStatus | None = None

    def day(self, by: RateDay) -> date:
        """The day from which it holds, or on which it was announced; where that is not told, the first."""
        return self.announced or self.starts if by == "announced" else self.starts


class Rates(Declared):
    """The rates of one kind, one file of `definitions/rates`; `unit` is what a value is in.

    `source_status` is `unverified` where nobody has held the values against the source yet. A `yearly` value is that of
    one year from its first day, and is carried on after it. `names` says how a thing is called on a page.
    """

    id: Id
    title: str
    unit: str
    source: str = Field(min_length=1)
    source_status: RateStatus
    note: str = ""
    yearly: bool = False
    names: dict[str, str] = {}
    values: list[Rate] = Field(min_length=1)

    def faults(self) -> Iterator[Fault]:
        known: set[tuple[str, date]] = set()
        for at, rate in enumerate(self.values):
            with suppress(FaultyField):
                if (rate.of, rate.starts) in known:
                    yield Fault(("values", at), f"two values for {rate.of} from {rate.starts}")
                known.add((rate.of, rate.starts))

    @property
    def unverified(self) -> list[str]:
        """What has a value that nobody has held against its source."""
        return sorted({rate.of for rate in self.values if self.is_unverified(rate)})

    def is_unverified(self, rate: Rate) -> bool:
        """Whether nobody has held a value against its source."""
        return (rate.source_status or self.source_status) == "unverified"

    def is_carried_on(self, rate: Rate, day: date) -> bool:
        """Whether a value is used on a day for which its own year has passed."""
        return self.yearly and (day.year, day.month, day.day) >= (
            rate.starts.year + 1,
            rate.starts.month,
            rate.starts.day,
        )

    def name(self, what: str) -> str:
        """What a thing is called on a page."""
        return self.names.get(what, what.replace("_", " "))

    def of(self, what: str, by: RateDay = "starts") -> list[Rate]:
        """The values of one thing, the earliest first, by the day they began or were `announced`."""
        return sorted((rate for rate in self.values if rate.of == what), key=lambda rate: rate.day(by))

    def at(self, what: str, day: date, by: RateDay = "starts") -> Rate | None:
        """The value of one thing on a day; nothing where it has none yet."""
        begun = [rate for rate in self.of(what, by) if rate.day(by) <= day]
        return begun[-1] if begun else None
