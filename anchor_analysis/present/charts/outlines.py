"""Outlines of areas as shapes to draw: rings, holes, a point within, what is too small to see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.path import Path

Ring = list[tuple[int, int]]


@dataclass(frozen=True)
class Outline:
    """An area by its rings, of which outer ones turn left and holes right."""

    rings: tuple[Ring, ...]

    @classmethod
    def read(cls, rings: list[str]) -> Outline:
        """From the text that an edition's facts hold: "x y x y …" for each ring."""
        numbers = [list(map(int, ring.split())) for ring in rings]
        return cls(tuple(list(zip(ring[::2], ring[1::2], strict=True)) for ring in numbers))

    @property
    def path(self) -> Path:
        """All rings as one path; a hole turns the other way, so what is filled leaves it out."""
        return Path.make_compound_path(*(Path([*ring, ring[0]], closed=True) for ring in self.rings))

    @property
    def extent(self) -> int:
        """The longer side of the area's box."""
        points = np.array([point for ring in self.rings for point in ring])
        return int((points.max(axis=0) - points.min(axis=0)).max())

    @property
    def inner(self) -> tuple[float, float]:
        """A point within: the middle of the widest stretch at the height of the largest ring's middle."""
        largest = max(self.rings, key=_area)
        heights = [y for _, y in largest]
        # Half a unit off the grid no corner lies on the line, so each side is crossed or not.
        height = (min(heights) + max(heights)) // 2 + 0.5
        crossings = sorted(x for ring in self.rings for x in _crossings(ring, height))
        pairs = list(zip(crossings[::2], crossings[1::2], strict=False))
        if not pairs:  # too flat for a stretch
            return largest[0]
        left, right = max(pairs, key=lambda pair: pair[1] - pair[0])
        return (left + right) / 2, height


def _sides(ring: Ring) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def _area(ring: Ring) -> int:
    return abs(sum(x * y1 - x1 * y for (x, y), (x1, y1) in _sides(ring)))


def _crossings(ring: Ring, height: float) -> list[float]:
    found = [(side, other) for side, other in _sides(ring) if (side[1] < height) != (other[1] < height)]
    return [x + (x1 - x) * (height - y) / (y1 - y) for (x, y), (x1, y1) in found]
