"""Breaks: years on two sides of which figures are not the same thing, and what links them where something does."""

from __future__ import annotations

from collections.abc import Sequence

from anchor_analysis.declared import Catalogue, Metric, Network, NetworkYear, parse_year
from anchor_analysis.declared.metrics import Break

#: How the note begins on the first figure that counts another thing than those before it.
COUNTED_OTHERWISE = "counted otherwise from this year on"


def breaks_between(metric: Metric, catalogue: Catalogue, since: NetworkYear, year: NetworkYear) -> list[str]:
    """The breaks of a metric, or of what it is made of, after one year and up to another, each with its reason."""
    return told([found for _, found in _crossed(metric, catalogue, since, year)])


def told(breaks: Sequence[Break]) -> list[str]:
    return list(dict.fromkeys(f"break in {found.starts}: {found.why}" for found in breaks))


def overlap_across(metric: Metric, catalogue: Catalogue, since: NetworkYear, year: NetworkYear) -> Metric | None:
    """The metric by which the later year is counted as the earlier one was, if every break in between is linked.

    It is the `overlap` of the first of the metric's own breaks. There is none where a part of the metric breaks in a
    year in which it does not itself, where a break names no overlap, or where the overlap has a break in between.
    """
    crossed = _crossed(metric, catalogue, since, year)
    own = sorted((parse_year(found.starts), found.overlap) for owner, found in crossed if owner is metric)
    linked = {starts for starts, overlap in own if overlap}
    if not linked or any(parse_year(found.starts) not in linked for _, found in crossed):
        return None
    overlap = catalogue.metric(own[0][1])
    return None if _crossed(overlap, catalogue, since, year) else overlap


def breaks_in(metric: Metric, network: Network, year: NetworkYear, member: str = "") -> list[str]:
    """What a year's figure has to say: that from then on it counts another thing; of a member, its own alone."""
    of_metric = [found.why for _, found in _crossed(metric, network.catalogue, year.previous, year)]
    of_members = changed_coverage(network, metric, year.previous, year)
    whys = [*of_metric, *(why for name, why in of_members.items() if member in ("", name))]
    return [f"{COUNTED_OTHERWISE}: {why}" for why in dict.fromkeys(whys)]


def _crossed(metric: Metric, catalogue: Catalogue, since: NetworkYear, year: NetworkYear) -> list[tuple[Metric, Break]]:
    parts = [metric, *(part for part in catalogue.parts(metric) if part and part is not metric)]
    return [(part, found) for part in parts for found in part.breaks if since < parse_year(found.starts) <= year]


def changed_coverage(network: Network | None, metric: Metric, since: NetworkYear, year: NetworkYear) -> dict[str, str]:
    """By member, why it counts another thing by a metric than before, where that began in between."""
    if network is None:
        return {}
    names = {metric.id, *(part.id for part in network.catalogue.parts(metric) if part)}
    return {
        one.member: one.why
        for one in network.breaks
        if names & set(one.metrics) and since < parse_year(one.starts) <= year
    }
