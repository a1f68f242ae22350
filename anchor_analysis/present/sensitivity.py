"""How far a figure depends on a choice: the same counted otherwise, told beside it.

Which figures stand beside one another is declared with the metrics (`beside`); what chose them, a release of the Index
or a list of wards, comes from the edition's facts.
"""

from __future__ import annotations

from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.parts import Part, figure, in_a_row, put_together, sentence
from anchor_analysis.present.released import Cell, Facts, Released

_RELEASES, _LISTS = (
    ("deprivation", "deprivation_other"),
    {"wards": "disadvantaged", "wards_other": "disadvantaged_other"},
)


def others(released: Released, metric: str) -> list[Cell]:
    """The network's figures of the same counted otherwise, of those that were counted, as the metric names them."""
    names = wording.defined(released.facts, metric).get("beside")
    found = [released.level(str(name)) for name in (names if isinstance(names, list | tuple) else [])]
    return [cell for cell in found if cell is not None and cell.is_told]


def choice(facts: Facts, metric: str) -> list[Part]:
    """By which release, or by which definition, a metric counts; nothing where it depends on neither."""
    needed = _made_from(facts, metric)
    for reference in facts.get("references", []):
        if reference.get("role") in needed & set(_RELEASES):
            return [Part(f"IMD {reference['vintage']}", fact=f"references.{reference['role']}")]
    for kind, name in _LISTS.items():
        definition: dict[str, Any] | None = facts.get(name)
        if kind in needed and definition:
            return [Part(wording.lower_first(str(definition["title"])), fact=f"{name}.title")]
    return []


def _made_from(facts: Facts, metric: str) -> set[str]:
    found = wording.defined(facts, metric).get("made_from")
    return set(found) if isinstance(found, list | tuple) else set()


def beside(released: Released, metric: str) -> list[Part]:
    """By what a figure is counted, and what it would be by each other choice; nothing where there is none."""
    level, cells = released.level(metric), others(released, metric)
    if level is None or not level.is_told or not cells:
        return []
    own = choice(released.facts, metric)
    begins = put_together("this is by ", own, "; counted otherwise it is ") if own else "counted otherwise it is "
    return sentence(begins, in_a_row([_other(released, cell, level) for cell in cells]))


def by_other_choices(released: Released, metrics: list[str]) -> list[Part]:
    """What the figures of the first screen would be by another release or list; nothing without any.

    What another definition makes of a figure is told where the figure has a section of its own.
    """
    cells = {cell.metric: (cell, level) for metric in metrics for cell in others(released, metric)
             if choice(released.facts, cell.metric) and not wording.is_headline(released.facts, cell.metric)
             and (level := released.level(metric))}  # fmt: skip
    items = [_other(released, cell, level) for cell, level in cells.values() if cell.is_number]
    return sentence("counted otherwise it would be ", in_a_row(items)) if items else []


def _other(released: Released, cell: Cell, level: Cell) -> list[Part]:
    facts = released.facts
    noun = Part(_without_share(wording.noun(facts, cell.metric)), fact=f"definitions.{cell.metric}.noun")
    by = [] if "wards" in _made_from(facts, cell.metric) else choice(facts, cell.metric)  # the list is in the noun
    of = " of " if wording.is_ratio(facts, cell.metric) else " "
    shown = put_together(figure(cell), of) if cell.is_number else put_together(_untold(cell), " for ")
    counting: list[Part] = []
    if cell.members_counted != level.members_counted:
        counting = put_together(" (", figure(cell, "counted"), " of ", figure(cell, "expected"), " members)")
    return put_together(shown, noun, [" (", by, ")"] if by else "", counting)


def _untold(cell: Cell) -> str:
    return "a figure that is withheld" if cell.is_withheld else "no figure"


def _without_share(noun: str) -> str:
    return noun.removeprefix("share of ")


def untested(released: Released) -> list[str]:
    """The metrics by a release or list beside which none is named, so that nothing tells how far they depend on it."""
    facts = released.facts
    told = [name for name in released.metrics("levels", "changes") if (cell := released.level(name)) and cell.is_told]
    return [
        name
        for name in told
        if _made_from(facts, name) & {*_RELEASES, *_LISTS}
        and wording.defined(facts, name).get("beside")
        and not any(not wording.is_headline(facts, cell.metric) for cell in others(released, name))
    ]
