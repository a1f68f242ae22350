"""Programmes counted again in plain pandas, from the rows as they came and the prose of the schema and the metrics.

It uses nothing of the library and looks up only what people wrote down: the words for kinds and stages, the wards of
the area and the network's list of the most disadvantaged, and the codes that took the place of others.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
DEFINITIONS = ROOT / "anchor_analysis" / "definitions"
LIST = ROOT / "networks" / "demonstration" / "definitions" / "areas" / "demonstration_wards_2018_v1.yaml"


def count_programmes(sheet: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """One row per stage and ward: people, pence, the group of the ward, and what is known of the weeks in work.

    `after_13` is `in_work` on rows of people in work at 13 weeks, and `unknown` on rows of people who found a job in
    a cohort of which nobody told its 13 weeks; so is `after_26`.
    """
    people = pd.to_numeric(sheet["people"].replace("", None)).astype("Int64")
    cohort = [sheet["programme_id"], sheet["cohort"]]
    rows = pd.DataFrame({
        "kind": sheet["kind"].map(words("kind")), "stage": sheet["stage"].map(words("stage")),
        "people": people.fillna(0).astype("int64"), "ward_group": sheet["ward"].map(ward_group), "pence": pence(sheet),
        "costed": (sheet["cost_gbp"] != "").groupby(cohort).transform("any").astype("int64"),
    })  # fmt: skip
    assert rows.notna().all(axis=None), "a kind or stage that the schema does not know"
    for weeks in (13, 26):
        of_weeks = rows["stage"] == f"sustained_{weeks}"
        told = (of_weeks & people.notna()).groupby(cohort).transform("any")
        found_a_job = (rows["stage"] == "job") & ~told
        rows[f"after_{weeks}"] = pd.Series("", rows.index).mask(of_weeks, "in_work").mask(found_a_job, "unknown")
    return rows


def pence(sheet: pd.DataFrame) -> pd.Series:
    """The cost of a row in pence; a blank one costs nothing more."""
    return (sheet["cost_gbp"].replace("", "0").astype("float64") * 100).round().astype("int64")


def ward_group(code: str) -> str:
    """Where a ward belongs, under the code that it has today."""
    if not code:
        return "unknown"
    wards, most, today = area()
    code = today.get(code, code)
    return "elsewhere" if code not in wards else "most_disadvantaged" if code in most else "other_in_area"


@cache
def area() -> tuple[set[str], set[str], dict[str, str]]:
    """The wards of Leeds, those on the network's list, and the code of today of each that had another."""
    recodes = read_yaml(DEFINITIONS / "recodes" / "leeds_wards.yaml")["recodes"]
    today = {one["from_code"]: one["to_code"] for one in recodes}
    wards = set(read_yaml(DEFINITIONS / "areas" / "leeds_wards.yaml")["wards"])
    return wards, {today.get(code, code) for code in read_yaml(LIST)["wards"]}, today


@cache
def words(column: str) -> dict[str, str]:
    """What each spelling of a choice means, in the case in which it was written or any other."""
    categories = read_yaml(DEFINITIONS / "schema" / "programmes.yaml")["columns"][column]["categories"]
    known = {str(word).lower(): kind for kind, spellings in categories.items() for word in (kind, *spellings)}
    return {form(word): kind for word, kind in known.items() for form in (str, str.capitalize)}


def read_yaml(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
