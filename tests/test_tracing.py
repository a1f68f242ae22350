"""A claim is followed to what members add and to their rows, and claims.json is what the pages are."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from anchor_analysis import storage
from anchor_analysis.audit.carriers import read_folder
from anchor_analysis.audit.claims import claim_faults, form_faults
from anchor_analysis.commands.followed import INTERNAL, show_trace
from anchor_analysis.commands.screen import out
from anchor_analysis.declared import parse_year
from anchor_analysis.present.origins import fragment
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import find_edition
from anchor_analysis.publish.registering import read_schema, with_pages
from anchor_analysis.running import run_network
from anchor_analysis.running.following import follow
from anchor_analysis.running.rows_behind import HEAD, write_rows
from tests.test_editions import found_by_audit, make_workspace, reseal, send

STAFF = "members|staff|2023-24|all|value"
OF_B = "members|staff|2023-24|all|b|value"
CHANGE = "headlines|staff|2023-24|previous|all|change"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> storage.Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("traced"))
    told = "metric,value,unknown,method\nstaff,234,0,counted by payroll\n"
    storage.write_text(workspace.raw("example") / "2023-24" / "c" / "figures.csv", told)
    (workspace.raw("example") / "2023-24" / "c" / "workforce.csv").unlink()
    run_network(workspace, "example", workers=1)
    return workspace


@pytest.fixture
def workspace(made, tmp_path) -> storage.Workspace:
    shutil.copytree(made.root, tmp_path / "copy")
    return storage.Workspace(tmp_path / "copy")


def folder_of(workspace: storage.Workspace) -> Path:
    return find_edition(workspace, "example").folder


def register_of(workspace: storage.Workspace) -> dict:
    return storage.read_json(folder_of(workspace) / "claims.json")


def entries_of(workspace: storage.Workspace) -> dict[str, dict]:
    return {entry["id"]: entry for entry in register_of(workspace)["claims"]}


def printed(trace) -> str:
    with out.capture() as captured:
        show_trace(trace)
    return " ".join(captured.get().split())


# --- following ---


def test_a_total_is_followed_to_what_each_member_adds_and_its_rows(made):
    trace = follow(made, STAFF)
    (figure,) = trace.figures
    found = trace.contributions(figure).set_index("member")
    assert found["numerator"].to_dict() == {"a": 107, "b": 147, "c": 234}
    assert found["from_rows"].to_dict() == {"a": 107, "b": 147, "c": 234}
    assert found["rows"].to_dict() == {"a": 107, "b": 147, "c": 1}, "a figure as told has one row"
    assert (figure.exact, figure.cell.shown, figure.cell.rule) == (488, "490", "rounded to 5")
    assert set(found["agrees"]) == {"yes"}


def test_a_members_own_figure_is_followed_to_its_own_rows_alone(made):
    trace = follow(made, OF_B)
    assert trace.contributions(trace.figures[0])["member"].tolist() == ["b"]
    assert sum(one.counts["rows"].sum() for one in trace.behind) == 147


def test_a_change_is_followed_to_both_of_its_years(made):
    trace = follow(made, CHANGE)
    found = trace.contributions(trace.figures[0])
    by_year = found.groupby("network_year")["numerator"].sum()
    assert trace.figures[0].exact == by_year["2023/24"] - by_year["2022/23"] == 488 - 420
    one_end = follow(made, CHANGE.replace("|change", "|from"))
    assert set(one_end.contributions(one_end.figures[0])["network_year"]) == {"2022/23"}


def test_an_amount_is_followed_to_the_penny(made):
    trace = follow(made, "members|net_spend|2023-24|all|a|value")
    found = trace.contributions(trace.figures[0])
    assert found["from_rows"].tolist() == [100 * sum(1000 + n for n in range(24))]
    assert found["agrees"].tolist() == ["yes"]


def test_a_sentence_is_followed_to_its_figures(made):
    trace = follow(made, "staff-level")
    assert [one.cell.cell_id for one in trace.figures] == [STAFF]
    assert trace.entry["sentence"] in printed(trace)


@pytest.mark.parametrize(
    "asked", [f"network_impact.html#{fragment(STAFF)}", fragment(STAFF), f"#{STAFF}", f" {STAFF} "]
)
def test_the_address_of_a_card_is_as_good_as_an_id(made, asked):
    assert follow(made, asked).entry["id"] == STAFF


def test_an_id_that_is_not_there_is_an_error_with_the_nearest(made):
    with pytest.raises(UserError, match="Did you mean staff-level") as raised:
        follow(made, "staf-level")
    assert raised.value.exit_code == 2 and "AN004" in str(raised.value)


def test_what_is_printed_says_that_it_is_internal_and_how_the_figure_was_rounded(made):
    said = printed(follow(made, STAFF))
    assert said.startswith(INTERNAL)
    assert "488 before rounding; released as 490 (rounded to 5)" in said
    assert "Together 488, which is the observation's; 3 of 3 agree with their rows." in said


def test_every_row_goes_to_a_file_with_its_origin_and_without_what_identifies(made, tmp_path):
    trace = follow(made, OF_B)
    assert write_rows(trace.behind, tmp_path / "rows.csv", tmp_path) == 147
    with (tmp_path / "rows.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[: len(HEAD)] == HEAD
    assert {row["source_file"] for row in rows} == {"workforce.csv"}
    assert [int(row["source_row"]) for row in rows] == list(range(2, 149))
    assert sum(int(row["amount"]) for row in rows) == 147
    text = storage.read_text(tmp_path / "rows.csv")
    assert "EMP-b-" not in text and "LX1 1AA" not in text and {"employee_id", "home_postcode"}.isdisjoint(rows[0])


def test_rows_that_cannot_be_written_are_told(made, tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        (tmp_path / "file").write_text("")
        write_rows(follow(made, OF_B).behind, tmp_path / "file" / "rows.csv", tmp_path)


def test_where_what_it_was_made_from_is_gone_the_edition_still_says_what_it_says(workspace):
    shutil.rmtree(workspace.processed("example"))
    trace = follow(workspace, OF_B)
    assert trace.behind == () or trace.behind == []
    said = printed(trace)
    assert "no longer here" in said and "1 of 1 members counted" in said
    assert INTERNAL not in said
    assert trace.sources["return 2023/24 b"]["sha256"] in said.replace(" ", "")


def test_where_rows_alone_are_gone_observations_are_told(workspace):
    shutil.rmtree(workspace.processed("example") / "located")
    trace = follow(workspace, STAFF)
    assert trace.figures[0].exact == 488 and not trace.behind
    assert "observations can be told, and no rows" in printed(trace)


def test_another_run_since_is_not_taken_for_what_the_edition_was_made_from(workspace):
    earlier = folder_of(workspace)
    kept = workspace.root / "kept"
    shutil.copytree(earlier, kept)
    send(workspace, "a", "2023-24", 150)
    run_network(workspace, "example", workers=1)
    shutil.rmtree(earlier)
    shutil.copytree(kept, earlier)
    trace = follow(workspace, STAFF)
    assert "are not those that example/2023-24/r1 was made from" in trace.gone
    assert not trace.figures[0].observation and not trace.behind


def test_a_year_and_a_revision_choose_the_edition(made):
    assert follow(made, STAFF, "example", "2023/24", "r1").edition.year == parse_year("2023/24")
    with pytest.raises(UserError, match="AN008"):
        follow(made, STAFF, "example", "2023/24", "r2")
    with pytest.raises(UserError, match="AN002"):
        follow(made, STAFF, "nowhere")


# --- claims.json ---


def test_the_schema_is_sound_and_each_edition_names_it(made):
    Draft202012Validator.check_schema(read_schema())
    register = register_of(made)
    assert (register["schema"], register["version"]) == (read_schema()["$id"], 1)
    Draft202012Validator(read_schema()).validate(register)


BREAKS = [
    ("no id", lambda claims: claims[0].pop("id")),
    ("a kind of its own", lambda claims: claims[0].update(kind="rumour")),
    ("no shown", lambda claims: claims[-1].pop("shown")),
    ("a field that nobody declared", lambda claims: claims[-1].update(secret="6")),
    ("members as words", lambda claims: claims[-1].update(members_counted="3")),
    ("on no page and in no download", lambda claims: claims[-1].update(pages=[], only_in=[])),
    ("on a page and only in a download", lambda claims: claims[0].update(only_in=["workbook.xlsx"])),
    ("a sentence without parts", lambda claims: claims[0].pop("parts")),
]


@pytest.mark.parametrize(("what", "change"), BREAKS, ids=[what for what, _ in BREAKS])
def test_the_schema_refuses(made, what, change):
    register = register_of(made)
    assert not list(form_faults(register))
    change(register["claims"])
    assert list(form_faults(register))


def test_every_figure_says_of_what_it_is_made_and_from_which_returns(made):
    entries = entries_of(made)
    assert entries[CHANGE]["made_of"] == {name: CHANGE.replace("|change", f"|{name}") for name in ("from", "to")}
    share = entries["members|local_spend_share|2023-24|all|value"]
    assert share["numerator"] == "members|local_spend|2023-24|all|value" or share["numerator"] in (*entries, None)
    assert share["denominator"] == "members|net_spend|2023-24|all|value"
    manifest = storage.read_json(folder_of(made) / "manifest.json")
    assert entries[OF_B]["sources"] == ["return 2023/24 b"]
    assert register_of(made)["sources"]["return 2023/24 b"]["sha256"] == manifest["returns"]["b/2023-24"]
    assert entries[CHANGE]["sources"] == ["returns 2022/23", "returns 2023/24"]


def test_what_stands_on_no_page_says_which_download_has_it(made):
    entries = entries_of(made)
    assert entries[STAFF]["pages"] == ["index.html", "network_impact.html"] and "only_in" not in entries[STAFF]
    apart = [entry for entry in entries.values() if not entry["pages"]]
    assert apart and all("workbook.xlsx" in entry["only_in"] for entry in apart)


def test_claims_hold_no_name_of_a_file(made):
    text = storage.read_text(folder_of(made) / "claims.json")
    assert "workforce.csv" not in text and "ledger.csv" not in text


def test_a_mark_without_an_entry_and_an_entry_without_a_place_stop_the_build(made):
    register = register_of(made)
    page = f'<p data-cell="{STAFF}">1</p><p data-claim="made-up">2</p><p data-of="of|nothing">3</p>'
    with pytest.raises(ValueError) as raised:
        with_pages(register, {"metrics/staff.html": page}, [])
    said = str(raised.value)
    assert "metrics/staff.html marks made-up, which has no entry" in said
    assert "metrics/staff.html marks of|nothing, which has no entry" in said
    assert f"{CHANGE} stands on no page and in no download" in said and f"{STAFF} stands" not in said
    placed = with_pages(register, {"metrics/staff.html": f'<p data-cell="{STAFF}">1</p>'}, ["workbook.xlsx"])
    assert {one["id"]: one["pages"] for one in placed["claims"]}[STAFF] == ["metrics/staff.html"]


def tampered(workspace: storage.Workspace, change) -> list[str]:
    """What the audit finds after claims.json was changed."""
    folder = folder_of(workspace)
    register = register_of(workspace)
    change({entry["id"]: entry for entry in register["claims"]}, register)
    storage.write_text(folder / "claims.json", json.dumps(register))
    return [f"{where}: {what}" for where, what in claim_faults(folder, read_folder(folder))]


TAMPERED = [
    (lambda entries, _: entries[STAFF].update(pages=["index.html"]), f"{STAFF}: stands on network_impact.html"),
    (lambda entries, _: entries[STAFF]["pages"].append("spend.html"), "is said to stand on spend.html, and does not"),
    (lambda entries, _: entries[STAFF].update(shown="495"), "has another shown than was released"),
    (lambda entries, _: entries[STAFF].update(upper=1e6), "has another upper than was released"),
    (lambda entries, register: register["claims"].remove(entries[STAFF]), "is a released cell without an entry"),
    (lambda entries, register: register["claims"].remove(entries["staff-level"]), "marks staff-level, which has no"),
    (lambda entries, register: register["claims"].append(entries[STAFF]), "has an id more than once"),
    (lambda entries, register: register["sources"].pop("returns 2023/24"), "names a source"),
    (lambda entries, register: register.update(version=2), "is not as its schema says at version"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "found"), TAMPERED, ids=[found for _, found in TAMPERED])
def test_the_audit_finds_what_is_not_of_one_another(workspace, change, found):
    assert any(found in said for said in tampered(workspace, change))


def test_an_edition_as_it_was_made_has_no_such_faults(made):
    assert list(claim_faults(folder_of(made), read_folder(folder_of(made)))) == []


def test_an_entry_of_a_download_that_does_not_have_it_is_found(workspace):
    entries = entries_of(workspace)
    name = next(name for name, one in entries.items() if not one["pages"] and one["kind"] == "figure")
    path = folder_of(workspace) / "tables" / f"{name.partition('|')[0]}.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table[table["cell_id"] != name].to_csv(path, index=False)
    assert any(
        f"is said to be in tables/{path.name}, and is not" in what
        for _, what in claim_faults(path.parent.parent, read_folder(path.parent.parent))
    )


def test_the_audit_of_an_edition_fails_on_a_claim_that_is_gone(workspace):
    edition = find_edition(workspace, "example")
    tampered(workspace, lambda entries, register: register["claims"].remove(entries[CHANGE]))
    reseal(edition)
    assert f"{CHANGE}: is a released cell without an entry" in found_by_audit(workspace)


# --- the demonstration: every kind of table, and every way in which a metric is counted ---

KINDS = [
    "levels", "changes", "parts", "reductions", "benchmark", "population", "targets", "real_terms", "distribution",
    "distance", "transitions", "pay_gaps",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_every_kind_are_followed_to_members(demonstration, kind):
    cells = storage.read_frame(find_edition(demonstration, "demonstration").folder / "cells.parquet")
    of_kind = cells[(cells["kind"] == kind) & (cells["status"] == "shown") & (cells["unit"] != "words")]
    for name in of_kind.groupby("table")["cell_id"].first().head(4):
        (figure,) = follow(demonstration, name, "demonstration").figures
        assert figure.observation and len(figure.members) and not figure.gone


#: How far a released figure may be from what it was before rounding, by its unit; shares are of rounded parts.
FAR = {"persons": 5, "gbp": 50_000, "share": 0.01, "percent": 0.01, "times": 0.01, "levels": 0}


@pytest.mark.parametrize("unit", FAR)
def test_what_a_figure_was_before_rounding_is_near_what_was_released(demonstration, unit):
    cells = storage.read_frame(find_edition(demonstration, "demonstration").folder / "cells.parquet")
    total = (cells["member"] == "") & (cells["status"] == "shown") & (cells["unit"] == unit)
    first = cells[total].groupby(["kind", "item"])[["cell_id", "value"]].first()
    assert len(first)
    for kind, name, value in first.reset_index()[["kind", "cell_id", "value"]].itertuples(index=False):
        exact = follow(demonstration, name, "demonstration").figures[0].exact
        twice = (
            2 if kind in ("changes", "parts", "targets", "real_terms") else 1
        )  # a difference is of two rounded figures
        assert abs(exact - value) <= twice * FAR[unit], name


@pytest.mark.parametrize(
    "metric",
    ["staff", "staff_fte", "net_spend", "local_spend_share", "emissions_location", "programme_job_share",
     "contracts_value", "staff_turnover", "spend_top_10_share", "items_heard"],
)  # fmt: skip
def test_rows_make_what_members_add_whatever_is_counted(demonstration, metric):
    cells = storage.read_frame(find_edition(demonstration, "demonstration").folder / "cells.parquet")
    of_metric = cells[(cells["metric"] == metric) & (cells["kind"] == "levels") & (cells["period"] == "2023/24")]
    name = of_metric[(of_metric["member"] == "") & (of_metric["group"] == "")]["cell_id"].iloc[0]
    trace = follow(demonstration, name, "demonstration")
    figure = trace.figures[0]
    found = trace.contributions(figure)
    assert found["numerator"].sum() == figure.observation["numerator"]
    assert set(found["agrees"]) <= {"yes", "raised to a year"} and (found["agrees"] == "yes").any()
    assert set(found.loc[found["agrees"] != "yes", "quality"]) <= {"estimated", "mixed"}


@pytest.mark.parametrize("table", ["staff_by_ward", "items_by_theme_ward_group", "programmes_by_kind"])
def test_a_group_is_followed_to_the_rows_of_that_group_alone(demonstration, table):
    cells = storage.read_frame(find_edition(demonstration, "demonstration").folder / "cells.parquet")
    grouped = cells[(cells["table"] == table) & (cells["group"] != "") & (cells["status"] == "shown")]
    grouped = grouped[(grouped["value"] > 0) & (grouped["group"] != "not_broken_down")]
    trace = follow(demonstration, grouped["cell_id"].iloc[0], "demonstration")
    found = trace.contributions(trace.figures[0])
    assert found["from_rows"].sum() == trace.figures[0].observation["numerator"] > 0
