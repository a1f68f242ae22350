"""Members that became part of another: where years before and after are compared, they and it are one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anchor_analysis.compare.members import End, Ends
from anchor_analysis.declared import Network
from anchor_analysis.measure.observing import AMOUNTS, NOT_EXPECTED


def successors(network: Network | None) -> dict[str, str]:
    """Of each member that became part of another, that other one."""
    return {member.id: member.merged_into for member in network.members if member.merged_into} if network else {}


def united(before: Ends, after: Ends, successor: Mapping[str, str]) -> tuple[Ends, Ends]:
    """What members reported of two years, with a member and all that became part of it in between as one.

    What was reported of the first year by the members that merged, and by the one they became part of, is summed; the
    sum is of a part of the year where one of them is. Nothing is summed where one of them did not report, or where
    their successor did not report the second year: a part of the whole is not held against the whole, and they stay
    apart, as leavers.
    """
    if not successor:
        return before, after
    before, after = dict(before), dict(after)
    for heir, gone in _families(before, after, successor).items():
        own = [before[name] for name in (heir, *gone) if name in before]
        asked = [end for end in own if end.status not in NOT_EXPECTED]
        counted = [end for end in own if end.counts]
        if after[heir].counts and counted and len(counted) == len(asked):
            before[heir] = _summed(counted)
            for name in gone:
                before.pop(name), after.pop(name)
    return before, after


def _families(before: Ends, after: Ends, successor: Mapping[str, str]) -> dict[str, list[str]]:
    """Each member that others were part of by the second year and not in the first, with these."""
    heirs: dict[str, list[str]] = {}
    merged = {name for name, end in after.items() if end.status == "merged"}
    for member in sorted(merged):
        if member not in before or before[member].status == "merged":
            continue
        heir = member
        while heir in successor and heir in merged:
            heir = successor[heir]
        if heir in after and heir != member:
            heirs.setdefault(heir, []).append(member)
    return heirs


def _summed(counted: list[End]) -> End:
    statuses = {end.status for end in counted}
    status = "partial" if "partial" in statuses else "zero" if statuses == {"zero"} else "reported"
    told = {name: [number for end in counted if (number := getattr(end, name)) is not None] for name in AMOUNTS}
    sums: dict[str, Any] = {name: sum(numbers) if numbers else None for name, numbers in told.items()}
    ids = " ".join(sorted(end.observation_id for end in counted))
    return counted[0]._replace(**sums, status=status, observation_id=ids)
