"""The analyst's own view of what changed and why: unprotected, for internal pages only.

Everything takes what `open_network` gives, and works out nothing itself: the figures are those of `compare`, and where
they refuse, their reason is what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import pandas as pd

from anchor_analysis.compare import Deflator, change, decompose, real_terms, series, trends
from anchor_analysis.compare.over_years import PANELS
from anchor_analysis.declared import Network
from anchor_analysis.present import wording
from anchor_analysis.present.shown import Shown, nothing
from anchor_analysis.present.tables import grid
from anchor_analysis.problems import UserError


class Results(Protocol):
    """What of a network's results is looked at, as `open_network` gives it."""

    @property
    def network(self) -> Network: ...
    @property
    def observations(self) -> pd.DataFrame: ...
    @property
    def coverage(self) -> pd.DataFrame: ...
    @property
    def deflator(self) -> Deflator: ...


def who(net: Results, metric: str) -> Shown:
    """The status of every member in every year: what every comparison below rests on."""
    own = net.coverage[net.coverage["metric"] == metric].drop(columns="metric")
    own["member"] = [net.network.member(name).name for name in own["member"]]
    return grid(own.replace("_", " ", regex=True), f"Who reported {wording.lower_first(_title(net, metric))}")


def parts(net: Results, metric: str, year: str, since: str = "") -> Shown:
    """The change since a year (the baseline if not given) of all members and like for like, and its parts."""
    since = since or str(net.network.baseline)

    def made() -> pd.DataFrame:
        every, same = (change(net.observations, metric, year, since, panel, net.network) for panel in _BOTH)
        found = pd.concat([every, same], ignore_index=True)
        names = found["part"].where(found["part"] != "", "change").str.replace("_", " ")
        told = {"counting": found["panel"].map(_SAID), "part": names}
        columns = ["members", "from_value", "to_value", "value", "lower", "upper", "verdict", "standing", "reason"]
        return found.assign(**told)[[*told, *columns]]

    return _shown(made, f"{_title(net, metric)}, {since} to {year}", headings=2)


_BOTH = ("all", "like_for_like")
_SAID = {
    "all": "all members", "like_for_like": "the same members", "balanced": "those of every year", "chained": "chained",
}  # fmt: skip


def over_years(net: Results, metric: str) -> Shown:
    """Every year of all members, of those that reported every year, and chained like for like."""

    def made() -> pd.DataFrame:
        found = pd.concat([series(net.observations, metric, panel, network=net.network) for panel in PANELS])
        columns = ["panel", "period", "members", "left_out", "value", "change", "index", "index_lower", "index_upper"]
        return found.assign(panel=found["panel"].map(_SAID))[[*columns, "reason"]].rename(columns={"panel": "counting"})

    return _shown(made, f"{_title(net, metric)} over the years", headings=2)


def why(net: Results, metric: str, year: str, since: str = "", method: str | None = None) -> Shown:
    """What each member adds to each part of a change, of a ratio or of a product; refused for any other total."""
    since = since or str(net.network.baseline)

    def made() -> pd.DataFrame:
        found = decompose(net.observations, metric, year, since, method, network=net.network)
        wide = found.pivot_table(index="member", columns="part", values="value", aggfunc="sum", sort=False)
        wide.index = [net.network.member(name).name for name in wide.index]
        wide = pd.concat([wide, wide.sum().to_frame("All of them").T]).rename_axis("member")
        wide = wide.assign(together=wide.sum(axis=1)) * (100 if share else 1)
        return (wide.round(2) + 0.0).reset_index()  # no nought with a sign

    known = net.network.catalogue.metrics.get(metric)
    share = bool(known and known.unit == "share")
    caption = f"Why {wording.lower_first(_title(net, metric))} changed, {since} to {year}"
    return _shown(made, f"{caption}, in points" if share else caption)


def at_prices_of(net: Results, metric: str, year: str) -> Shown:
    """A total of money in cash and at the prices of a year, side by side."""

    def made() -> pd.DataFrame:
        cash = series(net.observations, metric, network=net.network)
        real = series(real_terms(net.observations, net.deflator, year), metric, network=net.network)
        told = pd.DataFrame({"year": cash["period"], "in cash": cash["value"], "index in cash": cash["index"]})
        return told.assign(**{f"at the prices of {year}": real["value"], "index in real terms": real["index"]})

    return _shown(made, f"{_title(net, metric)} in real terms")


def moving(net: Results, metrics: Sequence[str], method: str = "wild") -> Shown:
    """Whether members' figures rise or fall over all years, of all these metrics together, with intervals."""

    def made() -> pd.DataFrame:
        found = trends(net.observations, metrics, method=method, network=net.network)
        names = {"lower": "from", "upper": "to", "value": "a year"}
        columns = ["metric", "members", "years", "value", "lower", "upper", "p_adjusted", "verdict", "standing",
                   "carried_by_one", "reason"]  # fmt: skip
        return found[columns].rename(columns=names)

    return _shown(made, "A mean yearly change of members, each counting alike")


def _title(net: Results, metric: str) -> str:
    known = net.network.catalogue.metrics.get(metric)
    return known.title if known else metric


def _shown(made: Callable[[], pd.DataFrame], caption: str, headings: int = 1) -> Shown:
    """A frame as a table; the reason, where it is refused."""
    try:
        return grid(made(), caption, headings)
    except UserError as refused:
        return nothing(f"{caption}: {refused.problems[0].what}")
