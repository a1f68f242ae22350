"""Trends of few members: what each method gives, when it refuses, and how the methods agree with others' code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from anchor_analysis.compare.inference import METHODS, Panel, Slope, slope_of
from anchor_analysis.compare.slopes import trends, without_each
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

SETTINGS = {"first": "2018/19", "latest": "2023/24"}
YEARS = [f"{year}/{year - 1999}" for year in range(2018, 2024)]


@pytest.fixture
def network(tmp_path) -> SpecNetwork:
    return SpecNetwork(tmp_path, **SETTINGS)


def drawn(seed: int = 1, members: int = 9, years: int = 6, slope: float = 0.0, spread: float = 0.02) -> pd.DataFrame:
    """Rows of members whose slopes differ, with errors that carry on from year to year."""
    draw = np.random.default_rng(seed)
    rows = []
    for member in range(members):
        own = draw.normal(5, 1) + (slope + draw.normal(0, spread)) * np.arange(years)
        own = own + np.cumsum(draw.normal(0, 0.03, years))
        rows += [(member, year, figure) for year, figure in enumerate(own)]
    return pd.DataFrame(rows, columns=["member", "year", "figure"])


def reported(network: SpecNetwork, growth: list[float], metric: str = "staff") -> SpecNetwork:
    """Each member grows by its own rate, from a thousand, with a little of its own in each year."""
    for number, rate in enumerate(growth):
        name = "ABCDEFGHIJKLMN"[number]
        network.has(name)
        for at, year in enumerate(YEARS):
            count = round(1000 * (1 + rate) ** at) + (number * 7 + at * 3) % 5
            network.reports(name, year, staff=count, staff_living_in_area=(count // 2, count // 100))
    return network


def found(network: SpecNetwork, metrics: list[str], **asked) -> pd.DataFrame:
    return trends(network.observations(), metrics, network=network.network, **asked).set_index("metric")


# --- the methods ---


def test_in_a_balanced_panel_the_bootstrap_and_the_changes_of_sign_are_one():
    """Studentising changes nothing where members weigh alike; two ways to code it must meet."""
    for seed in range(5):
        rows = drawn(seed, slope=0.02)
        wild, signs = slope_of(rows, "wild"), slope_of(rows, "permutation")
        assert (wild.value, wild.p_value) == (pytest.approx(signs.value), pytest.approx(signs.p_value))
        assert (wild.lower, wild.upper) == (pytest.approx(signs.lower, rel=1e-6), pytest.approx(signs.upper, rel=1e-6))


def test_changes_of_sign_are_those_of_scipy():
    rows = drawn(3, slope=0.01)
    panel = Panel.of(rows)
    slopes = panel.sums(panel.year * panel.figure) / panel.sums(panel.year**2)
    theirs = stats.permutation_test(
        (slopes,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=True, alternative="two-sided"
    )  # fmt: skip
    assert slope_of(rows, "permutation").p_value == pytest.approx(theirs.pvalue)


def test_the_estimate_is_that_of_least_squares_with_an_intercept_for_each_member():
    rows = drawn(4, slope=0.03).drop(index=[2, 11, 12])  # unbalanced
    design = pd.get_dummies(rows["member"], dtype=float).assign(year=rows["year"].astype(float))
    fit = sm.OLS(rows["figure"], design).fit()
    for method in ("wild", "gee"):
        assert slope_of(rows, method).value == pytest.approx(fit.params["year"])


def test_a_test_of_the_bootstrap_is_that_of_its_definition():
    """Restricted residuals, their signs changed member by member, refitted by statsmodels, t held against t."""
    rows = drawn(6, members=6, slope=0.02).drop(index=[4, 5, 17])
    design = pd.get_dummies(rows["member"], dtype=float)

    def t_of(figure: pd.Series) -> float:
        own = figure - figure.groupby(rows["member"]).transform("mean")
        year = rows["year"] - rows.groupby("member")["year"].transform("mean")
        fit = sm.OLS(own, year).fit(cov_type="cluster", cov_kwds={"groups": rows["member"], "use_correction": False})
        return float(np.asarray(fit.tvalues)[0])

    fitted = sm.OLS(rows["figure"], design).fit()  # no change at all
    told = []
    for signs in np.array(np.meshgrid(*[[1.0, -1.0]] * 6)).reshape(6, -1).T:
        told.append(abs(t_of(fitted.fittedvalues + fitted.resid * signs[rows["member"]])))
    theirs = np.mean(np.array(told) >= abs(t_of(rows["figure"])) * (1 - 1e-9))
    assert slope_of(rows, "wild").p_value == pytest.approx(theirs)


def test_the_mixed_model_of_a_balanced_panel_is_students_t_of_the_members_slopes():
    """Where slopes vary more than errors make them, REML gives their mean and the error of a mean of nine."""
    rows = drawn(8, slope=0.02, spread=0.05)
    panel = Panel.of(rows)
    slopes = panel.sums(panel.year * panel.figure) / panel.sums(panel.year**2)
    theirs = stats.ttest_1samp(slopes, 0)
    ours = slope_of(rows, "mixed")
    assert ours.value == pytest.approx(slopes.mean()) and ours.p_value == pytest.approx(theirs.pvalue, rel=1e-3)
    assert (ours.lower, ours.upper) == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-3)


def restricted_likelihood(panel: Panel, ratio: float) -> float:
    """Of the model with a random slope, by the ratio of its variance to that of errors, written out for one covariate.

    Source: Patterson and Thompson, Biometrika 58 (1971): within a member errors and slopes have the variance
    1 + ratio x x', of which the inverse and the determinant are known.
    """
    known, moment, square = (panel.sums(of) for of in (panel.year**2, panel.year * panel.figure, panel.figure**2))
    shrink = 1 + ratio * known
    weight, mean = (known / shrink).sum(), (moment / shrink).sum()
    left = (square - ratio * moment**2 / shrink).sum() - mean**2 / weight
    free = len(panel.year) - len(known) - 1  # a mean of each member, and the slope
    return -0.5 * (free * np.log(left) + np.log(shrink).sum() + np.log(weight))


@pytest.mark.parametrize("spread", [0.0, 0.005, 0.03, 0.2])
@pytest.mark.parametrize("years", [4, 8, 12])
def test_the_mixed_model_is_at_the_top_of_its_likelihood(years, spread):
    for seed in range(4):
        draw = np.random.default_rng([years, seed])
        slopes = 0.02 + spread * draw.standard_normal(11)
        rows = pd.DataFrame(
            [(member, year, slopes[member] * year + 0.05 * draw.standard_normal())
             for member in range(11) for year in range(years) if draw.random() > 0.15 or year < 3],
            columns=["member", "year", "figure"],
        )  # fmt: skip
        panel = Panel.of(rows)
        ratios = np.concatenate([[0.0], np.exp(np.linspace(-16, 12, 2801))])
        ratio = ratios[np.argmax([restricted_likelihood(panel, one) for one in ratios])]
        known, moment = panel.sums(panel.year**2), panel.sums(panel.year * panel.figure)
        weights = known / (1 + ratio * known)
        assert slope_of(rows, "mixed").value == pytest.approx(
            (weights * moment / known).sum() / weights.sum(), abs=2e-5
        )
        left = (panel.figure**2).sum() - (ratio * moment**2 / (1 + ratio * known)).sum()
        left -= (moment / (1 + ratio * known)).sum() ** 2 / weights.sum()
        error = np.sqrt(left / (len(rows) - 11 - 1) / weights.sum())
        reach = stats.t.ppf(0.975, 10) * error
        found = slope_of(rows, "mixed")
        assert (found.upper - found.lower) / 2 == pytest.approx(reach, rel=0.01)


def grunfeld() -> pd.DataFrame:
    """The ten firms of the published results; statsmodels' eleventh is not among them."""
    data = sm.datasets.grunfeld.load_pandas().data
    return data[data["firm"] != "American Steel"]


def test_published_results_of_a_panel_are_met():
    """Grunfeld's investment on value and capital with an intercept for each firm: 0.1101238 and 0.3100653.

    Source: Baltagi, Econometric Analysis of Panel Data, table 2.1 (0.110 and 0.310); the digits are those of Stata's
    xtreg and R's plm. The part of `Panel` that takes out each member's mean is what gives them.
    """
    data = grunfeld()
    own = {
        name: Panel.of(pd.DataFrame({"member": data["firm"], "year": data["year"], "figure": data[name]})).figure
        for name in ("invest", "value", "capital")
    }
    fit = sm.OLS(own["invest"], np.column_stack([own["value"], own["capital"]])).fit()
    assert fit.params == pytest.approx([0.1101238, 0.3100653], abs=5e-8)


def test_figures_that_never_change_have_no_trend():
    flat = drawn().assign(figure=3.0)
    assert {slope_of(flat, method).refused for method in METHODS} == {"no figure ever changed"}


def test_where_every_member_moves_alike_chance_cannot_be_told():
    alike = drawn().assign(figure=lambda rows: rows["year"] * 0.5)
    refused = {method: slope_of(alike, method).refused for method in ("wild", "permutation", "gee")}
    assert set(refused.values()) == {"every member moved alike, so there is nothing to tell chance from"}


# --- a network's ---


def test_growth_is_told_with_its_interval(network):
    row = found(reported(network, [0.02, 0.03, 0.05, 0.04, 0.03, 0.045, 0.025]), ["staff"]).loc["staff"]
    assert row["lower"] < 0.0345 < row["upper"] and row["value"] == pytest.approx(0.0345, abs=0.002)
    assert (row["verdict"], row["standing"], row["members"], row["years"]) == (
        "rose", "holds whatever the unknowns are", 7, 6,
    )  # fmt: skip
    assert (row["since"], row["period"]) == ("2018/19", "2023/24") and not row["carried_by_one"]


def test_one_member_can_carry_a_trend(network):
    row = found(reported(network, [0.02, 0.02, 0.03, 0.02, 0.03, -0.002, 0.0]), ["staff"]).loc["staff"]
    assert row["verdict"] == "rose" and row["carried_by_one"]
    each = without_each(network.observations(), "staff", network=network.network)
    assert each["member"].tolist() == list("abcdefg") and (each["p_value"] > 0.05).any()


def test_five_members_or_two_years_carry_no_trend(network):
    reported(network, [0.02] * 5)
    assert found(network, ["staff"]).loc["staff", "reason"] == "5 members have 3 years or more, and a trend needs 6"
    short = found(network, ["staff"], since="2022/23").loc["staff"]
    assert short["reason"] == "there are 2 years, and a trend needs 3" and pd.isna(short["value"])


def test_a_total_of_nought_has_no_growth(network):
    reported(network, [0.02, 0.03, 0.05, 0.04, 0.03, 0.045])
    network.has("G")
    for year in YEARS:
        network.reports("G", year, staff=0)
    assert (
        found(network, ["staff"]).loc["staff", "reason"] == "a member's figure is not above zero, and growth is a ratio"
    )


def test_a_part_of_a_year_and_short_members_are_left_out(network):
    reported(network, [0.02, 0.03, 0.05, 0.04, 0.03, 0.045, 0.02])
    network.decides("B", "2020/21", "partial")
    network.has("H"), network.reports("H", "2023/24", staff=10)
    row = found(network, ["staff"]).loc["staff"]
    assert (row["members"], row["left_out"]) == (7, 1)


def test_unknown_homes_can_take_a_verdict_its_standing(network):
    rates = [0.02, 0.03, 0.05, 0.04, 0.03, 0.045, 0.025]
    row = found(reported(network, rates), ["staff_living_in_area_share"]).loc["staff_living_in_area_share"]
    assert row["value_least"] < row["value"] < row["value_most"]


def test_many_metrics_are_adjusted_together(network):
    reported(network, [0.02, 0.03, 0.05, 0.04, 0.03, 0.045, 0.025])
    alone, both = found(network, ["staff"]), found(network, ["staff", "staff_living_in_area"])
    assert alone.loc["staff", "p_adjusted"] == alone.loc["staff", "p_value"] == both.loc["staff", "p_value"]
    assert both.loc["staff", "p_adjusted"] == pytest.approx(2 * both.loc["staff", "p_value"])


def test_what_cannot_be_asked_for_is_told(network):
    reported(network, [0.02] * 6)
    with pytest.raises(UserError, match="AN005"):
        found(network, ["staff"], method="ordinary")
    with pytest.raises(UserError, match="AN004"):
        found(network, ["staf"])


def test_an_interval_may_have_no_end():
    rows = drawn(members=5, slope=0.05)
    assert slope_of(rows, "permutation").lower == -np.inf and isinstance(slope_of(rows, "wild"), Slope)
