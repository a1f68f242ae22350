"""What members reported of a year, two years of a member side by side, and what members add up to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from anchor_analysis.declared import Catalogue, Metric
from anchor_analysis.measure.observing import AMOUNTS, COUNTED
from anchor_analysis.problems import Problem, UserError


class End(NamedTuple):
    """What a member reported of one year: its status, its whole numbers (None where there is none), and of what."""

    status: str = ""
    numerator: int | None = None
    denominator: int | None = None
    unknown: int | None = None
    unknown_credits: int | None = None
    told: int | None = None
    observation_id: str = ""
    definition_version: int | None = None
    basis: str = ""

    @property
    def counts(self) -> bool:
        return self.status in COUNTED


_COMPARED = list(End._fields)

Ends = dict[str, End]


class Pair(NamedTuple):
    """A member at both ends of a comparison; `broken` where what it reports changed in between."""

    member: str
    before: End
    after: End
    broken: bool = False

    @property
    def part(self) -> str:
        """`continuing`, `joiners`, `leavers`, `non_response`, or `none` for who counts at neither end.

        `definition` for one that counts at both, and at one of them not what it does at the other.
        """
        if self.before.counts and self.after.counts:
            return "definition" if self.broken else "continuing"
        if not (self.before.counts or self.after.counts):
            return "none"
        if self.before.status == "not_yet_member":
            return "joiners"
        return "leavers" if self.after.status in ("left", "merged") else "non_response"

    @property
    def of_a_part(self) -> bool:
        """Whether it reported only a part of one of the years."""
        return "partial" in (self.before.status, self.after.status)

    @property
    def ids(self) -> list[str]:
        return [end.observation_id for end in (self.before, self.after) if end.observation_id]


def members_by_year(observations: pd.DataFrame, metrics: Iterable[str]) -> dict[tuple[str, str], Ends]:
    """What each member reported, by metric and network year."""
    whole = observations[observations["metric"].isin(list(metrics)).to_numpy(bool)]
    whole = whole[((whole["scope"] == "member") & (whole["breakdown"] == "")).to_numpy(bool)]
    columns = [whole[name].to_numpy(dtype=object, na_value=None) for name in _COMPARED]
    found: dict[tuple[str, str], Ends] = {}
    named = zip(whole["metric"], whole["network_year"], whole["member"], zip(*columns, strict=True), strict=True)
    for metric, year, member, told in named:
        found.setdefault((metric, year), {})[member] = End(*told)
    return found


def same_basis(found: Iterable[Any], where: str) -> None:
    """Refuse two vintages in one comparison (AN039): nobody need have moved for the figure to differ."""
    bases = sorted({basis for basis in found if basis is not None and not pd.isna(basis)})
    if len(bases) > 1:
        what = f"the observations were placed by different reference files: {' or '.join(bases)}."
        remedy = "Measure all years by the same files: `anchor-analysis run` does. Two releases are told side by side."
        raise UserError(Problem("AN039", where, what, remedy))


def added(ends: Iterable[End]) -> dict[str, int | None]:
    """The whole numbers of those that count, added up; None where nobody does."""
    counted = [end for end in ends if end.counts]
    if not counted:
        return dict.fromkeys(AMOUNTS)
    return {name: sum(getattr(end, name) or 0 for end in counted) for name in AMOUNTS}


def total_of(metric: Metric, ends: Iterable[End], catalogue: Catalogue) -> dict[str, Any]:
    """A total of a metric over some members, as `add_values` takes it; a total that divides has a denominator."""
    sums: dict[str, Any] = added(ends)
    if metric.kind == "additive":
        sums["denominator"] = None
    return sums | {"unit": metric.unit, "bounds_only": catalogue.parts(metric)[0].bounds_only}
