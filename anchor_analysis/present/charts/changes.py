"""Changes of all members beside those of the same members, metric by metric."""

from __future__ import annotations

import textwrap

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import BLUE, INK, ORANGE
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.released import Cell, Released
from anchor_analysis.present.sentences import is_comparable

PANELS = ("all", "like_for_like")
Pair = dict[str, Cell]
Pairs = dict[str, Pair]

_AXES = {"percent": ("Change in per cent", "%"), "change": ("Change in percentage points", "")}


def like_for_like(released: Released, metric: str = "", since: str = "previous") -> Chart:
    """For each metric of the first page (or for one) its change among all members beside that among the same members.

    Amounts are in per cent of the earlier year, shares in percentage points on axes of their own. A metric that
    cannot be compared in both ways is left out, and the caption says so.
    """
    metrics = [metric] if metric else _of_the_first_page(released)
    pairs = {name: pair for name in metrics if (pair := _pair(released, name, since))}
    if not pairs:
        before = "the year before" if since == "previous" else "the baseline"
        return Chart(f"No chart of changes: none since {before} can be compared, all members beside the same ones.")
    by_item = {item: {name: pair for name, pair in pairs.items() if pair["all"].item == item} for item in _AXES}
    groups = [group for group in by_item.values() if group]
    used = [cell for pair in pairs.values() for cell in pair.values()]
    caption = _caption(released, pairs, [name for name in metrics if name not in pairs])
    with base.drawing(0.85 + 0.5 * len(groups) + 0.56 * len(pairs), [len(group) + 0.8 for group in groups]) as (
        figure,
        axes,
    ):
        for place, (ax, group) in enumerate(zip(axes, groups, strict=True)):
            _draw(released, ax, group, legend=place == 0)
        since_period = next(iter(pairs.values()))["all"].since_period
        base.heading(figure, f"Change since {since_period}: all that reported, and like for like")
        png = base.as_png(figure, caption, base.ids(used))
    return Chart(_alt(released, pairs), png, base.figures(used), caption)


def _of_the_first_page(released: Released) -> list[str]:
    return [name for name in released.metrics("changes") if wording.is_about(released.facts, name, "")]


def _pair(released: Released, metric: str, since: str) -> Pair:
    """The change of both panels in the unit in which metrics are compared, and their verdicts; empty if one lacks."""
    for item in _AXES:
        cells = {panel: released.change(metric, since, panel, item) for panel in PANELS}
        found = {panel: cell for panel, cell in cells.items() if cell is not None and is_comparable(released, cell)}
        if len(found) == len(PANELS) and (item == "percent" or found["all"].unit == "share"):
            verdict = released.change(metric, since, "like_for_like", "verdict")
            return found | ({"verdict": verdict} if verdict and not verdict.is_withheld else {})
    return {}


def _draw(released: Released, axes: Axes, pairs: Pairs, *, legend: bool) -> None:
    rows = [
        {"row": row, "panel": panel, "change": 100 * pair[panel].value}
        for row, pair in enumerate(pairs.values())
        for panel in PANELS
    ]
    frame = pd.DataFrame(rows)
    for row, pair in enumerate(pairs.values()):
        axes.plot([100 * pair[panel].value for panel in PANELS], [row, row], color="#9aa0a6", linewidth=1.6, zorder=1)
    styles = {"all": ("o", "white", BLUE, 95), "like_for_like": ("D", ORANGE, ORANGE, 36)}
    for panel, (marker, face, edge, size) in styles.items():
        sns.scatterplot(
            frame[frame["panel"] == panel], x="change", y="row", ax=axes, marker=marker, color=face, edgecolor=edge,
            linewidth=1.7, s=size, zorder=3, label=wording.PANELS[panel], legend=False,
        )  # fmt: skip
    for row, (metric, pair) in enumerate(pairs.items()):
        _label(released, axes, row, metric, pair)
    _finish(axes, frame, len(pairs), next(iter(pairs.values()))["all"].item)
    if legend:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=7.5, handletextpad=0.3, borderaxespad=0.1
        )


def _label(released: Released, axes: Axes, row: int, metric: str, pair: Pair) -> None:
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # so that no grid line runs through the words
    verdict = pair.get("verdict")
    words = f" ({verdict.shown})" if verdict else ""
    changes = f"all {pair['all'].shown}; like for like {pair['like_for_like'].shown}{words}"
    title = textwrap.shorten(wording.title(released.facts, metric), 64, placeholder=" …")
    across = axes.get_yaxis_transform()
    axes.text(0, row - 0.6, title, fontsize=8.2, fontweight="bold", transform=across, va="center", bbox=ground)
    axes.text(0, row - 0.33, changes, fontsize=7.5, color=INK, transform=across, va="center", bbox=ground)


def _finish(axes: Axes, frame: pd.DataFrame, rows: int, item: str) -> None:
    words, unit = _AXES[item]
    axes.axvline(0, color=INK, linewidth=0.9, zorder=0)
    axes.set_ylim(rows - 0.6, -0.85)
    axes.set_yticks([])
    low, high = min(0.0, frame["change"].min()), max(0.0, frame["change"].max())
    room = 0.06 * (high - low or 1)
    axes.set_xlim(low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value, unit)))
    axes.set_xlabel(words, fontsize=7.5)
    axes.set_ylabel("")
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _signed(value: float, unit: str) -> str:
    return f"{value:+g}{unit}".replace("-", "−") if value else "0"


def _alt(released: Released, pairs: Pairs) -> str:
    said = []
    for metric, pair in pairs.items():
        words = f", {pair['verdict'].shown}" if "verdict" in pair else ""
        title = wording.title(released.facts, metric)
        said.append(f"{title} {pair['all'].shown} and {pair['like_for_like'].shown}{words}")
    first = next(iter(pairs.values()))["all"]
    return (
        f"Dot chart of changes since {first.since_period}, all that reported and then like for like: {'; '.join(said)}."
    )


def _caption(released: Released, pairs: Pairs, left_out: list[str]) -> str:
    counts = dict.fromkeys(pair["like_for_like"].members_counted for pair in pairs.values())
    members = wording.listing([f"{count:,}" for count in counts])
    titles = [wording.lower_first(wording.title(released.facts, metric)) for metric in left_out]
    without = f"Not compared: {wording.listing(titles)}." if titles else ""
    return base.source(
        released.facts, f"Like for like counts the {members} members that reported in both years.", without
    )
