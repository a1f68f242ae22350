"""Charts of released cells: each states its finding in words, and is drawn only when it is asked for."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.released import Facts, Released, released
from anchor_analysis.problems import unknown

KINDS = ("trend", "like_for_like", "parts", "map", "benchmark", "conditions")

__all__ = ["KINDS", "Chart", "chart"]


def chart(cells: pd.DataFrame | Released, facts: Facts, kind: str, metric: str = "", since: str = "previous") -> Chart:
    """One chart of an edition.

    `trend`: a metric over the years. `like_for_like`: the change of every headline (or of one metric), all members
    beside the same members. `parts`: where a metric's change came from. `map`: a metric by ward, on its outlines or on
    tiles. `benchmark`: a metric by ward beside what the network's benchmark expects. `conditions`: those of the place.
    Where the edition has no figures for it, the chart has no picture and says what is missing.
    Raises UserError for a kind that is not there (AN005), or one that needs a metric and got none (AN004).
    """
    known = released(cells, facts)
    if kind not in KINDS:
        raise unknown("AN005", "chart", kind, KINDS)
    if not metric and kind not in ("like_for_like", "conditions"):
        raise unknown("AN004", "metric", metric, facts["definitions"])
    # seaborn takes a second to import: only whoever draws pays for it.
    if kind == "trend":
        from anchor_analysis.present.charts.trend import trend

        return trend(known, metric, since)
    if kind == "map":
        from anchor_analysis.present.charts.wards import ward_map

        return ward_map(known, metric)
    if kind == "benchmark":
        from anchor_analysis.present.charts.benchmark import benchmark

        return benchmark(known, metric)
    if kind == "conditions":
        from anchor_analysis.present.charts.conditions import conditions

        return conditions(facts)
    if kind == "parts":
        from anchor_analysis.present.charts.waterfall import parts

        return parts(known, metric, since)
    from anchor_analysis.present.charts.changes import like_for_like

    return like_for_like(known, metric, since)
