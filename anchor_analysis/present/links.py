"""Numbers as links to where they come from, and claims as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from anchor_analysis.present.claims import Claim, Claims, make_claims, read_claims
from anchor_analysis.present.markup import Html, element, join
from anchor_analysis.present.parts import Part, figure
from anchor_analysis.present.released import Cell, Facts, Released, released


class Linked:
    """An edition's released cells with its claims: knows under which source entry a cell is explained.

    `page` is the page that holds the sources, where that is another one than the numbers are on.
    """

    def __init__(self, cells: pd.DataFrame | Released, facts: Facts, claims: Claims | None = None, page: str = ""):
        self.released = released(cells, facts)
        self.facts = facts
        self.claims = read_claims(claims) if claims is not None else make_claims(self.released, facts)
        self.page = page
        self._entries: dict[str, str] = {}
        for claim in sorted(self.claims, key=lambda claim: not claim.about):  # a metric's own entry explains best
            for cell in claim.cells:
                self._entries.setdefault(cell, claim.id)

    def of(self, ids: Sequence[str]) -> list[Claim]:
        """The claims of these ids."""
        return [claim for claim in self.claims if claim.id in ids]

    def about(self, metrics: Sequence[str]) -> list[Claim]:
        """The claims about these metrics."""
        return [claim for claim in self.claims if claim.about in metrics and claim.about]

    def number(self, cell: Cell, field: str = "shown") -> Html:
        """A field of a cell, linked to the entry that explains it, if one does."""
        return self._link(figure(cell, field), self._entries.get(cell.cell_id, ""))

    def sentence(self, claim: Claim) -> Html:
        """A claim as a paragraph in which every figure is a link."""
        return element("p", [self._part(part, claim) for part in claim.parts], class_="claim", data_claim=claim.id)

    def unlinked(self, claim: Claim) -> Html:
        """A claim as a paragraph within its own entry."""
        return element("p", as_html(claim.parts), class_="claim", data_claim=claim.id)

    def _part(self, part: Part, claim: Claim) -> Html:
        if not part.cell:
            return as_html([part])
        return self._link(part, self._entries.get(part.cell, claim.id), claim.id)

    def _link(self, part: Part, entry: str, claim: str = "") -> Html:
        if not entry or part.field in ("note", "rule"):
            return as_html([part])
        kind = None if part.text[:1] in "+-−£" or part.text[:1].isdigit() else "word"
        target = f"{self.page}#claim-{entry}"
        return element(
            "a",
            part.text,
            href=target,
            class_=kind,
            data_cell=part.cell,
            data_field=_field(part),
            data_claim=claim or entry,
        )


def as_html(parts: Iterable[Part]) -> Html:
    """Parts without links: what comes from a cell or holds a fact's digits says so."""
    return join(_as_html(part) for part in parts)


def fields_of(cell: Cell, parts: Iterable[Part]) -> Html:
    """Parts within an element that names the cell for all of them (`data-of`): each says which field it is."""
    return join(
        element("span", part.text, data_field=part.field or "shown") if part.cell == cell.cell_id else _as_html(part)
        for part in parts
    )


def _as_html(part: Part) -> Html:
    if part.cell:
        return element("span", part.text, data_cell=part.cell, data_field=_field(part))
    if part.fact and any(letter.isdigit() for letter in part.text):
        return element("span", part.text, data_fact=part.fact)
    return join(part.text)


def _field(part: Part) -> str | None:
    """`shown` is what an element of a cell holds if it does not say otherwise."""
    return None if part.field == "shown" else part.field
