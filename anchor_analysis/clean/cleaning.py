"""Cleaning returns, table by table: the rows of as many of them at a time as the engine likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean import accounts, corrections, faults, organisations
from anchor_analysis.clean.contract_faults import contract_faults
from anchor_analysis.clean.derived import derive
from anchor_analysis.clean.multiplier_faults import multiplier_faults
from anchor_analysis.clean.programme_faults import programme_faults
from anchor_analysis.clean.progression_faults import progression_faults
from anchor_analysis.clean.redactions import redaction_counts
from anchor_analysis.clean.repeats import repeated_files
from anchor_analysis.clean.stage import ORIGIN, PART, stage
from anchor_analysis.declared import Answers, Member, Network, NetworkYear, TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame, lots
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.read import SourceTable

#: What cannot be in the rows of some tables, beyond what is wrong with single cells.
_FAULTS_OF = {
    "contracts": contract_faults,
    "local_multiplier": multiplier_faults,
    "programmes": programme_faults,
}

#: The frames of an account, which `clean.accounts` and `clean.redactions` describe.
ACCOUNTS = ["accounts", "set_aside", "normalised", "redactions"]

#: What tells of a written row which part it is of.
_WHOSE = ["member", "network_year"]


@dataclass(frozen=True)
class SentReturn:
    """One member's return of one year, as read, and what was answered about it.

    Of one that is not `whole` some files could not be read; it is cleaned to tell what else is wrong with it.
    """

    member: Member
    year: NetworkYear
    sources: Sequence[SourceTable]
    answers: Answers = field(default_factory=Answers)
    whole: bool = True

    @property
    def part(self) -> str:
        """What its rows are called among those of other returns."""
        return f"{self.member.id}.{self.year.folder}"


def clean_returns(sent: Sequence[SentReturn], network: Network, engine: Engine, into: Path) -> dict[str, UserError]:
    """Write the canonical tables of returns and their accounts; gives the errors of those that have some.

    For each return without a fault `into/<part>/` holds: `<table>/*.parquet`, one row per kept source row in
    canonical columns, with member, network year and origin; `<table>_edits/*.parquet`, the edit log; and
    each of ACCOUNTS as `<name>.parquet`. An error is a
    UserError with every fault of the return, or a HeldError where only a file's own total disagrees with its
    rows and nobody has answered for it.
    """
    cleaning = _Cleaning(sent, network, engine, into)
    for table, schema in network.catalogue.schema.items():
        for lot in _lots(sent, table, engine):
            cleaning.clean_table(schema, lot)
    return cleaning.finish()


@dataclass(frozen=True)
class _Lot:
    """Returns that have a table, each with its sources of that table."""

    sent: Sequence[SentReturn]
    sources: Mapping[str, Sequence[SourceTable]]

    @property
    def paths(self) -> list[Path]:
        return [source.path.absolute() for item in self.sent for source in self.sources[item.part]]


def _lots(sent: Sequence[SentReturn], table: str, engine: Engine) -> Iterator[_Lot]:
    """The returns that have a table, as many at a time as the engine likes: nothing here is asked of two together."""
    sources = {item.part: [source for source in item.sources if source.table == table] for item in sent}
    sizes = {part: sum(source.rows for source in own) for part, own in sources.items() if own}
    for parts in lots(sizes, engine.rows_at_once):
        yield _Lot([item for item in sent if item.part in parts], sources)


class _Cleaning:
    """What accumulates over tables: problems by part, and the frames of the account."""

    def __init__(self, sent: Sequence[SentReturn], network: Network, engine: Engine, into: Path):
        self.sent, self.network, self.engine, self.into = sent, network, engine, into
        self.places = {item.part: f"{item.member.id} {item.year}" for item in sent}
        self.faults: dict[str, list[Problem]] = {}
        self.held: dict[str, list[Problem]] = {}
        self.frames: dict[str, list[pd.DataFrame]] = {name: [] for name in ACCOUNTS}
        for item in sent:
            sheets = {(source.file, source.sheet) for source in item.sources}
            for told in item.answers.corrections:
                if item.whole and (told.file, told.sheet) not in sheets:
                    self.faults.setdefault(item.part, []).append(corrections.not_read(item.part, told, self.places))

    def clean_table(self, schema: TableSchema, lot: _Lot) -> None:
        metrics = [metric.id for metric in self.network.catalogue.additive()]
        with storage.scratch(self.into) as scratch:
            raw = self._with_parts(self.engine.scan(lot.paths, "rows_file"), lot, scratch)
            cells = _corrections(schema, lot)
            for part, problem in corrections.misfits(raw, cells, self.engine, self.places):
                self.faults.setdefault(part, []).append(problem)
            staged_rows = stage(corrections.correct(raw, cells), schema, metrics, self.engine)
            codes = {item.member.id: item.member.organisation_codes for item in lot.sent}
            self.engine.write(organisations.own_rows(staged_rows, schema, codes), scratch / "staged.parquet")
            staged = self.engine.scan([scratch / "staged.parquet"])
            for part, problem in organisations.not_told(staged, schema, self.engine, self.places):
                self.faults.setdefault(part, []).append(problem)
            tallied = accounts.tallies(staged, schema, self.engine)
            found = faults.find_faults(staged, tallied, schema, self.network.catalogue, self.engine, self.places)
            for part, problems in found.items():
                self.faults.setdefault(part, []).extend(problems)
            if schema.table == "figures":
                for part, problem in faults.impossible_figures(
                    staged, self.network.catalogue, self.engine, self.places
                ):
                    self.faults.setdefault(part, []).append(problem)
            if faults_of := _FAULTS_OF.get(schema.table):
                for part, problems in faults_of(staged, schema, self.engine, self.places).items():
                    self.faults.setdefault(part, []).extend(problems)
            if schema.table == "progression":
                found = progression_faults(staged, schema, self.network.catalogue, self.engine, self.places)
                for part, problems in found.items():
                    self.faults.setdefault(part, []).extend(problems)
            self._account(staged, tallied, schema, lot)
            rows = derive(_canonical(staged, schema), schema.table, self.network).drop("period_start", "period_end")
            parts = [item.part for item in lot.sent]
            written = self._write(rows, schema.table, parts, scratch)
            if schema.table == "ledger" and written:
                whose = self.engine.scan([scratch / "parts.parquet"]).select(PART, *_WHOSE).unique()
                ledger = self.engine.scan(written).join(whose, on=_WHOSE, how="inner")
                self.frames["redactions"].append(redaction_counts(ledger, self.engine))
            storage.write_frame(corrections.edits(cells), scratch / "corrected.parquet")
            corrected = self.engine.scan([scratch / "corrected.parquet"])
            self._write(accounts.edits(staged, schema, corrected), f"{schema.table}_edits", parts, scratch)

    def _with_parts(self, raw: LazyFrame, lot: _Lot, scratch: Path) -> LazyFrame:
        """The rows with what is known of their source and return: part, member, network year, first and last day."""
        rows = []
        for item in lot.sent:
            period = self.network.period_of(item.year, item.member)
            about = (item.part, item.member.id, str(item.year), period.start, period.end)
            own = lot.sources[item.part]
            rows += [(str(source.path.absolute()), source.last_full, *about) for source in own]
        columns = ["rows_file", "last_full", PART, "member", "network_year", "period_start", "period_end"]
        parts = pd.DataFrame(rows, columns=columns).astype({"last_full": "Int64"})
        storage.write_frame(parts, scratch / "parts.parquet")
        return raw.join(self.engine.scan([scratch / "parts.parquet"]), on="rows_file", how="inner").drop("rows_file")

    def _account(self, staged: LazyFrame, tallied: pd.DataFrame, schema: TableSchema, lot: _Lot) -> None:
        set_aside = accounts.set_aside_counts(staged, schema, self.engine)
        totals = accounts.find_totals(staged, set_aside, self.engine)
        account = accounts.account(tallied, schema, totals)
        waiting = accounts.disagreements(totals, schema.tolerance_pence, self.places)
        stated = {
            (item.part, source.file, source.sheet): source.stated
            for item in lot.sent
            for source in lot.sources[item.part]
        }
        waiting += accounts.unlike_stated(account, stated, schema.tolerance_pence, self.places)
        for part, problem in [*waiting, *repeated_files(staged, schema, self.engine, self.places)]:
            if not self._answered(part, problem):
                self.held.setdefault(part, []).append(problem)
        self.frames["accounts"].append(account)
        self.frames["set_aside"].append(set_aside)
        self.frames["normalised"].append(accounts.normalised_counts(tallied, schema))

    def _answered(self, part: str, problem: Problem) -> bool:
        return any(
            answer.code == problem.code and problem.where.startswith(f"{self.places[part]}, {answer.file}")
            for item in self.sent
            for answer in item.answers.answers
            if item.part == part
        )

    def _write(self, frame: LazyFrame, name: str, parts: Sequence[str], scratch: Path) -> list[Path]:
        written = []
        for part, files in self.engine.write_parts(frame, PART, scratch / name, parts).items():
            for number, file in enumerate(files):
                written.append(self.into / part / name / f"{number}.parquet")
                storage.move(file, written[-1])
        return written

    def finish(self) -> dict[str, UserError]:
        for name, frames in self.frames.items():
            whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[PART])
            by_part = dict(iter(whole.groupby(PART)))
            for item in self.sent:
                own = by_part.get(item.part, whole.head(0)).drop(columns=PART)
                named = own.assign(member=item.member.id, network_year=str(item.year))
                storage.write_frame(named, storage.made(self.into / item.part) / f"{name}.parquet")
        return {part: self._error(part) for part in sorted({*self.faults, *self.held})}

    def _error(self, part: str) -> UserError:
        if part in self.faults:
            return UserError([*self.faults[part], *self.held.get(part, [])])
        return HeldError(self.held[part])


def _corrections(schema: TableSchema, lot: _Lot) -> list[corrections.Cell]:
    """The corrections of a table's cells."""
    cells = []
    for item in lot.sent:
        sheets = {(source.file, source.sheet) for source in lot.sources[item.part]}
        told = [one for one in item.answers.corrections if (one.file, one.sheet) in sheets]
        cells += corrections.cells_of(item.part, told, schema)
    return cells


def _canonical(staged: LazyFrame, schema: TableSchema) -> LazyFrame:
    kept = staged.filter(nw.col("set_aside").is_null())
    return kept.select(PART, "member", "network_year", *ORIGIN, *schema.columns, "period_start", "period_end")
