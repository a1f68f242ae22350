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


# --- sums that a few suppliers make ---


def made_by(network: SpecNetwork, largest: int, second: int, absolute: int, contributors: int = 20) -> pd.DataFrame:
    """What the suppliers of the network's net spend of the latest year make of it, in pounds."""
    rows = network.observations().query("metric == 'net_spend' and scope == 'network' and network_year == '2023/24'")
    pence = {"largest": largest, "second": second, "n_largest": largest + second, "absolute": absolute}
    return rows[["metric", "network_year", "scope", "member", "breakdown", "group"]].assign(
        contributors=contributors, **{name: amount * 100 for name, amount in pence.items()}
    )


def of_suppliers(folder, **made: int) -> pd.DataFrame:
    network = SpecNetwork(folder, spend="acro")
    amounts(network, A=600_000, B=400_000)
    return network.protected(suppliers=made_by(network, **made)).cells


def test_a_sum_of_which_two_suppliers_make_nearly_all_is_withheld(tmp_path):
    cells = of_suppliers(tmp_path, largest=900_000, second=50_000, absolute=1_000_000)
    cell = one(cells, "series", "net_spend", period="2023/24")
    assert (cell["status"], cell["rule"]) == ("withheld", OF_FEW)
    assert one(cells, "series", "net_spend", period="2022/23")["status"] == "shown"


def test_such_a_sum_is_not_had_from_the_members_either(tmp_path):
    cells = of_suppliers(tmp_path, largest=900_000, second=50_000, absolute=1_000_000)
    named = shown(cells, "members", "net_spend").set_index("member")["status"]
    assert (named[["a", "b"]] == "withheld").any()


def test_a_sum_that_many_suppliers_make_is_told(tmp_path):
    cells = of_suppliers(tmp_path, largest=100_000, second=50_000, absolute=1_000_000)
    assert one(cells, "series", "net_spend", period="2023/24")["shown"] == "£1,000,000.00"


def test_a_sum_of_fewer_suppliers_than_the_profile_asks_for_is_withheld(tmp_path):
    cells = of_suppliers(tmp_path, largest=100_000, second=50_000, absolute=1_000_000, contributors=9)
    assert one(cells, "series", "net_spend", period="2023/24")["status"] == "withheld"


# --- what a fresh look found ---


def attacked(network: SpecNetwork, cells: pd.DataFrame, *kinds: str) -> list[str]:
    """What the audit's attack works out of the cells, as a reader."""
    from anchor_analysis.audit import attack, reading_of
    from anchor_analysis.running.facts import edition_facts

    declared = network.network
    facts = edition_facts(declared, declared.latest, [], network.observations(), cells)
    return [found.target.words for found in attack([reading_of(cells, facts, declared)], kinds).found]


def test_a_joiner_without_anything_is_not_had_from_two_panels_that_tell_the_same(tmp_path):
    network = SpecNetwork(tmp_path, confidentiality="confidential")
    for year in YEARS:
        for name, staff in (("A", 900), ("B", 800), ("C", 700), ("E", 600), ("F", 500)):
            network.has(name), network.reports(name, year, staff=staff)
    network.reports("D", "2023/24", staff=0)
    protected = network.protected()
    assert not protected.decided.unsafe and attacked(network, protected.cells, "people") == []


def test_a_small_member_that_did_not_report_holds_nothing_up(tmp_path):
    network = SpecNetwork(tmp_path)
    for year in YEARS:
        network.has("A"), network.reports("A", year, staff=1000)
        network.has("B"), network.reports("B", year, staff=500)
    network.has("C"), network.reports("C", "2021/22", staff=5), network.reports("C", "2022/23", staff=5)
    assert network.protected().decided.unsafe == []


def test_a_joiner_is_kept_where_figures_are_rounded_together_too(tmp_path):
    network = rounded_together(tmp_path)
    network.settings["confidentiality"] = "confidential"
    for year in YEARS:
        for name, staff in (("A", 1000), ("B", 900), ("C", 800), ("E", 700), ("F", 600)):
            network.has(name), network.reports(name, year, staff=staff)
    network.reports("D", "2023/24", staff=700)
    assert attacked(network, network.protected().cells, "people") == []


def test_a_withheld_nought_is_not_told_by_a_share_that_is_not_known(exact):
    exact.reports("A", "2023/24", staff=500, staff_living_in_area=200)
    exact.reports("B", "2023/24", staff=0, staff_living_in_area=0)
    exact.reports("C", "2023/24", staff=400, staff_living_in_area=100)
    cells = exact.cells()
    shares = shown(cells, "members", "staff_living_in_area_share").set_index("member")["shown"]
    assert shares["b"] == "[c]"


def test_the_reason_of_a_share_does_not_say_that_its_base_is_too_small_to_be_told(tmp_path):
    network = SpecNetwork(tmp_path, people="ons_srs")
    network.reports("A", "2023/24", staff=500, staff_living_in_area=200)
    network.reports("B", "2023/24", staff=7, staff_living_in_area=4)
    network.reports("C", "2023/24", staff=400, staff_living_in_area=100)
    share = one(network.cells(), "members", "staff_living_in_area_share", member="b")
    assert share["rule"] == TOO_SMALL


def test_a_member_does_not_have_anothers_few_by_taking_away_its_own(tmp_path):
    network = SpecNetwork(tmp_path, people="ons_srs")
    for name, staff in (("A", 400), ("B", 3), ("C", 500), ("E", 600), ("F", 45)):
        network.reports(name, "2023/24", staff=staff)
    cells = shown(network.cells(), "members", "staff").set_index("member")["status"]
    for insider in ("a", "c", "e", "f"):
        hidden = {name for name, status in cells.items() if name and status == "withheld"} - {insider}
        assert cells[""] == "withheld" or len(hidden) > 1


def test_a_figure_that_was_told_hides_nothing_when_it_is_withheld_again(tmp_path):
    network = closed(tmp_path)
    amounts(network, A=1_000_000, B=300_000, C=250_000, E=10_000)
    agree(network, "A")
    before = network.protected().cells
    storage.write_text(tmp_path / "networks" / "example" / "agreements.toml", "")
    after = network.protected(released=[("2023/24", before)])
    assert one(before, "members", "net_spend", member="a")["status"] == "shown"
    assert one(after.cells, "members", "net_spend", member="a")["status"] == "withheld" and not after.decided.unsafe
    assert one(after.cells, "series", "net_spend", period="2023/24")["status"] == "withheld"


def test_what_was_withheld_of_a_table_that_was_revised_since_stays_withheld(exact):
    def by_disability(folder, **groups: int) -> SpecNetwork:
        network = SpecNetwork(folder, people="ons_srs")
        network.reports("A", "2023/24", staff=sum(groups.values()))
        network.reports_by("A", "2023/24", "disability", staff=groups)
        return network

    before = by_disability(exact.folder, disabled=6, not_disabled=300, not_said=120).protected().cells
    after = by_disability(exact.folder, disabled=6, not_disabled=110, not_said=120)
    cells = after.protected(released=[("2023/24", before)]).cells
    kept = shown(before, "staff_by_disability", "staff").query("status == 'withheld'")["group"]
    now = shown(cells, "staff_by_disability", "staff").set_index("group")["status"]
    assert set(now[list(kept)]) == {"withheld"}


# --- what one total has over another ---


def two_panels(folder, between: dict[str, int], spend: str = "open_data") -> SpecNetwork:
    """Five members of every year, four that reported the latest alone, and some that missed the first one.

    These are in the panel since the year before and not in that since the baseline, and no cell tells them apart.
    """
    network = SpecNetwork(folder, confidentiality="confidential", spend=spend)
    amounts(network, A=1_000_000, B=900_000, C=800_000, D=700_000, E=600_000)
    for name, amount in between.items():
        network.has(name)
        for year in YEARS[1:]:
            network.reports(name, year, net_spend=amount * 100)
    for name in ("W", "X", "Y", "Z"):
        network.has(name), network.reports(name, YEARS[-1], net_spend=800_000_00)
    return network


def both_panels(cells: pd.DataFrame) -> list[str]:
    """How the totals of two panels in the latest year are told, which leave those between them."""
    return [one(cells, "headlines", "net_spend", since=since, panel="like_for_like", item="to")["status"]
            for since in ("previous", "baseline")]  # fmt: skip


def test_the_totals_of_two_panels_are_not_both_told_if_one_member_makes_nearly_all_between_them(tmp_path):
    cells = two_panels(tmp_path, {"J": 500_000, "K": 20_000, "L": 9_000}).cells()
    assert "withheld" in both_panels(cells)


def test_the_totals_of_two_panels_are_told_if_none_between_them_stands_out(tmp_path):
    cells = two_panels(tmp_path, {"J": 500_000, "K": 400_000, "L": 300_000}).cells()
    assert both_panels(cells) == ["shown", "shown"]


def strict(folder, rule: str, fewest: int = 3) -> str:
    profile = f"""title: Own
threshold: 0
zero: shown
round_to: 0
percentages: {{source: unrounded, decimals: 1, smallest_base: 0}}
minimum_contributors: {fewest}
withheld: "[c]"
dominance: {{by: [member], {rule}}}
source: An example
source_status: own choice
"""
    storage.write_text(folder / "networks" / "example" / "definitions" / "profiles" / "strict.yaml", profile)
    return "strict"


@pytest.mark.parametrize(("rule", "told"), [("p: 0.1", True), ("n: 1, k: 0.6", False), ("p: 0.5", False)])
def test_what_two_panels_leave_is_held_to_the_profiles_own_rule(tmp_path, rule, told):
    """Of 1,000,000 one has 700,000 and two 150,000, which is enough to hide a tenth of it and not more."""
    network = two_panels(tmp_path, {"J": 700_000, "K": 150_000, "L": 150_000}, strict(tmp_path, rule))
    assert (both_panels(network.cells()) == ["shown", "shown"]) == told


@pytest.mark.parametrize(("fewest", "told"), [(3, True), (4, False)])
def test_what_two_panels_leave_is_of_as_many_members_as_the_profile_asks_for(tmp_path, fewest, told):
    between = {"J": 500_000, "K": 400_000, "L": 300_000}
    network = two_panels(tmp_path, between, strict(tmp_path, "p: 0.1", fewest))
    assert (both_panels(network.cells()) == ["shown", "shown"]) == told


def test_who_agreed_is_none_of_those_that_a_difference_hides(tmp_path):
    """With what J has told, K and L are two of whom each knows the other; with L told too, K alone is left."""
    network = two_panels(tmp_path, {"J": 500_000, "K": 400_000, "L": 300_000})
    agree(network, "J")
    cells = network.cells()
    assert "withheld" in both_panels(cells) or one(cells, "members", "net_spend", member="j")["status"] == "withheld"
    agree(network, "J", "K", "L")
    assert both_panels(network.cells()) == ["shown", "shown"]


def test_what_members_share_may_be_had_from_two_panels(tmp_path):
    network = two_panels(tmp_path, {"J": 500_000, "K": 20_000, "L": 9_000})
    network.settings["confidentiality"] = "shared"
    assert both_panels(network.cells()) == ["shown", "shown"]


def test_a_total_and_its_part_are_not_both_told_if_one_member_makes_nearly_all_of_the_rest(tmp_path):
    network = closed(tmp_path)
    for year in YEARS:
        for name, whole, part in (("A", 1_000_000, 500_000), ("B", 900_000, 899_000), ("C", 800_000, 799_000),
                                  ("D", 700_000, 699_000)):  # fmt: skip
            network.has(name), network.reports(name, year, net_spend=whole * 100, local_spend=part * 100)
    cells = network.cells()
    told = [one(cells, "series", metric, period="2023/24")["status"] for metric in ("net_spend", "local_spend")]
    assert "withheld" in told
