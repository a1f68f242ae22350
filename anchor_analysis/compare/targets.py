"""How far the local share of each category of spend is from its target, and how many pounds that is.

The network says in categories.toml which share of a category it wants to buy from suppliers based in the area. A target
is of all that is bought in the category, so that what cannot be placed makes the bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network, NetworkYear
from anchor_analysis.rounding import nearest

#: By what the shares are broken down that have a target.
BY = "spend_category"


def exact(share: float) -> Fraction:
    """A share as it was written: 0.55 is 11/20, and no binary fraction near it."""
    return Fraction(str(share))


def against_targets(network: Network, observations: pd.DataFrame, year: NetworkYear) -> Iterator[dict[str, Any]]:
    """One finding (`kind` target) for each category with a target, of every share that a table of targets names.

    `expected` is the target and `value` the share less the target, below zero where it is missed, with the bounds of
    the share: all that cannot be placed put elsewhere, or here. `part_numerator` is what is short of the target, in the
    smallest unit, if the unknown resemble the known: (target - share) times the whole of the category, rounded half up,
    and nought where the target is met. `to_numerator`, `to_denominator` and `to_unknown` are those of the share, whose
    denominator is what is known of the whole. Nothing for a category without an observation of the network in the
    year; where nothing is known of the share, `value` and `part_numerator` are missing.
    """
    tables = [table for table in network.catalogue.tables.values() if table.kind == "targets"]
    for name in dict.fromkeys(name for table in tables for name in table.metrics):
        metric = network.catalogue.metric(name)
        found = observations[
            (observations["metric"] == name) & (observations["network_year"] == str(year))
            & (observations["scope"] == "network") & (observations["breakdown"] == BY)
        ]  # fmt: skip
        rows = {row["group"]: row for row in found.to_dict("records")}
        for category in network.categories:
            if category.local_share is not None and category.id in rows:
                yield _finding(metric, rows[category.id], category.local_share, year)


def _finding(metric: Metric, row: dict[str, Any], target: float, year: NetworkYear) -> dict[str, Any]:
    finding = {
        "finding_id": f"{metric.id}:{year.folder}:target:{row['group']}", "kind": "target", "metric": metric.id,
        "period": str(year), "panel": "all", "group": row["group"], "unit": metric.unit, "audience": "public",
        "expected": target, "to_numerator": row["numerator"], "to_denominator": row["denominator"],
        "to_unknown": row["unknown"], "members": row["members_counted"], "members_expected": row["members_expected"],
        "told": row["told"], "observation_ids": row["observation_id"],
    }  # fmt: skip
    ends = {name: row[name] - target for name in ("value", "lower", "upper") if not pd.isna(row[name])}
    return finding | ends | ({"part_numerator": _short(row, exact(target))} if "value" in ends else {})


def _short(row: dict[str, Any], target: Fraction) -> int:
    """What the category is short of its target, as a whole number of the smallest unit."""
    known, whole = int(row["denominator"]), int(row["denominator"]) + int(row["unknown"])
    missing = (target - Fraction(int(row["numerator"]), known)) * whole
    return int(nearest(max(Fraction(0), missing), Fraction(1)))
