"""What is shown says what was released: sentences, tables, cards, sources and charts of released cells."""

from __future__ import annotations

import doctest
import importlib
import io
import math
import pkgutil
import random
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from anchor_analysis import present
from anchor_analysis.audit.markup import read_markup
from anchor_analysis.present import Claim, answer, cards, chart, coverage, faults, limits, make_claims, sources, table
from anchor_analysis.present.charts.base import in_few_colours
from anchor_analysis.present.charts.tiles import short_names
from anchor_analysis.present.parts import Part
from anchor_analysis.present.released import Released, in_shape, number
from anchor_analysis.problems import UserError
from anchor_analysis.publish.pages import png_text
from tests.cells_example import example, one_year, spend_only
from tests.test_pages import origins_of

EXAMPLES = [example, one_year, spend_only]
HOSTILE = '<script>alert("1")</script>'


@pytest.fixture(params=EXAMPLES, ids=lambda case: case.__name__)
def edition(request):
    return request.param()


def sentence(claims: list[Claim], name: str) -> str:
    return next(claim.sentence for claim in claims if claim.id == name)


def with_cells(cells: pd.DataFrame, where: str, **values: object) -> pd.DataFrame:
    """The cells with some values changed, where a query holds."""
    changed = cells.copy()
    chosen = changed.query(where).index
    assert len(chosen), f"no cell is where {where}"
    for name, value in values.items():
        changed.loc[chosen, name] = value
    return changed


def figures_in(page):
    """The id of a cell, the field and the text of every element that shows one, as the auditor reads them."""
    return [(one.cell, one.field, one.text) for one in read_markup(str(page)).elements]


def every_display(cells, facts):
    """Everything that stands on the page for funders, as one document."""
    shown = [
        answer(cells, facts),
        cards(cells, facts),
        coverage(cells, facts),
        limits(cells, facts),
        sources(cells, facts),
    ]
    shown += [table(cells, facts, name) for name in dict.fromkeys(cells["table"])]
    shown.append(present.sentences_about(cells, facts, *dict.fromkeys(cells["metric"])))
    return BeautifulSoup("".join(one.html for one in shown), "html.parser")


# --- claims ---


def test_every_figure_in_a_claim_is_a_released_one(edition):
    cells, facts = edition
    claims = make_claims(cells, facts)
    assert claims
    assert [fault for claim in claims for fault in faults(claim, cells, facts)] == []


def test_a_claim_that_is_not_what_was_released_is_noticed():
    cells, facts = example()
    claims = make_claims(cells, facts)
    changed = with_cells(cells, "table == 'series' and metric == 'staff' and period == '2023/24'", shown="61,000")
    assert any(faults(claim, changed, facts) for claim in claims)
    assert faults(Claim("made-up", "One", (Part("Two"),), ()), cells, facts)


def test_no_number_enters_a_sentence_without_its_cell():
    with pytest.raises(ValueError, match="needs its cell"):
        Part("about 60,000 people")


def test_claims_come_back_from_json_as_they_were(edition):
    claims = make_claims(*edition)
    assert present.read_claims([claim.as_dict() for claim in claims]) == claims


def test_claims_have_ids_that_are_stable_and_differ(edition):
    names = [claim.id for claim in make_claims(*edition)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in names)


def test_sentences_describe_and_say_nothing_of_causes(edition):
    words = "growth|grew|grow|caused|causes|led to|thanks to|due to|impact|resulted"
    for claim in make_claims(*edition):
        assert claim.ladder == "described"
        assert not re.search(rf"\b({words})\b", claim.sentence), claim.sentence


def test_members_that_joined_are_told_apart_from_those_that_stayed():
    said = sentence(make_claims(*example()), "staff-change-since-previous")
    assert "+280 is from members that reported in both years" in said
    assert "+3,480 is from members that joined" in said


def test_like_for_like_says_how_many_members_it_counts_and_how_it_stands_to_the_unknown():
    said = sentence(make_claims(*example()), "net-spend-like-for-like-since-previous")
    assert said.startswith(
        "Among the 12 members that reported in both 2022/23 and 2023/24, net spend fell by £4.552m (0.8%)"
    )
    assert said.endswith("holds whatever the unknown are.")


def test_a_share_stands_beside_its_bounds_and_coverage():
    said = sentence(make_claims(*example()), "staff-living-in-area-share-level")
    assert "63.0% in 2023/24 where it is known" in said
    assert "the 13 of 14 members that reported" in said
    assert "between 60.6% and 64.5%" in said


def test_a_withheld_change_is_said_to_be_withheld_and_why():
    cells, facts = example()
    where = "table == 'headlines' and metric == 'staff' and panel == 'like_for_like'"
    hidden = {"shown": "[c]", "status": "withheld", "rule": "confidential", "value": math.nan}
    said = sentence(make_claims(with_cells(cells, where, **hidden), facts), "staff-like-for-like-since-previous")
    assert "staff: withheld (confidential)" in said
    assert "280" not in said


def test_what_cannot_be_compared_is_not_called_more_or_less():
    cells, facts = example()
    where = "table == 'headlines' and metric == 'net_spend' and item == 'verdict'"
    broken = with_cells(cells, where, shown="not comparable", note="a member reported only part of a year")
    claims = make_claims(broken, facts)
    first = sentence(claims, "answer-what-changed")
    assert "£554.880m was paid to suppliers, net of credits, not comparable with 2022/23." in first
    assert "not comparable, a member reported only part of a year" in sentence(
        claims, "net-spend-change-since-previous"
    )
    assert "not comparable" in cards(broken, facts).text
    assert "not comparable (a member reported only part of a year)" in limits(broken, facts).text


def test_the_limits_say_that_two_members_may_count_one_person(edition):
    cells, facts = edition
    said = "A person employed by two members is counted twice" in limits(cells, facts).text
    staff = cells.query("kind == 'levels' and metric == 'staff' and period == @facts['year'] and status == 'shown'")
    assert said == bool(len(staff))


def test_one_year_alone_tells_no_change():
    cells, facts = one_year()
    claims = make_claims(cells, facts)
    assert sentence(claims, "answer-what-changed").endswith(
        "No change can be told, because there is no earlier year to compare with."
    )
    assert not [claim.id for claim in claims if "since" in claim.id]
    assert "there is no earlier year to compare with" in limits(cells, facts).text


def test_a_network_with_only_spend_says_what_is_known_and_what_is_not():
    cells, facts = spend_only()
    claims = make_claims(cells, facts)
    assert sentence(claims, "answer-what-changed").startswith("£83.412m was paid to suppliers")
    assert "part of the year only" in sentence(claims, "answer-what-changed")
    assert "not known; it lies between 0.0% and 100.0%" in sentence(claims, "answer-for-whom")
    assert "none staff" in sentence(claims, "answer-how-sure")
    assert "staff" not in {claim.about for claim in claims}
    assert "No figure for 2018/19, no return: Staff." in limits(cells, facts).text


def test_a_page_tells_who_is_absent_of_its_own_measures_alone():
    cells, facts = spend_only()
    of_spend, of_staff = (limits(cells, facts, lever=lever).text for lever in ("spender", "employer"))
    assert "Not in the figures for net spend, or only in part: Aire City Council (partial)" in of_spend
    assert "April and May only." in of_spend and "taff" not in of_spend
    assert "Not in the figures for staff, or only in part: Aire City Council (missing)" in of_staff
    assert "net spend" not in of_staff.lower() and "April and May only." not in of_staff
    assert all("April and May only." in limits(cells, facts, lever=lever).text for lever in ("", "spender"))


def test_a_return_that_was_refused_whole_is_told_on_every_page():
    cells, facts = example()
    assert all("protected by a password" in limits(cells, facts, lever=name).text for name in ("spender", "employer"))


def test_nothing_at_all_is_said_to_be_nothing():
    cells, facts = example()
    nothing = cells.iloc[:0]
    assert "No figure was reported for 2023/24." in sentence(make_claims(nothing, facts), "answer-what-changed")
    assert all(
        shown.empty for shown in [cards(nothing, facts), table(nothing, facts, "series"), coverage(nothing, facts)]
    )


NOTHING = {"value": math.nan, "lower": math.nan, "upper": math.nan}
INSTEAD = [
    {"shown": "[c]", "status": "withheld", "rule": "below 10"} | NOTHING,
    {"shown": "missing", "status": "missing", "members_counted": 0} | NOTHING,
    {"shown": "not applicable", "status": "not_applicable"} | NOTHING,
    {"shown": "not known", "status": "no_value"} | NOTHING,
    {"shown": "between £0 and £1.000m", "status": "no_value", "value": math.nan, "lower": 0.0, "upper": 1e6},
    {"shown": "0", "value": 0.0, "lower": 0.0, "upper": 0.0},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_withheld_or_missing_what_is_said_was_released(seed):
    chance = random.Random(seed)
    cells, facts = example()
    cells = cells.sample(frac=chance.choice([0.4, 1.0]), random_state=seed).sort_index()
    for place in chance.sample(list(cells.index), len(cells) // chance.choice([2, 10])):
        if cells.at[place, "item"] == "verdict":
            cells.at[place, "shown"] = chance.choice(["not comparable", "too few", "fell"])
        elif cells.at[place, "kind"] != "coverage":
            for name, value in chance.choice(INSTEAD).items():
                cells.at[place, name] = value
    assert [fault for claim in make_claims(cells, facts) for fault in faults(claim, cells, facts)] == []
    printed = present.printed(present.read_cells(cells))
    for name, field, text in figures_in(every_display(cells, facts)):
        assert text == printed[(name, field)]


# --- figures as text ---


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("62,015", 62015), ("£512.345m", 512345000), ("£1,248.020m", 1248020000), ("64.1%", 0.641), ("64.1 %", 0.641),
        ("+1.2 points", 1.2), ("−4,310", -4310), ("-£0.5m", -500000), ("+6.2%", 0.062), ("12,345.6", 12345.6), ("0", 0),
        ("[c]", None), ("rose", None), ("missing", None), ("between £0 and £83.412m", None), ("", None),
    ],
)  # fmt: skip
def test_a_shown_figure_is_read_back_exactly(shown, value):
    assert number(shown) == value


@pytest.mark.parametrize(
    ("shown", "unit", "bound", "text"),
    [
        ("64.1%", "share", 0.619, "61.9%"), ("64.1 %", "share", 0.619, "61.9 %"),
        ("£512.345m", "gbp", 498e6, "£498.000m"),
        ("62,015", "persons", 63020, "63,020"), ("+1.2 points", "share", -0.031, "−3.1 points"),
        ("+1.2 points", "share", 0.04, "+4.0 points"), ("between £0 and £83.412m", "gbp", 83412000, "£83.412m"),
    ],
)  # fmt: skip
def test_bounds_are_written_in_the_shape_of_their_figure(shown, unit, bound, text):
    cells, facts = example()
    one = Released(cells.head(1).assign(shown=shown, unit=unit), facts).cells[0]
    assert in_shape(bound, one) == text


# --- displays ---


def test_the_first_screen_asks_three_questions_and_answers_them(edition):
    page = BeautifulSoup(answer(*edition).html, "html.parser")
    assert [heading.get_text() for heading in page.find_all("h3")] == ["What changed?", "For whom?", "How sure are we?"]
    assert all(paragraph.get_text().strip() for paragraph in page.find_all("p"))


def test_every_element_of_a_cell_prints_what_was_released(edition):
    cells, facts = edition
    printed = present.printed(present.read_cells(cells))
    origins = origins_of(lambda: edition)
    told = "".join(origins.card(name, [], set()) for name in origins.entries if origins.has_card(name))
    found = [*figures_in(every_display(cells, facts)), *figures_in(told)]
    assert len(found) > len(cells) / 2 and {field for _, field, _ in found} >= {"shown", "counted", "expected"}
    for name, field, text in found:
        assert text == printed[(name, field)]


def test_every_number_in_a_sentence_belongs_to_a_cell_or_a_fact(edition):
    for claim in BeautifulSoup(answer(*edition).html, "html.parser").select(".claim"):
        for element in claim.select("[data-cell], [data-fact]"):
            element.extract()
        assert not re.search("[0-9]", claim.get_text())


def test_every_number_on_the_first_screen_leads_to_its_entry(edition):
    cells, facts = edition
    entries = {str(entry["id"]) for entry in BeautifulSoup(sources(cells, facts).html, "html.parser").select("[id]")}
    for shown in [answer(cells, facts), cards(cells, facts)]:
        page = BeautifulSoup(shown.html, "html.parser")
        targets = [str(link["href"]) for link in page.select("a[data-cell]")]
        assert targets
        assert {target.removeprefix("#") for target in targets} <= entries
        loose = [one.get_text() for one in page.select("span[data-cell]") if number(one.get_text()) is not None]
        assert loose == []


def test_an_entry_tells_its_id_and_its_measures_definition_caveats_and_references():
    page = BeautifulSoup(sources(*example()).html, "html.parser")
    entry = page.select_one("details:has(> #claim-local-spend-share-level)").get_text(" ")
    assert "Id: local-spend-share-level" in " ".join(entry.split())
    assert "described" in page.select_one(".ladder").get_text()
    counts = page.select_one('[data-definition="local_spend_share"]').get_text(" ")
    for said in [
        "paid to suppliers based in Leeds, divided by paid to suppliers, net of credits",
        "Of spend whose supplier could be placed", "CLES spend analysis", "Not yet checked by a second person",
        "example_postcodes, August 2026", "Spend, rounded to £1,000",
    ]:  # fmt: skip
        assert said in " ".join(counts.split())


def test_a_table_has_caption_scopes_and_a_cell_in_every_field():
    page = BeautifulSoup(table(*example(), "staff_by_ward").html, "html.parser")
    caption = page.find("caption").get_text()
    assert "Counting 13 of 14 members." in caption
    assert "2 figures are withheld (below 10 and would give away a withheld cell)." in caption
    assert "[c] means withheld" in caption
    assert all(heading.get("scope") in ("col", "row", "rowgroup") for heading in page.find_all("th"))
    assert all(field.get("data-cell") or field.get("data-of") for field in page.find_all("td"))


def test_a_measure_heads_all_of_its_rows_once():
    page = BeautifulSoup(table(*example(), "headlines", since="previous").html, "html.parser")
    heads = [heading.get_text() for heading in page.select("th[scope=rowgroup]")]
    assert heads[0] == "Staff" and len(heads) == len(set(heads))


def test_wards_stand_by_name_and_the_total_last():
    wards = table(*example(), "staff_by_ward").table["Ward"].tolist()
    assert wards[:2] == ["Adel & Wharfedale", "Alwoodley"]
    assert wards[-3:] == ["Elsewhere", "Not known", "All"]


def test_a_table_refuses_a_filter_that_no_cell_has():
    with pytest.raises(ValueError, match="cells have no ward"):
        table(*example(), "series", ward="E05011385")


def test_measures_that_were_reported_alike_share_a_row_of_the_coverage():
    frame = coverage(*example()).table
    assert list(frame["Member"]) == list(dict.fromkeys(frame["Member"]))
    assert frame.set_index("Member").at["Vale College of Music", "2023/24"] == "refused"


def test_cards_stand_like_for_like_beside_the_change_of_all():
    text = cards(*example(), ["staff"]).text
    assert "Since 2022/23, all that reported: +3,555 (+6.2%)" in text
    assert "Like for like, 12 members: no clear change, +280 (+0.5%)" in text
    assert "13 of 14 members" in text


def test_names_cannot_bring_html_with_them():
    cells, facts = example()
    facts |= {"name": HOSTILE, "place": HOSTILE}
    facts["members"] = [member | {"name": HOSTILE} for member in facts["members"]]
    facts["definitions"] = {name: known | {"title": HOSTILE} for name, known in facts["definitions"].items()}
    cells = with_cells(cells, "kind == 'levels'", note=HOSTILE)
    page = every_display(cells, facts)
    assert page.find("script") is None
    assert HOSTILE in page.get_text()


def test_the_same_cells_give_the_same_html(edition):
    assert str(every_display(*edition)) == str(every_display(*edition))


def test_a_display_is_plain_text_where_no_html_can_be_shown():
    shown = answer(*example())
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"] == repr(shown)
    assert "<" not in repr(shown)


# --- charts ---

DRAWN = [
    ("trend", "staff"),
    ("trend", "local_spend_share"),
    ("like_for_like", ""),
    ("parts", "net_spend"),
    ("map", "staff"),
]


@pytest.mark.parametrize(("kind", "metric"), DRAWN)
def test_a_chart_is_its_finding_in_words(kind, metric):
    drawn = chart(*example(), kind, metric)
    data, metadata = drawn._repr_mimebundle_()
    assert data["text/plain"] == drawn.alt == repr(drawn)
    assert set(data) == {"image/png", "text/plain"} and metadata == {}
    assert not drawn.table.empty


@pytest.mark.parametrize(("kind", "metric"), DRAWN)
def test_a_chart_is_the_same_picture_each_time_and_carries_its_caption(kind, metric):
    first, second = (chart(*example(), kind, metric).png for _ in range(2))
    assert first == second
    assert "Source: returns of the members of Vale Anchor Network" in png_text(first, "Description")
    assert b"Matplotlib" not in first


def test_a_pale_area_stays_apart_from_the_ground_however_many_shades_there_are():
    pale, ground = (215, 232, 241), (255, 255, 255)
    picture = Image.new("RGB", (400, 300), ground)
    picture.paste(pale, (40, 60, 360, 120))
    for at in range(300):  # what the edges of letters and lines look like
        picture.putpixel((at, 200), (at % 256, 255 - at % 200, 90 + at % 160))
    found = in_few_colours(picture)
    assert found.mode == "P" and len(found.getcolors()) <= 256
    counted = {colour: count for count, colour in found.convert("RGB").getcolors()}
    assert counted[pale] >= 320 * 60 and counted[ground] >= 400 * 300 - 320 * 60 - 300


def test_as_many_colours_as_fill_an_area_are_kept():
    picture = Image.new("RGB", (100, 100), (255, 255, 255))
    shades = [(10 + 5 * at, 90, 200) for at in range(40)]
    for at, shade in enumerate(shades):
        picture.paste(shade, (at, 0, at + 1, 100))
    counted = {colour: count for count, colour in in_few_colours(picture).convert("RGB").getcolors()}
    assert all(counted[shade] == 100 for shade in shades)


def test_the_band_of_what_is_unknown_is_seen_in_the_picture():
    picture = Image.open(io.BytesIO(chart(*example(), "trend", "local_spend_share").png)).convert("RGB")
    band = sum(
        count for count, (red, green, blue) in picture.getcolors(1 << 24) if red < 225 and green > 225 and blue > 235
    )
    assert band > 0.01 * picture.width * picture.height


def test_a_chart_cannot_be_made_without_its_finding():
    with pytest.raises(ValueError, match="alt text"):
        present.Chart(" ")


@pytest.mark.parametrize(("kind", "metric"), DRAWN)
def test_where_nothing_is_to_be_drawn_the_chart_says_so(kind, metric):
    drawn = chart(*spend_only(), kind, metric)
    data, _ = drawn._repr_mimebundle_()
    assert drawn.empty and "image/png" not in data
    assert drawn.alt.startswith("No chart")


def test_a_chart_says_which_year_has_no_figure():
    cells, facts = example()
    where = "table == 'series' and metric == 'staff' and period == '2020/21'"
    gap = with_cells(cells, where, shown="missing", status="missing", value=math.nan, lower=math.nan, upper=math.nan)
    assert "No figure for 2020/21." in chart(gap, facts, "trend", "staff").alt


def test_the_map_names_the_wards_that_are_withheld():
    assert "Withheld for Adel & Wharfedale and Wetherby." in chart(*example(), "map", "staff").alt


def test_a_chart_of_an_unknown_kind_names_the_known_ones():
    with pytest.raises(UserError, match="like_for_like, map, parts, trend"):
        chart(*example(), "pie", "staff")
    with pytest.raises(UserError, match="AN004"):
        chart(*example(), "trend")


def test_short_names_stay_different():
    names = {"a": "Morley North", "b": "Morley South", "c": "Adel & Wharfedale", "d": "Adel & Bramhope"}
    assert len(set(short_names(names).values())) == 4


# --- all of it ---


def test_the_examples_in_the_docstrings_hold():
    modules = [found.name for found in pkgutil.walk_packages(present.__path__, "anchor_analysis.present.")]
    results = [doctest.testmod(importlib.import_module(name)) for name in modules]
    assert sum(result.attempted for result in results) > 3
    assert sum(result.failed for result in results) == 0
