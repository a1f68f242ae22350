"""Gaps in pay: which people are held against which others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault, FaultyField
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.problems import did_you_mean


class PayGap(Declared):
    """A gap between the median pay of the people in a `group` and of those `beside` it, one file of `definitions/gaps`.

    Both are groups of one `column` of the workforce. `title` names both.
    """

    id: Id
    title: str = Field(min_length=1)
    column: Literal["sex", "ethnicity", "disability", "age_band"]
    group: list[str] = Field(min_length=1)
    beside: list[str] = Field(min_length=1)
    caveats: list[str] = Field(min_length=1)

    def faults(self) -> Iterator[Fault]:
        if both := sorted(set(self.group) & set(self.beside)):
            yield Fault(("beside",), f"{', '.join(both)} cannot be on both sides")
        for side in ("group", "beside"):
            if "unknown" in getattr(self, side):
                yield Fault((side,), "who did not state it is on neither side")


def gap_faults(gap: PayGap, workforce: TableSchema) -> Iterator[Fault]:
    """Groups of a gap that its column does not have."""
    known = workforce.columns[gap.column].categories
    for side in ("group", "beside"):
        with suppress(FaultyField):
            for at, name in enumerate(getattr(gap, side)):
                if name not in known:
                    what = f'"{name}" is no category of {gap.column}'
                    yield Fault((side, at), what, did_you_mean(name, known, "category"))
