"""The page "Add your own metric" does what it says: its files, its commands and its code, in their order."""

from __future__ import annotations

import re
import sys

import pytest

from anchor_analysis import open_edition, storage
from anchor_analysis.commands import main
from tests.test_editions import make_workspace
from tests.workspace import ROOT

PAGE = (ROOT / "docs" / "add-a-metric.md").read_text(encoding="utf-8").replace("my_city", "example")
BLOCKS = re.findall(r"^```(yaml|sh|python)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def follow(kind: str, text: str, workspace: storage.Workspace, known: dict, monkeypatch) -> None:
    """Do what a block of the page says."""
    if kind == "yaml":
        path, _, content = text.removeprefix("# ").partition("\n")
        storage.write_text(workspace.root / path, content)
    elif kind == "sh":
        for line in text.splitlines():
            monkeypatch.setattr(sys, "argv", line.split())
            try:
                main()
            except SystemExit as stop:
                assert not stop.code, f"{line} ended with {stop.code}"
    else:
        exec(compile(text, "docs/add-a-metric.md", "exec"), known)


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    made = make_workspace(tmp_path)
    for year, temporary in (("2022-23", 20), ("2023-24", 10)):  # of 100 and 107 people of member A
        path = made.raw("example") / year / "a" / "workforce.csv"
        text = storage.read_text(path)
        storage.write_text(path, text.replace(",permanent,", ",fixed term,", temporary))
    return made


def test_the_page_does_what_it_says(workspace, capsys, monkeypatch):
    known: dict = {}
    for kind, text in BLOCKS:
        follow(kind, text, workspace, known, monkeypatch)
    assert [kind for kind, _ in BLOCKS] == ["yaml", "yaml", "sh", "sh", "python", "yaml"]
    printed = " ".join(capsys.readouterr().out.split())
    assert "Share of permanent staff" in printed and "What is counted permanent_staff, permanent staff" in printed
    (share,) = known["share"].to_dict("records")
    before, after = (100 + 140 + 180 - 20) / 420, (107 + 147 + 187 - 10) / 441
    assert share["value"] == pytest.approx(after - before)
    follow("sh", "anchor-analysis run example\n", workspace, known, monkeypatch)
    table = open_edition("example").table("contracts")
    assert "Permanent staff" in str(table) and "431" not in str(table), "rounded to 5 like any count of people"
    assert "430" in str(table)
