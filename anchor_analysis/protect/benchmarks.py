"""Released figures by area held against a benchmark.

Everything is worked out from the figures that are shown and from the benchmark, which is public, so that it gives
away nothing that they do not. An area that is withheld is in none of the sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from anchor_analysis.compare.benchmarks import NO_BENCHMARK, UNKNOWN
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.protect.figures import NAN, Figure, rounded, withheld
from anchor_analysis.protect.rounding import words
from anchor_analysis.rounding import nearest, outward

#: What is told of an area: its figure, what the benchmark expects, the difference, and how many times it is that.
ITEMS = ("observed", "expected", "excess", "quotient")

#: Steps of a quotient: two decimals.
_HUNDREDTH = Fraction(1, 100)

Ends = tuple[Fraction, Fraction]


def benchmark_figures(
    cells: pd.DataFrame, findings: pd.DataFrame, groups: dict[str, list[str]], unit: str, profile: Profile
) -> Iterator[tuple[str, list[Figure]]]:
    """The figures of each area and each group of areas, one for each of ITEMS.

    `cells` are the released ones of one metric and year by area; `findings` those of the kind benchmark.
    """
    told = cells[cells["status"] == "shown"].set_index("group")["value"].map(round).to_dict()
    values = findings.dropna(subset=["benchmark_value"]).set_index("group")["benchmark_value"]
    exact = {name: Fraction(float(value)) for name, value in values.items() if name in told and name not in groups}
    against = _Against(told, exact, _most_unknown(cells, told, profile), unit, profile)
    hidden = set(cells.loc[cells["status"] == "withheld", "group"])
    for group in findings["group"]:
        yield group, against.figures(groups.get(group, [group]), hidden)


def _slack(profile: Profile) -> int:
    """How far rounding may have moved a figure that is shown."""
    if profile.method == "controlled_rounding":
        return profile.round_to
    return profile.round_to // 2 if profile.round_to > 1 else 0


def _most_unknown(cells: pd.DataFrame, told: dict[str, int], profile: Profile) -> int | None:
    """How many at most may be in any of the areas; None where that is withheld."""
    unknown = cells[cells["group"].isin(UNKNOWN)]
    if (unknown["status"] == "withheld").any():
        return None
    return sum(told[name] + _slack(profile) for name in unknown["group"] if name in told)


@dataclass(frozen=True)
class _Against:
    """Shown figures by area, and the benchmark of those areas that have one."""

    told: dict[str, int]
    values: dict[str, Fraction]
    unknown: int | None
    unit: str
    profile: Profile

    def figures(self, areas: list[str], hidden: set[str]) -> list[Figure]:
        """One figure for each of ITEMS, of some areas together."""
        if hidden & set(areas):
            return [withheld(self.profile, "withheld where it is counted")] * len(ITEMS)
        if not set(areas) <= set(self.values):
            return [self._observed(areas), *[_nothing(NO_BENCHMARK)] * 3]
        if not sum(self.values.values()):
            return [self._observed(areas), *[_nothing("the benchmark is nought")] * 3]
        return [self._observed(areas), *self._compared(areas)]

    def _sum(self, areas: list[str]) -> int:
        return sum(self.told.get(area, 0) for area in areas)

    def _observed(self, areas: list[str]) -> Figure:
        figure = self._sum(areas)
        return Figure(
            figure, figure, figure, words(figure, self.unit, self.profile), rule=rounded(self.profile, self.unit)
        )

    def _compared(self, areas: list[str]) -> list[Figure]:
        figure, whole, slack = self._sum(areas), self._sum(list(self.values)), _slack(self.profile)
        part = sum((self.values[area] for area in areas), Fraction(0)) / sum(self.values.values())
        least, most = figure - slack * len(areas), figure + slack * len(areas)
        fewest, unknown = whole - slack * len(self.values), self.unknown or 0
        everybody = whole + slack * len(self.values) + unknown
        base = Fraction(max(self.profile.round_to, 1))
        expected = nearest(whole * part, base)
        found = [
            self._figure(expected, (fewest * part, everybody * part), base),
            self._figure(
                figure - expected,
                (least - everybody * part, most + unknown - (fewest + unknown) * part),
                base,
                signed=True,
            ),
        ]
        if not whole * part or fewest <= 0:
            return [*found, _nothing("nothing is expected here" if not part else "too few to divide by")]
        highest = max((most + here) / ((fewest + here) * part) for here in (0, unknown))
        ends = least / (everybody * part), highest
        return [*found, self._figure(nearest(figure / (whole * part), _HUNDREDTH), ends, _HUNDREDTH)]

    def _figure(self, value: Fraction, ends: Ends, step: Fraction, *, signed: bool = False) -> Figure:
        """A figure in whole steps, with its bounds rounded outward; without them where the unknown is withheld."""
        lower, upper = map(float, outward(*ends, step))
        if self.unknown is None:
            lower = upper = NAN
        times = step == _HUNDREDTH
        unit, rule = ("times", "from rounded figures") if times else (self.unit, rounded(self.profile, self.unit))
        shown = words(float(value), unit, self.profile, signed)
        return Figure(float(value), lower, upper, shown, rule=rule, certain=self.unknown == 0)


def _nothing(why: str) -> Figure:
    return Figure(shown="–", status="no_value", rule=why)
