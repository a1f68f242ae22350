"""What we withhold beside what τ-ARGUS withholds of the same tables.

`python -m tests.tauargus_study --to docs/studies/suppression.md` asks both, and writes the section. It needs
`pip install pytauargus==0.6.0` in the environment, and says so where it is not there.

Nothing is rounded. The same cells have to be kept, each with a range that reaches as far either way, and withholding
costs the same: counts below a threshold may be one less and must be able to reach the threshold; amounts must be able
to move both ways by what the rule asks for, which is p % of the largest contribution less what remains beside the two
largest. What either withholds is attacked by the same reader. OPT is the exact way of τ-ARGUS, MOD takes a hierarchy
part by part; a cell is needless if what must be kept is kept without it. Where theirs cost more, a cheaper withholding
is safe by the same attack, so that what is called optimal there is not the least.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from anchor_analysis.declared import load_catalogue
from anchor_analysis.protect.figures import small
from anchor_analysis.protect.suppression import System, Target, withhold
from tests import tauargus
from tests.drawn_tables import Cell, Drawing, Question, counts, hierarchy_of, tree
from tests.reader_attack import Reader
from tests.study_page import made_by, write_section

SEED = 20_261_130
HEADING = "## Beside τ-ARGUS"

#: The methods that pytauargus has: the exact one, and the one of hierarchies part by part, without its rules for ones.
METHODS = {"OPT": "OPT(1,2)", "MOD": "MOD(1,2,0,0,0)"}

#: The largest share of the largest contribution that another may come near to, in percent; the share of a sum, in
#: percent, that its two largest contributions may not make.
P, N, K = 10, 2, 80


@dataclass(frozen=True)
class Asked:
    """A table of two columns, what each cell is worth, and from where to where the range of some has to reach."""

    drawing: Drawing
    parents: Mapping[str, str]
    costs: Mapping[Cell, int]
    levels: tauargus.Levels

    def ours(self) -> set[Cell]:
        names, values = self.drawing.names, np.array(list(self.drawing.cells.values()), dtype=float)
        count = len(values)
        system = System(
            values, csr_matrix(self.drawing.equations()), (values, values), (np.zeros(count), np.full(count, np.inf)),
            np.arange(count), np.array([self.costs[name] for name in names]), np.zeros(count, bool),
            [Target(names.index(cell), *ends) for cell, ends in self.levels.items()],
        )  # fmt: skip
        found = withhold(system, [names.index(cell) for cell in self.levels])
        assert not found.unsafe
        return {names[at] for at in found.figures}

    def worth(self, hidden: set[Cell]) -> int:
        return sum(self.costs[cell] for cell in hidden)

    def narrowed(self, hidden: set[Cell]) -> list[Cell]:
        """The cells that a reader comes too near to."""
        known = {cell: (0.0, np.inf) if cell in hidden else (n, n) for cell, n in self.drawing.cells.items()}
        reader = Reader(self.drawing.sums, known)
        return [cell for cell, ends in self.levels.items() if reader.narrowed(cell, *ends)]


# --- what is drawn ---


def people(rng: np.random.Generator, deep: bool) -> Asked:
    """Counts, of which those below a threshold must be kept."""
    leaves, columns, threshold = int(rng.integers(5, 11)), int(rng.integers(3, 6)), int(rng.choice([5, 10]))
    parents = tree(rng, leaves, 3) if deep else {f"r{i}": "" for i in range(leaves)}
    drawing = hierarchy_of(counts(rng, leaves, columns, mean=60.0), parents)
    levels: tauargus.Levels = {
        cell: (n - 1.0, float(threshold)) for cell, n in drawing.cells.items() if 0 < n < threshold
    }
    return Asked(drawing, parents, _worth(drawing), levels)


def money(rng: np.random.Generator, deep: bool) -> tuple[Asked, dict[Cell, list[int]]]:
    """Amounts of suppliers, of which those that one makes most of must be kept; and what makes each up."""
    leaves, columns = int(rng.integers(5, 9)), int(rng.integers(3, 5))
    parents = tree(rng, leaves, 3) if deep else {f"r{i}": "" for i in range(leaves)}
    amounts = [[np.round(rng.lognormal(4, 1, size=rng.integers(1, 12))).astype(int) + 1 for _ in range(columns)]
               for _ in range(leaves)]  # fmt: skip
    drawing = hierarchy_of(np.array([[own.sum() for own in row] for row in amounts]), parents)
    inner = [name for name in parents if name not in parents.values()]
    made: dict[Cell, list[int]] = {
        (inner[i], f"c{j}"): sorted(map(int, own)) for i, row in enumerate(amounts) for j, own in enumerate(row)
    }
    for whole, parts in drawing.sums:
        made[whole] = sorted(size for part in parts for size in made[part])
    made = {cell: sizes[::-1] for cell, sizes in made.items()}
    levels = {cell: ends for cell, sizes in made.items() if (ends := _levels(sizes))}
    return Asked(drawing, parents, _worth(drawing), levels), made


def _levels(sizes: list[int]) -> tuple[float, float] | None:
    """How far the range of a sum has to reach by the p % rule, if it must be kept by it."""
    missing = P * sizes[0] - 100 * sum(sizes[2:])
    need = -(-missing // 100)
    return (max(0.0, float(sum(sizes) - need)), float(sum(sizes) + need)) if missing > 0 else None


def _worth(drawing: Drawing) -> dict[Cell, int]:
    return dict(zip(drawing.names, map(int, Question(drawing, 1).costs()), strict=True))


# --- which cells must be kept ---


def same_small(rng: np.random.Generator) -> bool:
    """Whether the same counts of people are below a threshold."""
    threshold = int(rng.choice([3, 5, 10]))
    drawing = hierarchy_of(counts(rng, 5, 4, mean=15.0), {f"r{i}": "" for i in range(5)})
    profile = load_catalogue().profiles["people_threshold_10_round_5"]
    own = profile.model_copy(update={"threshold": threshold, "zero": "shown"})
    ours = {cell for cell, number in drawing.cells.items() if small(number, "persons", own)}
    records = [(*cell, 1) for cell, number in drawing.cells.items() if all(cell) for _ in range(number)]
    return ours == tauargus.unsafe_by(f"FREQ({threshold},30)", records)


def same_dominated(rng: np.random.Generator, rule: str) -> bool:
    """Whether by the rule of p %, or of the two largest, the same sums must be kept."""
    asked, made = money(rng, deep=False)
    records = [(*cell, size) for cell, sizes in made.items() if all(cell) for size in sizes]
    if rule == "P":
        ours = {cell for cell, sizes in made.items() if sum(sorted(sizes)[:-2]) < P / 100 * max(sizes)}
        return ours == set(asked.levels) == tauargus.unsafe_by(f"P({P},1)", records)
    ours = {cell for cell, sizes in made.items() if 100 * sum(sizes[:N]) > K * sum(sizes)}
    return ours == tauargus.unsafe_by(f"NK({N},{K})", records)


# --- what is withheld besides ---


def beside(asked: Asked, method: str) -> Counter[str]:
    """How our withholding of a table stands to that of τ-ARGUS."""
    ours = asked.ours()
    try:
        theirs = tauargus.withheld_by(METHODS[method], asked.drawing, asked.parents, asked.costs, asked.levels)
    except tauargus.NotSolved as problem:
        print(f"{method}: {problem}", file=sys.stderr)
        return Counter({"given up": 1})
    own, other = asked.worth(ours), asked.worth(theirs)
    needless = [cell for cell in theirs - set(asked.levels) if not asked.narrowed(theirs - {cell})]
    return Counter({
        "tables": 1, "needless": bool(needless), "kept": len(asked.levels), "our ranges": len(asked.narrowed(ours)),
        "their ranges": len(asked.narrowed(theirs)), "they unsafe": bool(asked.narrowed(theirs)),
        "less": own < other, "same": own == other, "more": own > other, "ours": own, "theirs": other,
    })  # fmt: skip


def drawn(kind: str, rng: np.random.Generator) -> Asked:
    """A table of people or money, two ways or in a hierarchy, in which something must be kept."""
    what, deep = kind.split(", ")
    while True:
        asked = people(rng, deep == "hierarchy") if what == "people" else money(rng, deep == "hierarchy")[0]
        if asked.levels:
            return asked


KINDS = ("people, two ways", "people, hierarchy", "money, two ways", "money, hierarchy")


def study(tables: int, seed: int) -> Iterator[tuple[str, str, Counter[str]]]:
    """Of each kind of table and each method what came of so many."""
    for place, kind in enumerate(KINDS):
        for method in METHODS:
            found: Counter[str] = Counter()
            for number in range(tables):
                found += beside(drawn(kind, np.random.default_rng([seed, place, number])), method)
            print(kind, method, dict(found), file=sys.stderr, flush=True)
            yield kind, method, found


def as_lines(tables: int, seed: int) -> list[str]:
    draws = [np.random.default_rng([seed, 9, number]) for number in range(tables)]
    same = {"a count below 3, 5 or 10": sum(map(same_small, draws)),
            f"the p % rule, p = {P}": sum(same_dominated(rng, "P") for rng in draws),
            f"the words of the (n, k) rule, {N} and {K} %": sum(same_dominated(rng, "NK") for rng in draws),
            }  # fmt: skip
    head = (
        "| tables | by | tables | cells to keep | ranges too narrow, ours | theirs "
        "| we lose less | the same | more | ours / theirs | theirs hold a needless cell |"
    )
    return [
        made_by(f"python -m tests.tauargus_study --tables {tables}", seed) + " pytauargus 0.6.0.", "",
        *(f"The same cells must be kept by {rule} in {count} of {tables} tables." for rule, count in same.items()), "",
        *(__doc__ or "").split("\n\n", 2)[2].strip().splitlines(), "",
        head, "|---" * 11 + "|", *(_line(*one) for one in study(tables, seed)),
    ]  # fmt: skip


def _line(kind: str, method: str, found: Counter[str]) -> str:
    numbers = [found[key] for key in ("tables", "kept", "our ranges", "their ranges", "less", "same", "more")]
    ratio = found["ours"] / found["theirs"] if found["theirs"] else 1
    return f"| {kind} | {method} | {' | '.join(f'{one:,}' for one in numbers)} | {ratio:.3f} | {found['needless']} |"


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--tables", type=int, default=25)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--to", type=Path)
    given = asked.parse_args()
    if not tauargus.is_there():
        print("τ-ARGUS is not here, and nothing was compared: pip install pytauargus==0.6.0", file=sys.stderr)
        return
    lines = as_lines(given.tables, given.seed)
    print("\n".join([HEADING, "", *lines]))
    if given.to:
        write_section(given.to, "", HEADING, lines)


if __name__ == "__main__":
    main()
