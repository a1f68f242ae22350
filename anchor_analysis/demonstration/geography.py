"""The invented geography: postcodes, small areas (LSOAs) and deprivation ranks on Leeds's real ward codes.

Postcodes are of the area LX, which Royal Mail does not use; LX1 to LX29 are in Leeds, LX30 to LX60 around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import yaml

from anchor_analysis.demonstration.deprivation import FALLS, RANKS, RANKS_OTHER, RISES, Later, as_file_7, later_areas
from anchor_analysis.demonstration.draws import Draws, Flags, Ints

AREA = "LX"
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # no C, I, K, M, O, V: the last two letters of a postcode never are
IN_LEEDS, AROUND, NOT_LISTED = range(1, 30), range(30, 61), range(1, 30)
LEEDS = "E08000035"

#: Real local authorities around Leeds: those of West Yorkshire, then some further off. Weights are commuters'.
NEIGHBOURS = {"E08000032": 34, "E08000036": 24, "E08000034": 13, "E08000033": 7, "E06000065": 10, "E06000014": 5,
              "E08000017": 3, "E06000011": 2, "E08000004": 1, "E08000005": 1}  # fmt: skip
#: Those of them in the North West; the others are in Yorkshire and The Humber.
NORTH_WEST = ("E08000004", "E08000005")
WEST_YORKSHIRE = 4
SMALL_AREAS = 482
SMALL_AREAS_EACH_AROUND = 30
TENTH = RANKS // 10

#: How many of a ward's small areas are in the most deprived tenth: of the most disadvantaged wards, then of the others.
TENTH_IN_DISADVANTAGED = 11
TENTH_ELSEWHERE = (5, 4, 4, 3, 3, 2, 2, 1, 1, 1)

IN_AREA, ELSEWHERE, UNKNOWN = 0, 1, 2
LISTED = ("live", "terminated", "large_user", "no_area", "not_in_directory")
#: What else stands in postcode cells, by its class; some of it says that somebody lives elsewhere.
WRITTEN = {
    "no_postcode": ("",),
    "not_a_postcode": ("LX4 2A", "unknown", "not given", "LX42 22AB", "12 Nowhere Row", "N/A", "TBC", "?"),
    "outward_only": ("LX4", "LX17", "LX23 4", "LS", "LS6"),
    "redacted": ("REDACTED", "Redacted personal data", "XXX XXX", "***"),
    "no_fixed_abode": ("ZZ99 3VZ",),
    "not_known": ("ZZ99 3WZ",),
    "somewhere_in_england": ("ZZ99 3CZ",),
    "forces": ("BFPO 40", "BF1 0ZZ"),
    "somewhere_in_wales": ("ZZ99 3GZ",),
    "somewhere_in_scotland": ("ZZ99 1WZ",),
    "somewhere_in_northern_ireland": ("ZZ99 2WZ",),
    "overseas": ("ZZ99 6AZ", "ZZ99 7DZ"),
    "crown_dependency": ("JE9 0ZZ", "GY9 0ZZ", "IM0 0ZZ"),
}
MEANS_ELSEWHERE = ("somewhere_in_wales", "somewhere_in_scotland", "somewhere_in_northern_ireland", "overseas",
                   "crown_dependency")  # fmt: skip
CLASSES = (*LISTED, *WRITTEN)
#: So many listed postcodes are also to be had with a slip of the keyboard: one sign for another that looks like it.
SLIPS = 12


@dataclass(frozen=True)
class Places:
    """Everything that may stand in a postcode cell, and what is true of it.

    One entry per directory row, then per postcode that is well formed but not listed, then per slip, then per text of
    WRITTEN. `place` is IN_AREA, ELSEWHERE or UNKNOWN; `kind` an index of CLASSES; `slip` marks what one changed sign
    would mend. `ward` and `small_area` index the lists, -1 where there is none. `tenth` is 1 in the most deprived tenth
    of the area's small areas, 0 if not, -1 where that is unknown. Those that end in `_other` say the same by the second
    release and the second list of wards. `here` are the listed postcodes in the area and `around` those elsewhere;
    `lone` are the postcodes in the area without a small area, which are not among `here`.
    """

    text: list[str]
    place: Ints
    kind: Ints
    slip: Flags
    ward: Ints
    small_area: Ints
    disadvantaged: Flags
    disadvantaged_other: Flags
    tenth: Ints
    tenth_other: Ints
    ended: Flags
    wards: list[str]
    here: Ints
    around: Ints
    lone: Ints

    def of_class(self, *names: str) -> Ints:
        """The entries of some classes."""
        return np.flatnonzero(np.isin(self.kind, [CLASSES.index(name) for name in names]))


@dataclass(frozen=True)
class Geography:
    """The places, and the reference files as publishers would give them out; residents also by ward, as drawn.

    Of one ward the publisher gives no residents, only a sign; it is not in `residents_by_ward`.
    """

    places: Places
    directory: pd.DataFrame
    deprivation: pd.DataFrame
    deprivation_other: pd.DataFrame
    residents: pd.DataFrame
    residents_by_ward: dict[str, int]


def read_areas() -> tuple[dict[str, Any], list[str]]:
    """Ward codes of Leeds with their tiles, and the seven that count as most disadvantaged (version 1)."""
    folder = resources.files("anchor_analysis") / "definitions" / "areas"
    wards = yaml.safe_load((folder / "leeds_wards.yaml").read_text(encoding="utf-8"))
    named = yaml.safe_load((folder / "leeds_most_disadvantaged_wards_v1.yaml").read_text(encoding="utf-8"))
    return wards["wards"], named["wards"]


def make_geography(seed: int) -> Geography:
    """Draw the whole geography; it does not depend on the scale."""
    wards, disadvantaged = read_areas()
    draws = Draws(seed, "geography")
    areas = _small_areas(draws, list(wards), disadvantaged)
    directory = pd.concat([_postcodes_in_leeds(draws, areas), _postcodes_around(draws, areas)], ignore_index=True)
    directory = _with_oddities(draws, directory, disadvantaged)
    second = Draws(seed, "geography", "second release")
    later = later_areas(second, areas, SMALL_AREAS, disadvantaged)
    directory["small_area_other"] = later.of(second, directory["small_area"].to_numpy())
    places = _places(draws, directory, areas, later, disadvantaged)
    people = Draws(seed, "geography", "population")
    files = (
        as_file_7(people, areas, 2011, RANKS, "mid 2015 (excluding prisoners)"),
        as_file_7(people, later.areas, 2021, RANKS_OTHER, "mid 2022"),
    )
    by_ward = _draw_residents(Draws(seed, "residents"), list(wards))
    residents = _as_nomis(by_ward, wards)
    return Geography(places, _as_nspl(directory, areas, later, wards), *files, residents, by_ward)


def _small_areas(draws: Draws, wards: list[str], disadvantaged: list[str]) -> pd.DataFrame:
    """One row per small area: code, ward, local authority, rank."""
    ward = np.sort(np.arange(SMALL_AREAS) % len(wards))
    ranks = _ranks(draws, ward, wards, disadvantaged)
    leeds = pd.DataFrame({"ward": np.array(wards)[ward], "lad": LEEDS, "rank": ranks})
    authorities = list(NEIGHBOURS)[:WEST_YORKSHIRE]
    around = pd.DataFrame({"lad": np.repeat(authorities, SMALL_AREAS_EACH_AROUND)})
    around["ward"] = [f"E0599{index // 5:04d}" for index in range(len(around))]
    spare = np.setdiff1d(np.arange(1, RANKS + 1), leeds["rank"])
    around["rank"] = spare[draws.order(len(spare))[: len(around)]]
    areas = pd.concat([leeds, around], ignore_index=True)
    areas["lsoa"] = [f"E01990{index + 1:03d}" for index in range(len(areas))]
    return areas


def _ranks(draws: Draws, ward: Ints, wards: list[str], disadvantaged: list[str]) -> Ints:
    """A rank for each small area of Leeds, so that the disadvantaged wards hold most of the most deprived tenth."""
    wanted = _tenth_by_ward(draws, wards, disadvantaged)
    within = np.arange(len(ward)) - np.searchsorted(ward, ward)
    in_tenth = within < wanted[ward]
    # A ward's areas resemble each other: those of a ward with many in the tenth come next in rank.
    alike = -2000 * wanted[ward] + draws.below(20000, len(ward)) + draws.below(9000, len(wards))[ward]
    ranks = np.empty(len(ward), dtype=np.int64)
    ranks[in_tenth] = draws.order(TENTH)[: in_tenth.sum()] + 1
    others = np.sort(draws.order(RANKS - TENTH)[: (~in_tenth).sum()]) + TENTH + 1
    ranks[~in_tenth] = others[np.argsort(np.argsort(alike[~in_tenth], kind="stable"), kind="stable")]
    return ranks


def _tenth_by_ward(draws: Draws, wards: list[str], disadvantaged: list[str]) -> Ints:
    wanted = np.where(np.isin(wards, disadvantaged), TENTH_IN_DISADVANTAGED, 0)
    others = np.flatnonzero(wanted == 0)
    wanted[others[draws.order(len(others))[: len(TENTH_ELSEWHERE)]]] = TENTH_ELSEWHERE
    return wanted


def _codes(draws: Draws, outward: Ints) -> list[str]:
    """A postcode for each outward number, no two alike."""
    inward = np.empty(len(outward), dtype=np.int64)
    for number in np.unique(outward):
        here = outward == number
        inward[here] = draws.order(10 * len(LETTERS) ** 2)[: here.sum()]
    return [f"{AREA}{first} {_inward(last)}" for first, last in zip(outward.tolist(), inward.tolist(), strict=True)]


def _inward(number: int) -> str:
    digit, letters = divmod(number, len(LETTERS) ** 2)
    first, second = divmod(letters, len(LETTERS))
    return f"{digit}{LETTERS[first]}{LETTERS[second]}"


def _postcodes_in_leeds(draws: Draws, areas: pd.DataFrame, count: int = 12000) -> pd.DataFrame:
    of = draws.spread(np.full(SMALL_AREAS, 1), count)
    of.sort()
    outward = IN_LEEDS[0] + of * len(IN_LEEDS) // SMALL_AREAS
    return areas.iloc[of].reset_index(drop=True).assign(pcds=_codes(draws, outward), small_area=of)


def _postcodes_around(draws: Draws, areas: pd.DataFrame, count: int = 6000) -> pd.DataFrame:
    """Postcodes around Leeds: in West Yorkshire with ward and small area, further off with the authority alone."""
    lad = np.array(list(NEIGHBOURS))[np.sort(draws.spread(np.array(list(NEIGHBOURS.values())), count))]
    frame = pd.DataFrame({"lad": lad, "ward": "", "lsoa": "", "small_area": -1})
    for code in list(NEIGHBOURS)[:WEST_YORKSHIRE]:
        here, choice = lad == code, np.flatnonzero(areas["lad"] == code)
        picked = choice[draws.below(len(choice), int(here.sum()))]
        frame.loc[here, ["ward", "lsoa"]] = areas[["ward", "lsoa"]].to_numpy()[picked]
        frame.loc[here, "small_area"] = picked
    outward = AROUND[0] + np.arange(count) * len(AROUND) // count
    return frame.assign(pcds=_codes(draws, outward))


def _with_oddities(draws: Draws, directory: pd.DataFrame, disadvantaged: list[str]) -> pd.DataFrame:
    """Some postcodes have ended; two in Leeds have no small area, and three have no area at all."""
    count = len(directory)
    month = draws.below(120, count)
    doterm = np.array([f"{2009 + number // 12}{number % 12 + 1:02d}" for number in month.tolist()])
    poor = directory["ward"].isin(disadvantaged).to_numpy()
    lone = np.isin(np.arange(count), [np.flatnonzero(poor)[0], np.flatnonzero(~poor)[0]])
    nowhere = np.arange(count) >= count - 3
    frame = directory.assign(large=Draws(0, "large users").mark(count, 150) & ~lone & ~nowhere)
    frame = frame.assign(doterm=np.where(draws.mark(count, 250) & ~lone & ~nowhere, doterm, ""), lone=lone)
    frame["small_area"] = frame["small_area"].mask(lone | nowhere, -1)
    frame["lsoa"] = frame["lsoa"].mask(lone | nowhere, "")
    frame["ward"], frame["lad"] = frame["ward"].mask(nowhere, ""), frame["lad"].mask(nowhere, "")
    return frame.sort_values("pcds", ignore_index=True)


def _places(
    draws: Draws, directory: pd.DataFrame, areas: pd.DataFrame, later: Later, disadvantaged: list[str]
) -> Places:  # fmt: skip
    unlisted = _unlisted(draws, directory["pcds"])
    slips = _with_slips(directory["pcds"].tolist())
    written = [(name, one) for name, texts in WRITTEN.items() for one in texts]
    text = [*directory["pcds"], *unlisted, *slips, *(one for _, one in written)]
    names = [*_classes(directory), *["not_in_directory"] * len(unlisted), *slips.values()]
    names += [name for name, _ in written]
    codes = areas["ward"][:SMALL_AREAS].unique().tolist()
    listed = np.select([directory["lad"] == LEEDS, directory["lad"] != ""], [IN_AREA, ELSEWHERE], UNKNOWN)
    place = _to_length(listed, len(text), UNKNOWN)
    place[np.isin(names, MEANS_ELSEWHERE)] = ELSEWHERE
    ward = _to_length(pd.Index(codes).get_indexer(directory["ward"]), len(text), -1)
    small_area = _to_length(directory["small_area"].to_numpy(), len(text), -1)
    in_tenth = areas["rank"].to_numpy()[small_area] <= TENTH
    in_tenth_other = (
        later.areas["rank"].to_numpy()[_to_length(directory["small_area_other"].to_numpy(), len(text), -1)]
        <= RANKS_OTHER // 10
    )
    lone = np.flatnonzero(directory["lone"])
    here, around = (np.setdiff1d(np.flatnonzero(listed == one), lone) for one in (IN_AREA, ELSEWHERE))
    return Places(
        text, place, np.array([CLASSES.index(name) for name in names]),
        np.isin(np.arange(len(text)), len(directory) + len(unlisted) + np.arange(len(slips))), ward, small_area,
        disadvantaged=np.isin(np.array([*codes, ""])[ward], disadvantaged),
        disadvantaged_other=np.isin(np.array([*codes, ""])[ward], other_list(disadvantaged)),
        tenth=np.select([place == ELSEWHERE, small_area < 0], [0, -1], in_tenth),
        tenth_other=np.select([place == ELSEWHERE, small_area < 0], [0, -1], in_tenth_other),
        ended=_to_length((directory["doterm"] != "").to_numpy(), len(text), False),
        wards=codes, here=here, around=around, lone=lone,
    )  # fmt: skip


def other_list(disadvantaged: list[str]) -> list[str]:
    """The wards that come first under the second release: one falls out of the seven, and another takes its place."""
    return sorted({*disadvantaged, RISES} - {FALLS})


def _to_length(listed: Any, length: int, rest: int) -> Any:
    """What is known of the listed postcodes, and the same for everything else."""
    return np.concatenate([listed, np.full(length - len(listed), rest, dtype=np.asarray(listed).dtype)])


def _classes(directory: pd.DataFrame) -> list[str]:
    """What the directory says of each of its postcodes; one that ended is no large user's any more."""
    flags = [directory["lad"] == "", directory["doterm"] != "", directory["large"]]
    return np.select(flags, ["no_area", "terminated", "large_user"], "live").tolist()


def _with_slips(listed: list[str]) -> dict[str, str]:
    """Some of the listed postcodes, each with one sign taken for another, and the class that it has then."""
    none, unlisted = "not_a_postcode", "not_in_directory"
    ways = [("0", "O", none), ("1", "I", none), ("1", "l", none), ("LX", "1X", none), ("LX", "IX", unlisted)]
    found = {}
    for number in range(SLIPS):
        old, new, called = ways[number % len(ways)]
        found[next(one for one in listed[97 * number :] if old in one).replace(old, new, 1)] = called
    return found


def _unlisted(draws: Draws, listed: pd.Series, count: int = 600) -> list[str]:
    """Well-formed postcodes of the same districts that the directory does not have."""
    outward = NOT_LISTED[0] + draws.below(len(NOT_LISTED), 2 * count)
    taken = set(listed)
    return [code for code in _codes(draws, outward) if code not in taken][:count]


def _as_nspl(directory: pd.DataFrame, areas: pd.DataFrame, later: Later, wards: dict[str, Any]) -> pd.DataFrame:
    """The columns of the National Statistics Postcode Lookup, in its later names; positions follow the tile map."""
    ranks = [str(rank) for rank in areas["rank"]] + [""]  # the last is for postcodes without a small area, -1
    tiles = pd.DataFrame({code: ward["tile"] for code, ward in wards.items()}, index=["row", "column"]).T
    at = tiles.reindex(directory["ward"])
    spread = np.arange(len(directory)) % 97
    lat = 53.875 - 0.03 * at["row"].fillna(8).to_numpy() - 0.0002 * spread
    long = -1.70 + 0.045 * at["column"].fillna(9).to_numpy() + 0.0003 * spread
    outward, inward = directory["pcds"].str.split(" ").str[0], directory["pcds"].str.split(" ").str[1]
    return pd.DataFrame({
        "pcd7": outward.str.ljust(4) + inward,
        "pcd8": outward.str.ljust(4) + " " + inward,
        "pcds": directory["pcds"],
        "doterm": directory["doterm"],
        "usrtypind": directory["large"].astype("int64"),
        "lad25cd": directory["lad"],
        "rgn25cd": directory["lad"].map(_region),
        "wd25cd": directory["ward"],
        "lsoa21cd": np.array([*later.areas["lsoa"], ""])[directory["small_area_other"]],
        "lsoa11cd": directory["lsoa"],
        "imd20ind": [ranks[area] for area in directory["small_area"]],
        "lat": [f"{value:.4f}" for value in lat],
        "long": [f"{value:.4f}" for value in long],
    })  # fmt: skip


def _region(authority: str) -> str:
    """The region of an authority around Leeds; none where it is in no region of England."""
    if not authority.startswith("E"):
        return ""
    return "E12000002" if authority in NORTH_WEST else "E12000003"


#: Of this one of the wards nobody tells how many live in it.
NOT_TOLD = 30

#: The codes of March 2021, when the residents were counted, of the wards that were given others in December 2021.
CODES_OF_THE_CENSUS = {"E05013830": "E05011393", "E05013831": "E05011412"}


def _draw_residents(draws: Draws, wards: list[str]) -> dict[str, int]:
    """Residents of working age by ward, of all wards but one."""
    drawn = (9_000 + draws.below(13_000, len(wards))).tolist()
    return {ward: count for place, (ward, count) in enumerate(zip(wards, drawn, strict=True)) if place != NOT_TOLD}


def _as_nomis(residents: dict[str, int], wards: dict[str, Any]) -> pd.DataFrame:
    """A table by ward as Nomis gives it out: a sign where there is no figure."""
    told = [str(residents.get(ward, "!")) for ward in wards]
    names = [ward["name"] for ward in wards.values()]
    codes = [CODES_OF_THE_CENSUS.get(ward, ward) for ward in wards]
    return pd.DataFrame({"2021 ward": names, "mnemonic": codes, "Residents aged 16 to 64": told})
