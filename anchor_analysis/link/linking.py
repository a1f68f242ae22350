"""The same supplier across ledgers and years, and where it is: by numbers, by decisions, by names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.declared.suppliers import groups
from anchor_analysis.engine import Engine
from anchor_analysis.link.clusters import Clusters
from anchor_analysis.link.likeness import likely_pairs, splink_release
from anchor_analysis.link.pairs import (
    APART,
    LINKED,
    REVIEW,
    UNLINKED,
    pairs_by_name,
    pairs_by_number,
    verdict_of_likeness,
)
from anchor_analysis.link.records import as_records, ledger_keys

#: Pairs of like names are kept from this probability on; what is less likely stands for nothing.
LEAST_KEPT = 0.01

#: How the place of a supplier was found through others, from the surest on.
BY_ID, REVIEWED, BY_NAME = "linked_by_id", "reviewed", "linked_by_name"


@dataclass(frozen=True)
class Linked:
    """A network's suppliers.

    `records`: one row per member and supplier, with its `entity` and, where it has no place of its own, the
    `linked_postcode` and `place_from`. `pairs`: one row per pair that was looked at, with `method` (number, decision,
    name, likeness), `probability` (missing where Splink did not look), `verdict`. `lines`: one row per return and
    supplier as its ledger has it (`supplier_key`), with the same three columns. `missing` are the records that
    decisions name and that no return has. `splink` is its release, blank where it is not installed.
    """

    records: pd.DataFrame
    pairs: pd.DataFrame
    lines: pd.DataFrame
    missing: list[str]
    splink: str


def link_suppliers(named: pd.DataFrame, network: Network, engine: Engine) -> Linked:
    """The suppliers of returns, as `named_suppliers` gives what these call them, and which of them are the same.

    Numbers of registers come first, then what people decided, then equal names, then like names by their probability,
    the likeliest first. No two groups are joined that a decision holds apart, nor by a name where a register gives
    them different numbers. The same returns and decisions give the same links, whatever the order of anything.
    """
    found = link_records(as_records(named, network), network, engine)
    keys = ledger_keys(named).merge(found.records, on=["member", "key"], how="inner")
    lines = keys[["part", "supplier_key", "entity", "linked_postcode", "place_from"]]
    ordered = lines.sort_values(["part", "supplier_key"], ignore_index=True)
    return Linked(found.records, found.pairs, ordered, found.missing, found.splink)


def link_records(records: pd.DataFrame, network: Network, engine: Engine) -> Linked:
    """The same of supplier records as `as_records` gives them; without lines."""
    decided = network.suppliers_decided
    known = set(records["record"])
    numbers = {
        row.record: {kind: getattr(row, kind) for kind in ("company", "charity", "other") if getattr(row, kind)}
        for row in records.itertuples(index=False)
    }
    clusters = Clusters(records["record"], numbers, decided.not_same)
    stages: list[tuple[str, dict[str, str]]] = []
    taken = [(pair, "number", clusters.join(pair, in_spite_of_numbers=True)) for pair in pairs_by_number(records)]
    stages.append((BY_ID, clusters.all()))
    same = [pair for pair in decided.same if known.issuperset(pair)]
    taken += [(pair, "decision", clusters.join(pair, in_spite_of_numbers=True)) for pair in same]
    stages.append((REVIEWED, clusters.all()))
    pairs = _by_names(records, network, engine)
    for method in ("name", "likeness"):  # what only is alike does not make a place unclear that the name itself gives
        for pair in pairs[(pairs["method"] == method) & (pairs["verdict"] == LINKED)].itertuples(index=False):
            clusters.join((pair.first, pair.second))
        stages.append((BY_NAME, clusters.all()))
    placed = _placed(records.assign(entity=records["record"].map(clusters.all())), stages)
    missing = sorted({one for pair in (*decided.same, *decided.not_same) for one in pair} - known)
    return Linked(placed, _told(pairs, taken, clusters, network), pd.DataFrame(), missing, splink_release())


def _by_names(records: pd.DataFrame, network: Network, engine: Engine) -> pd.DataFrame:
    """Pairs by name and by likeness, those first that are joined first."""
    by_name = pairs_by_name(records).assign(method="name")
    if not splink_release():
        return by_name.assign(probability=float("nan")).sort_values(["first", "second"], ignore_index=True)
    likely = likely_pairs(records, LEAST_KEPT, engine)
    both = by_name.merge(likely, on=["first", "second"], how="outer")
    of = {row.record: row for row in records.itertuples(index=False)}
    both["verdict"] = [
        row.verdict if isinstance(row.verdict, str)
        else verdict_of_likeness(of[row.first], of[row.second], row.probability, network.suppliers)
        for row in both.itertuples(index=False)
    ]  # fmt: skip
    both["method"] = both["method"].fillna("likeness")
    order = both.assign(later=both["method"] == "likeness", unlikely=-both["probability"].fillna(0))
    order = order.sort_values(["later", "unlikely", "first", "second"], ignore_index=True)
    return order.drop(columns=["later", "unlikely"])


def _told(
    pairs: pd.DataFrame, taken: list[tuple[tuple[str, str], str, bool]], clusters: Clusters, network: Network
) -> pd.DataFrame:
    """Every pair with what became of it in the end: who is one entity is linked, whatever the pair alone says."""
    first = pd.DataFrame(
        [(*pair, method, LINKED, float("nan")) for pair, method, _ in taken],
        columns=["first", "second", "method", "verdict", "probability"],
    )
    whole = pd.concat([first, pairs], ignore_index=True)
    whole["probability"] = whole.groupby(["first", "second"])["probability"].transform("max")
    whole = whole.drop_duplicates(["first", "second"], ignore_index=True)
    decided, found = network.suppliers_decided, []
    apart, same = set(decided.not_same), groups(decided.same)
    for row in whole.itertuples(index=False):
        one, other = same.get(row.first, row.first), same.get(row.second, row.second)
        held = any((a, b) in apart for a, b in ((row.first, row.second), (one, other), (other, one)))
        joined = clusters.of(row.first) == clusters.of(row.second)
        found.append(APART if held else LINKED if joined else UNLINKED if row.verdict == LINKED else row.verdict)
    return whole.assign(verdict=found).sort_values(["first", "second"], ignore_index=True)


def _placed(records: pd.DataFrame, stages: Sequence[tuple[str, Mapping[str, str]]]) -> pd.DataFrame:
    """The records with the postcode that others of their entity have, where they have none, and how it was found.

    The surest way comes first. Where the others' postcodes lie in several districts the place is not known.
    """
    found = records.assign(linked_postcode="", place_from="none")
    for how, entities in stages:
        of_stage = found["record"].map(entities)
        known = found[found["postcode"] != ""].assign(stage=of_stage)
        one_place = known.groupby("stage")["district"].transform("nunique") == 1
        counted = known[one_place].groupby(["stage", "postcode"]).size().rename("often").reset_index()
        best = counted.sort_values(["stage", "often", "postcode"], ascending=[True, False, True])
        postcodes = of_stage.map(best.drop_duplicates("stage").set_index("stage")["postcode"])
        free = (found["postcode"] == "") & (found["place_from"] == "none") & postcodes.notna()
        found["linked_postcode"] = found["linked_postcode"].mask(free, postcodes)
        found["place_from"] = found["place_from"].mask(free, how)
    own = found["postcode"] != ""
    found["linked_postcode"] = found["linked_postcode"].mask(own, found["postcode"])
    found["place_from"] = found["place_from"].mask(own, BY_ID)
    return found


def to_review(linked: Linked) -> pd.DataFrame:
    """The pairs that a person is to decide, the likeliest first: names and places of both, probability, suggestion.

    It holds names, which may be of private persons, and so belongs in no place that is tracked or published.
    """
    of = linked.records.set_index("record")
    pairs = linked.pairs[linked.pairs["verdict"] == REVIEW].sort_values(
        ["probability", "first", "second"], ascending=[False, True, True]
    )
    sides = {
        f"{column}_{side}": pairs[record].map(of[column])
        for column in ("member", "key", "name", "postcode") for side, record in (("a", "first"), ("b", "second"))
    }  # fmt: skip
    there = {side: pairs[record].map(of["district"]) for side, record in (("a", "first"), ("b", "second"))}
    elsewhere = (there["a"] != "") & (there["b"] != "") & (there["a"] != there["b"])
    suggested = elsewhere.map({True: "not_same", False: "same"})
    return pairs[["first", "second", "probability"]].rename(columns={"first": "record_a", "second": "record_b"}).assign(
        **sides, suggested=suggested, answer="", why=""
    )  # fmt: skip
