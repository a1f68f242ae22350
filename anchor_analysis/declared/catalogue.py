"""Everything that is declared, shipped and the network's own, read once and checked against each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from anchor_analysis import storage
from anchor_analysis.declared.areas import Crosswalk, MostDisadvantaged, OtherFile, WardSet
from anchor_analysis.declared.checks import JumpCheck
from anchor_analysis.declared.metrics import Metric, Operand
from anchor_analysis.declared.model import Declared, build, read_data
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.references import Recode, Recodes, ReferenceSource
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.declared.tables import TableDefinition
from anchor_analysis.problems import Problem, UserError, unknown

Kind = TypeVar("Kind", bound=Declared)


@dataclass(frozen=True)
class Catalogue:
    """The declared things by id. Get one by its name through the methods, which know what to say if it is not there."""

    schema: dict[str, TableSchema]
    metrics: dict[str, Metric]
    tables: dict[str, TableDefinition]
    profiles: dict[str, Profile]
    wards: dict[str, WardSet]
    disadvantaged: dict[str, MostDisadvantaged]
    crosswalks: dict[str, Crosswalk]
    other_files: dict[str, OtherFile]
    checks: dict[str, JumpCheck]
    references: dict[str, ReferenceSource]
    recodes: list[Recode]
    key: str = field(compare=False)

    def metric(self, name: str, where: str = "") -> Metric:
        """The metric of this id; raises UserError (AN004) with the nearest names."""
        if name not in self.metrics:
            raise unknown("AN004", "metric", name, self.metrics, where)
        return self.metrics[name]

    def table(self, name: str) -> TableDefinition:
        """The declared table of this id; raises UserError (AN004) with the nearest names."""
        if name not in self.tables:
            raise unknown("AN004", "declared table", name, self.tables)
        return self.tables[name]

    def additive(self, table: str | None = None) -> list[Metric]:
        """The additive metrics, of one canonical table or of all, by id."""
        found = [metric for metric in self.metrics.values() if metric.kind == "additive"]
        return [metric for metric in found if table in (None, metric.table)]

    @property
    def jumps(self) -> JumpCheck:
        """When a jump of a member's figure is worth a question."""
        return self.checks["jumps"]

    def parts(self, metric: Metric) -> tuple[Metric, Metric | None]:
        """The additive metrics that a metric is made of: itself, or a ratio's numerator and denominator."""
        if metric.kind == "additive":
            return metric, None
        assert metric.numerator.metric and metric.denominator and metric.denominator.metric
        return self.metrics[metric.numerator.metric], self.metrics[metric.denominator.metric]

    def table_of(self, metric: Metric) -> str:
        """The canonical table that a metric is counted from."""
        table = self.parts(metric)[0].table
        assert table
        return table


@cache
def load_catalogue(own: Path | None = None) -> Catalogue:
    """Read the shipped definitions and those of a network's own `definitions` folder, and check them all.

    Raises UserError (AN007) naming every fault: a field that is not valid, a metric that refers to a column,
    category or metric that is not there, an own definition that would shadow a shipped one.
    """
    folders = [storage.PACKAGE / "definitions", *([own] if own else [])]
    read = {
        "schema": _read(folders[:1], "schema", TableSchema, "table"),
        "metrics": _read(folders, "metrics", Metric, "id"),
        "tables": _read(folders, "tables", TableDefinition, "id"),
        "profiles": _read(folders, "profiles", Profile, "id"),
        "crosswalks": _read(folders, "crosswalks", Crosswalk, "id"),
        "other_files": _read(folders, "other_files", OtherFile, "id"),
        "checks": _read(folders[:1], "checks", JumpCheck, "id"),
        "references": _read(folders, "references", ReferenceSource, "id"),
    }
    lists = _read(folders, "recodes", Recodes, "id").values()
    wards, disadvantaged = _read_areas(folders)
    key = storage.text_hash(*(storage.folder_hash(folder) for folder in folders))
    catalogue = Catalogue(
        **read,
        wards=wards,
        disadvantaged=disadvantaged,
        recodes=[one for each in lists for one in each.sourced],
        key=key,
    )
    faults = [*_metric_faults(catalogue), *_table_faults(catalogue)]
    if faults:
        raise UserError(faults)
    return catalogue


def _read(folders: list[Path], name: str, kind: type[Kind], identity: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for folder in folders:
        for path in sorted((folder / name).glob("*.yaml")):
            data = read_data(path)
            if identity == "id" and isinstance(data, dict):
                data.setdefault("id", path.stem)
            _add(found, build(kind, data, f"{name}/{path.name}"), identity, path)
    return found


def _add(found: dict[str, Any], item: Declared, identity: str, path: Path) -> None:
    name = getattr(item, identity)
    if name in found:
        what = f'"{name}" is declared already.'
        raise UserError(Problem("AN007", path.name, what, "Give your own definition a name of its own."))
    found[name] = item


def _read_areas(folders: list[Path]) -> tuple[dict[str, WardSet], dict[str, MostDisadvantaged]]:
    wards: dict[str, Any] = {}
    disadvantaged: dict[str, Any] = {}
    for folder in folders:
        for path in sorted((folder / "areas").glob("*.yaml")):
            data = read_data(path)
            if isinstance(data, dict) and "kind" in data:
                _add(disadvantaged, build(MostDisadvantaged, data, path.name), "name", path)
            else:
                _add(wards, build(WardSet, data, path.name), "id", path)
    return wards, disadvantaged


def _metric_faults(catalogue: Catalogue) -> list[Problem]:
    faults = []
    for metric in catalogue.metrics.values():
        says = [*_column_faults(catalogue, metric), *_reference_faults(catalogue, metric)]
        faults += [Problem("AN007", f"metrics/{metric.id}.yaml", f"{what}.", "Mend the definition.") for what in says]
    return faults


def _column_faults(catalogue: Catalogue, metric: Metric) -> list[str]:
    if metric.kind != "additive":
        return []
    if metric.table not in catalogue.schema:
        return [f'there is no canonical table "{metric.table}"']
    columns = catalogue.schema[metric.table].measurable
    operands = [operand for operand in (metric.numerator, metric.unknown) if operand]
    faults = [f'"{name}" is no column of {metric.table}' for name in metric.breakdowns if name not in columns]
    for operand in operands:
        faults += _operand_faults(operand, columns, str(metric.table))
    return faults


def _operand_faults(operand: Operand, columns: dict[str, Any], table: str) -> list[str]:
    named = [*([operand.sum] if operand.sum else []), *operand.where]
    faults = [f'"{name}" is no column of {table}' for name in named if name not in columns]
    if operand.sum in columns and columns[operand.sum].type not in ("money", "fte", "integer"):
        faults.append(f'"{operand.sum}" does not hold quantities, so it cannot be summed')
    for name, wanted in operand.where.items():
        known = columns[name].categories if name in columns else {}
        values = wanted if isinstance(wanted, list) else [wanted]
        faults += [f'"{value}" is no category of {name}' for value in values if known and value not in known]
    return faults


def _reference_faults(catalogue: Catalogue, metric: Metric) -> list[str]:
    operands = [operand.metric for operand in (metric.numerator, metric.denominator) if operand and operand.metric]
    faults = [f'there is no metric "{name}"' for name in [*operands, *metric.beside] if name not in catalogue.metrics]
    others = [catalogue.metrics[name] for name in metric.beside if name in catalogue.metrics]
    faults += [f"{other.id}, told beside it, has another unit" for other in others if other.unit != metric.unit]
    known = [catalogue.metrics[name] for name in operands if name in catalogue.metrics]
    faults += [f"{part.id} is not additive" for part in known if part.kind != "additive"]
    if len({part.unit for part in known}) > 1 and metric.unit == "share":
        faults.append("a share divides two metrics of the same unit")
    return faults


def _table_faults(catalogue: Catalogue) -> list[Problem]:
    faults = []
    for table in catalogue.tables.values():
        missing = [name for name in table.metrics if name not in catalogue.metrics]
        says = [f'there is no metric "{name}"' for name in missing]
        if (table.kind == "benchmark") != (table.of in catalogue.tables):
            says.append("a table of the kind benchmark, and no other, is `of` a declared table")
        for name in table.metrics:
            if table.breakdown and name not in missing and table.breakdown not in catalogue.metrics[name].breakdowns:
                says.append(f'metric "{name}" has no breakdown by {table.breakdown}')
        faults += [Problem("AN007", f"tables/{table.id}.yaml", f"{what}.", "Mend the definition.") for what in says]
    return faults
