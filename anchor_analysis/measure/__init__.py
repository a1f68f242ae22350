"""Measure: located rows and figures as told to observations, one for each member, year, metric and breakdown."""

from anchor_analysis.measure.agreement import coder_agreement
from anchor_analysis.measure.jumps import unanswered_jumps
from anchor_analysis.measure.observing import OBSERVATION_COLUMNS, measure
from anchor_analysis.measure.signs import ledgers_without_credits, lost_signs
from anchor_analysis.measure.sums import sums_from_rows

__all__ = [
    "OBSERVATION_COLUMNS",
    "coder_agreement",
    "ledgers_without_credits",
    "lost_signs",
    "measure",
    "sums_from_rows",
    "unanswered_jumps",
]
