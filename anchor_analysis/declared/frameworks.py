"""Frameworks by which members score themselves, as declared: dimensions, goals, levels, and how versions map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as Names
from contextlib import suppress
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault, FaultyField, as_far_as_known, not_there

#: The levels, from the basic starting point to best practice.
LEVELS = (1, 2, 3, 4)


class Goal(Declared):
    """A goal of a dimension; rows name it by its id or its title."""

    title: str = Field(min_length=1)


class Dimension(Declared):
    """A dimension of a framework; `spellings` are read as it, beside its id and title."""

    title: str = Field(min_length=1)
    spellings: list[str] = []
    goals: dict[str, Goal] = {}


class MapsFrom(Declared):
    """The version before: for each of its dimensions the one that carries it on, or null where none does."""

    framework: str
    dimensions: dict[str, str | None]


class Framework(Declared):
    """A version of a framework, one file of `definitions/frameworks`, by id.

    `levels` names the four levels, blank where a name is not sourced. Goals that are not sourced are left out, and
    `goals_source` says `needed`. Scores of a `variant_of` another framework count with those of its dimensions that
    have the same id.
    """

    id: Id
    title: str
    version: int = Field(ge=1)
    levels: dict[int, str]
    dimensions: dict[str, Dimension] = Field(min_length=1)
    goals_source: str = Field(min_length=1)
    maps_from: MapsFrom | None = None
    variant_of: str = ""
    source: str = Field(min_length=1)
    source_status: Literal["verified", "unverified", "own choice"]

    def faults(self) -> Iterator[Fault]:
        if tuple(sorted(self.levels)) != LEVELS:
            yield Fault(("levels",), "levels names the levels 1 to 4, blank where the name is not sourced")
        goals = any(dimension.goals for dimension in self.dimensions.values())
        if goals == (self.goals_source == "needed"):
            what = "goals_source is `needed` while there are no goals, and names the source of those there are"
            yield Fault(("goals_source",), what)


def framework_faults(one: Framework, frameworks: Mapping[str, Framework], unread: Names[str]) -> Iterator[Fault]:
    """Everything that a framework says of another and that is not so, and words that mean two dimensions.

    Nothing is said of what is `unread`, since its own faults have been told.
    """
    for check in (_of_mapping, _of_variant):
        yield from as_far_as_known(check(one, frameworks, unread))
    meant = _meanings(frameworks)
    for name, dimension in one.dimensions.items():
        for word in _words(name, dimension):
            if meant[word] != name:
                yield Fault(("dimensions", name), f'"{word}" means {meant[word]} already')


def _words(name: str, dimension: Dimension) -> list[str]:
    return sorted({name.lower(), dimension.title.lower(), *map(str.lower, dimension.spellings)})


def _meanings(frameworks: Mapping[str, Framework]) -> dict[str, str]:
    """The dimension that each word means, by the first that has it."""
    meant: dict[str, str] = {}
    for one in frameworks.values():
        with suppress(FaultyField):
            for name, dimension in one.dimensions.items():
                for word in _words(name, dimension):
                    meant.setdefault(word, name)
    return meant


def _of_variant(one: Framework, frameworks: Mapping[str, Framework], unread: Names[str]) -> Iterator[Fault]:
    of = one.variant_of
    if not of or of in unread:
        return
    if of not in frameworks:
        yield not_there(("variant_of",), "framework", of, frameworks)
    elif strange := sorted(set(one.dimensions) - set(frameworks[of].dimensions)):
        what = f"{of} has no dimension {', '.join(strange)}; a variant leaves some out, and adds none"
        yield Fault(("dimensions", strange[0]), what)


def _of_mapping(one: Framework, frameworks: Mapping[str, Framework], unread: Names[str]) -> Iterator[Fault]:
    if one.maps_from is None or one.maps_from.framework in unread:
        return
    place = ("maps_from", "framework")
    before = frameworks.get(one.maps_from.framework)
    if before is None:
        yield not_there(place, "framework", one.maps_from.framework, frameworks)
        return
    if before.version >= one.version:
        yield Fault(place, f"{before.id} is no earlier version")
    for name, now in one.maps_from.dimensions.items():
        if name not in before.dimensions:
            yield Fault(("maps_from", "dimensions", name), f'{before.id} has no dimension "{name}"')
        if now is not None and now not in one.dimensions:
            yield Fault(("maps_from", "dimensions", name), f'it has no dimension "{now}"')
    carried = [now for now in one.maps_from.dimensions.values() if now]
    if twice := sorted({now for now in carried if carried.count(now) > 1}):
        what = f"two dimensions become {', '.join(twice)}, which would have two scores"
        yield Fault(("maps_from", "dimensions"), what)
    if left_out := sorted(set(before.dimensions) - set(one.maps_from.dimensions)):
        what = f"it does not say what becomes of {', '.join(left_out)}: a dimension, or null"
        yield Fault(("maps_from", "dimensions"), what)


def words_of_frameworks(frameworks: Mapping[str, Framework]) -> dict[str, list[str]]:
    """Each framework's id, with its title."""
    return {name: [one.title] for name, one in sorted(frameworks.items())}


def words_of_dimensions(frameworks: Mapping[str, Framework]) -> dict[str, list[str]]:
    """The id of each dimension of any framework, with its title and spellings."""
    words: dict[str, list[str]] = {}
    for _, one in sorted(frameworks.items()):
        for name, dimension in one.dimensions.items():
            own = [dimension.title, *dimension.spellings]
            words[name] = list(dict.fromkeys([*words.get(name, []), *own]))
    return words


def carried_dimensions(frameworks: Mapping[str, Framework]) -> dict[tuple[str, str], str]:
    """For each framework and dimension, the dimension under which its scores are counted.

    A dimension is carried through the versions after its own. Where the next one has none for it, it keeps its own
    id: its series ends there, and is joined to no other.
    """
    return {(name, old): _carried(name, old, frameworks) for name, one in frameworks.items() for old in one.dimensions}


def _carried(framework: str, dimension: str, frameworks: Mapping[str, Framework]) -> str:
    later = [one for one in frameworks.values() if one.maps_from and one.maps_from.framework == framework]
    for one in sorted(later, key=lambda one: (one.version, one.id)):
        assert one.maps_from
        if now := one.maps_from.dimensions.get(dimension):
            return _carried(one.id, now, frameworks)
    return dimension


def ended_dimensions(frameworks: Mapping[str, Framework]) -> list[str]:
    """The dimensions under which scores are counted, and that no newest version has: their series have ended."""
    mapped = {one.maps_from.framework for one in frameworks.values() if one.maps_from}
    newest = {name for one in frameworks.values() if one.id not in mapped for name in one.dimensions}
    return sorted(set(carried_dimensions(frameworks).values()) - newest)
