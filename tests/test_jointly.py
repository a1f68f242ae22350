"""All tables of an edition are protected together: a figure is withheld wherever it stands, or nowhere."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.protect.cells import OF_FEW, TOO_SMALL
from tests.spec import SpecNetwork

YEARS = ("2021/22", "2022/23", "2023/24")


def shown(cells: pd.DataFrame, table: str, metric: str, **where: str) -> pd.DataFrame:
    """The cells of a metric in a table, by what is asked, columns `shown, status, rule` and more."""
    found = cells[(cells["table"] == table) & (cells["metric"] == metric)]
    for name, value in where.items():
        found = found[found[name] == value]
    return found


def one(cells: pd.DataFrame, table: str, metric: str, **where: str) -> pd.Series:
    (_, cell), *more = shown(cells, table, metric, **where).iterrows()
    assert not more
    return cell


# --- the same number in several tables ---


def by_sex(network: SpecNetwork, **counts: int) -> None:
    network.reports("A", "2023/24", staff=sum(counts.values()), staff_women=counts["female"])
    network.reports_by("A", "2023/24", "sex", staff=counts)


@pytest.fixture
def exact(tmp_path) -> SpecNetwork:
    """A network that withholds below 10 and rounds nothing."""
    return SpecNetwork(tmp_path, people="ons_srs")


def test_a_metric_that_is_a_group_of_another_is_withheld_with_it(exact):
    by_sex(exact, female=120, male=6, other=300)
    cells = exact.cells()
    groups = shown(cells, "staff_by_sex", "staff").set_index("group")["status"]
    assert groups["male"] == "withheld" and (groups == "withheld").sum() == 2
    share = one(cells, "workforce_series", "staff_women_share", period="2023/24")
    assert share["status"] == groups["female"]


def test_a_total_is_the_same_figure_in_every_table_that_shows_it(exact):
    by_sex(exact, female=120, male=6, other=300)
    cells = exact.cells()
    totals = [one(cells, "staff_by_sex", "staff", group=""), one(cells, "series", "staff", period="2023/24")]
    assert {cell["status"] for cell in totals} == {"shown"} and {cell["shown"] for cell in totals} == {"426"}


def test_two_groups_that_are_small_hide_one_another(exact):
    by_sex(exact, female=120, male=6, other=9)
    groups = shown(exact.cells(), "staff_by_sex", "staff").set_index("group")["status"]
    assert groups.to_dict() == {"": "shown", "female": "shown", "male": "withheld", "other": "withheld"}


def test_all_that_is_withheld_of_a_kind_of_data_says_the_same(exact):
    by_sex(exact, female=120, male=6, other=300)
    hidden = exact.cells()
    assert set(hidden.loc[hidden["status"] == "withheld", "rule"]) == {TOO_SMALL}


def test_the_analyst_is_told_which_are_small_and_which_would_give_them_away(exact):
    by_sex(exact, female=120, male=6, other=300)
    protected = exact.protected()
    why = protected.why.set_index("cell_id")["why"]
    assert why["staff_by_sex|staff|2023-24|all|male|value"] == "below 10"
    assert (
        set(why) == {"below 10", "would give away a withheld figure"}
        and 0 < protected.decided.lost < 0.5
        and protected.decided.proven
    )


# --- panels and years ---


def test_members_left_out_of_a_panel_are_not_had_from_two_panels_together(exact):
    for year in YEARS:
        exact.reports("A", year, staff=1000), exact.reports("B", year, staff=500)
    exact.has("C"), exact.reports("C", "2022/23", staff=4)
    cells = exact.cells()
    ends = [one(cells, "headlines", "staff", since="previous", panel=panel, item="from")["status"]
            for panel in ("all", "like_for_like")]  # fmt: skip
    assert "withheld" in ends


def test_a_part_of_nobody_is_no_small_part(exact):
    for year in YEARS:
        exact.reports("A", year, staff=1000), exact.reports("B", year, staff=500)
    part = one(exact.cells(), "parts_of_change", "staff", since="previous", item="leavers")
    assert (part["shown"], part["status"]) == ("0", "shown")


# --- what was released before ---


def test_a_figure_that_was_released_stays_and_another_is_withheld(exact):
    by_sex(exact, female=120, male=60, other=300)
    before = exact.protected().cells
    assert not (before["status"] == "withheld").any()
    small = SpecNetwork(exact.folder, people="ons_srs")
    by_sex(small, female=120, male=60, other=300)
    small.reports_by("A", "2023/24", "disability", staff={"disabled": 7, "not_disabled": 400, "not_said": 73})
    alone, after = small.protected(), small.protected(released=[("2023/24", before)])
    assert (alone.cells["status"] == "withheld").any() and not after.decided.unsafe
    told = before.loc[before["status"] == "shown"].set_index("cell_id")["shown"]
    now = after.cells.set_index("cell_id")
    assert (now.loc[told.index, "shown"] == told).all()
    assert now.loc["staff_by_disability|staff|2023-24|all|disabled|value", "status"] == "withheld"


def test_what_releases_give_away_whatever_is_withheld_is_named(exact):
    by_sex(exact, female=120, male=60, other=300)
    open_ = SpecNetwork(exact.folder, people="open_data")
    by_sex(open_, female=120, male=6, other=300)
    before = open_.protected().cells
    small = SpecNetwork(exact.folder, people="ons_srs")
    by_sex(small, female=120, male=6, other=300)
    assert small.protected(released=[("2023/24", before)]).decided.unsafe == ["staff:2023-24:network:sex=male"]


# --- marks in words, and rounding together ---


def test_a_mark_in_words_stays_and_the_count_behind_it_is_not_had(tmp_path):
    network = SpecNetwork(tmp_path, people="ofqual")
    by_sex(network, female=121, male=3, other=302)
    groups = shown(network.cells(), "staff_by_sex", "staff").set_index("group")["shown"]
    assert groups["male"] == "fewer than 5"
    assert "[c]" in set(groups)  # percentages are of unrounded parts, so 121 and 302 would leave 3 of the 426


def rounded_together(folder, threshold: int = 0) -> SpecNetwork:
    profile = f"""title: Own
threshold: {threshold}
zero: shown
round_to: 5
percentages: {{source: rounded, decimals: 1, smallest_base: {threshold}}}
minimum_contributors: 3
withheld: "[c]"
method: controlled_rounding
source: An example
source_status: own choice
"""
    storage.write_text(folder / "networks" / "example" / "definitions" / "profiles" / "together.yaml", profile)
    return SpecNetwork(folder, people="together")


def test_parts_that_are_rounded_together_make_their_total(tmp_path):
    network = rounded_together(tmp_path)
    by_sex(network, female=12, male=12, other=12)
    groups = shown(network.cells(), "staff_by_sex", "staff").set_index("group")
    values = groups["value"].to_dict()
    assert values["female"] + values["male"] + values["other"] == values[""] == 35.0
    assert all(abs(values[name] - 12) < 5 and values[name] % 5 == 0 for name in ("female", "male", "other"))
    assert one(network.cells(), "series", "staff", period="2023/24")["shown"] == "35"


def test_a_figure_that_is_rounded_together_lies_within_its_bounds(tmp_path):
    network = rounded_together(tmp_path)
    network.reports("A", "2023/24", staff=36, staff_women=(12, 3))
    network.reports_by("A", "2023/24", "sex", staff={"female": 12, "male": 12, "other": 9, "unknown": 3})
    cell = one(network.cells(), "workforce_series", "staff_women_share", period="2023/24")
    assert cell["lower"] <= 12 / 36 and cell["upper"] >= 15 / 36


# --- what members keep confidential ---


def amounts(network: SpecNetwork, **spend: int) -> None:
    for year in YEARS:
        for name, amount in spend.items():
            network.has(name)
            network.reports(name, year, net_spend=amount * 100)


def closed(folder, **agreed: str) -> SpecNetwork:
    return SpecNetwork(folder, confidentiality="confidential", spend="open_data")


def test_a_total_that_one_member_makes_nearly_all_of_is_withheld(tmp_path):
    network = closed(tmp_path)
    amounts(network, A=1_000_000, B=20_000, C=9_000, D=5_000)
    cell = one(network.cells(), "series", "net_spend", period="2023/24")
    assert (cell["status"], cell["rule"]) == ("withheld", OF_FEW)


def test_a_total_of_members_of_which_none_stands_out_is_told(tmp_path):
    network = closed(tmp_path)
    amounts(network, A=1_000_000, B=900_000, C=800_000, D=700_000)
    assert one(network.cells(), "series", "net_spend", period="2023/24")["shown"] == "£3,400,000.00"


def test_a_total_of_two_members_tells_each_what_the_other_has(tmp_path):
    network = closed(tmp_path)
    amounts(network, A=1_000_000, B=900_000)
    assert one(network.cells(), "series", "net_spend", period="2023/24")["status"] == "withheld"


def agree(network: SpecNetwork, *members: str) -> None:
    blocks = [
        f'[[agreements]]\nmember = "{name.lower()}"\nmetrics = ["spend"]\nperiods = "all"\nsigned = 2024-05-01\n'
        'signed_by = "finance director"\nshows = "named"\n'
        for name in members
    ]  # fmt: skip
    storage.write_text(network.folder / "networks" / "example" / "agreements.toml", "\n".join(blocks))


def test_a_member_that_agreed_is_named_and_the_one_that_did_not_is_not_had_from_the_total(tmp_path):
    network = closed(tmp_path)
    amounts(network, A=1_000_000, B=900_000, C=800_000, D=700_000, E=600_000, F=500_000)
    agree(network, "A", "B", "C", "D", "E")
    cells = network.cells()
    named = shown(cells, "members", "net_spend").set_index("member")["status"]
    assert named["f"] == "withheld" and (named[["a", "b", "c", "d", "e", ""]] == "withheld").sum() == 1
    total = one(cells, "series", "net_spend", period="2023/24")["status"]
    assert named[""] == total


def test_members_that_all_agreed_are_all_named(tmp_path):
    network = closed(tmp_path)
    amounts(network, A=1_000_000, B=900_000, C=800_000)
    agree(network, "A", "B", "C")
    assert set(shown(network.cells(), "members", "net_spend")["status"]) == {"shown"}
