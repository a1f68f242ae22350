"""What of an edition can be worked out, and what its carriers give away, as problems that hold no figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.attack import Found, Measures, attack
from anchor_analysis.audit.carriers import (
    Carried,
    carried_by,
    faulty_sentences,
    given_away,
    misprinted,
    notebook_texts,
    notebooks_of,
    read_folder,
)
from anchor_analysis.audit.descriptions import FIGURE, figures_of_nobody, told_in_words
from anchor_analysis.audit.markup import Markup
from anchor_analysis.audit.quantities import Definitions, Statement
from anchor_analysis.audit.reading import Reading, Told, reading_of
from anchor_analysis.audit.truth import truth_of
from anchor_analysis.declared import Network
from anchor_analysis.measure.observing import observation_id
from anchor_analysis.present import Released

#: What can be done, what costs least to readers first.
REMEDY = (
    "In this order: an agreement of whom it concerns; batching with other changes, until a difference is no longer "
    "theirs alone; withholding the revised cell, or more cells with it; a correction note without the figure."
)

#: What an observation is of, in the order of its id.
OBSERVED = ("metric", "network_year", "scope", "member", "breakdown", "group")

#: So many cells and equations are named for one finding.
MOST_NAMED = 6


class Fault(NamedTuple):
    """What is wrong where, by which code."""

    code: str
    where: str
    what: str


def faults_of(
    folder: Path, network: Network, earlier: Sequence[Path] = (), observations: pd.DataFrame | None = None,
    contributors: pd.DataFrame | None = None, pages: Mapping[str, Markup] | None = None,
) -> list[Fault]:  # fmt: skip
    """What an edition's folder gives away: figures of withheld cells in its files, and what can be worked out.

    `earlier` are the folders of releases that readers have too. By `observations` it is known what of them is still so,
    and each range that is left of what is withheld is held to how wide its rule asks it to be, with `contributors` also
    by who makes a sum of money; and in a network whose members have figures in confidence, each member is tried as one
    that knows its own. Its `pages` are read here where that has not been done.
    """
    cells, facts = storage.read_frame(folder / "cells.parquet"), storage.read_json(folder / "edition.json")
    known = Released(cells, facts)
    carried = carried_by(folder, known, read_folder(folder) if pages is None else pages)
    in_words = tuple(told_in_words(carried.descriptions, known))
    reading = reading_of(cells, facts, network, (*carried.told, *in_words), _manifest(folder))
    faults = list(_faults_of_carriers(folder, known, carried, in_words))
    before = [read_edition(path, network) for path in earlier]
    return [*faults, *_worked_out(reading, before, network, _measures(reading, observations, contributors))]


def read_edition(folder: Path, network: Network) -> Reading:
    """An earlier edition by its cells, which its own audit held its other files to."""
    facts = storage.read_json(folder / "edition.json")
    return reading_of(storage.read_frame(folder / "cells.parquet"), facts, network, manifest=_manifest(folder))


def _manifest(folder: Path) -> dict[str, Any]:
    """What an edition says that it was made from, if it does."""
    path = folder / "manifest.json"
    return storage.read_json(path) if path.is_file() else {}


def _faults_of_carriers(folder: Path, known: Released, carried: Carried, in_words: Sequence[Told]) -> Iterator[Fault]:
    for place, what in misprinted(carried.told, known):
        yield Fault("AN040", place, what)
    for place, what in faulty_sentences(folder):
        yield Fault("AN040", place, what)
    plain = [(place, text) for place, notebook in notebooks_of(folder).items() for text in notebook_texts(notebook)]
    alone = [*figures_of_nobody(carried.descriptions, known), *figures_of_nobody(plain, known, FIGURE)]
    for place, what in dict.fromkeys(alone):
        yield Fault("AN040", place, what)
    for place, cell in given_away([*carried.told, *in_words], known):
        yield Fault("AN052", place, f"gives a figure of {cell}, which is withheld.")


def _measures(reading: Reading, observations: pd.DataFrame | None, contributors: pd.DataFrame | None) -> Measures:
    """The true sums by an edition's definitions, and what the largest suppliers make of them."""
    if observations is None:
        return Measures()
    rows = contributors.to_dict("records") if contributors is not None else []
    suppliers = {observation_id(*(row[name] for name in OBSERVED)): row for row in rows}
    return Measures(truth_of(observations, Definitions(reading.facts["definitions"], reading.catalogue)), suppliers)


def _worked_out(reading: Reading, earlier: Sequence[Reading], network: Network, measures: Measures) -> Iterator[Fault]:
    kinds = [kind for kind, level in network.confidentiality.model_dump().items() if level == "confidential"]
    kept = [_distinct(one, number) for number, one in enumerate(earlier)]
    attacked = attack([*kept, reading], kinds, measures)
    for found in attacked.found:
        yield Fault("AN052", _where(found), said_of(found))
    if attacked.contradictory:
        named = "; ".join(_named(attacked.contradictory))
        yield Fault("AN040", "cells.parquet", f"prints figures that cannot all be so: {named}.")


def _distinct(reading: Reading, number: int) -> Reading:
    """An earlier edition under a name that no other has."""
    return replace(reading, name=reading.name or f"earlier edition {number + 1}")


def _where(found: Found) -> str:
    return found.target.cells[0] if found.target.cells else "cells.parquet"


def said_of(found: Found) -> str:
    """A finding in a sentence: what can be told of what, as whom, and by which cells and equations."""
    whom = f" by {found.as_member}, who knows its own figures" if found.as_member else ""
    edition = f" of {found.target.edition}" if found.target.edition else ""
    return f"{found.target.words}{edition} {found.fault}{whom}, from: {'; '.join(_named(found.by)) or 'itself'}."


def _named(statements: Sequence[Statement]) -> list[str]:
    """Statements in words, with the cells that they stand in."""
    named = list(dict.fromkeys(_one(statement) for statement in statements))
    more = ["and others"] if len(named) > MOST_NAMED else []
    return named[:MOST_NAMED] + more


def _one(statement: Statement) -> str:
    cells = f" [{', '.join(statement.cells)}]" if statement.cells else ""
    edition = f" ({statement.edition})" if statement.edition else ""
    return f"{statement.words}{cells}{edition}"
