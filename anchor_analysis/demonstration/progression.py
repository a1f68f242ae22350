"""Members score themselves by a framework: levels, targets, evidence, and who assessed.

Scores rise slowly. Two members are scored twice, by two assessors who mostly agree; of one the assessor changes, and
its levels jump with nothing done; to one a dimension does not apply; utilities use the business variant. Before 2021
the framework was another version, in which one dimension has another name. Everything here is invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from anchor_analysis.demonstration.draws import Draws
from anchor_analysis.demonstration.files import Cells, Sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.plan import Member, label, period
from anchor_analysis.demonstration.untidy import padded, with_blank_rows

HEADERS = (
    "framework", "dimension", "goal", "level", "not_applicable", "target", "evidence", "assessor", "assessed_on",
)  # fmt: skip

DIMENSIONS = ("employment", "procurement", "environment_and_assets", "service_delivery", "corporate_and_community")

#: From which year on the framework is the one of today, and the name that a dimension had before.
NEW_SINCE, OLD_NAME = 2020, "bricks_and_mortar"
_OLD, _NEW, _BUSINESS = "anchor_progression_bricks_and_mortar", "anchor_progression", "business_anchors"
_NEW_TITLE = "Anchor Progression Framework"

#: Who is scored twice; whose assessor changes, and in which year; to whom which dimension does not apply; who uses the
#: business variant; who writes levels in words, and who the framework by its title.
_TWICE = ("owlgate_council", "larkmere_hospitals")
_CHANGED, _CHANGED_IN = "marlpit_university", 2023
_WITHOUT = {"lantern_theatre": "service_delivery"}
_BUSINESSES = ("northbeck_water", "saltergate_grid")
_IN_WORDS = ("owlgate_council", "fernbank_care")
_BY_TITLE = ("whinfell_university",)

#: Of a hundred: scores that rise in a year, that the second assessor gives otherwise, without target, without evidence.
_RISES, _DIFFERS, _NO_TARGET, _NO_EVIDENCE = 22, 25, 10, 18


@dataclass(frozen=True)
class _Score:
    """One assessor's score of a dimension; a level of 0: it does not apply; a target of 0: none named."""

    dimension: str
    level: int
    target: int
    evidence: bool
    assessor: str


def draw_progression(member: Member, places: Places, seed: int) -> Iterator[tuple[int, Part]]:
    """What a member's returns have of scores, by year."""
    dimensions = [one for one in DIMENSIONS if not (member.id in _BUSINESSES and one == "service_delivery")]
    drawn = Draws(seed, member.id, "progression")
    levels = {one: 1 + int(drawn.below(2, 1)[0]) for one in dimensions}
    for year in member.years:
        draws = Draws(seed, member.id, label(year), "progression")
        if year > member.years[0]:
            levels = {one: _risen(level, draws, _RISES) for one, level in levels.items()}
        told = dict(levels)
        if member.id == _CHANGED and year >= _CHANGED_IN:
            told = {one: min(level + 1, 4) for one, level in levels.items()}
        first = [_score(member, year, one, level, draws) for one, level in told.items()]
        second = [_seconded(one, draws) for one in first] if member.id in _TWICE else []
        counts: Counter[str] = Counter()
        sheet = _sheet(member, year, first, second, draws, counts)
        levels_told = {one.dimension: one.level for one in first if one.level}
        planted = {**counts, "form": {"files": 1}, "levels": levels_told, "assessor": first[0].assessor}
        yield year, Part([sheet], _answers(first), {"progression": planted})


def _risen(level: int, draws: Draws, per_100: int) -> int:
    return min(level + (int(draws.below(100, 1)[0]) < per_100), 4)


def _score(member: Member, year: int, dimension: str, level: int, draws: Draws) -> _Score:
    """A target is a level or two above the score at most, and sometimes reached already."""
    step, blank, bare = (int(number) for number in draws.below(100, 3))
    target = 0 if blank < _NO_TARGET else min(level + (0, 1, 1, 2)[step % 4], 4)
    assessor = "C3" if member.id == _CHANGED and year >= _CHANGED_IN else "A1"
    if _WITHOUT.get(member.id) == dimension:
        return _Score(dimension, 0, 0, False, assessor)
    return _Score(dimension, level, target, bare >= _NO_EVIDENCE, assessor)


def _seconded(one: _Score, draws: Draws) -> _Score:
    """What a second assessor makes of it: mostly the same, sometimes a level less or more."""
    differs, up = (int(number) for number in draws.below(100, 2))
    level = one.level
    if differs < _DIFFERS:
        level += 1 if (up < 50 and level < 4) or level == 1 else -1
    return _Score(one.dimension, level, one.target, one.evidence, "B2")


def _answers(scores: list[_Score]) -> dict[str, dict[str, int]]:
    """The right answers: by the first assessor, and by dimension, since the framework has no goals."""
    scored = [one for one in scores if one.level]
    found = {
        "scores": len(scored),
        "not_applicable": len(scores) - len(scored),
        "with_target": sum(one.target > 0 for one in scored),
        "at_target": sum(0 < one.target <= one.level for one in scored),
        "with_evidence": sum(one.evidence for one in scored),
        "goals_scored": 0,
        "goals_at_target": 0,
    }
    return {f"progression_{name}": {"value": count} for name, count in found.items()}


def _sheet(
    member: Member, year: int, first: list[_Score], second: list[_Score], draws: Draws, counts: Counter[str]
) -> Sheet:
    """The second assessor's rows come first, so that the order of rows says nothing."""
    scores = [*second, *first]
    day = period(member, year)[1] - timedelta(days=20 + int(draws.below(25, 1)[0]))
    rows = [_row(member, year, one, day.strftime("%d/%m/%Y")) for one in scores]
    counts |= Counter({
        "rows": len(rows), "second_scores": len(second), "not_applicable": sum(not one.level for one in first),
        "blank_targets": sum(row[5] == "" for row in rows), "blank_evidence": sum(row[6] == "" for row in rows),
        "levels_in_words": sum(row[3].startswith("Level") for row in rows),
        "old_framework": sum(row[0] == _OLD for row in rows), "old_dimension": sum(row[1] == OLD_NAME for row in rows),
        "frameworks_by_title": sum(row[0] == _NEW_TITLE for row in rows),
        "alike": sum(one.level == other.level for one, other in zip(first, second, strict=False)),
    })  # fmt: skip
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    columns[1] = padded(columns[1], draws, counts, 1500)
    lines = with_blank_rows(len(rows), 800, draws)
    counts["blank_rows"] = int((lines < 0).sum())
    return Sheet("progression", (HEADERS,), [Cells(column) for column in columns], lines)


def _row(member: Member, year: int, one: _Score, day: str) -> tuple[str, ...]:
    old, business = year < NEW_SINCE, member.id in _BUSINESSES
    today = _NEW_TITLE if member.id in _BY_TITLE else _NEW
    framework = _BUSINESS if business else _OLD if old else today
    dimension = OLD_NAME if old and not business and one.dimension == "environment_and_assets" else one.dimension
    level = f"Level {one.level}" if member.id in _IN_WORDS else str(one.level)
    return (
        framework, dimension, "", level if one.level else "", "" if one.level else "yes",
        str(one.target) if one.target else "", f"Paper {one.dimension[:3]}-{year}" if one.evidence else "",
        one.assessor, day,
    )  # fmt: skip


PROGRESSION = Lever(
    "progression",
    {
        f"progression_{name}": "progression"
        for name in (
            "scores", "not_applicable", "with_target", "at_target", "with_evidence", "goals_scored", "goals_at_target",
        )
    },
    draw_progression,
)  # fmt: skip
