"""Which members a total is over, as far as an edition says: who reported, who is like for like, who joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from anchor_analysis.audit.quantities import Definitions, Who
from anchor_analysis.present.released import Cell

#: What the coverage of an edition says of a member that counts in a year's total, and of one that counts whole.
COUNTS, WHOLE = ("reported", "zero", "partial"), ("reported", "zero")

_ABSENT = ("missing", "refused", "not_applicable", "not_yet_member", "left", "merged")


@dataclass(frozen=True)
class Report:
    """What an edition says of a member's year: its status in a word, and whether it told a figure and sent no rows."""

    status: str
    told: bool


Reports = dict[str, Report]


@dataclass(frozen=True)
class Membership:
    """The members of an edition's totals.

    A set of members is taken for the one that a cell counts only if it is as large as the cell says. Where no set is,
    the cell's members stay nameless: all cells of one canonical table that count as many in one way are taken for one.
    """

    cells: tuple[Cell, ...]
    definitions: Definitions

    def table_of(self, metric: str) -> str:
        """The canonical table that a metric is counted from."""
        rows = self.definitions.parts(metric)[0].rows
        return rows.table if rows else ""

    @cached_property
    def reports(self) -> dict[tuple[str, str], Reports]:
        """By metric and year what is said of each member, in coverage and in figures member by member."""
        found: dict[tuple[str, str], Reports] = defaultdict(dict)
        for cell in self.cells:
            if cell.kind == "coverage":
                found[cell.metric, cell.period][cell.member] = Report(_word(cell), cell.quality == "reported_total")
        for cell in self.cells:
            if cell.kind == "levels" and cell.member and not cell.group:
                status = cell.status if cell.status in _ABSENT else "reported"
                found[cell.metric, cell.period].setdefault(
                    cell.member, Report(status, cell.quality == "reported_total")
                )
        return dict(found)

    @cached_property
    def _by_table(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for metric, period in self.reports:
            found[self.table_of(metric), period].append(metric)
        return found

    def _candidates(self, metric: str, period: str) -> Iterator[Reports]:
        """What may be said of a metric's year, its own coverage first, then that of others of its table."""
        own = self.reports.get((metric, period))
        if own:
            yield own
        for other in self._by_table.get((self.table_of(metric), period), []):
            if other != metric:
                yield self.reports[other, period]

    def level(self, metric: str, period: str, counted: int) -> Who:
        """The members of the network's total of a metric in a year, of which there are `counted`."""
        for reports in self._candidates(metric, period):
            for keep in _READINGS:
                who = frozenset(name for name, report in reports.items() if keep(report))
                if len(who) == counted:
                    return who
        return self._nameless("all", metric, period, period, counted)

    def reported(self, metric: str, period: str) -> Who:
        """The members that count in a year, as far as coverage says so."""
        reports = next(self._candidates(metric, period), {})
        return frozenset(name for name, report in reports.items() if _counts(report))

    def both(self, metric: str, since: str, period: str, counted: int) -> Who:
        """The members like for like: those that reported the whole of both years, of which there are `counted`."""
        for before in self._candidates(metric, since):
            for after in self._candidates(metric, period):
                for keep in _READINGS:
                    sets = [{name for name, one in side.items() if keep(one, WHOLE)} for side in (before, after)]
                    who = frozenset(sets[0] & sets[1])
                    if len(who) == counted:
                        return who
        return self._nameless("both", metric, since, period, counted)

    def always(self, metric: str, periods: list[str], counted: int) -> Who:
        """The members that reported the whole of every one of these years."""
        sides = [next(self._candidates(metric, period), {}) for period in periods]
        for keep in _READINGS:
            sets = [{name for name, one in side.items() if keep(one, WHOLE)} for side in sides]
            who = frozenset(set.intersection(*sets)) if sets else frozenset()
            if len(who) == counted and counted:
                return who
        return self._nameless("always", metric, periods[0], periods[-1], counted)

    def joined(self, metric: str, since: str, members: Who) -> Who:
        """Those of some members that were no members yet in an earlier year."""
        before = next(self._candidates(metric, since), {})
        return frozenset(name for name in members if name in before and before[name].status == "not_yet_member")

    def departed(self, metric: str, period: str, members: Who) -> Who:
        """Those of some members that were no members any more in a later year."""
        after = next(self._candidates(metric, period), {})
        return frozenset(name for name in members if name in after and after[name].status in ("left", "merged"))

    def broken_down(self, metric: str, period: str, members: Who) -> Who:
        """Those of some members whose figure can be broken down, since it was not told as one."""
        for reports in self._candidates(metric, period):
            if members <= reports.keys():
                return frozenset(name for name in members if not reports[name].told)
        return members

    def _nameless(self, how: str, metric: str, since: str, period: str, counted: int) -> Who:
        return frozenset({f"@{how}:{self.table_of(metric)}:{since}:{period}:{counted}"})


def is_named(who: Who) -> bool:
    """Whether it is known which members these are."""
    return not any(name.startswith("@") for name in who)


def is_all(who: Who) -> bool:
    """Whether these are nameless, and all members that count in a year."""
    return any(name.startswith("@all:") for name in who)


def size(who: Who) -> int:
    """How many members a set has, named or not."""
    return len(who) if is_named(who) else int(min(who).rpartition(":")[2])


def _word(cell: Cell) -> str:
    return cell.shown.replace(" ", "_") if cell.status == "shown" else cell.status


def _counts(report: Report, statuses: tuple[str, ...] = COUNTS) -> bool:
    return report.status in statuses


def _sent_rows(report: Report, statuses: tuple[str, ...] = COUNTS) -> bool:
    return report.status in statuses and not report.told


_READINGS: tuple[Callable[..., bool], ...] = (_counts, _sent_rows)
