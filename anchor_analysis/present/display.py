"""The first screen: three answers, the headline cards, and sentences about chosen metrics."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from anchor_analysis.present import answers, sensitivity, wording
from anchor_analysis.present.claims import AGAINST, Claim, Claims
from anchor_analysis.present.links import Linked, as_html
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.parts import Part, plain
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Cell, Facts, Released
from anchor_analysis.present.sentences import for_the, is_comparable, why_no_change, why_not
from anchor_analysis.present.shown import Shown, nothing

QUESTIONS = {
    "answer-what-changed": "What changed?",
    "answer-for-whom": "For whom?",
    "answer-how-sure": "How sure are we?",
}


def answer(cells: pd.DataFrame | Released, facts: Facts, claims: Claims | None = None) -> Shown:
    """The three questions of the first screen, each answered in computed sentences."""
    linked = Linked(cells, facts, claims)
    found = {claim.id: claim for claim in linked.of(list(QUESTIONS))}
    told = [(question, found[name]) for name, question in QUESTIONS.items() if name in found]
    items = [
        element("div", element("h3", question), linked.sentence(claim), class_="question") for question, claim in told
    ]
    text = "\n".join(f"{question} {claim.sentence}" for question, claim in told)
    return Shown(element("div", items, class_="answer"), text)


def sentences_about(
    cells: pd.DataFrame | Released, facts: Facts, *metrics: str, claims: Claims | None = None, since: str = "previous"
) -> Shown:
    """What is said of these metrics: their level, change and like for like, since the year before or the baseline."""
    linked = Linked(cells, facts, claims)
    other = "baseline" if since == "previous" else "previous"
    left_out = (f"since-{other}", AGAINST)
    said = [claim for claim in linked.about(metrics) if not claim.id.endswith(left_out)]
    if not said:
        titles = wording.listing([wording.lower_first(wording.title(facts, metric)) for metric in metrics])
        return nothing(f"Nothing was reported of {titles} for {facts['year']}.")
    html = [_about(linked, metric, [claim for claim in said if claim.about == metric]) for metric in metrics]
    doubts = rates_in_doubt(facts, [claim.about for claim in said], short=True)
    text = "\n".join([*(claim.sentence for claim in said), *doubts])
    return Shown(
        element("div", html, [element("p", doubt, class_="doubt") for doubt in doubts], class_="sentences"), text
    )


def _about(linked: Linked, metric: str, claims: list[Claim]) -> list[Html]:
    if not claims:
        return []
    said = [linked.sentence(claim) for claim in claims]
    return [element("div", element("h3", wording.title(linked.facts, metric)), said, class_="about")]


def against_benchmark(cells: pd.DataFrame | Released, facts: Facts, metric: str, claims: Claims | None = None) -> Shown:
    """What is said of a metric by area beside the network's benchmark, or that the network names none."""
    linked = Linked(cells, facts, claims)
    said = [claim for claim in linked.about([metric]) if claim.id.endswith(AGAINST)]
    if not said:
        why = "no area has both" if facts.get("benchmark") else "the network names none"
        return nothing(f"Nothing is held against a benchmark: {why}.")
    return Shown(
        element("div", [linked.sentence(claim) for claim in said]), "\n".join(claim.sentence for claim in said)
    )


def cards(
    cells: pd.DataFrame | Released,
    facts: Facts,
    metrics: Sequence[str] = (),
    claims: Claims | None = None,
    page: str = "",
    *,
    sparklines: bool = False,
) -> Shown:
    """Headline cards: value, change since the year before, like for like beside it, members counted, bounds.

    Without `metrics` they are those of the first screen. `page` is the page whose sources the numbers link to,
    where the cards stand on another one. With `sparklines` each has its years as a small line.
    """
    linked = Linked(cells, facts, claims, page)
    known = linked.released
    chosen = [metric for metric in metrics or answers.main_metrics(known) if answers.is_told(known, metric)]
    if not chosen:
        return nothing(f"No figure was reported for {facts['year']}.")
    items = [element("li", _card(linked, metric, sparklines), class_="card") for metric in chosen]
    text = "\n\n".join(_card_text(linked, metric) for metric in chosen)
    # A list whose bullets are styled away is read as a list only where its role says so.
    return Shown(element("ul", items, class_="cards", role="list"), text)


def _card(linked: Linked, metric: str, sparklines: bool) -> list[Content]:
    level = linked.released.level(metric)
    assert level is not None
    value = linked.number(level) if level.is_number else _not_told(level)
    return [
        element("h3", wording.title(linked.facts, metric)),
        element("p", value, class_="value" if level.is_number else "value untold"),
        element("p", _under_value(linked, level), class_="counted"),
        _sparkline(linked.released, metric) if sparklines else None,
        element("dl", [_line(name, content) for name, content in _lines(linked, metric, level)]),
    ]


def _sparkline(known: Released, metric: str) -> Html | None:
    from anchor_analysis.present.charts.sparkline import sparkline  # whoever draws nothing need not import what draws

    line = sparkline(known, metric)
    years = f"{known.periods(metric)[0]} to {known.year}"
    return element("p", line, element("small", years), class_="spark") if line else None


def _not_told(cell: Cell) -> Html:
    return as_html(why_not(cell))


def _under_value(linked: Linked, cell: Cell) -> list[Content]:
    said: list[Content] = [cell.period]
    if cell.members_expected > 1:
        counted = linked.number(cell, "counted"), " of ", linked.number(cell, "expected"), " members"
        said += [", ", *counted]
    return [*said, " (", linked.number(cell, "note"), ")"] if cell.note and cell.is_number else said


def _line(name: Content, content: Content) -> Html:
    return element("div", element("dt", name), element("dd", content))


def _lines(linked: Linked, metric: str, level: Cell) -> list[tuple[Content, Content]]:
    """The lines of a card below its value, each with its name."""
    known = linked.released
    lines: list[tuple[Content, Content]] = []
    change = known.change(metric, "previous", "all", "change")
    same = known.change(metric, "previous", "like_for_like", "change")
    if change is not None:
        lines.append((f"Since {change.since_period}, all that reported", _amount(linked, change)))
    else:
        lines.append(("Change", f"not told: {plain(answers.nothing_before(known, metric))}"))
    if same is not None and same.members_counted:
        lines.append((["Like for like, ", linked.number(same, "counted"), " members"], _verdict(linked, same)))
    lines += [(["By ", as_html(by)], linked.number(cell)) for cell, by in _otherwise(known, metric)]
    if level.has_bounds and level.is_number:
        bounds = [linked.number(level, "lower"), " to ", linked.number(level, "upper")]
        lines.append(("Depending on what is unknown", bounds))
    doubts = rates_in_doubt(known.facts, [metric], [level.period], short=True)
    return lines + [("Rates", doubt) for doubt in doubts]


def _otherwise(known: Released, metric: str) -> list[tuple[Cell, list[Part]]]:
    """The same counted otherwise, each with what chose it."""
    found = [(cell, sensitivity.choice(known.facts, cell.metric)) for cell in sensitivity.others(known, metric)]
    return [(cell, by) for cell, by in found if cell.is_number and by]


def _amount(linked: Linked, cell: Cell) -> Content:
    if not is_comparable(linked.released, cell):
        return as_html(why_no_change(linked.released, cell))
    percent = linked.released.change(cell.metric, cell.since, cell.panel, "percent", cell.period)
    in_percent = [" (", linked.number(percent), ")"] if percent and percent.is_number else None
    return [linked.number(cell), in_percent]


def _verdict(linked: Linked, cell: Cell) -> Content:
    verdict = linked.released.change(cell.metric, cell.since, cell.panel, "verdict", cell.period)
    if verdict is None or verdict.is_withheld:
        return _amount(linked, cell)
    mark = {"rose": "▲ ", "fell": "▼ "}.get(verdict.shown, "")
    words = [element("span", mark, aria_hidden="true") if mark else None, element("strong", linked.number(verdict))]
    note = element("small", linked.number(verdict, "note")) if verdict.note else None
    amount = [", ", _amount(linked, cell)] if is_comparable(linked.released, cell) else None
    return [words, amount, for_the(linked.released, verdict), note]


def _card_text(linked: Linked, metric: str) -> str:
    level = linked.released.level(metric)
    assert level is not None
    lines = [f"{wording.title(linked.facts, metric)}: {level.shown} ({_text(_under_value(linked, level))})"]
    return "\n".join([*lines, *(f"  {_text(name)}: {_text(said)}" for name, said in _lines(linked, metric, level))])


def _text(content: Content) -> str:
    """Content as plain text: what its elements hold, without their tags."""
    if content is None:
        return ""
    if isinstance(content, Html):
        return content.text
    return content if isinstance(content, str) else "".join(_text(part) for part in content)
