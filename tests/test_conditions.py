"""Conditions of the place: read with all their faults, shown apart, and part of nothing else."""

import pandas as pd
import pytest

from anchor_analysis import present, storage
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.problems import UserError
from anchor_analysis.protect.cells import CELL_COLUMNS
from anchor_analysis.running.facts import edition_facts
from tests.spec import write_network
from tests.steps import MEMBER

HEAD = "condition,period,area,name,value,lower,upper,mark,source,released\n"
HERE = "claimant_count,2023,E08000035,Leeds,4.64,,,,Nomis,2024-01-16\n"
PAY = "median_earnings,2023,E08000035,Leeds,621.7,607.5,635.9,provisional,ASHE table 8,2023-11-01\n"
EARLIER = "claimant_count,2022,E08000035,Leeds,4.9,,,,Nomis,2023-01-17\n"
KEPT_BACK = "claimant_count,2023,E12000003,The region,,,,withheld,Nomis,2024-01-16\n"


NO_CELLS = pd.DataFrame(columns=CELL_COLUMNS)


def told(tmp_path, text: str):
    network = write_network(tmp_path, MEMBER)
    storage.write_text(network.folder / "conditions.csv", text)
    return load_network(storage.Workspace(tmp_path), network.id)


def facts(network) -> dict:
    columns = ["metric", "scope", "status", "member", "network_year", "breakdown", "unknown", "numerator"]
    nothing = pd.DataFrame(columns=columns)
    return edition_facts(network, network.latest, [], nothing, NO_CELLS)


def test_values_are_shown_as_the_source_has_them(tmp_path):
    shown = present.conditions(facts(told(tmp_path, HEAD + EARLIER + HERE + PAY + KEPT_BACK)))
    frame = shown.table.set_index(["condition", "period", "area"])
    assert frame.loc[("claimant_count", "2023", "E08000035"), "shown"] == "4.6%"
    assert frame.loc[("claimant_count", "2023", "E12000003"), "shown"] == "withheld by the source"
    pay = frame.loc[("median_earnings", "2023", "E08000035")]
    assert (pay["shown"], pay["interval"], pay["value"]) == ("£622 (provisional)", "£608 to £636", 621.7)
    for text in ("4.6%", "withheld by the source", "£608 to £636", "no result of what members did", "ASHE table 8"):
        assert text in shown.html
    assert shown.html.index(">2023<") < shown.html.index(">2022<"), "the newest first"


def test_a_picture_needs_two_periods_and_says_what_it_shows(tmp_path):
    drawn = present.chart(NO_CELLS, facts(told(tmp_path, HEAD + EARLIER + HERE + PAY)), "conditions")
    assert drawn.alt == "Claimant count: Leeds 4.9% in 2022 and 4.6% in 2023." and drawn.png
    assert present.chart(NO_CELLS, facts(told(tmp_path, HEAD + HERE)), "conditions").empty


def test_without_the_file_nothing_is_shown(tmp_path):
    shown = present.conditions(facts(write_network(tmp_path, MEMBER)))
    assert shown.empty and "no conditions" in shown.text


def test_conditions_are_part_of_nothing(tmp_path):
    """No metric, no operand, no cell: with and without them an edition's facts differ in nothing else."""
    catalogue = load_catalogue()
    assert not set(catalogue.conditions) & (set(catalogue.metrics) | set(catalogue.tables))
    without, with_them = facts(write_network(tmp_path, MEMBER)), facts(told(tmp_path, HEAD + HERE))
    assert {name for name in with_them if with_them[name] != without[name]} == {"conditions"}


@pytest.mark.parametrize(
    ("rows", "codes", "said"),
    [
        ("", ["AN062"], "no column period, area"),
        (HERE.replace("claimant_count", "claimants"), ["AN063"], 'no condition "claimants"'),
        (HERE.replace("4.64", "4,64%").replace("4,64%", '"4,64%"'), ["AN063"], '"4,64%" is no number'),
        (HERE.replace("4.64", "nan"), ["AN063"], "is no number"),
        (HERE.replace("4.64", ""), ["AN063"], "withheld as its mark"),
        (HERE.replace("2024-01-16", "16/01/2024"), ["AN063"], "is no day"),
        (HERE.replace(",Nomis,", ",,"), ["AN063"], "it is blank"),
        (PAY.replace("607.5", "630"), ["AN063"], "do not rise"),
        (PAY.replace("provisional", "early"), ["AN063"], 'no mark "early"'),
        (HERE + HERE, ["AN064"], "stands in line 2 already"),
        (HERE.replace("4.64", "x") + PAY.replace("621.7", "y"), ["AN063", "AN063"], "line 3, value"),
    ],
)
def test_everything_that_cannot_be_read_is_told_at_once(tmp_path, rows, codes, said):
    text = "condition,value,name,source,released\n" if codes == ["AN062"] else HEAD + rows
    with pytest.raises(UserError) as caught:
        told(tmp_path, text)
    assert [one.code for one in caught.value.problems] == codes
    assert said in str(caught.value) and "conditions.csv" in str(caught.value)
