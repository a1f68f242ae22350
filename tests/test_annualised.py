"""A part of a year is flagged, and raised to the whole only where people told of how many months it is."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis.declared.network import CoverageNote
from anchor_analysis.measure import measure
from anchor_analysis.measure.annualised import raised
from anchor_analysis.measure.observing import NOT_BROKEN_DOWN, Measured
from tests.spec import SpecNetwork

YEAR, BEFORE = "2023/24", "2022/23"


class Partial(SpecNetwork):
    """A network in which B's ledger and staff of the last year are of nine months, or as told."""

    def __init__(self, folder, months: str = "months = 9\n"):
        super().__init__(folder)
        for year in (BEFORE, YEAR):
            self.reports("A", year, net_spend=1000, local_spend=(400, 100), staff=50, staff_recruited=8)
            self.reports("B", year, net_spend=900, local_spend=(301, 30), staff=40, staff_recruited=6)
        self.decides("B", YEAR, "partial")
        self.notes[-1] += months


def test_without_being_told_a_part_stays_a_part(tmp_path):
    network = Partial(tmp_path, months="")
    assert network.level("net_spend", YEAR, "B")[["status", "numerator"]].tolist() == ["partial", 900]
    assert network.change("net_spend", YEAR)["verdict"] == "not comparable"
    assert network.change("net_spend", YEAR, panel="like_for_like")["members"] == 1


def test_what_happened_in_nine_months_is_raised_to_twelve_and_marked(tmp_path):
    network = Partial(tmp_path)
    local = network.level("local_spend", YEAR, "B")
    assert local[["numerator", "unknown", "status", "quality"]].tolist() == [401, 40, "reported", "estimated"]
    assert network.level("net_spend", YEAR, "B")["numerator"] == 1200
    assert network.level("staff_recruited", YEAR, "B")["numerator"] == 8
    whole = network.level("net_spend", YEAR)
    assert (whole["numerator"], whole["quality"], whole["status"]) == (2200, "estimated", "reported")
    assert network.change("net_spend", YEAR, panel="like_for_like")["value"] == pytest.approx(3.00)


def test_what_there_is_on_the_last_day_is_not_raised(tmp_path):
    level = Partial(tmp_path).level("staff", YEAR, "B")
    assert level[["numerator", "status", "quality"]].tolist() == [40, "partial", "rows"]


def test_a_share_of_raised_parts_is_the_share_of_the_parts(tmp_path):
    network = Partial(tmp_path)
    before, after = (network.level("local_spend_share", year, "B") for year in (BEFORE, YEAR))
    assert after["value"] == pytest.approx(before["value"], abs=0.001) and after["quality"] == "estimated"


def test_what_was_added_is_in_no_group(tmp_path):
    network = Partial(tmp_path)
    declared = network.network
    totals = pd.DataFrame(network.told).assign(member=lambda rows: rows["member"].str.lower())
    amounts = dict.fromkeys(("numerator", "unknown", "unknown_credits", "rows"), "Int64")
    spent = totals[totals["metric"] == "net_spend"].assign(group="food")
    none = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
    months = pd.DataFrame(columns=["member", "network_year", "months"])
    measured = Measured(totals.astype(amounts), {"spend_category": spent.astype(amounts)}, none, months, "example",
                        declared.all_years())  # fmt: skip
    found = measure(declared, measured)
    own = found[(found["member"] == "b") & (found["metric"] == "net_spend") & (found["network_year"] == YEAR)]
    groups = own[own["breakdown"] == "spend_category"].set_index("group")["numerator"].to_dict()
    assert groups == {"food": 900, NOT_BROKEN_DOWN: 300}


def test_a_page_says_what_was_raised(tmp_path):
    cells = Partial(tmp_path).cells()
    notes = cells.loc[(cells["metric"] == "net_spend") & (cells["period"] == YEAR), "note"]
    assert any("raised to the whole year" in note for note in notes)


def test_only_a_part_can_be_raised():
    told = {"member": "b", "year": YEAR, "tables": ["ledger"], "reason": "as an example"}
    with pytest.raises(ValueError, match="months is of a partial return"):
        CoverageNote(**told, status="complete", months=9)
    with pytest.raises(ValueError, match="less than or equal to 11"):
        CoverageNote(**told, status="partial", months=12)


@given(st.integers(-(10**12), 10**12), st.integers(1, 11))
def test_rounding_is_half_away_from_nought(amount, months):
    row = {"numerator": amount, "unknown": 0, "unknown_credits": 0, "told": 0, "months_told": months}
    row |= {"status": "partial", "quality": "rows"}
    grid = pd.DataFrame([row]).astype(dict.fromkeys(("numerator", "unknown", "unknown_credits", "told"), "Int64"))
    grid = grid.astype({"months_told": "Int64"})
    whole, rest = divmod(abs(amount) * 12, months)
    exact = (whole + (2 * rest >= months)) * (1 if amount >= 0 else -1)
    assert raised(grid)["numerator"].iloc[0] == exact
