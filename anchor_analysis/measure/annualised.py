"""A part of a year raised to the whole, where people told of how many months it is; never of itself."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.rounding import steps_of

_AMOUNTS = ("numerator", "unknown", "unknown_credits", "told")


def raised(grid: pd.DataFrame) -> pd.DataFrame:
    """Members' sums with what happened in some months raised to twelve, where `months_told` says of how many it is.

    One row per member, year and additive metric. Each whole number is multiplied by 12 over the months and rounded half
    away from nought; the status is that of a whole year and the quality `estimated`. `from_rows` stays as the quality
    was, and `rest` is what of the numerator is in no row, so in no group of a breakdown: a figure as told, or what was
    added. It takes the other months to be as those that were reported; a season is in neither.
    """
    grid = grid.assign(from_rows=grid["quality"] == "rows")
    recorded = grid["numerator"].where(grid["from_rows"], 0)
    part = (grid["status"] == "partial") & grid["months_told"].notna()
    for name in _AMOUNTS:
        grid[name] = grid[name].mask(part, _year_of(grid[name], grid["months_told"]))
    grid["rest"] = grid["numerator"] - recorded
    zero = part & (grid[["numerator", "unknown", "unknown_credits"]].fillna(0) == 0).all(axis=1)
    grid["status"] = grid["status"].mask(part, "reported").mask(zero, "zero")
    grid["quality"] = grid["quality"].mask(part, "estimated")
    return grid.drop(columns="months_told")


def _year_of(amount: pd.Series, months: pd.Series) -> pd.Series:
    size = steps_of(amount.abs() * 12, months)
    return size.where(amount.isna() | (amount >= 0), -size)
