"""The change of a metric between two years: all members, like-for-like, and the parts that make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from anchor_analysis.compare.benchmarks import Benchmark, against_benchmark
from anchor_analysis.compare.gaps import pay_gaps
from anchor_analysis.compare.mergers import successors, united
from anchor_analysis.compare.prices import Deflator, real_findings
from anchor_analysis.compare.progression import progression_findings
from anchor_analysis.compare.reductions import reductions
from anchor_analysis.compare.targets import against_targets
from anchor_analysis.compare.verdicts import Level, Verdict, judge
from anchor_analysis.declared import Catalogue, Metric, Network, NetworkYear, load_catalogue, parse_year
from anchor_analysis.measure.observing import AMOUNTS, COUNTED, NOT_EXPECTED, add_values
from anchor_analysis.problems import Problem, UserError, unknown

PARTS = ["continuing", "joiners", "leavers", "non_response"]
PANELS = ["all", "like_for_like"]

FINDING_COLUMNS = [
    "finding_id", "kind", "metric", "period", "since", "panel", "part", "value", "lower", "upper",
    "from_value", "from_lower", "from_upper", "to_value", "to_lower", "to_upper",
    "from_numerator", "from_denominator", "from_unknown", "from_unknown_credits",
    "to_numerator", "to_denominator", "to_unknown", "to_unknown_credits", "part_numerator",
    "verdict", "standing", "reason", "members", "members_from", "members_to",
    "members_expected", "left_out", "told", "unit", "observation_ids", "audience",
    "group", "expected", "quotient", "quotient_lower", "quotient_upper", "benchmark", "benchmark_value",
]  # fmt: skip

#: How far the rate of the unknown may have moved, where no network says otherwise.
DELTA = 0.05


def compare(
    network: Network, observations: pd.DataFrame, year: NetworkYear, benchmark: Benchmark | None = None,
    scores: pd.DataFrame | None = None, pay: pd.DataFrame | None = None, deflator: Deflator | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The findings of a year: its change since the year before and since the baseline, for every metric.

    One row per metric, comparison, panel and part; with a benchmark also one per metric by ward, ward, and the most
    disadvantaged wards together (`kind` benchmark, see `against_benchmark`); for each population that the network
    counts one per group of it (`kind` population); two for each metric that a table of reductions names, how much less
    there was than in the baseline (`kind` reduction, see `reductions`); one for each category of spend with a target
    (`kind` target, see `against_targets`); how members stand by level, with the `scores` that assessors gave (see
    `progression_findings`); gaps in `pay`, as `measure.pay.pay_counts` has it (`kind` pay_gap, see `pay_gaps`);
    and with a `deflator` money in real terms (`kind` real_terms, see `real_findings`).
    Columns as FINDING_COLUMNS. Years before the network's first are not compared with, and a baseline that is the year
    before is compared with once.
    """
    earlier = [other for other in dict.fromkeys([year.previous, network.baseline]) if network.first <= other < year]
    metrics = [network.catalogue.metric(name) for name in sorted(observations["metric"].unique())]
    cases = [Case(metric, since, year, panel) for metric, since, panel in product(metrics, earlier, PANELS)]
    found = [changes_of(observations, cases, network)] if cases else []
    if benchmark is not None:
        groups = {"most_disadvantaged": network.disadvantaged.wards} if network.disadvantaged else {}
        broken = [metric.id for metric in metrics if "home_ward" in metric.breakdowns]
        found += [_typed(against_benchmark(observations, benchmark, name, str(year), groups)) for name in broken]
    for one in network.populations:
        people = Benchmark(one.title, one.vintage, pd.Series(one.counts, dtype="Float64"), "population")
        broken = [metric.id for metric in metrics if one.by in metric.breakdowns]
        found += [_typed(against_benchmark(observations, people, name, str(year), None, one.by)) for name in broken]
    if less := reductions(network, observations, year):
        found.append(_typed(pd.DataFrame(less)))
    if standing := progression_findings(network, observations, year, scores):
        found.append(_typed(pd.DataFrame(standing)))
    if pay is not None and (gaps := list(pay_gaps(network, observations, year, pay))):
        found.append(_typed(pd.DataFrame(gaps)))
    if deflator is not None and (real := list(real_findings(network, observations, deflator))):
        found.append(_typed(pd.DataFrame(real)))
    if aims := list(against_targets(network, observations, year)):
        found.append(_typed(pd.DataFrame(aims)))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=FINDING_COLUMNS)


def change(
    observations: pd.DataFrame,
    metric: str,
    period: str,
    since: str | None = None,
    panel: str = "all",
    network: Network | None = None,
) -> pd.DataFrame:
    """The change of a metric from `since` (the year before, if not given) to `period`, with its bounds.

    One row for the change; for an additive metric of all members also one for each part, which sum to it
    exactly: `continuing` (reported in both years), `joiners` (no member yet in the first), `leavers` (no
    member any more in the second), `non_response` (a member in both that reported in one). `panel` is `all`
    or `like_for_like`: those that reported the whole of both years. Columns as FINDING_COLUMNS, with the
    whole numbers that protection rounds; `value` is in the metric's unit, for a share in points from 0 to 1.
    `network` gives its own definitions, its tolerance for the unknown, and which members merged, which count as one
    with those they became part of; without it the shipped definitions hold, and who merged is a leaver.

    Raises UserError for an unknown metric (AN004), year (AN003) or panel (AN005), and for observations that were
    placed by different reference files (AN039).
    """
    case = one_case(metric, period, since, panel, network)
    return changes_of(observations, [case], network)


@dataclass(frozen=True)
class Case:
    """One comparison: a metric between two years over a panel."""

    metric: Metric
    since: NetworkYear
    year: NetworkYear
    panel: str

    def finding_id(self, part: str) -> str:
        return f"{self.metric.id}:{self.since.folder}..{self.year.folder}:{self.panel}:{part}"


def one_case(metric: str, period: str, since: str | None, panel: str, network: Network | None) -> Case:
    """The comparison of a metric with `since`, or with the year before; raises UserError (AN003, AN004, AN005)."""
    declared = (network.catalogue if network else load_catalogue()).metric(metric)
    to_year = parse_year(period)
    if panel not in PANELS:
        raise unknown("AN005", "panel", panel, PANELS)
    return Case(declared, parse_year(since) if since else to_year.previous, to_year, panel)


#: What of an observation is compared.
_COMPARED = ["status", *AMOUNTS, "observation_id", "definition_version", "basis"]


@dataclass(frozen=True)
class Compared:
    """A comparison's members, one row each: all of them in pairs of years, and those of the panel.

    Columns are those of observations, `<name>_from` and `<name>_to`, and `part`: one of PARTS, or `none`.
    """

    case: Case
    pairs: pd.DataFrame
    kept: pd.DataFrame


def changes_of(observations: pd.DataFrame, cases: Sequence[Case], network: Network | None) -> pd.DataFrame:
    """The rows of several comparisons, as `change` has those of one, by what a network declares if there is one."""
    catalogue = network.catalogue if network else load_catalogue()
    delta = network.protection.unknowns_delta if network else DELTA
    compared = compare_members(observations, cases, successors(network))
    sums = pd.DataFrame([_sums(one, end) for one in compared for end in ("from", "to")])
    sums["bounds_only"] = [catalogue.parts(one.case.metric)[0].bounds_only for one in compared for _ in ("from", "to")]
    levels = add_values(sums.astype(dict.fromkeys(AMOUNTS, "Int64"))).drop(columns=["unit", "bounds_only"])
    ends = [level._asdict() for level in levels.itertuples(index=False)]  # to_dict loses NA
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(compared):
        rows += _rows(one, ends[2 * number], ends[2 * number + 1], catalogue, delta)
    return _typed(pd.DataFrame(rows))


def compare_members(
    observations: pd.DataFrame, cases: Sequence[Case], merged: Mapping[str, str]
) -> list[Compared]:  # fmt: skip
    """The members of each comparison; raises UserError for years that are not there or not of one basis.

    `merged` names the member of which each that merged became part (see `mergers.united`).
    """
    named = {case.metric.id for case in cases}, {str(year) for case in cases for year in (case.since, case.year)}
    whole = observations[(observations["scope"] == "member") & (observations["breakdown"] == "")]
    whole = whole[whole["metric"].isin(named[0]) & whole["network_year"].isin(named[1])]
    whole = whole[["metric", "network_year", "member", *_COMPARED]]
    years = {key: found.set_index("member")[_COMPARED] for key, found in whole.groupby(["metric", "network_year"])}
    return [_compared(case, years, merged) for case in cases]


def _compared(case: Case, years: dict[Any, pd.DataFrame], merged: Mapping[str, str]) -> Compared:
    frames = []
    for year, end in ((case.since, "from"), (case.year, "to")):
        if (case.metric.id, str(year)) not in years:
            what = f"there are no observations of {case.metric.id} for {year}."
            raise UserError(Problem("AN003", "year", what, "Choose a year that was measured."))
        frames.append(years[case.metric.id, str(year)].add_suffix(f"_{end}"))
    pairs = frames[0].join(frames[1], how="outer")
    same_basis([*pairs["basis_from"], *pairs["basis_to"]], f"{case.metric.id}, {case.since} and {case.year}")
    pairs = united(pairs, merged)
    pairs["part"] = [_part(*statuses) for statuses in zip(pairs["status_from"], pairs["status_to"], strict=True)]
    return Compared(case, pairs, pairs[_whole_in_both(pairs)] if case.panel == "like_for_like" else pairs)


def same_basis(found: Iterable[Any], where: str) -> None:
    """Refuse two vintages in one comparison (AN039): nobody need have moved for the figure to differ."""
    bases = sorted({basis for basis in found if not pd.isna(basis)})
    if len(bases) > 1:
        what = f"the observations were placed by different reference files: {' or '.join(bases)}."
        remedy = "Measure all years by the same files: `anchor-analysis run` does. Two releases are told side by side."
        raise UserError(Problem("AN039", where, what, remedy))


def _part(before: str, after: str) -> str:
    counted = before in COUNTED, after in COUNTED
    if all(counted):
        return "continuing"
    if not any(counted):
        return "none"
    if before == "not_yet_member":
        return "joiners"
    return "leavers" if after in ("left", "merged") else "non_response"


def _whole_in_both(pairs: pd.DataFrame) -> pd.Series:
    whole = (pairs["status_from"] != "partial") & (pairs["status_to"] != "partial")
    return whole & (pairs["part"] == "continuing")


def _sums(one: Compared, end: str) -> dict[str, Any]:
    """The total of a panel in one year, from the members' whole numbers; missing where nobody reported."""
    counted = one.kept[one.kept[f"status_{end}"].isin(COUNTED)]
    sums = {name: int(counted[f"{name}_{end}"].sum()) if len(counted) else pd.NA for name in AMOUNTS}
    if one.case.metric.kind == "additive":
        sums["denominator"] = pd.NA
    return sums | {"unit": one.case.metric.unit}


def _rows(one: Compared, before: dict, after: dict, catalogue: Catalogue, delta: float) -> list[dict[str, Any]]:
    case, kept, metric = one.case, one.kept, one.case.metric
    shared = {
        "metric": metric.id, "period": str(case.year), "since": str(case.since), "panel": case.panel,
        "unit": metric.unit, "members_expected": _expected(one.pairs), "audience": "public",
    }  # fmt: skip
    reason = _not_comparable(one, catalogue)
    verdict = (
        Verdict("not comparable", "", reason)
        if reason
        else judge(_level(before), _level(after), metric.smallest_change, delta, share=metric.unit == "share")
    )
    ids = [*kept["observation_id_from"].dropna(), *kept["observation_id_to"].dropna()]
    whole = shared | {
        "finding_id": case.finding_id("change"), "kind": "change", "part": "",
        **{f"from_{name}": value for name, value in before.items()},
        **{f"to_{name}": value for name, value in after.items()},
        "value": after["value"] - before["value"], "lower": after["lower"] - before["upper"],
        "upper": after["upper"] - before["lower"], "told": after["told"],
        "verdict": verdict.verdict, "standing": verdict.standing, "reason": verdict.reason,
        "members": int((kept["part"] == "continuing").sum()),
        "members_from": int(kept["status_from"].isin(COUNTED).sum()),
        "members_to": int(kept["status_to"].isin(COUNTED).sum()),
        "left_out": int((one.pairs["part"] != "none").sum()) - len(kept) if case.panel == "like_for_like" else 0,
        "observation_ids": _in_order(ids),
    }  # fmt: skip
    if metric.kind != "additive" or case.panel != "all":
        return [whole]
    return [whole, *(_part_row(shared, one, part) for part in PARTS)]


def _in_order(ids: list[str]) -> str:
    """Ids of observations, one text; of members that merged several come as one."""
    return " ".join(sorted(" ".join(ids).split()))


def _expected(pairs: pd.DataFrame) -> int:
    return int((~pairs["status_to"].isin(NOT_EXPECTED)).sum())


def _part_row(shared: dict[str, Any], one: Compared, part: str) -> dict[str, Any]:
    chosen = one.pairs[one.pairs["part"] == part]
    before, after = (_bounds(chosen, end) for end in ("from", "to"))
    lower, number, upper = after[0] - before[2], after[1] - before[1], after[2] - before[0]
    scale = one.case.metric.scale.scale
    ids = [*chosen["observation_id_from"].dropna(), *chosen["observation_id_to"].dropna()]
    return shared | {
        "finding_id": one.case.finding_id(part), "kind": "part", "part": part, "part_numerator": number,
        "value": number / scale, "lower": lower / scale, "upper": upper / scale, "members": len(chosen),
        "observation_ids": _in_order(ids),
    }  # fmt: skip


def _bounds(members: pd.DataFrame, end: str) -> tuple[int, int, int]:
    """What is known to be in some members' totals of a year, between the least and the most that it can be."""
    counted = members[members[f"status_{end}"].isin(COUNTED)]
    known, unknown, credits = (int(counted[f"{name}_{end}"].sum()) for name in _OF_A_TOTAL)
    return known + credits, known, known + unknown - credits


_OF_A_TOTAL = ("numerator", "unknown", "unknown_credits")


def _not_comparable(one: Compared, catalogue: Catalogue) -> str:
    """Why the two years cannot be compared, or nothing."""
    case, pairs = one.case, one.kept
    if not (pairs["part"] == "continuing").any():
        return "no member reported in both years"
    if case.panel == "all" and ((pairs["status_from"] == "partial") | (pairs["status_to"] == "partial")).any():
        return "a member reported only part of a year"
    if len({*pairs["definition_version_from"].dropna(), *pairs["definition_version_to"].dropna()}) > 1:
        return "the definition differs"
    return "; ".join(breaks_between(case.metric, catalogue, case.since, case.year))


def breaks_between(metric: Metric, catalogue: Catalogue, since: NetworkYear, year: NetworkYear) -> list[str]:
    """The breaks of a metric, or of what it is made of, after one year and up to another, each with its reason."""
    parts = [metric, *(part for part in catalogue.parts(metric) if part)]
    breaks = [found for part in parts for found in part.breaks if since < parse_year(found.starts) <= year]
    return list(dict.fromkeys(f"break in {found.starts}: {found.why}" for found in breaks))


def _level(level: dict[str, Any]) -> Level:
    figures = [level[name] for name in ("value", "lower", "upper")]
    return Level(None) if any(pd.isna(figure) for figure in figures) else Level(*map(float, figures))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reindex(columns=FINDING_COLUMNS)
    whole = [name for name in frame if name.endswith(("numerator", "denominator", "unknown", "unknown_credits"))]
    whole += ["members", "members_from", "members_to", "members_expected", "left_out", "told"]
    numbers = [name for name in frame if name.endswith(("value", "lower", "upper", "expected", "quotient"))]
    numbers = [name for name in numbers if name not in whole]
    text = ["since", "verdict", "standing", "reason", "part", "group", "benchmark"]
    frame = frame.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(numbers, "Float64"))
    return frame.assign(**{name: frame[name].astype("object").fillna("").astype("str") for name in text})
