"""Which rates that figures are made by nobody checked, or are those of an earlier year: what pages say beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from anchor_analysis.clean.derived.rates_used import rates_used
from anchor_analysis.declared import Metric, Network, NetworkYear
from anchor_analysis.declared.rates import Rate, Rates
from anchor_analysis.measure.observing import COUNTED


def rates_in_doubt(network: Network, observations: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Of each metric the values of rates that were used and are `unverified`, or were `carried_on`.

    One entry for each thing and doubt: the `title` of the rates, `of` what, the network `years` of which some member's
    figure is counted, and the `sources` as they are told, or the years `since` which the value is carried on. Metrics
    whose rates were all checked, and are each of its own year, are left out.
    """
    known = network.catalogue.metrics
    named = [known[name] for name in sorted(set(observations["metric"])) if known[name].rates]
    found = {metric.id: _of_metric(network, metric, observations) for metric in named}
    return {name: entries for name, entries in found.items() if entries}


def _of_metric(network: Network, metric: Metric, observations: pd.DataFrame) -> list[dict[str, Any]]:
    counted = observations[(observations["metric"] == metric.id) & (observations["scope"] == "member")]
    counted = counted[counted["status"].isin(COUNTED) & (counted["breakdown"] == "")]
    doubts: dict[tuple[str, str, str], dict[str, set[str]]] = {}
    for member, label in counted[["member", "network_year"]].drop_duplicates().itertuples(index=False):
        for rates, rate, doubt, why in _doubts(network, metric, str(member), network.year(str(label))):
            entry = doubts.setdefault((doubt, rates.title, rates.name(rate.of)), {"years": set(), "why": set()})
            entry["years"].add(str(label))
            entry["why"].add(why)
    return [
        {"doubt": doubt, "title": title, "of": of, "years": sorted(entry["years"]), "why": sorted(entry["why"])}
        for (doubt, title, of), entry in sorted(doubts.items())
    ]


def _doubts(network: Network, metric: Metric, member: str, year: NetworkYear) -> Iterator[tuple[Rates, Rate, str, str]]:
    for column in _columns(network, metric):
        for name, rate, carried_on in rates_used(network, column, network.member(member), year):
            rates = network.catalogue.rates[name]
            if rates.is_unverified(rate):
                yield rates, rate, "unverified", rate.source or rates.source
            if carried_on:
                yield rates, rate, "carried_on", f"{rate.starts.year}-{(rate.starts.year + 1) % 100:02}"


def _columns(network: Network, metric: Metric) -> set[str]:
    """The columns that a metric, or the parts of a ratio, sum or choose rows by."""
    parts = [part for part in network.catalogue.parts(metric) if part]
    operands = [operand for part in parts for operand in (part.numerator, part.unknown) if operand]
    return {name for operand in operands for name in (operand.sum, *operand.where) if name}
