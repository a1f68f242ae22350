"""What a metric is: one definition, from which computing, wording, charts, docs and tests all come."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from anchor_analysis.declared.model import Declared
from anchor_analysis.declared.units import NOT_ADDITIVE, UNITS, Unit, UnitName

Value = str | int | bool

#: The kinds of data that a network chooses a disclosure profile and a confidentiality for.
DataKind = Literal["people", "spend", "estate", "scores", "listening", "contracts"]


class Operand(Declared):
    """One of the closed set of operations: the sum of a column, a count of rows, or another metric.

    `where` keeps the rows whose column equals the value, or one of the values; a missing value matches none.
    """

    sum: str | None = None
    count: Literal["rows"] | None = None
    metric: str | None = None
    where: dict[str, Value | list[Value]] = {}

    def values(self, column: str) -> set[Value]:
        """The values of a column that `where` keeps."""
        wanted = self.where[column]
        return set(wanted) if isinstance(wanted, list) else {wanted}

    @model_validator(mode="after")
    def _one_operation(self) -> Self:
        given = [self.sum, self.count, self.metric]
        if sum(operation is not None for operation in given) != 1:
            raise ValueError("name exactly one of sum, count, metric")
        if self.metric and self.where:
            raise ValueError("a metric as operand takes no `where`; declare a metric with that `where`")
        return self


class Break(Declared):
    """A year from which on figures cannot be compared with those before, and why.

    `overlap` names the metric that goes on counting as this one did before, which links the two sides.
    """

    starts: str = Field(alias="from")
    why: str
    overlap: str = ""


class Revision(Declared):
    """A version of a definition: since when it is so, and what was changed."""

    version: int = Field(ge=2)
    since: date
    what: str = Field(min_length=1)


class SmallestChange(Declared):
    """The smallest change worth calling one: percentage points for a share, percent of the value otherwise."""

    points: float | None = None
    percent: float | None = None


class Metric(Declared):
    """A declared metric.

    An `additive` metric sums a column over rows of one canonical table; `unknown` is what could not be told
    to belong to it or not, and makes the bounds. A `ratio` divides one additive metric by another; its unknown
    is the numerator's, and only a share has one. `timing` is whether it is what there is on the last day of the year
    or what happened during it; `rates` are the declared rates that its columns are made with. `telling` is what a
    member minds that tells it as a figure. `beside` names the metrics that count the same thing by another choice and
    are told wherever it is told; one that is no `headline` is told only where a page asks for it. `factors` is the
    chain by which an additive metric is a product: of [floor_area, electricity_used] emissions are the floor, times
    the electricity for each part of it, times what is emitted for each part of that. With `bounds_only`
    the figure is missing where anything is unknown: what is assumed has a range, and nothing in it is more likely.
    """

    id: str
    title: str
    question: str
    lever: str
    kind: Literal["additive", "ratio"]
    table: str | None = None
    numerator: Operand
    denominator: Operand | None = None
    unknown: Operand | None = None
    unit: UnitName
    better: Literal["higher", "lower", "neither"]
    protect: DataKind
    noun: str
    timing: Literal["last_day", "year"] = "year"
    rates: list[str] = []
    bounds_only: bool = False
    breakdowns: list[str] = []
    smallest_change: SmallestChange
    breaks: list[Break] = []
    caveats: list[str]
    telling: str = ""
    headline: bool = True
    beside: list[str] = []
    factors: list[str] = []
    source: str = Field(min_length=1)
    owner: str
    checker: str
    next_review: date
    status: Literal["current", "draft", "retired"]
    version: int = Field(ge=1)
    history: list[Revision] = []

    @property
    def scale(self) -> Unit:
        return UNITS[self.unit]

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        faults = self._additive_faults() if self.kind == "additive" else self._ratio_faults()
        if [one.version for one in self.history] != list(range(2, self.version + 1)):
            faults.append("history says of every version but the first, in their order, what it changed")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _additive_faults(self) -> list[str]:
        faults = [] if self.table else ["an additive metric names its table"]
        if self.denominator:
            faults.append("an additive metric has no denominator")
        if self.bounds_only and not self.unknown:
            faults.append("what is told by its bounds has an unknown")
        if any(operand and operand.metric for operand in (self.numerator, self.unknown)):
            faults.append("an additive metric sums a column or counts rows")
        if self.unit in NOT_ADDITIVE:
            faults.append("an additive metric has a unit that adds up")
        return faults

    def _ratio_faults(self) -> list[str]:
        faults = []
        if not (self.numerator.metric and self.denominator and self.denominator.metric):
            faults.append("a ratio has a metric as numerator and as denominator")
        if self.unknown or self.bounds_only:
            faults.append("a ratio's unknown is that of its numerator")
        if self.factors:
            faults.append("only an additive metric is a product of factors")
        if self.table or self.breakdowns:
            faults.append("a ratio takes table and breakdowns from its numerator")
        if self.unit not in NOT_ADDITIVE:
            faults.append("a ratio has a unit of what one thing is of another, such as a share")
        if self.unit != "share" and self.smallest_change.points is not None:
            faults.append("the smallest change of what is no share is in percent")
        return faults
