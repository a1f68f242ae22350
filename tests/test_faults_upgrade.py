"""Editions of earlier releases are read for ever, or refused with the command to run; later ones are refused."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest

from anchor_analysis import open_edition, storage
from anchor_analysis.declared import load_network
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import find_edition, hash_of
from anchor_analysis.publish.ledger import LEDGER, enter_in_ledger
from anchor_analysis.publish.registering import read_schema
from anchor_analysis.publish.schemas import SCHEMA, read_register
from anchor_analysis.running import run_network
from tests.small_network import make_workspace, refused

HEADING = "Editions of other releases"
DATA = Path(__file__).parent / "data"

#: Released editions of the small network as the code of a day made them, and whether their ledger is one of today's.
STORED = {"2026-11-23": False, "2026-11-30": True}
FIGURE = "members|staff|2023-24|all|value"


def unpack(root: Path, day: str) -> None:
    """Put what was stored of a day into a workspace."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(DATA / "editions.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        shutil.copytree(Path(folder) / day, root, dirs_exist_ok=True)


def unpacked(root: Path, day: str) -> storage.Workspace:
    """The small network of today in which the edition of that day stands as released."""
    workspace = make_workspace(root)
    unpack(root, day)
    if not STORED[day]:
        (workspace.network("example") / LEDGER).unlink()
        edition = find_edition(workspace, "example")
        enter_in_ledger(load_network(workspace, "example"), edition, edition.manifest, "chief executive")
    return workspace


@pytest.fixture(scope="module", params=sorted(STORED))
def stored(request, tmp_path_factory) -> storage.Workspace:
    return unpacked(tmp_path_factory.mktemp("older"), request.param)


@pytest.fixture
def older(stored, tmp_path, monkeypatch) -> storage.Workspace:
    shutil.copytree(stored.root, tmp_path / "older")
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path / "older"))
    return storage.Workspace(tmp_path / "older")


def test_an_edition_of_an_earlier_release_is_opened_and_shown(older, survived):
    with survived.all_or_none(HEADING, "a released edition of before is opened, and shown"):
        edition = open_edition("example", "2023/24", "r1")
        shown = [edition.answer(), edition.cards(), edition.table("members"), edition.sources(), edition.limits()]
        assert all("440" in str(one.html) for one in shown[:3])
        assert edition.claims and edition.about("staff").register["claims"]


def test_its_claims_are_brought_to_the_form_of_today(older):
    folder = find_edition(older, "example").folder
    assert isinstance(storage.read_json(folder / "claims.json"), list)
    register = read_register(folder)
    entries = {entry["id"]: entry for entry in register["claims"]}
    assert entries[FIGURE]["shown"] == "440" and entries[FIGURE]["kind"] == "figure"
    assert entries["answer-what-changed"]["sentence"].startswith("There were 440 people employed by members")
    cells = storage.read_frame(folder / "cells.parquet")
    assert set(cells["cell_id"]) <= entries.keys()
    assert register.keys() >= set(read_schema()["required"])


def test_every_command_reads_it_or_says_what_to_run(older, say, tmp_path, survived):
    ended = {
        "list": say("edition", "list", "example"),
        "trace": say("edition", "trace", FIGURE, "--network", "example"),
        "pages": say("edition", "pages", "example", "--to", str(tmp_path / "pages"), "--with-code"),
        "audit": say("edition", "audit", "example"),
        "release": say("edition", "release", "example", "--by", "chair"),
    }
    fault = "a released edition of before is listed, traced, copied, audited, released"
    with survived.all_or_none(HEADING, fault, len(ended)):
        assert ended["list"][0] == 0 and "2023/24  r1    released" in ended["list"][1]
        assert ended["trace"][0] == 0 and "440" in ended["trace"][1] and "no longer here" in ended["trace"][1]
        assert ended["pages"][0] == 0 and "440" in storage.read_text(tmp_path / "pages" / "network_impact.html")
        refused(ended["audit"], "schema 1", "anchor-analysis edition verify example")
        refused(ended["release"], "released already")


@pytest.mark.parametrize("day", [pytest.param("2026-11-23", marks=pytest.mark.long), "2026-11-30"])
def test_a_run_beside_it_makes_the_next_revision_which_is_compared_with_it_and_verified(
    day, tmp_path, monkeypatch, say, survived
):
    workspace = unpacked(tmp_path / "older", day)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    before = storage.folder_hash(workspace.editions("example"))
    fault = "the next revision is run, protected against it, audited and compared with it"
    with survived.all_or_none(HEADING, fault):
        result = run_network(workspace, "example", workers=1)
        assert result.fresh and result.edition.revision == "r2" and result.edition.audited()
        assert result.edition.manifest["schema"] == SCHEMA
        protection = storage.read_json(next(workspace.processed("example").glob("results/*/*/protection.json")))
        assert protection["released_before"] == ["example 2023/24 r1"]
        code, printed = say("edition", "diff", "example")
        assert code == 0 and "example/2023-24/r2 (audited) against example/2023-24/r1 (released)" in printed
        shutil.rmtree(result.edition.folder)
        shutil.rmtree(workspace.editions("example") / "2023-24" / "internal")
        (workspace.editions("example") / "index.html").unlink()
        assert storage.folder_hash(workspace.editions("example")) == before


@pytest.mark.long
def test_verifying_it_holds_its_seals_and_tells_what_is_made_otherwise_today(older, say, survived):
    with survived.all_or_none(HEADING, "a released edition of before is verified"):
        code, printed = say("edition", "verify", "example", "--quiet")
        sealed = len(find_edition(older, "example").manifest["files"])
        assert code == 1 and f"seals: {sealed} the same" in printed and "Traceback" not in printed, printed
        assert "code of anchor_analysis" in printed and "cannot be read" not in printed


def test_a_ledger_of_before_entries_were_hashed_is_refused(tmp_path, monkeypatch, say):
    workspace = make_workspace(tmp_path / "older")
    unpack(workspace.root, "2026-11-23")
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    for words in (("run", "example"), ("edition", "list", "example"), ("edition", "verify", "example")):
        refused(say(*words), "it has no `previous` or no `entry`")


def of_later(workspace: storage.Workspace, schema: object) -> None:
    """Have the edition of a workspace say that it is of another schema, with everything made to fit."""
    path = find_edition(workspace, "example").folder / "manifest.json"
    manifest = storage.read_json(path) | {"schema": schema}
    storage.write_text(path, storage.to_json(manifest | {"edition_hash": hash_of(manifest)}))


@pytest.mark.parametrize("schema", [SCHEMA + 1, "2027.1"])
def test_an_edition_of_a_later_release_is_refused_by_whatever_would_read_it(workspace, say, schema, tmp_path, survived):
    of_later(workspace, schema)
    edition = find_edition(workspace, "example").folder
    commands = [
        ("edition", "list", "example"), ("edition", "audit", "example"), ("edition", "verify", "example"),
        ("edition", "trace", FIGURE, "--network", "example"), ("edition", "diff", "example", "--from", "r1"),
        ("edition", "pages", "example", "--to", str(tmp_path / "pages")), ("run", "example"),
        ("edition", "release", "example", "--by", "chair"),
        ("edition", "verify", "example", "--against", str(edition)),
    ]  # fmt: skip
    ended = [say(*words) for words in commands]
    survived(HEADING, "an edition of a later release meets a command", len(ended), sum(code == 2 for code, _ in ended))
    for result in ended:
        refused(result, f"schema {schema}", "AN065", "Upgrade anchor_analysis")
    with pytest.raises(UserError, match="AN065"):
        open_edition("example")


def test_a_released_edition_of_a_later_release_lets_nothing_be_made_beside_it(workspace, say):
    of_later(workspace, SCHEMA + 1)
    edition = find_edition(workspace, "example")
    manifest = storage.read_json(edition.folder / "manifest.json")
    enter_in_ledger(load_network(workspace, "example"), edition, manifest, "chair")
    refused(say("run", "example"), "AN065")


def test_rows_of_another_layout_are_made_again_and_references_refused_with_the_command(workspace, say, monkeypatch):
    whole = next((workspace.processed("example") / "located").rglob("whole.json"))
    storage.write_text(whole, storage.read_text(whole).replace('"layout": 1', '"layout": 0'))
    assert not storage.is_whole(whole.parent)
    run_network(workspace, "example", workers=1)
    assert storage.is_whole(whole.parent)
