"""One table of how far a change rests on choices: each row is what the choice's own function says."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis.compare import Deflator, change, real_terms, series
from anchor_analysis.compare.choices import AS_TOLD, SENSITIVITY_COLUMNS, sensitivity
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

SINCE, PERIOD = "2021/22", "2023/24"
LATER = Deflator("prices", "2024", pd.Series({2021: 90.0, 2022: 95.0, 2023: 100.0}))
EARLIER = Deflator("prices-old", "2023", pd.Series({2021: 80.0, 2022: 90.0, 2023: 100.0}))


@pytest.fixture
def network(tmp_path) -> SpecNetwork:
    """Three members of both years, of which one missed the year between, and one that joined late."""
    made = SpecNetwork(tmp_path)
    for name, joined in (("A", "2018-04-01"), ("B", "2018-04-01"), ("C", "2018-04-01"), ("D", "2023-04-01")):
        made.has(name, joined)
    spent = {"2021/22": {"A": 900, "B": 500, "C": 100}, "2022/23": {"A": 950, "B": 540},
             "2023/24": {"A": 1000, "B": 560, "C": 90, "D": 400}}  # fmt: skip
    for year, members in spent.items():
        for member, pounds in members.items():
            made.reports(member, year, net_spend=pounds * 10_000, net_spend_lines_once=pounds * 9_000,
                         local_spend=(pounds * 4_000, pounds * 500), local_spend_lines_once=pounds * 3_000)  # fmt: skip
    return made


def found(network: SpecNetwork, metric: str, deflators=()) -> pd.DataFrame:
    rows = sensitivity(network.network, network.observations(), [metric], PERIOD, SINCE, deflators)
    assert list(rows.columns) == SENSITIVITY_COLUMNS
    return rows.set_index(["choice", "taken"])


def test_what_is_told_is_the_change_of_all_members(network):
    row = found(network, "net_spend").loc[(AS_TOLD, "all members")]
    told = change(network.observations(), "net_spend", PERIOD, SINCE, "all", network.network).iloc[0]
    assert (row["from_value"], row["to_value"], row["value"]) == (150_000, 205_000, 55_000)
    assert (row["verdict"], row["members"]) == (told["verdict"], told["members"])
    assert pd.isna(row["same"]) and row["percent"] == pytest.approx(55 / 150 * 100)


def test_the_panels_are_those_of_change_and_series(network):
    rows = found(network, "net_spend")
    assert rows.loc[("members", "the same members"), "value"] == 15_000
    assert rows.loc[("members", "those of every year"), ["from_value", "to_value"]].tolist() == [140_000, 156_000]
    chained = series(network.observations(), "net_spend", "chained", SINCE, PERIOD, network.network).iloc[-1]
    assert rows.loc[("members", "chained, year by year"), "percent"] == pytest.approx(chained["index"] - 100)
    assert pd.isna(rows.loc[("members", "chained, year by year"), "value"])


def test_a_verdict_that_a_choice_turns_is_marked(tmp_path):
    """All members rise by a joiner; the same members fall."""
    network = SpecNetwork(tmp_path)
    for name, joined in (("A", "2018-04-01"), ("B", "2018-04-01"), ("C", "2023-04-01")):
        network.has(name, joined)
    for year, members in {"2021/22": {"A": 50, "B": 50}, "2023/24": {"A": 40, "B": 45, "C": 60}}.items():
        for member, staff in members.items():
            network.reports(member, year, staff=staff)
    rows = found(network, "staff")
    same = rows.loc[("members", "the same members")]
    assert rows.loc[(AS_TOLD, "all members"), "verdict"] == "rose" and same["verdict"] == "fell"
    assert not same["same"]


def test_all_or_none_of_the_unknown_belong_to_it(network):
    rows = found(network, "local_spend")
    assert rows.loc[("unknown", "none of it"), ["from_value", "to_value"]].tolist() == [60_000, 82_000]
    assert rows.loc[("unknown", "all of it"), ["from_value", "to_value"]].tolist() == [67_500, 92_250]


def test_what_stands_beside_it_is_another_choice(network):
    row = found(network, "net_spend").loc[("definition", "Spend, alike lines counted once")]
    assert (row["from_value"], row["to_value"], row["same"]) == (135_000, 184_500, True)


def test_each_vintage_of_prices_is_a_row_and_is_what_real_terms_says(network):
    rows = found(network, "net_spend", [LATER, EARLIER])
    for deflator in (LATER, EARLIER):
        row = rows.loc[("prices", f"at those of {PERIOD}, by {deflator.id} ({deflator.vintage})")]
        real = change(real_terms(network.observations(), deflator, PERIOD), "net_spend", PERIOD, SINCE, "all",
                      network.network).iloc[0]  # fmt: skip
        assert row["from_value"] == pytest.approx(150_000 / deflator.values[2021] * 100)
        assert row["value"] == real["value"]
    assert "prices" not in found(network, "local_spend_share", [LATER]).index.get_level_values("choice")


def test_a_choice_that_cannot_be_made_says_why(network):
    short = Deflator("prices", "2022", pd.Series({2022: 95.0, 2023: 100.0}))
    row = found(network, "net_spend", [short]).loc[("prices", f"at those of {PERIOD}, by prices (2022)")]
    assert "no figure for 2021/22" in row["reason"] and row["verdict"] == "" and pd.isna(row["same"])


def test_a_metric_that_was_not_measured_is_refused(network):
    with pytest.raises(UserError):
        found(network, "waste")


def test_a_total_of_which_only_bounds_are_known_has_no_clear_change_by_any_choice(tmp_path):
    network = SpecNetwork(tmp_path)
    for year in ("2021/22", "2022/23", "2023/24"):
        network.reports("A", year, net_spend=1_000_000, local_spend=(0, 1_000_000))
    rows = found(network, "local_spend").loc[[(AS_TOLD, "all members"), ("members", "those of every year")]]
    assert rows["from_value"].isna().all() and set(rows["verdict"]) == {"no clear change"}
    assert set(rows["reason"]) == {"nothing of it is known in one of the years"}
