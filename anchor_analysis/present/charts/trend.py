"""A metric over the years: all members, the same members beside them, what is unknown, and the gaps."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from anchor_analysis.compare.breaks import COUNTED_OTHERWISE
from anchor_analysis.declared.units import NOT_ADDITIVE, UNITS
from anchor_analysis.declared.years import parse_year, years_between
from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import BLUE, GREY, ORANGE
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.parts import plain
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Cell, Released
from anchor_analysis.present.sentences import like_for_like

Levels = dict[str, Cell | None]


def trend(released: Released, metric: str, since: str = "previous") -> Chart:
    """The network's figure in every year, with the members it counts and the change like for like.

    A year without a figure is a gap, and one of which only a range is told a bar from its lower to its upper bound. The
    band reaches from the lower to the upper bound. A year in which members joined has an open marker, and the dashed
    line joins what the same members reported in both years.
    """
    levels = _levels(released, metric)
    told = [cell for cell in levels.values() if cell is not None and (cell.is_number or cell.is_range)]
    if not told:
        return base.missing(released.facts, metric, "no year has a figure")
    if len(told) == 1:
        return base.missing(released.facts, metric, f"only {told[0].period} has a figure, so there is no trend")
    same = _same_members(released, metric, list(levels))
    frame = _frame(list(levels), levels)
    caption = _caption(released, metric, levels, frame)
    used = [*(cell for cell in levels.values() if cell), *(cell for pair in same for cell in pair)]
    with base.drawing(height=3.5) as (figure, [axes]):
        _draw(axes, list(levels), frame, same)
        _label_same(axes, list(levels), frame, same, released.change(metric, "previous", "like_for_like", "change"))
        base.heading(figure, "\n".join(textwrap.wrap(wording.capital(wording.noun(released.facts, metric)), 58)))
        png = base.as_png(figure, caption, base.ids(used))
    return Chart(_alt(released, metric, levels), png, base.figures(used), caption)


def _levels(released: Released, metric: str) -> Levels:
    """The figure of every year from the first to the last, None where the edition has no cell."""
    periods = [period for period in released.periods(metric) if period <= released.year]
    if not periods:
        return {}
    between = years_between(parse_year(periods[0]), parse_year(periods[-1]))
    return {str(year): released.level(metric, str(year)) for year in between}


def _same_members(released: Released, metric: str, periods: list[str]) -> list[tuple[Cell, Cell]]:
    """Like for like, what the same members reported the year before and in the year."""
    pairs = []
    for period in periods:
        ends = [released.change(metric, "previous", "like_for_like", item, period) for item in ("from", "to")]
        if all(cell is not None and cell.is_number for cell in ends):
            pairs.append((ends[0], ends[1]))
    return [(first, last) for first, last in pairs if first and last and first.since_period in periods]


def _draw(axes: Axes, periods: list[str], frame: pd.DataFrame, same: list[tuple[Cell, Cell]]) -> None:
    _draw_band(axes, frame)
    for place, run in enumerate(_runs(frame)):
        label = "All members that reported" if place == 0 else None
        axes.plot(run["place"], run["value"], color=BLUE, linewidth=1.8, label=label, zorder=3)
    _draw_markers(axes, frame)
    _draw_ranges(axes, frame)
    _draw_breaks(axes, frame)
    _draw_same(axes, periods, same)
    _draw_labels(axes, frame)
    _draw_axes(axes, periods, frame)


def _frame(periods: list[str], levels: Levels) -> pd.DataFrame:
    rows = []
    for place, period in enumerate(periods):
        cell, before = levels[period], levels.get(periods[place - 1]) if place else None
        joined = bool(cell and before and cell.members_expected > before.members_expected)
        told = cell is not None and cell.is_number
        rows.append(
            {
                "place": place,
                "value": cell.value if cell and told else None,
                "lower": cell.lower if cell else None,
                "upper": cell.upper if cell else None,
                "shown": cell.shown if cell else "no figure",
                "ranged": cell is not None and cell.is_range,
                "joined": joined,
                "broken": bool(cell and COUNTED_OTHERWISE in cell.note),
                "members": f"{cell.members_counted} of {cell.members_expected}" if cell else "",
                "unit": cell.unit if cell else "",
            }
        )
    return pd.DataFrame(rows).astype({"value": float, "lower": float, "upper": float})


def _runs(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The stretches without a gap, so that no line leads across a year that has no figure, or across a break."""
    number = frame["value"].isna().cumsum() + frame["broken"].cumsum()
    return [run for _, run in frame[frame["value"].notna()].groupby(number)]


def _draw_band(axes: Axes, frame: pd.DataFrame) -> None:
    known = frame["lower"].notna() & frame["upper"].notna() & ~frame["ranged"]
    if (frame["upper"] > frame["lower"])[known].any():
        axes.fill_between(
            frame["place"], frame["lower"], frame["upper"], where=known, color=BLUE, alpha=0.16, linewidth=0,
            label="Whatever the unknown part is",
        )  # fmt: skip


def _draw_markers(axes: Axes, frame: pd.DataFrame) -> None:
    stayed, joined = frame[~frame["joined"]], frame[frame["joined"]]
    axes.plot(stayed["place"], stayed["value"], "o", color=BLUE, markersize=5, zorder=4)
    if joined["value"].notna().any():
        axes.plot(
            joined["place"], joined["value"], "D", color=BLUE, zorder=4, label="Year in which members joined",
            markerfacecolor="white", markeredgewidth=1.6, markersize=7,
        )  # fmt: skip


def _draw_ranges(axes: Axes, frame: pd.DataFrame) -> None:
    """A bar for each year of which only a range is told, the first and the last with its ends."""
    ranges = frame[frame["ranged"]]
    if ranges.empty:
        return
    middle, half = (ranges["upper"] + ranges["lower"]) / 2, (ranges["upper"] - ranges["lower"]) / 2
    axes.errorbar(
        ranges["place"], middle, yerr=half, fmt="none", ecolor=BLUE, elinewidth=7, alpha=0.45, zorder=4,
        label="Only a range is known, and no figure in it is more likely",
    )  # fmt: skip
    for at, side in ((0, "left"), (len(ranges) - 1, "right")):
        row = ranges.iloc[at]
        axes.annotate(
            row["shown"].replace(" and ", "\nand "), (row["place"], row["upper"]), xytext=(-8 if at == 0 else 8, 5),
            textcoords="offset points", ha=side, fontsize=8, fontweight="bold", color=BLUE, zorder=6,
        )  # fmt: skip


def _draw_breaks(axes: Axes, frame: pd.DataFrame) -> None:
    """A line before each year from which on another thing is counted; why stands in the caption."""
    for count, place in enumerate(frame.loc[frame["broken"], "place"]):
        label = "Break: counted otherwise from here on" if count == 0 else None
        axes.axvline(place - 0.5, color=GREY, linewidth=1.2, linestyle=":", label=label, zorder=2)


def _draw_same(axes: Axes, periods: list[str], same: list[tuple[Cell, Cell]]) -> None:
    for count, (first, last) in enumerate(same):
        places = [periods.index(first.since_period), periods.index(last.period)]
        label = "Like for like: the same members in both years" if count == 0 else None
        ends = [first.value, last.value]
        axes.plot(places, ends, "s--", color=ORANGE, linewidth=1.5, markersize=3, label=label, zorder=5)


#: Which part of the width the words of the change like for like take.
_WORDS = 0.38


def _label_same(
    axes: Axes, periods: list[str], frame: pd.DataFrame, same: list[tuple[Cell, Cell]], change: Cell | None
) -> None:
    """The latest change like for like, below the lines that are above it, or above them where there is no room."""
    if not (same and change and change.is_number and same[-1][1].period == periods[-1]):
        return
    end = periods.index(same[-1][1].period)
    above = frame.loc[frame["place"] >= end - _WORDS * len(periods), "value"]
    values = [*above.dropna(), *(cell.value for cell in same[-1])]
    bottom, top = axes.get_ylim()
    has_room = min(values) - bottom > _ABOVE_FIGURE * (top - bottom)
    place, away = (min(values), -17) if has_room else (max(values), 20)
    axes.annotate(
        f"like for like {change.shown}", (end, place), xytext=(6, away), textcoords="offset points", ha="right",
        fontsize=8, fontweight="bold", color=ORANGE, zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )  # fmt: skip


def _draw_labels(axes: Axes, frame: pd.DataFrame) -> None:
    """The first and the last figure, and at the foot of the chart what stands in a year without one."""
    told = frame[frame["value"].notna()]
    for place, side in ((told.index[0], "left"), (told.index[-1], "right")) if len(told) else ():
        row = told.loc[place]
        top = row["upper"] if row["upper"] > row["value"] else row["value"]
        axes.annotate(
            row["shown"], (row["place"], top), xytext=(-6 if side == "left" else 6, 7), textcoords="offset points",
            ha=side, fontsize=9, fontweight="bold", color=BLUE, zorder=6,
        )  # fmt: skip
    for _, row in frame[frame["value"].isna() & ~frame["ranged"]].iterrows():
        axes.text(
            row["place"], 0.02, row["shown"], transform=axes.get_xaxis_transform(), ha="center", color=GREY, fontsize=8
        )


def _draw_axes(axes: Axes, periods: list[str], frame: pd.DataFrame) -> None:
    counted = frame["members"].tolist()
    axes.set_xticks(range(len(periods)), [f"{period}\n{of}" for period, of in zip(periods, counted, strict=True)])
    axes.tick_params(axis="x", labelsize=7.5, length=0)
    axes.set_xlim(-0.45, len(periods) - 0.55)
    axes.set_xlabel("Year, and how many of how many members reported", fontsize=7.5, color=GREY)
    axes.set_ylabel("")
    unit = _unit(frame)
    axes.set_ylim(*_limits(frame, unit))
    all_nought = not frame[["value", "lower", "upper"]].any(axis=None)
    axes.yaxis.set_major_locator(FixedLocator([0]) if all_nought else MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick(unit)))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), fontsize=7.5, borderaxespad=0.2, labelspacing=0.3)


def _unit(frame: pd.DataFrame) -> str:
    return next((name for name in frame["unit"] if name), "")


#: The units whose scale need not start at zero, and the room above and below that is left at least.
_WITHOUT_ZERO = {"share": 0.04, "times": 0.1}

#: Which part of the scale what stands above a figure takes, and above a range, which has two lines of it.
_ABOVE_FIGURE, _ABOVE_RANGE = 0.11, 0.15


def _limits(frame: pd.DataFrame, unit: str) -> tuple[float, float]:
    """For amounts from zero, to one if all are zero; for shares and times as wide as it takes to see a few points."""
    low = frame[["value", "lower"]].min().min()
    high = frame[["value", "upper"]].max().max()
    if unit not in _WITHOUT_ZERO:
        return min(0.0, low * 1.1), high * 1.18 or 1.0
    room = max(_WITHOUT_ZERO[unit], 0.5 * (high - low))
    bottom, top = max(0.0, low - room), min(1.0 if unit == "share" else high + room, high + room)
    return bottom, max(top, high + (top - bottom) * (_ABOVE_RANGE if frame["ranged"].any() else _ABOVE_FIGURE))


def _tick(unit: str):  # type: ignore[no-untyped-def]  # matplotlib asks for (float, int) -> str
    def text(value: float, place: int | None = None) -> str:
        if unit == "share":
            return f"{value * 100:.0f}%"
        if unit == "gbp":
            return f"£{value / 1e6:,.0f}m" if abs(value) >= 1e6 or value == 0 else f"£{value:,.0f}"
        written = UNITS.get(unit)
        decimals = written.decimals if written and unit in NOT_ADDITIVE else 0
        after = written.after if written else ""
        return f"{value / 1e6:g}m{after}" if abs(value) >= 1e6 else f"{value:,.{decimals}f}{after}"

    return text


def _alt(released: Released, metric: str, levels: Levels) -> str:
    told = [cell for cell in levels.values() if cell is not None and (cell.is_number or cell.is_range)]
    first, last = told[0], told[-1]
    said = [
        f"Line chart. {wording.capital(wording.noun(released.facts, metric))}: {first.shown} in {first.period} "
        f"({_counted(first)}) and {last.shown} in {last.period} ({_counted(last)})."
    ]
    same = plain(like_for_like(released, metric, "previous"))
    ranges = [period for period, cell in levels.items() if cell is not None and cell.is_range]
    if ranges:
        said.append(f"Only a range is known for {wording.listing(ranges)}.")
    gaps = [period for period, cell in levels.items() if cell is None or not (cell.is_number or cell.is_range)]
    if gaps:
        said.append(f"No figure for {wording.listing(gaps)}.")
    broken = [period for period, cell in levels.items() if cell is not None and COUNTED_OTHERWISE in cell.note]
    if broken:
        said.append(f"Counted otherwise from {wording.listing(broken)} on.")
    return " ".join([*said, same] if same else said)


def _counted(cell: Cell) -> str:
    return f"{cell.members_counted} of {cell.members_expected} members"


def _caption(released: Released, metric: str, levels: Levels, frame: pd.DataFrame) -> str:
    by_note: dict[str, list[str]] = {}
    for cell in levels.values():
        if cell is not None and cell.note:
            by_note.setdefault(cell.note, []).append(cell.period)
    told = [cell.period for cell in levels.values() if cell is not None]
    notes = [
        f"{wording.capital(note)} {'in every year' if periods == told else f'in {wording.listing(periods)}'}."
        for note, periods in by_note.items()
    ]
    scale = "The scale does not start at zero." if _limits(frame, _unit(frame))[0] > 0 else ""
    doubts = rates_in_doubt(released.facts, [metric], told, short=True)
    return base.source(released.facts, scale, *notes, *doubts)
