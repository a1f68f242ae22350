"""Which values of the declared rates a derived column is made by, so that pages can say which nobody checked."""

from __future__ import annotations

from collections.abc import Iterator

from anchor_analysis.clean.derived.employment import LIVING_WAGE, WAGES
from anchor_analysis.clean.derived.estate import FACTORS, MADE_BY, factor_day
from anchor_analysis.declared import Member, Network, NetworkYear
from anchor_analysis.declared.rates import Rate

#: A value that was used: of which rates, the value, and whether it was carried on from an earlier year.
Used = tuple[str, Rate, bool]


def rates_used(network: Network, column: str, member: Member, year: NetworkYear) -> Iterator[Used]:
    """Each value that a derived column of a member and year is made by; nothing for one that is made by none.

    A thing that has no value yet in that year has none here. Values are told whether or not a row needed them: of
    whom works in London, or of how much oil was burned, the definitions know nothing.
    """
    if column in MADE_BY:
        yield from _factors(network, column, member, year)
    elif column in LIVING_WAGE:
        yield from _wages(network, column, member, year)


def _factors(network: Network, column: str, member: Member, year: NetworkYear) -> Iterator[Used]:
    at_baseline = column == "electricity_baseline_g"
    period = network.period_of(network.baseline) if at_baseline else network.period_of(year, member)
    rates, day = network.catalogue.rates[FACTORS], factor_day(period.start)
    names = {factor for uses in MADE_BY[column] for factors in uses.values() for factor in factors}
    for name in sorted(names):
        if rate := rates.at(name, day):
            yield FACTORS, rate, rates.is_carried_on(rate, day)


def _wages(network: Network, column: str, member: Member, year: NetworkYear) -> Iterator[Used]:
    rates, day = network.catalogue.rates[WAGES], network.period_of(year, member).end
    for name in ("uk", "london"):
        if rate := rates.at(name, day, LIVING_WAGE[column]):
            yield WAGES, rate, rates.is_carried_on(rate, day)
