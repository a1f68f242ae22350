"""Protect: observations and findings to the cells that may be shown, rounded once and withheld where they must be."""

from anchor_analysis.protect.cells import CELL_COLUMNS, protect
from anchor_analysis.protect.rounding import round_half_up, round_ratio

__all__ = ["CELL_COLUMNS", "protect", "round_half_up", "round_ratio"]
