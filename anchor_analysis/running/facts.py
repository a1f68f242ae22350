"""The facts of an edition that its pages state beside the numbers; nothing in it is a measured figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pandas as pd

from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.declared.areas import MostDisadvantaged
from anchor_analysis.declared.frameworks import ended_dimensions
from anchor_analysis.declared.metrics import DataKind
from anchor_analysis.measure.basis import made_from
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.present.conditions import shown
from anchor_analysis.running.rates import rates_in_doubt


def edition_facts(
    network: Network,
    year: NetworkYear,
    references: Sequence[dict[str, Any]],
    observations: pd.DataFrame,
    cells: pd.DataFrame,
) -> dict[str, Any]:
    """Who, when, by which references, definitions and rules, and how many reported."""
    who, period = network.about, network.period_of(year)
    in_year = [member for member in network.members if network.standing(member, year) == "member"]
    return {
        "network": who.id, "name": who.name, "place": who.place, "synthetic": who.synthetic,
        "contact": who.contact, "licence": who.licence, "revision": "", "status": "draft",
        "year": str(year), "previous": str(year.previous) if year > network.first else "",
        "baseline": str(network.baseline) if network.baseline < year else "", "first": str(network.first),
        "period_start": period.start.isoformat(), "period_end": period.end.isoformat(),
        "members_total": len(in_year), "members_reporting": _reporting(network, observations, year),
        "members": [
            {"id": member.id, "name": member.name, "sector": member.sector, "joined": member.joined.isoformat()}
            for member in network.members
        ],
        "references": [
            {name: about[name] for name in ("id", "kind", "role", "vintage", "sha256", "source")}
            for about in references
        ],
        "disadvantaged": _disadvantaged(network.disadvantaged),
        "disadvantaged_other": _disadvantaged(network.disadvantaged_other), "wards": _wards(network),
        "profiles": {kind: network.profile(kind).title for kind in _protected(network)},
        "profile_status": {kind: network.profile(kind).source_status for kind in _protected(network)},
        "confidentiality": network.confidentiality.model_dump(), "unknowns_delta": network.protection.unknowns_delta,
        "coverage_notes": [note.model_dump() for note in network.coverage],
        "withheld": int((cells["status"] == "withheld").sum()), "definitions": _definitions(network, observations),
        "tables": _tables(network), "community": _community(network), "groups": _groups(network),
        "rates_in_doubt": rates_in_doubt(network, observations),
        "progression": _progression(network),
        "populations": {
            one.by: {"title": one.title, "vintage": one.vintage, "source": one.source} for one in network.populations
        },
        "gaps": {name: gap.caveats for name, gap in network.catalogue.gaps.items()},
        "conditions": _conditions(network),
        "target_sources": {one.id: one.target_source for one in network.categories if one.local_share is not None},
    }  # fmt: skip


def _conditions(network: Network) -> list[dict[str, Any]]:
    """The conditions that the network tells values of, each with these, as its file has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for value in network.conditions:
        unit = network.catalogue.conditions[value.condition].unit
        text, interval = shown(value.value, value.lower, value.upper, value.mark, unit)
        told = value.model_dump(mode="json", exclude={"condition"}) | {"shown": text, "interval": interval}
        ours = value.area in network.area.local_authorities
        found.setdefault(value.condition, []).append(told | {"ours": ours})
    about = network.catalogue.conditions
    left_out = {"owner", "next_review"}
    return [
        about[name].model_dump(mode="json", exclude=left_out) | {"values": values} for name, values in found.items()
    ]


def _groups(network: Network) -> dict[str, str]:
    """What groups of breakdowns are called: by the labels that are declared, and the network's own categories."""
    labels = {code: name for each in network.catalogue.labels.values() for code, name in each.labels.items()}
    gaps = {name: gap.title for name, gap in network.catalogue.gaps.items()}
    return labels | gaps | {one.id: one.title for one in network.categories}


def _protected(network: Network) -> list[str]:
    """The kinds of data for which the network names a disclosure profile."""
    return [kind for kind in get_args(DataKind) if getattr(network.protection, kind)]


def _community(network: Network) -> dict[str, Any]:
    """The codebook of listening projects, and what members did about each theme; empty where no member listens."""
    if not any("community" in member.levers for member in network.members):
        return {}
    metrics = network.catalogue.metrics
    return {
        "codebook": network.codebook.model_dump(exclude={"themes"}),
        "themes": [{"id": name, **theme.model_dump()} for name, theme in network.codebook.themes.items()],
        "actions": [
            action.model_dump(mode="json") | {"metric_title": metrics[action.metric].title}
            for action in network.actions
        ],
    }


def _progression(network: Network) -> dict[str, Any]:
    """The frameworks and the dimensions that scores are counted under; empty where no member scores itself."""
    if not any("progression" in member.levers for member in network.members):
        return {}
    frameworks, ended = network.catalogue.frameworks, ended_dimensions(network.catalogue.frameworks)
    titles = {name: one.title for about in frameworks.values() for name, one in about.dimensions.items()}
    return {
        "frameworks": [
            one.model_dump(include={"id", "title", "version", "levels", "goals_source", "source", "source_status"})
            for one in frameworks.values()
        ],
        "dimensions": [{"id": name, "title": title, "ended": name in ended} for name, title in titles.items()],
    }


def _reporting(network: Network, observations: pd.DataFrame, year: NetworkYear) -> dict[str, int]:
    """How many members reported on each lever in a year."""
    metrics = network.catalogue.metrics
    counted = observations[observations["status"].isin(COUNTED) & (observations["scope"] == "member")]
    counted = counted[counted["network_year"] == str(year)]
    levers = counted["metric"].map(lambda name: metrics[name].lever)
    return {lever: int(counted.loc[levers == lever, "member"].nunique()) for lever in sorted(set(levers))}


def _disadvantaged(definition: MostDisadvantaged | None) -> dict[str, Any] | None:
    """What a page says of a definition; `vintage` is that of the release it was made from, if a rule made it."""
    if not definition:
        return None
    said = definition.model_dump(include={"title", "kind", "source", "source_status", "wards"})
    vintage = definition.deprivation.vintage if definition.deprivation else ""
    return said | {"name": definition.name, "vintage": vintage}


def _wards(network: Network) -> dict[str, Any]:
    wards = network.ward_set.wards if network.ward_set else {}
    return {code: {"name": ward.name, "tile": list(ward.tile)} for code, ward in wards.items()}


def _definitions(network: Network, observations: pd.DataFrame) -> dict[str, Any]:
    """What a page says of each measured metric; who owns it and when it is looked at next stay in the catalogue."""
    left_out = {"owner", "next_review", "status", "smallest_change", "id", "telling", "history"}
    known = network.catalogue
    return {
        name: known.metrics[name].model_dump(exclude=left_out, exclude_none=True)
        | {"made_from": sorted(made_from(known, known.metrics[name]))}
        for name in sorted(set(observations["metric"]))
    }


def _tables(network: Network) -> dict[str, Any]:
    return {
        name: {"title": table.title, "audience": table.audience, "breakdown": table.breakdown, "of": table.of}
        for name, table in network.catalogue.tables.items()
        if table.audience == "public"
    }
