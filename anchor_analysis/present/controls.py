"""The controls of an explorer: what a front end with a kernel shows in place of the picture that stands still."""

from __future__ import annotations

from typing import Any

import ipywidgets

from anchor_analysis.present.explorer import Explorer

#: The pictures of one metric, by what they are called.
PICTURES = {
    "Over the years": "trend",
    "All members and the same members": "like_for_like",
    "Where the change came from": "parts",
    "By ward": "map",
    "By ward, beside the benchmark": "benchmark",
}

_SINCE = {"The year before": "previous", "The baseline": "baseline"}
_WIDE = {"style": {"description_width": "6em"}, "layout": {"width": "44em", "max_width": "100%"}}


class Controls:
    """A box of controls, and below them what they choose. A metric brings its own tables and years."""

    def __init__(self, explorer: Explorer):
        self._explorer, self._setting = explorer, False
        choice = explorer.choice
        titles = {about["title"]: name for name, about in explorer.edition.facts["definitions"].items()}
        self.metric = ipywidgets.Dropdown(options=titles, value=choice.metric, description="Metric", **_WIDE)
        self.picture = ipywidgets.Dropdown(options=PICTURES, value=choice.picture, description="Picture", **_WIDE)
        self.table = ipywidgets.Dropdown(description="Table", **_WIDE)
        self.years = ipywidgets.SelectionRangeSlider(options=explorer.years, description="Years", **_WIDE)
        self.since = ipywidgets.Dropdown(options=_SINCE, value=choice.since, description="Since", **_WIDE)
        self.below = ipywidgets.HTML()
        self._offer(explorer)
        self._show(explorer)
        self.metric.observe(self._of_metric, "value")
        for control in (self.picture, self.table, self.years, self.since):
            control.observe(self._of_other, "value")
        chosen = [self.metric, self.picture, self.table, self.years, self.since]
        self.box = ipywidgets.VBox([*chosen, self.below])

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
        self.below.value = str(explorer.html)
