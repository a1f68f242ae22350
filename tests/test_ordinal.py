"""The ordinal model: the likelihood maximised again by scipy, clusters by hand, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.stats import t

from anchor_analysis.measure.ordinal import ordinal_model


def scores(members: int = 12, years: int = 6, slope: float = 0.5, dimensions: int = 1, levels: int = 4) -> pd.DataFrame:
    """Invented scores with a known slope, drawn by the model itself: each member's own standing, and the logit."""
    draw, rows = np.random.default_rng(7), []
    for member in range(members):
        own = draw.normal(0, 0.6)
        for dimension in range(dimensions):
            for year in range(years):
                latent = own + slope * year + draw.logistic()
                level = 1 + sum(latent > edge for edge in (0.2, 1.5, 2.8)[: levels - 1])
                rows.append((f"m{member}", f"{2018 + year}/{19 + year}", f"d{dimension}", level, "A1", "f"))
    columns = ["member", "network_year", "dimension", "level", "assessor", "framework"]
    return pd.DataFrame(rows, columns=columns).astype({"level": "Int64"})


def by_hand(told: pd.DataFrame) -> tuple[float, float, float]:
    """The odds ratio and its interval from a likelihood of our own, with increasing thresholds, maximised by scipy."""
    year = told["network_year"].str[:4].astype(int).to_numpy() - 2018
    level = told["level"].astype(int).to_numpy() - 1

    def each(params):
        edges = np.concatenate([[-np.inf, params[1]], params[1] + np.cumsum(np.exp(params[2:])), [np.inf]])
        below = [1 / (1 + np.exp(-(edges[level + side] - params[0] * year))) for side in (0, 1)]
        return np.log(below[1] - below[0])

    def whole(params):
        return -each(params).sum()

    start = np.zeros(1 + level.max())
    found = minimize(whole, start, method="BFGS", options={"gtol": 1e-7}).x
    slopes = np.array([approx_fprime(found, lambda p, at=at: each(p)[at], 1e-6) for at in range(len(level))])
    step = 1e-4
    units = np.eye(len(found)) * step
    curve = np.array(
        [[(whole(found + a + b) - whole(found + a - b) - whole(found - a + b) + whole(found - a - b)) / (4 * step**2)
          for b in units] for a in units]
    )  # fmt: skip
    clusters = pd.DataFrame(slopes).groupby(told["member"].to_numpy()).sum().to_numpy()
    inverse, groups = np.linalg.inv(curve), len(clusters)
    error = np.sqrt((inverse @ clusters.T @ clusters @ inverse)[0, 0] * groups / (groups - 1))
    reach = t.ppf(0.975, groups - 1) * error
    return tuple(float(np.exp(found[0] + one)) for one in (0, -reach, reach))


def test_the_odds_ratio_and_its_interval_are_those_of_a_likelihood_of_our_own():
    told = scores()
    model, ours = ordinal_model(told), by_hand(told)
    assert not model.refused
    assert (model.odds_ratio, model.lower, model.upper) == pytest.approx(ours, rel=2e-3)
    assert (model.members, model.years, model.scores) == (12, 6, 72)


def test_dimensions_have_their_own_standing_and_one_may_be_asked_for():
    told = scores(dimensions=3)
    assert ordinal_model(told).scores == 3 * ordinal_model(told, "d1").scores
    assert ordinal_model(told, "d1").odds_ratio != ordinal_model(told, "d2").odds_ratio


def test_the_sentence_says_no_more_than_associated_and_names_changes_of_the_assessor():
    told = scores()
    told.loc[(told["member"] == "m0") & (told["network_year"] >= "2022"), "assessor"] = "C3"
    said = ordinal_model(told).wording
    assert "associated" in said and "In one member's year the assessor was another than the time before." in said
    assert not any(word in said for word in ("caused", "contributed", "because", "effect"))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (scores(members=5), "5 members have scores of two years"),
        (scores(years=2), "scores of 2 years"),
        (scores(levels=2), "2 levels are in use"),
        (scores().assign(level=lambda f: f["level"].where(f.index > 0, 1)).query("level < 4 or member == 'm1'"), ""),
        (scores().iloc[:0], "0 members"),
    ],
)
def test_where_data_carry_no_model_the_reason_is_told(told, why):
    model = ordinal_model(told)
    assert model.refused and why in model.refused and np.isnan(model.odds_ratio)
    assert repr(model).startswith("No ordinal model: ")


def test_levels_that_the_years_part_wholly_give_no_odds():
    told = scores(members=12, years=3)
    told["level"] = told["network_year"].str[:4].astype(int).sub(2017).astype("Int64")
    assert "separation" in ordinal_model(told).refused


def test_every_model_says_what_it_estimates_and_assumes():
    model = ordinal_model(scores())
    assert "odds ratio" in model.estimand and any("Proportional odds" in one for one in model.assumptions)
