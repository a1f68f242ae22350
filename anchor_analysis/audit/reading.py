"""What a reader has of one edition: its facts, its cells, and what each of its carriers tells of each cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from anchor_analysis.audit.figures import ANYTHING, Between, base_of, cell_figure, figure, reach
from anchor_analysis.audit.membership import Membership
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.declared import Catalogue, Network, parse_year
from anchor_analysis.declared.agreements import Agreement
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.present.released import Cell, read_cells


@dataclass(frozen=True)
class Told:
    """What a carrier prints of a cell: one of its fields, and where it stands."""

    cell: str
    field: str
    text: str
    place: str


@dataclass(frozen=True)
class Reading:
    """An edition as a reader has it; `told` is what its carriers say beside the cells themselves.

    `allowed` are the agreements in force by which members let their figures be had. `returns` has the hash of each
    return by its member and year, as the edition's manifest does, and is None where nothing says what it was made from;
    `made_by` is the hash of all definitions.
    """

    name: str
    facts: dict[str, Any]
    cells: tuple[Cell, ...]
    catalogue: Catalogue
    profiles: dict[str, Profile]
    told: tuple[Told, ...] = ()
    allowed: tuple[Agreement, ...] = ()
    returns: Mapping[tuple[str, str], str] | None = None
    made_by: str = ""
    definitions: Definitions = field(init=False)
    members: Membership = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "definitions", Definitions(self.facts.get("definitions", {}), self.catalogue))
        object.__setattr__(self, "members", Membership(self.cells, self.definitions))

    def agreed(self, metric: str, period: str, member: str) -> bool:
        """Whether a member minds no more that its figure can be had."""
        declared = self.catalogue.metrics[metric]
        return any(one.concerns(member, declared, period) for one in self.allowed)

    @cached_property
    def by_id(self) -> dict[str, Cell]:
        return {cell.cell_id: cell for cell in self.cells}

    @cached_property
    def _by_key(self) -> dict[tuple[str, ...], Cell]:
        return {(*_whereabouts(cell), cell.item): cell for cell in self.cells}

    def beside(self, cell: Cell, item: str) -> Cell | None:
        """The cell that says another item of the same thing, such as where a change is from."""
        return self._by_key.get((*_whereabouts(cell), item))

    @cached_property
    def _ends(self) -> dict[tuple[str, ...], Cell]:
        changes = [cell for cell in self.cells if cell.kind == "changes"]
        return {(cell.metric, cell.since_period, cell.period, cell.panel, cell.item): cell for cell in changes}

    def end_of(self, cell: Cell, item: str) -> Cell | None:
        """An item of the change, among the tables of changes, that a cell is a part of."""
        return self._ends.get((cell.metric, cell.since_period, cell.period, cell.panel, item))

    @cached_property
    def _totals(self) -> dict[tuple[str, str], Cell]:
        levels = [cell for cell in self.cells if cell.kind == "levels" and not cell.member and not cell.group]
        return {(cell.metric, cell.period): cell for cell in levels}

    def total(self, metric: str, period: str) -> Cell | None:
        """The network's own figure of a metric in a year."""
        return self._totals.get((metric, period))

    @cached_property
    def leaked(self) -> dict[str, list[Told]]:
        """What carriers print of cells for which the released cells give no figure."""
        found: dict[str, list[Told]] = {}
        for told in self.told:
            cell = self.by_id.get(told.cell)
            if cell and cell.is_withheld and told.field in ("shown", "size", "value", "lower", "upper"):
                found.setdefault(told.cell, []).append(told)
        return found

    @cached_property
    def groups(self) -> set[tuple[str, str, str]]:
        """The groups of each metric in each table."""
        return {(cell.table, cell.metric, cell.group) for cell in self.cells if cell.group}

    def profile(self, metric: str) -> Profile:
        """The disclosure profile of a metric's kind of data."""
        return self.profiles[self.definitions.of(metric).protect]

    def breakdown(self, table: str) -> str:
        """By what a table breaks its metrics down, as the edition says."""
        told = self.facts.get("tables", {}).get(table, {})
        of = told.get("of", "")
        return str(told.get("breakdown", "") or (self.breakdown(of) if of else ""))

    def figure(self, cell: Cell) -> Between:
        """Between what the true figure of a cell lies, by everything that is printed of it."""
        profile = self.profile(cell.metric)
        found = figure(cell.shown, cell.unit, profile) if not cell.is_withheld else ANYTHING
        if pd.notna(cell.value):
            found = _agreed(found, cell_figure(cell.value, cell.shown, cell.unit, profile))
        for told in self.leaked.get(cell.cell_id, []):
            if told.field in ("shown", "size", "value"):
                found = _agreed(found, figure(told.text, cell.unit, profile))
        return found

    def ends(self, cell: Cell) -> tuple[Between, Between]:
        """Where the lower and the upper end of a cell lie: printed ends are rounded outwards."""
        profile = self.profile(cell.metric)
        return self._end(cell, cell.lower, profile, -1), self._end(cell, cell.upper, profile, 1)

    def _end(self, cell: Cell, end: float, profile: Profile, outwards: int) -> Between:
        if pd.isna(end):
            return ANYTHING
        far = cell_figure(end, cell.shown, cell.unit, profile).high - end
        inwards = 2.0 * (base_of(profile, cell.unit) or far)  # the figure is rounded, and what is unknown beside it
        beside = max(far, reach(profile, cell.unit)) if pd.notna(cell.value) and end == cell.value else 0.0
        slack = (inwards, beside) if outwards > 0 else (beside, inwards)
        return Between(end - slack[0], end + slack[1])


def _whereabouts(cell: Cell) -> tuple[str, ...]:
    return cell.table, cell.metric, cell.period, cell.since, cell.panel, cell.member, cell.group


def _agreed(one: Between, other: Between) -> Between:
    """What two texts leave together; where they contradict one another, what either leaves."""
    if one.meets(other):
        return one.and_(other)
    return Between(min(one.low, other.low), max(one.high, other.high))


def reading_of(
    cells: pd.DataFrame, facts: dict[str, Any], network: Network, told: tuple[Told, ...] = (),
    manifest: Mapping[str, Any] | None = None,
) -> Reading:  # fmt: skip
    """An edition's cells and facts as a reader has them, with what its manifest says that it was made from."""
    allowed = tuple(one for one in network.agreements if one.in_force)
    named = f"{facts.get('network', network.id)} {facts.get('year', '')} {facts.get('revision', '')}".strip()
    about, made_from = (network.catalogue, _profiles(facts, network)), manifest or {}
    returns = _returns(made_from["returns"]) if "returns" in made_from else None
    made_by = str(made_from.get("definitions", ""))
    return Reading(named, facts, tuple(read_cells(cells)), *about, told, allowed, returns, made_by)


def _profiles(facts: dict[str, Any], network: Network) -> dict[str, Profile]:
    """The profile of each kind of data: the one that the edition names, by which its figures were rounded."""
    kinds = network.protection.model_dump()
    profiles = {kind: network.profile(kind) for kind, name in kinds.items() if isinstance(name, str) and name}
    by_title = {profile.title: profile for profile in network.catalogue.profiles.values()}
    said = facts.get("profiles") or {}
    titles = {kind: said.get(kind, own.title) for kind, own in profiles.items()}
    return {
        kind: own if titles[kind] == own.title else by_title.get(titles[kind], own) for kind, own in profiles.items()
    }


def _returns(hashes: Mapping[str, str]) -> dict[tuple[str, str], str]:
    split = {name: name.rpartition("/") for name in hashes}
    return {(member, str(parse_year(year))): hashes[name] for name, (member, _, year) in split.items()}
