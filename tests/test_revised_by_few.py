"""A figure that few members put right since a release: withheld by protection, and found by the audit if it was not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis.audit import Measures, attack, reading_of, truth_of
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.protect.restated import BY_FEW
from anchor_analysis.running.facts import edition_facts
from tests.spec import SpecNetwork
from tests.test_jointly import agree, one

YEARS = ("2021/22", "2022/23", "2023/24")
SPEND = {"A": 1_000_000, "B": 900_000, "C": 800_000, "D": 700_000, "E": 600_000}


def network(folder: Path, spend: str = "open_data", **again: int) -> SpecNetwork:
    """Five members that keep their spend, and what some of them put right in the latest year."""
    made = SpecNetwork(folder, confidentiality="confidential", spend=spend)
    for year in YEARS:
        for name, amount in SPEND.items():
            made.has(name)
            put_right = again.get(name, 0) if year == YEARS[-1] else 0
            made.reports(name, year, net_spend=(amount + put_right) * 100)
    return made


def moved(again: dict[str, int]) -> dict[str, frozenset[str]]:
    return {YEARS[-1]: frozenset(name.lower() for name in again)}


def total(cells: pd.DataFrame) -> pd.Series:
    return one(cells, "series", "net_spend", period=YEARS[-1])


def worked_out(declared: SpecNetwork, editions: list[pd.DataFrame], again: dict[str, int]) -> list[str]:
    """What the attack finds of two editions, whose manifests say whose returns were sent again."""
    network, observations = declared.network, declared.observations()
    readings = []
    for number, cells in enumerate(editions):
        hashes = {f"{name.lower()}/2023-24": str(number if name in again else 0) for name in SPEND}
        facts = edition_facts(network, network.latest, [], observations, cells) | {"revision": f"r{number + 1}"}
        readings.append(reading_of(cells, facts, network, manifest={"returns": hashes}))
    truth = truth_of(observations, Definitions(readings[-1].facts["definitions"], readings[-1].catalogue))
    attacked = attack(readings, ("people", "spend"), Measures(truth))
    assert not attacked.contradictory
    return [found.target.words for found in attacked.found]


def corrected(folder: Path, again: dict[str, int], knows: bool = True, spend: str = "open_data", agreed: str = ""):
    """The first edition, and the second that was protected after it, with or without knowing whose returns changed."""
    before = network(folder, spend).protected().cells
    later = network(folder, spend, **again)
    agree(later, *agreed)
    after = later.protected(released=[(YEARS[-1], before)], moved=moved(again) if knows else {})
    return later, before, after


@pytest.mark.parametrize(
    ("spend", "again"), [("open_data", {"A": 100_000}), ("spend_round_1000", {"A": 100_000, "B": -40_000})]
)
def test_a_total_that_one_or_two_members_put_right_is_withheld(tmp_path, spend, again):
    later, before, after = corrected(tmp_path, again, spend=spend)
    assert (total(before)["status"], total(after.cells)["status"]) == ("shown", "withheld")
    why = after.why.set_index("cell_id")["why"]
    assert why["series|net_spend|2023-24|all|value"] == BY_FEW and not after.decided.unsafe
    assert one(after.cells, "series", "net_spend", period="2022/23")["status"] == "shown"
    assert worked_out(later, [before, after.cells], again) == []


def test_the_audit_finds_it_where_protection_did_not_see_to_it(tmp_path):
    again = {"A": 100_000}
    later, before, after = corrected(tmp_path, again, knows=False)
    assert total(after.cells)["status"] == "shown"
    found = worked_out(later, [before, after.cells], again)
    assert any("which rests on the return(s) of a" in words for words in found)


def test_three_corrections_come_out_together(tmp_path):
    again = {"A": 100_000, "B": -40_000, "C": 70_000}
    later, before, after = corrected(tmp_path, again)
    assert total(after.cells)["shown"] == "£4,130,000.00"
    assert worked_out(later, [before, after.cells], again) == []


def test_who_agreed_is_put_right_in_the_open(tmp_path):
    again = {"A": 100_000}
    later, before, after = corrected(tmp_path, again, agreed="A")
    assert total(after.cells)["shown"] == "£4,100,000.00"
    assert worked_out(later, [before, after.cells], again) == []


def test_a_correction_that_rounding_hides_is_shown(tmp_path):
    later, before, after = corrected(tmp_path, {"A": 300}, spend="spend_round_1000")
    assert total(after.cells)["shown"] == total(before)["shown"]
    assert worked_out(later, [before, after.cells], {"A": 300}) == []


def test_what_members_share_is_put_right_in_the_open(tmp_path):
    made = {}
    for name, again in (("before", {}), ("after", {"A": 100_000})):
        made[name] = network(tmp_path, **again)
        made[name].settings["confidentiality"] = "shared"
    before = made["before"].protected().cells
    after = made["after"].protected(released=[(YEARS[-1], before)], moved=moved({"A": 1})).cells
    assert total(after)["shown"] == "£4,100,000.00"


def test_a_withheld_correction_comes_out_with_the_next_ones(tmp_path):
    first = network(tmp_path).protected().cells
    second = network(tmp_path, A=100_000).protected(released=[(YEARS[-1], first)], moved=moved({"A": 1})).cells
    last = network(tmp_path, A=100_000, B=-40_000, C=70_000)
    after = last.protected(released=[(YEARS[-1], first)], moved=moved({"A": 1, "B": 1, "C": 1})).cells
    assert total(second)["status"] == "withheld" and total(after)["shown"] == "£4,130,000.00"
