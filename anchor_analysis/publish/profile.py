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

#: What a figure's row tells.
COLUMNS = ("Measure", "Year", "Yours", "Between", "All members, as shown", "Members counted")

#: Facts of all members together, or of the place, which say nothing to one.
_OF_ALL = ("withheld", "conditions", "members_reporting", "rates_in_doubt", "benchmark", "boundaries")

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
    own = own_observations(observations, member.id)
    line = FOR_ONE.format(member=member.name)
    about = [("Member", member.name), ("Network", str(facts["name"])), ("Year", str(facts["year"])),
             ("Beside it", f"edition {facts['year']} {facts['revision']} ({facts['status']})")]  # fmt: skip
    told = _told(cells)
    whole, groups = own[own["breakdown"] == ""], own[own["breakdown"] != ""]
    titles = {name: metric.title for name, metric in network.catalogue.metrics.items()}
    figures = [_row(titles, row, told) for row in whole.to_dict("records")]
    by_group = [(*_row(titles, row, told), *_group(facts, row)) for row in groups.to_dict("records")]
    return [
        Sheet("Cover", f"Profile of {member.name}", (line,), ("About", "This workbook"), tuple(about)),
        Sheet("Figures", "Your figures, every year", (line,), COLUMNS, tuple(figures)),
        Sheet("Groups", "Your figures by group", (line,), (*COLUMNS, "By", "Group"), tuple(by_group)),
    ]


def own_observations(observations: pd.DataFrame, member: str) -> pd.DataFrame:
    """What a member itself reported: its own observations that count, of all years, by metric and group."""
    own = observations[(observations["scope"] == "member") & (observations["member"] == member)]
    own = own[own["status"].isin(COUNTED)]
    return own.sort_values(["metric", "breakdown", "group", "network_year"], ignore_index=True)


def beside_member(cells: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """What an edition tells of the network's own figures of the metrics that a member reported."""
    levels = (cells["kind"] == "levels") & (cells["member"] == "") & (cells["item"] == "value")
    return cells[levels & cells["metric"].isin(own["metric"].unique())].reset_index(drop=True)


def facts_for_member(facts: Mapping[str, Any], own: pd.DataFrame, member: str) -> dict[str, Any]:
    """The facts of an edition that a member's own profile states: of its metrics, and of no other member."""
    kept = {name: value for name, value in facts.items() if name not in _OF_ALL}
    metrics = set(own["metric"])
    definitions = {name: about for name, about in facts["definitions"].items() if name in metrics}
    members = [one for one in facts["members"] if one["id"] == member]
    notes = [note for note in facts["coverage_notes"] if note["member"] == member]
    community = facts.get("community") or {}
    if community:
        actions = [action for action in community["actions"] if action["member"] == member]
        kept["community"] = {**community, "actions": actions}
    return kept | {"definitions": definitions, "members": members, "coverage_notes": notes, "member": member}


def figures(own: pd.DataFrame, cells: pd.DataFrame, facts: Mapping[str, Any], groups: bool = False) -> pd.DataFrame:
    """A member's figures as text, one row for each year and measure, or each group of them, the latest year first.

    Columns: the measure, its year, the member's own figure and its bounds, what the edition shows of all members, and
    how many these are; of groups also by what they are and which.
    """
    chosen = own[(own["breakdown"] != "") == groups].sort_values("network_year", ascending=False, kind="stable")
    titles, told = {name: about["title"] for name, about in facts["definitions"].items()}, _told(cells)
    rows = [(*_row(titles, row, told), *(_group(facts, row) if groups else ())) for row in chosen.to_dict("records")]
    return pd.DataFrame(rows, columns=[*COLUMNS, *(("By", "Group") if groups else ())])


def _told(cells: pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    """What an edition tells of the network's observations, by their ids."""
    levels = cells[(cells["kind"] == "levels") & (cells["member"] == "") & (cells["item"] == "value")]
    return {row["source_id"]: row for row in levels.to_dict("records")}


def _row(titles: Mapping[str, str], row: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[str, ...]:
    beside = told.get(str(row["observation_id"]).replace(f":{row['member']}", ":network", 1))
    ends = "" if row["lower"] == row["upper"] else f"{_said(row, 'lower')} and {_said(row, 'upper')}"
    return (
        titles[row["metric"]], str(row["network_year"]), _said(row, "value"), ends,
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
