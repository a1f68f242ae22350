"""The tutorial "Your first edition" does what it says: its files, its commands and its code, in their order."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator

import pytest

from anchor_analysis import storage
from anchor_analysis.commands import demonstration, main
from tests.workspace import ROOT

PAGE = (ROOT / "docs" / "first-edition.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(found["kind"], found["path"], found["text"]) for found in BLOCK.finditer(PAGE)]


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    """An empty folder, into which `network init` copies one notebook of the thirteen, so that a run takes seconds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    few = tmp_path / "few"
    for path in (ROOT / "notebooks").glob("network_impact.*"):
        storage.write_text(few / path.name, storage.read_text(path))
    monkeypatch.setattr(demonstration.storage, "packaged", {"notebooks": few}.__getitem__)
    return storage.Workspace(tmp_path)


def done(text: str, monkeypatch) -> Iterator[int]:
    """The exit code of each command of a block."""
    for line in text.splitlines():
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as stop:
            main()
        yield int(stop.value.code or 0)


def changed(path, text: str) -> None:
    """Change a file as a block says: one line out, one line in."""
    before, after = (line[1:] for line in text.splitlines())
    content = storage.read_text(path)
    assert content.count(before) == 1
    storage.write_text(path, content.replace(before, after))


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_tutorial_does_what_it_says(workspace, capsys, monkeypatch):
    codes, changes, said = [], [], ""
    for kind, path, text in BLOCKS:
        if kind in ("toml", "csv"):
            storage.write_text(workspace.root / path, text)
        elif kind == "diff":
            changed(workspace.root / path, text)
        elif kind == "sh":
            codes += done(text, monkeypatch)
            printed = capsys.readouterr()
            said = plain(printed.out + printed.err)
        elif kind == "text":
            assert plain(text) in said
        if kind == "python" or (changes and text.startswith("anchor-analysis run")):
            changes.append(both_changes())
    assert codes == [0, 2, 0, 0, 0, 0, 0], "the first check finds the mistake that is in the hospital's return"
    assert changes == [(970, 210), (1020, 260)]
    for total, same in changes:
        assert f" {total:,} " in plain(PAGE) and f" {same}" in plain(PAGE)


def both_changes() -> tuple[int, int]:
    """What the page's lines of Python give: the change of all members, and that of the same members."""
    (code,) = (text for kind, _, text in BLOCKS if kind == "python")
    known: dict = {}
    exec(compile(code, "docs/first-edition.md", "exec"), known)
    return int(known["total"]["value"].iloc[0]), int(known["same_members"]["value"].iloc[0])
