"""Ranges that are left of what a protected edition withholds, held to how wide their rules ask them to be.

Each edition is protected as any is, and tells nothing; then one figure more is told that makes a range narrower, and
never so narrow that the figure itself is known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis.audit import Measures, attack, reading_of, truth_of
from anchor_analysis.audit.attack import Found
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.measure.observing import observation_id
from anchor_analysis.running.facts import edition_facts
from tests.spec import SpecNetwork

YEARS = ("2021/22", "2022/23", "2023/24")
NARROW = "can be told more narrowly than its protection asks"


def found(
    network: SpecNetwork, cells: pd.DataFrame, *kinds: str, suppliers: pd.DataFrame | None = None
) -> list[Found]:  # fmt: skip
    """What the audit finds of cells with the true figures at hand, and with what suppliers make of them."""
    declared, observations = network.network, network.observations()
    reading = reading_of(cells, edition_facts(declared, declared.latest, [], observations, cells), declared)
    rows = [] if suppliers is None else suppliers.to_dict("records")
    made = {observation_id(*(row[name] for name in OF)): row for row in rows}
    truth = truth_of(observations, Definitions(reading.facts["definitions"], reading.catalogue))
    return list(attack([reading], kinds, Measures(truth, made)).found)


def told(cells: pd.DataFrame, value: float, shown: str, **where: str) -> pd.DataFrame:
    """The cells with some that were withheld told as a figure, or as bounds if the words have them."""
    chosen = cells["status"] == "withheld"
    for name, wanted in where.items():
        chosen &= cells[name] == wanted
    assert chosen.any()
    as_told: dict[str, Any] = {"value": value, "lower": value, "upper": value, "shown": shown, "status": "shown"}
    if shown.startswith("between"):
        as_told |= {"value": float("nan"), "status": "no_value", "lower": float("nan"), "upper": float("nan")}
    cells = cells.copy()
    cells.loc[chosen, list(as_told)] = list(as_told.values())
    return cells


# --- suppliers ---

OF = ["metric", "network_year", "scope", "member", "breakdown", "group"]


def of_two_suppliers(folder: Path) -> tuple[SpecNetwork, pd.DataFrame]:
    """Two members whose spend of the latest year one supplier makes nearly all of: £900,000 of £1,000,000."""
    network = SpecNetwork(folder, spend="acro")
    for year in YEARS:
        for name, amount in (("A", 600_000), ("B", 400_000)):
            network.has(name), network.reports(name, year, net_spend=amount * 100)
    rows = network.observations().query("metric == 'net_spend' and scope == 'network' and network_year == '2023/24'")
    pence = {"largest": 900_000_00, "second": 50_000_00, "n_largest": 950_000_00, "absolute": 1_000_000_00}
    return network, rows[OF].assign(contributors=20, **pence)


def test_what_protection_leaves_of_a_sum_that_a_supplier_dominates_is_wide_enough(tmp_path):
    network, suppliers = of_two_suppliers(tmp_path)
    cells = network.protected(suppliers=suppliers).cells
    assert (cells["status"] == "withheld").any() and found(network, cells, suppliers=suppliers) == []


def test_a_sum_that_a_supplier_dominates_is_found_where_bounds_tell_it_nearly(tmp_path):
    """The rule asks for £55,556 either way; with what b spends told to £1,000, the sum is known to £1,000."""
    network, suppliers = of_two_suppliers(tmp_path)
    cells = network.protected(suppliers=suppliers).cells
    spent = {"metric": "net_spend", "period": "2023/24", "kind": "levels", "member": "b"}
    cells = told(cells, float("nan"), "between £399,000 and £401,000", **spent)
    faults = found(network, cells, suppliers=suppliers)
    assert {one.fault for one in faults} == {NARROW}
    assert all(one.target.kind == "withheld" and one.target.cells for one in faults)
    assert found(network, cells) == []  # whose sum it is is told by nothing else


# --- members ---


def with_joiners(folder: Path, **joined: int) -> SpecNetwork:
    network = SpecNetwork(folder, confidentiality="confidential", spend="open_data")
    for year in YEARS:
        for name, amount in (("A", 1_000_000), ("B", 900_000), ("C", 800_000), ("D", 700_000)):
            network.has(name), network.reports(name, year, net_spend=amount * 100)
    for name, amount in joined.items():
        network.reports(name, "2023/24", net_spend=amount * 100)
    return network


def test_joiners_of_whom_one_makes_nearly_all_are_not_had_from_what_protection_tells(tmp_path):
    network = with_joiners(tmp_path, J=500_000, K=9_000, L=8_000)
    assert found(network, network.protected().cells, "spend") == []


def test_the_panel_that_protection_withheld_tells_the_joiner_who_makes_nearly_all(tmp_path):
    network = with_joiners(tmp_path, J=500_000, K=9_000, L=8_000)
    cells = network.protected().cells
    shared = {"metric": "net_spend", "kind": "changes", "panel": "like_for_like", "item": "to", "period": "2023/24"}
    faults = found(network, told(cells, 3_400_000.0, "£3,400,000.00", **shared), "spend")
    narrow = [one for one in faults if one.fault == NARROW and not one.as_member]
    assert {(one.target.kind, one.target.member) for one in narrow} == {("made by few", ""), ("member", "j")}


def test_joiners_who_agreed_or_who_share_are_nobodys_secret(tmp_path):
    network = with_joiners(tmp_path, J=500_000, K=9_000, L=8_000)
    network.settings["confidentiality"] = "shared"
    cells = network.protected().cells
    assert not (cells.query("metric == 'net_spend'")["status"] == "withheld").any()
    assert found(network, cells) == []
