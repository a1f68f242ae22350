"""The page "Add your own metric" does what it says: its files, its commands and its code, in their order."""

from __future__ import annotations

import re

import pytest

from anchor_analysis import open_edition, storage
from tests.small_network import make_workspace
from tests.workspace import ROOT

PAGE = (ROOT / "docs" / "add-a-metric.md").read_text(encoding="utf-8").replace("my_city", "example")
BLOCKS = re.findall(r"^```(yaml|sh|python)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def follow(kind: str, text: str, workspace: storage.Workspace, known: dict, say) -> str:
    """Do what a block of the page says; gives what commands of it printed."""
    told = ""
    if kind == "yaml":
        path, _, content = text.removeprefix("# ").partition("\n")
        storage.write_text(workspace.root / path, content)
    elif kind == "sh":
        for line in text.splitlines():
            code, printed = say(*line.removeprefix("anchor-analysis ").split())
            assert code == 0, f"{line} ended with {code}"
            told += printed
    else:
        exec(compile(text, "docs/add-a-metric.md", "exec"), known)
    return told


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    made = make_workspace(tmp_path)
    for year, temporary in (("2022-23", 20), ("2023-24", 10)):  # of 100 and 107 people of member A
        path = made.raw("example") / year / "a" / "workforce.csv"
        text = storage.read_text(path)
        storage.write_text(path, text.replace(",permanent,", ",fixed term,", temporary))
    return made


def test_the_page_does_what_it_says(workspace, say):
    known: dict = {}
    told = "".join(follow(kind, text, workspace, known, say) for kind, text in BLOCKS)
    assert [kind for kind, _ in BLOCKS] == ["yaml", "yaml", "sh", "sh", "python", "yaml"]
    printed = " ".join(told.split())
    assert "Share of permanent staff" in printed and "What is counted permanent_staff, permanent staff" in printed
    (share,) = known["share"].to_dict("records")
    before, after = (100 + 140 + 180 - 20) / 420, (107 + 147 + 187 - 10) / 441
    assert share["value"] == pytest.approx(after - before)
    follow("sh", "anchor-analysis run example\n", workspace, known, say)
    table = open_edition("example").table("contracts")
    assert "Permanent staff" in str(table) and "431" not in str(table), "rounded to 5 like any count of people"
    assert "430" in str(table)
