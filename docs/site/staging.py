"""The sources of the site, laid out for Sphinx: `docs/` as it is, with the pages and notebooks that lie beside it.

Pages of `docs/` are written to be read as files too, so they link as files do. Here every link is brought to where its
page stands in the site, and the contents of the site are made from the lists of links in `docs/index.md`.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

#: Pages outside `docs/` that belong to the site, by where they are in it.
BESIDE = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "benchmarks/README.md": "benchmarks.md"}

#: The page that takes the gallery's cards.
GALLERY = "gallery/index.md"

#: A folder whose files are had from the site as they are.
SCHEDULES = "docs/schedules/"

#: A folder whose pages stand in a table of links, and not in the contents beside every page of the site: with so many
#: of them there nobody would find anything, and making the site would take half as long again.
IN_A_TABLE = "reference/metrics/"

#: Folders whose pages are listed by a page that is made here: its title and its words.
_MADE_INDEX = {
    "decisions": (
        "Decisions",
        "Choices that a funder or another network could challenge, a page each: context, decision, consequences, what "
        "was tried. A decision is not edited afterwards; a new one replaces it.",
    ),
    "studies": ("Studies", "How well the methods do, measured. Each page names the command that makes it anew."),
    "notebooks": (
        "Notebooks",
        "The notebooks as they are committed, with their code and what the demonstration network gives. The pages that "
        "are made from them are in the [gallery](../gallery/index.md).",
    ),
}

_LINK = re.compile(r"(?P<start>!?\[(?:[^\[\]]|\[[^\]]*\])*\]\()(?P<target>[^()\s]+)(?P<end>\))")
_CODE = re.compile(r"^```.*?^```$|^(?: {4}[^\n]*\n?)+|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_ANCHOR = re.compile(r'<a\b[^>]*\bhref="#(?P<name>[^"]*)"[^>]*>(?P<words>.*?)</a>', re.DOTALL)
_HEADING = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_TOCTREE = "```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n\n"


def staged(cards: dict[str, str]) -> dict[str, bytes]:
    """Every source of the site by its path in it; `cards` take the place of the gallery's marks."""
    where = placed()
    found = {target: (ROOT / source).read_bytes() for source, target in where.items()}
    pages = {source: target for source, target in where.items() if target.endswith(".md")}
    found |= {target: page_for_site(source, found[target].decode(), where).encode() for source, target in pages.items()}
    books = [path for path in found if path.endswith(".ipynb")]
    found |= {path: notebook_for_site(found[path].decode()).encode() for path in books}
    return found | {
        path: text.encode()
        for path, text in {**_made_indices(), GALLERY: _filled(found[GALLERY].decode(), cards)}.items()
    }


def _filled(page: str, cards: dict[str, str]) -> str:
    for mark, html in cards.items():
        if mark not in page:
            raise ValueError(f"{GALLERY} has no mark {mark}")
        page = page.replace(mark, html)
    return page


def placed() -> dict[str, str]:
    """Every source file of the site, as a path from the project's root, and where it stands in the site."""
    docs = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*")) if path.is_file()]
    pages = {
        path: path.removeprefix("docs/")
        for path in docs
        if path.endswith((".md", ".png")) or path.startswith(SCHEDULES)
    }
    notebooks = {f"notebooks/{path.name}": f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    return pages | BESIDE | notebooks


def page_for_site(source: str, text: str, where: dict[str, str]) -> str:
    """A page with its links brought to the site, and with the contents of the site if it is the first."""
    text = outside_code(text, lambda part: _LINK.sub(lambda link: _brought(link, source, where), part))
    if where[source] == "index.md":
        return with_contents(text)
    return f"---\norphan: true\n---\n{text}" if where[source].startswith(IN_A_TABLE) else text


def notebook_for_site(notebook: str) -> str:
    """A notebook that says of its pictures what they show, and whose outputs link to no place that is not in it.

    So `render_page` has them on internal pages. What a picture shows stands beside it, where Sphinx does not look.
    """
    book = json.loads(notebook)
    outputs = [output["data"] for cell in book["cells"] for output in cell.get("outputs", []) if "data" in output]
    for data in outputs:
        if "image/png" in data and "text/html" not in data:
            data["text/html"] = _described(data)
    shown = [data for data in outputs if "text/html" in data]
    known = {name for data in shown for name in re.findall(r'\bid="([^"]+)"', "".join(data["text/html"]))}
    for data in shown:
        data["text/html"] = _ANCHOR.sub(lambda link: link[0] if link["name"] in known else link["words"],
                                        "".join(data["text/html"]))  # fmt: skip
    return json.dumps(book)


def _described(data: dict[str, Any]) -> str:
    """A picture with what it shows, as an output of a notebook has both."""
    picture, said = ("".join(data[kind]) for kind in ("image/png", "text/plain"))
    return f'<img src="data:image/png;base64,{"".join(picture.split())}" alt="{escape(said)}">'


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed but code, which may hold what only looks like a link."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, change(text[at:])])


def _brought(link: re.Match[str], source: str, where: dict[str, str]) -> str:
    """One link as the site has it. What leads to a file that is not in the site raises ValueError."""
    target, _, anchor = link["target"].partition("#")
    if not target or "://" in link["target"] or target.startswith("mailto:"):
        return link[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    found = where.get(path) or _folder_page(path)
    if found is None:
        raise ValueError(f"{source} links to {target}, which is not a page of the site.")
    relative = posixpath.relpath(found, posixpath.dirname(where[source]) or ".")
    return f"{link['start']}{relative}{'#' + anchor if anchor else ''}{link['end']}"


def _folder_page(path: str) -> str | None:
    """The page that stands for a folder."""
    folder = path.removeprefix("docs/")
    return f"{folder}/index.md" if folder in _MADE_INDEX else None


def with_contents(text: str) -> str:
    """The first page, in which each heading's list of links is the contents of that part of the site too."""
    parts, at = [], 0
    for heading in [*_HEADING.finditer(text), None]:
        end = heading.start() if heading else len(text)
        section = text[at:end]
        title = _HEADING.match(section)
        links = [link["target"] for link in re.finditer(r"^- " + _LINK.pattern, section, re.MULTILINE)]
        parts.append(section)
        if title and links:
            pages = "\n".join(link.removesuffix(".md") for link in links if link.endswith(".md"))
            parts.append(_TOCTREE.format(caption=title["title"], pages=pages))
        at = end
    return "".join(parts)


def _made_indices() -> dict[str, str]:
    return {
        f"{folder}/index.md": f"# {title}\n\n{words}\n\n```{{toctree}}\n:glob:\n:maxdepth: 1\n\n*\n```\n"
        for folder, (title, words) in _MADE_INDEX.items()
    }
