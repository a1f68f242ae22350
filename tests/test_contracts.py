"""Contracts with social value: asked for, not asked for or not known; committed and delivered, and no payment."""

from __future__ import annotations

import pytest

from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.problems import UserError
from tests.spec import write_network
from tests.steps import Steps

MEMBER = '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["contracts", "spender"]\n'
HEAD = "contract_id,awarded_on,value_gbp,social_value_weighting_percent,social_value_committed_gbp,"
HEAD += "social_value_delivered_gbp,framework\n"


def network_of(folder):
    from anchor_analysis import storage

    with pytest.raises(UserError, match=r"protection\.contracts names no disclosure profile"):
        write_network(folder, MEMBER)
    path = folder / "networks" / "example" / "network.toml"
    said = path.read_text(encoding="utf-8").replace("[protection]", '[protection]\ncontracts = "open_data"')
    path.write_text(said, encoding="utf-8")
    return load_network(storage.Workspace(folder), "example")


@pytest.fixture(params=["duckdb", "polars"])
def member(tmp_path, request) -> Steps:
    return Steps(tmp_path, network_of(tmp_path), request.param)


ROWS = (
    "1,16/05/2023,1000,10,200,50,TOMs\n"  # asked
    "2,17/05/2023,500,,40,,TOMs\n"  # something was committed to, so it was asked
    "3,18/05/2023,300,0,,,\n"  # not asked
    "4,19/05/2023,70,,,,\n"  # not known
    "5,19/05/2023,20,5,,,\n"  # asked, and not put into pounds
)


def sums(steps: Steps) -> dict[str, tuple[int, int]]:
    found = steps.sums(steps.located()).set_index("metric")[["numerator", "unknown"]]
    return {str(name): (int(row.numerator), int(row.unknown)) for name, row in found.iterrows()}


def test_social_value_is_asked_for_not_asked_for_or_not_known(member):
    member.send("contracts.csv", HEAD + ROWS)
    found = sums(member)
    assert found["contracts_awarded"] == (5, 0) and found["contracts_value"] == (189_000, 0)
    assert found["contracts_with_social_value"] == (3, 1)
    assert found["contracts_value_with_social_value"] == (152_000, 7_000)


def test_what_is_not_told_of_social_value_is_no_nought(member):
    member.send("contracts.csv", HEAD + ROWS)
    rows = member.frame(member.clean() / "contracts").set_index("contract_id")
    assert rows["committed_told_pence"].fillna(-1).to_dict() == {"1": 20_000, "2": 4_000, "3": 0, "4": -1, "5": -1}
    assert rows["delivered_told_pence"].fillna(-1).to_dict() == {"1": 5_000, "2": -1, "3": 0, "4": -1, "5": -1}
    assert sums(member)["social_value_committed"] == (24_000, 0)


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ("1,16/05/2023,1000,110,,,\n", "AN087", "a weighting of less than none or more than the whole"),
        ("1,16/05/2023,-5,10,,,\n", "AN087", "an amount below zero"),
        ("1,16/05/2023,5,10,-1,,\n", "AN087", "an amount below zero"),
        ("1,16/05/2022,5,10,1,,\n", "AN030", "is not between 01/04/2023 and 31/03/2024"),
        ("1,16/05/2023,,10,1,,\n", "AN025", "is blank"),
    ],
)
def test_what_cannot_be_is_told(member, row, code, said):
    member.send("contracts.csv", HEAD + row)
    with pytest.raises(UserError, match=said) as caught:
        member.clean()
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_contract_twice_is_a_fault(member):
    member.send("contracts.csv", HEAD + ROWS + ROWS.splitlines()[0] + "\n")
    with pytest.raises(UserError) as caught:
        member.clean()
    assert [problem.code for problem in caught.value.problems] == ["AN026"]


def test_a_register_of_contracts_is_still_no_ledger_and_its_remedy_names_the_sheet(member):
    member.send("contracts.csv", "Contract Title,Contract Start Date,Contract Value\nA,16/05/2023,5\n")
    with pytest.raises(UserError, match="sheet Contracts, where") as caught:
        member.clean()
    assert [problem.code for problem in caught.value.problems] == ["AN024"]


def test_no_metric_of_contracts_is_a_part_of_spend():
    metrics = load_catalogue().metrics.values()
    of_contracts = {metric.id for metric in metrics if metric.lever == "contracts"}
    named = {
        part.metric
        for metric in metrics
        if metric.lever != "contracts"
        for part in (metric.numerator, metric.denominator)
        if part
    }
    assert len(of_contracts) == 8 and not of_contracts & named
    for name in ("social_value_committed", "social_value_delivered"):
        said = " ".join(load_catalogue().metrics[name].caveats)
        assert "proxy" in said and "additionality" in said and "double counting" in said
