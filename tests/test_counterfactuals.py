"""Counterfactuals: what was planted comes out, what was not does not, and no claim goes further than its design."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import anchor_analysis
from anchor_analysis import compare
from anchor_analysis.compare import (
    against_comparators,
    comparators,
    donor_weights,
    interrupted_series,
    interruptions,
    yearly_path,
)
from anchor_analysis.compare.counterfactuals import (
    CLAIMS,
    COUNTERFACTUAL_COLUMNS,
    DOUBT,
    FEWEST_AFTER,
    FEWEST_BEFORE,
    claim_of,
)
from anchor_analysis.compare.inference import LEVEL
from anchor_analysis.compare.interruptions import (  # fmt: skip
    DEPENDENCE,
    INTERRUPTION_COLUMNS,
    chance_of,
    lags_of,
    newey_west,
    segments_of,
)  # fmt: skip
from anchor_analysis.compare.mixtures import WORST_FIT, placebo_gaps, weights_of
from anchor_analysis.problems import UserError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "counterfactuals.md"


def label(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def table(figures, first: int = 2010) -> pd.DataFrame:
    """One unit for each row of figures, named A, B, C and so on."""
    return pd.DataFrame([
        {"unit": chr(65 + unit), "year": label(first + at), "figure": float(figure)}
        for unit, own in enumerate(figures) for at, figure in enumerate(own)
    ])  # fmt: skip


def drawn(seed: int, units: int = 22, years: int = 10, carried: float = 0.5, apart: float = 3.0) -> np.ndarray:
    """Units with a level of their own, and errors that carry on; the first lies amid the others."""
    draw = np.random.default_rng(seed)
    errors = draw.normal(size=(units, years))
    for year in range(1, years):
        errors[:, year] = carried * errors[:, year - 1] + np.sqrt(1 - carried**2) * errors[:, year]
    levels = draw.normal(0, apart, units)
    levels[0] = np.median(levels)
    return 50 + errors + levels[:, None] + 0.5 * np.arange(years)


def one(figures, treated="A", since: int = 2016, method: str = "difference_in_differences") -> pd.Series:
    outcomes = figures if isinstance(figures, pd.DataFrame) else table(figures)
    found = against_comparators(outcomes, treated, label(since), method)
    assert found.columns.tolist() == COUNTERFACTUAL_COLUMNS and len(found) == 1
    return found.iloc[0]


HAND = [[10, 10, 10, 15], [8, 9, 10, 11], [4, 5, 6, 7]]


# --- difference in differences ---


def test_a_difference_in_differences_is_that_of_four_means():
    """A went from 10 to 15; B and C from 9 to 11 and from 5 to 7, so 2 each: 5 less 2 is 3.

    Had B had the programme, it would be 2 less (5 + 2) / 2, and of C the same: none is as far out, so one in three.
    """
    row = one(HAND, since=2013)
    assert (row["value"], row["p_value"], row["smallest_p_value"]) == pytest.approx((3, 1 / 3, 1 / 3))
    assert (row["units"], row["years_before"], row["years_after"], row["since"]) == (3, 3, 1, "2013/14")
    assert row["pre_trend_p_value"] == pytest.approx(1 / 3)  # A falls from 4 above the others to 2 above them
    assert row["claim"] == "described" and "with 2 comparators no p-value is smaller than 0.333" in row["reason"]


def dummies(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.get_dummies(rows[["unit", "year"]], drop_first=True, dtype=float).assign(constant=1.0)


@pytest.mark.parametrize("treated", ["A", "A,C", ["B", "D", "F"]])
def test_it_is_least_squares_with_an_intercept_for_each_unit_and_year(treated):
    rows = table(drawn(4, units=7))
    names = treated.split(",") if isinstance(treated, str) else treated
    design = dummies(rows).assign(on=rows["unit"].isin(names) & (rows["year"] >= "2016/17")).astype(float)
    theirs = sm.OLS(rows["figure"], design).fit().params["on"]
    assert one(rows, treated)["value"] == pytest.approx(theirs, rel=1e-9)


def test_the_test_of_earlier_trends_is_that_of_all_leads_of_an_event_study():
    """The F of all leads together, by statsmodels, under each of the 15 choices of two units of six."""
    rows = table(drawn(9, units=6))
    rows = rows[rows["year"] < "2014/15"]
    leads = sorted(rows["year"].unique())[:-1]

    def joint(names) -> float:
        design = dummies(rows)
        for year in leads:
            design[f"lead {year}"] = (rows["unit"].isin(names) & (rows["year"] == year)).astype(float)
        fit = sm.OLS(rows["figure"], design).fit()
        return float(fit.f_test(np.eye(design.shape[1])[-len(leads) :]).fvalue)

    told = {names: joint(names) for names in combinations("ABCDEF", 2)}
    theirs = np.mean([found >= told["A", "B"] * (1 - 1e-9) for found in told.values()])
    later = table(drawn(9, units=6))
    assert one(later, "A,B", since=2014)["pre_trend_p_value"] == pytest.approx(theirs)


@given(st.data())
@settings(max_examples=40)
def test_p_values_are_those_of_going_through_every_choice_of_units(data):
    """In whole numbers and fractions, so that no rounding is in it."""
    units, years, before = data.draw(st.integers(3, 7)), data.draw(st.integers(5, 7)), data.draw(st.integers(3, 4))
    chosen = data.draw(st.integers(1, units - 1))
    figures = data.draw(st.lists(st.lists(st.integers(-9, 9), min_size=years, max_size=years),
                                 min_size=units, max_size=units))  # fmt: skip
    figures[0][0], figures[0][1] = 10, 20  # something changed

    def mean(numbers) -> Fraction:
        numbers = list(numbers)
        return Fraction(sum(numbers)) / len(numbers)

    def far(names) -> tuple[Fraction, Fraction, Fraction]:
        rest = [unit for unit in range(units) if unit not in names]
        gap = [mean(figures[unit][at] for unit in names) - mean(figures[unit][at] for unit in rest)
               for at in range(years)]  # fmt: skip
        start = before - before // 2
        leads = sum((own - mean(gap[:before])) ** 2 for own in gap[:before])
        return (abs(mean(gap[before:]) - mean(gap[:before])), leads, abs(mean(gap[start:before]) - mean(gap[:start])))

    every = [far(names) for names in combinations(range(units), chosen)]
    mine = far(range(chosen))
    theirs = [np.mean([told[of] >= mine[of] for told in every]) for of in range(3)]
    row = one(figures, [chr(65 + unit) for unit in range(chosen)], since=2010 + before)
    assert [row["p_value"], row["pre_trend_p_value"], row["placebo_p_value"]] == pytest.approx(theirs)
    assert row["p_value"] >= row["smallest_p_value"] - 1e-12


def test_where_choices_are_too_many_the_drawn_ones_tell_nearly_the_same(monkeypatch):
    figures = drawn(6, units=12)
    exact = one(figures, "A,B,C")
    monkeypatch.setattr(comparators, "ALL_CHOICES", 100)
    drawn_ones = one(figures, "A,B,C")
    assert drawn_ones["p_value"] == pytest.approx(exact["p_value"], abs=0.02)
    assert (drawn_ones["smallest_p_value"], exact["smallest_p_value"]) == pytest.approx((1e-4, 1 / 220))
    assert drawn_ones["p_value"] != exact["p_value"]


# --- what holds of both designs ---

METHODS = ["difference_in_differences", "synthetic_control"]


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_effect_comes_out_with_a_claim_that_it_contributed(method):
    figures = drawn(1)
    figures[0, 6:] += 6
    row = one(figures, method=method)
    assert row["value"] == pytest.approx(6, abs=1.5)
    assert (row["claim"], row["reason"]) == ("contributed", "") and row["p_value"] <= 0.05


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [3, 4])
def test_where_nothing_happened_one_unit_in_twenty_at_most_is_told_from_chance(method, seed):
    """Each unit in turn is taken to have the programme: of 21, one can be the furthest out."""
    figures = drawn(seed, units=21)
    rows = [one(figures, chr(65 + unit), method=method) for unit in range(21)]
    told = [row for row in rows if pd.notna(row["p_value"]) and row["p_value"] <= 0.05]
    assert len(told) <= 1
    assert [row["claim"] for row in rows].count("contributed") <= 1
    assert sum(row["claim"] in CLAIMS[1:] for row in rows) <= 2  # two of 21 are less than one in ten
    assert sum(row["claim"] == "described" for row in rows) >= 10


@pytest.mark.parametrize("method", METHODS)
def test_a_larger_effect_never_takes_a_claim_back(method):
    figures = drawn(1)
    claims = []
    for effect in (0, 1, 2, 3, 4, 5, 6):
        moved = figures.copy()
        moved[0, 6:] += effect
        claims.append(CLAIMS.index(one(moved, method=method)["claim"]))
    assert claims == sorted(claims) and claims[0] == 0 and claims[-1] == CLAIMS.index("contributed")


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_claims_never_rise_with_the_p_value_nor_with_a_doubt_and_never_reach_the_last(one_p, other_p, doubted):
    small, large = sorted((one_p, other_p))
    rung = {(p_value, doubt): CLAIMS.index(claim_of(p_value, doubt)) for p_value in (small, large)
            for doubt in (False, True)}  # fmt: skip
    assert rung[small, doubted] >= rung[large, doubted] and rung[small, False] >= rung[small, True] == 0
    assert max(rung.values()) < CLAIMS.index("caused")


def test_the_rungs_begin_where_the_page_says():
    assert [claim_of(p_value, False) for p_value in (0.05, 0.051, 0.1, 0.101, float("nan"))] == [
        "contributed", "associated", "associated", "described", "described",
    ]  # fmt: skip


def test_between_one_in_twenty_and_one_in_ten_a_claim_is_associated():
    """Of 20 units A moved most but one: two of twenty."""
    figures = np.array([[unit + (at * (unit + 3)) % 4 / 10 for at in range(8)] for unit in range(20)])
    figures[0, 6:] += 4
    figures[7, 6:] -= 5
    row = one(figures)
    assert (row["p_value"], row["claim"]) == (pytest.approx(0.1), "associated")
    assert row["reason"] == "units chosen by chance lie as far out in 0.1 of all choices"


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 1000), by=st.floats(0.1, 100), shock=st.floats(-50, 50))
@settings(max_examples=6)
def test_order_unit_and_what_moved_all_alike_do_not_matter(method, seed, by, shock):
    figures = drawn(seed, units=8)
    moved = figures * by
    moved[:, 4:] += shock  # the same for all, so no gap moves
    mixed = table(moved).sample(frac=1, random_state=seed)
    before, after = one(figures, method=method), one(mixed, method=method)
    of_both = ["p_value", "pre_trend_p_value", "placebo_p_value", "fit"]
    numbers = [pd.to_numeric(row[of_both]).to_numpy(float, na_value=np.nan) for row in (before, after)]
    assert numbers[1] == pytest.approx(numbers[0], rel=1e-5, abs=1e-6, nan_ok=True)
    assert after["claim"] == before["claim"] and pd.isna(after["value"]) == pd.isna(before["value"])
    if pd.notna(before["value"]):
        assert after["value"] == pytest.approx(before["value"] * by, rel=1e-4, abs=1e-4 * by)


@pytest.mark.parametrize("method", METHODS)
def test_the_yearly_path_is_what_the_value_is_the_mean_of(method):
    figures = drawn(1)
    figures[0, 6:] += 6
    path = yearly_path(table(figures), "A", "2016/17", method)
    assert path.columns.tolist() == ["year", "treated", "counterfactual", "gap"]
    assert path["year"].tolist() == [label(year) for year in range(2010, 2020)]
    assert path["treated"].tolist() == figures[0].tolist()
    assert (path["treated"] - path["counterfactual"]).tolist() == path["gap"].tolist()
    row = one(figures, method=method)
    assert path["gap"].iloc[6:].mean() == pytest.approx(row["value"])
    spread = np.sqrt(figures[:, :6].var(axis=0, ddof=1).mean())
    early = path["gap"].iloc[:6]
    assert row["fit"] == pytest.approx(np.sqrt((early**2).mean()) / spread)
    if method == "difference_in_differences":
        assert early.mean() == pytest.approx(0, abs=1e-9)


# --- synthetic control ---


def nearest(donors: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """The weights by another way: sequential quadratic programming, with the sum as a condition."""
    count = len(donors)
    scale = donors.std()

    def loss(weights):
        return float((((weights @ donors - unit) / scale) ** 2).sum())

    def slope(weights):
        return 2 * donors @ (weights @ donors - unit) / scale**2

    sums = {"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": lambda weights: np.ones(count)}
    found = minimize(loss, np.full(count, 1 / count), jac=slope, bounds=[(0, 1)] * count, constraints=sums,
                     method="SLSQP", options={"ftol": 1e-14, "maxiter": 1000})  # fmt: skip
    return found.x


@pytest.mark.parametrize("seed", range(8))
def test_weights_are_those_of_another_way_to_find_them(seed):
    figures = drawn(seed, units=7, years=12)
    ours = weights_of(figures[1:], figures[0])
    assert ours.sum() == pytest.approx(1) and (ours >= 0).all()
    assert ours == pytest.approx(nearest(figures[1:], figures[0]), abs=2e-4)


@given(st.integers(0, 10_000), st.integers(2, 6))
@settings(max_examples=25)
def test_no_other_mixture_is_nearer(seed, count):
    draw = np.random.default_rng(seed)
    donors, unit = draw.normal(size=(count, 8)), draw.normal(size=8)
    ours = ((weights_of(donors, unit) @ donors - unit) ** 2).sum()
    others = ((draw.dirichlet(np.ones(count), 300) @ donors - unit) ** 2).sum(axis=1)
    corners = ((donors - unit) ** 2).sum(axis=1)
    assert ours <= min(others.min(), corners.min()) + 1e-6


def test_a_unit_that_is_a_mixture_of_two_gets_their_weights_and_its_effect_exactly():
    figures = drawn(2, units=6, years=12)
    figures[0] = 0.3 * figures[2] + 0.7 * figures[4]
    figures[0, 8:] += 2.5
    weights = donor_weights(table(figures), "A", "2018/19")
    assert weights["unit"].tolist()[:2] == ["E", "C"] and weights["weight"].sum() == pytest.approx(1)
    assert weights["weight"].tolist() == pytest.approx([0.7, 0.3, 0, 0, 0], abs=1e-6)
    row = one(figures, since=2018, method="synthetic_control")
    assert (row["value"], row["fit"]) == pytest.approx((2.5, 0), abs=1e-5)
    assert pd.isna(row["pre_trend_p_value"])


def test_of_mixtures_that_fit_alike_the_most_even_one_is_taken():
    """B and C are the same, and so share what either could have had alone."""
    figures = [[4, 5, 4, 6], [2, 4, 3, 5], [2, 4, 3, 5], [6, 6, 5, 7]]
    weights = donor_weights(table(figures), "A", "2013/14").set_index("unit")["weight"]
    assert weights.tolist() == pytest.approx([0.5, 0.25, 0.25], abs=1e-6)


def test_a_placebo_in_space_ranks_ratios_of_squared_gaps():
    """By the other way to find weights; of a gap before that is near enough, a quarter of the deviation counts."""
    figures = drawn(8, units=8, years=14, apart=6)
    figures[0, 10:] += 1.5
    closest = 0.25 * np.sqrt(figures[:, :10].var(axis=0, ddof=1).mean())
    told, early = [], []
    for unit in range(8):
        rest = np.delete(figures, unit, axis=0)
        gap = figures[unit] - nearest(rest[:, :10], figures[unit, :10]) @ rest
        early.append((gap[:10] ** 2).mean())
        told.append((gap[10:] ** 2).mean() / max(early[-1], closest**2))
    assert 0 < sum(np.sqrt(early) > closest) < 8  # of both sorts
    rows = {unit: one(figures, chr(65 + unit), since=2020, method="synthetic_control") for unit in range(8)}
    theirs = {unit: np.mean(np.array(told) >= told[unit]) for unit in rows}
    ranked = {unit: row["p_value"] for unit, row in rows.items() if row["claim"]}
    assert ranked == {unit: theirs[unit] for unit in ranked} and len(ranked) >= 3
    assert {row["smallest_p_value"] for row in rows.values()} == {1 / 8}


def test_units_that_are_met_wholly_are_ranked_by_what_came_after_and_not_by_rounding():
    """Of three years before and 22 units most are: a gap counts as a quarter of a standard deviation at least."""
    figures = drawn(5, years=5)
    gaps = placebo_gaps(comparators.read_outcomes(table(figures), "A", "2013/14"))
    spread = np.sqrt(figures[:, :3].var(axis=0, ddof=1).mean())
    met = np.sqrt((gaps[:, :3] ** 2).mean(axis=1)) < WORST_FIT * spread
    assert met.sum() >= 10
    furthest = int(np.argmax(np.where(met, np.abs(gaps[:, 3:]).mean(axis=1), 0)))
    figures[furthest, 3:] += 30
    assert one(figures, chr(65 + furthest), since=2013, method="synthetic_control")["p_value"] == 1 / 22


def test_all_comparators_of_a_difference_in_differences_weigh_alike():
    weights = donor_weights(table(HAND), "A", "2013/14", "difference_in_differences")
    assert weights.to_dict("list") == {"unit": ["B", "C"], "weight": [0.5, 0.5]}


# --- where it is refused ---


def changed(change) -> np.ndarray:
    figures = drawn(1)
    figures[0, 6:] += 6
    change(figures)
    return figures


def gone(figures, unit, years) -> None:
    figures[unit, years] = np.nan


NONE_AT_ALL = {
    "a gap": (changed(lambda figures: gone(figures, 2, 3)), {}, "C has no figure for 2013/14; every unit needs"),
    "a year of nobody": (changed(lambda figures: gone(figures, slice(None), 3)), {}, "and 21 more are missing"),
    "two years before": (drawn(1), {"since": 2012}, "there are 2 years before, and 3 are needed"),
    "none before": (drawn(1), {"since": 2001}, "there are 0 years before"),
    "none after": (drawn(1), {"since": 2020}, "there is no year after the programme began"),
    "no comparators": (drawn(1, units=1), {}, "there are 0 comparators, and "),
    "nothing moves": (np.outer(np.arange(22), np.ones(10)), {}, "no figure ever changed"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", NONE_AT_ALL)
def test_there_is_neither_value_nor_claim_where_the_table_carries_none(case, method):
    figures, asked, said = NONE_AT_ALL[case]
    row = one(figures, method=method, **asked)
    assert said in row["reason"] and row["claim"] == "" and pd.isna(row["value"]) and pd.isna(row["p_value"])
    at = label(asked.get("since", 2016))
    assert yearly_path(table(figures), "A", at, method).empty and donor_weights(table(figures), "A", at, method).empty


def test_a_row_that_is_not_there_is_as_one_without_a_figure():
    rows = table(drawn(1))
    row = one(rows[(rows["unit"] != "C") | (rows["year"] != "2013/14")])
    assert row["reason"].startswith("C has no figure for 2013/14") and row["claim"] == ""


def test_a_synthetic_control_is_of_one_unit_with_two_to_mix_that_differ():
    assert "is of one unit, and 2 are treated" in one(drawn(1), "A,B", method="synthetic_control")["reason"]
    said = one(drawn(1, units=2), method="synthetic_control")["reason"]
    assert said == "there are 1 comparators, and 2 are needed"
    alike = np.ones((5, 10))
    alike[0, 8] = 2
    assert one(alike, method="synthetic_control")["reason"] == "no unit differs from another before"
    assert pd.isna(one(alike)["fit"]) and one(alike)["value"] == pytest.approx(0.25)


@pytest.mark.parametrize("method", METHODS)
def test_below_nineteen_comparators_there_is_a_value_and_no_claim(method):
    """The same effect: of 19 comparators it counts, of 18 nothing could."""
    figures = changed(lambda figures: None)
    enough, few = one(figures[:20], method=method), one(figures[:19], method=method)
    assert (enough["claim"], enough["smallest_p_value"]) == ("contributed", 0.05)
    assert few["value"] == pytest.approx(6, abs=1.5) and few["p_value"] == few["smallest_p_value"] == 1 / 19
    assert few["claim"] == "described" and "with 18 comparators no p-value is smaller than 0.0526" in few["reason"]


def test_two_treated_units_need_fewer_comparators():
    figures = changed(lambda figures: None)
    figures[1, 6:] += 6
    assert one(figures[:7], "A,B")["smallest_p_value"] == 1 / 21
    assert one(figures[:6], "A,B")["smallest_p_value"] == 1 / 15
    assert one(figures[:4], "A,B")["smallest_p_value"] == 2 / 6  # the other two are as far out


def test_units_that_moved_apart_before_carry_no_claim():
    def drifts(figures):
        figures[0, :6] += 2 * np.arange(6)
        figures[0, 6:] += 20

    row = one(changed(drifts))
    assert row["p_value"] <= 0.05 and row["pre_trend_p_value"] < 0.1 and row["claim"] == "described"
    assert "treated and comparators moved apart before it began (p = 0.0455)" in row["reason"]
    assert row["value"] > 0  # it is still told


@pytest.mark.parametrize("method", METHODS)
def test_what_is_found_when_there_was_no_programme_carries_no_claim(method):
    """Something else happened in the later half of the years before; a mixture of all six years may still be near."""
    figures = drawn(2)
    figures[0] = (figures[1] + figures[2]) / 2
    figures[0, 3:6] += 3
    figures[0, 6:] += 9
    row = one(figures, method=method)
    assert row["p_value"] <= 0.05 and row["placebo_p_value"] < 0.1 and row["claim"] == "described"
    assert "a programme that began earlier, when there was none, would be found too (p = 0.0455)" in row["reason"]


def test_a_mixture_that_does_not_follow_the_unit_is_none():
    zigzag = changed(lambda figures: figures.__setitem__((0, slice(0, 6)), 50 + 4.0 * np.array([1, -1, 1, -1, 1, -1])))
    row = one(zigzag, method="synthetic_control")
    assert row["fit"] > 0.25 and "standard deviations from the unit before, and 0.25 is the most" in row["reason"]
    assert pd.isna(row["value"]) and pd.isna(row["p_value"]) and row["claim"] == ""
    assert len(yearly_path(table(zigzag), "A", "2016/17", "synthetic_control")) == 10  # to look at


def test_a_fit_is_refused_from_a_quarter_of_a_standard_deviation_on():
    fits = {True: [], False: []}
    for size in np.linspace(0, 2, 21):
        figures = drawn(1)
        figures[0, :6] += size * np.array([1, -1, 1, -1, 1, -1])
        row = one(figures, method="synthetic_control")
        fits[row["claim"] == ""].append(row["fit"])
    assert 0.22 < max(fits[False]) <= 0.25 < min(fits[True]) < 0.3


def test_a_unit_beyond_all_comparators_has_no_mixture_however_near():
    def above(figures):
        figures[0] = figures[1:].max(axis=0) + 0.01

    row = one(changed(above), method="synthetic_control")
    assert "in every year before, the unit lay beyond all comparators, where no mixture of them can be" in row["reason"]
    assert row["claim"] == "" and pd.isna(row["value"])
    below = changed(above)
    below[0, :6] = below[1:, :6].min(axis=0) - 0.01
    assert "lay beyond all comparators" in one(below, method="synthetic_control")["reason"]


def faulty(**columns) -> pd.DataFrame:
    return table(HAND).astype(object).assign(**columns)


FAULTS = {
    "AN022": (faulty().drop(columns="figure"), {}),
    "AN025": (faulty(unit=None), {}),
    "AN021": (faulty(figure="12k"), {}),
    "AN026": (pd.concat([faulty(), faulty().head(1)]), {}),
    "AN003": (faulty(year="2013"), {}),
    "AN005": (faulty(), {"treated": "Z"}),
}


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("ask", [against_comparators, yearly_path, donor_weights, interrupted_series])
def test_a_table_that_cannot_be_read_is_told(code, ask):
    outcomes, asked = FAULTS[code]
    with pytest.raises(UserError, match=code):
        ask(outcomes, asked.get("treated", "A"), "2013/14")


def test_other_things_that_cannot_be_asked_for_are_told():
    with pytest.raises(UserError, match=r"difference_in_differences[^\n]*AN005"):
        against_comparators(table(HAND), "A", "2013/14", "difference_in_diferences")
    with pytest.raises(UserError, match="AN005"):
        against_comparators(table(HAND), [], "2013/14")
    with pytest.raises(UserError, match="AN021"):
        against_comparators(faulty(figure=float("inf")), "A", "2013/14")


def test_a_text_with_commas_names_several_unless_a_unit_has_that_name():
    rows = table(drawn(4, units=6))
    assert one(rows, "A, C")["value"] == one(rows, ["C", "A"])["value"]
    named = rows.assign(unit=rows["unit"].replace({"A": "A, B"}))
    assert one(named, "A, B")["value"] == one(rows, "A")["value"] and one(named, "A, B")["treated"] == "A, B"


# --- an interrupted series ---


def broken(level: float, slope: float, years: int = 16, before: int = 9, noise: float = 0.1, seed: int = 2):
    at = np.arange(years)
    errors = np.random.default_rng(seed).normal(0, noise, years)
    return [20 + 0.5 * at + (at >= before) * (level + slope * (at - before)) + errors]


def test_a_break_of_level_and_slope_comes_out_and_no_claim_goes_beyond_associated():
    found = interrupted_series(table(broken(4, 1)), "A", label(2019))
    assert found.columns.tolist() == INTERRUPTION_COLUMNS and found["term"].tolist() == ["level", "slope"]
    assert found["value"].tolist() == pytest.approx([4, 1], abs=0.2)
    assert ((found["lower"] < [4, 1]) & (found["upper"] > [4, 1])).all()
    assert found["claim"].tolist() == ["associated", "associated"] and set(found["reason"]) == {""}
    assert found[["years_before", "years_after", "lags"]].values.tolist() == [[9, 7, 2]] * 2


def test_a_series_that_did_not_break_is_described():
    found = interrupted_series(table(broken(0, 0, noise=1)), "A", label(2019))
    assert found["claim"].tolist() == ["described"] * 2 and (found["p_adjusted"] >= found["p_value"]).all()
    assert ((found["lower"] < 0) & (found["upper"] > 0)).all()


def test_estimates_and_errors_are_those_of_statsmodels():
    figures = np.array(broken(2, 0.3, noise=1)[0])
    design = segments_of(np.arange(16.0), 9)
    fit = sm.OLS(figures, design).fit(cov_type="HAC", cov_kwds={"maxlags": lags_of(16), "use_correction": True})
    values, errors = newey_west(design, figures[None, :])
    assert values[0] == pytest.approx(fit.params) and errors[0] == pytest.approx(fit.bse)
    found = interrupted_series(table([figures]), "A", label(2019))
    assert found["value"].tolist() == pytest.approx(fit.params[2:])
    reach = (found["upper"] - found["value"]).to_numpy(float) / fit.bse[2:]
    assert (reach > 2.2).all()  # wider than Student's t with 12 degrees of freedom would have it


def test_of_series_that_depend_on_their_past_and_did_not_break_one_in_twenty_is_told_as_broken():
    """Against Student's t it would be more than one in seven."""
    draw, years, before = np.random.default_rng(11), 12, 7
    drawn_chance, design = chance_of(years, before), segments_of(np.arange(float(years)), before)
    for carried in DEPENDENCE:
        errors = draw.normal(size=(3000, years))
        for year in range(1, years):
            errors[:, year] = carried * errors[:, year - 1] + np.sqrt(1 - carried**2) * errors[:, year]
        values, own = newey_west(design, errors)
        told = np.abs(values / own)[:, 2:]
        assert (told > np.quantile(drawn_chance, 0.95, axis=1).max(axis=0)).mean() < 0.06
        assert (told > 2.306).mean() > 0.14


def test_the_dependence_that_tells_the_least_counts():
    figures = np.array(broken(3, 0.6, noise=1)[0])
    values, errors = newey_west(segments_of(np.arange(16.0), 9), figures[None, :])
    each = [(1 + (drawn_ones >= np.abs(values / errors)[0, 2:]).sum(axis=0)) / 5000 for drawn_ones in chance_of(16, 9)]
    found = interrupted_series(table([figures]), "A", label(2019))
    assert found["p_value"].tolist() == pytest.approx(np.max(each, axis=0).tolist())
    assert (np.max(each, axis=0) > 1.1 * np.min(each, axis=0)).all()


def test_the_interval_and_the_p_value_say_the_same_and_the_claim_goes_by_both_terms_together():
    told = set()
    for level in np.linspace(0, 6, 31):
        row = interrupted_series(table(broken(level, 0, noise=1)), "A", label(2019)).iloc[0]
        assert (row["lower"] > 0 or row["upper"] < 0) == (row["p_value"] <= 0.05)
        assert (row["claim"] == "associated") == (row["p_adjusted"] <= 0.05)
        told.add((row["claim"], bool(row["p_value"] <= 0.05)))
    assert told == {("described", False), ("described", True), ("associated", True)}


SHORT = {
    "five years before": (broken(4, 1), 2015, "there are 5 years before, and 6 are needed"),
    "three years after": (broken(4, 1), 2023, "there are 3 years from the start on, and 4 are needed"),
    "no figures": ([[np.nan] * 12], 2016, "there are 0 years before, and 6 are needed"),
    "a gap": ([[*range(4), np.nan, *range(12)]], 2019, "there is no figure for 2014/15"),
    "two lines": (broken(4, 1, noise=0), 2019, "the points lie on two lines, and leave nothing to chance"),
}


@pytest.mark.parametrize("case", SHORT)
def test_an_interrupted_series_is_refused(case):
    figures, since, said = SHORT[case]
    found = interrupted_series(table(figures), "A", label(since))
    assert found["reason"].tolist() == [said] * 2 and found["claim"].tolist() == ["", ""]
    assert found[["value", "lower", "upper", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert found["term"].tolist() == ["level", "slope"] and found["estimand"].notna().all()


def test_only_the_units_own_years_count():
    own, other = broken(4, 1)[0], list(range(20))
    rows = table([[np.nan] * 2 + list(own) + [np.nan] * 2, other], first=2008)
    alone = interrupted_series(table([own]), "A", label(2019))
    pd.testing.assert_frame_equal(interrupted_series(rows, "A", label(2019)), alone)


# --- the page ---


def test_the_worked_example_of_the_page_is_what_comes_out():
    page = PAGE.read_text(encoding="utf-8")
    made: dict = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], made)
    outcomes = made["outcomes"]
    for method in METHODS:
        row = one(outcomes, "Northmoor", since=2020, method=method)
        told = [f"{row[name]:.2f}" if pd.notna(row[name]) else "" for name in
                ("value", "p_value", "smallest_p_value", "pre_trend_p_value", "placebo_p_value", "fit")]  # fmt: skip
        assert f"| `{method}` | {' | '.join(told)} | `{row['claim']}` |" in page
    for year in yearly_path(outcomes, "Northmoor", "2020/21").to_dict("records"):
        figures = " | ".join(f"{year[name]:.2f}" for name in ("treated", "counterfactual", "gap"))
        assert f"| {year['year']} | {figures} |" in page
    level = interrupted_series(outcomes, "Northmoor", "2020/21").iloc[0]
    assert f"has {level['years_before']} years before and {level['years_after']} after" in page
    ends = f"({level['lower']:.2f} to {level['upper']:.2f})"
    told = f"a level that is {level['value']:.2f} higher {ends}: `{level['claim']}`"
    assert told in page
    few = one(outcomes[outcomes["unit"].isin(["Northmoor", *(f"Place {n}" for n in range(1, 9))])], "Northmoor", 2020)
    told = f"beside 8 places alone gives {few['value']:.2f} with p = {few['p_value']:.2f}, and is `{few['claim']}`"
    assert told in page


def test_the_page_names_every_limit_and_every_claim():
    page = PAGE.read_text(encoding="utf-8")
    for claim in CLAIMS:
        assert f"| `{claim}` |" in page
    for limit in (
        f"fewer than {FEWEST_BEFORE} years before or {FEWEST_AFTER} after; no comparators",
        f"fewer than {interruptions.FEWEST_BEFORE} years before or {interruptions.FEWEST_AFTER} after, a gap",
        f"more than {WORST_FIT} standard deviations", f"(p below {DOUBT})", f"p up to {DOUBT} without", f"p = {LEVEL}:",
    ):  # fmt: skip
        assert limit in page
    for link in re.findall(r"\]\(([^)#]+)", page):
        assert "://" in link or PAGE.parent.joinpath(link).exists()


def test_the_functions_are_of_the_room_and_not_at_the_top():
    names = {"against_comparators", "yearly_path", "donor_weights", "interrupted_series"}
    assert names <= set(compare.__all__) and not names & set(anchor_analysis.__all__)
