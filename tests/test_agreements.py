"""The register of agreements: what members agreed to have shown is honoured, told, and no override of protection."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pandas as pd
import pytest

from anchor_analysis import UserError, storage
from anchor_analysis.declared import load_network, parse_year
from anchor_analysis.protect.cells import SMALL_OR_OF_FEW
from anchor_analysis.publish.agreements import agreement_states, agreements_used, cells_not_agreed
from anchor_analysis.publish.editions import find_edition, status_of
from anchor_analysis.publish.ledger import ledger_of
from anchor_analysis.running import run_network
from anchor_analysis.running.releasing import audit_again, release
from tests.small_network import PROTECTED, make_workspace, write_settings
from tests.spec import SpecNetwork

BY = "network analyst"


def agreement(member: str = "a", metrics: str = "spend", periods: str | list[str] = "all", **fields: object) -> str:
    """An entry of agreements.toml."""
    said = {"signed": date(2024, 5, 1), "signed_by": "finance director", "shows": "named"} | fields
    listed = ", ".join(f'"{name}"' for name in metrics.split())
    years = (
        f'"{periods}"' if isinstance(periods, str) else f"[{', '.join(f'{chr(34)}{one}{chr(34)}' for one in periods)}]"
    )
    lines = [f'member = "{member}"', f"metrics = [{listed}]", f"periods = {years}"]
    lines += [f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in said.items()]
    return "\n".join(["[[agreements]]", *lines, "", ""])


def register(workspace: storage.Workspace, *entries: str) -> None:
    storage.write_text(workspace.network("example") / "agreements.toml", "".join(entries))


@pytest.fixture
def workspace(tmp_path) -> storage.Workspace:
    return write_settings(tmp_path, PROTECTED | {"confidentiality": "confidential"})


def told(workspace: storage.Workspace, *entries: str) -> dict[str, str]:
    """What is wrong with a register, by the place."""
    register(workspace, *entries)
    with pytest.raises(UserError) as caught:
        load_network(workspace, "example")
    assert {problem.code for problem in caught.value.problems} == {"AN007"}
    return {problem.where: f"{problem.what} {problem.remedy}" for problem in caught.value.problems}


# --- what is refused ---


def test_every_name_that_is_not_there_is_told_at_once_with_the_nearest(workspace):
    said = told(workspace, agreement("aa", "spent locl_spend", ["2019/20", "2023/24"]), agreement("b", "staf"))
    assert len(said) == 5
    place = "networks/example/agreements.toml, line"
    assert 'no member "aa"' in said[f"{place} 2, agreements.0.member"]
    assert "Did you mean spend" in said[f"{place} 3, agreements.0.metrics.0"]
    assert "local_spend" in said[f"{place} 3, agreements.0.metrics.1"]
    assert "2019/20 is no year of the network, which has 2021/22 to 2023/24" in said[f"{place} 4, agreements.0.periods"]
    assert "Did you mean staff" in said[f"{place} 11, agreements.1.metrics.0"]


TOMORROW = date.today() + timedelta(days=1)


@pytest.mark.parametrize(
    ("entry", "field", "words"),
    [
        (agreement(signed=TOMORROW), "signed", "signed on a day that has not come"),
        (agreement(revoked=TOMORROW), "revoked", "revoked on a day that has not come"),
        (agreement(revoked=date(2024, 4, 30)), "revoked", "revoked before it was signed"),
        (agreement(signed_by="jo.bloggs@example.org"), "signed_by", "name a role"),
        (agreement(signed_by=" "), "signed_by", "it is blank"),
        (agreement(note="agreed with jo.bloggs@example.org"), "note", "no person is named"),
        (agreement(shows="everything"), "shows", "named"),
        (agreement(periods="2023/24"), "periods", 'periods are "all", or a list'),
        (agreement(periods=[]), "periods", 'periods are "all", or a list'),
        (agreement(periods=["2024"]), "periods", "2023/24 or 2024/25"),
        (agreement(metrics=""), "metrics", "at least 1 item"),
        (agreement(waives="thresholds"), "waives", "not permitted"),
        (agreement().replace("2024-05-01", '"May"'), "signed", "date"),
    ],
)
def test_an_entry_that_is_not_as_it_must_be_is_told_by_its_field(workspace, entry, field, words):
    ((place, said),) = told(workspace, entry).items()
    assert place.endswith(f"agreements.0.{field}")
    assert words in said and "bloggs" not in said


def test_an_agreement_that_is_entered_twice_is_refused(workspace):
    once, twice = agreement(periods=["2022/23", "2023/24"]), agreement(periods=["2023-24", "2022-23"], note="again")
    ((place, said),) = told(workspace, once, twice).items()
    assert place.endswith("agreements.1") and "the same as agreements.0" in said


@pytest.mark.parametrize(
    ("metrics", "periods"),
    [("spend", "all"), ("local_spend", "all"), ("net_spend local_spend", ["2023/24"]), ("staff spend", ["2022/23"])],
)
def test_an_agreement_in_force_to_what_was_revoked_since_is_refused(workspace, metrics, periods):
    revoked = agreement(signed=date(2023, 1, 1), revoked=date(2024, 6, 1))
    ((place, said),) = told(workspace, revoked, agreement(metrics=metrics, periods=periods)).items()
    assert place.endswith("agreements.1") and "revoked on 2024-06-01, in an agreement of 2023-01-01" in said


@pytest.mark.parametrize(
    "other",
    [
        agreement("b"),
        agreement(metrics="people"),
        agreement(signed=date(2024, 6, 1)),
        agreement(metrics="local_spend", revoked=date(2024, 6, 2)),
    ],
    ids=["of another member", "to something else", "signed anew", "revoked as well"],
)
def test_an_agreement_beside_a_revoked_one_stands(workspace, other):
    register(workspace, agreement(signed=date(2023, 1, 1), revoked=date(2024, 6, 1)), other)
    assert len(load_network(workspace, "example").agreements) == 2


def test_agreements_of_different_years_do_not_contradict(workspace):
    register(workspace, agreement(periods=["2021/22"], revoked=date(2024, 6, 1)), agreement(periods=["2022/23"]))
    assert len(load_network(workspace, "example").agreements) == 2


def test_faults_in_one_entry_hide_none_in_another(workspace):
    said = told(workspace, agreement(signed_by=""), agreement("z"), agreement(periods="some"))
    assert sorted(place.rpartition(" ")[2] for place in said) == [
        "agreements.0.signed_by", "agreements.1.member", "agreements.2.periods",
    ]  # fmt: skip


# --- what is honoured ---


def test_an_agreement_is_of_one_member_and_of_the_metrics_and_years_that_it_names(workspace):
    register(workspace, agreement(metrics="spend staff", periods=["2023-24"]), agreement("b", "staff", "all"))
    network = load_network(workspace, "example")
    agreed = {
        (member, metric, year)
        for member in "abc"
        for metric in ("staff", "staff_living_in_area", "net_spend", "local_spend_share")
        for year in ("2022/23", "2023/24")
        if network.agreed(member, network.catalogue.metric(metric), parse_year(year))
    }
    assert agreed == {
        ("a", "staff", "2023/24"), ("a", "net_spend", "2023/24"), ("a", "local_spend_share", "2023/24"),
        ("b", "staff", "2022/23"), ("b", "staff", "2023/24"),
    }  # fmt: skip


def test_a_revoked_agreement_lets_nothing_be_shown(workspace):
    register(workspace, agreement(revoked=date(2024, 6, 1)))
    network = load_network(workspace, "example")
    assert not network.agreed("a", network.catalogue.metric("net_spend"), parse_year("2023/24"))


def test_agreements_are_part_of_what_results_are_made_from(workspace):
    keys = []
    for entries in ((), (agreement(),), (agreement(revoked=date(2024, 6, 1)),)):
        register(workspace, *entries)
        keys.append(load_network(workspace, "example").model_dump_json(exclude={"folder", "definitions"}))
    assert len(set(keys)) == 3


def confidential(tmp_path, *entries: str) -> SpecNetwork:
    network = SpecNetwork(tmp_path, confidentiality="confidential")
    for member, staff in zip("ABCDEF", (500, 600, 700, 800, 7, 900), strict=True):
        network.reports(member, "2023/24", staff=staff, net_spend=staff * 100_000_00)
    register(storage.Workspace(tmp_path), *entries)
    return network


def test_a_member_that_agreed_is_shown_and_the_others_are_withheld(tmp_path):
    cells = confidential(tmp_path, agreement(metrics="people")).cells()
    assert cells.loc["members|staff|2023-24|all|a|value", "shown"] == "500"
    withheld = {name: cells.loc[f"members|staff|2023-24|all|{name}|value", "status"] for name in "bcdf"}
    assert set(withheld.values()) == {"withheld"}
    assert cells.loc["members|net_spend|2023-24|all|a|value", "status"] == "withheld"


def test_an_agreement_waives_no_threshold_on_people(tmp_path):
    cells = confidential(tmp_path, agreement("e", "people")).cells()
    small = cells.loc["members|staff|2023-24|all|e|value"]
    assert (small["status"], small["rule"]) == ("withheld", SMALL_OR_OF_FEW)


# --- what is told ---


def used(network: SpecNetwork, cells: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    found = agreements_used(network.network, cells.reset_index())
    return {(one["member"], one["metric"], one["period"]): one["cells"] for one in found if one["cells"]}


def test_what_agreements_let_be_shown_is_counted_by_member_metric_and_period(tmp_path):
    network = confidential(tmp_path, agreement(metrics="spend staff", note="for the annual report"))
    cells = network.cells()
    of_each = cells.query("member == 'a' and unit != 'words' and status == 'shown'")["metric"].value_counts()
    assert of_each.to_dict() == {"net_spend": 3, "staff": 1}  # net spend stands in three tables of members
    assert used(network, cells) == {("a", "net_spend", "2023/24"): 3, ("a", "staff", "2023/24"): 1}
    first, *_ = agreements_used(network.network, cells.reset_index())
    assert (first["agreement"], first["signed"], first["signed_by"]) == (
        network.network.agreements[0].id, "2024-05-01", "finance director",
    )  # fmt: skip


def test_what_an_agreement_allows_and_a_threshold_withholds_is_not_counted(tmp_path):
    network = confidential(tmp_path, agreement("e", "people"))
    assert used(network, network.cells()) == {}


def test_where_data_are_shared_no_agreement_is_needed_or_counted(tmp_path):
    network = SpecNetwork(tmp_path, confidentiality="shared")
    network.reports("A", "2023/24", staff=500)
    register(storage.Workspace(tmp_path), agreement(metrics="people"))
    cells = network.cells()
    assert cells.loc["members|staff|2023-24|all|a|value", "shown"] == "500"
    assert used(network, cells) == {}


def test_cells_that_show_what_is_not_agreed_are_named(tmp_path):
    network = confidential(tmp_path, agreement(metrics="people"))
    cells = network.cells().reset_index()
    assert cells_not_agreed(network.network, cells) == []
    register(storage.Workspace(tmp_path), agreement(metrics="people", revoked=date(2024, 6, 1)))
    assert cells_not_agreed(network.network, cells) == ["members|staff|2023-24|all|a|value"]


def test_a_cell_that_compares_two_years_needs_an_agreement_to_both(tmp_path):
    network = confidential(tmp_path, agreement(metrics="people", periods=["2023/24"]))
    cells = network.cells().reset_index()
    cells.loc[cells["member"] == "a", ["since", "since_period"]] = ["previous", "2022/23"]
    assert cells_not_agreed(network.network, cells) == ["members|staff|2023-24|all|a|value"]


# --- from the draft to the release and after ---


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> storage.Workspace:
    """A run in which member a has agreed that its spend is shown."""
    made = make_workspace(tmp_path_factory.mktemp("agreed"))
    path = made.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('spend = "shared"', 'spend = "confidential"'))
    register(made, agreement())
    run_network(made, "example", workers=1)
    return made


@pytest.fixture
def run(finished, tmp_path, monkeypatch) -> storage.Workspace:
    shutil.copytree(finished.root, tmp_path / "run")
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path / "run"))
    return storage.Workspace(tmp_path / "run")


def spend_of(workspace: storage.Workspace, member: str) -> str:
    cells = storage.read_frame(find_edition(workspace, "example").folder / "cells.parquet").set_index("cell_id")
    return cells.loc[f"members|net_spend|2023-24|all|{member}|value", "status"]


def test_a_release_enters_the_agreements_that_it_relied_on(run, say):
    assert (spend_of(run, "a"), spend_of(run, "b")) == ("shown", "withheld")
    code, printed = say("edition", "release", "example", "--by", BY)
    (one,) = load_network(run, "example").agreements
    assert code == 0 and f"{one.id}  in force  a: spend; all; signed 2024-05-01 by finance director" in printed
    assert "2023/24 r1 relied on it." in printed
    assert ledger_of(run, "example")[0]["agreements"] == [one.id]


def test_what_is_revoked_before_the_release_is_not_released(run):
    register(run, agreement(revoked=date(2024, 6, 1)))
    with pytest.raises(UserError, match=r"no agreement in force allows it") as caught:
        release(run, "example", by=BY)
    assert {problem.code for problem in caught.value.problems} == {"AN040"}
    assert "members|net_spend|2023-24|all|a|value" in str(caught.value)
    assert ledger_of(run, "example") == []
    assert find_edition(run, "example").manifest["status"] == "draft"
    run_network(run, "example", workers=1)
    assert spend_of(run, "a") == "withheld"


@pytest.mark.long
def test_what_is_revoked_after_the_release_stays_in_it_and_in_no_later_edition(run, say):
    edition = release(run, "example", by=BY)
    sealed = storage.folder_hash(edition.folder)
    register(run, agreement(revoked=date(2024, 6, 1)))
    code, printed = say("network", "agreements", "example")
    assert code == 0 and "revoked on 2024-06-01" in printed
    assert "2023/24 r1 relied on it and stays as released." in printed
    assert storage.folder_hash(audit_again(run, "example").folder) == sealed
    later = run_network(run, "example", workers=1).edition
    assert (later.revision, spend_of(run, "a")) == ("r2", "withheld")
    assert status_of(run, release(run, "example", by=BY)) == "released"
    assert [len(entry["agreements"]) for entry in ledger_of(run, "example")] == [1, 0]


@pytest.mark.long
def test_an_agreement_that_an_edition_relied_on_is_not_taken_out_unnoticed(run, say):
    release(run, "example", by=BY)
    (before,) = load_network(run, "example").agreements
    register(run, agreement(periods=["2022/23"]))
    code, printed = say("network", "agreements", "example")
    assert code == 0 and f"{before.id}  not in the register. 2023/24 r1 relied on it." in printed
    run_network(run, "example", workers=1)
    with pytest.raises(
        UserError, match=f"2023/24 r1 relied on the agreement {before.id}, which is not there"
    ) as caught:
        release(run, "example", by=BY)
    assert {problem.code for problem in caught.value.problems} == {"AN044"}


def test_agreements_are_listed_with_what_became_of_them(workspace, say, monkeypatch):
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    code, printed = say("network", "agreements", "example")
    assert code == 0 and "has no agreements" in printed
    register(workspace, agreement("b", "staff", ["2022/23"]), agreement(revoked=date(2024, 6, 1)))
    code, printed = say("network", "agreements", "example")
    assert code == 0 and "in force  b: staff; 2022/23; signed 2024-05-01 by finance director. No" in printed
    states = agreement_states(load_network(workspace, "example"), [])
    assert [state["state"] for state in states] == ["in force", "revoked"]
