"""What a metric is: one definition, from which computing, wording, charts, docs and tests all come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault, FaultyField, as_far_as_known
from anchor_analysis.declared.units import NOT_ADDITIVE, UNITS, Unit, UnitName
from anchor_analysis.declared.years import YearLabel

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

    def faults(self) -> Iterator[Fault]:
        given = [self.sum, self.count, self.metric]
        if sum(operation is not None for operation in given) != 1:
            yield Fault((), "name exactly one of sum, count, metric")
        if self.metric and self.where:
            yield Fault(("where",), "a metric as operand takes no `where`; declare a metric with that `where`")


class Break(Declared):
    """A year from which on figures cannot be compared with those before, and why.

    `overlap` names the metric that goes on counting as this one did before, which links the two sides.
    """

    starts: YearLabel = Field(alias="from")
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
    `marked_by` is the breakdown whose groups are said beside each of its figures, such as on what basis it is known.
    """

    id: Id
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
    marked_by: str = ""
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

    def faults(self) -> Iterator[Fault]:
        for check in (self._faults_of_kind, self._faults_of_history):
            yield from as_far_as_known(check())

    def _faults_of_kind(self) -> Iterator[Fault]:
        for field, broken, what in _OF_ADDITIVE if self.kind == "additive" else _OF_RATIO:
            with suppress(FaultyField):
                if broken(self):
                    yield Fault((field,), what)

    def _faults_of_history(self) -> Iterator[Fault]:
        versions = [one.version for one in self.history]
        if self.version != len(versions) + 1 or versions != list(range(2, len(versions) + 2)):
            what = "history says of every version but the first, in their order, what it changed"
            yield Fault(("history",), what)


#: What a metric of a kind does not do: the field at fault, whether it is, and what is said of it.
Rules = list[tuple[str, Callable[[Metric], object], str]]

_OF_ADDITIVE: Rules = [
    ("table", lambda one: not one.table, "an additive metric names its table"),
    ("denominator", lambda one: one.denominator, "an additive metric has no denominator"),
    ("bounds_only", lambda one: one.bounds_only and not one.unknown, "what is told by its bounds has an unknown"),
    ("numerator", lambda one: one.numerator.metric, "an additive metric sums a column or counts rows"),
    ("unknown", lambda one: one.unknown and one.unknown.metric, "an additive metric sums a column or counts rows"),
    ("unit", lambda one: one.unit in NOT_ADDITIVE, "an additive metric has a unit that adds up"),
    (
        "marked_by",
        lambda one: one.marked_by and one.marked_by not in one.breakdowns,
        "figures are marked by one of the metric's breakdowns",
    ),
]

_OF_RATIO: Rules = [
    ("numerator", lambda one: not one.numerator.metric, "a ratio has a metric as numerator and as denominator"),
    (
        "denominator",
        lambda one: not (one.denominator and one.denominator.metric),
        "a ratio has a metric as numerator and as denominator",
    ),
    ("unknown", lambda one: one.unknown or one.bounds_only, "a ratio's unknown is that of its numerator"),
    ("factors", lambda one: one.factors, "only an additive metric is a product of factors"),
    ("table", lambda one: one.table, "a ratio takes its table from its numerator"),
    ("breakdowns", lambda one: one.breakdowns, "a ratio takes its breakdowns from its numerator"),
    ("marked_by", lambda one: one.marked_by, "only an additive metric is marked by a breakdown"),
    (
        "unit",
        lambda one: one.unit not in NOT_ADDITIVE,
        "a ratio has a unit of what one thing is of another, such as a share",
    ),
    (
        "smallest_change",
        lambda one: one.unit != "share" and one.smallest_change.points is not None,
        "the smallest change of what is no share is in percent",
    ),
]
