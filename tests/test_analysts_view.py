"""The analyst's tables of a change: in units that people read, from what `compare` found, and never a traceback."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pytest

from anchor_analysis.compare import Deflator, change, decompose, identity
from anchor_analysis.declared import Network
from anchor_analysis.present import change as view
from tests.spec import SpecNetwork
from tests.test_breaks import Broken

SINCE, YEAR = "2021/22", "2023/24"


@dataclass
class Net:
    """What `open_network` gives, of a network for examples."""

    made: SpecNetwork
    deflators: list[Deflator] = field(default_factory=list)

    @property
    def network(self) -> Network:
        return self.made.network

    @property
    def observations(self) -> pd.DataFrame:
        return self.made.observations()

    @property
    def coverage(self) -> pd.DataFrame:
        return pd.DataFrame({"metric": ["staff"], "member": ["a"], SINCE: ["reported"], YEAR: ["not_yet_member"]})

    @property
    def deflator(self) -> Deflator:
        return Deflator("prices", "2024", pd.Series({2021: 80.0, 2022: 90.0, 2023: 100.0}))


@pytest.fixture
def net(tmp_path) -> Net:
    made = SpecNetwork(tmp_path)
    for name, pence in (("A", 100_000_000), ("B", 300_000_000)):
        made.has(name)
        for at, year in enumerate((SINCE, "2022/23", YEAR)):
            made.reports(name, year, staff=200, staff_living_in_area=(100 + 5 * at, 10))
            made.reports(name, year, net_spend=pence, local_spend=pence // 2 + at * 1_000_000)
    return Net(made)


def test_shares_are_in_per_cent_and_points_and_money_in_millions(net):
    shown = view.parts(net, "staff_living_in_area_share", YEAR)
    found = change(net.observations, "staff_living_in_area_share", YEAR, SINCE, network=net.network).iloc[0]
    assert shown.table["value"].iloc[0] == pytest.approx(100 * found["value"])
    assert shown.table["from_value"].iloc[0] == pytest.approx(100 * 200 / 380) and ", in % and points" in str(shown)
    money = view.parts(net, "local_spend", YEAR)
    assert money.table["to_value"].iloc[0] == pytest.approx(2.04) and ", in £m" in str(money)


def test_parts_are_those_of_compare(net):
    why = view.why(net, "local_spend", YEAR).table.set_index("member")
    parted = decompose(net.observations, "local_spend", YEAR, SINCE, network=net.network)
    assert why.columns.tolist() == ["Net spend", "Spend with suppliers based in the area / net spend", "together"]
    assert why.loc["All of them", "together"] == pytest.approx(parted["value"].sum() / 1e6, abs=0.005)
    product = view.product(net, "local_spend", YEAR).table
    told = identity(net.observations, "local_spend", YEAR, SINCE, network=net.network)
    assert product["part"].tolist() == ["members", "Net spend", "Spend with suppliers based in the area", "together"]
    assert product["adds"].tolist() == pytest.approx((told["value"] / 1e6).tolist())
    real = view.product(net, "local_spend", YEAR, real=True).table
    assert real[SINCE].iloc[-1] == "2,500,000"  # £2m at prices of 80


def test_the_bars_of_a_bridge_are_its_parts_and_say_so(net):
    share = view.bridge(net, "local_spend_share", YEAR)
    moved = change(net.observations, "local_spend_share", YEAR, SINCE, network=net.network).iloc[0]["value"]
    assert share.table["part"].tolist() == ["Within", "Between"] and not share.empty
    assert share.table["adds"].sum() == pytest.approx(100 * moved)
    assert f"{100 * moved:+.2f}" in share.alt and "within +" in share.alt
    total = view.bridge(net, "local_spend", YEAR)
    assert total.table["adds"].sum() == pytest.approx(0.04)
    assert "number of members +0.00; net spend / member +0.00" in total.alt and "+0.04" in total.alt
    none = view.bridge(net, "staff", YEAR)
    assert none.empty and "is not a total that is declared as a product" in none.alt


def test_a_column_without_anything_is_not_shown(net):
    shown = view.parts(net, "staff_living_in_area_share", YEAR).table
    assert "reason" not in shown and "verdict" in shown


def test_a_year_beside_itself_is_shown_all_the_same(net):
    for shown in (
        view.parts(net, "local_spend", SINCE, SINCE), view.choices(net, ["local_spend", "staff"], SINCE, SINCE),
        view.product(net, "local_spend", SINCE, SINCE), view.why(net, "local_spend_share", SINCE, SINCE),
    ):  # fmt: skip
        assert str(shown)


def test_what_another_way_of_counting_made_is_of_no_member(tmp_path):
    made = Broken(tmp_path)
    for name in "AB":
        made.has(name)
        made.staffed(name, "2022/23", 100, 100, 40), made.staffed(name, "2023/24", 150, 110, 50)
    why = view.why(Net(made), "here_share", "2023/24", "2022/23").table.set_index("member")
    assert "Another way of counting" in why.index and pd.notna(why.loc["Another way of counting", "definition"])


def test_what_cannot_be_told_says_why(net):
    assert "is not a metric" in str(view.parts(net, "nonsense", YEAR))
    assert "is not a total that is declared as a product" in str(view.product(net, "staff", YEAR))
    assert "is not a metric" in str(view.why(net, "nonsense", YEAR))
