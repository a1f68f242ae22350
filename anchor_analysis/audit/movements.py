"""What parts of a change, reductions since a baseline, and counts by group or level state."""

from __future__ import annotations

from collections.abc import Iterator

from anchor_analysis.audit.amounts import Place, amount
from anchor_analysis.audit.figures import Between, reach, whole_numbers
from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import Quantity, Rows, Statement, Terms, Who, combined
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.statements import called, not_too_small, own_words, says
from anchor_analysis.declared import parse_year
from anchor_analysis.declared.years import years_between
from anchor_analysis.present.released import Cell

#: What a change of all members is made of.
PARTS = ("continuing", "joiners", "leavers", "non_response", "definition")

_TALLIES = ("distribution", "distance", "pay_gaps")


def movements_of(reading: Reading) -> Iterator[Statement]:
    """What an edition's parts of changes and its reductions say, and what it counts by level or for a gap in pay."""
    for cell in reading.cells:
        if cell.kind == "parts":
            yield from _part(reading, cell)
        elif cell.kind == "reductions":
            yield from _reduction(reading, cell)
        elif cell.kind in _TALLIES and not cell.item.endswith(("median", "gap")):
            yield from _tally(reading, cell)
    yield from _levels_and_targets(reading)


# --- parts ---


def _part(reading: Reading, cell: Cell) -> Iterator[Statement]:
    terms = part_terms(reading, cell)
    found = reading.figure(cell)
    if cell.item in ("joiners", "leavers") and cell.members_counted:
        found = not_too_small(reading, cell, found) if cell.value >= 0 else found
    if cell.item == "change":  # the difference of two rounded ends
        found = found.widened(reach(reading.profile(cell.metric), cell.unit))
    yield from says(terms, found, cell)
    if cell.item == "change":
        yield from _sum_of_parts(reading, cell, terms)


def part_terms(reading: Reading, cell: Cell) -> Terms:
    """A part of a change as sums over the members that it is of, in both years."""
    before, after = _sides(reading, cell)
    if cell.item == "change":
        return _difference(reading, cell, after, before)
    if not cell.members_counted:
        return {}
    if is_named(before) and is_named(after):
        entered, gone = _members(reading, cell, before, after)
        if len(entered | gone) == cell.members_counted:
            return _difference(reading, cell, entered, gone)
    if cell.item == "continuing":
        both = reading.members.both(cell.metric, cell.since_period, cell.period, cell.members_counted)
        return _difference(reading, cell, both, both)
    return _apart(reading, cell)


def _sides(reading: Reading, cell: Cell) -> tuple[Who, Who]:
    """Everybody in the first year and in the second, as many as the change's own table of changes counts."""
    sides = []
    for item, period in (("from", cell.since_period), ("to", cell.period)):
        end = reading.end_of(cell, item)
        known = reading.members.reported(cell.metric, period)
        sides.append(reading.members.level(cell.metric, period, end.members_counted) if end else known)
    return sides[0], sides[1]


def _members(reading: Reading, cell: Cell, before: Who, after: Who) -> tuple[Who, Who]:
    """Whose figures of the second year a part adds, and whose of the first it takes away."""
    joined = reading.members.joined(cell.metric, cell.since_period, after - before)
    left = reading.members.departed(cell.metric, cell.period, before - after)
    return {
        "continuing": (before & after, before & after),
        "joiners": (joined, frozenset()),
        "leavers": (frozenset(), left),
        "non_response": (after - before - joined, before - after - left),
    }.get(cell.item, (frozenset(), frozenset()))


def _difference(reading: Reading, cell: Cell, entered: Who, gone: Who) -> Terms:
    definition = reading.definitions.of(cell.metric)
    after = amount(definition, Place(cell.period, entered)).known if entered else {}
    before = amount(definition, Place(cell.since_period, gone)).known if gone else {}
    return combined((1, after), (-1, before))


def _apart(reading: Reading, cell: Cell) -> Terms:
    """A part of nobody knows which members, as a quantity of its own."""
    rows = reading.definitions.of(cell.metric).rows
    assert rows is not None
    nameless = frozenset({f"@{cell.item}:{cell.since_period}:{cell.period}:{cell.members_counted}"})
    return {Quantity(f"part {cell.item}", rows, f"{cell.since_period}..{cell.period}", nameless): 1.0}


def _sum_of_parts(reading: Reading, cell: Cell, whole: Terms) -> Iterator[Statement]:
    parts = [part for item in PARTS if (part := reading.beside(cell, item))]
    terms = combined((1, whole), *((-1, part_terms(reading, part)) for part in parts))
    if parts and terms:
        yield Statement(terms, 0.0, 0.0, f"parts add up to the change: {called(cell)}", (cell.cell_id,))


# --- reductions ---


def _reduction(reading: Reading, cell: Cell) -> Iterator[Statement]:
    periods = [str(one) for one in years_between(parse_year(cell.since_period), parse_year(cell.period))]
    who = reading.members.always(cell.metric, periods, cell.members_counted)
    definition = reading.definitions.of(cell.metric)
    base, *later = (amount(definition, Place(period, who)).known for period in periods)
    chosen = later[-1:] if cell.item == "point_to_point" else later
    terms = combined((len(chosen), base), *((-1, year) for year in chosen))
    far = reach(reading.profile(cell.metric), definition.unit)
    yield from says(terms, reading.figure(cell).widened((2 * len(chosen) - 1) * far if far else 0), cell)


# --- counts by group or level ---


def tally_terms(reading: Reading, cell: Cell) -> Terms:
    """A count of its own: members at a level, people on one side of a gap."""
    rows = reading.definitions.of(cell.metric).rows
    assert rows is not None
    who = reading.members.level(cell.metric, cell.period, cell.members_counted)
    told = Rows(rows.table, rows.column, (*rows.where, ("group", (cell.group,)), ("item", (cell.item,))))
    return {Quantity("tally", told, cell.period, who): 1.0}


def _tally(reading: Reading, cell: Cell) -> Iterator[Statement]:
    terms = tally_terms(reading, cell)
    found = not_too_small(reading, cell, reading.figure(cell))
    yield from says(terms, Between(*whole_numbers(*found)), cell)
    yield from says(terms, own_words(reading, cell), cell, "the reason given for withholding")


def _levels_and_targets(reading: Reading) -> Iterator[Statement]:
    """Members by level and members by how far they are from their target are the same members."""
    sides: dict[tuple[str, str, str], dict[str, list[Cell]]] = {}
    for cell in reading.cells:
        if cell.kind in ("distribution", "distance") and not cell.item.endswith(("median", "not_applicable")):
            key = (cell.metric, cell.period, cell.group)
            sides.setdefault(key, {}).setdefault(cell.table, []).append(cell)
    for tables in sides.values():
        first, *others = tables.values()
        for other in others:
            if {cell.item for cell in first} != {cell.item for cell in other}:
                terms = combined(
                    *((1, tally_terms(reading, cell)) for cell in first),
                    *((-1, tally_terms(reading, cell)) for cell in other),
                )
                words = f"the same members, by level and by distance from the target: {called(first[0])}"
                yield Statement(terms, 0.0, 0.0, words, (first[0].cell_id, other[0].cell_id))
