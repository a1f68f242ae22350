"""The reference tables that a network names, as paths and as facts."""

from __future__ import annotations

from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.declared.loading import network_names
from anchor_analysis.declared.model import read_data
from anchor_analysis.declared.references import ReferenceKind
from anchor_analysis.locate import Geography
from anchor_analysis.measure.basis import basis_text
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import reference_about, reference_table

#: Of which kind the reference is that each field of [reference] names.
KINDS: dict[str, ReferenceKind] = {
    "postcodes": "postcodes",
    "deprivation": "deprivation",
    "deprivation_other": "deprivation",
    "benchmark": "benchmark",
    "boundaries": "boundaries",
    "recodes": "recodes",
    "lookup": "lookup",
    "deflator": "deflator",
    "deflator_other": "deflator",
}


def references_of(network: Network, workspace: storage.Workspace) -> dict[str, dict[str, Any]]:
    """What is known of each reference, by the field of [reference] that names it, which is its `role`.

    Raises UserError (AN006) for one that is not added or is of another kind than its field asks for.
    """
    named = network.reference.named
    return {role: reference_about(workspace, name, KINDS[role]) | {"role": role} for role, name in named.items()}


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
    """The geography of a network: its directory, its deprivation ranks under both releases, and its basis.

    Raises UserError: AN006 for a reference that was not added, AN039 for releases that cannot stand together.
    """
    about = references_of(network, workspace)
    if faults := _vintage_faults(network, about):
        raise UserError(faults)
    tables = {role: reference_table(workspace, reference["id"]) for role, reference in about.items()}
    hashes = {role: reference["sha256"] for role, reference in about.items() if role in network.made_from}
    fit = tables.get("lookup") if network.area.ward_from == "best_fit" else None
    if fit:
        hashes["postcodes"] = storage.text_hash(about["postcodes"]["sha256"], about["lookup"]["sha256"])
    hashes |= {kind: storage.text_hash(*wards) for kind, wards in network.wards_named.items()}
    return Geography(
        tables.get("postcodes"), tables.get("deprivation"), lsoa_column(about.get("deprivation")), basis_text(hashes),
        tables.get("deprivation_other"), lsoa_column(about.get("deprivation_other")), fit,
    )  # fmt: skip


def lsoa_column(deprivation: dict[str, Any] | None) -> str:
    """The directory's column with the LSOAs that a release ranks: those of 2011, or of 2021."""
    return f"lsoa{(deprivation or {}).get('lsoa_year', 2021) % 100}"


def _vintage_faults(network: Network, about: dict[str, dict[str, Any]]) -> list[Problem]:
    """Releases that are named as two and are one, or as one and are two."""
    first, other = (about.get(role, {}).get("sha256") for role in ("deprivation", "deprivation_other"))
    faults = []
    if first and first == other:
        what = "it is the same file as `deprivation`, so nothing would be told by naming it."
        faults.append(Problem("AN039", "[reference] deprivation_other", what, "Name another release, or take it out."))
    named = network.disadvantaged
    if named and named.kind == "lsoa_decile" and named.deprivation and named.deprivation.sha256 != first:
        what = f"{named.name} is decile 1 of {named.deprivation.id}, and `deprivation` names another file."
        remedy = "Name that release under [reference] deprivation, or draft a definition from the one that is named."
        faults.append(Problem("AN039", "[area] most_disadvantaged", what, remedy))
    return faults
