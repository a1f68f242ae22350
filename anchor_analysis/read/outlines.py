"""Outlines of areas for a map: a GeoJSON in degrees to whole numbers on a grid, small enough to go with an edition."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeAlias

#: The longer side of the network's area in grid units: finer than what a page prints, and four figures at most.
GRID = 4000

#: How far beyond the area its surroundings are kept, in grid units; they give it a place and no more.
AROUND = 200

#: Metres in a degree of latitude, on average (WGS 84).
METRES = 111_195

Point: TypeAlias = "tuple[float, float]"
Ring: TypeAlias = "list[tuple[int, int]]"


def read_outlines(file: Path, code: str, wanted: Collection[str]) -> dict[str, Any]:
    """The outlines of the wanted areas and of what lies around them, by the property that holds their code.

    `areas` gives for each code its rings as text, "x y x y …" from the lower left corner of the wanted areas: outer
    rings turn left and holes turn right, so that a hole stays a hole whatever the file's own order. `metres` is the
    length of a grid unit, `width` and `height` the size of the area. Empty where no wanted area is in the file. The
    projection keeps shapes near the middle of the area (equirectangular); a place is small enough for that.
    """
    shapes = {
        str(one["properties"].get(code)): _polygons(one["geometry"])
        for one in json.loads(file.read_bytes())["features"]
    }
    inside = [point for name, shape in shapes.items() if name in wanted for ring in _rings(shape) for point in ring]
    if not inside:
        return {}
    west, east = (end(point[0] for point in inside) for end in (min, max))
    south, north = (end(point[1] for point in inside) for end in (min, max))
    narrowing = math.cos(math.radians((south + north) / 2))
    unit = max((east - west) * narrowing, north - south) / GRID or 1.0
    size = [round((east - west) * narrowing / unit), round((north - south) / unit)]

    def on_grid(point: Point) -> tuple[int, int]:
        return round((point[0] - west) * narrowing / unit), round((point[1] - south) / unit)

    placed = {
        name: [_placed(ring, on_grid, hole) for ring, hole in _with_holes(shape)] for name, shape in shapes.items()
    }
    near = {name: rings for name, rings in placed.items() if name in wanted or _is_near(rings, size)}
    areas = {name: [_as_text(ring, size) for ring in rings] for name, rings in sorted(near.items())}
    return {"areas": areas, "metres": round(unit * METRES, 3), "width": size[0], "height": size[1]}


def _polygons(geometry: dict[str, Any]) -> list[list[list[Point]]]:
    shape: list[Any] = geometry["coordinates"]
    return shape if geometry["type"] == "MultiPolygon" else [shape]


def _rings(polygons: list[list[list[Point]]]) -> Iterator[list[Point]]:
    return (ring for polygon in polygons for ring in polygon)


def _with_holes(polygons: list[list[list[Point]]]) -> Iterator[tuple[list[Point], bool]]:
    """Each ring, and whether it is a hole: the first of a polygon is its outside."""
    return ((ring, place > 0) for polygon in polygons for place, ring in enumerate(polygon))


def _placed(ring: list[Point], on_grid: Any, hole: bool) -> Ring:
    """A ring on the grid without repeated points; neighbours keep the border that they share."""
    points = [on_grid(point) for point in ring]
    kept = [point for point, before in zip(points, [None, *points[:-1]], strict=True) if point != before]
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return kept[::-1] if (_twice_area(kept) < 0) != hole else kept


def _twice_area(ring: Ring) -> int:
    return sum(x * y1 - x1 * y for (x, y), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True))


def _is_near(rings: list[Ring], size: list[int]) -> bool:
    """Whether any of an area may be seen around the wanted ones."""
    for axis in (0, 1):
        ends = [point[axis] for ring in rings for point in ring]
        if max(ends) < -AROUND or min(ends) > size[axis] + AROUND:
            return False
    return True


def _as_text(ring: Ring, size: list[int]) -> str:
    """The points of a ring; what lies beyond the surroundings is drawn to their edge."""
    kept = [min(max(number, -AROUND), size[axis] + AROUND) for point in ring for axis, number in enumerate(point)]
    return " ".join(map(str, kept))
