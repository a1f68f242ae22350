"""Measure: located rows and figures as told to observations, one for each member, year, metric and breakdown."""

from anchor_analysis.measure.agreement import coder_agreement
from anchor_analysis.measure.assessors import assessor_agreement, scores_given
from anchor_analysis.measure.jumps import unanswered_jumps
from anchor_analysis.measure.leavers import leavers_untold
from anchor_analysis.measure.observing import OBSERVATION_COLUMNS, measure
from anchor_analysis.measure.signs import ledgers_without_credits, lost_signs
from anchor_analysis.measure.sums import combined, sums_from_rows

__all__ = [
    "OBSERVATION_COLUMNS",
    "assessor_agreement",
    "coder_agreement",
    "combined",
    "leavers_untold",
    "ledgers_without_credits",
    "lost_signs",
    "measure",
    "scores_given",
    "sums_from_rows",
    "unanswered_jumps",
]
