"""The estate: quantities and emissions by hand, files of many organisations, and reductions told twice."""

import shutil

import pandas as pd
import pytest

from anchor_analysis.compare.reductions import reductions
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork, write_network
from tests.steps import Steps

MEMBER = (
    '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2010-04-01\nlevers = ["employer", "spender", "estate"]\n'
)
HEAD = "site,electricity_kwh,electricity_renewable_kwh,gas_kwh,floor_area_m2,open_to_community,scope_1_tco2e,"
HEAD += "scope_2_location_tco2e,scope_2_market_tco2e,scope_3_tco2e,method\n"


@pytest.fixture(params=["duckdb", "polars"])
def steps(request, tmp_path):
    return Steps(tmp_path, write_network(tmp_path, MEMBER), request.param)


def sites(steps: Steps, rows: str, head: str = HEAD) -> pd.DataFrame:
    steps.send("estate.csv", head + rows)
    return steps.frame(steps.clean() / "estate").set_index("site")


def faults(steps: Steps, rows: str, head: str = HEAD) -> str:
    with pytest.raises(UserError) as refused:
        sites(steps, rows, head)
    return str(refused.value)


def test_emissions_are_quantities_times_the_factors_of_the_year(steps):
    found = sites(steps, "Main,1000000,500000,2000000,1000,yes,,,,,\n").loc["Main"]
    # 2023/24: grid 0.20707; of 2020-21, the last there are: gas 0.18387 and 0.02391, T&D and what comes before 0.05499
    assert found["scope_1_g"] == 2_000_000 * 183.87
    assert found["scope_2_location_g"] == 1_500_000 * 207.07
    assert found["scope_2_market_g"] == 1_000_000 * 207.07  # renewable electricity at none
    assert found["scope_3_g"] == 1_500_000 * 54.99 + 2_000_000 * 23.91
    assert found["emissions_location_g"] == found["scope_1_g"] + found["scope_2_location_g"] + found["scope_3_g"]
    assert found["electricity_g"] == 1_500_000 * 207.07 and found["electricity_baseline_g"] == 1_500_000 * 212.33
    assert (found["energy_e3"], found["electricity_e3"]) == (3_500_000_000, 1_500_000_000)


def test_what_is_reported_goes_before_factors_and_blank_is_not_nought(steps):
    found = sites(steps, "A,1000,,1000,,,12.5,3,,,standard\nB,,,,,no,1,2,0.5,7.25,\n")
    told = found.loc["A"]
    assert (told["scope_1_g"], told["scope_2_location_g"], told["emissions_by"]) == (12_500_000, 3_000_000, "standard")
    assert told["scope_2_market_g"] == 3_000_000 and pd.isna(told["scope_3_g"])
    assert told["emissions_location_g"] == 15_500_000 and told["openness"] == "unknown"
    other = found.loc["B"]
    assert (other["scope_2_market_g"], other["scope_3_g"]) == (500_000, 7_250_000)
    assert (other["emissions_by"], other["openness"]) == ("not_said", "closed")
    assert other[["energy_e3", "electricity_e3", "waste_e3", "electricity_g"]].isna().all()


def test_each_product_is_rounded_half_up_to_whole_grams(steps):
    found = sites(steps, "A,0.001,0,0.005,,,,,,,\n").loc["A"]
    assert found["scope_2_location_g"] == 0  # 0.207 g
    assert found["scope_1_g"] == 1  # 0.919 g


def test_a_site_needs_its_energy_or_its_tonnes(steps):
    said = faults(steps, "A,1000,,,,,,,,,\nB,,,,,,5,,,,\nC,1,,1,,,,,,,\n")
    assert "rows 2, 3, column gas_kwh" in said and "row 3, column electricity_kwh" in said and "row 4" not in said


def test_a_quantity_with_a_unit_and_one_too_large_are_refused(steps):
    said = faults(steps, "A,12 MWh,,1,,,,,,,\nB,12345678901,,1,,,,,,,\n")
    assert '"12 MWh"' in said and "12345678901" in said and "without the unit" in said


def test_the_grid_alone_fell_by_a_fifth_in_the_year_and_stands_apart(tmp_path):
    network = write_network(tmp_path, MEMBER, first="2017/18", latest="2018/19")
    found = sites(Steps(tmp_path, network), "A,1000000,0,0,,,,,,,\n").loc["A"]
    assert found["electricity_g"] == 283_070_000 and found["electricity_baseline_g"] == 351_560_000
    assert round(found["electricity_g"] / found["electricity_baseline_g"] - 1, 4) == -0.1948


def test_a_year_before_the_first_factors_is_refused(tmp_path):
    network = write_network(tmp_path, MEMBER, first="2014/15", latest="2015/16")
    steps = Steps(tmp_path, network)
    with pytest.raises(UserError, match="AN045"):
        sites(steps, "A,1,0,1,,,,,,,\n")


# --- files of many organisations ---

MANY = "organisation_code,site,electricity_kwh,gas_kwh\n"


def coded(tmp_path, codes: str, engine: str = "duckdb") -> Steps:
    return Steps(tmp_path, write_network(tmp_path, MEMBER + f"organisation_codes = [{codes}]\n"), engine)


def test_of_a_file_of_many_organisations_the_members_rows_are_kept_and_the_others_accounted_for(tmp_path):
    steps = coded(tmp_path, '"X1", "X3"')
    found = sites(steps, "X1,A,1,1\nX2,B,2,2\nX3,C,3,3\n", MANY)
    assert sorted(found.index) == ["A", "C"]
    cleaned = steps.clean()
    aside = pd.read_parquet(cleaned / "set_aside.parquet")
    assert aside[["reason", "rows"]].to_numpy().tolist() == [["row of another organisation", 1]]
    account = pd.read_parquet(cleaned / "accounts.parquet").iloc[0]
    assert (account["rows_read"], account["rows_kept"], account["rows_set_aside"]) == (3, 2, 1)


@pytest.mark.parametrize(("codes", "why"), [("", "several organisations"), ('"X9"', "none of its rows")])
def test_a_file_of_many_organisations_is_not_counted_before_it_is_said_whose_rows_are_whose(tmp_path, codes, why):
    said = faults(coded(tmp_path, codes), "X1,A,1,1\nX2,B,2,2\n", MANY)
    assert "AN046" in said and why in said and "organisation_codes" in said


@pytest.mark.real
def test_the_real_estates_return_is_read_with_every_column_accounted_for(real_data, tmp_path):
    network = write_network(tmp_path, MEMBER + 'organisation_codes = ["RR8"]\n', first="2015/16", latest="2015/16")
    steps = Steps(tmp_path, network)
    (tmp_path / "return").mkdir()
    shutil.copy(real_data / "carbon" / "eric_2015-16.csv", tmp_path / "return" / "eric_2015-16.csv")
    cleaned = steps.clean()
    account = pd.read_parquet(cleaned / "accounts.parquet").iloc[0]
    assert (account["rows_read"], account["rows_kept"]) == (239, 1)  # 238 trusts, and a row of groups above the headers
    (found,) = steps.frame(cleaned / "estate").to_dict("records")
    lines = (real_data / "carbon" / "eric_2015-16.csv").read_text(encoding="utf-8").splitlines()
    told = dict(
        zip(lines[1].split("$"), next(line for line in lines if line.startswith("RR8$")).split("$"), strict=True)
    )
    assert found["floor_area_m2_e3"] == int(told["Gross internal floor area (m²)"]) * 1000
    fuels = ["Electricity consumed (kWh)", "Electricity consumed - renewable (kWh)", "Gas consumed (kWh)",
             "Oil consumed (kWh)", "Coal consumed (kWh)", "Steam consumed (kWh)", "Hot water consumed (kWh)",
             "Non-fossil fuel consumed - renewable (kWh)"]  # fmt: skip
    kwh = {name: int(told[name]) for name in fuels}
    assert found["energy_e3"] == sum(kwh.values()) * 1000
    scope_1 = (
        kwh["Gas consumed (kWh)"] * 184.45 + kwh["Oil consumed (kWh)"] * 268.76 + kwh["Coal consumed (kWh)"] * 313.04
    )
    assert abs(found["scope_1_g"] - scope_1) <= 2
    heat = (kwh["Steam consumed (kWh)"] + kwh["Hot water consumed (kWh)"]) * 223.61
    assert abs(found["scope_2_location_g"] - (kwh[fuels[0]] + kwh[fuels[1]]) * 462.19 - heat) <= 2


# --- reductions ---


def test_reductions_are_told_point_to_point_and_cumulative(tmp_path):
    """The worked example of docs/carbon.md: 10, 20, 30 and 40 tonnes less are 40 or 100."""
    example = SpecNetwork(tmp_path, first="2019/20", latest="2023/24")
    for member, base in (("A", 60), ("B", 40)):
        example.has(member, levers="estate")
        for on, year in enumerate(["2019/20", "2020/21", "2021/22", "2022/23", "2023/24"]):
            example.reports(member, year, emissions_location=(base - 5 * on) * 1_000_000)
    example.has("Joiner", joined="2022-04-01", levers="estate")
    example.reports("Joiner", "2022/23", emissions_location=900_000_000)
    example.reports("Joiner", "2023/24", emissions_location=900_000_000)
    network, observations = example.network, example.observations()
    found = {row["part"]: row for row in reductions(network, observations, network.latest)}
    assert {part: row["value"] for part, row in found.items()} == {"point_to_point": 40, "cumulative": 100}
    assert {(row["members"], row["left_out"]) for row in found.values()} == {(2, 1)}
    assert reductions(network, observations, network.first) == []
    cells = example.cells()
    shown = cells[cells["kind"] == "reductions"].set_index("item")["value"].to_dict()
    assert shown == {"point_to_point": 40, "cumulative": 100}


def test_a_member_that_missed_a_year_is_in_neither_reduction(tmp_path):
    example = SpecNetwork(tmp_path)
    for member in ("A", "B", "C"):
        example.has(member, levers="estate")
        for year, tonnes in (("2021/22", 10), ("2022/23", 8), ("2023/24", 7)):
            if (member, year) != ("C", "2022/23"):
                example.reports(member, year, emissions_location=tonnes * 1_000_000)
    network = example.network
    (point, together) = reductions(network, example.observations(), network.latest)
    assert (point["value"], together["value"], point["members"], point["left_out"]) == (6, 10, 2, 1)


def test_confidential_reductions_of_some_members_are_withheld(tmp_path):
    example = SpecNetwork(tmp_path, confidentiality="confidential")
    for member in ("A", "B", "C", "D"):
        example.has(member, levers="estate")
        for year in ("2021/22", "2022/23", "2023/24"):
            if (member, year) != ("D", "2022/23"):
                example.reports(member, year, emissions_location=5_000_000)
    cells = example.cells()
    found = cells[cells["kind"] == "reductions"]
    assert len(found) == 2 and set(found["status"]) == {"withheld"} and found["value"].isna().all()
