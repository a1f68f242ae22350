"""From exact sums to observations: statuses, bounds, quality, and totals over members.

An observation is a member's, or the network's, figure for a metric in a year, whole or of one group of a
breakdown. Totals are sums of the members' exact whole numbers, never of shown values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from anchor_analysis.declared import Catalogue, Metric, Network, NetworkYear
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.declared.units import UNITS
from anchor_analysis.measure.annualised import raised
from anchor_analysis.measure.basis import basis_of, made_from

OBSERVATION_COLUMNS = [
    "observation_id", "network", "scope", "member", "network_year", "period_start", "period_end", "metric",
    "breakdown", "group", "numerator", "denominator", "unknown", "unknown_credits", "told",
    "value", "lower", "upper", "status", "quality", "unit", "members_counted", "members_expected", "definition_version",
    "basis",
]  # fmt: skip

#: Statuses whose figures are in a total.
COUNTED = ("reported", "zero", "partial")

#: Statuses of members who could not have been in a total.
NOT_EXPECTED = ("not_applicable", "not_yet_member", "left", "merged")

#: What a member that told only a total is in a breakdown.
NOT_BROKEN_DOWN = "not_broken_down"

#: Columns of wards, all of which are told, also those in which there is nothing.
OF_WARDS = ("home_ward", "ward_in_area")

KEY = ["member", "network_year", "metric"]

#: The whole numbers of an observation that add up over members.
AMOUNTS = ["numerator", "denominator", "unknown", "unknown_credits", "told"]


@dataclass(frozen=True)
class Measured:
    """What the engine summed: totals, breakdowns by column, figures as told, months with a payment."""

    totals: pd.DataFrame
    breakdowns: dict[str, pd.DataFrame]
    told: pd.DataFrame
    months: pd.DataFrame
    basis: str
    years: Sequence[NetworkYear] = field(default_factory=list)


def measure(network: Network, measured: Measured) -> pd.DataFrame:
    """All observations of a network, sorted by id.

    Columns as OBSERVATION_COLUMNS: `numerator`, `denominator` (of what is known), `unknown`, `unknown_credits`
    (what of the unknown is below zero: credit notes), `told` (the part of the numerator that is figures as told)
    are whole numbers of the metric's smallest unit (persons, 1/100,000 FTE, pence); `value, lower, upper` are in
    the unit itself, a share from 0 to 1. `value` is missing where nothing was reported, where nothing but the
    unknown is there, or where a denominator is not above zero.
    """
    grid = _status_grid(network, measured)
    additive = _with_network(_additive(grid), network)
    broken = _broken_down(grid, measured.breakdowns, network)
    parts = [additive, *broken.values()]
    ratios = [metric for metric in offered_metrics(network) if metric.kind == "ratio"]
    whole = _ratios(additive[additive["scope"] == "member"], ratios, network.catalogue)
    parts.append(_with_network(whole, network))
    for by in broken:
        own = [metric for metric in ratios if by in network.catalogue.breakdowns(metric)]
        if own:
            parts.append(_ratios_broken_down(whole, broken[by], by, own, network))
    return _finished(pd.concat(parts, ignore_index=True), network, measured.basis)


def offered_metrics(network: Network) -> list[Metric]:
    """The current metrics of a lever that some member has, for which the network names what they need."""
    levers = {lever for member in network.members for lever in member.levers}
    catalogue = network.catalogue
    return [
        metric
        for metric in catalogue.metrics.values()
        if metric.status == "current" and metric.lever in levers and made_from(catalogue, metric) <= network.made_from
    ]


def _status_grid(network: Network, measured: Measured) -> pd.DataFrame:
    """One row per member, year and additive metric, with its exact sums and its status."""
    grid = _expected(network, measured.years).merge(measured.totals.drop(columns="group"), on=KEY, how="left")
    grid = grid.merge(measured.told, on=KEY, how="left")
    grid = grid.merge(measured.months, on=["member", "network_year"], how="left")
    told = grid["rows_told"] if "rows_told" in grid else pd.Series(pd.NA, grid.index)
    grid = grid.assign(rows_told=told.astype("Int64"), rows=grid["rows"].astype("Int64"))
    from_rows = grid["rows"].notna() & (grid["rows_told"].isna() | (grid["rows_told"] > 0)).astype(bool)
    grid["status"] = _status(grid, from_rows)
    counted = grid["status"].isin(COUNTED)
    for name in ("numerator", "unknown"):
        grid[name] = grid[name].where(from_rows, grid[f"told_{name}"]).where(counted).astype("Int64")
    grid["unknown"] = grid["unknown"].fillna(0).where(counted)
    credits = grid["unknown_credits"].where(from_rows, grid["unknown"].clip(upper=0))
    grid["unknown_credits"] = credits.astype("Int64").where(counted)
    grid["told"] = grid["numerator"].where(~from_rows, 0).where(counted)
    grid["quality"] = np.where(from_rows, "rows", "reported_total")
    return raised(grid)


def _expected(network: Network, years: Sequence[NetworkYear]) -> pd.DataFrame:
    rows = []
    metrics = [metric for metric in offered_metrics(network) if metric.kind == "additive"]
    for member in network.members:
        for year in years:
            standing, period = network.standing(member, year), network.period_of(year, member)
            for metric in metrics:
                note = network.decided(member.id, year, str(metric.table))
                lever = "" if metric.lever in member.levers else "not_applicable"
                rows.append(
                    (member.id, str(year), metric.id, metric.table, period.start, period.end, standing, lever,
                     note.status if note else "", note.months if note and metric.timing == "year" else pd.NA)
                )  # fmt: skip
    columns = [*KEY, "table", "period_start", "period_end", "standing", "lever_status", "decided", "months_told"]
    return pd.DataFrame(rows, columns=columns).astype({"months_told": "Int64"})


def _status(grid: pd.DataFrame, from_rows: pd.Series) -> pd.Series:
    """The first that applies: no member, not its lever, decided by people, not sent, partial, zero, reported."""
    told = grid["told_numerator"].notna()
    short = from_rows & (grid["table"] == "ledger") & (grid["months"] < 12)
    short |= from_rows & (grid["rows_told"] < grid["rows"]).fillna(False).astype(bool)
    short &= grid["decided"] != "complete"
    value = grid["numerator"].where(from_rows, grid["told_numerator"])
    unknown = grid["unknown"].where(from_rows, grid["told_unknown"]).fillna(0)
    choices = [
        (grid["standing"] != "member", grid["standing"]),
        (grid["lever_status"] != "", grid["lever_status"]),
        (grid["decided"].isin(["missing", "refused", "not_applicable"]), grid["decided"]),
        (~from_rows & ~told, "missing"),
        (short.fillna(False) | (grid["decided"] == "partial"), "partial"),
        (((value == 0) & (unknown == 0) & (grid["unknown_credits"].fillna(0) == 0)).fillna(False), "zero"),
    ]
    return _first(choices, "reported", grid.index)


def _first(choices: list[tuple[pd.Series, pd.Series | str]], otherwise: str, index: pd.Index) -> pd.Series:
    result = pd.Series(otherwise, index=index, dtype="str")
    for condition, value in reversed(choices):
        result = result.mask(condition.astype(bool), value)
    return result


def _additive(grid: pd.DataFrame) -> pd.DataFrame:
    columns = [*KEY, "period_start", "period_end", "status", "quality"]
    columns += [name for name in AMOUNTS if name != "denominator"]
    denominator = pd.array([pd.NA] * len(grid), "Int64")
    return grid[columns].assign(scope="member", breakdown="", group="", denominator=denominator)


def _with_network(members: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Members' rows, and one row of scope `network` for each year, metric and group."""
    by = ["network_year", "metric", "breakdown", "group"]
    flags = members.assign(
        counted=members["status"].isin(COUNTED),
        expected=~members["status"].isin(NOT_EXPECTED),
        partial=members["status"] == "partial",
        estimated=members["quality"] == "estimated",
    )
    grouped = flags.groupby(by, as_index=False, sort=True)
    total = grouped.agg(
        **{name: (name, "sum") for name in AMOUNTS if name != "denominator"},
        counted=("counted", "sum"), expected=("expected", "sum"), partial=("partial", "any"),
        estimated=("estimated", "any"),
    )  # fmt: skip
    denominators = grouped["denominator"].sum(min_count=1)["denominator"]  # none where no member has one
    total = total.assign(scope="network", member="", denominator=denominators.astype("Int64"))
    total["status"] = _total_status(total)
    total["quality"] = np.select(
        [total["estimated"], total["told"] == 0, total["told"] == total["numerator"]],
        ["estimated", "rows", "reported_total"], "mixed",
    )  # fmt: skip
    none = total["counted"] == 0
    for name in AMOUNTS:
        total[name] = total[name].astype("Int64").mask(none)
    periods = {str(year): network.period_of(year) for year in network.all_years()}
    total["period_start"] = total["network_year"].map(lambda year: periods[year].start)
    total["period_end"] = total["network_year"].map(lambda year: periods[year].end)
    flags, total = (frame.drop(columns=["partial", "estimated"]) for frame in (flags, total))
    return pd.concat([flags, total], ignore_index=True)


def _total_status(total: pd.DataFrame) -> pd.Series:
    choices = [
        (total["expected"] == 0, "not_applicable"),
        (total["counted"] == 0, "missing"),
        (total["partial"], "partial"),
        ((total["numerator"] == 0) & (total["unknown"] == 0) & (total["unknown_credits"] == 0), "zero"),
    ]
    return _first(choices, "reported", total.index)


def _broken_down(grid: pd.DataFrame, sums: dict[str, pd.DataFrame], network: Network) -> dict[str, pd.DataFrame]:
    """Observations by group, of each breakdown; members that told only a total stand in a group of their own."""
    if not sums:
        return {}
    every = pd.concat([found.assign(breakdown=by) for by, found in sums.items()], ignore_index=True)
    every = every[every["group"].notna() | (every[["numerator", "unknown"]] != 0).any(axis=1)]  # that nothing counts
    about = grid[grid["status"].isin(COUNTED)].drop(
        columns=["numerator", "unknown", "unknown_credits", "rows", "rows_told"]
    )
    about = about.merge(every[["metric", "breakdown"]].drop_duplicates(), on="metric")
    rows = about[about["from_rows"]].merge(every.drop(columns="rows"), on=[*KEY, "breakdown"]).assign(told=0)
    rest = about[about["quality"] != "rows"]
    rest = rest.assign(
        group=rest["breakdown"].map(_not_broken_down), numerator=rest["rest"], unknown=0, unknown_credits=0
    )
    both = pd.concat([rows, rest], ignore_index=True)
    both["status"] = both["status"].replace("zero", "reported")
    members = _additive(both).assign(breakdown=both["breakdown"], group=both["group"])
    total = _full_counts(_with_network(members, network), grid)
    return {by: _with_empty_groups(total[total["breakdown"] == by], by, network) for by in sums}


def _not_broken_down(breakdown: str) -> str:
    """The group of who told only a total."""
    return BOTH.join([NOT_BROKEN_DOWN] * (breakdown.count(BOTH) + 1))


def _full_counts(total: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """A group's total counts every member that was asked, not only those that have rows in the group."""
    asked = grid.assign(counted=grid["status"].isin(COUNTED), expected=~grid["status"].isin(NOT_EXPECTED))
    whole = asked.groupby(["network_year", "metric"])[["counted", "expected"]].sum()
    of_network = total["scope"] == "network"
    keys = pd.MultiIndex.from_frame(total.loc[of_network, ["network_year", "metric"]])
    for name in ("counted", "expected"):
        total[name] = total[name].astype("Int64")
        total.loc[of_network, name] = whole[name].reindex(keys).astype("Int64").to_numpy()
    return total


def _with_empty_groups(total: pd.DataFrame, breakdown: str, network: Network) -> pd.DataFrame:
    """A ward where nobody lives, or two groups that have nobody in common, are a zero of the network and no gap."""
    of_network = total[total["scope"] == "network"]
    groups = _every_group(of_network["group"], breakdown, network)
    if not groups or total.empty:
        return total
    columns = [
        "network_year",
        "metric",
        "breakdown",
        "period_start",
        "period_end",
        "counted",
        "expected",
        "scope",
        "member",
    ]
    cases = of_network[columns].drop_duplicates(["network_year", "metric"])
    every = cases.merge(pd.DataFrame({"group": groups}), how="cross")
    there = pd.MultiIndex.from_frame(of_network[["network_year", "metric", "group"]])
    empty = every[~pd.MultiIndex.from_frame(every[["network_year", "metric", "group"]]).isin(there)]
    zeros = empty.assign(numerator=0, unknown=0, unknown_credits=0, told=0, status="zero", quality="rows")
    return pd.concat([total, zeros], ignore_index=True) if len(zeros) else total


def _every_group(found: pd.Series, breakdown: str, network: Network) -> list[str]:
    """The groups of a breakdown that are all to be told, if only some were found."""
    wards = sorted(network.ward_set.wards) if network.ward_set else []
    if BOTH in breakdown:
        pairs = [group.split(BOTH) for group in found.unique() if NOT_BROKEN_DOWN not in group]
        names = zip(breakdown.split(BOTH), zip(*pairs, strict=True), strict=True) if pairs else []
        firsts, seconds = (sorted({*groups, *(wards if name in OF_WARDS else [])}) for name, groups in names)
        return [BOTH.join([first, second]) for first in firsts for second in seconds]
    return wards if breakdown in OF_WARDS else []


def _ratios(additive: pd.DataFrame, metrics: Sequence[Metric], catalogue: Catalogue) -> pd.DataFrame:
    """Of each ratio, by member, its numerator over what of its denominator is known; the weaker status of the two.

    The network's share is then made of the members that have both, never of two totals over different members.
    """
    parts = [(metric, *catalogue.parts(metric)) for metric in metrics]
    asked = [(metric.id, metric.unit == "share", top.id, bottom.id) for metric, top, bottom in parts if bottom]
    made = pd.DataFrame(asked, columns=["ratio", "is_share", "metric", "metric_whole"]).astype({"is_share": bool})
    keys = ["scope", "member", "network_year", "group", "metric"]
    whole = additive[[*keys, "numerator", "status", "quality"]]
    keys_whole = [*keys[:-1], "metric_whole"]
    whole = whole.set_axis([*keys_whole, "numerator_whole", "status_whole", "quality_whole"], axis="columns")
    frame = additive.merge(made, on="metric").merge(whole, on=keys_whole)
    frame["denominator"] = frame["numerator_whole"] - frame["unknown"].where(frame["is_share"], 0)
    strong = frame["status"].isin(["reported", "zero"])
    frame["status"] = frame["status"].where(~strong, frame["status_whole"])
    none = ~frame["status"].isin(COUNTED)
    for name in AMOUNTS:
        frame[name] = frame[name].mask(none)
    frame["quality"] = frame["quality"].where(frame["quality"] == frame["quality_whole"], "mixed")
    told = frame["ratio"]
    return frame.drop(columns=[*made, *(f"{name}_whole" for name in ("numerator", "status", "quality"))]).assign(
        metric=told
    )


def _ratios_broken_down(
    whole: pd.DataFrame, broken: pd.DataFrame, breakdown: str, metrics: Sequence[Metric], network: Network
) -> pd.DataFrame:
    """Ratios by group of a breakdown, of members' rows; one of which a part was told as a total is not broken down.

    A group without anything to divide by has no value, and is there.
    """
    whole = whole[whole["metric"].isin([metric.id for metric in metrics])]
    rows = _ratios(broken[broken["scope"] == "member"], metrics, network.catalogue)
    there = pd.MultiIndex.from_frame(whole[KEY]).isin(pd.MultiIndex.from_frame(rows[KEY]))
    rest = whole[~there & whole["status"].isin(COUNTED)]
    rest = rest.assign(breakdown=breakdown, group=_not_broken_down(breakdown))
    found = _with_network(pd.concat([rows, rest], ignore_index=True), network)
    return _full_counts(found, whole)


def _finished(frame: pd.DataFrame, network: Network, basis: str) -> pd.DataFrame:
    metrics = network.catalogue.metrics
    frame = frame.rename(columns={"counted": "members_counted", "expected": "members_expected"})
    frame["unit"] = frame["metric"].map(lambda name: metrics[name].unit)
    frame["definition_version"] = frame["metric"].map(lambda name: metrics[name].version)
    own = {key: basis_of(network.catalogue, metrics[key[0]], basis, key[1]) for key in _depends_on(frame)}
    by_bounds = {name for name in set(frame["metric"]) if network.catalogue.parts(metrics[name])[0].bounds_only}
    frame["bounds_only"] = frame["metric"].isin(by_bounds)
    frame = add_values(frame).assign(network=network.id, basis=[own[key] for key in _depends_on(frame)])
    frame["observation_id"] = [observation_id(*names) for names in frame[_ID_PARTS].itertuples(index=False)]
    for name in ("members_counted", "members_expected"):
        frame[name] = frame[name].astype("Int64")
    frame["quality"] = frame["quality"].mask(frame["bounds_only"] & (frame["unknown"] != 0).fillna(False), "estimated")
    frame["quality"] = frame["quality"].where(frame["status"].isin(COUNTED), "")
    return frame[OBSERVATION_COLUMNS].sort_values("observation_id", ignore_index=True)


def _depends_on(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Of each row, the metric and the breakdown: what its basis depends on."""
    return list(zip(frame["metric"], frame["breakdown"], strict=True))


_ID_PARTS = ["metric", "network_year", "scope", "member", "breakdown", "group"]


def observation_id(metric: str, year: str, scope: str, member: str, breakdown: str = "", group: str = "") -> str:
    """The id of an observation, the same in every edition."""
    part = f":{breakdown}={group}" if breakdown else ""
    return f"{metric}:{year.replace('/', '-')}:{member or scope}{part}"


def add_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `value, lower, upper` from its whole numbers; this is the last and only division.

    Additive: the known sum; bounds take the unknown out, or in. Share k/(N-m); bounds k/N and (k+m)/N. A ratio that
    is no share has a scale of its own, and its unknown is no part of its denominator. What is `bounds_only` has no
    value where anything is unknown. Of an unknown with credit notes the lower bound takes in only these, and the
    upper all else: which invoice a credit belongs to is not known. Missing where a denominator is not above zero, or
    where all that is there is unknown.
    """
    share = frame["denominator"].notna().to_numpy()
    top, unknown, credits, known = (
        frame[name].to_numpy(float, na_value=np.nan)
        for name in ("numerator", "unknown", "unknown_credits", "denominator")
    )
    scale = frame["unit"].map({unit: about.scale for unit, about in UNITS.items()}).to_numpy(float)
    whole = known + np.where(frame["unit"] == "share", unknown, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(share, top / np.where(known > 0, known, np.nan) / scale, top / scale)
        divisor = np.where(share, np.where(whole > 0, whole, np.nan) * scale, scale)
        low, high = (top + credits) / divisor, (top + unknown - credits) / divisor
    none_known = (top == 0) & (unknown != 0) & ~np.isnan(unknown) & ~share
    none_known |= frame["bounds_only"].to_numpy(bool) & (unknown != 0) & ~np.isnan(unknown)
    ends = {"value": np.where(none_known, np.nan, value), "lower": low, "upper": high}
    return frame.assign(**{name: pd.array(figures, "Float64") for name, figures in ends.items()})
