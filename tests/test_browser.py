"""The demonstration's pages as people meet them: in Chromium, looked at by Playwright and axe-core.

`make browser` installs what these tests need beside a browser; without it they are left out and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from anchor_analysis.problems import UserError
from anchor_analysis.publish.copies import find_browser, print_page
from anchor_analysis.publish.editions import edition_folders

BROWSER = Path(__file__).parent / "browser"
PICTURES = Path(__file__).parent.parent / ".cache" / "browser"

#: How long a page may take until it can be used, in seconds. Machines are noisy, so the best of some openings counts.
USABLE = 1.0


@pytest.fixture(scope="module")
def chromium() -> Path:
    try:
        return find_browser()
    except UserError:
        pytest.skip("no Chromium, Chrome or Edge is installed")


@pytest.fixture(scope="module")
def pages(demonstration) -> list[Path]:
    return sorted(edition_folders(demonstration, "demonstration")[-1].folder.rglob("*.html"))


@pytest.fixture(scope="module")
def seen(pages, chromium, tmp_path_factory) -> dict[str, dict[str, Any]]:
    """What the browser saw of each page, by its name."""
    if not (BROWSER / "node_modules").is_dir() or not shutil.which("node"):
        pytest.skip("`make browser` has not been run here, so there is no Playwright and no axe-core")
    out = tmp_path_factory.mktemp("browser") / "seen.json"
    pictures = str(PICTURES) if os.environ.get("ANCHOR_PICTURES") else "-"
    command = ["node", str(BROWSER / "look.mjs"), str(chromium), str(out), pictures, *map(str, pages)]
    subprocess.run(command, check=True, timeout=1200)
    return {Path(page).name: what for page, what in json.loads(out.read_text()).items()}


def told(seen: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Of each page what it should have nothing of, where it has something."""
    return {page: what[name] for page, what in seen.items() if what[name]}


def test_axe_finds_nothing_in_light_or_in_dark(seen):
    assert told(seen, "violations") == {}


def test_the_console_stays_silent_and_nothing_is_asked_of_any_network(seen):
    assert told(seen, "console") == {} and told(seen, "requests") == {}


def test_every_picture_is_described_in_words(seen):
    assert told(seen, "undescribed") == {} and sum(what["images"] for what in seen.values()) > 10


def test_no_page_is_wider_than_the_window_on_a_phone_a_tablet_or_a_desk(seen):
    assert {page: what["wide"] for page, what in seen.items() if any(what["wide"].values())} == {}


def test_tab_leads_to_the_content_first(seen):
    assert {what["first"] for what in seen.values()} == {"Skip to the content"}


def test_a_page_prints_to_a_tagged_pdf_that_names_no_folder(pages, chromium, tmp_path):
    page = next(path for path in pages if path.name == "community.html")
    pdf = print_page(chromium, page.read_text(encoding="utf-8"), tmp_path)
    assert pdf.startswith(b"%PDF-") and b"/StructTreeRoot" in pdf
    assert b"file:" not in pdf and str(tmp_path).encode() not in pdf
    assert len(pdf) < 3_000_000
