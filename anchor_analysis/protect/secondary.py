"""Withholding a second cell where a single withheld one could be had from its total."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.declared.units import NOT_ADDITIVE

RULE = "would give away a withheld cell"


def withhold_seconds(cells: pd.DataFrame, network: Network) -> pd.DataFrame:
    """The cells with a second one withheld in every line of which the total is shown and one cell is not.

    A line is a metric and year of a table with margins. The second cell is the smallest that is shown; of
    equals, the first by id. Only metrics that add up have lines.
    """
    cells = cells.copy()
    tables = [table.id for table in network.catalogue.tables.values() if table.margins]
    lined = cells["table"].isin(tables) & ~cells["unit"].isin(NOT_ADDITIVE)
    for _, line in cells[lined].groupby(["table", "metric", "period"], sort=True):
        second = _second(line)
        if second is not None:
            mark = network.profile(network.catalogue.metric(line["metric"].iloc[0]).protect).withheld
            cells.loc[second, ["value", "lower", "upper"]] = float("nan")
            cells.loc[second, ["shown", "status", "rule"]] = [mark, "withheld", RULE]
    return cells


def _second(line: pd.DataFrame) -> object | None:
    whole = line[(line["member"] == "") & (line["group"] == "")]
    parts = line.drop(whole.index)
    hidden = parts["status"] == "withheld"
    if not (whole["status"] == "shown").any() or hidden.sum() != 1:
        return None
    shown = parts[(parts["status"] == "shown") & parts["size"].notna()]
    order = shown.sort_values(["size", "cell_id"])
    return order.index[0] if len(order) else None
