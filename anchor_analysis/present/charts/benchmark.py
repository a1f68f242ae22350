"""How many live in each ward beside how many the benchmark expects there."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anchor_analysis.present import wording
from anchor_analysis.present.benchmarks import against_benchmark, by_area, compared
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import BLUE, GREY, INK, ORANGE
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.parts import plain
from anchor_analysis.present.released import Cell, Released


def benchmark(released: Released, metric: str) -> Chart:
    """Each ward's figure, from the furthest above what is expected to the furthest below.

    A dot is the figure, a bar across what the benchmark expects; the line between is the difference. A ward that
    is withheld or has no benchmark has no row, and the caption names it.
    """
    facts = released.facts
    if not facts.get("benchmark"):
        return base.missing(facts, metric, "the network names no benchmark to hold it against")
    ranked = compared(released, metric)
    if not ranked:
        return base.missing(facts, metric, "no ward has both a figure that is shown and a benchmark")
    caption = _caption(released, metric, ranked)
    used = [cell for items in ranked for cell in items.values()]
    with base.drawing(0.95 + 0.175 * len(ranked)) as (figure, [axes]):
        _draw(released, axes, ranked)
        title = f"{wording.capital(wording.noun(facts, metric))}, by ward of home, and as expected, {released.year}"
        base.heading(figure, "\n".join(textwrap.wrap(title, 58)))
        png = base.as_png(figure, caption, base.ids(used))
    alt = f"Dot chart of {len(ranked)} wards. {plain(against_benchmark(released, metric))}"
    return Chart(alt, png, base.figures(used), caption)


def _draw(released: Released, axes: Axes, ranked: list[dict[str, Cell]]) -> None:
    for row, items in enumerate(ranked):
        here, expected = items["observed"].value, items["expected"].value
        colour = BLUE if here >= expected else ORANGE
        axes.plot([expected, here], [row, row], color=colour, linewidth=1.6, zorder=2)
        axes.plot(here, row, "o", color=INK, markersize=3.6, zorder=4, label=None if row else "Counted")
        axes.plot(
            expected, row, "|", color=GREY, markersize=8, markeredgewidth=1.8, zorder=3,
            label=None if row else "Expected by the benchmark",
        )  # fmt: skip
        axes.annotate(
            f"{items['quotient'].shown}×", (1, row), xycoords=("axes fraction", "data"), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize=7, color=INK,
        )  # fmt: skip
    names = [wording.group_name(released.facts, items["quotient"].group) for items in ranked]
    axes.set_yticks(range(len(ranked)), [textwrap.shorten(name, 26, placeholder="…") for name in names])
    axes.tick_params(axis="y", length=0, labelsize=7)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.tick_params(axis="x", labelsize=7.5)
    axes.grid(axis="both")
    axes.set_axisbelow(True)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=7.5, borderaxespad=0.1, handletextpad=0.3)


def _caption(released: Released, metric: str, ranked: list[dict[str, Cell]]) -> str:
    """Of whom, by which benchmark, and which wards are not there and why."""
    facts, one = released.facts, ranked[0]["observed"]
    counting = f"Counting {one.members_counted} of {one.members_expected} members." if one.members_expected > 1 else ""
    areas = [items["quotient"] for group, items in by_area(released, metric).items() if group in facts.get("wards", {})]
    withheld = [wording.group_name(facts, cell.group) for cell in areas if cell.is_withheld]
    without = [wording.group_name(facts, cell.group) for cell in areas if not (cell.is_number or cell.is_withheld)]
    said = [
        f"{why}: {wording.listing(names)}."
        for why, names in (("Withheld", withheld), ("Not compared", without))
        if names
    ]
    return base.source(facts, counting, f"Benchmark: {wording.benchmark(facts)}.", *said)
