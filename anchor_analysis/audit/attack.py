"""The attack: everything that must not be worked out, solved from everything that can be known.

Once as an outsider, and where members have figures in confidence once more as each member, who knows its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from anchor_analysis.audit.intervals import Equations
from anchor_analysis.audit.knowledge import Knowledge, Revised, quantities_in
from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import Quantity, Statement, Who
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.restated import revision_targets, supposed_targets
from anchor_analysis.audit.solving import Outcome, decide
from anchor_analysis.audit.superseded import knowledge_of
from anchor_analysis.audit.system import System, atoms_of, build
from anchor_analysis.audit.targets import MEMBER, Target, confidential_targets, targets_of
from anchor_analysis.audit.truth import Truth

#: How often the years that editions have otherwise are looked for before they are taken for contradictions.
MOST_REVISIONS = 3

#: Of so few members, told apart from all others by the same totals, one could work out another.
SMALL = 2


@dataclass(frozen=True)
class Found:
    """Something that can be worked out: what, how nearly, from which statements, and as whom."""

    target: Target
    fault: str
    by: tuple[Statement, ...]
    as_member: str = ""


@dataclass(frozen=True)
class Attacked:
    """What an attack found, and which statements contradict one another, so that they say nothing."""

    found: tuple[Found, ...]
    contradictory: tuple[Statement, ...]
    targets: int


@dataclass(frozen=True)
class Measures:
    """By what the attack judges beside what readers can tell: true sums, and how far around them one must not see.

    `required` has for the id of a withheld cell how far below and above the true figure an interval has to reach.
    """

    truth: Truth | None = None
    required: Mapping[str, tuple[float, float]] | None = None

    def fault(self, target: Target, low: float, high: float) -> str:
        """What is wrong with an interval of a target; right of an interval is right of every wider one."""
        return target.fault(low, high) or self._too_narrow(target, low, high)

    def _too_narrow(self, target: Target, low: float, high: float) -> str:
        needed = (self.required or {}).get(target.cells[0]) if target.cells and not target.edition else None
        true = self.truth.of(target.terms) if self.truth and needed else None
        if needed is None or true is None:
            return ""
        reaches = low <= true - needed[0] + 1e-6 and high >= true + needed[1] - 1e-6
        return "" if reaches else "can be told more narrowly than its protection asks"


def attack(readings: Sequence[Reading], confidential: Sequence[str] = (), measures: Measures | None = None) -> Attacked:
    """What can be worked out of the last of some editions with the help of all; `confidential` are kinds of data.

    With the truth among the `measures` each member is tried too, with its own figures known to it.
    """
    measures = measures or Measures()
    knowledge = knowledge_of(readings, measures.truth)
    for _ in range(MOST_REVISIONS):
        prepared = _prepare(knowledge, set(confidential))
        outcome = _judged(prepared, prepared.system.equations, measures)
        revised = _revised_by(prepared, outcome)
        if revised <= knowledge.revised:
            break
        knowledge = replace(knowledge, revised=knowledge.revised | revised, supposed=())
    outcome = _told_by_this(prepared, outcome, measures)
    found = [*_named(prepared, outcome), *_as_members(prepared, outcome, measures)]
    contradictory = tuple(
        prepared.statement(row) for row in outcome.contradictory if row < len(prepared.system.statements)
    )
    return Attacked(tuple(found), contradictory, len(prepared.targets))


@dataclass(frozen=True)
class Prepared:
    """Knowledge as equations, with what must not be worked out of them."""

    knowledge: Knowledge
    targets: list[Target]
    system: System

    @cached_property
    def _alike(self) -> dict[Quantity, frozenset[str]]:
        """For each single member's sum the members whose sums stand in the very same equations beside it."""
        system = self.system
        by_column = system.equations.matrix[: len(system.statements)].tocsc()
        groups: dict[tuple[object, ...], list[Quantity]] = defaultdict(list)
        for column, unknown in enumerate(system.unknowns):
            part = slice(by_column.indptr[column], by_column.indptr[column + 1])
            sign = (by_column.indices[part].tobytes(), by_column.data[part].tobytes())
            groups[(*sign, unknown.rows, unknown.period, unknown.epoch, unknown.aspect)].append(unknown)
        return {one: frozenset().union(*(other.who for other in alike)) for alike in groups.values() for one in alike}

    def is_hidden(self, target: Target, member: str = "") -> bool:
        """Whether a member's sum only ever stands beside that of a third, with which it could be exchanged."""
        (quantity,) = target.terms
        scale = self.knowledge.scales.get((quantity.rows.table, quantity.rows.column))
        third = self._alike.get(quantity, frozenset()) - {target.member, member}
        return bool(third) and scale is not None and scale.never_negative

    def statement(self, row: int) -> Statement:
        """What a row of the equations says."""
        return self.system.statements[row]


def _prepare(knowledge: Knowledge, confidential: set[str]) -> Prepared:
    small = _small_classes(knowledge, confidential) if confidential else {}
    revisions = [*revision_targets(knowledge, confidential), *supposed_targets(knowledge)]
    targets = [*targets_of(knowledge), *revisions, *confidential_targets(knowledge, confidential, small)]
    statements = strongest(knowledge.statements)
    asked = [target.terms for target in targets]
    atoms = atoms_of([*(statement.terms for statement in statements), *asked])
    return Prepared(knowledge, targets, build(statements, asked, atoms, knowledge.scales))


def strongest(statements: Sequence[Statement]) -> list[Statement]:
    """Of statements of the same sum the one that says most of its least, and the one that says most of its most."""
    by_terms: dict[frozenset[tuple[object, float]], list[Statement]] = defaultdict(list)
    for statement in statements:
        by_terms[frozenset(statement.terms.items())].append(statement)
    kept = []
    for alike in by_terms.values():
        lowest, highest = max(alike, key=lambda one: one.low), min(alike, key=lambda one: one.high)
        if highest.low == lowest.low:
            kept.append(highest)
        else:
            kept += [lowest] if lowest.high == highest.high else [lowest, highest]
    return kept


def _judged(prepared: Prepared, equations: Equations, measures: Measures, only: Sequence[int] = ()) -> Outcome:
    everything = [n for n, one in enumerate(prepared.targets) if one.kind != MEMBER or not prepared.is_hidden(one)]
    numbers = list(only) or everything
    asked_at = prepared.system.asked_at[numbers]

    def judge(place: int, low: float, high: float) -> str:
        return measures.fault(prepared.targets[numbers[place]], low, high)

    return decide(equations, asked_at, prepared.system.steps, judge).of(numbers)


def _told_by_this(prepared: Prepared, outcome: Outcome, measures: Measures) -> Outcome:
    """The outcome without what earlier editions tell of one another: that can be mended by none, nor was it by this."""
    of_then = [number for number in outcome.faults if prepared.targets[number].edition]
    if not of_then:
        return outcome
    before = [one for one in prepared.knowledge.statements if one.edition or not one.cells]
    asked = [target.terms for target in prepared.targets]
    terms = [*(statement.terms for statement in before), *asked]
    alone = Prepared(
        prepared.knowledge,
        prepared.targets,
        build(strongest(before), asked, atoms_of(terms), prepared.knowledge.scales),
    )
    told = _judged(alone, alone.system.equations, measures, of_then).faults
    return replace(outcome, faults={number: what for number, what in outcome.faults.items() if number not in told})


def _named(prepared: Prepared, outcome: Outcome) -> Iterator[Found]:
    for number, fault in sorted(outcome.faults.items()):
        yield Found(prepared.targets[number], fault, _by(prepared, outcome.holding[number]))


def _by(prepared: Prepared, rows: Sequence[int]) -> tuple[Statement, ...]:
    """The statements of some rows; a row that only sums up what is asked about is none."""
    return tuple(prepared.statement(row) for row in rows if row < len(prepared.system.statements))


def _revised_by(prepared: Prepared, outcome: Outcome) -> Revised:
    """Where editions that are taken for one contradict one another: of which tables and years the earlier one."""
    statements = [statement for row in outcome.contradictory for statement in _by(prepared, [row])]
    tables = {(one.rows.table, year) for one in quantities_in(statements) for year in one.period.split("..")}
    earlier = [reading.name for reading in prepared.knowledge.readings[:-1]]
    return frozenset((name, table, year) for name in earlier for table, year in tables)


# --- as a member ---


def _small_classes(knowledge: Knowledge, confidential: set[str]) -> dict[str, list[Who]]:
    """By canonical table the few members at a time that every total has, or has not, together."""
    tables = {key[0] for key, kind in knowledge.kinds.items() if kind.protect in confidential}
    signs: dict[str, dict[str, set[tuple[str, str, Who]]]] = {table: defaultdict(set) for table in tables}
    for quantity in quantities_in(knowledge.printed):
        if quantity.rows.table in tables and is_named(quantity.who):
            for name in quantity.who:
                signs[quantity.rows.table][name].add((quantity.epoch, quantity.period, quantity.who))
    return {table: _alike(members) for table, members in signs.items()}


def _alike(members: Mapping[str, set[tuple[str, str, Who]]]) -> list[Who]:
    classes: dict[frozenset[tuple[str, str, Who]], set[str]] = defaultdict(set)
    for name, sign in members.items():
        classes[frozenset(sign)].add(name)
    return sorted((frozenset(names) for names in classes.values() if len(names) <= SMALL), key=sorted)


def _as_members(prepared: Prepared, outcome: Outcome, measures: Measures) -> Iterator[Found]:
    """What each member, who knows its own figures, can work out of another's, beyond what everybody can."""
    if measures.truth is None:
        return
    own = {target.member for target in prepared.targets if target.kind == MEMBER}
    for member in sorted(own):
        others = [
            number
            for number, target in enumerate(prepared.targets)
            if target.kind == MEMBER and target.member != member and number not in outcome.faults
            if not prepared.is_hidden(target, member)
        ]
        if others:
            known = _with_own(prepared.system, member, measures.truth)
            seen = _judged(prepared, known, replace(measures, required=None), others)
            for place, fault in sorted(seen.faults.items()):
                yield Found(prepared.targets[place], fault, _by(prepared, seen.holding[place]), member)


def _with_own(system: System, member: str, truth: Truth) -> Equations:
    """The equations with everything put in that a member knows of itself."""
    lower, upper = system.equations.lower.copy(), system.equations.upper.copy()
    for column, unknown in enumerate(system.unknowns):
        if unknown.who == frozenset({member}) and not unknown.epoch:
            value = truth.of({unknown: 1.0})
            if value is not None:
                lower[column] = upper[column] = value / system.steps[column]
    return system.equations.with_ends(np.array(lower), np.array(upper))
