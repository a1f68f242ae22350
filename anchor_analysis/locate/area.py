"""The network's own area: whole local authorities, and wards, LSOAs and MSOAs that it names by their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import narwhals as nw

from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.locate.postcodes import SMALL_AREAS


@dataclass(frozen=True)
class AreaCodes:
    """The codes of an area: `whole` local authorities, and `parts` by the column of the directory that has them.

    `partly` are the authorities in which the parts lie.
    """

    whole: Sequence[str]
    parts: dict[str, list[str]] = field(default_factory=dict)
    partly: Sequence[str] = ()

    def place(self) -> nw.Expr:
        """`in_area` or `elsewhere`; `unknown` for what may be in a part, of which only the authority is known."""
        beyond = nw.lit("elsewhere")
        if self.parts:
            parts_unknown = reduce(or_, (nw.col(name).is_null() for name in self.parts))
            maybe = nw.col("lad").is_in(list(self.partly)) & parts_unknown
            beyond = nw.when(maybe).then(nw.lit("unknown")).otherwise(beyond)
        return nw.when(_in_one({"lad": list(self.whole), **self.parts})).then(nw.lit("in_area")).otherwise(beyond)


def codes_of(whole: Sequence[str], codes: Sequence[str], directory: LazyFrame, engine: Engine) -> AreaCodes:
    """The area that is made of these authorities and of the smaller areas of these codes, by what a directory says."""
    if not codes:
        return AreaCodes(whole)
    there = {name: _distinct(name, {name: list(codes)}, directory, engine) for name in SMALL_AREAS}
    parts = {name: found for name, found in there.items() if found}
    return AreaCodes(whole, parts, _distinct("lad", parts, directory, engine) if parts else ())


def _in_one(codes: dict[str, list[str]]) -> nw.Expr:
    there = [nw.col(name).is_in(named).fill_null(False) for name, named in codes.items() if named]
    return reduce(or_, there, nw.lit(False))


def _distinct(column: str, codes: dict[str, list[str]], directory: LazyFrame, engine: Engine) -> list[str]:
    found = engine.observe(directory.filter(_in_one(codes)).select(column).unique())
    return sorted(found[column].dropna())
