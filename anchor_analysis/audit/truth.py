"""The true sums, for what can only be judged by who knows them: a member's own figures, and levels of protection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import POSITIVE, SUM, Definitions, Rows, Terms, grouped
from anchor_analysis.declared.units import UNITS

Key = tuple[str, Rows, str, str]


@dataclass(frozen=True)
class Truth:
    """The true sums of each member, by what is summed, over which rows, in which year."""

    sums: Mapping[Key, float]
    known: frozenset[tuple[Rows, str, str]]

    def of(self, terms: Terms) -> float | None:
        """The true value of a sum; None where somebody in it is nameless, or nothing is known of it."""
        value = 0.0
        for quantity, often in terms.items():
            if not is_named(quantity.who):
                return None
            for member in quantity.who:
                own = self.sums.get((quantity.aspect, quantity.rows, quantity.period, member))
                if own is None and not self._is_known(quantity.rows, quantity.period, member):
                    return None
                value += often * (own or 0.0)
        return value

    def _is_known(self, rows: Rows, period: str, member: str) -> bool:
        """Whether a member's rows were counted, so that a group without any is an empty one."""
        single = [column for column, values in rows.where if len(values) == 1]
        return any((rows.without(column), period, member) in self.known for column in single)


def truth_of(observations: pd.DataFrame, definitions: Definitions) -> Truth:
    """The members' true sums as their observations have them."""
    members = observations[
        (observations["scope"] == "member") & observations["status"].isin(["reported", "zero", "partial"])
    ]
    sums: dict[Key, float] = {}
    for row in members.itertuples():
        definition = definitions.of(row.metric)
        if definition.rows is None:
            continue
        scale = UNITS[definition.unit].scale
        rows = grouped(definition.rows, row.breakdown, row.group)
        sums.setdefault((SUM, rows, row.network_year, row.member), row.numerator / scale)
        if definition.unknown is not None and pd.notna(row.unknown):
            unknown = grouped(definition.unknown, row.breakdown, row.group)
            sums.setdefault((SUM, unknown, row.network_year, row.member), row.unknown / scale)
            sums.setdefault(
                (POSITIVE, unknown, row.network_year, row.member), (row.unknown - row.unknown_credits) / scale
            )
    return Truth(sums, frozenset((rows, period, member) for _, rows, period, member in sums))
