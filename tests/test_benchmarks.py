"""Staff by area against a benchmark: expected, excess, quotient, with what is unknown, nought, missing or withheld."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis.compare import Benchmark, against_benchmark

YEAR = "2023/24"
A, B, C, D = (f"E0500000{number}" for number in range(1, 5))


def by_ward(**staff):
    """Observations of the network's staff by ward, and of a member's, which are in none of the sums."""
    rows = [
        {"observation_id": f"staff:{group}:{scope}", "scope": scope, "metric": "staff", "network_year": YEAR, "group": group,
         "breakdown": "home_ward", "numerator": count, "unit": "persons", "members_counted": 3, "members_expected": 4}
        for group, count in staff.items() for scope in ("network", "member")
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"numerator": "Int64"})


def found(staff, values, groups=None):
    benchmark = Benchmark("residents", "2021", pd.Series(values, dtype="Float64"))
    return against_benchmark(by_ward(**staff), benchmark, "staff", YEAR, groups).set_index("group")


def test_staff_are_expected_where_the_benchmark_is():
    rows = found({A: 60, B: 30, C: 10}, {A: 500, B: 300, C: 200})
    assert rows["expected"].tolist() == [50, 30, 20]
    assert rows["value"].tolist() == [10, 0, -10]
    assert rows["quotient"].tolist() == [1.2, 1, 0.5]
    assert (rows["benchmark"] == "residents (2021)").all()


def test_unknown_homes_may_all_be_in_a_ward_or_in_the_others():
    row = found({A: 60, B: 40, "unknown": 15, "not_broken_down": 5}, {A: 1, B: 1}).loc[A]
    assert row["to_unknown"] == 20
    assert (row["expected"], row["value"], row["quotient"]) == (50, 10, 1.2)
    assert (row["lower"], row["upper"]) == (60 - 60, 80 - 60)
    assert (row["quotient_lower"], row["quotient_upper"]) == (60 / 60, 80 / 60)


def test_who_lives_outside_is_not_expected_within():
    assert found({A: 60, B: 40, "elsewhere": 1000}, {A: 1, B: 1})["to_denominator"].tolist() == [100, 100]


def test_an_area_without_a_benchmark_is_in_no_sum_and_says_so():
    rows = found({A: 60, B: 40, C: 900, D: 5}, {A: 1, B: 1, C: None})
    assert rows.loc[[C, D], "reason"].tolist() == ["no benchmark for this area"] * 2
    assert rows.loc[[C, D], "expected"].isna().all()
    assert rows.loc[A, "expected"] == 50


def test_where_nothing_is_expected_there_is_no_quotient():
    row = found({A: 60, B: 40}, {A: 0, B: 9}).loc[A]
    assert (row["expected"], row["value"], row["reason"]) == (0, 60, "nothing is expected here")
    assert pd.isna(row["quotient"])


def test_a_benchmark_of_noughts_expects_nothing_anywhere():
    rows = found({A: 60, B: 40}, {A: 0, B: 0})
    assert (rows["reason"] == "the benchmark is nought in all areas").all() and "quotient" not in rows


def test_of_nobody_there_is_no_quotient():
    rows = found({A: 0, B: 0}, {A: 1, B: 3})
    assert (rows["expected"] == 0).all() and (rows["reason"] == "nobody is known in these areas").all()


def test_wards_are_held_against_the_benchmark_together():
    rows = found({A: 60, B: 30, C: 10}, {A: 500, B: 300, C: 200}, {"most_disadvantaged": [A, C]})
    row = rows.loc["most_disadvantaged"]
    assert (row["to_numerator"], row["expected"], row["quotient"]) == (70, 70, 1)
    assert found({A: 1, B: 1}, {A: 1}, {"most_disadvantaged": [A, B]}).loc["most_disadvantaged", "reason"].startswith("no")


counts = st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(0, 10**5), min_size=1)


@given(staff=counts, values=st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 10**6)), unknown=st.integers(0, 10**4))
def test_what_is_found_is_what_fractions_say(staff, values, unknown):
    rows = found({**staff, "unknown": unknown}, values)
    both = {area: staff[area] for area in staff if area in values}
    whole, every = sum(both.values()), sum(values[area] for area in both)
    for area, count in both.items():
        row = rows.loc[area]
        if every:
            part = Fraction(values[area], every)
            assert row["expected"] == pytest.approx(float(whole * part))
            assert row["value"] == pytest.approx(float(count - whole * part))
            if part and whole:
                assert row["quotient"] == pytest.approx(float(count / (whole * part)))
            for here in (0, unknown // 3, unknown):  # of the unknown, so many in this area and the others in the rest
                true = count + here - (whole + unknown) * part
                assert row["lower"] - 1e-6 <= true <= row["upper"] + 1e-6
    if every:
        assert rows.loc[list(both), "value"].sum() == pytest.approx(0, abs=1e-4)
