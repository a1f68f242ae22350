"""A metric of an edition to be chosen: what is said of it, a picture, a declared table; with controls where they work.

Controls need JupyterLab, or what is like it, and a kernel. Everywhere else (a page, a notebook that is read and not
run, GitHub, a run) the same stands there as it is before anybody has chosen: sentences, picture and table, as pages
have them. What was chosen last stays in a notebook that is saved.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from anchor_analysis.present.charts import KINDS, Chart
from anchor_analysis.present.released import Facts
from anchor_analysis.present.shown import Shown
from anchor_analysis.present.tables import table
from anchor_analysis.problems import unknown
from anchor_analysis.storage import DRAFT

#: Set in a kernel by the servers behind JupyterLab, Notebook 7 and JupyterHub, and by VS Code.
FRONT_ENDS = ("JPY_SESSION_NAME", "VSCODE_PID")


class Edition(Protocol):
    """What of an edition is looked at, as `open_edition` gives it."""

    @property
    def cells(self) -> pd.DataFrame: ...
    @property
    def facts(self) -> Facts: ...
    def sentences(self, *metrics: str, since: str = ...) -> Shown: ...
    def chart(self, kind: str, metric: str = ..., since: str = ...) -> Chart: ...


@dataclass(frozen=True)
class Choice:
    """What is looked at: a metric, a picture of it, a table, the years of that, and since when changes are told."""

    metric: str
    picture: str = "trend"
    table: str = ""
    years: tuple[str, str] = ("", "")
    since: str = "previous"


@dataclass(repr=False)
class Explorer:
    """A choice of what an edition tells, shown as the pages show it; `choose` gives another one.

    Raises UserError (AN004) for a metric or a table that the edition does not have, AN005 for a picture.
    """

    edition: Edition
    choice: Choice
    controls: bool | None = None

    def __post_init__(self) -> None:
        choice = self.choice
        if choice.metric not in self.edition.facts["definitions"]:
            raise unknown("AN004", "metric", choice.metric, self.edition.facts["definitions"])
        if choice.picture not in KINDS:
            raise unknown("AN005", "chart", choice.picture, KINDS)
        if choice.table and choice.table not in self.tables.values():
            raise unknown("AN004", "table", choice.table, self.tables.values())

    def choose(self, **other: Any) -> Explorer:
        """The same with another metric, picture, table, years or since."""
        return replace(self, choice=replace(self.choice, **other))

    @cached_property
    def tables(self) -> dict[str, str]:
        """The declared tables that tell of the metric, by their titles; that of its levels over the years first."""
        cells = self.edition.cells
        own = cells.loc[cells["metric"] == self.choice.metric, ["table", "kind"]].drop_duplicates()
        told = self.edition.facts["tables"]
        pairs = own.itertuples(index=False, name=None)
        levels_first = sorted(pairs, key=lambda of: (of[1] != "levels" or not of[0].endswith("series"), of))
        series_first = [name for name, _ in levels_first]
        return {told[name]["title"]: name for name in series_first if name in told}

    @cached_property
    def metrics(self) -> dict[str, str]:
        """The metrics of which the edition tells something, by their titles."""
        told = set(self.edition.cells["metric"])
        return {about["title"]: name for name, about in self.edition.facts["definitions"].items() if name in told}

    @cached_property
    def years(self) -> list[str]:
        """The years of which the edition tells something of the metric."""
        cells = self.edition.cells
        return sorted(set(cells.loc[cells["metric"] == self.choice.metric, "period"]) - {""})

    def shown(self) -> list[Shown | Chart]:
        """What is said of the metric, its picture and its table."""
        choice, cells = self.choice, self.edition.cells
        if not self.tables:
            return [self.edition.sentences(choice.metric)]
        first, last = (given or end for given, end in zip(choice.years, (self.years[0], self.years[-1]), strict=True))
        within = cells[(cells["metric"] == choice.metric) & cells["period"].between(first, last)]
        name = choice.table or next(iter(self.tables.values()))
        return [
            self.edition.sentences(choice.metric, since=choice.since),
            self.edition.chart(choice.picture, choice.metric, choice.since),
            table(within, self.edition.facts, name),
        ]

    def __repr__(self) -> str:
        return "\n\n".join(str(part) for part in self.shown())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not (self.tables and (controls_work() if self.controls is None else self.controls)):
            display(*self.shown())
            return
        from anchor_analysis.present.controls import Controls  # takes a while, and only a front end has use of it

        Controls(self).display()


def controls_work() -> bool:
    """Whether somebody is there to choose: in a front end's kernel, and not while a notebook is run for an edition."""
    return not os.environ.get(DRAFT) and any(os.environ.get(name) for name in FRONT_ENDS)
