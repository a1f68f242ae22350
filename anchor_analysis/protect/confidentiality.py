"""What may not be shown because it is one institution's own, by what the members agreed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network, parse_year

RULE = "confidential to one member or a few"


class Confidentiality:
    """Rules for data that members do not share: nothing of one member, nothing that leaves one by subtraction."""

    def __init__(self, network: Network):
        self.network = network

    def _closed(self, metric: Metric) -> bool:
        return getattr(self.network.confidentiality, metric.protect) == "confidential"

    def _few(self, metric: Metric, members: Any) -> bool:
        return not pd.isna(members) and 0 < int(members) < self.network.profile(metric.protect).minimum_contributors

    def of_level(self, metric: Metric, row: dict[str, Any]) -> str:
        """Why a level may not be shown, or nothing."""
        if row["scope"] == "member" and self.network.agreed(row["member"], metric, parse_year(row["network_year"])):
            return ""
        alone = row["scope"] == "member" or self._few(metric, row["members_counted"])
        return RULE if self._closed(metric) and alone else ""

    def of_change(self, metric: Metric, row: dict[str, Any]) -> str:
        """Why a comparison may not be shown, or nothing.

        Like-for-like beside all members gives the figures of those who are in only one of them, in each of the
        two years and through every other panel, so it is shown only where nobody is left out.
        """
        if not self._closed(metric):
            return ""
        few = self._few(metric, row["members_from"]) or self._few(metric, row["members_to"])
        return RULE if few or (row["panel"] == "like_for_like" and row["left_out"]) else ""

    def of_part(self, metric: Metric, row: dict[str, Any]) -> str:
        """Why a part of a change may not be shown, or nothing."""
        return RULE if self._closed(metric) and self._few(metric, row["members"]) else ""
