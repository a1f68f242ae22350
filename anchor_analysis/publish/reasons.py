"""Why a cell differs between two editions, as far as their manifests and facts tell.

A reason is something that a cell is made from and that is another in the two editions. That it is another is sure; that
it moved the cell is not, since a return is told by its hash and not by what changed within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from anchor_analysis.declared import load_catalogue, parse_year
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.declared.years import years_between
from anchor_analysis.present.released import Cell
from anchor_analysis.publish.editions import EditionContent

NOT_KNOWN = "not known"

#: What is said of a return.
RETURN = re.compile(r"return of (?P<member>\S+) (?P<year>\S+) (?P<what>changed|came|went)")

_BETWEEN = "; "

#: Of a definition, what a figure is counted by; the rest is what is said of it.
_COUNTING = (
    "kind", "table", "numerator", "denominator", "unknown", "unit", "timing", "rates", "bounds_only", "breaks",
    "protect", "factors",
)  # fmt: skip

#: References that go into whatever is placed, beside the one that a column is declared to be made from.
_PLACING = ("recodes", "lookup")

Change = tuple[str, str]


def known_reasons(text: str) -> list[str]:
    """The single reasons of the text that `Reasons.of` gives."""
    return text.split(_BETWEEN)


class Reasons:
    """What is another in two editions, and to which cells that can matter."""

    def __init__(self, before: EditionContent, after: EditionContent):
        self.was, self.now = before.facts, after.facts
        self.made_from, self.makes = before.manifest, after.manifest
        self.returns = self._returns()
        self.references = self._references()
        self.releases = self._releases()

    def of(self, cells: Sequence[Cell], protection_moved: bool = False) -> str:
        """The candidate reasons for a cell as it stands in one edition or in both, or `not known`.

        With `protection_moved`, it is withheld in one of them alone, for which returns of all members can be why.
        """
        found = [
            *self._of_returns(cells, protection_moved), *self._of_members(cells, protection_moved),
            *self._of_baseline(cells), *self._of_definition(cells[0]), *self._of_references(cells[0]),
            *self._of_protection(cells[0]), *self._of_all_definitions(cells[0]), *self.releases,
        ]  # fmt: skip
        return _BETWEEN.join(dict.fromkeys(reason.replace(";", ",") for reason in found)) or NOT_KNOWN

    # --- returns and members ---

    def _returns(self) -> dict[Change, str]:
        """What became of each return that is not the same in both, by member and year."""
        if not ("returns" in self.made_from and "returns" in self.makes):
            return {}
        found = changed(self.made_from["returns"], self.makes["returns"])
        split = {name: name.rpartition("/") for name in found}
        return {(member, str(parse_year(year))): found[name] for name, (member, _, year) in split.items()}

    def _of_returns(self, cells: Sequence[Cell], of_all: bool) -> Iterator[str]:
        years = {year for cell in cells for year in _years(cell)}
        direct = {
            key: what for key, what in self.returns.items()
            if key[1] in years and (of_all or cells[0].member in ("", key[0]))
        }  # fmt: skip
        yield from (f"return of {member} {year} {what}" for (member, year), what in direct.items())
        others = len(self.returns) - len(direct)
        if others and self._placed_by_suppliers(cells[0]):
            returns = "another return" if others == 1 else f"{others} other returns"
            yield f"{returns} came, went or changed, and suppliers are placed by what all returns tell of them"

    def _placed_by_suppliers(self, cell: Cell) -> bool:
        definition = self._definition(cell.metric)
        return definition.get("protect") == "spend" and bool(self._needs(cell))

    def _of_members(self, cells: Sequence[Cell], of_all: bool) -> Iterator[str]:
        """What network.toml says of the members and of their returns."""
        own, years = cells[0].member, {year for cell in cells for year in _years(cell)}
        was, now = self._told("members"), self._told("members", later=True)
        if was is not None and now is not None:
            joined = [{one["id"]: one["joined"] for one in told} for told in (was, now)]
            for member in changed(*joined):
                if of_all or own in ("", member):
                    yield _joined(member, joined[0].get(member), joined[1].get(member))
        was, now = self._told("coverage_notes"), self._told("coverage_notes", later=True)
        if was is not None and now is not None:
            notes = [{(one["member"], one["year"]): one for one in told} for told in (was, now)]
            for (member, year), what in changed(*notes).items():
                if year in years and (of_all or own in ("", member)):
                    yield f"the coverage note on {member} {year} {what}"

    def _told(self, name: str, later: bool = False) -> list[dict[str, Any]] | None:
        return (self.now if later else self.was).get(name)

    def _of_baseline(self, cells: Sequence[Cell]) -> Iterator[str]:
        since = [cell.since_period for cell in reversed(cells)]
        if len(since) == 2 and since[0] != since[1]:
            yield f"compared with {since[1]}, before with {since[0]}"

    # --- definitions ---

    def _definition(self, metric: str) -> dict[str, Any]:
        known = _part(self.was, "definitions") | _part(self.now, "definitions")
        return dict(known.get(metric, {}))

    def _of_definition(self, cell: Cell) -> Iterator[str]:
        """Whether the metric, or one that it divides, is declared otherwise; and whether its table is declared."""
        if not (_part(self.was, "definitions") and _part(self.now, "definitions")):
            return
        yield from self._of_declared("metric", "measured", "definitions", cell.metric)
        if _part(self.was, "tables") and _part(self.now, "tables"):
            yield from self._of_declared("table", "declared", "tables", cell.table)
        for metric in self._with_parts(cell.metric):
            was, now = self.was["definitions"].get(metric), self.now["definitions"].get(metric)
            if not was or not now:
                continue
            if was["version"] != now["version"]:
                yield f"definition of {metric}: version {was['version']} to {now['version']}"
            elif any(was[name] != now[name] for name in _COUNTING if name in was and name in now):
                yield f"definition of {metric} changed within version {now['version']}"

    def _of_declared(self, kind: str, how: str, part: str, name: str) -> Iterator[str]:
        was, now = name in self.was[part], name in self.now[part]
        if was != now:
            yield f"{kind} {name} is {how} {'now, and was not' if now else 'no more'}"

    def _with_parts(self, metric: str) -> list[str]:
        definitions = [_part(facts, "definitions").get(metric, {}) for facts in (self.was, self.now)]
        operands = [one.get(name) or {} for one in definitions for name in ("numerator", "denominator")]
        return list(dict.fromkeys([metric, *(one["metric"] for one in operands if one.get("metric"))]))

    def _of_all_definitions(self, cell: Cell) -> Iterator[str]:
        was, now = self.made_from.get("definitions"), self.makes.get("definitions")
        if was and now and was != now and not any(self._of_definition(cell)):
            yield "definitions changed, though not the version of this metric"

    # --- references ---

    def _references(self) -> dict[str, str]:
        """What became of the reference in each role, for those that are not the same in both."""
        if not ("references" in self.was and "references" in self.now):
            return {}
        was, now = (
            {one.get("role", one["kind"]): one for one in facts["references"]} for facts in (self.was, self.now)
        )
        hashes = [{role: one["sha256"] for role, one in about.items()} for about in (was, now)]
        return {role: _replaced(was.get(role), now.get(role)) for role in changed(*hashes)}

    def _needs(self, cell: Cell) -> set[str]:
        """What a cell's figure is placed by: postcodes, deprivation, wards, by the metric and by its breakdown."""
        facts = (self.was, self.now)
        needed = {
            kind for one in facts
            for kind in _part(one, "definitions").get(cell.metric, {}).get("made_from", [])
        }  # fmt: skip
        if cell.group:
            columns = {name for one in facts for name in _breakdown(_part(one, "tables"), cell.table).split(BOTH)}
            needed |= {kind for name in columns for kind in _placed_columns().get(name, ())}
        return needed

    def _of_references(self, cell: Cell) -> Iterator[str]:
        needed = self._needs(cell)
        for role, what in self.references.items():
            placing = role in _PLACING and needed
            if role in needed or placing or (role == "benchmark" and cell.kind == "benchmark"):
                yield f"reference {role}: {what}"
        for field, kind in (("disadvantaged", "wards"), ("disadvantaged_other", "wards_other")):
            was, now = ((facts.get(field) or {}) for facts in (self.was, self.now))
            if kind in needed and was.get("wards") != now.get("wards"):
                yield f"the list of wards changed: {was.get('name', 'none')} to {now.get('name', 'none')}"
        was, now = (facts.get("populations") for facts in (self.was, self.now))
        if cell.kind == "population" and was is not None and now is not None and was != now:
            yield "the populations in network.toml changed"

    # --- protection and code ---

    def _of_protection(self, cell: Cell) -> Iterator[str]:
        definitions = [_part(facts, "definitions").get(cell.metric, {}) for facts in (self.was, self.now)]
        for kind in dict.fromkeys(one["protect"] for one in definitions if one.get("protect")):
            for field, called in (("profiles", "disclosure profile"), ("confidentiality", "confidentiality")):
                was, now = (_part(facts, field).get(kind) for facts in (self.was, self.now))
                if was and now and was != now:
                    yield f"{called} of {kind}: {was} to {now}"
        was, now = self.was.get("unknowns_delta"), self.now.get("unknowns_delta")
        if cell.item == "verdict" and was is not None and now is not None and was != now:
            yield f"unknowns_delta, by which verdicts are given: {was} to {now}"

    def _releases(self) -> list[str]:
        was, now = _part(self.made_from, "environment"), _part(self.makes, "environment")
        moved = [f"{name} {was[name]} to {now[name]}" for name in sorted(was.keys() & now.keys())
                 if was[name] != now[name]]  # fmt: skip
        return [f"made with other releases: {', '.join(moved)}"] if moved else []


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(told.get(name) or {})


def changed(was: dict[Any, Any], now: dict[Any, Any]) -> dict[Any, str]:
    """What became of each entry that is not the same in both: it changed, came or went."""
    found = {}
    for name in sorted({*was, *now}):
        if was.get(name) != now.get(name):
            found[name] = "changed" if name in was and name in now else "came" if name in now else "went"
    return found


def _joined(member: str, was: str | None, now: str | None) -> str:
    if was and now:
        return f"member {member} joined on {now}, before on {was}"
    return f"member {member} is in network.toml {'now, and was not' if now else 'no more'}"


def _replaced(was: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    if not was or not now:
        one = was or now or {}
        return f"{one['id']} {'came' if now else 'went'}"
    return f"{was['id']} has another content" if was["id"] == now["id"] else f"{was['id']} to {now['id']}"


def _years(cell: Cell) -> set[str]:
    """The years whose returns a cell is made from; what is summed since a baseline, from all years in between."""
    if cell.kind == "reductions" and cell.since_period:
        return {str(year) for year in years_between(parse_year(cell.since_period), parse_year(cell.period))}
    return {cell.period, cell.since_period} - {""}


def _breakdown(tables: dict[str, Any], table: str) -> str:
    """By what a table is broken down: of one that holds another's figures against something, by what that one is."""
    about = tables.get(table, {})
    return str(about.get("breakdown") or tables.get(about.get("of", ""), {}).get("breakdown", ""))


@cache
def _placed_columns() -> dict[str, set[str]]:
    """The columns that placing fills, in whichever table, each with what it is made from."""
    found: dict[str, set[str]] = {}
    for table in load_catalogue().schema.values():
        for name, column in table.measurable.items():
            found.setdefault(name, set()).update(column.made_from)
    return found
