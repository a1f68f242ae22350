"""Figures as members told them, or as they counted them at their own site."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.engine import Engine
from anchor_analysis.measure.basis import basis_of
from anchor_analysis.problems import Problem

KEY = ["member", "network_year", "metric"]


class Cleaned(Protocol):
    """What has a folder of canonical tables."""

    @property
    def cleaned(self) -> Path: ...


def told_figures(returns: Iterable[Cleaned], network: Network, engine: Engine) -> pd.DataFrame:
    """One row per member, year and metric: `told_numerator`, `told_unknown`, and the `basis` told with them.

    Amounts are whole numbers of the metric's smallest unit; `basis` is missing where a figure was made by hand.
    """
    paths = [path for item in returns for path in storage.table_files(item.cleaned, "figures")]
    columns = [*KEY, "told_numerator", "told_unknown", "basis"]
    if not paths:
        return pd.DataFrame(columns=columns)
    told = engine.observe(engine.scan(paths).select(*KEY, "value", "unknown", "basis"))
    scale = told["metric"].map(lambda name: network.catalogue.metric(name).scale.scale).astype("Int64")
    for name, column in (("told_numerator", "value"), ("told_unknown", "unknown")):
        told[name] = (told[column].fillna(0) * scale) // 100_000
    return told[columns]


def other_basis(returns: Iterable[Cleaned], network: Network, basis: str, engine: Engine) -> list[Problem]:
    """The figures that were counted by other reference files than the network's: they would be added to its own."""
    told = told_figures(returns, network, engine)
    problems: dict[tuple[str, str], list[str]] = {}
    for member, year, metric, counted_by in told.loc[told["basis"].notna(), [*KEY, "basis"]].itertuples(index=False):
        wanted = basis_of(network.catalogue, network.catalogue.metric(metric), basis)
        if counted_by != wanted:
            said = f"{metric} by {counted_by or 'nothing'}, where the network has {wanted or 'nothing'}"
            problems.setdefault((member, year), []).append(said)
    remedy = (
        "Count again with the files that network.toml names (`return aggregate`; its sheet About says which were "
        "used), or name the ones that were used; leave `basis` blank only for figures made by hand."
    )
    return [
        Problem(
            "AN037", f"{member} {year}, Figures", f"figures were counted by other files: {'; '.join(said)}.", remedy
        )
        for (member, year), said in problems.items()
    ]
