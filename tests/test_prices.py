"""Money in real terms: the deflator as it is published, months of two financial years, and nothing mixed."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from anchor_analysis import add_reference, change, real_terms, series, storage
from anchor_analysis.compare import Deflator
from anchor_analysis.compare.prices import real_findings
from anchor_analysis.problems import UserError
from anchor_analysis.read import reference_table
from tests.spec import SpecNetwork

INDEX = pd.Series({2020: 90.0, 2021: 95.0, 2022: 100.0, 2023: 110.0})
DEFLATOR = Deflator("prices", "2024", INDEX)


def added(folder, text: str) -> pd.DataFrame:
    file = folder / "gdp_deflators_2024.csv"
    file.write_text(text, encoding="utf-8")
    workspace = storage.Workspace(folder)
    about = add_reference(file, workspace)
    assert (about["kind"], about["vintage"]) == ("deflator", "2024")
    return storage.read_frame(reference_table(workspace, about["id"])).set_index("year")


def test_an_index_is_taken_as_it_is(tmp_path):
    found = added(tmp_path, "Financial year,2023-24 = 100,Per cent change\n2022-23,94.30,6.8\n2023-24,100.00,6.0\n")
    assert found["index"].tolist() == [94.3, 100]


@pytest.mark.parametrize("rows", ["2021,1.01\n2022,1.25\n2023,1.05\n", "2021,1.0\n2022,25\n2023,5\n"])
def test_growth_is_chained_whether_in_factors_or_in_per_cent(tmp_path, rows):
    found = added(tmp_path, f"financial_year,percent_change\n{rows}")
    assert (found["index"] / found["index"].iloc[0]).tolist() == pytest.approx([1, 1.25, 1.25 * 1.05])


@pytest.mark.parametrize(
    ("rows", "said"),
    [("2021,1.01\n2023,1.02\n", "have a gap"), ("2021-04,x\n", "must"), ("2021,1.01\n2021,1.02\n", "more than once")],
)
def test_a_deflator_that_cannot_be_one_is_refused(tmp_path, rows, said):
    with pytest.raises(UserError, match=said):
        added(tmp_path, f"financial_year,growth\n{rows}")


def test_a_published_vintage_gives_the_index_that_its_growth_makes(tmp_path, real_data):
    file = real_data / "prices" / "gdp_deflator_growth_2019_vintage.csv"
    about = add_reference(file, storage.Workspace(tmp_path))
    ours = storage.read_frame(reference_table(storage.Workspace(tmp_path), about["id"])).set_index("year")["index"]
    published = pd.read_csv(file).set_index("financial_year")["percent_change"]
    assert len(ours) == len(published)
    assert (ours / ours.shift(1)).iloc[1:].to_numpy() == pytest.approx(published.iloc[1:].to_numpy(), rel=1e-12)


def test_prices_of_months_in_two_financial_years_are_their_mean():
    assert DEFLATOR.of(date(2022, 4, 1), date(2023, 3, 31)) == 100
    assert DEFLATOR.of(date(2022, 8, 1), date(2023, 7, 31)) == pytest.approx((8 * 100 + 4 * 110) / 12)
    with pytest.raises(UserError, match="no figure for 2024/25"):
        DEFLATOR.of(date(2023, 8, 1), date(2024, 7, 31))


def spent(network: SpecNetwork) -> pd.DataFrame:
    network.reports("A", "2021/22", net_spend=950_00, local_spend=(475_00, 95_00), staff=10)
    network.reports("A", "2022/23", net_spend=1000_00, local_spend=(500_00, 0), staff=20)
    network.reports("A", "2023/24", net_spend=1100_00, local_spend=(550_00, 0), staff=30)
    return network.observations()


def test_what_only_kept_up_with_prices_did_not_grow(network):
    real = real_terms(spent(network), DEFLATOR, "2023/24")
    found = series(real, "net_spend", network=network.network)
    assert found["value"].tolist() == [1100, 1100, 1100] and found["index"].tolist() == [100, 100, 100]
    row = change(real, "net_spend", "2023/24", network=network.network).iloc[0]
    assert (row["value"], row["verdict"]) == (0, "no clear change")


def test_bounds_are_in_real_terms_and_shares_and_people_stay(network):
    nominal = spent(network).set_index("observation_id")
    real = real_terms(network.observations(), DEFLATOR, "2023/24").set_index("observation_id")
    bounds = real.loc["local_spend:2021-22:a", ["value", "lower", "upper"]].tolist()
    assert bounds == pytest.approx([550.0, 550.0, 660.0])
    for name in ("staff", "local_spend_share"):
        same = [row for row in nominal.index if row.startswith(f"{name}:")]
        pd.testing.assert_frame_equal(nominal.loc[same], real.loc[same])


def test_the_networks_figure_is_the_sum_of_its_members_each_by_its_own_months(network):
    spent(network).equals(network.observations())
    network.reports("B", "2023/24", net_spend=333_33)
    real = real_terms(network.observations(), DEFLATOR, "2021/22").set_index("observation_id")
    own = [real.at[f"net_spend:2023-24:{who}", "numerator"] for who in ("a", "b", "network")]
    assert own == [95000, 28788, 95000 + 28788]  # 33333 * 95 / 110 = 28787.59...


def test_what_is_real_is_not_compared_with_what_is_not(network):
    nominal = spent(network)
    real = real_terms(nominal, DEFLATOR, "2023/24")
    mixed = pd.concat([nominal[nominal["network_year"] == "2022/23"], real[real["network_year"] == "2023/24"]])
    with pytest.raises(UserError, match="AN039"):
        change(mixed, "net_spend", "2023/24", network=network.network)


def test_real_terms_of_the_demonstration_are_the_cells_in_cash_times_published_prices(demonstration):
    processed = demonstration.processed("demonstration")
    pointer = storage.read_json(processed / "current" / "2023-24.json")
    cells = storage.read_frame(processed / pointer["results"] / "cells.parquet").query("member == '' and group == ''")
    prices = pd.read_csv(demonstration.raw("demonstration") / ".made" / "gdp_deflator_demonstration_2024.csv")
    index = dict(zip(prices["Financial year"].str[:4].astype(int), prices["2023-24 = 100"], strict=True))
    real = cells[cells["table"] == "spend_real_terms"]
    assert len(real) == 12
    cash = cells[cells["table"] == "series"].set_index(["metric", "period"])
    for row in real.itertuples():
        own = cash.loc[(row.metric, row.period)]
        factor = index[2023] / index[int(row.period[:4])]
        expected = round(own["value"] * factor / 100_000) * 100_000  # what the profile of spend rounds to
        assert row.value == expected and row.shown == f"£{expected / 1e6:,.1f}m"
        if own["lower"] == own["upper"]:
            assert row.lower == row.upper == row.value
        else:
            assert row.lower <= own["lower"] * factor and row.upper >= own["upper"] * factor
            assert row.upper - row.lower <= (own["upper"] - own["lower"]) * factor + 200_000


def test_a_total_of_which_only_bounds_are_known_has_only_bounds_in_real_terms(network):
    network.reports("A", "2022/23", net_spend=1000_00, local_spend=(0, 1000_00))
    network.reports("A", "2023/24", net_spend=1100_00, local_spend=(0, 1100_00))
    observations = network.observations()
    found = {row["finding_id"]: row for row in real_findings(network.network, observations, DEFLATOR)}
    row = found["local_spend:2022-23:real_terms"]
    assert (row["value"], row["lower"], row["upper"]) == (None, 0, pytest.approx(1100))


def test_a_year_that_the_deflator_does_not_reach_is_told(network):
    with pytest.raises(UserError, match="no figure for 2019/20"):
        real_terms(spent(network), DEFLATOR, "2019/20")
