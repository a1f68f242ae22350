"""Maps of wards: outlines read right, classes in words, withheld and missing told apart, the same bytes each time."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from anchor_analysis.present import Released, chart
from anchor_analysis.present.charts.choropleth import make_classes
from anchor_analysis.present.charts.outlines import Outline
from anchor_analysis.read.outlines import AROUND, GRID, read_outlines
from tests.cells_example import cell, example

WARDS = [f"E0500000{number}" for number in range(1, 8)]


def square(x, y, size=1.0):
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def write(folder, shapes):
    """A GeoJSON of polygons (rings) and multipolygons (lists of rings) by code, in hundredths of a degree."""
    features = []
    for code, (kind, coordinates) in shapes.items():
        scaled = json.loads(json.dumps(coordinates), parse_int=float)
        near = _shift(scaled)
        features.append({"properties": {"WD25CD": code}, "geometry": {"type": kind, "coordinates": near}})
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def _shift(part):
    if isinstance(part[0], float):
        return [part[0] / 100 - 1.5, part[1] / 100 + 53.8]
    return [_shift(one) for one in part]


def row_of(count, **more):
    """So many squares in a row, and other shapes."""
    return {code: ("Polygon", [square(2.0 * place, 0)]) for place, code in enumerate(WARDS[:count])} | more


def outline(found, code):
    return Outline.read(found["areas"][code])


def test_a_hole_stays_a_hole_whatever_way_its_file_turns(tmp_path):
    for outside, hole in ((1, 1), (-1, -1), (1, -1), (-1, 1)):
        rings = [square(0, 0, 4)[::outside], square(1, 1, 2)[::hole]]
        path = outline(read_outlines(write(tmp_path, {"a": ("Polygon", rings)}), "WD25CD", ["a"]), "a").path
        assert _filled(path) == pytest.approx(3 / 4, abs=0.02)


def _filled(path):
    """How much of its box a path fills when it is drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch

    figure = Figure(figsize=(1, 1), dpi=200)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    box = path.get_extents()
    axes.set(xlim=(box.x0, box.x1), ylim=(box.y0, box.y1))
    axes.add_patch(PathPatch(path, facecolor="black", linewidth=0, antialiased=False))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return float((np.asarray(canvas.buffer_rgba())[:, :, 0] < 128).mean())


def test_an_area_of_two_islands_is_drawn_in_both(tmp_path):
    shapes = {"a": ("MultiPolygon", [[square(0, 0, 1)], [square(3, 3, 1)]])}
    found = outline(read_outlines(write(tmp_path, shapes), "WD25CD", ["a"]), "a")
    assert len(found.rings) == 2 and _filled(found.path) == pytest.approx(2 / 16, abs=0.02)


def test_an_island_within_a_lake_is_land(tmp_path):
    shapes = {"a": ("MultiPolygon", [[square(0, 0, 4), square(1, 1, 2)], [square(1.5, 1.5, 1)]])}
    found = outline(read_outlines(write(tmp_path, shapes), "WD25CD", ["a"]), "a")
    assert _filled(found.path) == pytest.approx(13 / 16, abs=0.02)


def test_neighbours_keep_the_border_that_they_share(tmp_path):
    found = read_outlines(
        write(tmp_path, {"a": ("Polygon", [square(0, 0)]), "b": ("Polygon", [square(1, 0)])}), "WD25CD", "ab"
    )
    ends = [sorted(x for ring in outline(found, code).rings for x, _ in ring) for code in "ab"]
    assert ends[0][-1] == ends[1][0] == GRID // 2


def test_shapes_are_as_wide_as_they_are_on_the_ground(tmp_path):
    found = read_outlines(write(tmp_path, {"a": ("Polygon", [square(0, 0)])}), "WD25CD", ["a"])
    assert found["width"] / found["height"] == pytest.approx(np.cos(np.radians(53.805)), rel=1e-3)
    assert found["height"] * found["metres"] == pytest.approx(1112, rel=1e-3)  # a hundredth of a degree of latitude


def test_only_what_lies_around_is_kept_of_other_places(tmp_path):
    shapes = row_of(1, near=("Polygon", [square(1, 0, 9)]), far=("Polygon", [square(50, 0)]))
    found = read_outlines(write(tmp_path, shapes), "WD25CD", WARDS)
    assert set(found["areas"]) == {WARDS[0], "near"}
    numbers = [int(number) for rings in found["areas"].values() for ring in rings for number in ring.split()]
    assert min(numbers) >= -AROUND and max(numbers) <= GRID + AROUND


def test_no_outlines_are_had_of_a_file_of_another_place(tmp_path):
    assert read_outlines(write(tmp_path, row_of(1)), "WD25CD", ["elsewhere"]) == {}


@pytest.mark.parametrize(
    "rings", [[square(0, 0, 4), square(1, 1, 2)], [[[0, 0], [4, 0], [4, 4], [3, 4], [3, 1], [0, 1], [0, 0]]]]
)
def test_a_wards_number_stands_within_it(tmp_path, rings):
    found = outline(read_outlines(write(tmp_path, {"a": ("Polygon", rings)}), "WD25CD", ["a"]), "a")
    assert found.path.contains_point(found.inner)


def counted(values):
    """Cells of wards by value; None is withheld."""
    figures = {
        code: {"value": value, "shown": f"{value:,}"} for code, value in zip(WARDS, values, strict=False) if value
    }
    withheld = {"value": float("nan"), "shown": "[c]", "status": "withheld"}
    told = {code: figures.get(code, withheld) for code in WARDS[: len(values)]}
    where = ("staff_by_ward", "levels", "staff", "2023/24")
    cells = [cell(*where, group=code, unit="persons", **figure) for code, figure in told.items()]
    return pd.DataFrame(cells)


def drawn(tmp_path, values, shapes, wards=WARDS):
    _, facts = example()
    names = {code: {"name": f"Ward {place}", "tile": [0, place]} for place, code in enumerate(wards)}
    found = read_outlines(write(tmp_path, shapes), "WD25CD", wards)
    facts = {
        **facts,
        "wards": names,
        "disadvantaged": None,
        "boundaries": {"id": "squares", "vintage": "2025", **found},
    }
    return chart(counted(values), facts, "map", "staff")


def test_each_ward_is_in_the_class_of_its_figure_and_classes_are_in_words():
    cells = Released(counted([10, 20, 20, 30, 40, 50, 1000]), example()[1]).cells
    classes = make_classes(cells)
    assert [one.words for one in classes] == [
        "10 to 20 (3 wards)", "30 to 40 (2 wards)", "50 (1 ward)", "1,000 (1 ward)",
    ]  # fmt: skip
    assert [len(make_classes(cells[:count])) for count in (1, 2)] == [1, 2]


def test_darker_is_more_also_in_grey():
    classes = make_classes(Released(counted([10, 20, 30, 40, 50]), example()[1]).cells)
    lightness = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one.colour for one in classes)]
    steps = -np.diff(lightness)
    assert len(lightness) == 5 and steps.min() > 0.08


def test_withheld_and_missing_and_outside_and_low_look_different(tmp_path):
    shapes = row_of(5, other=("Polygon", [square(5.1, 0, 0.8)]))
    found = drawn(tmp_path, [10, 500, None, 30], shapes, WARDS[:5])
    picture = np.asarray(Image.open(io.BytesIO(found.png)).convert("L")).astype(int)
    at = {
        "low": 0.22,
        "high": 2.22,
        "withheld": 4.22,
        "outside": 5.5,
        "middle": 6.22,
        "no figure": 8.22,
    }  # beside numbers
    places = {name: int(picture.shape[1] * (0.01 + 0.98 * (x + 0.11) / 9.22)) for name, x in at.items()}
    rows = np.flatnonzero(picture[: picture.shape[0] // 2, places["high"]] < 80)  # where the squares are
    middle = slice(rows[len(rows) // 2] - 12, rows[len(rows) // 2] + 12)
    looks = {name: picture[middle, place - 12 : place + 12] for name, place in places.items()}
    plain = {name: int(look.mean()) for name, look in looks.items() if look.std() < 1}
    assert list(plain) == ["low", "high", "outside", "middle"] and len(set(plain.values())) == 4
    assert plain["outside"] > plain["low"] > plain["middle"] > plain["high"]
    hatched, dotted = (looks[name] < 200 for name in ("withheld", "no figure"))
    assert hatched.any(axis=1).all() and dotted.any() and not dotted.any(axis=1).all()  # lines run on, dots do not


def test_the_alt_text_and_caption_say_what_has_no_figure_and_why(tmp_path):
    found = drawn(tmp_path, [10, 500, None, 30], row_of(4), WARDS[:6])
    assert "most in Ward 1 500, Ward 3 30 and Ward 0 10." in found.alt
    assert "Withheld for Ward 2." in found.alt and "No figure for Ward 4 and Ward 5." in found.alt
    assert "Outlines: squares, 2025." in found.caption
    missing = drawn(tmp_path, [10, 500], row_of(1), WARDS[:2])
    assert "Not on the map, for want of an outline: Ward 1." in missing.caption
    assert missing.table["shown"].tolist() == ["10", "500"]  # the table beside has all of them


def test_a_ward_too_small_to_see_has_a_dot(tmp_path):
    small = ("Polygon", [square(1.2, 0.45, 0.01)])
    pictures = []
    for size in (("Polygon", [square(1.2, 0.45, 0.0001)]), small):
        found = drawn(tmp_path, [10, 500, 900], row_of(2, **{WARDS[2]: size}), WARDS[:3])
        picture = np.asarray(Image.open(io.BytesIO(found.png)).convert("L")).astype(int)
        left, right = int(picture.shape[1] * 0.37), int(picture.shape[1] * 0.44)
        pictures.append((picture[: picture.shape[0] // 2, left:right] < 90).sum())
    assert min(pictures) > 60


def test_a_map_is_the_same_bytes_each_time(tmp_path):
    first, second = (drawn(tmp_path, [10, 500, None, 30], row_of(4)) for _ in range(2))
    assert first.png == second.png


def test_without_outlines_a_map_has_tiles_and_says_withheld():
    cells, facts = example()
    found = chart(cells, facts, "map", "staff")
    assert found.alt.startswith("Tile map.") and "Hatched: withheld, not zero." in found.caption


def test_the_outlines_of_real_wards_are_small_and_right(real_data):
    file = real_data / "geography" / "wards_2025_leeds.geojson"
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    codes = [one["properties"]["WD25CD"] for one in features]
    found = read_outlines(file, "WD25CD", codes)
    assert len(found["areas"]) == 33 and len(json.dumps(found)) < 50_000
    # Leeds has 552 square kilometres; ONS gives each ward's middle.
    area = sum(_area_of(ring) for rings in found["areas"].values() for ring in rings) * found["metres"] ** 2 / 1e6
    assert area == pytest.approx(552, rel=0.01)


def _area_of(text):
    numbers = list(map(int, text.split()))
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    return sum(x * y1 - x1 * y for (x, y), (x1, y1) in zip(points, points[1:] + points[:1], strict=True)) / 2
