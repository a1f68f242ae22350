"""Random draws that come out the same on every machine and with every release of NumPy.

NumPy promises the bits of a bit generator for good, but not the distributions that it makes of them, and its
exponentials differ in the last digit between processors. So everything here is made of raw bits by integer
arithmetic and single multiplications, which IEEE 754 fixes.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Draws:
    """A stream of draws of its own for every list of names, so that no draw depends on the order of work."""

    def __init__(self, seed: int, *names: str):
        entropy = [seed, *(crc32(name.encode("utf-8")) for name in names)]
        self._bits = np.random.PCG64(np.random.SeedSequence(entropy))

    def uniform(self, count: int) -> NDArray[np.float64]:
        """Numbers from 0 up to 1, without 1."""
        return (self._bits.random_raw(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, limit: int | Ints, count: int) -> Ints:
        """Whole numbers from 0 up to a limit, without it; the limit may differ from one draw to the next."""
        return np.floor(self.uniform(count) * limit).astype(np.int64)

    def order(self, count: int) -> Ints:
        """The numbers 0 to count - 1, shuffled."""
        return np.argsort(self._bits.random_raw(count), kind="stable").astype(np.int64)

    def choose(self, weights: Ints, count: int) -> Ints:
        """Positions in `weights`, each drawn by itself in proportion to its whole-numbered weight."""
        edges = np.cumsum(weights)
        return np.searchsorted(edges, self.below(int(edges[-1]), count), side="right").astype(np.int64)

    def spread(self, weights: Ints, count: int) -> Ints:
        """As `choose`, but stratified: the numbers that come out hardly differ from those expected."""
        edges = np.cumsum(weights)
        strata = np.arange(count) + self.uniform(count)
        at = np.minimum(np.floor(strata * int(edges[-1]) / max(count, 1)), edges[-1] - 1)
        return np.searchsorted(edges, at, side="right").astype(np.int64)[self.order(count)]

    def mark(self, count: int, per_10000: int, at_least: int = 0) -> Flags:
        """Marks on a fixed share of `count` places, in places drawn at random."""
        wanted = min(count, max(at_least, share(count, per_10000)))
        marks = np.zeros(count, dtype=bool)
        bits = self._bits.random_raw(count)
        marks[np.argpartition(bits, wanted)[:wanted] if wanted < count else slice(None)] = True
        return marks


def share(count: int, per_10000: int) -> int:
    """So many ten-thousandths of a number, rounded half up."""
    return (count * per_10000 + 5000) // 10000


@cache
def skewed_sizes(steps: int = 4096, spread: float = 2.0) -> Ints:
    """The quantiles of a log-normal distribution in thousandths of its median: payments are many small, few large.

    Rounded to whole numbers, so that a last digit that differs between two C libraries does not matter.
    """
    normal = NormalDist()
    quantiles = [normal.inv_cdf((step + 0.5) / steps) for step in range(steps)]
    return np.array([round(1000 * 2.718281828 ** (spread * at)) for at in quantiles], dtype=np.int64)
