"""Most disadvantaged wards: what both releases say, a definition drafted from them, and whether a list still stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from anchor_analysis import storage
from anchor_analysis.declared import Network, load_network
from anchor_analysis.declared.areas import TOP_K, MostDisadvantaged
from anchor_analysis.engine import open_engine
from anchor_analysis.locate.wards import best_fit_wards, in_order, ward_deprivation, wards_of_lsoas
from anchor_analysis.problems import Problem, UserError, unknown
from anchor_analysis.read import reference_table
from anchor_analysis.running.holding import hold
from anchor_analysis.running.references import lsoa_column, references_of

KINDS = [*TOP_K, "lsoa_decile"]
RELEASES = ("deprivation", "deprivation_other")


@dataclass(frozen=True)
class Wards:
    """The wards of a network's area under one release of the Index; columns as `locate.wards.ward_deprivation`.

    `wards_by` is the reference that told in which ward each LSOA lies.
    """

    frame: pd.DataFrame
    deprivation: dict[str, Any]
    wards_by: dict[str, Any]

    @property
    def how(self) -> str:
        """How LSOAs were given to wards, in words."""
        ways = {"postcodes": "the ward of most of its live postcodes", "lookup": "the ward that fits it best"}
        return f"each LSOA in {ways[self.wards_by['kind']]} ({self.wards_by['id']})"


def wards_under(network: Network, workspace: storage.Workspace, release: str = "deprivation") -> Wards:
    """The wards of a network's area under the release that it names as `deprivation` or `deprivation_other`.

    An LSOA of 2021 lies in the ward of the lookup, if the network names one; every other in that of most of its live
    postcodes. Raises UserError (AN006) where a reference is not named or lacks what is needed.
    """
    about = references_of(network, workspace)
    for role in ("postcodes", release):
        if role not in about:
            what = "it names no reference, and wards cannot be told from one another without it."
            raise UserError(Problem("AN006", f"[reference] {role}", what, "Name one that was added."))
    engine, given = open_engine(), about[release]
    lsoa, paths = lsoa_column(given), {role: reference_table(workspace, one["id"]) for role, one in about.items()}
    lsoas, wards_by = wards_of_lsoas(paths["postcodes"], lsoa, network.area.local_authorities, engine), "postcodes"
    if "lookup" in about and lsoa == "lsoa21":
        lsoas, wards_by = best_fit_wards(lsoas, paths["lookup"], engine), "lookup"
        if absent := int(lsoas["ward"].isna().sum()):
            what = f"the lookup has no ward for {absent} of the area's {len(lsoas)} LSOAs."
            remedy = "Name a best-fit lookup of LSOAs of 2021 to wards that holds the whole area."
            raise UserError(Problem("AN006", "[reference] lookup", what, remedy))
    return Wards(ward_deprivation(lsoas, paths[release], engine), given, about[wards_by])


def wards_by_release(network: Network, workspace: storage.Workspace) -> list[Wards]:
    """The wards under every release that the network names, side by side."""
    named = references_of(network, workspace)
    return [
        wards_under(network, workspace, release) for release in RELEASES if release in named or release == RELEASES[0]
    ]


def chosen_wards(wards: Wards, kind: str, k: int) -> list[str]:
    """The k most deprived wards by a kind of rule, by code; raises UserError for more than there are (AN005)."""
    if kind == "top_k_by_score" and wards.frame["score"].isna().any():
        what = "it does not hold score and population of every LSOA, and a ward's score is weighted by population."
        remedy = "Add File 7 as it is published, or choose --kind top_k_by_share."
        raise UserError(Problem("AN006", wards.deprivation["id"], what, remedy))
    if not 0 < k <= len(wards.frame):
        what = f"{k} wards cannot be chosen of {len(wards.frame)}."
        raise UserError(Problem("AN005", "-k", what, f"Choose from 1 to {len(wards.frame)}."))
    return sorted(in_order(wards.frame, kind)["ward"].head(k))


def draft_definition(
    workspace: storage.Workspace, name: str, kind: str, k: int = 0, release: str = "deprivation", called: str = "",
    on: date | None = None,
) -> tuple[Path, MostDisadvantaged]:  # fmt: skip
    """Freeze what a rule gives today as a definition of the network's own; its file, and what it says.

    The file is `definitions/areas/<id>_v<version>.yaml` of the network; the version is the next one, unless the newest
    says the same. Nothing uses it until network.toml names it.
    """
    network = load_network(workspace, name)
    for said, names, what in ((kind, KINDS, "kind of rule"), (release, RELEASES, "release")):
        if said not in names:
            raise unknown("AN005", what, said, names)
    with hold(workspace, network, "a definition"):
        return _draft(network, workspace, kind, k, release, called, on)


def _draft(
    network: Network, workspace: storage.Workspace, kind: str, k: int, release: str, called: str, on: date | None
) -> tuple[Path, MostDisadvantaged]:
    drafted = _drafted(network, wards_under(network, workspace, release), kind, k, called)
    known = [one for one in network.catalogue.disadvantaged.values() if one.id == drafted["id"]]
    newest = max(known, key=lambda one: one.version, default=None)
    left_out = {"version", "frozen"}
    version = newest.version + 1 if newest else 1
    definition = MostDisadvantaged(**drafted, version=version, frozen=on or date.today())
    folder = workspace.network(network.id) / "definitions" / "areas"
    if newest and newest.model_dump(exclude=left_out) == definition.model_dump(exclude=left_out):
        return folder / f"{newest.id}_v{newest.version}.yaml", newest
    path = folder / f"{definition.id}_v{version}.yaml"
    content = definition.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    storage.write_text(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110))
    return path, definition


def _drafted(network: Network, wards: Wards, kind: str, k: int, called: str) -> dict[str, Any]:
    """The fields of a definition, without its version and date."""
    release = wards.deprivation
    index, place = f"IMD {release['vintage']}", network.about.place
    pinned = {"deprivation": _pinned(release), "source_status": "computed", "kind": kind}
    if kind == "lsoa_decile":
        title, source = f"LSOAs of {place} in decile 1 of {index}", f"Decile 1 of {index}"
        return {
            **pinned,
            "id": called or f"decile_1_{release['vintage']}",
            "title": title,
            "decile": 1,
            "source": source,
        }
    by = kind.removeprefix("top_k_by_")
    source = f"Wards by {TOP_K[kind]}, {index}; {wards.how}; ties by {'score, then ' if by == 'share' else ''}code"
    return {
        **pinned, "id": called or f"top_{k}_by_{by}_{release['vintage']}", "k": k, "source": source,
        "title": f"The {k} wards of {place} that come first by {TOP_K[kind]}, {index}",
        "wards_by": _pinned(wards.wards_by), "wards": chosen_wards(wards, kind, k),
    }  # fmt: skip


def _pinned(about: dict[str, Any]) -> dict[str, str]:
    return {name: about[name] for name in ("id", "vintage", "sha256")}


def moved_lists(network: Network, workspace: storage.Workspace) -> list[str]:
    """Where a frozen list that the network names is no longer what its rule gives by the references named today."""
    return [said for named in (network.disadvantaged, network.disadvantaged_other) if named
            for said in _moved(network, workspace, named)]  # fmt: skip


def _moved(network: Network, workspace: storage.Workspace, named: MostDisadvantaged) -> Iterator[str]:
    if named.kind not in TOP_K or not named.deprivation or not named.k:
        return
    about = references_of(network, workspace)
    release = next((role for role in RELEASES if _is_of(about.get(role), named.deprivation.vintage)), "")
    if not release:
        yield f"{named.name} was made from IMD {named.deprivation.vintage}, which the network no longer names"
        return
    try:
        today = set(chosen_wards(wards_under(network, workspace, release), named.kind, named.k))
    except UserError as error:  # the list stands all the same
        why = " ".join(one.what for one in error.problems).rstrip(".")
        yield f"{named.name} cannot be held against its rule: {why}"
        return
    names = network.ward_set.wards if network.ward_set else {}
    gone, come = (
        ", ".join(names[code].name if code in names else code for code in sorted(codes))
        for codes in (set(named.wards) - today, today - set(named.wards))
    )
    if come:
        yield f"{named.name} is frozen: by today's references its rule would put in {come} and leave out {gone}"


def _is_of(about: dict[str, Any] | None, vintage: str) -> bool:
    return bool(about and about["vintage"] == vintage)
