"""Each figure's card stands once in an edition, on the page of its measure; figures of all other pages lead there."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup

from anchor_analysis import present
from anchor_analysis.audit.markup import read_pages
from anchor_analysis.present.made_from import all_of_year
from anchor_analysis.present.origins import Origins, fragment
from anchor_analysis.publish.index import render_index
from anchor_analysis.publish.notebooks import ARCHIVE, read_notebooks, write_notebooks
from anchor_analysis.publish.pages import render_page
from anchor_analysis.publish.registering import marks_of, with_pages
from tests.cells_example import example
from tests.test_cards import CARDS, SHARE, STAFF
from tests.test_pages import funders_notebook, origins_of, prose, shown

HOMES = {metric: f"metrics/{metric}.html" for metric in ("staff", "local_spend_share", "local_spend", "net_spend")}


def origins(here: str) -> Origins:
    return replace(origins_of(example), homes=HOMES, here=here)


@cache
def pages() -> dict[str, str]:
    """The funders' page, those of two measures, and the first one."""
    cells, facts = example()
    written = {"network_impact.html": funders_notebook(example)}
    for metric in HOMES:
        table = present.table(cells, facts, "series", metric=metric)
        written[HOMES[metric]] = nbformat.v4.new_notebook(cells=[prose("## Every figure"), shown(table)])
    made = {
        name: render_page(notebook, title=name, facts=facts, internal=False, origins=origins(name))
        for name, notebook in written.items()
    }
    return made | {"index.html": render_index(cells, facts, dict.fromkeys(made, "x"), [], origins("index.html"))}


@cache
def read(name: str) -> BeautifulSoup:
    return BeautifulSoup(pages()[name], "html.parser")


def test_a_figure_leads_to_its_card_on_the_page_of_its_measure():
    way = f"metrics/staff.html#{fragment(STAFF)}"
    assert read("network_impact.html").select(f'a[href="{way}"]') and read("index.html").select(f'a[href="{way}"]')
    assert read("metrics/staff.html").find(id=fragment(STAFF))["data-of"] == STAFF


def test_no_card_stands_twice_and_none_is_missing():
    cards = [card for name in pages() for card in read(name).select(CARDS)]
    of_homes = [card["id"] for card in cards if card["data-of"].split("|")[1] in HOMES]
    assert len(set(of_homes)) == len(of_homes) > 100
    found = {str(card["id"]) for card in cards}
    led = {link["href"].partition("#")[2] for name in pages() for link in read(name).select('a[href*="#c-"]')}
    assert led <= found


def test_a_measure_without_a_page_has_its_cards_where_its_figures_stand():
    assert set(origins_of(example).known.metrics()) > HOMES.keys()
    others = [card for card in read("network_impact.html").select(CARDS)]
    assert others and not {card["data-of"].split("|")[1] for card in others} & HOMES.keys()


def test_a_figure_that_another_measure_is_made_of_is_led_to_on_its_page():
    denominator = SHARE.replace("local_spend_share", "net_spend")
    card = read(HOMES["local_spend_share"]).find(id=fragment(SHARE))
    assert card.select(f'a[href="net_spend.html#{fragment(denominator)}"]')


def test_a_sentence_on_the_page_of_a_measure_is_named_by_the_cards_of_its_figures():
    cells, facts = example()
    said = shown(present.sentences_about(cells, facts, "staff"))
    notebook = nbformat.v4.new_notebook(cells=[prose("## The answer"), said])
    html = render_page(notebook, title="Staff", facts=facts, internal=False, origins=origins(HOMES["staff"]))
    found = BeautifulSoup(html, "html.parser")
    links = found.select(f"{CARDS} a[href^='#claim-']")
    assert links and all(found.find(id=link["href"][1:])["data-claim"] for link in links)


def test_sources_and_checks_stand_on_the_first_page_alone():
    assert read("index.html").find(id="source~returns~2023-24") and read("index.html").find(id="source~checks")
    card = read("metrics/staff.html").select_one(".shared")
    assert {link["href"] for link in card.select("a[href*='source~']")} > {"../index.html#source~checks"}
    assert not any(read(name).select(".source[id^='source~']") for name in pages() if name != "index.html")
    register = origins_of(example).register
    assert all_of_year(register, "returns 2023/24")[:12] in card.get_text()
    assert (
        all_of_year(register, "returns 2023/24")[:16] in read("index.html").find(id="source~returns~2023-24").get_text()
    )


def test_what_audits_reads_the_figures_of_a_page_by_the_cards_of_the_others():
    found = read_pages(pages())
    printed = present.printed(present.read_cells(example()[0]))
    shows = [one for one in found["network_impact.html"].elements if one.cell == STAFF]
    assert shows and all(one.text == printed[(one.cell, one.field)] for one in shows)
    assert STAFF in found["network_impact.html"].claims and not found["network_impact.html"].away


def test_a_figure_that_leads_to_no_card_fails_the_build():
    broken = {**pages(), "metrics/staff.html": pages()["metrics/staff.html"].replace(fragment(STAFF), "c-000000000000")}
    assert {one.cell for one in read_pages(broken)["index.html"].away} == {f"metrics/staff.html#{fragment(STAFF)}"}
    assert "network_impact.html" in marks_of(pages())[STAFF]
    with pytest.raises(ValueError, match=f"index.html marks metrics/staff.html#{fragment(STAFF)}, which has no entry"):
        with_pages(origins_of(example).register, broken, ["workbook.xlsx"])


def test_a_page_has_of_the_style_sheet_what_it_has_use_for():
    style = {name: str(read(name).style) for name in ("metrics/staff.html", "network_impact.html")}
    assert ".answer" in style["network_impact.html"] and ".answer{" not in style["metrics/staff.html"]
    for name, text in style.items():
        used = {word for tag in read(name).select("main [class]") for word in tag["class"]}
        told = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"[{][^}]*[}]", "", text)))
        assert ".measure" in text and not re.search(r"/[*]|\n", text) and told & used


def test_the_notebooks_of_an_edition_are_the_same_bytes_whenever_they_are_written(tmp_path):
    for name, order in (("a", ["x", "y"]), ("b", ["y", "x"])):
        (tmp_path / name).mkdir()
        write_notebooks(tmp_path / name, {one: f"notebook {one}" for one in order})
    assert (tmp_path / "a" / ARCHIVE).read_bytes() == (tmp_path / "b" / ARCHIVE).read_bytes()
    assert read_notebooks(tmp_path / "a") == {"x": "notebook x", "y": "notebook y"}
    (tmp_path / "a" / ARCHIVE).write_bytes(b"PK")
    with pytest.raises(ValueError, match="cannot be opened"):
        read_notebooks(tmp_path / "a")
