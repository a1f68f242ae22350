"""The right answers of who came and who left, who people are and how they are paid, from the draws; see `answers`."""

from __future__ import annotations

from datetime import date

import numpy as np

from anchor_analysis.demonstration.draws import Flags
from anchor_analysis.demonstration.people import BANK, NO_DATE, PERMANENT, Workforce
from anchor_analysis.demonstration.plan import Member, period
from anchor_analysis.demonstration.traits import AGE_BANDS, DISABILITIES, ETHNICITIES, SEXES

Metrics = dict[str, dict[str, int]]

#: The Real Living Wage of the UK in pence: from which day on employers had to pay it, when it was announced, and what.
_WAGES = (
    (date(2021, 5, 1), date(2020, 12, 31), 950), (date(2022, 5, 1), date(2021, 12, 31), 990),
    (date(2023, 5, 1), date(2022, 12, 31), 1090), (date(2024, 5, 1), date(2023, 10, 1), 1200),
)  # fmt: skip


def measure_employment(staff: Workforce, member: Member, year: int) -> Metrics:
    """The metrics of one member and year, for one that sends rows."""
    first, last = period(member, year)
    start = int(np.datetime64(first, "D").astype(np.int64))
    recruits, perhaps = _recruits(staff, start)
    permanent = int((staff.stands & (staff.contract == PERMANENT)).sum())
    return {
        "staff_recruited": {"value": int(recruits.sum()), "unknown": int(perhaps.sum())},
        "staff_permanent": {"value": permanent},
        **_movers(staff, member, start),
        **_terms(staff, year, last),
        **_characteristics(staff, last),
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


def _movers(staff: Workforce, member: Member, start: int) -> Metrics:
    """Who was in post on the eve, and who of them has left; nothing of an extract that does not keep them.

    In a member's first year of draws nobody leaves in its first month, so its extract shows no sign of reaching back.
    """
    if not member.reaches_back:
        return {}
    eve = start - 1
    first_month = np.datetime64(start, "D").astype("datetime64[M]") + 1
    began = (staff.contract != BANK) & ((staff.start == NO_DATE) | (staff.start <= eve))
    there = staff.person[began & ((staff.leave == NO_DATE) | (staff.leave >= eve))]
    gone = np.setdiff1d(there, staff.person[staff.employed])
    last = [staff.leave[(staff.person == one) & began].max() for one in gone.tolist()]
    if not last or min(last) >= first_month.astype("datetime64[D]").astype(np.int64):
        return {}
    return {"staff_at_start": {"value": len(np.unique(there))}, "staff_left": {"value": len(gone)}}


def _terms(staff: Workforce, year: int, last: date) -> Metrics:
    traits, stands = staff.traits, staff.stands
    apprentices = stands & traits.in_apprenticeship(staff.began, int(np.datetime64(last, "D").astype(np.int64)))
    found = {"staff_apprentices": {"value": int(apprentices.sum()), "unknown": 0}}
    paid, told = traits.pence(year), traits.pence(year) > 0
    in_force = [pence for starts, _, pence in _WAGES if starts <= last]
    announced = [pence for _, day, pence in _WAGES if day <= last]
    for name, rates in (("staff_paid_living_wage", in_force), ("staff_paid_living_wage_announced", announced)):
        enough = stands & told & (paid >= rates[-1]) if rates else np.zeros(len(staff), dtype=bool)
        unknown = stands & ~told if rates else stands
        found[name] = {"value": int(enough.sum()), "unknown": int(unknown.sum())}
    return found


def _characteristics(staff: Workforce, last: date) -> Metrics:
    traits = staff.traits.take(np.flatnonzero(staff.stands))
    age = traits.age_band(int(np.datetime64(last, "D").astype(np.int64)))
    named = {
        "staff_women": (traits.sex, SEXES, ("female",)),
        "staff_minority_ethnic": (traits.ethnicity, ETHNICITIES, ("asian", "black", "mixed", "other")),
        "staff_disabled": (traits.disability, DISABILITIES, ("disabled",)),
        "staff_under_25": (age, AGE_BANDS, ("age_16_to_24",)),
    }
    return {
        metric: {
            "value": int(np.isin(found, [known.index(name) for name in names]).sum()),
            "unknown": int((found == len(known) - 1).sum()),
        }
        for metric, (found, known, names) in named.items()
    }
