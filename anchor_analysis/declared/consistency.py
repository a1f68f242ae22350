"""What definitions say of one another: the columns, categories, metrics and tables that they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as Names
from typing import NamedTuple

from anchor_analysis.declared.metrics import Metric, Operand
from anchor_analysis.declared.rates import Rates
from anchor_analysis.declared.schema import Column, TableSchema
from anchor_analysis.declared.tables import BOTH, OF_ANOTHER, TableDefinition

Place = tuple[str | int, ...]
Metrics = Mapping[str, Metric]

_QUANTITIES = ("money", "fte", "integer", "quantity")


class Fault(NamedTuple):
    """What is wrong at a place of a definition: its folder and name, and the fields that lead there."""

    folder: str
    name: str
    place: Place
    what: str


def faults_between(
    schema: Mapping[str, TableSchema], metrics: Metrics, tables: Mapping[str, TableDefinition],
    rates: Mapping[str, Rates], unread: Names[str],
) -> Iterator[Fault]:  # fmt: skip
    """Every fault of metrics and declared tables in what they refer to.

    Nothing is said of references to what is `unread`, since its own faults have been told.
    """
    for metric in metrics.values():
        for place, what in [*_of_columns(schema, metric, unread), *_of_metrics(metrics, metric, unread)]:
            yield Fault("metrics", metric.id, place, what)
        for at, name in enumerate(metric.rates):
            if name not in rates and name not in unread:
                yield Fault("metrics", metric.id, ("rates", at), f'there are no rates "{name}"')
    for table in tables.values():
        for place, what in _of_table(tables, metrics, table, unread):
            yield Fault("tables", table.id, place, what)


def _of_columns(schema: Mapping[str, TableSchema], metric: Metric, unread: Names[str]) -> Iterator[tuple[Place, str]]:
    table = metric.table
    if not table or table in unread:  # a ratio names none
        return
    if table not in schema:
        yield ("table",), f'there is no canonical table "{table}"'
        return
    columns = schema[table].measurable
    for at, name in enumerate(metric.breakdowns):
        for column in name.split(BOTH):
            if column not in columns:
                yield ("breakdowns", at), f'"{column}" is no column of {table}'
            elif column not in metric.breakdowns:
                yield ("breakdowns", at), f'its margins need a breakdown by "{column}"'
    for field, operand in (("numerator", metric.numerator), ("unknown", metric.unknown)):
        if operand:
            yield from (((field, *place), what) for place, what in _of_operand(operand, columns, table))


def _of_operand(operand: Operand, columns: Mapping[str, Column], table: str) -> Iterator[tuple[Place, str]]:
    if operand.sum and operand.sum not in columns:
        yield ("sum",), f'"{operand.sum}" is no column of {table}'
    elif operand.sum and columns[operand.sum].type not in _QUANTITIES:
        yield ("sum",), f'"{operand.sum}" does not hold quantities, so it cannot be summed'
    for name, wanted in operand.where.items():
        if name not in columns:
            yield ("where", name), f'"{name}" is no column of {table}'
            continue
        known = columns[name].categories
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if known and value not in known:
                yield ("where", name), f'"{value}" is no category of {name}'


def _of_metrics(metrics: Metrics, metric: Metric, unread: Names[str]) -> Iterator[tuple[Place, str]]:
    named: list[tuple[Place, str]] = [((field, "metric"), name) for field, name in _operands(metric)]
    named += [((field, at), name) for field in ("beside", "factors") for at, name in enumerate(getattr(metric, field))]
    named += [(("breaks", at, "overlap"), one.overlap) for at, one in enumerate(metric.breaks) if one.overlap]
    for place, name in named:
        if name not in metrics and name not in unread:
            yield place, f'there is no metric "{name}"'
    for at, name in enumerate(metric.beside):
        if name in metrics and metrics[name].unit != metric.unit:
            yield ("beside", at), f"{name}, told beside it, has another unit"
    for at, one in enumerate(metric.breaks):
        yield from _of_overlap(metrics, metric, at, one.overlap)
    for at, name in enumerate(metric.factors):
        if name in metrics and metrics[name].kind != "additive":
            yield ("factors", at), f"{name} is not additive"
    parts = [metrics[name] for _, name in _operands(metric) if name in metrics]
    if circle := _circle(metrics, metric):
        yield ("numerator",), f"it is made of itself: {' → '.join(circle)}"
    else:
        for field, name in _operands(metric):
            if name in metrics and metrics[name].kind != "additive":
                yield (field, "metric"), f"{name} is not additive"
    if len(parts) == 2 and all(part.kind == "additive" for part in parts):
        if metric.unit == "share":
            yield from _of_share(*parts)
        elif parts[1].unknown or (parts[0].unknown and not (metric.unit == "times" and parts[0].bounds_only)):
            yield ("unit",), "only a share has bounds, and a part of this has an unknown"


def _of_overlap(metrics: Metrics, metric: Metric, at: int, name: str) -> Iterator[tuple[Place, str]]:
    """What links two sides of a break counts the same thing in the same unit, and is another metric."""
    if name == metric.id:
        yield ("breaks", at, "overlap"), "a metric does not link itself"
    elif name in metrics and (metrics[name].unit, metrics[name].kind) != (metric.unit, metric.kind):
        yield ("breaks", at, "overlap"), f"{name}, which links it, has another unit or kind"


def _of_share(top: Metric, bottom: Metric) -> Iterator[tuple[Place, str]]:
    """A share is a part of a whole: both count the same thing, in the same rows."""
    if top.unit != bottom.unit:
        yield ("denominator", "metric"), "a share divides two metrics of the same unit"
    if top.table != bottom.table:
        grain = f"{top.id} counts rows of {top.table}, {bottom.id} of {bottom.table}"
        yield ("denominator", "metric"), f"a share divides two metrics of the same grain: {grain}"
    elif (top.numerator.sum, top.numerator.count) != (bottom.numerator.sum, bottom.numerator.count):
        counted = [part.numerator.sum or "rows" for part in (top, bottom)]
        said = f"{top.id} sums {counted[0]}, {bottom.id} {counted[1]}"
        yield ("denominator", "metric"), f"a share divides two metrics of the same grain: {said}"


def _breakdowns(metrics: Metrics, metric: Metric) -> list[str]:
    """The breakdowns of a metric; a ratio has those that both of its parts have, where these count one table's rows."""
    parts = [metrics[name] for _, name in _operands(metric) if name in metrics] or [metric]
    alike = all(part.table == parts[0].table for part in parts)
    return [name for name in parts[0].breakdowns if alike and all(name in part.breakdowns for part in parts)]


def _operands(metric: Metric) -> list[tuple[str, str]]:
    """The metrics that a metric is made of, by field."""
    both = (("numerator", metric.numerator), ("denominator", metric.denominator))
    return [(field, operand.metric) for field, operand in both if operand and operand.metric]


def _circle(metrics: Metrics, metric: Metric) -> list[str]:
    """The way by which a metric is made of itself, if it is."""
    ways = [[metric.id]]
    while ways:
        way = ways.pop()
        for _, name in _operands(metrics[way[-1]]) if way[-1] in metrics else ():
            if name == metric.id:
                return [*way, name]
            if name not in way:
                ways.append([*way, name])
    return []


def _of_table(
    tables: Mapping[str, TableDefinition], metrics: Metrics, table: TableDefinition, unread: Names[str]
) -> Iterator[tuple[Place, str]]:
    if (table.kind in OF_ANOTHER) != (table.of in tables) and table.of not in unread:
        kinds = f"{', '.join(OF_ANOTHER[:-1])} or {OF_ANOTHER[-1]}"
        yield ("of",), f"a table of the kind {kinds}, and no other, is `of` a declared table"
    for at, name in enumerate(table.metrics):
        if name in unread:
            continue
        if name not in metrics:
            yield ("metrics", at), f'there is no metric "{name}"'
        elif table.breakdown and table.breakdown not in _breakdowns(metrics, metrics[name]):
            yield ("metrics", at), f'metric "{name}" has no breakdown by {table.breakdown}'
