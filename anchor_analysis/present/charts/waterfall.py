"""The parts that a change is made of: each bar starts where the one above it ends."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import BLUE, GREY, INK, ORANGE
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.parts import plain
from anchor_analysis.present.released import Cell, Released, number
from anchor_analysis.present.sentences import parts_of_change


def parts(released: Released, metric: str, since: str = "previous") -> Chart:
    """Where a change came from: members in both years, joiners, leavers, and who reported in one year only.

    Bars start where the one above ends, and the last bar is the whole. A part that is withheld has no bar.
    """
    cells = {item: cell for item in wording.PARTS if (cell := released.part(metric, since, item))}
    if not any(cell.is_number for item, cell in cells.items() if item != "change"):
        return base.missing(released.facts, metric, "no change can be told, or none of its parts")
    kept = {item: cell for item, cell in cells.items() if item == "change" or not cell.is_nothing} or cells
    caption = _parts_caption(released, kept)
    since_period = next(iter(kept.values())).since_period
    title = f"{wording.title(released.facts, metric)}: where the change since {since_period} came from"
    bars = [_bar(item, cell) for item, cell in kept.items()]
    used = list(kept.values())
    png = waterfall(bars, title, caption, base.ids(used))
    return Chart(_parts_alt(released, metric, since, kept), png, base.figures(used), caption)


class Bar(NamedTuple):
    """A part of a change, or the `whole` of it, with what is written beside it."""

    name: str
    value: float
    text: str
    whole: bool = False


def waterfall(bars: Sequence[Bar], title: str, caption: str, claims: Sequence[str] = ()) -> bytes:
    """The picture: each bar starts where the one above ends, that of the whole at nought."""
    with base.drawing(height=0.95 + 0.42 * len(bars)) as (figure, [axes]):
        _draw(axes, bars)
        base.heading(figure, "\n".join(textwrap.wrap(title, 58)))
        return base.as_png(figure, caption, claims)


def _bar(item: str, cell: Cell) -> Bar:
    words = "All of the change" if item == "change" else wording.capital(wording.ITEMS[item])
    text = f"{cell.shown} withheld" if cell.is_withheld and not cell.is_number else cell.shown
    return Bar(words, cell.value if cell.is_number else 0.0, text, item == "change")


def _draw(axes: Axes, bars: Sequence[Bar]) -> None:
    ends, start = [0.0], 0.0
    for row, bar in enumerate(bars):
        left = 0.0 if bar.whole else start
        colour = GREY if bar.whole else BLUE if bar.value >= 0 else ORANGE
        hatch = "" if bar.value >= 0 else "////"
        axes.barh(row, bar.value, left=left, height=0.58, color=colour, hatch=hatch, edgecolor="white")
        axes.annotate(
            bar.text, (max(left, left + bar.value), row), xytext=(4, 0), textcoords="offset points", va="center",
            fontsize=8.5, fontweight="bold" if bar.whole else "normal",
        )  # fmt: skip
        start = start if bar.whole else start + bar.value
        ends += [start, bar.value if bar.whole else start]
    low, high = min(ends), max(ends)
    room = (high - low or 1) * 0.30
    axes.set_xlim(low - 0.05 * (high - low or 1), high + room)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks(range(len(bars)), ["\n".join(textwrap.wrap(bar.name, 16)) for bar in bars])
    axes.tick_params(axis="y", length=0, labelsize=8)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])


def _parts_alt(released: Released, metric: str, since: str, cells: dict[str, Cell]) -> str:
    whole = cells.get("change")
    title = wording.title(released.facts, metric)
    said = plain(parts_of_change(released, metric, since)).strip()
    amount = f" {whole.shown}" if whole and number(whole.shown) is not None else ""
    since_period = next(iter(cells.values())).since_period
    return f"Bar chart. {title}, change since {since_period}:{amount}. {said}".replace(":.", ".")


def _parts_caption(released: Released, cells: dict[str, Cell]) -> str:
    withheld = [wording.PARTS[item] for item, cell in cells.items() if cell.is_withheld]
    said = f"Withheld: {wording.listing(withheld)}." if withheld else ""
    return base.source(released.facts, said)
