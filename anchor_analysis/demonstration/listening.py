"""Listening projects: what was said, about what, where, who coded it and how, and whether it may be quoted.

A part of the items is coded by two people, who mostly agree. Everything that anybody says here is invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa

from anchor_analysis.demonstration.draws import Draws, Flags, Ints
from anchor_analysis.demonstration.files import Cells, Sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.plan import Member, label, period
from anchor_analysis.demonstration.untidy import padded, with_blank_rows

HEADERS = ("item_id", "project", "source", "date", "ward", "kind", "theme", "coder", "verbatim", "consent")

#: Each theme by its id and in words of its own, how many of a thousand items are about it, and what is said of it.
THEMES = {
    "navigating_recruitment": ("Applying for jobs", 205, "You send the form off and never hear a thing"),
    "caring_responsibilities": ("Childcare", 170, "The shift starts before the nursery opens"),
    "gaps": ("Gaps in work", 130, "They asked about the years I was not working"),
    "getting_there": ("Transport", 145, "There is no bus that gets me there for six"),
    "health": ("Health", 90, "Nobody asked what I could do on a bad day"),
    "places_and_spaces": ("Parks", 140, "The park is the best thing we have round here"),
    "people_and_community": ("Neighbours", 115, "People look out for each other on our street"),
    "something_else": ("Other", 5, "I would rather talk about the swans"),
}
KINDS = ("love", "change", "barrier")
_KIND_WORDS = ("love", "Would change", "barrier to work")
SOURCES = ("workshop", "Door to door", "event", "Online survey")
_NO_SOURCE = 29  # of so many items one whose source nobody wrote down
CODERS = ("Aldwin Birch", "Kestrel Moss")

#: Items in the first year; how many more per thousand in each year after; per ten thousand: items that both coded, of
#: these themes on which they differ, items without ward, without verbatim, with consent, without a day.
_ITEMS, _MORE = 340, 110
_BOTH, _DIFFER, _NO_WARD, _NO_WORDS, _CONSENT, _NO_DAY = 3000, 1800, 600, 2500, 3500, 300


@dataclass(frozen=True)
class _Items:
    """The items of a year: indexes of theme, kind and ward (-1: not known); the day, -1 where it is not known.

    `by_both` are coded by both; of the others `coder` is the one who coded it. `second` is the theme that the second
    gave, and `first` the one that counts.
    """

    first: Ints
    second: Ints
    kind: Ints
    ward: Ints
    day: Ints
    by_both: Flags
    coder: Ints


def draw_listening(member: Member, places: Places, seed: int) -> Iterator[tuple[int, Part]]:
    """What a member's returns have of listening projects, by year."""
    for year in member.years:
        draws = Draws(seed, member.id, label(year), "listening")
        count = _ITEMS * (1000 + (year - member.years[0]) * _MORE) // 1000
        items = _draw(draws, count, places)
        counts: Counter[str] = Counter()
        sheet = _sheet(member, year, items, places, draws, counts)
        yield year, Part([sheet], {"items_heard": {"value": count}}, {"listening": {**counts, "form": {"files": 1}}})


def _draw(draws: Draws, count: int, places: Places) -> _Items:
    first = draws.spread(np.array([weight for _, weight, _ in THEMES.values()]), count)
    by_both = draws.mark(count, _BOTH)
    differs = by_both & draws.mark(count, _DIFFER)
    second = np.where(differs, (first + 1 + draws.below(len(THEMES) - 1, count)) % len(THEMES), first)
    place = np.array([_kind_weights(theme) for theme in range(len(THEMES))])[first].cumsum(axis=1)
    kind = (draws.below(10, count)[:, None] >= place).sum(axis=1)
    ward = np.where(draws.mark(count, _NO_WARD), -1, draws.below(len(places.wards), count))
    day = np.where(draws.mark(count, _NO_DAY), -1, draws.below(365, count))
    return _Items(first, second, kind, ward, day, by_both, draws.below(len(CODERS), count))


def _kind_weights(theme: int) -> tuple[int, int, int]:
    """Of ten items about a theme, how many say what people love, would change, and what keeps them from work."""
    return (6, 3, 1) if theme in (5, 6) else (1, 2, 7)


def _sheet(
    member: Member, year: int, items: _Items, places: Places, draws: Draws, counts: Counter[str]
) -> Sheet:  # fmt: skip
    """One row per item and coder, an item's second coder first in every other item."""
    own = np.arange(len(items.first))
    item = np.concatenate([own, own[items.by_both]])
    second = np.arange(len(item)) >= len(own)
    coder = np.where(items.by_both[item], second, items.coder[item])
    theme = np.where(second, items.second[item], items.first[item])
    order = np.lexsort((np.where(item % 2, coder, -coder), item))
    item, coder, theme = item[order], coder[order], theme[order]
    spoken, words = draws.mark(len(item), 2000, 1), draws.mark(len(own), 10000 - _NO_WORDS)
    consent = draws.mark(len(own), _CONSENT)
    start = period(member, year)[0]
    rows = [
        (
            f"LP-{year}-{one + 1:04d}", f"Listening in {label(year)}",
            SOURCES[one % len(SOURCES)] if one % _NO_SOURCE else "",
            (start + timedelta(days=int(items.day[one]))).strftime("%d/%m/%Y") if items.day[one] >= 0 else "",
            places.wards[items.ward[one]] if items.ward[one] >= 0 else "",
            _KIND_WORDS[items.kind[one]] if said else KINDS[items.kind[one]],
            list(THEMES.values())[about][0] if said else list(THEMES)[about],
            CODERS[who], list(THEMES.values())[items.first[one]][2] if words[one] else "",
            "yes" if consent[one] else "no" if one % 3 else "",
        )
        for one, who, about, said in zip(item.tolist(), coder.tolist(), theme.tolist(), spoken.tolist(), strict=True)
    ]  # fmt: skip
    _count(items, rows, counts)
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    columns[1] = padded(columns[1], draws, counts, 200)
    lines = with_blank_rows(len(rows), 50, draws)
    counts["blank_rows"] = int((lines < 0).sum())
    return Sheet("listening", (HEADERS,), [Cells(column) for column in columns], lines)


def _count(items: _Items, rows: Sequence[tuple[str, ...]], counts: Counter[str]) -> None:
    """What is planted: rows and items, themes in other words, what is not known, and how far two coders agree."""
    alike = items.by_both & (items.first == items.second)
    counts |= Counter({
        "rows": len(rows), "items": len(items.first), "items_by_two": int(items.by_both.sum()),
        "items_by_two_alike": int(alike.sum()), "theme_synonyms": sum(row[6] not in THEMES for row in rows),
        "items_without_ward": int((items.ward < 0).sum()), "consents": sum(row[9] == "yes" for row in rows),
        "quotes": sum(row[8] != "" for row in rows), "blank_days": sum(row[3] == "" for row in rows),
        "blank_sources": sum(row[2] == "" for row in rows),
    })  # fmt: skip
    for at, theme in enumerate(THEMES):
        counts[f"items_{theme}"] = int((items.first == at).sum())


COMMUNITY = Lever("community", {"items_heard": "listening"}, draw_listening)
