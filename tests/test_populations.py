"""Staff by characteristic beside a population: findings, what is shown of them, and populations that cannot be."""

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.compare import Benchmark, against_benchmark
from anchor_analysis.declared import load_network
from anchor_analysis.problems import UserError
from tests.spec import write_network
from tests.steps import MEMBER

ETHNICITY = """
[[populations]]
by = "ethnicity"
title = "residents aged 16 to 64"
source = "a census"
vintage = "2021"
[populations.counts]
"""


def told(tmp_path, text):
    network = write_network(tmp_path, MEMBER)
    storage.write_text(network.folder / "populations.toml", text)
    return load_network(storage.Workspace(tmp_path), network.id)


def observed(**groups: int) -> pd.DataFrame:
    """Staff of the network by ethnic group, as observations."""
    rows = [
        {"observation_id": f"staff:2023-24:network:ethnicity={group}", "metric": "staff", "network_year": "2023/24",
         "scope": "network", "breakdown": "ethnicity", "group": group, "numerator": number, "unit": "persons",
         "members_counted": 2, "members_expected": 3}
        for group, number in groups.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"numerator": "Int64"})


def test_staff_are_held_against_the_population_among_those_who_stated_it():
    """Of 100 who stated it 30 would be expected in a group of 3 in 10; 20 more who did not may all be in it."""
    people = Benchmark("residents", "2021", pd.Series({"asian": 30.0, "white": 70.0}), "population")
    found = against_benchmark(observed(asian=15, white=85, unknown=20), people, "staff", "2023/24", None, "ethnicity")
    row = found.set_index("group").loc["asian"]
    assert row["kind"] == "population" and row["finding_id"] == "staff:2023-24:benchmark:ethnicity=asian"
    assert (row["expected"], row["value"], row["quotient"]) == (30, -15, 0.5)
    assert (row["quotient_lower"], row["quotient_upper"]) == pytest.approx((15 / 36, 35 / 36))
    assert "unknown" not in set(found["group"])


def test_a_population_is_read_with_its_source(tmp_path):
    (one,) = told(tmp_path, ETHNICITY + "asian = 30\nwhite = 70\n").populations
    assert (one.by, one.vintage, one.counts) == ("ethnicity", "2021", {"asian": 30, "white": 70})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ETHNICITY + "asian = 30\nfemale = 70\n", '"female" is no group of ethnicity'),
        (ETHNICITY + "asian = 30\nunknown = 70\n", '"unknown" is no group of ethnicity'),
        (ETHNICITY + "asian = -1\nwhite = 70\n", "none is below nought"),
        (ETHNICITY + "white = 70\n", "at least 2 items"),
        (2 * (ETHNICITY + "asian = 30\nwhite = 70\n"), "two populations are counted by ethnicity"),
        (ETHNICITY.replace('"ethnicity"', '"religion"') + "a = 1\nb = 2\n", "'sex', 'ethnicity', 'disability'"),
        (ETHNICITY.replace('source = "a census"', 'source = ""') + "asian = 3\nwhite = 7\n", "at least 1 character"),
    ],
)
def test_a_population_that_cannot_be_is_told_with_its_place(tmp_path, text, said):
    with pytest.raises(UserError) as caught:
        told(tmp_path, text)
    assert all(one.code == "AN007" and "populations.toml" in one.where for one in caught.value.problems)
    assert said in str(caught.value)
