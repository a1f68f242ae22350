"""What a measure counts, in words: once on a page, wherever its figures stand."""

from __future__ import annotations

from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.rates import rates_in_doubt
from anchor_analysis.present.released import Facts

_OPERATIONS = {"sum": "the sum of {}", "count": "the number of rows"}


def definition_id(metric: str) -> str:
    """The id of the element of a page that says what a metric counts."""
    return f"definition~{metric}"


def definition(facts: Facts, metric: str) -> Html:
    """A metric's definition, folded, for an appendix; on a page it stands with the cards of its figures instead."""
    said = [element("div", element("dt", name), element("dd", content))
            for name, content in [*definition_lines(facts, metric), ("Reference data", _references(facts))]
            if content]  # fmt: skip
    name = element("summary", f"What it counts: {wording.lower_first(wording.title(facts, metric))}")
    return element("details", name, element("dl", said), class_="source", data_definition=metric)


def definition_lines(facts: Facts, metric: str) -> list[tuple[str, Content]]:
    """What a metric counts, line by line: what it asks, what it divides, what is unknown, and what to know of it."""
    known = wording.defined(facts, metric)
    lines: list[tuple[str, Content]] = [
        ("Question", str(known.get("question") or "")),
        ("What is counted", _counted(facts, metric, known)),
        ("Unknown", _unknown(known)),
        ("Protection", _protection(facts, known)),
        ("Caveats", [_of_facts(metric, "caveats", str(text)) for text in _listed(known.get("caveats"))]),
        ("Definition", _of_facts(metric, "source", _origin(facts, metric))),
        ("Rates", " ".join(rates_in_doubt(facts, [metric]))),
    ]
    return [(name, content) for name, content in lines if content]


def is_checked(facts: Facts, metric: str) -> str:
    """Who, as a role, checked a definition, or that nobody did."""
    checker = wording.defined(facts, metric).get("checker")
    if checker == "unchecked":
        return "Not yet checked by a second person."
    return f"Checked by: {checker}." if checker else ""


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


def _origin(facts: Facts, metric: str) -> str:
    known = wording.defined(facts, metric)
    said = [
        f"{known['source']}." if known.get("source") else "",
        f"Version {known['version']}." if known.get("version") else "",
        is_checked(facts, metric),
    ]
    return " ".join(text for text in said if text)


def _references(facts: Facts) -> str:
    return "; ".join(
        f"{reference['kind']}: {reference['id']}, {reference.get('vintage') or 'vintage not told'}"
        for reference in facts.get("references", [])
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
