"""The right answers of who came, who went and on which contract, from the draws of people; see `answers`.

Extracts of the demonstration have no pay and no mark of apprentices, so that of these everything is unknown.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from anchor_analysis.demonstration.draws import Flags, Ints
from anchor_analysis.demonstration.geography import UNKNOWN, Places
from anchor_analysis.demonstration.people import BANK, NO_DATE, PERMANENT, YES, Workforce

Metrics = dict[str, dict[str, int]]

_NOT_TOLD = ("staff_paid_living_wage", "staff_paid_living_wage_announced", "staff_apprentices")


def measure_employment(staff: Workforce, places: Places, first: date, last: date) -> Metrics:
    """The metrics of one member and year, of the twelve months from `first` to `last`, for one that sends rows."""
    start, end = (int(np.datetime64(day, "D").astype(np.int64)) for day in (first, last))
    recruits, perhaps = _recruits(staff, start)
    permanent = int((staff.stands & (staff.contract == PERMANENT)).sum())
    return {
        **_with_homes("staff_recruited", staff.home[recruits], places, {"unknown": int(perhaps.sum())}),
        **_with_homes("staff_left", staff.home[_leavers(staff, start, end)], places, {}),
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


def _leavers(staff: Workforce, start: int, end: int) -> Ints:
    """One row for each person who left: of the post that ended last, by main post, hours and number."""
    began = (staff.start == NO_DATE) | (staff.start <= end)
    stays = np.isin(staff.person, staff.person[staff.employed])
    ended = np.flatnonzero((staff.contract != BANK) & began & ~stays)
    main = (staff.primary[ended] == YES).astype(np.int64)
    order = np.lexsort((staff.post[ended], -staff.fte[ended], -main, -staff.leave[ended], staff.person[ended]))
    ended = ended[order]
    _, place = np.unique(staff.person[ended], return_index=True)
    chosen = ended[place]
    return chosen[staff.leave[chosen] + 1 >= start]


def _with_homes(name: str, home: Ints, places: Places, more: dict[str, int]) -> Metrics:
    """A count of people, and of those among them who live in the wards and in the tenth."""
    return {
        name: {"value": len(home), **more},
        f"{name}_most_disadvantaged_wards": {
            "value": int(places.disadvantaged[home].sum()),
            "unknown": int((places.place[home] == UNKNOWN).sum()),
        },
        f"{name}_most_deprived_tenth": {
            "value": int((places.tenth[home] == 1).sum()),
            "unknown": int((places.tenth[home] == -1).sum()),
        },
    }
