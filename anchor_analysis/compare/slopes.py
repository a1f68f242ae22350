"""Whether members' figures rise or fall over the years: a mean yearly change with its interval, or why none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from anchor_analysis.compare.breaks import breaks_between, changed_coverage
from anchor_analysis.compare.inference import LEVEL, METHODS, Slope, slope_of
from anchor_analysis.compare.members import same_basis
from anchor_analysis.compare.verdicts import NOT_CLEAR, WHATEVER, direction
from anchor_analysis.declared import Metric, Network, load_catalogue, parse_year
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.problems import unknown

#: Fewer years, or fewer members with figures for so many of them, do not carry a trend: of five members, no change of
#: signs is rarer than one in sixteen, and so none can be told from chance at one in twenty.
FEWEST_YEARS, FEWEST_MEMBERS = 3, 6

TREND_COLUMNS = [
    "metric", "since", "period", "method", "unit", "value", "lower", "upper", "p_value", "p_adjusted",
    "value_least", "value_most", "verdict", "direction", "standing", "carried_by_one", "members", "left_out", "years",
    "reason",
]  # fmt: skip

ESTIMAND = {
    "share": "The mean yearly change of a member's share, in points, each member counting alike.",
    "total": "The mean yearly growth of a member's figure, each member counting alike.",
}
ASSUMPTIONS = (
    "Members are independent of one another; the years of one member need not be.",
    "The change is the same in each year, or what is told is its mean over them.",
    "The members are like others that might have been; of these members alone the changes are what they are.",
)


def trends(
    observations: pd.DataFrame,
    metrics: Sequence[str] | None = None,
    since: str | None = None,
    period: str | None = None,
    method: str = "wild",
    network: Network | None = None,
) -> pd.DataFrame:
    """The mean yearly change of each metric's members from `since` to `period`, all that were measured if not given.

    One row per metric, all of them if none is named; columns as TREND_COLUMNS. `value` is what ESTIMAND says: of a
    share in points a year from 0 to 1, else the growth a year from 0 to 1, from the logarithms of the figures. `lower`
    and `upper` are its 95 % interval and `p_value` that of no change, by `method`, one of those of `compare.inference`.
    Where several metrics are named, `p_adjusted` holds for all of them together (Holm, Scandinavian Journal of
    Statistics 6, 1979), and the verdict goes by it. Of what is unknown, `value_least` and `value_most` put into each
    year what makes the change least and most; `standing` says whether the verdict holds for both. `direction` is
    `better` or `worse`, by the way in which the metric is. `carried_by_one` says whether without some one member there
    would be another verdict. ASSUMPTIONS says what it rests on.

    A member counts with the whole years that it reported, if they are three or more; `left_out` counts the others that
    reported any. It is refused, with the `reason` and without a value, where the network has fewer than 3 years or 6
    such members, where a figure of a total is not above zero, where there is a break in between, where every member
    moved alike, and where a model does not converge. No claim goes beyond `described`: what moved, not why.

    Raises UserError for an unknown metric (AN004) or method (AN005), and for observations that were placed by
    different reference files (AN039).
    """
    catalogue = network.catalogue if network else load_catalogue()
    if method not in METHODS:
        raise unknown("AN005", "method", method, METHODS)
    named = [catalogue.metric(name) for name in metrics or sorted(observations["metric"].unique())]
    whole = observations[(observations["scope"] == "member") & (observations["breakdown"] == "")]
    by_metric = dict(list(whole.groupby("metric")))
    rows = [_trend(by_metric.get(metric.id, whole.head(0)), metric, since, period, method, network) for metric in named]
    frame = _adjusted(pd.DataFrame(rows)).assign(method=method).reindex(columns=TREND_COLUMNS)
    numbers = ["value", "lower", "upper", "p_value", "p_adjusted", "value_least", "value_most"]
    return frame.astype(dict.fromkeys(numbers, "Float64") | {"carried_by_one": "boolean"})


def without_each(
    observations: pd.DataFrame, metric: str, since: str | None = None, period: str | None = None, method: str = "wild",
    network: Network | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The trend of a metric without each of its members in turn; for the analyst, since it tells what members are.

    One row per member that counts: `member`, and `value`, `lower`, `upper`, `p_value` of the others.
    """
    catalogue = network.catalogue if network else load_catalogue()
    whole = observations[(observations["scope"] == "member") & (observations["breakdown"] == "")]
    own = whole[whole["metric"] == metric]
    rows = _rows(_window(own, since, period, catalogue.metric(metric), network), catalogue.metric(metric))
    found = [
        {"member": member} | _told(slope_of(rest, method), catalogue.metric(metric)) for member, rest in _rests(rows)
    ]
    return pd.DataFrame(found, columns=["member", "value", "lower", "upper", "p_value"])


def _rests(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for member in sorted(rows["member"].unique()):
        yield member, rows[rows["member"] != member]


def _window(
    own: pd.DataFrame, since: str | None, period: str | None, metric: Metric, network: Network | None
) -> pd.DataFrame:
    """The years from `since` to `period`, without members whose figures hold another thing than before by their end."""
    years = {name: parse_year(name) for name in own["network_year"].unique()}
    kept = [name for name, year in years.items()
            if (not since or year >= parse_year(since)) and (not period or year <= parse_year(period))]  # fmt: skip
    if not kept:
        return own.head(0)
    changed = changed_coverage(network, metric, min(years[name] for name in kept), max(years[name] for name in kept))
    return own[own["network_year"].isin(kept) & ~own["member"].isin(list(changed))]


def _rows(own: pd.DataFrame, metric: Metric, end: str = "value") -> pd.DataFrame:
    """One row per member and whole year with a figure: `member`, `year`, `figure`, of a total its logarithm.

    `end` is `value`, or `least` or `most`: of what is unknown, in each year what makes the slope so.
    """
    rows = own[own["status"].isin(COUNTED) & (own["status"] != "partial") & own["value"].notna()]
    rows = rows.assign(year=[parse_year(name).begins for name in rows["network_year"]])
    rows = rows[rows.groupby("member")["year"].transform("size") >= FEWEST_YEARS]
    figure = rows["value"].astype(float)
    if end != "value":
        late = rows["year"] > rows.groupby("member")["year"].transform("mean")
        high = late if end == "most" else ~late
        figure = rows["upper"].where(high, rows["lower"]).astype(float)
    if metric.unit != "share":
        figure = np.log(figure.where(figure > 0))
    return pd.DataFrame({"member": rows["member"], "year": rows["year"], "figure": figure})


def _trend(
    own: pd.DataFrame, metric: Metric, since: str | None, period: str | None, method: str, network: Network | None
) -> dict[str, Any]:  # fmt: skip
    catalogue = network.catalogue if network else load_catalogue()
    own = _window(own, since, period, metric, network)
    same_basis(own["basis"], metric.id)
    rows = _rows(own, metric)
    reported = own.loc[own["status"].isin(COUNTED), "member"].nunique()
    years = sorted(map(parse_year, own["network_year"].unique()))
    about = {
        "metric": metric.id, "unit": metric.unit, "members": rows["member"].nunique(), "years": len(years),
        "since": str(years[0]) if years else "", "period": str(years[-1]) if years else "",
        "left_out": reported - rows["member"].nunique(), "better": metric.better,
        **dict.fromkeys(["verdict", "direction", "standing", "reason"], ""),
    }  # fmt: skip
    breaks = breaks_between(metric, catalogue, years[0], years[-1]) if years else []
    if reason := "; ".join(breaks) or _too_little(rows, len(years)):
        return about | {"reason": reason}
    found = slope_of(rows, method)
    if found.refused:
        return about | {"reason": found.refused}
    ends = {end: slope_of(_rows(own, metric, end).dropna(), method) for end in ("least", "most")}
    without = [slope_of(rest, method) for _, rest in _rests(rows)]
    return about | _told(found, metric) | {
        "value_least": _growth(ends["least"].value, metric), "value_most": _growth(ends["most"].value, metric),
        "carried_by_one": any(_said(one, one.p_value) != _said(found, found.p_value) for one in without),
        "slope": found, "ends": tuple(ends.values()),
    }  # fmt: skip


def _too_little(rows: pd.DataFrame, years: int) -> str:
    members = rows["member"].nunique()
    if years < FEWEST_YEARS:
        return f"there are {years} years, and a trend needs {FEWEST_YEARS}"
    if members < FEWEST_MEMBERS:
        return f"{members} members have {FEWEST_YEARS} years or more, and a trend needs {FEWEST_MEMBERS}"
    if rows["figure"].isna().any():
        return "a member's figure is not above zero, and growth is a ratio"
    return ""


def _told(slope: Slope, metric: Metric) -> dict[str, float]:
    ends = {name: _growth(getattr(slope, name), metric) for name in ("value", "lower", "upper")}
    return ends | {"p_value": slope.p_value}


def _growth(slope: float, metric: Metric) -> float:
    """A yearly change in the metric's own terms: points of a share, else the growth that a logarithm's slope is."""
    return slope if metric.unit == "share" else float(np.expm1(slope))


def _said(slope: Slope, p_value: float) -> str:
    if slope.refused or p_value > LEVEL:
        return "no clear change"
    return "rose" if slope.value > 0 else "fell"


def _adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    """With the p-values of all metrics that have one adjusted together, and the verdicts that follow."""
    if "slope" not in frame:
        return frame
    from statsmodels.stats.multitest import multipletests

    told = frame["slope"].notna()
    adjusted = multipletests(frame.loc[told, "p_value"].to_numpy(float), method="holm")[1]
    frame.loc[told, "p_adjusted"] = adjusted
    for at, p_value in zip(frame.index[told], adjusted, strict=True):
        verdict = _said(frame.at[at, "slope"], p_value)
        frame.at[at, "verdict"] = verdict
        frame.at[at, "direction"] = direction(verdict, frame.at[at, "better"])
        if verdict != "no clear change":
            ends = [_said(end, end.p_value) for end in frame.at[at, "ends"]]
            frame.at[at, "standing"] = WHATEVER if set(ends) == {verdict} else NOT_CLEAR
    return frame
