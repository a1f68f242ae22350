"""The invented deprivation of two releases: LSOAs of 2011 and of 2021, and the two files as publishers have them.

The second release ranks other LSOAs, since some were divided and some joined, and ranks them otherwise. Its draws are
a stream of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from anchor_analysis.demonstration.draws import Draws, Ints

RANKS, RANKS_OTHER = 32844, 33755
#: Of the second release: how many small areas of 2011 were divided in two, and how many pairs were joined.
DIVIDED, JOINED = 8, 2
#: Of the second release: small areas in the most deprived tenth, in all and of a ward that counts as disadvantaged.
TENTH_OTHER, TENTH_OTHER_EACH = 84, 9
#: The ward that the second release takes out of the seven, which keeps a few of its small areas in the tenth, and the
#: one that it puts in.
FALLS, RISES, TENTH_OTHER_FALLS = "E05011385", "E05011387", 2

_IMD = "Index of Multiple Deprivation (IMD)"


@dataclass(frozen=True)
class Later:
    """Small areas of 2021 with their `ward`, `lsoa`, `rank`; for each of 2011 the first it became, and if two."""

    areas: pd.DataFrame
    first: Ints
    divided: Ints

    def of(self, draws: Draws, small_area: Ints) -> Ints:
        """The small area of 2021 of postcodes that lie in those of 2011; -1 stays."""
        half = draws.below(2, len(small_area))
        return np.where(small_area < 0, -1, self.first[small_area] + half * self.divided[small_area])


def later_areas(draws: Draws, areas: pd.DataFrame, in_leeds: int, disadvantaged: list[str]) -> Later:
    """The small areas of 2021 and their ranks, from those of 2011, of which Leeds's come first."""
    divided, joined = _changed(draws, areas["ward"].to_numpy()[:in_leeds])
    number = np.arange(len(areas))
    parts = 1 + np.isin(number, divided).astype(np.int64) - np.isin(number, joined + 1)
    first = np.cumsum(parts) - parts
    first[joined + 1] = first[joined]
    of = np.repeat(number, parts)  # the one of 2011 that each of 2021 is, is part of, or begins with
    later = areas.iloc[of].reset_index(drop=True)
    new = np.isin(of, [*divided, *joined])
    later["lsoa"] = later["lsoa"].mask(new, [f"E01995{index + 1:03d}" for index in range(len(later))])
    later["rank"] = _ranks(draws, later, disadvantaged)
    return Later(later, first, np.isin(number, divided).astype(np.int64))


def _changed(draws: Draws, ward: Ints) -> tuple[Ints, Ints]:
    """Which small areas are divided, and which are joined to the next one of their ward; none is both."""
    pairs = np.flatnonzero((ward[:-1] == ward[1:]) & (np.arange(len(ward) - 1) % 2 == 0))
    chosen = pairs[draws.order(len(pairs))[: DIVIDED + JOINED]]
    return chosen[:DIVIDED], chosen[DIVIDED:]


def _ranks(draws: Draws, later: pd.DataFrame, disadvantaged: list[str]) -> Ints:
    """Ranks like those before, but for the ward that falls out of the most disadvantaged and the one that rises."""
    leeds = later["lad"] == later["lad"].iloc[0]
    wanted = _tenth_by_ward(later[leeds], disadvantaged)
    alike = later["rank"].to_numpy() + draws.below(1500, len(later))
    alike = alike + np.select([later["ward"] == FALLS, later["ward"] == RISES], [14000, -9000])
    place = pd.Series(alike).groupby(later["ward"]).rank(method="first").to_numpy()
    in_tenth = (leeds & (place <= later["ward"].map(wanted).fillna(0))).to_numpy()
    order = np.argsort(np.argsort(alike, kind="stable"), kind="stable")
    tenth = RANKS_OTHER // 10
    ranks = np.empty(len(later), dtype=np.int64)
    for chosen, first, count in ((in_tenth, 1, tenth), (~in_tenth, tenth + 1, RANKS_OTHER - tenth)):
        drawn = np.sort(draws.order(count)[: chosen.sum()]) + first
        ranks[chosen] = drawn[np.argsort(np.argsort(order[chosen]))]
    return ranks


def _tenth_by_ward(leeds: pd.DataFrame, disadvantaged: list[str]) -> dict[str, int]:
    """How many small areas of each ward are in the tenth; the wards that are in no list share what is left."""
    most = [*(ward for ward in disadvantaged if ward != FALLS), RISES]
    wanted = dict.fromkeys(most, TENTH_OTHER_EACH) | {FALLS: TENTH_OTHER_FALLS}
    others = leeds[~leeds["ward"].isin([*wanted])].sort_values("rank")
    left = others["ward"].head(TENTH_OTHER - sum(wanted.values())).value_counts()
    return wanted | {str(ward): int(count) for ward, count in left.items()}


def as_file_7(draws: Draws, areas: pd.DataFrame, year: int, ranks: int, population: str) -> pd.DataFrame:
    """The columns of the Indices of Deprivation, File 7: every rank of England once, all areas and people invented."""
    spare = np.setdiff1d(np.arange(1, ranks + 1), areas["rank"])
    elsewhere = pd.DataFrame({"lsoa": [f"E01{900000 + index:06d}" for index in range(len(spare))], "rank": spare})
    england = pd.concat([areas[["lsoa", "rank"]], elsewhere], ignore_index=True)
    rank = england["rank"].to_numpy()
    # the few most deprived are far worse than the next, as in the true Index: thousandths, from 0 to 90
    score = 90000 * (ranks + 1 - rank) ** 2 // ranks**2
    return pd.DataFrame({
        f"LSOA code ({year})": england["lsoa"],
        f"{_IMD} Score": [f"{value // 1000}.{value % 1000:03d}" for value in score.tolist()],
        f"{_IMD} Rank (where 1 is most deprived)": rank,
        f"{_IMD} Decile (where 1 is most deprived 10% of LSOAs)": -(-rank * 10 // ranks),
        f"Total population: {population}": 1000 + draws.below(1500, len(england)),
    })  # fmt: skip
