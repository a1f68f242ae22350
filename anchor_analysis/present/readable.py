"""Frames as people read them: figures in their unit, and without the columns that only machines need."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from anchor_analysis.declared.units import UNITS
from anchor_analysis.present import wording
from anchor_analysis.present.shown import Shown
from anchor_analysis.present.tables import cell_text, grid

#: Columns that hold figures in the unit of their row.
FIGURES = (
    "value", "lower", "upper", "change", "from_value", "from_lower", "from_upper", "to_value", "to_lower", "to_upper",
    "expected", "benchmark_value",
)  # fmt: skip

#: Columns that say by what a row is known and what it was divided from.
MACHINES = (
    "network", "period_start", "period_end", "numerator", "denominator", "unknown", "unknown_credits", "told", "basis",
    "definition_version", "observation_ids", "part_numerator", "audience", "table", "kind", "rule", "scope",
)  # fmt: skip

#: Columns whose values are words of a closed set.
WORDS = ("panel", "part", "status", "quality", "item")

#: Of a unit, what it is called here and how many of it one is, where it is not shown as it is kept.
_SHOWN_IN = {"share": ("%, points", 100.0), "gbp": ("£m", 1e-6)}


def readable(frame: pd.DataFrame, caption: str = "") -> Shown:
    """A frame of observations, findings, series or released cells as a table, with the unit of its figures.

    Columns in which nothing is told are left out. Where all rows are of one unit, headings name it; otherwise each row
    does. The frame itself is not changed, and nothing is rounded in it.
    """
    units = frame["unit"] if "unit" in frame else pd.Series("", frame.index)
    told = _without_machines(frame.assign(**{name: _scaled(frame[name], units) for name in FIGURES if name in frame}))
    words = units.map(_words)
    if words.nunique() == 1:
        named = {name: f"{_called(name)} ({words.iloc[0]})" for name in told if name in FIGURES and words.iloc[0]}
        told = told.rename(columns=named)
    elif "unit" in frame:
        told = told.assign(unit=words)
    told = _in_words(told, frame).rename(columns=_called)
    shown = grid(told, caption or _counted(len(told)), headings=0)
    if shown.empty:
        return shown
    return replace(
        shown, text=f"{caption or _counted(len(told))}\n{told.astype('object').map(cell_text).to_string(index=False)}"
    )


def _in_words(told: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Words for what is written with underscores; ids stay as they are, since they are what one asks by."""
    words = {name: told[name].astype("object").str.replace("_", " ") for name in WORDS if name in told}
    if "scope" in frame and "member" in told:
        words["member"] = told["member"].where(frame["scope"] != "network", "all members")
    return told.assign(**words)


def _called(name: str) -> str:
    return wording.capital(name.replace("_", " "))


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _words(unit: str) -> str:
    if unit in _SHOWN_IN:
        return _SHOWN_IN[unit][0]
    return UNITS[unit].words if unit in UNITS else ""


def _scaled(figures: pd.Series, units: pd.Series) -> pd.Series:
    times = units.map(lambda unit: _SHOWN_IN.get(unit, ("", 1.0))[1])
    return figures.astype("Float64") * times


def _without_machines(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that people read, of which any row tells something."""
    kept = [
        name
        for name in frame.columns
        if name not in MACHINES and name != "unit" and not name.endswith(("_id", "_numerator", "_denominator"))
        and not name.endswith(("_unknown", "_unknown_credits")) and (frame[name].notna() & (frame[name] != "")).any()
    ]  # fmt: skip
    return frame[kept]
