"""Networks whose members keep their scores, and whose level can be told from what their editions count by level.

    python -m tests.level_study --networks 240 --seed 1

draws networks of 3 to 8 members that score one dimension or two over three years: some join, some do not report a year,
to some a dimension does not apply, and some leave it out. Levels are drawn so that many members stand at two of them.
The profile asks for three members to a count or for one. Every other network had an edition of the year before, and of
these every other has a return that came late or a level that was put right since. The attack goes through all
assignments of levels that agree with everything that was told (`tests/level_attack.py`), as a reader and as each
member. It prints its figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.compare import compare
from anchor_analysis.declared import Network, load_network
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.protect.numbers import Numbers
from anchor_analysis.protect.rows import CellRows
from anchor_analysis.protect.standing import Standing
from tests.level_attack import ABSENT, LEFT_OUT, LEVELS, NOT_APPLICABLE, Known, worked_out
from tests.spec import HEAD

YEARS = ("2021/22", "2022/23", "2023/24")
DIMENSIONS = ("employment", "procurement")
PROFILES = ("scores_members", "open_data", "listening_threshold_5")

#: Networks have so many members; in small ones hardly anything can be told.
SIZES = (3, 4, 5, 6, 6, 7, 7, 8, 8, 8)

#: How often a member joins later, does not report a year, or has no level of a dimension, for either reason.
COMES, AWAY, NONE = 0.08, 0.04, 0.015

#: A member's scores, by dimension: by year its level, and by year and "distance" how far it is from its target.
Scores = dict[str, dict[object, str]]


@dataclass(frozen=True)
class Outcome:
    """What became of one network: members, blocks of counts, how many of them are told, and what can be worked out."""

    seed: int
    members: int
    blocks: int
    told: int
    known: tuple[Known, ...]


def scored_network(folder: Path, members: list[str], latest: str, scores: str, kept: str = "confidential") -> Network:
    """A network of members that score themselves."""
    head = HEAD.format(people="open_data", spend="open_data", confidentiality="shared").replace(
        "[protection]", f'[protection]\nscores = "{scores}"'
    )
    head = head.replace("[confidentiality]", f'[confidentiality]\nscores = "{kept}"').replace("2023/24", latest)
    blocks = [
        f'[[members]]\nid = "{name}"\nname = "{name.upper()}"\nsector = "x"\njoined = 2018-04-01\n'
        'levers = ["progression"]\n'
        for name in members
    ]  # fmt: skip
    storage.write_text(folder / "networks" / "example" / "network.toml", head + "".join(blocks))
    return load_network(storage.Workspace(folder), "example")


def observed(network: Network, told: Mapping[str, Scores]) -> pd.DataFrame:
    """The observations of what members scored, of the years that the network has."""
    years = [str(year) for year in network.all_years()]
    rows, broken = [], {"dimension_level": [], "dimension_to_target": [], "dimension_now": []}
    for member, by_dimension in told.items():
        for year in years:
            counts: Counter[str] = Counter()
            for dimension, own in by_dimension.items():
                level = own[year]
                if level == ABSENT:
                    continue
                counts["there"] += 1
                if level in LEVELS:
                    counts["progression_scores"] += 1
                    away = own[year, "distance"]
                    counts["progression_with_target"] += away != "no_target"
                    counts["progression_at_target"] += away == "reached"
                    key = {"member": member, "network_year": year, "metric": "progression_scores"}
                    broken["dimension_level"].append(key | {"group": f"{dimension}:{level}"})
                    broken["dimension_to_target"].append(key | {"group": f"{dimension}:{away.removeprefix('below_')}"})
                if level == NOT_APPLICABLE:
                    counts["progression_not_applicable"] += 1
                    key = {"member": member, "network_year": year, "metric": "progression_not_applicable"}
                    broken["dimension_now"].append(key | {"group": dimension})
            names = ("scores", "not_applicable", "with_target", "at_target", "with_evidence")
            for metric in (f"progression_{name}" for name in names) if counts["there"] else ():
                key = {"member": member, "network_year": year, "metric": metric, "group": ""}
                rows.append(key | {"numerator": counts[metric], "unknown": 0, "unknown_credits": 0, "rows": 2})
    numbers = dict.fromkeys(("numerator", "unknown", "unknown_credits", "rows"), "Int64")
    one = {"numerator": 1, "unknown": 0, "unknown_credits": 0, "rows": 1}
    sums = {name: pd.DataFrame([row | one for row in own]).astype(numbers) for name, own in broken.items() if own}
    none = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
    months = pd.DataFrame(columns=["member", "network_year", "months"])
    given = Measured(pd.DataFrame(rows).astype(numbers), sums, none, months, "example", network.all_years())
    return measure(network, given)


def drawn_scores(rng: np.random.Generator, members: list[str]) -> dict[str, Scores]:
    """What members score: most of a dimension at two levels, and many move by the same way."""
    dimensions = DIMENSIONS[: int(rng.integers(1, 3))]
    came = {name: int(rng.integers(1, 3)) if rng.random() < COMES else 0 for name in members}
    away = {(name, year): rng.random() < AWAY for name in members for year in YEARS}
    found: dict[str, Scores] = {name: {} for name in members}
    for dimension in dimensions:
        low = int(rng.integers(1, 4))
        step, aim = int(rng.integers(0, 2)), int(rng.integers(0, 4))
        for at, name in enumerate(members):
            level = low + int(at % 2 if rng.random() < 0.7 else rng.integers(0, 2))
            own: dict[object, str] = {}
            for place, year in enumerate(YEARS):
                if place < came[name] or away[name, year]:
                    own[year] = ABSENT
                    continue
                level = min(4, level + (step if rng.random() < 0.85 else int(rng.integers(0, 2))))
                chance = rng.random()
                own[year] = LEFT_OUT if chance < NONE else NOT_APPLICABLE if chance < 2 * NONE else str(level)
                if own[year] in LEVELS:
                    below = min(4 - level, aim if rng.random() < 0.6 else int(rng.integers(0, 4)))
                    words = "reached" if not below else f"below_{below}"
                    own[year, "distance"] = "no_target" if rng.random() < 0.15 else words
            found[name][dimension] = own
    return found


def before_of(rng: np.random.Generator, now: dict[str, Scores]) -> dict[str, Scores]:
    """What had been told when the edition of the year before was made: one return was not there, or said otherwise."""
    then = {name: {dimension: dict(own) for dimension, own in by.items()} for name, by in now.items()}
    name, year = str(rng.choice(sorted(then))), YEARS[int(rng.integers(0, 2))]
    late = rng.random() < 0.5
    for own in then[name].values():
        if late:
            own[year] = ABSENT
            own.pop((year, "distance"), None)
        elif own[year] in LEVELS:
            own[year], own[year, "distance"] = str(1 + int(own[year]) % 4), "reached"
    return then


def outcome_of(seed: int) -> Outcome:
    """What became of the network of a seed."""
    rng = np.random.default_rng(seed)
    members = [f"m{number}" for number in range(int(rng.choice(SIZES)))]
    profile = PROFILES[int(rng.choice(3, p=(0.5, 0.35, 0.15)))]
    now = drawn_scores(rng, members)
    editions: list[pd.DataFrame] = []
    with tempfile.TemporaryDirectory() as folder:
        then = before_of(rng, now) if seed % 4 == 3 else now
        if seed % 2:
            editions.append(edition(Path(folder), then, YEARS[-2], profile, []))
        editions.append(edition(Path(folder), now, YEARS[-1], profile, editions))
    corrected = then is not now and not _only_late(then, now)
    told = [cells for cells in editions[-1:]] if corrected else editions
    known = [
        one for dimension in next(iter(now.values()))
        for one in worked_out(told, dimension, {name: by[dimension] for name, by in now.items()})
    ]  # fmt: skip
    return Outcome(seed, len(members), *_blocks(editions[-1]), tuple(known))


def _only_late(then: dict[str, Scores], now: dict[str, Scores]) -> bool:
    pairs = [(then[name][dimension], now[name][dimension]) for name in now for dimension in now[name]]
    return all(own.get(key) in (value, ABSENT, None) for own, new in pairs for key, value in new.items())


def edition(folder: Path, told: dict[str, Scores], latest: str, profile: str, before: list[pd.DataFrame]):
    """The cells of an edition after others: who reported, and the counts by level, which no other cells bear on."""
    network = scored_network(folder, sorted(told), latest, profile)
    observations, year = observed(network, told), network.year(latest)
    findings, tables = compare(network, observations, year), network.catalogue.tables
    metric = network.catalogue.metric("progression_scores")
    making = CellRows(network, observations, findings, year, Numbers.of(network, observations))
    standing = Standing.of(network, observations, findings, year, before)
    rows = [*making.table(tables["progression_coverage"])]
    for name in ("levels", "levels_series", "distance", "transitions"):
        rows += standing.cells(tables[f"progression_{name}"], metric)
    return pd.DataFrame(rows)


def _blocks(cells: pd.DataFrame) -> tuple[int, int]:
    own = cells[cells["kind"].isin(["distribution", "distance", "transitions"])]
    keys = own.assign(dimension=own["group"].str.split(":").str[0])
    told = keys.groupby(["kind", "dimension", "period", "since_period"])["status"].agg(
        lambda all_: "shown" in set(all_)
    )
    return len(told), int(told.sum())


def study(networks: int, seed: int) -> Iterator[Outcome]:
    """The outcomes one by one; what can be worked out is said at once."""
    for number in range(networks):
        one = outcome_of(seed + number)
        for known in one.known:
            print(one.seed, known, file=sys.stderr, flush=True)
        yield one


def page(outcomes: Sequence[Outcome], seed: int) -> str:
    """The study's page."""
    lines = []
    for members in sorted({one.members for one in outcomes}):
        own = [one for one in outcomes if one.members == members]
        told, blocks = sum(one.told for one in own), sum(one.blocks for one in own)
        lines.append(
            f"| {members} | {len(own)} | {sum(bool(one.told) for one in own)} | {told / max(blocks, 1):.0%} | "
            f"{sum(bool(one.known) for one in own)} |"
        )
    made, known = len(outcomes), sum(bool(one.known) for one in outcomes)
    return f"""# Whose level can be told where members keep their scores

{made} drawn networks; seeds from {seed}. `python -m tests.level_study --networks {made} --seed {seed}` makes this page
again.

Members score one dimension or two over three years; {COMES:.0%} join later, {AWAY:.0%} of returns are not there, and of
{2 * NONE:.0%} of dimensions there is no level. The profile asks for three members to a count, for one, or withholds
below five. Every other network had its edition of the year before released, and in half of these a return came late or
a level was put right since. *Blocks* are the levels of a dimension and year, the distances from the target, and the
ways from one year to another. *Known* are networks of which, going through all assignments of levels and distances that
agree with every count that is told, somebody's level or distance of some year is the same in all of them: to everybody,
or to a member that knows its own. A level that was put right is looked for in the later edition alone.

| members | networks | with a block told | blocks told | known |
|---|---|---|---|---|
{chr(10).join(lines)}

In all: {known} of {made}.
"""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--networks", type=int, default=240)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    print(page(list(study(given.networks, given.seed)), given.seed), end="")


if __name__ == "__main__":
    main()
