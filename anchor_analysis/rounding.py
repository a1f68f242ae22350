"""The one place where numbers are rounded: half up, in whole numbers or fractions, never in binary ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeVar

Number = TypeVar("Number", int, Fraction)


def steps_of(size: Any, step: Any) -> Any:
    """How many steps a size of nought or more is, half up; a size may be a number or a column of an engine."""
    return exact_steps(size, step, whole_steps(size, step))


def whole_steps(size: Any, step: Any) -> Any:
    """About how many: an engine that divides whole numbers by way of floating point misses by one where they are large.

    Where there are many columns, an engine is quicker when it has this in a column of its own.
    """
    return (2 * size + step) // (2 * step)


def exact_steps(size: Any, step: Any, whole: Any) -> Any:
    """How many: what is left over of `whole_steps` is small, and tells by how much they miss."""
    return whole + (2 * size + step - whole * (2 * step)) // (2 * step)


def half_up(size: Any) -> Any:
    """The whole number nearest to a size of nought or more that is a column of floating point; halves go up."""
    return (size + 0.5).floor()


def nearest(number: Number, step: Number) -> Number:
    """The multiple of a step that is nearest to a number, halves away from zero; a step of 0 leaves it as it is.

    >>> nearest(12, 5), nearest(13, 5), nearest(-5, 10), nearest(7, 0)
    (10, 15, -10, 7)
    """
    if not step:
        return number
    size: Number = steps_of(abs(number), step) * step
    return size if number >= 0 else -size


def outward(lower: Number, upper: Number, step: Number) -> tuple[Number, Number]:
    """Two bounds as multiples of a step, so that what lies between them still does.

    >>> outward(12, 13, 5), outward(-12, 10, 5)
    ((10, 15), (-15, 10))
    """
    return lower // step * step, -(-upper // step) * step


def quotient(numerator: int, denominator: int, decimals: int) -> float:
    """One whole number divided by another, rounded half up to so many decimals; a denominator is above zero.

    >>> quotient(1, 3, 3), quotient(-25, 10, 0)
    (0.333, -3.0)
    """
    steps = 10**decimals
    return nearest(numerator * steps, denominator) // denominator / steps
