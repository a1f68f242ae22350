"""From results to pages: the notebooks of a run, and where the pages of each audience go."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.publish.assembling import PublicPage
from anchor_analysis.publish.editions import next_revision
from anchor_analysis.running.plan import Job, plan
from anchor_analysis.running.results import Inputs
from anchor_analysis.running.slices import Slices, make_slices, slices_before
from anchor_analysis.running.tracing import ROWS


def run_notebooks(
    inputs: Inputs, results: Path, progress: Callable[[str, int, int, str], None],
    workers: int | None = None, executor: Executor | None = None,
) -> list[Job]:  # fmt: skip
    """Run every notebook whose inputs have changed; raise what failed only after all have run."""
    jobs = _planned(inputs, results, make_slices(results, _slices_of(inputs)))
    todo = [job for job in jobs if not job.is_done]
    done = len(jobs) - len(todo)
    progress("Notebooks", done, len(jobs), "")
    if todo:
        from anchor_analysis.running.fanout import fan_out  # takes a while, and may not be needed

        with storage.scratch(storage.made(todo[0].folder)) as scratch:
            rows = {item.part: [str(path) for path in storage.table_files(item.located)] for item in inputs.returns}
            storage.write_text(scratch / "rows.json", storage.to_json(rows))
            told = {ROWS: str(scratch / "rows.json")}
            traced = [replace(job, environment=job.environment | told) for job in todo]
            fan_out(traced, workers, lambda ended, what: progress("Notebooks", done + ended, len(jobs), what), executor)
    return jobs


def planned_before(inputs: Inputs, results: Path) -> list[Job] | None:
    """The jobs of a run, where an earlier one has made these results and what is told from them to each notebook."""
    slices = slices_before(results, _slices_of(inputs)) if storage.is_there(results) else None
    return _planned(inputs, results, slices) if slices else None


def _slices_of(inputs: Inputs) -> Path:
    return inputs.workspace.processed(inputs.network.id) / "slices" / inputs.year.folder


def _planned(inputs: Inputs, results: Path, slices: Slices) -> list[Job]:
    network, workspace, year = inputs.network, inputs.workspace, inputs.year
    return plan(network, workspace, year, results, slices, next_revision(workspace, network.id, year))


def public_pages(jobs: list[Job]) -> list[PublicPage]:
    """The pages of an edition, from the notebooks that have run."""
    return [
        PublicPage(job.address, storage.read_text(job.page), "" if job.of else storage.read_text(job.notebook))
        for job in jobs
        if job.audience == "public"
    ]


def pages_of_no_edition(folder: Path, jobs: list[Job]) -> list[Path]:
    """Write the pages for the analyst, and those for one member each, beside the editions of a year; the former.

    Pages of members for whom none was made go.
    """
    written: dict[str, list[Path]] = {audience: [] for audience in ("internal", "member")}
    for job in jobs:
        if job.audience == "internal":
            path = folder / "internal" / f"{job.address.replace('/', '.')}.html"
        elif job.audience == "member":
            path = folder / "members" / job.of / f"{job.name}.html"
        else:
            continue
        storage.write_text(path, storage.read_text(job.page))
        written[job.audience].append(path)
    members = {path.parent for path in written["member"]}
    storage.keep_only(folder / "members", members)
    for member in members:
        storage.keep_only(member, [path for path in written["member"] if path.parent == member])
    return written["internal"]
