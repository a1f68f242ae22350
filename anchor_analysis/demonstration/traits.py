"""Draws what a personnel system knows of people beside their posts: who they are, their pay, apprenticeships.

Everything has a stream of draws of its own, apart from that of posts and homes. Pay is planted with a gap: women are
more often in the lower bands, which is all that differs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from anchor_analysis.demonstration.draws import Draws, Flags, Ints

SEXES = ("female", "male", "other", "unknown")
ETHNICITIES = ("asian", "black", "mixed", "other", "white", "unknown")
DISABILITIES = ("disabled", "not_disabled", "unknown")
AGE_BANDS = (
    "age_16_to_24",
    "age_25_to_34",
    "age_35_to_44",
    "age_45_to_54",
    "age_55_to_64",
    "age_65_and_over",
    "unknown",
)
UNTOLD = -1

#: What stands in the cells of each, the unknown in words and blank.
SEX_WORDS = ("Female", "Male", "Non-binary", "Not stated", "")
ETHNICITY_WORDS = (
    "Pakistani", "African", "White and Black Caribbean", "Arab", "White British", "Prefer not to say", ""
)  # fmt: skip
DISABILITY_WORDS = ("Yes", "No", "Not declared", "")
AGE_WORDS = ("16-24", "25-34", "35-44", "45-54", "55-64", "65+", "")

#: Weights of each, the unknown last; of ethnic groups at first, and of those who are hired from the third year on.
_SEX = np.array([6180, 3640, 60, 120])
_ETHNICITY = np.array([880, 430, 190, 110, 7690, 700])
_ETHNICITY_LATER = np.array([1120, 560, 240, 140, 7280, 660])
_DISABILITY = np.array([520, 7880, 1600])

#: Pay for an hour in 2018, in pence, from the lowest band on, with weights for women and for everybody else.
_PENCE = np.array([818, 872, 948, 1083, 1266, 1521, 1894, 2412, 3180, 4476])
_WOMEN = np.array([14, 30, 296, 190, 160, 130, 92, 50, 27, 11])
_OTHERS = np.array([10, 22, 232, 172, 164, 142, 118, 76, 43, 21])
#: What pay had grown to, in thousandths of that of 2018, in the years from 2018 on.
_GROWN = (1000, 1021, 1046, 1064, 1108, 1171)

#: Per ten thousand: apprentices among those hired, pay that is not told, and pay of nought.
_APPRENTICES, _NO_PAY, _NOUGHT = 520, 260, 20
_APPRENTICE_DAYS = 900


@dataclass(frozen=True)
class Traits:
    """One entry per person: positions in the lists above, the day of birth, the band of pay, apprentices-to-be.

    `pay_told` is 1 where pay is told, 0 where it stands as nought, UNTOLD where it is blank; `marked` whether the flag
    says who is an apprentice, else the pay scale does.
    """

    sex: Ints
    ethnicity: Ints
    disability: Ints
    born: Ints
    band: Ints
    pay_told: Ints
    apprentice: Flags
    marked: Flags

    def take(self, rows: Ints) -> Traits:
        return Traits(*(getattr(self, one.name)[rows] for one in fields(Traits)))

    def with_more(self, more: Traits) -> Traits:
        return Traits(*(np.concatenate([getattr(self, one.name), getattr(more, one.name)]) for one in fields(Traits)))

    def age_band(self, day: int) -> Ints:
        """Position in AGE_BANDS on a day; of those born on no day that is told, the last."""
        age = (day - self.born) // 365
        band = np.searchsorted([25, 35, 45, 55, 65], age, side="right")
        return np.where(self.born == UNTOLD, len(AGE_BANDS) - 1, band)

    def pence(self, year: int) -> Ints:
        """Pay for an hour in a year; 0 where none is told."""
        return np.where(self.pay_told > 0, _PENCE[self.band] * _GROWN[year - 2018] // 1000, 0)

    def in_apprenticeship(self, start: Ints, day: int) -> Flags:
        return self.apprentice & (day - start < _APPRENTICE_DAYS)


def draw_traits(seed: int, member: str, year: int, start: Ints) -> Traits:
    """Traits of those who are hired for a year, by the first day of their post."""
    draws, count = Draws(seed, member, "traits", str(year)), len(start)
    sex = draws.spread(_SEX, count)
    women = sex == 0
    band = np.where(women, draws.spread(_WOMEN, count), draws.spread(_OTHERS, count))
    apprentice = draws.mark(count, _APPRENTICES)
    age = np.where(apprentice, 17 + draws.below(10, count), 19 + draws.below(44, count))
    grown = int(start.max(initial=0)) - age * 365 - draws.below(365, count)
    born = np.minimum(grown, start - 18 * 365)  # nobody began before they were of age
    pay_told = np.ones(count, dtype=np.int64)
    pay_told[draws.mark(count, _NO_PAY)], pay_told[draws.mark(count, _NOUGHT)] = UNTOLD, 0
    return Traits(
        sex, draws.spread(_ETHNICITY if year < 2021 else _ETHNICITY_LATER, count), draws.spread(_DISABILITY, count),
        np.where(draws.mark(count, 90), UNTOLD, born), np.where(apprentice, 0, band), pay_told, apprentice,
        draws.below(2, count) == 0,
    )  # fmt: skip
