"""What is asked about before figures are compared, as declared."""

from __future__ import annotations

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared
from anchor_analysis.declared.units import UnitName


class JumpCheck(Declared):
    """When a jump is worth a question: the larger figure has at least the `smallest` size of its unit.

    A factor within `slip_within`, as a share, of one of the `slips` looks like a slip. A unit without a size is not
    looked at.
    """

    id: Id
    title: str
    smallest: dict[UnitName, float]
    slips: list[int]
    slip_within: float = Field(gt=0, lt=1)
    why: str
