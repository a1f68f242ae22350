"""What was revised between two editions of a network: cell by cell, by how much, and why as far as it is known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pandas as pd

from anchor_analysis.present import read_cells
from anchor_analysis.present.released import Cell
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.editions import EditionContent
from anchor_analysis.publish.reasons import RETURN, Reasons, known_reasons

#: What can become of a cell, in the order in which it is told.
OUTCOMES = {
    "revised": "the number changed",
    "withheld now": "protection withholds it, and did not before",
    "told now": "protection withheld it before, and does so no more",
    "came": "it was not there, or nothing was told of it",
    "went": "it is not there any more, or nothing is told of it",
    "words": "a verdict, a status or another text changed",
    "beside": "the figure is as it was; its bounds, its note or the members counted changed",
}

_SAME_OF_BOTH = [
    "table",
    "kind",
    "metric",
    "period",
    "since",
    "since_period",
    "panel",
    "member",
    "group",
    "item",
    "unit",
]
_OF_EACH = ["shown", "status", "value", "lower", "upper", "note", "members"]

REVISION_COLUMNS = [
    "cell_id", *_SAME_OF_BOTH, "outcome", "from_shown", "to_shown", "difference",
    *(f"{end}_{name}" for name in _OF_EACH[1:] for end in ("from", "to")), "reason",
]  # fmt: skip

#: So many returns of a year that changed are named where reasons are counted; of more, it is told how many.
MOST_RETURNS = 3

#: A float of a cell is another only beyond what adding up in another order can do.
_CLOSE = 1e-12

#: What a table of headlines shows of a change.
_HEADLINE_ITEMS = ("change", "verdict")

Pair = tuple[Cell | None, Cell | None]


def compare_editions(before: EditionContent, after: EditionContent) -> pd.DataFrame:
    """The released cells that differ between two editions of one network, by `cell_id`.

    One row per cell, columns as REVISION_COLUMNS, in the order of the later edition, then what went. `outcome` is one
    of OUTCOMES. `from_` is what the earlier edition has and `to_` the later one; where a cell is in one alone, the
    other's texts are empty and its numbers missing. Values, bounds and `difference`, which is to less from, are in the
    cell's `unit`, a share and a percentage as parts of one; `difference` is missing where one of the two is no shown
    number, or where the unit changed. `unit` and `since_period` are the later edition's, if it has the cell.

    `reason` has what changed of what the cell is made from, parted by semicolons, or `not known`. Each is a candidate:
    that it changed is sure, that it moved this cell is not.

    Of editions of two years only the years are compared that a table has in both. Raises UserError (AN042) for
    editions of two networks, and for cells that lack columns.
    """
    _must_be_comparable(before, after)
    reasons = Reasons(before, after)
    rows = [_row(pair, outcome, reasons) for pair in _pairs(before, after) if (outcome := _outcome(*pair))]
    frame = pd.DataFrame(rows, columns=REVISION_COLUMNS)
    numbers = [name for name in REVISION_COLUMNS if name.endswith(("_value", "_lower", "_upper"))] + ["difference"]
    return frame.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(("from_members", "to_members"), "Int64"))


def cells_compared(before: EditionContent, after: EditionContent) -> int:
    """How many cells are held against each other; those that `compare_editions` does not list are the same."""
    return sum(1 for _ in _pairs(before, after))


def headline_revisions(revisions: pd.DataFrame, before: EditionContent, after: EditionContent) -> pd.DataFrame:
    """The rows of `compare_editions` that a reader of the first page would see, by metric, each figure once.

    These are, of the headline metrics, the network's figure of the latest year that both editions have, then its change
    since the year before, and the verdict, for all members and like for like; without those that differ `beside`.
    """
    year = min(before.facts["year"], after.facts["year"])
    headlines = {name for name, one in _definitions(before, after).items() if one.get("headline", True)}
    frame = revisions[revisions["metric"].isin(headlines) & (revisions["period"] == year)]
    frame = frame[frame["outcome"] != "beside"]
    whole = (frame["member"] == "") & (frame["group"] == "")
    level = (frame["kind"] == "levels") & (frame["item"] == "value")
    change = (frame["kind"] == "changes") & (frame["since"] == "previous") & frame["item"].isin(_HEADLINE_ITEMS)
    found = frame[whole & (level | change)].drop_duplicates(["metric", "kind", "panel", "item"])
    keys = [(row.metric, row.kind != "levels", row.panel != "all", row.item != "change") for row in found.itertuples()]
    return found.iloc[sorted(range(len(keys)), key=keys.__getitem__)]


def count_outcomes(revisions: pd.DataFrame) -> dict[str, int]:
    """How many cells there are of each outcome that occurs, in the order of OUTCOMES."""
    counts = revisions["outcome"].value_counts()
    return {name: int(counts[name]) for name in OUTCOMES if name in counts}


def count_reasons(revisions: pd.DataFrame) -> dict[str, int]:
    """For how many cells each reason is a candidate, the most first; a cell can have several.

    Where more than MOST_RETURNS returns of a year changed, came or went, they are one reason, with how many they are.
    """
    single = revisions["reason"].map(known_reasons).explode()
    called = _called(list(single.unique()))
    named = pd.DataFrame({"cell": single.index, "reason": single.map(called)}).drop_duplicates()
    counts = {str(reason): int(count) for reason, count in named["reason"].value_counts().items()}
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _called(reasons: list[str]) -> dict[str, str]:
    """What each reason is called where all are counted: its own text, or that of many returns together."""
    parts = {reason: found for reason in reasons if (found := RETURN.fullmatch(reason))}
    alike = Counter((found["year"], found["what"]) for found in parts.values())
    called = {reason: reason for reason in reasons}
    for reason, found in parts.items():
        count = alike[found["year"], found["what"]]
        if count > MOST_RETURNS:
            called[reason] = f"{count} returns of {found['year']} {found['what']}"
    return called


def _definitions(before: EditionContent, after: EditionContent) -> dict[str, Any]:
    return before.facts.get("definitions", {}) | after.facts.get("definitions", {})


def _must_be_comparable(before: EditionContent, after: EditionContent) -> None:
    if before.facts["network"] != after.facts["network"]:
        what = f"{before.name} and {after.name} are editions of two networks."
        raise UserError(Problem("AN042", "", what, "Name two editions of one network."))
    problems = []
    for content in (before, after):
        missing = [field.name for field in fields(Cell) if field.name not in content.cells.columns]
        if missing:
            what = f"its cells lack the columns {', '.join(missing)}, so another release of anchor_analysis made it."
            remedy = "Compare editions of this release, or run the year again with it."
            problems.append(Problem("AN042", content.name, what, remedy))
    if problems:
        raise UserError(problems)


# --- cells, side by side ---


def _pairs(before: EditionContent, after: EditionContent) -> Iterator[Pair]:
    """Every cell of either edition with the same of the other, or None."""
    earlier, later = read_cells(before.cells), read_cells(after.cells)
    if before.facts["year"] != after.facts["year"]:
        both = {(cell.table, cell.period) for cell in earlier} & {(cell.table, cell.period) for cell in later}
        earlier, later = _held(earlier, both), _held(later, both)
    was, now = {cell.cell_id: cell for cell in earlier}, {cell.cell_id: cell for cell in later}
    yield from ((was.get(name), cell) for name, cell in now.items())
    yield from ((cell, None) for name, cell in was.items() if name not in now)


def _held(cells: list[Cell], periods: set[tuple[str, str]]) -> list[Cell]:
    return [cell for cell in cells if (cell.table, cell.period) in periods]


def _outcome(was: Cell | None, now: Cell | None) -> str:
    """What became of a cell, or nothing where it is the same."""
    if was is None or now is None:
        return "came" if was is None else "went"
    figures = "words" not in (was.unit, now.unit)
    if figures and was.is_absent != now.is_absent:
        return "came" if was.is_absent else "went"
    if was.is_withheld != now.is_withheld:
        return "withheld now" if now.is_withheld else "told now"
    if was.shown == now.shown and was.unit == now.unit and _alike(was.value, now.value):
        return "beside" if _differs_beside(was, now) else ""
    return "revised" if figures and not was.is_absent and not was.is_withheld else "words"


def _differs_beside(was: Cell, now: Cell) -> bool:
    bounds = _alike(was.lower, now.lower) and _alike(was.upper, now.upper)
    said = [(one.status, one.note, one.since_period, one.members_counted, one.members_expected) for one in (was, now)]
    return not bounds or said[0] != said[1]


def _alike(first: float, second: float) -> bool:
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return math.isclose(first, second, rel_tol=_CLOSE, abs_tol=_CLOSE)


def _row(pair: Pair, outcome: str, reasons: Reasons) -> dict[str, Any]:
    there = [cell for cell in reversed(pair) if cell]
    row: dict[str, Any] = {"cell_id": there[0].cell_id} | {name: getattr(there[0], name) for name in _SAME_OF_BOTH}
    for end, cell in zip(("from", "to"), pair, strict=True):
        row |= {f"{end}_{name}": value for name, value in _said(cell).items()}
    found = reasons.of(there, protection_moved=outcome in ("withheld now", "told now"))
    return row | {"outcome": outcome, "difference": _difference(*pair), "reason": found}


def _said(cell: Cell | None) -> dict[str, Any]:
    if cell is None:
        return dict.fromkeys(("shown", "status", "note"), "") | dict.fromkeys(("value", "lower", "upper", "members"))
    return {name: getattr(cell, name) for name in _OF_EACH if name != "members"} | {"members": cell.members_counted}


def _difference(was: Cell | None, now: Cell | None) -> float | None:
    if was is None or now is None or was.unit != now.unit or {was.status, now.status} != {"shown"}:
        return None
    return None if math.isnan(now.value - was.value) else round(now.value - was.value, 10)
