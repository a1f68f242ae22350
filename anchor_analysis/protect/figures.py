"""Protecting one figure by its profile: what is shown of a total, a share, a difference."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import COUNTED, NOT_ADDITIVE, UNITS
from anchor_analysis.protect.bounds import Ends, bounds_of_share, bounds_of_total
from anchor_analysis.protect.rounding import decimals_of, round_amount, words
from anchor_analysis.rounding import nearest, quotient

NAN = float("nan")

#: Why a share is withheld of which what is left is small.
ALL_BUT = "all but fewer than"

#: Why a ratio is withheld that is of few.
_ON_FEW = re.compile(r"(?:share of|divided by) fewer than (?P<count>\d+)")


@dataclass(frozen=True)
class Figure:
    """What may be shown: value and bounds in the unit (missing where withheld), the words, and by which rule.

    The bounds hold the true figure wherever rounding moved it. `certain` says that nothing of it is unknown.
    """

    value: float = NAN
    lower: float = NAN
    upper: float = NAN
    shown: str = ""
    status: str = "shown"
    rule: str = ""
    certain: bool = True

    def as_cell(self) -> dict[str, Any]:
        """The figure as a cell holds it: bounds that come of rounding alone are no doubt about it, and are left out."""
        stated = replace(self, lower=self.value, upper=self.value) if self.certain else self
        return {name: value for name, value in asdict(stated).items() if name != "certain"}


def withheld(profile: Profile, rule: str) -> Figure:
    return Figure(shown=profile.withheld, status="withheld", rule=rule)


def protect_level(numbers: dict[str, Any], unit: str, units: tuple[str, str], profile: Profile) -> Figure:
    """A total or ratio from its whole numbers `numerator, denominator, unknown, unknown_credits`, and its `value`.

    `value` tells whether it has one. `units` are those of a ratio's two parts, for a total its own twice.
    """
    if pd.isna(numbers["numerator"]):
        return Figure(shown="not known", status="no_value")
    top, unknown, credits = (int(numbers[name]) for name in ("numerator", "unknown", "unknown_credits"))
    ends = Ends(top + credits, top + unknown - credits)
    if unit in NOT_ADDITIVE:
        return _ratio(top, int(numbers["denominator"]), unknown, ends, unit, units, profile)
    return _total(top, ends, unit, profile, pd.isna(numbers["value"]))


def _total(top: int, ends: Ends, unit: str, profile: Profile, nothing_known: bool) -> Figure:
    rule = small(top, unit, profile)
    if rule and not nothing_known:
        return replace(withheld(profile, rule), shown=_mark(unit, rule, profile))
    value, bounds = round_amount(top, unit, profile), bounds_of_total(ends, unit, profile)
    if nothing_known:
        return _bounds_only(*bounds, unit, profile)
    return Figure(value, *bounds, words(value, unit, profile), rule=rounded(profile, unit), certain=ends.certain)


def _mark(unit: str, rule: str, profile: Profile) -> str:
    """What a total looks like that is too small to show; the words for a small count are of no amount and no zero."""
    return profile.small if profile.small and UNITS[unit].counts and rule != "zero" else profile.withheld


def _ratio(
    top: int, known: int, unknown: int, ends: Ends, unit: str, units: tuple[str, str], profile: Profile
) -> Figure:
    whole = known + (unknown if unit == "share" else 0)
    if whole <= 0:
        return Figure(shown="not known", status="no_value", rule="nothing to divide by")
    rule = _small_ratio(top, known, unit, units, profile) if known > 0 else ""
    if rule:
        return withheld(profile, rule)
    from_rounded = profile.percentages.source == "rounded"
    base, base_known = (profile.base(part) * UNITS[part].scale if from_rounded else 0 for part in units)
    if known > 0 and min(nearest(known, base_known), nearest(whole, base_known)) <= 0:
        return Figure(shown="not known", status="no_value", rule="too little to divide by")
    slack = base if profile.method == "controlled_rounding" else base // 2 if base > 1 else 0
    lower, upper = bounds_of_share(ends, whole, base, slack, decimals_of(unit, profile) - 2)
    if known <= 0 or (unknown and unit != "share"):
        return _bounds_only(lower, upper, unit, profile)
    divisor = nearest(known, base_known) * UNITS[unit].scale
    value = quotient(nearest(top, base), divisor, decimals_of(unit, profile))
    shown, rule = words(value, unit, profile), "from rounded parts" if base else ""
    if unit != "share":  # nothing of it is unknown
        return Figure(value, value, value, shown, rule=rule)
    return Figure(value, min(lower, value), max(upper, value), shown, rule=rule, certain=ends.certain)


def _bounds_only(lower: float, upper: float, unit: str, profile: Profile) -> Figure:
    ends = " and ".join(words(end, unit, profile) for end in (lower, upper))
    return Figure(NAN, lower, upper, f"between {ends}", "no_value", certain=False)


def rounded(profile: Profile, unit: str) -> str:
    base = profile.base(unit)
    return f"rounded to {base:,}" if base > 1 else ""


def small(number: int, unit: str, profile: Profile) -> str:
    """Why a total is too small to show, or nothing; only what counts people or things can be."""
    if unit not in COUNTED or profile.method == "controlled_rounding":
        return ""
    size, scale = abs(number), UNITS[unit].scale
    if 0 < size < profile.threshold * scale:
        return f"below {profile.threshold}"
    return "zero" if size == 0 and profile.zero == "withheld" else ""


def _small_ratio(top: int, known: int, unit: str, units: tuple[str, str], profile: Profile) -> str:
    scale = UNITS[units[1]].scale
    if known < profile.percentages.smallest_base * scale:
        return f"{'share of' if unit == 'share' else 'divided by'} fewer than {profile.percentages.smallest_base}"
    if unit == "share" and 0 < known - top < profile.threshold * scale:
        return f"{ALL_BUT} {profile.threshold}"
    return small(top, units[0], profile)


def fewer_than(rule: str) -> int:
    """Fewer than how many a ratio is of that is withheld for that; nought by any other rule.

    >>> fewer_than("share of fewer than 50"), fewer_than("below 10")
    (50, 0)
    """
    found = _ON_FEW.fullmatch(rule)
    return int(found["count"]) if found else 0


def protect_difference(before: Figure, after: Figure, unit: str, profile: Profile) -> Figure:
    """The change between two protected levels: their shown values' difference, so that it gives nothing away.

    Its bounds are theirs, so they hold the true change.
    """
    for level in (before, after):
        if level.status != "shown":
            return replace(level, value=NAN, lower=NAN, upper=NAN, shown=_not_told(level, profile))
    change = _tidy(after.value - before.value)
    ends = _tidy(after.lower - before.upper), _tidy(after.upper - before.lower)
    certain = before.certain and after.certain
    return Figure(change, *ends, words(change, unit, profile, signed=True), rule=after.rule, certain=certain)


def protect_percent(before: Figure, after: Figure, profile: Profile) -> Figure:
    """The change in percent of the first level, from the shown values."""
    if before.status != "shown" or after.status != "shown":
        return protect_difference(before, after, "percent", profile)
    if before.value <= 0:
        return Figure(shown="not known", status="no_value", rule="nothing to divide by")
    steps = 10 ** (profile.percentages.decimals + 2)
    cents = quotient(
        round((after.value - before.value) * 100), round(before.value * 100), profile.percentages.decimals + 2
    )
    change = round(cents * steps) / steps
    return Figure(change, shown=words(change, "percent", profile, signed=True), rule=after.rule)


def _not_told(level: Figure, profile: Profile) -> str:
    return profile.withheld if level.status == "withheld" else "not known"


def _tidy(number: float) -> float:
    """A difference of decimals without the dust of binary fractions; sums here have at most five decimals."""
    return round(number, 6)
