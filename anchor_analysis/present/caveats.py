"""The limits of an edition in words: who is missing, what is unknown, withheld, not comparable or unchecked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from anchor_analysis.present import answers, sensitivity, wording
from anchor_analysis.present.claims import Claims, coverage
from anchor_analysis.present.links import Linked, as_html
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.parts import Part, figure, plain, put_together
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Cell, Facts, Released, is_network_level
from anchor_analysis.present.sentences import NO_VERDICT, why_not
from anchor_analysis.present.shown import Shown

Items = list[tuple[Content, str]]

COUNTED_TWICE = (
    "A person employed by two members is counted twice, once by each: nothing in the returns tells that two members' "
    "staff are the same person. How many there are is not known."
)

UNTESTED = (
    "How far it hangs on what counts as most disadvantaged is not told, since no other release of the Index and no "
    "second list of wards is named"
)

TWO_RELEASES = (
    "Two releases of the Index rank different neighbourhoods, and each against one another: what lies between their "
    "counts is nobody's doing, and no year is compared across them."
)


def limits(
    cells: pd.DataFrame | Released, facts: Facts, claims: Claims | None = None, lever: str = "", metric: str = ""
) -> Shown:
    """What the figures cannot say, each kind of limit under a heading of its own; a kind without any is left out.

    What is unknown, without a figure, or not comparable is told of the metrics of one lever, or of one metric; without
    either, of those of the first page: headlines, and what stands beside one.
    """
    linked = Linked(cells, facts, claims)
    about = {name for name in linked.released.metrics() if wording.is_about(facts, name, lever, metric)}
    sections = {
        "Who is not in the figures, or only in part": _absent(linked, about),
        "What is unknown": _unknown(linked, about),
        "What cannot be compared": _not_comparable(linked, about),
        "What depends on a choice": _choices(linked, about),
        "In which areas it is counted": [_item(f"{said}.") for said in linked.facts.get("areas", [])],
        "What stands beside figures": _noted(linked, about),
        "What is withheld": _withheld(linked, about),
        "What was not checked": _unchecked(linked, about),
        "How far the figures go": _reach(linked, about),
    }
    told = {name: items for name, items in sections.items() if items}
    html = [_section(name, [content for content, _ in items]) for name, items in told.items()]
    text = "\n".join("\n".join([name, *(f"- {said}" for _, said in items)]) for name, items in told.items())
    return Shown(element("div", html, class_="limits"), text)


def _section(name: str, items: list[Content]) -> list[Html]:
    return [element("h3", name), element("ul", [element("li", item) for item in items])]


def _item(text: str) -> tuple[Content, str]:
    return text, text


def _absent(linked: Linked, about: set[str]) -> Items:
    facts, words = linked.facts, coverage(linked.released, about)
    found: Items = [(element("p", as_html(words), class_="claim"), plain(words))] if words else []
    notes = sorted(facts.get("coverage_notes", []), key=lambda note: (str(note["year"]), str(note["member"])))
    for note in reversed([note for note in notes if _concerns(note, facts, about)]):
        status = wording.STATUSES.get(str(note["status"]), str(note["status"]))
        who = wording.member_name(facts, str(note["member"]))
        tables = wording.listing([str(table) for table in note["tables"]])
        raised = f", raised to the year from {months} months" if (months := note.get("months")) else ""
        text = f"{note['year']}, {who}, {tables}: {status}{raised}. {note['reason']}"
        found.append((element("span", text, data_fact="coverage_notes"), text))
    return found + _without_figures(linked, about)


def _concerns(note: dict[str, Any], facts: Facts, about: set[str]) -> bool:
    """Whether a decision about a return is about rows that these metrics are counted from; one is refused whole."""
    tables = {wording.defined(facts, metric).get("table") for metric in about} - {None}
    return note["status"] == "refused" or not tables or not tables.isdisjoint(note["tables"])


def _without_figures(linked: Linked, about: set[str]) -> Items:
    """The measures that nobody reported for the year, by their status."""
    by_status: dict[str, list[str]] = {}
    for metric in linked.released.metrics("levels", "changes"):
        cell = linked.released.level(metric)
        if metric in about and cell is not None and cell.is_absent:
            by_status.setdefault(wording.STATUSES.get(cell.status, cell.shown), []).append(metric)
    return [
        _item(f"No figure for {linked.released.year}, {why}: {_titles(linked.facts, found)}.")
        for why, found in by_status.items()
    ]


def _unknown(linked: Linked, about: set[str]) -> Items:
    known = linked.released
    told = [metric for metric in known.metrics("levels", "changes") if metric in about]
    levels = [level for metric in told if (level := known.level(metric))]
    return [_possible(linked, cell) for cell in levels if cell.has_bounds or cell.status == "no_value"]


def _possible(linked: Linked, cell: Cell) -> tuple[Content, str]:
    """What a figure could be, whatever the unknown part of it turns out to be."""
    subject = Part(wording.title(linked.facts, cell.metric), fact=f"definitions.{cell.metric}.title")
    if not cell.is_number:
        words = put_together(subject, ": ", why_not(cell), ".")
    else:
        bounds = put_together(figure(cell, "lower"), " to ", figure(cell, "upper"))
        words = put_together(subject, ": ", figure(cell), " where it is known; anything from ", bounds, " is possible.")
    return as_html(words), plain(words)


def _not_comparable(linked: Linked, about: set[str]) -> Items:
    known = linked.released
    if not any(cell.kind == "changes" for cell in known.cells):
        metrics = known.metrics("levels")
        return [_item(plain(answers.no_change(known, metrics[0])))] if metrics else []
    found: dict[str, list[str]] = {}
    for cell in known.select(kind="changes", item="verdict", period=known.year):
        if cell.metric in about and cell.shown in NO_VERDICT and not cell.is_withheld:
            found.setdefault(_no_verdict(cell), []).append(cell.metric)
    return [_item(f"{why}: {_titles(linked.facts, metrics)}.") for why, metrics in found.items()]


def _noted(linked: Linked, about: set[str]) -> Items:
    """The notes on the network's figures, each with its years and measures."""
    known = linked.released
    noted: dict[str, list[Cell]] = {}
    for cell in known.cells:
        if cell.metric in about and is_network_level(cell) and cell.note:
            noted.setdefault(cell.note, []).append(cell)
    return [
        _item(_note(linked.facts, note, cells, [name for name in known.metrics("levels") if name in about]))
        for note, cells in noted.items()
    ]


def _note(facts: Facts, note: str, cells: list[Cell], every: list[str]) -> str:
    metrics = list(dict.fromkeys(cell.metric for cell in cells))
    years = wording.listing(sorted({cell.period for cell in cells}))
    measures = "every measure" if len(metrics) == len(every) else _titles(facts, metrics)
    return f"{wording.capital(note)}, {years}: {wording.lower_first(measures)}."


def _no_verdict(cell: Cell) -> str:
    panel = wording.PANELS.get(cell.panel, cell.panel).lower()
    note = f" ({cell.note})" if cell.note else ""
    return f"{cell.since_period} and {cell.period}, {panel}, {cell.shown}{note}"


def _titles(facts: Facts, metrics: list[str]) -> str:
    names = [wording.title(facts, metric) for metric in dict.fromkeys(metrics)]
    return wording.listing([names[0], *(wording.lower_first(name) for name in names[1:])])


def _withheld(linked: Linked, about: set[str]) -> Items:
    rules: dict[str, int] = {}
    for cell in linked.released.cells:
        if cell.is_withheld and cell.metric in about:
            rules[cell.rule or "withheld"] = rules.get(cell.rule or "withheld", 0) + 1
    found = [_item(f"{'One figure' if count == 1 else f'{count:,} figures'}: {rule}.") for rule, count in rules.items()]
    profiles = _profiles(linked, about)
    rules_in_html = [element("span", f"{title}. ", data_fact=f"profiles.{kind}") for kind, title in profiles.items()]
    text = f"Rules: {'. '.join(profiles.values())}."
    return [*(found or [_item("No figure is withheld.")]), (["Rules: ", rules_in_html], text)]


def _profiles(linked: Linked, about: set[str]) -> dict[str, str]:
    """The disclosure profiles that these metrics are under."""
    profiles = {str(kind): str(title) for kind, title in linked.facts.get("profiles", {}).items()}
    used = {str(wording.defined(linked.facts, metric).get("protect", "")) for metric in about}
    return {kind: title for kind, title in profiles.items() if kind in used} or profiles


def _unchecked(linked: Linked, about: set[str]) -> Items:
    facts, found = linked.facts, []
    definitions = {name: known for name, known in facts.get("definitions", {}).items() if name in about}
    unchecked = [name for name, known in definitions.items() if known.get("checker") == "unchecked"]
    if unchecked and len(unchecked) == len(definitions):
        found.append(_item("No second person has checked the definitions of the measures yet."))
    elif unchecked:
        found.append(_item(f"Definitions that no second person has checked: {_titles(facts, unchecked)}."))
    rules = [kind for kind in _profiles(linked, about) if facts.get("profile_status", {}).get(kind) == "unverified"]
    if rules:
        found.append(_item(f"Rules of protection whose source was not verified: those for {wording.listing(rules)}."))
    for name in ("disadvantaged", "disadvantaged_other"):
        wards = facts.get(name)
        if wards and wards.get("source_status") != "verified":
            names = wording.listing([wording.group_name(facts, code) for code in wards.get("wards", [])])
            source = str(wards.get("source", "")).rstrip(".")
            listed = f" ({names})" if names else ""
            found.append(_item(f"{wards['title']}{listed}, {wards.get('source_status')}: {source}."))
    found += [
        _item(said) for said in rates_in_doubt(facts, [name for name in linked.released.metrics() if name in about])
    ]
    return found + [_item(f"{wording.capital(str(said))}.") for said in facts.get("moved_lists", [])]


def _choices(linked: Linked, about: set[str]) -> Items:
    """What depends on a choice that was not put to the test, and that two releases tell of places and not of change."""
    facts = linked.facts
    untested = [metric for metric in sensitivity.untested(linked.released) if metric in about]
    if untested:
        return [_item(f"{UNTESTED}: {wording.lower_first(_titles(facts, untested))}.")]
    named = any(reference.get("role") == "deprivation_other" for reference in facts.get("references", []))
    ranked = any("deprivation" in str(wording.defined(facts, metric).get("made_from", "")) for metric in about)
    return [_item(TWO_RELEASES)] if named and ranked else []


def _reach(linked: Linked, about: set[str]) -> Items:
    facts, known = linked.facts, linked.released
    found = [_item("Every sentence here describes what was reported. None says that the network caused it.")]
    year_ends = f"The network's year ends on {wording.day(str(facts['period_end']))}."
    if any(wording.is_of_last_day(facts, metric) for metric in known.metrics("levels", "changes") if metric in about):
        year_ends += " Staff are counted on the last day of each member's own year."
    found.append(_item(year_ends))
    if any(_counts_people(linked, metric) for metric in known.metrics("levels") if metric in about):
        found.append(_item(COUNTED_TWICE))
    return found


def _counts_people(linked: Linked, metric: str) -> bool:
    """Whether the year has a figure of a metric that counts persons."""
    cell = linked.released.level(metric)
    return wording.unit_of(linked.facts, metric) == "persons" and cell is not None and cell.is_number
