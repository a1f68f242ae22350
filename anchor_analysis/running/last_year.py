"""A member's own figures of an earlier year, out of the results that stand."""

from __future__ import annotations

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Member, Network, NetworkYear


def own_figures(
    workspace: storage.Workspace, network: Network, member: Member, year: NetworkYear
) -> pd.DataFrame | None:
    """The member's whole observations of a year, as the newest results that hold the year give them.

    Columns as `measure.OBSERVATION_COLUMNS`; nothing where no results stand that hold the year.
    """
    processed = workspace.processed(network.id)
    for pointer in sorted(processed.glob("current/*.json"), reverse=True):
        results = processed / workspace.pointed_to(network.id, pointer.stem).get("results", "none")
        if pointer.stem >= year.folder and storage.is_there(results):
            found = storage.read_frame(results / "observations.parquet")
            own = (found["member"] == member.id) & (found["breakdown"] == "")
            return found[own & (found["network_year"] == str(year))]
    return None
