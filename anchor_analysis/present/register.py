"""The register of an edition's claims: every sentence and every figure with what it takes to check it.

It is what claims.json holds. Its form is declared in `publish/claims.schema.json`, of which VERSION is the version. Ids
are the same in every edition: of a sentence what it says of which metric, of a figure what it is of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from anchor_analysis.present.appendix import claim_title, what_it_is
from anchor_analysis.present.claims import Claim
from anchor_analysis.present.conditions import condition_id
from anchor_analysis.present.links import Linked
from anchor_analysis.present.operands import Operands
from anchor_analysis.present.released import Cell, Facts, Released

#: The name and the version of the form that the register has.
SCHEMA, VERSION = "claims.schema.json", 1

#: The kinds of entries.
SENTENCE, FIGURE, WORD, CONDITION = "sentence", "figure", "word", "condition"

Entry = dict[str, Any]
Register = dict[str, Any]

#: By metric and table, the roles of the reference data that a figure is placed by or held against.
Depends = Callable[[str, str], Iterable[str]]


def make_register(
    cells: pd.DataFrame | Released, facts: Facts, claims: Sequence[Claim], returns: Mapping[str, Mapping[str, str]],
    depends: Depends,
) -> Register:  # fmt: skip
    """The register of what an edition says, before its pages are made.

    `returns` gives the hash of each member's return by year and member, `depends` the roles of the references that the
    figures of a metric in a table rest on.
    """
    linked = Linked(cells, facts, claims)
    figures = _Figures(linked.released, returns, depends)
    entries = [_sentence(linked, claim) for claim in claims]
    entries += [figures.entry(cell) for cell in linked.released.cells]
    entries += [_condition(about, value) for about in facts.get("conditions") or [] for value in about["values"]]
    about = {name: str(facts.get(name, "")) for name in ("network", "year", "revision")}
    return {
        "schema": SCHEMA, "version": VERSION, **about, "definitions": _definitions(facts),
        "sources": _sources(facts, returns), "claims": entries,
    }  # fmt: skip


def sentences_in(register: Register) -> list[Entry]:
    """The sentences of a register, as `read_claims` reads them."""
    names = ("id", "sentence", "parts", "cells", "about", "audience", "ladder")
    return [
        {name: entry[name] for name in names if name in entry}
        for entry in register.get("claims", [])
        if entry["kind"] == SENTENCE
    ]


def register_text(register: Register) -> str:
    """The register as JSON with each entry on a line of its own, the same for the same content."""
    head = {name: value for name, value in register.items() if name != "claims"}
    lines = ",\n".join(_line(entry) for entry in register["claims"])
    return f'{_line(head)[:-1]},"claims":[\n{lines}\n]}}\n'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))


def _sentence(linked: Linked, claim: Claim) -> Entry:
    entry = claim.as_dict() | {"kind": SENTENCE, "what": claim_title(linked, claim)}
    entry["parts"] = _joined(entry["parts"])
    return _told(entry, keep=("about", "cells", "parts"))


def _joined(parts: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Parts of which those that are words, and have no digit, are one with the words beside them."""
    joined: list[dict[str, str]] = []
    for part in parts:
        words = not part.get("cell") and not any(letter.isdigit() for letter in part["text"])
        if words and joined and joined[-1].keys() == {"text"}:
            joined[-1]["text"] += part["text"]
        else:
            joined.append({"text": part["text"]} if words else dict(part))
    return joined


def _condition(about: Mapping[str, Any], value: Mapping[str, Any]) -> Entry:
    what = f"{about['title']}, {value['name']}, {value['period']}"
    return _told(
        {
            "id": condition_id(about["id"], value["area"], value["period"]), "kind": CONDITION, "about": about["id"],
            "what": what, "shown": value["shown"], "unit": about["unit"], "interval": value["interval"],
            "source": value["source"], "released": value["released"],
        },
        keep=("about",),
    )  # fmt: skip


class _Figures:
    """Makes the entries of released cells."""

    def __init__(self, known: Released, returns: Mapping[str, Mapping[str, str]], depends: Depends):
        self.known, self.returns, self.depends = known, returns, depends
        self.operands = Operands(known)
        self._references: dict[tuple[str, str], list[str]] = {}

    def entry(self, cell: Cell) -> Entry:
        facts, of = self.known.facts, self.operands.of(cell)
        halves = {name: of.pop(name) for name in ("numerator", "denominator") if name in of}
        entry = {
            "id": cell.cell_id, "kind": WORD if cell.unit == "words" else FIGURE, "about": cell.metric,
            "what": what_it_is(facts, cell), "shown": cell.shown, "status": cell.status,
            "unit": cell.unit, **_bounds(cell), "rule": cell.rule,
            "note": cell.note, "made_of": of, "members_counted": cell.members_counted,
            "members_expected": cell.members_expected, "quality": cell.quality,
            "sources": self._sources(cell),
        }  # fmt: skip
        return _told(entry, keep=("about", "members_counted", "members_expected", "sources")) | halves

    def _sources(self, cell: Cell) -> list[str]:
        years = dict.fromkeys(year for year in (cell.since_period, cell.period) if year in self.returns)
        if cell.member:
            own = [return_id(year, cell.member) for year in years if cell.member in self.returns[year]]
        else:
            own = [returns_id(year) for year in years]
        return [*own, *self._references_of(cell.metric, cell.table)]

    def _references_of(self, metric: str, table: str) -> list[str]:
        key = (metric, table)
        if key not in self._references:
            roles = set(self.depends(metric, table))
            named = [str(one["role"]) for one in self.known.facts.get("references", [])]
            self._references[key] = [role for role in named if role in roles]
        return self._references[key]


def _sources(facts: Facts, returns: Mapping[str, Mapping[str, str]]) -> dict[str, Entry]:
    """What the entries name as sources: returns by year and member, and reference data, with their hashes."""
    found: dict[str, Entry] = {}
    for year, hashes in returns.items():
        found[returns_id(year)] = {
            "kind": "returns", "period": year, "of": [return_id(year, member) for member in sorted(hashes)],
        }  # fmt: skip
        for member, sha256 in sorted(hashes.items()):
            found[return_id(year, member)] = {"kind": "return", "period": year, "member": member, "sha256": sha256}
    for one in facts.get("references", []):
        about = {name: one[name] for name in ("id", "vintage", "sha256", "source")}
        found[str(one["role"])] = {"kind": "reference", "is": one["kind"], **about}
    return found


def returns_id(year: str) -> str:
    """What the returns of a year are called among the sources."""
    return f"returns {year}"


def return_id(year: str, member: str) -> str:
    """What one member's return of a year is called among the sources."""
    return f"return {year} {member}"


def _bounds(cell: Cell) -> dict[str, float]:
    """Between what a figure lies, where something unknown could move it."""
    return {"lower": cell.lower, "upper": cell.upper} if cell.has_bounds else {}


def _definitions(facts: Facts) -> dict[str, Entry]:
    """Of each metric the version of its definition, who checked it, and the profile that its figures keep to."""
    found = {}
    for metric, about in facts.get("definitions", {}).items():
        profile = facts.get("profiles", {}).get(about.get("protect"))
        told = {"title": about.get("title"), "version": about.get("version"), "checker": about.get("checker")}
        found[metric] = _told(told | {"protected_by": profile}, keep=())
    return found


def _told(entry: Entry, keep: Iterable[str]) -> Entry:
    """The entry without what there is nothing to say of."""
    return {name: value for name, value in entry.items() if name in keep or value not in (None, "", {}, [])}
