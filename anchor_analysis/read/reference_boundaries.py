"""Boundaries of areas: a GeoJSON file, checked as far as a map needs it and kept as it is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.kinds import damaged
from anchor_analysis.read.reference_kinds import AREA, refused

#: A map of small areas of the whole country, generalised, is well below this; full detail is of no use on a page.
LARGEST = 100 << 20

_CODES = re.compile(r"[a-z]+\d\dcd|(area|geo|geog|gss)?_?(code|cd)", re.IGNORECASE)
_DEGREES = re.compile(r"(.*:)?(CRS84|EPSG:(:|.*:)?4326|4326)")
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
_REMEDY = "Download it as GeoJSON in degrees (WGS84, EPSG:4326), one area per feature."


@dataclass(frozen=True)
class Boundaries:
    """The areas of a file, sorted: code and name, missing if it has none; and the properties that have them."""

    areas: list[tuple[str, str | None]]
    property: str
    name: str | None


def read_boundaries(file: Path, name: str) -> Boundaries:
    """The areas of a GeoJSON FeatureCollection, one polygon or multipolygon each.

    The code is the first property of the name of a code (WD25CD, code) whose values are codes, no two alike. Raises
    UserError: AN020 for a file that is no JSON or too large, AN031 with every other fault: no such property, features
    without an area, coordinates that are no longitude and latitude, a server's answer that it had cut off.
    """
    if file.stat().st_size > LARGEST:
        what = f"the file is larger than {LARGEST >> 20} MB."
        raise UserError(
            Problem("AN020", name, what, "Take the publisher's generalised boundaries, such as BGC or BUC.")
        )
    try:
        content = _loaded(file.read_bytes())
    except (ValueError, RecursionError):
        raise damaged(name) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(feature, dict) for feature in features):
        raise UserError(refused(name, "it is no collection of GeoJSON features.", _REMEDY))
    faults = [*_cut_off(content, name), *_not_in_degrees(content, name), *_shape_faults(features, name)]
    named = _code_property(features)
    if named is None:
        what = "no property of its features holds a code of its own for each area, such as WD25CD."
        faults.append(refused(name, what, "Keep the codes when you download it, and one feature per area."))
    if faults or named is None:
        raise UserError(faults)
    title = _name_property(features, named)
    areas = ((own["properties"][named], own["properties"].get(title) if title else None) for own in features)
    return Boundaries(
        sorted(((code, None if name is None else str(name)) for code, name in areas), key=itemgetter(0)), named, title
    )


def _loaded(raw: bytes) -> Any:
    """The content of JSON in any of its encodings; raises ValueError also for half a sign, which nothing can show."""
    text = raw.decode(json.detect_encoding(raw))
    content = json.loads(text)
    if _HALVES.search(text):
        json.dumps(content, ensure_ascii=False).encode()
    return content


def _name_property(features: list[Any], code: str) -> str | None:
    """The property that goes with a code: WD25NM with WD25CD, name with code."""
    wanted = re.sub(r"cd$", "nm", re.sub(r"code$", "name", code.lower()))
    return next((str(name) for name in features[0]["properties"] if str(name).lower() == wanted), None)


def _code_property(features: list[Any]) -> str | None:
    properties = [feature.get("properties") for feature in features]
    if not all(isinstance(own, dict) for own in properties):
        return None
    for name in properties[0]:
        values = [own.get(name) for own in properties]
        codes = all(isinstance(value, str) and re.fullmatch(AREA, value) for value in values)
        if _CODES.fullmatch(name) and codes and len(set(values)) == len(values):
            return str(name)
    return None


def _cut_off(content: dict[str, Any], name: str) -> Iterator[Problem]:
    properties = content.get("properties")
    told = [content, properties if isinstance(properties, dict) else {}]
    if any(one.get("exceededTransferLimit") for one in told):
        what = "the server says in it that it gave only a part of the areas."
        yield refused(name, what, "Download the whole file, or ask for fewer areas at once.")


def _not_in_degrees(content: dict[str, Any], name: str) -> Iterator[Problem]:
    crs = content.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    said = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if said and not _DEGREES.fullmatch(said):
        yield refused(name, f'its coordinates are in "{said[:80]}", not in degrees.', _REMEDY)


def _shape_faults(features: list[Any], name: str) -> Iterator[Problem]:
    kinds = Counter(_kind(feature) for feature in features)
    others = {kind: count for kind, count in kinds.items() if kind not in ("Polygon", "MultiPolygon")}
    if others:
        said = ", ".join(f"{count:,} of {kind}" for kind, count in sorted(others.items()))
        yield refused(name, f"features hold no polygon: {said}.", _REMEDY)
        return
    wrong = (position for feature in features for position in _wrong(feature["geometry"]))
    for position in islice(wrong, 1):
        shown = json.dumps(position)[:60]
        yield refused(name, f"{shown} is no longitude and latitude, or no ring of them.", _REMEDY)


def _kind(feature: dict[str, Any]) -> str:
    geometry = feature.get("geometry")
    return str(geometry.get("type", "nothing"))[:40] if isinstance(geometry, dict) else "nothing"


def _wrong(geometry: dict[str, Any]) -> Iterator[Any]:
    """What stands where a position must, or a ring that is none, of a polygon or multipolygon."""
    shape = geometry.get("coordinates")
    polygons = shape if geometry["type"] == "MultiPolygon" else [shape]
    for polygon in polygons if isinstance(polygons, list) and polygons else [None]:
        for ring in polygon if isinstance(polygon, list) and polygon else [None]:
            if not isinstance(ring, list) or len(ring) < 4 or ring[0] != ring[-1]:
                yield ring
            else:
                yield from (position for position in ring if not _in_degrees(position))


def _in_degrees(position: Any) -> bool:
    if not isinstance(position, list) or len(position) < 2:
        return False
    return all(
        isinstance(number, int | float) and -limit <= number <= limit  # which no NaN is
        for number, limit in zip(position, (180, 90), strict=False)
    )
