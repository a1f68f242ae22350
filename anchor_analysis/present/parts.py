"""What a sentence is put together from: plain words, figures of released cells, and facts of the edition.

Plain words hold no digits, so no number can enter a sentence except from a cell or a fact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from anchor_analysis.present import wording
from anchor_analysis.present.released import Cell, Facts

#: What of a cell may be printed: it, it without its sign, its bounds, its members, and the words beside it.
FIELDS = ("shown", "size", "lower", "upper", "counted", "expected", "rule", "note")


@dataclass(frozen=True)
class Part:
    """A piece of a sentence.

    With `cell`, its text is that field of the cell, one of FIELDS. With `fact`, it comes from the edition's facts.
    """

    text: str
    cell: str = ""
    field: str = ""
    fact: str = ""

    def __post_init__(self) -> None:
        if not self.cell and not self.fact and any(letter.isdigit() for letter in self.text):
            raise ValueError(f'a number in a sentence needs its cell or fact: "{self.text}"')


Words: TypeAlias = "str | Part | Iterable[Words]"


def sentence(*words: Words) -> list[Part]:
    """One sentence: capital at its beginning, full stop at its end."""
    parts = put_together(*words)
    first = parts[0]
    if not first.cell:  # what a cell shows is never touched
        parts[0] = Part(wording.capital(first.text), fact=first.fact)
    last = parts[-1].text
    return parts if last.endswith((".", ":", "?")) else [*parts, Part(".")]


def put_together(*words: Words) -> list[Part]:
    """All pieces one after the other, empty ones left out."""
    parts: list[Part] = []
    for word in words:
        if isinstance(word, Part):
            parts.append(word)
        elif isinstance(word, str):
            parts += [Part(word)] if word else []
        else:
            parts += put_together(*word)
    return parts


def plain(parts: Iterable[Part]) -> str:
    """Parts as one text."""
    return "".join(part.text for part in parts)


def figure(cell: Cell, field: str = "shown") -> Part:
    """A field of a cell as it is printed."""
    return Part(field_text(cell, field), cell.cell_id, field)


def field_text(cell: Cell, field: str) -> str:
    """What a field of a cell prints; whoever checks a claim can ask the same."""
    if field in ("lower", "upper"):
        return "" if math.isnan(getattr(cell, field)) else cell.bound(field)
    if field in ("counted", "expected"):
        return f"{getattr(cell, f'members_{field}'):,}"
    return str(getattr(cell, field))


def printed(cells: Iterable[Cell]) -> dict[tuple[str, str], str]:
    """Every text that may stand on a page for a released cell, by cell id and field."""
    return {(cell.cell_id, field): field_text(cell, field) for cell in cells for field in FIELDS}


def year(period: str) -> Part:
    """A network year, as the fact that it is."""
    return Part(period, fact="period")


def title(facts: Facts, metric: str) -> Part:
    """A metric's title, as it stands within a sentence."""
    return Part(wording.lower_first(wording.title(facts, metric)), fact=f"definitions.{metric}.title")


def noun(facts: Facts, metric: str, text: str = "") -> Part:
    """What a metric counts; or `text`, what is left of it where its beginning was said before."""
    return Part(text or wording.noun(facts, metric), fact=f"definitions.{metric}.noun")


def member(facts: Facts, member_id: str) -> Part:
    """A member's name."""
    return Part(wording.member_name(facts, member_id), fact=f"members.{member_id}.name")


def in_a_row(items: list[list[Part]]) -> list[Part]:
    """Items as a list within a sentence."""
    return put_together(wording.interleave(items, [Part(", ")], [Part(" and ")]))
