"""The gap between the median pay of a group of people and of those it is held against.

As the regulations on the gender pay gap have it: the median of those beside less that of the group, of the former
(Equality Act 2010 (Gender Pay Gap Information) Regulations 2017, regulation 9).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.declared.gaps import PayGap
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.measure.pay import twice_median

#: The metric whose people are meant: those whom members employ.
OF = "staff"

Row = dict[str, Any]


def pay_gaps(network: Network, observations: pd.DataFrame, year: NetworkYear, pay: pd.DataFrame) -> Iterator[Row]:
    """One finding (`kind` pay_gap) for each declared gap (`group`) and year in which the pay of both sides is told.

    The people of all members that tell pay are put together; a median of members' medians is none. `value` is the gap
    as a share of the pay beside, below nought where the group is paid more; its bounds have everybody of either side
    whose pay is not told paid least, or most, and are missing where that leaves a median open. `to_numerator` and
    `to_denominator` are the people of the group and those beside whose pay is told, `to_unknown` those of both of whom
    it is not. `members` are those with people whose pay is told on either side.
    """
    staff = observations[(observations["metric"] == OF) & (observations["breakdown"] == "")]
    rows = staff[(staff["scope"] == "member") & staff["status"].isin(COUNTED) & (staff["quality"] == "rows")]
    counted = pay.merge(rows[["member", "network_year"]], on=["member", "network_year"])
    expected = staff[staff["scope"] == "network"].set_index("network_year")["members_expected"]
    ids = staff[staff["scope"] == "network"].set_index("network_year")["observation_id"]
    for period in sorted(name for name in counted["network_year"].unique() if name <= str(year)):
        of_year = counted[counted["network_year"] == period]
        for gap in network.catalogue.gaps.values():
            found = _gap(gap, of_year[of_year["column"] == gap.column])
            if found:
                yield found | {
                    "finding_id": f"{OF}:{period.replace('/', '-')}:pay_gap:{gap.id}", "kind": "pay_gap", "metric": OF,
                    "period": period, "panel": "all", "group": gap.id, "unit": "share", "audience": "public", "told": 0,
                    "members_expected": int(expected[period]), "observation_ids": ids[period],
                }  # fmt: skip


def _gap(gap: PayGap, pay: pd.DataFrame) -> Row:
    sides = [pay[pay["group"].isin(groups)] for groups in (gap.group, gap.beside)]
    told = [side.dropna(subset=["pence"]) for side in sides]
    counts = [side.groupby("pence")["people"].sum() for side in told]
    known = [int(count.sum()) for count in counts]
    if not all(known):
        return {}
    unknown = [int(side["people"].sum()) - number for side, number in zip(sides, known, strict=True)]
    value = gap_between(twice_median(counts[0]), twice_median(counts[1]))
    least, most = (
        [twice_median(count, **{end: more}) for count, more in zip(counts, unknown, strict=True)]
        for end in ("lowest", "highest")
    )
    ends = {"lower": gap_between(most[0], least[1]), "upper": gap_between(least[0], most[1])}
    members = pd.concat(told)["member"].nunique()
    numbers = {"to_numerator": known[0], "to_denominator": known[1], "to_unknown": sum(unknown)}
    shares = {name: float(share) for name, share in (ends | {"value": value}).items() if share is not None}
    return numbers | shares | {"members": members}


def gap_between(group: int | None, beside: int | None) -> Fraction | None:
    """The gap as a share of the median beside; None where one of the medians is open."""
    return None if group is None or not beside else Fraction(beside - group, beside)
