"""Released totals of money at the prices of one year, from the figures that are shown and from public prices alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from anchor_analysis.declared import Network, TableDefinition
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.figures import Figure, rounded, withheld
from anchor_analysis.protect.rounding import words
from anchor_analysis.rounding import nearest, outward

Row = dict[str, Any]


def price_cells(network: Network, table: TableDefinition, findings: pd.DataFrame, cells: pd.DataFrame) -> Iterator[Row]:
    """The cells of a table of real terms, one for each cell of the network that the table which it is `of` shows.

    A figure is what is shown times the factor of its year, so that it tells nothing that this does not; what is
    withheld there is withheld here.
    """
    found = findings[(findings["kind"] == "real_terms") & findings["metric"].isin(table.metrics)]
    factors = {(row.metric, row.period): row for row in found.itertuples()}
    shown = cells[(cells["table"] == table.of) & (cells["item"] == "value") & (cells["member"] == "")]
    for cell in shown[shown["group"] == ""].to_dict("records"):
        finding = factors.get((cell["metric"], cell["period"]))
        if finding is None:
            continue
        profile = network.profile(network.catalogue.metric(cell["metric"]).protect)
        figure = _figure(cell, finding.quotient, profile)
        yield {name: cell[name] for name in _SAME} | {
            "table": table.id, "kind": table.kind, "since": "", "since_period": "", "item": "value",
            **figure.as_cell(), "source_id": finding.finding_id,
        }  # fmt: skip


_SAME = (
    "metric",
    "period",
    "panel",
    "member",
    "group",
    "unit",
    "note",
    "members_counted",
    "members_expected",
    "quality",
)


def _figure(cell: Row, factor: float, profile: Profile) -> Figure:
    if cell["status"] == "withheld":
        return withheld(profile, "withheld at the prices of its own year")
    if cell["status"] != "shown":
        return Figure(shown=cell["shown"], status=cell["status"], rule=cell["rule"])
    step = Fraction(profile.round_to) if profile.round_to else Fraction(1, UNITS[cell["unit"]].scale)
    real = {name: Fraction(str(cell[name])) * Fraction(factor) for name in ("value", "lower", "upper")}
    value = nearest(real["value"], step)
    least, most = outward(real["lower"], real["upper"], step)
    lower, upper = min(least, value), max(most, value)
    if cell["lower"] == cell["upper"]:  # nothing of it is unknown, at whichever prices
        lower = upper = value
    return Figure(float(value), float(lower), float(upper), words(float(value), cell["unit"], profile),
                  rule=rounded(profile, cell["unit"]), certain=False)  # fmt: skip
