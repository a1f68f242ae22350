"""Who scored what, and how far two assessors agree: internal figures about the scoring, not about members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.engine import Engine

SCORE_COLUMNS = ["member", "network_year", "dimension", "level", "assessor", "framework"]

AGREEMENT_COLUMNS = ["network_year", "dimension", "scores", "agreed", "kappa_linear", "kappa_quadratic"]

Pairs = Mapping[tuple[int, int], int]


def scores_given(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """One row per member, network year and dimension as it is counted: the level, the assessor's code, the framework.

    Without the scores of second assessors and of goals, and without what does not apply.
    """
    if not paths:
        return pd.DataFrame(columns=SCORE_COLUMNS)
    rows = engine.scan(paths).filter(nw.col("score") == 1)
    by = ["member", "network_year", "dimension_now", "level", "assessor", "framework"]
    found = engine.observe(rows.group_by(*by).agg(nw.len().alias("rows")).sort(*by))
    found = found.rename(columns={"dimension_now": "dimension"})[SCORE_COLUMNS]
    return found.astype({"level": "Int64"})


def assessor_agreement(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """One row per network year and dimension, and one of all dimensions (blank): how far two assessors agree.

    `scores` have two assessors or more, and of these the first two in the order of text count; `agreed` is how many
    they put at one level. `kappa_linear` and `kappa_quadratic` are weighted kappa (see `weighted_kappa`). A year
    without such scores has no row.
    """
    if not paths:
        return pd.DataFrame(columns=AGREEMENT_COLUMNS)
    rows = engine.scan(paths).filter((nw.col("score") == 1) & ~nw.col("level_second").is_null())
    by = ["network_year", "dimension_now", "level", "level_second"]
    counted = engine.observe(rows.group_by(*by).agg(nw.len().alias("scores")).sort(*by))
    both = pd.concat([counted, counted.assign(dimension_now="")])
    found = [
        (str(year), str(dimension), *_agreement(own))
        for (year, dimension), own in both.groupby(["network_year", "dimension_now"], sort=True)
    ]
    return pd.DataFrame(found, columns=AGREEMENT_COLUMNS)


def _agreement(counted: pd.DataFrame) -> tuple[int, int, float, float]:
    pairs: dict[tuple[int, int], int] = {}
    for row in counted.itertuples():
        key = int(row.level), int(row.level_second)
        pairs[key] = pairs.get(key, 0) + int(row.scores)
    agreed = sum(count for (first, second), count in pairs.items() if first == second)
    return sum(pairs.values()), agreed, weighted_kappa(pairs, 1), weighted_kappa(pairs, 2)


def weighted_kappa(pairs: Pairs, power: int) -> float:
    """Agreement of two assessors beyond chance, by how far apart they are: Cohen, Psychological Bulletin, 1968.

    `pairs` counts what the first put at one level and the second at another. The weight of a disagreement is the
    number of levels between them to the `power`: 1 is linear, 2 quadratic. 1 is full agreement, 0 what chance gives.
    Exact until the last division. Missing where there are no pairs, and where both put everything at one same level.

    >>> round(weighted_kappa({(1, 1): 20, (1, 2): 5, (2, 1): 10, (2, 2): 15}, 1), 3)
    0.4
    """
    first: dict[int, int] = {}
    second: dict[int, int] = {}
    for (one, other), count in pairs.items():
        first[one] = first.get(one, 0) + count
        second[other] = second.get(other, 0) + count
    chance = sum(abs(a - b) ** power * n * m for a, n in first.items() for b, m in second.items())
    if not chance:
        return float("nan")
    apart = sum(abs(a - b) ** power * count for (a, b), count in pairs.items())
    return float(1 - Fraction(apart * sum(pairs.values()), chance))
