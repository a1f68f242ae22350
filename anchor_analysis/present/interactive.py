"""What somebody at a keyboard asks of what was opened: names to complete, frames to read, a metric to choose."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from anchor_analysis.present.explorer import Choice, Edition, Explorer
from anchor_analysis.present.names import Names
from anchor_analysis.present.readable import readable
from anchor_analysis.present.shown import Shown


class ShowsFrames:
    """What shows the frames that it gives."""

    def show(self, frame: pd.DataFrame, caption: str = "") -> Shown:
        """A frame as a table in units that people read; what an analyst's frame shows is not for publication."""
        return readable(frame, caption)


class Interactive(ShowsFrames):
    """An edition, for somebody at a keyboard."""

    @cached_property
    def metrics(self: Edition) -> Names:
        """The metrics of the edition, completed by a tab: `edition.metrics.staff` is the id of one."""
        return Names("metric", {name: about["title"] for name, about in self.facts["definitions"].items()})

    @cached_property
    def table_names(self: Edition) -> Names:
        """The declared tables of the edition, completed by a tab: `edition.table(edition.table_names.members)`."""
        return Names("table", {name: about["title"] for name, about in self.facts["tables"].items()})

    def explore(
        self: Edition, metric: str = "", picture: str = "trend", table: str = "", since: str = "previous"
    ) -> Explorer:
        """A metric with what is said of it, a picture and a table, to be chosen where there is somebody to choose.

        If none is named it is the first that the edition tells of.
        """
        return Explorer(self, Choice(metric or str(self.cells["metric"].iloc[0]), picture, table, since=since))
