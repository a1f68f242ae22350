"""A metric by ward on a tile map: every ward is as large as any other, and holds its name and figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle

from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.base import INK
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.charts.wards import by_ward_alt, by_ward_caption, which_ward
from anchor_analysis.present.released import Cell, Facts, Released


def tile_map(released: Released, metric: str, cells: dict[str, Cell]) -> Chart:
    """The network's figure of the edition's year by ward, where no outlines of the wards are at hand.

    Shade and figure say the same. A withheld ward is hatched and says so; a ward without a cell stays white. The
    wards that the network calls its most disadvantaged have a thick border.
    """
    facts = released.facts
    wards: dict[str, Any] = facts["wards"]
    rows = 1 + max(ward["tile"][0] for ward in wards.values())
    caption = _caption(facts, cells)
    with base.drawing(height=0.75 + 0.62 * rows) as (figure, [axes]):
        _draw(axes, facts, wards, cells)
        title = f"{wording.capital(wording.noun(facts, metric))}, {which_ward(facts, cells)}, {released.year}"
        base.heading(figure, "\n".join(textwrap.wrap(title, 58)))
        png = base.as_png(figure, caption, base.ids(cells.values()))
    alt = by_ward_alt("Tile map", released, metric, cells)
    return Chart(alt, png, base.figures(list(cells.values())), caption)


def _caption(facts: Facts, cells: dict[str, Cell]) -> str:
    hatched = "Hatched: withheld, not zero." if any(cell.is_withheld for cell in cells.values()) else ""
    wards = facts.get("disadvantaged")
    thick = f"Thick border: {wording.lower_first(str(wards['title']))}." if wards else ""
    return by_ward_caption(facts, cells, thick, hatched, "Tiles show where wards lie to each other, not their size.")


def _draw(axes: Axes, facts: Facts, wards: dict[str, Any], cells: dict[str, Cell]) -> None:
    values = [cell.value for cell in cells.values() if cell.is_number]
    low, high = min(values), max(values)
    colours = sns.color_palette("ch:start=2.6,rot=-.15,light=.96,dark=.25", as_cmap=True)
    thick = set((facts.get("disadvantaged") or {}).get("wards", []))
    names = short_names({code: ward["name"] for code, ward in wards.items()})
    for code, ward in wards.items():
        row, column = ward["tile"]
        cell = cells.get(code)
        shade = (cell.value - low) / ((high - low) or 1) if cell and cell.is_number else None
        face = _draw_tile(axes, (column, row), colours, shade, cell, code in thick)
        _draw_words(axes, (column, row), names[code], cell, _ink_on(face))
    axes.set_xlim(-0.02, 1 + max(ward["tile"][1] for ward in wards.values()) + 0.02)
    axes.set_ylim(1 + max(ward["tile"][0] for ward in wards.values()) + 0.02, -0.02)
    axes.axis("off")


def _draw_tile(
    axes: Axes, at: tuple[int, int], colours: Colormap, shade: float | None, cell: Cell | None, thick: bool
) -> tuple[float, ...]:
    face = (1.0, 1.0, 1.0, 1.0) if shade is None else tuple(colours(0.08 + 0.84 * shade))
    withheld = bool(cell and cell.is_withheld)
    inset = 0.09 if thick else 0.03
    place = ((at[0] + inset, at[1] + inset), 1 - 2 * inset, 1 - 2 * inset)
    axes.add_patch(Rectangle(*place, facecolor=face, edgecolor="#c8ccd0", linewidth=0.6))
    if withheld:
        axes.add_patch(Rectangle(*place, facecolor="none", edgecolor="#b9bec3", hatch="////", linewidth=0))
    if thick:  # with a white gap, so that it stands out from a dark tile too
        axes.add_patch(Rectangle((at[0] + 0.03, at[1] + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=1.8))
    return face


def _draw_words(axes: Axes, at: tuple[int, int], name: str, cell: Cell | None, ink: str) -> None:
    withheld = bool(cell and cell.is_withheld)
    figure = "withheld" if withheld else cell.shown if cell else "no figure"
    ground = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"} if withheld else None
    style: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "bbox": ground}
    size = min(6.6, 41 / max(len(line) for line in name.split("\n")) / 0.62)  # the longest word fills its tile
    axes.text(at[0] + 0.5, at[1] + 0.34, name, fontsize=size, linespacing=1.05, **style)
    word = not (cell and cell.is_number)
    axes.text(at[0] + 0.5, at[1] + 0.73, figure, fontsize=6.2 if word else 8.2, fontweight="bold", **style)


def _ink_on(face: Sequence[float]) -> str:
    """Dark or white type, whichever stands out more on this shade (luminance after WCAG 2)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in face[:3])
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else INK


def short_names(names: dict[str, str]) -> dict[str, str]:
    r"""Names short enough for a tile, on up to two lines: what stands before "&", where that stays unique.

    >>> short_names({"a": "Morley North", "b": "Gipton & Harehills"})
    {'a': 'Morley\nNorth', 'b': 'Gipton'}
    """
    first = {code: name.partition(" & ")[0] for code, name in names.items()}
    kept = list(first.values())
    chosen = {code: text if kept.count(text) == 1 else names[code] for code, text in first.items()}
    return {code: "\n".join(textwrap.wrap(text, 11, break_long_words=False)[:3]) for code, text in chosen.items()}
