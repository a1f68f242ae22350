"""Figures by area beside the benchmark, in sentences: where there are more than it expects, and where fewer."""

from __future__ import annotations

from anchor_analysis.present import wording
from anchor_analysis.present.parts import Part, figure, noun, put_together, sentence, year
from anchor_analysis.present.released import Cell, Facts, Released

TOGETHER = "most_disadvantaged"


def by_area(released: Released, metric: str) -> dict[str, dict[str, Cell]]:
    """The cells of a metric's benchmark table: by area, then by item."""
    found: dict[str, dict[str, Cell]] = {}
    for cell in released.select(kind="benchmark", metric=metric, period=released.year):
        found.setdefault(cell.group, {})[cell.item] = cell
    return found


def compared(released: Released, metric: str) -> list[dict[str, Cell]]:
    """The single areas that have a quotient, the highest first."""
    areas = [items for group, items in by_area(released, metric).items() if group != TOGETHER]
    told = [items for items in areas if items["quotient"].is_number]
    return sorted(told, key=lambda items: (-items["quotient"].value, items["quotient"].group))


def against_benchmark(released: Released, metric: str) -> list[Part]:
    """The most disadvantaged wards beside what the benchmark expects there, and the wards that are furthest from it."""
    ranked = compared(released, metric)
    if not ranked:
        return []
    together = by_area(released, metric).get(TOGETHER, {})
    facts = released.facts
    first = [
        *sentence(
            "held against the benchmark, ", _benchmark(facts), ", ", noun(facts, metric), " in ", year(released.year),
            " lived most above what it expects in ", _named(facts, ranked[0]["quotient"]), ", and most below in ",
            _named(facts, ranked[-1]["quotient"]),
        ),
    ]  # fmt: skip
    return [*_together(together), Part(" "), *first] if _is_told(together) else first


def _is_told(items: dict[str, Cell]) -> bool:
    return bool(items) and all(items[name].is_number for name in ("observed", "expected", "quotient"))


def _together(items: dict[str, Cell]) -> list[Part]:
    if not _is_told(items):
        return []
    quotient = items["quotient"]
    bounds = put_together(figure(quotient, "lower"), " and ", figure(quotient, "upper"))
    between = put_together("; between ", bounds, " times whatever the unknown part turns out to be")
    return sentence(
        "of those whose ward is known ", figure(items["observed"]), " live in the most disadvantaged wards, where ",
        figure(items["expected"]), " would if all were spread over the wards as in the benchmark: ", figure(quotient),
        " times as many", between if quotient.has_bounds else "",
    )  # fmt: skip


def _benchmark(facts: Facts) -> list[Part]:
    return [Part(wording.benchmark(facts), fact="benchmark")]


def _named(facts: Facts, cell: Cell) -> list[Part]:
    ward = Part(wording.group_name(facts, cell.group), fact=f"wards.{cell.group}.name")
    return put_together(ward, " (", figure(cell), " times)")
