"""Draws the members' staff: who works where, lives where, and what each extract from an HR system shows.

People stay from year to year, leave, are hired and move. What is right (who is employed, which post stands for a
person) is decided here first; marks, FTE and dates are then arranged so that the definitions lead there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from anchor_analysis.demonstration.draws import Draws, Flags, Ints, share
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.plan import FEWEST_STAFF, Member, period, scaled
from anchor_analysis.demonstration.traits import Traits, draw_traits

PERMANENT, FIXED_TERM, BANK = 0, 1, 2
NO_DATE = np.iinfo(np.int64).min
YES, NO, UNMARKED = 1, 0, -1

#: Kinds of people, by their posts.
ONE_POST, TWO_POSTS, NO_PRIMARY, TWO_PRIMARIES, PRIMARY_ENDED, AND_BANK, BANK_PRIMARY = range(7)
_KIND_WEIGHTS = np.array([9310, 440, 45, 45, 25, 110, 25])

#: FTE in hundred-thousandths, with weights; small posts are for people with two.
_FTE = np.array([100000, 80000, 60000, 50000, 90000, 70000, 40000, 53333, 74667, 66667, 86667, 85000, 45000, 94595])
_FTE_WEIGHTS = np.array([620, 70, 62, 40, 25, 22, 20, 28, 24, 18, 16, 20, 15, 20])
_SMALL_FTE = np.array([40000, 50000, 30000, 26667, 35000, 45000])
_SMALLER_FTE = np.array([20000, 10000, 13333, 25000, 15000, 5000])

#: Homes without a postcode that is listed, in ten-thousandths of staff: first those that are unknown, then elsewhere.
_ODD_HOMES = {
    "no_postcode": 176, "not_a_postcode": 44, "outward_only": 30, "redacted": 12, "no_fixed_abode": 6, "not_known": 36,
    "somewhere_in_england": 5, "forces": 4, "not_in_directory": 80, "no_area": 8, "somewhere_in_wales": 2,
    "somewhere_in_scotland": 3, "somewhere_in_northern_ireland": 2, "overseas": 8, "crown_dependency": 2,
}  # fmt: skip
_LONE_HOMES = 5

#: Per ten thousand staff: leave in a year, move home in a year, work for the bank only.
_LEAVE, _MOVE, _BANK_ONLY = 980, 350, 450
#: Extracts are drawn late and keep those who left of late: days before and after the snapshot that most of them reach.
_DAYS_BEFORE, _DAYS_AFTER = 120, 40
#: By how much per thousand, each year, newcomers live more in the disadvantaged wards, and in the area, than at first.
_DRIFT_DISADVANTAGED, _DRIFT_IN_AREA = 6, 3


@dataclass(frozen=True)
class People:
    """One entry per person that a member ever had; `home` changes as people move.

    `start` and `leave` are days since 1970, NO_DATE for one who does not leave. `old_home` is what the post that
    does not stand for the person has, where the two differ.
    """

    kind: Ints
    bank_only: Flags
    fixed_term: Flags
    group: Ints
    fte: Ints
    other_fte: Ints
    other_stands: Flags
    home: Ints
    old_home: Ints
    start: Ints
    leave: Ints

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Workforce:
    """A member's extract for one year: one entry per assignment, in the order of the rows.

    `fte` is in hundred-thousandths, `home` indexes the places, dates are days since 1970 or NO_DATE. `employed`
    and `stands` (for an employed person) are the right answers, and so is `oddity`, the person's kind. `began` is the
    first day of the person's employment, `traits` what else is known of the person.
    """

    person: Ints
    post: Ints
    primary: Ints
    contract: Ints
    group: Ints
    fte: Ints
    home: Ints
    start: Ints
    leave: Ints
    employed: Flags
    stands: Flags
    oddity: Ints
    began: Ints
    traits: Traits

    def __len__(self) -> int:
        return len(self.person)


def draw_workforces(member: Member, places: Places, seed: int, scale: float) -> Iterator[tuple[int, Workforce]]:
    """The member's extracts, year by year. A year's starters just after the snapshot are next year's hires."""
    draws = Draws(seed, member.id, "people")
    wanted = {year: scaled(member.staff[year - 2018] or 0, scale, FEWEST_STAFF) for year in member.years}
    first = member.years[0]
    people = _first_people(draws, member, places, first, wanted[first])
    traits = draw_traits(seed, member.id, first, people.start)
    for year in member.years:
        following = wanted.get(year + 1, wanted[year])
        people = _turn_over(draws, member, places, people, year + 1, wanted[year], following)
        traits = traits.with_more(draw_traits(seed, member.id, year + 1, people.start[len(traits.sex) :]))
        yield year, _extract(draws, member, people, traits, year)
        people = _move(draws, member, places, people, year + 1)


def _days(member: Member, year: int) -> tuple[int, int]:
    first, last = period(member, year)
    return int(np.datetime64(first, "D").astype(np.int64)), int(np.datetime64(last, "D").astype(np.int64))


def _first_people(draws: Draws, member: Member, places: Places, year: int, count: int) -> People:
    """Those employed on the first snapshot, and those on the bank only."""
    bank = max(2, share(count, _BANK_ONLY))
    _, end = _days(member, year)
    served = np.floor(draws.uniform(count + bank) * draws.uniform(count + bank) * 12000).astype(np.int64)
    bank_only = np.arange(count + bank) >= count
    return _people(draws, member, places, year, end - served, bank_only)


def _people(draws: Draws, member: Member, places: Places, year: int, start: Ints, bank_only: Flags) -> People:
    count = len(start)
    kind = np.where(bank_only, ONE_POST, draws.spread(_KIND_WEIGHTS, count))
    fte, other = _two_ftes(draws, kind)
    other_stands = (kind == PRIMARY_ENDED) | (np.isin(kind, [NO_PRIMARY, TWO_PRIMARIES]) & (other > fte))
    home = _homes(draws, member, places, year, count)
    differs = np.isin(kind, [NO_PRIMARY, TWO_PRIMARIES, PRIMARY_ENDED]) & (draws.below(2, count) == 0)
    old_home = np.where(differs, _homes(draws, member, places, year, count), -1)
    return People(
        kind, bank_only, draws.mark(count, 1300), draws.below(len(member.groups), count), fte, other,
        other_stands, home, old_home, start, np.full(count, NO_DATE),
    )  # fmt: skip


def _two_ftes(draws: Draws, kind: Ints) -> tuple[Ints, Ints]:
    """FTE of the first and of the second post. Where nothing marks the main post, it is now one and now the other."""
    count = len(kind)
    full = _FTE[draws.spread(_FTE_WEIGHTS, count)]
    first = np.where(kind == ONE_POST, full, _SMALL_FTE[draws.below(len(_SMALL_FTE), count)])
    second = _SMALLER_FTE[draws.below(len(_SMALLER_FTE), count)]
    turned = np.isin(kind, [NO_PRIMARY, TWO_PRIMARIES])
    swap, tie = turned & (draws.below(2, count) == 0), turned & (draws.below(8, count) == 0)
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    return first, np.where(tie, first, second)


def _homes(draws: Draws, member: Member, places: Places, year: int, count: int) -> Ints:
    """Homes of a year's newcomers or movers: of a few one that cannot be placed, of the others a postcode."""
    choices = [*(places.of_class(why) for why in _ODD_HOMES), places.lone]
    rates = [*_ODD_HOMES.values(), _LONE_HOMES]
    odd = draws.spread(np.array([*rates, 10000 - sum(rates)]), count)
    if year == member.years[0] and count >= 100:  # one of every class, however small the network is made
        odd[draws.order(count)[: len(choices)]] = np.arange(len(choices))
    home = _known_homes(draws, member, places, year, count)
    for this, choice in enumerate(choices):
        of_class = odd == this
        home[of_class] = choice[draws.below(len(choice), int(of_class.sum()))]
    return home


def _known_homes(draws: Draws, member: Member, places: Places, year: int, count: int) -> Ints:
    years_on = year - member.years[0]
    drift = (years_on + 2) if years_on else 0
    in_area = member.in_area + _DRIFT_IN_AREA * drift
    poor = member.disadvantaged + _DRIFT_DISADVANTAGED * drift
    groups = draws.spread(np.array([poor, in_area - poor, 1000 - in_area]), count)
    home = np.empty(count, dtype=np.int64)
    in_poor = places.disadvantaged[places.here]
    for group, choice in enumerate([places.here[in_poor], places.here[~in_poor], places.around]):
        of_group = groups == group
        home[of_group] = choice[draws.spread(_weights(member, places, choice, group), int(of_group.sum()))]
    return home


def _weights(member: Member, places: Places, choice: Ints, group: int) -> Ints:
    """How likely each postcode is: wards differ, and by member; in the other wards the poorest areas count less."""
    if group == 2:
        return np.ones(len(choice), dtype=np.int64)
    wards = len(places.wards)
    by_ward = 60 + Draws(0, "wards").below(80, wards) + Draws(0, member.id, "wards").below(40, wards)
    return by_ward[places.ward[choice]] * np.where(places.tenth[choice] == 1, 9 if group == 0 else 7, 10)


def _turn_over(
    draws: Draws, member: Member, places: Places, people: People, year: int, now: int, following: int
) -> People:
    """Decide who leaves during the coming year, and hire as many as bring the staff to its size at that year's end."""
    start, end = _days(member, year)
    staying = np.flatnonzero(~people.bank_only & (people.leave == NO_DATE))
    leaving = staying[draws.order(len(staying))[: max(share(now, _LEAVE), now - following)]]
    leave = people.leave.copy()
    # Their last day may be that of the snapshot itself: they still count then.
    leave[leaving] = start - 1 + draws.below(end - start + 1, len(leaving))
    leave[leaving[:1]] = start - 1
    hired = following - now + len(leaving)
    first_day = start + draws.below(end - start + 1, hired)
    first_day[:1] = end
    newcomers = _people(draws, member, places, year, first_day, np.zeros(hired, dtype=bool))
    return _joined(_with(people, leave=leave), newcomers)


def _move(draws: Draws, member: Member, places: Places, people: People, year: int) -> People:
    movers = np.flatnonzero(draws.mark(len(people), _MOVE))
    home = people.home.copy()
    home[movers] = _homes(draws, member, places, year, len(movers))
    return _with(people, home=home)


def _with(people: People, **changed: Ints) -> People:
    return People(**{item.name: changed.get(item.name, getattr(people, item.name)) for item in fields(People)})


def _joined(people: People, newcomers: People) -> People:
    names = [item.name for item in fields(People)]
    return People(*(np.concatenate([getattr(people, name), getattr(newcomers, name)]) for name in names))


def _extract(draws: Draws, member: Member, people: People, traits: Traits, year: int) -> Workforce:
    """What the HR system gives out for a year: a row per post of everyone whom the extract reaches."""
    _, end = _days(member, year)
    gone = people.leave != NO_DATE
    reached = max(_DAYS_BEFORE, member.reaches_back)
    here = np.flatnonzero((people.start <= end + _DAYS_AFTER) & ~(gone & (people.leave < end - reached)))
    second = here[people.kind[here] != ONE_POST]
    rows, post = np.concatenate([here, second]), np.repeat([1, 2], [len(here), len(second)])
    order = np.lexsort((post, rows))
    return _rows(draws, people, traits, rows[order], post[order], end)


def _rows(draws: Draws, people: People, traits: Traits, rows: Ints, post: Ints, end: int) -> Workforce:
    kind, second = people.kind[rows], post == 2
    contract = np.where(people.fixed_term[rows], FIXED_TERM, PERMANENT)
    contract = np.where(people.bank_only[rows] | (second & np.isin(kind, [AND_BANK, BANK_PRIMARY])), BANK, contract)
    start, leave = _dates(people, rows, post, end)
    present = (people.start[rows] <= end) & ((people.leave[rows] == NO_DATE) | (people.leave[rows] >= end))
    employed = present & (contract != BANK) & ~((kind == PRIMARY_ENDED) & ~second)
    other = people.other_stands[rows] == second
    stands = employed & other
    differs = (people.old_home[rows] >= 0) & ~other
    blank = _blank_start(draws, people, rows, end) & (start <= end - 400)
    return Workforce(
        person=rows, post=post, primary=_primary(kind, second), contract=contract, group=people.group[rows],
        fte=np.where(second, people.other_fte[rows], people.fte[rows]),
        home=np.where(differs, people.old_home[rows], people.home[rows]),
        start=np.where(blank, NO_DATE, start), leave=leave, employed=employed, stands=stands, oddity=kind,
        began=people.start[rows], traits=traits.take(rows),
    )  # fmt: skip


def _blank_start(draws: Draws, people: People, rows: Ints, end: int) -> Flags:
    """Rows that lack their start date; of those who left long ago, an extract that has them has everything."""
    near = (people.leave[rows] == NO_DATE) | (people.leave[rows] >= end - _DAYS_BEFORE)
    blank = np.zeros(len(rows), dtype=bool)
    blank[near] = draws.mark(int(near.sum()), 400)
    return blank


def _dates(people: People, rows: Ints, post: Ints, end: int) -> tuple[Ints, Ints]:
    """Both posts of a person begin and end together, but a main post that has ended did so well before the other began.

    An extract knows of a leave date only when it is near.
    """
    ended = (people.kind[rows] == PRIMARY_ENDED) & (post == 1)
    start = people.start[rows] - np.where(ended, 700, 0)
    known = (people.leave[rows] != NO_DATE) & (people.leave[rows] <= end + _DAYS_AFTER)
    leave = np.where(known, people.leave[rows], NO_DATE)
    return start, np.where(ended, people.start[rows] - 60, leave)


def _primary(kind: Ints, second: Flags) -> Ints:
    """The mark of the main post, as the member set it."""
    mark = np.where(second, NO, YES)
    mark[kind == NO_PRIMARY] = UNMARKED
    mark[kind == TWO_PRIMARIES] = YES
    bank_primary = kind == BANK_PRIMARY
    mark[bank_primary] = np.where(second[bank_primary], YES, NO)
    return mark
