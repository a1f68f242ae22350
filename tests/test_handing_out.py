"""What a command writes where a person says stands beside editions, returns and settings, and never in or over them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import openpyxl
import pytest
from typer.main import get_command

from anchor_analysis import storage
from anchor_analysis.commands.app import app
from anchor_analysis.publish.editions import find_edition
from tests.small_network import refused

FIGURE = "members|staff|2023-24|all|b|value"

#: Every command that writes where it is told: its words but for the place, the option, and how the file has to end.
WRITERS = {
    "check": (["check", "example"], "--to", ".xlsx"),
    "return template": (["return", "template", "example", "a", "2023/24"], "--to", ".xlsx"),
    "return profile": (["return", "profile", "example", "a"], "--to", ".xlsx"),
    "return aggregate": (["return", "aggregate", "example", "a", "2023/24", "EXTRACT"], "--to", ".xlsx"),
    "edition diff": (["edition", "diff", "example", "--from", "r1", "--to", "r1"], "--csv", ".csv"),
    "edition trace": (["edition", "trace", FIGURE], "--csv", ".csv"),
    "edition verify": (["edition", "verify", "example"], "--csv", ".csv"),
    "edition pages": (["edition", "pages", "example"], "--to", ""),
    "suppliers review": (["suppliers", "review", "example"], "--to", ".xlsx"),
}

#: Options and arguments that name a file or folder which is only read.
READ = {("return aggregate", "extract"), ("edition verify", "against"), ("suppliers decide", "file")}

#: What lies in a workspace's own folders, there already or not.
INSIDE = [
    "outputs/example/2023-24/r1/tables/members", "outputs/new", "data/raw/example/2023-24/a/workforce",
    "data/processed/example/new", "networks/example/new", "notebooks/../networks/new",
]  # fmt: skip


@pytest.fixture(params=WRITERS)
def written(request, say, workspace):
    """Run one of these commands with a place to write to."""
    words, option, ending = WRITERS[request.param]
    extract = str(workspace.raw("example") / "2023-24" / "a" / "workforce.csv")
    words = [extract if word == "EXTRACT" else word for word in words]

    def run(place: Path | str) -> tuple[int, str]:
        return say(*words, option, str(place))

    run.option, run.ending, run.name = option, ending, request.param
    return run


def kept(workspace: storage.Workspace) -> dict[str, str]:
    """Every file of a workspace, by what it holds."""
    return {path.as_posix(): storage.file_hash(path) for path in workspace.root.rglob("*") if path.is_file()}


def test_every_command_that_writes_where_it_is_told_is_tried_here():
    found = set()
    for name, command in get_command(app).commands.items():
        for sub, one in {"": command, **getattr(command, "commands", {})}.items():
            called = f"{name} {sub}".strip()
            found |= {(called, option.name) for option in one.params if option.type_descriptor.annotation is Path}
    assert found == READ | {(name, option.removeprefix("--")) for name, (_, option, _) in WRITERS.items()}


def test_nothing_is_written_into_what_a_workspace_keeps(written, workspace, monkeypatch):
    before = kept(workspace)
    monkeypatch.chdir(workspace.root)
    for place in INSIDE:
        _, printed = result = written(f"{place}{written.ending}")
        refused(result, f"{written.option} {place}", "it leads into", "AN054")
        assert printed.startswith(written.option), "nothing is shown before"
    assert kept(workspace) == before


def test_a_link_into_a_folder_of_the_workspace_leads_there(written, workspace, tmp_path):
    edition = find_edition(workspace, "example").folder
    (tmp_path / "elsewhere").symlink_to(edition / "tables")
    (tmp_path / f"one{written.ending}").symlink_to(edition / "tables" / "members.csv")
    before = kept(workspace)
    refused(written(tmp_path / "elsewhere" / f"new{written.ending}"), "it leads into an edition", "AN054")
    refused(written(tmp_path / f"one{written.ending}"), "it leads into an edition", "AN054")
    assert kept(workspace) == before


def test_returns_that_stand_on_a_drive_are_kept_by_either_name(say, workspace, tmp_path):
    drive = tmp_path / "drive"
    shutil.move(workspace.root / "data" / "raw", drive)
    (workspace.root / "data" / "raw").symlink_to(drive)
    for place in (drive, workspace.root / "data" / "raw"):
        file = place / "example" / "2023-24" / "a" / "workforce.csv"
        refused(say("edition", "diff", "example", "--from", "r1", "--csv", str(file)), "data/raw", "AN054")
        assert "EMP-a" in storage.read_text(file)


def test_an_edition_elsewhere_takes_no_files_either(say, workspace, tmp_path):
    archived = shutil.copytree(find_edition(workspace, "example").folder, tmp_path / "archive" / "r1")
    listed = archived / "tables" / "members.csv"
    before = storage.read_text(listed)
    refused(say("edition", "verify", "example", "--csv", str(listed)), "an edition", "AN054")
    assert storage.read_text(listed) == before


def test_another_workspace_takes_none_either(written, workspace, tmp_path):
    (tmp_path / "other" / "networks").mkdir(parents=True)
    refused(written(tmp_path / "other" / "outputs" / f"new{written.ending}"), "outputs", "AN054")


def test_where_a_file_stands_in_the_way_of_a_folder_that_is_said(written, tmp_path):
    (tmp_path / "file").write_text("mine")
    inside = tmp_path / "file" / "below" / f"new{written.ending}"
    refused(written(inside), '"file" is no folder', "AN014")
    assert "TMPDIR" not in written(inside)[1]
    (tmp_path / f"folder{written.ending}").mkdir()
    if written.ending:
        refused(written(tmp_path / f"folder{written.ending}"), "it is a folder", "AN014")
        _, printed = result = written(tmp_path / "new.toml")
        refused(result, f"new.toml: its name does not end in {written.ending}", "AN014")
        assert printed.startswith(str(tmp_path / "new.toml")), "nothing is shown before"
        assert not (tmp_path / "new.toml").exists()
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["file", os.devnull])
def test_copies_of_pages_want_a_folder(say, workspace, tmp_path, name):
    (tmp_path / "file").write_text("mine")
    refused(say("edition", "pages", "example", "--to", str(tmp_path / name)), "is no folder", "AN014")
    assert (tmp_path / "file").read_text() == "mine"


def test_copies_of_pages_take_the_place_of_earlier_ones_and_of_nothing_else(say, workspace, tmp_path):
    mine = tmp_path / "copies" / ".writing-mine" / "notes.txt"
    storage.write_text(mine, "mine")
    (tmp_path / "copies" / ".scratch-mine").mkdir()
    storage.write_text(tmp_path / "copies" / "network_impact.html", "an earlier copy")
    code, printed = say("edition", "pages", "example", "--to", str(tmp_path / "copies"))
    assert code == 0, printed
    assert "Member A" in storage.read_text(tmp_path / "copies" / "network_impact.html")
    assert mine.read_text() == "mine" and (tmp_path / "copies" / ".scratch-mine").is_dir()
    assert not [path for path in workspace.processed("example").iterdir() if path.name.startswith(".scratch")]


def test_a_folder_in_the_place_of_a_copy_is_told(say, workspace, tmp_path):
    (tmp_path / "copies" / "network_impact.html").mkdir(parents=True)
    told = say("edition", "pages", "example", "--to", str(tmp_path / "copies"))
    refused(told, "network_impact.html: it cannot be written", "AN014")


def test_a_list_of_ones_own_is_written_over(say, workspace, tmp_path):
    for _ in range(2):
        code, printed = say("edition", "trace", FIGURE, "--csv", str(tmp_path / "rows.csv"))
        assert code == 0 and "147 rows" in printed


def test_a_return_that_was_filled_in_is_not_written_over(say, workspace, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ("return", "template", "example", "a", "2023/24")
    assert say(*words)[0] == 0
    book = openpyxl.load_workbook("a_2023-24.xlsx")
    book["Workforce"]["A2"] = "filled in"
    book.save("a_2023-24.xlsx")
    filled = Path("a_2023-24.xlsx").read_bytes()
    refused(say(*words), "a_2023-24.xlsx: it is there already, perhaps filled in.", "AN014")
    refused(say(*words, "--to", "a_2023-24.xlsx"), "it is there already", "AN014")
    assert Path("a_2023-24.xlsx").read_bytes() == filled
    assert say(*words, "--to", "another.xlsx")[0] == 0


def test_a_template_is_not_left_among_returns_by_default(say, workspace, monkeypatch):
    monkeypatch.chdir(workspace.raw("example") / "2023-24" / "a")
    refused(say("return", "template", "example", "a", "2023/24"), "data/raw", "AN054")
