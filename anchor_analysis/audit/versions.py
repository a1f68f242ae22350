"""What became since an earlier edition of what its sums are made of: returns, definitions, what rows are placed by.

Manifests give one hash for each return, so everybody with two editions knows whose returns changed between them. What
rests on the others is the same sum in both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anchor_analysis.audit.membership import is_named
from anchor_analysis.audit.quantities import Quantity, Rows, Who
from anchor_analysis.audit.reading import Reading
from anchor_analysis.declared import Catalogue

#: Of what an edition says of a metric, what it is counted by; the rest is what is said of it.
_COUNTING = (
    "kind", "table", "numerator", "denominator", "unknown", "unit", "timing", "rates", "bounds_only", "factors",
    "version",
)  # fmt: skip

#: References that go into whatever is placed.
_PLACING = frozenset({"recodes", "lookup"})


@dataclass(frozen=True)
class Since:
    """What is another today than in an earlier edition.

    `labels` has for each member and year whose return is another the first edition that was made from the one of then;
    None where an edition does not say what it was made from. `otherwise` are metrics that are counted otherwise,
    `replaced` the references that are others, and `rated` what is counted by rates that may have moved.
    """

    edition: str
    catalogue: Catalogue
    otherwise: frozenset[str]
    replaced: frozenset[str]
    rated: frozenset[tuple[str, str]]
    labels: Mapping[tuple[str, str], str] | None

    def moved(self, period: str) -> Who:
        """The members whose return of a year changed, came or went."""
        years = period.split("..")
        return frozenset(member for member, year in self.labels or {} if year in years)

    def rests_on_returns(self, rows: Rows) -> bool:
        """Whether nothing but returns can have moved a sum over some rows, as far as editions tell."""
        return self.labels is not None and not self._is_placed_otherwise(rows)

    def _is_placed_otherwise(self, rows: Rows) -> bool:
        if (rows.table, rows.column) in self.rated:
            return True
        columns = self.catalogue.schema[rows.table].measurable if rows.table in self.catalogue.schema else {}
        placed = [columns[name].made_from for name, _ in rows.where if name in columns]
        needed = {kind for kinds in placed for kind in kinds}
        return bool(needed & self.replaced) or bool(needed and _PLACING & self.replaced)

    def pieces(self, quantity: Quantity) -> list[Quantity]:
        """A sum that is no longer what it was: what rests on returns of then apart from what is the same today."""
        if not (self.rests_on_returns(quantity.rows) and is_named(quantity.who)):
            return [quantity._replace(epoch=self.edition)]
        by_label: dict[str, set[str]] = defaultdict(set)
        for member in quantity.who:
            by_label[(self.labels or {}).get((member, quantity.period), "")].add(member)
        return [quantity._replace(who=frozenset(who), epoch=label) for label, who in sorted(by_label.items())]


def since_of(readings: Sequence[Reading]) -> dict[str, Since]:
    """By the name of each edition but the last, what is another in the last one."""
    *earlier, now = readings
    return {then.name: _since(then, now, earlier) for then in earlier}


def _since(then: Reading, now: Reading, earlier: Sequence[Reading]) -> Since:
    metrics = [metric for metric in then.definitions.metrics if metric in now.definitions.metrics]
    otherwise = frozenset(metric for metric in metrics if _counted(then, metric) != _counted(now, metric))
    rated = _rated(now) if then.made_by != now.made_by else frozenset()
    return Since(then.name, now.catalogue, otherwise, _replaced(then, now), rated, _labels(then, now, earlier))


def _counted(reading: Reading, metric: str) -> list[Any]:
    """By what a metric is counted, and what it divides, as an edition has it."""
    definitions = reading.definitions
    parts = dict.fromkeys(part.id for part in (definitions.of(metric), *definitions.parts(metric)) if part)
    return [[definitions.said_of(part).get(name) for name in _COUNTING] for part in parts]


def _rated(reading: Reading) -> frozenset[tuple[str, str]]:
    """The columns of canonical tables that metrics count by rates."""
    definitions = [reading.definitions.of(metric) for metric in reading.definitions.metrics
                   if reading.definitions.said_of(metric).get("rates")]  # fmt: skip
    return frozenset((one.rows.table, one.rows.column) for one in definitions if one.rows)


def _replaced(then: Reading, now: Reading) -> frozenset[str]:
    """The references, by role, and the list of wards that are others."""
    was, is_ = (_references(reading) for reading in (then, now))
    roles = {role for role in was.keys() | is_.keys() if was.get(role) != is_.get(role)} if was and is_ else set()
    for field, kind in (("disadvantaged", "wards"), ("disadvantaged_other", "wards_other")):
        lists = [(reading.facts.get(field) or {}).get("wards") for reading in (then, now)]
        roles |= {kind} if all(field in one.facts for one in (then, now)) and lists[0] != lists[1] else set()
    return frozenset(roles)


def _references(reading: Reading) -> dict[str, str]:
    return {one.get("role") or one["kind"]: one["sha256"] for one in reading.facts.get("references", [])}


def _labels(then: Reading, now: Reading, earlier: Sequence[Reading]) -> dict[tuple[str, str], str] | None:
    if then.returns is None or now.returns is None:
        return None
    years = {year for _, year in then.returns} & {year for _, year in now.returns}
    found = {}
    for key in sorted(then.returns.keys() | now.returns.keys()):
        sent = then.returns.get(key)
        if key[1] in years and sent != now.returns.get(key):
            first = (one.name for one in earlier if sent and (one.returns or {}).get(key) == sent)
            found[key] = next(first, then.name)
    return found
