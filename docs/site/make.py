"""`make site`: lay out the sources of the site, make its gallery, and build it with Sphinx, every warning an error.

What is built stands in `build/site`; sources and what Sphinx remembers of them stand in `.cache/site`, so that a second
build reads only what has changed. Nothing touches the network.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gallery import make_gallery
from staging import ROOT, staged

HERE = Path(__file__).resolve().parent
SITE = ROOT / "build" / "site"
CACHE = ROOT / ".cache" / "site"
SOURCE, EXTRA, DOCTREES, LISTED = CACHE / "source", CACHE / "extra", CACHE / "doctrees", CACHE / "sources.txt"


def main() -> int:
    """Build the site and say where it is; Sphinx's exit code."""
    cards, files = make_gallery(ROOT, EXTRA / "gallery")
    pages = staged(cards)
    forget_if_another(sorted({*pages, *files}))
    for path, content in pages.items():
        write(SOURCE / path, content)
    for name, content in files.items():
        write(EXTRA / "gallery" / name, content)
    code = build()
    if code:
        forget()  # else the next build would pass over the pages that this one was warned of
    else:
        print(f"Open: {SITE / 'index.html'}")
    return code


def build() -> int:
    """Have Sphinx build what is laid out; its exit code."""
    from sphinx.cmd.build import build_main

    options = ["-q", "-W", "--keep-going", "-j", str(min(2, os.cpu_count() or 1)), "-b", "html"]
    folders = ["-c", str(HERE), "-d", str(DOCTREES), "-D", f"html_extra_path={EXTRA}"]
    return build_main([*options, *folders, str(SOURCE), str(SITE)])


def forget_if_another(names: list[str]) -> None:
    """Start afresh where the site has other pages than last time, so that none stays that has no source any more."""
    listed = "\n".join(names)
    if not (LISTED.is_file() and LISTED.read_text(encoding="utf-8") == listed):
        forget()
        shutil.rmtree(EXTRA, ignore_errors=True)
    write(LISTED, listed.encode())


def forget() -> None:
    """Remove what was built and what Sphinx remembers of it."""
    for folder in (SITE, SOURCE, DOCTREES):
        shutil.rmtree(folder, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    """Write a file if it holds something else, so that Sphinx reads again only what has changed."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
