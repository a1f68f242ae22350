"""Drawn tables of counts or amounts, their margins and how they hang together, for tests and studies of protection.

Nothing here knows how anything is protected. A drawing has its cells by name, with every sum that a reader of it sees,
and the equations by which the cells hang together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np
from scipy.sparse import csr_matrix

from anchor_analysis.protect.suppression import System, Target

Cell = tuple[str, ...]


@dataclass
class Drawing:
    """Cells by name, and equations: each a cell and the cells that add up to it."""

    cells: dict[Cell, int] = field(default_factory=dict)
    sums: list[tuple[Cell, list[Cell]]] = field(default_factory=list)

    def add(self, whole: Cell, parts: Iterable[Cell]) -> None:
        parts = list(parts)
        self.cells.setdefault(whole, sum(self.cells[part] for part in parts))
        assert self.cells[whole] == sum(self.cells[part] for part in parts)
        self.sums.append((whole, parts))

    @property
    def names(self) -> list[Cell]:
        return list(self.cells)

    def equations(self) -> csr_matrix:
        at = {name: place for place, name in enumerate(self.cells)}
        rows = [{**dict.fromkeys((at[part] for part in parts), 1), at[whole]: -1} for whole, parts in self.sums]
        entries = [(row, place, sign) for row, terms in enumerate(rows) for place, sign in terms.items()]
        where, places, signs = zip(*entries, strict=True)
        return csr_matrix((signs, (where, places)), shape=(len(rows), len(self.cells)), dtype=float)


def counts(rng: np.random.Generator, *shape: int, mean: float = 25.0) -> np.ndarray:
    """Counts of which some are small, some large and some nought."""
    return rng.poisson(rng.gamma(0.9, mean, size=shape))


def two_ways(rng: np.random.Generator, rows: int, columns: int, mean: float = 25.0) -> Drawing:
    """A table of two columns with the sums over either and the whole."""
    return hierarchy(rng, {f"r{i}": "" for i in range(rows)}, columns, mean)


def tree(rng: np.random.Generator, leaves: int, depth: int) -> dict[str, str]:
    """A tree of groups as a parent for each node, the root being nameless; an inner node has two children or more."""
    level = [f"n{i}" for i in range(leaves)]
    parents: dict[str, str] = {}
    for height in range(depth - 1):
        cuts = np.sort(rng.choice(np.arange(1, len(level)), size=max(0, len(level) // 3 - 1), replace=False))
        groups = [list(group) for group in np.split(np.array(level), cuts) if len(group)]
        above = []
        for place, group in enumerate(groups):
            name = str(group[0]) if len(group) == 1 else f"h{height}_{place}"
            above.append(name)
            if len(group) > 1:
                parents |= {str(child): name for child in group}
        level = above
        if len(level) < 3:
            break
    return parents | dict.fromkeys(level, "")


def hierarchy(rng: np.random.Generator, parents: Mapping[str, str], columns: int, mean: float = 25.0) -> Drawing:
    """A table whose rows form a tree, with every sum over groups of rows, over columns, and over both."""
    leaves = [name for name in parents if name not in parents.values()]
    return hierarchy_of(counts(rng, len(leaves), columns, mean=mean), parents)


def hierarchy_of(drawn: np.ndarray, parents: Mapping[str, str]) -> Drawing:
    """Numbers, a row for each leaf of a tree, with every sum over groups of rows, over columns, and over both."""
    leaves, found = [name for name in parents if name not in parents.values()], Drawing()
    columns = drawn.shape[1]
    seconds = [f"c{j}" for j in range(columns)]
    for (i, j), number in np.ndenumerate(drawn):
        found.cells[leaves[i], seconds[j]] = int(number)
    done = set(leaves)
    while "" not in done:
        for whole in sorted({*parents.values()} - done):
            children = [child for child, parent in parents.items() if parent == whole]
            if set(children) <= done:
                for second in seconds:
                    found.add((whole, second), [(child, second) for child in children])
                done.add(whole)
    for first in sorted(done):
        found.add((first, ""), [(first, second) for second in seconds])
    for whole in sorted({*parents.values()}):
        found.add((whole, ""), [(child, "") for child, parent in parents.items() if parent == whole])
    return found


def linked(rng: np.random.Generator, sizes: tuple[int, ...]) -> Drawing:
    """The tables by every two of several columns of the same rows, which share margins; finer cells are not told."""
    return with_every_sum(counts(rng, *sizes, mean=8.0))


def with_every_sum(drawn: np.ndarray) -> Drawing:
    """Cells of several columns with the sums over every one and several of these, as often as they can be made."""
    found, axes = Drawing(), range(drawn.ndim)
    labels = [[f"{'abcd'[axis]}{i}" for i in range(size)] for axis, size in enumerate(drawn.shape)]
    for index, number in np.ndenumerate(drawn):
        found.cells[tuple(labels[axis][i] for axis, i in enumerate(index))] = int(number)
    for count in range(drawn.ndim - 1, -1, -1):
        for kept in combinations(axes, count):
            for axis in (axis for axis in axes if axis not in kept):
                for chosen in product(*(labels[one] for one in kept)):
                    whole = tuple(dict(zip(kept, chosen, strict=True)).get(one, "") for one in axes)
                    parts = [(*whole[:axis], label, *whole[axis + 1 :]) for label in labels[axis]]
                    if all(part in found.cells for part in parts):
                        found.add(whole, parts)
    return found


def contributions(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """What members spent, in pence: skewed, some nothing, and some more credited than paid."""
    amounts = np.round(rng.lognormal(9.5, 1.2, size=shape)).astype(int)
    chance = rng.random(shape)
    return np.where(chance < 0.2, 0, np.where(chance < 0.28, -amounts, amounts))


@dataclass(frozen=True)
class Question:
    """A drawing with what is told of it: a threshold, what is rounded to, and how many columns a told cell may have."""

    drawing: Drawing
    threshold: int
    base: int = 1
    most_columns: int = 2

    def is_told(self, name: Cell) -> bool:
        return sum(part != "" for part in name) <= self.most_columns

    @property
    def small(self) -> list[Cell]:
        """The cells that must not be told, by the words of a profile: counts above nought and below the threshold."""
        return [name for name, n in self.drawing.cells.items() if self.is_told(name) and 0 < n < self.threshold]

    def read_as(self, number: int) -> tuple[int, int]:
        """The least and the most that a reader can take a told number to be, who knows what it was rounded to."""
        if self.base == 1:
            return number, number
        shown = (2 * number + self.base) // (2 * self.base) * self.base
        return max(0, shown - self.base // 2), shown + (self.base - 1) // 2

    def system(self) -> System:
        values = np.array(list(self.drawing.cells.values()), dtype=float)
        names, count = self.drawing.names, len(values)
        told = np.array([self.read_as(int(value)) for value in values], dtype=float).T
        figure = np.array([at if self.is_told(name) else -1 for at, name in enumerate(names)])
        targets = [
            Target(at, float(n - 1), float(self.threshold))
            for at, n in enumerate(self.drawing.cells.values()) if 0 < n < self.threshold
        ]  # fmt: skip
        untold = np.zeros(count), np.full(count, np.inf)
        return System(
            values, self.drawing.equations(), (told[0], told[1]), untold, figure, self.costs(), np.zeros(count, bool),
            targets,
        )  # fmt: skip

    def costs(self) -> np.ndarray:
        """What a cell is worth: the more the larger it is, and the more so the more it is a sum over."""
        sums = np.array([sum(part == "" for part in name) for name in self.drawing.names])
        sizes = np.array(list(self.drawing.cells.values()))
        return np.maximum(1, np.round(10 * (1 + np.log2(1 + sizes)) * 3**sums)).astype(int)
