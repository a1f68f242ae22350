"""Networks whose members keep their figures confidential, and what readers and members can work out of their editions.

    python -m tests.confidential_study --networks 120 --seed 7

draws networks of 3 to 14 members with one joiner, of every size from five staff to a hospital's, some of which spend
nothing or do not report every year, protects their editions, every other one after last year's was released, and tries
three ways to the figure of a single member. The attack of the audit is one: it reads the cells alone, shares
nothing with protection, and knows of each member in turn what it has. Guesses are the second: whatever is told of
some members together, less what one of them has, taken for what another has. The third are plain differences: every
figure that is told less every other of the same metric and year. Some of so many hit something by chance: how many
that is, the amounts of the next network show, of which the figures of this one know nothing. The page that it prints
is docs/studies/confidential.md.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from anchor_analysis.audit import Measures, attack, reading_of, truth_of
from anchor_analysis.audit.quantities import Definitions
from anchor_analysis.running.facts import edition_facts
from tests.spec import SpecNetwork

YEARS = ("2021/22", "2022/23", "2023/24")
PEOPLE = ("people_threshold_10_round_5", "ons_srs", "nhs_digital_hes", "open_data")
SPEND = ("spend_round_1000", "spend_round_100000", "open_data")

#: How often a member spends nothing in a year, and how often it does not report.
NOTHING, ABSENT = 0.05, 0.07

#: A figure that is known to within this share of it is as good as told.
NEAR = 0.10

#: What members have, by metric, year and member.
Own = dict[tuple[str, str, str], float]


@dataclass(frozen=True)
class Outcome:
    """What became of one network: its members, what it tells, what they have, and what the attack has of that."""

    members: int
    cells: pd.DataFrame
    amounts: Own
    refused: bool
    attacked: int

    @property
    def figures(self) -> pd.DataFrame:
        """The figures that name no member."""
        named = (self.cells["member"] != "") | (self.cells["kind"] == "coverage") | (self.cells["unit"] == "words")
        return self.cells[~named & self.cells["status"].isin(["shown", "withheld"])]

    def hit(self, amounts: Own) -> tuple[int, int]:
        """How many of some amounts a guess hits, and how many a difference."""
        return len(set(guessed(self.cells, amounts))), len(set(subtracted(self.cells, amounts)))


def drawn_network(folder: Path, members: int, rng: np.random.Generator) -> SpecNetwork:
    """A network of so many members, the last of which joined in the latest year."""
    profiles = {"people": str(rng.choice(PEOPLE)), "spend": str(rng.choice(SPEND))}
    network = SpecNetwork(folder, confidentiality="confidential", **profiles)
    sizes = 10 ** rng.uniform(0.7, 4.5, size=members)
    local = rng.uniform(0.1, 0.9, size=members)
    for at, year in itertools.product(range(members), YEARS):
        joined = at == members - 1
        if (joined and year != YEARS[-1]) or (not joined and rng.random() < ABSENT):
            continue
        if not joined:
            network.has(f"M{at}")
        staff = round(sizes[at] * rng.uniform(0.9, 1.1))
        spend = round(sizes[at] * rng.uniform(2_000, 40_000)) * 100 * int(rng.random() >= NOTHING)
        network.reports(
            f"M{at}", year, staff=staff, net_spend=spend,
            staff_living_in_area=(round(staff * 0.6), round(staff * 0.02)),
            local_spend=(round(spend * local[at]), round(spend * 0.05)),
        )  # fmt: skip
    return network


def outcome_of(members: int, rng: np.random.Generator, after_a_release: bool) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        network = drawn_network(Path(folder), members, rng)
        observations, declared = network.observations(), network.network
        before = [(YEARS[1], network.protected(YEARS[1]).cells)] if after_a_release else []
        protected = network.protected(released=before)
        cells, refused = protected.cells, bool(protected.decided.unsafe)
        found = 0 if refused else attacked(declared, [*before, (YEARS[-1], cells)], observations)
        return Outcome(members, cells, own_amounts(observations), refused, found)


def attacked(declared, editions: list[tuple[str, pd.DataFrame]], observations: pd.DataFrame) -> int:
    """How much the audit's attack finds of some editions, as a reader and as each member."""
    readings = []
    for number, (year, cells) in enumerate(editions):
        facts = edition_facts(declared, declared.year(year), [], observations, cells) | {"revision": f"r{number}"}
        readings.append(reading_of(cells, facts, declared))
    truth = truth_of(observations, Definitions(readings[-1].facts["definitions"], readings[-1].catalogue))
    return len(attack(readings, ("people", "spend"), Measures(truth)).found)


def own_amounts(observations: pd.DataFrame) -> Own:
    """What each member has, by metric, year and member, above nought."""
    chosen = (observations["scope"] == "member") & observations["metric"].isin(
        ["staff", "staff_living_in_area", "net_spend", "local_spend"]
    )
    rows = observations[chosen & (observations["numerator"].fillna(0) > 0)]
    keys = zip(rows["metric"], rows["network_year"], rows["member"], strict=True)
    return dict(zip(keys, rows["value"].astype(float), strict=True))


def told_amounts(cells: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    """Every figure of a total that is told: metric, year, amount; parts of changes are of the later year."""
    told = cells[(cells["status"] == "shown") & (cells["member"] == "") & cells["value"].notna()]
    for row in told[told["item"].isin(["value", "from", "to", "joiners", "leavers", "non_response"])].itertuples():
        yield row.metric, row.since_period if row.item == "from" else row.period, abs(row.value)


def is_near(guess: float, amount: float) -> bool:
    return abs(guess - amount) <= NEAR * amount


def guessed(cells: pd.DataFrame, amounts: Own) -> Iterator[tuple[str, str, str]]:
    """The amounts that another member, or anybody, hits with a total less what is known to it.

    Not those that only rounding makes near: of a member smaller than what figures are rounded to, nought is a guess.
    """
    for metric, year, total in set(told_amounts(cells)):
        of_year = {member: amount for (name, when, member), amount in amounts.items() if (name, when) == (metric, year)}
        for insider in [None, *of_year]:
            guess = total - of_year.get(insider, 0.0) if insider else total
            yield from (
                (metric, year, one) for one, amount in of_year.items() if one != insider and is_near(guess, amount)
            )


def subtracted(cells: pd.DataFrame, amounts: Own) -> Iterator[tuple[str, str, str]]:
    """The amounts that the difference between two figures of one metric and year hits."""
    told: dict[tuple[str, str], set[float]] = {}
    for metric, year, total in told_amounts(cells):
        told.setdefault((metric, year), set()).add(total)
    for (metric, year, member), amount in amounts.items():
        pairs = itertools.combinations(told.get((metric, year), ()), 2)
        if any(is_near(abs(one - other), amount) for one, other in pairs):
            yield metric, year, member


def study(networks: int, seed: int) -> list[Outcome]:
    rng = np.random.default_rng(seed)
    return [outcome_of(3 + number % 12, rng, after_a_release=number // 12 % 2 == 1) for number in range(networks)]


def page(outcomes: list[Outcome], seed: int) -> str:
    """The study's page."""
    total = Counter()
    lines = []
    for members in sorted({one.members for one in outcomes}):
        own = [one for one in outcomes if one.members == members]
        figures = pd.concat([one.figures for one in own])
        attacked, refused = sum(one.attacked for one in own), sum(one.refused for one in own)
        hits = [one.hit(one.amounts) for one in own]
        chance = [one.hit(other.amounts) for one, other in zip(own, [*own[1:], own[0]], strict=True)]
        had = [sum(counts) for counts in (*zip(*hits, strict=True), *zip(*chance, strict=True))]
        amounts = sum(len(one.amounts) for one in own)
        total.update(networks=len(own), amounts=amounts, attacked=attacked, refused=refused)
        total.update(
            dict(zip(("guessed", "subtracted", "guessed by chance", "subtracted by chance"), had, strict=True))
        )
        withheld = (figures["status"] == "withheld").mean()
        counts = [refused, attacked, had[0], had[2], had[1], had[3]]
        lines.append(f"| {members} | {len(own)} | {amounts:,} | {withheld:.0%} | {' | '.join(map(str, counts))} |")
    return f"""# What can be worked out where members keep their figures

{total["networks"]:,} drawn networks with one joiner each, {total["amounts"]:,} amounts of single members; seed {seed}.
`python -m tests.confidential_study --networks {total["networks"]} --seed {seed}` makes this page again.

Members have between 5 and 30,000 staff, and spend £2,000 to £40,000 for each; in {NOTHING:.0%} of years one spends
nothing, and in {ABSENT:.0%} it does not report. People are protected by one of four profiles and spend by one of three,
so that in some networks nothing is rounded. All is `confidential`. Every other network had its edition of the year
before released. Withheld is the share of the figures of the network that are; a member's own always are. Refused are
editions that a run would not make, since nothing that could be withheld keeps all that must be (AN051).

| members | networks | amounts | withheld | refused | attacked | guessed | by chance | subtracted | by chance |
|---|---|---|---|---|---|---|---|---|---|
{chr(10).join(lines)}

*Attacked* counts what the audit's attack works out of the cells to within 10 %, as a reader and as each member that
knows its own figures. *Guessed* counts amounts to within 10 % of which comes some total, or that total less what some
member has. *Subtracted* counts those to within 10 % of which comes the difference of two totals. *By chance* is what
the same guesses and differences hit of the amounts of the next network of as many members, on which they tell nothing:
so many are hit by whoever tries, and nobody knows which. Both take totals as they are printed. Where these come near to
an amount, rounding or other members in the difference leave more than 10 % to it: the attack, which knows of both,
finds that of every one.

In all, of {total["networks"] - total["refused"]} networks: {total["attacked"]} attacked;
{total["guessed"]} guessed, and {total["guessed by chance"]} by chance;
{total["subtracted"]} subtracted, and {total["subtracted by chance"]} by chance.
"""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--networks", type=int, default=120)
    words.add_argument("--seed", type=int, default=7)
    given = words.parse_args()
    print(page(study(given.networks, given.seed), given.seed), end="")


if __name__ == "__main__":
    main()
