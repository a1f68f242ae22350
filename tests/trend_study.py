"""How often the interval of a trend holds the truth, and how often a network that does not move is said to.

`python -m tests.trend_study --runs 1000 --to docs/studies/trends.md` draws the panels again and writes the table.

Estimand: the mean of the slopes that members are drawn from, a year. Generator: G members with an intercept of their
own, a slope of their own (normal about the truth, standard deviation tau), and errors of a kind, over T years; each
figure but three of a member is missing one time in ten. Errors: `independent`, normal; `carried`, autoregressive of the
first order with 0.6; `uneven`, carried, with a standard deviation of each member's own (log-normal) and a long right
tail (a centred exponential). Truth 0.02, errors of standard deviation 0.05. What is counted is right by construction
and owes nothing to the library.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from anchor_analysis.compare.inference import LEVEL, METHODS, slope_of
from anchor_analysis.compare.slopes import FEWEST_MEMBERS, FEWEST_YEARS

TRUTH, ERROR, SEED = 0.02, 0.05, 20_261_123
MEMBERS, YEARS, SPREADS, KINDS = (9, 11, 14), (4, 8), (0.0, 0.03), ("independent", "carried", "uneven")
METRICS = 20


def draw_panel(draw: np.random.Generator, members: int, years: int, spread: float, kind: str, truth: float):
    """Rows with `member`, `year` and `figure`."""
    slopes = truth + spread * draw.standard_normal(members)
    errors = draw.standard_normal((members, years))
    if kind == "uneven":
        errors = draw.exponential(size=(members, years)) - 1
    if kind != "independent":
        for year in range(1, years):
            errors[:, year] = 0.6 * errors[:, year - 1] + 0.8 * errors[:, year]
    if kind == "uneven":
        errors *= np.exp(0.5 * draw.standard_normal((members, 1)))
    figures = draw.normal(5, 1, (members, 1)) + slopes[:, None] * np.arange(years) + ERROR * errors
    there = draw.random((members, years)) >= 0.1
    there[:, :FEWEST_YEARS] |= there.sum(axis=1, keepdims=True) < FEWEST_YEARS
    member, year = np.nonzero(there)
    return pd.DataFrame({"member": member, "year": year, "figure": figures[member, year]})


def covered(members: int, years: int, spread: float, kind: str, runs: int) -> Iterator[dict]:
    """Of each method how often its interval held the truth, how wide it was, and how often it refused."""
    held, width, refused = ({method: [] for method in METHODS} for _ in range(3))
    draw = np.random.default_rng([SEED, members, years, round(spread * 1000), KINDS.index(kind)])
    for _ in range(runs):
        rows = draw_panel(draw, members, years, spread, kind, TRUTH)
        for method in METHODS:
            found = slope_of(rows, method)
            refused[method].append(bool(found.refused))
            if not found.refused:
                held[method].append(found.lower <= TRUTH <= found.upper)
                width[method].append(found.upper - found.lower)
    for method in METHODS:
        yield {
            "members": members, "years": years, "spread": spread, "errors": kind, "method": method,
            "runs": len(refused[method]), "covered": float(np.mean(held[method])),
            "median_width": float(np.median(width[method])), "refused": float(np.mean(refused[method])),
        }  # fmt: skip


def false_verdicts(members: int, years: int, kind: str, runs: int) -> float:
    """In how many networks of METRICS metrics that do not move any is said to, by Holm over the bootstrap's tests."""
    from statsmodels.stats.multitest import multipletests

    draw = np.random.default_rng([SEED, members, years, 77, KINDS.index(kind)])
    wrong = 0
    for _ in range(runs):
        p_values = [
            slope_of(draw_panel(draw, members, years, 0.0, kind, 0.0), "permutation").p_value for _ in range(METRICS)
        ]
        wrong += bool(multipletests(p_values, method="holm")[0].any())
    return wrong / runs


def study(runs: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    cases = list(product(MEMBERS, YEARS, SPREADS, KINDS))
    rows: list[dict] = []
    for number, case in enumerate(cases, 1):
        rows += covered(*case, runs)
        print(f"{number} of {len(cases)}", file=sys.stderr)
    false = [
        {
            "members": g,
            "years": t,
            "errors": kind,
            "networks": runs // 5,
            "false": false_verdicts(g, t, kind, runs // 5),
        }
        for g, t, kind in product(MEMBERS, YEARS, KINDS)
    ]
    return pd.DataFrame(rows), pd.DataFrame(false)


def as_page(found: pd.DataFrame, false: pd.DataFrame, runs: int) -> str:
    """The study as a page: the whole range of every method first, then every case."""
    said = [
        "# How far the intervals of trends can be trusted", "",
        f"Made by `python -m tests.trend_study --runs {runs}` with the seed {SEED}; {runs:,} panels in each case. "
        "A 95 % interval that holds the truth as often as it says shows, in a "
        f"study of this size, {0.95 - _noise(runs):.1%} to {0.95 + _noise(runs):.1%}.", "",
        *(line.strip() for line in (__doc__ or "").split("\n\n")[2].splitlines()), "",
        f"Fewer than {FEWEST_MEMBERS} members or {FEWEST_YEARS} years are refused before any method is asked.", "",
        "| method | least covered | mean | most covered | mean width | refused |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for method, own in found.groupby("method", sort=False):
        least, mean, most = own["covered"].min(), own["covered"].mean(), own["covered"].max()
        said.append(
            f"| `{method}` | {least:.1%} | {mean:.1%} | {most:.1%} | {own['median_width'].mean():.4f} "
            f"| {own['refused'].mean():.2%} |"
        )
    names = " | ".join(f"`{name}`" for name in METHODS)
    said += ["", "## Every case", "", f"| members | years | spread of slopes | errors | {names} |"]
    said += ["|---|---|---|---|" + "---|" * len(METHODS)]
    for (members, years, spread, kind), own in found.groupby(["members", "years", "spread", "errors"], sort=False):
        cells = " | ".join(f"{own.set_index('method').at[name, 'covered']:.1%}" for name in METHODS)
        said.append(f"| {members} | {years} | {spread} | {kind} | {cells} |")
    said += [
        "", "## Networks that do not move", "",
        f"Of {runs // 5} networks of {METRICS} metrics each, none of which moves, in how many any is said to rise or "
        f"fall, at {LEVEL:.0%} over all of them (Holm), by changes of sign. Of nine members the rarest of these is one "
        f"in 256, which is not rare enough among {METRICS} metrics: there no verdict is possible, and none is false.",
        "",
        "| members | years | errors | networks with a false verdict |", "|---|---|---|---|",
        *(f"| {row.members} | {row.years} | {row.errors} | {row.false:.1%} |" for row in false.itertuples()),
        f"| all | all | all | {false['false'].mean():.1%} |",
    ]  # fmt: skip
    return "\n".join(said) + "\n"


def _noise(runs: int) -> float:
    return float(1.96 * np.sqrt(0.95 * 0.05 / runs))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--runs", type=int, default=1000)
    asked.add_argument("--to", type=Path, default=Path("docs/studies/trends.md"))
    given = asked.parse_args()
    page = as_page(*study(given.runs), given.runs)
    given.to.parent.mkdir(parents=True, exist_ok=True)
    given.to.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
