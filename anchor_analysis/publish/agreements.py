"""Which agreements of members let which figures be shown: honoured, told, and never silently gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network, parse_year
from anchor_analysis.declared.agreements import AGREEMENTS, Agreement
from anchor_analysis.problems import Problem
from anchor_analysis.publish.ledger import Entry, withdrawn_in

#: What `agreement_states` says of an agreement.
IN_FORCE, REVOKED, GONE = "in force", "revoked", "not in the register"


def agreements_used(network: Network, cells: pd.DataFrame) -> list[dict[str, Any]]:
    """Which agreements in force let which released cells be shown, one dict per agreement, member, metric and period.

    Each has `agreement` (its id), `member`, `metric`, `period`, `signed`, `signed_by`, `cells`, how many name the
    member, and `beside`, how many totals are told, from which its figure may be had. Counted are the cells
    that show a figure, or bounds of one, of a kind of data that is confidential in the network. A cell that compares
    two years counts for both, one that several agreements allow for each of them.
    """
    named: Counter[tuple[str, str, str, str]] = Counter()
    beside: Counter[tuple[str, str, str, str]] = Counter()
    for row, metric in _confidential(network, cells):
        for period in _periods(row):
            counted = named if row["member"] else beside
            counted.update((one.id, one.member, metric.id, period) for one in _allowing(network, row, period))
    known = {one.id: one for one in network.agreements}
    return [
        {
            "agreement": name, "member": member, "metric": metric, "period": period,
            "signed": str(known[name].signed), "signed_by": known[name].signed_by,
            "cells": named[name, member, metric, period], "beside": beside[name, member, metric, period],
        }
        for name, member, metric, period in sorted({*named, *beside})
    ]  # fmt: skip


def cells_not_agreed(network: Network, cells: pd.DataFrame) -> list[str]:
    """The ids of cells that show a member's own figure although it is confidential and no agreement allows it."""
    return [
        row["cell_id"]
        for row, metric in _confidential(network, cells)
        if row["member"]
        and not all(network.agreed(row["member"], metric, parse_year(period)) for period in _periods(row))
    ]


def _confidential(network: Network, cells: pd.DataFrame) -> Iterator[tuple[dict[str, Any], Metric]]:
    """The cells that tell a figure of one member or of several, of metrics whose kind of data is confidential."""
    told = cells["status"].eq("shown") | cells[["value", "lower", "upper"]].notna().any(axis="columns")
    for row in cells[told & cells["unit"].ne("words")].to_dict("records"):
        metric = network.catalogue.metric(row["metric"])
        if getattr(network.confidentiality, metric.protect) == "confidential":
            yield row, metric


def _periods(row: dict[str, Any]) -> list[str]:
    return sorted({row["period"], row["since_period"]} - {""})


def _allowing(network: Network, row: dict[str, Any], period: str) -> list[Agreement]:
    """The agreements in force of the member that a cell is of; of a total, those of all members."""
    metric = network.catalogue.metric(row["metric"])
    of_member = [one for one in network.agreements if one.in_force and row["member"] in ("", one.member)]
    return [one for one in of_member if one.concerns(one.member, metric, period)]


def agreement_states(network: Network, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What became of each agreement, one dict each in the register's order, then those that the register has no more.

    Each has `agreement` (its id), `member`, `metrics`, `periods`, `signed`, `signed_by`, `state` (IN_FORCE, REVOKED,
    GONE), `revoked` (a day or blank) and `editions`: those that relied on it, from the ledger's `entries`. Of one that
    is gone only the id and the editions are known.
    """
    editions = _editions(entries)
    found = [_state(one, editions.pop(one.id, [])) for one in network.agreements]
    gone = {"member": "", "metrics": [], "periods": [], "signed": "", "signed_by": "", "state": GONE, "revoked": ""}
    return [*found, *({"agreement": name, **gone, "editions": names} for name, names in editions.items())]


def _state(one: Agreement, editions: list[str]) -> dict[str, Any]:
    return {
        "agreement": one.id, "member": one.member, "metrics": list(one.metrics),
        "periods": [one.periods] if isinstance(one.periods, str) else list(one.periods),
        "signed": str(one.signed), "signed_by": one.signed_by, "state": IN_FORCE if one.in_force else REVOKED,
        "revoked": str(one.revoked or ""), "editions": editions,
    }  # fmt: skip


def _editions(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """By the id of an agreement, the editions that relied on it."""
    withdrawn, found = withdrawn_in(entries), dict[str, list[str]]()
    for entry in entries:
        place = (entry["year"], entry["revision"])
        for name in entry.get("agreements", []):
            found.setdefault(name, []).append(" ".join(place) + (" (withdrawn)" if place in withdrawn else ""))
    return found


def agreement_said(state: dict[str, Any]) -> str:
    """One agreement and what became of it, in a line."""
    what = f"{state['agreement']}  {state['state']}"
    if state["state"] != GONE:
        about = f"{', '.join(state['metrics'])}; {', '.join(state['periods'])}"
        what += f"{' on ' + state['revoked'] if state['revoked'] else ''}  {state['member']}: {about}; signed "
        what += f"{state['signed']} by {state['signed_by']}"
    relied = f"{', '.join(state['editions'])} relied on it" if state["editions"] else "No released edition relied on it"
    stays = " and stays as released" if state["editions"] and state["state"] == REVOKED else ""
    return f"{what}. {relied}{stays}."


def gone_problems(network: Network, entries: Sequence[Entry]) -> list[Problem]:
    """Problems (AN044) with agreements that a released edition relied on and the register has no more."""
    remedy = "Put it back as it was; what a member agrees to no longer is `revoked`, and what changes is a new entry."
    return [
        Problem("AN044", f"networks/{network.id}/{AGREEMENTS}", f"{_missing(state)}.", remedy)
        for state in agreement_states(network, entries)
        if state["state"] == GONE
    ]


def _missing(state: dict[str, Any]) -> str:
    return f"{', '.join(state['editions'])} relied on the agreement {state['agreement']}, which is not there"


def not_agreed_problems(network: Network, edition: str, cells: pd.DataFrame) -> list[Problem]:
    """Problems (AN040) with cells of an edition that show what a member has not agreed to, or no longer."""
    remedy = f"Run the edition again, so that it is withheld; or enter the agreement in {AGREEMENTS}."
    what = "shows a member's own figure of a kind of data that is confidential, and no agreement in force allows it."
    return [Problem("AN040", f"{edition}/{name}", what, remedy) for name in cells_not_agreed(network, cells)]
