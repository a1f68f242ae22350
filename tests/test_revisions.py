"""What was revised between two editions: every cell that differs, by how much, and why as far as it is known."""

from __future__ import annotations

import csv
import json
import math
import re
from functools import partial
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import Edition, UserError, storage
from anchor_analysis.declared import load_network, parse_year
from anchor_analysis.protect.cells import CELL_COLUMNS
from anchor_analysis.publish.editions import EditionContent, EditionFolder, write_manifest
from anchor_analysis.publish.ledger import enter_in_ledger
from anchor_analysis.publish.revisions import (
    OUTCOMES,
    REVISION_COLUMNS,
    cells_compared,
    compare_editions,
    count_outcomes,
    count_reasons,
    headline_revisions,
)
from anchor_analysis.running.revising import compare_with_released
from tests.small_network import refused, write_settings

DEFINITIONS = {
    "staff": {
        "title": "Staff", "version": 1, "unit": "persons", "protect": "people", "headline": True, "made_from": [],
        "numerator": {"sum": "person", "where": {}}, "caveats": ["Heads, not hours."],
    },
    "staff_living_in_area": {
        "title": "Staff living in the area", "version": 1, "unit": "persons", "protect": "people", "headline": True,
        "made_from": ["postcodes"], "numerator": {"sum": "person", "where": {"home_place": "in_area"}},
    },
    "staff_living_in_area_share": {
        "title": "Share of staff living in the area", "version": 1, "unit": "share", "protect": "people",
        "headline": True, "made_from": ["postcodes"], "numerator": {"metric": "staff_living_in_area"},
        "denominator": {"metric": "staff"},
    },
    "local_spend": {
        "title": "Local spend", "version": 2, "unit": "gbp", "protect": "spend", "headline": False,
        "made_from": ["postcodes"], "numerator": {"sum": "net_pence", "where": {"supplier_place": "in_area"}},
    },
}  # fmt: skip

TABLES = {
    "series": {"title": "Year by year", "breakdown": "", "of": ""},
    "headlines": {"title": "What changed", "breakdown": "", "of": ""},
    "members": {"title": "Members", "breakdown": "", "of": ""},
    "staff_by_ward": {"title": "Staff by ward", "breakdown": "home_ward", "of": ""},
    "against_residents": {"title": "Against residents", "breakdown": "", "of": "staff_by_ward"},
}

FACTS: dict[str, Any] = {
    "network": "example", "name": "Example", "year": "2023/24", "revision": "r1", "definitions": DEFINITIONS,
    "tables": TABLES, "profiles": {"people": "Threshold 10", "spend": "Rounded to £1,000"},
    "confidentiality": {"people": "shared", "spend": "shared"}, "unknowns_delta": 0.05, "coverage_notes": [],
    "members": [{"id": name, "joined": "2018-04-01"} for name in "abc"],
    "references": [
        {"id": "nspl_2024", "kind": "postcodes", "role": "postcodes", "sha256": "p1"},
        {"id": "imd_2019", "kind": "deprivation", "role": "deprivation", "sha256": "d1"},
        {"id": "census", "kind": "benchmark", "role": "benchmark", "sha256": "b1"},
    ],
    "disadvantaged": {"name": "seven@1", "wards": ["E05000001"]}, "populations": {},
}  # fmt: skip

MANIFEST: dict[str, Any] = {
    "returns": {f"{member}/{year}": f"{member}{year}" for member in "abc" for year in ("2022-23", "2023-24")},
    "references": {"nspl_2024": "p1", "imd_2019": "d1", "census": "b1"},
    "definitions": "k1", "notebooks": {}, "environment": {"python": "3.11.2", "pandas": "2.2.0"},
}  # fmt: skip


def cell(metric: str = "staff", value: float | None = 100, **told: Any) -> dict[str, Any]:
    """A cell of the table `series`, or as told; without a value it is withheld."""
    filled: dict[str, Any] = {
        "table": "series", "kind": "levels", "metric": metric, "period": "2023/24", "since": "", "since_period": "",
        "panel": "all", "member": "", "group": "", "item": "value", "unit": DEFINITIONS[metric]["unit"],
        "value": value, "lower": value, "upper": value, "shown": "[c]" if value is None else f"{value:,.10g}",
        "status": "withheld" if value is None else "shown", "rule": "", "note": "", "source_id": "o1",
        "members_counted": 3, "members_expected": 3, "quality": "rows",
    }  # fmt: skip
    row = filled | told
    dimensions = ["table", "metric", "period", "since", "panel", "member", "group", "item"]
    return row | {"cell_id": "|".join(str(row[name]).replace("/", "-") for name in dimensions if row[name])}


def words(shown: str, **told: Any) -> dict[str, Any]:
    """The verdict on a change since the year before."""
    about = {"table": "headlines", "kind": "changes", "since": "previous", "since_period": "2022/23"}
    return cell(value=None, **(about | {"item": "verdict", "unit": "words", "shown": shown, "status": "shown"} | told))


def missing(**told: Any) -> dict[str, Any]:
    return cell(value=None, **({"shown": "missing", "status": "missing"} | told))


def content(
    *cells: dict[str, Any], facts: dict[str, Any] | None = None, manifest: dict[str, Any] | None = None
) -> EditionContent:
    frame = pd.DataFrame(list(cells), columns=CELL_COLUMNS)
    frame = frame.astype(dict.fromkeys(("value", "lower", "upper"), "float64"))
    return EditionContent(frame, FACTS | (facts or {}), MANIFEST if manifest is None else MANIFEST | manifest)


def only(before: EditionContent, after: EditionContent) -> dict[str, Any]:
    """The one cell that differs."""
    (row,) = compare_editions(before, after).to_dict("records")
    return row


def reason(cell_: dict[str, Any], facts: Any = None, manifest: Any = None, **changed: Any) -> str:
    """What is said of a cell that moved by one, where these facts and parts of the manifest changed."""
    changed = changed or {"value": cell_["value"] + 1, "shown": f"{cell_['value'] + 1:,.10g}"}
    return str(only(content(cell_), content(cell_ | changed, facts=facts, manifest=manifest))["reason"])


def definition(metric: str, **changed: Any) -> dict[str, Any]:
    return {"definitions": DEFINITIONS | {metric: DEFINITIONS[metric] | changed}}


def returned(**changed: str | None) -> dict[str, Any]:
    """The returns with some changed, by `a_2023`; None takes one away."""
    years = {"2021": "2021-22", "2022": "2022-23", "2023": "2023-24"}
    named = {f"{name[0]}/{years[name[2:]]}": value for name, value in changed.items()}
    return {"returns": {name: value for name, value in (MANIFEST["returns"] | named).items() if value}}


def reference(role: str, **changed: Any) -> dict[str, Any]:
    return {"references": [one | changed if one["role"] == role else one for one in FACTS["references"]]}


# --- what became of a cell ---


@pytest.mark.parametrize(
    ("before", "after", "outcome", "difference"),
    [
        (cell(value=100), cell(value=130), "revised", 30),
        (cell(value=130), cell(value=100), "revised", -30),
        (cell("staff_living_in_area_share", 0.641), cell("staff_living_in_area_share", 0.65), "revised", 0.009),
        (cell(value=100), cell(value=100, unit="fte"), "revised", None),
        (cell(value=100), cell(value=None, status="no_value", shown="not known"), "revised", None),
        (cell(value=100), cell(value=None), "withheld now", None),
        (cell(value=None), cell(value=100), "told now", None),
        (words("rose"), words("too few", status="withheld"), "withheld now", None),
        (missing(), cell(value=100), "came", None),
        (cell(value=100), missing(), "went", None),
        (missing(), cell(value=None), "came", None),
        (words("rose"), words("no clear change"), "words", None),
        (missing(), missing(shown="refused", status="refused"), "words", None),
        (cell(value=None), cell(value=None, shown="[x]"), "words", None),
        (words("missing", status="missing"), words("reported"), "words", None),
        (cell(value=100), cell(value=100, upper=110), "beside", 0),
        (cell(value=100), cell(value=100, note="part of the year only"), "beside", 0),
        (cell(value=100), cell(value=100, members_counted=2), "beside", 0),
    ],
)
def test_a_cell_that_differs_is_told_by_what_became_of_it(before, after, outcome, difference):
    row = only(content(before), content(after))
    assert (row["outcome"], row["from_shown"], row["to_shown"]) == (outcome, before["shown"], after["shown"])
    assert math.isnan(row["difference"]) if difference is None else row["difference"] == difference


def test_a_cell_of_one_edition_alone_came_or_went_and_the_other_end_is_empty():
    came = only(content(), content(cell(value=100)))
    assert (came["outcome"], came["from_shown"], came["to_shown"]) == ("came", "", "100")
    assert math.isnan(came["from_value"]) and pd.isna(came["from_members"]) and came["to_members"] == 3
    assert only(content(cell(value=100)), content())["outcome"] == "went"


def test_every_outcome_is_explained():
    assert set(OUTCOMES) == {"revised", "withheld now", "told now", "came", "went", "words", "beside"}


def test_cells_that_do_not_differ_are_counted_and_not_listed():
    before = content(cell(), cell(member="a", table="members"), cell(period="2022/23"))
    after = content(cell(), cell(member="a", table="members"), cell(value=7, period="2022/23"))
    assert (len(compare_editions(before, after)), cells_compared(before, after)) == (1, 3)


def test_noise_of_adding_up_is_no_revision_and_no_difference():
    assert compare_editions(content(cell(value=0.1 + 0.2)), content(cell(value=0.3))).empty
    share = "staff_living_in_area_share"
    row = only(content(cell(share, 0.65, shown="65.0%")), content(cell(share, 0.654, shown="65.4%")))
    assert row["difference"] == 0.004


def test_of_two_years_only_the_years_that_a_table_has_in_both_are_compared():
    old = [cell(period="2021/22"), cell(period="2022/23"), cell(period="2022/23", member="a", table="members")]
    before = content(*old, facts={"year": "2022/23"})
    new = [cell(period="2021/22"), cell(value=9, period="2022/23"), cell(member="a", table="members"), cell()]
    after = content(*new)
    assert only(before, after)["cell_id"] == "series|staff|2022-23|all|value"
    assert cells_compared(before, after) == 2


def test_editions_of_two_networks_are_not_compared():
    with pytest.raises(UserError, match=r"example 2023/24 r1 and other 2023/24 r1 are editions of two networks"):
        compare_editions(content(), content(facts={"network": "other"}))


def test_cells_that_lack_columns_are_told():
    old = content(cell())
    old = EditionContent(old.cells.drop(columns=["rule", "note"]), old.facts, old.manifest)
    with pytest.raises(UserError, match="its cells lack the columns rule, note"):
        compare_editions(old, content(cell()))


# --- why ---


@pytest.mark.parametrize(
    ("moved", "changed", "said"),
    [
        (cell(), {"a_2023": "new"}, "return of a 2023/24 changed"),
        (cell(), {"a_2023": None}, "return of a 2023/24 went"),
        (cell(period="2021/22"), {"a_2021": "new"}, "return of a 2021/22 came"),
        (cell(), {"a_2023": "new", "b_2023": None}, "return of a 2023/24 changed; return of b 2023/24 went"),
        (cell(), {"a_2022": "new"}, "not known"),
        (cell(member="a", table="members"), {"a_2023": "new", "b_2023": "new"}, "return of a 2023/24 changed"),
        (cell(member="a", table="members"), {"b_2023": "new"}, "not known"),
        (
            cell(table="headlines", kind="changes", item="change", since="previous", since_period="2022/23"),
            {"a_2022": "new"},
            "return of a 2022/23 changed",
        ),
        (
            cell(kind="reductions", since="baseline", since_period="2021/22", item="cumulative"),
            {"b_2022": "new"},
            "return of b 2022/23 changed",
        ),
    ],
)
def test_a_return_is_a_reason_for_the_cells_of_its_year_and_member(moved, changed, said):
    assert reason(moved, manifest=returned(**changed)) == said


def test_what_protection_withholds_can_be_for_the_return_of_any_member():
    own = cell(member="a", table="members")
    withheld = {"value": None, "lower": None, "upper": None, "shown": "[c]", "status": "withheld"}
    assert reason(own, manifest=returned(b_2023="new"), **withheld) == "return of b 2023/24 changed"


def test_what_suppliers_are_placed_by_is_known_from_all_returns():
    said = "suppliers are placed by what all returns tell of them"
    both = reason(cell("local_spend"), manifest=returned(a_2022="new", b_2023="new"))
    assert both == f"return of b 2023/24 changed; another return came, went or changed, and {said}"
    of_two = reason(cell("local_spend"), manifest=returned(a_2022="new", c_2022=None))
    assert of_two == f"2 other returns came, went or changed, and {said}"


@pytest.mark.parametrize(
    ("moved", "facts", "said"),
    [
        (cell(), definition("staff", version=2), "definition of staff: version 1 to 2"),
        (cell("staff_living_in_area_share", 1), definition("staff", version=2), "definition of staff: version 1 to 2"),
        (cell("local_spend"), definition("staff", version=2), "not known"),
        (cell(), definition("staff", numerator={"count": "rows"}), "definition of staff changed within version 1"),
        (cell(), definition("staff", caveats=["Heads."]), "not known"),
        (cell("staff_living_in_area"), reference("postcodes", sha256="p2"), "reference postcodes: nspl_2024 has"),
        (
            cell("staff_living_in_area"),
            reference("postcodes", id="nspl_2025", sha256="p2"),
            "reference postcodes: nspl_2024 to nspl_2025",
        ),
        (cell(), reference("postcodes", sha256="p2"), "not known"),
        (cell("staff_living_in_area"), reference("deprivation", sha256="d2"), "not known"),
        (
            cell("staff_living_in_area"),
            {"references": [*FACTS["references"], {"id": "coda", "kind": "recodes", "role": "recodes", "sha256": "r"}]},
            "reference recodes: coda came",
        ),
        (
            cell(table="staff_by_ward", group="E05000001"),
            reference("postcodes", sha256="p2"),
            "reference postcodes: nspl_2024 has another content",
        ),
        (cell(table="staff_by_ward"), reference("postcodes", sha256="p2"), "not known"),
        (
            cell(table="against_residents", kind="benchmark", group="E05000001", item="expected"),
            reference("benchmark", sha256="b2"),
            "reference benchmark: census has another content",
        ),
        (
            cell(table="against_residents", kind="population", group="E05000001"),
            {"populations": {"home_ward": {"vintage": "2021"}}},
            "the populations in network.toml changed",
        ),
        (
            cell(),
            {"profiles": {"people": "Threshold 5; rounded", "spend": "Rounded to £1,000"}},
            "disclosure profile of people: Threshold 10 to Threshold 5, rounded",
        ),
        (cell(), {"profiles": {"people": "Threshold 10", "spend": "Rounded to £10"}}, "not known"),
        (
            cell("local_spend"),
            {"confidentiality": {"people": "shared", "spend": "confidential"}},
            "confidentiality of spend: shared to confidential",
        ),
        (
            cell(),
            {"members": [*FACTS["members"], {"id": "d", "joined": "2023-04-01"}]},
            "member d is in network.toml now, and was not",
        ),
        (cell(), {"members": FACTS["members"][:2]}, "member c is in network.toml no more"),
        (
            cell(),
            {"members": [*FACTS["members"][:2], {"id": "c", "joined": "2019-04-01"}]},
            "member c joined on 2019-04-01, before on 2018-04-01",
        ),
        (cell(member="a", table="members"), {"members": FACTS["members"][:2]}, "not known"),
        (
            cell(),
            {"coverage_notes": [{"member": "b", "year": "2023/24", "status": "refused"}]},
            "the coverage note on b 2023/24 came",
        ),
        (cell(), {"coverage_notes": [{"member": "b", "year": "2022/23", "status": "refused"}]}, "not known"),
    ],
)
def test_a_fact_that_changed_is_a_reason_for_the_cells_that_it_goes_into(moved, facts, said):
    found = reason(moved, facts=facts)
    assert found.startswith(said) and ";" not in found


def test_a_list_of_wards_is_a_reason_for_what_is_counted_by_it():
    by_wards = definition("staff", made_from=["postcodes", "wards"])
    named = {"disadvantaged": {"name": "eight@1", "wards": ["E05000001", "E05000002"]}}
    assert reason(cell(), facts=by_wards | named) == "the list of wards changed: seven@1 to eight@1"


def test_a_verdict_depends_on_how_far_unknowns_may_differ():
    said = "unknowns_delta, by which verdicts are given: 0.05 to 0.1"
    assert reason(words("rose"), facts={"unknowns_delta": 0.1}, shown="fell") == said
    assert reason(cell(), facts={"unknowns_delta": 0.1}) == "not known"


def test_another_baseline_is_told():
    change = cell(table="headlines", kind="changes", item="change", since="baseline", since_period="2018/19")
    said = reason(change, value=9, shown="9", since_period="2019/20")
    assert said == "compared with 2019/20, before with 2018/19"


def test_definitions_that_changed_elsewhere_and_other_releases_are_told_for_every_cell():
    said = reason(cell(), manifest={"definitions": "k2"})
    assert said == "definitions changed, though not the version of this metric"
    own = reason(cell(), facts=definition("staff", version=2), manifest={"definitions": "k2"})
    assert own == "definition of staff: version 1 to 2"
    releases = {"environment": {"python": "3.12.1", "pandas": "2.3.0", "numpy": "2.0"}}
    assert (
        reason(cell(), manifest=releases) == "made with other releases: pandas 2.2.0 to 2.3.0, python 3.11.2 to 3.12.1"
    )


def test_a_metric_or_a_table_that_is_new_is_a_reason_for_its_cells():
    without = {"definitions": {name: one for name, one in DEFINITIONS.items() if name != "local_spend"}}
    came = only(content(facts=without), content(cell("local_spend")))
    assert came["reason"] == "metric local_spend is measured now, and was not"
    tables = {"tables": {name: one for name, one in TABLES.items() if name != "members"}}
    went = only(content(cell(table="members", member="a")), content(facts=tables))
    assert went["reason"] == "table members is declared no more"


def test_nothing_is_claimed_where_a_manifest_does_not_say():
    whole = content(cell(value=1))
    bare = EditionContent(content(cell(value=2)).cells, {"network": "example", "year": "2023/24"}, {})
    assert only(whole, bare)["reason"] == only(bare, whole)["reason"] == "not known"


def test_reasons_are_counted_by_cell_the_most_first():
    cells = [cell(), cell(member="a", table="members"), cell(period="2022/23")]
    moved = [one | {"value": 7.0, "shown": "7"} for one in cells]
    frame = compare_editions(content(*cells), content(*moved, manifest=returned(a_2023="n", b_2023="n")))
    assert count_reasons(frame) == {"return of a 2023/24 changed": 2, "not known": 1, "return of b 2023/24 changed": 1}
    assert count_outcomes(frame) == {"revised": 3}


def test_many_returns_of_a_year_are_counted_as_one_reason():
    many = {"returns": {f"{name}/2023-24": name for name in "abcd"} | {"a/2022-23": "new"}}
    cells = [cell(), cell(member="a", table="members"), cell(period="2022/23")]
    moved = [one | {"value": 7.0, "shown": "7"} for one in cells]
    frame = compare_editions(content(*cells, manifest={"returns": {"a/2022-23": "a"}}), content(*moved, manifest=many))
    assert count_reasons(frame) == {"4 returns of 2023/24 came": 2, "return of a 2022/23 changed": 1}


def test_headlines_are_the_networks_own_figures_of_the_latest_year_each_once():
    about = {"table": "headlines", "kind": "changes", "since": "previous", "since_period": "2022/23"}
    cells = [
        cell(), cell(table="also"), cell(period="2022/23"), cell(member="a"), cell("local_spend"),
        cell(**about, item="change"), cell(**about, item="from"), cell(**about, item="change", panel="like_for_like"),
        words("rose"), words("rose", panel="like_for_like"),
    ]  # fmt: skip
    moved = [one | {"value": 7.0, "shown": "7"} for one in reversed(cells[:-1])]
    before, after = content(*cells), content(*moved, cells[-1] | {"note": "whatever is unknown"})
    found = headline_revisions(compare_editions(before, after), before, after)
    assert list(found["cell_id"]) == [
        "also|staff|2023-24|all|value", "headlines|staff|2023-24|previous|all|change",
        "headlines|staff|2023-24|previous|all|verdict", "headlines|staff|2023-24|previous|like_for_like|change",
    ]  # fmt: skip


# --- what holds in general ---

STATES = st.sampled_from(["value", "withheld", "missing", "no_value", "words"])


@st.composite
def editions(draw) -> EditionContent:
    keys = draw(st.sets(st.tuples(st.sampled_from(["staff", "local_spend"]), st.sampled_from(["", "a", "b"]))))
    cells = []
    for metric, member in sorted(keys):
        state, value = draw(STATES), draw(st.integers(-3, 3)) * 0.1
        told = {"member": member, "table": "members" if member else "series"}
        if state == "value":
            cells.append(cell(metric, value, **told, upper=value + draw(st.sampled_from([0, 0.5]))))
        elif state == "words":
            cells.append(cell(metric, None, **told, unit="words", status="shown", shown=f"{value}"))
        else:
            cells.append(cell(metric, None, **told, status=state, shown=state))
    version = draw(st.integers(1, 2))
    manifest = returned(**draw(st.fixed_dictionaries({"a_2023": st.sampled_from(["x", "y", None])})))
    return content(*cells, facts=definition("staff", version=version), manifest=manifest)


@given(editions())
def test_an_edition_does_not_differ_from_itself(edition):
    frame = compare_editions(edition, edition)
    assert frame.empty and list(frame.columns) == REVISION_COLUMNS
    assert cells_compared(edition, edition) == len(edition.cells)


MIRRORED = {"came": "went", "went": "came", "withheld now": "told now", "told now": "withheld now"}


@given(editions(), editions())
def test_there_and_back_mirror_each_other(first, second):
    there = compare_editions(first, second).set_index("cell_id").sort_index()
    back = compare_editions(second, first).set_index("cell_id").sort_index()
    assert list(there.index) == list(back.index)
    assert [MIRRORED.get(name, name) for name in there["outcome"]] == list(back["outcome"])
    assert there["difference"].fillna(99).tolist() == (-back["difference"]).fillna(99).tolist()
    for name in ("shown", "value", "lower", "upper", "status", "note", "members"):
        pd.testing.assert_series_equal(there[f"from_{name}"], back[f"to_{name}"], check_names=False)
    assert list(there["reason"] == "not known") == list(back["reason"] == "not known")


# --- two editions on disk, and the command ---


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return write_settings(tmp_path)


@pytest.fixture
def say(say):
    """Run `edition diff example` with these words."""
    return partial(say, "edition", "diff", "example")


def make(
    workspace: storage.Workspace, name: str, *cells: dict[str, Any], released: bool = False,
    facts: dict[str, Any] | None = None, manifest: dict[str, Any] | None = None,
) -> EditionFolder:  # fmt: skip
    """An edition on disk by `2023-24/r1`."""
    year, revision = name.split("/")
    edition = EditionFolder("example", parse_year(year), revision, workspace.editions("example") / year / revision)
    told = content(*cells, facts={"year": str(edition.year), "revision": revision} | (facts or {}), manifest=manifest)
    storage.write_frame(told.cells, storage.made(edition.folder) / "cells.parquet")
    storage.write_text(edition.folder / "edition.json", json.dumps(told.facts))
    storage.write_text(edition.folder / "claims.json", "[]")
    sealed = write_manifest(edition.folder, told.manifest | {"edition": edition.name})
    if released:
        enter_in_ledger(load_network(workspace, "example"), edition, sealed, "network analyst")
    return edition


def compared_names(workspace: storage.Workspace, **asked: str) -> tuple[str, str]:
    found = compare_with_released(workspace, "example", **asked)
    return found.before.name.removeprefix("example/"), found.after.name.removeprefix("example/")


def test_the_newest_is_held_against_the_last_that_was_released(workspace):
    make(workspace, "2022-23/r1", cell(period="2022/23"), released=True)
    make(workspace, "2022-23/r2", cell(period="2022/23"), released=True)
    make(workspace, "2023-24/r1", cell())
    assert compared_names(workspace) == ("2022-23/r2", "2023-24/r1")
    assert compared_names(workspace, year="2022/23") == ("2022-23/r1", "2022-23/r2")
    make(workspace, "2023-24/r2", cell(), released=True)
    make(workspace, "2023-24/r3", cell())
    assert compared_names(workspace) == ("2023-24/r2", "2023-24/r3")
    assert compared_names(workspace, later="r2") == ("2022-23/r2", "2023-24/r2")
    assert compared_names(workspace, earlier="r1") == ("2023-24/r1", "2023-24/r3")
    assert compared_names(workspace, earlier="2022-23/r1", later="2023-24/r1") == ("2022-23/r1", "2023-24/r1")


def test_the_command_tells_counts_headlines_and_reasons(say, workspace):
    same = cell(period="2022/23")
    make(workspace, "2023-24/r1", cell(value=100), same, words("rose"), released=True)
    make(workspace, "2023-24/r2", cell(value=130), same, words("fell"), manifest=returned(a_2023="new"))
    code, printed = say()
    assert code == 0
    for said in (
        r"example/2023-24/r2 \(draft\) against example/2023-24/r1 \(released\)", r"1 │ the same", r"1 │ revised",
        r"Staff │ 2023/24 +│ +100 │ +130 │ revised", r"verdict since 2022/23 │ +rose │ +fell │ words",
        r"2 │ return of a 2023/24 changed", r"--csv FILE",
    ):  # fmt: skip
        assert re.search(said, printed), (said, printed)
    assert "not known" not in printed.lower()


def test_editions_that_do_not_differ_are_told_in_a_line_and_so_is_what_nobody_knows(say, workspace):
    make(workspace, "2023-24/r1", cell("local_spend"), released=True)
    make(workspace, "2023-24/r2", cell("local_spend"))
    code, printed = say()
    assert code == 0 and "1 │ the same" in printed and "--csv" not in printed and "revised" not in printed
    make(workspace, "2023-24/r2", cell("local_spend", 9))
    code, printed = say()
    assert code == 0 and "No headline figure differs." in printed and "what manifests do not tell" in printed


def test_of_two_years_the_command_says_what_is_compared(say, workspace):
    make(workspace, "2022-23/r1", cell(period="2022/23"), released=True)
    make(workspace, "2023-24/r1", cell(value=7, period="2022/23"), cell())
    code, printed = say()
    assert code == 0 and "only the years are compared that a table has in both" in printed
    assert re.search(r"Staff │ 2022/23 +│ +100 │ +7 │ revised", printed)


def test_the_whole_list_is_written_as_csv_without_formulas(say, workspace):
    danger = {"note": "=HYPERLINK(0)"}
    make(workspace, "2023-24/r1", cell(value=100), cell(value=5, member="a", table="members"), released=True)
    make(workspace, "2023-24/r2", cell(value=70, shown="-70", **danger), cell(value=6, member="a", table="members"))
    code, printed = say("--csv", "out/revised.csv")
    assert code == 0 and "Wrote out/revised.csv: 2 cells." in printed
    first, second = csv.DictReader(storage.read_text(workspace.root / "out" / "revised.csv").splitlines())
    assert list(first) == REVISION_COLUMNS
    assert (first["from_shown"], first["to_shown"], first["difference"]) == ("100", "-70", "-30.0")
    assert (first["to_note"], first["reason"]) == ("'=HYPERLINK(0)", "not known")
    assert (second["member"], second["from_note"]) == ("a", "")


@pytest.mark.parametrize("name", ["revised.xlsx", "notes.txt/revised.csv"])
def test_a_list_that_cannot_be_written_is_told(say, workspace, name):
    storage.write_text(workspace.root / "notes.txt", "a file, not a folder")
    make(workspace, "2023-24/r1", cell(), released=True)
    make(workspace, "2023-24/r2", cell(value=7))
    refused(say("--csv", name), "revised", "AN014")


def test_a_network_without_a_released_edition_is_told_what_to_do(say, workspace):
    refused(say(), "there is no edition example", "AN008")
    make(workspace, "2023-24/r1", cell())
    refused(say(), "no edition was released before example/2023-24/r1", "--from", "edition release example")


def test_an_unknown_revision_or_year_is_told_with_those_that_there_are(say, workspace):
    make(workspace, "2023-24/r1", cell(), released=True)
    make(workspace, "2023-24/r2", cell())
    refused(say("--from", "r7"), "no edition example 2023/24 r7", "There is: example/2023-24/r1, example/2023-24/r2")
    refused(say("--to", "r7"), "no edition example r7")
    refused(say("--from", "2019-20/r1"), "no edition example 2019-20 r1")
    refused(say("--year", "2024"), "2023/24 or 2024/25", "AN003")


def test_an_edition_of_another_network_in_this_folder_is_refused(say, workspace):
    make(workspace, "2023-24/r1", cell(), facts={"network": "other"}, released=True)
    make(workspace, "2023-24/r2", cell())
    refused(say(), "other 2023/24 r1 and example 2023/24 r2 are editions of two networks", "AN042")


def test_files_that_are_not_as_the_manifest_says_are_named(say, workspace):
    edition = make(workspace, "2023-24/r1", cell(), released=True)
    draft = make(workspace, "2023-24/r2", cell())
    storage.write_text(edition.folder / "claims.json", "[] ")
    storage.write_frame(content(cell(value=5)).cells, draft.folder / "cells.parquet")
    refused(say(), "2023-24/r1/claims.json: is not as", "2023-24/r2/cells.parquet: is not as", "AN040", "2 things")


def test_a_manifest_that_was_changed_is_named(say, workspace):
    edition = make(workspace, "2023-24/r1", cell(), released=True)
    make(workspace, "2023-24/r2", cell())
    changed = edition.manifest | {"returns": {}}
    storage.write_text(edition.folder / "manifest.json", storage.to_json(changed))
    refused(say(), "example/2023-24/r1/manifest.json: is not as its own hash says", "AN040")


def test_an_edition_other_than_was_released_is_named_and_so_is_one_that_has_gone(say, workspace):
    make(workspace, "2023-24/r1", cell(), released=True)
    make(workspace, "2023-24/r2", cell())
    edition = make(workspace, "2023-24/r1", cell(value=5))
    refused(say(), "example/2023-24/r1: is not the edition that the ledger says was released", "AN040")
    (edition.folder / "manifest.json").unlink()
    refused(say(), "example/2023-24/r1: it was released, and its folder is not in outputs", "AN008")


def test_in_python_an_edition_tells_what_was_revised_since_another(workspace):
    first, second = make(workspace, "2023-24/r1", cell()), make(workspace, "2023-24/r2", cell(value=7))
    frame = Edition(second.folder).revisions(Edition(first.folder))
    assert list(frame.columns) == REVISION_COLUMNS and frame["difference"].tolist() == [-93]
