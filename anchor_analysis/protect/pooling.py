"""Counts that leave a member: small cells are withheld, and told together with others where a total would tell them.

Counts stand in a tree, each branch the sum of its parts: all staff, where they live, in which ward. Whoever sees
a branch and all of its parts but one has that one, so what is withheld of a branch is at least two cells and,
together, no small count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Union

from anchor_analysis.declared import Profile
from anchor_analysis.protect.figures import small

Tree = Mapping[str, Union[int, "Tree"]]


@dataclass(frozen=True)
class Pool:
    """Cells that are told only together."""

    cells: frozenset[str]
    total: int


@dataclass(frozen=True)
class Pooled:
    """The cells of a tree that may be told, and the pools of those that may not."""

    shown: dict[str, int]
    pools: tuple[Pool, ...] = ()

    @property
    def cells(self) -> set[str]:
        """Every cell, shown or withheld."""
        return {*self.shown, *(cell for pool in self.pools for cell in pool.cells)}

    def told(self, counted: Collection[str], unknown: Collection[str]) -> tuple[int, int]:
        """How many are in some cells for certain, and how many more may be: the unknown, and whose pool is mixed."""
        inside = [pool for pool in self.pools if pool.cells <= set(counted)]
        touched = [pool for pool in self.pools if pool not in inside and pool.cells & {*counted, *unknown}]
        certain = sum(self.shown.get(name, 0) for name in counted) + sum(pool.total for pool in inside)
        possible = sum(self.shown.get(name, 0) for name in unknown) + sum(pool.total for pool in touched)
        return certain, possible


def size(part: int | Tree) -> int:
    """The count of a cell, or of a branch with all its parts."""
    return part if isinstance(part, int) else sum(size(below) for below in part.values())


def pool_small(tree: Tree, profile: Profile, unknown: Collection[str]) -> Pooled:
    """The cells of a tree of persons, those withheld that are small by the profile, with what would tell them.

    `unknown` names the cells of those about whom nothing is known: they are never withheld for being few, only
    together with others. A branch that is withheld is withheld with everything in it.
    """
    hidden = _hidden({name: size(part) for name, part in tree.items()}, profile, unknown)
    shown: dict[str, int] = {}
    pools = [_pool({name: tree[name] for name in hidden})] if hidden else []
    for name, part in tree.items():
        if name in hidden:
            continue
        if isinstance(part, int):
            shown[name] = part
        else:
            below = pool_small(part, profile, unknown)
            shown |= below.shown
            pools += below.pools
    return Pooled(shown, tuple(pools))


def _hidden(sizes: Mapping[str, int], profile: Profile, unknown: Collection[str]) -> set[str]:
    hidden = {name for name, count in sizes.items() if name not in unknown and small(count, "persons", profile)}
    others = sorted(name for name, count in sizes.items() if count and name not in hidden)
    others.sort(key=lambda name: sizes[name])
    while hidden and others and (len(hidden) < 2 or sum(sizes[name] for name in hidden) < profile.threshold):
        hidden.add(others.pop(0))
    return hidden


def _pool(parts: Tree) -> Pool:
    return Pool(frozenset(_cells(parts)), size(parts))


def _cells(tree: Tree) -> list[str]:
    return [cell for name, part in tree.items() for cell in ([name] if isinstance(part, int) else _cells(part))]
