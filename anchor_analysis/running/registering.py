"""What the register of an edition's claims takes from beyond the released cells: hashes, references, checked totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.measure.basis import made_from
from anchor_analysis.running.finding import Return

#: What a directory of postcodes is used together with, where the network names it.
_WITH_POSTCODES = ("recodes", "lookup")

#: The references that tables of a kind are held against.
_AGAINST = {"benchmark": "benchmark", "real_terms": "deflator"}


def hashes_of(returns: Sequence[Return]) -> dict[str, dict[str, str]]:
    """The hash of what each member sent, by year and member, as the manifest has it."""
    found: dict[str, dict[str, str]] = {}
    for item in returns:
        found.setdefault(str(item.year), {})[item.member] = item.inputs
    return found


class Depends:
    """Which references the figures of a metric in a table rest on, by their role."""

    def __init__(self, network: Network):
        self.catalogue = network.catalogue

    def __call__(self, metric: str, table: str) -> set[str]:
        """The roles, such as `postcodes` or `deflator`; none for what is neither placed nor held against anything."""
        declared = self.catalogue.tables[table]
        of = self.catalogue.tables.get(declared.of)
        breakdown = declared.breakdown or (of.breakdown if of else "")
        roles = set(made_from(self.catalogue, self.catalogue.metric(metric), breakdown))
        roles |= set(_WITH_POSTCODES) if "postcodes" in roles else set()
        return roles | ({_AGAINST[declared.kind]} if declared.kind in _AGAINST else set())


def totals_checked(accounts: pd.DataFrame) -> dict[str, Mapping[str, int]]:
    """By year how many sheets were read, how many have a total of their own, and how many agree with it."""
    if accounts.empty:
        return {}
    told = accounts["control_total_pence"].notna()
    counted = accounts.assign(with_total=told, agree=told & (accounts["difference_pence"].fillna(0) == 0))
    sums = counted.groupby("network_year").agg(
        sheets=("with_total", "size"), with_total=("with_total", "sum"), agree=("agree", "sum")
    )
    return {str(year): {name: int(count) for name, count in row.items()} for year, row in sums.to_dict("index").items()}
