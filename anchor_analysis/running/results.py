"""Measuring, comparing and protecting: from the located returns to what an edition may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean import ACCOUNTS
from anchor_analysis.compare import compare
from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.engine import Engine, open_engine
from anchor_analysis.locate import Geography
from anchor_analysis.measure import coder_agreement, measure, sums_from_rows, unanswered_jumps
from anchor_analysis.measure.observing import Measured, offered_metrics
from anchor_analysis.measure.sums import months_paid, rows_told
from anchor_analysis.present import make_claims
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.protect import protect
from anchor_analysis.running.areas import areas_said
from anchor_analysis.running.beside import benchmark_of, boundaries_of
from anchor_analysis.running.facts import edition_facts
from anchor_analysis.running.returns import Return
from anchor_analysis.running.told import told_figures
from anchor_analysis.running.wards import moved_lists

RESULTS_CODE = ("measure", "compare", "protect", "present", "running")


@dataclass(frozen=True)
class Inputs:
    """What results are made from."""

    network: Network
    workspace: storage.Workspace
    year: NetworkYear
    returns: Sequence[Return]
    geography: Geography
    references: Sequence[dict[str, Any]]

    @property
    def key(self) -> str:
        located = [item.located.as_posix() for item in self.returns]
        decided = self.network.model_dump_json(exclude={"folder", "definitions"})
        paths = storage.text_hash(*(path.rsplit("/", 3)[-3] + path[-16:] for path in located))
        code = storage.code_hash(*RESULTS_CODE)
        made_with = storage.to_json(storage.environment())
        parts = (paths, decided, str(self.year), self.geography.basis, self.network.catalogue.key, code, made_with)
        return storage.text_hash(*parts, *(reference["sha256"] for reference in self.references))


def make_results(inputs: Inputs) -> Path:
    """The folder with observations, findings, cells, claims and facts of a year; made only where it is not there.

    Raises HeldError (AN034) with every member's figure that jumped and nobody answered for; then nothing is made,
    and what earlier runs made stays.
    """
    folder = inputs.workspace.processed(inputs.network.id) / "results" / inputs.year.folder
    return storage.step(folder, inputs.key, lambda into: _make(inputs, into))


def _make(inputs: Inputs, into: Path) -> None:
    network = inputs.network
    observations = observed(inputs)
    if jumps := unanswered_jumps(network, observations):
        raise HeldError(jumps)
    benchmark, about_it, brought = benchmark_of(network, inputs.workspace)
    findings = compare(network, observations, inputs.year, benchmark)
    cells = protect(network, observations, findings, inputs.year)
    facts = edition_facts(network, inputs.year, inputs.references, observations, cells)
    facts["moved_lists"] = moved_lists(network, inputs.workspace)
    facts["areas"] = areas_said(network, inputs.workspace, brought)
    facts |= {"benchmark": about_it, "boundaries": boundaries_of(network, inputs.workspace)}
    claims = [claim.as_dict() for claim in make_claims(cells, facts)]
    for name, frame in {"observations": observations, "findings": findings, "cells": cells}.items():
        storage.write_frame(frame, into / f"{name}.parquet")
    for name in [*ACCOUNTS, "places"]:
        storage.write_frame(joined(inputs.returns, name), into / f"{name}.parquet")
    listened = [path for item in inputs.returns for path in storage.table_files(item.located, "listening")]
    storage.write_frame(coder_agreement(listened, open_engine()), into / "coder_agreement.parquet")
    storage.write_text(into / "edition.json", storage.to_json(facts))
    storage.write_text(into / "claims.json", storage.to_json(claims))


def observed(inputs: Inputs) -> pd.DataFrame:
    """All observations; raises UserError (AN028) for what was both counted from rows and told."""
    return measure(inputs.network, measured(inputs, open_engine()))


def measured(inputs: Inputs, engine: Engine) -> Measured:
    """What the engine sums over all returns of a network."""
    network = inputs.network
    totals, months = [], pd.DataFrame()
    breakdowns: dict[str, pd.DataFrame] = {}
    for table in network.catalogue.measured:
        metrics = [metric for metric in offered_metrics(network) if metric.table == table]
        paths = [path for item in inputs.returns for path in storage.table_files(item.located, table)]
        if not (paths and metrics):
            continue
        told_in = rows_told(paths, metrics, network.catalogue.schema[table], engine)
        totals.append(sums_from_rows(paths, metrics, engine).merge(told_in, on=_KEY, how="left"))
        if table == "ledger":
            months = months_paid(paths, engine)
        for breakdown in sorted({name for metric in metrics for name in metric.breakdowns}):
            broken = [metric for metric in metrics if breakdown in metric.breakdowns]
            found = sums_from_rows(paths, broken, engine, breakdown)
            breakdowns[breakdown] = pd.concat([breakdowns[breakdown], found]) if breakdown in breakdowns else found
    told = told_figures(inputs.returns, network, engine).drop(columns="basis")
    _refuse_both(totals, told)
    return Measured(
        pd.concat([_NO_TOTALS, *totals], ignore_index=True) if totals else _NO_TOTALS,
        breakdowns, told, months if len(months) else _NO_MONTHS, inputs.geography.basis,
        network.all_years(inputs.year),
    )  # fmt: skip


_KEY = ["member", "network_year", "metric"]
_NO_TOTALS = pd.DataFrame(columns=[*_KEY, "group", "rows", "rows_told", "numerator", "unknown", "unknown_credits"])
_NO_MONTHS = pd.DataFrame(columns=["member", "network_year", "months"])


def _refuse_both(totals: list[pd.DataFrame], told: pd.DataFrame) -> None:
    if not totals:
        return
    both = told.merge(pd.concat(totals)[_KEY], on=_KEY)
    raise_for = [
        Problem(
            "AN028",
            f"{row.member} {row.network_year}",
            f"{row.metric} is told as a figure, and the return has the rows that it is counted from.",
            "Take the figure out of figures, or the rows out of the return.",
        )
        for row in both.itertuples()
    ]
    if raise_for:
        raise UserError(raise_for)


def joined(returns: Sequence[Return], name: str) -> pd.DataFrame:
    """A frame of the account of each return, or its `places`, one below the other."""
    folders = [item.located if name == "places" else item.cleaned for item in returns]
    frames = [storage.read_frame(path) for folder in folders if (path := folder / f"{name}.parquet").is_file()]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
