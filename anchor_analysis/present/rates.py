"""What is said of rates that figures are made by and nobody checked, or that are those of an earlier year."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.released import Facts

_DOUBTS = {
    "unverified": "{title} not checked against their source, used for {years}: {names} ({why}).",
    "carried_on": "{title} of {why} carried on, since the list has none of a later year, used for {years}: {names}.",
}

#: More things than these are counted where there is no room to name them.
_FEW = 3


def rates_in_doubt(
    facts: Facts, metrics: Collection[str], periods: Collection[str] = (), *, short: bool = False
) -> list[str]:
    """A sentence for each doubt about rates that some metrics are made by: the rates, the years of use, and why.

    With `periods` only these years are told. A `short` one counts the things it is about where they are many. Nothing
    where every rate was checked and is of its own year.
    """
    said: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (doubt, title, of), (years, why) in sorted(_merged(facts, metrics, periods).items()):
        said.setdefault((doubt, title, tuple(sorted(years)), tuple(sorted(why))), []).append(of)
    return [
        _DOUBTS[doubt].format(title=title, years=wording.listing(years), why="; ".join(why), names=_named(names, short))
        for (doubt, title, years, why), names in sorted(said.items(), key=lambda item: item[0][0], reverse=True)
    ]


def _named(names: list[str], short: bool) -> str:
    return f"{len(names)} kinds of them" if short and len(names) > _FEW else wording.listing(names)


def _merged(
    facts: Facts, metrics: Collection[str], periods: Collection[str]
) -> dict[tuple[str, str, str], tuple[set[str], set[str]]]:
    """Of each doubt, rates and thing, the years of use and the reasons, over all these metrics."""
    merged: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for entry in _entries(facts, metrics):
        used = {year for year in entry["years"] if not periods or year in periods}
        if used:
            years, why = merged.setdefault((entry["doubt"], entry["title"], entry["of"]), (set(), set()))
            years.update(used)
            why.update(entry["why"])
    return merged


def _entries(facts: Facts, metrics: Collection[str]) -> Iterator[dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = facts.get("rates_in_doubt") or {}
    for metric in dict.fromkeys(metrics):
        yield from told.get(metric, [])
