"""The change of a metric between two years: all members, like-for-like, and the parts that make it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import pandas as pd

from anchor_analysis.compare.benchmarks import Benchmark, against_benchmark
from anchor_analysis.compare.cases import PANELS, Case, Compared, compare_members, one_case
from anchor_analysis.compare.gaps import pay_gaps
from anchor_analysis.compare.members import End, added, total_of
from anchor_analysis.compare.prices import Deflator, real_findings
from anchor_analysis.compare.progression import progression_findings
from anchor_analysis.compare.reductions import reductions
from anchor_analysis.compare.restated import from_published, level_published
from anchor_analysis.compare.targets import against_targets
from anchor_analysis.compare.verdicts import Level, Verdict, direction, judge
from anchor_analysis.declared import Catalogue, Network, NetworkYear, load_catalogue
from anchor_analysis.measure.observing import AMOUNTS, add_values

PARTS = ["continuing", "joiners", "leavers", "non_response"]

FINDING_COLUMNS = [
    "finding_id", "kind", "metric", "period", "since", "panel", "part", "value", "lower", "upper",
    "from_value", "from_lower", "from_upper", "to_value", "to_lower", "to_upper",
    "from_numerator", "from_denominator", "from_unknown", "from_unknown_credits",
    "to_numerator", "to_denominator", "to_unknown", "to_unknown_credits", "part_numerator",
    "verdict", "direction", "standing", "reason", "members", "members_from", "members_to",
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
    published: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The change of a metric from `since` (the year before, if not given) to `period`, with its bounds.

    One row for the change; for an additive metric of all members also one for each part, which sum to it
    exactly: `continuing` (reported in both years), `joiners` (no member yet in the first), `leavers` (no
    member any more in the second), `non_response` (a member in both that reported in one). `panel` is `all`
    or `like_for_like`: those that reported the whole of both years. Columns as FINDING_COLUMNS, with the
    whole numbers that protection rounds; `value` is in the metric's unit, for a share in points from 0 to 1.
    `verdict` is what `judge` says of it, `direction` whether what rose or fell did so for the `better` or the `worse`.
    `network` gives its own definitions, its tolerance for the unknown, and which members merged, which count as one
    with those they became part of; without it the shipped definitions hold, and who merged is a leaver.

    Across a break all members are `not comparable`. Where the break names an `overlap`, the same members are compared
    by that metric at the later end, and the parts have one more, `definition`: what the new way of counting made of
    it, `continuing` being by the old one throughout. A member whose own figures hold another thing than before
    (`breaks` in network.toml) is left out of like for like, and all of its change is in `definition`.

    `published` are the observations that an earlier edition was made of. Then the change of all members is from the
    first year as it was published, and one part more, `restatement`, is what that year was restated by since.

    Raises UserError for an unknown metric (AN004), year (AN003) or panel (AN005), and for observations that were
    placed by different reference files (AN039).
    """
    case = one_case(metric, period, since, panel, network)
    rows = changes_of(observations, [case], network)
    if published is None or panel != "all":
        return rows
    catalogue = network.catalogue if network else load_catalogue()
    (level,) = levels_of([level_published(published, case, catalogue)])
    return _typed(from_published(rows, case, level))


def changes_of(observations: pd.DataFrame, cases: Sequence[Case], network: Network | None) -> pd.DataFrame:
    """The rows of several comparisons, as `change` has those of one, by what a network declares if there is one."""
    catalogue = network.catalogue if network else load_catalogue()
    delta = network.protection.unknowns_delta if network else DELTA
    compared = compare_members(observations, cases, network)
    ends = levels_of([_sums(one, end, catalogue) for one in compared for end in ("before", "after")])
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(compared):
        rows += _rows(one, ends[2 * number], ends[2 * number + 1], catalogue, delta)
    return _typed(pd.DataFrame(rows))


def levels_of(sums: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Totals with their `value, lower, upper`: whole numbers as AMOUNTS, the metric's `unit`, and `bounds_only`."""
    levels = add_values(pd.DataFrame(sums).astype(dict.fromkeys(AMOUNTS, "Int64")))
    levels = levels.drop(columns=["unit", "bounds_only"])
    return [level._asdict() for level in levels.itertuples(index=False)]  # to_dict loses NA


def _sums(one: Compared, end: str, catalogue: Catalogue) -> dict[str, Any]:
    """The total of a panel in one year, from the members' whole numbers; missing where nobody reported."""
    metric = one.case.metric
    return total_of(metric, (getattr(pair, end) for pair in one.kept), catalogue)


def _rows(one: Compared, before: dict, after: dict, catalogue: Catalogue, delta: float) -> list[dict[str, Any]]:
    case, kept, metric = one.case, one.kept, one.case.metric
    shared = {
        "metric": metric.id, "period": str(case.year), "since": str(case.since), "panel": case.panel,
        "unit": metric.unit, "members_expected": one.expected, "audience": "public",
    }  # fmt: skip
    reason = _not_comparable(one)
    verdict = (
        Verdict("not comparable", "", reason)
        if reason
        else judge(Level.of(before), Level.of(after), metric.smallest_change, delta, share=metric.unit == "share")
    )
    basis = f'both years are counted as "{one.by.title}"' if one.by and case.panel == "like_for_like" else ""
    reasons = "; ".join(filter(None, [verdict.reason, basis]))
    whole = shared | {
        "finding_id": case.finding_id("change"), "kind": "change", "part": "",
        **{f"from_{name}": value for name, value in before.items()},
        **{f"to_{name}": value for name, value in after.items()},
        "value": after["value"] - before["value"], "lower": after["lower"] - before["upper"],
        "upper": after["upper"] - before["lower"], "told": after["told"],
        "verdict": verdict.verdict, "direction": direction(verdict.verdict, metric.better),
        "standing": verdict.standing, "reason": reasons,
        "members": sum(pair.part == "continuing" for pair in kept),
        "members_from": sum(pair.before.counts for pair in kept),
        "members_to": sum(pair.after.counts for pair in kept),
        "left_out": sum(pair.part != "none" for pair in one.pairs) - len(kept) if case.panel == "like_for_like" else 0,
        "observation_ids": _in_order(end for pair in kept for end in (pair.before, pair.after)),
    }  # fmt: skip
    if metric.kind != "additive" or case.panel != "all":
        return [whole]
    counted_otherwise = ["definition"] if one.by or one.changed else []
    return [whole, *(_part_row(shared, one, part) for part in [*PARTS, *counted_otherwise])]


def _in_order(ends: Iterable[End]) -> str:
    """Ids of observations, one text; of members that merged several come as one."""
    return " ".join(sorted({name for end in ends for name in end.observation_id.split()}))


def _part_row(shared: dict[str, Any], one: Compared, part: str) -> dict[str, Any]:
    moves = one.moves(part)
    before, after = _bounds(end for end, _ in moves), _bounds(end for _, end in moves)
    lower, number, upper = after[0] - before[2], after[1] - before[1], after[2] - before[0]
    scale = one.case.metric.scale.scale
    return shared | {
        "finding_id": one.case.finding_id(part), "kind": "part", "part": part, "part_numerator": number,
        "value": number / scale, "lower": lower / scale, "upper": upper / scale, "members": len(moves),
        "observation_ids": _in_order(end for move in moves for end in move),
    }  # fmt: skip


def _bounds(ends: Iterable[End]) -> tuple[int, int, int]:
    """What is known to be in some members' totals of a year, between the least and the most that it can be."""
    sums = added(ends)
    known, unknown, credits = (sums[name] or 0 for name in ("numerator", "unknown", "unknown_credits"))
    return known + credits, known, known + unknown - credits


def _not_comparable(one: Compared) -> str:
    """Why the two years cannot be compared, or nothing."""
    case, pairs = one.case, one.kept
    if not any(pair.part in ("continuing", "definition") for pair in pairs):
        return "no member reported in both years"
    if case.panel == "all" and any(pair.of_a_part for pair in pairs):
        return "a member reported only part of a year"
    versions = {end.definition_version for pair in pairs for end in (pair.before, pair.after)} - {None}
    if len(versions) > 1:
        return "the definition differs"
    if case.panel == "all":
        return "; ".join([*one.breaks, *one.changed])
    return "" if one.by else "; ".join(one.breaks)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reindex(columns=FINDING_COLUMNS)
    whole = [name for name in frame if name.endswith(("numerator", "denominator", "unknown", "unknown_credits"))]
    whole += ["members", "members_from", "members_to", "members_expected", "left_out", "told"]
    numbers = [name for name in frame if name.endswith(("value", "lower", "upper", "expected", "quotient"))]
    numbers = [name for name in numbers if name not in whole]
    text = ["since", "verdict", "direction", "standing", "reason", "part", "group", "benchmark"]
    frame = frame.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(numbers, "Float64"))
    return frame.assign(**{name: frame[name].astype("object").fillna("").astype("str") for name in text})
