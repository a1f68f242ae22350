"""Why a ratio or a product of the network changed between two years, part by part and member by member."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from anchor_analysis.compare.cases import Case, Compared, compare_members, one_case
from anchor_analysis.compare.identities import factor_effects
from anchor_analysis.compare.members import Pair
from anchor_analysis.compare.rates import METHODS, RATE_PARTS, rate_parts
from anchor_analysis.declared import Network, load_catalogue
from anchor_analysis.problems import Problem, UserError, unknown

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
        what = f"{metric} is a total that is not declared as a product of factors."
        raise UserError(Problem("AN004", metric, what, "Ask `change` for its parts, or declare its `factors`."))
    if method not in methods:
        raise unknown("AN005", "method", method, methods)
    if case.metric.kind == "ratio":
        parted = _of_ratio(case, observations, method, network)
    else:
        parted = _of_product(case, observations, method, network)
    parted["value"] /= case.metric.scale.scale
    about = {"metric": case.metric.id, "period": str(case.year), "since": str(case.since), "method": method}
    return parted.assign(**about).sort_values(["part", "member"], ignore_index=True)[COLUMNS]


def _of_ratio(case: Case, observations: pd.DataFrame, method: str, network: Network | None) -> pd.DataFrame:
    (one,) = compare_members(observations, [case], network)
    _refuse_breaks([one], linked=True)
    parts = _rate_parts(one, one.kept, method)
    rest = pd.DataFrame()
    if case.panel == "all" and one.by:
        whole, parts = parts, _rate_parts(one, one.on_one_basis, method)
        moved = whole[list(RATE_PARTS)].to_numpy().sum() - parts[list(RATE_PARTS)].to_numpy().sum()
        rest = pd.DataFrame([{"member": "", "reason": "definition", "part": "definition", "value": moved}])
    long = _long(parts, RATE_PARTS)
    own = long["part"].isin(["within", "between"]) & (long["reason"] == "continuing")
    return pd.concat([long[own | (long["value"] != 0)], rest], ignore_index=True)


def _rate_parts(one: Compared, pairs: Sequence[Pair], method: str) -> pd.DataFrame:
    parts = rate_parts(_sums(pairs, ["numerator", "denominator"]), method)
    if parts[list(RATE_PARTS)].isna().any(axis=None) or parts.empty:
        raise _nobody(one.case)
    return parts


def _of_product(case: Case, observations: pd.DataFrame, method: str, network: Network | None) -> pd.DataFrame:
    catalogue = network.catalogue if network else load_catalogue()
    chain = [*case.metric.factors, case.metric.id]
    links = compare_members(
        observations, [Case(catalogue.metrics[name], case.since, case.year, "all") for name in chain], network
    )
    (one,) = compare_members(observations, [case], network)
    _refuse_breaks(links, linked=False)
    whole = _sums(one.kept, ["numerator"])
    told = _chain(links).reindex(whole.index)
    stays = (whole["reason"] == "continuing") & told.notna().all(axis=1)
    effects = factor_effects(told[stays].astype(float), chain, method)[chain] if stays.any() else pd.DataFrame()
    rest = whole[~stays].fillna({"from_numerator": 0, "to_numerator": 0})
    named = {"joiners": "entry", "leavers": "exit", "continuing": "not parted", "definition": "definition"}
    part = rest["reason"].map(named)
    came = (rest["from_numerator"] == 0).map({True: "entry", False: "exit"})
    alone = pd.DataFrame({
        "member": rest.index, "reason": rest["reason"], "part": part.fillna(came),
        "value": (rest["to_numerator"] - rest["from_numerator"]).astype(float),
    })  # fmt: skip
    parted = _long(effects.assign(reason="continuing"), chain) if stays.any() else alone.head(0)
    return pd.concat([parted, alone], ignore_index=True)


def _refuse_breaks(compared: Sequence[Compared], linked: bool) -> None:
    """Refuse years on two sides of a break (AN043), but where it is `linked` and the metric stands for itself."""
    for one in compared:
        if one.breaks and not (linked and one.by):
            what = f"{one.case.since} and {one.case.year} are not comparable: {'; '.join(one.breaks)}."
            remedy = "Choose two years on one side of the break."
            if one.by:
                remedy = f"Take {one.by.id} apart, which counts both years as the first was counted."
            raise UserError(Problem("AN043", one.case.metric.id, what, remedy))


def _chain(links: list[Compared]) -> pd.DataFrame:
    """By member, each metric of a chain for each part of the one before, at both ends.

    Missing where it is not told, or where the one before is nought and it is not; nought for each part of nought.
    """
    found = {}
    for end in ("from", "to"):
        before = pd.Series(1.0, dtype="Float64")
        for place, link in enumerate(links):
            now = _sums(link.kept, ["numerator"])[f"{end}_numerator"].astype("Float64")
            if place:
                before = before.reindex(now.index)
                ratio = (now / before.where(before != 0)).mask((before == 0) & (now == 0), 0.0)
            found[f"{link.case.metric.id}_{end}"] = ratio if place else now
            before = now
    return pd.DataFrame(found)


def _long(parts: pd.DataFrame, names: list[str] | tuple[str, ...]) -> pd.DataFrame:
    return (
        parts.rename_axis("member")
        .reset_index()
        .melt(["member", "reason"], list(names), var_name="part", value_name="value")
    )


def _nobody(case: Case) -> UserError:
    what = f"no member counts in one of the years {case.since} and {case.year}, or none counts in both."
    return UserError(Problem("AN003", case.metric.id, what, "Choose years in which the same members reported."))


def _sums(pairs: Sequence[Pair], names: list[str]) -> pd.DataFrame:
    """By member: why it is there, and its whole numbers at both ends, missing where it does not count."""
    rows = {
        pair.member: {"reason": pair.part}
        | {f"from_{name}": getattr(pair.before, name) if pair.before.counts else None for name in names}
        | {f"to_{name}": getattr(pair.after, name) if pair.after.counts else None for name in names}
        for pair in pairs
        if pair.part != "none"
    }
    columns = [f"{end}_{name}" for end in ("from", "to") for name in names]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["reason", *columns])
    return frame.astype(dict.fromkeys(columns, "Int64"))
