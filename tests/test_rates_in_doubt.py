"""Rates that nobody checked, or that are those of an earlier year, are named wherever figures are made by them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from anchor_analysis.compare import compare
from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.rates import Rates
from anchor_analysis.present import chart, limits, sentences_about, table
from anchor_analysis.protect import protect
from anchor_analysis.publish.workbook import write_workbook
from anchor_analysis.running.facts import edition_facts
from anchor_analysis.running.rates import rates_in_doubt

WAGES = "Real Living Wage not checked against their source, used for 2021/22, 2022/23 and 2023/24: London and the UK"
GRID = "Emission factors not checked against their source, used for {}: the grid's electricity (From memory; to be held"
CARRIED = (
    "Emission factors of 2020-21 carried on, since the list has none of a later year, used for 2022/23 and 2023/24"
)


def made(network):
    """Cells and facts of two members with staff, pay and emissions."""
    for member in ("A", "B"):
        network.has(member, levers="employer, spender, estate")
        for year in ("2021/22", "2022/23", "2023/24"):
            network.reports(member, year, staff=1000, staff_paid_living_wage=900)
        for year in ("2022/23", "2023/24"):
            network.reports(member, year, emissions_scope_1=5_000_000, electricity_emissions=7_000_000)
    observations, declared = network.observations(), network.network
    year = declared.latest
    cells = protect(declared, observations, compare(declared, observations, year), year).cells
    return cells, edition_facts(declared, year, [], observations, cells), declared, observations


def test_pages_say_which_rates_were_not_checked_or_are_carried_on(network):
    cells, facts, _, _ = made(network)
    said = "".join(str(limits(cells, facts, lever=lever)) for lever in ("employer", "estate"))
    assert WAGES not in str(limits(cells, facts, lever="estate"))
    assert WAGES in said and CARRIED in said and GRID.format("2022/23 and 2023/24") in said
    assert "natural gas" in said and "coal" in said and "travel by air" not in said  # scope 3 was not reported


def test_each_sentence_table_and_chart_tells_of_its_own_rates_alone(network):
    cells, facts, _, _ = made(network)
    pay, gas = (sentences_about(cells, facts, name) for name in ("staff_paid_living_wage", "emissions_scope_1"))
    assert WAGES in str(pay) and "Emission" not in str(pay)
    assert "carried on" in str(gas) and "5 kinds of them" in str(gas) and "Real Living Wage" not in str(gas)
    assert "Living Wage" not in str(sentences_about(cells, facts, "staff"))
    assert CARRIED in str(table(cells, facts, "carbon_series"))
    assert "used for 2022/23 and 2023/24" in chart(cells, facts, "trend", "electricity_emissions").caption


def test_the_workbook_says_so_beside_its_tables_and_definitions(network, tmp_path):
    from python_calamine import load_workbook

    cells, facts, _, _ = made(network)
    write_workbook(cells, [], facts | {"revision": "r1", "status": "draft"}, tmp_path / "book.xlsx")
    book = load_workbook(tmp_path / "book.xlsx")
    text = {name: str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names}
    assert WAGES in text["Notes"] and "carried on" in text["Notes"] and "carried on" in text["Carbon series"]


def test_nothing_is_said_of_rates_that_were_checked_and_are_of_their_own_year(network, monkeypatch):
    cells, facts, declared, observations = made(network)
    for name, rates in declared.catalogue.rates.items():
        checked = [rate.model_copy(update={"source_status": "verified"}) for rate in rates.values]
        monkeypatch.setitem(
            declared.catalogue.rates, name, rates.model_copy(update={"values": checked, "yearly": False})
        )
    assert rates_in_doubt(declared, observations) == {}
    said = str(limits(cells, facts | {"rates_in_doubt": {}}))
    assert "not checked against their source" not in said and "carried on" not in said


def test_the_baseline_factor_is_that_of_the_baseline_whatever_the_year(network):
    made(network)
    network.reports("A", "2023/24", electricity_emissions_baseline_factor=7_000_000)
    (entry,) = rates_in_doubt(network.network, network.observations())["electricity_emissions_baseline_factor"]
    assert (entry["years"], entry["of"]) == (["2023/24"], "the grid's electricity")
    assert entry["why"] == ["From memory; to be held against the conversion factors of 2021"]


@pytest.mark.parametrize("name", [one.id for one in load_catalogue().metrics.values() if one.rates])
def test_every_metric_that_names_rates_is_known_to_be_made_by_them(name, network):
    network.has("A", levers="employer, spender, estate")
    declared = network.network
    metric = declared.catalogue.metric(name)
    row = {"metric": name, "scope": "member", "status": "reported", "breakdown": "", "member": "a"}
    observations = pd.DataFrame([row | {"network_year": "2023/24"}])
    titles = {entry["title"] for entry in rates_in_doubt(declared, observations)[name]}
    assert titles == {declared.catalogue.rates[rates].title for rates in metric.rates}


def test_a_yearly_value_is_carried_on_from_the_day_that_its_year_ends():
    values = [{"of": "gas", "value": "1", "starts": date(2020, 4, 1)}]
    rates = Rates.model_validate(
        {"id": "x", "title": "X", "unit": "u", "source": "s", "source_status": "verified", "values": values}
    )
    yearly, (rate,) = rates.model_copy(update={"yearly": True}), rates.values
    assert yearly.is_carried_on(rate, date(2021, 4, 1)) and not yearly.is_carried_on(rate, date(2021, 3, 31))
    assert not rates.is_carried_on(rate, date(2030, 1, 1))
