"""The two doors: `open_edition` gives what may be shown, `open_network` gives the analyst everything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import present, storage
from anchor_analysis.compare import Deflator
from anchor_analysis.declared import Network, load_network
from anchor_analysis.declared.answers import AboutReturn
from anchor_analysis.measure.ordinal import OrdinalModel, ordinal_model
from anchor_analysis.present import about
from anchor_analysis.present.interactive import Interactive, ShowsFrames
from anchor_analysis.present.names import Names
from anchor_analysis.problems import Problem, UserError, unknown
from anchor_analysis.publish import profile
from anchor_analysis.publish.editions import read_content, sealed_edition
from anchor_analysis.publish.revisions import compare_editions
from anchor_analysis.publish.schemas import read_register


@dataclass(frozen=True)
class NetworkResults(ShowsFrames):
    """Everything that was measured of a network up to a year, for the analyst; not for publication."""

    network: Network
    year: str
    folder: Path

    def _frame(self, name: str) -> pd.DataFrame:
        return storage.read_frame(self.folder / f"{name}.parquet")

    @cached_property
    def metrics(self) -> Names:
        """The measured metrics, completed by a tab: `net.metrics.staff` is the id, `net.metrics["staff"]` its title."""
        known = self.network.catalogue.metrics
        return Names("metric", {name: known[name].title for name in sorted(set(self.observations["metric"]))})

    @cached_property
    def observations(self) -> pd.DataFrame:
        """One row per member or network, year, metric and group; columns as `measure.OBSERVATION_COLUMNS`."""
        return self._frame("observations")

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row per comparison, panel and part; columns as `compare.FINDING_COLUMNS`."""
        return self._frame("findings")

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """One row per source file and sheet: rows and pence read, kept, set aside, and its own total."""
        return self._frame("accounts")

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """One row per source file and reason: rows set aside, and their value in pence."""
        return self._frame("set_aside")

    @cached_property
    def edits(self) -> pd.DataFrame:
        """One row per source file, column and rule: in how many cells only the form was changed."""
        return self._frame("normalised")

    @cached_property
    def redactions(self) -> pd.DataFrame:
        """One row per source file and class: ledger rows whose supplier's name was taken out, and their pence."""
        return self._frame("redactions")

    @cached_property
    def answers(self) -> pd.DataFrame:
        """One row per answer in answers.toml: member, network_year, what was decided, of what, and the reason.

        `decided` is accepted, corrected or left out. Empty where nothing was held.
        """
        told = self.network.answered
        rows: list[tuple[str, str, AboutReturn]] = [("accepted", one.metric or one.file, one) for one in told.answers]
        rows += [("corrected", f"{one.file}, row {one.row}, {one.column}", one) for one in told.corrections]
        rows += [("left out", one.file, one) for one in told.left_out]
        columns = ["member", "network_year", "decided", "of", "reason"]
        found = [(one.member, str(one.network_year), what, of, one.reason) for what, of, one in rows]
        return pd.DataFrame(found, columns=columns).sort_values(columns[:4], ignore_index=True)

    @cached_property
    def places(self) -> pd.DataFrame:
        """One row per member, year, table, place and class of why not: how many rows."""
        return self._frame("places")

    @cached_property
    def supplier_places(self) -> pd.DataFrame:
        """One row per member, year, way of placing and place: payments to suppliers, and their pence."""
        return self._frame("supplier_places")

    @cached_property
    def linkage(self) -> dict[str, Any]:
        """By what suppliers were found again, and how many: `splink` its release or blank, `records`, `entities`.

        `pairs` counts pairs by what became of them, `missing` are records that decisions name and no return has. Empty
        where there are no payments.
        """
        linkage: dict[str, Any] = storage.read_json(self.folder / "suppliers.json")
        return linkage

    @cached_property
    def coder_agreement(self) -> pd.DataFrame:
        """One row per year: items that two people coded, how many alike, that share, and Cohen's kappa."""
        return self._frame("coder_agreement")

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per member, year and dimension: the level that counts, the assessor's code, the framework."""
        return self._frame("scores")

    @cached_property
    def assessor_agreement(self) -> pd.DataFrame:
        """One row per year and dimension, and of all (blank): scores by two assessors, alike, weighted kappa."""
        return self._frame("assessor_agreement")

    def ordinal_model(self, dimension: str = "") -> OrdinalModel:
        """How levels go with the years, of a dimension or of all; refused, with the reason, where data are too few."""
        return ordinal_model(self.scores, dimension)

    @cached_property
    def deflator(self) -> Deflator:
        """The deflator that network.toml names; raises UserError (AN006) where it names none, or one not added."""
        return self._deflator(self.network.reference.deflator)

    @cached_property
    def deflators(self) -> list[Deflator]:
        """Each vintage of the deflator that network.toml names, that of `deflator` first; none where it names none."""
        reference = self.network.reference
        return [self._deflator(name) for name in (reference.deflator, reference.deflator_other) if name]

    def _deflator(self, name: str) -> Deflator:
        workspace = storage.find_workspace()
        from anchor_analysis.read import reference_about, reference_table  # with a database, which no page needs

        about = reference_about(workspace, name, "deflator")
        return Deflator.of_table(about, storage.read_frame(reference_table(workspace, name)))

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per member and metric, one column per year: the statuses."""
        whole = self.observations[(self.observations["scope"] == "member") & (self.observations["breakdown"] == "")]
        grid = whole.pivot(index=["member", "metric"], columns="network_year", values="status")
        return grid.rename_axis(columns=None).reset_index()

    def __repr__(self) -> str:
        return f"{self.network.about.name} up to {self.year}: {len(self.observations):,} observations (internal)"


def _draft() -> Path | None:
    """The folder that a notebook of a run is given, and nothing beside it."""
    given = os.environ.get(storage.DRAFT)
    return Path(given) if given else None


def open_network(network: str, year: str = "") -> NetworkResults:
    """What was measured of a network up to a year (its latest, if not given), whole and unprotected.

    Raises UserError: AN002 for an unknown network, AN003 for an unknown year, AN008 where nothing was run yet.
    """
    workspace = storage.find_workspace()
    declared = load_network(workspace, network)
    chosen = declared.year(year) if year else declared.latest
    if draft := _draft():
        return NetworkResults(declared, str(chosen), draft)
    current = workspace.pointed_to(network, chosen.folder)
    folder = workspace.processed(network) / current.get("results", "none")
    if not storage.is_there(folder):
        what = (
            f"what was measured for {chosen} is not here whole."
            if current
            else f"nothing has been measured for {chosen}."
        )
        remedy = f"Run `anchor-analysis run {network} --year {chosen}` first."
        raise UserError(Problem("AN008", network, what, remedy))
    return NetworkResults(declared, str(chosen), folder)


@dataclass(frozen=True)
class Edition(Interactive):
    """A released edition, or a draft of one: its protected cells, its sentences, its facts."""

    folder: Path
    audience = "public"

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per released cell; columns as `protect.CELL_COLUMNS`."""
        return storage.read_frame(self.folder / "cells.parquet")

    @cached_property
    def _released(self) -> present.Released:
        """The cells, indexed once for all that is shown of them."""
        return present.Released(self.cells, self.facts)

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        """The sentences with a number in them, each with the ids of its cells."""
        return present.sentences_in(self.register)

    @cached_property
    def register(self) -> dict[str, Any]:
        """What claims.json holds: every sentence and figure, its operands, members, rule, sources and pages."""
        return read_register(self.folder)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the edition states beside its numbers: network, year, members, references, definitions."""
        facts: dict[str, Any] = storage.read_json(self.folder / "edition.json")
        return facts

    def revisions(self, earlier: Edition) -> pd.DataFrame:
        """What differs in this edition from an earlier one: one row per cell, with why as far as is known.

        Columns as `publish.revisions.REVISION_COLUMNS`. Raises UserError (AN042) for an edition of another network.
        """
        return compare_editions(read_content(earlier.folder), read_content(self.folder))

    def answer(self) -> present.Shown:
        """What changed, for whom, and how sure that is: each in a sentence or two."""
        return present.answer(self._released, self.facts, self.claims)

    def cards(self, *metrics: str) -> present.Shown:
        """Headline cards: value, change, like-for-like, verdict, members counted, bounds."""
        return present.cards(self._released, self.facts, metrics, self.claims)

    def sentences(self, *metrics: str, since: str = "previous") -> present.Shown:
        """What is said of these metrics, since the year before or since the `baseline`."""
        return present.sentences_about(self._released, self.facts, *metrics, claims=self.claims, since=since)

    def benchmark(self, metric: str) -> present.Shown:
        """What is said of a metric by area beside the network's benchmark, if it names one."""
        return present.against_benchmark(self._released, self.facts, metric, self.claims)

    def table(self, table: str, **filters: str) -> present.Shown:
        """A declared table; `filters` keep the cells whose columns hold these values."""
        return present.table(self._released, self.facts, table, **filters)

    def chart(self, kind: str, metric: str = "", since: str = "previous") -> present.Chart:
        """A chart with its alt text: `trend`, `like_for_like`, `parts`, `map`, `benchmark` or `conditions`."""
        return present.chart(self._released, self.facts, kind, metric, since)

    def coverage(self) -> present.Shown:
        """Who reported what in which year."""
        return present.coverage(self._released, self.facts)

    def actions(self) -> present.Shown:
        """What communities said by theme, what members did about it, what would show it, and where nothing is done."""
        return present.actions(self._released, self.facts)

    def conditions(self) -> present.Shown:
        """What official statistics say of the place, apart from what members did."""
        return present.conditions(self.facts)

    def limits(self, lever: str = "") -> present.Shown:
        """What is unknown, missing, refused, withheld, or cannot be compared: of the first page, or of a lever's."""
        return present.limits(self._released, self.facts, self.claims, lever)

    def sources(self, lever: str = "") -> present.Shown:
        """Where each number of the first page, or of a lever's, comes from: definition, members, bounds, rule, cell."""
        return present.sources(self._released, self.facts, self.claims, lever)

    def about(self, metric: str) -> MetricEdition:
        """What the edition tells of one metric; raises UserError (AN004) for one that it does not know."""
        if metric not in self.facts["definitions"]:
            raise unknown("AN004", "metric", metric, self.facts["definitions"])
        return MetricEdition(self.folder, metric)

    def __repr__(self) -> str:
        return f"{self.facts['name']}, {self.facts['year']}: {len(self.cells):,} released cells"


@dataclass(frozen=True)
class MetricEdition(Edition):
    """What an edition tells of one metric, and of others only what stands beside it."""

    metric: str

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per released cell of the metric; columns as `protect.CELL_COLUMNS`."""
        whole = Edition(self.folder)
        return about.cells_about(whole.cells, whole.facts, self.metric)

    @cached_property
    def register(self) -> dict[str, Any]:
        """What claims.json holds about the metric."""
        return about.register_about(Edition(self.folder).register, self.metric)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the edition states beside its numbers, of all metrics only this one."""
        return about.facts_about(Edition(self.folder).facts, self.metric)

    def definition(self) -> present.Shown:
        """What is declared of the metric: the question, what is counted, what is unknown, protection, caveats."""
        return about.definition(self.facts, self.metric)

    def sentences(self, *metrics: str, since: str = "previous") -> present.Shown:
        """What is said of the metric, since the year before or since the `baseline`."""
        return super().sentences(*(metrics or [self.metric]), since=since)

    def chart(self, kind: str, metric: str = "", since: str = "previous") -> present.Chart:
        """A chart of the metric with its alt text."""
        return super().chart(kind, metric or self.metric, since)

    def tables(self) -> Sequence[present.Shown]:
        """Every declared table, as far as it is about the metric."""
        return about.tables(self._released, self.facts, self.metric)

    def limits(self, lever: str = "") -> present.Shown:
        """What is unknown, missing, refused, withheld, or cannot be compared, of the metric."""
        return present.limits(self._released, self.facts, self.claims, metric=self.metric)

    def sources(self, lever: str = "") -> present.Shown:
        """Where each number in a sentence about the metric comes from."""
        return present.sources(self._released, self.facts, self.claims, metric=self.metric)

    def __repr__(self) -> str:
        return f"{self.metric}: {super().__repr__()}"


def open_edition(network: str, year: str = "", revision: str = "") -> Edition:
    """An edition by network, year (the latest, if not given) and revision (the newest, if not given).

    Raises UserError (AN002, AN003, AN008) where there is none, AN040 where it is not as it was sealed, AN065 where a
    later release of the library made it. While an edition is being made, the notebooks
    that run for it are given its draft.
    """
    if draft := _draft():
        return Edition(draft)
    workspace = storage.find_workspace()
    load_network(workspace, network)
    return Edition(sealed_edition(workspace, network, year, revision).folder)


@dataclass(frozen=True)
class Profile:
    """What a member reported, exact and unprotected, beside what an edition shows of the network: for it alone."""

    own: pd.DataFrame
    cells: pd.DataFrame
    facts: dict[str, Any]
    audience = "member"

    def figures(self, year: str = "") -> present.Shown:
        """The member's figures of a year, or of all, each beside the network's."""
        return self._shown(self._of(year), f"Your figures{f', {year}' if year else ', every year'}", groups=False)

    def groups(self, year: str = "") -> present.Shown:
        """The member's figures by group, of a year or of all, each beside the network's."""
        return self._shown(self._of(year), f"Your figures by group{f', {year}' if year else ''}", groups=True)

    def _of(self, year: str) -> pd.DataFrame:
        return self.own[self.own["network_year"] == year] if year else self.own

    def _shown(self, own: pd.DataFrame, title: str, groups: bool) -> present.Shown:
        frame = profile.figures(own, self.cells, self.facts, groups)
        return present.grid(frame, title, headings=2) if len(frame) else present.nothing(f"{title}: there are none.")

    def notes(self) -> present.Shown:
        """What was decided about the member's returns, with the reasons."""
        columns = ["year", "tables", "status", "reason"]
        notes = pd.DataFrame(self.facts["coverage_notes"], columns=columns)
        notes["tables"] = notes["tables"].map(", ".join)
        return present.grid(notes, "Decided about your returns") if len(notes) else present.nothing(NOTHING_DECIDED)

    def __repr__(self) -> str:
        return f"{self.facts['members'][0]['name']}: {len(self.own):,} figures of its own (for this member alone)"


#: What stands in a profile where no decision was made.
NOTHING_DECIDED = "Nothing was decided about your returns: they came whole, and were taken as they are."


def open_profile(network: str, member: str, year: str = "") -> Profile:
    """A member's own figures up to a year (the network's latest, if not given), beside those of its edition.

    Raises UserError: AN029 for no member, otherwise as `open_network` and `open_edition`. A notebook that runs for a
    member is given that member's figures, and no other's.
    """
    if draft := _draft():
        own = storage.read_frame(draft / "observations.parquet")
        return Profile(own, storage.read_frame(draft / "cells.parquet"), storage.read_json(draft / "edition.json"))
    net = open_network(network, year)
    who = net.network.member(member, "member").id
    edition = open_edition(network, net.year)
    own = profile.own_observations(net.observations, who)
    return Profile(own, profile.beside_member(edition.cells, own), profile.facts_for_member(edition.facts, own, who))
