"""What earlier editions say that is no longer so, and what readers have of that.

Readers take a figure of before for that of today unless something speaks against it. Whoever guesses right has most of
it, so where the true sums are known, a statement of before holds as long as it is true of today's; where they are not,
as long as no later edition contradicts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from anchor_analysis.audit.figures import ANYTHING, Between
from anchor_analysis.audit.knowledge import Knowledge, Revised, Supposed, said_by
from anchor_analysis.audit.quantities import SUPPOSED, Quantity, Rows, Statement, Terms, combined
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.relations import margins_of
from anchor_analysis.audit.truth import Truth
from anchor_analysis.audit.versions import since_of

Key = tuple[tuple[Quantity, float], ...]


def knowledge_of(readings: Sequence[Reading], truth: Truth | None = None) -> Knowledge:
    """What can be known of editions, that being kept apart of earlier ones which is no longer so."""
    said = {reading.name: tuple(said_by(reading)) for reading in readings}
    known = Knowledge(tuple(readings), said, since_of(readings))
    if len(readings) == 1:
        return known
    known = replace(known, revised=_contradicted(known, truth))
    return _with_lines(known, truth) if truth else known


def _contradicted(known: Knowledge, truth: Truth | None) -> Revised:
    """Of which sums an earlier edition says what is not so today, or of which rows not by a later edition."""
    said: dict[Key, list[tuple[str, Between]]] = defaultdict(list)
    found: set[tuple[str, Quantity | Rows | str, str]] = set()
    for reading in known.readings:
        false, holding = list[Terms](), set[Quantity]()
        for statement in known.said[reading.name]:
            terms = known.terms_in(reading, statement.terms, statement.cells)
            between = Between(statement.low, statement.high)
            value = truth.of(terms) if truth and not any(one.epoch for one in terms) else None
            if value is None or reading is known.current:
                said[tuple(sorted(terms.items(), key=_order))].append((reading.name, between))
            elif not between.meets(Between(value, value)):
                false.append(terms)
            elif len(terms) == 1:
                holding |= terms.keys()
        for terms in false:
            found |= _sums(reading.name, terms.keys() - holding or terms)
    for key, editions in said.items():
        for number, (name, between) in enumerate(editions):
            if any(name != other and not between.meets(later) for other, later in editions[number + 1 :]):
                found |= _places(name, dict(key))
    return frozenset(found)


def _places(edition: str, terms: Iterable[Quantity]) -> set[tuple[str, Quantity | Rows | str, str]]:
    return {(edition, one.rows, year) for one in terms for year in one.period.split("..")}


def _sums(edition: str, terms: Iterable[Quantity]) -> set[tuple[str, Quantity | Rows | str, str]]:
    return {(edition, one, year) for one in terms for year in one.period.split("..")}


def _order(item: tuple[Quantity, float]) -> tuple[str, Rows, str, list[str]]:
    quantity = item[0]
    return quantity.aspect, quantity.rows, quantity.period, sorted(quantity.who)


# --- lines of tables that were revised ---


def _with_lines(known: Knowledge, truth: Truth) -> Knowledge:
    """The same, and what was withheld then in a line that no longer adds up with it kept apart, since it moved too."""
    supposed: list[Supposed] = []
    for reading in known.readings[:-1]:
        printed = _printed(known.said[reading.name])
        for line in margins_of(reading):
            moved = _moved_in(known, reading, line, printed, truth)
            known = replace(known, revised=known.revised | _sums(reading.name, moved))
            withheld = [one for one in moved if one not in printed]
            supposed += _suppositions(known, reading, line, withheld, truth, printed) if len(withheld) > 1 else []
    return replace(known, supposed=tuple(supposed))


def _printed(said: Sequence[Statement]) -> dict[Quantity, Between]:
    """What an edition prints of single sums."""
    found: dict[Quantity, Between] = {}
    for statement in said:
        (first, often), *others = statement.terms.items()
        if not others and often == 1:
            found[first] = found.get(first, ANYTHING).and_(Between(statement.low, statement.high))
    return found


def _moved_in(
    known: Knowledge, reading: Reading, line: Statement, printed: Mapping[Quantity, Between], truth: Truth
) -> list[Quantity]:
    """What moved too where a line of then does not add up with what is the same today.

    That is what was withheld in it or, if nothing was, all: rounding hides that it moved.
    """
    apart, same = _parted(known, reading, line.terms)
    value = truth.of(same)
    if not apart or value is None or _sum(apart, printed).meets(Between(-value, -value)):
        return []
    ordered = sorted(same, key=lambda one: _order((one, 1.0)))
    return [one for one in ordered if one not in printed] or ordered


def _parted(known: Knowledge, reading: Reading, terms: Terms) -> tuple[Terms, Terms]:
    """What of some sums an edition has otherwise, and what is the same today."""
    same = {one: often for one, often in terms.items() if known.pieces(reading.name, one) == [one]}
    return {one: often for one, often in terms.items() if one not in same}, same


def _sum(terms: Terms, printed: Mapping[Quantity, Between]) -> Between:
    """Between what a sum lies by what was printed of what is added up."""
    low, high = 0.0, 0.0
    for quantity, often in terms.items():
        ends = [often * end for end in printed.get(quantity, ANYTHING)]
        low, high = low + min(ends), high + max(ends)
    return Between(low, high)


def _suppositions(
    known: Knowledge, reading: Reading, line: Statement, moved: Sequence[Quantity], truth: Truth,
    printed: Mapping[Quantity, Between],
) -> Iterator[Supposed]:  # fmt: skip
    """For each of what was withheld in a line, what it was if the others are what they are today; if it can be."""
    others = {one: often for one, often in line.terms.items() if one not in moved}
    apart, same = _parted(known, reading, others)
    for quantity in moved:
        beside = {one: line.terms[one] for one in moved if one != quantity}
        value = truth.of(combined((1, same), (1, beside)))
        left = _sum(apart, printed)
        ends = [-(end + (value or 0.0)) / line.terms[quantity] for end in left]
        if value is None or max(ends) < 0:
            continue
        own = {quantity._replace(aspect=SUPPOSED, epoch=reading.name): line.terms[quantity]}
        terms = combined((1, known.terms_in(reading, others, line.cells)), (1, beside), (1, own))
        words = f"{line.words}, if of what was withheld in it no other was revised"
        statement = Statement(terms, line.low, line.high, words, line.cells, reading.name)
        yield Supposed(reading, quantity, statement)
