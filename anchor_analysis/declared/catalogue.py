"""Everything that is declared, shipped and the network's own, read once and checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from anchor_analysis import storage
from anchor_analysis.declared.areas import Crosswalk, Labels, MostDisadvantaged, OtherFile, WardSet
from anchor_analysis.declared.checks import JumpCheck
from anchor_analysis.declared.community import Codebook
from anchor_analysis.declared.conditions import Condition
from anchor_analysis.declared.consistency import Known, metric_faults, table_faults
from anchor_analysis.declared.frameworks import (
    Framework,
    framework_faults,
    words_of_dimensions,
    words_of_frameworks,
)
from anchor_analysis.declared.gaps import PayGap, gap_faults
from anchor_analysis.declared.metrics import Metric
from anchor_analysis.declared.model import (
    Declared,
    Fault,
    FaultyField,
    as_far_as_known,
    as_told,
    problem,
    read_data,
)
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.rates import Rates
from anchor_analysis.declared.references import Recode, Recodes, ReferenceSource
from anchor_analysis.declared.schema import TableSchema
from anchor_analysis.declared.tables import TableDefinition
from anchor_analysis.problems import Problem, UserError, unknown

Kind = TypeVar("Kind", bound=Declared)

#: The codebook of a network that names none.
CODEBOOK = "listening_v1"


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
    rates: dict[str, Rates]
    codebooks: dict[str, Codebook]
    labels: dict[str, Labels]
    frameworks: dict[str, Framework]
    conditions: dict[str, Condition]
    gaps: dict[str, PayGap]
    key: str = field(compare=False)
    unread: frozenset[str] = frozenset()

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

    def codebook(self, name: str = "") -> Codebook:
        """A codebook by its id, or the shipped one; raises UserError (AN004) with the nearest names."""
        name = name or CODEBOOK
        if name not in self.codebooks:
            raise unknown("AN004", "codebook", name, self.codebooks, "[listening] codebook")
        return self.codebooks[name]

    def coded_by(self, name: str) -> Catalogue:
        """The same, with the themes of a codebook, and the frameworks, as categories of the columns that take these."""
        words = {
            "themes": self.codebook(name).categories,
            "frameworks": words_of_frameworks(self.frameworks),
            "dimensions": words_of_dimensions(self.frameworks),
        }
        schema = {table: _coded(declared, words) for table, declared in self.schema.items()}
        return replace(self, schema=schema, key=storage.text_hash(self.key, name) if name else self.key)

    def additive(self, table: str | None = None) -> list[Metric]:
        """The additive metrics, of one canonical table or of all, by id."""
        found = [metric for metric in self.metrics.values() if metric.kind == "additive"]
        return [metric for metric in found if table in (None, metric.table)]

    @property
    def measured(self) -> list[str]:
        """The canonical tables whose rows metrics count, by name."""
        return sorted(name for name, table in self.schema.items() if table.measured)

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

    def breakdowns(self, metric: Metric) -> list[str]:
        """By what a metric is broken down; a ratio by what both of its parts are, if these count one table's rows."""
        top, bottom = self.parts(metric)
        if bottom is None:
            return metric.breakdowns
        return [name for name in top.breakdowns if name in bottom.breakdowns and top.table == bottom.table]

    def table_of(self, metric: Metric) -> str:
        """The canonical table that a metric is counted from."""
        table = self.parts(metric)[0].table
        assert table
        return table


def load_catalogue(own: Path | None = None, codebook: str = "") -> Catalogue:
    """Read the shipped definitions and those of a network's own `definitions` folder, and check them all.

    `codebook` is the one by which items of listening projects are coded, if it is not the shipped one.

    Raises UserError (AN007) naming every fault of every file, with its line: a file that cannot be read, a field that
    is not valid, a metric that refers to a column, category or metric that is not there, an own definition that would
    shadow a shipped one.
    """
    catalogue, problems = catalogue_as_told(own)
    if problems:
        raise UserError(problems)
    return catalogue.coded_by(codebook)


def catalogue_as_told(own: Path | None) -> tuple[Catalogue, tuple[Problem, ...]]:
    """The catalogue, not coded by any codebook, as far as its files go, and every fault of theirs (AN007).

    To look at a field that has a fault raises FaultyField; what could not be read at all is in `unread`, by the name
    of its file.
    """
    folders = (storage.PACKAGE / "definitions", *([own] if own and own.is_dir() else []))
    key = storage.text_hash(*(storage.folder_hash(folder) for folder in folders))
    return _load(folders, key)


@lru_cache(maxsize=4)  # a process may run hundreds of networks, each with definitions of its own
def _load(folders: tuple[Path, ...], key: str) -> tuple[Catalogue, tuple[Problem, ...]]:
    """The catalogue of these folders while they hold what `key` is the hash of: an edited file is read anew."""
    files = _Files(folders)
    catalogue = Catalogue(
        schema=files.read("schema", TableSchema, "table", shipped=True),
        metrics=files.read("metrics", Metric),
        tables=files.read("tables", TableDefinition),
        profiles=files.read("profiles", Profile),
        wards=files.read("areas", WardSet, only=lambda data: "kind" not in data),
        disadvantaged=files.read("areas", MostDisadvantaged, "name", only=lambda data: "kind" in data),
        crosswalks=files.read("crosswalks", Crosswalk),
        other_files=files.read("other_files", OtherFile),
        checks=files.read("checks", JumpCheck, shipped=True),
        references=files.read("references", ReferenceSource),
        recodes=[one for each in files.read("recodes", Recodes).values() for one in _sourced(each)],
        rates=files.read("rates", Rates),
        codebooks=files.read("codebooks", Codebook),
        labels=files.read("labels", Labels),
        frameworks=files.read("frameworks", Framework),
        conditions=files.read("conditions", Condition),
        gaps=files.read("gaps", PayGap),
        key=key,
        unread=frozenset(files.unread),
    )
    return catalogue, tuple(dict.fromkeys([*files.problems, *files.between(catalogue)]))


def _sourced(recodes: Recodes) -> list[Recode]:
    """The recodes of a list, none of one whose faults have been told."""
    try:
        return recodes.sourced
    except FaultyField:
        return []


def _coded(table: TableSchema, words: dict[str, dict[str, list[str]]]) -> TableSchema:
    """A table whose columns that take their categories from elsewhere have them."""
    columns = {
        name: column.model_copy(update={"categories": words[kind]}) if kind else column
        for name, column in table.columns.items()
        for kind in ("themes" if column.coded else column.of_frameworks,)
    }
    return table.model_copy(update={"columns": columns}) if columns != table.columns else table


class _Files:
    """The files of definitions: what they hold, and what is wrong with them."""

    def __init__(self, folders: tuple[Path, ...]):
        self._folders = folders
        self._held: dict[str, dict[Path, Any]] = {}
        self.problems: list[Problem] = []
        self.unread: set[str] = set()

    def read(
        self, folder: str, kind: type[Kind], identity: str = "id", *, shipped: bool = False,
        only: Callable[[dict[str, Any]], bool] = lambda _: True,
    ) -> dict[str, Any]:  # fmt: skip
        """What the files of a folder hold, by their identity, or those `only`, as far as each can be told."""
        found: dict[str, tuple[Path, Any]] = {}
        for where in self._folders[:1] if shipped else self._folders:
            for path in sorted((where / folder).glob("[!.]*.yaml")):
                item = self._take(folder, path, kind, identity, only)
                if item is None:
                    continue
                name = getattr(item, identity)
                first, _ = found.setdefault(name, (path, item))
                if first != path:
                    what = f'"{name}" is declared already, in {storage.told(first)}'
                    fault = Fault((identity,), what, "Give your own definition another name.")
                    self.problems.append(problem(path, fault))
        return {name: item for name, (_, item) in found.items()}

    def _take(
        self, folder: str, path: Path, kind: type[Kind], identity: str, only: Callable[[dict[str, Any]], bool]
    ) -> Kind | None:
        """What a file holds, as far as it can be told; nothing where that is not even its name."""
        try:
            data = read_data(path)
        except UserError as error:
            self.problems += [one for one in error.problems if one not in self.problems]
            self.unread.add(path.stem)
            return None
        fields = data if isinstance(data, dict) else {}
        if not only(fields):
            return None
        if identity == "id":
            fields.setdefault("id", path.stem)
        item, faults = as_told(kind, data)
        self.problems += [problem(path, fault) for fault in faults]
        try:
            getattr(item, identity)
        except FaultyField:
            self.unread.add(path.stem)
            return None
        self._held.setdefault(folder, {})[path] = item
        return item

    def between(self, known: Catalogue) -> Iterator[Problem]:
        """What the files say of one another and is not so."""
        others = Known(known.schema, known.metrics, known.tables, known.rates, self.unread)
        checks: dict[str, Callable[[Any], Iterator[Fault]]] = {
            "metrics": lambda one: metric_faults(one, others),
            "tables": lambda one: table_faults(one, others),
            "frameworks": lambda one: framework_faults(one, known.frameworks, self.unread),
            "gaps": lambda one: gap_faults(one, known.schema["workforce"]),
        }
        for folder, check in checks.items():
            for path, item in self._held.get(folder, {}).items():
                yield from (problem(path, fault) for fault in as_far_as_known(check(item)))
