"""Conditions of the place over the years, one small picture above the other."""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import BLUE, GREY
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.conditions import as_frame, condition_id, shown
from anchor_analysis.present.released import Facts


def conditions(facts: Facts) -> Chart:
    """Each condition in a picture of its own: the place in colour, what it is compared with in grey."""
    told = [one for one in facts.get("conditions") or [] if len(_periods(one)) > 1]
    if not told:
        return Chart("No chart of conditions of the place: the network tells none of more than one period.")
    sources = dict.fromkeys(value["source"] for one in told for value in one["values"])
    caption = f"Source: {'; '.join(sources)}."
    with base.drawing(1.75 * len(told) + 0.3, [1] * len(told)) as (figure, axes):
        for one, at in zip(told, axes, strict=True):
            _draw(at, one)
        base.heading(figure, f"Conditions in {facts['place']}")
        png = base.as_png(figure, caption, [name for one in told for name in _claims(one)])
    return Chart(" ".join(_in_words(one) for one in told), png, as_frame(facts), caption)


def _claims(about: dict[str, Any]) -> list[str]:
    """The ids of the values that are drawn."""
    values = (value for _, _, values in _lines(about) for value in values)
    return [condition_id(about["id"], value["area"], value["period"]) for value in values]


def _periods(about: dict[str, Any]) -> list[str]:
    return sorted({value["period"] for value in about["values"] if value["value"] is not None})


def _draw(axes: Axes, about: dict[str, Any]) -> None:
    periods, lines = _periods(about), _lines(about)
    highest = max(value["value"] for _, _, values in lines for value in values)
    for _, ours, values in lines:
        places = [periods.index(value["period"]) for value in values]
        colour, width = (BLUE, 1.9) if ours else (GREY, 1.1)
        axes.plot(places, [value["value"] for value in values], "o-", color=colour, linewidth=width, markersize=3)
    ends = sorted(((values[-1]["value"], name, ours) for name, ours, values in lines))
    at = 0.0
    for value, name, ours in ends:  # one below the other, though their lines end in one place
        at = max(value, at + 0.11 * highest)
        said = f"{textwrap.shorten(name, 22, placeholder='…')} {shown(value, None, None, '', about['unit'])[0]}"
        weight, colour = ("bold", BLUE) if ours else ("normal", GREY)
        axes.text(1.06 * (len(periods) - 1), at, said, color=colour, fontsize=7, va="center", fontweight=weight)
    axes.set_title(about["title"], fontsize=8, loc="left")
    axes.set_xticks(range(len(periods)), periods, fontsize=7)
    axes.set_xlim(-0.05 * (len(periods) - 1), (len(periods) - 1) * 1.45)
    axes.set_ylim(0, max(1.08 * highest, at))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value, None, None, "", about["unit"])[0]))
    axes.tick_params(axis="y", labelsize=7)
    axes.grid(axis="y")


def _lines(about: dict[str, Any]) -> list[tuple[str, bool, list[dict[str, Any]]]]:
    """Of each area its name, whether it is the place, and its values in the order of time."""
    found: dict[str, list[dict[str, Any]]] = {}
    for value in sorted(about["values"], key=lambda value: str(value["period"])):
        if value["value"] is not None:
            found.setdefault(value["area"], []).append(value)
    return [(values[0]["name"], values[0]["ours"], values) for values in found.values()]


def _in_words(about: dict[str, Any]) -> str:
    said = [
        f"{name} {values[0]['shown']} in {values[0]['period']} and {values[-1]['shown']} in {values[-1]['period']}"
        for name, _, values in _lines(about)
    ]
    return f"{about['title']}: {wording.listing(said)}."
