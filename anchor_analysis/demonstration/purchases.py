"""Draws what the members pay and to whom: supplier masters and payment ledgers.

A member's spend is first divided between local, other and unplaceable suppliers, then spread over lines, so that
the totals are those planned whatever the sizes of the single payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from anchor_analysis.demonstration.draws import Draws, Flags, Ints, share, skewed_sizes
from anchor_analysis.demonstration.geography import CLASSES, Places
from anchor_analysis.demonstration.names import LOOKS_REDACTED, NAMED_LIKE_A_MEMBER, supplier_names
from anchor_analysis.demonstration.plan import (
    FEWEST_LINES,
    FEWEST_SUPPLIERS,
    MEMBERS,
    YEARS,
    Member,
    period,
    scaled,
)
from anchor_analysis.demonstration.shared import Variant, entity_places, planted
from anchor_analysis.demonstration.trades import Trades, draw_trades

SUPPLIER_CLASSES = (*CLASSES, "no_supplier_record")

#: Kinds of suppliers. The last has no supplier at all: lines that name a private person, and are redacted.
LOCAL, OTHER, NO_RECORD, NO_POSTCODE, UNUSABLE, NOT_LISTED, NO_AREA, HIDDEN = range(8)
_CLASSES = {
    NO_POSTCODE: ["no_postcode"],
    UNUSABLE: ["not_a_postcode", "outward_only", "redacted", "forces"],
    NOT_LISTED: ["not_in_directory"],
    NO_AREA: ["no_area"],
}
#: Per ten thousand of other suppliers, those that are abroad or on an island that is no part of the UK.
_BEYOND, _ABROAD = ("overseas", "crown_dependency"), 200
#: Per ten thousand of suppliers, of lines and of spend, by kind; local and other suppliers share what is left.
_SUPPLIERS = {NO_RECORD: 200, NO_POSTCODE: 350, UNUSABLE: 80, NOT_LISTED: 120, NO_AREA: 20}
_LINES = {NO_RECORD: 120, NO_POSTCODE: 200, UNUSABLE: 40, NOT_LISTED: 80, NO_AREA: 15, HIDDEN: 420}
_SPEND = {NO_RECORD: 150, NO_POSTCODE: 200, UNUSABLE: 30, NOT_LISTED: 60, NO_AREA: 10, HIDDEN: 240}
_LOCAL_SUPPLIERS, _LOCAL_LINES = 5000, 4800
_CREDITS = 120
#: Each member pays so many others, each under two names of theirs, and the council itself too. Of these suppliers one
#: is elsewhere and one cannot be placed. Per ten thousand of spend, on top of it, and lines in a large ledger or not.
_FELLOW_MEMBERS = 3
_FELLOW_KINDS = (LOCAL, LOCAL, LOCAL, OTHER, LOCAL, NO_POSTCODE, LOCAL)
_FELLOW_SPEND, _FELLOW_LINES, _FELLOW_LINES_OF_FEW, _LARGE = 100, 40, 12, 10_000
#: A member whose ledger has postcodes: on so many lines, and a master that is out of date for so many suppliers.
_OWN_POSTCODES, _OUT_OF_DATE = 7000, 600
#: Of the payments from so many pence, every so manieth was made in two equal parts.
_IN_PARTS_FROM, _IN_PARTS_EVERY = 100_000, 40


@dataclass(frozen=True)
class Suppliers:
    """All suppliers that a member ever had, one entry each, in the order of their numbers.

    `place` indexes the places, and is what the master has; `traded` is where the supplier really is, which a
    ledger with postcodes says. `since` is the year of its first payment. A NO_RECORD supplier is in no master.
    `paid` is which of the members it is, or -1. `entity` is which of the shared suppliers it is, or -1, and `company`
    its number at Companies House where the master has it. `linked` marks a supplier that is in no master of the member,
    and whose place another member knows.
    """

    kind: Ints
    number: Ints
    name: list[str]
    category: list[str]
    place: Ints
    traded: Ints
    since: Ints
    paid: Ints
    entity: Ints
    company: list[str]
    linked: Flags


@dataclass(frozen=True)
class Ledger:
    """A member's payments of one year, one entry per line, by day.

    `supplier` indexes the suppliers, -1 where redacted; `own_postcode` indexes the places, -1 where the ledger has
    none; `day` is days since 1970. `kind` and `paid` are right answers: local, other, or why the line cannot be
    placed; and which of the members it pays, or -1. `unsigned` marks credits that have lost their minus, `linked` lines
    that are placed only because another member knows the supplier, `again` the second of two lines that are alike: an
    invoice that was paid in equal parts on one day.
    """

    kind: Ints
    supplier: Ints
    day: Ints
    pence: Ints
    transaction: Ints
    own_postcode: Ints
    paid: Ints
    unsigned: Flags
    linked: Flags
    again: Flags

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Purchases:
    """A member's return of its spend for one year; `in_master` marks the suppliers that the master has."""

    suppliers: Suppliers
    trades: Trades
    in_master: Flags
    ledger: Ledger


def draw_purchases(member: Member, places: Places, seed: int, scale: float) -> Iterator[tuple[int, Purchases]]:
    """The member's supplier master and ledger, year by year; nothing for one that does not report its spend."""
    if not member.lines:
        return
    draws = Draws(seed, member.id, "purchases")
    count = scaled(member.suppliers, min(scale, 1.0), FEWEST_SUPPLIERS)
    suppliers = _suppliers(draws, member, places, seed, count)
    trades = draw_trades(Draws(seed, member.id, "trades"), suppliers.category, suppliers.kind == LOCAL)
    for year in member.years:
        known = suppliers.since <= year
        ledger = _ledger(draws, member, suppliers, known, year, scale)
        yield year, Purchases(suppliers, trades, known & (suppliers.kind != NO_RECORD), ledger)


def classes(purchases: Purchases, places: Places) -> Ints:
    """For each line, the index in SUPPLIER_CLASSES of the postcode by which it is placed, or of why there is none."""
    ledger = purchases.ledger
    used = np.where(ledger.own_postcode >= 0, ledger.own_postcode, purchases.suppliers.place[ledger.supplier])
    found = places.kind[used]
    found[ledger.kind == NO_RECORD] = SUPPLIER_CLASSES.index("no_supplier_record")
    found[ledger.kind == HIDDEN] = SUPPLIER_CLASSES.index("redacted")
    return found


def _suppliers(draws: Draws, member: Member, places: Places, seed: int, count: int) -> Suppliers:
    kind = _kinds(draws, _SUPPLIERS, _LOCAL_SUPPLIERS, count)
    traded = _supplier_places(draws, places, kind)
    out_of_date = (kind == LOCAL) & draws.mark(count, _OUT_OF_DATE) & member.habits.ledger_postcodes
    place = np.where(out_of_date, places.around[draws.below(len(places.around), count)], traded)
    since = np.where(draws.mark(count, 2500), YEARS[0] + draws.below(len(YEARS), count), YEARS[0])
    since[np.unique(kind, return_index=True)[1]] = YEARS[0]  # of every kind there is one from the first year
    name, category = _names(member, kind)
    paid = np.full(count, -1)
    for index, (fellow, given) in _fellows(member, kind).items():
        name[index], paid[index], since[index] = given, fellow, YEARS[0]
    number = 100 + np.arange(count) * 7
    found = Suppliers(
        kind, number, name, category, place, traded, since, paid, np.full(count, -1), [""] * count,
        np.zeros(count, dtype=bool),
    )  # fmt: skip
    _share(found, member, places, seed)
    return found


def _share(suppliers: Suppliers, member: Member, places: Places, seed: int) -> None:
    """Give some suppliers the names and places of those that others pay too, and some a name that many bear."""
    wanted = planted(seed).get(member.id)
    if not wanted:
        return
    where = entity_places(seed, places.here)
    local = np.flatnonzero((suppliers.kind == LOCAL) & (suppliers.since == YEARS[0]) & (suppliers.paid < 0))[
        2:
    ].tolist()
    nowhere = np.flatnonzero(suppliers.kind == NO_RECORD).tolist()
    chosen = [(local.pop(0), variant) for variant in wanted.known]
    for index, variant in [*chosen, *zip(nowhere, wanted.unknown, strict=False)]:
        _give(suppliers, index, variant, int(where[variant.entity]))
    suppliers.name[local.pop(0)] = wanted.generic
    if wanted.generic_unknown:
        suppliers.name[nowhere[-1]] = wanted.generic_unknown


def _give(suppliers: Suppliers, index: int, variant: Variant, place: int) -> None:
    suppliers.name[index], suppliers.category[index] = variant.name, variant.category
    suppliers.entity[index], suppliers.company[index] = variant.entity, variant.number
    suppliers.place[index] = suppliers.traded[index] = place
    suppliers.linked[index] = suppliers.kind[index] == NO_RECORD


def _fellows(member: Member, kind: Ints) -> dict[int, tuple[int, str]]:
    """By supplier: which member it is, and how this ledger spells it; the last suppliers of their kinds."""
    paid = [at for at, other in enumerate(MEMBERS) if other != member][:_FELLOW_MEMBERS]
    spelled = [(at, given) for at in paid for given in _spellings(MEMBERS[at])]
    if member == MEMBERS[0]:
        spelled.append((0, member.known_as[-1]))
    left = {this: np.flatnonzero(kind == this).tolist() for this in set(_FELLOW_KINDS)}
    return {left[this].pop(): given for this, given in zip(_FELLOW_KINDS, spelled, strict=False)}


def _spellings(member: Member) -> tuple[str, str]:
    """Two names by which ledgers call a member: its own in capitals, and another with spaces and "and" varied."""
    other = member.known_as[-1]
    varied = other.replace(" & ", " and ") if "&" in other else other.replace(" and ", " & ")
    return f"{member.name.upper()}.", varied.replace(" ", "  ", 1)


def _kinds(draws: Draws, rates: dict[int, int], local: int, count: int) -> Ints:
    """A kind for each of `count`, by rates; at least two of each kind, so that small networks have them all."""
    kinds = np.full(count, OTHER)
    kinds[: share(count, local)] = LOCAL
    end = count
    for kind, rate in rates.items():
        start = end - max(2, share(count, rate))
        kinds[start:end], end = kind, start
    return kinds[draws.order(count)]


def _supplier_places(draws: Draws, places: Places, kind: Ints) -> Ints:
    choices = {LOCAL: places.here, OTHER: places.around, NO_RECORD: places.here}
    choices |= {unplaced: places.of_class(*names) for unplaced, names in _CLASSES.items()}
    place = np.empty(len(kind), dtype=np.int64)
    for this, choice in choices.items():
        of_kind = kind == this
        place[of_kind] = choice[draws.below(len(choice), int(of_kind.sum()))]
    others = np.flatnonzero(kind == OTHER)
    abroad = others[len(others) // 2 :][: max(2, share(len(others), _ABROAD))]
    place[abroad] = np.resize([places.of_class(name)[0] for name in _BEYOND], len(abroad))
    return place


def _names(member: Member, kind: Ints) -> tuple[list[str], list[str]]:
    """Names that no other member's suppliers have, but for one that looks redacted and one that looks like a member.

    Those that members share are given afterwards.
    """
    skip = sum(max(other.suppliers, FEWEST_SUPPLIERS) for other in MEMBERS[: MEMBERS.index(member)])
    name, category = (words[skip : skip + len(kind)] for words in supplier_names())
    local = np.flatnonzero(kind == LOCAL).tolist()
    for index, given in zip(local, [NAMED_LIKE_A_MEMBER, LOOKS_REDACTED], strict=False):
        name[index] = given
    return name, category


def _ledger(draws: Draws, member: Member, suppliers: Suppliers, known: Flags, year: int, scale: float) -> Ledger:
    at = year - YEARS[0]
    latest = member.spend[-1] or 1
    count = scaled(member.lines * (member.spend[at] or 0) // latest, scale, FEWEST_LINES)
    rates = {kind: rate for kind, rate in _LINES.items() if kind != HIDDEN or member.habits.redacts}
    kind = _kinds(draws, rates, _LOCAL_LINES, count)
    supplier = _payees(draws, suppliers, known, kind)
    pence = _amounts(draws, kind, supplier, _targets(draws, member, at, scale))
    to_members, pence_to_members = _to_members(draws, member, suppliers, at, scale)
    supplier, pence = np.append(supplier, to_members), np.append(pence, pence_to_members)
    kind = np.append(kind, suppliers.kind[to_members])
    count = len(kind)
    mixed = draws.order(count)
    kind, supplier, pence = kind[mixed], supplier[mixed], pence[mixed]
    day = np.sort(_days(draws, member, year, count))
    # An invoice may have several lines; two payments to private persons, whose names are hidden, are never of one.
    transaction = 1 + np.cumsum((draws.below(10, count) < 8) | (kind == HIDDEN))
    own_postcode = _own_postcodes(draws, member, suppliers, kind, supplier)
    paid = np.where(supplier < 0, -1, suppliers.paid[supplier])
    unsigned = (pence < 0) & (year in member.lost_signs)
    linked = (supplier >= 0) & suppliers.linked[supplier]
    kind = np.where(linked, LOCAL, kind)
    pence = np.where(unsigned, -pence, pence)
    again = np.zeros(count, dtype=bool)
    return _in_equal_parts(Ledger(kind, supplier, day, pence, transaction, own_postcode, paid, unsigned, linked, again))


def _in_equal_parts(ledger: Ledger) -> Ledger:
    """The ledger with some large payments in two lines of half the amount, alike in everything."""
    named = (ledger.paid < 0) & (ledger.supplier >= 0)
    large = np.flatnonzero(named & (ledger.pence >= _IN_PARTS_FROM) & (ledger.pence % 2 == 0))
    often = np.ones(len(ledger), dtype=np.int64)
    often[large[::_IN_PARTS_EVERY]] = 2
    parts = {field.name: np.repeat(getattr(ledger, field.name), often) for field in fields(ledger)}
    parts["pence"] //= np.repeat(often, often)
    parts["again"][1:] = np.repeat(np.arange(len(ledger)), often)[1:] == np.repeat(np.arange(len(ledger)), often)[:-1]
    return Ledger(**parts)


def _to_members(draws: Draws, member: Member, suppliers: Suppliers, at: int, scale: float) -> tuple[Ints, Ints]:
    """Payments to members, on top of what is planned: a supplier and pence for each; the smallest is a credit."""
    lines = _FELLOW_LINES if member.lines >= _LARGE else _FELLOW_LINES_OF_FEW
    count = scaled(lines, scale, _FELLOW_LINES_OF_FEW)
    supplier = np.resize(np.flatnonzero(suppliers.paid >= 0), count)
    target = int((member.spend[at] or 0) * 100_000 * scale) * _FELLOW_SPEND // 10_000
    sizes = skewed_sizes()
    raw = sizes[draws.below(7 * len(sizes) // 8, count)]
    raw[raw.argmin()] *= -1
    return supplier, _to_target(raw, target * (80 + int(draws.below(41, 1)[0])) // 100)


def _payees(draws: Draws, suppliers: Suppliers, known: Flags, kind: Ints) -> Ints:
    """A supplier of its kind for every line; the first ones of each kind are paid most often."""
    supplier = np.full(len(kind), -1)
    for this in range(HIDDEN):
        of_kind = kind == this
        choice = np.flatnonzero(known & (suppliers.kind == this) & (suppliers.paid < 0))
        count = int(of_kind.sum())
        at = np.floor(draws.uniform(count) * draws.uniform(count) * len(choice)).astype(np.int64)
        supplier[of_kind] = choice[at]
    return supplier


def _targets(draws: Draws, member: Member, at: int, scale: float) -> dict[int, int]:
    """What is to be paid in a year to suppliers of each kind, in pence: as planned, with a little up and down."""
    planned = int((member.spend[at] or 0) * 100_000 * scale)
    total = planned + planned * int(draws.below(9_999, 1)[0] - 4_999) // 1_000_000
    first, last = member.local
    local = 10 * first + 10 * (last - first) * at // (len(YEARS) - 1) + int(draws.below(41, 1)[0]) - 20
    rates = {kind: rate for kind, rate in _SPEND.items() if kind != HIDDEN or member.habits.redacts}
    varied = zip(rates, draws.below(41, len(rates)).tolist(), strict=True)
    targets = {kind: total * rates[kind] * (80 + more) // 1_000_000 for kind, more in varied}
    targets[LOCAL] = total * local // 10_000
    return {**targets, OTHER: total - sum(targets.values())}


def _amounts(draws: Draws, kind: Ints, supplier: Ints, targets: dict[int, int]) -> Ints:
    """Pence of every line: skewed sizes, larger for some suppliers, brought to the target of their kind."""
    sizes, count = skewed_sizes(), len(kind)
    raw = sizes[draws.below(len(sizes), count)] * (1 + supplier * 7919 % 5)
    # None of the largest payments comes back, and only kinds with many lines have credits: no target changes its sign.
    often = np.flatnonzero(np.bincount(kind, minlength=HIDDEN + 1)[kind] >= 100)
    refunds = often[draws.mark(len(often), _CREDITS, at_least=3)]
    raw[refunds] = -5 * sizes[draws.below(31 * len(sizes) // 32, len(refunds))]
    pence = np.empty(count, dtype=np.int64)
    for this, target in targets.items():
        of_kind = kind == this
        pence[of_kind] = _to_target(raw[of_kind], target)
    return pence


def _to_target(raw: Ints, target: int) -> Ints:
    """Sizes brought to pence that add up to about a target; none of them is nought."""
    pence = np.rint(raw * (target / max(1, int(raw.sum())))).astype(np.int64)
    return np.where(pence == 0, np.sign(raw), pence)


def _days(draws: Draws, member: Member, year: int, count: int) -> Ints:
    """Weekdays of the member's own year; every month has some."""
    first, last = (np.datetime64(day, "D") for day in period(member, year))
    days = np.arange(first, last + np.timedelta64(1, "D"))
    weekdays = days[np.is_busday(days)]
    day = weekdays[draws.below(len(weekdays), count)].astype(np.int64)
    month = weekdays.astype("datetime64[M]")
    for at, this in enumerate(np.unique(month)):
        in_month = weekdays[month == this].astype(np.int64)
        day[at] = in_month[draws.below(len(in_month), 1)[0]]
    return day


def _own_postcodes(draws: Draws, member: Member, suppliers: Suppliers, kind: Ints, supplier: Ints) -> Ints:
    """Postcodes in the ledger itself, of one member: always where its master is out of date, else on most lines."""
    own = np.full(len(kind), -1)
    if member.habits.ledger_postcodes:
        out_of_date = suppliers.place[supplier] != suppliers.traded[supplier]
        given = (kind <= OTHER) & (draws.mark(len(kind), _OWN_POSTCODES) | out_of_date)
        own[given] = suppliers.traded[supplier[given]]
    return own
