"""What must not be worked out of a revision: by how much few members' figures moved, and what was withheld before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from anchor_analysis.audit.knowledge import Kind, Knowledge
from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import SUM, SUPPOSED, Quantity, Terms, Who, combined
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.relations import in_words
from anchor_analysis.audit.targets import AMOUNT, REVISION, Target, each_once, named, of_cell

#: A revision rests on at least so many members, whatever the profile says: of two, each knows its own part.
FEWEST = 3

#: What is summed over members, so that what some of them moved by is the difference.
_SUMMED = (SUM, "tally")


def revision_targets(knowledge: Knowledge, confidential: set[str]) -> list[Target]:
    """By how much a later edition has another figure of the same: of few people, or of few members in confidence."""
    now = _sets_today(knowledge)
    found = [
        target
        for reading in knowledge.readings[:-1]
        for quantity in sorted(_revised(knowledge, reading), key=_order)
        for target in _of_sum(knowledge, reading, quantity, now[quantity._replace(who=frozenset())], confidential)
    ]
    return each_once(found)


def supposed_targets(knowledge: Knowledge) -> Iterator[Target]:
    """What an earlier edition withheld of a line that was revised since."""
    for one in knowledge.supposed:
        for cell in one.reading.cells:
            for target in of_cell(one.reading, cell) if cell.is_withheld and cell.unit != "words" else ():
                if target.terms == {one.quantity: 1.0}:
                    own = {quantity: 1.0 for quantity in one.statement.terms if quantity.aspect == SUPPOSED}
                    yield Target(SUPPOSED, own, target.words, target.about, target.cells, edition=one.reading.name)


def _order(quantity: Quantity) -> tuple[object, ...]:
    return (*quantity[:3], sorted(quantity.who), quantity.epoch)


def _sets_today(knowledge: Knowledge) -> dict[Quantity, set[Who]]:
    """Over which members the edition that is judged has each sum, which stands here over nobody."""
    found: dict[Quantity, set[Who]] = defaultdict(set)
    for statement in knowledge.said[knowledge.current.name]:
        for quantity in statement.terms:
            found[quantity._replace(who=frozenset())].add(quantity.who)
    return found


def _revised(knowledge: Knowledge, reading: Reading) -> set[Quantity]:
    """The sums that an earlier edition has otherwise."""
    otherwise = knowledge.since[reading.name].otherwise
    return {
        quantity
        for statement in knowledge.said[reading.name]
        for quantity in statement.terms
        if quantity.aspect in _SUMMED and knowledge.is_revised(reading.name, quantity)
        if not any(reading.by_id[cell].metric in otherwise for cell in statement.cells)
    }


def _of_sum(
    knowledge: Knowledge, reading: Reading, old: Quantity, today: set[Who], confidential: set[str]
) -> Iterator[Target]:
    """By how much a sum is another today, over the same members or with those whose return came or went."""
    kind = knowledge.kinds.get((old.rows.table, old.rows.column))
    if kind is None:
        return
    moved = knowledge.since[reading.name].moved(old.period)
    words = f"by how much {in_words(old.rows)} of {old.period} was revised since {reading.name}"
    for who in sorted(today, key=sorted):
        if who != old.who and not (is_named(who) and is_named(old.who) and who ^ old.who <= moved):
            continue
        terms = _difference(knowledge, reading, old, old._replace(who=who))
        if kind.threshold and who == old.who and old.aspect == SUM:
            yield Target(REVISION, terms, words, kind, edition=reading.name)
        few = _few(knowledge, reading, old, who | old.who) if kind.protect in confidential else frozenset()
        for part in (terms, _of_members(terms, few)) if few else ():
            said = f"{words}, which rests on the return(s) of {named(few)}"
            yield Target(AMOUNT, part, said, kind, edition=reading.name)


def _difference(knowledge: Knowledge, reading: Reading, old: Quantity, new: Quantity) -> Terms:
    """Today's sum less that of then, without the members whose figures are the same in both."""
    pieces = knowledge.pieces(reading.name, old)
    same = frozenset[str]().union(*(piece.who for piece in pieces if not piece.epoch))
    then = {piece: 1.0 for piece in pieces if piece.epoch}
    left = new.who - same if is_named(new.who) else new.who
    return combined((1, {new._replace(who=left): 1.0} if left else {}), (-1, then))


def _of_members(terms: Terms, who: Who) -> Terms:
    """Of a difference what some members make of it, as far as it is known who is in it."""
    own = {one: one._replace(who=one.who & who) if is_named(one.who) else one for one in terms}
    return {own[one]: often for one, often in terms.items() if own[one].who}


def _few(knowledge: Knowledge, reading: Reading, old: Quantity, who: Who) -> Who:
    """The members that a revision in confidence rests on, where they are too few; nobody where it may rest on more."""
    since = knowledge.since[reading.name]
    if not since.rests_on_returns(old.rows) or old.rows in knowledge.unknowns:
        return frozenset()
    moved = since.moved(old.period)
    moved = who & moved if is_named(who) else moved
    kept = frozenset(one for one in moved if not _agreed(knowledge, old, one))
    fewest = max(_kind_of(knowledge, old).profile.minimum_contributors, FEWEST)
    return kept if 0 < len(kept) < fewest else frozenset()


def _kind_of(knowledge: Knowledge, quantity: Quantity) -> Kind:
    return knowledge.kinds[quantity.rows.table, quantity.rows.column]


def _agreed(knowledge: Knowledge, quantity: Quantity, member: str) -> bool:
    """Whether a member agreed to have its figure told of a metric that these rows are counted for, or are among."""
    current, definitions = knowledge.current, knowledge.current.definitions
    declared = [metric for metric in definitions.metrics if metric in current.catalogue.metrics]
    around = {metric: rows for metric in declared if (rows := definitions.of(metric).rows)}
    return any(
        current.agreed(metric, quantity.period, member)
        for metric, rows in around.items()
        if quantity.rows == rows or quantity.rows.within(rows)
    )
