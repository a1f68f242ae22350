"""Where every number comes from: one entry for each claim, folded until it is asked for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from anchor_analysis.declared.tables import OF_ANOTHER
from anchor_analysis.present import wording
from anchor_analysis.present.claims import Claim, Claims
from anchor_analysis.present.links import Linked, as_html
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.parts import Part, figure, put_together
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Cell, Facts, Released
from anchor_analysis.present.shown import Shown, nothing

_OPERATIONS = {"sum": "the sum of {}", "count": "the number of rows"}


def sources(
    cells: pd.DataFrame | Released, facts: Facts, claims: Claims | None = None, lever: str = "", metric: str = ""
) -> Shown:
    """The appendix of sources: every claim with its cells, definition, bounds, rules, caveats and references.

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
    html = element("div", [_group(linked, about, found) for about, found in groups.items()], class_="sources")
    text = "\n".join(f"{claim.id}: {claim.sentence}\n  from {', '.join(claim.cells)}" for claim in chosen)
    return Shown(html, text, _as_frame(chosen))


def _as_frame(claims: list[Claim]) -> pd.DataFrame:
    rows = [(claim.id, claim.sentence, cell) for claim in claims for cell in claim.cells]
    return pd.DataFrame(rows, columns=["claim", "sentence", "cell_id"])


def _group(linked: Linked, about: str, claims: list[Claim]) -> list[Html]:
    name = wording.title(linked.facts, about) if about else "The answers"
    return [element("h3", name), *(_entry(linked, claim) for claim in claims)]


def _entry(linked: Linked, claim: Claim) -> Html:
    content = [
        element("summary", _summary(linked, claim)),
        linked.unlinked(claim),
        _figures(linked, claim),
        definition_list(linked.facts, claim.about) if claim.about else None,
        element("p", f"Strength of the claim: {claim.ladder}. It says what was reported, not why.", class_="ladder"),
    ]
    return element("details", content, id=f"claim-{claim.id}", class_="source")


def _summary(linked: Linked, claim: Claim) -> str:
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
    names = ["Figure", "What it is", "Members", "Bounds", "Rule or note", "Cell and its origin"]
    head = element("thead", element("tr", [element("th", name, scope="col") for name in names]))
    body = element("tbody", [_figure(linked, cell) for cell in cells])
    caption = element("caption", "Released figures that this rests on")
    label = f"Figures of {claim.id.replace('-', ' ')}"
    return element(
        "div", element("table", caption, head, body), class_="scroll", role="region", aria_label=label, tabindex="0"
    )


def _figure(linked: Linked, cell: Cell) -> Html:
    members = put_together(figure(cell, "counted"), " of ", figure(cell, "expected")) if cell.members_expected else "–"
    bounds = put_together(figure(cell, "lower"), " to ", figure(cell, "upper")) if cell.has_bounds else "–"
    return element(
        "tr",
        element("th", cell.shown, scope="row", data_cell=cell.cell_id),
        element("td", what_it_is(linked.facts, cell)),
        [element("td", as_html(put_together(parts))) for parts in (members, bounds, _remarks(cell) or "–")],
        element("td", element("code", cell.cell_id), " from ", element("code", cell.source_id)),
    )


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


def definition_list(facts: Facts, metric: str) -> Html:
    """What is declared of a metric, as a list of terms."""
    known = wording.defined(facts, metric)
    lines: list[tuple[str, Content]] = [
        ("Question", str(known.get("question") or "")),
        ("What is counted", _counted(facts, metric, known)),
        ("Unknown", _unknown(known)),
        ("Protection", _protection(facts, known)),
        ("Caveats", [_of_facts(metric, "caveats", str(text)) for text in _listed(known.get("caveats"))]),
        ("Definition", _of_facts(metric, "source", _origin(known))),
        ("Rates", " ".join(rates_in_doubt(facts, [metric]))),
        ("Reference data", _references(facts)),
    ]
    return element("dl", [element("div", element("dt", name), element("dd", said)) for name, said in lines if said])


def _counted(facts: Facts, metric: str, known: dict[str, Any]) -> str:
    """Numerator and denominator in words, as far as the facts hold them."""
    noun = wording.capital(wording.noun(facts, metric))
    top, bottom = _operand(facts, known.get("numerator")), _operand(facts, known.get("denominator"))
    if top and bottom:
        return f"{noun}: {top}, divided by {bottom}, without what is unknown."
    return f"{noun}: {top}." if top else f"{noun}."


def _operand(facts: Facts, operand: Any) -> str:
    if not isinstance(operand, dict):
        return ""
    if operand.get("metric"):
        return wording.noun(facts, str(operand["metric"]))
    where = operand.get("where") or {}
    kept = wording.listing([f"{name.replace('_', ' ')} is {_either(value)}" for name, value in where.items()])
    doing = next((words.format(operand[name]) for name, words in _OPERATIONS.items() if operand.get(name)), "")
    return f"{doing.replace('_', ' ')}{f' where {kept}' if kept else ''}" if doing else ""


def _either(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return " or ".join(str(one).replace("_", " ") for one in values)


def _unknown(known: dict[str, Any]) -> str:
    if known.get("kind") == "ratio":
        return "Left out of the share; the bounds put all of it in, or all of it out."
    return "Not counted; the upper bound counts all of it." if known.get("unknown") else ""


def _protection(facts: Facts, known: dict[str, Any]) -> list[Html]:
    profiles = {str(kind): str(title) for kind, title in facts.get("profiles", {}).items()}
    chosen = {kind: title for kind, title in profiles.items() if kind == known.get("protect")} or profiles
    return [element("span", f"{title}. ", data_fact=f"profiles.{kind}") for kind, title in chosen.items()]


def _of_facts(metric: str, field: str, text: str) -> Html:
    return element("span", f"{text} ", data_fact=f"definitions.{metric}.{field}")


def _origin(known: dict[str, Any]) -> str:
    said = [
        f"{known['source']}." if known.get("source") else "",
        f"Version {known['version']}." if known.get("version") else "",
    ]
    checker = known.get("checker")
    said.append(
        "Not yet checked by a second person."
        if checker == "unchecked"
        else f"Checked by: {checker}."
        if checker
        else ""
    )
    return " ".join(text for text in said if text)


def _references(facts: Facts) -> str:
    return "; ".join(
        f"{reference['kind']}: {reference['id']}, {reference.get('vintage') or 'vintage not told'}"
        for reference in facts.get("references", [])
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
