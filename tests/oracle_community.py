"""Items of listening projects counted again in plain pandas, from the rows as they came and the prose of the schema.

It uses nothing of the library and looks up only what people wrote down: the words of the schema and of the codebook.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from tests.oracle_services import area, ward_group

DEFINITIONS = Path(__file__).resolve().parents[1] / "anchor_analysis" / "definitions"


def count_listening(sheet: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """One row per item, with `item` 1: that of the coder whose name comes first; `second` is the next one's theme."""
    in_order = sheet.sort_values(["item_id", "coder"])
    kind, theme = in_order["kind"].str.lower().map(words("kind")), in_order["theme"].str.lower().map(themes())
    source = in_order["source"].str.lower().map({"": "unknown"} | words("source"))
    assert pd.concat([kind, theme, source]).notna().all(), "a word that nobody declared"
    rows = pd.DataFrame({"item_id": in_order["item_id"], "ward": in_order["ward"], "kind": kind, "theme": theme})
    rows["ward_group"], rows["source"] = rows["ward"].map(ward_group), source
    in_area = rows["ward_group"].isin(["most_disadvantaged", "other_in_area"])
    rows["ward_in_area"] = rows["ward"].replace(area()[2]).where(in_area, rows["ward_group"])
    of_item = rows.groupby("item_id")
    rows["second"] = of_item["theme"].shift(-1)
    return rows[of_item.cumcount() == 0].assign(item=1)


@cache
def words(column: str) -> dict[str, str]:
    schema = yaml.safe_load((DEFINITIONS / "schema" / "listening.yaml").read_text(encoding="utf-8"))
    categories = schema["columns"][column]["categories"]
    return {word.lower(): kind for kind, words in categories.items() for word in (kind, *words)}


@cache
def themes() -> dict[str, str]:
    """The theme of each spelling of the shipped codebook."""
    codebook = yaml.safe_load((DEFINITIONS / "codebooks" / "listening_v1.yaml").read_text(encoding="utf-8"))
    found = {}
    for name, theme in codebook["themes"].items():
        found |= {word.lower(): name for word in (name, theme["title"], *theme["spellings"])}
    return found
