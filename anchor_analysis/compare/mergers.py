"""Members that became part of another: where years before and after are compared, they and it are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.measure.observing import AMOUNTS, COUNTED, NOT_EXPECTED


def successors(network: Network | None) -> dict[str, str]:
    """Of each member that became part of another, that other one."""
    return {member.id: member.merged_into for member in network.members if member.merged_into} if network else {}


def united(pairs: pd.DataFrame, successor: Mapping[str, str]) -> pd.DataFrame:
    """The members of two years, with one row for a member and all that became part of it in between.

    `pairs` has one row per member, its columns those of observations with `_from` and `_to`. What was reported of the
    first year by the members that merged, and by the one they became part of, is summed; the sum is of a part of the
    year where one of them is. Nothing is summed where one of them did not report, or where their successor did not
    report the second year: a part of the whole is not held against the whole, and they stay apart, as leavers.
    """
    gone: list[str] = []
    rows = []
    for heir, before in _families(pairs, successor):
        own = pairs.loc[[heir, *before]]
        counted = own[own["status_from"].isin(COUNTED)]
        asked = own[~own["status_from"].isin(NOT_EXPECTED)]
        if pairs.at[heir, "status_to"] in COUNTED and len(counted) == len(asked) and len(counted):
            rows.append(_summed(own, counted))
            gone += [heir, *before]
    return pd.concat([pairs.drop(index=gone), *rows]).rename_axis(pairs.index.name) if rows else pairs


def _families(pairs: pd.DataFrame, successor: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Each member that others were part of by the second year and not in the first, with these."""
    heirs: dict[str, list[str]] = {}
    for member in pairs.index[(pairs["status_to"] == "merged") & (pairs["status_from"] != "merged")]:
        heir = str(member)
        while heir in successor and heir in pairs.index and pairs.at[heir, "status_to"] == "merged":
            heir = successor[heir]
        if heir in pairs.index and heir != member:
            heirs.setdefault(heir, []).append(str(member))
    yield from heirs.items()


def _summed(own: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    row = own.iloc[[0]].copy()
    first = counted.iloc[0]
    for name in [name for name in own.columns if name.endswith("_from")]:
        row[name] = first[name]
    for name in AMOUNTS:
        row[f"{name}_from"] = counted[f"{name}_from"].sum(min_count=1)
    statuses = set(counted["status_from"])
    row["status_from"] = "partial" if "partial" in statuses else "zero" if statuses == {"zero"} else "reported"
    row["observation_id_from"] = " ".join(sorted(counted["observation_id_from"]))
    return row.astype(own.dtypes.to_dict())
