"""How members stand by level: distributions, medians, distance to target, and the ways from level to level.

Levels are ordered and have no distances, so no mean of them is ever made. Counts are of members. The median of an even
number of members is told as both middle ones, the lower and the upper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.declared.frameworks import LEVELS
from anchor_analysis.measure.observing import COUNTED

#: The metric whose observations by level and by distance everything here is made from, and the one of what does not
#: apply.
SCORES, NOT_APPLICABLE = "progression_scores", "progression_not_applicable"

#: The steps of each kind: the group of a breakdown, the item it is told as, and its rank in a median (0: in none).
_STEPS = {
    "distribution": ("dimension_level", [(str(level), f"level_{level}", level) for level in LEVELS]),
    "distance": (
        "dimension_to_target",
        [("reached", "reached", 1), ("1", "below_1", 2), ("2", "below_2", 3), ("3", "below_3", 4),
         ("no_target", "no_target", 0)],
    ),
}  # fmt: skip

Row = dict[str, Any]


def progression_findings(
    network: Network, observations: pd.DataFrame, year: NetworkYear, scores: pd.DataFrame | None = None
) -> list[Row]:
    """The findings of the kinds distribution, distance and transition, up to a year.

    distribution: for each year and dimension (`group`) the members at each level (`part` level_1 to level_4), those to
    whom it does not apply, `lower_median` and `upper_median`. distance: members that reached their target or are 1 to 3
    levels below it, those without one, and both medians of the levels below. transition: for each dimension and level
    of the earlier year (`group`) of the members scored in both years how many are now at each level (`to_1` to `to_4`),
    and of those that moved how many were scored by `another_assessor`, and by `another_version` of the framework.
    `scores`, as `measure.scores_given` gives them, tell the assessors; without them the last two parts are left out.
    """
    own = observations[observations["metric"].isin([SCORES, NOT_APPLICABLE]) & (observations["breakdown"] != "")]
    own = own[own["status"].isin(COUNTED) & (own["network_year"] <= str(year))]
    if own.empty:
        return []
    levels = own[(own["metric"] == SCORES) & (own["scope"] == "member") & (own["numerator"] > 0)]
    expected = observations[(observations["metric"] == SCORES) & (observations["scope"] == "network")]
    expected = expected[expected["breakdown"] == ""].set_index("network_year")["members_expected"]
    found = [row for kind in _STEPS for row in _distributions(own, levels, kind)]
    first = str(max(network.baseline, network.year(min(levels["network_year"])))) if len(levels) else ""
    for since in dict.fromkeys([str(year.previous), first]):
        if since and since < str(year):
            found += _transitions(levels, since, str(year), scores)
    return [row | {"members_expected": int(expected[row["period"]])} for row in found]


def _distributions(own: pd.DataFrame, levels: pd.DataFrame, kind: str) -> Iterator[Row]:
    breakdown, steps = _STEPS[kind]
    members = levels[levels["breakdown"] == breakdown]
    members = members.assign(
        dimension=members["group"].str.split(":").str[0], step=members["group"].str.split(":").str[1]
    )
    without = own[(own["metric"] == NOT_APPLICABLE) & (own["scope"] == "member") & (own["numerator"] > 0)]
    for (period, dimension), scored in members.groupby(["network_year", "dimension"], sort=True):
        counts = scored.groupby("step")["numerator"].sum()
        ids = scored.groupby("step")["observation_id"].agg(lambda found: " ".join(sorted(found)))
        every = " ".join(sorted(scored["observation_id"]))
        shared = {
            "kind": kind, "metric": SCORES, "period": str(period), "since": "", "panel": "all", "group": str(dimension),
            "unit": "items", "audience": "public", "members": len(scored), "told": 0, "observation_ids": every,
        }  # fmt: skip
        parts = [(part, int(counts.get(step, 0)), str(ids.get(step, ""))) for step, part, _ in steps]
        if kind == "distribution":
            none = without[(without["network_year"] == period) & (without["group"] == dimension)]
            said = " ".join(sorted(none["observation_id"]))
            parts.append(("not_applicable", int(none["numerator"].sum()), said))
        for part, count, behind in parts:
            yield _part(shared, part, count) | {"observation_ids": behind}
        ranks = [(rank, int(counts.get(step, 0))) for step, _, rank in steps if rank]
        for part, rank in zip(("lower_median", "upper_median"), medians(ranks), strict=True):
            if rank is not None:
                yield _part(shared, part, rank if kind == "distribution" else rank - 1) | {"unit": "levels"}


def medians(counts: Sequence[tuple[int, int]]) -> tuple[int | None, int | None]:
    """The lower and the upper median of ranks with their counts; of none, neither.

    >>> medians([(1, 2), (2, 1), (3, 3)])
    (2, 3)
    """
    whole = sum(count for _, count in counts)
    if not whole:
        return None, None
    ranks = [rank for rank, count in sorted(counts) for _ in range(count)]
    return ranks[(whole - 1) // 2], ranks[whole // 2]


def _transitions(levels: pd.DataFrame, since: str, year: str, scores: pd.DataFrame | None) -> Iterator[Row]:
    both = _scored_in_both(levels, since, year)
    if scores is not None and len(scores):
        both = _with_assessors(both, scores, since, year)
    for (dimension, before), own in both.groupby(["dimension", "from"], sort=True):
        shared = {
            "kind": "transition", "metric": SCORES, "period": year, "since": since, "panel": "like_for_like",
            "group": f"{dimension}:{before}", "unit": "items", "audience": "public", "members": len(own), "told": 0,
            "observation_ids": " ".join(sorted([*own["id_from"], *own["id_to"]])),
        }  # fmt: skip
        for level in LEVELS:
            yield _part(shared, f"to_{level}", int((own["to"] == str(level)).sum()))
        for part in ("another_assessor", "another_version"):
            if part in own:
                yield _part(shared, part, int((own[part] & (own["from"] != own["to"])).sum()))


def _scored_in_both(levels: pd.DataFrame, since: str, year: str) -> pd.DataFrame:
    """One row per member and dimension that has a level in both years."""
    of_level = levels[levels["breakdown"] == "dimension_level"]
    parts = of_level["group"].str.split(":")
    of_level = of_level.assign(dimension=parts.str[0], level=parts.str[1])[
        ["member", "dimension", "network_year", "level", "observation_id"]
    ]
    ends = [of_level[of_level["network_year"] == name].drop(columns="network_year") for name in (since, year)]
    both = ends[0].merge(ends[1], on=["member", "dimension"], suffixes=("_from", "_to"))
    return both.rename(
        columns={"level_from": "from", "level_to": "to", "observation_id_from": "id_from", "observation_id_to": "id_to"}
    )


def _with_assessors(both: pd.DataFrame, scores: pd.DataFrame, since: str, year: str) -> pd.DataFrame:
    """The same, with whether another assessor, and another version of the framework, stands behind the later score."""
    key = ["member", "dimension"]
    for end, name in (("_from", since), ("_to", year)):
        told = scores[scores["network_year"] == name][[*key, "assessor", "framework"]]
        both = both.merge(told.rename(columns={"assessor": f"assessor{end}", "framework": f"framework{end}"}), on=key)
    return both.assign(
        another_assessor=both["assessor_from"] != both["assessor_to"],
        another_version=both["framework_from"] != both["framework_to"],
    )


def _part(shared: Row, part: str, count: int) -> Row:
    period = shared["period"].replace("/", "-")
    years = f"{shared['since'].replace('/', '-')}..{period}" if shared["since"] else period
    finding = f"{shared['metric']}:{years}:{shared['kind']}:{shared['group']}:{part}"
    return shared | {"finding_id": finding, "part": part, "part_numerator": count, "value": count}
