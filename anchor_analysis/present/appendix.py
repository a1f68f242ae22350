"""Where every number comes from: one entry for each claim, folded until it is asked for."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.declared.tables import OF_ANOTHER
from anchor_analysis.present import wording
from anchor_analysis.present.claims import Claim, Claims
from anchor_analysis.present.definitions import definition
from anchor_analysis.present.links import Linked
from anchor_analysis.present.markup import Html, element
from anchor_analysis.present.released import Cell, Facts, Released
from anchor_analysis.present.shown import Shown, nothing


def sources(
    cells: pd.DataFrame | Released, facts: Facts, claims: Claims | None = None, lever: str = "", metric: str = ""
) -> Shown:
    """The appendix of sources: every claim with its id, below what each measure counts.

    Each figure of a claim leads to its card, where members, bounds, rules and sources are told. The claims are those of
    one lever, or of one metric; without either those of the first page: the answers, and what is a headline or stands
    beside one.
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
        element("p", "Id: ", element("code", claim.id), class_="id"),
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
