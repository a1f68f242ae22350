"""A metric's years as a line the size of a word, for a headline card."""

from __future__ import annotations

import io
from base64 import b64encode

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from anchor_analysis.declared.years import parse_year, years_between
from anchor_analysis.present import wording
from anchor_analysis.present.charts.base import BLUE, DPI, STYLE
from anchor_analysis.present.markup import Html, element
from anchor_analysis.present.released import Cell, Released

WIDTH, HEIGHT = 2.2, 0.36  # inches
GREY = "#80868b"  # stands out on a light ground and on a dark one

#: What a year is said to be of which no figure is told.
_UNTOLD = {"withheld": "withheld", "no_value": "not known"}


def sparkline(released: Released, metric: str) -> Html | None:
    """The network's figure in every year up to the edition's; nothing where fewer than two years have one.

    A year without a figure is a gap. The last year has a dot, and its alternative text tells every year's figure.
    """
    periods = [period for period in released.periods(metric) if period <= released.year]
    if not periods:
        return None
    years = [str(year) for year in years_between(parse_year(periods[0]), parse_year(released.year))]
    levels = {year: released.level(metric, year) for year in years}
    if sum(cell is not None and cell.is_number for cell in levels.values()) < 2:
        return None
    png = _drawn([cell.value if cell is not None and cell.is_number else np.nan for cell in levels.values()])
    said = wording.listing([f"{_told(cell)} in {year}" for year, cell in levels.items()])
    return element(
        "img",
        src=f"data:image/png;base64,{b64encode(png).decode('ascii')}",
        width=round(WIDTH * 96),
        height=round(HEIGHT * 96),
        alt=f"{wording.title(released.facts, metric)}: {said}.",
    )


def _told(cell: Cell | None) -> str:
    if cell is None or cell.is_absent:
        return "no figure"
    return cell.shown if cell.is_number else _UNTOLD.get(cell.status, "no figure")


def _drawn(values: list[float]) -> bytes:
    """The line as a PNG with a transparent ground: it stands on light and on dark alike."""
    places = np.arange(len(values))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI)
        figure.patch.set_alpha(0)
        axes = figure.add_axes((0.01, 0.1, 0.98, 0.8))
        axes.set_axis_off()
        axes.plot(places, values, color=GREY, linewidth=1.4, marker="o", markersize=2.2)
        last = np.flatnonzero(~np.isnan(values))[-1]
        axes.plot(places[last], values[last], color=BLUE, marker="o", markersize=5)
        axes.margins(x=0.03, y=0.25)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba()), "RGBA")
    stream = io.BytesIO()
    picture.quantize(64, method=Image.Quantize.FASTOCTREE).save(stream, "PNG", optimize=True)
    return stream.getvalue()
