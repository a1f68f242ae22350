"""What is for the analyst or for one member is in no public edition, and in nobody else's profile."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.audit import audit
from anchor_analysis.declared import load_network
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import find_edition
from anchor_analysis.publish.profile import profile_sheets
from anchor_analysis.running.notebooks import find_notebooks
from anchor_analysis.running.pipeline import run_network
from anchor_analysis.running.pointing import cleaned_folders
from anchor_analysis.running.profiles import profile_of
from tests.small_network import make_workspace
from tests.spec import SpecNetwork

TABLE = """title: Own
kind: levels
audience: {audience}
scope: member
metrics: [staff]
"""


@pytest.mark.parametrize(("audience", "shown"), [("public", True), ("member", False), ("internal", False)])
def test_only_a_public_table_has_cells(tmp_path, audience, shown):
    network = SpecNetwork(tmp_path)
    network.reports("A", "2023/24", staff=100)
    path = tmp_path / "networks" / "example" / "definitions" / "tables" / "own.yaml"
    storage.write_text(path, TABLE.format(audience=audience))
    assert ("own" in set(network.cells()["table"])) == shown


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> storage.Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("audience"))
    for path in (storage.PACKAGE.parent / "notebooks").glob("data_quality.*"):
        storage.write_bytes(workspace.notebooks / path.name, path.read_bytes())
    run_network(workspace, "example", workers=1)
    return workspace


def test_internal_notebooks_are_in_no_edition(run):
    edition = find_edition(run, "example")
    internal = {name for name, (_, schema) in find_notebooks(run).items() if schema.audience == "internal"}
    there = {path.stem for path in edition.folder.rglob("*") if path.is_file()}
    assert internal and not internal & there


def test_the_audit_refuses_a_cell_of_a_table_that_is_not_public(run):
    edition, network = find_edition(run, "example"), load_network(run, "example")
    cells = storage.read_frame(edition.folder / "cells.parquet")
    cells.loc[0, "table"] = "leave_one_out"
    kept = (edition.folder / "cells.parquet").read_bytes()
    storage.write_frame(cells, edition.folder / "cells.parquet")
    try:
        found = [one for check in audit(edition, network, cleaned_folders(run, network, edition.year)) for one in
                 check.problems]  # fmt: skip
    finally:
        storage.write_bytes(edition.folder / "cells.parquet", kept)
    assert any("belongs to no public table" in str(problem) for problem in found)


def test_a_profile_holds_the_members_own_figures_and_of_others_only_what_is_shown(run, tmp_path):
    profile_of(run, "example", "a", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Cover", "Figures", "Groups"]
    assert all("alone" in sheet["A2"].value for sheet in book)
    rows = {(row[0], row[1]): row for row in book["Figures"].iter_rows(values_only=True)}
    cells = storage.read_frame(find_edition(run, "example").folder / "cells.parquet").set_index("cell_id")
    assert rows["Staff", "2023/24"][2] == "107"  # exact, where the edition has it rounded
    assert rows["Staff", "2023/24"][4] == cells.loc["series|staff|2023-24|all|value", "shown"]


def test_a_profile_looks_at_no_observation_of_another_member(tmp_path):
    network = SpecNetwork(tmp_path, confidentiality="confidential")
    for name, staff in (("A", 500), ("B", 600), ("C", 700), ("D", 650)):
        network.reports(name, "2023/24", staff=staff)
    observations, declared = network.observations(), network.network
    cells = network.protected().cells
    facts = {"name": "Example", "year": "2023/24", "revision": "r1", "status": "draft"}
    others = observations["scope"].eq("member") & observations["member"].ne("a")
    blanked = observations.assign(**{name: observations[name].mask(others, pd.NA)
                                     for name in ("numerator", "value", "lower", "upper")})  # fmt: skip
    made = [profile_sheets(declared, frame, cells, facts, declared.member("a")) for frame in (observations, blanked)]
    assert made[0] == made[1]


def test_a_profile_of_nobody_is_refused(run, tmp_path):
    with pytest.raises(UserError, match="AN029"):
        profile_of(run, "example", "nobody", tmp_path / "x.xlsx")
