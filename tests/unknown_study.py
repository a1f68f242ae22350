"""Whether bounds and verdicts mean what they say, in networks where it is known where the unknown are.

`python -m tests.unknown_study --runs 1000` prints how often. Each run draws two members over three years with all that
is true of them, hands the library only what a return shows, and holds what it measured, said and released against
the truth. Rightness is decided here in exact fractions, by nothing of the library.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd

from anchor_analysis.compare import compare
from anchor_analysis.declared import Network
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.protect import protect
from tests.spec import SpecNetwork

YEARS = ("2021/22", "2022/23", "2023/24")
PEOPLE, SPEND = "staff_living_in_area", "local_spend"
METRICS = {PEOPLE: "staff", SPEND: "net_spend"}
DELTA = Fraction(5, 100)
#: How rounding may move a total: half of what the profile rounds to, in persons and in pence.
STEP = {PEOPLE: 5, SPEND: 100_000}


@dataclass(frozen=True)
class Truth:
    """What is so of a whole: what is known to belong, what is known not to, and of the unknown what does.

    `credits` is what of the unknown is below zero, and `hidden` how much of the unknown belongs.
    """

    known: int
    other: int
    unknown: int
    credits: int
    hidden: Fraction

    @property
    def whole(self) -> int:
        return self.known + self.other + self.unknown

    @property
    def share(self) -> Fraction:
        return (self.known + self.hidden) / self.whole

    @property
    def total(self) -> Fraction:
        return self.known + self.hidden

    @property
    def rate(self) -> Fraction:
        """How far the truth is from all unknown out to all of it in."""
        return (self.hidden - self.credits) / self.span if self.span else Fraction(0)

    @property
    def span(self) -> int:
        return self.unknown - 2 * self.credits

    def at(self, rate: Fraction) -> Truth:
        return replace(self, hidden=self.credits + self.span * rate)

    def resembling(self) -> Truth:
        """The truth if the unknown were as the known."""
        return replace(self, hidden=Fraction(self.unknown * self.known, self.known + self.other))

    def __add__(self, other: Truth) -> Truth:
        names = ("known", "other", "unknown", "credits", "hidden")
        return Truth(*(getattr(self, name) + getattr(other, name) for name in names))


Drawn = dict[tuple[str, str, str], Truth]


def draw(random_: random.Random) -> Drawn:
    """A truth for each member, year and metric; some years differ by little, which is where verdicts are hard."""
    found: Drawn = {}
    for member, metric in product("ab", METRICS):
        size = random_.choice([60, 300, 2_000, 30_000]) * (1 if metric == PEOPLE else 100_000)
        share, unknown = random_.uniform(0.05, 0.95), random_.choice([0, 0.002, 0.01, 0.05, 0.2, 0.5])
        move = random_.choice([0, 0.01, 0.05, 0.3])
        for year in YEARS:
            now = min(max(share + random_.uniform(-move, move), 0.02), 0.98)
            found[member, year, metric] = _draw_one(
                random_, metric, int(size * random_.uniform(0.9, 1.1)), now, unknown
            )
    return found


def _draw_one(random_: random.Random, metric: str, size: int, share: float, unknown: float) -> Truth:
    count = round(size * unknown * random_.uniform(0.5, 1.5))
    known = round((size - count) * share)
    credits = 0
    if metric == SPEND and count and random_.random() < 0.5:
        credits = -random_.randrange(count // 2 + 1)
    truth = Truth(known, size - count - known, count, credits, Fraction(0))
    where = random_.choice(["out", "in", "anywhere", "alike"])
    if where == "alike":
        return truth.resembling()
    part = {"out": 0, "in": truth.span, "anywhere": random_.randint(0, truth.span)}[where]
    return replace(truth, hidden=Fraction(credits + part))


def observed(network: Network, drawn: Drawn) -> pd.DataFrame:
    """What the library measures of what a return shows."""
    rows = []
    for (member, year, metric), truth in drawn.items():
        shown = [(metric, truth.known, truth.unknown, truth.credits), (METRICS[metric], truth.whole, 0, 0)]
        rows += [(member, year, name, "", 1, *numbers) for name, *numbers in shown]
    columns = ["member", "network_year", "metric", "group", "rows", "numerator", "unknown", "unknown_credits"]
    amounts = dict.fromkeys(columns[4:], "Int64")
    none = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
    months = pd.DataFrame({"member": pd.Series(dtype="str"), "network_year": pd.Series(dtype="str"), "months": 0})
    paid = months.merge(pd.DataFrame(list(product("ab", YEARS)), columns=["member", "network_year"]), how="right")
    measured = Measured(
        pd.DataFrame(rows, columns=columns).astype(amounts), {}, none, paid.assign(months=12), "drawn",
        network.all_years(),
    )  # fmt: skip
    return measure(network, measured)


def study(network: Network, seed: int) -> Iterator[tuple[str, bool]]:
    """What was claimed in one run, each claim with whether it is so."""
    drawn = draw(random.Random(seed))
    whole = {
        (year, metric): drawn["a", year, metric] + drawn["b", year, metric] for year, metric in product(YEARS, METRICS)
    }
    observations = observed(network, drawn)
    yield from _bounds_measured(observations, drawn, whole)
    for year in YEARS[1:]:
        findings = compare(network, observations, network.year(year))
        yield from _verdicts(findings, whole)
        cells = protect(network, observations, findings, network.year(year)).cells
        yield from _released(cells, drawn, whole)


def _truth_of(metric: str, truth: Truth) -> Fraction:
    """The true figure as it is shown: a share, persons, or pounds."""
    if metric.endswith("_share"):
        return truth.share
    return truth.total / (100 if metric == SPEND else 1)


def _bounds_measured(observations: pd.DataFrame, drawn: Drawn, whole: dict) -> Iterator[tuple[str, bool]]:
    for row in observations.itertuples():
        about = row.metric.removesuffix("_share")
        if about in METRICS:
            truth = drawn[row.member, row.network_year, about] if row.member else whole[row.network_year, about]
            true = float(_truth_of(row.metric, truth))
            yield "measured: the truth lies in the bounds", row.lower - 1e-9 <= true <= row.upper + 1e-9


def _verdicts(findings: pd.DataFrame, whole: dict) -> Iterator[tuple[str, bool]]:
    for row in findings[findings["kind"] == "change"].itertuples():
        about, share = row.metric.removesuffix("_share"), row.metric.endswith("_share")
        if about not in METRICS:
            continue
        before, after = whole[row.since, about], whole[row.period, about]
        changed = partial(_changed, row.metric)
        true = changed(before, after)
        yield "finding: the true change lies in the bounds", row.lower - 1e-6 <= true <= row.upper + 1e-6
        sign = {"rose": 1, "fell": -1}.get(row.verdict, 0)
        if row.standing.startswith("holds whatever"):
            yield "verdict: holds whatever the unknowns are", true * sign > 0
        elif row.standing.startswith("holds if"):
            if share:
                alike = changed(before.resembling(), after.resembling())
                yield "verdict: holds if the unknowns resemble the known", alike * sign > 0
            if abs(after.rate - before.rate) <= DELTA:
                yield "verdict: holds where their rate moved by no more than delta, as it did", true * sign > 0
            moves = [changed(before.at(first), after.at(last)) * sign > 0 for first, last in _moves()]
            yield "verdict: holds wherever their rate was that moved by no more than delta", all(moves)
        elif row.standing:
            could = [changed(before.at(first), after.at(last)) for first, last in _moves()]
            # what is shown: of a share as if the unknowns resembled the known, of a total without them
            could += [changed(before.resembling(), after.resembling()) if share else Fraction(row.value)]
            turned = any(move <= 0 for move in could) and any(move >= 0 for move in could)
            yield "verdict: not clear, and the unknowns could indeed turn it", turned


def _changed(metric: str, first: Truth, last: Truth) -> Fraction:
    return _truth_of(metric, last) - _truth_of(metric, first)


def _moves() -> Iterator[tuple[Fraction, Fraction]]:
    """Rates of two years that differ by no more than delta, the furthest of them among the rest."""
    for step in range(21):
        rate = Fraction(step, 20)
        for moved in (-DELTA, -DELTA / 2, Fraction(0), DELTA / 2, DELTA):
            yield rate, min(max(rate + moved, Fraction(0)), Fraction(1))


def _released(cells: pd.DataFrame, drawn: Drawn, whole: dict) -> Iterator[tuple[str, bool]]:
    for row in cells[cells["lower"].notna()].itertuples():
        about = row.metric.removesuffix("_share")
        if about not in METRICS or row.item in ("percent", "verdict"):
            continue
        if row.kind == "levels":
            truth = drawn[row.member, row.period, about] if row.member else whole[row.period, about]
            true, unknown = _truth_of(row.metric, truth), truth.span
        elif row.item in ("from", "to"):
            truth = whole[row.since_period if row.item == "from" else row.period, about]
            true, unknown = _truth_of(row.metric, truth), truth.span
        elif row.item in ("change", "continuing"):
            before, after = whole[row.since_period, about], whole[row.period, about]
            true, unknown = _truth_of(row.metric, after) - _truth_of(row.metric, before), before.span + after.span
        else:
            continue
        if unknown:
            yield "released: the truth lies in the bounds", row.lower - 1e-9 <= true <= row.upper + 1e-9
        elif not row.metric.endswith("_share") and row.item != "change":
            step = Fraction(STEP[about], 100 if about == SPEND else 1)
            yield (
                "released: of what is all known, the figure is the truth, rounded",
                abs(row.value - true) * 2 <= step + 1,
            )
        yield "released: the figure lies in its bounds", row.status != "shown" or row.lower <= row.value <= row.upper
    yield from _directions(cells)


def _directions(cells: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    """Whether a released verdict goes the way of the released change beside it."""
    by_id = cells.set_index("cell_id")
    for row in cells[(cells["item"] == "verdict") & cells["shown"].isin(["rose", "fell"])].itertuples():
        change = by_id.loc[row.cell_id.replace("|verdict", "|change")]
        if change["status"] == "shown":
            sign = 1 if row.shown == "rose" else -1
            yield "released: the change goes the way of its verdict", change["value"] * sign > 0


def example_network(folder: Path) -> Network:
    network = SpecNetwork(folder)
    network.has("A"), network.has("B")
    return network.network


def run(first: int, runs: int) -> tuple[Counter, Counter]:
    """How often each claim was made in so many runs, and how often it was wrong."""
    made, wrong = Counter(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        network = example_network(Path(folder))
        for seed in range(first, first + runs):
            for claim, is_so in study(network, seed):
                made[claim] += 1
                wrong[claim] += not is_so
    return made, wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    made, wrong = run(1, parser.parse_args().runs)
    print("| claim | made | wrong |\n|---|--:|--:|")
    for claim in sorted(made):
        print(f"| {claim} | {made[claim]:,} | {wrong[claim]:,} |")
    sys.exit(1 if any(wrong.values()) else 0)
