"""What is told beside a headline on what is most disadvantaged: the same homes counted otherwise, protected alike."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis.compare import compare
from anchor_analysis.declared import Network
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.present import answer, cards, faults, limits, make_claims, table
from anchor_analysis.present.answers import main_metrics
from anchor_analysis.present.released import Released
from anchor_analysis.protect import protect
from anchor_analysis.running.facts import edition_facts
from tests.spec import write_network
from tests.steps import MEMBER

YEAR = "2023/24"
OTHER = 'deprivation = "ranks"\ndeprivation_other = "ranks-2025"'
COUNTS = {
    "staff": (10000, 0),
    "staff_living_in_area": (6400, 400),
    "staff_most_disadvantaged_wards": (2000, 400),
    "staff_most_deprived_tenth": (1700, 400),
    "staff_most_deprived_tenth_other": (1300, 400),
}
REFERENCES = [
    {"id": "ranks", "kind": "deprivation", "role": "deprivation", "vintage": "2019", "sha256": "1", "source": "x"},
    {"id": "ranks-2025", "kind": "deprivation", "role": "deprivation_other", "vintage": "2025", "sha256": "2",
     "source": "y"},
]  # fmt: skip


@pytest.fixture
def network(tmp_path) -> Network:
    """A network of one member that names both releases."""
    write_network(tmp_path, MEMBER)
    path = tmp_path / "networks" / "example" / "network.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('deprivation = "ranks"', OTHER), encoding="utf-8")
    return load(tmp_path)


def load(folder) -> Network:
    from anchor_analysis import storage
    from anchor_analysis.declared import load_network

    return load_network(storage.Workspace(folder), "example")


def edition(network: Network, **changed: tuple[int, int]) -> tuple[pd.DataFrame, dict]:
    """The released cells and facts of a year in which the member has these counts, and as many the year before."""
    wanted = {name: count for name, count in (COUNTS | changed).items() if count}
    rows = [
        {"member": "a", "network_year": year, "metric": metric, "numerator": value, "unknown": unknown,
         "unknown_credits": 0, "rows": 10000, "group": ""}
        for year in ("2022/23", YEAR) for metric, (value, unknown) in wanted.items()
    ]  # fmt: skip
    totals = pd.DataFrame(rows).astype(dict.fromkeys(["numerator", "unknown", "unknown_credits", "rows"], "Int64"))
    told = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
    months = pd.DataFrame(columns=["member", "network_year", "months"])
    observations = measure(network, Measured(totals, {}, told, months, "", network.all_years()))
    year = network.year(YEAR)
    cells = protect(network, observations, compare(network, observations, year), year).cells
    named = [one for one in REFERENCES if getattr(network.reference, one["role"])]
    return cells, edition_facts(network, year, named, observations, cells)


def said(cells, facts, name: str) -> str:
    (claim,) = (claim for claim in make_claims(cells, facts) if claim.id == name)
    assert faults(claim, cells, facts) == []
    return claim.sentence


def test_a_headline_says_by_what_it_counts_and_what_it_would_be_otherwise(network):
    cells, facts = edition(network)
    assert said(cells, facts, "staff-most-disadvantaged-wards-counted-otherwise") == (
        "This is by most disadvantaged wards of Leeds, fixed list of seven; counted otherwise it is 1,700 staff from "
        "the most deprived tenth of neighbourhoods (IMD 2019) and 1,300 staff from the most deprived tenth "
        "under the other release (IMD 2025)."
    )


def test_a_share_is_told_beside_the_shares(network):
    cells, facts = edition(network)
    words = said(cells, facts, "staff-most-deprived-tenth-share-counted-otherwise")
    assert words.startswith(
        "This is by IMD 2019; counted otherwise it is 20.8% of staff from the most disadvantaged wards"
    )
    assert words.endswith("13.5% of staff from the most deprived tenth under the other release (IMD 2025).")


def test_what_is_no_headline_has_no_card_and_is_on_the_first_screen_all_the_same(network):
    cells, facts = edition(network)
    assert not any("_other" in metric for metric in main_metrics(Released(cells, facts)))
    assert "By IMD 2025: 13.5%" in cards(cells, facts, ["staff_most_deprived_tenth_share"]).text
    assert "Counted otherwise it would be 13.5% of staff" in answer(cells, facts).text


def test_the_sensitivity_has_a_table_and_answers_for_no_other(network):
    cells, facts = edition(network)
    shown = table(cells, facts, "deprivation_sensitivity").table
    assert dict(zip(shown["Measure"], shown[YEAR], strict=True)) == {
        "Staff from the most disadvantaged wards": "2,000",
        "Staff from the most deprived tenth of neighbourhoods": "1,700",
        "Staff from the most deprived tenth under the other release": "1,300",
        "Share of staff from the most disadvantaged wards": "20.8%",
        "Share of staff from the most deprived tenth of neighbourhoods": "17.7%",
        "Share of staff from the most deprived tenth under the other release": "13.5%",
    }
    (level,) = (claim for claim in make_claims(cells, facts) if claim.id == "staff-most-deprived-tenth-level")
    assert not level.cells[0].startswith("deprivation_sensitivity")


def test_a_small_count_under_the_other_release_is_withheld_like_any_other(network):
    cells, facts = edition(network, staff_most_deprived_tenth_other=(7, 400))
    other = cells[cells["metric"].str.startswith("staff_most_deprived_tenth_other") & (cells["period"] == YEAR)]
    assert set(other["status"]) == {"withheld"} and other["value"].isna().all()
    words = said(cells, facts, "staff-most-deprived-tenth-counted-otherwise")
    assert "a figure that is withheld for staff from" in words and "7 " not in words
    assert "13." not in answer(cells, facts).text


def test_where_no_other_release_is_named_the_page_says_that_it_was_not_tested(tmp_path):
    network = write_network(tmp_path, MEMBER)
    cells, facts = edition(network, staff_most_deprived_tenth_other=())
    assert "How far it hangs on what counts as most disadvantaged is not told" in limits(cells, facts).text
    assert len(table(cells, facts, "deprivation_sensitivity").table) == 4
    assert "other" not in said(cells, facts, "staff-most-deprived-tenth-counted-otherwise").replace("otherwise", "")


def test_the_limits_say_that_two_releases_are_no_change_and_where_a_list_no_longer_stands(network):
    cells, facts = edition(network)
    facts["moved_lists"] = ["x@1 is frozen: by today's references its rule would put in Pudsey and leave out Armley"]
    text = limits(cells, facts).text
    assert "no year is compared across them" in text and "is not told, since" not in text
    assert "X@1 is frozen: by today's references its rule would put in Pudsey" in text


def test_where_nobody_reported_staff_nothing_is_said_of_it(network):
    nothing = dict.fromkeys(COUNTS, ())
    cells, facts = edition(network, **{**nothing, "net_spend": (100000, 0)})
    assert not [claim for claim in make_claims(cells, facts) if "otherwise" in claim.id]
    assert "How far it hangs" not in limits(cells, facts).text
