"""How long the comparing of a network takes: `python benchmarks/comparing.py [--metrics 60] [--years 10] [--runs 3]`.

The network has 14 members.

What is timed is what an analyst would ask for of every metric: its changes since the year before and since the
baseline, of all members and like for like with their parts; its series of all members, balanced and chained; and of a
share the parts of its change by every method. Measuring, the models and the drawing of the figures are not in it. The
peer, in the same run, works out the two changes of every metric alone, by hand in pandas from the same observations.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from anchor_analysis.compare import compare, decompose, series
from anchor_analysis.compare.over_years import PANELS
from anchor_analysis.compare.rates import METHODS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.spec import SpecNetwork

MEMBERS, LEVERS, MOST = "ABCDEFGHIJKLMN", "employer, spender, estate", 5.0
COUNTED = ("reported", "zero", "partial")


def draw(folder: Path, metrics: int, years: list[str]) -> tuple[SpecNetwork, pd.DataFrame]:
    """A network whose members report everything in nearly every year."""
    chance = random.Random(2018)
    network = SpecNetwork(folder, first=years[0], latest=years[-1])
    additive = [metric.id for metric in network_metrics(folder)]
    for at, name in enumerate(MEMBERS):
        network.has(name, f"{years[joined := max(0, min(at - 8, len(years) - 2))][:4]}-04-01", levers=LEVERS)
        for year in years[joined:]:
            if chance.random() > 0.05:
                network.reports(name, year, **{metric: chance.randint(1, 10**6) for metric in additive})
    observations = network.observations()
    kept = sorted(observations["metric"].unique())[:metrics]
    return network, observations[observations["metric"].isin(kept)]


def network_metrics(folder: Path) -> list:
    """The additive metrics of the levers that the members have."""
    network = SpecNetwork(folder)
    network.has("A", levers=LEVERS)
    return [metric for metric in network.network.catalogue.metrics.values()
            if metric.kind == "additive" and metric.lever in LEVERS]  # fmt: skip


def ours(network: SpecNetwork, observations: pd.DataFrame, years: list[str]) -> int:
    declared = network.network
    rows = len(compare(declared, observations, declared.latest))
    for name in observations["metric"].unique():
        rows += sum(len(series(observations, name, panel, network=declared)) for panel in PANELS)
        if declared.catalogue.metric(name).unit == "share":
            for method in METHODS:
                rows += len(decompose(observations, name, years[-1], years[0], method, network=declared))
    return rows


def by_hand(observations: pd.DataFrame, years: list[str]) -> int:
    """The changes of all and of the same members since two years, with the parts, metric by metric."""
    whole = observations[(observations["scope"] == "member") & (observations["breakdown"] == "")]
    rows = 0
    for _, own in whole.groupby("metric"):
        for since in (years[-2], years[0]):
            ends = [own[own["network_year"] == year].set_index("member") for year in (since, years[-1])]
            both = ends[0].add_suffix("_from").join(ends[1].add_suffix("_to"), how="outer")
            told = {end: both[f"status_{end}"].isin(COUNTED) for end in ("from", "to")}
            for kept in (told["from"] | told["to"], told["from"] & told["to"]):
                sums = [both.loc[kept & told[end], f"{name}_{end}"].sum()
                        for end in ("from", "to") for name in ("numerator", "denominator")]  # fmt: skip
                rows += len(sums) // 4
    return rows


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--metrics", type=int, default=60)
    asked.add_argument("--years", type=int, default=10)
    asked.add_argument("--runs", type=int, default=3)
    args = asked.parse_args()
    years = [f"{year}/{year - 1999}" for year in range(2024 - args.years, 2024)]
    with tempfile.TemporaryDirectory() as folder:
        network, observations = draw(Path(folder), args.metrics, years)
        took = {}
        for name, run in (
            ("all of it", lambda: ours(network, observations, years)),
            ("two changes by hand", lambda: by_hand(observations, years)),
        ):
            times = []
            for _ in range(args.runs):
                begun = time.perf_counter()
                rows = run()
                times.append(time.perf_counter() - begun)
            took[name] = min(times), rows
    print(f"{observations['metric'].nunique()} metrics, {len(MEMBERS)} members, {len(years)} years\n")
    print("| | seconds | rows |\n|---|--:|--:|")
    for name, (seconds, rows) in took.items():
        print(f"| {name} | {seconds:.2f} | {rows:,} |")
    sys.exit(took["all of it"][0] > MOST)


if __name__ == "__main__":
    main()
