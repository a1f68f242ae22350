"""What each released cell states: sums of quantities between the numbers that its printed words leave."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

import pandas as pd

from anchor_analysis.audit.amounts import Place, amount, ends_of, place_of, ratio, total
from anchor_analysis.audit.figures import Between, precision, reach
from anchor_analysis.audit.quantities import Statement, Terms, combined, is_count
from anchor_analysis.audit.reading import Reading
from anchor_analysis.declared.units import UNITS
from anchor_analysis.present.released import Cell

INFINITE = math.inf

_RULE = re.compile(
    r"^(?P<what>below|fewer than|share of fewer than|divided by fewer than|all but fewer than) (?P<count>[0-9][0-9,]*)$"
)


def statements_of(reading: Reading) -> Iterator[Statement]:
    """What an edition's figures of levels, changes and comparisons say of sums, cell by cell."""
    for cell in reading.cells:
        if cell.unit != "words" and cell.kind in _MAKERS:
            yield from _MAKERS[cell.kind](reading, cell)


def called(cell: Cell) -> str:
    """A cell in words, and never its figure."""
    about = [cell.metric, cell.member, cell.group, f"since {cell.since_period}" if cell.since_period else ""]
    panel = "like for like" if cell.panel == "like_for_like" else ""
    item = cell.item.replace("_", " ") if cell.item != "value" else ""
    return ", ".join([cell.table, *(word for word in [*about, panel, item] if word), cell.period])


def says(terms: Terms, found: Between, cell: Cell, words: str = "printed") -> Iterator[Statement]:
    if terms and found.says_something:
        yield Statement(terms, found.low, found.high, f"{words}: {called(cell)}", (cell.cell_id,))


# --- levels ---


def _level(reading: Reading, cell: Cell) -> Iterator[Statement]:
    yield from _at(reading, cell, place_of(reading, cell))


def _at(reading: Reading, cell: Cell, place: Place) -> Iterator[Statement]:
    """What a figure says of the sums of its place."""
    if reading.definitions.of(cell.metric).is_ratio:
        yield from _ratio(reading, cell, place, reading.figure(cell))
        yield from _rule_of_ratio(reading, cell, place)
    else:
        yield from _additive(reading, cell, place)


def _additive(reading: Reading, cell: Cell, place: Place) -> Iterator[Statement]:
    own = amount(reading.definitions.of(cell.metric), place)
    yield from says(own.known, not_too_small(reading, cell, reading.figure(cell)), cell)
    yield from says(own.known, own_words(reading, cell), cell, "the reason given for withholding")
    if own.unknown and not cell.is_withheld:
        low, high = reading.ends(cell)
        yield from says(own.low, low, cell, "printed as the least")
        yield from says(own.high, high, cell, "printed as the most")


def not_too_small(reading: Reading, cell: Cell, found: Between) -> Between:
    """A count that is shown is none of those that the profile withholds: at least the threshold, or nothing."""
    threshold = reading.profile(cell.metric).threshold
    if not threshold or not is_count(cell.unit) or cell.is_withheld or pd.isna(cell.value):
        return found
    if cell.value == 0:
        return Between(0, 0)
    return found if found.high < threshold else found.and_(Between(threshold, INFINITE))


def own_words(reading: Reading, cell: Cell) -> Between:
    """What the reason for withholding a count says of it by itself."""
    if not cell.is_withheld or not is_count(cell.unit):
        return Between(-INFINITE, INFINITE)
    for text in (cell.shown, cell.rule):
        found = _RULE.match(text.strip().lower())
        if found and found["what"] in ("below", "fewer than"):
            return Between(0 if reading.profile(cell.metric).zero == "withheld" else 1, _count(found) - 1)
    return Between(0, 0) if cell.rule == "zero" else Between(-INFINITE, INFINITE)


def _count(found: re.Match[str]) -> int:
    return int(found["count"].replace(",", ""))


def _rule_of_ratio(reading: Reading, cell: Cell, place: Place) -> Iterator[Statement]:
    """What the reason says for withholding a ratio: that it is of few, which it says of none too few to be told."""
    found = _RULE.match(cell.rule) if cell.is_withheld else None
    if not found:
        return
    own = ratio(reading, cell.metric, place)
    base = reading.definitions.parts(cell.metric)[1]
    assert base is not None
    most = _count(found) - 1 / UNITS[base.unit].scale
    if found["what"] in ("share of fewer than", "divided by fewer than"):
        few = Between(reading.profile(base.id).threshold, most)
        yield from says(own.over, few, cell, "the reason given for withholding")
    elif found["what"] == "all but fewer than":
        rest, below = combined((1, own.over), (-1, own.top.known)), Between(-INFINITE, most)
        yield from says(rest, below, cell, "the reason given for withholding")


def _ratio(reading: Reading, cell: Cell, place: Place, found: Between) -> Iterator[Statement]:
    """A share of a whole bounds what is divided linearly, with an allowance where both were rounded first."""
    own = ratio(reading, cell.metric, place)
    yield from _divided(reading, cell, own.top.known, own.over, own.factor, found, "printed")
    if own.top.unknown and not cell.is_withheld:
        low, high = reading.ends(cell)
        yield from _divided(reading, cell, own.top.low, own.whole, own.factor, low, "printed as the least")
        yield from _divided(reading, cell, own.top.high, own.whole, own.factor, high, "printed as the most")


def _divided(
    reading: Reading, cell: Cell, top: Terms, below: Terms, factor: float, found: Between, words: str
) -> Iterator[Statement]:
    if not top or not below or not found.says_something:
        return
    above, under = _allowances(reading, cell)
    for end, low in ((found.low, True), (found.high, False)):
        if math.isfinite(end):
            allowed = factor * above + abs(end) * under
            between = Between(-allowed, INFINITE) if low else Between(-INFINITE, allowed)
            yield from says(combined((factor, top), (-end, below)), between, cell, words)


def _allowances(reading: Reading, cell: Cell) -> tuple[float, float]:
    """How far what is above and below the line may have been rounded before it was divided."""
    top, below = reading.definitions.parts(cell.metric)
    assert below is not None
    profile = reading.profile(cell.metric)
    if profile.percentages.source != "rounded":
        return 0.0, 0.0
    parts = 2 if top.unknown else 1  # the unknown is rounded and taken out, or in
    return parts * reach(profile, top.unit), parts * reach(profile, below.unit)


# --- changes, and what they are made of ---


def _change(reading: Reading, cell: Cell) -> Iterator[Statement]:
    if cell.item in ("from", "to"):
        yield from _at(reading, cell, ends_of(reading, cell))
        return
    if cell.item not in ("change", "percent"):
        return
    ends = {item: reading.beside(cell, item) for item in ("from", "to")}
    if all(ends.values()) and not all(reading.figure(end).says_something for end in ends.values() if end):
        yield from _moved(reading, cell, ends["from"], ends["to"])


def _moved(reading: Reading, cell: Cell, first: Cell | None, last: Cell | None) -> Iterator[Statement]:
    """What a change says of its two ends where not both are shown; where they are, it is their difference."""
    assert first and last
    found = reading.figure(cell)
    if not found.says_something:
        return
    if reading.definitions.of(cell.metric).is_ratio:
        yield from _moved_ratio(reading, cell, first, last, found)
        return
    definition = reading.definitions.of(cell.metric)
    before, after = (amount(definition, ends_of(reading, end)).known for end in (first, last))
    far = reach(reading.profile(cell.metric), definition.unit)
    if cell.item == "change":
        yield from says(combined((1, after), (-1, before)), found.widened(far), cell)
        return
    for end, low in ((found.low, True), (found.high, False)):
        allowed = (2 + abs(end)) * far
        between = Between(-allowed, INFINITE) if low else Between(-INFINITE, allowed)
        yield from says(combined((1, after), (-1 - end, before)), between, cell)


def _moved_ratio(reading: Reading, cell: Cell, first: Cell, last: Cell, found: Between) -> Iterator[Statement]:
    if cell.item != "change":
        return
    before, after, slack = reading.figure(first), reading.figure(last), 2 * precision(cell.shown)
    if before.says_something:
        there = Between(before.low + found.low, before.high + found.high).widened(slack)
        yield from _ratio(reading, last, ends_of(reading, last), there)
    elif after.says_something:
        there = Between(after.low - found.high, after.high - found.low).widened(slack)
        yield from _ratio(reading, first, ends_of(reading, first), there)


def _observed(reading: Reading, cell: Cell) -> Iterator[Statement]:
    """What a comparison with a benchmark says of what was observed."""
    place = place_of(reading, cell)
    definition = reading.definitions.of(cell.metric)
    if definition.rows is None:
        return
    wards = (reading.facts.get("disadvantaged") or {}).get("wards", [])
    if cell.group == "most_disadvantaged" and "ward" in place.breakdown and wards:
        own = total(definition.rows.narrowed(place.breakdown, *wards), place)
    else:
        own = amount(definition, place).known
    yield from says(own, _observed_figure(reading, cell), cell)


def _observed_figure(reading: Reading, cell: Cell) -> Between:
    if cell.item == "observed":
        return not_too_small(reading, cell, reading.figure(cell))
    nothing = Between(-INFINITE, INFINITE)
    observed, expected = (reading.beside(cell, item) for item in ("observed", "expected"))
    if cell.item not in ("excess", "quotient") or not expected or (observed and not observed.is_withheld):
        return nothing
    printed, own = reading.figure(expected), reading.figure(cell)
    if not (printed.says_something and own.says_something):
        return nothing
    if cell.item == "excess":
        far = reach(reading.profile(cell.metric), expected.unit)
        return Between(printed.low + own.low, printed.high + own.high).widened(far)
    return Between(max(0.0, own.low) * printed.low, own.high * printed.high)


def _target(reading: Reading, cell: Cell) -> Iterator[Statement]:
    if cell.item == "share":
        yield from _at(reading, cell, place_of(reading, cell))
    share, target = reading.beside(cell, "share"), reading.beside(cell, "target")
    if cell.item == "gap" and share and target and share.is_withheld:
        gap, aim = reading.figure(cell), reading.figure(target)
        if gap.says_something and aim.says_something:
            there = Between(aim.low + gap.low, aim.high + gap.high)
            yield from _ratio(reading, share, place_of(reading, share), there)


def _real(reading: Reading, cell: Cell) -> Iterator[Statement]:
    """What a total in real terms says of it: prices are public, and told by any total that is shown in both ways."""
    if cell.period == reading.facts.get("year"):
        yield from _level(reading, cell)
        return
    plain, real, prices = reading.total(cell.metric, cell.period), reading.figure(cell), _prices(reading, cell.period)
    if plain and plain.is_withheld and real.says_something and prices.says_something:
        ends = [one * price for one in real for price in prices]
        yield from says(_total(reading, plain), Between(min(ends), max(ends)), cell)


def _total(reading: Reading, cell: Cell) -> Terms:
    return amount(reading.definitions.of(cell.metric), place_of(reading, cell)).known


def _prices(reading: Reading, period: str) -> Between:
    """Between what the prices of a year lie, as a part of the latest year's."""
    found = Between(0.0, INFINITE)
    for cell in reading.cells:
        plain = reading.total(cell.metric, period) if (cell.kind, cell.period) == ("real_terms", period) else None
        if plain and cell.value > 0 and plain.value > 0:
            real, shown = reading.figure(cell), reading.figure(plain)
            found = found.and_(Between(shown.low / real.high, shown.high / real.low)) if real.low > 0 else found
    return found if math.isfinite(found.high) else Between(-INFINITE, INFINITE)


_MAKERS: dict[str, Callable[[Reading, Cell], Iterator[Statement]]] = {
    "levels": _level,
    "changes": _change,
    "benchmark": _observed,
    "population": _observed,
    "targets": _target,
    "real_terms": _real,
}
