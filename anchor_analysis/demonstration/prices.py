"""Invented prices: a deflator by financial year, in the form of that of HM Treasury."""

from __future__ import annotations

import pandas as pd

#: By file, by how many thousandths prices grew into each financial year; invented, the earliest year first. The later
#: vintage revises what the earlier one had of the last years.
_FIRST = 2016
DEFLATOR_FILES = {
    "gdp_deflator_demonstration_2024.csv": (0, 17, 19, 22, 45, 3, 58, 61, 24),
    "gdp_deflator_demonstration_2023.csv": (0, 17, 19, 22, 47, 1, 66, 70, 19),
}


def make_prices(grew: tuple[int, ...]) -> pd.DataFrame:
    """One row per financial year: an index of which the last but one is 100, to two decimals, and the growth."""
    levels = [1.0]
    for thousandths in grew[1:]:
        levels.append(levels[-1] * (1000 + thousandths) / 1000)
    years = [f"{_FIRST + at}-{(_FIRST + at + 1) % 100:02d}" for at in range(len(grew))]
    index = [round(level / levels[-2] * 100, 2) for level in levels]
    growth = [f"{thousandths / 10:.1f}" if at else "" for at, thousandths in enumerate(grew)]
    return pd.DataFrame({"Financial year": years, "2023-24 = 100": index, "Per cent change": growth})
