"""The house's style of drawing, and what every chart needs beside its picture."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from anchor_analysis.present import wording
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.released import Cell, Facts

#: Okabe and Ito's colours that stay apart for every kind of colour vision, darkened where they bear text.
BLUE, ORANGE, GREY, INK, PALE = "#0072b2", "#b35900", "#5f6368", "#1c2024", "#cfe3f1"
WIDTH = 4.6  # inches; type of 8 to 10 points on it stays readable on a phone
DPI = 190  # sharp on a phone; each dot more is paid 160 times in an edition

STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same
    "font.size": 8.5,
    "axes.edgecolor": "#9aa0a6",
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "figure.facecolor": "white",
    "grid.color": "#e3e6e8",
    "hatch.linewidth": 0.7,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,  # a name with two dollar signs is a name, and no formula
    "xtick.color": INK,
    "ytick.color": INK,
}


#: So many colours carry a chart of a few and the steps between each and white; a colour of more than this share of the
#: dots fills an area or draws a line, and is one of them however many there are, up to as many as a palette can have.
COLOURS, FILLS, MOST_COLOURS = 24, 1 / 5_000, 256


@contextmanager
def drawing(height: float, ratios: Sequence[float] = (1,)) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure in the house's style, with axes above each other whose heights are in these ratios.

    It belongs to no window and no notebook, whatever backend is on.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
        axes = figure.subplots(len(ratios), 1, squeeze=False, height_ratios=list(ratios))
        yield figure, list(axes[:, 0])


def as_png(figure: Figure, caption: str, claims: Iterable[str] = ()) -> bytes:
    """The picture in a palette of a few of its own colours, a sixth of the size that full colour takes.

    It carries its caption with it, and the ids of the figures that it was drawn from, so that a page can put them
    beneath it; and neither name nor version of what drew it.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    about = PngInfo()
    about.add_itxt("Description", caption)
    if named := "\n".join(dict.fromkeys(claims)):
        about.add_itxt("Figures", named)
    stream = io.BytesIO()
    in_few_colours(picture).save(stream, "PNG", compress_level=8, pnginfo=about)
    return stream.getvalue()


def in_few_colours(picture: Image.Image) -> Image.Image:
    """A picture in the colours that most of its dots have, each other dot in the nearest of these.

    Means of like colours, as Pillow's own ways take them, would let a pale area run into the ground.
    """
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    fills = sum(count > FILLS * picture.width * picture.height for count, _ in counted)
    there = np.array([colour for _, colour in counted])[:, :3]
    chosen = there[: min(max(COLOURS, fills), MOST_COLOURS)]
    nearest = ((there[:, None, :] - chosen) ** 2).sum(axis=2).argmin(axis=1)
    place = np.zeros(1 << 24, np.uint8)  # by colour, as one number
    place[there @ (1, 1 << 8, 1 << 16)] = nearest
    dots = np.asarray(picture.convert("RGBA")).view("<u4")[:, :, 0] & 0xFFFFFF
    found = Image.fromarray(place[dots])
    found.putpalette(chosen.astype(np.uint8).tobytes())
    return found


def ids(cells: Iterable[Cell]) -> list[str]:
    """The ids of cells, for the picture that is drawn from them."""
    return [cell.cell_id for cell in cells]


def figures(cells: Sequence[Cell]) -> pd.DataFrame:
    """The figures of a chart as a frame, one row per cell."""
    columns = ["metric", "period", "panel", "group", "item", "shown", "value", "lower", "upper", "note", "cell_id"]
    rows = [[getattr(cell, name) for name in columns] for cell in cells]
    return pd.DataFrame(rows, columns=columns)


def source(facts: Facts, *more: str) -> str:
    """A caption: where the figures come from, and what else must stand beside them."""
    said = f"Source: returns of the members of {facts['name']}, edition {wording.edition_name(facts)}."
    return " ".join([said, *(text for text in more if text)])


def missing(facts: Facts, metric: str, why: str) -> Chart:
    """The chart that stands where there is nothing to draw."""
    return Chart(f"No chart of {wording.lower_first(wording.title(facts, metric))}: {why}.")


def heading(figure: Figure, text: str) -> None:
    """The title of a picture, at its upper left."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=9.5, fontweight="bold", wrap=True)
