"""What each carrier of an edition tells of its cells, read from the files as a reader has them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from anchor_analysis import storage
from anchor_analysis.audit.carriers import carried_by, read_folder
from anchor_analysis.audit.descriptions import told_in_words
from anchor_analysis.audit.figures import Between, around, figure, precision, value_of
from anchor_analysis.audit.inference import Fault, faults_of
from anchor_analysis.audit.markup import read_markup, read_pages
from anchor_analysis.declared import load_catalogue
from anchor_analysis.present import Released
from anchor_analysis.publish.notebooks import ARCHIVE, read_notebooks, write_notebooks
from anchor_analysis.publish.workbook import tidy_csv, write_workbook
from tests import cells_example
from tests.attack_example import NOW, items, network, observations

PROFILES = load_catalogue().profiles
PEOPLE, SPEND, LISTENING = (
    PROFILES[name] for name in ("people_threshold_10_round_5", "spend_round_100000", "listening_threshold_5")
)

#: Two themes are withheld, so that neither can be had by subtraction.
CELLS = items("items_by_theme", all=40, gaps=12, health=None, other=None, places=18)
WITHHELD = "items_by_theme|items_heard|2023-24|all|health|value"

DEFINED = load_catalogue().metrics["items_heard"].model_dump(mode="json")


# --- figures ---


@pytest.mark.parametrize(
    ("text", "unit", "profile", "low", "high"),
    [
        ("12,015", "persons", PEOPLE, 12013, 12017),
        ("£1,251.6m", "gbp", SPEND, 1_251_550_000, 1_251_650_000),
        ("33.5%", "share", PEOPLE, 0.3345, 0.3355),
        ("−1.2 points", "share", PEOPLE, -0.0125, -0.0115),
        ("+2,605", "fte", PEOPLE, 2602.5, 2607.5),
        ("527", "items", LISTENING, 527, 527),
        ("between 3% and 9%", "share", PEOPLE, 0.025, 0.095),
        ("fewer than 5", "items", LISTENING, 0, 4),
        ("[c]", "persons", PEOPLE, float("-inf"), float("inf")),
    ],
)
def test_printed_words_leave_of_the_true_figure(text, unit, profile, low, high):
    assert figure(text, unit, profile) == pytest.approx(Between(low, high))


def test_figures_rounded_so_that_sums_stay_whole_may_miss_by_nearly_a_whole_base():
    controlled = PEOPLE.model_copy()
    object.__setattr__(controlled, "__dict__", controlled.__dict__ | {"method": "controlled_rounding"})
    assert around(100, "persons", controlled) == Between(96, 104)
    assert around(100, "persons", PEOPLE) == Between(98, 102)


def test_printed_precision_is_half_a_unit_of_the_last_digit():
    assert [precision(text) for text in ("£1.5m", "33.5%", "1,905", "none")] == [50_000, 0.0005, 0.5, float("inf")]
    assert value_of("−1.2 points") == pytest.approx(-0.012)


# --- markup ---


def test_cells_and_the_words_of_pictures_are_read_from_html():
    page = '<p data-cell="a" data-field="size">12<br> <b>345</b></p><td data-cell="b">[c]</td><img alt="Bar chart. 7">'
    found = read_markup(page)
    assert [tuple(one) for one in found.elements] == [("a", "size", "12 345"), ("b", "shown", "[c]")]
    assert found.descriptions == ["Bar chart. 7"]


def test_what_names_a_field_alone_is_of_the_cell_that_is_named_around_it():
    page = (
        '<tr data-of="a"><td data-field="shown">12</td><td data-cell="b">3</td></tr><p data-of="c"><i>no field</i></p>'
    )
    found = read_markup(page)
    assert [tuple(one) for one in found.elements] == [("a", "shown", "12"), ("b", "shown", "3")]
    assert found.claims == ["a", "b", "c"]
    assert read_markup('<p data-of="a"></p><p data-field="shown">loose</p>').elements == []


def test_a_link_to_a_card_is_of_the_cards_cell_and_so_is_what_it_holds():
    page = (
        '<a href="#c-1">12</a><td><a href="#c-1"><i data-field="shown">12</i> <i data-field="lower">10</i></a></td>'
        '<a href="#c-1" data-field="size">13</a><a href="#elsewhere">14</a>'
        '<div id="c-1" data-of="a"><a href="#c-2">7</a></div><div id="c-2" data-of="b"></div>'
    )
    found = [tuple(one) for one in read_markup(page).elements]
    shown = ("a", "shown", "12")
    assert found == [shown, shown, ("a", "lower", "10"), ("a", "size", "13"), ("b", "shown", "7")]


def test_an_element_within_an_element_belongs_to_both():
    found = read_markup('<p data-cell="a">one <span data-cell="b">two</span> three</p>')
    assert {one.cell: one.text for one in found.elements} == {"a": "one two three", "b": "two"}


# --- an edition as files ---


def facts() -> dict:
    told = {"title": "Items heard, by theme", "kind": "levels", "audience": "public", "breakdown": "theme", "of": ""}
    return cells_example.facts(cells_example.Network()) | {
        "network": "demonstration", "year": NOW, "revision": "r1", "definitions": {"items_heard": DEFINED},
        "tables": {"items_by_theme": told},
    }  # fmt: skip


def claim(*parts: dict) -> dict:
    text = "".join(part["text"] for part in parts)
    return {
        "id": "items-heard", "sentence": text, "parts": list(parts), "cells": [], "about": "", "audience": "public",
        "ladder": "described",
    }  # fmt: skip


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """An edition in which nothing is given away: one page, one notebook, sentences, a CSV and a workbook."""
    cells = cells_example.frame(CELLS)
    total = CELLS[0]["cell_id"]
    said = [claim({"text": "There were "}, {"text": "40", "cell": total, "field": "shown"}, {"text": " items."})]
    storage.write_frame(cells, tmp_path / "cells.parquet")
    storage.write_text(tmp_path / "edition.json", storage.to_json(facts()))
    storage.write_text(
        tmp_path / "claims.json", storage.to_json({"claims": [one | {"kind": "sentence"} for one in said]})
    )
    storage.write_text(tmp_path / "tables" / "items_by_theme.csv", tidy_csv(cells, "items_by_theme"))
    write_workbook(cells, said, facts(), tmp_path / "workbook.xlsx")
    rows = "".join(f'<td data-cell="{one["cell_id"]}">{one["shown"]}</td>' for one in CELLS)
    storage.write_text(tmp_path / "index.html", f"<table>{rows}</table>{picture('Gaps 12')}")
    notebook = {"cells": [{"outputs": [{"data": {"text/html": f"<table>{rows}</table>", "text/plain": "40 items"}}]}]}
    write_notebooks(tmp_path, {"index": storage.to_json(notebook)})
    return tmp_path


def picture(words: str) -> str:
    described = f"Bar chart. Items heard from communities by theme in {NOW}: {words}."
    return f'<img src="data:image/png;base64,AAAA" alt="{described}">'


def found(edition: Path) -> list[Fault]:
    return faults_of(edition, network())


def rewrite(path: Path, old: str, new: str) -> None:
    text = storage.read_text(path)
    assert old in text
    storage.write_text(path, text.replace(old, new))


def gives_away(faults: list[Fault], where: str) -> bool:
    """Whether a carrier is named with the withheld cell, and with the figure the other withheld cell falls too."""
    carrier = any(one.code == "AN052" and where in one.where and WITHHELD in one.what for one in faults)
    worked_out = {one.where for one in faults if one.where.startswith("items_by_theme|")}
    return carrier and len(worked_out) == 2 and not any(" 6" in one.what for one in faults)


def test_an_edition_that_gives_nothing_away_has_no_faults(edition):
    assert found(edition) == []


def reported(**by_theme: int) -> pd.DataFrame:
    """What all members of the edition heard, of whom it tells one and not which, by theme."""
    told = [observations("items_heard", NOW, all=count).assign(breakdown="theme", group=theme)
            for theme, count in by_theme.items()]  # fmt: skip
    return pd.concat(told).assign(scope="network", member="", members_counted=1)


PLAIN = [
    ("<p>5</p>", ["5"]), ("<style>.a5{}</style>", []), ('<b data-cell="a">5 <i>6</i></b>', []),
    ('<p data-fact="x">5</p>', []), ('<a href="#c-1">5</a><div data-of="a" id="c-1"></div>', []),
    ('<a href="#c-2">5</a><div data-of="a" id="c-1"></div>', ["5"]), ('<a data-field="shown" href="#c-2">5</a>', ["5"]),
    ('<a href="other.html#c-3"><i>5</i></a>', []), ('<a href="other.html#c-4"><i>5</i></a>', ["5"]),
    ('<b data-cell="a">5</b></div>6', ["6"]), ("<p>5</div>6</p>", ["5", "6"]),
]  # fmt: skip


@pytest.mark.parametrize(("page", "left"), PLAIN)
def test_what_is_left_of_a_page_is_what_no_mark_names_and_what_leads_to_no_card(page, left):
    pages = {"index.html": page, "other.html": '<div data-of="b" id="c-3"></div>'}
    assert [text for _, text in read_pages(pages)["index.html"].unmarked] == left


def test_a_range_that_is_too_narrow_and_not_exact_blocks_the_release(edition):
    """Of the other theme, which is 4, it must be possible that it is 3: if health is at most 6, it is not."""
    true = reported(health=6, other=4)
    assert faults_of(edition, network(), (), true) == []
    rewrite(edition / "index.html", f'<td data-cell="{WITHHELD}">[c]', f'<td data-cell="{WITHHELD}">between 0 and 6')
    narrow = [one for one in faults_of(edition, network(), (), true) if "more narrowly" in one.what]
    assert [(one.code, one.where) for one in narrow] == [("AN052", WITHHELD.replace("health", "other"))]
    assert "groups add up to the total" in narrow[0].what
    assert not any("more narrowly" in one.what for one in found(edition))


def test_every_carrier_is_read(edition):
    carried = carried_by(edition, Released(cells_example.frame(CELLS), facts()), read_folder(edition))
    places = {one.place.split(",")[0] for one in carried.told}
    expected = {"index.html", "notebooks/index.ipynb", "claims.json", "tables/items_by_theme.csv", "workbook.xlsx"}
    assert places == expected and len(carried.descriptions) == 1


def test_a_page_that_shows_a_withheld_cell_is_found_and_so_is_what_follows_from_it(edition):
    rewrite(edition / "index.html", f'<td data-cell="{WITHHELD}">[c]', f'<td data-cell="{WITHHELD}">6')
    assert gives_away(found(edition), "index.html")


def test_a_notebook_that_shows_a_withheld_cell_is_found(edition):
    notebook = json.loads(read_notebooks(edition)["index"])
    data = notebook["cells"][0]["outputs"][0]["data"]
    data["text/html"] = data["text/html"].replace(f'"{WITHHELD}">[c]', f'"{WITHHELD}">6')
    write_notebooks(edition, {"index": json.dumps(notebook)})
    assert gives_away(found(edition), "notebooks/index.ipynb")


def test_a_notebook_of_an_edition_from_before_there_was_an_archive_is_read_too(edition):
    text = read_notebooks(edition)["index"]
    (edition / ARCHIVE).unlink()
    storage.write_text(edition / "notebooks" / "index.ipynb", text.replace(f'"{WITHHELD}\\">[c]', f'"{WITHHELD}\\">6'))
    assert gives_away(found(edition), "notebooks/index.ipynb")


def test_a_sentence_that_tells_a_withheld_cell_is_found(edition):
    said = claim({"text": "There were "}, {"text": "6", "cell": WITHHELD, "field": "shown"}, {"text": " on health."})
    claims = storage.read_json(edition / "claims.json")
    claims["claims"].append(said | {"kind": "sentence"})
    storage.write_text(edition / "claims.json", storage.to_json(claims))
    assert gives_away(found(edition), "claims.json")


def test_a_number_in_the_workbook_alone_is_found(edition):
    book = load_workbook(edition / "workbook.xlsx")
    sheet = book["Items by theme"]
    (square,) = [row[1] for row in sheet.iter_rows() if str(row[0].value).startswith("Health")]
    assert square.value == "[c]"
    square.value = 6
    book.save(edition / "workbook.xlsx")
    assert gives_away(found(edition), "workbook.xlsx, Items by theme")


@pytest.mark.parametrize("column", ["shown", "value", "upper"])
def test_a_download_that_has_a_withheld_figure_is_found(edition, column):
    path = edition / "tables" / "items_by_theme.csv"
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    table.loc[table["cell_id"] == WITHHELD, column] = "6"
    table.to_csv(path, index=False)
    faults = found(edition)
    assert any(one.code == "AN052" and "tables/items_by_theme.csv" in one.where for one in faults)


@pytest.mark.parametrize("words", ["most in Gaps 12; fewest in Health 6", "Health: 6, Gaps: 12"])
def test_the_words_of_a_picture_that_give_a_withheld_figure_are_found(edition, words):
    rewrite(edition / "index.html", picture("Gaps 12"), picture(words))
    assert gives_away(found(edition), "index.html, description of a picture")


def test_the_year_before_which_a_picture_has_a_figure_says_whose_it_is():
    cells = items("community_series", all=None)
    known = Released(cells_example.frame(cells), facts())
    text = "Line chart. Items heard from communities: 340 in 2018/19 (1 of 1 members) and 527 in 2023/24."
    assert [told.text for told in told_in_words([("index.html", text)], known)] == ["527"]


def test_a_figure_that_is_in_no_cell_is_found_in_the_words_of_a_picture(edition):
    rewrite(edition / "index.html", picture("Gaps 12"), picture("Gaps 123,456"))
    assert [one.where for one in found(edition)] == ["index.html"]


def test_carriers_that_disagree_are_found(edition):
    total = CELLS[0]["cell_id"]
    rewrite(edition / "index.html", f'"{total}">40', f'"{total}">41')
    (fault,) = found(edition)
    assert fault == ("AN040", "index.html", f"shows shown of {total} otherwise than it was released.")


def test_a_sentence_that_is_not_made_of_its_parts_is_found(edition):
    claims = storage.read_json(edition / "claims.json")
    claims["claims"][0]["sentence"] = "There were 40 items, 6 on health."
    storage.write_text(edition / "claims.json", storage.to_json(claims))
    assert "claims.json, items-heard" in {one.where for one in found(edition)}


def test_an_earlier_release_is_read_from_its_folder(edition, tmp_path_factory):
    earlier = tmp_path_factory.mktemp("earlier")
    cells = items("items_by_theme", all=40, gaps=12, health=6, other=4, places=18)
    storage.write_frame(cells_example.frame(cells), earlier / "cells.parquet")
    storage.write_text(earlier / "edition.json", storage.to_json(facts() | {"revision": "r0"}))
    faults = faults_of(edition, network(), [earlier])
    assert {one.where for one in faults} == {WITHHELD, WITHHELD.replace("health", "other")}
    assert all("(demonstration 2023/24 r0)" in one.what for one in faults)
