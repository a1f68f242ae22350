"""The attack: everything that must not be worked out, solved from everything that can be known.

Once as an outsider, and where members have figures in confidence once more as each member, who knows its own. What can
be told is held to what a rule asks for by the true figures, which no edition has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from anchor_analysis.audit.figures import Between
from anchor_analysis.audit.intervals import Equations
from anchor_analysis.audit.knowledge import Knowledge, Revised, quantities_in
from anchor_analysis.audit.members import Members
from anchor_analysis.audit.quantities import Quantity, Statement, Who
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.restated import revision_targets, supposed_targets
from anchor_analysis.audit.solving import Outcome, decide
from anchor_analysis.audit.superseded import knowledge_of
from anchor_analysis.audit.system import System, atoms_of, build
from anchor_analysis.audit.targets import LEFT_OVER, MEMBER, WITHHELD, Target, targets_of
from anchor_analysis.audit.truth import Truth
from anchor_analysis.audit.widths import around, around_count, beyond_suppliers

#: How often the years that editions have otherwise are looked for before they are taken for contradictions.
MOST_REVISIONS = 3


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
    """By what the attack judges beside what readers can tell: the true sums, and who makes them.

    `suppliers` has for the id of an observation what its largest suppliers make of it, as `measure.contributors` does.
    """

    truth: Truth | None = None
    suppliers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def attack(readings: Sequence[Reading], confidential: Sequence[str] = (), measures: Measures | None = None) -> Attacked:
    """What can be worked out of the last of some editions with the help of all; `confidential` are kinds of data.

    With the truth among the `measures` each range is held to how wide it has to be, and each member is tried too, with
    its own figures known to it.
    """
    measures = measures or Measures()
    knowledge = knowledge_of(readings, measures.truth)
    for _ in range(MOST_REVISIONS):
        prepared = _prepare(knowledge, frozenset(confidential), measures)
        outcome = _judged(prepared, prepared.system.equations)
        revised = _revised_by(prepared, outcome)
        if revised <= knowledge.revised:
            break
        knowledge = replace(knowledge, revised=knowledge.revised | revised, supposed=())
    outcome = _told_by_this(prepared, outcome)
    found = [*_named(prepared, outcome), *_as_members(prepared, outcome)]
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
    truth: Truth | None = None

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
        """Whether a member's sum only ever stands beside that of a third, with which it could be exchanged.

        A third that has too little for that hides nothing.
        """
        quantities = list(target.terms)
        scales = [self.knowledge.scales.get((one.rows.table, one.rows.column)) for one in quantities]
        if not all(scale is not None and scale.never_negative for scale in scales):
            return False
        alike = [self._alike.get(quantity, frozenset()) for quantity in quantities]
        third = frozenset.intersection(*alike) - {target.member, member}
        return bool(third) and (target.needed is None or self._have(third, target) >= target.needed.high)

    def _have(self, third: Who, target: Target) -> float:
        """What a member has with all that some others have: as much it may have for all that anybody can tell."""
        both = {one._replace(who=third | one.who): often for one, often in target.terms.items()}
        found = self.truth.of(both) if self.truth else None
        return -np.inf if found is None else found

    def statement(self, row: int) -> Statement:
        """What a row of the equations says."""
        return self.system.statements[row]


def _prepare(knowledge: Knowledge, confidential: frozenset[str], measures: Measures) -> Prepared:
    members = Members(knowledge, confidential, measures.truth)
    revisions = [*revision_targets(knowledge, set(confidential)), *supposed_targets(knowledge)]
    withheld = [_measured(knowledge, target, measures) for target in targets_of(knowledge)]
    targets = [*withheld, *revisions, *members.targets()]
    statements = strongest([*knowledge.statements, *members.statements()])
    asked = [target.terms for target in targets]
    atoms = atoms_of([*(statement.terms for statement in statements), *asked])
    return Prepared(knowledge, targets, build(statements, asked, atoms, knowledge.scales), measures.truth)


def _measured(knowledge: Knowledge, target: Target, measures: Measures) -> Target:
    """What a cell withholds, with how far its range has to reach, where that is known and no earlier edition's own."""
    later = any(quantity.epoch for quantity in target.terms)
    true = measures.truth.of(target.terms) if measures.truth and target.cells and not later else None
    if true is None or target.difference or target.kind not in (WITHHELD, LEFT_OVER):
        return target
    hides_nought = target.kind == WITHHELD and target.about.profile.zero == "withheld"
    return replace(
        target,
        needed=around_count(true, target.about, hides_nought) or _of_suppliers(knowledge, target, true, measures),
    )


def _of_suppliers(knowledge: Knowledge, target: Target, true: float, measures: Measures) -> Between | None:
    rule = target.about.profile.dominance
    if target.kind != WITHHELD or not rule or "supplier" not in rule.by:
        return None
    cells = [knowledge.current.by_id[name] for name in target.cells if name in knowledge.current.by_id]
    rows = [measures.suppliers[cell.source_id] for cell in cells if cell.source_id in measures.suppliers]
    width = max((beyond_suppliers(row, rule) for row in rows), default=0.0)
    return around(true, width) if width else None


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


def _judged(prepared: Prepared, equations: Equations, only: Sequence[int] = ()) -> Outcome:
    everything = [n for n, one in enumerate(prepared.targets) if one.kind != MEMBER or not prepared.is_hidden(one)]
    numbers = list(only) or everything
    asked_at = prepared.system.asked_at[numbers]

    def judge(place: int, low: float, high: float) -> str:
        return prepared.targets[numbers[place]].fault(low, high)

    return decide(equations, asked_at, prepared.system.steps, judge).of(numbers)


def _told_by_this(prepared: Prepared, outcome: Outcome) -> Outcome:
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
        prepared.truth,
    )
    told = _judged(alone, alone.system.equations, of_then).faults
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


def _as_members(prepared: Prepared, outcome: Outcome) -> Iterator[Found]:
    """What each member, who knows its own figures, can work out of another's, beyond what everybody can."""
    if prepared.truth is None:
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
            seen = _judged(prepared, _with_own(prepared.system, member, prepared.truth), others)
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
