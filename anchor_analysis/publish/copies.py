"""Copies of an edition's pages to hand on: with their code, or as PDF.

They stand outside the edition, which never changes, and hold the same figures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from anchor_analysis import storage
from anchor_analysis.present import Released
from anchor_analysis.present.origins import Origins
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.assembling import CELLS
from anchor_analysis.publish.editions import EditionFolder
from anchor_analysis.publish.notebooks import read_notebooks
from anchor_analysis.publish.pages import render_page, title_of
from anchor_analysis.publish.schemas import read_register

#: Browsers that print a page to a tagged PDF without a window, the first that is found is taken.
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
    "microsoft-edge-stable", "msedge",
)  # fmt: skip

_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

#: How long a browser may take over one page, in seconds.
LONGEST = 120


def write_copies(edition: EditionFolder, folder: Path, *, with_code: bool = False, pdf: bool = False) -> list[Path]:
    """Write each page at the top of an edition into an empty folder, as HTML or, with `pdf`, as PDF; the files.

    The folder is nobody else's, but no lock holds it: what is written aside first, others would sweep meanwhile.
    `with_code` shows under each output the code that made it. Raises UserError (AN053) where no browser is found that
    prints, or it fails.
    """
    browser = find_browser() if pdf else None
    written = []
    for name, page in _pages(edition, with_code):
        path = folder / f"{name}.{'pdf' if browser else 'html'}"
        path.write_bytes(_printed(browser, page, folder) if browser else page.encode("utf-8"))
        written.append(path)
    return written


def _pages(edition: EditionFolder, with_code: bool) -> Iterator[tuple[str, str]]:
    """The pages at the top of an edition, not those of single metrics, as they stand or rendered with their code."""
    if not with_code:
        yield from ((path.stem, storage.read_text(path)) for path in sorted(edition.folder.glob("*.html")))
        return
    facts = edition.facts
    known = Released(storage.read_frame(edition.folder / CELLS), facts)
    origins = Origins(known, read_register(edition.folder))
    for name, text in sorted(read_notebooks(edition.folder).items()):
        title = title_of(storage.read_text(edition.folder / f"{name}.html"))
        notebook = nbformat.reads(text, as_version=4)
        page = render_page(notebook, title=title, facts=facts, internal=False, origins=origins, with_code=True)
        yield name, page


def find_browser() -> Path:
    """An installed Chromium, Chrome or Edge; raises UserError (AN053) where there is none."""
    named = os.environ.get("ANCHOR_BROWSER")
    candidates = [named] if named else [*BROWSERS, *_ELSEWHERE]
    for candidate in candidates:
        found = shutil.which(candidate)
        if found:
            return Path(found)
    what = f"{named!r} is no program that can be started." if named else "no Chromium, Chrome or Edge is installed."
    remedy = "Install one, or name its program in ANCHOR_BROWSER; the pages themselves print from any browser."
    raise UserError(Problem("AN053", "ANCHOR_BROWSER" if named else "PDF", what, remedy))


def _printed(browser: Path, page: str, folder: Path) -> bytes:
    """A page as a PDF; each has a profile of its own, since a browser that is still ending lends nobody its old one."""
    with storage.scratch(folder, held=False) as scratch:
        return print_page(browser, page, scratch)


def print_page(browser: Path, page: str, scratch: Path) -> bytes:
    """A page as a tagged PDF, with its links to other files taken out: they would name folders of this machine."""
    source, target = scratch / "page.html", scratch / "page.pdf"
    target.unlink(missing_ok=True)
    source.write_bytes(_alone(page).encode("utf-8"))
    try:
        subprocess.run(
            _command(browser, source, target, scratch), timeout=LONGEST, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        target.unlink(missing_ok=True)
    if not target.is_file():
        what = f"{browser.name} printed nothing."
        remedy = "Start it by hand once to see whether it runs, or name another in ANCHOR_BROWSER."
        raise UserError(Problem("AN053", "PDF", what, remedy))
    return target.read_bytes()


def _command(browser: Path, source: Path, target: Path, scratch: Path) -> Sequence[str]:
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # a browser's sandbox does not start for root
    return [
        str(browser), "--headless", "--disable-gpu", "--disable-extensions", "--no-first-run",
        "--disable-background-networking", f"--user-data-dir={scratch / 'profile'}", "--export-tagged-pdf",
        "--generate-pdf-document-outline", "--no-pdf-header-footer", *(["--no-sandbox"] if as_root else []),
        f"--print-to-pdf={target}", source.as_uri(),
    ]  # fmt: skip


def _alone(page: str) -> str:
    soup = BeautifulSoup(page, "html.parser")
    for link in soup.find_all("a", href=True):
        if not str(link["href"]).startswith(("#", "https:", "mailto:")):
            del link["href"]
    return str(soup)
