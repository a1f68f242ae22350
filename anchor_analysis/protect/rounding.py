"""Figures rounded as a profile says, and put into words."""

from __future__ import annotations

from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import NOT_ADDITIVE, UNITS
from anchor_analysis.rounding import nearest

MINUS = "\u2212"

#: Pounds that are rounded to less than this are written out.
_THOUSANDS = 1_000


def decimals_of(unit: str, profile: Profile) -> int:
    """To how many decimals a ratio is rounded: a share to those of its percentage, another as its unit is written."""
    return profile.percentages.decimals + 2 if unit == "share" else UNITS[unit].decimals


def round_amount(number: int, unit: str, profile: Profile) -> float:
    """A whole number of a unit's smallest parts, rounded by the profile, in the unit itself."""
    scale = UNITS[unit].scale
    return nearest(number, profile.base(unit) * scale) / scale


def words(value: float, unit: str, profile: Profile, signed: bool = False) -> str:
    """A rounded figure as a page prints it.

    Pounds from a million on are in millions with as many decimals as the rounding leaves, if to thousands; shares are
    percentages, and signed shares are points.
    """
    sign = "" if value == 0 or not (signed or value < 0) else ("+" if value > 0 else MINUS)
    size = abs(value)
    if unit == "share":
        figure = f"{size * 100:.{profile.percentages.decimals}f}"
        return f"{sign}{figure} points" if signed else f"{sign}{figure}%"
    if unit == "percent":
        return f"{sign}{size * 100:.{profile.percentages.decimals}f}%"
    if unit == "times":
        return f"{sign}{size:.2f}"
    if unit == "gbp":
        return sign + _pounds(size, profile.round_to)
    written = UNITS[unit]
    whole = profile.base(unit) >= 1 and unit not in NOT_ADDITIVE
    return f"{sign}{written.before}{size:,.{0 if whole else written.decimals}f}{written.after}"


def _pounds(size: float, base: int) -> str:
    if base == 0:
        return f"£{size:,.2f}"
    if size < 1_000_000 or base < _THOUSANDS:
        return f"£{size:,.0f}"
    decimals = max(0, 7 - len(str(base)))
    return f"£{size / 1_000_000:,.{decimals}f}m"
