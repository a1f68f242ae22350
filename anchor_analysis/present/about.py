"""What an edition tells of one metric, and nothing of others but what stands beside it.

A page about a metric is made from this alone, so it has to be made again only where some of it has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from anchor_analysis.present import wording
from anchor_analysis.present.definitions import definition_lines
from anchor_analysis.present.markup import element
from anchor_analysis.present.register import Register
from anchor_analysis.present.released import Facts, Released, number, released
from anchor_analysis.present.shown import Shown, nothing
from anchor_analysis.present.tables import table

#: Facts of all metrics together, which no page about one of them may depend on.
_OF_ALL = ("withheld", "conditions", "members_reporting")


def told_metrics(cells: pd.DataFrame) -> list[str]:
    """The metrics of which at least one figure is shown, in the order of the tables."""
    figures = cells[cells["shown"].map(lambda text: number(str(text)) is not None)]
    return [str(metric) for metric in figures["metric"].unique()]


def cells_about(cells: pd.DataFrame, facts: Facts, metric: str) -> pd.DataFrame:
    """The released cells of a metric, and the network's figures of the year of those that stand beside it."""
    year = cells["period"] == facts["year"]
    level = (cells["kind"] == "levels") & (cells["member"] == "") & (cells["group"] == "")
    end = (cells["kind"] == "changes") & (cells["item"] == "to") & (cells["panel"] == "all")
    beside = cells["metric"].isin(_beside(facts, metric)) & year & (level | end)
    return cells[(cells["metric"] == metric) | beside].reset_index(drop=True)


def register_about(register: Register, metric: str) -> Register:
    """The entries of a register that are about a metric, without the sources that all of it has."""
    kept = {name: value for name, value in register.items() if name != "sources"}
    return kept | {"claims": [entry for entry in register["claims"] if entry["about"] == metric]}


def facts_about(facts: Facts, metric: str) -> Facts:
    """The facts of an edition without what they say of other metrics, or of all of them together."""
    kept = {name: value for name, value in facts.items() if name not in _OF_ALL}
    named = {metric, *_beside(facts, metric), *_operands(facts, metric)}
    for name in ("definitions", "rates_in_doubt"):
        kept[name] = {of: value for of, value in (facts.get(name) or {}).items() if of in named}
    return kept


def _beside(facts: Facts, metric: str) -> list[str]:
    names = wording.defined(facts, metric).get("beside")
    return [str(name) for name in names] if isinstance(names, list | tuple) else []


def _operands(facts: Facts, metric: str) -> list[str]:
    """The metrics that a metric is made from."""
    known = wording.defined(facts, metric)
    parts: list[Any] = [known.get(name) for name in ("numerator", "denominator", "unknown")]
    return [str(part["metric"]) for part in parts if isinstance(part, dict) and part.get("metric")]


def definition(facts: Facts, metric: str) -> Shown:
    """What is declared of a metric: the question, what is counted, what of it is unknown, protection, caveats."""
    lines = [(name, element("dd", said)) for name, said in definition_lines(facts, metric)]
    html = element("dl", [element("div", element("dt", name), said) for name, said in lines])
    text = "\n".join(f"{name}: {said.text.strip()}" for name, said in lines)
    return Shown(element("div", html, class_="definition"), text)


def tables(cells: pd.DataFrame | Released, facts: Facts, metric: str) -> Sequence[Shown]:
    """Every table of an edition as far as it is about a metric: of changes one for each year that they are since."""
    known = released(cells, facts)
    found = dict.fromkeys((one.table, one.since) for one in known.select(metric=metric) if one.kind != "coverage")
    shown = [table(known, facts, name, metric=metric, **({"since": since} if since else {})) for name, since in found]
    return [one for one in shown if not one.empty] or [nothing("No table has a figure of it.")]
