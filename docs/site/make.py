"""`make site`: lay out the sources of the site, make its gallery, and build it with Sphinx, every warning an error.

What is built stands in `build/site`; sources and what Sphinx remembers of them stand in `.cache/site`, so that a second
build reads only what has changed. Nothing touches the network.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from gallery import make_gallery
from staging import ROOT, staged

from anchor_analysis.storage import text_hash

HERE = Path(__file__).resolve().parent
SITE = ROOT / "build" / "site"
CACHE = ROOT / ".cache" / "site"
SOURCE, EXTRA, DOCTREES = CACHE / "source", CACHE / "extra" / "gallery", CACHE / "doctrees"
KEY = CACHE / "built"


def main() -> int:
    """Build the site and say where it is; Sphinx's exit code."""
    cards, files = make_gallery(ROOT, EXTRA)
    pages = staged(cards)
    if not is_kept(key := key_of([*pages, *files])):
        forget()
    KEY.unlink(missing_ok=True)  # until it is built: a build that failed or was broken off is done again from the start
    for left in set(EXTRA.glob("*")) - {EXTRA / name for name in files}:
        left.unlink()
    for path, content in pages.items():
        write(SOURCE / path, content)
    for name, content in files.items():
        write(EXTRA / name, content)
    code = build()
    if not code:
        write(KEY, key.encode())
        print(f"Open: {SITE / 'index.html'}")
    return code


def key_of(names: list[str]) -> str:
    """What has to be the same for what was built to be built upon: which pages there are, and how Sphinx is set."""
    return text_hash(*sorted(names), (HERE / "conf.py").read_text(encoding="utf-8"))


def is_kept(key: str) -> bool:
    """Whether what stands was built, without a warning, under this key."""
    return KEY.is_file() and KEY.read_text(encoding="utf-8") == key


def build() -> int:
    """Have Sphinx build what is laid out; its exit code.

    In one process: its workers are forks, and what is imported by now has threads, which forks can hang on.
    """
    from sphinx.cmd.build import build_main

    options = ["-q", "-W", "--keep-going", "-b", "html"]
    folders = ["-c", str(HERE), "-d", str(DOCTREES), "-D", f"html_extra_path={EXTRA.parent}"]
    return build_main([*options, *folders, str(SOURCE), str(SITE)])


def forget() -> None:
    """Remove what was built and what Sphinx remembers of it, so that no page stays that has no source any more."""
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
