"""Counts by two columns at once, protected together with the sums over either column and with the whole.

Such a table is a circulation: the whole runs into the sums by the first column, each of these into its cells, these
into the sums by the second column, and all of it back into the whole. What is withheld can be any other circulation
that agrees with what is shown, so how far a cell may lie from what it is, is how much can be sent round beside it.
Where a second table has the same by wards that the first has by groups of wards, it is one circulation all the same:
what runs from a theme to a group of wards runs on into its wards, and from these into the sum by the group.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from anchor_analysis.declared import Network, Profile
from anchor_analysis.declared.tables import BOTH, TableDefinition
from anchor_analysis.declared.units import UNITS

#: One rule for every cell that is withheld, so that it does not say which of them are the small ones.
RULE = "too small, or would give away what is"

#: A column of wards, and that of the groups that these wards make.
_COARSER = {"ward_in_area": "ward_group"}

Node = tuple[str, str]
Edge = tuple[Node, Node]

_ROWS, _COLUMNS = ("rows", ""), ("columns", "")


def edge_of(first: str, second: str) -> Edge:
    """A cell by its two groups; without the one it is a sum over it, without both the whole."""
    if first and second:
        return ("row", first), ("column", second)
    if first:
        return _ROWS, ("row", first)
    return (("column", second), _COLUMNS) if second else (_COLUMNS, _ROWS)


@dataclass
class Circulation:
    """The amounts of all cells, those that are withheld, and how far apart what is withheld must be able to be."""

    amounts: Mapping[Edge, int]
    hidden: set[Edge]
    threshold: int
    small: set[Edge] = field(init=False)

    def __post_init__(self) -> None:
        self.small, self._all = set(self.hidden), sum(self.amounts.values())
        self._at: dict[Node, list[Edge]] = {}
        for edge in sorted(self.amounts):
            for node in edge:
                self._at.setdefault(node, []).append(edge)

    def close(self) -> set[Edge]:
        """All cells to withhold, so that each that was withheld at first may be less than it is, and not small."""
        for edge in sorted(self.small):
            least = max(self.threshold - self.amounts[edge], 1)
            self._send(edge[1], edge[0], least, without=edge)
            if self.amounts[edge]:
                self._send(edge[0], edge[1], 1, without=edge)
        return self.hidden

    def room(self, edge: Edge, up: bool, most: int) -> int:
        """How much more, or less, a withheld cell may be by all that is shown; counted up to `most`."""
        found = Circulation(self.amounts, set(self.hidden), self.threshold)
        start, end = (edge[1], edge[0]) if up else edge
        return found._send(start, end, most, without=edge, only_hidden=True)

    def _send(self, start: Node, end: Node, wanted: int, without: Edge, only_hidden: bool = False) -> int:
        """Send an amount from one node to another on the cheapest ways, withholding what they lead through."""
        moved: dict[Edge, int] = {}
        sent = 0
        while sent < wanted:
            way = self._cheapest(start, end, without, moved, only_hidden)
            if way is None:
                return sent
            amount = min([wanted - sent, *(room for _, _, room in way)])
            for edge, sign, _ in way:
                moved[edge] = moved.get(edge, 0) + sign * amount
            self.hidden |= {edge for edge, _, _ in way}
            sent += amount
        return sent

    def _cheapest(
        self, start: Node, end: Node, without: Edge, moved: Mapping[Edge, int], only_hidden: bool
    ) -> list[tuple[Edge, int, int]] | None:
        """The way that withholds least: each cell on it, whether it grows or shrinks, and by how much it can."""
        queue: list[tuple[int, Node, list[tuple[Edge, int, int]]]] = [(0, start, [])]
        seen: set[Node] = set()
        while queue:
            cost, node, way = heapq.heappop(queue)
            if node == end:
                return way
            if node in seen:
                continue
            seen.add(node)
            for edge, sign, room in self._steps(node, moved):
                if edge != without and not (only_hidden and edge not in self.hidden):
                    price = 0 if edge in self.hidden else self._price(edge)
                    heapq.heappush(queue, (cost + price, edge[(sign + 1) // 2], [*way, (edge, sign, room)]))
        return None

    def _price(self, edge: Edge) -> int:
        """What it costs to withhold a cell: its amount, and for the whole more than all others."""
        return self.amounts[edge] + (self._all if edge == (_COLUMNS, _ROWS) else 1)

    def _steps(self, node: Node, moved: Mapping[Edge, int]) -> Iterator[tuple[Edge, int, int]]:
        for edge in self._at.get(node, ()):
            now = self.amounts[edge] + moved.get(edge, 0)
            if edge[0] == node and (self.amounts[edge] or edge in self.hidden):
                yield edge, 1, self._all + self.threshold
            elif edge[1] == node and now > 0:
                yield edge, -1, now


def withhold_in_two_ways(cells: pd.DataFrame, network: Network) -> pd.DataFrame:
    """The cells, with withheld in every table of two columns whatever would give away what is too small in it.

    Tables that differ in wards and groups of wards alone are protected together. The sums over either column stand in
    other tables too, and are withheld in all of them alike.
    """
    cells = cells.copy()
    shown = set(cells["table"])
    tables = {name: table for name, table in network.catalogue.tables.items() if table.margins and name in shown}
    for of_both in _alike([table for table in tables.values() if BOTH in table.breakdown]):
        edges = _Edges(of_both, network)
        beside = {name: table for name, table in tables.items() if edges.holds(table)}
        of_these = cells[cells["table"].isin(beside)]
        for (metric, _), own in of_these.groupby(["metric", "period"], sort=True):
            if not own["table"].isin([table.id for table in of_both]).any():
                continue
            placed = pd.Series(
                [edges.of(beside[table], group) for table, group in zip(own["table"], own["group"], strict=True)],
                own.index,
            )
            profile = network.profile(network.catalogue.metric(str(metric)).protect)
            chosen = own.index[placed.isin(_hidden(own, placed, profile))]
            cells.loc[chosen, ["value", "lower", "upper"]] = float("nan")
            cells.loc[chosen, ["shown", "status", "rule"]] = [profile.withheld, "withheld", RULE]
    return cells


def _alike(tables: Sequence[TableDefinition]) -> list[list[TableDefinition]]:
    """The tables of two columns, those together that differ in wards and groups of wards alone."""
    found: dict[tuple[str, ...], list[TableDefinition]] = {}
    for table in tables:
        columns = (_COARSER.get(name, name) for name in table.breakdown.split(BOTH))
        found.setdefault((table.scope, *columns), []).append(table)
    return list(found.values())


class _Edges:
    """The edges of the cells of tables by two columns, and of the tables beside them that hold the same sums."""

    def __init__(self, tables: Sequence[TableDefinition], network: Network):
        breakdowns = [table.breakdown for table in tables]
        self.first = breakdowns[0].split(BOTH)[0]
        self.seconds = {by.split(BOTH)[1] for by in breakdowns}
        self.breakdowns = {*breakdowns, self.first, *self.seconds}
        self.scope, self.groups = tables[0].scope, network.ward_groups

    def holds(self, table: TableDefinition) -> bool:
        return table.breakdown in self.breakdowns and table.scope == self.scope

    def of(self, table: TableDefinition, group: str) -> Edge:
        """The edge of a cell of a table, which is the same for the same sum in another table."""
        if BOTH in table.breakdown or not group:
            first, _, second = group.partition(BOTH)
        else:
            first, second = (group, "") if table.breakdown == self.first else ("", group)
        if len(self.seconds) == 1 or not second:
            return edge_of(first, second)
        if table.breakdown.split(BOTH)[-1] not in _COARSER:
            return (("row", first), ("both", f"{first}{BOTH}{second}")) if first else (("group", second), _COLUMNS)
        of = self.groups.get(second, second)
        ward = "column", second
        return (("both", f"{first}{BOTH}{of}"), ward) if first else (ward, ("group", of))


def _hidden(own: pd.DataFrame, placed: pd.Series, profile: Profile) -> set[Edge]:
    """What is to be withheld of one metric and year."""
    sizes = dict(zip(placed, own["size"].fillna(0).astype("int64"), strict=True))
    small = set(placed[own["status"] == "withheld"])
    threshold = profile.threshold * UNITS[own["unit"].iloc[0]].scale
    return Circulation(sizes, small, threshold).close() if small else set()
