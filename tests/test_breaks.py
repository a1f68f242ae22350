"""Breaks: what is compared across one, by what, and what the new way of counting made of a change."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.compare import change, decompose, series, trends
from anchor_analysis.declared import Network, load_network
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

WHY = "agency staff are counted too"
BREAK = f"breaks:\n  - {{from: 2023/24, why: {WHY}OVERLAP}}\n"
COUNT = """title: {title}
question: How many?
lever: employer
kind: additive
table: workforce
numerator: {{sum: person}}
unit: persons
better: higher
protect: people
smallest_change: {{percent: 0.5}}
noun: people
caveats: [As an example.]
source: An example
owner: network analyst
checker: unchecked
next_review: 2027-11-30
status: current
version: 1
"""
SHARE = """title: {title}
question: How large a part?
lever: employer
kind: ratio
numerator: {{metric: {top}}}
denominator: {{metric: {bottom}}}
unit: share
better: higher
protect: people
smallest_change: {{points: 0.2}}
noun: share
caveats: [As an example.]
source: An example
owner: network analyst
checker: unchecked
next_review: 2027-11-30
status: current
version: 1
"""


class Broken(SpecNetwork):
    """A network with its own metric `people`, which counts otherwise from 2023/24; `people_before` does not."""

    overlap = "people_before"

    @property
    def network(self) -> Network:
        told = super().network
        folder = told.folder / "definitions" / "metrics"
        link = f", overlap: {self.overlap}" if self.overlap else ""
        files = {
            "people": COUNT.format(title="People") + BREAK.replace("OVERLAP", link),
            "people_before": COUNT.format(title="People as before"),
            "here": COUNT.format(title="Here"),
            "here_share": SHARE.format(title="Share here", top="here", bottom="people")
            + BREAK.replace("OVERLAP", ", overlap: here_share_before" if self.overlap else ""),
            "here_share_before": SHARE.format(title="Share here as before", top="here", bottom="people_before"),
        }
        for name, text in files.items():
            storage.write_text(folder / f"{name}.yaml", text)
        return load_network(storage.Workspace(self.folder), "example")

    def staffed(self, member: str, year: str, new: int, old: int | None = None, here: int = 1) -> None:
        before = {} if old is None else {"people_before": old}
        self.reports(member, year, people=new, here=here, **before)


@pytest.fixture
def network(tmp_path) -> Broken:
    """A and B reported both years on both bases, C joined, D left no figure on the old basis."""
    made = Broken(tmp_path)
    for name in "ABD":
        made.has(name)
    made.has("C", joined="2023-04-01")
    made.staffed("A", "2022/23", 100, 100, 40), made.staffed("A", "2023/24", 150, 110, 50)
    made.staffed("B", "2022/23", 200, 200, 60), made.staffed("B", "2023/24", 230, 190, 80)
    made.staffed("C", "2023/24", 70, 60, 20)
    made.staffed("D", "2022/23", 50, 50, 10), made.staffed("D", "2023/24", 90, None, 15)
    return made


def test_without_an_overlap_nothing_is_compared_across_a_break(network):
    network.overlap = ""
    for panel in ("all", "like_for_like"):
        found = network.change("people", "2023/24", panel=panel)
        assert (found["verdict"], found["reason"]) == ("not comparable", f"break in 2023/24: {WHY}")
    assert "definition" not in network.change("people", "2023/24").parts


def test_with_an_overlap_the_parts_tell_what_the_new_way_of_counting_made_of_it(network):
    found = network.change("people", "2023/24")
    assert found["value"] == 540 - 350 and found["verdict"] == "not comparable"
    # A and B by the old way: 110 + 190 - 300; the new way adds 40 and 40, and D has no old figure: all of its 40
    assert found.parts == {"continuing": 0, "joiners": 70, "leavers": 0, "non_response": 0, "definition": 120}


def test_the_same_members_are_compared_as_they_were_counted_before(network):
    found = network.change("people", "2023/24", panel="like_for_like")
    assert (found["from_value"], found["to_value"], found["members"], found["left_out"]) == (300, 300, 2, 2)
    assert 'both years are counted as "People as before"' in found["reason"]
    assert found["verdict"] == "no clear change" and "people_before:2023-24:a" in found["observation_ids"]


def test_years_on_one_side_are_compared_as_ever(network):
    network.staffed("A", "2021/22", 80, 80, 30)
    assert network.change("people", "2022/23", panel="like_for_like")["value"] == 20


def test_an_overlap_that_breaks_itself_links_nothing(network):
    observations, declared = network.observations(), network.network
    path = declared.folder / "definitions" / "metrics" / "people_before.yaml"
    storage.write_text(path, COUNT.format(title="People as before") + BREAK.replace("OVERLAP", ""))
    declared = load_network(storage.Workspace(network.folder), "example")
    found = change(observations, "people", "2023/24", panel="like_for_like", network=declared).iloc[0]
    assert found["verdict"] == "not comparable"


def test_a_chain_goes_through_a_linked_break_and_ends_at_another(network):
    for name in "AB":
        network.staffed(name, "2021/22", 100, 100, 30)
    chained = series(network.observations(), "people", "chained", network=network.network).set_index("period")
    assert chained.loc["2023/24", "index"] == pytest.approx(100 * 300 / 200 * 300 / 300)
    every = series(network.observations(), "people", "all", network=network.network).set_index("period")
    assert every.loc["2023/24", "reason"] == f"break in 2023/24: {WHY}" and pd.isna(every.loc["2023/24", "index"])
    network.overlap = ""
    chained = series(network.observations(), "people", "chained", network=network.network).set_index("period")
    assert pd.isna(chained.loc["2023/24", "index"]) and "break" in chained.loc["2023/24", "reason"]


def test_a_share_is_parted_as_it_was_counted_and_the_rest_is_its_definition(network):
    found = decompose(network.observations(), "here_share", "2023/24", network=network.network)
    told = change(network.observations(), "here_share", "2023/24", network=network.network).iloc[0]
    assert found["value"].sum() == pytest.approx(told["value"])
    rest = found[found["part"] == "definition"]
    # D has no figure on the old basis, so its own change stands apart, with the reason
    assert rest["value"].tolist() == pytest.approx([165 / 540 - 165 / 450])
    assert set(found.loc[found["member"] == "d", "reason"]) == {"definition"}
    network.overlap = ""
    with pytest.raises(UserError, match="are not comparable"):
        decompose(network.observations(), "here_share", "2023/24", network=network.network)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.none() | st.integers(0, 10**6)] * 3), min_size=2, max_size=8))
def test_parts_sum_across_a_linked_break(tmp_path_factory, members):
    made = Broken(tmp_path_factory.mktemp("broken"))
    for name, (before, old, new) in zip("ABCDEFGH", members, strict=False):
        made.has(name)
        if before is not None:
            made.staffed(name, "2022/23", before, before)
        if new is not None:
            made.staffed(name, "2023/24", new, old)
    if not {"2022/23", "2023/24"} <= {row["network_year"] for row in made.told}:
        return
    rows = change(made.observations(), "people", "2023/24", network=made.network)
    whole = rows[rows["kind"] == "change"].iloc[0]
    ends = [0 if pd.isna(whole[end]) else whole[end] for end in ("from_numerator", "to_numerator")]
    assert rows["part_numerator"].sum() == ends[1] - ends[0]


# --- a member whose figures hold another thing than before ---


class Wider(SpecNetwork):
    """B takes in another site from 2023/24 on."""

    @property
    def network(self) -> Network:
        told = super().network
        block = '\n[[breaks]]\nmember = "b"\nfrom = "2023/24"\nmetrics = ["staff"]\nwhy = "another site is in it"\n'
        path = told.folder / "network.toml"
        storage.write_text(path, storage.read_text(path) + block)
        return load_network(storage.Workspace(self.folder), "example")


@pytest.fixture
def wider(tmp_path) -> Wider:
    made = Wider(tmp_path)
    for year, a, b in (("2021/22", 90, 100), ("2022/23", 100, 100), ("2023/24", 105, 180)):
        made.reports("A", year, staff=a, staff_living_in_area=a // 2)
        made.reports("B", year, staff=b, staff_living_in_area=b // 2)
    return made


def test_a_member_that_counts_another_thing_is_told_as_that_and_left_out_of_like_for_like(wider):
    every, same = (wider.change("staff", "2023/24", panel=panel) for panel in ("all", "like_for_like"))
    assert every.parts == {"continuing": 5, "joiners": 0, "leavers": 0, "non_response": 0, "definition": 80}
    assert every["verdict"] == "not comparable" and "another site" in every["reason"]
    assert (same["value"], same["members"], same["left_out"], same["verdict"]) == (5, 1, 1, "rose")


def test_it_concerns_shares_of_the_metric_and_no_others(wider):
    assert wider.change("staff_living_in_area_share", "2023/24")["verdict"] == "not comparable"
    assert wider.change("staff_living_in_area", "2023/24")["verdict"] == "rose"
    assert wider.change("staff", "2022/23")["verdict"] == "rose"


def test_series_leave_it_out_or_end_there(wider):
    def of(panel: str) -> pd.DataFrame:
        return series(wider.observations(), "staff", panel, network=wider.network).set_index("period")

    assert of("balanced")["value"].tolist() == [90, 100, 105]
    assert of("chained").loc["2023/24", "index"] == pytest.approx(100 * 200 / 190 * 105 / 100)
    assert "another site" in of("all").loc["2023/24", "reason"] and pd.notna(of("all").loc["2022/23", "index"])


def test_trends_leave_it_out(wider):
    found = trends(wider.observations(), ["staff"], network=wider.network).iloc[0]
    assert found["members"] == 1


def test_what_is_no_member_or_metric_is_told(tmp_path):
    made = SpecNetwork(tmp_path)
    made.reports("A", "2023/24", staff=1)
    path = made.network.folder / "network.toml"
    block = '\n[[breaks]]\nmember = "z"\nfrom = "2023/24"\nmetrics = ["stuff"]\nwhy = "an example"\n'
    block += block.replace("2023/24", "spring")
    storage.write_text(path, storage.read_text(path) + block)
    with pytest.raises(UserError, match='"stuff"') as found:
        load_network(storage.Workspace(tmp_path), "example")
    said = str(found.value)
    assert '"z", who is no member' in said and '"spring" is not a year of two calendar years' in said


# --- a first year that was restated since it was published ---


def restated(folder) -> tuple[SpecNetwork, pd.DataFrame]:
    """The first year was published with 100 and 50 of 150; A has mended it to 120 since, and B left out ten of its."""
    made = SpecNetwork(folder)
    for name in "AB":
        made.has(name)
    made.reports("A", "2022/23", staff=100, staff_living_in_area=60)
    made.reports("B", "2022/23", staff=50, staff_living_in_area=(20, 5))
    published = made.observations()
    made.told = []
    made.reports("A", "2022/23", staff=120, staff_living_in_area=70)
    made.reports("B", "2022/23", staff=40, staff_living_in_area=(20, 5))
    made.reports("A", "2023/24", staff=130, staff_living_in_area=80)
    made.reports("B", "2023/24", staff=45, staff_living_in_area=(20, 5))
    return made, published


def test_a_restatement_is_a_part_of_what_readers_work_out(tmp_path):
    made, published = restated(tmp_path)
    rows = change(made.observations(), "staff", "2023/24", network=made.network, published=published)
    whole, parts = rows[rows["kind"] == "change"].iloc[0], rows[rows["kind"] == "part"].set_index("part")
    assert (whole["from_value"], whole["to_value"], whole["value"]) == (150, 175, 25)
    assert parts["value"].to_dict() == {
        "continuing": 15, "joiners": 0, "leavers": 0, "non_response": 0, "restatement": 10,
    }  # fmt: skip
    assert whole["verdict"] == "not comparable" and "restated" in whole["reason"]


def test_a_share_was_restated_by_points(tmp_path):
    made, published = restated(tmp_path)
    rows = change(
        made.observations(), "staff_living_in_area_share", "2023/24", network=made.network, published=published
    )
    whole, part = rows.iloc[0], rows[rows["part"] == "restatement"].iloc[0]
    assert part["value"] == pytest.approx(90 / 155 - 80 / 145)
    assert whole["value"] == pytest.approx(100 / 170 - 80 / 145)


def test_what_was_not_restated_is_compared_as_ever(tmp_path):
    made, _ = restated(tmp_path)
    rows = change(made.observations(), "staff", "2023/24", network=made.network, published=made.observations())
    assert rows.iloc[0]["verdict"] == "rose" and rows.iloc[-1][["part", "value"]].tolist() == ["restatement", 0]


def test_a_year_that_was_not_published_is_told(tmp_path):
    made, published = restated(tmp_path)
    with pytest.raises(UserError, match="what was published has no observations"):
        change(made.observations(), "staff", "2023/24", network=made.network,
               published=published[published["network_year"] != "2022/23"])  # fmt: skip
