"""Why a rate or a product changed: parts that sum exactly, held to published answers and the methods' identities."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import decompose
from anchor_analysis.compare.identities import factor_effects, factor_ratios, logarithmic_mean
from anchor_analysis.compare.rates import METHODS, RATE_PARTS, rate_parts
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

_NAMES = {"BHC": "baily_hulten_campbell", "GR": "griliches_regev", "FHK": "foster_haltiwanger_krizan"}


def members(*rows: tuple[float | None, float | None, float | None, float | None]) -> pd.DataFrame:
    """Members by numerator and denominator at both ends, None where they do not count."""
    columns = ["from_numerator", "from_denominator", "to_numerator", "to_denominator"]
    return pd.DataFrame(rows, columns=columns).astype("Float64")


def rate_of(frame: pd.DataFrame, end: str) -> float:
    there = frame[f"{end}_numerator"].notna() & (frame[f"{end}_denominator"] > 0)
    return frame.loc[there, f"{end}_numerator"].sum() / frame.loc[there, f"{end}_denominator"].sum()


@pytest.mark.parametrize("name", _NAMES)
def test_published_answers_are_met(real_data: Path, name):
    golden = json.loads((real_data / "golden" / "decomposition.json").read_text())["rate_decomposition"]
    firms = pd.DataFrame(golden["data"]["rows"], columns=golden["data"]["cols"])
    expected = pd.DataFrame(golden["expected"][name]["rows"], columns=golden["expected"][name]["cols"])
    periods = sorted(firms["period"].unique())
    for row in expected.to_dict("records"):
        before = periods[periods.index(row["period"]) - 1]
        ends = [firms[firms["period"] == period].set_index("firm") for period in (before, row["period"])]
        both = ends[0].join(ends[1], how="outer", suffixes=("_0", "_1"))
        frame = pd.DataFrame(
            {
                "from_numerator": both["tfp_0"] * both["share_0"], "from_denominator": both["share_0"],
                "to_numerator": both["tfp_1"] * both["share_1"], "to_denominator": both["share_1"],
            }
        )  # fmt: skip
        parts = rate_parts(frame, _NAMES[name])[list(RATE_PARTS)].sum()
        for part in set(RATE_PARTS) & row.keys():
            assert parts[part] == pytest.approx(row[part], abs=1e-9)
        assert parts.sum() == pytest.approx(row["total"], abs=1e-9)


_AMOUNT = st.integers(0, 10**9)
_MEMBER = st.one_of(
    st.tuples(_AMOUNT, st.integers(1, 10**9), _AMOUNT, st.integers(1, 10**9)),
    st.tuples(_AMOUNT, st.integers(1, 10**9), st.none(), st.none()),
    st.tuples(st.none(), st.none(), _AMOUNT, st.integers(1, 10**9)),
    st.tuples(_AMOUNT, st.just(0), _AMOUNT, st.integers(0, 3)),
)


@pytest.mark.parametrize("method", METHODS)
@given(rows=st.lists(_MEMBER, min_size=1, max_size=14))
def test_the_parts_of_a_rate_sum_to_its_change(method, rows):
    frame = members(*rows)
    parts = rate_parts(frame, method)[list(RATE_PARTS)]
    counts = {end: (frame[f"{end}_denominator"] > 0) & frame[f"{end}_numerator"].notna() for end in ("from", "to")}
    needed = [counts["from"], counts["to"]]
    if method in ("melitz_polanec", "diewert_fox"):
        needed.append(counts["from"] & counts["to"])
    if not all(there.any() for there in needed):
        assert parts.isna().all(axis=None)
    else:
        before, after = rate_of(frame, "from"), rate_of(frame, "to")
        largest = max(1.0, *(row[0] / row[1] for row in rows if row[0] is not None and row[1]),
                      *(row[2] / row[3] for row in rows if row[2] is not None and row[3]))  # fmt: skip
        assert parts.sum(axis=None) == pytest.approx(after - before, abs=1e-12 * largest)


def test_a_network_where_nobody_changes_has_no_change_within():
    frame = members((10, 100, 10, 100), (90, 100, 180, 200), (5, 10, None, None), (None, None, 1, 4))
    for method in METHODS:
        assert rate_parts(frame, method)["within"].tolist() == pytest.approx([0, 0, 0, 0])


def test_who_came_with_the_rate_of_all_changes_nothing():
    frame = members((40, 100, 50, 100), (None, None, 50, 100))
    parts = rate_parts(frame, "diewert_fox").sum()
    assert parts["entry"] == pytest.approx(0) and parts["within"] == pytest.approx(0.1)


def test_melitz_and_polanec_part_the_stayers_by_mean_and_covariance():
    """Their equations (4) to (6): unweighted mean, covariance of weights and rates, entry and exit against stayers."""
    frame = members((20, 100, 30, 120), (45, 50, 80, 100), (6, 60, None, None), (None, None, 9, 10))
    before, after = np.array([0.2, 0.9]), np.array([0.25, 0.8])
    share0, share1 = np.array([100, 50]) / 150, np.array([120, 100]) / 220
    parts = rate_parts(frame, "melitz_polanec")[list(RATE_PARTS)].sum()
    assert parts["within"] == pytest.approx(after.mean() - before.mean())
    covariance = [((s - s.mean()) * (p - p.mean())).sum() for s, p in ((share0, before), (share1, after))]
    assert parts["between"] == pytest.approx(covariance[1] - covariance[0])
    assert parts["entry"] == pytest.approx(10 / 230 * (0.9 - 110 / 220))
    assert parts["exit"] == pytest.approx(-60 / 210 * (0.1 - 65 / 150))


def test_published_effects_of_an_identity_are_met(real_data: Path):
    golden = json.loads((real_data / "golden" / "decomposition.json").read_text())["lmdi"]
    factors = ["P", "g", "s", "i", "e", "k"]
    frame = pd.DataFrame(
        {f"{name}_{end}": [golden["inputs"][name][at]] for name in factors for at, end in enumerate(("from", "to"))}
    )
    effects = factor_effects(frame, factors)
    assert effects[factors].iloc[0].round(4).tolist() == golden["expected"]["effects_P_g_s_i_e_k"]
    assert effects[factors].sum(axis=None) == pytest.approx(golden["expected"]["dC"], abs=1e-6)


_FACTOR = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))


@given(st.lists(st.lists(st.tuples(_FACTOR, _FACTOR), min_size=3, max_size=3), min_size=1, max_size=14))
def test_the_effects_of_factors_sum_to_the_change(rows):
    columns = [f"{name}_{end}" for name in "abc" for end in ("from", "to")]
    frame = pd.DataFrame([[value for pair in row for value in pair] for row in rows], columns=columns)
    before, after = (np.prod([frame[f"{name}_{end}"] for name in "abc"], axis=0) for end in ("from", "to"))
    for method in ("lmdi", "shapley"):
        effects = factor_effects(frame, list("abc"), method)
        largest = np.prod([frame[[f"{name}_from", f"{name}_to"]].max(axis=1) for name in "abc"], axis=0).max()
        assert effects[list("abc")].sum(axis=1).to_numpy() == pytest.approx(after - before, abs=1e-12 * largest + 1e-15)
    assert (factor_effects(frame, list("abc"), "shapley")["method"] == "shapley").all()


@given(st.lists(st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4), min_size=1, max_size=14))
def test_the_ratios_of_factors_multiply_to_the_ratio_of_totals(rows):
    frame = pd.DataFrame(rows, columns=["a_from", "a_to", "b_from", "b_to"])
    total = (frame["a_to"] * frame["b_to"]).sum() / (frame["a_from"] * frame["b_from"]).sum()
    assert factor_ratios(frame, ["a", "b"]).prod() == pytest.approx(total, rel=1e-9)


def test_shapley_of_two_factors_is_half_of_each_order():
    frame = pd.DataFrame({"a_from": [0.0], "a_to": [4.0], "b_from": [3.0], "b_to": [5.0]})
    effects = factor_effects(frame, ["a", "b"])
    assert effects.loc[0, ["a", "b"]].tolist() == [4 * (3 + 5) / 2, (0 + 4) / 2 * 2]
    assert effects.loc[0, "method"] == "shapley"
    assert factor_ratios(frame, ["a", "b"]).isna().all()


def test_the_logarithmic_mean_of_two_far_apart_keeps_its_digits():
    a, b = 1.52587890625e-5, 1655.5
    exact = Decimal(b) - Decimal(a)
    exact /= Decimal(b).ln() - Decimal(a).ln()
    assert logarithmic_mean(np.array([a]), np.array([b]))[0] == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize("away", [0.0, 1e-12, 9.9e-5, 1.01e-4, 0.5])
def test_the_logarithmic_mean_lies_between_the_geometric_and_the_arithmetic(away):
    a, b = np.array([2.0 * (1 + away)]), np.array([2.0])
    found = logarithmic_mean(a, b)[0]
    assert np.sqrt(a * b)[0] - 1e-14 <= found <= ((a + b) / 2)[0] + 1e-14


def shares(network: SpecNetwork) -> SpecNetwork:
    """A stays, B joins, C does not report the second year, D leaves."""
    network.has("A"), network.has("C"), network.has("D", left="2023-12-31")
    network.reports("A", "2022/23", staff=100, staff_living_in_area=(40, 20))
    network.reports("A", "2023/24", staff=200, staff_living_in_area=100)
    network.reports("B", "2023/24", staff=50, staff_living_in_area=40)
    network.reports("C", "2022/23", staff=60, staff_living_in_area=20)
    network.reports("D", "2022/23", staff=60, staff_living_in_area=15)
    return network


@pytest.mark.parametrize("method", METHODS)
def test_a_share_of_the_network_is_parted_member_by_member(network, method):
    share = "staff_living_in_area_share"
    found = decompose(shares(network).observations(), share, "2023/24", method=method, network=network.network)
    assert found["value"].sum() == pytest.approx(network.change(share, "2023/24").value)
    who = {(row.member, row.part, row.reason) for row in found.itertuples()}
    stayed = {("a", "within", "continuing"), ("a", "between", "continuing")}
    assert who - {("a", "cross", "continuing")} == stayed | {
        ("b", "entry", "joiners"), ("c", "exit", "non_response"), ("d", "exit", "leavers"),
    }  # fmt: skip


def test_a_share_of_members_that_merged_changes_within(network):
    network.has("A"), network.has("B", left="2023-12-31", into="A")
    network.reports("A", "2022/23", staff=100, staff_living_in_area=40)
    network.reports("B", "2022/23", staff=100, staff_living_in_area=80)
    network.reports("A", "2023/24", staff=200, staff_living_in_area=130)
    found = decompose(network.observations(), "staff_living_in_area_share", "2023/24", network=network.network)
    assert found.set_index("part")["value"].to_dict() == pytest.approx({"within": 0.05, "between": 0})


def test_like_for_like_nobody_comes_or_goes(network):
    share = "staff_living_in_area_share"
    found = decompose(shares(network).observations(), share, "2023/24", panel="like_for_like", network=network.network)
    assert set(found["part"]) == {"within", "between"}
    assert found.loc[found["part"] == "within", "value"].sum() == pytest.approx(0.5 - 40 / 80)


def test_a_method_that_needs_stayers_says_so_where_there_are_none(network):
    network.has("A"), network.has("B")
    network.reports("A", "2022/23", staff=100, staff_living_in_area=40)
    network.reports("B", "2023/24", staff=100, staff_living_in_area=40)
    with pytest.raises(UserError, match="AN003"):
        decompose(network.observations(), "staff_living_in_area_share", "2023/24", method="diewert_fox")


@pytest.mark.parametrize(("given", "code"), [({"method": "griliches"}, "AN005"), ({"panel": "both"}, "AN005")])
def test_what_cannot_be_parted_is_told(network, given, code):
    with pytest.raises(UserError, match=code):
        decompose(shares(network).observations(), "staff_living_in_area_share", "2023/24", **given)


def carbon(network: SpecNetwork) -> SpecNetwork:
    """A has less floor and less for each of it; B joins; C told no floor; D had no electricity."""
    for name in "ACD":
        network.has(name, levers="estate")
    network.has("B", joined="2023-04-01", levers="estate")
    network.reports("A", "2022/23", floor_area=1000, electricity_used=90_000, electricity_emissions=18_000_000)
    network.reports("A", "2023/24", floor_area=900, electricity_used=80_000, electricity_emissions=16_500_000)
    network.reports("B", "2023/24", floor_area=100, electricity_used=9_000, electricity_emissions=1_800_000)
    network.reports("C", "2022/23", electricity_used=9_000, electricity_emissions=1_800_000)
    network.reports("C", "2023/24", electricity_used=8_000, electricity_emissions=1_700_000)
    network.reports("D", "2022/23", floor_area=10, electricity_used=0, electricity_emissions=0)
    network.reports("D", "2023/24", floor_area=10, electricity_used=100, electricity_emissions=20_000)
    return network


@pytest.mark.parametrize("method", ["lmdi", "shapley"])
def test_emissions_are_parted_into_floor_intensity_and_factor(network, method):
    observations = carbon(network).observations()
    found = decompose(observations, "electricity_emissions", "2023/24", method=method, network=network.network)
    assert found["value"].sum() == pytest.approx(network.change("electricity_emissions", "2023/24").value)
    who = {(row.member, row.part) for row in found.itertuples()}
    chain = ["floor_area", "electricity_used", "electricity_emissions"]
    assert who == {(name, part) for name in "ad" for part in chain} | {("b", "entry"), ("c", "not parted")}
    own = found[found["member"] == "a"].set_index("part")["value"]
    if method == "lmdi":
        weight = (16.5 - 18) / np.log(16.5 / 18)
        ratios = [900 / 1000, (80_000 / 900) / 90, (16.5 / 80_000) / (18 / 90_000)]
        assert own[chain].tolist() == pytest.approx([weight * np.log(ratio) for ratio in ratios])


def test_a_total_that_is_no_product_is_not_parted(network):
    network.reports("A", "2022/23", staff=10), network.reports("A", "2023/24", staff=11)
    with pytest.raises(UserError, match="not a total that is declared as a product of factors"):
        decompose(network.observations(), "staff", "2023/24")
