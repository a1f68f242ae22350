"""From exact sums of one member's staff to what may leave the member: figures, counts by ward and by decile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from anchor_analysis.declared import Metric, Network, Operand, Profile
from anchor_analysis.measure.basis import basis_of
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.protect.pooling import Pooled, Tree, pool_small
from anchor_analysis.read.counted_workbook import Breakdown, Counted, Figure

#: What is counted, in messages of those who do not know its name.
THE_EXTRACT = "the extract"

IN_AREA, ELSEWHERE, UNKNOWN = "in_area", "elsewhere", "unknown"
NO_WARD, NO_DECILE = "ward not known", "decile not known"
_NOT_KNOWN = (UNKNOWN, NO_WARD, NO_DECILE)
_OUTSIDE = {ELSEWHERE: "Lives elsewhere", UNKNOWN: "Not known where"}
_DECILES = [str(decile) for decile in range(1, 11)]
_MOST = _DECILES[:1]

#: What a metric may sum over all staff, with the rows that it may choose: how many there are, and their hours.
_WHOLE: tuple[tuple[str, dict[str, int]], ...] = (("person", {}), ("fte_e5", {"employed": 1}))


@dataclass(frozen=True)
class Sums:
    """Exact sums of one extract: of each metric, and of staff by the place, ward and decile of their home.

    `basis` is the network's, of which each figure carries its own part.
    """

    basis: str
    metrics: Sequence[Metric]
    totals: Mapping[str, int]
    places: Mapping[str, int]
    wards: Mapping[str, int]
    deciles: Mapping[str, int]
    deciles_other: Mapping[str, int]


@dataclass(frozen=True)
class _Group:
    """One group of a breakdown: what was pooled over its cells, and which of them are its own."""

    pooled: Pooled
    cells: frozenset[str]


Groups = dict[tuple[str, str], _Group]


def counted_staff(network: Network, sums: Sums) -> Counted:
    """What may be told of a member's staff by the network's profile for people.

    A figure's `value` is who is in it for certain. Its `unknown` is who could not be placed, and who is in cells
    that are withheld together and may be in it. A metric that chooses people otherwise than by where they live is
    left out, since nothing here protects it. Raises UserError (AN050) where there are too few people.
    """
    profile = network.profile("people")
    if sums.totals["staff"] < max(profile.threshold, 1):
        what = f"it has fewer than {max(profile.threshold, 1)} people in post, too few to tell anything of them."
        remedy = "Agree with the network that this year counts as missing (`coverage` in network.toml)."
        raise UserError(Problem("AN050", THE_EXTRACT, what, remedy))
    wards = pool_small(_ward_tree(network, sums), profile, _NOT_KNOWN)
    every = {decile: 0 for decile in _DECILES} | dict(sums.deciles)
    deciles = pool_small(_decile_tree(sums, every), profile, _NOT_KNOWN)
    others = pool_small(_decile_tree(sums, _two_groups(sums.deciles_other)), profile, _NOT_KNOWN)
    groups = _groups(wards, network.wards_named, {"": deciles, "_other": others})
    figures = [found for metric in sums.metrics if (found := _figure(network, metric, sums, groups))]
    breakdowns = [_by_ward(network, wards, profile)]
    if network.reference.deprivation:
        breakdowns.append(_by_decile(deciles, profile))
    left_out = sorted({metric.id for metric in sums.metrics} - {figure.metric for figure in figures})
    return Counted(figures, _METHOD.format(rule=_rule(profile)), breakdowns, _notes(profile, breakdowns, left_out))


def _most_disadvantaged(network: Network) -> set[str]:
    return set(network.wards_named.get("wards", []))


def _ward_tree(network: Network, sums: Sums) -> Tree:
    """All staff by place, those in the area by group of wards, each group by ward; wards without staff too.

    Where a second list is named, each group is parted by it once more, so that the figures of both hold what they can.
    """
    known = {*(network.ward_set.wards if network.ward_set else ()), *sums.wards} - {ELSEWHERE, UNKNOWN}
    counts = {ward: sums.wards.get(ward, 0) for ward in sorted(known)}
    second = set(network.wards_named.get("wards_other", []))
    return _tree(sums, counts, [_most_disadvantaged(network), second], NO_WARD, sums.wards)


def _decile_tree(sums: Sums, deciles: Mapping[str, int]) -> Tree:
    counts = {decile: deciles[decile] for decile in _DECILES if decile in deciles}
    return _tree(sums, counts, [set(_MOST)], NO_DECILE, deciles)


def _two_groups(deciles: Mapping[str, int]) -> dict[str, int]:
    """Decile 1 and all others as one: under the other release no table by decile is told, and no more need be held."""
    kept = {name: deciles.get(name, 0) for name in (*_MOST, ELSEWHERE, UNKNOWN)}
    return kept | {_DECILES[1]: sum(deciles.get(decile, 0) for decile in _DECILES[1:])}


def _tree(
    sums: Sums, counts: Mapping[str, int], lists: Sequence[set[str]], not_known: str, groups: Mapping[str, int]
) -> Tree:
    """`not_known` are those who live in the area, and nobody knows in which of its parts."""
    inside: dict[str, int | Tree] = {not_known: groups.get(UNKNOWN, 0) - sums.places.get(UNKNOWN, 0)}
    first, *others = lists
    inside |= {name: _parted(cells, others) for name, cells in _by_list(counts, first).items()}
    return {IN_AREA: inside, **{place: sums.places.get(place, 0) for place in _OUTSIDE}}


def _by_list(counts: Mapping[str, int], listed: set[str]) -> dict[str, dict[str, int]]:
    """The cells that are in a list, and the others; a part without any is left out."""
    parts = {"most": sorted(counts.keys() & listed), "others": sorted(counts.keys() - listed)}
    return {name: {cell: counts[cell] for cell in cells} for name, cells in parts.items() if cells}


def _parted(counts: Mapping[str, int], lists: Sequence[set[str]]) -> dict[str, int | Tree]:
    """Cells parted by further lists, as far as these part them."""
    for place, listed in enumerate(lists):
        if len(parts := _by_list(counts, listed)) > 1:
            return {name: _parted(cells, lists[place + 1 :]) for name, cells in parts.items()}
    return dict(counts)


def _groups(wards: Pooled, most: Mapping[str, Sequence[str]], deciles: Mapping[str, Pooled]) -> Groups:
    """The cells of every group of the located columns that metrics choose people by.

    `most` is the lists of wards by what they are called, `deciles` what was pooled under each release by the end of
    its columns' names.
    """
    in_wards, placed = wards.cells - _OUTSIDE.keys(), {ELSEWHERE: {ELSEWHERE}}
    columns = {"home_place": (wards, {IN_AREA: in_wards, UNKNOWN: {UNKNOWN}})}
    for suffix, pooled in deciles.items():
        listed, in_deciles = set(most.get(f"wards{suffix}", [])), pooled.cells - _OUTSIDE.keys()
        by_ward = _by_group(in_wards, listed, NO_WARD, "most_disadvantaged")
        by_decile = _by_group(in_deciles, set(_MOST), NO_DECILE, "most_deprived_tenth")
        columns[f"home_ward_group{suffix}"] = wards, by_ward
        columns[f"home_decile_group{suffix}"] = pooled, by_decile
    return {
        (column, group): _Group(pooled, frozenset(cells))
        for column, (pooled, found) in columns.items()
        for group, cells in {**placed, **found}.items()
    }


def _by_group(inside: set[str], most: set[str], not_known: str, name: str) -> dict[str, set[str]]:
    return {name: inside & most, "other_in_area": inside - most - {not_known}, UNKNOWN: {UNKNOWN, not_known}}


def _figure(network: Network, metric: Metric, sums: Sums, groups: Groups) -> Figure | None:
    """The figure of a metric, or nothing where what is here does not protect it."""
    told = _told(metric, sums, groups)
    if told is None:
        return None
    value, unknown = (number / metric.scale.scale for number in told)
    return Figure(metric.id, metric.unit, value, unknown, basis_of(network.catalogue, metric, sums.basis))


def _told(metric: Metric, sums: Sums, groups: Groups) -> tuple[int, int] | None:
    if (metric.numerator.sum, metric.numerator.where) in _WHOLE and not metric.unknown:
        return sums.totals[metric.id], 0
    counted, unknown = _cells(metric.numerator, groups), _cells(metric.unknown, groups)
    if counted is None or unknown is None or counted.pooled is not unknown.pooled:
        return None
    return counted.pooled.told(counted.cells, unknown.cells)


def _cells(operand: Operand | None, groups: Groups) -> _Group | None:
    """The cells whose people an operand counts; nothing where it counts otherwise."""
    if not operand or operand.sum != "person" or len(operand.where) != 1:
        return None
    ((column, wanted),) = operand.where.items()
    found = [groups.get((column, str(value))) for value in (wanted if isinstance(wanted, list) else [wanted])]
    known = [group for group in found if group]
    if not known or len(known) < len(found):
        return None
    return _Group(known[0].pooled, frozenset().union(*(group.cells for group in known)))


def _by_ward(network: Network, pooled: Pooled, profile: Profile) -> Breakdown:
    names = {code: ward.name for code, ward in network.ward_set.wards.items()} if network.ward_set else {}
    most = _most_disadvantaged(network)
    inside = sorted(pooled.cells - {*_OUTSIDE, NO_WARD}, key=lambda code: (names.get(code, ""), code))
    lines = {code: (code, names.get(code, ""), "yes" if code in most else "no") for code in inside}
    lines |= {
        NO_WARD: ("", "In the area, ward not known", ""),
        **{name: ("", said, "") for name, said in _OUTSIDE.items()},
    }
    headers = {"Code": 12, "Ward": 40, "Most disadvantaged": 20, "Pool": 8, "Staff": 12}
    return Breakdown("Staff by ward", headers, list(_rows(lines, pooled, profile)))


def _by_decile(pooled: Pooled, profile: Profile) -> Breakdown:
    lines = {decile: (f"Decile {decile}",) for decile in _DECILES}
    lines |= {NO_DECILE: ("In the area, decile not known",), **{name: (said,) for name, said in _OUTSIDE.items()}}
    headers = {"Decile of the home, 1 the most deprived": 42, "Pool": 8, "Staff": 12}
    return Breakdown("Staff by decile", headers, list(_rows(lines, pooled, profile)))


def _rows(lines: Mapping[str, tuple[str, ...]], pooled: Pooled, profile: Profile) -> Iterator[tuple[str | int, ...]]:
    """A row for each cell, and one for each pool: what its cells hold together."""
    pools = {str(number): pool for number, pool in enumerate(pooled.pools, 1)}
    of_cell = {cell: number for number, pool in pools.items() for cell in pool.cells}
    for cell, said in lines.items():
        yield *said, of_cell.get(cell, ""), pooled.shown.get(cell, profile.withheld)
    for number, pool in pools.items():
        words = [""] * len(next(iter(lines.values())))
        words[-1 if len(words) == 1 else 1] = f"Together, the {len(pool.cells)} withheld as pool {number}"
        yield *words, number, pool.total


_METHOD = "Counted from the staff extract at the member's own site by `return aggregate`; {rule}"


def _rule(profile: Profile) -> str:
    if not profile.threshold:
        return "nothing is withheld"
    zero = "zeros and counts" if profile.zero == "withheld" else "counts above zero and"
    return f"{zero} below {profile.threshold} are withheld, and what they may hold is in unknown"


def _notes(profile: Profile, breakdowns: Sequence[Breakdown], left_out: Sequence[str]) -> list[tuple[str, str]]:
    marks = sum(row[-1] == profile.withheld for breakdown in breakdowns for row in breakdown.rows)
    notes = [("What this is", _WHAT), ("Rule", f"{profile.title}: {_rule(profile)}."), ("Pools", _POOLS)]
    notes += [("Withheld", f"{marks} cells, marked {profile.withheld}."), ("Limits", _LIMITS)]
    if left_out:
        notes.append(("Left out", f"{', '.join(left_out)}: people are chosen otherwise than by where they live."))
    return notes


_WHAT = (
    "Counts of staff, made at the member's own site. No row, name, number, postcode or date of anybody is in this "
    "workbook. The sheet Figures is read as the member's return; the other sheets are for people and are not read."
)
_POOLS = (
    "Where a withheld cell could be had from a total, others are withheld with it. Cells that are withheld together "
    "are a pool, of which only the sum is told. How many could not be placed is told even where they are few."
)
_LIMITS = (
    "Wards and deciles are each protected by themselves, and so is each year. Who knows that a ward and a decile "
    "are the same places, or holds counts of the same staff from elsewhere, may learn more."
)
