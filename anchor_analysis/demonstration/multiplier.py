"""The rounds of the local multiplier: one member surveys them all, one assumes a part, one knows no third round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from anchor_analysis.demonstration.draws import Draws
from anchor_analysis.demonstration.files import Cells, Sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.plan import YEARS, Member, label
from anchor_analysis.demonstration.untidy import padded, with_blank_rows

HEADERS = (
    "round", "paid_to", "basis", "amount_gbp", "covered_gbp", "least_gbp", "most_gbp", "asked", "responses", "source",
)  # fmt: skip

#: How a member knows its third round; and, per thousand, of its money what it pays to local suppliers and staff.
SURVEYED, ASSUMED, MISSING = "surveyed", "assumed", "missing"
KINDS = {"owlgate_council": SURVEYED, "larkmere_hospitals": ASSUMED, "copperbeech_college": MISSING}
_SECOND = {"owlgate_council": (310, 280), "larkmere_hospitals": (190, 330), "copperbeech_college": (330, 300)}
_SPOKEN = {"owlgate_council": ("Round 1", "Round 2", "Round 3")}
_ROUNDS = ("first", "second", "third")

#: Per thousand: of the first round to spend on suppliers; of a second round what a survey covers, and what is spent
#: again; and the least and the most that is assumed of staff.
_WHOLE, _COVERED, _SUPPLIERS, _STAFF = 1800, 700, 410, 560
_LEAST, _MOST = 450, 650


@dataclass(frozen=True)
class _Row:
    """A row of the sheet; amounts in pence, missing where the cell is blank."""

    round: str
    paid_to: str
    basis: str
    amount: int | None = None
    covered: int | None = None
    least: int | None = None
    most: int | None = None
    asked: int | None = None
    responses: int | None = None
    source: str = ""


def draw_multiplier(member: Member, places: Places, seed: int) -> Iterator[tuple[int, Part]]:
    """What a member's returns have of the local multiplier, by year."""
    for year in member.years:
        draws = Draws(seed, member.id, label(year), "local multiplier")
        rows = list(_rows(member, year, draws))
        counts: Counter[str] = Counter()
        sheet = _sheet(member, rows, draws, counts)
        yield year, Part([sheet], _answers(member, rows), {"local_multiplier": {**counts, "form": {"files": 1}}})


def _rows(member: Member, year: int, draws: Draws) -> Iterator[_Row]:
    spend = member.spend[YEARS.index(year)] or 0
    first = spend * _WHOLE * 100 + int(draws.below(100_000_00, 1)[0])
    suppliers, staff = (_part(first, share, draws) for share in _SECOND[member.id])
    yield _Row("first", "everybody", "measured", first, source="Ledger and payroll")
    yield _Row("second", "suppliers", "measured", suppliers, source="Ledger, by postcode of the supplier")
    yield _Row("second", "staff", "measured", staff, source="Payroll, by postcode of the home")
    kind = KINDS[member.id]
    if kind == MISSING:
        return
    asked, answered = 120 + int(draws.below(40, 1)[0]), 60 + int(draws.below(40, 1)[0])
    survey = f"Survey of the spring of {year + 1}"
    covered = suppliers if kind == SURVEYED else suppliers * _COVERED // 1000
    again = _part(covered, _SUPPLIERS, draws)
    known = None if kind == SURVEYED else covered
    yield _Row("third", "suppliers", "surveyed", again, known, asked=asked, responses=answered, source=survey)
    if kind == SURVEYED:
        again = _part(staff, _STAFF, draws)
        yield _Row("third", "staff", "surveyed", again, asked=4 * asked, responses=3 * answered, source=survey)
    else:
        least, most = staff * _LEAST // 1000, staff * _MOST // 1000
        yield _Row("third", "staff", "assumed", least=least, most=most, source="Our own judgement, no survey of staff")


def _part(money: int, per_thousand: int, draws: Draws) -> int:
    """A share of some money, a little more or less each time."""
    return money * (per_thousand * 10 + int(draws.below(200, 1)[0])) // 10_000


# --- the right answers ---


def _answers(member: Member, rows: list[_Row]) -> dict[str, dict[str, int]]:
    least = {name: sum(row.amount or row.least or 0 for row in rows if row.round == name) for name in _ROUNDS}
    found = {"multiplier_first_round": {"value": least["first"]}}
    found["multiplier_second_round"] = {"value": least["second"], "unknown": 0}
    of_surveys = [row for row in rows if row.basis == "surveyed"]
    found["multiplier_survey_asked"] = {"value": sum(row.asked or 0 for row in of_surveys)}
    found["multiplier_survey_answered"] = {"value": sum(row.responses or 0 for row in of_surveys)}
    if KINDS[member.id] == MISSING:
        return found
    open_yet = sum((row.most or 0) - (row.least or 0) for row in rows)
    for row in rows:
        if row.covered is not None:
            paid = next(other for other in rows if (other.round, other.paid_to) == ("second", row.paid_to))
            open_yet += (paid.amount or 0) - row.covered
    found["multiplier_third_round"] = {"value": least["third"], "unknown": open_yet}
    found["multiplier_all_rounds"] = {"value": sum(least.values()), "unknown": open_yet}
    return found | {"multiplier_first_round_of_all": {"value": least["first"]}}


# --- the table as it is sent ---


def _sheet(member: Member, rows: list[_Row], draws: Draws, counts: Counter[str]) -> Sheet:
    spoken = _SPOKEN.get(member.id, _ROUNDS)
    cells = [
        (
            spoken[_ROUNDS.index(row.round)], row.paid_to, row.basis, *map(_pounds, (row.amount, row.covered)),
            *map(_pounds, (row.least, row.most)), _number(row.asked), _number(row.responses), row.source,
        )
        for row in rows
    ]  # fmt: skip
    counts["rows"] = len(cells)
    counts["round_synonyms"] = sum(row[0] not in _ROUNDS for row in cells)
    columns = [pa.array(column, pa.string()) for column in zip(*cells, strict=True)]
    columns[-1] = padded(columns[-1], draws, counts, 3000)
    lines = with_blank_rows(len(cells), 50, draws)
    counts["blank_rows"] = int((lines < 0).sum())
    return Sheet("local_multiplier", (HEADERS,), [Cells(column) for column in columns], lines)


def _pounds(pence: int | None) -> str:
    return "" if pence is None else f"{pence // 100}.{pence % 100:02d}"


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


MULTIPLIER = Lever(
    "multiplier",
    {
        f"multiplier_{name}": "local_multiplier"
        for name in (
            "first_round",
            "second_round",
            "third_round",
            "all_rounds",
            "first_round_of_all",
            "survey_asked",
            "survey_answered",
        )
    },
    draw_multiplier,
)
