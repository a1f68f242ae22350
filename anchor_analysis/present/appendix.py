"""Where every number comes from: one entry for each claim, folded until it is asked for."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.declared.tables import OF_ANOTHER
from anchor_analysis.present import wording
from anchor_analysis.present.claims import Claim, Claims
from anchor_analysis.present.definitions import definition
from anchor_analysis.present.links import Linked, fields_of
from anchor_analysis.present.markup import Html, element
from anchor_analysis.present.parts import Part, figure, put_together
from anchor_analysis.present.released import Cell, Facts, Released
from anchor_analysis.present.shown import Shown, nothing


def sources(
    cells: pd.DataFrame | Released, facts: Facts, claims: Claims | None = None, lever: str = "", metric: str = ""
) -> Shown:
    """The appendix of sources: every claim with its cells, bounds and rules, below what each measure counts.

    The claims are those of one lever, or of one metric; without either those of the first page: the answers, and what
    is a headline or stands beside one.
    """
    linked = Linked(cells, facts, claims)
    chosen = [
        claim for claim in linked.claims
        if (wording.is_about(facts, claim.about, lever, metric) if claim.about else not (lever or metric))
    ]  # fmt: skip
    if not chosen:
        return nothing("This edition makes no claims.")
    groups: dict[str, list[Claim]] = {}
    for claim in chosen:
        groups.setdefault(claim.about, []).append(claim)
    ladders = wording.listing(list(dict.fromkeys(claim.ladder for claim in chosen)))
    strength = element("p", f"Strength of the claims: {ladders}. They say what was reported, not why.", class_="ladder")
    entries = [_group(linked, about, found) for about, found in groups.items()]
    html = element("div", strength, entries, class_="sources")
    text = "\n".join(f"{claim.id}: {claim.sentence}" for claim in chosen)
    return Shown(html, text, _as_frame(chosen))


def _as_frame(claims: list[Claim]) -> pd.DataFrame:
    rows = [(claim.id, claim.sentence, cell) for claim in claims for cell in claim.cells]
    return pd.DataFrame(rows, columns=["claim", "sentence", "cell_id"])


def _group(linked: Linked, about: str, claims: list[Claim]) -> list[Html]:
    name = wording.title(linked.facts, about) if about else "The answers"
    counted = definition(linked.facts, about) if about else None
    return [element("h3", name), *([counted] if counted else []), *(_entry(linked, claim) for claim in claims)]


def _entry(linked: Linked, claim: Claim) -> Html:
    content = [
        element("summary", claim_title(linked, claim)),
        element("div", linked.unlinked(claim), id=f"claim-{claim.id}"),  # within the fold, so that a link opens it
        _figures(linked, claim),
    ]
    return element("details", content, class_="source")


def claim_title(linked: Linked, claim: Claim) -> str:
    """What a sentence is about, in a few words."""
    if not claim.about:
        return wording.capital(claim.id.removeprefix("answer-").replace("-", " "))
    name = claim.id.removeprefix(claim.about.replace("_", "-")).strip("-").replace("-", " ")
    cells = [linked.released.by_id[cell] for cell in claim.cells if cell in linked.released.by_id]
    since = next((cell.since_period for cell in cells if cell.since_period), "")
    kind = wording.capital(name.removesuffix(" since previous").removesuffix(" since baseline"))
    title = wording.lower_first(wording.title(linked.facts, claim.about))
    return f"{kind}{f' since {since}' if since else f' in {linked.released.year}'}: {title}"


def _figures(linked: Linked, claim: Claim) -> Html:
    cells = [linked.released.by_id[cell] for cell in claim.cells if cell in linked.released.by_id]
    return element("ul", [_figure(linked, cell) for cell in cells], class_="figures")


def _figure(linked: Linked, cell: Cell) -> Html:
    """A figure that a sentence rests on: what it is, members, bounds, rule or note.

    Its id, which `data-of` has, is shown by the style sheet: these lists are long.
    """
    members = put_together(figure(cell, "counted"), " of ", figure(cell, "expected"), " members")
    said = [
        members if cell.members_expected else [],
        put_together(figure(cell, "lower"), " to ", figure(cell, "upper")) if cell.has_bounds else [],
        _remarks(cell),
    ]  # fmt: skip
    beside = [["; ", fields_of(cell, parts)] for parts in said if parts]
    shown = element("b", cell.shown, data_field="shown")
    return element("li", shown, " ", what_it_is(linked.facts, cell), beside, data_of=cell.cell_id)


def _remarks(cell: Cell) -> list[Part]:
    """By which rule a figure was withheld or rounded, and what was noted beside it."""
    rule = put_together("withheld, " if cell.is_withheld else "", figure(cell, "rule")) if cell.rule else []
    note = [figure(cell, "note")] if cell.note else []
    told = put_together(_partly_told(cell) if not cell.note else "")
    said = [words for words in (rule, note, told) if words]
    return put_together(wording.interleave(said, [Part("; ")], [Part("; ")]))


def _partly_told(cell: Cell) -> str:
    told = {"reported_total": "a figure as the members told it", "mixed": "partly figures as the members told them"}
    return told.get(cell.quality, "")


def what_it_is(facts: Facts, cell: Cell) -> str:
    """A cell in words: measure, year, and which panel or part."""
    said = [wording.title(facts, cell.metric), cell.period if not cell.since_period else ""]
    if cell.since_period:
        said.append(f"{wording.ITEMS.get(cell.item, cell.item).lower()}, {cell.since_period} to {cell.period}")
    if cell.kind == "real_terms":
        said.append("in real terms")
    elif cell.kind in OF_ANOTHER:
        said.append(wording.ITEMS[cell.item].lower())
    if cell.kind == "changes":
        said.append(wording.PANELS.get(cell.panel, cell.panel).lower())
    if cell.member:
        said.append(wording.member_name(facts, cell.member))
    if cell.group:
        said.append(wording.group_name(facts, cell.group))
    return ", ".join(text for text in said if text)
