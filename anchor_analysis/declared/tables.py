"""Tables that may be published, declared before any notebook runs."""

from __future__ import annotations

from typing import Literal

from anchor_analysis.declared.model import Declared

Since = Literal["previous", "baseline"]
TableKind = Literal["levels", "changes", "parts", "coverage", "benchmark", "reductions"]


class TableDefinition(Declared):
    """A declared table.

    `levels` shows values of observations, `changes` and `parts` show findings, `reductions` how much less there was
    than in a baseline, in the year and over all years since, `coverage` shows statuses, `benchmark` holds the figures
    of the table that it is `of` against the benchmark that the network names, if it does. With `margins` the table's
    total is shown with its parts, so they are protected together.
    """

    id: str
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
