"""The parts that a change is made of: each bar starts where the one above it ends."""

from __future__ import annotations

import textwrap

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
    with base.drawing(height=0.95 + 0.42 * len(kept)) as (figure, [axes]):
        _draw_parts(axes, kept)
        since_period = next(iter(kept.values())).since_period
        title = f"{wording.title(released.facts, metric)}: where the change since {since_period} came from"
        base.heading(figure, "\n".join(textwrap.wrap(title, 58)))
        png = base.as_png(figure, caption)
    return Chart(_parts_alt(released, metric, since, kept), png, base.figures(list(kept.values())), caption)


def _draw_parts(axes: Axes, cells: dict[str, Cell]) -> None:
    ends, start = [0.0], 0.0
    for row, (item, cell) in enumerate(cells.items()):
        value = cell.value if cell.is_number else 0.0
        left = 0.0 if item == "change" else start
        colour = GREY if item == "change" else BLUE if value >= 0 else ORANGE
        axes.barh(
            row, value, left=left, height=0.58, color=colour, hatch="" if value >= 0 else "////", edgecolor="white"
        )
        _label_part(axes, row, cell, max(left, left + value))
        start = start if item == "change" else start + value
        ends.append(start)
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    room = (high - low or 1) * 0.30
    axes.set_xlim(low - 0.05 * (high - low or 1), high + room)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    axes.set_yticks(range(len(cells)), [_part_name(item) for item in cells])
    axes.tick_params(axis="y", length=0, labelsize=8)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])


def _label_part(axes: Axes, row: int, cell: Cell, end: float) -> None:
    text = cell.shown if cell.is_number else f"{cell.shown} withheld" if cell.is_withheld else cell.shown
    axes.annotate(
        text, (end, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
        fontweight="bold" if cell.item == "change" else "normal",
    )  # fmt: skip


def _part_name(item: str) -> str:
    words = "All of the change" if item == "change" else wording.capital(wording.ITEMS[item])
    return "\n".join(textwrap.wrap(words, 16))


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
