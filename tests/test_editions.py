"""The life of an edition: draft, audited, released, and never changed afterwards."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from anchor_analysis import storage
from anchor_analysis.declared import load_network, parse_year
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import EditionFolder, find_edition, list_editions, status_of
from anchor_analysis.running import returns, run_network
from anchor_analysis.running.releasing import audit_again, release
from tests.small_network import make_workspace, send


def edition_of(workspace: storage.Workspace) -> EditionFolder:
    return find_edition(workspace, "example")


def reseal(edition: EditionFolder) -> None:
    """Bring the manifest up to date with a tampered file, as one who hides a change would."""
    from anchor_analysis.publish.editions import write_manifest

    about = {name: value for name, value in edition.manifest.items() if name not in ("files", "edition_hash")}
    write_manifest(edition.folder, about)


def found_by_audit(workspace: storage.Workspace) -> str:
    with pytest.raises(UserError) as caught:
        audit_again(workspace, "example")
    return str(caught.value)


def test_a_run_ends_in_an_audited_draft(made):
    edition = edition_of(made)
    assert (edition.name, status_of(made, edition)) == ("example/2023-24/r1", "audited")
    names = {path.name for path in edition.folder.iterdir()}
    assert {"index.html", "network_impact.html", "workbook.xlsx", "claims.json", "manifest.json", "tables"} <= names


def test_a_second_run_with_nothing_changed_does_nothing(workspace):
    steps: list[str] = []
    before = {path: path.stat().st_mtime_ns for path in edition_of(workspace).folder.rglob("*")}
    result = run_network(workspace, "example", progress=lambda step, done, total, what: steps.append(step))
    assert not result.fresh
    assert {path: path.stat().st_mtime_ns for path in edition_of(workspace).folder.rglob("*")} == before


def test_the_same_inputs_give_the_same_edition(made, tmp_path):
    again = make_workspace(tmp_path / "elsewhere")
    run_network(again, "example", workers=2)
    assert edition_of(again).manifest == edition_of(made).manifest


def test_a_released_edition_stands_and_a_correction_is_the_next_revision(workspace):
    edition = release(workspace, "example", by="network analyst")
    assert status_of(workspace, edition) == "released"
    page = BeautifulSoup(storage.read_text(edition.folder / "network_impact.html"), "html.parser").get_text(" ")
    assert "Draft" not in page
    files = {path: storage.file_hash(path) for path in edition.folder.rglob("*") if path.is_file()}
    send(workspace, "a", "2023-24", 150)
    correction = run_network(workspace, "example", workers=1).edition
    assert correction.revision == "r2"
    assert {path: storage.file_hash(path) for path in files} == files
    assert list(list_editions(workspace, "example")["status"]) == ["released", "audited"]


@pytest.mark.long
def test_what_one_member_put_right_is_withheld_until_others_do_where_they_keep_it(workspace):
    path = workspace.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('spend = "shared"', 'spend = "confidential"'))

    def total() -> tuple[str, str]:
        edition = run_network(workspace, "example", workers=1).edition
        cells = storage.read_frame(edition.folder / "cells.parquet").set_index("cell_id")
        return edition.revision, cells.loc["series|net_spend|2023-24|all|value", "status"]

    assert total() == ("r1", "shown")
    release(workspace, "example", by="network analyst")
    send(workspace, "a", "2023-24", 107, lines=36)
    assert total() == ("r2", "withheld")
    send(workspace, "b", "2023-24", 147, lines=30)
    send(workspace, "c", "2023-24", 187, lines=32)
    assert total() == ("r2", "shown")


def test_a_release_changes_nothing_for_a_run_without_changes(workspace):
    released = release(workspace, "example", by="network analyst")
    result = run_network(workspace, "example")
    assert (result.fresh, result.edition.name) == (False, released.name)


def test_a_released_edition_is_not_released_again(workspace):
    release(workspace, "example", by="network analyst")
    with pytest.raises(UserError, match="released already"):
        release(workspace, "example", by="network analyst")


def test_a_draft_that_was_touched_is_not_released(workspace):
    with (edition_of(workspace).folder / "claims.json").open("a") as stream:
        stream.write(" ")
    assert "is not as the manifest says" in found_by_audit(workspace)
    with pytest.raises(UserError, match="has not passed its audit"):
        release(workspace, "example", by="network analyst")


@pytest.mark.parametrize("name", ["notebooks.zip", "cells.parquet", "claims.json", "workbook.xlsx", "edition.json"])
def test_a_file_that_cannot_be_read_is_told_and_nothing_is_released(workspace, say, name):
    path = edition_of(workspace).folder / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    code, printed = say("edition", "audit", "example")
    assert code == 2 and f"{name}: is not as the manifest says" in printed and "Traceback" not in printed, printed
    with pytest.raises(UserError, match="has not passed its audit"):
        release(workspace, "example", by="network analyst")


def test_a_release_is_copied_to_the_archive(workspace):
    path = workspace.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('place = "Leeds"', 'place = "Leeds"\narchive = "archive"'))
    edition = release(workspace, "example", by="network analyst")
    copied = workspace.root / "archive" / "example" / "2023-24" / "r1"
    assert storage.folder_hash(copied) == storage.folder_hash(edition.folder)


def test_an_archive_that_cannot_be_written_to_leaves_the_draft(workspace):
    storage.write_text(workspace.root / "file", "in the way")
    path = workspace.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('place = "Leeds"', 'place = "Leeds"\narchive = "file/x"'))
    with pytest.raises(UserError, match=r"^file: .* where another of these should be\. The draft stands"):
        release(workspace, "example", by="network analyst")
    assert edition_of(workspace).manifest["status"] == "draft"


def test_an_audit_that_cannot_look_says_so(workspace):
    shutil.rmtree(workspace.processed("example") / "cleaned")
    assert "Run `anchor-analysis run example --year 2023/24` first" in found_by_audit(workspace)


def add_to_page(workspace: storage.Workspace, html: str) -> None:
    edition = edition_of(workspace)
    page = edition.folder / "network_impact.html"
    storage.write_text(page, storage.read_text(page).replace("</main>", f"<p>{html}</p></main>"))
    reseal(edition)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("She lives at LS1 4AP.", "holds a postcode"),
        ("Record EMP-a-00007 is odd.", "private column workforce.employee_id"),
        ("We paid Hidden Name Builders.", "private column ledger.supplier_name"),
        ("Line TX-b-00003 too.", "private column ledger.transaction_id"),
        ("In truth there were 1,234 people.", 'has the figure "1,234" outside the released cells'),
        ("It rose by 12.7%.", "outside the released cells"),
        ('<span data-cell="series|staff|2023-24|all|value">9</span>', "otherwise than it was released"),
    ],
)
def test_the_audit_finds_what_must_not_leave(workspace, html, said):
    add_to_page(workspace, html)
    assert said in found_by_audit(workspace)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": 107.0}, "is not rounded as its profile says"),
        ({"value": 5.0}, "is below the threshold"),
        ({"status": "withheld", "shown": "[c]"}, "is withheld and still has a value"),
        ({"table": "secret"}, "belongs to no public table"),
    ],
)
def test_the_audit_finds_a_cell_that_skipped_protection(workspace, change, said):
    edition = edition_of(workspace)
    cells = storage.read_frame(edition.folder / "cells.parquet")
    row = cells.index[(cells["table"] == "members") & (cells["metric"] == "staff") & (cells["member"] == "a")][0]
    for name, value in change.items():
        cells.loc[row, name] = value
    storage.write_frame(cells, edition.folder / "cells.parquet")
    reseal(edition)
    assert said in found_by_audit(workspace)


def test_the_audit_finds_a_csv_that_says_otherwise(workspace):
    edition = edition_of(workspace)
    path = edition.folder / "tables" / "series.csv"
    storage.write_text(path, storage.read_text(path).replace("440", "441"))
    reseal(edition)
    assert "tables/series.csv" in found_by_audit(workspace)


def test_a_faulty_return_leaves_the_earlier_edition_as_it_was(workspace):
    edition = edition_of(workspace)
    before = storage.folder_hash(edition.folder)
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    storage.write_text(path, storage.read_text(path) + "T9,31/02/2024,X,1\n")
    with pytest.raises(UserError, match="a day that exists"):
        run_network(workspace, "example")
    assert storage.folder_hash(edition_of(workspace).folder) == before
    assert not list(workspace.root.rglob(".scratch-*")) and not list(workspace.root.rglob(".writing-*"))


def test_one_changed_return_is_the_only_one_cleaned_again(workspace):
    cleaned = workspace.processed("example") / "cleaned"
    before = {path.parent for path in cleaned.rglob("accounts.parquet")}
    send(workspace, "b", "2023-24", 155)
    run_network(workspace, "example", workers=1)
    after = {path.parent for path in cleaned.rglob("accounts.parquet")}
    assert {path.relative_to(cleaned).parts[:2] for path in before ^ after} == {("2023-24", "b")}


def test_suppliers_are_linked_again_only_where_returns_call_them_otherwise(workspace, monkeypatch):
    linked = []
    link = returns.link_suppliers
    monkeypatch.setattr(returns, "link_suppliers", lambda *given: linked.append(given) or link(*given))
    before = linked_records(workspace)
    send(workspace, "b", "2023-24", 155)
    run_network(workspace, "example", workers=1)
    assert not linked and linked_records(workspace).equals(before)
    ledger = workspace.raw("example") / "2023-24" / "b" / "ledger.csv"
    storage.write_text(ledger, storage.read_text(ledger).replace("Hidden Name Builders", "Another Name Ltd", 3))
    run_network(workspace, "example", workers=1)
    assert len(linked) == 1 and len(linked_records(workspace)) == len(before) + 1


def linked_records(workspace: storage.Workspace) -> pd.DataFrame:
    [folder] = (workspace.processed("example") / "linked").iterdir()
    return pd.read_parquet(folder / "records.parquet")


def test_rows_go_with_the_raw_return_that_they_came_from(workspace):
    shutil.rmtree(workspace.raw("example") / "2022-23" / "c")
    run_network(workspace, "example", workers=1)
    left = [path for path in workspace.processed("example").rglob("2022-23/c/*")]
    assert not left


def test_claims_hold_no_number_that_is_not_released(made):
    edition = edition_of(made)
    claims = json.loads(storage.read_text(edition.folder / "claims.json"))["claims"]
    cells = set(pd.read_parquet(edition.folder / "cells.parquet")["cell_id"])
    sentences = [claim for claim in claims if claim["kind"] == "sentence"]
    assert sentences and all(set(claim["cells"]) <= cells for claim in sentences)
    assert {claim["id"] for claim in claims if claim["kind"] in ("figure", "word")} == cells


@pytest.mark.long
def test_years_before_the_latest_can_be_run_too(workspace):
    edition = run_network(workspace, "example", "2022/23", workers=1).edition
    assert edition.year == parse_year("2022/23")
    assert load_network(workspace, "example").latest == parse_year("2023/24")
