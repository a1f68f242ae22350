"""Which counts of members by level may be told, where members keep their scores: so that any two could be exchanged.

Counts of one dimension that stand or fall together are a block: the levels of a year, the distances from the target, or
the ways from one year to another. Every block that is told is over some of the members, and a reader has all of them,
those of earlier releases too. Members whom no block tells apart can be exchanged, with all that they scored, and
nothing that is told changes. So nobody's level is known as long as there is, beside each member, another at another
level whom no block tells from it; and as a member knows its own, one that is not the reader. That is what is asked here
of the blocks that have a year in common, directly or by others: it is more than is needed, and simple.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from anchor_analysis.compare.progression import NOT_APPLICABLE, SCORES
from anchor_analysis.measure.observing import COUNTED

#: The findings that a kind of table shows.
FINDINGS = {"distribution": "distribution", "distance": "distance", "transitions": "transition"}

#: Items that count no members of their own: middle levels, and some of the members that other items count.
MEDIANS = ("lower_median", "upper_median")
AGAIN = ("another_assessor", "another_version")

#: Where nobody has a level, since the dimension does not apply.
NONE = "not applicable"

Who = frozenset[str]


@dataclass(frozen=True, order=True)
class Block:
    """Counts that are told together: of a kind of finding and a dimension, in a year, of ways since an earlier one."""

    kind: str
    dimension: str
    period: str
    since: str = ""

    @property
    def years(self) -> tuple[str, ...]:
        return (self.since, self.period) if self.since else (self.period,)


@dataclass(frozen=True)
class Told:
    """A block, the members that it is over, and what it counts of them by group and item."""

    block: Block
    who: Who
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """What a release of before showed: its cells, and who had reported by then."""

    cells: pd.DataFrame

    def blocks(self) -> Iterator[tuple[Block, dict[tuple[str, str], int]]]:
        """The blocks that it told, with their counts."""
        cells = self.cells
        own = cells[cells["kind"].isin(FINDINGS) & (cells["metric"] == SCORES) & (cells["status"] == "shown")]
        found: dict[Block, dict[tuple[str, str], int]] = defaultdict(dict)
        for row in own[~own["item"].isin(MEDIANS)].itertuples():
            block = Block(FINDINGS[row.kind], row.group.split(":")[0], row.period, row.since_period)
            found[block][row.group, row.item] = round(row.value)
        yield from sorted(found.items())

    def reported(self, year: str) -> Who | None:
        """The members that had reported of a year by then; None where it does not say."""
        cells = self.cells
        own = cells[(cells["kind"] == "coverage") & (cells["metric"] == SCORES) & (cells["period"] == year)]
        return frozenset(own.loc[own["status"] == "shown", "member"]) if len(own) else None


class Blocks:
    """The blocks of an edition that may be told beside one another and beside those of releases of before.

    `least` is the fewest members that a count may be of. `observations` tell who stands at which level; `findings` make
    the blocks; `before` are the cells of the releases, oldest first. `shown` is what a count is rounded to.
    """

    def __init__(
        self, findings: pd.DataFrame, observations: pd.DataFrame, least: int, before: Sequence[Edition] = (),
        shown: Callable[[int], int] = int,
    ):  # fmt: skip
        self.least, self.shown = max(least, 1), shown
        self.levels = _values(observations, SCORES, "dimension_level")
        self.distances = _values(observations, SCORES, "dimension_to_target")
        for place, members in _values(observations, NOT_APPLICABLE, "dimension_now").items():
            for values in (self.levels, self.distances):
                values.setdefault(place, {}).update(dict.fromkeys(members, NONE))
        self.own = {block: Told(block, self._who(block), counts) for block, counts in _blocks(findings)}
        self.barred: set[tuple[str, str]] = set()
        self.before = [told for edition in before for told in self._told_by(edition)]
        self.tellable = frozenset(self._tellable())

    def _who(self, block: Block) -> Who:
        """The members that a block is over; those to whom a dimension does not apply are counted beside the levels."""
        if not block.since:
            return frozenset(self.levels.get((block.dimension, block.period), {}))
        first, last = (self.levels.get((block.dimension, year), {}) for year in block.years)
        return frozenset(name for name in first if NONE not in (first[name], last.get(name, NONE)))

    def _told_by(self, edition: Edition) -> Iterator[Told]:
        """The blocks of a release with the members that they were over; where that is not known, none may be added."""
        for block, counts in edition.blocks():
            reported = [edition.reported(year) for year in block.years]
            who = frozenset(name for name in self._who(block) if all(one is None or name in one for one in reported))
            if self._counted(block, who) == _size(counts) or self._are_shown(self._counts(block, who), counts):
                yield Told(block, who, counts)
            else:
                self.barred |= {(block.dimension, year) for year in block.years}

    def _counted(self, block: Block, who: Who) -> int:
        """How many of some members a block counts."""
        at = self.levels.get((block.dimension, block.period), {})
        return sum(block.kind != "distance" or at[name] != NONE for name in who)

    def _counts(self, block: Block, who: Who) -> Counter[tuple[str, str]]:
        """How a block counts some members by group and item; of ways without why they went."""
        first, last = (self.levels.get((block.dimension, year), {}) for year in (block.years[0], block.period))
        if block.since:
            return Counter((f"{block.dimension}:{first[name]}", f"to_{last[name]}") for name in who)
        if block.kind == "distance":
            away = self.distances.get((block.dimension, block.period), {})
            named = {one: f"below_{one}" if one.isdigit() else one for one in away.values() if one != NONE}
            return Counter((block.dimension, named[away[name]]) for name in who if away[name] != NONE)
        at = {name: "not_applicable" if last[name] == NONE else f"level_{last[name]}" for name in who}
        return Counter((block.dimension, item) for item in at.values())

    def _are_shown(self, counts: Mapping[tuple[str, str], int], told: Mapping[tuple[str, str], int]) -> bool:
        """Whether what was told is what some counts are shown as."""
        own = {key: self.shown(count) for key, count in counts.items() if key[1] not in AGAIN}
        keys = own.keys() | {key for key in told if key[1] not in AGAIN}
        return all(own.get(key, 0) == told.get(key, 0) for key in keys)

    # --- what may be told ---

    def _tellable(self) -> Iterator[Block]:
        """The blocks that may be told, levels before distances before ways, and the latest first."""
        kinds = list(FINDINGS.values())
        told = list(self.before)
        order = sorted(self.own, key=lambda one: (one.period, one.since), reverse=True)
        for block in sorted(order, key=lambda one: (kinds.index(one.kind), one.dimension)):
            own = self.own[block]
            if not self._is_wide(own):
                continue
            alike = [one for one in self.before if (one.block, one.who) == (block, own.who)]
            again = any(self._are_shown(own.counts, one.counts) for one in alike)
            if again or (not self._is_barred(block) and self._hides(_linked(own, told))):
                told.append(own)
                yield block

    def _is_wide(self, told: Told) -> bool:
        """Whether each count of a block is of enough members, if of any."""
        return all(not count or count >= self.least for count in told.counts.values())

    def _is_barred(self, block: Block) -> bool:
        return any((block.dimension, year) in self.barred for year in block.years)

    def _hides(self, linked: Sequence[Told]) -> bool:
        """Whether blocks that hang together leave everybody somebody to be exchanged with."""
        alike: dict[tuple[bool, ...], list[str]] = defaultdict(list)
        for name in sorted(frozenset().union(*(one.who for one in linked))):
            alike[tuple(name in one.who for one in linked)].append(name)
        for inside, members in alike.items():
            for one, within in zip(linked, inside, strict=True):
                if within and not all(self._are_mixed(values) for values in self._told_of(one.block, members)):
                    return False
        return True

    def _told_of(self, block: Block, members: Sequence[str]) -> Iterator[list[str]]:
        """What a block tells of some members, each time one value for each: levels of a year, distances."""
        for year in block.years:
            yield [self.levels[block.dimension, year][name] for name in members]
        if block.kind == "distance":
            yield [self.distances[block.dimension, block.period][name] for name in members]

    def _are_mixed(self, values: Sequence[str]) -> bool:
        """Whether members stand at several levels, enough at each, even to one of them that takes itself away."""
        counts = sorted(Counter(values).values())
        return counts[0] >= self.least and (len(counts) > 2 or (len(counts) == 2 and counts[0] > 1))


def _values(observations: pd.DataFrame, metric: str, breakdown: str) -> dict[tuple[str, str], dict[str, str]]:
    """By dimension and year the value that each member has: what stands behind the dimension in the group."""
    own = observations[(observations["metric"] == metric) & (observations["breakdown"] == breakdown)]
    own = own[(own["scope"] == "member") & own["status"].isin(COUNTED) & (own["numerator"] > 0)]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in own.itertuples():
        dimension, _, value = row.group.partition(":")
        found.setdefault((dimension, row.network_year), {})[row.member] = value
    return found


def _blocks(findings: pd.DataFrame) -> Iterator[tuple[Block, dict[tuple[str, str], int]]]:
    """The blocks of an edition's findings, with their counts."""
    own = findings[findings["kind"].isin(list(FINDINGS.values())) & (findings["metric"] == SCORES)]
    own = own[~own["part"].isin(MEDIANS)].dropna(subset=["part_numerator"])
    dimension = own["group"].str.split(":").str[0]
    for (kind, name, period, since), rows in own.groupby(["kind", dimension, "period", "since"], sort=True):
        keys = zip(rows["group"], rows["part"], strict=True)
        yield Block(kind, name, period, since), dict(zip(keys, map(int, rows["part_numerator"]), strict=True))


def _size(counts: Mapping[tuple[str, str], int]) -> int:
    """How many members some counts are of."""
    return sum(count for (_, item), count in counts.items() if item not in AGAIN)


def _linked(own: Told, told: Iterable[Told]) -> list[Told]:
    """A block with those of its dimension that have a year in common with it, directly or by others."""
    rest = [one for one in told if one.block.dimension == own.block.dimension]
    found, years = [own], set(own.block.years)
    while near := [one for one in rest if years & set(one.block.years)]:
        found += near
        years |= {year for one in near for year in one.block.years}
        rest = [one for one in rest if one not in near]
    return found
