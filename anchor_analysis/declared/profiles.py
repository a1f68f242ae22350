"""Disclosure profiles, tables that may be published, areas and crosswalks, as declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.model import Declared, Fault

Confidentiality = Literal["public", "shared", "confidential"]


class Percentages(Declared):
    """How percentages are made: from rounded or unrounded parts, with how many decimals, on what smallest base."""

    source: Literal["rounded", "unrounded"]
    decimals: int = Field(ge=0, le=6)
    smallest_base: int = Field(ge=0)


class Profile(Declared):
    """A disclosure profile.

    A count above zero and below `threshold` is withheld; so is a zero where `zero` says so. What is shown is
    rounded half up to a multiple of `round_to` (0: not rounded), both in the metric's unit; with `counts_whole` what
    counts things, such as sites, is not rounded, of which the quantities are.
    """

    id: str
    title: str
    threshold: int = Field(ge=0)
    zero: Literal["shown", "withheld"]
    round_to: int = Field(ge=0)
    counts_whole: bool = False
    percentages: Percentages
    minimum_contributors: int = Field(ge=1)
    withheld: str = Field(min_length=1)
    source: str
    source_status: str

    def faults(self) -> Iterator[Fault]:
        """What would give away by one rule what another withholds, or asks for what no rule makes."""
        if self.percentages.source == "rounded" and not self.round_to:
            yield Fault(("percentages", "source"), "percentages are made from rounded parts, and nothing is rounded")
        if self.percentages.smallest_base < self.threshold:
            what = f"a percentage may stand on a base of {self.percentages.smallest_base}, and counts are withheld"
            yield Fault(("percentages", "smallest_base"), f"{what} below {self.threshold}")
        if self.zero == "withheld" and not self.threshold:
            yield Fault(("zero",), "a zero is withheld, and every other count is shown")
        if any(sign.isdigit() for sign in self.withheld):
            yield Fault(("withheld",), "what a withheld figure looks like has a digit, so it could be read as one")

    def base(self, unit: str) -> int:
        """To a multiple of what a figure in a unit is rounded, 0 if it is not."""
        return 0 if self.counts_whole and unit == "items" else self.round_to


class Protection(Declared):
    """The disclosure profile for each kind of data that members report, and how far the unknown may have moved."""

    people: str
    spend: str
    estate: str = ""
    scores: str = ""
    listening: str = ""
    contracts: str = ""
    unknowns_delta: float = 0.05


class ConfidentialityByKind(Declared):
    """What the members agreed to show of one another, by kind of data; what is not agreed is confidential."""

    people: Confidentiality
    spend: Confidentiality
    estate: Confidentiality = "confidential"
    scores: Confidentiality = "confidential"
    listening: Confidentiality = "confidential"
    contracts: Confidentiality = "confidential"
