"""A metric in words, for the pages of docs/, the command line and notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from anchor_analysis.declared.catalogue import Catalogue
from anchor_analysis.declared.metrics import Metric, Operand


def metric_facts(catalogue: Catalogue, metric: Metric) -> list[tuple[str, str]]:
    """What is declared of a metric, by name, in Markdown; what is not said is left out."""
    first = catalogue.parts(metric)[0]
    facts = [
        ("What is counted", _operand(catalogue, metric.numerator, metric.table)),
        ("Divided by", _operand(catalogue, metric.denominator, None) if metric.denominator else ""),
        ("What is unknown", _unknown(catalogue, first)),
        ("Told as a figure", metric.telling),
        ("Unit", metric.scale.words),
        ("Better", metric.better),
        ("Breakdowns", in_code(first.breakdowns)),
        ("Protected as", metric.protect),
        ("Smallest change worth naming", _smallest(metric)),
        ("Breaks", "; ".join(f"from {found.starts}: {found.why}" for found in metric.breaks) or "none"),
        ("Source", metric.source),
        ("Owner", metric.owner),
        ("Checker", metric.checker),
        ("Next review", metric.next_review.isoformat()),
        ("Version", f"{metric.version}, {metric.status}"),
        ("History", "; ".join(f"version {one.version}, {one.since}: {one.what}" for one in metric.history)),
    ]
    return [(name, text) for name, text in facts if text]


def _operand(catalogue: Catalogue, operand: Operand, table: str | None) -> str:
    if operand.metric:
        return f"[`{operand.metric}`]({operand.metric}.md), {catalogue.metrics[operand.metric].title.lower()}"
    schema = catalogue.schema[table or ""]
    what = f"the sum of `{operand.sum}`" if operand.sum else "the number of rows"
    return f"{what} over the rows of {schema.title.lower()}{_where(operand)}"


def _where(operand: Operand) -> str:
    said = []
    for column, wanted in operand.where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        said.append(f"`{column}` is {' or '.join(f'`{value}`' for value in values)}")
    return f" where {' and '.join(said)}" if said else ""


def _unknown(catalogue: Catalogue, metric: Metric) -> str:
    """What could not be told to belong to a metric or not; a ratio's is its numerator's."""
    if not metric.unknown:
        return "nothing: every row is counted or not"
    return f"{_operand(catalogue, metric.unknown, metric.table)}; it makes the bounds"


def _smallest(metric: Metric) -> str:
    change = metric.smallest_change
    return f"{change.points:g} percentage points" if change.points is not None else f"{change.percent:g} %"


def in_code(names: Iterable[str]) -> str:
    """Names as they stand in definitions, one after the other."""
    return ", ".join(f"`{name}`" for name in names)


def plain(text: str) -> str:
    """Markdown without its marks.

    >>> plain("[`staff`](staff.md), staff where `employed` is `1`")
    'staff, staff where employed is 1'
    """
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "")


def selected(
    catalogue: Catalogue, words: str = "", lever: str = "", kind: str = "", table: str = "", status: str = ""
) -> list[Metric]:
    """The metrics that have all of the words in their id, title, question or caveats, and these properties; by id."""

    def fits(metric: Metric) -> bool:
        said = " ".join([metric.id, metric.title, metric.question, *metric.caveats]).lower()
        asked, has = (
            (lever, kind, table, status),
            (metric.lever, metric.kind, catalogue.table_of(metric), metric.status),
        )
        same = all(wanted in ("", there) for wanted, there in zip(asked, has, strict=True))
        return same and all(word in said for word in words.lower().split())

    return sorted(filter(fits, catalogue.metrics.values()), key=lambda metric: metric.id)
