"""Ratios by group, beside the parts that they are made of: what is withheld of a part is not told by its ratio."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.declared import Metric, Network
from anchor_analysis.protect.figures import ALL_BUT

#: Why a ratio of a group is withheld of which a part is, or of which the other groups would tell it.
PART = "a part of it is withheld"
LEFT_OVER = "would give away a withheld cell"

#: Why a numerator is withheld whose share is.
OF_SHARE = "would give away a withheld share"


def withhold_parts(cells: pd.DataFrame, network: Network) -> pd.DataFrame:
    """The cells, with the numerator of every group withheld whose share is for what is left of its whole.

    This could be had from the numerator beside the whole, or from its bounds, which end where all the unknown is in it.
    """
    cells = cells.copy()
    by = cells["table"].map({table.id: table.breakdown for table in network.catalogue.tables.values()}).fillna("")
    hidden = cells[(cells["status"] == "withheld") & (cells["kind"] == "levels") & (by != "") & (cells["group"] != "")]
    hidden = hidden[hidden["rule"].str.startswith(ALL_BUT)]
    for metric in (metric for metric in network.catalogue.metrics.values() if metric.unit == "share"):
        top = network.catalogue.parts(metric)[0]
        about = cells[(cells["metric"] == top.id) & (cells["kind"] == "levels") & (cells["status"] == "shown")]
        for cell in hidden[hidden["metric"] == metric.id].itertuples():
            same = (about["period"] == cell.period) & (about["group"] == cell.group) & (about["member"] == cell.member)
            chosen = about.index[same & (by[about.index] == by[cell.Index])]
            cells = _mark(cells, chosen, OF_SHARE, top, network)
    return cells


def withhold_ratios(cells: pd.DataFrame, network: Network) -> pd.DataFrame:
    """The cells, with every ratio of a group withheld of which the numerator or the denominator is.

    From a ratio and the one part the other could be had, and from all groups but one and the whole the last. So where
    a single group is withheld, the next smallest is withheld with it.
    """
    cells = cells.copy()
    breakdowns = {table.id: table.breakdown for table in network.catalogue.tables.values()}
    by = cells["table"].map(breakdowns).fillna("")
    for metric in (metric for metric in network.catalogue.metrics.values() if metric.kind == "ratio"):
        about = cells[(cells["metric"] == metric.id) & (cells["kind"] == "levels") & (by != "")]
        for (table, _), own in about.groupby(["table", "period"], sort=True):
            hidden = cells[(by == breakdowns[str(table)]) & (cells["status"] == "withheld")]
            cells = _withheld(cells, own, hidden, metric, network)
    return cells


def _withheld(
    cells: pd.DataFrame, own: pd.DataFrame, hidden: pd.DataFrame, metric: Metric, network: Network
) -> pd.DataFrame:
    names = [part.id for part in network.catalogue.parts(metric) if part]
    groups = hidden[hidden["metric"].isin(names) & (hidden["period"] == own["period"].iloc[0])]["group"]
    shown = own[(own["status"] == "shown") & (own["group"] != "")]
    of_parts = shown.index[shown["group"].isin(set(groups) - {""})]
    cells = _mark(cells, of_parts, PART, metric, network)
    is_hidden = (own["status"] == "withheld") | own.index.isin(of_parts)
    left = shown.drop(of_parts).dropna(subset=["size"]).sort_values(["size", "cell_id"]).index
    if (is_hidden & (own["group"] != "")).sum() == 1 and len(left):
        cells = _mark(cells, left[:1], LEFT_OVER, metric, network)
    return cells


def _mark(cells: pd.DataFrame, chosen: pd.Index, rule: str, metric: Metric, network: Network) -> pd.DataFrame:
    cells.loc[chosen, ["value", "lower", "upper"]] = float("nan")
    cells.loc[chosen, ["shown", "status", "rule"]] = [network.profile(metric.protect).withheld, "withheld", rule]
    return cells
