"""One constant geography: the areas that a network names, by the codes that its directory has for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.declared.references import Recode
from anchor_analysis.engine import open_engine
from anchor_analysis.locate.postcodes import SMALL_AREAS
from anchor_analysis.locate.recodes import Recoded, recoded, successors
from anchor_analysis.locate.wards import agreement
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import reference_about, reference_table
from anchor_analysis.running.references import references_of


def in_one_geography(network: Network, workspace: storage.Workspace) -> Network:
    """The network with its wards, lists of wards and `[area] codes` under the codes that its directory has.

    Raises UserError (AN038) naming every code that the directory does not have and no recode leads from.
    """
    book = CodeBook(network, workspace)
    brought = book.brought
    codes = [brought[code].to if code in brought else code for code in network.area.codes]
    area = network.area.model_copy(update={"codes": list(dict.fromkeys(codes))})
    return network.model_copy(update={"area": area, "recoded": {code: one.to for code, one in brought.items()}})


def areas_said(network: Network, workspace: storage.Workspace, benchmark: Mapping[str, Recoded]) -> list[str]:
    """In which geography all years are counted, which codes were brought to it, and what a best fit costs.

    `benchmark` is what was brought of the benchmark's codes.
    """
    book = CodeBook(network, workspace)
    if "postcodes" not in book.about:
        return []
    said = [
        f"All years are counted in the areas of one directory, {_called(book.about['postcodes'])}: a boundary that "
        "moved between two years makes no change between them"
    ]
    if network.area.ward_from == "best_fit":
        said.append(book.cost_of_fit())
    wards = network.ward_set.wards if network.ward_set else {}
    own = recoded(network.recoded, {*network.recoded.values()}, book.recodes)
    for whose, brought in (("The network", own), ("The benchmark", benchmark)):
        said += [
            _recode_said(whose, way, wards[way.to].name if way.to in wards else way.to) for way in brought.values()
        ]
    return said


def _called(about: Mapping[str, Any]) -> str:
    return f"{about['id']} ({about['vintage']})" if about.get("vintage") else str(about["id"])


def _recode_said(whose: str, way: Recoded, name: str) -> str:
    changed = {
        True: "the boundary changed with the code, so the two are not quite the same place",
        False: "the boundary is the same",
        None: "whether the boundary changed with the code is not told",
    }
    days = " and ".join(step.date.strftime("%B %Y") for step in way.steps)
    return f"{whose} names {name} by another code, {way.code}; it is {way.to} here ({days}), and {changed[way.changed]}"


@dataclass(frozen=True)
class CodeBook:
    """The codes that a network's directory has, and the recodes by which others lead to them."""

    network: Network
    workspace: storage.Workspace

    @cached_property
    def about(self) -> dict[str, dict[str, Any]]:
        return references_of(self.network, self.workspace)

    @cached_property
    def wards(self) -> set[str]:
        """The wards that postcodes are placed in."""
        fitted = self.network.area.ward_from == "best_fit"
        return self._codes("lookup" if fitted else "postcodes", "ward")

    @cached_property
    def small_areas(self) -> set[str]:
        """All wards, LSOAs and MSOAs of the directory."""
        return self.wards.union(*(self._codes("postcodes", name) for name in SMALL_AREAS[1:]))

    @cached_property
    def recodes(self) -> list[Recode]:
        """The recodes that are declared, and those of the reference that the network names."""
        declared = self.network.catalogue.recodes
        name = self.network.reference.recodes
        if not name:
            return declared
        reference_about(self.workspace, name, "recodes")
        table = storage.read_frame(reference_table(self.workspace, name)).astype(object)
        rows = table.where(table.notna(), None)[["from_code", "to_code", "date", "geometry_changed"]]
        return [*declared, *(Recode(**row, source=name) for row in rows.to_dict("records"))]

    @cached_property
    def brought(self) -> dict[str, Recoded]:
        """How the directory calls what the network names by codes that it does not have."""
        if "postcodes" not in self.about:
            return {}
        found: dict[str, Recoded] = {}
        problems: list[Problem] = []
        for where, codes, known in self._named():
            way = recoded(codes, known, self.recodes)
            found |= way
            problems += [self._refused(code, where, known) for code in codes if code not in known and code not in way]
        if problems:
            raise UserError(problems)
        return found

    def cost_of_fit(self) -> str:
        """How often the ward that an LSOA fits best is not the ward that the directory has."""
        tables = {role: reference_table(self.workspace, self.about[role]["id"]) for role in ("postcodes", "lookup")}
        true, found = agreement(tables["postcodes"], tables["lookup"], open_engine())
        share = (
            f"the directory's own for {100 * true / found:.1f}% of {found:,} live postcodes" if found else "untested"
        )
        return f"Wards are those that LSOAs fit best, by {_called(self.about['lookup'])}: {share}"

    def _refused(self, code: str, where: str, known: Collection[str]) -> Problem:
        """What to say of a code that the directory does not have and no recode leads from."""
        parts = successors(code, self.recodes)
        near = get_close_matches(code, known, n=2, cutoff=0.8)
        remedy = (
            "Correct the code, or say what took its place: in a list of `definitions/recodes` of the network, or by a "
            "file of recodes that [reference] names."
        )
        if len(parts) > 1:
            remedy = f"It was divided into {', '.join(parts)}: name those that are meant."
        elif near:
            remedy = f"Did you mean {' or '.join(near)}? {remedy}"
        directory = self.about["postcodes"]["id"]
        what = f"{code} is not in the directory {directory}, and no recode leads from it to one that is."
        return Problem("AN038", where, what, remedy)

    def _named(self) -> list[tuple[str, list[str], set[str]]]:
        """The codes that the network names, with where, and the codes that there may be."""
        network, catalogue = self.network, self.network.catalogue
        named: list[tuple[str, list[str], set[str]]] = []
        if network.area.wards:
            named.append(
                (f"[area] wards, {network.area.wards}", list(catalogue.wards[network.area.wards].wards), self.wards)
            )
        for field in ("most_disadvantaged", "most_disadvantaged_other"):
            if name := getattr(network.area, field):
                named.append((f"[area] {field}, {name}", list(catalogue.disadvantaged[name].wards), self.wards))
        if network.area.codes:
            named.append(("[area] codes", network.area.codes, self.small_areas))
        return named

    def _codes(self, role: str, column: str) -> set[str]:
        engine = open_engine()
        table = engine.scan([reference_table(self.workspace, self.about[role]["id"])])
        if column not in table.collect_schema().names():
            what = f"{self.about[role]['id']} has no column of {column}s."
            raise UserError(Problem("AN006", f"[reference] {role}", what, "Name a lookup of LSOAs of 2021 to wards."))
        return set(engine.observe(table.select(column).unique())[column].dropna())
