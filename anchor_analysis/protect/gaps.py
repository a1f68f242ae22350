"""Released gaps in pay: a share of two medians, withheld where few people or members are behind either.

No median itself is shown. Where fewer than a thousand people stand on a side the gap is in whole points, so that one
person who comes or goes, and whose pay may be known, hardly moves what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from anchor_analysis.declared import Network, NetworkYear, TableDefinition
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.measure.observing import observation_id
from anchor_analysis.protect.figures import NAN, Figure, rounded, withheld
from anchor_analysis.protect.numbers import Numbers
from anchor_analysis.protect.rounding import round_amount, words
from anchor_analysis.rounding import nearest, outward

#: What is told: the gap, and of how many people on either side.
ITEMS = ("median_gap", "people_in_group", "people_beside")

#: From so many people on each side on the gap is shown to a tenth of a point.
MANY = 1000

#: Fewer members than this would tell one of them what another pays.
FEWEST_MEMBERS = 3

Row = dict[str, Any]


def gap_rows(
    network: Network, table: TableDefinition, findings: pd.DataFrame, year: NetworkYear, numbers: Numbers
) -> Iterator[Row]:
    """The rows of a table of gaps in pay: of its latest year all ITEMS, of a table of all years the gap alone.

    How many people are on a side are numbers as all others: those of the side whose pay nobody told are the rest of it.
    """
    found = findings[findings["kind"] == "pay_gap"]
    latest = table.periods == "latest"
    found = found[found["period"] == str(year)] if latest else found
    profile = network.profile("people")
    fewest = max(FEWEST_MEMBERS, profile.minimum_contributors)
    for row in found.to_dict("records"):
        sides = [_people_on(side, row, network, numbers) for side in ("group", "beside")]
        tells = {"median_gap": sides if latest else [], "people_in_group": sides[:1], "people_beside": sides[1:]}
        figures = zip(ITEMS, gap_figures(row, profile, fewest), ("share", "persons", "persons"), strict=True)
        for item, figure, unit in list(figures)[: len(ITEMS) if latest else 1]:
            yield {
                "table": table.id, "kind": table.kind, "metric": row["metric"], "period": row["period"], "since": "",
                "since_period": "", "panel": "all", "member": "", "group": row["group"], "item": item, "unit": unit,
                **figure.as_cell(), "note": "", "source_id": row["finding_id"], "members_counted": row["members"],
                "members_expected": row["members_expected"], "quality": "rows", "note_withheld": "",
                "tells": tells[item],
            }  # fmt: skip


def _people_on(side: str, row: Row, network: Network, numbers: Numbers) -> str:
    """The number of people on a side of a gap whose pay is told, which are some of the staff of that group."""
    gap, metric = network.catalogue.gaps[row["group"]], network.catalogue.metric(row["metric"])
    count = int(row["to_numerator" if side == "group" else "to_denominator"])
    name = numbers.add(f"{row['finding_id']}#{side}", count, metric, year=row["period"])
    groups = [observation_id(metric.id, row["period"], "network", "", gap.column, one) for one in getattr(gap, side)]
    if all(numbers.counts(one) for one in groups):
        staff = [numbers.additive(one) for one in groups]
        rest = sum(numbers.known[one].value for one in staff) - count
        if rest >= 0:
            untold = numbers.add(f"{name}#rest", rest, metric)
            numbers.equation({name: 1, untold: 1, **dict.fromkeys(staff, -1)})
    return name


def gap_figures(row: Row, profile: Profile, fewest: int) -> list[Figure]:
    """A figure for each of ITEMS, or of none."""
    sides = [int(row["to_numerator"]), int(row["to_denominator"])]
    enough = max(profile.threshold, profile.percentages.smallest_base)
    if min(sides) < enough:
        return [withheld(profile, f"fewer than {enough} people on a side")] * len(ITEMS)
    if row["members"] < fewest:
        return [withheld(profile, f"fewer than {fewest} members")] * len(ITEMS)
    return [_gap(row, 1 if min(sides) >= MANY else 0), *(_people(number, profile) for number in sides)]


def _gap(row: Row, decimals: int) -> Figure:
    step = Fraction(1, 10 ** (decimals + 2))  # a point, or a tenth of one
    value = float(nearest(_exact(row["value"]), step))
    if pd.isna(row["lower"]) or pd.isna(row["upper"]):
        return Figure(NAN, NAN, NAN, "not known", "no_value", "too many are paid nobody knows what", certain=False)
    lower, upper = map(float, outward(_exact(row["lower"]), _exact(row["upper"]), step))
    shown = f"{'−' if value < 0 else ''}{abs(value) * 100:.{decimals}f}%"
    certain = row["lower"] == row["upper"]
    return Figure(value, lower, upper, shown, rule="in whole points" if not decimals else "", certain=certain)


def _exact(share: float) -> Fraction:
    """A share of two medians of whole pence, and no binary fraction near it."""
    return Fraction(share).limit_denominator(10**9)


def _people(number: int, profile: Profile) -> Figure:
    value = round_amount(number, "persons", profile)
    return Figure(value, value, value, words(value, "persons", profile), rule=rounded(profile, "persons"))
