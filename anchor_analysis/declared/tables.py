"""Tables that may be published, declared before any notebook runs."""

from __future__ import annotations

from typing import Literal

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared

Since = Literal["previous", "baseline"]

#: What stands between two columns that a metric is broken down by at once, and between a group of each.
BOTH = "|"

TableKind = Literal[
    "levels", "changes", "parts", "coverage", "benchmark", "population", "reductions", "targets", "distribution",
    "distance", "transitions", "pay_gaps", "real_terms",
]  # fmt: skip

#: Kinds of tables that hold the figures of another table against something.
OF_ANOTHER = ("benchmark", "population", "targets", "real_terms")


class TableDefinition(Declared):
    """A declared table.

    `levels` shows values of observations, `changes` and `parts` show findings, `reductions` how much less there was
    than in a baseline, in the year and over all years since, `coverage` shows statuses, `benchmark` holds the figures
    of the table that it is `of` against the benchmark that the network names, if it does, `population` against the
    population that the network counts by the breakdown of that table, and `targets` holds its shares by category of
    spend against the targets that the network set. `distribution` counts members by level and `distance` by how far
    they are below their target, `transitions` from level to level, and `pay_gaps` has the declared gaps between medians
    of pay; `real_terms` has the totals of money of the table that it is `of` at the prices of the latest year, if the
    network names a deflator. With `margins` the table's total is shown with its parts, so they are protected together.
    A `breakdown` by two columns at once (`theme|ward_group`) has the sums over either among its margins.
    """

    id: Id
    title: str
    kind: TableKind
    audience: Literal["internal", "member", "public"]
    metrics: list[str]
    scope: Literal["network", "member"] = "network"
    breakdown: str = ""
    periods: Literal["latest", "all"] = "all"
    since: list[Since] = []
    panels: list[Literal["all", "like_for_like"]] = ["all"]
    margins: bool = False
    of: str = ""
