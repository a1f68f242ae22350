"""Invented prices: a deflator by financial year, in the form of that of HM Treasury."""

from __future__ import annotations

import pandas as pd

DEFLATOR_FILE = "gdp_deflator_demonstration_2024.csv"

#: By how many thousandths prices grew into each financial year; invented, the earliest year first.
_FIRST, _GREW = 2016, (0, 17, 19, 22, 45, 3, 58, 61, 24)


def make_prices() -> pd.DataFrame:
    """One row per financial year: an index of which the last but one is 100, to two decimals, and the growth."""
    levels = [1.0]
    for grew in _GREW[1:]:
        levels.append(levels[-1] * (1000 + grew) / 1000)
    years = [f"{_FIRST + at}-{(_FIRST + at + 1) % 100:02d}" for at in range(len(_GREW))]
    index = [round(level / levels[-2] * 100, 2) for level in levels]
    growth = [f"{grew / 10:.1f}" if at else "" for at, grew in enumerate(_GREW)]
    return pd.DataFrame({"Financial year": years, "2023-24 = 100": index, "Per cent change": growth})
