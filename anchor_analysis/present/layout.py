"""How a released table is laid out in rows and columns, for pages and for workbooks alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from anchor_analysis.declared.tables import BOTH, OF_ANOTHER
from anchor_analysis.present import sensitivity, wording
from anchor_analysis.present.parts import Part, figure, plain, put_together
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Cell, Facts, Released, add_up

#: The kinds of tables that say below them how many members they count.
_COUNTING = ("levels", *OF_ANOTHER, "distribution", "distance", "pay_gaps")

Label = Callable[[Cell], str]
Row: TypeAlias = "tuple[tuple[str, ...], tuple[Cell | None, ...]]"


@dataclass(frozen=True)
class Layout:
    """A table as it is read: row headings, column headings, and the cell (or none) where they cross."""

    table: str
    title: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    metrics: tuple[str, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        """Every cell of the table, row by row."""
        return [cell for _, row in self.rows for cell in row if cell is not None]


def lay_out(released: Released, table: str, **filters: str) -> Layout:
    """The layout of one released table, of the cells that the filters leave.

    Changes and their parts are of the edition's year unless `period` says otherwise. A filter given as ""
    for `period` keeps all years. A table that is not there gives a layout without rows.
    """
    cells = _selected(released, table, filters)
    title = _title(released.facts, table, cells, filters)
    if not cells:
        return Layout(table, title, (), (), ())
    down, across = _directions(released.facts, cells)
    crossing = {(tuple(label(cell) for _, label in down), across(cell)): cell for cell in reversed(cells)}
    columns = tuple(dict.fromkeys(across(cell) for cell in _columns_in_order(cells)))
    split = any(cell.member or cell.group for cell in cells)
    place = _sides(cells)[0]
    ordered = sorted(cells, key=lambda cell: _row_order(released.facts, cell, split, place))
    labels = dict.fromkeys(tuple(label(cell) for _, label in down) for cell in ordered)
    rows = [(names, tuple(crossing.get((names, column)) for column in columns)) for names in labels]
    headings = tuple(heading for heading, _ in down)
    if cells[0].kind == "coverage":
        rows = _merged(rows)
        headings, rows = _without_single_label(headings, rows)
    return Layout(table, title, headings, columns, tuple(rows), tuple(dict.fromkeys(cell.metric for cell in cells)))


def _without_single_label(headings: tuple[str, ...], rows: list[Row]) -> tuple[tuple[str, ...], list[Row]]:
    """Without the second heading of the rows, where it says the same in all of them."""
    if len(headings) < 2 or len({labels[1] for labels, _ in rows}) > 1:
        return headings, rows
    return headings[:1], [(labels[:1], cells) for labels, cells in rows]


def _merged(rows: list[Row]) -> list[Row]:
    """A member's measures in one row, where it reported all of them alike."""
    merged: dict[tuple[str, ...], Row] = {}
    for (member, *measures), cells in rows:
        key = (member, *(cell.shown if cell else "" for cell in cells))
        before = merged[key][0][1:] if key in merged else ()
        named = ", ".join([*before, *(wording.lower_first(name) if before else name for name in measures)])
        merged[key] = (member, *([named] if measures else [])), merged[key][1] if key in merged else cells
    members = list(dict.fromkeys(labels[0] for labels, _ in rows))
    return sorted(merged.values(), key=lambda row: members.index(row[0][0]))


def _selected(released: Released, table: str, filters: dict[str, str]) -> list[Cell]:
    asked = {name: text for name, text in filters.items() if text or name != "period"}
    cells = released.select(table=table, **asked)
    if "period" not in filters and cells and cells[0].kind in ("changes", "parts", "reductions", "transitions"):
        cells = [cell for cell in cells if cell.period == released.year]
    return cells


def _title(facts: Facts, table: str, cells: list[Cell], filters: dict[str, str]) -> str:
    said = [wording.table_title(facts, table)]
    if "metric" in filters:
        said.append(wording.lower_first(wording.title(facts, filters["metric"])))
    periods = sorted({cell.period for cell in cells})
    since = sorted({cell.since_period for cell in cells if cell.since_period})
    first = since[0] if len(since) == 1 else periods[0] if periods else ""
    if periods:
        said.append(periods[-1] if first == periods[-1] else f"{first} to {periods[-1]}")
    return ", ".join(said)


def _directions(facts: Facts, cells: list[Cell]) -> tuple[list[tuple[str, Label]], Label]:
    """What stands in the rows' headings, and what in the columns'."""
    metric = "Measure", lambda cell: wording.title(facts, cell.metric)
    member = "Member", lambda cell: wording.member_name(facts, cell.member) if cell.member else "All members"
    group = _group_heading(facts, cells), lambda cell: wording.group_name(facts, cell.group)
    since = "Since", lambda cell: cell.since_period
    panel = "Counting", lambda cell: wording.PANELS.get(cell.panel, cell.panel)
    period = "Year", lambda cell: cell.period
    several = _several(cells)
    kind = cells[0].kind
    if kind in ("changes", "parts", "reductions"):
        times = [*([period] if several("period") else []), *([since] if several("since_period") else [])]
        return [metric, *times, *([panel] if kind == "changes" else [])], _item
    if kind in ("distribution", "distance", "transitions"):
        scored = "Dimension", group[1]
        return [scored, *([period] if several("period") else []), *([since] if kind == "transitions" else [])], _item
    if kind == "pay_gaps" and several("period"):
        return [group], lambda cell: cell.period
    if kind == "real_terms":
        return [metric], lambda cell: cell.period
    if kind in (*OF_ANOTHER, "pay_gaps"):
        return [group], _item
    if kind == "coverage":
        return [member, *([metric] if several("metric") else [])], lambda cell: cell.period
    if any(cell.member for cell in cells):
        return [member], _metric_and_period(facts, several("period"))
    if any(BOTH in cell.group for cell in cells):
        rows, columns = (_one_of_two(facts, place) for place in _sides(cells))
        return [(group[0], rows)], columns
    if any(cell.group for cell in cells):
        return [group], _metric_and_period(facts, several("period"))
    return [metric], lambda cell: cell.period


def _sides(cells: Sequence[Cell]) -> tuple[int, int]:
    """Which of the two groups of a cell heads its row, and which its column: the one of which there are fewer."""
    several = [len({_one(cell.group, place) for cell in cells}) for place in (0, 1)]
    return (1, 0) if several[1] > several[0] else (0, 1)


def _one(group: str, place: int) -> str:
    """One of the two groups of a cell; nothing for the sum over it."""
    return f"{group}{BOTH}".split(BOTH)[place]


def _one_of_two(facts: Facts, place: int) -> Label:
    return lambda cell: wording.group_name(facts, _one(cell.group, place))


def _group_heading(facts: Facts, cells: list[Cell]) -> str:
    names = {name for cell in cells for name in cell.group.split(BOTH)}
    return "Ward" if names & set(facts.get("wards", {})) else "Group"


def _several(cells: list[Cell]) -> Callable[[str], bool]:
    return lambda name: len({getattr(cell, name) for cell in cells}) > 1


def _item(cell: Cell) -> str:
    return wording.ITEMS.get(cell.item, cell.item)


def _metric_and_period(facts: Facts, several: bool) -> Label:
    if several:
        return lambda cell: f"{wording.title(facts, cell.metric)}, {cell.period}"
    return lambda cell: wording.title(facts, cell.metric)


def _columns_in_order(cells: list[Cell]) -> Sequence[Cell]:
    items = list(wording.ITEMS)
    metrics = list(dict.fromkeys(cell.metric for cell in cells))
    place = _sides(cells)[1]
    groups = _in_order(_one(cell.group, place) for cell in cells if BOTH in cell.group)
    periods = sorted({cell.period for cell in cells})  # the newest first: on a phone it is the one that is seen

    def order(cell: Cell) -> tuple[int, int, int]:
        if len(groups) > 1:
            return groups.index(_one(cell.group, place)), 0, -periods.index(cell.period)
        item = items.index(cell.item) if cell.item in items else len(items)
        by_metric = metrics.index(cell.metric) if cell.kind == "levels" and (cell.member or cell.group) else 0
        last = cell.item == "change" and cell.kind == "parts"  # the whole after its parts
        return len(items) if last else item, by_metric, -periods.index(cell.period)

    return sorted(cells, key=order)


def _in_order(groups: Iterable[str]) -> list[str]:
    """Groups as they are found, then those of wards and of what is not known in their own order, and last the sum."""
    found, named = dict.fromkeys(groups), [name for name in wording.GROUPS if name]
    others = [group for group in found if group and group not in named]
    return [*others, *(name for name in named if name in found), ""]


def _row_order(facts: Facts, cell: Cell, split: bool, place: int) -> tuple[int, str]:
    """Wards by name, then elsewhere, unknown and the total; everything else as it was released."""
    if BOTH in cell.group:
        cell = replace(cell, group=_one(cell.group, place))
    if cell.group in wording.GROUPS and cell.group:
        return 2, str(list(wording.GROUPS).index(cell.group))
    if cell.group:  # the tenth after the ninth
        return 1, re.sub("[0-9]+", lambda found: found[0].zfill(3), wording.group_name(facts, cell.group))
    is_total = split and not cell.member
    return (3, "") if is_total else (0, "")


def below(cell: Cell) -> list[list[Part]]:
    """What stands in small print below a figure: its bounds, how many members it counts, its note."""
    said = []
    if cell.kind in ("levels", "targets", "real_terms") and cell.is_number and _is_in_doubt(cell):
        said.append(put_together(figure(cell, "lower"), " to ", figure(cell, "upper")))
    if cell.item in ("quotient", "median_gap") and cell.has_bounds and cell.is_number:
        said.append(put_together(figure(cell, "lower"), " to ", figure(cell, "upper")))
    if _says_members(cell):
        said.append(put_together(figure(cell, "counted"), " of ", figure(cell, "expected"), " members"))
    if cell.note and (cell.kind != "changes" or cell.item in ("to", "verdict")):  # once a row is enough
        said.append([figure(cell, "note")])
    return said


def _is_in_doubt(cell: Cell) -> bool:
    """Whether what is unknown could move a figure by more than a hair, a hundredth of it; a share by anything."""
    return cell.has_bounds and (cell.unit == "share" or cell.upper - cell.lower > abs(cell.value) / 100)


def _says_members(cell: Cell) -> bool:
    of_all = cell.members_expected > 1
    return of_all and ((cell.kind == "levels" and not cell.member and not cell.group) or cell.item == "to")


def notes(layout: Layout, facts: Facts) -> list[str]:
    """What a reader of the table must know: source, coverage, what is withheld and why, and the shorthand."""
    source = f"Source: returns of the members of {facts['name']}, edition {wording.edition_name(facts)}."
    said = [
        source,
        _measures(layout, facts),
        _coverage(layout),
        _choices(layout, facts),
        _expected(layout, facts),
        _targets(layout, facts),
        _prices(layout, facts),
        _gaps(layout, facts),
        _withheld(layout),
        _rounding(layout),
        *_rates(layout, facts),
        _shorthand(layout),
    ]
    return [text for text in said if text]


def _measures(layout: Layout, facts: Facts) -> str:
    """What a grid of statuses is about, where its rows do not say it."""
    if not layout.cells or layout.cells[0].kind != "coverage" or len(layout.headings) > 1:
        return ""
    metrics = layout.metrics
    return f"For {wording.listing([wording.lower_first(wording.title(facts, metric)) for metric in metrics])}."


def _choices(layout: Layout, facts: Facts) -> str:
    """By which release or definition each measure counts, in a table where the same is counted twice."""
    if all(wording.is_headline(facts, metric) for metric in layout.metrics):
        return ""
    said: dict[str, list[str]] = {}
    for metric in layout.metrics:
        said.setdefault(plain(sensitivity.choice(facts, metric)), []).append(metric)
    named = [
        (by, [wording.lower_first(wording.title(facts, one)) for one in found]) for by, found in said.items() if by
    ]
    return " ".join(f"By {by}: {wording.listing(titles)}." for by, titles in named)


def _coverage(layout: Layout) -> str:
    cells = [cell for cell in layout.cells if cell.members_expected > 1 and not cell.member]
    if all(_says_members(cell) for cell in cells):
        return ""
    counts = sorted({(cell.members_counted, cell.members_expected) for cell in cells if cell.kind in _COUNTING})
    return f"Counting {wording.listing([f'{counted} of {of} members' for counted, of in counts])}." if counts else ""


def _expected(layout: Layout, facts: Facts) -> str:
    """What stands in a benchmark table as expected, by which benchmark, and what is left out."""
    if layout.cells and layout.cells[0].kind == "population":
        return _as_the_population(layout, facts)
    if not layout.cells or layout.cells[0].kind != "benchmark":
        return ""
    said = f"Expected: if those counted here lived across these wards as in the benchmark, {wording.benchmark(facts)}."
    said += _without_benchmark(layout, facts)
    return f"{said} Whom nobody could place is in no ward; the bounds put all of them in it, or in the others."


def _as_the_population(layout: Layout, facts: Facts) -> str:
    """What stands in a population table as expected, and who is in none of its sums."""
    by = facts["tables"][facts["tables"][layout.cells[0].table]["of"]]["breakdown"]
    known = facts["populations"][by]
    said = f"Expected: if those who stated it were spread as {known['title']} ({known['vintage']}; {known['source']})."
    said += _without_benchmark(layout, facts)
    return f"{said} Who did not state it is in no group; the bounds put all of them in it, or in the others."


def _without_benchmark(layout: Layout, facts: Facts) -> str:
    groups = sorted({cell.group for cell in layout.cells if cell.status == "no_value" and "no benchmark" in cell.rule})
    names = wording.listing([wording.group_name(facts, group) for group in groups])
    return f" Held against nothing, and in no sum: {names}." if groups else ""


def _gaps(layout: Layout, facts: Facts) -> str:
    """How a gap in pay is worked out, and what each leaves out."""
    if not layout.cells or layout.cells[0].kind != "pay_gaps":
        return ""
    said = (
        "The median pay for an hour of those beside less that of the group, as a share of the former, over the people "
        "of all members that tell pay; below nought the group is paid more. Small print: whatever the people of either "
        "side are paid of whom it is not told. It compares all people, not those in the same work."
    )
    caveats = [text for group in dict.fromkeys(cell.group for cell in layout.cells) for text in facts["gaps"][group]]
    return " ".join([said, *caveats])


def _targets(layout: Layout, facts: Facts) -> str:
    """What is short of a target, and where the targets of a table were decided."""
    if not layout.cells or layout.cells[0].kind != "targets":
        return ""
    sources = facts.get("target_sources", {})
    told = list(dict.fromkeys(sources[cell.group] for cell in layout.cells if cell.group in sources))
    said = (
        "Short of the target: the share that is missing, of all that is bought in the category; nought where it is met."
    )
    said += " What cannot be placed is taken to be like the rest; the bounds put all of it elsewhere, or in the area."
    return f"{said} Targets: {wording.listing(told)}." if told else said


def _prices(layout: Layout, facts: Facts) -> str:
    """At whose prices a table in real terms is, and by which deflator."""
    if not layout.cells or layout.cells[0].kind != "real_terms":
        return ""
    by = facts["deflator"]
    said = f"At the prices of the financial year {facts['year']}: each year's figure in cash, as it is shown, times the"
    said += " prices of that year over those of its own,"
    return f"{said} by the GDP deflator {by['id']} ({by['vintage']}; {by['source']})."


def _withheld(layout: Layout) -> str:
    cells = [cell for cell in layout.cells if cell.is_withheld]
    if not cells:
        return ""
    rules = wording.listing(list(dict.fromkeys(cell.rule for cell in cells if cell.rule)))
    are = "One figure is" if len(cells) == 1 else f"{len(cells)} figures are"
    return f"{are} withheld{f' ({rules})' if rules else ''}."


def _rates(layout: Layout, facts: Facts) -> list[str]:
    """Which rates of the years that the table shows nobody checked, or are those of an earlier year."""
    cells = [cell for cell in layout.cells if cell.is_told and cell.kind != "coverage"]
    periods = {period for cell in cells for period in (cell.period, cell.since_period) if period}
    return rates_in_doubt(facts, [cell.metric for cell in cells], periods, short=True) if cells else []


def _rounding(layout: Layout) -> str:
    """That parts do not add up to the whole, where rounding them one by one has that effect."""
    for _, row in layout.rows:
        parts = {cell.item: cell for cell in row if cell is not None and cell.kind == "parts"}
        whole = parts.pop("change", None)
        if not add_up(parts.values(), whole):
            return "Every figure is rounded by itself, so parts may not add up to the whole."
    return ""


def _shorthand(layout: Layout) -> str:
    """What signs mean that stand where a figure would; words, such as "fewer than 5", say it themselves."""
    found = sorted({cell.shown for cell in layout.cells if cell.shown.startswith("[") or _is_sign(cell)})
    withheld = wording.SHORTHAND["[c]"]
    return " ".join(f"{code} means {wording.SHORTHAND.get(code, withheld)}." for code in found)


def _is_sign(cell: Cell) -> bool:
    return cell.is_withheld and not any(sign.isalpha() for sign in cell.shown)
