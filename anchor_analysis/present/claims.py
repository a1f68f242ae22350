"""Claims: every sentence of an edition that holds a number, with the released cells that it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import pandas as pd

from anchor_analysis.present import answers, benchmarks, sensitivity, sentences, wording
from anchor_analysis.present.parts import (
    Part,
    field_text,
    figure,
    in_a_row,
    member,
    plain,
    put_together,
    sentence,
    title,
)
from anchor_analysis.present.released import Cell, Facts, Released, released

#: The words that carry a sentence no further than a description of what was reported.
LADDER = "described"

#: How the id of a claim ends that holds a metric against the benchmark.
AGAINST = "against-benchmark"

_ABSENT = ("missing", "refused", "partial")


@dataclass(frozen=True)
class Claim:
    """A sentence with everything needed to check it.

    `about` is its metric, or empty for the answers and for what concerns all metrics. Every part that is not
    plain words names the cell or the fact that it comes from.
    """

    id: str
    sentence: str
    parts: tuple[Part, ...]
    cells: tuple[str, ...]
    about: str = ""
    audience: str = "public"
    ladder: str = LADDER

    def as_dict(self) -> dict[str, Any]:
        """The claim as plain data, for claims.json."""
        data = asdict(self)
        data["parts"] = [{key: text for key, text in part.items() if text} for part in data["parts"]]
        return {**data, "cells": list(self.cells)}


Claims: TypeAlias = "Sequence[Claim | dict[str, Any]]"


def make_claims(cells: pd.DataFrame | Released, facts: Facts) -> list[Claim]:
    """Every claim that an edition's released cells carry, the answers first, then metric by metric.

    A metric of which nothing is released makes no claim. Ids are stable from edition to edition.
    """
    known = released(cells, facts)
    said = [
        ("answer-what-changed", "", answers.what_changed(known)),
        ("answer-for-whom", "", answers.for_whom(known)),
        ("answer-how-sure", "", answers.how_sure(known)),
        ("coverage", "", coverage(known, known.metrics())),
        *(claim for metric in known.metrics("levels", "changes") for claim in _of_metric(known, metric)),
    ]
    return [_claim(name, about, parts, known) for name, about, parts in said if parts]


def _of_metric(known: Released, metric: str) -> list[tuple[str, str, list[Part]]]:
    name = metric.replace("_", "-")
    said = [
        (f"{name}-level", metric, sentences.level(known, metric)),
        (f"{name}-counted-otherwise", metric, sensitivity.beside(known, metric)),
    ]
    for since in ("previous", "baseline"):
        if since == "baseline" and _same_year(known, metric):
            continue
        said.append((f"{name}-change-since-{since}", metric, sentences.change(known, metric, since)))
        said.append((f"{name}-like-for-like-since-{since}", metric, sentences.like_for_like(known, metric, since)))
    said.append((f"{name}-reduction", metric, sentences.reduction(known, metric)))
    said.append((f"{name}-{AGAINST}", metric, benchmarks.against_benchmark(known, metric)))
    return said


def _same_year(known: Released, metric: str) -> bool:
    """Whether the baseline is the year before, so that the same would be said twice."""
    previous, baseline = (known.change(metric, since, "all", "change") for since in ("previous", "baseline"))
    return bool(previous and baseline and previous.since_period == baseline.since_period)


def coverage(known: Released, metrics: Collection[str]) -> list[Part]:
    """How many members reported these metrics, and who did not, or in part, and why."""
    by_absent: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for metric in known.metrics("coverage"):
        if metric not in metrics:
            continue
        absent = tuple((cell.member, cell.shown) for cell in _absent(known, metric))
        by_absent.setdefault(absent, []).append(metric)
    said = [_who_is_absent(known, metrics) for absent, metrics in by_absent.items() if absent]
    return answers.paragraph([answers.coverage(known, metrics), *said])


def _absent(known: Released, metric: str) -> list[Cell]:
    """The statuses of members whose figures were to come and did not, or not whole."""
    cells = known.select(kind="coverage", metric=metric, period=known.year)
    return [cell for cell in cells if cell.shown in _ABSENT]


def _who_is_absent(known: Released, metrics: list[str]) -> list[Part]:
    titles = in_a_row([[title(known.facts, metric)] for metric in metrics])
    cells = _absent(known, metrics[0])
    who = [put_together(member(known.facts, cell.member), " (", figure(cell), ")") for cell in cells]
    items = wording.interleave(who, [Part(", ")], [Part(", ")])
    return sentence("not in the figures for ", titles, ", or only in part: ", items)


def _claim(name: str, about: str, parts: list[Part], known: Released) -> Claim:
    ids = tuple(dict.fromkeys(part.cell for part in parts if part.cell))
    return Claim(name, plain(parts), tuple(parts), ids, about, _audience(known, ids))


def _audience(known: Released, ids: Iterable[str]) -> str:
    """The narrowest audience of the tables that the cells stand in."""
    tables = known.facts.get("tables", {})
    found = {str(tables.get(known.by_id[name].table, {}).get("audience", "public")) for name in ids}
    return next((audience for audience in ("internal", "member") if audience in found), "public")


def read_claims(data: Claims) -> list[Claim]:
    """Claims as they stand in claims.json, or as they are already."""
    return [item if isinstance(item, Claim) else _from_data(item) for item in data]


def _from_data(data: dict[str, Any]) -> Claim:
    parts = tuple(Part(**part) for part in data["parts"])
    known = {key: value for key, value in data.items() if key not in ("parts", "cells")}
    return Claim(**known, parts=parts, cells=tuple(data["cells"]))


def faults(claim: Claim, cells: pd.DataFrame | Released, facts: Facts) -> list[str]:
    """What in a claim is not what the released cells say; nothing for a claim that holds."""
    known = released(cells, facts)
    found = [] if plain(claim.parts) == claim.sentence else [f"{claim.id}: its parts do not make its sentence"]
    for part in claim.parts:
        if part.cell and part.cell not in known.by_id:
            found.append(f"{claim.id}: there is no released cell {part.cell}")
        elif part.cell and part.text != field_text(known.by_id[part.cell], part.field):
            found.append(f'{claim.id}: "{part.text}" is not the {part.field} of {part.cell}')
    return found
