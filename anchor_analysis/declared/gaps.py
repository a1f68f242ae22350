"""Gaps in pay: which people are held against which others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from anchor_analysis.declared.model import Declared
from anchor_analysis.declared.schema import TableSchema


class PayGap(Declared):
    """A gap between the median pay of the people in a `group` and of those `beside` it, one file of `definitions/gaps`.

    Both are groups of one `column` of the workforce. `title` names both.
    """

    id: str
    title: str = Field(min_length=1)
    column: Literal["sex", "ethnicity", "disability", "age_band"]
    group: list[str] = Field(min_length=1)
    beside: list[str] = Field(min_length=1)
    caveats: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def _are_two_sides(self) -> Self:
        if both := sorted(set(self.group) & set(self.beside)):
            raise ValueError(f"{', '.join(both)} cannot be on both sides")
        if "unknown" in (*self.group, *self.beside):
            raise ValueError("who did not state it is on neither side")
        return self


class GapFault(NamedTuple):
    """What is wrong at a place of a gap."""

    name: str
    place: tuple[str | int, ...]
    what: str


def gap_faults(gaps: Mapping[str, PayGap], workforce: TableSchema) -> Iterator[GapFault]:
    """Groups of a gap that its column does not have."""
    for gap in gaps.values():
        known = workforce.columns[gap.column].categories
        for side, names in (("group", gap.group), ("beside", gap.beside)):
            for at, name in enumerate(names):
                if name not in known:
                    yield GapFault(gap.id, (side, at), f'"{name}" is no category of {gap.column}')
