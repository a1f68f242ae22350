"""Populations that members' staff are held against: how many people of each sex, ethnic group, disability and age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.model import Declared, Fault, FaultyField
from anchor_analysis.declared.schema import TableSchema


class Population(Declared):
    """The people whom staff might be like, counted by one of the characteristics of staff.

    `by` is the column of the workforce that has the characteristic, `counts` how many people are in each of its groups;
    a group without a count is compared with nothing. `title` says who they are, `source` where the counts come from and
    `vintage` of when they are.
    """

    by: Literal["sex", "ethnicity", "disability", "age_band"]
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    vintage: str = Field(min_length=1)
    counts: dict[str, float] = Field(min_length=2)

    def faults(self) -> Iterator[Fault]:
        if any(count < 0 for count in self.counts.values()) or not sum(self.counts.values()):
            yield Fault(("counts",), "counts are of people: none is below nought, and there are some")


class Populations(Declared):
    """populations.toml, checked."""

    populations: list[Population] = []

    def faults(self) -> Iterator[Fault]:
        counted: set[str] = set()
        for at, one in enumerate(self.populations):
            with suppress(FaultyField):
                if one.by in counted:
                    yield Fault(("populations", at, "by"), f"two populations are counted by {one.by}")
                counted.add(one.by)


def population_faults(populations: Sequence[Population], workforce: TableSchema) -> Iterator[Fault]:
    """Groups that the workforce's column does not have."""
    for at, one in enumerate(populations):
        with suppress(FaultyField):
            known = [name for name in workforce.columns[one.by].categories if name != "unknown"]
            for name in sorted(set(one.counts) - set(known)):
                place = ("populations", at, "counts", name)
                yield Fault(place, f'"{name}" is no group of {one.by}', f"Count by {', '.join(known)}.")
