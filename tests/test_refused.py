"""Protection makes no edition that the audit refuses: a few networks of the study, and what it found, by itself."""

from __future__ import annotations

import pytest

from tests.refused_study import outcome_of, refusals
from tests.spec import SpecNetwork

YEARS = ("2021/22", "2022/23", "2023/24")


@pytest.mark.parametrize("seed", [5004, 5008, 5009, 5011, 5045])
def test_of_drawn_networks_no_edition_is_refused_and_none_cannot_be_made(seed):
    one = outcome_of(seed)
    assert (one.refused, one.impossible) == ((), False)


def by_member(folder, profile: str, years=YEARS, kept: str = "shared", **staff: int) -> SpecNetwork:
    network = SpecNetwork(folder, people=profile, confidentiality=kept)
    for name, count in staff.items():
        network.has(name)
        for year in years:
            network.reports(name, year, staff=count)
    return network


def marks(cells, member: str) -> set[str]:
    own = cells[(cells["table"] == "members") & (cells["metric"] == "staff") & (cells["member"] == member)]
    return set(own["shown"])


def test_words_for_a_small_count_leave_all_that_they_say(tmp_path):
    """Three members below five and a total of six: the words alone would say that one has no more than four."""
    network = by_member(tmp_path, "ofqual", A=400, B=300, C=4, D=1, E=1)
    cells = network.protected().cells
    assert marks(cells, "c") == {"fewer than 5"} and refusals(network, [(YEARS[-1], cells)]) == []


def test_words_for_a_small_count_are_taken_back_where_they_leave_too_little(tmp_path):
    """A member with one person who lives elsewhere: of one to four that do, nought could not be."""
    network = by_member(tmp_path, "ofqual", kept="confidential", A=2, B=1, C=3)
    protected = network.protected()
    assert protected.decided.unsafe == [] and refusals(network, [(YEARS[-1], protected.cells)]) == []


def test_who_left_with_nobody_holds_nothing_up(tmp_path):
    network = by_member(tmp_path, "nhs_digital_hes", kept="confidential", A=900, B=800, C=700, D=600)
    network.has("E", left="2023-04-01")
    for year in YEARS[:2]:
        network.reports("E", year, staff=0)
    protected = network.protected()
    assert protected.decided.unsafe == [] and refusals(network, [(YEARS[-1], protected.cells)]) == []


def test_how_many_went_with_a_member_that_left_is_no_small_count_for_being_taken_away(tmp_path):
    network = by_member(tmp_path, "acro", A=900, B=800, C=700)
    network.has("E", left="2023-04-01")
    for year in YEARS[:2]:
        network.reports("E", year, staff=8)
    assert refusals(network, [(YEARS[-1], network.protected().cells)]) == []
