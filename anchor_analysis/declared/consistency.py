"""What definitions say of one another: the columns, categories, metrics and tables that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as Names
from contextlib import suppress
from typing import NamedTuple

from anchor_analysis.declared.metrics import Metric, Operand
from anchor_analysis.declared.model import Fault, FaultyField, as_far_as_known, not_there
from anchor_analysis.declared.rates import Rates
from anchor_analysis.declared.schema import Column, TableSchema
from anchor_analysis.declared.tables import BOTH, OF_ANOTHER, TableDefinition
from anchor_analysis.problems import did_you_mean

Metrics = Mapping[str, Metric]

_QUANTITIES = ("money", "fte", "integer", "quantity")


class Known(NamedTuple):
    """What definitions may refer to.

    Nothing is said of references to what is `unread`, since its own faults have been told.
    """

    schema: Mapping[str, TableSchema]
    metrics: Metrics
    tables: Mapping[str, TableDefinition]
    rates: Mapping[str, Rates]
    unread: Names[str]


def metric_faults(metric: Metric, known: Known) -> Iterator[Fault]:
    """Every fault of a metric in what it refers to."""
    checks: list[Callable[[], Iterator[Fault]]] = [
        lambda: _of_breakdowns(metric, known),
        lambda: _of_operand(metric, "numerator", known),
        lambda: _of_operand(metric, "unknown", known),
        lambda: _of_table_and_rates(metric, known),
        *(lambda field=field: _of_references(metric, field, known) for field in _REFERENCES),
        lambda: _of_overlaps(metric, known),
        lambda: _of_circle(metric, known.metrics),
        lambda: _of_parts(metric, known.metrics),
    ]
    for check in checks:
        yield from as_far_as_known(check())


def _of_table_and_rates(metric: Metric, known: Known) -> Iterator[Fault]:
    for at, name in enumerate(metric.rates):
        if name not in known.rates and name not in known.unread:
            yield not_there(("rates", at), "list of rates", name, known.rates)
    if metric.table and metric.table not in {*known.schema, *known.unread}:
        yield not_there(("table",), "canonical table", metric.table, known.schema)


def _columns(metric: Metric, known: Known) -> Mapping[str, Column] | None:
    """The columns that a metric may count; a ratio names no table, and one that is not there is told already."""
    table = known.schema.get(metric.table or "")
    return table.measurable if table else None


def _no_column(place: tuple[str | int, ...], name: str, table: str | None, columns: Mapping[str, Column]) -> Fault:
    return Fault(place, f'"{name}" is no column of {table}', did_you_mean(name, columns, "column"))


def _of_breakdowns(metric: Metric, known: Known) -> Iterator[Fault]:
    columns = _columns(metric, known)
    for at, name in enumerate(metric.breakdowns if columns is not None else []):
        for column in name.split(BOTH):
            if column not in (columns or {}):
                yield _no_column(("breakdowns", at), column, metric.table, columns or {})
            elif column not in metric.breakdowns:
                yield Fault(("breakdowns", at), f'its margins need a breakdown by "{column}"')


def _of_operand(metric: Metric, field: str, known: Known) -> Iterator[Fault]:
    operand: Operand | None = getattr(metric, field)
    columns = _columns(metric, known)
    if operand is None or columns is None:
        return
    if operand.sum and operand.sum not in columns:
        yield _no_column((field, "sum"), operand.sum, metric.table, columns)
    elif operand.sum and columns[operand.sum].type not in _QUANTITIES:
        yield Fault((field, "sum"), f'"{operand.sum}" does not hold quantities, so it cannot be summed')
    for name, wanted in operand.where.items():
        place = (field, "where", name)
        if name not in columns:
            yield _no_column(place, name, metric.table, columns)
            continue
        categories = columns[name].categories
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if categories and value not in categories:
                what = f'"{value}" is no category of {name}'
                yield Fault(place, what, did_you_mean(str(value), categories, "category"))


#: The fields by which a metric names others.
_REFERENCES = ("numerator", "denominator", "beside", "factors")


def _of_references(metric: Metric, field: str, known: Known) -> Iterator[Fault]:
    """The metrics that a field names are there, and are such as can stand there."""
    listed = field in ("beside", "factors")
    named = list(enumerate(getattr(metric, field))) if listed else [("metric", _operand(metric, field))]
    for at, name in named:
        if name and name not in {*known.metrics, *known.unread}:
            yield not_there((field, at), "metric", name, known.metrics)
        elif name in known.metrics:
            with suppress(FaultyField):
                yield from _of_reference(metric, (field, at), known.metrics[name], known.metrics)


def _of_reference(metric: Metric, place: tuple[str, str | int], other: Metric, metrics: Metrics) -> Iterator[Fault]:
    if place[0] == "beside":
        if other.unit != metric.unit:
            yield Fault(place, f"{other.id}, told beside it, has another unit")
    elif other.kind != "additive" and not (place[0] != "factors" and _circle(metrics, metric)):
        yield Fault(place, f"{other.id} is not additive")


def _of_overlaps(metric: Metric, known: Known) -> Iterator[Fault]:
    """What links two sides of a break counts the same thing in the same unit, and is another metric."""
    for at, name in enumerate(one.overlap for one in metric.breaks):
        place = ("breaks", at, "overlap")
        if name and name not in {*known.metrics, *known.unread}:
            yield not_there(place, "metric", name, known.metrics)
        elif name == metric.id:
            yield Fault(place, "a metric does not link itself")
        elif name in known.metrics and _counts(known.metrics[name]) != _counts(metric):
            yield Fault(place, f"{name}, which links it, has another unit or kind")


def _counts(metric: Metric) -> tuple[str, str]:
    return metric.unit, metric.kind


def _of_circle(metric: Metric, metrics: Metrics) -> Iterator[Fault]:
    if circle := _circle(metrics, metric):
        yield Fault(("numerator",), f"it is made of itself: {' → '.join(circle)}")


def _of_parts(metric: Metric, metrics: Metrics) -> Iterator[Fault]:
    """The two parts of a ratio fit together."""
    parts = [metrics[name] for name in _operands(metric) if name in metrics]
    if len(parts) != 2 or any(part.kind != "additive" for part in parts):
        return
    if metric.unit == "share":
        yield from _of_share(*parts)
    elif parts[1].unknown or (parts[0].unknown and not (metric.unit == "times" and parts[0].bounds_only)):
        yield Fault(("unit",), "only a share has bounds, and a part of this has an unknown")


def _of_share(top: Metric, bottom: Metric) -> Iterator[Fault]:
    """A share is a part of a whole: both count the same thing, in the same rows."""
    place = ("denominator", "metric")
    with suppress(FaultyField):
        if top.unit != bottom.unit:
            yield Fault(place, "a share divides two metrics of the same unit")
    if top.table != bottom.table:
        grain = f"{top.id} counts rows of {top.table}, {bottom.id} of {bottom.table}"
        yield Fault(place, f"a share divides two metrics of the same grain: {grain}")
    elif (top.numerator.sum, top.numerator.count) != (bottom.numerator.sum, bottom.numerator.count):
        counted = [part.numerator.sum or "rows" for part in (top, bottom)]
        said = f"{top.id} sums {counted[0]}, {bottom.id} {counted[1]}"
        yield Fault(place, f"a share divides two metrics of the same grain: {said}")


def _breakdowns(metrics: Metrics, metric: Metric) -> list[str]:
    """The breakdowns of a metric; a ratio has those that both of its parts have, where these count one table's rows."""
    parts = [metrics[name] for name in _operands(metric) if name in metrics] or [metric]
    alike = all(part.table == parts[0].table for part in parts)
    return [name for name in parts[0].breakdowns if alike and all(name in part.breakdowns for part in parts)]


def _operand(metric: Metric, field: str) -> str:
    """The metric that a field takes a part from, if it does."""
    operand: Operand | None = getattr(metric, field)
    return operand.metric or "" if operand else ""


def _operands(metric: Metric) -> list[str]:
    """The metrics that a metric is made of."""
    return [name for field in ("numerator", "denominator") if (name := _operand(metric, field))]


def _circle(metrics: Metrics, metric: Metric) -> list[str]:
    """The way by which a metric is made of itself, if it is."""
    ways = [[metric.id]]
    while ways:
        way = ways.pop()
        made_of: list[str] = []
        with suppress(FaultyField):
            made_of = _operands(metrics[way[-1]]) if way[-1] in metrics else []
        for name in made_of:
            if name == metric.id:
                return [*way, name]
            if name not in way:
                ways.append([*way, name])
    return []


def table_faults(table: TableDefinition, known: Known) -> Iterator[Fault]:
    """Every fault of a declared table in what it refers to."""
    yield from as_far_as_known(_of_another(table, known))
    yield from as_far_as_known(_of_metrics(table, known))


def _of_another(table: TableDefinition, known: Known) -> Iterator[Fault]:
    if table.of in known.unread:
        return
    if table.kind in OF_ANOTHER and table.of and table.of not in known.tables:
        yield not_there(("of",), "declared table", table.of, known.tables)
    elif (table.kind in OF_ANOTHER) != bool(table.of):
        kinds = f"{', '.join(OF_ANOTHER[:-1])} or {OF_ANOTHER[-1]}"
        yield Fault(("of",), f"a table of the kind {kinds}, and no other, is `of` a declared table")


def _of_metrics(table: TableDefinition, known: Known) -> Iterator[Fault]:
    for at, name in enumerate(table.metrics):
        if name not in {*known.metrics, *known.unread}:
            yield not_there(("metrics", at), "metric", name, known.metrics)
        elif name in known.metrics:
            with suppress(FaultyField):
                breakdowns = _breakdowns(known.metrics, known.metrics[name])
                if table.breakdown and table.breakdown not in breakdowns:
                    what = f'metric "{name}" has no breakdown by {table.breakdown}'
                    yield Fault(("metrics", at), what, did_you_mean(table.breakdown, breakdowns, "breakdown"))
