"""What must not be worked out: withheld cells, a few people left over by subtraction, revisions; see `members` too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from anchor_analysis.audit.amounts import amount, ratio, rest_of, where
from anchor_analysis.audit.figures import ANYTHING, Between, base_of, whole_numbers
from anchor_analysis.audit.knowledge import Kind, Knowledge, quantities_in
from anchor_analysis.audit.movements import part_terms, tally_terms
from anchor_analysis.audit.quantities import SUM, SUPPOSED, Quantity, Terms, Who, combined, is_count
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.relations import Asked, asked_for, in_order, in_words, left_out_sets, pairs_within
from anchor_analysis.audit.statements import called, own_words
from anchor_analysis.audit.widths import reaches
from anchor_analysis.present.released import Cell

#: Kinds of targets, as they are told.
WITHHELD, LEFT_OVER, MEMBER, REVISION = "withheld", "left over", "member", "revision"
MADE_BY_FEW = "made by few"

#: What members have in confidence, by how much it was revised.
AMOUNT = "revision of an amount"

#: A member's amount that is known to within a tenth is as good as told.
NEAR = 1.1 / 0.9


@dataclass(frozen=True)
class Target:
    """A sum that must not be worked out, and by which measure.

    `said` is what the edition itself says of it in words, such as that it is below the threshold. A `difference` counts
    nobody, so that no threshold is about it. `needed` is how far an interval of it has to reach either way, where the
    true figure is known: as far as the rule asks by which it may not be told.
    """

    kind: str
    terms: Terms
    words: str
    about: Kind
    cells: tuple[str, ...] = ()
    said: Between = ANYTHING
    edition: str = ""
    member: str = ""
    difference: bool = False
    needed: Between | None = None

    def fault(self, low: float, high: float) -> str:
        """What is wrong if a reader can tell that it lies in an interval; nothing where that is wide enough.

        Whatever is right of an interval is right of every wider one.
        """
        if is_count(self.about.unit):
            low, high = whole_numbers(low, high)
        return self._told_by(low, high) or self._too_narrow(low, high)

    def _told_by(self, low: float, high: float) -> str:
        """What is wrong with an interval, whatever the true figure."""
        if self.kind in (MEMBER, AMOUNT):
            return self._too_near(low, high)
        if self.kind == SUPPOSED:
            return self._exact(low, high)
        if self.kind == REVISION:
            return self._isolated(low, high) or self._isolated(-high, -low)
        if self.kind == MADE_BY_FEW:
            return ""
        return self._withheld(low, high) if self.kind == WITHHELD else self._isolated(low, high)

    def _too_narrow(self, low: float, high: float) -> str:
        wide = self.needed is None or reaches(low, high, self.needed)
        return "" if wide else "can be told more narrowly than its protection asks"

    def _withheld(self, low: float, high: float) -> str:
        if self.said.high < math.inf and self.said.low < self.said.high:
            narrower = low > self.said.low or high < self.said.high
            return "can be told more narrowly than its own words tell it" if narrower else ""
        if exact := self._exact(low, high):
            return exact
        if self.difference:
            return ""
        if found := self._isolated(low, high):
            return found
        if self.about.profile.small:
            return ""  # that it is below the threshold is what the edition itself says of a small count
        return "can be told to be below the threshold" if 0 < self.about.threshold > high else ""

    def _exact(self, low: float, high: float) -> str:
        step = max(1.0, base_of(self.about.profile, self.about.unit))
        return "can be worked out as exactly as if it were shown" if high - low < step - 1e-6 else ""

    def _isolated(self, low: float, high: float) -> str:
        isolated = low >= 1 and high < self.about.threshold and not (self.about.profile.small and high > low)
        return "can be told to be fewer than the threshold, and not none" if isolated else ""

    def _too_near(self, low: float, high: float) -> str:
        least, most = (low, high) if low > 0 else (-high, -low)
        return "can be told to within a tenth" if least > 0 and most <= NEAR * least else ""


def targets_of(knowledge: Knowledge) -> list[Target]:
    """Everything that must not be worked out from what can be known, each once."""
    asked = asked_for(knowledge.statements)
    found = [
        *(target for reading in reversed(knowledge.readings) for target in _withheld(knowledge, reading)),
        *_left_out(knowledge, asked),
        *_rests(knowledge),
        *_parts_apart(knowledge, asked),
    ]
    return each_once(found)


def each_once(targets: Iterable[Target]) -> list[Target]:
    """Targets, of those of one kind and one sum the first."""
    unique: dict[tuple[str, frozenset[tuple[Quantity, float]]], Target] = {}
    for target in targets:
        if target.terms:
            key = (target.kind, frozenset(target.terms.items()))
            before = unique.get(key)
            unique[key] = replace(before, cells=_all(before.cells, target.cells)) if before else target
    return list(unique.values())


def _all(cells: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Cells that are of the same sum, each once."""
    return tuple(dict.fromkeys([*cells, *more]))


# --- withheld cells ---


def _withheld(knowledge: Knowledge, reading: Reading) -> Iterator[Target]:
    """What is withheld; of an earlier edition only what the one that is judged does not tell by a figure of its own."""
    told = set() if reading is knowledge.current else set(_told(knowledge.current))
    for cell in reading.cells:
        hidden = cell.is_withheld and cell.unit != "words" and cell.cell_id not in knowledge.told
        now = knowledge.current.by_id.get(cell.cell_id)
        if hidden and not (now and now.is_number):
            for target in of_cell(reading, cell):
                terms = knowledge.terms_in(reading, target.terms, target.cells)
                if frozenset(terms.items()) not in told:
                    yield replace(target, terms=terms, edition=knowledge.edition(reading))


def _told(reading: Reading) -> Iterator[frozenset[tuple[Quantity, float]]]:
    """The sums that an edition tells by figures: totals, what a ratio has above its line, members at a level."""
    for cell in reading.cells:
        if cell.is_number and cell.kind in ("distribution", "distance") and not cell.item.endswith("median"):
            yield frozenset(tally_terms(reading, cell).items())
        if cell.is_number and (cell.kind == "levels" or (cell.kind == "changes" and cell.item in ("from", "to"))):
            definition, place = reading.definitions.of(cell.metric), where(reading, cell)
            top = ratio(reading, cell.metric, place).top if definition.is_ratio else amount(definition, place)
            yield frozenset(top.known.items())


def of_cell(reading: Reading, cell: Cell) -> Iterator[Target]:
    """What is withheld with a cell; a change is not shown because an end of it is not, and is nothing by itself."""
    about = _about(reading, cell)
    if cell.kind in ("distribution", "distance", "pay_gaps") and not cell.item.endswith(("median", "gap")):
        yield _itself(reading, cell, tally_terms(reading, cell), about)
    elif cell.kind == "parts" and cell.item != "change":
        often = -1 if cell.item == "leavers" else 1  # who left is taken away, and is judged as the count that it is
        part = _itself(reading, cell, combined((often, part_terms(reading, cell))), about)
        yield replace(part, difference=cell.item not in ("joiners", "leavers"))
    elif cell.kind == "levels" or (cell.kind == "changes" and cell.item in ("from", "to")):
        yield from _of_level(reading, cell, about)


def _about(reading: Reading, cell: Cell) -> Kind:
    top = reading.definitions.parts(cell.metric)[0]
    return Kind(top.unit, top.protect, reading.profile(cell.metric))


def _itself(reading: Reading, cell: Cell, terms: Terms, about: Kind) -> Target:
    return Target(WITHHELD, terms, called(cell), about, (cell.cell_id,), own_words(reading, cell))


def _of_level(reading: Reading, cell: Cell, about: Kind) -> Iterator[Target]:
    """A withheld sum; of a withheld ratio the people above its line, and of a share those beside them."""
    definition, place = reading.definitions.of(cell.metric), where(reading, cell)
    if not definition.is_ratio:
        yield _itself(reading, cell, amount(definition, place).known, about)
    elif about.threshold:
        top = ratio(reading, cell.metric, place).top.known
        yield Target(LEFT_OVER, top, f"what is above the line of {called(cell)}", about, (cell.cell_id,))
        if definition.unit == "share":
            yield Target(LEFT_OVER, rest_of(reading, cell), f"all but {called(cell)}", about, (cell.cell_id,))


# --- what subtraction leaves over ---


def _left_out(knowledge: Knowledge, asked: Asked) -> Iterator[Target]:
    """The members of one total and not of another: all less like for like, one edition's less an earlier one's.

    Not of how many it is unknown: they are of no group, and that they are few tells nothing of any of them.
    """
    for reading in knowledge.readings[:-1]:
        yield from _left_out_then(knowledge, reading)
    for rows, epoch, period, who in left_out_sets(asked):
        yield from _of_the_left(knowledge, {Quantity(SUM, rows, period, who, epoch): 1.0}, who, epoch)


def _left_out_then(knowledge: Knowledge, reading: Reading) -> Iterator[Target]:
    """The same of sums that an earlier edition has otherwise, which are taken apart here."""
    said = knowledge.said[reading.name]
    revised = {(one.rows, one.period) for one in quantities_in(said) if knowledge.is_revised(reading.name, one)}
    for rows, _, period, who in left_out_sets(asked_for(said)):
        if (rows, period) in revised:
            pieces = knowledge.taken_apart(reading.name, Quantity(SUM, rows, period, who))
            yield from _of_the_left(knowledge, dict.fromkeys(pieces, 1.0), who, reading.name)


def _of_the_left(knowledge: Knowledge, terms: Terms, who: Who, edition: str) -> Iterator[Target]:
    rows, period = next(iter(terms)).rows, next(iter(terms)).period
    kind = knowledge.kinds.get((rows.table, rows.column))
    if kind and kind.threshold and rows not in knowledge.unknowns:
        words = f"all members less those of another total, {in_words(rows)}, {period}, {named(who)}"
        yield Target(LEFT_OVER, terms, words, kind, edition=edition)


def named(who: Who) -> str:
    """Members by their ids, or how many they are."""
    nameless = [name for name in who if name.startswith("@")]
    return f"{nameless[0].rpartition(':')[2]} member(s)" if nameless else ", ".join(sorted(who))


def _rests(knowledge: Knowledge) -> Iterator[Target]:
    """Of a whole what is neither a part of it nor unknown."""
    for reading in knowledge.readings:
        for cell in reading.cells:
            level = cell.kind == "levels" or (cell.kind == "changes" and cell.item in ("from", "to"))
            if level and cell.unit == "share" and cell.is_number and _about(reading, cell).threshold:
                terms = knowledge.terms_in(reading, rest_of(reading, cell), (cell.cell_id,))
                edition = knowledge.edition(reading)
                about = _about(reading, cell)
                yield Target(LEFT_OVER, terms, f"all but {called(cell)}", about, (cell.cell_id,), edition=edition)


def _parts_apart(knowledge: Knowledge, asked: Asked) -> Iterator[Target]:
    """Of a metric's rows those that are not among another's, both being told whole."""
    definitions = knowledge.current.definitions
    told = [definitions.of(metric) for metric in definitions.metrics]
    whole = {one.rows for one in told if one.rows and not one.unknown}
    for inner, outer in pairs_within(asked, knowledge.countable):
        kind = knowledge.kinds[inner.table, inner.column]
        if kind.threshold and {inner, outer} <= whole:
            for epoch, period, who in sorted(asked[inner] & asked[outer], key=in_order):
                inside, around = (Quantity(SUM, rows, period, who, epoch) for rows in (inner, outer))
                words = f"{in_words(outer)} and not {in_words(inner)}, {period}"
                yield Target(LEFT_OVER, {around: 1.0, inside: -1.0}, words, kind, edition=epoch)
