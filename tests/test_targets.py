"""The gap to target of categories of spend: points, pounds, bounds from the unknown, and nothing given away."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.compare import compare
from anchor_analysis.compare.targets import against_targets
from anchor_analysis.declared import Network, load_catalogue
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.spending import SpendCategories
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.present import layout
from anchor_analysis.present.released import released
from anchor_analysis.problems import UserError
from anchor_analysis.protect import protect
from anchor_analysis.protect.targets import target_figures
from tests.spec import SpecNetwork

YEAR = "2023/24"
NET, LOCAL = "net_spend", "local_spend"


class Buying(SpecNetwork):
    """Members whose ledgers tell, by category, the pence bought, those in the area, and those nobody could place."""

    def __init__(self, folder, **targets: float):
        super().__init__(folder)
        self.targets, self.rows = targets, []

    def buys(self, member: str, **categories: tuple[int, int, int]) -> None:
        whole, local, unknown = (sum(amounts) for amounts in zip(*categories.values(), strict=True))
        self.reports(member, YEAR, net_spend=whole, local_spend=(local, unknown))
        for category, (bought, here, nowhere) in categories.items():
            for metric, count, open_ in ((NET, bought, 0), (LOCAL, here, nowhere)):
                row = {"member": member.lower(), "network_year": YEAR, "metric": metric, "group": category}
                self.rows.append(row | {"numerator": count, "unknown": open_, "unknown_credits": 0, "rows": 9})

    @property
    def network(self) -> Network:
        told = [
            {"id": name, "title": name.title(), "words": [name]}
            | ({"local_share": share, "target_source": "the plan"} if share else {})
            for name, share in self.targets.items()
        ]
        return super().network.model_copy(
            update={"categories": SpendCategories.model_validate({"categories": told}).categories}
        )

    def observations(self) -> pd.DataFrame:
        totals = pd.DataFrame(self.told).assign(member=lambda f: f["member"].str.lower())
        none = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
        amounts = dict.fromkeys(("numerator", "unknown", "unknown_credits", "rows"), "Int64")
        months = pd.DataFrame({"member": totals["member"].unique(), "network_year": YEAR, "months": 12})
        broken = {"spend_category": pd.DataFrame(self.rows).astype(amounts)}
        network = self.network
        return measure(network, Measured(totals.astype(amounts), broken, none, months, "example", network.all_years()))

    def findings(self) -> pd.DataFrame:
        network = self.network
        return pd.DataFrame(against_targets(network, self.observations(), network.latest)).set_index("group")

    def released(self) -> pd.DataFrame:
        network, observations = self.network, self.observations()
        cells = protect(network, observations, compare(network, observations, network.latest), network.latest).cells
        return cells[cells["table"] == "spend_targets"].set_index(["group", "item"])


def test_the_example_of_the_docs(tmp_path):
    buying = Buying(tmp_path, food=0.55)
    buying.buys("A", food=(100_000_000, 40_000_000, 20_000_000))
    (found,) = buying.findings().to_dict("records")
    assert (found["expected"], found["part_numerator"]) == (0.55, 5_000_000)
    assert [round(found[name], 9) for name in ("value", "lower", "upper")] == [-0.05, -0.15, 0.05]
    cells = buying.released().loc["food"]
    assert cells["shown"].to_dict() == {
        "share": "50.0%", "target": "55.0%", "gap": "\u22125.0 points", "short": "£50,000"
    }  # fmt: skip
    value, lower, upper = cells.loc["short", ["value", "lower", "upper"]]
    assert (value, lower) == (50_000, 0) and 150_000 <= upper <= 151_000  # bounds are rounded outward


def test_nothing_is_short_of_a_target_that_is_met_and_the_points_say_by_how_much(tmp_path):
    buying = Buying(tmp_path, food=0.5)
    buying.buys("A", food=(100_000_000, 60_000_000, 0))
    assert buying.findings().loc["food", "part_numerator"] == 0
    cells = buying.released().loc["food"]
    assert cells.loc[["gap", "short"], "shown"].tolist() == ["+10.0 points", "£0"]
    assert cells.loc["short", ["lower", "upper"]].tolist() == [0, 0]


def test_members_are_summed_before_a_share_is_held_against_its_target(tmp_path):
    buying = Buying(tmp_path, food=0.5)
    buying.buys("A", food=(10_000_000, 10_000_000, 0))
    buying.buys("B", food=(90_000_000, 30_000_000, 0))
    found = buying.findings().loc["food"]
    assert (found["part_numerator"], found["members"]) == (10_000_000, 2)


def test_only_categories_with_a_target_that_were_bought_are_told(tmp_path):
    buying = Buying(tmp_path, food=0.5, energy=0, cleaning=0.4)
    buying.buys("A", food=(100_000_000, 1_000_000, 0), energy=(100_000_000, 1_000_000, 0))
    assert buying.findings().index.tolist() == ["food"]
    assert set(buying.released().index.get_level_values("group")) == {"food"}


def test_of_a_category_that_is_wholly_unknown_only_the_bounds_of_the_gap_are_known(tmp_path):
    buying = Buying(tmp_path, food=0.5)
    buying.buys("A", food=(50_000_000, 0, 50_000_000))
    found = buying.findings().loc["food"]
    assert "part_numerator" not in found and (found["lower"], found["upper"]) == (-0.5, 0.5)
    assert set(buying.released().loc["food"].loc[["gap", "short"], "status"]) == {"no_value"}


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_catalogue(None).profiles["spend_round_1000"]


def cell(value: float, lower: float, upper: float, status: str = "shown") -> dict:
    return {"value": value, "lower": lower, "upper": upper, "shown": "", "status": status, "rule": ""}


@pytest.mark.parametrize("which", [0, 1])
def test_a_withheld_share_or_whole_withholds_the_gap_and_never_the_target(profile, which):
    cells = [cell(0.4, 0.4, 0.4), cell(1_000_000, 1_000_000, 1_000_000)]
    cells[which] = cell(float("nan"), float("nan"), float("nan"), "withheld")
    _, target, gap, short = target_figures(*cells, 0.5, "gbp", profile)
    assert target.shown == "50.0%" and {gap.status, short.status} == {"withheld"}
    assert pd.isna(gap.value) and pd.isna(short.value)


@given(
    share=st.integers(0, 1000), below=st.integers(0, 300), above=st.integers(0, 300), target=st.integers(1, 1000),
    whole=st.integers(1, 10**6),
)  # fmt: skip
def test_what_is_short_is_never_below_nought_and_lies_in_its_bounds(profile, share, below, above, target, whole):
    lower, upper = max(0, share - below), min(1000, share + above)
    told = cell(share / 1000, lower / 1000, upper / 1000)
    _, _, gap, short = target_figures(told, cell(whole * 1000.0, 0, 0), target / 1000, "gbp", profile)
    assert 0 <= short.lower <= short.value <= short.upper
    assert gap.lower <= gap.value <= gap.upper and (share < target or short.value == 0)


def test_a_table_of_targets_names_the_table_whose_figures_it_takes(tmp_path):
    text = "title: X\nkind: targets\naudience: public\nmetrics: [local_spend_share]\n"
    storage.write_text(tmp_path / "tables" / "aims.yaml", text)
    with pytest.raises(UserError, match="of the kind benchmark, population, targets or real_terms"):
        load_catalogue(tmp_path)


def test_the_table_says_where_the_targets_were_decided(tmp_path):
    buying = Buying(tmp_path, food=0.5)
    buying.buys("A", food=(100_000_000, 40_000_000, 0))
    cells = buying.released().reset_index()
    facts = {"name": "X", "year": YEAR, "revision": "r1", "target_sources": {"food": "the plan"}}
    laid = layout.lay_out(released(cells, facts), "spend_targets")
    assert [labels for labels, _ in laid.rows] and "Targets: the plan." in " ".join(layout.notes(laid, facts))
