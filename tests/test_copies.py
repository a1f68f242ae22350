"""Copies of pages to hand on: with code, as PDF, never inside an edition, never with what names a machine."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from anchor_analysis.problems import UserError
from anchor_analysis.publish.copies import find_browser, print_page
from anchor_analysis.publish.editions import edition_folders
from anchor_analysis.publish.notebooks import read_notebooks
from anchor_analysis.running.copying import copy_pages
from tests.workspace import NETWORK

#: A browser that "prints" by copying the page to where the PDF should be.
COPIES = """#!{python}
import sys, urllib.request
target = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--print-to-pdf="))
open(target, "wb").write(urllib.request.urlopen(sys.argv[-1]).read())
"""


@pytest.fixture
def browser(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "browser"
    path.write_text(COPIES.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("ANCHOR_BROWSER", str(path))
    return path


def test_copies_with_code_show_it_and_leave_the_edition_as_it_was(demonstration, tmp_path):
    edition = edition_folders(demonstration, NETWORK)[-1]
    before = {path: path.stat().st_mtime_ns for path in edition.folder.rglob("*")}
    paths = copy_pages(demonstration, NETWORK, tmp_path / "copies", with_code=True)
    assert {path.name for path in paths} == {f"{name}.html" for name in read_notebooks(edition.folder)}
    assert all("open_edition" in path.read_text(encoding="utf-8") for path in paths)
    assert {path: path.stat().st_mtime_ns for path in edition.folder.rglob("*")} == before


def test_a_browser_that_is_not_there_or_prints_nothing_is_told(made, tmp_path, monkeypatch):
    monkeypatch.setenv("ANCHOR_BROWSER", str(tmp_path / "none"))
    with pytest.raises(UserError, match="AN053"):
        copy_pages(made, "example", tmp_path / "copies", pdf=True)
    assert not (tmp_path / "copies").exists()
    monkeypatch.setenv("ANCHOR_BROWSER", sys.executable)  # a program, and no browser
    with pytest.raises(UserError, match="printed nothing"):
        print_page(find_browser(), "<p>A page</p>", tmp_path)


def test_links_to_other_files_are_not_printed(browser, tmp_path):
    page = '<a href="index.html">All</a><a href="#here">Here</a><a href="mailto:a@example.org">Write</a>'
    printed = print_page(find_browser(), page, tmp_path).decode()
    assert "index.html" not in printed and 'href="#here"' in printed and "mailto:" in printed


def test_a_copy_that_names_a_machine_is_not_handed_on_and_earlier_copies_stay(made, browser, tmp_path):
    earlier = [path.read_bytes() for path in copy_pages(made, "example", tmp_path / "copies", pdf=True)]
    browser.write_text(COPIES.format(python=sys.executable) + 'open(target, "ab").write(b" /home/somebody/x ")\n')
    with pytest.raises(UserError, match="AN040"):
        copy_pages(made, "example", tmp_path / "copies", pdf=True)
    assert [path.read_bytes() for path in sorted((tmp_path / "copies").iterdir())] == earlier
    with pytest.raises(UserError, match="AN040"):
        copy_pages(made, "example", tmp_path / "new", pdf=True)
    assert not (tmp_path / "new").exists()
