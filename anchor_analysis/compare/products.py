"""A total of the network as a product of factors, such as members × spend each × local share."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from anchor_analysis.compare.cases import Case, Compared, compare_members, member_sums, nobody, one_case, refuse_breaks
from anchor_analysis.compare.identities import factor_effects, factor_ratios
from anchor_analysis.declared import Network, load_catalogue
from anchor_analysis.problems import Problem, UserError, unknown

IDENTITY_COLUMNS = [
    "metric", "period", "since", "panel", "method", "part", "of", "from_value", "to_value", "value", "ratio", "members",
]  # fmt: skip

METHODS = ("lmdi", "shapley")

MEMBERS = "members"


def identity(
    observations: pd.DataFrame,
    metric: str,
    period: str,
    since: str | None = None,
    method: str = "lmdi",
    panel: str = "all",
    network: Network | None = None,
) -> pd.DataFrame:
    """A total of the network as members × its first factor for each × each next factor for each part of the one before.

    Local spend is members × spend each × local share; emissions are members × floor each × energy for each square metre
    × what is emitted for each kWh. One row per factor, the total `total`, and `not_parted`: the change of members that
    at one of the ends do not tell all factors, if there is any.

    `part` is the factor and `of` what there is so much of it for: nothing of members, then the factor before.
    `from_value` and `to_value` are the factor itself at both ends, of the network's sums; `value` what it adds to the
    change of the total, in the metric's unit, all rows but `total` summing to that of `total`; `ratio` by how much it
    multiplied the part of the total that is parted, the product of all of them. Both by LMDI-I (`compare.identities`);
    by `shapley` only `value`, as where a factor is nought. `members` is how many tell all factors in `period`.

    It is the network's own sums that are parted: that large members grew is in what there is for each. What members
    did each on their own is `decompose`. Only what is known counts, so a local share here is of all spend, and lower
    than the metric of that name, which leaves out spend that nobody could place. Raises UserError as `decompose` does
    for a total, and where there is some of a factor and none of the one before it (AN003).
    """
    case = one_case(metric, period, since, panel, network)
    if not case.metric.factors:
        raise no_product(metric)
    if method not in METHODS:
        raise unknown("AN005", "method", method, METHODS)
    (one,) = compare_members(observations, [case], network)
    links = _links(case, observations, network)
    told = {end: _told(links, end) for end in ("from", "to")}
    if panel == "like_for_like":
        stayed = told["from"].index.intersection(told["to"].index).intersection([pair.member for pair in one.kept])
        told = {end: frame.loc[stayed] for end, frame in told.items()}
    if not all(len(frame) for frame in told.values()):
        raise nobody(case)
    frame = pd.DataFrame([{f"{name}_{end}": each for end in told for name, each in _each(told[end], links).items()}])
    parts = [MEMBERS, *(link.case.metric.id for link in links)]
    effects, ratios = factor_effects(frame, parts, method).iloc[0], factor_ratios(frame, parts)
    rows = [
        {"part": name, "of": of, "from_value": frame.loc[0, f"{name}_from"], "to_value": frame.loc[0, f"{name}_to"],
         "value": effects[name], "ratio": ratios[name] if method == "lmdi" else None}
        for name, of in zip(parts, ["", *parts], strict=False)
    ]  # fmt: skip
    rows += _whole(one, told)
    about = {"metric": metric, "period": str(case.year), "since": str(case.since), "panel": panel, "method": method}
    found = pd.DataFrame(rows).assign(**about, members=len(told["to"]))[IDENTITY_COLUMNS]
    return found.astype(dict.fromkeys(["from_value", "to_value", "value", "ratio"], "Float64"))


def no_product(metric: str) -> UserError:
    what = f"{metric} is not a total that is declared as a product of factors."
    return UserError(Problem("AN004", metric, what, "Ask `change` for its parts, or declare its `factors`."))


def _told(links: Sequence[Compared], end: str) -> pd.DataFrame:
    """By member that tells all metrics of a chain at an end, its whole numbers of each."""
    names = [link.case.metric.id for link in links]
    columns = [member_sums(link.kept, ["numerator"])[f"{end}_numerator"].rename(link.case.metric.id) for link in links]
    return pd.concat(columns, axis=1)[names].dropna()


def _each(told: pd.DataFrame, links: Sequence[Compared]) -> dict[str, float]:
    """How many members there are, and of each metric how much for each of the one before; nought for each of nought."""
    found, before = {MEMBERS: float(len(told))}, float(len(told))
    for link in links:
        metric = link.case.metric
        now = float(told[metric.id].sum()) / metric.scale.scale
        if now and not before:
            what = f"there is {metric.id}, and nothing of the factor before it."
            raise UserError(Problem("AN003", metric.id, what, "Choose years in which there is some of every factor."))
        found[metric.id], before = now / before if before else 0.0, now
    return found


def _whole(one: Compared, told: dict[str, pd.DataFrame]) -> list[dict[str, object]]:
    """The total itself, and before it what of its change is not parted."""
    scale, sums = one.case.metric.scale.scale, member_sums(one.kept, ["numerator"])
    ends = [int(sums[f"{end}_numerator"].sum()) for end in ("from", "to")]
    of_told = [int(told[end][one.case.metric.id].sum()) for end in ("from", "to")]
    total = {"part": "total", "of": "", "from_value": ends[0] / scale, "to_value": ends[1] / scale,
             "value": (ends[1] - ends[0]) / scale, "ratio": ends[1] / ends[0] if ends[0] > 0 else None}  # fmt: skip
    if ends == of_told:
        return [total]
    left = ((ends[1] - of_told[1]) - (ends[0] - of_told[0])) / scale
    return [{"part": "not_parted", "of": "", "value": left}, total]


def _links(case: Case, observations: pd.DataFrame, network: Network | None) -> list[Compared]:
    """The comparison of each factor of a total, and of itself; refused across a break."""
    catalogue = network.catalogue if network else load_catalogue()
    chain = [*case.metric.factors, case.metric.id]
    cases = [Case(catalogue.metrics[name], case.since, case.year, "all") for name in chain]
    links = compare_members(observations, cases, network)
    refuse_breaks(links, linked=False)
    return links


def product_parts(case: Case, observations: pd.DataFrame, method: str, network: Network | None) -> pd.DataFrame:
    """What each factor adds to each member's part of a total, and who counts in one year alone; whole numbers."""
    links = _links(case, observations, network)
    chain = [link.case.metric.id for link in links]
    (one,) = compare_members(observations, [case], network)
    whole = member_sums(one.kept, ["numerator"])
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
    parted = long_parts(effects.assign(reason="continuing"), chain) if stays.any() else alone.head(0)
    return pd.concat([parted, alone], ignore_index=True)


def _chain(links: Sequence[Compared]) -> pd.DataFrame:
    """By member, each metric of a chain for each part of the one before, at both ends.

    Missing where it is not told, or where the one before is nought and it is not; nought for each part of nought.
    """
    found = {}
    for end in ("from", "to"):
        before = pd.Series(1.0, dtype="Float64")
        for place, link in enumerate(links):
            now = member_sums(link.kept, ["numerator"])[f"{end}_numerator"].astype("Float64")
            if place:
                before = before.reindex(now.index)
                ratio = (now / before.where(before != 0)).mask((before == 0) & (now == 0), 0.0)
            found[f"{link.case.metric.id}_{end}"] = ratio if place else now
            before = now
    return pd.DataFrame(found)


def long_parts(parts: pd.DataFrame, names: list[str] | tuple[str, ...]) -> pd.DataFrame:
    """One row per member and part."""
    return (
        parts.rename_axis("member")
        .reset_index()
        .melt(["member", "reason"], list(names), var_name="part", value_name="value")
    )
