"""Measuring, comparing and protecting: from the located returns to what an edition may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean import ACCOUNTS
from anchor_analysis.compare import compare
from anchor_analysis.declared import Metric, Network, NetworkYear
from anchor_analysis.engine import Engine, open_engine
from anchor_analysis.locate import Geography
from anchor_analysis.measure import (
    assessor_agreement,
    coder_agreement,
    measure,
    scores_given,
    sums_from_rows,
    unanswered_jumps,
)
from anchor_analysis.measure.contributors import CONTRIBUTOR_COLUMNS, OBSERVATION, supplier_contributors
from anchor_analysis.measure.observing import Measured, offered_metrics
from anchor_analysis.measure.pay import pay_counts
from anchor_analysis.measure.sums import combined, months_paid, supplier_places
from anchor_analysis.present import make_claims, make_register, register_text
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.publish.ledger import Entry, ledger_of
from anchor_analysis.running.areas import areas_said
from anchor_analysis.running.beside import benchmark_of, boundaries_of, deflator_of
from anchor_analysis.running.facts import edition_facts
from anchor_analysis.running.finding import Return
from anchor_analysis.running.registering import Depends, hashes_of, totals_checked
from anchor_analysis.running.released import Told, cannot_be_kept, released_before, releases_of
from anchor_analysis.running.returns import linked_suppliers
from anchor_analysis.running.told import told_figures
from anchor_analysis.running.wards import moved_lists

if TYPE_CHECKING:
    from anchor_analysis.protect import Protected

RESULTS_CODE = ("rounding.py", "measure", "compare", "protect", "present", "running")


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
        return self._key_after(self.releases)

    @cached_property
    def releases(self) -> list[Entry]:
        """The releases that bear on what may be told, oldest first.

        Where a release of this year was made of just this, it is those before it, so that it is found to be done.
        """
        entries = [entry for entry in ledger_of(self.workspace, self.network.id) if entry["kind"] == "released"]
        own = [at for at, entry in enumerate(entries) if entry["year"] == str(self.year)]
        if own:
            folder = self.workspace.editions(self.network.id) / self.year.folder / entries[own[-1]]["revision"]
            if storage.recalled(folder / "manifest.json").get("results") == self._key_after(entries[: own[-1]]):
                return entries[: own[-1]]
        return entries

    @cached_property
    def engine(self) -> Engine:
        """One engine for all of it, of the kind that the workspace's rows are computed on."""
        return open_engine(self.workspace.engine, self.workspace.processed(self.network.id))

    @property
    def hashes(self) -> dict[str, str]:
        """The hash of each return, by `member/year`, as manifests have them."""
        return {f"{item.member}/{item.year.folder}": item.inputs for item in self.returns}

    def _key_after(self, releases: Sequence[Entry]) -> str:
        decided = self.network.model_dump_json(exclude={"folder", "definitions"})
        paths = storage.text_hash(*(item.member + item.located.name for item in self.returns))
        code = storage.code_hash(*RESULTS_CODE)
        made_with = storage.to_json(storage.environment())
        parts = (paths, decided, str(self.year), self.geography.basis, self.network.catalogue.key, code, made_with)
        told = [f"{entry['year']} {entry['revision']} {entry['edition_hash']}" for entry in releases]
        return storage.text_hash(*parts, *(reference["sha256"] for reference in self.references), *told)


def make_results(inputs: Inputs) -> Path:
    """The folder with observations, findings, cells, claims and facts of a year; made only where it is not there.

    Raises HeldError (AN034) with every member's figure that jumped and nobody answered for; then nothing is made,
    and what earlier runs made stays.
    """
    return storage.step(_results_of(inputs), inputs.key, lambda into: _make(inputs, into))


def results_folder_of(inputs: Inputs) -> Path:
    """Where the results stand that are made from just this, if they were."""
    return storage.step_folder(_results_of(inputs), inputs.key)


def _results_of(inputs: Inputs) -> Path:
    return inputs.workspace.processed(inputs.network.id) / "results" / inputs.year.folder


def _make(inputs: Inputs, into: Path) -> None:
    from anchor_analysis.protect import protect  # takes half a second, and where nothing is to be made is not needed

    network = inputs.network
    observations = observed(inputs)
    if jumps := unanswered_jumps(network, observations):
        raise HeldError(jumps)
    benchmark, about_it, brought = benchmark_of(network, inputs.workspace)
    scored = [path for item in inputs.returns for path in storage.table_files(item.located, "progression")]
    scores = scores_given(scored, inputs.engine)
    staffed = [path for item in inputs.returns for path in storage.table_files(item.located, "workforce")]
    pay = pay_counts(staffed, [gap.column for gap in network.catalogue.gaps.values()], inputs.engine)
    findings = compare(
        network, observations, inputs.year, benchmark, scores, pay, deflator_of(network, inputs.workspace)
    )
    told = releases_of(network, inputs.workspace, inputs.releases)
    before = released_before(told, inputs.year, lambda year: compare(network, observations, year), inputs.hashes)
    contributors = contributors_of(inputs, inputs.engine, observations)
    protected = protect(network, observations, findings, inputs.year, contributors, before)
    if protected.decided.unsafe:
        raise UserError(cannot_be_kept(network, protected.decided.unsafe, told))
    cells = protected.cells
    facts = edition_facts(network, inputs.year, inputs.references, observations, cells)
    facts["editions"] = [{name: entry[name] for name in ("year", "revision", "released")} for entry in inputs.releases]
    facts["moved_lists"] = moved_lists(network, inputs.workspace)
    facts["areas"] = areas_said(network, inputs.workspace, brought)
    facts |= {"benchmark": about_it, "boundaries": boundaries_of(network, inputs.workspace)}
    facts["deflator"] = next((about for about in facts["references"] if about["role"] == "deflator"), {})
    facts["checks"] = totals_checked(joined(inputs.returns, "accounts"))
    register = make_register(cells, facts, make_claims(cells, facts), hashes_of(inputs.returns), Depends(network))
    made = {
        "observations": observations, "findings": findings, "cells": cells, "why_withheld": protected.why,
        "contributors": contributors,
    }  # fmt: skip
    for name, frame in made.items():
        storage.write_frame(frame, into / f"{name}.parquet")
    for name in [*ACCOUNTS, "places"]:
        storage.write_frame(joined(inputs.returns, name), into / f"{name}.parquet")
    listened = [path for item in inputs.returns for path in storage.table_files(item.located, "listening")]
    storage.write_frame(coder_agreement(listened, inputs.engine), into / "coder_agreement.parquet")
    _write_suppliers(inputs, into)
    storage.write_frame(scores, into / "scores.parquet")
    storage.write_frame(assessor_agreement(scored, inputs.engine), into / "assessor_agreement.parquet")
    storage.write_text(into / "protection.json", storage.to_json(_protection(protected, told)))
    storage.write_text(into / "edition.json", storage.to_json(facts))
    storage.write_text(into / "claims.json", register_text(register))


def _protection(protected: Protected, released: Sequence[Told]) -> dict[str, Any]:
    """What protection did, for the sign-off: figures, how many are withheld, what that cost, which releases it knew."""
    decided = protected.decided
    return {
        "figures": decided.figures, "withheld": len(decided.withheld), "lost": round(decided.lost, 4),
        "proven": decided.proven, "released_before": [content.name for _, content in released],
    }  # fmt: skip


def _write_suppliers(inputs: Inputs, into: Path) -> None:
    """How payments were placed, and by what suppliers were found again: for the analyst, in no edition."""
    ledgers = [path for item in inputs.returns for path in storage.table_files(item.located, "ledger")]
    storage.write_frame(supplier_places(ledgers, inputs.engine), into / "supplier_places.parquet")
    linked = linked_suppliers(inputs.returns, inputs.network, inputs.workspace, inputs.engine)
    about = storage.read_json(linked / "linked.json") if linked else {}
    storage.write_text(into / "suppliers.json", storage.to_json({k: v for k, v in about.items() if k != "by_part"}))


def observed(inputs: Inputs) -> pd.DataFrame:
    """All observations; raises UserError (AN028) for what was both counted from rows and told."""
    return measure(inputs.network, measured(inputs, inputs.engine))


def contributors_of(inputs: Inputs, engine: Engine, observations: pd.DataFrame) -> pd.DataFrame:
    """Which part of each sum of the ledger its largest suppliers make, as `measure.supplier_contributors` has it.

    One row per observation of the additive metrics of money whose disclosure profile names dominance by supplier, and
    none for others. It tells what single suppliers were paid, and is in no edition.
    """
    network = inputs.network
    paths = [path for item in inputs.returns for path in storage.table_files(item.located, "ledger")]
    schema, found = network.catalogue.schema["ledger"], [_NO_CONTRIBUTORS]
    for n, metrics in _dominated_by_suppliers(network).items():
        with storage.scratch(inputs.workspace.processed(network.id)) as scratch:
            found.append(supplier_contributors(paths, metrics, n, observations, schema, engine, scratch))
    return pd.concat(found, ignore_index=True)


def _dominated_by_suppliers(network: Network) -> dict[int, list[Metric]]:
    """The metrics of the ledger to whose profile the largest suppliers matter, by how many of them it looks at."""
    by_number: dict[int, list[Metric]] = {}
    for metric in offered_metrics(network):
        money = metric.kind == "additive" and metric.table == "ledger" and metric.unit == "gbp"
        rule = network.profile(metric.protect).dominance if money else None
        if rule and "supplier" in rule.by:
            by_number.setdefault(rule.n, []).append(metric)
    return by_number


def measured(inputs: Inputs, engine: Engine) -> Measured:
    """What the engine sums over all returns of a network."""
    network = inputs.network
    totals, months = [], pd.DataFrame()
    broken: dict[str, list[pd.DataFrame]] = {}
    with storage.scratch(inputs.workspace.processed(network.id)) as scratch:
        for table in network.catalogue.measured:
            schema = network.catalogue.schema[table]
            metrics = [metric for metric in offered_metrics(network) if metric.table == table]
            paths = [path for item in inputs.returns for path in storage.table_files(item.located, table)]
            if not (paths and metrics):
                continue
            rows = combined(paths, metrics, schema, engine, scratch / f"{table}.parquet")
            totals.append(sums_from_rows(rows, metrics, schema, engine))
            if table == "ledger":
                months = months_paid(paths, engine)
            for breakdown in sorted({name for metric in metrics for name in metric.breakdowns}):
                of = [metric for metric in metrics if breakdown in metric.breakdowns]
                broken.setdefault(breakdown, []).append(sums_from_rows(rows, of, schema, engine, breakdown))
    breakdowns = {name: pd.concat(frames) for name, frames in broken.items()}
    told = told_figures(inputs.returns, network, engine).drop(columns="basis")
    _refuse_both(totals, told)
    return Measured(
        pd.concat([_NO_TOTALS, *totals], ignore_index=True) if totals else _NO_TOTALS,
        breakdowns, told, months if len(months) else _NO_MONTHS, inputs.geography.basis,
        network.all_years(inputs.year),
    )  # fmt: skip


_KEY = ["member", "network_year", "metric"]
_NO_TOTALS = pd.DataFrame(columns=[*_KEY, "group", "rows", "rows_told", "numerator", "unknown", "unknown_credits"])
_NO_CONTRIBUTORS = pd.DataFrame(
    {name: pd.Series(dtype="str" if name in OBSERVATION else "Int64") for name in CONTRIBUTOR_COLUMNS}
)
_NO_MONTHS = pd.DataFrame(columns=["member", "network_year", "months"])


def _refuse_both(totals: list[pd.DataFrame], told: pd.DataFrame) -> None:
    """What rows count, and not what they leave untold, such as leavers in an extract that dropped them."""
    if not totals:
        return
    counted = pd.concat(totals)
    counted = counted[counted["rows_told"].astype("Int64").fillna(1) > 0]
    both = told.merge(counted[_KEY], on=_KEY)
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
    frames = [
        storage.read_frame(folder / f"{name}.parquet") for folder in folders if storage.has(folder, f"{name}.parquet")
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
