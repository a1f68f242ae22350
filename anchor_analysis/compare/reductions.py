"""How much less there was than in a baseline year: in the latest year, and over all years since together.

Reductions of 10, 20, 30 and 40 against a baseline are 40 point to point and 100 cumulative. Both are true, and neither
is told without the other. Point to point: E(base) - E(year). Cumulative: the sum over every year after the base of
E(base) - E(that year). Both count the same members: those that reported the whole of every year from the base on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network, NetworkYear
from anchor_analysis.declared.years import years_between
from anchor_analysis.measure.observing import NOT_EXPECTED

#: The two figures, never one without the other.
POINT_TO_POINT, CUMULATIVE = "point_to_point", "cumulative"

_WHOLE = ("reported", "zero")


def reductions(network: Network, observations: pd.DataFrame, year: NetworkYear) -> list[dict[str, Any]]:
    """Two findings (`kind` reduction, `part` as above) for each metric that a table of reductions names.

    `value` is how much less, below zero where it was more; `from_numerator` and `to_numerator` are the totals of the
    base and of the year. Nothing for a year that is not after the base, and where no member reported every year.
    """
    since = network.estate_baseline
    tables = [table for table in network.catalogue.tables.values() if table.kind == "reductions"]
    names = list(dict.fromkeys(name for table in tables for name in table.metrics))
    if since >= year:
        return []
    metrics = [network.catalogue.metric(name) for name in names if name in set(observations["metric"])]
    return [row for metric in metrics for row in _of_metric(observations, metric, since, year)]


def _of_metric(
    observations: pd.DataFrame, metric: Metric, since: NetworkYear, year: NetworkYear
) -> Iterator[dict[str, Any]]:
    years = [str(one) for one in years_between(since, year)]
    own = observations[(observations["metric"] == metric.id) & (observations["breakdown"] == "")]
    members = own[(own["scope"] == "member") & own["network_year"].isin(years)]
    whole = members[members["status"].isin(_WHOLE)].groupby("member")["network_year"].nunique() == len(years)
    kept = members[members["member"].isin(whole.index[whole])]
    latest = members[members["network_year"] == str(year)]
    if kept.empty:
        return
    totals = kept.groupby("network_year")["numerator"].sum()
    base, count = int(totals[str(since)]), int(whole.sum())
    less = [base - int(totals[name]) for name in years[1:]]
    expected = int((~latest["status"].isin(NOT_EXPECTED)).sum())
    for part, number in ((POINT_TO_POINT, less[-1]), (CUMULATIVE, sum(less))):
        yield {
            "finding_id": f"{metric.id}:{since.folder}..{year.folder}:like_for_like:{part}",
            "kind": "reduction", "metric": metric.id, "period": str(year), "since": str(since),
            "panel": "like_for_like", "part": part, "unit": metric.unit, "audience": "public",
            "from_numerator": base, "to_numerator": int(totals[str(year)]), "part_numerator": number,
            "value": number / metric.scale.scale, "members": count, "members_from": count, "members_to": count,
            "members_expected": expected, "left_out": int(latest["member"].nunique()) - count,
            "told": int(kept["told"].sum()), "observation_ids": " ".join(sorted(kept["observation_id"])),
        }  # fmt: skip
