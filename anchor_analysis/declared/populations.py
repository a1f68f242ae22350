"""Populations that members' staff are held against: how many people of each sex, ethnic group, disability and age."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from anchor_analysis.declared.model import Declared
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.problems import Problem


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

    @model_validator(mode="after")
    def _counts_people(self) -> Self:
        if any(count < 0 for count in self.counts.values()) or not sum(self.counts.values()):
            raise ValueError("counts are of people: none is below nought, and there are some")
        return self


class Populations(Declared):
    """populations.toml, checked."""

    populations: list[Population] = []

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        names = [one.by for one in self.populations]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two populations are counted by {', '.join(twice)}")
        return self

    def faults(self, workforce: TableSchema, where: str) -> Iterator[Problem]:
        """Groups that the workforce's column does not have (AN007)."""
        for at, one in enumerate(self.populations):
            known = [name for name in workforce.columns[one.by].categories if name != "unknown"]
            for name in sorted(set(one.counts) - set(known)):
                what = f'"{name}" is no group of {one.by}.'
                yield Problem("AN007", f"{where}, populations.{at}.counts", what, f"Count by {', '.join(known)}.")
