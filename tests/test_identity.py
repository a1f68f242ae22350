"""A total of the network as members × what there is for each × what there is of it for each part of that."""

from __future__ import annotations

from math import log, prod

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis.compare import change, identity
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

SINCE, YEAR = "2022/23", "2023/24"


def spending(folder, *rows: tuple[str, str, int, int]) -> SpecNetwork:
    """A network of members that bought so much in a year, and so much of it in the area, in pence."""
    made = SpecNetwork(folder)
    for member, year, spend, local in rows:
        made.reports(member, year, net_spend=spend, local_spend=local)
    return made


def parts(made: SpecNetwork, **asked) -> pd.DataFrame:
    return identity(made.observations(), "local_spend", YEAR, network=made.network, **asked).set_index("part")


def test_local_spend_is_members_times_spend_each_times_local_share(tmp_path):
    made = spending(tmp_path, ("A", SINCE, 1000, 400), ("B", SINCE, 3000, 1200), ("A", YEAR, 2000, 1000),
                    ("B", YEAR, 3000, 1500), ("C", YEAR, 4000, 2000))  # fmt: skip
    found = parts(made)
    assert found.index.tolist() == ["members", "net_spend", "local_spend", "total"]
    assert found["of"].tolist() == ["", "members", "net_spend", ""]
    assert found["from_value"].tolist() == [2, 20, 0.4, 16] and found["to_value"].tolist() == [3, 30, 0.5, 45]
    # L(45, 16) ln(x1 / x0), Ang (2005), equations (7) and (8): of one row it is the total's own logarithmic mean
    mean = (45 - 16) / (log(45) - log(16))
    by_hand = [mean * log(3 / 2), mean * log(30 / 20), mean * log(0.5 / 0.4)]
    assert found["value"].iloc[:3].tolist() == pytest.approx(by_hand)
    assert found["ratio"].tolist() == pytest.approx([1.5, 1.5, 1.25, 45 / 16])
    assert set(found["members"]) == {3}


def test_of_the_same_members_there_are_as_many(tmp_path):
    made = spending(tmp_path, ("A", SINCE, 1000, 400), ("B", SINCE, 3000, 1200), ("A", YEAR, 2000, 1000),
                    ("C", YEAR, 4000, 2000))  # fmt: skip
    found = parts(made, panel="like_for_like")
    assert found.loc["members", ["from_value", "to_value", "value", "ratio"]].tolist() == [1, 1, 0, 1]
    assert found.loc["total", ["from_value", "to_value", "value"]].tolist() == [4, 10, 6]


def test_a_member_that_tells_one_factor_alone_is_not_parted(tmp_path):
    made = spending(tmp_path, ("A", SINCE, 1000, 400), ("A", YEAR, 2000, 1000))
    made.reports("B", YEAR, local_spend=700)
    found = parts(made)
    assert found.loc["not_parted", "value"] == 7 and pd.isna(found.loc["not_parted", "ratio"])
    assert found.loc["total", "value"] == 13 and found["value"].drop("total").sum() == pytest.approx(13)
    assert found.loc["members", "to_value"] == 1


def test_where_a_factor_is_nought_there_is_no_ratio_and_the_effects_still_sum(tmp_path):
    made = spending(tmp_path, ("A", SINCE, 1000, 0), ("A", YEAR, 2000, 1000))
    found = parts(made)
    assert found["ratio"].isna().all() and found["value"].drop("total").sum() == pytest.approx(10)
    smooth = spending(tmp_path / "other", ("A", SINCE, 1000, 500), ("A", YEAR, 2000, 1000))
    assert parts(smooth, method="shapley")["ratio"].iloc[:3].isna().all()


def test_what_is_no_product_and_what_nobody_told_is_refused(tmp_path):
    made = spending(tmp_path, ("A", SINCE, 1000, 400), ("A", YEAR, 0, 10))
    with pytest.raises(UserError, match="nothing of the factor before it"):
        parts(made)
    with pytest.raises(UserError, match="is not a total that is declared as a product"):
        identity(made.observations(), "net_spend", YEAR, network=made.network)
    with pytest.raises(UserError, match="sums"):
        parts(made, method="sums")


AMOUNT = st.integers(1, 10**9)


@settings(max_examples=25, deadline=None)
@given(data=st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT, st.sampled_from(["both", "joins", "leaves"])),
                     min_size=1, max_size=8))  # fmt: skip
def test_effects_sum_to_the_change_and_ratios_multiply_to_it(tmp_path_factory, data):
    made = SpecNetwork(tmp_path_factory.mktemp("identity"))
    for at, (spend, local, later, local_later, kind) in enumerate([*data, (5, 3, 7, 4, "both")]):
        if kind != "joins":
            made.reports(f"m{at}", SINCE, net_spend=spend, local_spend=local)
        if kind != "leaves":
            made.reports(f"m{at}", YEAR, net_spend=later, local_spend=local_later)
    observations = made.observations()
    for panel in ("all", "like_for_like"):
        found = parts(made, panel=panel)
        whole = change(observations, "local_spend", YEAR, panel=panel, network=made.network).iloc[0]
        size = max(whole["from_value"], whole["to_value"])
        assert found.loc["total", "value"] == pytest.approx(whole["value"], abs=1e-9 * size)
        assert found["value"].drop("total").sum() == pytest.approx(whole["value"], abs=1e-9 * size)
        assert prod(found["ratio"].drop("total")) == pytest.approx(found.loc["total", "ratio"], rel=1e-9)
        for end in ("from_value", "to_value"):
            assert prod(found[end].drop("total")) == pytest.approx(found.loc["total", end], rel=1e-9)
