"""Members' figures by area or group against a benchmark: how many there would be if they were spread as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from anchor_analysis.declared import parse_year
from anchor_analysis.declared.units import UNITS
from anchor_analysis.measure.observing import NOT_BROKEN_DOWN

#: Groups of a breakdown whose area is not known, and which may be in any; and those that are in none of them.
UNKNOWN = ("unknown", NOT_BROKEN_DOWN)
OUTSIDE = ("elsewhere",)

NO_BENCHMARK = "no benchmark for this area"

#: What most benchmarks are by.
HOME = "home_ward"


@dataclass(frozen=True, eq=False)
class Benchmark:
    """A figure for each area, such as its residents of working age: `values` by code, missing where there is none.

    Of a population it is one for each group that it is counted by, and `kind` says so.
    """

    id: str
    vintage: str
    values: pd.Series
    kind: Literal["benchmark", "population"] = "benchmark"


def against_benchmark(
    observations: pd.DataFrame,
    benchmark: Benchmark,
    metric: str,
    period: str,
    groups: Mapping[str, Collection[str]] | None = None,
    breakdown: str = HOME,
) -> pd.DataFrame:
    """The network's figure of a year in each area beside what a benchmark would have there.

    One row per area that the metric is broken down by, and per group of areas; columns as FINDING_COLUMNS, of which
    `to_numerator` is the figure, `to_denominator` that of all areas that have a benchmark, `to_unknown` what may be in
    any of them, `benchmark_value` the area's own. `expected` = all areas' figure × the area's part of the benchmark,
    `value` = the figure less that (the excess), `quotient` = the figure over it (the location quotient); each bound
    puts all that is unknown into the area, or into the others. An area without a benchmark is in none of the sums, and
    `reason` says so; where nothing is expected there is no quotient.
    """
    found = observations[
        (observations["metric"] == metric) & (observations["network_year"] == str(parse_year(period)))
        & (observations["scope"] == "network") & (observations["breakdown"] == breakdown)
    ]  # fmt: skip
    if found.empty:
        return pd.DataFrame()
    scale = UNITS[found["unit"].iloc[0]].scale
    counts = found.set_index("group")["numerator"].dropna().astype("int64")
    areas = counts.drop([name for name in (*UNKNOWN, *OUTSIDE) if name in counts])
    values = benchmark.values.reindex(areas.index).astype("Float64")
    known = _Spread(areas[values.notna()], values.dropna(), int(counts.reindex(list(UNKNOWN)).sum()), scale)
    units = {area: [area] for area in areas.index} | {name: list(of) for name, of in (groups or {}).items()}
    shared = _shared(found, benchmark, metric, period)
    start = f"{metric}:{parse_year(period).folder}:benchmark:" + ("" if breakdown == HOME else f"{breakdown}=")
    rows = [
        shared | {"finding_id": f"{start}{name}"} | known.row(name, of)
        for name, of in units.items() if set(of) & set(areas.index)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _shared(found: pd.DataFrame, benchmark: Benchmark, metric: str, period: str) -> dict[str, Any]:
    first = found.iloc[0]
    return {
        "kind": benchmark.kind, "metric": metric, "period": str(parse_year(period)), "unit": first["unit"],
        "panel": "all", "benchmark": f"{benchmark.id} ({benchmark.vintage})", "audience": "public",
        "members": first["members_counted"], "members_expected": first["members_expected"],
        "observation_ids": " ".join(sorted(found["observation_id"])),
    }  # fmt: skip


@dataclass(frozen=True)
class _Spread:
    """The figures of the areas that have a benchmark, these benchmarks, and what may be in any of the areas."""

    figures: pd.Series
    values: pd.Series
    unknown: int
    scale: int

    def row(self, name: str, of: Collection[str]) -> dict[str, Any]:
        """What is found of an area, or of some together."""
        without = [area for area in of if area not in self.values.index]
        finding: dict[str, Any] = {"group": name}
        if without:
            return finding | {"reason": NO_BENCHMARK if len(of) == 1 else "no benchmark for some of these areas"}
        figure, whole, value = int(self.figures[list(of)].sum()), int(self.figures.sum()), self.values[list(of)].sum()
        counted = {
            "to_numerator": figure,
            "to_denominator": whole,
            "to_unknown": self.unknown,
            "benchmark_value": value,
        }
        if not self.values.sum() > 0:
            return finding | counted | {"reason": "the benchmark is nought in all areas"}
        return finding | counted | self._compared(figure, whole, value / self.values.sum())

    def _compared(self, figure: int, whole: int, part: float) -> dict[str, Any]:
        scale, most = self.scale, whole + self.unknown
        excess = {
            "value": (figure - whole * part) / scale, "lower": (figure - most * part) / scale,
            "upper": (figure + self.unknown - most * part) / scale, "expected": whole * part / scale,
        }  # fmt: skip
        if not part:
            return excess | {"reason": "nothing is expected here"}
        if not most:
            return excess | {"reason": "nobody is known in these areas"}
        ends = {"quotient_lower": figure / (most * part), "quotient_upper": (figure + self.unknown) / (most * part)}
        return excess | ends | ({"quotient": figure / (whole * part)} if whole else {})
