"""Pages need nothing else, run nothing, say what they are, and can be read by everybody."""

from __future__ import annotations

from functools import cache
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from anchor_analysis.present import (
    Released,
    Shown,
    answer,
    cards,
    chart,
    limits,
    make_claims,
    make_register,
    sources,
    table,
)
from anchor_analysis.present.markup import element
from anchor_analysis.present.origins import Origins
from anchor_analysis.problems import UserError
from anchor_analysis.publish.index import render_editions, render_index
from anchor_analysis.publish.page_check import page_faults
from anchor_analysis.publish.pages import render_page
from tests.cells_example import example, one_year, spend_only

HOSTILE = '<script>alert("1")</script>'


def shown(*things: Any) -> nbformat.NotebookNode:
    """A code cell that displayed these things."""
    outputs = []
    for thing in things:
        data, metadata = thing._repr_mimebundle_()
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata))
    return nbformat.v4.new_code_cell("secret = 'source code'", outputs=outputs, execution_count=7)


def prose(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text)


@cache
def funders_notebook(case) -> nbformat.NotebookNode:
    """A notebook of the shape of the one for funders."""
    cells, facts = case()
    return nbformat.v4.new_notebook(
        cells=[
            prose("# A heading of the notebook's own"),
            prose("## The answer"),
            shown(answer(cells, facts), cards(cells, facts)),
            prose("## Staff"),
            shown(chart(cells, facts, "trend", "staff"), chart(cells, facts, "map", "staff")),
            prose("## Tables"),
            shown(*(table(cells, facts, name) for name in dict.fromkeys(cells["table"]))),
            prose("## Limits"),
            shown(limits(cells, facts)),
            prose("## Sources"),
            shown(sources(cells, facts)),
        ]
    )


@cache
def origins_of(case) -> Origins:
    """What the cards of a case's figures are made from; every return has the same hash."""
    cells, facts = case()
    hashes = {year: {one["id"]: "ab" * 32 for one in facts["members"]} for year in dict.fromkeys(cells["period"])}
    register = make_register(cells, facts, make_claims(cells, facts), hashes, lambda metric, table: {"postcodes"})
    return Origins(Released(cells, facts), register)


def funders_page(case) -> str:
    return render_page(
        funders_notebook(case), title="What the network did", facts=case()[1], internal=False, origins=origins_of(case)
    )


def small_page(*cells, facts=None, internal=False) -> str:
    notebook = nbformat.v4.new_notebook(cells=[prose("## First"), *cells])
    return render_page(notebook, title="A page", facts=facts or example()[1], internal=internal)


def read(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser")


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return read(funders_page(example))


@pytest.mark.parametrize("case", [example, one_year, spend_only], ids=lambda case: case.__name__)
def test_every_network_gets_a_sound_page(case):
    assert page_faults(funders_page(case)) == []


def test_a_page_runs_nothing_and_loads_nothing(page):
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert not page.find_all(["script", "link", "iframe", "object", "embed", "form", "base"])
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.find_all("img"))
    assert "url(" not in page.find("style").get_text() and "@import" not in page.find("style").get_text()
    assert page.find("meta", attrs={"name": "generator"}) is None


def test_a_page_has_language_title_landmarks_and_a_way_past_its_head(page):
    assert page.html["lang"] == "en-GB"
    assert len(page.find_all("h1")) == 1 and page.h1.get_text() == "What the network did"
    assert page.find("header") and page.find("main") and page.find("nav") and page.find("footer")
    assert page.find("a", class_="skip")["href"] == "#main" and page.find(id="main")


def test_the_contents_list_every_section_after_the_first(page):
    last = "How the figures were made and checked"
    assert [link.get_text() for link in page.select("nav a")] == ["Staff", "Tables", "Limits", "Sources", last]
    assert all(page.find(id=link["href"][1:]) for link in page.select("nav a"))


def test_no_code_and_no_prompt_is_on_a_page(page):
    assert "secret" not in str(page) and "[7]" not in page.get_text()


def test_every_picture_says_what_it_shows_and_has_its_caption(page):
    for figure in page.find_all("figure"):
        assert figure.img["alt"].startswith(("Line chart.", "Tile map."))
        assert "Source: returns of the members" in figure.figcaption.get_text()
        assert int(figure.img["width"]) > 300 and int(figure.img["height"]) > 200


def test_every_figure_in_a_table_belongs_to_a_cell(page):
    numbers = [field for field in page.select("main td.number")]
    assert numbers
    assert all(page.find(id=field.a["href"][1:])["data-of"] for field in numbers)


def test_the_foot_says_who_when_which_revision_and_how_to_cite(page):
    foot = " ".join(page.footer.get_text(" ").split())
    for said in [
        "Vale Anchor Network, Leeds", "2023/24: 1 April 2023 to 31 March 2024", "Draft r1",
        "Open Government Licence v3.0", "analyst@example.org", "invented",
        "Vale Anchor Network: What the network did, 2023/24, revision r1 (draft).",
    ]:  # fmt: skip
        assert said in foot


def test_what_is_invented_is_said_at_the_head_and_only_then(page):
    assert page.select_one("header .synthetic")
    assert not read(small_page(facts=example()[1] | {"synthetic": False})).select_one(".synthetic")


def test_a_released_page_says_so():
    head = read(small_page(facts=example()[1] | {"status": "released"})).header.get_text(" ")
    assert "Released r1" in head and "Draft" not in head


def test_an_internal_page_is_marked_and_a_public_one_is_not(page):
    internal = read(small_page(internal=True))
    assert internal.body["class"] == ["internal"]
    assert "Internal – not for publication" in internal.header.get_text()
    assert "Internal – not for publication" not in page.get_text()


def test_a_public_page_without_its_sources_is_refused_and_an_internal_one_shows_plain_numbers():
    cells, facts = example()
    with pytest.raises(ValueError, match="#claim-staff-level, which is not on the page"):
        small_page(shown(answer(cells, facts)), facts=facts)
    page = read(small_page(shown(answer(cells, facts)), facts=facts, internal=True))
    assert page.select("span[data-cell]") and not page.select("a[data-cell]")


def test_a_section_with_nothing_to_show_is_left_out_and_named():
    page = read(funders_page(spend_only))
    assert "Staff" not in [heading.get_text() for heading in page.select("section:not(:last-child) > div > h2")]
    assert "Staff. No chart of staff: no year has a figure." in page.get_text()


def test_what_is_not_ours_is_escaped():
    facts = example()[1] | {"name": HOSTILE, "contact": HOSTILE, "licence": HOSTILE, "place": HOSTILE}
    said = nbformat.v4.new_output("stream", name="stdout", text=HOSTILE)
    plain = nbformat.v4.new_output("execute_result", {"text/plain": HOSTILE}, execution_count=1)
    page = read(small_page(nbformat.v4.new_code_cell(outputs=[said, plain]), facts=facts))
    assert page.find("script") is None
    assert [found.get_text().strip() for found in page.find_all("pre")] == [HOSTILE, HOSTILE]


def test_what_libraries_warn_of_is_not_on_a_page():
    warning = nbformat.v4.new_output("stream", name="stderr", text="a path of somebody's machine")
    assert "machine" not in small_page(nbformat.v4.new_code_cell(outputs=[warning]))


def test_scripted_and_drawn_outputs_are_shown_as_their_plain_text():
    data = {"application/javascript": "alert(1)", "image/svg+xml": "<svg/>", "text/plain": "in words"}
    page = read(small_page(nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)])))
    assert page.find("pre").get_text() == "in words" and "alert(" not in str(page)


def test_a_notebook_that_failed_makes_no_page():
    error = nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=["at a path"])
    with pytest.raises(UserError, match="AN041") as raised:
        small_page(nbformat.v4.new_code_cell(outputs=[error]))
    assert "KeyError" in str(raised.value)


@pytest.mark.parametrize(
    "html",
    [
        HOSTILE, '<img src="https://example.org/x.png" alt="x">', '<a href="javascript:alert(1)">x</a>',
        '<p onclick="alert(1)">x</p>', '<iframe src="x"></iframe>', '<img src="data:image/png;base64,AA==">',
        '<style>p { background: url(x) }</style>', '<link rel="stylesheet" href="x.css">', "<h1>another</h1>",
        '<p id="main">twice</p>', '<a href="#nowhere">x</a>', "<table><tr><td>1</td></tr></table>", "<svg></svg>",
        '<meta http-equiv="refresh" content="0;url=x">',
    ],
)  # fmt: skip
def test_a_page_is_refused_that_holds(html):
    sound = small_page()
    broken = sound.replace("</main>", f"{html}</main>")
    assert page_faults(sound) == []
    assert page_faults(broken)


def test_a_script_in_prose_is_refused():
    with pytest.raises(ValueError, match="<script>"):
        small_page(prose(HOSTILE))


def test_tables_of_the_analysts_own_are_escaped_too():
    frame = Shown(element("p", HOSTILE), HOSTILE)
    assert read(small_page(shown(frame))).find("script") is None


def test_the_same_notebook_gives_the_same_page():
    assert funders_page(example) == funders_page(example)


# --- the index ---


def index(case=example, **more) -> BeautifulSoup:
    cells, facts = case()
    pages = {"network_impact.html": "What the network did", "other.html": HOSTILE}
    return read(render_index(cells, facts | more, pages, ["workbook.xlsx", "tables/series.csv"], origins_of(case)))


@pytest.mark.parametrize("case", [example, one_year, spend_only], ids=lambda case: case.__name__)
def test_every_network_gets_a_sound_index(case):
    assert page_faults(str(index(case))) == []


def test_the_index_leads_to_its_main_page_first_and_to_every_other_page_and_download():
    page = index()
    assert page.select_one(".lead-page a")["href"] == "network_impact.html"
    links = {link["href"]: link.get_text() for link in page.select(".links a")}
    assert links == {
        "other.html": HOSTILE, "workbook.xlsx": "All figures in one workbook", "tables/series.csv": "Every year",
    }  # fmt: skip


def test_numbers_on_the_index_lead_to_cards_on_the_index():
    page = index()
    targets = [link["href"] for link in page.select(".cards a")]
    assert targets and all(page.find(id=target[1:])["data-of"] for target in targets)


def test_tables_to_download_stand_under_the_lever_that_they_are_about():
    page = index()
    summary = page.find("a", href="tables/series.csv").find_parent("details").summary.get_text()
    assert summary == "People in work: tables as CSV"


def test_each_card_has_its_years_as_a_line_that_says_them():
    lines = index().select(".cards .spark img")
    assert lines and all(" in 20" in line["alt"] for line in lines)
    assert index(one_year).select(".cards .spark") == []


def test_earlier_editions_are_listed_and_their_standing_is_where_it_can_change():
    page = index(editions=[{"year": "2021/22", "revision": "r2", "released": "2022-11-03"}])
    said = page.find("section", attrs={"aria-labelledby": "editions"})
    assert "2021/22, r2, released on 3 November 2022" in " ".join(said.get_text().split())
    assert said.find("a", href="../../index.html")
    assert "No edition was released before" in index().find(attrs={"aria-labelledby": "editions"}).get_text()


def test_the_list_of_editions_is_of_the_network_and_says_what_was_withdrawn():
    rows = [
        {"year": "2021/22", "revision": "r1", "status": "withdrawn", "href": "", "said": f"Since then: {HOSTILE}"},
        {"year": "2022/23", "revision": "r1", "status": "released", "href": "2022-23/r1/index.html", "said": "By us."},
    ]
    written = render_editions(example()[1], rows)
    page = read(written)
    assert page_faults(written) == []
    assert [row.th.get_text() for row in page.select("tbody tr")] == ["2022/23", "2021/22"]
    assert page.select_one("tbody a")["href"] == "2022-23/r1/index.html"
    assert "Draft" not in page.header.get_text(" ") and "How to cite" not in page.footer.get_text(" ")
    assert HOSTILE in page.main.get_text()


# --- the code ---


def test_code_is_shown_where_it_is_asked_for_and_nowhere_else():
    given = {"title": "A page", "facts": example()[1], "internal": False}
    notebook = funders_notebook(example)
    assert "source code" not in render_page(notebook, **given)
    page = render_page(notebook, **given, with_code=True)
    assert page_faults(page) == []
    assert read(page).select_one("details.code pre").get_text() == "secret = 'source code'"


def test_the_index_says_who_reported_and_the_status():
    page = index()
    assert "Vale College of Music" in page.get_text() and "refused" in page.get_text()
    assert "Draft r1" in page.header.get_text(" ")
