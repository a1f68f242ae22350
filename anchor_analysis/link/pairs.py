"""Pairs of supplier records by what is exact: numbers of registers, and names that are the same but for spelling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from anchor_analysis.declared.suppliers import Linking

#: What a pair is: brought together, put to a person, held apart by a decision, or not brought together.
LINKED, REVIEW, APART, UNLINKED = "linked", "review", "apart", "not_linked"


def pairs_by_number(records: pd.DataFrame) -> list[tuple[str, str]]:
    """Each record with the first that has the same number of a register."""
    found = []
    for kind in ("company", "charity", "other"):
        known = records[records[kind] != ""]
        first = known.groupby(kind)["record"].transform("min")
        found += [pair for pair in zip(first, known["record"], strict=True) if pair[0] != pair[1]]
    return sorted(set(found))


def pairs_by_name(records: pd.DataFrame) -> pd.DataFrame:
    """One row per pair of records of the same name: `first`, `second`, `verdict`.

    A name that other bodies bear too, or that a private person may have, is the same supplier only in one postcode
    district, or in one member's books where a payment has no number. Two districts are two suppliers unless both names
    have the same legal form, since the register has no name twice. Of what only may be one, a person decides.
    """
    found: list[tuple[str, str, str]] = []
    named = records[records["core"] != ""]
    for _, group in named[named.duplicated("core", keep=False)].groupby("core", sort=True):
        found += _among(list(group.sort_values("record").itertuples(index=False)))
    return pd.DataFrame(found, columns=["first", "second", "verdict"])


def _among(records: list[Any]) -> Iterator[tuple[str, str, str]]:
    forms = {one.form for one in records if one.form}
    if records[0].generic and records[0].core and all(one.generic for one in records):
        pairs = _near(records)
    else:
        pairs = combinations(records, 2)
    for one, other in pairs:
        if verdict := _verdict(one, other, len(forms)):
            yield one.record, other.record, verdict


def _near(records: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Of names that many bear, only the pairs of one district, or of one member."""
    for place in ("district", "member"):
        at: dict[str, list[Any]] = {}
        for one in records:
            if getattr(one, place):
                at.setdefault(getattr(one, place), []).append(one)
        for group in at.values():
            yield from combinations(group, 2)


def _verdict(one: Any, other: Any, forms: int) -> str:
    """What a pair of the same name is; blank where it is nothing to look at."""
    if one.form and other.form and one.form != other.form:
        return ""
    if one.district and one.district == other.district:
        return LINKED
    if one.member == other.member and "name:" in (one.key[:5], other.key[:5]):
        return LINKED
    if one.generic or other.generic:
        return ""
    registered = one.form and one.form == other.form
    apart = one.district and other.district and not registered
    unclear = forms > 1 and not registered
    if one.person or other.person:
        return "" if apart else REVIEW
    return REVIEW if apart or unclear else LINKED


def verdict_of_likeness(one: Any, other: Any, probability: float, at: Linking) -> str:
    """What a pair of like names is, by its probability and by whom the names may mean."""
    if probability < at.review:
        return UNLINKED
    return LINKED if probability >= at.link and not (one.person or other.person) else REVIEW
