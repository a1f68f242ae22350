"""The right answers, from the draws themselves: arrays in memory, before anything became text.

They follow the prose of the schema and the metrics. Nothing that reads, cleans, measures or compares is used, so
that the two can be held against each other. Persons are whole, FTE in hundred-thousandths, money in pence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anchor_analysis.demonstration.draws import Ints
from anchor_analysis.demonstration.estates import widened
from anchor_analysis.demonstration.geography import CLASSES, IN_AREA, UNKNOWN, Places
from anchor_analysis.demonstration.levers import LEVER_OF, TABLE_OF
from anchor_analysis.demonstration.people import (
    BANK,
    NO_DATE,
    NO_PRIMARY,
    PRIMARY_ENDED,
    TWO_PRIMARIES,
    Workforce,
)
from anchor_analysis.demonstration.people import BANK_PRIMARY as BANK_MARKED
from anchor_analysis.demonstration.plan import MEMBERS, YEARS, Member, label, period
from anchor_analysis.demonstration.purchases import LOCAL, OTHER, SUPPLIER_CLASSES, Ledger, Purchases, classes

Metrics = dict[str, dict[str, int]]


def measure_staff(staff: Workforce, places: Places) -> Metrics:
    """The employer metrics of one member and year: value, and where it applies what is unknown."""
    home = staff.home[staff.stands]
    nowhere = int((places.place[home] == UNKNOWN).sum())
    return {
        "staff": {"value": len(home)},
        "staff_fte": {"value": int(staff.fte[staff.employed].sum())},
        "staff_living_in_area": {"value": int((places.place[home] == IN_AREA).sum()), "unknown": nowhere},
        "staff_most_disadvantaged_wards": {"value": int(places.disadvantaged[home].sum()), "unknown": nowhere},
        "staff_most_deprived_tenth": {
            "value": int((places.tenth[home] == 1).sum()),
            "unknown": int((places.tenth[home] == -1).sum()),
        },
        "staff_most_disadvantaged_wards_other": {
            "value": int(places.disadvantaged_other[home].sum()),
            "unknown": nowhere,
        },
        "staff_most_deprived_tenth_other": {
            "value": int((places.tenth_other[home] == 1).sum()),
            "unknown": int((places.tenth_other[home] == -1).sum()),
        },
    }


def staff_by_ward(staff: Workforce, places: Places) -> dict[str, int]:
    """How many of the employed live in each ward of the area, every ward named."""
    ward = places.ward[staff.home[staff.stands]]
    return dict(zip(places.wards, np.bincount(ward[ward >= 0], minlength=len(places.wards)).tolist(), strict=True))


def against_residents(staff: dict[str, int], residents: dict[str, int]) -> dict[str, dict[str, int]]:
    """Of each ward of which residents are told: its staff and residents, and those of all such wards together.

    Expected are staff of all × residents here / residents of all; whoever checks divides.
    """
    all_staff, all_residents = sum(staff[ward] for ward in residents), sum(residents.values())
    return {
        ward: {"staff": staff[ward], "residents": count, "all_staff": all_staff, "all_residents": all_residents}
        for ward, count in residents.items()
    }


def measure_spend(ledger: Ledger, *, alone: bool = False) -> Metrics:
    """The spender metrics of one member and year, in pence; `alone` by what the member itself knows, as it tells it."""
    to_supplier = ledger.paid < 0
    placed = ~ledger.linked if alone else np.ones(len(ledger), dtype=bool)
    unknown = int(ledger.pence[to_supplier & ((ledger.kind > OTHER) | ~placed)].sum())
    return {
        "net_spend": {"value": int(ledger.pence[to_supplier].sum())},
        "spend_with_members": {"value": int(ledger.pence[~to_supplier].sum())},
        "local_spend": {
            "value": int(ledger.pence[to_supplier & placed & (ledger.kind == LOCAL)].sum()),
            "unknown": unknown,
        },
    }


def count_workforce(member: Member, year: int, staff: Workforce, places: Places) -> dict[str, Any]:
    """What is planted in an extract: homes by class, slips in postcodes, odd posts, edges of the snapshot."""
    end = np.datetime64(period(member, year)[1], "D").astype(np.int64)
    first = staff.post == 1
    rows = {
        "bank_posts": staff.contract == BANK,
        "second_posts": ~first,
        "posts_not_employed_by_date": ~staff.employed & (staff.contract != BANK),
        "started_on_snapshot": staff.employed & (staff.start == end),
        "left_on_snapshot": staff.employed & (staff.leave == end),
        "blank_start_dates": staff.start == NO_DATE,
        "persons_without_primary": first & (staff.oddity == NO_PRIMARY),
        "persons_with_two_primaries": first & (staff.oddity == TWO_PRIMARIES),
        "persons_whose_primary_ended": first & (staff.oddity == PRIMARY_ENDED),
        "persons_whose_primary_is_bank": first & (staff.oddity == BANK_MARKED),
        "staff_in_ended_postcodes": staff.stands & places.ended[staff.home],
        "postcode_slips": places.slip[staff.home],
        "staff_in_postcodes_without_lsoa": staff.stands & np.isin(staff.home, places.lone),
    }
    counted: dict[str, Any] = {name: int(chosen.sum()) for name, chosen in rows.items()}
    counted["two_homes"] = _two_homes(staff)
    counted["homes_by_class"] = _by_class(places.kind[staff.home], CLASSES)
    counted["staff_by_class"] = _by_class(places.kind[staff.home[staff.stands]], CLASSES)
    counted["homes_unknown"] = int((places.place[staff.home] == UNKNOWN).sum())
    return counted


def _two_homes(staff: Workforce) -> int:
    """People whose two posts have different homes: only the post that stands for them says where they live."""
    second = np.flatnonzero(staff.post == 2)
    return int((staff.home[second] != staff.home[second - 1]).sum())


def _by_class(kind: Ints, names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(kind, minlength=len(names)).tolist(), strict=True))


def count_suppliers(purchases: Purchases, places: Places) -> dict[str, Any]:
    """What is planted in a supplier master."""
    return {"postcode_slips": int(places.slip[purchases.suppliers.place[purchases.in_master]].sum())}


def count_ledger(purchases: Purchases, places: Places) -> dict[str, Any]:
    """Lines by the class of their supplier's postcode, and lines that pay a member, by member; and their pence."""
    ledger, kind = purchases.ledger, classes(purchases, places)
    found = {name: kind == index for index, name in enumerate(SUPPLIER_CLASSES)}
    paid = {MEMBERS[index].id: ledger.paid == index for index in np.unique(ledger.paid).tolist() if index >= 0}
    return {
        "lines_by_class": {name: int(chosen.sum()) for name, chosen in found.items()},
        "pence_by_class": {name: int(ledger.pence[chosen].sum()) for name, chosen in found.items()},
        "lines_unknown": int((ledger.kind > OTHER).sum()),
        "lines_linked": int(ledger.linked.sum()),
        "lines_again": int(ledger.again.sum()),
        "pence_again": int(ledger.pence[ledger.again].sum()),
        "pence_again_local": int(ledger.pence[ledger.again & (ledger.kind == LOCAL)].sum()),
        "pence_linked": int(ledger.pence[ledger.linked].sum()),
        "paid_member_lines": {name: int(chosen.sum()) for name, chosen in paid.items()},
        "paid_member_pence": {name: int(ledger.pence[chosen].sum()) for name, chosen in paid.items()},
    }


def shared_suppliers(member: Member, purchases: Purchases | None) -> dict[str, int]:
    """Which of the member's suppliers others pay too: its number here, and which of the shared ones it is."""
    if not purchases:
        return {}
    prefix, digits = member.habits.supplier_ids
    suppliers = purchases.suppliers
    return {
        f"{prefix}{int(suppliers.number[index]):0{digits}d}": int(suppliers.entity[index])
        for index in np.flatnonzero(suppliers.entity >= 0).tolist()
    }


def network_totals(members: dict[str, dict[str, Any]]) -> dict[str, dict[str, int]]:
    """The network's value of every metric in a year: the sum over the members that reported it."""
    totals: dict[str, dict[str, int]] = {}
    for answer in members.values():
        for metric, parts in answer["metrics"].items():
            total = totals.setdefault(metric, dict.fromkeys(parts, 0) | {"members": 0})
            total["members"] += 1
            for part, amount in parts.items():
                total[part] += amount
    return totals


def split_change(years: dict[str, Any], metric: str, before: int) -> dict[str, Any]:
    """Where a network total's change up to the latest year came from, by member.

    Continuing members reported the metric in both years; joiners were no members before; non-response is what is
    missing or refused in one of the two years; of a member whose figure holds another thing since, all is definition.
    Nobody has left yet.
    """
    after, table = YEARS[-1], TABLE_OF.get(metric) or ("workforce" if metric.startswith("staff") else "ledger")
    old, new = (_reported(years[label(year)], metric) for year in (before, after))
    parts: dict[str, dict[str, int]] = {"continuing": {}, "joiners": {}, "leavers": {}, "non_response": {}}
    if widened(metric, before):
        parts["definition"] = {}
    for member in MEMBERS:
        if member.id in old or member.id in new:
            both = member.id in old and member.id in new
            part = _part(member, table, before, after, both)
            part = "definition" if part == "continuing" and member.id in widened(metric, before) else part
            parts[part][member.id] = new.get(member.id, 0) - old.get(member.id, 0)
    sums = {part: sum(changes.values()) for part, changes in parts.items()}
    return {"from": sum(old.values()), "to": sum(new.values()), **sums, "by_member": parts}


def _reported(year: dict[str, Any], metric: str) -> dict[str, int]:
    return {
        member: answer["metrics"][metric]["value"]
        for member, answer in year["members"].items()
        if metric in answer["metrics"]
    }


def _part(member: Member, table: str, before: int, after: int, both: bool) -> str:
    """Which part a member's change is; one that told figures may have reported on the table and not on the metric."""
    lever = LEVER_OF.get(table, "")
    statuses = (member.status(table, before, lever), member.status(table, after, lever))
    if statuses == ("reported", "reported") and both:
        return "continuing"
    return "joiners" if statuses == ("not_yet_member", "reported") else "non_response"
