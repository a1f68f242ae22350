"""The plan of a run's notebooks: which are run, of what, for whom, from which inputs, and where each is kept.

A job's key is a hash of everything that its outputs come from: what it is given, the notebook with its schema and
parameters, the library's code, and the releases of what it is run with. A job whose notebook and page are there under
that key, as they were written, is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.running.notebooks import NotebookSchema, checked_parameters, find_notebooks
from anchor_analysis.running.slices import Slices

#: The code that a notebook's outputs come from, beyond what it is given.
NOTEBOOKS_CODE = (
    "problems.py", "signs.py", "hashes.py", "sealing.py", "store.py", "storage.py", "rounding.py", "doors.py",
    "declared", "telling", "measure", "compare", "present", "publish", "running",
)  # fmt: skip

#: Libraries that run notebooks and turn them into pages, beyond those that figures are made with.
KERNEL_LIBRARIES = ("ipykernel", "ipython", "nbclient", "statsmodels", "scipy")


@dataclass(frozen=True)
class Job:
    """One notebook to be run with checked parameters, of one metric or member, or once.

    `inputs` is the folder that its doors open; `results` has what the cards of a public page tell of figures.
    `standing` are the facts that its page states of the edition and not of the figures: revision and status. `homes`
    says where the page of each measure will stand, to which the figures of other public pages lead. `written` is the
    hash of the notebook that the key is of.
    """

    name: str
    of: str
    title: str
    audience: str
    source: Path
    parameters: dict[str, str]
    cell_seconds: int
    notebook_seconds: int
    memory_megabytes: int
    inputs: Path
    results: Path
    folder: Path
    written: str
    key: str
    page_key: str
    pages: str = ""
    standing: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is called among its run's: `metric_detail.staff`."""
        return f"{self.name}.{self.of}" if self.of else self.name

    @property
    def said(self) -> str:
        """What it is called on a screen: `metric_detail of staff`."""
        return f"{self.name} of {self.of}" if self.of else self.name

    @property
    def address(self) -> str:
        """Where its page stands among those of its audience, without a suffix: `metrics/staff`."""
        return f"{self.pages or self.name}/{self.of}" if self.of else self.name

    @property
    def home(self) -> str:
        """The way from its page to the edition's first one; none from a page that is in no edition."""
        return "" if self.audience != "public" else "../index.html" if self.of else "index.html"

    @property
    def notebook(self) -> Path:
        return self.folder / f"{self.label}-{self.key[:16]}.ipynb"

    @property
    def page(self) -> Path:
        return self.folder / f"{self.label}-{self.key[:16]}-{self.page_key[:16]}.html"

    @property
    def failed(self) -> Path:
        return self.folder / f"failed-{self.label}.ipynb"

    @property
    def is_done(self) -> bool:
        return storage.is_sealed(self.notebook) and storage.is_sealed(self.page)


def plan(
    network: Network, workspace: storage.Workspace, year: NetworkYear, results: Path, slices: Slices, revision: str
) -> list[Job]:
    """Every notebook that a run of this year has, those that take longest first."""
    made_with = storage.text_hash(*_made_with())
    notebooks = find_notebooks(workspace)
    homes = _homes({name: schema for name, (_, schema) in notebooks.items()}, slices)
    year_of = _Year(network, workspace, year, results, slices, revision, made_with, homes)
    jobs = [
        year_of.job(name, path, schema, of)
        for name, (path, schema) in notebooks.items()
        for of in ([""] if schema.for_each == "once" else slices.of(schema.for_each))
    ]
    return sorted(jobs, key=lambda job: (bool(job.of), job.name))


def _homes(schemas: Mapping[str, NotebookSchema], slices: Slices) -> dict[str, str]:
    """Where the page of each measure stands in the edition; none where no notebook makes such pages."""
    folders = [schema.pages or name for name, schema in schemas.items()
               if schema.audience == "public" and schema.for_each == "metric"]  # fmt: skip
    return {metric: f"{folder}/{metric}.html" for folder in folders[:1] for metric in slices.of("metric")}


@dataclass(frozen=True)
class _Year:
    """What all jobs of a run have in common."""

    network: Network
    workspace: storage.Workspace
    year: NetworkYear
    results: Path
    slices: Slices
    revision: str
    made_with: str
    homes: dict[str, str]

    def job(self, name: str, path: Path, schema: NotebookSchema, of: str) -> Job:
        """A notebook, to be run of a metric or a member, or once."""
        given = {"network": self.network.id, "year": str(self.year), schema.for_each: of}
        taken = {parameter: value for parameter, value in given.items() if parameter in schema.parameters}
        parameters = checked_parameters(name, schema, taken)
        inputs, content = _inputs(schema, of, self.results, self.slices)
        title, standing = _title(self.network, schema, of), _standing(schema, self.revision)
        written = storage.file_hash(path)
        made_of = [content, written, schema.model_dump_json(), storage.to_json(parameters)]
        key = storage.text_hash(*made_of, self.made_with)
        is_public = schema.audience == "public"
        cards_of = [self.results.name, storage.to_json(self.homes)] if is_public else []
        return Job(
            name=name, of=of, title=title, audience=schema.audience, source=path, parameters=parameters,
            cell_seconds=schema.cell_seconds, notebook_seconds=schema.notebook_seconds,
            memory_megabytes=schema.memory_megabytes, inputs=inputs, results=self.results,
            folder=self.workspace.processed(self.network.id) / "notebooks" / self.year.folder, written=written,
            key=key, page_key=storage.text_hash(key, title, *cards_of, storage.to_json(standing)), pages=schema.pages,
            standing=standing, homes=self.homes if is_public else {},
            environment={storage.DRAFT: str(inputs), "ANCHOR_WORKSPACE": str(self.workspace.root)},
        )  # fmt: skip


def _inputs(schema: NotebookSchema, of: str, results: Path, slices: Slices) -> tuple[Path, str]:
    """What a notebook is given, and a hash of it: the analyst's own ones have everything."""
    if schema.audience == "internal":
        return results, results.name
    kind, name = schema.for_each, of or "edition"
    return slices.path(kind, name), slices.hashes[kind][name]


def _title(network: Network, schema: NotebookSchema, of: str) -> str:
    if schema.for_each == "metric":
        return network.catalogue.metric(of).title
    return f"{schema.title}: {network.member(of).name}" if of else schema.title


def _standing(schema: NotebookSchema, revision: str) -> dict[str, str]:
    if schema.audience == "internal":
        return {"revision": "", "status": "internal"}
    return {"revision": revision, "status": "draft" if schema.audience == "public" else "member"}


def _made_with() -> Iterator[str]:
    yield storage.code_hash(*NOTEBOOKS_CODE)
    yield storage.to_json(libraries())


def libraries() -> dict[str, str]:
    """The releases of all that notebooks are run with, and their inputs made."""
    return storage.environment() | {name: version(name) for name in KERNEL_LIBRARIES}


def keys(jobs: list[Job]) -> dict[str, Any]:
    """The keys of the public ones, by where their pages stand, for the manifest."""
    return {job.address: job.key for job in jobs if job.audience == "public"}
