"""How much of what is one supplier is found, and how much of what is found is right: `python -m tests.linkage_study`.

Suppliers are drawn with their variants as members spell them: legal form, "&", a slip of the pen, words shortened or
cut off, a town added. Beside them are those that only look alike: two companies of a group, a word more or a letter
changed, other trades under one name, names of anybody, and thousands of suppliers that only one member has. Pairs that
are trivially the same, by a number or by the name that the rules compare, are left out of both precision and recall:
they are never wrong and would hide what the probability is worth. Of the variants one half has no postcode.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.demonstration.draws import Draws
from anchor_analysis.demonstration.names import supplier_names
from anchor_analysis.demonstration.shared import GENERIC, draw_variants
from anchor_analysis.engine import open_engine
from anchor_analysis.link.likeness import likely_pairs
from anchor_analysis.link.records import as_records
from tests.spec import write_network

SEEDS = (1, 2, 3)
ENTITIES, EACH, ALONE, LOOK_ALIKES = 320, 4, 4000, 120
SITES = ("Willow", "Moss Lane", "Payments", "Nursery", "Contracts")
THRESHOLDS = (0.3, 0.4, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
DISTRICTS = 40
MEMBERS = 12
MEMBER = (
    '[[members]]\nid = "m{at}"\nname = "Member {at} Council"\nsector = "x"\njoined = 2018-04-01\nlevers = ["spender"]\n'
)


def books(seed: int) -> pd.DataFrame:
    """What members' books say, one row per entry, with the truth: which supplier it is."""
    draws = Draws(seed, "linkage study")
    rows = []
    places = _postcodes(draws, ENTITIES + ALONE + LOOK_ALIKES + len(GENERIC) * MEMBERS)
    for entity, variants in enumerate(draw_variants(seed, ENTITIES, EACH)):
        members = draws.order(MEMBERS)[:EACH].tolist()
        for member, one in zip(members, variants, strict=True):
            known = draws.below(2, 1)[0] == 0
            rows.append((entity, member, one.name, places[entity] if known else None, one.number or None))
    names, _ = supplier_names()
    for at, number in enumerate(draws.order(len(names))[:ALONE].tolist()):
        entity = ENTITIES + at
        known = draws.below(4, 1)[0] > 0
        rows.append((entity, at % MEMBERS, names[number], places[entity] if known else None, None))
    for at, name in enumerate(_look_alikes(draws, [row[2] for row in rows[: ENTITIES * EACH : EACH]])):
        entity = ENTITIES + ALONE + at
        known = draws.below(2, 1)[0] == 0
        rows.append((entity, int(draws.below(MEMBERS, 1)[0]), name, places[entity] if known else None, None))
    for at in range(len(GENERIC) * MEMBERS):
        entity = ENTITIES + ALONE + LOOK_ALIKES + at
        rows.append((entity, at % MEMBERS, GENERIC[at % len(GENERIC)], places[entity], None))
    found = pd.DataFrame(rows, columns=["entity", "member", "supplier_name", "supplier_postcode", "company_number"])
    numbers = [f"{at:05d}" for at in range(len(found))]
    found = found.assign(member="m" + found["member"].astype(str), supplier_id=numbers)
    return found.astype("object").where(found.notna(), None)


def _look_alikes(draws: Draws, names: list[str]) -> Iterator[str]:
    """Names of other firms, somewhere else: by turns with a word more, and with a letter of the first word changed."""
    for at, name in enumerate(names[:LOOK_ALIKES]):
        first, *rest = name.split()
        letter = 1 + int(draws.below(len(first) - 2, 1)[0])
        other = first[:letter] + "aeiou"[int(draws.below(5, 1)[0])] + first[letter + 1 :]
        changed = [other if other != first else f"New{first.lower()}", *rest]
        yield " ".join(changed if at % 2 else [first, *rest[:-1], SITES[at % len(SITES)], rest[-1]])


def _postcodes(draws: Draws, count: int) -> list[str]:
    letters = "ABDEFGHJLN"
    parts = zip(draws.below(DISTRICTS, count), draws.below(9, count), draws.below(100, count), strict=True)
    return [f"LX{10 + a}{1 + b}{letters[c // 10]}{letters[c % 10]}" for a, b, c in parts]


def scored(seed: int, network: Network) -> tuple[pd.DataFrame, int]:
    """The pairs that are not trivially the same, with probability and truth; and how many true ones there are."""
    told = books(seed)
    named = told.drop(columns="entity").assign(
        network_year="2023/24", part="", source="master", lines=1, charity_number=None, org_id=None
    )
    records = as_records(named, network)
    records["entity"] = records["key"].str.slice(3).map(told.set_index("supplier_id")["entity"])
    true = [pair for _, group in records.groupby("entity") for pair in combinations(sorted(group["record"]), 2)]
    of = records.set_index("record")
    likely = likely_pairs(records, 0.001, open_engine())
    sides = {side: of.loc[likely[side]].reset_index(drop=True) for side in ("first", "second")}
    likely["true"] = (sides["first"]["entity"] == sides["second"]["entity"]).to_numpy()
    likely["placed"] = ((sides["first"]["postcode"] != "") & (sides["second"]["postcode"] != "")).to_numpy()
    trivial = {pair for pair in true if _trivial(of.loc[pair[0]], of.loc[pair[1]])}
    pairs = list(zip(likely["first"], likely["second"], strict=True))
    same_name = (sides["first"]["core"] == sides["second"]["core"]).to_numpy()
    left = likely[~same_name & ~pd.Series([pair in trivial for pair in pairs])]
    return left, len([pair for pair in true if pair not in trivial])


def _trivial(one: pd.Series, other: pd.Series) -> bool:
    return one["core"] == other["core"] or (one["company"] != "" and one["company"] == other["company"])


def table(seeds: tuple[int, ...] = SEEDS) -> pd.DataFrame:
    """By threshold: pairs linked, how many rightly, precision, recall; over all seeds together."""
    with tempfile.TemporaryDirectory() as folder:
        network = write_network(Path(folder), "".join(MEMBER.format(at=at) for at in range(MEMBERS)))
        found = [scored(seed, network) for seed in seeds]
    pairs, true = pd.concat([one for one, _ in found]), sum(count for _, count in found)
    rows = []
    for threshold in THRESHOLDS:
        linked = pairs[pairs["probability"] >= threshold]
        right = int(linked["true"].sum())
        precision = right / len(linked) if len(linked) else np.nan
        rows.append((threshold, len(linked), right, precision, right / true))
    return pd.DataFrame(rows, columns=["threshold", "pairs", "right", "precision", "recall"]).assign(true=true)


def main() -> None:
    """Print the table as Markdown, for docs/suppliers.md."""
    found = table()
    print(f"{found['true'].iloc[0]:,} pairs are the same supplier and not trivially so.\n")
    print("| threshold | pairs linked | rightly | precision | recall |\n|---|---|---|---|---|")
    for row in found.itertuples():
        print(f"| {row.threshold:g} | {row.pairs:,} | {row.right:,} | {row.precision:.3f} | {row.recall:.3f} |")


if __name__ == "__main__":
    main()
