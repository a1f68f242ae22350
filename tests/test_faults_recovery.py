"""The drill of docs/recovering.md: what is lost or damaged is noticed, and its commands bring back the same bytes."""

from __future__ import annotations

import csv
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from anchor_analysis import open_edition, open_network, storage
from anchor_analysis.commands import main
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.problems import UserError
from anchor_analysis.read import add_reference
from anchor_analysis.running import run_network
from anchor_analysis.running.last_year import own_figures
from anchor_analysis.running.releasing import release
from tests.runs_apart import differences
from tests.small_network import make_workspace, refused
from tests.test_references import LEEDS, NSPL_MAY_2025
from tests.workspace import ROOT

HEADING = "Recovery drill"
PAGE = (ROOT / "docs" / "recovering.md").read_text(encoding="utf-8").replace("my_city", "example")
SECTION = re.compile(r"^## (?P<title>[^\n]+)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(?P<kind>sh|text)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = {found["title"]: BLOCK.findall(found["text"]) for found in SECTION.finditer(PAGE)}
FILE = "NSPL_MAY_2025.csv"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the page's commands are those of a POSIX shell")


# --- a network with reference data, an archive and version control ---


def git(folder: Path, *words: str) -> None:
    """A command of git, whoever is at this machine and whatever is set up there."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    alone = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, env=alone)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> storage.Workspace:
    """The small network with a directory of postcodes, released, copied to its archive and committed."""
    workspace = make_workspace(tmp_path_factory.mktemp("drill"))
    settings = workspace.network("example") / "network.toml"
    text = storage.read_text(settings).replace("[area]", 'archive = "archive"\n[area]', 1)
    storage.write_text(settings, text.replace("[reference]", '[reference]\npostcodes = "nspl-2025-05"', 1))
    write_directory(workspace.root / FILE)
    add_reference(workspace.root / FILE, workspace)
    git(workspace.root, "init", "--quiet")
    commit(workspace.root)
    run_network(workspace, "example", workers=1)
    release(workspace, "example", by="chief executive")
    run_network(workspace, "example", workers=1)  # which makes pages for the revision that would come next
    commit(workspace.root)
    shutil.copytree(workspace.raw("example"), workspace.root / "backup" / "example")
    return workspace


def commit(folder: Path) -> None:
    git(folder, "add", "networks")
    git(folder, "commit", "--quiet", "--message", "what people decided")


def write_directory(path: Path) -> None:
    """A directory with a postcode in each ward of Leeds, among them the one that all of the small network live in."""
    wards = list(load_catalogue().wards["leeds_wards"].wards)
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(NSPL_MAY_2025)
        for number, ward in enumerate(wards):
            postcode = f"LX1 {number // 26 + 1}{chr(65 + number % 26)}A"
            about = dict(zip(NSPL_MAY_2025, LEEDS, strict=True)) | dict.fromkeys(("pcd", "pcd2", "pcds"), postcode)
            rows.writerow((about | {"ward": ward}).values())


@pytest.fixture
def damaged(kept, tmp_path, monkeypatch) -> storage.Workspace:
    """A copy of it, in which somebody is at work, to be damaged."""
    shutil.copytree(kept.root, tmp_path / "copy", symlinks=True)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path / "copy"))
    monkeypatch.chdir(tmp_path / "copy")
    return storage.Workspace(tmp_path / "copy")


# --- what is done to it ---


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Leave the first half of a file, as a copy that was broken off."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_otherwise(path: Path) -> None:
    """Put JSON into a file that is well formed, and has each of its fields if it was JSON, and of another type."""
    said = storage.recalled(path)
    storage.write_text(path, storage.to_json({name: None if isinstance(said[name], str) else 5 for name in said}))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "flipped": flip, "cut": cut, "emptied": empty, "filled otherwise": fill_otherwise, "removed": Path.unlink,
}  # fmt: skip


def remove(name: str) -> Callable[[storage.Workspace], None]:
    return lambda workspace: shutil.rmtree(workspace.root / name)


def in_processed(workspace: storage.Workspace) -> list[Path]:
    """What a run makes on its way, but for references; whole.json and hashes among it."""
    folder = workspace.processed("example")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def damage_rows(workspace: storage.Workspace) -> None:
    """Another damage to each Parquet file of rows and results in turn, and to what points to them."""
    kinds = list(DAMAGES.values())
    for number, path in enumerate(path for path in in_processed(workspace) if path.suffix in (".parquet", ".json")):
        kinds[number % len(kinds)](path)


def damage_reference(workspace: storage.Workspace) -> None:
    flip(workspace.reference() / "nspl-2025-05" / "table.parquet")


def change_return(workspace: storage.Workspace) -> None:
    path = workspace.raw("example") / "2023-24" / "b" / "workforce.csv"
    storage.write_text(path, storage.read_text(path).replace("permanent,1,", "permanent,0.5,", 1))


def change_ledger(workspace: storage.Workspace) -> None:
    path = workspace.network("example") / "editions.toml"
    storage.write_text(path, storage.read_text(path).replace("chief executive", "chair"))


def change_released(workspace: storage.Workspace) -> None:
    path = workspace.editions("example") / "2023-24" / "r1" / "network_impact.html"
    storage.write_text(path, storage.read_text(path).replace("staff", "people"))


def lose_all_of_release(workspace: storage.Workspace) -> None:
    """Lose the released edition and its copy; the settings that it was made by stay, the name of the archive too."""
    shutil.rmtree(workspace.editions("example"))
    shutil.rmtree(workspace.root / "archive")


def halve_draft(workspace: storage.Workspace) -> None:
    """A draft, and what it was made from, of which every second file is gone."""
    (workspace.network("example") / "editions.toml").unlink()
    shutil.rmtree(workspace.root / "archive")
    manifest = workspace.editions("example") / "2023-24" / "r1"
    shutil.rmtree(manifest)
    run_network(workspace, "example", workers=1)
    for path in [*in_processed(workspace), *sorted(workspace.editions("example").rglob("*.*"))][::2]:
        path.unlink()


@dataclass(frozen=True)
class Drill:
    """What is done to a workspace, and how each of the page's blocks of commands ends."""

    damage: Callable[[storage.Workspace], None]
    codes: tuple[int, ...]
    quick: bool = False


DRILLS = {
    "`data/processed` is lost": Drill(remove("data/processed"), (2, 0)),
    "A file in `data/processed` is damaged": Drill(damage_rows, (0,), quick=True),
    "Reference data are damaged": Drill(damage_reference, (2, 0), quick=True),
    "A return was changed": Drill(change_return, (1, 0)),
    "A return is lost": Drill(remove("data/raw/example/2023-24/b"), (0, 0)),
    "The ledger was changed": Drill(change_ledger, (2, 0), quick=True),
    "The ledger is lost": Drill(lambda workspace: (workspace.network("example") / "editions.toml").unlink(), (2, 0)),
    "`networks` is lost": Drill(remove("networks"), (2, 0), quick=True),
    "`outputs` is lost": Drill(remove("outputs"), (0,), quick=True),
    "A released edition was changed": Drill(change_released, (2, 0)),
    "A released edition is lost, and there is no archive": Drill(lose_all_of_release, (0,)),
    "The archive is lost": Drill(remove("archive"), (1, 0)),
    "A draft was changed or half of a backup was put back": Drill(halve_draft, (0,)),
}

#: What no command of the page brings back, as it says there.
NOT_BACK = {"2023-24/internal/signoff.html"}


def test_every_section_of_the_page_with_commands_is_drilled():
    assert {title for title, blocks in SECTIONS.items() if blocks} == set(DRILLS)


def commanded(text: str, workspace: storage.Workspace, monkeypatch) -> Iterator[int]:
    """The exit code of each command of a block: those of ours in this process, others in the workspace's folder."""
    for line in text.splitlines():
        words = shlex.split(line)
        if words[0] != "anchor-analysis":
            yield subprocess.run(words, cwd=workspace.root, check=False, capture_output=True).returncode
            continue
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stop:
            main()
        yield int(stop.value.code or 0)


def plain(text: str) -> str:
    return " ".join(text.split())


def drilled(title: str, kept: storage.Workspace, damaged: storage.Workspace, monkeypatch, capsys) -> list[str]:
    """What did not go as the page says, of one section, and what is not as it was afterwards."""
    drill, wrong, codes, said = DRILLS[title], [], iter(DRILLS[title].codes), ""
    drill.damage(damaged)
    for kind, text in SECTIONS[title]:
        if kind == "text":
            wrong += [] if plain(text) in said else [f'"{plain(text)}" is not said, but: {said}']
            continue
        *before, last = commanded(text, damaged, monkeypatch)
        said = plain("".join(capsys.readouterr()))
        expected = next(codes)
        wrong += [] if not any(before) and last == expected else [f"{[*before, last]} for {text}: {said}"]
        wrong += ["a traceback"] if "Traceback" in said else []
    found = differences(kept.editions("example") / "2023-24" / "r1", damaged.editions("example") / "2023-24" / "r1")
    return wrong + ([] if "draft" in title else found) + not_whole(damaged)


def not_whole(workspace: storage.Workspace) -> list[str]:
    """The folders of steps that are not as they list themselves, after all was brought back."""
    folders = {path.parent for path in workspace.processed("example").rglob("whole.json")}
    return [f"{folder.name} is not whole" for folder in folders if not storage.is_whole(folder)]


def told(title: str, drill: Drill) -> object:
    return pytest.param(title, id=title, marks=[] if drill.quick else [pytest.mark.long])


@pytest.mark.parametrize("title", [told(title, drill) for title, drill in DRILLS.items()])
def test_what_is_lost_or_damaged_comes_back_by_the_commands_of_the_page(
    title, kept, damaged, monkeypatch, capsys, survived
):
    wrong = drilled(title, kept, damaged, monkeypatch, capsys)
    survived(HEADING, title.replace("`", ""), tried=1, held=int(not wrong))
    assert not wrong, "\n".join(wrong)


# --- one damage at a time ---


@pytest.mark.parametrize("at_least", [3, pytest.param(150, marks=pytest.mark.long)])
def test_damage_to_any_one_file_of_a_run_is_made_good_by_the_next(at_least, kept, damaged, survived):
    """Of what a run takes from an earlier one; a drawn file has a drawn damage, and the next run makes it good."""
    draw = random.Random(20)
    before = in_processed(damaged)
    files = draw.sample(before, k=min(at_least, len(before)))
    wrong = []
    for path in files:
        kind = draw.choice(sorted(DAMAGES))
        DAMAGES[kind](path)
        result = run_network(damaged, "example", workers=1)
        found = differences(kept.editions("example") / "2023-24", damaged.editions("example") / "2023-24")
        if result.fresh or found or not_whole(damaged) or in_processed(damaged) != before:
            wrong.append(f"{path.relative_to(damaged.root)} {kind}: {found[:3]}")
    survived(
        HEADING,
        "one of the files that a run leaves is flipped, cut, emptied, filled otherwise or removed",
        len(files),
        len(files) - len(wrong),
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("damage", [flip, cut, empty, fill_otherwise], ids=lambda damage: damage.__name__)
def test_what_reads_results_refuses_those_that_are_damaged_by_name_and_command(damaged, damage, say, survived):
    with survived.all_or_none(HEADING, "results are damaged, and read before the next run", 3):
        for path in (damaged.processed("example") / "results").rglob("observations.parquet"):
            damage(path)
        with pytest.raises(UserError, match=r"is not here whole.*\nRun `anchor-analysis run example"):
            open_network("example")
        code, printed = say("edition", "audit", "example")
        assert code == 2 and "not here whole" in printed and "Run `anchor-analysis run example" in printed
        code, printed = say("edition", "trace", "members|staff|2023-24|all|a|value", "--network", "example")
        assert code == 0 and "no longer here whole" in printed


NONE_OF_THREE = '{"results": null, "cleaned": null, "located": null}'


@pytest.mark.parametrize("said", ["", "[]", "5", "[" * 100_000, NONE_OF_THREE, '{"results": "x"}', "\ud800"])
def test_what_was_written_for_later_counts_as_not_there_where_it_has_another_shape(tmp_path, said):
    path = tmp_path / "2023-24.json"
    path.write_bytes(said.encode("utf-8", "surrogatepass"))
    assert storage.recalled(path, results=str, cleaned=list[str]) == {}
    storage.write_text(path, '{"results": "x", "cleaned": ["y"], "more": 5}')
    assert storage.recalled(path, results=str, cleaned=list[str]) == {"results": "x", "cleaned": ["y"], "more": 5}


@pytest.mark.parametrize("year", ["2022-23", "2023-24"])
def test_what_points_to_the_results_of_any_year_counts_as_not_there_where_it_is_damaged(workspace, say, year):
    path = workspace.pointer("example", "2023-24")
    before = storage.read_text(path)
    storage.write_text(workspace.pointer("example", year), NONE_OF_THREE)
    network = load_network(workspace, "example")
    own = own_figures(workspace, network, network.member("a"), network.year("2022-23"))
    assert (own is None) == (year == "2023-24")
    assert say("edition", "audit", "example")[0] == (0 if year == "2022-23" else 2)
    assert say("run", "--due", "--quiet")[0] == 0
    assert say("run", "example", "--quiet")[0] == 0
    assert storage.read_text(path) == before


@pytest.mark.parametrize("said", ["[]", '{"id": "foo"}', '{"id": "foo", "kind": 5}'])
def test_a_reference_of_which_nothing_can_be_told_is_not_listed_and_asked_for_again(damaged, say, said):
    name = "nspl-2025-05"
    storage.write_text(damaged.reference() / name / "about.json", said)
    assert say("reference", "list") == (0, "")
    refused(say("run", "example"), f"reference add FILE --name {name}", "AN006")
    assert say("reference", "add", FILE)[0] == 0
    assert name in say("reference", "list")[1]


@pytest.mark.parametrize("what", ["a folder", "a pipe", "other types"])
def test_a_manifest_that_cannot_be_read_makes_an_edition_of_which_nothing_is_taken(workspace, say, what):
    path = workspace.editions("example") / "2023-24" / "r5" / "manifest.json"
    storage.made(path.parent)
    if what in ("a folder", "a pipe"):
        path.mkdir() if what == "a folder" else os.mkfifo(path)
    else:
        storage.write_text(path, '{"files": 5, "returns": [], "status": {}}')
    assert say("run", "example", "--quiet")[0] == 0
    code, printed = say("edition", "list", "example")
    assert code == 0 and "2023/24  r5    draft" in printed
    for words in (("pages", "--to", str(workspace.root / "pages")), ("audit",), ("release", "--by", "chair")):
        refused(say("edition", words[0], "example", *words[1:]), "AN0")
    page = storage.read_text(workspace.editions("example") / "index.html")
    assert 'href="2023-24/r5/index.html"' in page and "Example" in page


@pytest.mark.parametrize("name", ["2023-24 (copy)", "2023-2024"])
def test_a_copied_folder_of_a_years_editions_is_named_with_what_to_do(workspace, say, name):
    folder = workspace.editions("example")
    shutil.copytree(folder / "2023-24", folder / name)
    for words in (("run", "example", "--quiet"), ("edition", "list", "example")):
        refused(say(*words), f"outputs/example/{name}/r1", "move it out of outputs", "AN003")
    shutil.rmtree(folder / name)
    assert say("run", "example", "--quiet")[0] == 0


OF_EDITION = ["manifest.json", "edition.json", "cells.parquet", "claims.json", "workbook.xlsx"]
EACH = [(name, kind) for name in OF_EDITION for kind in sorted(DAMAGES)]


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(*one, marks=[pytest.mark.long] if at % 7 else []) for at, one in enumerate(EACH)]
)
def test_no_command_reads_a_released_edition_of_which_a_file_is_damaged(name, kind, damaged, say, survived, tmp_path):
    DAMAGES[kind](damaged.editions("example") / "2023-24" / "r1" / name)
    commands = {
        "run": ("run", "example"), "diff": ("edition", "diff", "example", "--from", "r1"),
        "pages": ("edition", "pages", "example", "--to", str(tmp_path / "pages")),
        "trace": ("edition", "trace", "members|staff|2023-24|all|a|value", "--network", "example"),
    }  # fmt: skip
    ended = {told: say(*words) for told, words in commands.items()}
    with pytest.raises(UserError):
        open_edition("example")
    held = {told for told, (code, said) in ended.items() if code == 2 and "Traceback" not in said and "(AN0" in said}
    survived(HEADING, "a file of a released edition is damaged, and read", tried=len(commands) + 1, held=len(held) + 1)
    assert held == set(commands), ended


def test_a_folder_is_whole_with_just_the_files_that_it_lists(tmp_path):
    for name in ("a.parquet", "b/c.parquet"):
        storage.write_text(tmp_path / "folder" / name, name)
    folder = tmp_path / "folder"
    assert not storage.is_whole(folder), "it lists nothing"
    storage.seal(folder)
    storage.write_text(folder / ".DS_Store", "what a system leaves")
    assert storage.is_whole(folder)
    storage.write_text(folder / "b" / "d.parquet", "put beside by hand")
    assert not storage.is_whole(folder)
    storage.remove(folder / "b" / "d.parquet")
    assert storage.is_whole(folder)
    for path in (folder / "a.parquet", folder / "whole.json"):
        flip(path)
        assert not storage.is_whole(folder)
        flip(path)
        assert storage.is_whole(folder)
    listing = storage.read_text(folder / "whole.json")
    storage.remove(folder / "whole.json")
    assert not storage.is_whole(folder)
    storage.write_text(folder / "whole.json", listing)
    assert storage.is_whole(folder)
    storage.remove(folder / "a.parquet")
    assert not storage.is_whole(folder)
