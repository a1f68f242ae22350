"""A metric by ward on a map of the wards' own outlines, in classes whose legend is in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.patheffects import withStroke

from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import GREY, INK
from anchor_analysis.present.charts.outlines import Outline
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.charts.wards import by_ward_alt, by_ward_caption, which_ward
from anchor_analysis.present.released import Cell, Facts, Released

CLASSES = 5

#: An area of less than this part of the map's width is drawn as a dot as well, or nobody would see it.
SMALLEST = 0.012

#: Light to dark in even steps of lightness, so that it keeps its order in grey and for every kind of colour vision.
SCALE = "ch:start=2.6,rot=-.15,light=.88,dark=.22"

_WITHHELD: dict[str, Any] = {"facecolor": "white", "edgecolor": "#6b7177", "hatch": "/////", "linewidth": 0.5}
_NO_FIGURE: dict[str, Any] = {"facecolor": "white", "edgecolor": "#6b7177", "hatch": "....", "linewidth": 0.5}
_OUTSIDE: dict[str, Any] = {"facecolor": "#eef0f1", "edgecolor": "#d4d8db", "linewidth": 0.4}


@dataclass(frozen=True)
class Class:
    """The wards of one shade: from the lowest of their figures to the highest, as these were shown."""

    cells: list[Cell]
    colour: tuple[float, float, float]

    @property
    def words(self) -> str:
        low, high = self.cells[0].shown, self.cells[-1].shown
        span = low if low == high else f"{low} to {high}"
        return f"{span} ({len(self.cells)} ward{'s' if len(self.cells) > 1 else ''})"


def choropleth(released: Released, metric: str, cells: dict[str, Cell]) -> Chart:
    """The network's figure of the edition's year by ward, on the outlines that the facts hold.

    Wards are put into up to five classes of about as many wards each. A withheld ward is hatched, a ward without a
    figure dotted, what is outside the area pale. The three highest are numbered and named; the network's most
    disadvantaged wards have a thick border.
    """
    facts = released.facts
    outlines = {code: Outline.read(rings) for code, rings in facts["boundaries"]["areas"].items()}
    classes = make_classes([cell for cell in cells.values() if cell.is_number])
    first = sorted((cell for one in classes for cell in one.cells), key=lambda cell: (-cell.value, cell.group))[:3]
    numbered = [cell for cell in first if cell.group in outlines]
    caption = _caption(facts, cells, outlines)
    width, height = (facts["boundaries"][side] for side in ("width", "height"))
    handles = _legend(facts, outlines, cells, classes, numbered)
    with base.drawing(0.5 + 0.97 * base.WIDTH * height / width + 0.16 * -(-len(handles) // 2)) as (figure, [axes]):
        _draw(axes, facts, outlines, cells, classes)
        _number(axes, outlines, numbered)
        _draw_scale(axes, facts["boundaries"])
        axes.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(0, -0.01), ncols=2, fontsize=7.5, handlelength=1.6,
            handleheight=1.0, columnspacing=1.2, borderaxespad=0.1, labelspacing=0.45,
        )  # fmt: skip
        title = f"{wording.capital(wording.noun(facts, metric))}, {which_ward(facts, cells)}, {released.year}"
        base.heading(figure, "\n".join(textwrap.wrap(title, 58)))
        png = base.as_png(figure, caption, base.ids(cells.values()))
    return Chart(by_ward_alt("Map", released, metric, cells), png, base.figures(list(cells.values())), caption)


def make_classes(cells: Sequence[Cell]) -> list[Class]:
    """The cells by figure in classes of about as many wards each; wards with the same figure share one."""
    ranked = sorted(cells, key=lambda cell: (cell.value, cell.group))
    values = sorted({cell.value for cell in ranked})
    count = min(CLASSES, len(values))
    of: dict[float, int] = {}
    for place, cell in enumerate(ranked):
        of.setdefault(cell.value, place * count // len(ranked))
    used = sorted(set(of.values()))
    colours = sns.color_palette(SCALE, len(used)) if len(used) > 1 else sns.color_palette(SCALE, 3)[1:2]
    members = [[cell for cell in ranked if of[cell.value] == one] for one in used]
    return [Class(found, tuple(colour)) for found, colour in zip(members, colours, strict=True)]


def _draw(axes: Axes, facts: Facts, outlines: dict[str, Outline], cells: dict[str, Cell], classes: list[Class]) -> None:
    wards, thick = facts["wards"], set((facts.get("disadvantaged") or {}).get("wards", []))
    shades = {cell.group: one.colour for one in classes for cell in one.cells}
    smallest = SMALLEST * facts["boundaries"]["width"]
    for code, outline in outlines.items():
        style = _style(code, wards, cells, shades)
        axes.add_patch(PathPatch(outline.path, zorder=1 if code in wards else 0, **style))
        if code in wards and outline.extent < smallest:
            dot: dict[str, Any] = {"facecolors": [style["facecolor"]], "edgecolors": INK, "hatch": style.get("hatch")}
            axes.scatter(*outline.inner, s=22, linewidths=0.7, zorder=3, **dot)
        if code in thick:
            axes.add_patch(PathPatch(outline.path, fill=False, edgecolor="white", linewidth=2.6, zorder=2))
            axes.add_patch(PathPatch(outline.path, fill=False, edgecolor=INK, linewidth=1.3, zorder=2.5))
    around = 0.012 * facts["boundaries"]["width"]
    axes.set_xlim(-around, facts["boundaries"]["width"] + around)
    axes.set_ylim(-around, facts["boundaries"]["height"] + around)
    axes.set_aspect("equal", anchor="N")
    axes.axis("off")


def _style(code: str, wards: dict[str, Any], cells: dict[str, Cell], shades: dict[str, Any]) -> dict[str, Any]:
    if code not in wards:
        return _OUTSIDE
    if code in shades:
        return {"facecolor": shades[code], "edgecolor": "white", "linewidth": 0.6}
    return _WITHHELD if code in cells and cells[code].is_withheld else _NO_FIGURE


def _number(axes: Axes, outlines: dict[str, Outline], numbered: list[Cell]) -> None:
    for number, cell in enumerate(numbered, 1):
        axes.annotate(
            str(number), outlines[cell.group].inner, ha="center", va="center", fontsize=8, fontweight="bold",
            color=INK, zorder=4, path_effects=[withStroke(linewidth=2.4, foreground="white")],
        )  # fmt: skip


def _draw_scale(axes: Axes, boundaries: dict[str, Any]) -> None:
    """A bar of a round number of kilometres, a quarter of the width at most, in the lower left corner."""
    across = boundaries["width"] * boundaries["metres"] / 1000
    length = max([size for size in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if size <= across / 4] or [0.1])
    end = length * 1000 / boundaries["metres"]
    axes.plot([0, end], [0, 0], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=5)
    words = [withStroke(linewidth=2, foreground="white")]
    axes.annotate(
        f"{length:g} km", (end / 2, 0), xytext=(0, 2.5), textcoords="offset points", ha="center", fontsize=7,
        path_effects=words, zorder=5,
    )  # fmt: skip


def _legend(
    facts: Facts, outlines: dict[str, Outline], cells: dict[str, Cell], classes: list[Class], numbered: list[Cell]
) -> list[Any]:
    """The classes from the highest down, then what has no figure and why, and the names of the numbered wards."""
    inside = [code for code in outlines if code in facts["wards"]]
    handles: list[Any] = [
        Patch(facecolor=one.colour, edgecolor=GREY, linewidth=0.4, label=one.words) for one in classes[::-1]
    ]
    withheld = sum(cell.is_withheld for cell in cells.values())
    if withheld:
        handles.append(Patch(label=f"withheld, not zero ({withheld} ward{'s' if withheld > 1 else ''})", **_WITHHELD))
    if any(code not in cells or not (cells[code].is_number or cells[code].is_withheld) for code in inside):
        handles.append(Patch(label="no figure", **_NO_FIGURE))
    if len(inside) < len(outlines):
        handles.append(Patch(label="outside the area", **_OUTSIDE))
    if facts.get("disadvantaged"):
        handles.append(Patch(facecolor="white", edgecolor=INK, linewidth=1.3, label="most disadvantaged wards"))
    for number, cell in enumerate(numbered, 1):
        name = f"{wording.group_name(facts, cell.group)}, {cell.shown}"
        handles.append(Line2D([], [], marker=f"${number}$", color=INK, linestyle="", markersize=5, label=name))
    return handles


def _caption(facts: Facts, cells: dict[str, Cell], outlines: dict[str, Outline]) -> str:
    """What stands below: coverage, whose outlines these are, and the wards that have none."""
    without = [wording.group_name(facts, code) for code in cells if code not in outlines]
    gone = f"Not on the map, for want of an outline: {wording.listing(without)}." if without else ""
    about = facts["boundaries"]
    shapes = f"Outlines: {about['id']}, {about.get('vintage') or 'vintage not told'}."
    return by_ward_caption(facts, cells, "Shades hold about as many wards each.", gone, shapes)
