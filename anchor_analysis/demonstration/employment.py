"""The right answers of who came and on which contract, from the draws of people; see `answers`.

Extracts of the demonstration have no pay and no mark of apprentices, so that of these everything is unknown.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from anchor_analysis.demonstration.draws import Flags
from anchor_analysis.demonstration.people import BANK, NO_DATE, PERMANENT, Workforce

Metrics = dict[str, dict[str, int]]

_NOT_TOLD = ("staff_paid_living_wage", "staff_paid_living_wage_announced", "staff_apprentices")


def measure_employment(staff: Workforce, first: date) -> Metrics:
    """The metrics of one member and year, of the twelve months from `first` on, for one that sends rows."""
    start = int(np.datetime64(first, "D").astype(np.int64))
    recruits, perhaps = _recruits(staff, start)
    permanent = int((staff.stands & (staff.contract == PERMANENT)).sum())
    return {
        "staff_recruited": {"value": int(recruits.sum()), "unknown": int(perhaps.sum())},
        "staff_permanent": {"value": permanent},
        **{name: {"value": 0, "unknown": int(staff.stands.sum())} for name in _NOT_TOLD},
    }


def _recruits(staff: Workforce, start: int) -> tuple[Flags, Flags]:
    """The rows of people recruited, and of those who may have been, for want of a date."""
    posts, size = staff.contract != BANK, int(staff.person.max()) + 1
    dated = posts & (staff.start != NO_DATE)
    earlier, undated = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    earlier[staff.person[dated & (staff.start < start)]] = True
    undated[staff.person[posts & ~dated]] = True
    new = staff.stands & ~earlier[staff.person]
    return new & ~undated[staff.person], new & undated[staff.person]
