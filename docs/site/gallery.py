"""The gallery: the demonstration network's pages as an edition has them, made from the notebooks' committed outputs.

Nothing is run. A page is what `render_page` makes of a notebook, and its thumbnail is the notebook's first chart.
"""

from __future__ import annotations

import io
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from PIL import Image

from anchor_analysis import load_network
from anchor_analysis.publish.pages import render_page
from anchor_analysis.running.notebooks import NotebookSchema, find_notebooks
from anchor_analysis.storage import Workspace, code_hash, environment, text_hash

NETWORK = "demonstration"

#: In pixels; twice what is shown, for sharp screens.
THUMBNAIL = 640

#: In `docs/gallery/index.md`, where the pages go that anybody may see, and where those for the analyst.
PLACES = {
    False: "<!-- `make site` puts the pages here. -->",
    True: "<!-- `make site` puts the internal pages here. -->",
}


@dataclass(frozen=True)
class Shown:
    """A page of the gallery: its notebook, what it is called, and for whom it is."""

    name: str
    notebook: NotebookNode
    schema: NotebookSchema

    @property
    def internal(self) -> bool:
        """Whether it is for the analyst, or for one member alone."""
        return self.schema.audience != "public"


def make_gallery(root: Path, kept: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """What goes into each of the PLACES of the gallery's own page, and every other file of it by its name.

    `kept` is where the files of the last time are. Making a page takes a second or two, so one of which neither the
    notebook nor anything that makes it has changed is taken from there.
    """
    workspace = Workspace(root)
    facts = facts_of(workspace)
    pages = [
        Shown(name, nbformat.read(path, as_version=4), schema)
        for name, (path, schema) in find_notebooks(workspace).items()
        if schema.for_each == "once"  # the pages of single measures lead to cards, which only an edition has
    ]
    made_by = text_hash(code_hash("publish", "present", "declared", "definitions"), repr(facts), repr(environment()))
    files: dict[str, bytes] = {}
    for page in pages:
        files |= _rendered_or_kept(page, facts, made_by, kept)
    pictures = {page.name: picture for page in pages if (picture := first_picture(page.notebook))}
    files |= {f"{name}.png": thumbnail(chart) for name, chart in pictures.items()}
    pages.sort(key=lambda page: page.name != "network_impact")
    return {place: _cards(pages, internal, set(pictures)) for internal, place in PLACES.items()}, files


def facts_of(workspace: Workspace) -> dict[str, Any]:
    """What a page says of the edition that it belongs to."""
    network = load_network(workspace, NETWORK)
    who, period = network.about, network.period_of(network.latest)
    return {
        "name": who.name, "place": who.place, "synthetic": who.synthetic, "contact": who.contact,
        "licence": who.licence, "year": str(network.latest), "revision": "r1", "status": "draft",
        "period_start": period.start.isoformat(), "period_end": period.end.isoformat(),
    }  # fmt: skip


def _rendered_or_kept(page: Shown, facts: dict[str, Any], made_by: str, kept: Path) -> dict[str, bytes]:
    """The page, and beside it the hash of all that it is made of, by which it is known next time."""
    file, mark = f"{page.name}.html", f"{page.name}.hash"
    key = text_hash(made_by, nbformat.writes(page.notebook), repr(page.schema)).encode()
    if (kept / mark).is_file() and (kept / mark).read_bytes() == key and (kept / file).is_file():
        return {file: (kept / file).read_bytes(), mark: key}
    return {file: _rendered(page, facts).encode(), mark: key}


def _rendered(page: Shown, facts: dict[str, Any]) -> str:
    if page.internal:
        facts = facts | {"revision": "", "status": "internal"}
    return render_page(page.notebook, title=page.schema.title, facts=facts, internal=page.internal)


def first_picture(notebook: NotebookNode) -> bytes | None:
    """The first chart among a notebook's outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                return b64decode("".join(data["image/png"]))
    return None


def thumbnail(png: bytes) -> bytes:
    """A small picture of a chart, on white."""
    with Image.open(io.BytesIO(png)) as chart:
        small = chart.convert("RGB")
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        into = io.BytesIO()
        small.quantize(64).save(into, "PNG", optimize=True)
    return into.getvalue()


def _cards(pages: list[Shown], internal: bool, pictured: set[str]) -> str:
    """A list of links in HTML, since Sphinx does not know pages that are not its own."""
    links = [f"<li>{_card(page, page.name in pictured)}</li>" for page in pages if page.internal == internal]
    return "\n".join(['<ul class="gallery">', *links, "</ul>"])


def _card(page: Shown, pictured: bool) -> str:
    """The thumbnail is an ornament of its link, which has the page's title; the page itself has the chart's words."""
    picture = f'<img src="{page.name}.png" alt="" loading="lazy">' if pictured else ""
    return f'<a href="{page.name}.html">{picture}<span>{page.schema.title}</span></a>'
