"""Protecting one figure by its profile: what is shown of a total, a share, a difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.rounding import round_amount, round_half_up, round_share, words

NAN = float("nan")


@dataclass(frozen=True)
class Figure:
    """What may be shown: value and bounds in the unit (missing where withheld), the words, and by which rule."""

    value: float = NAN
    lower: float = NAN
    upper: float = NAN
    shown: str = ""
    status: str = "shown"
    rule: str = ""


def withheld(profile: Profile, rule: str) -> Figure:
    return Figure(shown=profile.withheld, status="withheld", rule=rule)


def protect_level(numbers: dict[str, Any], unit: str, base_unit: str, profile: Profile) -> Figure:
    """A total or share from its whole numbers `numerator, denominator, unknown`, and `value` to tell if it has one.

    `base_unit` is the unit of what is counted: a share's own parts, and the unit itself for a total.
    """
    if pd.isna(numbers["numerator"]):
        return Figure(shown="not known", status="no_value")
    top, unknown = int(numbers["numerator"]), int(numbers["unknown"])
    if unit == "share":
        return _share(top, int(numbers["denominator"]), unknown, base_unit, profile)
    return _total(top, unknown, unit, profile, pd.isna(numbers["value"]))


def _total(top: int, unknown: int, unit: str, profile: Profile, nothing_known: bool) -> Figure:
    rule = small(top, unit, profile)
    if rule and not nothing_known:
        return withheld(profile, rule)
    ends = sorted([top, top + unknown])
    value, lower, upper = (round_amount(number, unit, profile) for number in [top, *ends])
    if nothing_known:
        return _bounds_only(lower, upper, unit, profile)
    return Figure(value, lower, upper, words(value, unit, profile), rule=rounded(profile))


def _share(top: int, known: int, unknown: int, base_unit: str, profile: Profile) -> Figure:
    whole = known + unknown
    if whole <= 0:
        return Figure(shown="not known", status="no_value", rule="nothing to divide by")
    if known <= 0:
        return _bounds_only(0.0, 1.0, "share", profile)
    rule = _small_share(top, known, base_unit, profile)
    if rule:
        return withheld(profile, rule)
    rounding = profile.percentages.source == "rounded"
    base = profile.round_to * UNITS[base_unit].scale if rounding else 0
    top, known, unknown = (round_half_up(number, base) for number in (top, known, unknown))
    decimals = profile.percentages.decimals
    value = round_share(top, known, decimals)
    lower = round_share(min(top, top + unknown), known + unknown, decimals)
    upper = round_share(max(top, top + unknown), known + unknown, decimals)
    lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Figure(value, lower, upper, words(value, "share", profile), rule="from rounded parts" if rounding else "")


def _bounds_only(lower: float, upper: float, unit: str, profile: Profile) -> Figure:
    ends = " and ".join(words(end, unit, profile) for end in (lower, upper))
    return Figure(NAN, lower, upper, f"between {ends}", "no_value")


def rounded(profile: Profile) -> str:
    return f"rounded to {profile.round_to:,}" if profile.round_to > 1 else ""


def small(number: int, unit: str, profile: Profile) -> str:
    """Why a total is too small to show, or nothing."""
    size, scale = abs(number), UNITS[unit].scale
    if 0 < size < profile.threshold * scale:
        return f"below {profile.threshold}"
    return "zero" if size == 0 and profile.zero == "withheld" else ""


def _small_share(top: int, known: int, base_unit: str, profile: Profile) -> str:
    scale = UNITS[base_unit].scale
    if known < profile.percentages.smallest_base * scale:
        return f"share of fewer than {profile.percentages.smallest_base}"
    if 0 < known - top < profile.threshold * scale:
        return f"all but fewer than {profile.threshold}"
    return small(top, base_unit, profile)


def protect_difference(before: Figure, after: Figure, unit: str, profile: Profile) -> Figure:
    """The change between two protected levels: their shown values' difference, so that it gives nothing away."""
    for level in (before, after):
        if level.status != "shown":
            return replace(level, value=NAN, lower=NAN, upper=NAN, shown=_not_told(level, profile))
    change = _tidy(after.value - before.value)
    ends = _tidy(after.lower - before.upper), _tidy(after.upper - before.lower)
    return Figure(change, *ends, words(change, unit, profile, signed=True), rule=after.rule)


def protect_percent(before: Figure, after: Figure, profile: Profile) -> Figure:
    """The change in percent of the first level, from the shown values."""
    if before.status != "shown" or after.status != "shown":
        return protect_difference(before, after, "percent", profile)
    if before.value <= 0:
        return Figure(shown="not known", status="no_value", rule="nothing to divide by")
    steps = 10 ** (profile.percentages.decimals + 2)
    cents = round_share(
        round((after.value - before.value) * 100), round(before.value * 100), profile.percentages.decimals
    )
    change = round(cents * steps) / steps
    return Figure(change, shown=words(change, "percent", profile, signed=True), rule=after.rule)


def _not_told(level: Figure, profile: Profile) -> str:
    return profile.withheld if level.status == "withheld" else "not known"


def _tidy(number: float) -> float:
    """A difference of decimals without the dust of binary fractions; sums here have at most five decimals."""
    return round(number, 6)
