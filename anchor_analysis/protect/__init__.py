"""Protect: observations and findings to the cells that may be shown, rounded once and withheld where they must be."""

from anchor_analysis.protect.cells import CELL_COLUMNS, Protected, protect
from anchor_analysis.protect.restated import Released

__all__ = ["CELL_COLUMNS", "Protected", "Released", "protect"]
