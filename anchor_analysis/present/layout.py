"""How a released table is laid out in rows and columns, for pages and for workbooks alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from anchor_analysis.present import sensitivity, wording
from anchor_analysis.present.parts import Part, figure, plain, put_together
from anchor_analysis.present.released import Cell, Facts, Released, add_up

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
    ordered = sorted(cells, key=lambda cell: _row_order(released.facts, cell, split))
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
    if "period" not in filters and cells and cells[0].kind in ("changes", "parts", "reductions"):
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
    if kind == "benchmark":
        return [group], _item
    if kind == "coverage":
        return [member, *([metric] if several("metric") else [])], lambda cell: cell.period
    if any(cell.member for cell in cells):
        return [member], _metric_and_period(facts, several("period"))
    if any(cell.group for cell in cells):
        return [group], _metric_and_period(facts, several("period"))
    return [metric], lambda cell: cell.period


def _group_heading(facts: Facts, cells: list[Cell]) -> str:
    return "Ward" if any(cell.group in facts.get("wards", {}) for cell in cells) else "Group"


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
    periods = sorted({cell.period for cell in cells})  # the newest first: on a phone it is the one that is seen

    def order(cell: Cell) -> tuple[int, int, int]:
        place = items.index(cell.item) if cell.item in items else len(items)
        by_metric = metrics.index(cell.metric) if cell.kind == "levels" and (cell.member or cell.group) else 0
        last = cell.item == "change" and cell.kind == "parts"  # the whole after its parts
        return len(items) if last else place, by_metric, -periods.index(cell.period)

    return sorted(cells, key=order)


def _row_order(facts: Facts, cell: Cell, split: bool) -> tuple[int, str]:
    """Wards by name, then elsewhere, unknown and the total; everything else as it was released."""
    if cell.group in wording.GROUPS and cell.group:
        return 2, str(list(wording.GROUPS).index(cell.group))
    if cell.group:
        return 1, wording.group_name(facts, cell.group)
    is_total = split and not cell.member
    return (3, "") if is_total else (0, "")


def below(cell: Cell) -> list[list[Part]]:
    """What stands in small print below a figure: its bounds, how many members it counts, its note."""
    said = []
    if cell.kind == "levels" and cell.has_bounds and cell.unit == "share" and cell.is_number:
        said.append(put_together(figure(cell, "lower"), " to ", figure(cell, "upper")))
    if cell.item == "quotient" and cell.has_bounds:
        said.append(put_together(figure(cell, "lower"), " to ", figure(cell, "upper")))
    if _says_members(cell):
        said.append(put_together(figure(cell, "counted"), " of ", figure(cell, "expected"), " members"))
    if cell.note and (cell.kind != "changes" or cell.item in ("to", "verdict")):  # once a row is enough
        said.append([figure(cell, "note")])
    return said


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
        _withheld(layout),
        _rounding(layout),
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
    counts = sorted(
        {(cell.members_counted, cell.members_expected) for cell in cells if cell.kind in ("levels", "benchmark")}
    )
    return f"Counting {wording.listing([f'{counted} of {of} members' for counted, of in counts])}." if counts else ""


def _expected(layout: Layout, facts: Facts) -> str:
    """What stands in a benchmark table as expected, by which benchmark, and what is left out."""
    if not layout.cells or layout.cells[0].kind != "benchmark":
        return ""
    said = f"Expected: if those counted here lived across these wards as in the benchmark, {wording.benchmark(facts)}."
    without = sorted({cell.group for cell in layout.cells if cell.status == "no_value" and "no benchmark" in cell.rule})
    if without:
        names = wording.listing([wording.group_name(facts, group) for group in without])
        said += f" Without a benchmark, and in no sum: {names}."
    return f"{said} Whom nobody could place is in no ward; the bounds put all of them in it, or in the others."


def _withheld(layout: Layout) -> str:
    cells = [cell for cell in layout.cells if cell.is_withheld]
    if not cells:
        return ""
    rules = wording.listing(list(dict.fromkeys(cell.rule for cell in cells if cell.rule)))
    are = "One figure is" if len(cells) == 1 else f"{len(cells)} figures are"
    return f"{are} withheld{f' ({rules})' if rules else ''}."


def _rounding(layout: Layout) -> str:
    """That parts do not add up to the whole, where rounding them one by one has that effect."""
    for _, row in layout.rows:
        parts = {cell.item: cell for cell in row if cell is not None and cell.kind == "parts"}
        whole = parts.pop("change", None)
        if not add_up(parts.values(), whole):
            return "Every figure is rounded by itself, so parts may not add up to the whole."
    return ""


def _shorthand(layout: Layout) -> str:
    found = sorted({cell.shown for cell in layout.cells if cell.shown.startswith("[")})
    return " ".join(f"{code} means {wording.SHORTHAND.get(code, 'see the notes')}." for code in found)
