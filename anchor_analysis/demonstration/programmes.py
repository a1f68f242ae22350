"""Programmes into work: how far the people of each cohort came, where they live, what it cost, and how it is told.

Each cohort is drawn person by person: a home ward and the last stage that was reached. Three cohorts end in a year; the
weeks in work of the last are not over when the return is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from anchor_analysis.demonstration.draws import Draws, Ints
from anchor_analysis.demonstration.files import Cells, Sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.plan import Member, label
from anchor_analysis.demonstration.untidy import padded, with_blank_rows

HEADERS = ("programme_id", "programme", "kind", "cohort", "stage", "ward", "people", "cost_gbp")
STAGES = ("referral", "start", "completion", "job", "sustained_13", "sustained_26")
_METRICS = ("referrals", "starts", "completions", "jobs", "sustained_13", "sustained_26")

#: How people write kinds and stages, the first in the words of the schema.
KINDS = {
    "pre_employment": ("pre_employment", "Pre-employment"),
    "placement": ("placement", "Work placement"),
    "supported_employment": ("supported_employment", "Supported internship"),
}
SPOKEN = {
    "referral": ("referral", "Referred"), "start": ("start", "Starters"), "completion": ("completion", "Completers"),
    "job": ("job", "Into work"), "sustained_13": ("sustained_13", "Sustained 13 weeks"),
    "sustained_26": ("sustained_26", "26 weeks"),
}  # fmt: skip

#: What is not a ward of the area: a ward that is elsewhere, and a home that is not known.
_ELSEWHERE = "E05990003"
_TODAY = {"E05012647": "E05011386", "E05012842": "E05011383"}  # wards, each with its code before July 2019
_COHORTS = ("autumn", "winter", "spring")
_LAST = len(_COHORTS) - 1


@dataclass(frozen=True)
class Programme:
    """An invented programme.

    `starts` is how many start in a cohort of the first year, `grows` by how many per thousand more in each year,
    `reach` how many per thousand of those at a stage reach the next: start, completion, job, 13 and 26 weeks. `pence`
    is what a start costs in the first year; 0 where nobody knows.
    """

    id: str
    name: str
    kind: str
    starts: int
    grows: int
    reach: tuple[int, int, int, int, int]
    pence: int


@dataclass(frozen=True)
class _Cohort:
    """A cohort: how many of each place (the wards, elsewhere, not known) reached each stage; its cost, 0 if unknown."""

    programme: Programme
    name: str
    last: bool
    reached: Ints
    pence: int


PROGRAMMES = {
    "owlgate_council": (
        Programme("PE-01", "Ways into care", "pre_employment", 46, 40, (700, 780, 560, 860, 840), 118000),
        Programme("SE-01", "Next step internships", "supported_employment", 16, 90, (820, 860, 520, 900, 880), 412000),
    ),
    "larkmere_hospitals": (
        Programme("101", "Hospital futures", "pre_employment", 38, 60, (640, 820, 640, 880, 860), 96000),
        Programme("102", "Ward placements", "placement", 24, 50, (720, 880, 480, 840, 820), 71000),
    ),
    "marlpit_university": (
        Programme("LAB", "Laboratory placements", "placement", 26, 30, (600, 900, 500, 850, 830), 64000),
    ),
    "copperbeech_college": (
        Programme("CW1", "College into work", "pre_employment", 55, 20, (780, 740, 520, 830, 800), 88000),
        Programme("CW2", "Supported steps", "supported_employment", 18, 70, (840, 850, 500, 900, 870), 365000),
    ),
    "northbeck_water": (
        Programme("NW-A", "Pipes and pumps", "pre_employment", 22, 60, (690, 840, 660, 900, 880), 132000),
        Programme("NW-B", "Works placements", "placement", 17, 50, (750, 870, 510, 850, 840), 0),
    ),
}  # fmt: skip
#: Members that speak of stages in words of their own, that send the weeks to come as blanks, and whose codes are old.
_OWN_WORDS = ("owlgate_council", "copperbeech_college")
_BLANKS = ("owlgate_council", "larkmere_hospitals")
_OLD_CODES = ("marlpit_university", "owlgate_council")


def draw_programmes(member: Member, places: Places, seed: int) -> Iterator[tuple[int, Part]]:
    """What a member's returns have of programmes, by year."""
    for year in member.years:
        draws = Draws(seed, member.id, label(year), "programmes")
        cohorts = [
            _cohort(draws, programme, number, year - member.years[0], places)
            for programme in PROGRAMMES[member.id]
            for number in range(len(_COHORTS))
        ]
        counts: Counter[str] = Counter()
        sheet = _sheet(member, year, cohorts, places, draws, counts)
        yield year, Part([sheet], _answers(cohorts, places), {"programmes": {**counts, "form": {"files": 1}}})


def _cohort(draws: Draws, programme: Programme, number: int, years: int, places: Places) -> _Cohort:
    referred = programme.starts * (1000 + years * programme.grows) // programme.reach[0] + int(draws.below(4, 1)[0])
    weights = np.array([*_ward_weights(places), 500, 450])
    home = draws.spread(weights, referred)
    went = np.ones(referred, dtype=bool)
    reached = [np.bincount(home, minlength=len(weights))]
    for share in programme.reach:
        went &= draws.below(1000, referred) < share
        reached.append(np.bincount(home[went], minlength=len(weights)))
    starts = int(reached[1].sum())
    pence = programme.pence * (1000 + 35 * years) // 1000 * starts
    return _Cohort(programme, _COHORTS[number], number == _LAST, np.array(reached), pence)


def _ward_weights(places: Places) -> list[int]:
    """People of the most disadvantaged wards are three times as many as those of another."""
    most = set(np.unique(places.ward[places.disadvantaged]).tolist())
    return [600 if place in most else 200 for place in range(len(places.wards))]


# --- the right answers ---


def _answers(cohorts: list[_Cohort], places: Places) -> dict[str, dict[str, int]]:
    most = np.unique(places.ward[places.disadvantaged])
    told = np.sum([cohort.reached for cohort in cohorts], axis=0)
    found = {f"programme_{name}": {"value": int(told[at].sum())} for at, name in enumerate(_METRICS[:4])}
    for at, name in ((1, "starts"), (3, "jobs")):
        numbers = {"value": int(told[at, most].sum()), "unknown": int(told[at, -1])}
        found[f"programme_{name}_most_disadvantaged_wards"] = numbers
        known = sum(int(cohort.reached[at].sum()) for cohort in cohorts if cohort.pence)
        found[f"programme_{name}_with_cost"] = {"value": known}
    for at, name in enumerate(_METRICS[4:], 4):
        over = sum(int(cohort.reached[at].sum()) for cohort in cohorts if not cohort.last)
        open_yet = sum(int(cohort.reached[3].sum()) for cohort in cohorts if cohort.last)
        found[f"programme_{name}"] = {"value": over, "unknown": open_yet}
    return found | {"programme_cost": {"value": sum(cohort.pence for cohort in cohorts)}}


# --- the table as it is sent ---


def _sheet(
    member: Member, year: int, cohorts: list[_Cohort], places: Places, draws: Draws, counts: Counter[str]
) -> Sheet:
    codes = [_code(code, member) for code in places.wards] + [_ELSEWHERE, ""]
    rows = [row for cohort in cohorts for row in _rows(member, year, cohort, codes)]
    counts["rows"] = len(rows)
    counts["blank_wards"] = sum(row[5] == "" for row in rows)
    counts["old_ward_codes"] = sum(row[5] in _TODAY.values() for row in rows)
    counts["weeks_not_over"] = sum(row[6] == "" for row in rows)
    counts["stage_synonyms"] = sum(row[4] not in STAGES for row in rows)
    counts["kind_synonyms"] = sum(row[2] not in KINDS for row in rows)
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    columns[1] = padded(columns[1], draws, counts, 200)
    lines = with_blank_rows(len(rows), 50, draws)
    counts["blank_rows"] = int((lines < 0).sum())
    return Sheet("programmes", (HEADERS,), [Cells(column) for column in columns], lines)


def _code(ward: str, member: Member) -> str:
    return _TODAY.get(ward, ward) if member.id in _OLD_CODES else ward


def _rows(member: Member, year: int, cohort: _Cohort, codes: list[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of a cohort; its cost stands beside the first ward from which anybody started."""
    own = member.id in _OWN_WORDS
    about = (cohort.programme.id, cohort.programme.name, KINDS[cohort.programme.kind][own], f"{cohort.name} {year}")
    for at, stage in enumerate(STAGES):
        words, reached = SPOKEN[stage][own], cohort.reached[at]
        if cohort.last and at > 3:
            if member.id in _BLANKS:
                yield *about, words, codes[0], "", ""
            continue
        cost = _pounds(cohort.pence) if stage == "start" and cohort.pence else ""
        for place in np.flatnonzero(reached).tolist() or [0]:  # a stage that nobody reached has a row that says so
            yield *about, words, codes[place], str(reached[place]), cost
            cost = ""


def _pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02d}"


SERVICES = Lever(
    "services",
    {
        f"programme_{name}": "programmes"
        for name in (
            *_METRICS,
            "starts_most_disadvantaged_wards", "jobs_most_disadvantaged_wards", "starts_with_cost", "jobs_with_cost",
            "cost",
        )
    },
    draw_programmes,
)  # fmt: skip
