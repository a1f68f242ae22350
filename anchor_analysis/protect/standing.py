"""Protecting counts of members by level: a dimension's counts are shown together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network, NetworkYear, TableDefinition
from anchor_analysis.declared.frameworks import ended_dimensions
from anchor_analysis.protect.figures import Figure, rounded, small, withheld
from anchor_analysis.protect.restated import Released, are_few
from anchor_analysis.protect.rounding import round_amount, words

#: The findings that a kind of table shows.
FINDINGS = {"distribution": "distribution", "distance": "distance", "transitions": "transition"}

#: Why counts of members are withheld that keep their scores confidential.
RULE = "confidential to one member or a few"

_MEDIANS = ("lower_median", "upper_median")
_ENDED = "the series ends here: no later version of the framework carries this dimension"

Row = dict[str, Any]


def standing_cells(
    table: TableDefinition, metric: Metric, findings: pd.DataFrame, network: Network, year: NetworkYear
) -> Iterator[Row]:
    """The cells of a table of the kinds distribution, distance and transitions.

    Where a count of a dimension may not be shown, nothing of the dimension is: from the others it could be had. Of
    what members keep confidential, a count of fewer than the profile's contributors is not shown, nor that all stand
    at one level, which is each one's own.
    """
    found = findings[(findings["kind"] == FINDINGS[table.kind]) & (findings["metric"] == metric.id)]
    if table.periods == "latest":
        found = found[found["period"] == str(year)]
    ended = ended_dimensions(network.catalogue.frameworks)
    dimension = found["group"].str.split(":").str[0]
    for (_, since, name), own in found.groupby(["period", "since", dimension], sort=True):
        profile = network.profile(metric.protect)
        rule = _rule(own, metric, network) or _left_out(own, findings, metric, network)
        called = _called(table, since, year)
        for row in own.to_dict("records"):
            if pd.isna(row["part_numerator"]):
                continue
            value = round_amount(int(row["part_numerator"]), row["unit"], profile)
            if row["part"] in _MEDIANS:
                value = float(row["part_numerator"])
            shown = words(value, row["unit"], profile)
            figure = (
                withheld(profile, rule)
                if rule
                else Figure(value, value, value, shown, rule=rounded(profile, row["unit"]))
            )
            for since_name in called:
                yield {
                    "table": table.id, "kind": table.kind, "metric": metric.id, "period": row["period"],
                    "since": since_name, "since_period": since, "panel": row["panel"], "member": "",
                    "group": row["group"], "item": row["part"], "unit": row["unit"], **figure.as_cell(),
                    "note": _ENDED if name in ended and row["part"] == "level_1" else "",
                    "source_id": row["finding_id"], "members_counted": row["members"],
                    "members_expected": row["members_expected"], "quality": "rows",
                }  # fmt: skip


def moved_by_few(rows: list[Row], network: Network, released: Released) -> list[Row]:
    """The same rows, without the dimensions of which a release told otherwise and few members put theirs right."""
    then = released.cells[released.cells["kind"].isin(FINDINGS) & released.cells["status"].eq("shown")]
    told = dict(zip(zip(*(then[name] for name in _SAME), strict=True), then["shown"], strict=True))
    revised = {
        _dimension(row) for row in rows if told.get(tuple(row[name] for name in _SAME), row["shown"]) != row["shown"]
    }
    few = {place for place in revised if _by_few(place, network, released)}
    return [_hidden(row, network) if _dimension(row) in few else row for row in rows]


#: What a count of members is of, as a cell has it.
_SAME = ("table", "metric", "period", "since", "panel", "group", "item")


def _dimension(row: Row) -> tuple[str, str, str, str]:
    return row["metric"], row["period"], row["since_period"], str(row["group"]).split(":")[0]


def _by_few(place: tuple[str, str, str, str], network: Network, released: Released) -> bool:
    metric, years = network.catalogue.metric(place[0]), [year for year in place[1:3] if year]
    return are_few(network, metric, [(one, year, metric) for year in years for one in released.moved.get(year, ())])


def _hidden(row: Row, network: Network) -> Row:
    profile = network.profile(network.catalogue.metric(row["metric"]).protect)
    return row | withheld(profile, RULE).as_cell()


def _left_out(own: pd.DataFrame, findings: pd.DataFrame, metric: Metric, network: Network) -> str:
    """Why transitions may not be shown: a few members are in the levels of either year and not among them, or nothing.

    The levels of a year less those that members of both years have in it are those of who came or left.
    """
    if getattr(network.confidentiality, metric.protect) != "confidential" or own["kind"].iloc[0] != "transition":
        return ""
    levels = findings[(findings["kind"] == "distribution") & (findings["metric"] == metric.id)]
    levels = levels[levels["group"].str.split(":").str[0] == own["group"].iloc[0].split(":")[0]]
    least, both = network.profile(metric.protect).minimum_contributors, _members_in(own)
    for year in (own["period"].iloc[0], own["since"].iloc[0]):
        if 0 < _members_in(levels[levels["period"] == year]) - both < least:
            return RULE
    return ""


def _members_in(counts: pd.DataFrame) -> int:
    """How many members some counts by level are of."""
    return int(counts.loc[~counts["part"].isin(_MEDIANS), "part_numerator"].fillna(0).sum())


def _called(table: TableDefinition, since: str, year: NetworkYear) -> list[str]:
    """What a table calls the year compared with: `previous`, or `baseline` for the first that has scores."""
    if not since:
        return [""]
    return [name for name in table.since if (name == "previous") == (since == str(year.previous))]


def _rule(own: pd.DataFrame, metric: Metric, network: Network) -> str:
    """Why nothing of a dimension may be shown, or nothing."""
    profile = network.profile(metric.protect)
    counts = [int(count) for count in own.loc[~own["part"].isin(_MEDIANS), "part_numerator"].dropna()]
    if too_small := next((rule for count in counts if (rule := small(count, metric.unit, profile))), ""):
        return too_small
    if getattr(network.confidentiality, metric.protect) != "confidential":
        return ""
    few = any(0 < count < profile.minimum_contributors for count in counts)
    return RULE if few or sum(count > 0 for count in counts) < 2 else ""
