"""What stands beside the figures of an edition: the benchmark that they are held against, the outlines of a map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.compare import Benchmark, Deflator
from anchor_analysis.declared import Network
from anchor_analysis.engine import open_engine
from anchor_analysis.locate.recodes import Recoded, recoded
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import boundaries_file, reference_about, reference_table
from anchor_analysis.read.outlines import read_outlines
from anchor_analysis.running.areas import CodeBook

SUMMED = "each small area put into the ward in which most of its postcodes lie"


class Beside(NamedTuple):
    """A benchmark, what a page says of it, and the wards that it names by other codes."""

    benchmark: Benchmark | None = None
    facts: dict[str, Any] = {}
    brought: dict[str, Recoded] = {}


def benchmark_of(network: Network, workspace: storage.Workspace) -> Beside:
    """The benchmark that network.toml names, by ward.

    One of small areas is summed to wards by the network's own postcode directory, and the page says so. Wards that it
    has under other codes are brought to the network's along the recodes. Raises UserError (AN006) where the table has
    no such category, or nothing for any ward of the network.
    """
    name, category = network.reference.benchmark, network.reference.benchmark_category
    if not name:
        return Beside()
    about = reference_about(workspace, name, "benchmark")
    table = storage.read_frame(reference_table(workspace, name))
    of_category = table["category"] == category if category else table["category"].isna()
    values = table[of_category].dropna(subset=["area"]).set_index("area")["value"].astype("Float64")
    if values.empty:
        there = ", ".join(sorted(table["category"].dropna().unique())[:8])
        what = f'"{name}" has no category "{category}".' if category else f'"{name}" has no total over its categories.'
        raise _cannot(what, f"Name one under [reference] as benchmark_category: {there}.")
    wards = set(network.ward_set.wards) if network.ward_set else set()
    brought = under_own_codes(set(values.index), network, workspace)
    values = values.rename(index={code: way.to for code, way in brought.items()})
    summed = not wards & set(values.index)
    values = _by_ward(values, network, workspace) if summed else values
    if not wards & set(values.index):
        what = f'"{name}" has no figure for any ward of the network.'
        raise _cannot(what, "Name a table by ward, or by the LSOAs of the postcode directory.")
    facts = {
        "id": name, "vintage": about["vintage"], "source": about["source"],
        "title": category or about.get("total") or about.get("title") or name, "summed": SUMMED if summed else "",
    }  # fmt: skip
    return Beside(Benchmark(name, about["vintage"], values), facts, brought)


def under_own_codes(there: Collection[str], network: Network, workspace: storage.Workspace) -> dict[str, Recoded]:
    """Which codes of a file are wards of the network under another code; none for a ward that it also has by its own.

    A ward that several codes of the file would lead to is left out: none of them is the whole of it.
    """
    wards = set(network.ward_set.wards) if network.ward_set else set()
    missing = wards - set(there)
    if not missing:
        return {}
    ways = recoded(sorted(set(there) - wards), missing, CodeBook(network, workspace).recodes)
    often = Counter(way.to for way in ways.values())
    return {code: way for code, way in ways.items() if often[way.to] == 1}


def _cannot(what: str, remedy: str) -> UserError:
    return UserError(Problem("AN006", "[reference] benchmark", what, remedy))


def _by_ward(values: pd.Series, network: Network, workspace: storage.Workspace) -> pd.Series:
    """Figures of LSOAs summed to wards; a ward with an LSOA of which the figure is missing has none."""
    directory = network.reference.postcodes
    if not directory:
        return pd.Series(dtype="Float64")
    live = open_engine().scan([reference_table(workspace, directory)]).filter(
        nw.col("lad").is_in(network.area.local_authorities) & nw.col("terminated").is_null()
    )  # fmt: skip
    found = []
    for column in ("lsoa21", "lsoa11"):
        lies = open_engine().observe(live.group_by(column, "ward").agg(nw.len().alias("postcodes")))
        ranked = lies.dropna().sort_values(["postcodes", "ward"], ascending=[False, True])
        ward = ranked.drop_duplicates(column).set_index(column)["ward"]
        found.append(ward[ward.index.isin(values.index)])
    ward = max(found, key=len)
    return values.reindex(ward.index).groupby(ward).sum(min_count=1, skipna=False)


def deflator_of(network: Network, workspace: storage.Workspace) -> Deflator | None:
    """The deflator that network.toml names, if it names one; raises UserError (AN006) for one that is not added."""
    name = network.reference.deflator
    if not name:
        return None
    about = reference_about(workspace, name, "deflator")
    return Deflator.of_table(about, storage.read_frame(reference_table(workspace, name)))


def boundaries_of(network: Network, workspace: storage.Workspace) -> dict[str, Any]:
    """The outlines of the network's wards, for the facts of an edition; empty where it names no boundaries."""
    name = network.reference.boundaries
    if not name or not network.ward_set:
        return {}
    about = reference_about(workspace, name, "boundaries")
    outlines = read_outlines(boundaries_file(workspace, name), about["columns"]["code"], set(network.ward_set.wards))
    return {"id": name, "vintage": about["vintage"], "source": about["source"], **outlines} if outlines else {}
