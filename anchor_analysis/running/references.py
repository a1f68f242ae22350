"""The reference tables that a network names, as paths and as facts."""

from __future__ import annotations

from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.declared.model import read_data
from anchor_analysis.declared.network import network_names
from anchor_analysis.declared.references import ReferenceKind
from anchor_analysis.locate import Geography
from anchor_analysis.problems import UserError
from anchor_analysis.read import reference_about, reference_table

#: Of which kind the reference is that each field of [reference] names.
KINDS: dict[str, ReferenceKind] = {
    "postcodes": "postcodes",
    "deprivation": "deprivation",
    "deprivation_other": "deprivation",
    "benchmark": "benchmark",
    "boundaries": "boundaries",
    "recodes": "recodes",
}


def references_of(network: Network, workspace: storage.Workspace) -> dict[str, dict[str, Any]]:
    """What is known of each reference, by the field of [reference] that names it.

    Raises UserError (AN006) for one that is not added or is of another kind than its field asks for.
    """
    return {field: reference_about(workspace, name, KINDS[field]) for field, name in network.reference.named.items()}


def named_references(network: Network, workspace: storage.Workspace) -> list[dict[str, Any]]:
    """What is known of each reference that network.toml names; raises UserError (AN006) for one not added."""
    return list(references_of(network, workspace).values())


def networks_naming(workspace: storage.Workspace) -> dict[str, list[str]]:
    """The networks that name each reference; one whose network.toml cannot be read names none."""
    found: dict[str, list[str]] = {}
    for network in network_names(workspace):
        try:
            named = read_data(workspace.network(network) / "network.toml").get("reference")
        except UserError:
            continue
        fields = named if isinstance(named, dict) else {}
        for name in sorted({str(fields[field]) for field in KINDS if field in fields}):
            found.setdefault(name, []).append(network)
    return found


def geography_of(network: Network, workspace: storage.Workspace) -> Geography:
    """The geography of a network: its directory, its deprivation ranks, and the vintage of both in words."""
    named = references_of(network, workspace)
    about = {field: named[field] for field in ("postcodes", "deprivation") if field in named}
    tables = {field: reference_table(workspace, reference["id"]) for field, reference in about.items()}
    lsoa_year = about.get("deprivation", {}).get("lsoa_year", 2021)
    words = [f"{kind} {reference['id']} ({reference['sha256'][:8]})" for kind, reference in about.items()]
    if network.disadvantaged:
        words.append(f"wards {network.disadvantaged.name}")
    return Geography(tables.get("postcodes"), tables.get("deprivation"), f"lsoa{lsoa_year % 100}", "; ".join(words))
