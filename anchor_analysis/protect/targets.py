"""Released shares by category held against their targets.

Everything is worked out from the figures that are shown and from the target, which the network decided, so that it
gives away nothing that they do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from anchor_analysis.compare.targets import exact
from anchor_analysis.declared import Network, TableDefinition
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.figures import Figure, rounded, withheld
from anchor_analysis.protect.rounding import decimals_of, words
from anchor_analysis.rounding import nearest, outward

#: What is told of a category: its share, the target, the share less the target, and what is short of the target.
ITEMS = ("share", "target", "gap", "short")

Row = dict[str, Any]


def target_cells(
    network: Network, table: TableDefinition, findings: pd.DataFrame, cells: pd.DataFrame
) -> Iterator[Row]:
    """The cells of a table of targets, from those that the table which it is `of` shows."""
    found = findings[(findings["kind"] == "target") & findings["metric"].isin(table.metrics)]
    shown = cells[(cells["table"] == table.of) & (cells["item"] == "value") & (cells["member"] == "")]
    known = {(row["metric"], row["period"], row["group"]): row for row in shown.to_dict("records")}
    for finding in found.to_dict("records"):
        metric = network.catalogue.metric(finding["metric"])
        whole = network.catalogue.parts(metric)[1]
        share = known.get((metric.id, finding["period"], finding["group"]))
        total = known.get((whole.id, finding["period"], finding["group"])) if whole else None
        if not whole or share is None or total is None:
            continue
        profile = network.profile(metric.protect)
        figures = target_figures(share, total, float(finding["expected"]), whole.unit, profile)
        for item, figure in zip(ITEMS, figures, strict=True):
            yield {
                "table": table.id, "kind": table.kind, "metric": metric.id, "period": finding["period"], "since": "",
                "since_period": "", "panel": "all", "member": "", "group": finding["group"], "item": item,
                "unit": whole.unit if item == "short" else metric.unit, **figure.as_cell(), "note": "",
                "source_id": finding["finding_id"], "members_counted": share["members_counted"],
                "members_expected": share["members_expected"], "quality": share["quality"],
            }  # fmt: skip


def target_figures(share: Row, whole: Row, target: float, unit: str, profile: Profile) -> list[Figure]:
    """A figure for each of ITEMS; `share` and `whole` are cells of one category, the whole in `unit`."""
    told = _shown_share(share)
    set_ = Figure(target, target, target, words(target, "share", profile))
    if share["status"] == "withheld" or whole["status"] == "withheld":
        hidden = withheld(profile, "withheld by category")
        return [told, set_, hidden, hidden]
    if share["status"] != "shown" or whole["status"] != "shown":
        none = Figure(shown="not known", status="no_value", rule="no share to hold against it")
        return [told, set_, none, none]
    decimals = decimals_of("share", profile) + 2
    gap, lower, upper = (round(share[name] - target, decimals) for name in ("value", "lower", "upper"))
    apart = Figure(gap, lower, upper, words(gap, "share", profile, signed=True), rule="from shown figures")
    return [told, set_, apart, _short(share, whole, exact(target), unit, profile)]


def _shown_share(cell: Row) -> Figure:
    value, lower, upper = (float(cell[name]) for name in ("value", "lower", "upper"))
    return Figure(value, lower, upper, cell["shown"], cell["status"], cell["rule"], certain=False)


def _short(share: Row, whole: Row, target: Fraction, unit: str, profile: Profile) -> Figure:
    """What is missing to the target, of the whole: nought where it is met. Its bounds are those of the share."""
    step = Fraction(max(profile.round_to, 1)) if profile.round_to else Fraction(1, UNITS[unit].scale)
    amount = exact(whole["value"])
    missing, most, least = (
        max(Fraction(0), (target - exact(share[name])) * amount) for name in ("value", "lower", "upper")
    )
    value = nearest(missing, step)
    if share["lower"] == share["upper"]:
        least = most = value
    least, most = outward(least, most, step)
    ends = float(min(least, value)), float(max(most, value))
    shown = words(float(value), unit, profile)
    return Figure(float(value), *ends, shown, rule=rounded(profile, unit), certain=False)
