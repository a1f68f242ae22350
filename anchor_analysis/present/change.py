"""The analyst's own view of what changed and why: unprotected, for internal pages only.

Everything takes what `open_network` gives, and works out nothing itself: the figures are those of `compare`, and where
they refuse, their reason is what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol

import pandas as pd

from anchor_analysis.compare import (
    Deflator,
    change,
    decompose,
    identity,
    real_terms,
    sensitivity,
    series,
    trends,
    without_each,
    years_to_target,
)  # fmt: skip
from anchor_analysis.compare.over_years import PANELS
from anchor_analysis.compare.products import MEMBERS
from anchor_analysis.declared import Network
from anchor_analysis.declared.described import metric_facts, plain
from anchor_analysis.declared.units import UNITS
from anchor_analysis.present import wording
from anchor_analysis.present.charts.picture import Chart
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
    @property
    def deflators(self) -> list[Deflator]: ...


def definition(net: Results, metric: str) -> Shown:
    """What is declared of a metric: what is counted, what of it is unknown, its caveats, its source."""

    def made() -> pd.DataFrame:
        catalogue = net.network.catalogue
        declared = catalogue.metric(metric)
        facts = [("Question", declared.question), *metric_facts(catalogue, declared)]
        facts += [("Caveat", caveat) for caveat in declared.caveats]
        place = {"{place}": net.network.about.place}
        return pd.DataFrame(facts, columns=["of it", "is declared"]).replace(place, regex=False).map(plain)

    return _shown(made, f"{_title(net, metric)}: what it is")


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
        columns = ["members", "from_value", "to_value", "value", "lower", "upper", "verdict", "direction",
                   "standing", "reason"]  # fmt: skip
        return _in_units(found, net, *columns[1:6]).assign(**told)[[*told, *columns]]

    return _shown(made, f"{_title(net, metric)}, {since} to {year}{_units(net, metric)}", headings=2)


_BOTH = ("all", "like_for_like")
_SAID = {
    "all": "all members", "like_for_like": "the same members", "balanced": "those of every year", "chained": "chained",
}  # fmt: skip


def over_years(net: Results, metric: str) -> Shown:
    """Every year of all members, of those that reported every year, and chained like for like."""

    def made() -> pd.DataFrame:
        found = pd.concat([series(net.observations, metric, panel, network=net.network) for panel in PANELS])
        found = _in_units(found.assign(metric=metric), net, "value", "change")
        columns = ["panel", "period", "members", "left_out", "value", "change", "index", "index_lower", "index_upper"]
        return found.assign(panel=found["panel"].map(_SAID))[[*columns, "reason"]].rename(columns={"panel": "counting"})

    return _shown(made, f"{_title(net, metric)} over the years{_units(net, metric)}", headings=2)


def why(net: Results, metric: str, year: str, since: str = "", method: str | None = None) -> Shown:
    """What each member adds to each part of a change, of a ratio or of a product; refused for any other total."""
    since = since or str(net.network.baseline)

    def made() -> pd.DataFrame:
        found = decompose(net.observations, metric, year, since, method, network=net.network)
        found = _in_units(found.assign(metric=metric), net, "value")
        wide = found.pivot_table(index="member", columns="part", values="value", aggfunc="sum", sort=False)
        first = [name for name in chain if name in wide]
        wide = wide[[*first, *wide.columns.difference(first)]]
        wide.index = [net.network.member(name).name if name else "Another way of counting" for name in wide.index]
        wide.columns = [factors.get(part, part.replace("_", " ")) for part in wide.columns]
        wide = pd.concat([wide, wide.sum().to_frame("All of them").T]).rename_axis("member")
        wide = wide.assign(together=wide.sum(axis=1))
        return (wide.round(2) + 0.0).reset_index()  # no nought with a sign

    known = net.network.catalogue.metrics.get(metric)
    chain = [*known.factors, metric] if known and known.factors else []
    factors = {name: _for_each(net, name, before) for before, name in pairwise(["", *chain])}
    caption = f"Why {wording.lower_first(_title(net, metric))} changed, {since} to {year}"
    return _shown(made, f"{caption}{_units(net, metric)}")


def product(net: Results, metric: str, year: str, since: str = "", real: bool = False) -> Shown:
    """A total as members times each of its factors, and what each added; in `real` terms at the prices of the year."""
    since = since or str(net.network.baseline)

    def made() -> pd.DataFrame:
        rows = real_terms(net.observations, net.deflator, year) if real else net.observations
        found = _in_units(identity(rows, metric, year, since, network=net.network), net, "value")
        titles = {MEMBERS: "members", "total": "together", "not_parted": "of members that tell not all of it"}
        for column in ("part", "of"):
            found[column] = [titles.get(name) or (name and _title(net, name)) for name in found[column]]
        for end in ("from_value", "to_value"):
            found[end] = ["" if pd.isna(value) else _short(value) for value in found[end]]
        names = {"of": "for each of", "from_value": since, "to_value": year, "value": "adds", "ratio": "multiplies by"}
        return found[["part", *names]].rename(columns=names)

    caption = f"{_title(net, metric)} as a product{' in real terms' if real else ''}, {since} to {year}"
    return _shown(made, f"{caption}, what is added{_units(net, metric)}", headings=2)


def bridge(net: Results, metric: str, year: str, since: str = "") -> Chart:
    """The parts of a share's change, or what each factor of a product added, as bars from nought to the whole."""
    from anchor_analysis.present.charts.waterfall import Bar, waterfall

    since = since or str(net.network.baseline)
    title = f"{_title(net, metric)}: what its change since {since} is made of"
    try:
        made = _bridge(net, metric, year, since)
    except UserError as refused:
        return Chart(f"No chart of {wording.lower_first(_title(net, metric))}: {refused.problems[0].what}")
    shown = [f"{value:+,.2f}".replace("-", "−") for value in made]
    bars = [Bar(name, value, text) for name, value, text in zip(made.index, made, shown, strict=True)]
    whole = f"{made.sum():+,.2f}".replace("-", "−")
    said = "; ".join(f"{wording.lower_first(name)} {text}" for name, text in zip(made.index, shown, strict=True))
    alt = f"Bar chart. {title}{_units(net, metric)}: {whole}. Of this: {said}."
    caption = f"{_title(net, metric)}{_units(net, metric)}, {since} to {year}. Unprotected."
    png = waterfall([*bars, Bar("All of the change", float(made.sum()), whole, whole=True)], title, caption)
    return Chart(alt, png, made.rename("adds").rename_axis("part").reset_index(), caption)


def _bridge(net: Results, metric: str, year: str, since: str) -> pd.Series:
    """By part, what it adds to a change, in the unit that the metric is shown in."""
    if net.network.catalogue.metric(metric).kind == "additive":
        found = identity(net.observations, metric, year, since, network=net.network)
        found = found[found["part"] != "total"]
        names = {MEMBERS: "Number of members", "not_parted": "Members that tell not all of it"}
        parts = zip(found["part"], found["of"], strict=True)
        values = _in_units(found, net, "value")["value"]
        values.index = pd.Index([names.get(part) or _for_each(net, part, of) for part, of in parts])
    else:
        found = decompose(net.observations, metric, year, since, network=net.network)
        values = _in_units(found, net, "value").groupby("part")["value"].sum().rename(index=wording.capital)
        values = values.reindex([name for name in _RATE_PARTS if name in values.index])
    return values.astype("float64")


_RATE_PARTS = ("Within", "Between", "Cross", "Entry", "Exit", "Definition")


def at_prices_of(net: Results, metric: str, year: str) -> Shown:
    """A total of money in cash and at the prices of a year, side by side."""

    def made() -> pd.DataFrame:
        cash = series(net.observations, metric, network=net.network)
        real = series(real_terms(net.observations, net.deflator, year), metric, network=net.network)
        cash, real = (_in_units(one.assign(metric=metric), net, "value") for one in (cash, real))
        told = pd.DataFrame({"year": cash["period"], "in cash": cash["value"], "index in cash": cash["index"]})
        return told.assign(**{f"at the prices of {year}": real["value"], "index in real terms": real["index"]})

    return _shown(made, f"{_title(net, metric)} in real terms{_units(net, metric)}")


def moving(net: Results, metrics: Sequence[str], method: str = "wild") -> Shown:
    """Whether members' figures rise or fall over all years, of all these metrics together, with intervals."""

    def made() -> pd.DataFrame:
        found = trends(net.observations, metrics, method=method, network=net.network)
        names = {"lower": "from", "upper": "to", "value": "a year"}
        columns = ["metric", "members", "years", "value", "lower", "upper", "p_adjusted", "verdict", "direction"]
        columns += ["standing", "carried_by_one", "reason"]
        return _per_cent(_by_title(found[columns], net)).rename(columns=names)

    return _shown(made, f"A mean yearly change of members, each counting alike, {_A_YEAR}")


def without(net: Results, metric: str, method: str = "wild") -> Shown:
    """The mean yearly change without each member in turn: who carries it. It tells what single members did."""

    def made() -> pd.DataFrame:
        found = without_each(net.observations, metric, method=method, network=net.network)
        found["member"] = [net.network.member(name).name for name in found["member"]]
        names = {"member": "without", "value": "a year", "lower": "from", "upper": "to"}
        return _per_cent(found).rename(columns=names)

    return _shown(made, f"{_title(net, metric)}: a mean yearly change without each member, {_A_YEAR}")


def choices(net: Results, metrics: Sequence[str], year: str, since: str = "") -> Shown:
    """Each metric's change since a year (the baseline if not given) by every other choice of how to count."""
    since = since or str(net.network.baseline)

    def made() -> pd.DataFrame:
        found = sensitivity(net.network, net.observations, metrics, year, since, net.deflators)
        found["same"] = found["same"].map({True: "yes", False: "no"}).astype("object").fillna("")
        found = _in_units(found, net, "from_value", "to_value", "value")
        found["in"] = [_unit(net, name) for name in found["metric"]]
        names = {"from_value": since, "to_value": year, "value": "change", "same": "same verdict"}
        columns = ["metric", "choice", "taken", "from_value", "to_value", "value", "in", "percent", "members"]
        columns += ["verdict", "same", "reason"]
        return _by_title(found, net)[columns].rename(columns=names)

    return _shown(made, f"How far it depends on choices, {since} to {year}", headings=3)


def targets(net: Results, metric: str) -> Shown:
    """How far each category of spend with a target is from it, and how many years at the present pace."""

    def made() -> pd.DataFrame:
        aims = [(one.id, one.title, one.local_share) for one in net.network.categories if one.local_share is not None]
        found = [
            years_to_target(net.observations, metric, share, (_BY, name), network=net.network).assign(group=title)
            for name, title, share in aims
        ]
        columns = ["group", "value", "target", "gap", "pace", "pace_lower", "pace_upper", "years", "years_lower",
                   "years_upper", "members", "reason"]  # fmt: skip
        if not found:
            return pd.DataFrame()
        told = _in_units(pd.concat(found).assign(metric=metric), net, *(name for name in columns[1:7]))
        return told[columns].rename(columns={"group": "category"})

    return _shown(made, f"{_title(net, metric)}: years to target at the present pace{_units(net, metric)}")


_BY = "spend_category"


def groups(net: Results, metric: str, year: str) -> Shown:
    """A year's figure of the network by the groups of everything that the metric is broken down by."""

    def made() -> pd.DataFrame:
        own = net.observations[(net.observations["metric"] == metric) & (net.observations["network_year"] == year)]
        own = own[(own["scope"] == "network") & (own["breakdown"] != "")].sort_values(["breakdown", "group"])
        own = _in_units(own, net, "value", "lower", "upper").replace("_", " ", regex=True)
        return own[["breakdown", "group", "value", "lower", "upper", "members_counted"]]

    return _shown(made, f"{_title(net, metric)} by group, {year}{_units(net, metric)}", headings=2)


#: What of a unit is shown in another, and how many of these one is.
_SCALED = {"share": ("% and points", 100.0), "gbp": ("£m", 1e-6)}
_A_YEAR = "in % or points"


def _in_units(frame: pd.DataFrame, net: Results, *columns: str) -> pd.DataFrame:
    """The frame with each metric's figures in the unit that they are shown in."""
    units = [net.network.catalogue.metric(name).unit for name in frame["metric"]]
    times = pd.Series([_SCALED.get(unit, ("", 1.0))[1] for unit in units], frame.index)
    return frame.assign(**{name: frame[name].astype("Float64") * times for name in columns})


def _per_cent(frame: pd.DataFrame) -> pd.DataFrame:
    """Trends as growth in per cent or points a year, which they are as parts of one."""
    return frame.assign(**{name: frame[name].astype("Float64") * 100 for name in ("value", "lower", "upper")})


def _short(value: float) -> str:
    """A number of any size: whole from a thousand on, with four figures below."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _for_each(net: Results, name: str, of: str) -> str:
    """A factor, and what there is so much of it for."""
    each = {"": "", MEMBERS: " / member"}.get(of, f" / {wording.lower_first(_title(net, of))}")
    return f"{_title(net, name)}{each}"


def _by_title(frame: pd.DataFrame, net: Results) -> pd.DataFrame:
    return frame.assign(metric=[_title(net, name) for name in frame["metric"]])


def _unit(net: Results, metric: str) -> str:
    unit = net.network.catalogue.metric(metric).unit
    return _SCALED.get(unit, (UNITS[unit].words, 1.0))[0]


def _units(net: Results, metric: str) -> str:
    """The unit for a caption; nothing of a metric that nobody declared, which is told instead of the table."""
    return f", in {_unit(net, metric)}" if metric in net.network.catalogue.metrics else ""


def _title(net: Results, metric: str) -> str:
    known = net.network.catalogue.metrics.get(metric)
    return known.title if known else metric


def _shown(made: Callable[[], pd.DataFrame], caption: str, headings: int = 1) -> Shown:
    """A frame as a table; the reason, where it is refused."""
    try:
        frame = made()
        told = (frame.notna() & (frame != "")).any().to_numpy()
        return grid(frame.loc[:, told], caption, headings)
    except UserError as refused:
        return nothing(f"{caption}: {refused.problems[0].what}")
