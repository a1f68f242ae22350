"""Drawn tables as the numbers of an edition, protected by the library as an edition is, and judged by other words.

A table of counts has a profile with a threshold, a table of amounts is what members keep confidential. What is judged
follows from the profile's own words, and from the attack of a reader, for amounts also one who is a member.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.protect.jointly import Decided, decide
from anchor_analysis.protect.numbers import Number, Numbers
from anchor_analysis.protect.primary import Primary
from tests.drawn_tables import Cell, Drawing, contributions, counts, with_every_sum
from tests.reader_attack import FARTHEST, Reader, rounding_range, within_sign

CATALOGUE = load_catalogue()

#: Pence in a pound.
PENCE = 100

#: Nobody may know an amount of a member to within this share of it.
SHARE = 10


@dataclass(frozen=True)
class Drawn:
    """A table and the profile that it is told by. Amounts have members as their last column, which is not told."""

    drawing: Drawing
    profile: Profile
    amounts: bool

    def is_told(self, cell: Cell) -> bool:
        return not self.amounts or cell[-1] == ""

    def member(self, cell: Cell) -> str:
        return cell[-1] if self.amounts else ""

    @property
    def members(self) -> list[str]:
        return sorted({self.member(cell) for cell in self.drawing.cells} - {""})

    @property
    def base(self) -> int:
        return self.profile.round_to * (PENCE if self.amounts else 1)

    def contributions(self, cell: Cell) -> list[int]:
        """What each member makes of a cell, without its sign, the largest first."""
        own = (abs(self.drawing.cells[(*cell[:-1], member)]) for member in self.members)
        return sorted((size for size in own if size), reverse=True)

    # --- by the library ---

    def protected(self) -> tuple[set[Cell], set[Cell], Decided]:
        """The cells that the library withholds by themselves, and those that it withholds in all."""
        numbers = self.numbers()
        primary = Primary(numbers)
        first = primary.hidden()
        found = decide(numbers, first, primary.kept(), insiders=primary.insiders(), makers=primary.makers())
        named = {name_of(cell): cell for cell in self.drawing.cells}
        return {named[name] for name in first}, {named[name] for name in found.withheld}, found

    def numbers(self) -> Numbers:
        metric = CATALOGUE.metric("net_spend" if self.amounts else "staff")
        found = Numbers(_network(self.profile), {})
        for cell, value in self.drawing.cells.items():
            found.known[name_of(cell)] = Number(
                name_of(cell), value, metric, member=self.member(cell), year="2023/24", whole=not any(cell)
            )
        for whole, parts in self.drawing.sums:
            found.equation({name_of(whole): -1, **{name_of(part): 1 for part in parts}})
        told = [cell for cell in self.drawing.cells if self.is_told(cell)]
        if self.amounts:
            own = {cell: [name_of((*cell[:-1], member)) for member in self.members] for cell in told}
            found.members |= {name_of(cell): tuple(parts) for cell, parts in own.items()}
        found.tell(name_of(cell) for cell in told)
        if self.profile.zero == "withheld" and not self.amounts:
            found.noughts |= {name_of(cell) for cell in told if not self.drawing.cells[cell]}
        return found

    # --- by other words ---

    def forbidden(self) -> set[Cell]:
        """The cells that the words of the profile forbid to tell."""
        told = {cell: value for cell, value in self.drawing.cells.items() if self.is_told(cell)}
        return {cell for cell, value in told.items() if (self._of_few(cell) if self.amounts else self._small(value))}

    def _small(self, value: int) -> bool:
        return 0 < value < self.profile.threshold or (value == 0 and self.profile.zero == "withheld")

    def _of_few(self, cell: Cell) -> bool:
        """Of fewer members than the profile asks for, or of one that the second largest knows to within a share."""
        sizes = self.contributions(cell)
        few = 0 < len(sizes) < self.profile.minimum_contributors
        return few or (bool(sizes) and SHARE * sum(sizes[2:]) < sizes[0])

    def readers(self, hidden: set[Cell]) -> Iterator[tuple[Reader, list[tuple[Cell, float, float]]]]:
        """Every reader there is, with the cells that they may not come near to and how far they must stay from each."""
        far = max(FARTHEST, *(10.0 * abs(value) for value in self.drawing.cells.values()))
        for insider in [*self.members, ""]:
            known = {cell: self._known(cell, hidden, insider) for cell in self.drawing.cells}
            yield Reader(self.drawing.sums, known, far), list(self._kept(hidden, insider))

    def _known(self, cell: Cell, hidden: set[Cell], insider: str) -> tuple[float, float]:
        value = self.drawing.cells[cell]
        if insider and self.member(cell) == insider:
            return value, value
        told = self.is_told(cell) and cell not in hidden
        return within_sign(value, rounding_range(value, self.base) if told else (-math.inf, math.inf))

    def _kept(self, hidden: set[Cell], insider: str) -> Iterator[tuple[Cell, float, float]]:
        for cell, value in self.drawing.cells.items():
            near = -(-abs(value) // SHARE)
            if self.amounts and value and self.member(cell) not in ("", insider):
                yield cell, *within_sign(value, (value - near, value + near))
            elif not self.amounts and 0 < value < self.profile.threshold:
                yield cell, value - 1, self.profile.threshold
            elif not self.amounts and self._small(value) and cell in hidden:
                yield cell, 0, self.profile.threshold


def name_of(cell: Cell) -> str:
    return "|".join(part or "all" for part in cell)


def _network(profile: Profile) -> Any:
    """As much of a network as protection asks for: its profile, and that members keep what they spend confidential."""
    return SimpleNamespace(
        profile=lambda kind: profile, confidentiality=SimpleNamespace(people="shared", spend="confidential"),
        agreed=lambda member, metric, year: False, catalogue=CATALOGUE, members=(),
    )  # fmt: skip


def counted(rng: np.random.Generator, threshold: int, base: int, zero: str, *shape: int) -> Drawn:
    """A table of counts of one way or two; the margins of either are told."""
    profile = CATALOGUE.profiles["people_threshold_10_round_5"]
    own = {"threshold": threshold, "round_to": base, "zero": zero}
    mean = float(rng.choice([4, 15, 60]))
    return Drawn(with_every_sum(counts(rng, *shape, mean=mean)), profile.model_copy(update=own), amounts=False)


def spent(rng: np.random.Generator, base: int, members: int, *shape: int) -> Drawn:
    """A table of what members spent, of one way or two; every sum over members is told, none of one member."""
    profile = CATALOGUE.profiles["spend_round_1000"].model_copy(update={"round_to": base})
    return Drawn(with_every_sum(contributions(rng, *shape, members)), profile, amounts=True)


THRESHOLDS, BASES, ZEROS = (3, 5, 10, 20), (1, 5, 10), ("shown", "withheld")

#: Which share of tables is of counts; those of amounts have a reader more for each member.
OF_COUNTS = 0.95


def any_table(rng: np.random.Generator) -> Drawn:
    """A table of counts or of amounts, of one way or two, told by one of the profiles there are."""
    base, ways = int(rng.choice(BASES)), int(rng.integers(1, 3))
    if rng.random() < OF_COUNTS:
        shape = rng.integers(2, 7, size=ways)
        return counted(rng, int(rng.choice(THRESHOLDS)), base, str(rng.choice(ZEROS)), *shape)
    return spent(rng, base, int(rng.integers(3, 6)), *rng.integers(2, 4, size=ways))
