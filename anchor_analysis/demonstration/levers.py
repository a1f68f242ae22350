"""The levers beyond staff and payments: each draws its own tables and its own right answers, in its own module."""

from __future__ import annotations

from anchor_analysis.demonstration.contracts import CONTRACTS
from anchor_analysis.demonstration.estates import ESTATE
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.listening import COMMUNITY
from anchor_analysis.demonstration.multiplier import MULTIPLIER
from anchor_analysis.demonstration.plan import Member
from anchor_analysis.demonstration.programmes import SERVICES
from anchor_analysis.demonstration.progression import PROGRESSION

#: The levers that are drawn; a member reports on those that its plan names.
LEVERS: tuple[Lever, ...] = (ESTATE, SERVICES, COMMUNITY, MULTIPLIER, CONTRACTS, PROGRESSION)

#: The lever of each table of these, and the table of each of their metrics.
LEVER_OF = {table: lever.name for lever in LEVERS for table in lever.metrics.values()}
TABLE_OF = {metric: table for lever in LEVERS for metric, table in lever.metrics.items()}


def draw_levers(member: Member, places: Places, seed: int) -> dict[int, list[Part]]:
    """What a member's returns have of the levers that it reports on, by year."""
    found: dict[int, list[Part]] = {}
    for lever in LEVERS:
        if lever.name in member.levers:
            for year, part in lever.draw(member, places, seed):
                found.setdefault(year, []).append(part)
    return found
