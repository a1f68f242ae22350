"""The sign-off of an edition: what is withheld and what that cost, what was checked, and who released it.

It stands beside the edition and is no part of it, since the same edition may be audited again and is released later.
Its page for readers counts cells by the rules that they see. The analyst's says which are withheld by themselves and
which for others, and so stays with the analyst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.present import wording
from anchor_analysis.publish.agreements import agreements_used

#: What the pages and files of the sign-off are called.
SIGNOFF_PAGE, SIGNOFF_DATA = "signoff.html", "signoff.json"

_KINDS = {
    "people": "People", "spend": "Spend", "estate": "Estate", "scores": "Scores", "listening": "Listening",
    "contracts": "Contracts",
}  # fmt: skip


def signed_off(
    network: Network, cells: pd.DataFrame, facts: Mapping[str, Any], protection: Mapping[str, Any],
    checks: Sequence[Mapping[str, Any]], entry: Mapping[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """What the sign-off of an edition says, as data.

    `protection` is what protecting it came to, `checks` what the audit looked at: `what`, `looked_at`, `found`. `entry`
    says when and by whom it is released, as the ledger does, if it is.
    """
    figures = cells[cells["unit"] != "words"]
    kinds = figures["metric"].map({name: one.protect for name, one in network.catalogue.metrics.items()})
    hidden = figures[figures["status"] == "withheld"].assign(by=kinds)
    return {
        "edition": f"{facts['network']} {facts['year']} {facts['revision']}",
        "passed": not any(check["found"] for check in checks),
        "released": dict(entry) if entry else {},
        "cells": len(figures),
        "withheld": len(hidden),
        "rules": _rules(network, figures.assign(by=kinds), hidden),
        "tables": _tables(facts, figures, hidden),
        "headlines": _headlines(facts, hidden),
        "lost": protection["lost"],
        "proven": protection["proven"],
        "released_before": list(protection["released_before"]),
        "agreements": agreements_used(network, cells),
        "checks": [dict(check) for check in checks],
    }


def _rules(network: Network, figures: pd.DataFrame, hidden: pd.DataFrame) -> list[dict[str, Any]]:
    """For each kind of data its profile, how many cells there are, and how many are withheld by which rule."""
    found = []
    for kind, own in figures.groupby("by", sort=True):
        profile = network.profile(str(kind))
        rules = hidden[hidden["by"] == kind]["rule"].value_counts().sort_index()
        found.append(
            {
                "kind": _KINDS[str(kind)], "profile": profile.title, "source": profile.source,
                "source_status": profile.source_status,
                "confidentiality": getattr(network.confidentiality, str(kind)), "cells": len(own),
                "withheld": {str(rule): int(count) for rule, count in rules.items()},
            }
        )  # fmt: skip
    return found


def _tables(facts: Mapping[str, Any], figures: pd.DataFrame, hidden: pd.DataFrame) -> list[dict[str, Any]]:
    """The tables of which something is withheld, those that lost most first."""
    counts = hidden["table"].value_counts()
    whole = figures["table"].value_counts()
    order = sorted(counts.index, key=lambda name: (-counts[name], name))
    return [
        {"table": wording.table_title(dict(facts), name), "withheld": int(counts[name]), "cells": int(whole[name])}
        for name in order
    ]


def _headlines(facts: Mapping[str, Any], hidden: pd.DataFrame) -> list[str]:
    """The totals of the network's latest year that are withheld."""
    latest = hidden[(hidden["kind"] == "levels") & (hidden["member"] == "") & (hidden["group"] == "")]
    names = sorted(set(latest.loc[latest["period"] == facts["year"], "metric"]))
    return [wording.title(dict(facts), name) for name in names]


def reasons(why: pd.DataFrame, cells: pd.DataFrame, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For the analyst: how many cells are withheld for which reason, by table, the most first."""
    told = why.merge(cells[["cell_id", "table"]], on="cell_id")
    counts = told.groupby(["why", "table"]).size().sort_values(ascending=False, kind="stable")
    return [
        {"why": str(why), "table": wording.table_title(dict(facts), str(table)), "cells": int(count)}
        for (why, table), count in counts.items()
    ]
