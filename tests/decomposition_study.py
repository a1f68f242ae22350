"""Whether parts sum to their change, in networks that do all that networks do: `python -m tests.decomposition_study`.

Each network has 3 to 14 members over up to 10 years: some join, leave or merge, returns are missing, refused or of a
part of a year, homes and suppliers are unknown. Two of its years are compared, a total by its parts and a share by all
methods, and every sum is held against the change itself, in the smallest unit. The residual is told as a part of the
larger of the two totals.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

import pandas as pd

from anchor_analysis.compare import change, decompose
from anchor_analysis.compare.rates import METHODS
from anchor_analysis.problems import UserError
from tests.spec import SpecNetwork

YEARS = [f"{year}/{year - 1999}" for year in range(2014, 2024)]
TOTAL, PART, SHARE = "staff", "staff_living_in_area", "staff_living_in_area_share"


def draw_network(draw: random.Random, folder: Path) -> SpecNetwork:
    """A network and its returns."""
    network = SpecNetwork(folder, first=YEARS[0], latest=YEARS[-1])
    names = "ABCDEFGHIJKLMN"[: draw.randint(3, 14)]
    spans = {name: (0, len(YEARS) - 1) for name in names}
    for name in names[1:]:
        begins = draw.choice([0, 0, draw.randint(0, 8)])
        spans[name] = begins, draw.choice([9, 9, draw.randint(begins, 9)])
    for name, (begins, ends) in spans.items():
        left = f"{2014 + ends + 1}-09-30" if ends < 9 else ""
        heirs = [other for other, span in spans.items() if other != name and span[1] > ends]
        into = draw.choice(["", draw.choice(heirs)]) if left and heirs else ""
        network.has(name, f"{2014 + begins}-04-01", left, levers="employer", into=into)
        for at in range(begins, ends + 1):
            if draw.random() < 0.12:
                if draw.random() < 0.3:
                    network.decides(name, YEARS[at], "refused")
                continue
            staff = draw.choice([0, draw.randint(1, 50), draw.randint(1, 10**6)])
            here = draw.randint(0, staff)
            network.reports(name, YEARS[at], **{TOTAL: staff, PART: (here, draw.randint(0, staff - here))})
            if draw.random() < 0.05:
                network.decides(name, YEARS[at], "partial")
    return network


def residuals(network: SpecNetwork, draw: random.Random) -> list[float]:
    """How far each sum of parts is from its change, for two years and both panels; nothing where it is refused."""
    observations, declared = network.observations(), network.network
    since, period = sorted(draw.sample(YEARS, 2))
    found: list[float] = []
    try:
        rows = change(observations, TOTAL, period, since, network=declared)
    except UserError:
        return found
    whole, parts = rows[rows["kind"] == "change"].iloc[0], rows[rows["kind"] == "part"]
    totals = [0 if pd.isna(whole[end]) else int(whole[end]) for end in ("from_numerator", "to_numerator")]
    expected = totals[1] - totals[0]
    found.append(abs(int(parts["part_numerator"].sum()) - expected) / max(1, *totals))
    for method in METHODS:
        for panel in ("all", "like_for_like"):
            try:
                parted = decompose(observations, SHARE, period, since, method, panel, declared)
                moved = change(observations, SHARE, period, since, panel, declared).iloc[0]["value"]
            except UserError:
                continue
            found.append(abs(parted["value"].sum() - float(moved)))
    return found


def study(networks: int, seed: int = 2018) -> tuple[int, int, float]:
    """How many networks were parted, how many sums were looked at, and the largest residual."""
    parted, sums, worst = 0, 0, 0.0
    for number in range(networks):
        draw = random.Random(f"{seed}:{number}")
        with tempfile.TemporaryDirectory() as folder:
            found = residuals(draw_network(draw, Path(folder)), draw)
        parted, sums, worst = parted + bool(found), sums + len(found), max([worst, *found])
    return parted, sums, worst


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--networks", type=int, default=2000)
    given = asked.parse_args()
    parted, sums, worst = study(given.networks)
    print(f"{parted} of {given.networks} networks parted, {sums} sums, largest residual {worst:.2g}")


if __name__ == "__main__":
    main()
