"""The command line: what a person meets when all is well, and when something is not."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from anchor_analysis import storage
from tests.small_network import MEMBERS, OPEN, refused, send, write_settings
from tests.spec import write_network
from tests.workspace import ROOT


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return write_settings(tmp_path)


def test_an_unknown_network_is_told_with_the_nearest(say, workspace):
    refused(say("run", "exampel"), '"exampel" is not a network', "Did you mean example?")


@pytest.mark.parametrize("year", ["2024", "soon", "2023/25"])
def test_an_unclear_year_is_refused(say, workspace, year):
    refused(say("run", "example", "--year", year), f'"{year}"')


def test_a_bare_year_is_told_what_it_could_be(say, workspace):
    refused(say("run", "example", "--year", "2024"), "2023/24 or 2024/25")


def test_a_year_outside_the_network_is_refused(say, workspace):
    refused(say("run", "example", "--year", "2030/31"), "2021/22 to 2023/24")


def test_an_unknown_metric_is_told_with_the_nearest(say, workspace):
    refused(say("catalogue", "staf"), "Did you mean staff")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([], len(list((storage.PACKAGE / "definitions" / "metrics").glob("*.yaml")))),
        (["--lever", "spender"], 25),
        (["--lever", "spender", "--kind", "ratio"], 11),
        (["--find", "most deprived", "--kind", "additive"], 3),
        (["--table", "ledger", "--status", "draft"], 0),
    ],
)
def test_the_catalogue_lists_what_is_asked_for(say, workspace, asked, found):
    code, printed = say("catalogue", *asked)
    assert code == 0 and len(printed.splitlines()) == found


def test_the_catalogue_shows_a_metric_in_words_with_its_history(say, workspace):
    _, printed = say("catalogue", "local_spend_share")
    said = " ".join(printed.split())
    assert "What is counted local_spend, spend with suppliers based in the area Divided by net_spend" in said
    assert "version 2, 2026-11-22: Payments to other members" in said and "How it can mislead: - Of spend" in said
    assert "`" not in printed and "](" not in printed


def test_the_catalogue_has_a_networks_own_metrics_beside_the_shipped(say, workspace):
    own = storage.read_text(storage.PACKAGE / "definitions" / "metrics" / "staff_fte.yaml")
    storage.write_text(workspace.network("example") / "definitions" / "metrics" / "our_posts.yaml", own)
    assert "our_posts" in say("catalogue", "--network", "example", "--find", "our_posts")[1]
    assert "our_posts" not in say("catalogue")[1]


def test_an_unknown_option_is_refused_without_a_traceback(say, workspace):
    code, printed = say("run", "example", "--jahr", "2023/24")
    assert code == 2 and "--jahr" in printed and "Traceback" not in printed


def test_a_missing_reference_is_named_with_its_remedy(say, workspace):
    write_network(workspace.root, MEMBERS, **OPEN)
    refused(say("run", "example"), "directory", "reference add")


def test_a_network_without_returns_is_told_where_they_go(say, workspace):
    refused(say("run", "example"), "data/raw/example/2023-24/<member>/")


def test_a_folder_of_nobody_is_told(say, workspace):
    send(workspace, "zebra", "2023-24", 10)
    refused(say("check", "example"), "zebra")


def test_a_folder_of_a_bare_year_is_told(say, workspace):
    send(workspace, "a", "2024", 10)
    refused(say("check", "example"), '"2024" could be')


def test_every_fault_of_every_return_is_told_at_once(say, workspace):
    for member in "ab":
        send(workspace, member, "2023-24", 10)
        path = workspace.raw("example") / "2023-24" / member / "ledger.csv"
        storage.write_text(path, storage.read_text(path) + "T,31/02/2024,X,12k\n")
    result = say("check", "example")
    refused(result, "a 2023/24, ledger.csv", "b 2023/24, ledger.csv", "4 things to mend")


def test_what_waits_for_an_answer_exits_with_three(say, workspace):
    send(workspace, "a", "2023-24", 10)
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    storage.write_text(path, storage.read_text(path) + ",,,99999\n")
    code, printed = say("check", "example")
    assert code == 3 and "AN027" in printed


def test_a_check_writes_what_is_to_be_mended_as_a_workbook_and_exits_as_before(say, workspace):
    send(workspace, "a", "2023-24", 10)
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    storage.write_text(path, storage.read_text(path) + "T,31/02/2024,X,12k\n")
    plain, written = say("check", "example"), say("check", "example", "--to", "mend.xlsx")
    refused(written, "Write mend.xlsx: done", "2 things to mend")
    assert written[1].endswith(plain[1].partition("done\n")[2])
    assert (workspace.root / "mend.xlsx").is_file()


def test_a_check_can_be_narrowed_to_a_member_and_a_year(say, workspace):
    for member, year in (("a", "2022-23"), ("a", "2023-24"), ("b", "2023-24")):
        send(workspace, member, year, 10)
    assert "3 returns read" in say("check", "example")[1]
    assert "2 returns read" in say("check", "example", "--year", "2023/24")[1]
    assert "2 returns read" in say("check", "example", "--member", "a")[1]
    assert "1 return read" in say("check", "example", "--member", "a", "--year", "2023/24")[1]
    refused(say("check", "example", "--member", "c"), "data/raw/example/2023-24/c/")
    refused(say("check", "example", "--member", "z"), '"z" is not a member')


def test_a_check_asks_what_holds_nothing_up_and_is_done(say, workspace):
    for year, amounts in (("2022-23", [100] * 70 + [-10] * 30), ("2023-24", [60] * 300)):
        lines = "".join(f"15/05/{year[:4]},{amount}\n" for amount in amounts)
        path = workspace.raw("example") / year / "a" / "ledger.csv"
        storage.write_text(path, f"payment_date,net_gbp\n{lines}")
    code, printed = say("check", "example", "--member", "a", "--year", "2023/24")
    assert code == 0 and "AN036" in printed and "1 return read; nothing to mend." in printed


@pytest.mark.parametrize("name", ["mend.csv", "notes.txt/mend.xlsx"])
def test_a_workbook_that_cannot_be_written_is_told(say, workspace, name):
    send(workspace, "a", "2023-24", 10)
    storage.write_text(workspace.root / "notes.txt", "a file, not a folder")
    refused(say("check", "example", "--to", name), "mend", "AN014")


def test_a_faulty_network_file_tells_every_field(say, workspace):
    path = workspace.network("example") / "network.toml"
    text = storage.read_text(path).replace('latest = "2023/24"', 'latest = "2024"').replace('sector = "x"', "", 1)
    storage.write_text(path, text)
    refused(say("run", "example"), "years.latest", "members.0.sector")


def test_a_network_file_that_is_no_toml_is_told(say, workspace):
    storage.write_text(workspace.network("example") / "network.toml", "[network\n")
    refused(say("network", "show", "example"), "network.toml")


def test_an_edition_that_is_not_there_is_told(say, workspace):
    refused(say("edition", "audit", "example"), "there is no edition")


def test_outside_a_workspace_the_remedy_is_named(say, tmp_path, monkeypatch):
    monkeypatch.delenv("ANCHOR_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    refused(say("check", "example"), "network init")


def test_init_makes_a_workspace_with_a_network_to_fill_in(say, tmp_path, monkeypatch):
    monkeypatch.delenv("ANCHOR_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert say("network", "init", "my_city")[0] == 0
    assert say("network", "show", "my_city")[0] == 0
    assert (tmp_path / "notebooks" / "network_impact.ipynb").is_file()
    refused(say("network", "init", "My City"), "cannot be the id of a network")
    refused(say("network", "init", "my_city"), "there already")


def test_a_template_is_written_for_a_member(say, workspace):
    assert say("return", "template", "example", "a", "2023/24")[0] == 0
    assert (workspace.root / "a_2023-24.xlsx").is_file()
    refused(say("return", "template", "example", "zz", "2023/24"), "zz")


def test_staff_are_counted_at_the_members_own_site(say, workspace):
    send(workspace, "a", "2023-24", 30)
    extract = workspace.raw("example") / "2023-24" / "a" / "workforce.csv"
    code, printed = say("return", "aggregate", "example", "a", "2023/24", str(extract), "--to", "counted.xlsx")
    assert code == 0 and "Wrote counted.xlsx" in printed
    assert re.search(r"staff +30\n", printed) and re.search(r"staff_living_in_area +0, and 30 that may be", printed)
    refused(say("return", "aggregate", "example", "a", "2023/24", "none.csv", "--to", "c.xlsx"), "no such file")


def test_a_reference_that_is_not_one_is_refused(say, workspace):
    storage.write_text(workspace.root / "some_2024-05.csv", "a,b\n1,2\n")
    refused(say("reference", "add", "some_2024-05.csv"), "some_2024-05.csv")
    refused(say("reference", "add", "nowhere.csv"), "nowhere.csv: there is no such file")


@pytest.mark.parametrize(("name", "said"), [(".", "a folder"), ("/dev/zero", "a device")])
def test_what_is_no_file_is_told_as_what_it_is(say, workspace, name, said):
    refused(say("reference", "add", name), f"this is {said}", "AN020")
    refused(say("return", "aggregate", "example", "a", "2023/24", name, "--to", "c.xlsx"), said, "AN020")
    refused(say("suppliers", "decide", "example", name, "--by", "lead"), "cannot be opened", "AN082")


def test_what_is_added_is_listed_with_its_hash_and_who_names_it(say, workspace):
    rows = "area,n\nE08000035,1\n"
    for name in ("working_2021", "other_2021"):
        (workspace.root / f"{name}.csv").write_text(rows, encoding="utf-8")
        code, printed = say("reference", "add", f"{name}.csv")
        assert code == 0 and "1 rows. Its hash is not among those known." in printed
    settings = storage.read_text(workspace.network("example") / "network.toml")
    named = settings.replace("[reference]", '[reference]\nbenchmark = "working_2021"')
    storage.write_text(workspace.network("example") / "network.toml", named)
    storage.write_text(workspace.network("broken") / "network.toml", "[reference\n")
    code, printed = say("reference", "list")
    other, working = printed.splitlines()
    assert (code, other.split()[:5]) == (0, ["other_2021", "benchmark", "2021", "1", "rows"])
    assert "named by no network" in other and working.endswith("named by example")
    assert storage.text_hash(rows)[:8] in working


def test_the_official_addresses_are_listed(say, workspace):
    code, printed = say("reference", "fetch")
    assert code == 0
    assert "imd-2025" in printed and "not yet fetched" in printed and "corrected reissue" in printed


def test_a_reference_of_another_kind_than_its_field_is_refused(say, workspace):
    (workspace.root / "working_2021.csv").write_text("area,n\nE08000035,1\n", encoding="utf-8")
    say("reference", "add", "working_2021.csv")
    settings = storage.read_text(workspace.network("example") / "network.toml")
    named = settings.replace("[reference]", '[reference]\nboundaries = "working_2021"')
    storage.write_text(workspace.network("example") / "network.toml", named)
    send(workspace, "a", "2023-24", 10)
    refused(say("run", "example"), 'no boundaries reference "working_2021"')


def test_the_other_vintage_is_another(say, workspace):
    settings = storage.read_text(workspace.network("example") / "network.toml")
    same = settings.replace("[reference]", '[reference]\ndeprivation = "imd-2019"\ndeprivation_other = "imd-2019"')
    storage.write_text(workspace.network("example") / "network.toml", same)
    refused(say("network", "show", "example"), "another vintage")


def test_doctor_finds_a_missing_reference(say, workspace):
    write_network(workspace.root, MEMBERS, **OPEN)
    send(workspace, "a", "2023-24", 10)
    code, printed = say("doctor")
    assert code == 2 and "MEND example" in printed


def test_a_second_run_is_told_who_holds_the_network(say, workspace):
    send(workspace, "a", "2023-24", 10)
    with storage.locked(workspace.processed("example"), "a run"):
        code, printed = say("check", "example")
    assert code == 4 and "a run (process" in printed and "(AN011, docs/errors.md#an011)" in printed


def test_a_dead_holders_lock_is_taken_over(say, workspace):
    send(workspace, "a", "2023-24", 10)
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    storage.write_text(workspace.processed("example") / ".lock", f"{child.stdout.strip()} a run")
    assert say("check", "example")[0] == 0


def test_help_is_quick_because_libraries_are_imported_when_needed():
    code = (
        "import sys, anchor_analysis.commands.app; print(sorted({'pandas', 'duckdb', 'matplotlib'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"
