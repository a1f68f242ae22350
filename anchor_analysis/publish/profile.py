"""A member's own profile: its own figures beside what the network tells, in a workbook for that member alone.

It holds what the member itself reported, exact and unprotected, and of all others only what an edition shows. So it
tells the member nothing that it could not put beside the edition itself; and it is in no edition.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.declared.network import Member
from anchor_analysis.declared.units import UNITS
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.present import wording
from anchor_analysis.publish.workbook import Sheet, describe, styles_of, write_sheet

#: Told on every sheet.
FOR_ONE = "For {member} alone: exact figures of its own, which nothing protects. Not for passing on."


def write_profile(
    network: Network, observations: pd.DataFrame, cells: pd.DataFrame, facts: Mapping[str, Any], member: Member,
    path: Path,
) -> None:  # fmt: skip
    """Write a member's profile: sheets Cover, Figures and Groups; `cells` and `facts` are those of an edition."""
    sheets = profile_sheets(network, observations, cells, facts, member)
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        describe(book, {**facts, "name": f"{member.name} in {facts['name']}", "licence": "Not for publication"})
        styles = styles_of(book)
        for sheet in sheets:
            write_sheet(book, sheet, styles)
    storage.write_bytes(path, stream.getvalue())


def profile_sheets(
    network: Network, observations: pd.DataFrame, cells: pd.DataFrame, facts: Mapping[str, Any], member: Member
) -> list[Sheet]:
    """The sheets of a member's profile. No observation of another member is looked at."""
    own = observations[(observations["scope"] == "member") & (observations["member"] == member.id)]
    own = own[own["status"].isin(COUNTED)].sort_values(["metric", "breakdown", "group", "network_year"])
    line = FOR_ONE.format(member=member.name)
    about = [("Member", member.name), ("Network", str(facts["name"])), ("Year", str(facts["year"])),
             ("Beside it", f"edition {facts['year']} {facts['revision']} ({facts['status']})")]  # fmt: skip
    told = _told(cells)
    whole, groups = own[own["breakdown"] == ""], own[own["breakdown"] != ""]
    columns = ("Measure", "Year", "Yours", "Between", "All members, as shown", "Members counted")
    figures = [_row(network, row, told) for row in whole.to_dict("records")]
    by_group = [(*_row(network, row, told), *_group(facts, row)) for row in groups.to_dict("records")]
    return [
        Sheet("Cover", f"Profile of {member.name}", (line,), ("About", "This workbook"), tuple(about)),
        Sheet("Figures", "Your figures, every year", (line,), columns, tuple(figures)),
        Sheet("Groups", "Your figures by group", (line,), (*columns, "By", "Group"), tuple(by_group)),
    ]


def _told(cells: pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    """What an edition tells of the network's observations, by their ids."""
    levels = cells[(cells["kind"] == "levels") & (cells["member"] == "") & (cells["item"] == "value")]
    return {row["source_id"]: row for row in levels.to_dict("records")}


def _row(network: Network, row: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[str, ...]:
    beside = told.get(str(row["observation_id"]).replace(f":{row['member']}", ":network", 1))
    ends = "" if row["lower"] == row["upper"] else f"{_said(row, 'lower')} and {_said(row, 'upper')}"
    return (
        network.catalogue.metric(row["metric"]).title, str(row["network_year"]), _said(row, "value"), ends,
        str(beside["shown"]) if beside else "not shown",
        f"{beside['members_counted']} of {beside['members_expected']}" if beside else "",
    )  # fmt: skip


def _said(row: Mapping[str, Any], name: str) -> str:
    """A figure as it is, with as many decimals as its unit is written with."""
    if pd.isna(row[name]):
        return "not known"
    unit, value = UNITS[row["unit"]], float(row[name])
    if row["unit"] == "share":
        return f"{value * 100:.1f}%"
    return f"{'−' if value < 0 else ''}{unit.before}{abs(value):,.{unit.decimals}f}{unit.after}"


def _group(facts: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, str]:
    names = [wording.group_name(dict(facts), part) for part in str(row["group"]).split("|")]
    return str(row["breakdown"]).replace("_", " ").replace("|", " and "), ", ".join(names)
