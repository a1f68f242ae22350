"""The reference tables that a network names, as paths and as facts."""

from __future__ import annotations

from typing import Any, Literal

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.locate import Geography
from anchor_analysis.read import reference_about, reference_table

Kind = Literal["postcodes", "deprivation", "benchmark", "boundaries"]


def named_references(network: Network, workspace: storage.Workspace) -> list[dict[str, Any]]:
    """What is known of each reference that network.toml names; raises UserError (AN006) for one not added."""
    named: list[tuple[Kind, str]] = [
        ("postcodes", network.reference.postcodes),
        ("deprivation", network.reference.deprivation),
        ("benchmark", network.reference.benchmark),
        ("boundaries", network.reference.boundaries),
    ]
    return [reference_about(workspace, name, kind) for kind, name in named if name]


def geography_of(network: Network, workspace: storage.Workspace) -> Geography:
    """The geography of a network: its directory, its deprivation ranks, and the vintage of both in words."""
    about = {reference["kind"]: reference for reference in named_references(network, workspace)}
    about = {kind: reference for kind, reference in about.items() if kind in ("postcodes", "deprivation")}
    tables = {kind: reference_table(workspace, reference["id"]) for kind, reference in about.items()}
    lsoa_year = about.get("deprivation", {}).get("lsoa_year", 2021)
    words = [f"{kind} {reference['id']} ({reference['sha256'][:8]})" for kind, reference in about.items()]
    if network.disadvantaged:
        words.append(f"wards {network.disadvantaged.name}")
    return Geography(tables.get("postcodes"), tables.get("deprivation"), f"lsoa{lsoa_year % 100}", "; ".join(words))
