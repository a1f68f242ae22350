"""Whose level can be told from counts of members by level: every way in which members could stand is gone through.

It reads cells as a reader has them, of one edition or of several, and shares nothing with protection. Of each member it
knows in which years it had reported by each edition; whoever reported may be at a level, say that a dimension does not
apply, or leave it out. All assignments of levels, and of distances from a target, that agree with every count are gone
through, member by member, with what they count up to in place of the assignments themselves. What is the same in all
of them is told. A reader may be a member too, and knows what it scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pandas as pd

LEVELS = ("1", "2", "3", "4")
NOT_APPLICABLE, LEFT_OUT, ABSENT = "does not apply", "left out", "no return"
DISTANCES = {"reached": 4, "below_1": 3, "below_2": 2, "below_3": 1, "no_target": 4}

#: What a member has of a dimension: by year its level, and by year and "distance" how far it is from its target.
Record = Mapping[object, str]


@dataclass(frozen=True)
class Told:
    """Counts that are told of some members: into which of them a record falls, if into any, and how many there are."""

    members: frozenset[str]
    years: frozenset[str]
    counts: Mapping[str, int]
    of: Callable[[Record], str | None]
    distances: bool = False


@dataclass(frozen=True)
class Known:
    """Something that is the same in all assignments: whose level, or distance, of which year, to whom."""

    member: str
    year: str
    what: str
    insider: str = ""


def worked_out(editions: Sequence[pd.DataFrame], dimension: str, truth: Mapping[str, Record]) -> list[Known]:
    """What can be told of a dimension, by anybody and by each member; `truth` is what each member has."""
    reports = [_reported(cells) for cells in editions]
    told = [one for cells, by in zip(editions, reports, strict=True) for one in _told(cells, dimension, by)]
    returned = {
        year: frozenset().union(*(by.get(year, frozenset()) for by in reports)) for by in reports for year in by
    }
    found = []
    for years in _together(told):
        own = [one for one in told if one.years <= years]
        found += _Component(own, sorted(years), returned, truth).known()
    return found


def _reported(cells: pd.DataFrame) -> dict[str, frozenset[str]]:
    own = cells[
        (cells["kind"] == "coverage") & (cells["metric"] == "progression_scores") & (cells["status"] == "shown")
    ]
    return {year: frozenset(rows["member"]) for year, rows in own.groupby("period")}


def _together(told: Iterable[Told]) -> list[set[str]]:
    """The years that counts link with one another."""
    found: list[set[str]] = []
    for one in told:
        near = [years for years in found if years & one.years]
        found = [years for years in found if years not in near] + [set(one.years).union(*near)]
    return found


# --- what cells tell ---


def _told(cells: pd.DataFrame, dimension: str, reported: Mapping[str, frozenset[str]]) -> Iterator[Told]:
    own = cells[(cells["metric"] == "progression_scores") & (cells["group"].str.split(":").str[0] == dimension)]
    own = own[~own["item"].isin(["lower_median", "upper_median"])]
    for kind, read in (("distribution", _levels), ("distance", _distances), ("transitions", _ways)):
        by = own[own["kind"] == kind].groupby(["period", "since_period"])
        for (period, since), rows in by:
            who = reported[period] & (reported[since] if since else reported[period])
            yield from read(rows.drop_duplicates(["group", "item"]), who, period, since)


def _levels(rows: pd.DataFrame, who: frozenset[str], period: str, _: str) -> Iterator[Told]:
    years = frozenset({period})
    counts = {row.item.replace("level_", ""): row.value for row in rows.itertuples()}
    counts = {(NOT_APPLICABLE if name == "not_applicable" else name): value for name, value in counts.items()}
    if (rows["status"] == "shown").all():
        yield Told(who, years, _whole(counts), lambda record: record[period] if record[period] in counts else None)
    counted = {"scored": int(rows["members_counted"].iloc[0])}
    if (rows["status"] == "shown").all() or counted["scored"] != len(who):  # of all that reported it says nothing
        yield Told(who, years, counted, lambda record: "scored" if record[period] in LEVELS else None)


def _distances(rows: pd.DataFrame, who: frozenset[str], period: str, _: str) -> Iterator[Told]:
    if (rows["status"] == "shown").all():
        counts = _whole({row.item: row.value for row in rows.itertuples()})
        yield Told(who, frozenset({period}), counts, lambda record: record.get((period, "distance")), distances=True)


def _ways(rows: pd.DataFrame, who: frozenset[str], period: str, since: str) -> Iterator[Told]:
    years = frozenset({since, period})
    rows = rows[rows["item"].str.startswith("to_")]
    if (rows["status"] == "shown").all():
        counts = dict.fromkeys((f"{a}{b}" for a, b in product(LEVELS, LEVELS)), 0)
        counts |= {row.group[-1] + row.item[-1]: int(row.value) for row in rows.itertuples()}
        yield Told(who, years, counts, lambda record: _both(record, since, period))
        return
    by_level = rows.groupby(rows["group"].str[-1])["members_counted"].first()
    if len(by_level) < len(LEVELS) or set(by_level) != {len(who)}:
        counts = dict.fromkeys(LEVELS, 0) | {level: int(count) for level, count in by_level.items()}
        yield Told(who, years, counts, lambda record: _both(record, since, period) and record[since])


def _both(record: Record, since: str, period: str) -> str | None:
    both = record[since] + record[period]
    return both if {record[since], record[period]} <= set(LEVELS) else None


def _whole(counts: Mapping[str, float]) -> dict[str, int]:
    return {name: int(count) for name, count in counts.items()}


# --- all assignments ---


#: What some records add to every count, each in five bits of one number, of which the highest is never reached.
Sums = int

WIDTH, HIGHEST = 5, 16


class _Component:
    """Counts that hang together, and all that members could have that agrees with them."""

    def __init__(self, told: list[Told], years: list[str], returned: Mapping[str, frozenset[str]], truth: Mapping):
        self.told, self.years, self.returned, self.truth = told, years, returned, truth
        self.places = {(at, name): None for at, one in enumerate(told) for name in one.counts}
        self.places = {key: place for place, key in enumerate(self.places)}
        self.wanted = sum(told[at].counts[name] << WIDTH * place for (at, name), place in self.places.items())
        self.bound = sum(HIGHEST << WIDTH * place for place in self.places.values())
        self.distances = {year for one in told if one.distances for year in one.years}
        self.members = sorted(truth)
        self.records = {member: list(self._records(member)) for member in self.members}
        self.sums = {
            member: {sums for one in self.records[member] if self._fits(sums := self._sums(member, one))}
            for member in self.members
        }
        self.signs = {member: self._sign(member) for member in self.members}

    def _records(self, member: str) -> Iterator[Record]:
        """All that a member could have: no return is known, and a level leaves only some distances."""
        options = [
            [*LEVELS, NOT_APPLICABLE, LEFT_OUT] if member in self.returned.get(year, ()) else [ABSENT]
            for year in self.years
        ]
        for chosen in product(*options):
            levels = dict(zip(self.years, chosen, strict=True))
            away = [
                [(year, one) for one, most in DISTANCES.items() if int(levels[year]) <= most]
                for year in self.distances if levels[year] in LEVELS
            ]  # fmt: skip
            for told in product(*away):
                yield levels | {(year, "distance"): one for year, one in told}

    def _sign(self, member: str) -> tuple[object, ...]:
        """What tells a member from others: in which counts it can be, and what it has."""
        own = self.truth[member]
        keys = [*self.years, *((year, "distance") for year in sorted(self.distances))]
        return (*(member in one.members for one in self.told), *(own.get(key, "") for key in keys))

    def _sums(self, member: str, record: Record) -> Sums:
        """What a record adds to each count."""
        found = 0
        for at, one in enumerate(self.told):
            if member in one.members and (name := one.of(record)) is not None and (at, name) in self.places:
                found += 1 << WIDTH * self.places[at, name]
        return found

    def _fits(self, sums: Sums) -> bool:
        """Whether no count is more than is told."""
        return ((self.wanted | self.bound) - sums) & self.bound == self.bound

    def known(self) -> Iterator[Known]:
        """What is the same in all assignments; of members that nothing tells apart one is tried."""
        for insider in [None, *self._one_of_each(self.members)]:
            others = [member for member in self.members if member != insider]
            for member in self._one_of_each(others):
                for key in [*self.years, *((year, "distance") for year in sorted(self.distances))]:
                    true = self.truth[member].get(key, "")
                    if true in ("", ABSENT, LEFT_OUT) or self._could_be_otherwise(member, key, true, insider):
                        continue
                    year, what = (key, "level") if isinstance(key, str) else (key[0], "distance")
                    yield Known(member, year, what, insider or "")

    def _one_of_each(self, members: Iterable[str]) -> list[str]:
        return list({self.signs[member]: member for member in members}.values())

    def _could_be_otherwise(self, member: str, key: object, true: str, insider: str | None) -> bool:
        """Whether some assignment gives a member another value; those nearest to the truth are tried first."""
        others = [record for record in self.records[member] if record.get(key, "") != true]
        added = {self._sums(member, record) for record in others}
        own = self._sums(member, self.truth[member])
        if own in added:
            return True
        for one in self.members:
            if one not in (member, insider) and self.truth[one].get(key, "") != true:
                exchanged = self._sums(member, self.truth[one]) + self._sums(one, self.truth[member])
                if exchanged == own + self._sums(one, self.truth[one]) and self._is_able(member, one):
                    return True
        return self._is_reached(member, added, insider)

    def _is_able(self, one: str, other: str) -> bool:
        """Whether two members could each have what the other has: they returned in the same years."""
        return all((one in self.returned[year]) == (other in self.returned[year]) for year in self.years)

    def _is_reached(self, member: str, added: set[Sums], insider: str | None) -> bool:
        """Whether all counts are reached with a member that adds one of some sums, whatever all others have."""
        able = {one: self.sums[one] for one in self.members} | {member: added}
        if insider:
            able[insider] = {self._sums(insider, self.truth[insider])}
        sums = {0}
        for one in sorted(self.members, key=lambda name: (len(able[name]), name)):
            sums = {both for old in sums for more in able[one] if self._fits(both := old + more)}
        return self.wanted in sums
