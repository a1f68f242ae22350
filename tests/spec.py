"""A small network for examples: say who is a member and what they report, then ask what follows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.compare import change
from anchor_analysis.declared import Network, load_network
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.protect import Protected, Released, protect

HEAD = """
[network]
id = "example"
name = "Example Network"
place = "Leeds"
contact = "someone@example.org"
licence = "CC0-1.0"
[area]
local_authorities = ["E08000035"]
wards = "leeds_wards"
most_disadvantaged = "leeds_most_disadvantaged_wards@1"
[years]
first = "2021/22"
latest = "2023/24"
baseline = "2021/22"
ends = "03-31"
[reference]
postcodes = "directory"
deprivation = "ranks"
[protection]
people = "{people}"
spend = "{spend}"
estate = "open_data"
[confidentiality]
people = "{confidentiality}"
spend = "{confidentiality}"
estate = "{confidentiality}"
"""


def write_network(
    folder: Path, members: str, people: str = "people_threshold_10_round_5", spend: str = "spend_round_1000",
    confidentiality: str = "shared", coverage: str = "", first: str = "2021/22", latest: str = "2023/24",
) -> Network:  # fmt: skip
    """A network called `example` in a workspace of its own."""
    head = HEAD.format(people=people, spend=spend, confidentiality=confidentiality)
    head = head.replace('"2021/22"', f'"{first}"').replace('"2023/24"', f'"{latest}"')
    path = folder / "networks" / "example" / "network.toml"
    storage.write_text(path, head + members + coverage)
    return load_network(storage.Workspace(folder), "example")


_AMOUNTS = ("numerator", "unknown", "unknown_credits")


class SpecNetwork:
    """Members report counts for a year; a member joins with its first report unless said otherwise."""

    def __init__(self, folder: Path, **settings: str):
        self.folder, self.settings, self.agreed = folder, settings, ""
        self.members: dict[str, dict[str, str]] = {}
        self.told: list[dict] = []
        self.broken: dict[str, list[dict]] = {}
        self.notes: list[str] = []

    def has(
        self, member: str, joined: str = "2018-04-01", left: str = "", levers: str = "employer, spender", into: str = ""
    ) -> None:
        self.members[member] = {"joined": joined, "left": left, "levers": levers, "into": into}

    def reports(self, member: str, year: str, **counts: int | tuple[int, int]) -> None:
        """Counts by metric; a pair gives also how many could not be placed."""
        self.members.setdefault(
            member, {"joined": f"{year[:4]}-04-01", "left": "", "levers": "employer, spender", "into": ""}
        )
        for metric, count in counts.items():
            value, unknown = count if isinstance(count, tuple) else (count, 0)
            row = {"member": member, "network_year": year, "metric": metric}
            row |= {"numerator": value, "unknown": unknown, "unknown_credits": min(unknown, 0)}
            self.told.append(row | {"rows": value + unknown, "group": ""})

    def reports_by(self, member: str, year: str, breakdown: str, **groups: dict[str, int]) -> None:
        """Counts of metrics by group of a breakdown, by metric; their totals are to be told by `reports`."""
        for metric, counts in groups.items():
            for group, count in counts.items():
                row = {"member": member.lower(), "network_year": year, "metric": metric, "group": group, "rows": count}
                self.broken.setdefault(breakdown, []).append(
                    row | {"numerator": count, "unknown": 0, "unknown_credits": 0}
                )

    def decides(self, member: str, year: str, status: str) -> None:
        self.notes.append(
            f'[[coverage]]\nmember = "{member}"\nyear = "{year}"\ntables = ["workforce", "ledger"]\n'
            f'status = "{status}"\nreason = "as an example"\n'
        )

    @property
    def network(self) -> Network:
        blocks = []
        for name, about in self.members.items():
            levers = ", ".join(f'"{lever.strip()}"' for lever in about["levers"].split(","))
            left = f"left = {about['left']}\n" if about["left"] else ""
            left += f'merged_into = "{about["into"].lower()}"\n' if about["into"] else ""
            blocks.append(
                f'[[members]]\nid = "{name.lower()}"\nname = "{name}"\nsector = "example"\n'
                f"joined = {about['joined']}\n{left}levers = [{levers}]\n"
            )
        notes = "".join(self.notes).replace('member = "', 'member = "').lower()
        return write_network(self.folder, "".join(blocks), coverage=notes, **self.settings)

    def observations(self) -> pd.DataFrame:
        network = self.network
        totals = pd.DataFrame(self.told)
        totals["member"] = totals["member"].str.lower()
        numbers = {name: totals[name].astype("Int64") for name in (*_AMOUNTS, "rows")}
        none = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
        months = pd.DataFrame(columns=["member", "network_year", "months"])
        types = dict.fromkeys((*_AMOUNTS, "rows"), "Int64")
        broken = {by: pd.DataFrame(rows).astype(types) for by, rows in self.broken.items()}
        given = Measured(totals.assign(**numbers), broken, none, months, "example", network.all_years())
        return measure(network, given)

    def change(self, metric: str, period: str, since: str | None = None, panel: str = "all") -> pd.Series:
        """The row of the change itself; `.parts` of it by name."""
        found = change(self.observations(), metric, period, since, panel, self.network)
        row = found[found["kind"] == "change"].iloc[0]
        row["parts"] = found[found["kind"] == "part"].set_index("part")["value"].to_dict()
        return row

    def level(self, metric: str, year: str, member: str = "") -> pd.Series:
        found = self.observations()
        of_member = found["member"] == member.lower()
        chosen = (found["metric"] == metric) & (found["network_year"] == year) & (found["breakdown"] == "")
        return found[chosen & of_member].iloc[0]

    def cells(self, year: str = "2023/24") -> pd.DataFrame:
        return self.protected(year).cells.set_index("cell_id")

    def protected(
        self, year: str = "2023/24", released: Sequence[tuple[str, pd.DataFrame]] = (),
        suppliers: pd.DataFrame | None = None, moved: dict[str, frozenset[str]] | None = None,
    ) -> Protected:  # fmt: skip
        """What an edition may show, by years and cells of `released` ones and by what `suppliers` make of sums.

        `moved` are the members whose returns changed since these releases, by year.
        """
        from anchor_analysis.compare import compare

        network, observations = self.network, self.observations()
        chosen = network.year(year)
        before = [
            Released(network.year(of), cells, compare(network, observations, network.year(of)), moved or {})
            for of, cells in released
        ]
        return protect(network, observations, compare(network, observations, chosen), chosen, suppliers, before)
