"""The controls of an explorer: what a front end with a kernel shows above sentences, picture and table."""

from __future__ import annotations

from typing import Any

import ipywidgets
from IPython.display import DisplayHandle, display

from anchor_analysis.present.explorer import Explorer

#: The pictures of one metric, by what they are called.
PICTURES = {
    "Over the years": "trend",
    "All members and the same members": "like_for_like",
    "Where the change came from": "parts",
    "By ward": "map",
    "By ward, beside the benchmark": "benchmark",
}

#: What stands in place of the controls where there is no kernel.
_TO_CHOOSE = "To choose another metric, picture, table or years, run this cell in JupyterLab."

_SINCE = {"The year before": "previous", "The baseline": "baseline"}
_WIDE = {"style": {"description_width": "6em"}, "layout": {"width": "44em", "max_width": "100%"}}


class Controls:
    """A box of controls, and below them what they choose. A metric brings its own tables and years."""

    def __init__(self, explorer: Explorer):
        self._explorer, self._setting = explorer, False
        choice = explorer.choice
        self.metric = ipywidgets.Dropdown(options=explorer.metrics, value=choice.metric, description="Metric", **_WIDE)
        self.picture = ipywidgets.Dropdown(options=PICTURES, value=choice.picture, description="Picture", **_WIDE)
        self.table = ipywidgets.Dropdown(description="Table", **_WIDE)
        self.years = ipywidgets.SelectionRangeSlider(options=explorer.years, description="Years", **_WIDE)
        self.since = ipywidgets.Dropdown(options=_SINCE, value=choice.since, description="Since", **_WIDE)
        self._below: list[DisplayHandle] = []
        self._offer(explorer)
        self.metric.observe(self._of_metric, "value")
        for control in (self.picture, self.table, self.years, self.since):
            control.observe(self._of_other, "value")
        self.box = ipywidgets.VBox([self.metric, self.picture, self.table, self.years, self.since])

    def display(self) -> None:
        """Show the controls, and below them what they choose, as outputs that are kept when the notebook is saved."""
        view = self.box._repr_mimebundle_()
        display({**view, "text/html": f"<p>{_TO_CHOOSE}</p>", "text/plain": _TO_CHOOSE}, raw=True)
        self._below = [display(part, display_id=True) for part in self._explorer.shown()]

    def _offer(self, explorer: Explorer) -> None:
        """Let only tables and years be chosen that the edition has of the metric."""
        choice, tables, years = explorer.choice, explorer.tables, explorer.years
        self._setting = True
        self.table.options = tables
        self.table.value = choice.table or next(iter(tables.values()))
        self.years.options = years
        ends = (given or end for given, end in zip(choice.years, (years[0], years[-1]), strict=True))
        self.years.value = tuple(ends)
        self._setting = False

    def _of_metric(self, change: Any) -> None:
        explorer = self._explorer.choose(metric=change["new"], table="", years=("", ""))
        self._offer(explorer)
        self._show(explorer)

    def _of_other(self, change: Any) -> None:
        if not self._setting:
            chosen = {"picture": self.picture.value, "table": self.table.value, "since": self.since.value}
            self._show(self._explorer.choose(**chosen, years=tuple(self.years.value)))

    def _show(self, explorer: Explorer) -> None:
        self._explorer = explorer
        for handle, part in zip(self._below, explorer.shown(), strict=False):
            handle.update(part)
