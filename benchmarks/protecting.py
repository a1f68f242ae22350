"""How long it takes to protect and to audit an edition of 14 members and ten years, with 2,000 declared cells.

    python benchmarks/protecting.py

draws the figures of such a network, staff by ward and by who they are among them, and times what a run does with them
after comparing: protecting all declared tables together, and attacking the released cells as readers and, where members
keep their figures, as each member. It stands beside the time of comparing, in the same run, since machines are noisy.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from anchor_analysis.audit import Measures, attack, reading_of, truth_of
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.compare import compare
from anchor_analysis.protect import protect
from anchor_analysis.running.facts import edition_facts
from tests.spec import SpecNetwork

LATEST = 2023

#: Which groups of the latest year are counted by themselves too: what is drawn must not contradict itself.
COUNTED = {
    "staff_women": ["female"], "staff_disabled": ["disabled"], "staff_under_25": ["age_16_to_24"],
    "staff_minority_ethnic": ["asian", "black", "mixed", "other"], "staff_permanent": ["permanent"],
    "staff_apprentices": ["apprentice"],
}  # fmt: skip

#: Groups that staff are broken down by, beside wards.
GROUPS = {
    "sex": ["female", "male", "other"],
    "disability": ["disabled", "not_disabled"],
    "age_band": ["age_16_to_24", "age_25_to_49", "age_50_and_over"],
    "home_decile": [str(decile) for decile in range(1, 11)],
    "ethnicity": ["asian", "black", "mixed", "other", "white"],
    "staff_contract": ["permanent", "fixed_term", "apprentice", "other"],
}


def drawn_network(folder: Path, confidentiality: str, people: str, members: int, years: int) -> SpecNetwork:
    """So many members over so many years; the last three of them joined later."""
    labels = [f"{year}/{(year + 1) % 100:02d}" for year in range(LATEST + 1 - years, LATEST + 1)]
    network = SpecNetwork(folder, confidentiality=confidentiality, people=people, first=labels[0], latest=labels[-1])
    rng = np.random.default_rng(11)
    sizes = np.round(10 ** rng.uniform(2, 4.2, size=members))
    for member in range(members):
        for at, year in enumerate(labels):
            if at >= years * 3 // 10 * max(0, member - members + 4):
                reports(network, f"M{member}", year, int(sizes[member] * rng.uniform(0.9, 1.1)), rng)
    return network


def reports(network: SpecNetwork, name: str, year: str, staff: int, rng: np.random.Generator) -> None:
    spend = staff * int(rng.integers(2_000, 40_000)) * 100
    is_latest = year.startswith(str(LATEST))
    wards = sorted(network.network.ward_set.wards) if is_latest else []
    places = rng.multinomial(staff, rng.dirichlet([0.3] * 33)) if wards else []
    parts = {
        "staff_recruited": 0.12, "staff_permanent": 0.8, "staff_women": 0.6, "staff_disabled": 0.03,
        "staff_under_25": 0.08, "staff_minority_ethnic": 0.15, "staff_apprentices": 0.004, "staff_left": 0.1,
        "staff_at_start": 0.98, "staff_paid_living_wage": 0.9, "staff_paid_living_wage_announced": 0.85,
    }  # fmt: skip
    counts = {metric: int(staff * share) for metric, share in parts.items()}
    drawn = {
        breakdown: dict(zip(groups, map(int, rng.multinomial(staff, rng.dirichlet([0.4] * len(groups)))), strict=True))
        for breakdown, groups in GROUPS.items()
        if is_latest
    }
    if is_latest:
        counts |= {metric: sum(_of(groups, drawn)) for metric, groups in COUNTED.items()}
    network.reports(
        name, year, staff=staff, net_spend=spend, local_spend=(spend // 2, spend // 30),
        staff_living_in_area=(staff * 7 // 10, staff // 40),
        staff_most_disadvantaged_wards=(staff // 5, staff // 40), staff_most_deprived_tenth=(staff // 6, staff // 40),
        **counts,
    )  # fmt: skip
    if is_latest:
        network.reports_by(name, year, "home_ward", staff=dict(zip(wards, map(int, places), strict=True)))
        for breakdown, by_group in drawn.items():
            network.reports_by(name, year, breakdown, staff=by_group)


def _of(groups: list[str], drawn: dict[str, dict[str, int]]) -> list[int]:
    """How many of some groups were drawn, in the one breakdown that has them all."""
    return next([found[one] for one in groups] for found in drawn.values() if set(groups) <= set(found))


def timed(confidentiality: str, people: str, members: int, years: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        spec = drawn_network(Path(folder), confidentiality, people, members, years)
        observations, network = spec.observations(), spec.network
        begun = time.perf_counter()
        findings = compare(network, observations, network.latest)
        compared = time.perf_counter()
        protected = protect(network, observations, findings, network.latest)
        kept = time.perf_counter()
        facts = edition_facts(network, network.latest, [], observations, protected.cells)
        reading = reading_of(protected.cells, facts, network)
        closed = ("people", "spend", "estate") if confidentiality == "confidential" else ()
        truth = truth_of(observations, Definitions(facts["definitions"], reading.catalogue))
        found = attack([reading], closed, Measures(truth if closed else None)).found
        attacked = time.perf_counter()
    cells = protected.cells
    seconds = compared - begun, kept - compared, attacked - kept
    withheld, decided = int((cells["status"] == "withheld").sum()), protected.decided
    return (
        f"| {confidentiality}, {people} | {len(cells):,} | {withheld:,} | {decided.figures:,} | {decided.proven} | "
        + " | ".join(f"{one:.1f} s" for one in seconds)
        + f" | {(seconds[1] + seconds[2]):.1f} s | {len(found)} |"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--members", type=int, default=14)
    asked.add_argument("--years", type=int, default=10)
    given = asked.parse_args()
    print("| network | cells | withheld | figures | proven | comparing | protecting | attacking | both | found |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for confidentiality in ("shared", "confidential"):
        for people in ("people_threshold_10_round_5", "ons_srs"):
            print(timed(confidentiality, people, given.members, given.years), flush=True)


if __name__ == "__main__":
    main()
