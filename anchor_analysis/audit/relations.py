"""What holds between sums by the public definitions alone, whatever was printed: margins, parts of wholes, groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product

from anchor_analysis.audit.amounts import Amount, amount, place_of, ratio, rest_of
from anchor_analysis.audit.membership import is_all, is_named, size
from anchor_analysis.audit.quantities import POSITIVE, SUM, Quantity, Rows, Statement, Terms, Who, combined
from anchor_analysis.audit.reading import Reading
from anchor_analysis.audit.statements import INFINITE
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.present.released import Cell

#: Where sums over these rows are asked for: an epoch, a year and the members.
Asked = dict[Rows, set[tuple[str, str, Who]]]

#: Columns of which one is made from another, so that groups of the one are groups of groups of the other.
_MADE_FROM = {
    "home_ward_group": "home_ward", "ward_group": "ward_in_area", "home_decile_group": "home_decile",
    "home_place": "home_ward", "contract": "staff_contract",
}  # fmt: skip


# --- tables and their margins ---


def margins_of(reading: Reading) -> Iterator[Statement]:
    """A table's groups add up to its total, of a table by two columns to either margin."""
    tables: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in reading.cells:
        if cell.kind == "levels" and not cell.member and reading.breakdown(cell.table):
            tables[cell.table, cell.metric, cell.period].append(cell)
    for (table, metric, period), cells in tables.items():
        for words, whole, parts in _sums(cells, BOTH in reading.breakdown(table)):
            said = f"{table}, {metric}, {period}: {words}"
            yield from _adds_up(reading, metric, whole, parts, said)


def _sums(cells: list[Cell], two_ways: bool) -> Iterator[tuple[str, Cell, list[Cell]]]:
    by_group = {cell.group: cell for cell in cells}
    total, groups = by_group.pop("", None), by_group
    if not two_ways:
        if total and groups:
            yield "groups add up to the total", total, list(groups.values())
        return
    for place in (0, 1):
        lines: dict[str, list[Cell]] = defaultdict(list)
        for name, cell in groups.items():
            lines[name.split(BOTH)[place]].append(cell)
        margins = lines.pop("", [])
        if total and margins:
            yield "one margin adds up to the total", total, margins
        for name, line in lines.items():
            whole = [cell for cell in line if not cell.group.split(BOTH)[1 - place]]
            parts = [cell for cell in line if cell.group.split(BOTH)[1 - place]]
            if whole and parts:
                yield f"the line of {name} adds up to its margin", whole[0], parts


def _adds_up(reading: Reading, metric: str, whole: Cell, parts: list[Cell], words: str) -> Iterator[Statement]:
    for side in _sides(reading, metric):
        total, *groups = (side(cell) for cell in (whole, *parts))
        for part in ("known", "unknown"):
            terms = combined((1, getattr(total, part)), *((-1, getattr(one, part)) for one in groups))
            if terms:
                yield Statement(terms, 0.0, 0.0, words, (whole.cell_id,))


def _sides(reading: Reading, metric: str) -> list[Callable[[Cell], Amount]]:
    """The additive sums of a metric's cells: its own, or what a ratio divides and by what."""
    definition = reading.definitions.of(metric)
    if not definition.is_ratio:
        return [lambda cell: amount(definition, place_of(reading, cell))]
    below = reading.definitions.parts(metric)[1]
    assert below is not None
    return [
        lambda cell: ratio(reading, metric, place_of(reading, cell)).top,
        lambda cell: amount(below, place_of(reading, cell)),
    ]


def shares_of(reading: Reading) -> Iterator[Statement]:
    """What a share has above the line is, with what is not known, no more than what it has below."""
    for cell in reading.cells:
        level = cell.kind == "levels" or (cell.kind == "changes" and cell.item in ("from", "to"))
        if level and cell.unit == "share" and reading.profile(cell.metric).threshold and cell.is_told:
            rest = rest_of(reading, cell)
            if rest:
                words = f"a part is no more than the whole: {cell.metric}, {cell.period}"
                yield Statement(rest, 0.0, INFINITE, words, (cell.cell_id,))


# --- rows within rows ---


def asked_for(statements: Iterable[Statement]) -> Asked:
    """Which sums statements are about, by their rows."""
    found: Asked = defaultdict(set)
    for statement in statements:
        for quantity in statement.terms:
            if quantity.aspect == SUM:
                found[quantity.rows].add((quantity.epoch, quantity.period, quantity.who))
    return found


def nested(asked: Asked, countable: Callable[[Rows], bool]) -> Iterator[Statement]:
    """Rows that are among other rows make no larger a sum, where nothing that is summed is below zero."""
    for inner, outer in pairs_within(asked, countable):
        for where in sorted(asked[inner] & asked[outer], key=in_order):
            terms = combined((1, _sum(outer, where)), (-1, _sum(inner, where)))
            yield Statement(terms, 0.0, INFINITE, f"{in_words(inner)} are among {in_words(outer)}, {where[1]}")


def pairs_within(asked: Asked, countable: Callable[[Rows], bool]) -> list[tuple[Rows, Rows]]:
    """Rows with the narrowest rows that they are among; rows of a group of a breakdown have a margin for that."""
    by_column: dict[tuple[str, str], list[Rows]] = defaultdict(list)
    for rows in sorted(asked):
        if countable(rows) and len(rows.where) <= 3:
            by_column[rows.table, rows.column].append(rows)
    found = []
    for alike in by_column.values():
        for inner in alike:
            around = [rows for rows in alike if inner.within(rows)]
            found += [(inner, rows) for rows in around if not any(other.within(rows) for other in around)]
    return found


def disjoint(asked: Asked, countable: Callable[[Rows], bool]) -> Iterator[Statement]:
    """Rows of different values of one column are different rows: together they are no more than the whole."""
    by_whole: dict[tuple[Rows, str], list[Rows]] = defaultdict(list)
    for rows in sorted(asked):
        for column, _ in rows.where if countable(rows) else ():
            by_whole[rows.without(column), column].append(rows)
    for (whole, column), parts in by_whole.items():
        kept = _apart(parts, column)
        if whole not in asked or len(kept) < 2:
            continue
        for where in sorted(asked[whole], key=in_order):
            own = [rows for rows in kept if where in asked[rows]]
            if len(own) > 1:
                terms = combined((1, _sum(whole, where)), *((-1, _sum(rows, where)) for rows in own))
                words = f"{in_words(whole)} by {column} are no more than all of them, {where[1]}"
                yield Statement(terms, 0.0, INFINITE, words)


def _apart(parts: list[Rows], column: str) -> list[Rows]:
    """Rows with no value of a column in common, those with the fewest values first."""
    taken: set[str] = set()
    kept = []
    for rows in sorted(parts, key=lambda one: len(one.values(column))):
        if not taken & set(rows.values(column)):
            kept.append(rows)
            taken |= set(rows.values(column))
    return kept


# --- groups of groups ---


def refined(asked: Asked, disadvantaged: list[str]) -> Iterator[Statement]:
    """A group of groups is the sum of them: several values of a column, wards of a group of wards, deciles."""
    columns: dict[tuple[Rows, str], dict[str, Rows]] = defaultdict(dict)
    for rows in asked:
        for column, values in rows.where:
            if len(values) == 1:
                columns[rows.without(column), column][values[0]] = rows
    for rows in sorted(asked):
        for column, values in rows.where:
            for base in dict.fromkeys([column, _MADE_FROM.get(column, column)]):
                known = columns.get((rows.without(column), base), {})
                parts = _members(column, values, base, sorted(known), disadvantaged)
                if parts and not (base == column and len(values) == 1):
                    yield from _made_of(asked, rows, [known[one] for one in parts], known, base)


def _members(column: str, values: tuple[str, ...], base: str, known: list[str], disadvantaged: list[str]) -> list[str]:
    """Which of the known groups of a finer column a group, or several, of a coarser one are made of."""
    if base == column or column == "contract":
        return list(values) if set(values) <= set(known) else []
    areas = [one for one in known if one[:1] in "ESWN" and one[1:].isdigit()]
    deciles = [one for one in known if one.isdigit()]
    made = {
        "most_disadvantaged": [one for one in areas if one in disadvantaged],
        "other_in_area": [one for one in areas if one not in disadvantaged] or [one for one in deciles if one != "1"],
        "in_area": areas,
        "most_deprived_tenth": [one for one in deciles if one == "1"],
        "elsewhere": [one for one in known if one == "elsewhere"],
        "unknown": [one for one in known if one == "unknown"],
    }
    return [one for value in values for one in made.get(value, [])]


def _made_of(asked: Asked, rows: Rows, parts: list[Rows], known: dict[str, Rows], base: str) -> Iterator[Statement]:
    for where in sorted(asked[rows], key=in_order):
        if all(where in asked[part] for part in parts):
            terms = combined((1, _sum(rows, where)), *((-1, _sum(part, where)) for part in parts))
            yield Statement(terms, 0.0, 0.0, f"{in_words(rows)} are the sum of their {base}, {where[1]}")


# --- members ---


def sizes_alike(asked: Asked, aspects: dict[Rows, set[str]]) -> Iterator[Statement]:
    """Members like for like are some of all members, and all of them where there are as many."""
    for rows in sorted(asked):
        by_year: dict[tuple[str, str], list[Who]] = defaultdict(list)
        for epoch, period, who in asked[rows]:
            by_year[epoch, period].append(who)
        for (epoch, period), sets in sorted(by_year.items()):
            for smaller, larger in product(sorted(sets, key=sorted), repeat=2):
                if _may_lie_within(smaller, larger):
                    yield from _left_out(rows, epoch, period, smaller, larger, aspects[rows])


def _may_lie_within(smaller: Who, larger: Who) -> bool:
    """Whether a set of nameless members like for like is among all members of a year."""
    if smaller == larger or is_named(smaller):
        return False
    how = min(smaller).split(":")[0]
    all_of_them = is_named(larger) or is_all(larger)
    return how in ("@both", "@always") and all_of_them and 0 < size(smaller) <= size(larger)


def left_out(smaller: Who, larger: Who) -> Who:
    """The members of the larger set that are not in the smaller, nameless unless both are named."""
    if is_named(smaller) and is_named(larger):
        return larger - smaller
    return frozenset({f"@left:{min(smaller)}:{size(larger) - size(smaller)}"})


def _left_out(rows: Rows, epoch: str, period: str, smaller: Who, larger: Who, aspects: set[str]) -> Iterator[Statement]:
    for aspect in sorted(aspects):
        own = {Quantity(aspect, rows, period, smaller, epoch): 1.0}
        whole = {Quantity(aspect, rows, period, larger, epoch): 1.0}
        rest: Terms = {}
        if size(larger) > size(smaller):
            rest = {Quantity(aspect, rows, period, left_out(smaller, larger), epoch): 1.0}
        words = f"all members less like for like, {in_words(rows)}, {period}"
        yield Statement(combined((1, whole), (-1, own), (-1, rest)), 0.0, 0.0, words)


def left_out_sets(asked: Asked) -> Iterator[tuple[Rows, str, str, Who]]:
    """The members that are in one total of a year and not in another, by the sums that this is so of."""
    for rows in sorted(asked):
        by_year: dict[tuple[str, str], list[Who]] = defaultdict(list)
        for epoch, period, who in asked[rows]:
            by_year[epoch, period].append(who)
        for (epoch, period), sets in sorted(by_year.items()):
            named = sorted(
                (who for who in sets if is_named(who) and len(who) > 1), key=lambda who: (len(who), sorted(who))
            )
            rests = {larger - smaller for smaller, larger in combinations(named, 2) if smaller < larger}
            rests |= {who for who in sets if min(who).startswith("@left:")}
            for who in sorted(rests, key=sorted):
                yield rows, epoch, period, who


# --- words ---


def in_words(rows: Rows) -> str:
    """Rows as a reader would call them."""
    where = ", ".join(f"{column.replace('_', ' ')} {' or '.join(values)}" for column, values in rows.where)
    return f"{rows.table} ({where})" if where else rows.table


def _sum(rows: Rows, where: tuple[str, str, Who]) -> Terms:
    epoch, period, who = where
    return {Quantity(SUM, rows, period, who, epoch): 1.0}


def in_order(where: tuple[str, str, Who]) -> tuple[str, str, list[str]]:
    """By which places are put in order: epoch, year, members."""
    return where[0], where[1], sorted(where[2])


def credits_below(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Of money that is not known, the part above zero is no less than all of it."""
    found = {quantity for statement in statements for quantity in statement.terms if quantity.aspect == POSITIVE}
    for quantity in sorted(found, key=lambda one: (one.rows, one.period, sorted(one.who), one.epoch)):
        terms = {quantity: 1.0, quantity._replace(aspect=SUM): -1.0}
        yield Statement(terms, 0.0, INFINITE, f"credit notes take away, {in_words(quantity.rows)}, {quantity.period}")
