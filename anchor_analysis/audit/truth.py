"""The true sums, for what can only be judged by who knows them: a member's own figures, and levels of protection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from anchor_analysis.audit.membership import is_all, is_named, size
from anchor_analysis.audit.quantities import POSITIVE, SUM, Definitions, Quantity, Rows, Terms, grouped
from anchor_analysis.declared.units import UNITS

Key = tuple[str, Rows, str, str]


@dataclass(frozen=True)
class Truth:
    """The true sums of each member, by what is summed, over which rows, in which year.

    `totals` are those of all members that count, by how many they are in the place of a member.
    """

    sums: Mapping[Key, float]
    known: frozenset[tuple[Rows, str, str]]
    totals: Mapping[tuple[str, Rows, str, int], float] = field(default_factory=dict)

    def of(self, terms: Terms) -> float | None:
        """The true value of a sum; None where some in it are nameless, or nothing is known of it."""
        value = 0.0
        for quantity, often in terms.items():
            if not is_named(quantity.who):
                total = self._total(quantity)
                if total is None:
                    return None
                value += often * total
                continue
            for member in quantity.who:
                own = self.sums.get((quantity.aspect, quantity.rows, quantity.period, member))
                if own is None and not self._is_known(quantity.rows, quantity.period, member):
                    return None
                value += often * (own or 0.0)
        return value

    def _total(self, quantity: Quantity) -> float | None:
        """The sum over as many members as count in all, whoever they are."""
        if not is_all(quantity.who):
            return None
        return self.totals.get((quantity.aspect, quantity.rows, quantity.period, size(quantity.who)))

    def _is_known(self, rows: Rows, period: str, member: str) -> bool:
        """Whether a member's rows were counted, so that a group without any is an empty one."""
        single = [column for column, values in rows.where if len(values) == 1]
        return any((rows.without(column), period, member) in self.known for column in single)


def truth_of(observations: pd.DataFrame, definitions: Definitions) -> Truth:
    """The members' true sums as their observations have them, and those of all of them together."""
    counted = observations[observations["status"].isin(["reported", "zero", "partial"])]
    sums: dict[Key, float] = {}
    for row in counted[counted["scope"] == "member"].itertuples():
        for aspect, rows, value in _sums(row, definitions):
            sums.setdefault((aspect, rows, row.network_year, row.member), value)
    totals: dict[tuple[str, Rows, str, int], float] = {}
    for row in counted[counted["scope"] == "network"].itertuples():
        for aspect, rows, value in _sums(row, definitions):
            totals.setdefault((aspect, rows, row.network_year, int(row.members_counted)), value)
    return Truth(sums, frozenset((rows, period, member) for _, rows, period, member in sums), totals)


def _sums(row: Any, definitions: Definitions) -> Iterator[tuple[str, Rows, float]]:
    """What an observation of an additive metric says: what is known, what is not, and of that the part above nought."""
    definition = definitions.of(row.metric)
    if definition.rows is None:
        return
    scale = UNITS[definition.unit].scale
    yield SUM, grouped(definition.rows, row.breakdown, row.group), row.numerator / scale
    if definition.unknown is not None and pd.notna(row.unknown):
        unknown = grouped(definition.unknown, row.breakdown, row.group)
        yield SUM, unknown, row.unknown / scale
        yield POSITIVE, unknown, (row.unknown - row.unknown_credits) / scale
