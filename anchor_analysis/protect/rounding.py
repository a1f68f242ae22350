"""The one place where figures are rounded and put into words, in whole numbers and half up."""

from __future__ import annotations

from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import UNITS

MINUS = "\u2212"


def round_half_up(number: int, base: int) -> int:
    """The multiple of `base` nearest to a whole number, halves away from zero; `base` 0 leaves it as it is.

    >>> round_half_up(12, 5), round_half_up(13, 5), round_half_up(-5, 10)
    (10, 15, -10)
    """
    if base <= 1:
        return number
    size = (2 * abs(number) + base) // (2 * base) * base
    return size if number >= 0 else -size


def round_share(numerator: int, denominator: int, decimals: int) -> float:
    """A share rounded half up to so many decimals of a percentage; bounds outside 0 to 1 are its caller's.

    >>> round_share(1, 3, 1)
    0.333
    """
    steps = 10 ** (decimals + 2)
    size = (2 * abs(numerator) * steps + denominator) // (2 * denominator)
    return (size if numerator >= 0 else -size) / steps


def round_amount(number: int, unit: str, profile: Profile) -> float:
    """A whole number of a unit's smallest parts, rounded by the profile, in the unit itself."""
    scale = UNITS[unit].scale
    return round_half_up(number, profile.round_to * scale) / scale


def words(value: float, unit: str, profile: Profile, signed: bool = False) -> str:
    """A rounded figure as a page prints it.

    Pounds from a million on are in millions with as many decimals as the rounding leaves; shares are
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
    decimals = 1 if unit == "fte" and profile.round_to == 0 else 0
    return f"{sign}{size:,.{decimals}f}"


def _pounds(size: float, base: int) -> str:
    if base == 0:
        return f"£{size:,.2f}"
    if size < 1_000_000:
        return f"£{size:,.0f}"
    decimals = max(0, 7 - len(str(base)))
    return f"£{size / 1_000_000:,.{decimals}f}m"
