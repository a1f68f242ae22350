"""How far two people who coded the same items agree: an internal figure about the coding, not about communities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.engine import Engine

COLUMNS = ["network_year", "items", "agreed", "agreement", "kappa"]


def coder_agreement(paths: Sequence[Path], engine: Engine) -> pd.DataFrame:
    """One row per network year: how far the first two coders of an item gave it the same theme.

    `items` were coded by two or more, and of these the first two by name count; `agreed` is how many they gave one
    theme, `agreement` that share, `kappa` Cohen's kappa (Cohen, Educational and Psychological Measurement, 1960): what
    is left of it beyond chance. Missing where both gave all items one and the same theme. A year without such items
    has no row.
    """
    if not paths:
        return pd.DataFrame(columns=COLUMNS)
    rows = engine.scan(paths).filter((nw.col("item") == 1) & ~nw.col("theme_second").is_null())
    by = ["network_year", "theme", "theme_second"]
    counted = engine.observe(rows.group_by(*by).agg(nw.len().alias("items")).sort(*by))
    years = [_of_year(str(year), own) for year, own in counted.groupby("network_year", sort=True)]
    return pd.DataFrame(years, columns=COLUMNS)


def _of_year(year: str, counted: pd.DataFrame) -> tuple[str, int, int, float, float]:
    items = int(counted["items"].sum())
    agreed = int(counted.loc[counted["theme"] == counted["theme_second"], "items"].sum())
    first, second = (counted.groupby(column)["items"].sum() for column in ("theme", "theme_second"))
    chance = int((first.reindex(second.index).fillna(0) * second).sum())  # in items squared, so whole until the end
    beyond = items * items - chance
    kappa = (items * agreed - chance) / beyond if beyond else float("nan")
    return year, items, agreed, agreed / items, kappa
