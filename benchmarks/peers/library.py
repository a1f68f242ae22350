"""The job of `rows.py` as the library does it in a run, with all that it checks."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from common import Job, run, write_sums

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import load_network
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import Geography, locate_returns
from anchor_analysis.measure import combined, sums_from_rows
from anchor_analysis.read import read_return


class Library:
    def __init__(self, job: Job):
        self.job, self.engine = job, open_engine()
        self.network = load_network(storage.Workspace(job.root), "n000")

    def clean(self) -> None:
        canonical = storage.made(self.job.canonical)
        members = [self.network.member(name) for name in self.job.files]
        with storage.scratch(self.job.to) as scratch, ProcessPoolExecutor(2, get_context("spawn")) as pool:
            into = [scratch / member.id for member in members]
            folders = [file.parent for file in self.job.files.values()]
            found = pool.map(read_return, folders, [self.network] * len(members), members, into)
            year = self.network.latest
            sent = [SentReturn(member, year, sources) for member, sources in zip(members, found, strict=True)]
            if wrong := clean_returns(sent, self.network, self.engine, canonical):
                raise AssertionError(wrong)

    def locate(self) -> None:
        geography = Geography(self.job.directory, None, "lsoa21", "benchmark")
        cleaned = {folder.name: folder for folder in sorted(self.job.canonical.iterdir())}
        locate_returns(cleaned, self.network, geography, self.engine, storage.made(self.job.to / "located"))

    def measure(self) -> None:
        metrics, schema = self.network.catalogue.additive("ledger"), self.network.catalogue.schema["ledger"]
        lines = sorted(self.job.to.glob("located/*/ledger/*.parquet"))
        rows = combined(lines, metrics, schema, self.engine, self.job.to / "combined.parquet")
        found = [sums_from_rows(rows, metrics, schema, self.engine).assign(breakdown="")]
        for name in sorted({name for metric in metrics for name in metric.breakdowns}):
            of = [metric for metric in metrics if name in metric.breakdowns]
            found.append(sums_from_rows(rows, of, schema, self.engine, name).assign(breakdown=name))
        write_sums(found, self.job.to / "sums.parquet")


if __name__ == "__main__":
    run(Library)
