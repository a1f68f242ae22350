"""Contracts that members award in a year: what they are worth, and the social value asked for, promised and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa

from anchor_analysis.demonstration.draws import Draws
from anchor_analysis.demonstration.files import Cells, Sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.plan import Member, label, period
from anchor_analysis.demonstration.untidy import padded, with_blank_rows

HEADERS = (
    "contract_id", "awarded_on", "value_gbp", "social_value_weighting_percent", "social_value_committed_gbp",
    "social_value_delivered_gbp", "framework",
)  # fmt: skip

#: How many contracts a member awards in its first year, and in how many of ten social value is asked for.
MEMBERS = {"owlgate_council": (64, 6), "northbeck_water": (38, 4)}
_MORE = 3  # contracts more in each year, and per hundred in how many more of them social value is asked for

#: Per ten thousand: contracts of which nobody knows whether it was asked for; promises that nobody put into pounds; of
#: the others those that were checked.
_UNKNOWN, _NO_POUNDS, _CHECKED = 800, 600, 3500
_WEIGHTINGS = (5, 10, 15, 20)

#: A contract: pence, whether social value was asked for (missing where nobody knows), weighting, promised, checked.
Contract = tuple[int, bool | None, int, int | None, int | None]


def draw_contracts(member: Member, places: Places, seed: int) -> Iterator[tuple[int, Part]]:
    """What a member's returns have of contracts, by year."""
    for year in member.years:
        draws = Draws(seed, member.id, label(year), "contracts")
        contracts = _draw(member, year - member.years[0], draws)
        counts: Counter[str] = Counter()
        sheet = _sheet(member, year, contracts, draws, counts)
        yield year, Part([sheet], _answers(contracts), {"contracts": {**counts, "form": {"files": 1}}})


def _draw(member: Member, years: int, draws: Draws) -> list[Contract]:
    first, of_ten = MEMBERS[member.id]
    count = first + _MORE * years
    asked = draws.below(100, count) < of_ten * 10 + _MORE * years
    unknown, no_pounds = draws.mark(count, _UNKNOWN, 1), draws.mark(count, _NO_POUNDS, 1)
    checked, weighting = draws.mark(count, _CHECKED), draws.below(len(_WEIGHTINGS), count)
    value = 2_500_000 + draws.below(120_000_000, count)  # pence
    promise, kept = draws.below(200, count), draws.below(600, count)
    found: list[Contract] = []
    for one in range(count):
        if unknown[one]:
            found.append((int(value[one]), None, 0, None, None))
            continue
        percent = _WEIGHTINGS[weighting[one]] if asked[one] else 0
        promised = int(value[one]) * int(promise[one]) // 1000 + 100 if asked[one] else 0
        delivered = promised * int(kept[one]) // 1000 if checked[one] else None
        told = bool(asked[one]) and bool(no_pounds[one])
        found.append((int(value[one]), bool(asked[one]), percent, None if told else promised,
                      None if told or not asked[one] else delivered))  # fmt: skip
    return found


# --- the right answers ---


def _answers(contracts: list[Contract]) -> dict[str, dict[str, int]]:
    asked = [one for one in contracts if one[1]]
    unknown = [one for one in contracts if one[1] is None]
    return {
        "contracts_awarded": {"value": len(contracts)},
        "contracts_value": {"value": sum(one[0] for one in contracts)},
        "contracts_with_social_value": {"value": len(asked), "unknown": len(unknown)},
        "contracts_value_with_social_value": {
            "value": sum(one[0] for one in asked), "unknown": sum(one[0] for one in unknown),
        },
        "social_value_committed": {"value": sum(one[3] or 0 for one in asked)},
        "social_value_delivered": {"value": sum(one[4] or 0 for one in asked)},
    }  # fmt: skip


# --- the table as it is sent ---


def _sheet(member: Member, year: int, contracts: list[Contract], draws: Draws, counts: Counter[str]) -> Sheet:
    start = period(member, year)[0]
    days = draws.below(365, len(contracts))
    rows = [
        (
            f"{member.id[:2].upper()}-{year}-{number + 1:03d}",
            (start + timedelta(days=int(days[number]))).strftime("%d/%m/%Y"), _pounds(value),
            "" if asked is None else str(weighting), _pounds(promised if asked else None),
            _pounds(delivered), f"National TOMs {year - 1}" if asked else "",
        )
        for number, (value, asked, weighting, promised, delivered) in enumerate(contracts)
    ]  # fmt: skip
    counts["rows"] = len(rows)
    counts["contracts_unknown"] = sum(row[3] == "" for row in rows)
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    columns[0] = padded(columns[0], draws, counts, 400)
    lines = with_blank_rows(len(rows), 50, draws)
    counts["blank_rows"] = int((lines < 0).sum())
    return Sheet("contracts", (HEADERS,), [Cells(column) for column in columns], lines)


def _pounds(pence: int | None) -> str:
    return "" if pence is None else f"{pence // 100}.{pence % 100:02d}"


CONTRACTS = Lever(
    "contracts",
    dict.fromkeys(
        (
            "contracts_awarded", "contracts_value", "contracts_with_social_value", "contracts_value_with_social_value",
            "social_value_committed", "social_value_delivered",
        ),
        "contracts",
    ),
    draw_contracts,
)  # fmt: skip
