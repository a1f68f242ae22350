"""Why a ratio or a product of the network changed between two years, part by part and member by member."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from anchor_analysis.compare.cases import Case, Compared, compare_members, member_sums, nobody, one_case, refuse_breaks
from anchor_analysis.compare.members import Pair
from anchor_analysis.compare.products import long_parts, no_product, product_parts
from anchor_analysis.compare.rates import METHODS, RATE_PARTS, rate_parts
from anchor_analysis.declared import Network
from anchor_analysis.problems import unknown

COLUMNS = ["metric", "period", "since", "method", "part", "reason", "member", "value"]

#: By which methods a metric of each kind is parted; the first where none is named.
_OF_KIND = {"ratio": tuple(METHODS), "additive": ("lmdi", "shapley")}


def decompose(
    observations: pd.DataFrame,
    metric: str,
    period: str,
    since: str | None = None,
    method: str | None = None,
    panel: str = "all",
    network: Network | None = None,
) -> pd.DataFrame:
    """What each member adds to each part of a metric's change from `since` (the year before) to `period`.

    One row per member and part; all rows sum to the change of what is known, to the last digits of floating point.
    `value` is in the metric's unit, for a share in points from 0 to 1; bounds are not parted. `reason` is `continuing`
    for a member that counts in both years, else why it counts in one alone: `joiners`, `leavers`, `non_response`; it is
    `definition` for a member that counts in both, and in one of them not what it does in the other.

    Of a ratio, `part` is `within` (its own ratio changed), `between` (it weighs more or less), `cross` (both at once),
    `entry` or `exit`; `method` is one of those of `compare.rates`, griliches_regev if not given. Of a total that is
    declared as a product, `part` is each of its `factors`, the first whole and each other for each part of the one
    before, and the metric itself for each part of the last; `entry` and `exit` hold who counts in one year alone, and
    `not parted` a member of whom one factor is not told or is nought where the next is not. `method` is `lmdi`, or
    `shapley`, by which `lmdi` too parts a member with a nought (`compare.identities`).

    Across a break that names an `overlap`, a ratio is parted as it was counted before, and `definition`, of no member,
    is what the new way of counting made of it.

    Raises UserError for any other break in between (AN043), for an unknown metric or one that cannot be parted (AN004),
    year (AN003), panel or method (AN005), for observations that were placed by different reference files (AN039), and
    where no member counts in one of the years or, by a method that needs some, in both (AN003).
    """
    case = one_case(metric, period, since, panel, network)
    methods = _OF_KIND[case.metric.kind]
    method = method or methods[0]
    if case.metric.kind == "additive" and not case.metric.factors:
        raise no_product(metric)
    if method not in methods:
        raise unknown("AN005", "method", method, methods)
    if case.metric.kind == "ratio":
        parted = _of_ratio(case, observations, method, network)
    else:
        parted = product_parts(case, observations, method, network)
    parted["value"] /= case.metric.scale.scale
    about = {"metric": case.metric.id, "period": str(case.year), "since": str(case.since), "method": method}
    return parted.assign(**about).sort_values(["part", "member"], ignore_index=True)[COLUMNS]


def _of_ratio(case: Case, observations: pd.DataFrame, method: str, network: Network | None) -> pd.DataFrame:
    (one,) = compare_members(observations, [case], network)
    refuse_breaks([one], linked=True)
    parts = _rate_parts(one, one.kept, method)
    rest = pd.DataFrame()
    if case.panel == "all" and one.by:
        whole, parts = parts, _rate_parts(one, one.on_one_basis, method)
        moved = whole[list(RATE_PARTS)].to_numpy().sum() - parts[list(RATE_PARTS)].to_numpy().sum()
        rest = pd.DataFrame([{"member": "", "reason": "definition", "part": "definition", "value": moved}])
    long = long_parts(parts, RATE_PARTS)
    own = long["part"].isin(["within", "between"]) & (long["reason"] == "continuing")
    return pd.concat([long[own | (long["value"] != 0)], rest], ignore_index=True)


def _rate_parts(one: Compared, pairs: Sequence[Pair], method: str) -> pd.DataFrame:
    parts = rate_parts(member_sums(pairs, ["numerator", "denominator"]), method)
    if parts[list(RATE_PARTS)].isna().any(axis=None) or parts.empty:
        raise nobody(one.case)
    return parts
