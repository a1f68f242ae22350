"""A metric over the years: of all members, of those that reported every year, and chained like for like."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import pandas as pd

from anchor_analysis.compare.breaks import breaks_between, changed_coverage
from anchor_analysis.compare.cases import Case
from anchor_analysis.compare.changes import changes_of, levels_of
from anchor_analysis.compare.members import End, members_by_year, same_basis, total_of
from anchor_analysis.declared import Metric, Network, NetworkYear, load_catalogue, parse_year
from anchor_analysis.declared.years import years_between
from anchor_analysis.measure.observing import NOT_EXPECTED
from anchor_analysis.problems import Problem, UserError, unknown

PANELS = ["all", "balanced", "chained"]

SERIES_COLUMNS = [
    "metric", "period", "panel", "value", "lower", "upper", "change", "index", "index_lower", "index_upper",
    "members", "members_expected", "left_out", "told", "reason", "unit",
]  # fmt: skip


def series(
    observations: pd.DataFrame,
    metric: str,
    panel: str = "all",
    since: str | None = None,
    period: str | None = None,
    network: Network | None = None,
) -> pd.DataFrame:
    """A metric in every year from `since` (the first that was measured) to `period` (the last).

    One row per year; columns as SERIES_COLUMNS. `panel` says of whom:

    - `all`: whoever reported the year. It moves when members come and go.
    - `balanced`: those that reported the whole of every year of the window, the same thing throughout, so it is one
      group; `left_out` counts who reported some of the years.
    - `chained`: each year is joined to the one before by the members that reported the whole of both. It uses every
      member in all the years it has, and has no level of its own: `value` is missing.

    `value`, `lower` and `upper` are in the metric's unit. `change` is since the first year, and for a share in points
    from 0 to 1: of a chained one the changes of all links summed. `index` puts the first year at 100, of a chained one
    by the product of all links; a share has none, nor has a series whose first year is not above zero. The bounds of a
    chained index take each link at its least and at its most, and so widen with every year.

    `reason` says why a year cannot be held against the first, and then neither `change` nor `index` is there: nobody
    reported one of the two, or a part of it alone, there is a break between them, a link has no members. From there on
    a chained series has nothing; nothing is joined across a gap.

    Raises UserError for an unknown metric (AN004), year (AN003) or panel (AN005), and for observations that were placed
    by different reference files (AN039).
    """
    catalogue = network.catalogue if network else load_catalogue()
    declared = catalogue.metric(metric)
    if panel not in PANELS:
        raise unknown("AN005", "panel", panel, PANELS)
    years = _window(observations, metric, since, period)
    if panel == "chained":
        rows = _chained(observations, declared, years, network)
    else:
        rows = _levels(observations, declared, years, panel, network)
    frame = pd.DataFrame(rows).assign(metric=metric, panel=panel, unit=declared.unit)
    return _typed(frame.reindex(columns=SERIES_COLUMNS))


def _window(observations: pd.DataFrame, metric: str, since: str | None, period: str | None) -> list[NetworkYear]:
    measured = sorted(map(parse_year, observations.loc[observations["metric"] == metric, "network_year"].unique()))
    asked = [parse_year(year) for year in (since, period) if year]
    if not measured or any(year not in measured for year in asked):
        what = f"{metric} was measured for {', '.join(map(str, measured)) or 'no year'}."
        raise UserError(Problem("AN003", "year", what, "Choose a year that was measured."))
    first, last = parse_year(since) if since else measured[0], parse_year(period) if period else measured[-1]
    if first >= last:
        raise UserError(
            Problem("AN003", "year", f"{first} does not come before {last}.", "Name the earlier one as `since`.")
        )
    return years_between(first, last)


def _levels(
    observations: pd.DataFrame, metric: Metric, years: list[NetworkYear], panel: str, network: Network | None
) -> list[dict[str, Any]]:
    """The sums over members, year by year, and what they are beside the first year's."""
    catalogue = network.catalogue if network else load_catalogue()
    reported = members_by_year(observations, [metric.id])
    own = [reported.get((metric.id, str(year)), {}) for year in years]
    same_basis((end.basis for ends in own for end in ends.values()), f"{metric.id}, {years[0]} to {years[-1]}")
    counted = [{name: end for name, end in ends.items() if end.counts} for ends in own]
    kept = counted
    changed = [changed_coverage(network, metric, years[0], year) for year in years]
    if panel == "balanced":
        full = [{name for name, end in ends.items() if end.status != "partial"} - {*changed[-1]} for ends in counted]
        kept = [{name: ends[name] for name in ends if name in set.intersection(*full)} for ends in counted]
    levels = levels_of([total_of(metric, ends.values(), catalogue) for ends in kept])
    short = [_short(year, ends.values()) for year, ends in zip(years, kept, strict=True)]
    rows = []
    for at, (year, level) in enumerate(zip(years, levels, strict=True)):
        why = [*short[0], *short[at], *breaks_between(metric, catalogue, years[0], year)]
        why += [f"a member counts otherwise: {said}" for name, said in changed[at].items() if name in kept[at]]
        reason = "; ".join(dict.fromkeys(why))
        row = {end: level[end] for end in ("value", "lower", "upper", "told")}
        rows.append(row | ({} if reason else _against(row, levels[0], metric)) | {
            "period": str(year), "members": len(kept[at]), "left_out": len(counted[at]) - len(kept[at]),
            "members_expected": sum(end.status not in NOT_EXPECTED for end in own[at].values()), "reason": reason,
        })  # fmt: skip
    return rows


def _against(row: dict[str, Any], first: dict[str, Any], metric: Metric) -> dict[str, Any]:
    """What a year is beside the first: the difference, and where it is no share the index."""
    base = first["value"]
    found = {"change": row["value"] - base}
    if metric.unit == "share" or pd.isna(base) or base <= 0:
        return found
    return found | {
        "index": row["value"] / base * 100,
        "index_lower": row["lower"] / first["upper"] * 100,
        "index_upper": row["upper"] / first["lower"] * 100 if first["lower"] > 0 else pd.NA,
    }


def _short(year: NetworkYear, ends: Collection[End]) -> list[str]:
    """Why a year is not the whole of what it counts, if so."""
    if not ends:
        return [f"no member reported {year}"]
    return [f"a member reported only part of {year}"] if any(end.status == "partial" for end in ends) else []


def _chained(
    observations: pd.DataFrame, metric: Metric, years: list[NetworkYear], network: Network | None
) -> list[dict[str, Any]]:
    """The links between each year and the next, joined from the first year on."""
    cases = [Case(metric, before, after, "like_for_like") for before, after in pairwise(years)]
    links = changes_of(observations, cases, network).to_dict("records")
    share = metric.unit == "share"
    at = {"change": 0.0} | ({} if share else {"index": 100.0, "index_lower": 100.0, "index_upper": 100.0})
    rows: list[dict[str, Any]] = [at | {"period": str(years[0]), "members": pd.NA, "reason": ""}]
    for year, link in zip(years[1:], links, strict=True):
        why = rows[-1]["reason"] or (link["reason"] if link["verdict"] == "not comparable" else "")
        if not why and (pd.isna(link["value"]) or not (share or _above_zero(link))):
            why = "there is nothing to join the year to the one before by"
        if not why:
            at = {"change": at["change"] + link["value"]} if share else _joined(at, link)
        rows.append((at if not why else {}) | {
            "period": str(year), "members": link["members"], "members_expected": link["members_expected"],
            "left_out": link["left_out"], "told": link["told"], "reason": why,
        })  # fmt: skip
    return rows


def _above_zero(link: dict[str, Any]) -> bool:
    return all(link[f"from_{name}"] > 0 for name in ("value", "lower", "upper"))


def _joined(at: dict[str, Any], link: dict[str, Any]) -> dict[str, Any]:
    """An index carried on by a link: its value by the ratio, its bounds by the least and the most it can be."""
    return {
        "index": at["index"] * link["to_value"] / link["from_value"],
        "index_lower": at["index_lower"] * link["to_lower"] / link["from_upper"],
        "index_upper": at["index_upper"] * link["to_upper"] / link["from_lower"],
    }


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    whole = ["members", "members_expected", "left_out", "told"]
    numbers = ["value", "lower", "upper", "change", "index", "index_lower", "index_upper"]
    return frame.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(numbers, "Float64"))
