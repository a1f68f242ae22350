"""Every figure of a page leads to its card on the page, without script, and the card says what stands behind it."""

from __future__ import annotations

import math
import re
from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup

from anchor_analysis import present
from anchor_analysis.audit.markup import read_markup
from anchor_analysis.present.operands import Operands
from anchor_analysis.present.origins import Origins, fragment
from anchor_analysis.present.released import Released, number
from anchor_analysis.publish.pages import render_page
from anchor_analysis.publish.registering import marks_of
from tests.cells_example import example, one_year, spend_only
from tests.test_pages import funders_page, index, origins_of, prose, shown

STAFF = "series|staff|2023-24|all|value"
SHARE = "series|local_spend_share|2023-24|all|value"
CARDS = ".measure > [data-of]"
CASES = pytest.mark.parametrize("case", [example, one_year, spend_only], ids=lambda case: case.__name__)


@cache
def page(case=example) -> BeautifulSoup:
    return BeautifulSoup(funders_page(case), "html.parser")


def card(claim: str, case=example) -> str:
    """What a card says, with what is shared by the figures of its measure."""
    found = page(case).find(id=fragment(claim))
    said = " ".join(f"{found.get_text(' ')} {found.parent.select_one('.shared').get_text(' ')}".split())
    return re.sub(r" ([;:,.])", r"\1", said)


@CASES
def test_every_number_in_a_sentence_a_table_or_beneath_a_picture_leads_to_a_card_on_its_page(case):
    found = page(case)
    cards = {str(one["id"]) for one in found.select(CARDS)}
    links = [str(link["href"])[1:] for link in found.select("main td a, p.claim a, .cards a, .figures a, .limits a")]
    assert len(links) > len(cards) > 0 and set(links) <= cards
    for cell in found.select("main td"):
        assert cell.select_one("a") or number(cell.get_text()) is None
    for loose in found.select("p.claim [data-cell], .figures [data-cell], .cards [data-cell], .limits [data-cell]"):
        words = loose.get("data-field") in ("note", "rule")
        assert words or loose.find_parent("details", class_="source") or number(loose.get_text()) is None


@CASES
def test_every_picture_has_its_figures_beneath_it(case):
    pictures = page(case).select("figure")
    assert len(pictures) == (2 if case is example else 1 if case is one_year else 0)
    for picture in pictures:
        numbers = [one for one in picture.select("td a") if re.search("[0-9]", one.get_text())]
        assert numbers and picture.select_one("details table caption")
        assert not picture.get("data-figures")


def test_a_trend_has_every_year_that_it_draws_beneath_it():
    rows = page().select("figure")[0].select("tbody tr")
    said = [row.get_text(" ") for row in rows]
    assert any("2018/19" in text for text in said) and any("2023/24" in text and "60,665" in text for text in said)


def test_a_card_says_what_is_counted_of_whom_and_from_what():
    cells, _ = example()
    spend = cells.set_index("cell_id").loc[SHARE.replace("local_spend_share", "local_spend"), "shown"]
    said = card(SHARE)
    assert f"numerator {spend}; denominator £554.880m" in said
    for words in [
        "Members 13 of 14", "57.4% to 63.4%, whatever it turns out to be; not withheld",
        "paid to suppliers based in Leeds, divided by paid to suppliers", "Spend, rounded to £1,000",
        "Not yet checked by a second person", "rows accounted for, audited", "returns of 2023/24",
        "postcodes example_postcodes, August 2026, 000000000000",
    ]:  # fmt: skip
        assert words in said


def test_that_nothing_is_unknown_is_said_once_for_all_figures_of_a_measure():
    own = page().find(id=fragment(STAFF))
    assert "Unknown" not in own.get_text()
    assert "Unknown nothing, and not withheld, unless a figure's card says so" in card(STAFF)


def test_a_card_closes_by_a_link_to_where_the_figure_stands():
    found = page()
    for one in found.select(CARDS):
        for back in one.select("p")[0].select("a"):
            assert found.find(id=back["href"][1:]) is not None
    places = page().find(id=fragment(STAFF)).select("p")[0].select("a")
    assert places[0].get_text() == "What changed?"
    assert found.find(id=places[0]["href"][1:])["href"] == f"#{fragment(STAFF)}"


def test_the_card_of_a_withheld_figure_tells_the_rule_and_no_figure():
    cells, _ = example()
    hidden = cells[cells["status"] == "withheld"].iloc[0]
    said = card(hidden["cell_id"])
    assert f"Withheld yes: {hidden['rule']}; it is not zero" in " ".join(said.split())
    found = page().find(id=fragment(hidden["cell_id"]))
    assert "Unknown" not in found.get_text() and found.select_one("h3 b").get_text() == hidden["shown"]


def test_a_card_says_of_an_operand_that_is_not_released_only_that():
    cells, facts = example()
    without = cells[~((cells["metric"] == "local_spend") & (cells["kind"] == "levels"))]
    register = present.make_register(without, facts, present.make_claims(without, facts), {}, lambda *_: ())
    said = BeautifulSoup(Origins(Released(without, facts), register).card(SHARE, [], set()), "html.parser").get_text(
        " "
    )
    assert "numerator not released in this edition; denominator £554.880m" in " ".join(said.split())


def test_operands_are_of_the_same_year_panel_and_member():
    cells, facts = example()
    operands = Operands(Released(cells, facts))
    known = operands.known.by_id
    share = next(one for one in known.values() if one.metric == "local_spend_share" and one.item == "from"
                 and one.panel == "like_for_like" and one.since == "baseline")  # fmt: skip
    found = operands.of(share)
    assert found == {
        "numerator": share.cell_id.replace("local_spend_share", "local_spend"),
        "denominator": share.cell_id.replace("local_spend_share", "net_spend"),
    }
    assert operands.of(known[STAFF]) == {}
    change = next(one for one in known.values() if one.kind == "changes" and one.item == "percent")
    assert [known[name].item for name in operands.of(change).values()] == ["from", "to"]


@CASES
def test_what_a_card_shows_of_its_figure_is_what_was_released(case):
    cells, _ = case()
    printed = present.printed(present.read_cells(cells))
    found = read_markup(str(page(case).select_one(".origins"))).elements
    assert {one.field for one in found} >= {"shown", "counted"}
    assert all(one.text == printed[(one.cell, one.field)] for one in found)


@CASES
def test_every_mark_of_a_page_has_an_entry(case):
    marks = set(marks_of({"page.html": funders_page(case)}))
    assert marks and marks <= set(origins_of(case).entries)


def test_each_definition_stands_once_on_a_page_and_the_appendix_leads_there():
    found = page()
    text = found.get_text(" ")
    assert text.count("How many people do the members employ?") == 1
    assert not found.select("[data-definition]")
    link = found.select_one('[id="counts~staff"] a')
    assert found.find(id=link["href"][1:])["class"] == ["shared"]


def test_an_entry_of_the_appendix_stands_within_its_fold_so_that_a_link_opens_it():
    entries = page().select("[id^='claim-']")
    assert entries and all(one.parent.name == "details" and one.find_previous("summary") for one in entries)


def test_statuses_of_who_reported_are_no_figures_and_have_no_cards():
    found = page()
    grid = found.select("td[data-cell^='coverage|'], td[data-of^='coverage|']")
    assert len(grid) > 50 and not any(one.select("a") for one in grid)
    assert not found.select("[data-of^='coverage|'][id]")


def test_ids_of_cards_are_short_differ_and_stay():
    cells, _ = example()
    ids = [fragment(name) for name in cells["cell_id"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("c-[0-9a-f]{12}", one) for one in ids)
    assert fragment(STAFF) == "c-63fd5df84e01", "an address that somebody wrote down leads there in every edition"


def test_a_page_with_a_thousand_figures_stays_small():
    notebook = nbformat.v4.new_notebook(
        cells=[
            prose("## All"),
            shown(*(present.table(*example(), name, period="") for name in ("headlines", "series"))),
        ]
    )
    facts, origins = example()[1], origins_of(example)
    with_cards = render_page(notebook, title="x", facts=facts, internal=False, origins=origins)
    without = render_page(notebook, title="x", facts=facts, internal=True)
    cards = len(BeautifulSoup(with_cards, "html.parser").select(CARDS))
    assert cards > 500
    assert (len(with_cards) - len(without)) / cards < 900, "bytes for each figure, its card and its links"


def test_the_returns_are_named_with_hashes_and_no_file():
    found = page().find(id="source~returns~2023-24")
    assert "Aire City Council" in found.get_text() and "abababababababab" in found.get_text()


def test_whose_a_return_is_stands_only_where_the_edition_tells_who_reported():
    cells, facts = example()
    anonymous = cells[cells["member"] == ""]
    claims = present.make_claims(anonymous, facts)
    hashes = {"2023/24": {"college": "ab" * 32}}
    register = present.make_register(anonymous, facts, claims, hashes, lambda *_: ())
    notebook = nbformat.v4.new_notebook(cells=[prose("## All"), shown(present.table(anonymous, facts, "series"))])
    html = render_page(
        notebook, title="x", facts=facts, internal=False, origins=Origins(Released(anonymous, facts), register)
    )
    said = BeautifulSoup(html, "html.parser").find(id="source~returns~2023-24").get_text()
    assert "A member:" in said and "City Technical College" not in said


def test_the_index_has_cards_of_its_own():
    found = index()
    assert len(found.select(CARDS)) > 10 and found.find(id="made")


def test_a_page_of_the_analysts_own_has_no_cards():
    notebook = nbformat.v4.new_notebook(cells=[prose("## All"), shown(present.table(*example(), "series"))])
    html = render_page(notebook, title="x", facts=example()[1], internal=True, origins=origins_of(example))
    assert 'class="measure"' not in html


def test_official_statistics_have_cards_with_their_source():
    cells, facts = example()
    value = {"period": "2023/24", "area": "E08000035", "name": "Leeds", "value": 4.2, "lower": 3.9, "upper": 4.5,
             "shown": "4.2%", "interval": "3.9% to 4.5%", "source": "Table X", "released": "2024-05-01",
             "ours": True, "mark": ""}  # fmt: skip
    told = {"id": "claimants", "title": "Claimants", "question": "How many?", "unit": "percent", "caveats": [],
            "values": [value, {**value, "period": "2022/23", "shown": "4.0%", "value": 4.0}]}  # fmt: skip
    facts = facts | {"conditions": [told]}
    register = present.make_register(cells, facts, [], {}, lambda *_: ())
    notebook = nbformat.v4.new_notebook(
        cells=[prose("## Place"), shown(present.chart(cells, facts, "conditions"), present.conditions(facts))]
    )
    html = render_page(
        notebook, title="x", facts=facts, internal=False, origins=Origins(Released(cells, facts), register)
    )
    found = BeautifulSoup(html, "html.parser")
    said = found.find(id=fragment("conditions|claimants|E08000035|2023-24")).get_text(" ")
    assert "Table X; released 1 May 2024" in said and "no result of what members did" in said
    assert len(found.select("figure td a")) == 2 and len(found.select(".conditions td a")) == 2


def test_what_the_register_says_of_missing_bounds_is_nothing():
    cells, _ = example()
    entry = origins_of(example).entries[next(one for one in cells["cell_id"] if one.endswith("verdict"))]
    assert "lower" not in entry and entry["kind"] == "word"
    assert not any(isinstance(value, float) and math.isnan(value) for value in entry.values())
