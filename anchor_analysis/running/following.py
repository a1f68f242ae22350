"""Following a claim: from a sentence or a figure of an edition to observations, and to the rows that were counted.

What stands behind an edition is the network's own: exact, unprotected, and for the analyst alone. Where it is gone, the
edition still says what a figure is, what it is made of, who counts in it and what it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Network, load_network, parse_year
from anchor_analysis.declared.loading import network_names
from anchor_analysis.declared.units import UNITS
from anchor_analysis.present import Released
from anchor_analysis.present.origins import fragment
from anchor_analysis.present.released import Cell
from anchor_analysis.problems import Problem, UserError, unknown
from anchor_analysis.publish.editions import (
    EditionContent,
    EditionFolder,
    edition_folders,
    read_content,
    sealed_edition,
)
from anchor_analysis.publish.schemas import read_register
from anchor_analysis.running.rows_behind import Behind, contributions, rows_behind

#: What says of an observation what it is of.
_OF = ["metric", "network_year", "breakdown", "group"]

#: The items of a change that are of one of its two years alone.
_ONE_END = {"from": "since_period", "to": "period"}

#: The numbers of a finding that items are made of.
_NUMBERS = (
    "value", "from_value", "to_value", "expected", "quotient", "to_numerator", "to_denominator", "part_numerator",
)  # fmt: skip

#: What a finding says of an item before it was rounded, where that is not its value.
_EXACT: dict[str, Callable[[dict[str, float], float], float]] = {
    "from": lambda found, scale: found["from_value"],
    "to": lambda found, scale: found["to_value"],
    "percent": lambda found, scale: found["value"] / found["from_value"] if found["from_value"] else float("nan"),
    "observed": lambda found, scale: found["to_numerator"] / scale,
    "expected": lambda found, scale: found["expected"],
    "quotient": lambda found, scale: found["quotient"],
    "share": lambda found, scale: found["value"] + found["expected"],
    "target": lambda found, scale: found["expected"],
    "short": lambda found, scale: found["part_numerator"] / scale,
    "people_in_group": lambda found, scale: found["to_numerator"],
    "people_beside": lambda found, scale: found["to_denominator"],
}


@dataclass(frozen=True)
class Followed:
    """A figure with what it was made from.

    `observation` is the network's or a member's own figure that was rounded, or the comparison's; `members` are the
    observations of the members that count in it. Both are empty where what the edition was made from is gone, and
    `gone` says what is.
    """

    cell: Cell
    entry: dict[str, Any]
    observation: dict[str, Any] = field(default_factory=dict)
    members: pd.DataFrame = field(default_factory=pd.DataFrame)
    exact: float = float("nan")
    gone: str = ""


@dataclass(frozen=True)
class Trace:
    """A claim of an edition, followed: its entry in claims.json, its figures, and the rows behind them."""

    edition: EditionFolder
    entry: dict[str, Any]
    figures: Sequence[Followed]
    sources: dict[str, Any]
    definitions: dict[str, Any]
    behind: Sequence[Behind] = ()
    gone: str = ""
    shares: frozenset[str] = frozenset()

    def contributions(self, figure: Followed) -> pd.DataFrame:
        """What each member adds to a figure, held against its rows, as `rows_behind.contributions` has it."""
        return contributions(figure.members, self.behind, self.shares)


def follow(workspace: storage.Workspace, claim: str, name: str = "", year: str = "", revision: str = "") -> Trace:
    """A claim or cell of an edition with what stands behind it.

    `claim` is an id out of claims.json, or an address that ends with that of a card. `name` is the network, and may be
    left out where only one has editions. Raises UserError: AN004 for an id that the edition does not have, with the
    nearest; AN002 where several networks have editions and none is named; AN003 and AN008 where there is no edition;
    AN040 where it is not as it was sealed.
    """
    network = load_network(workspace, name or _only_network(workspace))
    edition = sealed_edition(workspace, network.id, year, revision)
    register = read_register(edition.folder)
    entries = {entry["id"]: entry for entry in register["claims"]}
    entry = entries[_asked(claim, list(entries), edition.name)]
    content = read_content(edition.folder)
    known = Released(content.cells, content.facts)
    ids = entry["cells"] if "cells" in entry else [entry["id"]]
    cells = [known.by_id[one] for one in ids if one in known.by_id]
    results = _Results(workspace, network, edition, content)
    figures = [_followed(cell, entries[cell.cell_id], results) for cell in cells]
    members, beside = [one.members for one in figures], workspace.processed(network.id)
    behind = rows_behind(results.network, results.folders, members, beside) if results.there else []
    shares = frozenset(one.id for one in results.network.catalogue.metrics.values() if one.unit == "share")
    return Trace(edition, entry, figures, register["sources"], register["definitions"], behind, results.gone, shares)


def _only_network(workspace: storage.Workspace) -> str:
    names = [name for name in network_names(workspace) if edition_folders(workspace, name)]
    if len(names) == 1:
        return names[0]
    what = "several networks have editions here." if names else "no network has an edition here."
    remedy = f"Name one with --network: {', '.join(names)}." if names else "Run `anchor-analysis run NETWORK` first."
    raise UserError(Problem("AN002" if names else "AN008", "", what, remedy))


def _asked(claim: str, known: Sequence[str], where: str) -> str:
    """The id that was asked for, as it stands in claims.json or as an address ends; raises UserError (AN004)."""
    end = unquote(claim.rpartition("#")[2]).strip()
    if end in known:
        return end
    by_fragment = {fragment(one): one for one in known} | {f"claim-{one}": one for one in known}
    if end in by_fragment:
        return by_fragment[end]
    raise unknown("AN004", "claim", end, known, where)


class _Results:
    """What an edition was made from, where it is still here and is still what the edition was made from."""

    def __init__(self, workspace: storage.Workspace, network: Network, edition: EditionFolder, content: EditionContent):
        self.network = network
        folder = workspace.processed(edition.network)
        named = workspace.pointed_to(edition.network, edition.year.folder)
        results = folder / named.get("results", "none")
        rows = workspace.canonical(edition.network)
        self.folders = {kind: [rows / one for one in named.get(kind, [])] for kind in ("cleaned", "located")}
        self.gone = _gone(edition, content, results)
        self.there = not self.gone
        if self.there and not all(storage.is_there(path) for paths in self.folders.values() for path in paths):
            self.gone = "The canonical tables are no longer here whole: observations can be told, and no rows."
            self.there = False
        self.observations = _read(results / "observations.parquet", "observation_id") if self.measured else None
        self.findings = _read(results / "findings.parquet", "finding_id") if self.measured else None

    @property
    def measured(self) -> bool:
        """Whether the observations that the edition was made from are here."""
        return self.there or "no rows" in self.gone


def _read(path: Path, key: str) -> pd.DataFrame:
    return storage.read_frame(path).set_index(key, drop=False)


def _gone(edition: EditionFolder, content: EditionContent, results: Path) -> str:
    """Why what an edition was made from cannot be looked at; nothing where it can."""
    if not storage.is_there(results):
        return "What this edition was made from is no longer here whole, so nothing behind it can be told."
    if str(content.manifest.get("results", ""))[: len(results.name)] != results.name:
        return (
            f"The results that are here are not those that {edition.name} was made from: returns, definitions or code "
            "have changed since, so nothing behind it can be told."
        )
    return ""


def _followed(cell: Cell, entry: dict[str, Any], results: _Results) -> Followed:
    observations, findings = results.observations, results.findings
    if observations is None or findings is None:
        return Followed(cell, entry, gone=results.gone)
    if cell.source_id in observations.index:
        own = observations.loc[cell.source_id].to_dict()
        return Followed(cell, entry, own, _members_of(observations, own), _float(own["value"]))
    if cell.source_id in findings.index:
        found = findings.loc[cell.source_id].to_dict()
        members = _compared(observations, found, cell)
        return Followed(cell, entry, found, members, _before_rounding(found, cell))
    return Followed(cell, entry, gone="It is of no observation and no comparison.")


def _before_rounding(found: dict[str, Any], cell: Cell) -> float:
    """A comparison's own figure for an item of it, in the unit of the cell."""
    scale = UNITS[cell.unit].scale if cell.unit in UNITS else 1
    numbers = {name: _float(found.get(name)) for name in _NUMBERS}
    told = _EXACT.get(cell.item)
    return told(numbers, scale) if told else numbers["value"]


def _members_of(observations: pd.DataFrame, own: dict[str, Any]) -> pd.DataFrame:
    """The members' observations that add up to one of the network; a member's own is made of itself."""
    same = (observations[_OF] == [own[name] for name in _OF]).all(axis="columns") & (observations["scope"] == "member")
    if own["scope"] == "member":
        same &= observations["member"] == own["member"]
    return observations[same & observations["numerator"].notna()]


def _compared(observations: pd.DataFrame, found: dict[str, Any], cell: Cell) -> pd.DataFrame:
    """The members' observations that a comparison is of; where it names none, those of its years.

    One that names the network's own is of the members that add up to these.
    """
    named = [name for name in str(found.get("observation_ids") or "").split() if name in observations.index]
    frames = [_members_of(observations, own) for own in observations.loc[named].to_dict("records")]
    members = pd.concat(frames) if frames else observations.iloc[:0]
    if members.empty:
        whole = (observations["scope"] == "member") & (observations["breakdown"] == "")
        members = observations[whole & (observations["metric"] == cell.metric)]
        members = members[members["network_year"].isin([cell.period, cell.since_period])]
    members = members.drop_duplicates("observation_id")
    end = _ONE_END.get(cell.item)
    if end:
        members = members[members["network_year"] == str(parse_year(getattr(cell, end)))]
    return members[members["numerator"].notna()]


def _float(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
