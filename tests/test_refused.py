"""Protection makes no edition that the audit refuses: a few networks of the study, and what it found, by itself."""

from __future__ import annotations

import pytest

from anchor_analysis.protect.cells import SMALL_OR_OF_FEW
from tests.refused_study import as_of, outcome_of, refusals
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


# --- what the reason of a share tells of those it is of ---


def beside_few(folder, largest: int, joined: int, grown: int = 0) -> SpecNetwork:
    """Three members of all years of whom one has most, three of the second year alone and one of the third.

    The totals are told, and of those of all years that a share of them is not, as they are few. The largest of them
    has so many more in the third year, if it has `grown`.
    """
    network = SpecNetwork(folder, confidentiality="confidential")
    for name, staff in {"A": 14, "B": 2, "C": largest, "D": 60, "E": 50, "F": 40, "J": joined}.items():
        network.has(name)
        for year in {"J": YEARS[2:], "A": YEARS, "B": YEARS, "C": YEARS}.get(name, YEARS[1:2]):
            count = staff + (grown if (name, year) == ("C", YEARS[2]) else 0)
            network.reports(name, year, staff=count, staff_women=count // 2)
            network.reports_by(name, year, "sex", staff={"female": count // 2, "male": count - count // 2})
    return network


def why_of_few(cells, item: str) -> str:
    """Why the share of women among the members of all years is not told."""
    asked = "metric == 'staff_women_share' and panel == 'like_for_like' and since == 'previous'"
    (rule,) = cells.query(f"{asked} and item == '{item}'")["rule"]
    return rule


def test_the_reason_of_a_share_stays_where_it_leaves_enough(tmp_path):
    """Of 93 to 97 at most 49: who joined has 44 or more, and 54 must be possible."""
    network = beside_few(tmp_path, largest=20, joined=61)
    cells = network.protected().cells
    assert why_of_few(cells, "to") == "share of fewer than 50" and refusals(network, [(YEARS[-1], cells)]) == []


def test_the_reason_of_a_share_is_taken_back_where_it_leaves_too_little(tmp_path):
    """Of 193 to 197 at most 49: who joined would have 144 or more, and 135 must be possible."""
    network = beside_few(tmp_path, largest=30, joined=150)
    cells = network.protected().cells
    assert why_of_few(cells, "to") == SMALL_OR_OF_FEW and refusals(network, [(YEARS[-1], cells)]) == []


def test_the_reason_that_a_release_gave_is_known_for_good(tmp_path):
    """Of 203 to 207 at most 49 and those by whom they grew: so that is withheld, as the reason cannot be any more."""
    network = beside_few(tmp_path, largest=26, joined=150, grown=12)
    before = (YEARS[1], as_of(network, YEARS[1]).protected(YEARS[1]).cells)
    cells = network.protected(released=[before]).cells
    assert why_of_few(before[1], "to") == "share of fewer than 50"
    assert refusals(network, [before, (YEARS[-1], cells)]) == []


def test_what_a_member_has_is_left_wider_than_just_a_tenth(tmp_path):
    """Who did not report had 146 to 154, and with who joined 92 to 88 fewer: so who joined has 54 to 66, 60 ± 10 %."""
    network = beside_few(tmp_path, largest=20, joined=60)
    assert refusals(network, [(YEARS[-1], network.protected().cells)]) == []
