"""What a printed figure says of the true one: between which two numbers it lies, by its precision and its rounding."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from anchor_analysis.audit.quantities import is_count
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import NOT_ADDITIVE
from anchor_analysis.present.released import number

_BETWEEN = re.compile(r"^between (?P<low>.+) and (?P<high>.+)$")
_FEWER = re.compile(r"\b(?:fewer than|below|less than) (?P<count>[0-9][0-9,]*)\s*$")
_DIGITS = re.compile(r"\d[\d,]*(?:\.(?P<decimals>\d+))?(?P<scale>\s?(?:bn|m|k)\b)?")
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9}

#: Units of figures that are no amounts, and so are not rounded to a base.
_NO_AMOUNT = NOT_ADDITIVE | {"percent", "levels"}


class Between(NamedTuple):
    """The least and the most that something can be."""

    low: float
    high: float

    def meets(self, other: Between) -> bool:
        """Whether both can be true at once, but for what rounding within the machine may move them."""
        slack = 1e-9 * max([1.0, *(abs(end) for end in (*self, *other) if math.isfinite(end))])
        return self.low <= other.high + slack and other.low <= self.high + slack

    def and_(self, other: Between) -> Between:
        """What is left if both are true."""
        return Between(max(self.low, other.low), min(self.high, other.high))

    def widened(self, by: float) -> Between:
        """Both ends moved outwards."""
        return Between(self.low - by, self.high + by)

    @property
    def says_something(self) -> bool:
        return self.low > -math.inf or self.high < math.inf


ANYTHING = Between(-math.inf, math.inf)


def whole_numbers(low: float, high: float) -> tuple[float, float]:
    """The least and the largest whole number of an interval that may have no end."""
    least = math.ceil(low - 1e-6) if math.isfinite(low) else low
    return least, math.floor(high + 1e-6) if math.isfinite(high) else high


def is_controlled(profile: Profile) -> bool:
    """Whether a profile rounds up or down so that sums stay whole: then a figure may miss by nearly a whole base."""
    return getattr(profile, "method", "") == "controlled_rounding"


def base_of(profile: Profile, unit: str) -> int:
    """To a multiple of what an amount is rounded, 0 where it is not."""
    return 0 if unit in _NO_AMOUNT else profile.base(unit)


def reach(profile: Profile, unit: str) -> float:
    """How far a printed amount may be from the true one at most."""
    base = base_of(profile, unit)
    return float(base) if is_controlled(profile) else base / 2


def around(value: float, unit: str, profile: Profile) -> Between:
    """What a rounded amount leaves: an interval; of people and things the whole numbers that are rounded to it."""
    base = base_of(profile, unit)
    if not is_count(unit) or not base:
        far = reach(profile, unit)
        return Between(value - far, value + far)
    if is_controlled(profile):
        return Between(value - base + 1, value + base - 1)
    down, up = base // 2, -(-base // 2) - 1  # half up
    return Between(value - down, value + (up if value >= 0 else down))


def precision(text: str) -> float:
    """Half a unit of the last digit that is printed; of a percentage or of points as a part of one."""
    found = _DIGITS.search(text)
    if not found:
        return math.inf
    step = 10.0 ** -len(found["decimals"] or "") * _SCALES[(found["scale"] or "").strip()]
    return step / 2 / (100 if "%" in text or "point" in text else 1)


def value_of(text: str) -> float | None:
    """The number that printed words stand for, shares and points as parts of one; None for a word."""
    value = number(text)
    return value / 100 if value is not None and "point" in text else value


def figure(text: str, unit: str, profile: Profile) -> Between:
    """Between which numbers the true figure lies of which a text is printed; anything where the text has none.

    >>> from anchor_analysis.declared import load_catalogue
    >>> people = load_catalogue().profiles["people_threshold_10_round_5"]
    >>> figure("12,015", "persons", people), figure("33.5%", "share", people), figure("fewer than 5", "persons", people)
    (Between(low=12013.0, high=12017.0), Between(low=0.3345, high=0.3355), Between(low=0, high=4))
    """
    if said := _FEWER.search(text):
        return Between(0, int(said["count"].replace(",", "")) - 1)
    if said := _BETWEEN.match(text.strip()):
        return Between(figure(said["low"], unit, profile).low, figure(said["high"], unit, profile).high)
    value = value_of(text.strip())
    if value is None:
        return ANYTHING
    exact = is_count(unit) and precision(text) == 0.5
    return _both(value, unit, profile, 0.0 if exact else precision(text))


def _both(value: float, unit: str, profile: Profile, printed: float) -> Between:
    """By rounding or by what is printed, whichever leaves more."""
    by_base = around(value, unit, profile)
    return Between(min(by_base.low, value - printed), max(by_base.high, value + printed))


def cell_figure(value: float, text: str, unit: str, profile: Profile) -> Between:
    """What a cell's number in a download leaves of the true one; shares are as exact as the text beside them."""
    printed = precision(text) if unit in _NO_AMOUNT else 0.0 if is_count(unit) else 0.005
    return _both(value, unit, profile, printed)
