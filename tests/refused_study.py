"""Small networks with small members, and whether the audit refuses an edition that protection made.

    python -m tests.refused_study --networks 144 --seed 5000

draws networks of 3 to 8 members over 2 to 4 years. Some members have no more people than a threshold, some figures are
nought, some cannot be placed, some members do not report a year or sent one figure only; who joined and who left is
drawn too. Every one of the shipped profiles takes its turn with people and every one with spend, what members keep
confidential is drawn, and every third network had its edition of the year before released. The edition is protected as
a run protects it, and attacked as the audit attacks it. Protection must make no edition that its own audit refuses: it
may only say itself that nothing helps (AN051), which is counted apart. The page that it prints is
docs/studies/refused.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anchor_analysis.audit import Measures, attack, reading_of, truth_of
from anchor_analysis.audit.inference import said_of
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.declared import load_catalogue
from anchor_analysis.running.facts import edition_facts
from tests.spec import SpecNetwork

PROFILES = sorted(load_catalogue().profiles)
YEARS = ("2020/21", "2021/22", "2022/23", "2023/24")
KEPT = ("shared", "confidential", "public")

#: How often a figure is nought, and how often a member does not report a year.
NOTHING, ABSENT = 0.12, 0.1

#: Members have so many people: as few as a threshold, some more, or very many.
SIZES = ((1, 12), (10, 120), (200, 9_000))


@dataclass(frozen=True)
class Outcome:
    """What became of one network: its seed, its profiles, what was withheld, and what the audit finds wrong."""

    seed: int
    people: str
    spend: str
    kept: str
    withheld: int
    cells: int
    impossible: bool
    refused: tuple[str, ...]


def drawn_network(folder: Path, seed: int) -> SpecNetwork:
    """A network; its profiles follow from the seed, so that all have their turn."""
    rng = np.random.default_rng(seed)
    people, spend = PROFILES[seed % len(PROFILES)], PROFILES[seed // len(PROFILES) % len(PROFILES)]
    years = YEARS[-int(rng.integers(2, 5)) :]
    network = SpecNetwork(
        folder, people=people, spend=spend, confidentiality=str(rng.choice(KEPT)), first=years[0],
    )  # fmt: skip
    for at in range(int(rng.integers(3, 9))):
        _member(network, f"M{at}", years, rng)
    return network


def _member(network: SpecNetwork, name: str, years: Sequence[str], rng: np.random.Generator) -> None:
    low, high = SIZES[int(rng.choice(len(SIZES), p=(0.4, 0.35, 0.25)))]
    size = int(rng.integers(low, high))
    came, went = (int(rng.integers(1, len(years))) if rng.random() < chance else None for chance in (0.2, 0.1))
    joined = f"{years[came][:4]}-04-01" if came else "2018-04-01"
    left = f"{years[went][:4]}-04-01" if went and (not came or went > came) else ""
    network.has(name, joined=joined, left=left)
    for at, year in enumerate(years):
        if (came and at < came) or (left and at >= (went or 0)) or rng.random() < ABSENT:
            continue
        _reports(network, name, year, max(0, round(size * rng.uniform(0.8, 1.2))), rng)


def _reports(network: SpecNetwork, name: str, year: str, size: int, rng: np.random.Generator) -> None:
    def some(of: int) -> int:
        return 0 if rng.random() < NOTHING else int(rng.binomial(of, rng.uniform(0.02, 0.98)))

    staff = 0 if rng.random() < NOTHING / 3 else size
    home, women, recruited = some(staff), some(staff), some(staff)
    unknown = some(staff - home) if rng.random() < 0.3 else 0
    other = min(int(rng.integers(0, 3)), staff - women)
    spent = 0 if rng.random() < NOTHING else round(size * rng.uniform(2_000, 40_000)) * 100
    local = round(spent * rng.uniform(0, 1))
    network.reports(
        name, year, staff=staff, staff_living_in_area=(home, unknown), staff_women=women, staff_recruited=recruited,
        net_spend=spent, local_spend=(local, round((spent - local) * 0.1)),
    )  # fmt: skip
    network.reports_by(
        name, year, "sex", staff={"female": women, "male": staff - women - other, "other": other}
    )  # fmt: skip


def as_of(network: SpecNetwork, year: str) -> SpecNetwork:
    """The same network as it was when a year was its latest."""
    before = SpecNetwork(network.folder, **network.settings | {"latest": year})
    before.members = {name: about for name, about in network.members.items() if about["joined"] <= f"{year[:4]}-04-01"}
    before.told = [row for row in network.told if row["network_year"] <= year]
    before.broken = {by: [row for row in rows if row["network_year"] <= year] for by, rows in network.broken.items()}
    return before


def outcome_of(seed: int) -> Outcome:
    """What became of the network of a seed."""
    with tempfile.TemporaryDirectory() as folder:
        network = drawn_network(Path(folder), seed)
        latest, earlier = YEARS[-1], YEARS[-2]
        before = [(earlier, as_of(network, earlier).protected(earlier).cells)] if seed % 3 == 2 else []
        protected = network.protected(latest, released=before)
        cells, impossible = protected.cells, bool(protected.decided.unsafe)
        refused = () if impossible else refusals(network, [*before, (latest, cells)])
        return Outcome(
            seed, network.settings["people"], network.settings["spend"], network.settings["confidentiality"],
            int((cells["status"] == "withheld").sum()), len(cells), impossible, tuple(refused),
        )  # fmt: skip


def refusals(network: SpecNetwork, editions: Sequence[tuple[str, object]]) -> list[str]:
    """Why the audit would refuse the last of some editions, as a reader and as each member that keeps its figures."""
    declared, observations = network.network, network.observations()
    readings = []
    for number, (year, cells) in enumerate(editions):
        facts = edition_facts(declared, declared.year(year), [], observations, cells) | {"revision": f"r{number}"}
        readings.append(reading_of(cells, facts, declared))
    kinds = [kind for kind, level in declared.confidentiality.model_dump().items() if level == "confidential"]
    truth = truth_of(observations, Definitions(readings[-1].facts["definitions"], readings[-1].catalogue))
    found = attack(readings, kinds, Measures(truth) if kinds else None)
    contradictory = [f"prints figures that cannot all be so: {one.words}" for one in found.contradictory]
    return [*map(said_of, found.found), *contradictory]


def study(networks: int, seed: int) -> Iterator[Outcome]:
    """The outcomes one by one; what the audit refuses is said at once."""
    for number in range(networks):
        one = outcome_of(seed + number)
        for why in one.refused:
            print(f"{one.seed}, {one.people}, {one.spend}, {one.kept}: {why}", file=sys.stderr, flush=True)
        yield one


def page(outcomes: Sequence[Outcome], seed: int) -> str:
    """The study's page."""
    lines = []
    for profile in PROFILES:
        own = [one for one in outcomes if one.people == profile]
        withheld = sum(one.withheld for one in own) / max(sum(one.cells for one in own), 1)
        of = [sum(one.kept == kept for one in own) for kept in KEPT]
        lines.append(
            f"| {profile} | {len(own)} | {' / '.join(map(str, of))} | {withheld:.0%} | "
            f"{sum(one.impossible for one in own)} | {sum(bool(one.refused) for one in own)} |"
        )
    made, refused = len(outcomes), sum(bool(one.refused) for one in outcomes)
    return f"""# Whether the audit refuses what protection made

{made} drawn networks of 3 to 8 members over 2 to 4 years; seeds from {seed}.
`python -m tests.refused_study --networks {made} --seed {seed}` makes this page again.

Two members in five have no more people than a threshold; {NOTHING:.0%} of figures are nought, {ABSENT:.0%} of returns
are not there, some members join or leave, and some of what cannot be placed is unknown. Staff are told by sex, and by
member. Every shipped profile has its turn with people and with spend. Every third network had its edition of the year
before released. Withheld is the share of all cells. *Not made* are editions of which a run says itself that nothing
keeps all that must be kept (AN051); *refused* are those that were made and that the attack of the audit finds wrong.

| profile of people | networks | {" / ".join(KEPT)} | withheld | not made | refused |
|---|---|---|---|---|---|
{chr(10).join(lines)}

In all: {refused} refused of {made}.
"""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--networks", type=int, default=144)
    words.add_argument("--seed", type=int, default=5000)
    given = words.parse_args()
    print(page(list(study(given.networks, given.seed)), given.seed), end="")


if __name__ == "__main__":
    main()
