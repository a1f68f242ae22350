"""Pages: an executed notebook, or the index of an edition, as one HTML file that needs nothing else.

A page has no script and loads nothing; its policy forbids both. What is not ours is escaped, and a finished page
is checked before anybody gets it.
"""

from __future__ import annotations

import copy
import re
import struct
from base64 import b64decode, b64encode
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbformat import NotebookNode

from anchor_analysis import storage
from anchor_analysis.present import wording
from anchor_analysis.present.markup import Html, element
from anchor_analysis.present.origins import Origins
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.linking import Linked
from anchor_analysis.publish.page_check import leave_out_unshown, must_be_sound

TEMPLATES = Path(__file__).parent / "template"

#: What a page may show of an output, the best first.
SHOWN_TYPES = ["text/html", "image/png", "text/plain"]

#: A rule of the style sheet, what a selector excludes, a class that it names; and the classes of what frames a page.
_RULE, _NOT, _CLASS = re.compile(r"([^{}]+)\{[^{}]*\}"), re.compile(r":not\([^()]*\)"), re.compile(r"\.([a-z][\w-]*)")
_ALWAYS = {"skip", "network", "banners", "banner", "synthetic", "status", "watermark", "internal", "unseen"}

_STATUSES = {
    "draft": ("Draft", "figures may still change"),
    "audited": ("Audited draft", "not released yet"),
    "released": ("Released", "these figures stay as they are"),
    "corrected": ("Corrected", "use the later revision"),
    "withdrawn": ("Withdrawn", "do not use these figures"),
    "internal": ("Internal", "for the network's analyst only"),
    "member": ("For one member", "for the member that it is about, and for no other"),
}


def render_page(
    notebook: NotebookNode | dict[str, Any], *, title: str, facts: dict[str, Any], internal: bool,
    origins: Origins | None = None, home: str = "index.html", with_code: bool = False, member: str = "",
) -> str:  # fmt: skip
    """One HTML page from an executed notebook, without its code unless it is asked for.

    A section all of whose outputs have nothing to show is left out, and named at the end of the page. With `origins`
    every figure leads to its card, on this page or on that of its measure. An internal page carries a watermark, and so
    does one for a `member` alone; they have no cards. `home` is where the edition's first page is from here. Raises
    UserError (AN041) for a notebook with a failed cell, and ValueError for a page that would hold a script, load
    something, or not be accessible.
    """
    node = _plain_copy(notebook)
    _must_have_worked(node, title)
    left_out = _leave_out_empty_sections(node)
    soup = BeautifulSoup(_exporter().from_notebook_node(node, resources={"with_code": with_code})[0], "html.parser")
    leave_out_unshown(soup)
    if internal or member:
        unlink_what_has_no_source(soup)
    _add_left_out(soup, left_out)
    cards = with_origins(soup, origins) if origins and not (internal or member) else ""
    _order_headings(soup)
    _divide(soup)
    home = "" if internal or member else home
    return finished(put_in(str(soup), cards), title, facts, internal, home, member)


def render_signoff(signoff: dict[str, Any], facts: dict[str, Any], reasons: list[dict[str, Any]] | None = None) -> str:
    """The page of a sign-off, as `signoff.signed_off` has it; with `reasons` the internal one."""
    body = templates().get_template("signoff_body.html.j2").render(signoff=signoff, reasons=reasons)
    internal = reasons is not None
    return finished(body, "Sign-off", facts, internal, home="" if internal else "index.html")


def restated(page: str, facts: dict[str, Any], home: str) -> str:
    """A page of an edition with the same content, that states of the edition what its facts say now."""
    before, _, rest = page.partition("<h1>")
    title, _, rest = rest.partition("</h1>\n")
    body, _, after = rest.rpartition("\n</main>")
    if not (before and body and after):
        raise ValueError("This is no page of an edition.")
    return finished(body, unescape(title), facts, internal=False, home=home)


def title_of(page: str) -> str:
    """The title of a page."""
    return unescape(page.partition("<h1>")[2].partition("</h1>")[0])


def finished(
    body: str, title: str, facts: dict[str, Any], internal: bool, home: str, member: str = "", *,
    of_edition: bool = True,
) -> str:  # fmt: skip
    """A whole page around a body: who and when at its head, licence, contact and citation at its foot.

    With `of_edition` false it is of the network as such, and says nothing of one edition. Raises ValueError where the
    page would hold a script, load something, or not be accessible.
    """
    name, words = _STATUSES.get(str(facts.get("status", "")), ("Status not told", ""))
    page = (
        templates()
        .get_template("page.html.j2")
        .render(
            title=title,
            facts=facts,
            internal=internal,
            of_edition=of_edition,
            member=member,
            home=home,
            body=Markup(body),
            css=Markup(_style_of(body)),
            status={"name": f"{name} {facts.get('revision', '')}".strip(), "words": words},
            day=wording.day,
            citation=_citation(title, facts) if of_edition else "",
        )
    )
    must_be_sound(page)
    return page


def _style_of(body: str) -> str:
    """What of the style sheet a page with this body has use for: a rule goes that is of classes which it has not."""
    used = {name for names in re.findall(r'class="([^"]*)"', body) for name in names.split()} | _ALWAYS

    def kept(rule: re.Match[str]) -> str:
        told = _NOT.sub("", rule[1]).split(",")
        return rule[0] if any(set(_CLASS.findall(one)) <= used for one in told) else ""

    return _RULE.sub(kept, _style())


@cache
def _style() -> str:
    """The style sheet without its remarks and the space between its words: every page of an edition has it in it."""
    text = re.sub(r"/\*.*?\*/", "", storage.read_text(TEMPLATES / "style.css"), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};]) ?|(?<=:) | (?=!)", r"\1", text).replace(";}", "}").strip()


def _citation(title: str, facts: dict[str, Any]) -> str:
    state = "" if facts.get("status") == "released" else f" ({facts.get('status')})"
    return f"{facts['name']}: {title}, {facts['year']}, revision {facts['revision']}{state}."


@cache
def templates() -> Environment:
    """Our templates; what they are given is escaped unless it is markup of ours."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=False, keep_trailing_newline=True
    )


@cache
def _exporter() -> Any:
    """Nbconvert's exporter with our template alone: none that happens to be installed can take its place."""
    from nbconvert.exporters import HTMLExporter, TemplateExporter
    from traitlets.config import Config

    class PageExporter(HTMLExporter):
        """As its parent, which afterwards parses all of it once more for what our template has no use of."""

        from_notebook_node = TemplateExporter.from_notebook_node

    config = Config({"NbConvertBase": {"display_data_priority": SHOWN_TYPES}})
    return PageExporter(
        config=config,
        template_name="anchor",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        filters={"picture": _picture},
    )


# --- before rendering: the notebook ---


def _plain_copy(notebook: NotebookNode | dict[str, Any]) -> NotebookNode:
    """A copy to work on, in which a result is an output like any other."""
    node: NotebookNode = nbformat.from_dict(copy.deepcopy(dict(notebook)))
    for cell in node.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "execute_result":
                output.output_type = "display_data"
                output.pop("execution_count", None)
    return node


def _must_have_worked(node: NotebookNode, title: str) -> None:
    for cell in node.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                what = f"a cell stopped with {output.ename}."
                raise UserError(Problem("AN041", title, what, "Run the notebook again when it is mended."))


def _leave_out_empty_sections(node: NotebookNode) -> list[tuple[str, str]]:
    """Take out every section whose outputs all say that there is nothing; its heading, and what they say."""
    kept, left_out = [], []
    for section in _sections(node.cells):
        said = [_text(output) for cell in section for output in cell.get("outputs", []) if "data" in output]
        if said and all(_is_empty(output) for cell in section for output in cell.get("outputs", [])):
            left_out.append((_heading(section), said[0]))
        else:
            kept += section
    node.cells = kept
    return left_out


def _sections(cells: list[NotebookNode]) -> list[list[NotebookNode]]:
    """The cells from one heading of the second level to the next."""
    sections: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and re.match(r"##\s", cell.source) and sections[-1]:
            sections.append([])
        sections[-1].append(cell)
    return sections


def _heading(section: list[NotebookNode]) -> str:
    return str(section[0].source).splitlines()[0].strip("# ")


def _is_empty(output: NotebookNode) -> bool:
    html = output.get("data", {}).get("text/html", "")
    return _joined(html).startswith('<p class="missing">') or output.output_type == "stream"


def _text(output: NotebookNode) -> str:
    return _joined(output.data.get("text/plain", ""))


def _joined(text: str | list[str]) -> str:
    """Notebooks may hold a text as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def _picture(output: NotebookNode) -> dict[str, Any]:
    """A PNG's size on the page (half its pixels, for sharp screens), and the caption that it carries."""
    data = _joined(output.data["image/png"]).replace("\n", "")
    content = b64decode(data)
    width, height = struct.unpack(">II", content[16:24])
    pixels = b64encode(_without_texts(content)).decode("ascii")
    return {"data": pixels, "width": width // 2, "height": height // 2, "caption": png_text(content, "Description"),
            "figures": png_text(content, "Figures")}  # fmt: skip


def _without_texts(content: bytes) -> bytes:
    """A PNG without the texts that it carries, which the page says in words of its own."""
    at, kept = 8, [content[:8]]
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        if kind not in (b"tEXt", b"iTXt"):
            kept.append(content[at : at + length + 12])
        at += length + 12
    return b"".join(kept)


def png_text(content: bytes, keyword: str) -> str:
    """A text that a PNG carries under a keyword (chunks tEXt and uncompressed iTXt of the PNG specification)."""
    at, wanted = 8, keyword.encode("latin-1")
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        name, _, rest = body.partition(b"\0")
        if name == wanted and kind == b"tEXt":
            return rest.decode("latin-1")
        if name == wanted and kind == b"iTXt" and rest[:1] == b"\0":
            return rest[2:].split(b"\0", 2)[2].decode("utf-8")
        at += length + 12
    return ""


# --- after rendering: the page ---


#: Where the cards of a page's figures go: they are put in when it is text, since it takes long to parse them.
_CARDS = '<div id="cards"></div>'


def with_origins(soup: BeautifulSoup, origins: Origins) -> str:
    """Link every figure of a page to its card, say below what all were made of, and return the cards."""
    linked = Linked(origins)
    linked.link(soup)
    cards = linked.cards(soup)
    heading = element("h2", "How the figures were made and checked")
    last = element("div", heading, linked.made_from(), Html(_CARDS))
    soup.append(BeautifulSoup(last, "html.parser"))
    return cards


def label_last(soup: BeautifulSoup) -> None:
    """Make a section of what stands last on the first page of an edition, whose other sections are written as such."""
    last = soup.find_all("div", recursive=False)[-1]
    last.name, last["aria-labelledby"] = "section", "made"
    last.select("h2")[0]["id"] = "made"


def put_in(page: str, cards: str) -> str:
    """A page as text, with the cards where `with_origins` left room for them."""
    return page.replace(_CARDS, cards)


def _order_headings(soup: BeautifulSoup) -> None:
    """The page has one heading of the first level, its title; the notebook's own is dropped."""
    for place, heading in enumerate(soup.find_all("h1")):
        if place == 0:
            heading.decompose()
        else:
            heading.name = "h2"
    taken: dict[str, int] = {}
    for heading in soup.find_all("h2"):
        slug = re.sub(r"[^a-z0-9]+", "-", heading.get_text().lower()).strip("-") or "section"
        taken[slug] = taken.get(slug, 0) + 1
        heading["id"] = f"section-{slug}" if taken[slug] == 1 else f"section-{slug}-{taken[slug]}"


def unlink_what_has_no_source(soup: BeautifulSoup) -> None:
    """On an internal page numbers may stand without the appendix of sources; on a public one they may not."""
    known = {str(tag["id"]) for tag in soup.find_all(id=True)}
    for link in soup.select("a[data-cell]"):
        if str(link["href"]).removeprefix("#") not in known:
            link.name = "span"
            del link["href"]


def _add_left_out(soup: BeautifulSoup, left_out: list[tuple[str, str]]) -> None:
    if not left_out:
        return
    heading = soup.new_tag("h2", id="section-not-on-this-page")
    heading.string = "Not on this page"
    items = soup.new_tag("ul")
    for name, why in left_out:
        item = soup.new_tag("li")
        item.string = f"{name}. {why}"
        items.append(item)
    soup.append(heading)
    soup.append(items)


def _divide(soup: BeautifulSoup) -> None:
    """Make a section of each heading with what follows it, and put the contents after the first one."""
    sections: list[Tag] = []
    for node in list(soup.contents):
        heading = node if isinstance(node, Tag) and node.name == "h2" else None
        heading = heading or (node.find("h2") if isinstance(node, Tag) else None)
        if heading is not None:
            section = soup.new_tag("section")
            section["aria-labelledby"] = str(heading["id"])
            sections.append(section)
        if sections:
            sections[-1].append(node.extract())
    for section in sections:
        soup.append(section)
    if sections:
        sections[0]["class"] = "first"
    if len(sections) > 2:
        sections[0].insert_after(_contents(soup, sections[1:]))


def _contents(soup: BeautifulSoup, sections: list[Tag]) -> Tag:
    navigation = soup.new_tag("nav")
    navigation["class"] = "contents"
    navigation["aria-labelledby"] = "contents"
    title = soup.new_tag("h2", id="contents")
    title.string = "On this page"
    items = soup.new_tag("ol")
    for section in sections:
        heading = section.find("h2")
        link = soup.new_tag("a", href=f"#{section['aria-labelledby']}")
        link.string = heading.get_text() if heading else ""
        item = soup.new_tag("li")
        item.append(link)
        items.append(item)
    navigation.extend([title, items])
    return navigation
