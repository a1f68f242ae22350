"""Disclosure profiles, tables that may be published, areas and crosswalks, as declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault

Confidentiality = Literal["public", "shared", "confidential"]

#: Whose share of a sum of money may tell what it has.
Contributor = Literal["supplier", "member"]

#: A number as words have it.
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


#: Words that stand where there is no figure, which a withheld one may not be taken for.
_STATUSES = (
    "zero", "missing", "refused", "not applicable", "not yet member", "left", "merged", "partial", "not known",
)  # fmt: skip


class Percentages(Declared):
    """How percentages are made: from rounded or unrounded parts, with how many decimals, on what smallest base."""

    source: Literal["rounded", "unrounded"]
    decimals: int = Field(ge=0, le=6)
    smallest_base: int = Field(ge=0)


class Dominance(Declared):
    """When a few contributors make so much of a sum of money that the sum tells what they have.

    A contributor is a supplier or a member, as `by` says; what it contributes to a sum is the size of its net amount in
    it. A sum is withheld where its `n` largest contributors make more than the share `k` of all contributions; where
    what remains beside the two largest is less than the share `p` of the largest, so that the second largest could
    tell the largest to within `p`; and where fewer than `fewest` contribute. A rule that is left out does not hold.

    Source: Hundepool et al., Statistical Disclosure Control (Wiley, 2012), chapter 4; the (n, k) rule, the p % rule and
    the minimum frequency rule, as in its table of sensitivity rules. It recommends p % rather than (2, k).
    """

    by: list[Contributor] = Field(min_length=1)
    n: int = Field(default=2, ge=1)
    k: float | None = Field(default=None, gt=0, lt=1)
    p: float | None = Field(default=None, gt=0, le=1)
    fewest: int = Field(default=0, ge=0)

    def faults(self) -> Iterator[Fault]:
        """Rules that are named twice, or not at all."""
        if self.k is None and self.p is None:
            yield Fault((), "dominance is told by k, by p or by both, and neither is given")
        if self.k is None and "n" in self.model_fields_set:
            yield Fault(("n",), "how many are the largest is asked by k, and there is none")
        if len(set(self.by)) < len(self.by):
            yield Fault(("by",), "a kind of contributor is named twice")


class Profile(Declared):
    """A disclosure profile.

    A count above zero and below `threshold` is withheld; so is a zero where `zero` says so. What is shown is
    rounded half up to a multiple of `round_to` (0: not rounded), both in the metric's unit; with `counts_whole` what
    counts things, such as sites, is not rounded, of which the quantities are. A withheld figure looks like `withheld`,
    whatever the reason, unless `small` is what a count below the threshold looks like: words that name the threshold,
    and so tell that it is below. `dominance` withholds sums of money that a few contributors make. So that nothing
    withheld is had by subtraction, `suppression` withholds further cells, and `controlled_rounding` rounds to multiples
    of `round_to` by which parts make their total.
    """

    id: Id
    title: str
    threshold: int = Field(ge=0)
    zero: Literal["shown", "withheld"]
    round_to: int = Field(ge=0)
    counts_whole: bool = False
    percentages: Percentages
    minimum_contributors: int = Field(ge=1)
    withheld: str = Field(min_length=1)
    small: str = ""
    dominance: Dominance | None = None
    method: Literal["suppression", "controlled_rounding"] = "suppression"
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
        if self.small and not self._names_its_threshold(self.small):
            yield Fault(("small",), f"what a small count looks like is not in words that name {self.threshold} alone")
        if self.small and self.zero == "withheld":
            yield Fault(("small",), "a zero is withheld, and is told from a small count by looking otherwise")
        if self.method == "controlled_rounding" and (self.threshold or self.zero == "withheld" or self.small):
            what = "figures are rounded together instead of being withheld, so no threshold, zero or mark is asked for"
            yield Fault(("method",), what)
        if self.withheld.strip(" -–—.") in ("", *_STATUSES):
            yield Fault(("withheld",), "what a withheld figure looks like could be read as a status, or as nothing")
        if self.method == "controlled_rounding" and self.round_to < 2:
            yield Fault(("method",), f"a table is protected by rounding, and figures are rounded to {self.round_to}")

    def _names_its_threshold(self, mark: str) -> bool:
        """Whether a mark is in words, and all that it says in figures is the threshold, so no program reads a value."""
        in_words = re.match("[A-Za-z]{2,} ", mark) is not None
        return in_words and self.threshold > 0 and _NUMBER.findall(mark) == [str(self.threshold)]

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
