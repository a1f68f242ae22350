"""What was decided about suppliers: which records are the same one, which are not, and from which probability on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.model import Declared, Fault
from anchor_analysis.problems import Problem, UserError


class Linking(Declared):
    """[suppliers] of network.toml: from which probability on two records are linked, and from which on reviewed.

    Between the two a person decides; below `review` they are two suppliers. docs/suppliers.md says what each choice
    finds and what it gets wrong.
    """

    link: float = Field(0.95, gt=0, le=1)
    review: float = Field(0.4, gt=0, le=1)

    def faults(self) -> Iterator[Fault]:
        if self.review > self.link:
            yield Fault(("review",), "review is above link, so that nothing would ever be reviewed")


class SupplierDecision(Declared):
    """Two supplier records are the same supplier, or are not.

    A record is named by the hash of its member and its number there, as the review file has it, and so holds nothing
    personal. `by` is a role, not a name.
    """

    records: tuple[str, str]
    verdict: Literal["same", "not_same"]
    by: str
    when: date
    why: str = ""

    def faults(self) -> Iterator[Fault]:
        first, second = self.records
        if first == second:
            yield Fault(("records",), "a decision is about two records, and names one twice")
        if any(len(one) != 16 or set(one) - set("0123456789abcdef") for one in self.records):
            yield Fault(("records",), "a record is named by sixteen signs of 0-9 and a-f, as in the review file")


class SupplierDecisions(Declared):
    """supplier_decisions.toml, checked."""

    decisions: list[SupplierDecision] = []

    @property
    def same(self) -> list[tuple[str, str]]:
        return sorted({tuple(sorted(one.records)) for one in self.decisions if one.verdict == "same"})  # type: ignore[misc]

    @property
    def not_same(self) -> list[tuple[str, str]]:
        return sorted({tuple(sorted(one.records)) for one in self.decisions if one.verdict == "not_same"})  # type: ignore[misc]


def groups(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The records that pairs join, directly or through others: each with the first of its group.

    >>> groups([("a", "b"), ("c", "b"), ("d", "e")])
    {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'd', 'e': 'd'}
    """
    first: dict[str, str] = {}
    for one, other in pairs:
        a, b = first.setdefault(one, one), first.setdefault(other, other)
        low, high = min(a, b), max(a, b)
        if low != high:
            first = {record: low if of == high else of for record, of in first.items()}
    return dict(sorted(first.items()))


def check_decisions(decided: SupplierDecisions, where: str) -> None:
    """Raise UserError (AN080) for every pair that is decided to be two suppliers and, through others, to be one."""
    same = groups(decided.same)
    problems = [
        Problem("AN080", where, _said(pair, decided), _REMEDY)
        for pair in decided.not_same
        if same.get(pair[0], pair[0]) == same.get(pair[1], pair[1])
    ]
    if problems:
        raise UserError(problems)


_REMEDY = "Take out whichever of these decisions is wrong."


def _said(pair: tuple[str, str], decided: SupplierDecisions) -> str:
    """The decision that two are not the same, and the shortest row of decisions by which they are."""
    row = _way(pair, decided.same)
    steps = ", ".join(f"{one} = {other}" for one, other in pairwise(row))
    return f"{pair[0]} and {pair[1]} are decided to be two suppliers, and by {steps} to be one."


def _way(pair: tuple[str, str], same: Sequence[tuple[str, str]]) -> list[str]:
    """The shortest way from one record to the other over pairs that are the same; the first in order of several."""
    ways = [[pair[0]]]
    seen = {pair[0]}
    for way in ways:
        if way[-1] == pair[1]:
            return way
        for one in sorted({*(b for a, b in same if a == way[-1]), *(a for a, b in same if b == way[-1])} - seen):
            seen.add(one)
            ways.append([*way, one])
    return [pair[0], pair[1]]
