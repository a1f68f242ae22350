"""What of members' figures in confidence must not be worked out: a member's own, and sums that few of them make.

A member stands out where few are told apart from all others by the totals that they are in, or where one has nearly all
of what these few have together: whatever is told of them all then tells of it. Sums, and what one sum has over another,
are held to the rules of who makes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from anchor_analysis.audit.knowledge import Kind, Knowledge, quantities_in
from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import SUM, Quantity, Rows, Statement, Terms, Who, combined
from anchor_analysis.audit.relations import asked_for, in_order, in_words, left_out_sets
from anchor_analysis.audit.statements import INFINITE
from anchor_analysis.audit.targets import MADE_BY_FEW, MEMBER, Target, named
from anchor_analysis.audit.truth import Truth
from anchor_analysis.audit.widths import around_member, beyond, members_rule, outwards
from anchor_analysis.declared.units import UNITS

#: Of so few members, told apart from all others by the same totals, one could work out another.
SMALL = 2


@dataclass(frozen=True)
class Amount:
    """What a member has of something: rows that are summed, so often each, and the metrics that sum them."""

    summed: tuple[tuple[float, Rows], ...]
    metrics: tuple[str, ...]
    about: Kind

    @property
    def table(self) -> str:
        return self.summed[0][1].table

    @property
    def is_rest(self) -> bool:
        """Whether it is what a whole has over a part of it."""
        return len(self.summed) > 1

    def terms(self, period: str, who: Who, epoch: str = "") -> Terms:
        """What some members have of it together."""
        return combined(*((often, {Quantity(SUM, rows, period, who, epoch): 1.0}) for often, rows in self.summed))


@dataclass(frozen=True)
class Members:
    """The members of a network whose figures of some `kinds` of data are in confidence, as totals tell them apart.

    With the `truth` it is known, too, who makes nearly all of a sum.
    """

    knowledge: Knowledge
    kinds: frozenset[str]
    truth: Truth | None = None

    def targets(self) -> Iterator[Target]:
        """Everything of single members and of sums over them that must not be worked out."""
        for amount in self._amounts:
            yield from self._own(amount)
            if not amount.is_rest:
                yield from self._sums(amount)

    @cached_property
    def _amounts(self) -> list[Amount]:
        """What confidential metrics sum, each once, and the rests of shares of them."""
        found: dict[tuple[tuple[float, Rows], ...], Amount] = {}
        definitions = self.knowledge.current.definitions
        for metric in definitions.metrics:
            top, whole = definitions.parts(metric)
            summed: list[tuple[float, Rows | None]] = [(1, top.rows)]
            if whole and definitions.of(metric).unit == "share":  # what is in neither the part of a whole nor unknown
                summed = [(1, whole.rows), (-1, top.rows), *([(-1, top.unknown)] if top.unknown else [])]
            rows = tuple((often, one) for often, one in summed if one is not None)
            metrics = (top.id,) if len(rows) == 1 else (whole.id if whole else "", top.id)
            about = self.knowledge.kinds.get((rows[0][1].table, rows[0][1].column)) if rows else None
            if about and all(definitions.of(one).protect in self.kinds for one in metrics):
                found.setdefault(rows, Amount(rows, metrics, about))
        return sorted(found.values(), key=lambda one: (len(one.summed), one.metrics))

    @cached_property
    def _asked(self) -> Mapping[Rows, set[tuple[str, str, Who]]]:
        return asked_for(self.knowledge.statements)

    def _where(self, amount: Amount) -> set[tuple[str, str, Who]]:
        """The totals that are asked for of what an amount sums, but of what is unknown, of all of it."""
        told = [self._asked.get(rows, set()) for _, rows in amount.summed[:2]]
        return set.intersection(*told)

    # --- what a member has ---

    def _own(self, amount: Amount) -> Iterator[Target]:
        """What each member has that stands out in some total; that nothing is left of a whole is no amount."""
        for epoch, period, member in self._standing_out(amount):
            if not self._is_open(amount, period, member):
                terms = amount.terms(period, frozenset({member}), epoch)
                true = self.truth.of(terms) if self.truth and not epoch else None
                let = (amount.about.protect, period, member) in self._let
                free = let or (amount.is_rest and not true)
                needed = None if true is None or free else around_member(true, amount.about)
                words = f"{' less '.join(amount.metrics)} of {member}, {period}"
                yield Target(MEMBER, terms, words, amount.about, edition=epoch, member=member, needed=needed)

    def statements(self) -> Iterator[Statement]:
        """That no member's part of a whole is more than the whole, where one stands out by what is left of it.

        Anybody takes it for granted; where credits make it untrue of a member, nothing is said of that one.
        """
        for amount in self._amounts:
            standing = {(epoch, period) for epoch, period, _ in self._standing_out(amount)} if amount.is_rest else set()
            told = {(epoch, period, name) for epoch, period, who in self._where(amount) for name in who}
            for epoch, period, name in sorted(told):
                terms = amount.terms(period, frozenset({name}), epoch)
                true = self.truth.of(terms) if self.truth and (epoch, period) in standing and not epoch else None
                if true is not None and true >= 0:
                    words = f"of each member {' is no less than '.join(amount.metrics)}, {period}"
                    yield Statement(terms, 0.0, INFINITE, words)

    @cached_property
    def _shown(self) -> set[tuple[str, str, str]]:
        """What some edition shows of single members, and what of ratios follows: metric, year, member."""
        cells = [cell for reading in self.knowledge.readings for cell in reading.cells]
        shown = {(cell.metric, cell.period, cell.member) for cell in cells if cell.member and cell.is_number}
        return shown | {told for one in shown for told in self._told_with(one, shown)}

    def _told_with(self, one: tuple[str, str, str], shown: set[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """Both parts of a ratio of a member, where it and one of them are shown."""
        metric, period, member = one
        parts = [(part.id, period, member) for part in self.knowledge.current.definitions.parts(metric) if part]
        return parts if len(parts) > 1 and shown & set(parts) else []

    @cached_property
    def _let(self) -> set[tuple[str, str, str]]:
        """Of which kind and year an earlier edition told something of a member, by which more of it can be had."""
        known = self.knowledge.current.definitions
        cells = [cell for reading in self.knowledge.readings[:-1] for cell in reading.cells]
        return {(known.of(one.metric).protect, one.period, one.member) for one in cells if one.member and one.is_number}

    def _is_open(self, amount: Amount, period: str, member: str) -> bool:
        """Whether a member's figure is told, or it agreed that it may be had; of a rest if a part of it is."""
        current = self.knowledge.current
        return any(
            (metric, period, member) in self._shown or current.agreed(metric, period, member)
            for metric in amount.metrics
        )

    # --- who stands out ---

    def _standing_out(self, amount: Amount) -> list[tuple[str, str, str]]:
        """The members that stand out in some total, by epoch and year."""
        found = set()
        for epoch, period, who in self._where(amount):
            for alike in self._classes.get(amount.table, []):
                if alike <= who and (len(alike) <= SMALL or self._short(amount, period, alike)):
                    found |= {(epoch, period, name) for name in alike}
        return sorted(found)

    @cached_property
    def _classes(self) -> dict[str, list[Who]]:
        """By canonical table the members that every total has, or has not, together."""
        tables = {amount.table for amount in self._amounts}
        signs: dict[str, dict[str, set[tuple[str, str, Who]]]] = {table: defaultdict(set) for table in tables}
        for quantity in quantities_in(self.knowledge.printed):
            if quantity.rows.table in tables and is_named(quantity.who):
                for name in quantity.who:
                    signs[quantity.rows.table][name].add((quantity.epoch, quantity.period, quantity.who))
        return {table: _alike(members) for table, members in signs.items()}

    def _short(self, amount: Amount, period: str, who: Who) -> float:
        """How far from what some members have together one must be left; 0 if none of them makes too much of it."""
        return beyond(self._contributions(amount, period, who), members_rule(amount.about))

    def _contributions(self, amount: Amount, period: str, who: Who) -> list[float]:
        """What each member has whose figure is not open; what the others have is told, and hides nothing."""
        if self.truth is None:
            return []
        closed = [name for name in sorted(who) if not self._is_open(amount, period, name)]
        sizes = [self.truth.of(amount.terms(period, frozenset({name}))) for name in closed]
        return [size for size in sizes if size]

    # --- sums of which a few make too much ---

    def _sums(self, amount: Amount) -> Iterator[Target]:
        """Totals over members, and what one total has over another, of which a few make too much."""
        asked, rows = self._where(amount), amount.summed[0][1]
        rests = {(epoch, period, who) for _, epoch, period, who in left_out_sets({rows: asked})}
        for epoch, period, who in sorted(asked | rests, key=in_order):
            terms = amount.terms(period, who)
            true = self.truth.of(terms) if self.truth and not epoch and len(who) > 1 else None
            if true is None:
                continue
            width = self._short(amount, period, who)
            few = 0 < len(self._contributions(amount, period, who)) < amount.about.profile.minimum_contributors
            if not width and few and ("", period, who) in rests:
                width = 1 / UNITS[amount.about.unit].scale
            if width:
                words = f"what {named(who)} have together, {in_words(rows)}, {period}"
                yield Target(MADE_BY_FEW, terms, words, amount.about, needed=outwards(true, width))


def _alike(members: Mapping[str, set[tuple[str, str, Who]]]) -> list[Who]:
    classes: dict[frozenset[tuple[str, str, Who]], set[str]] = defaultdict(set)
    for name, sign in members.items():
        classes[frozenset(sign)].add(name)
    return sorted((frozenset(names) for names in classes.values()), key=sorted)
