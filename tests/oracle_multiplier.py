"""The rounds of the local multiplier counted again in plain pandas, from the rows as they came and their prose."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

DEFINITIONS = Path(__file__).resolve().parents[1] / "anchor_analysis" / "definitions"


def count_rounds(sheet: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """One row per round and whom it was paid to: pence at least and more; the same of all rounds, if all are there."""
    rows = pd.DataFrame({name: sheet[name].str.lower().map(words(name)) for name in ("round", "paid_to", "basis")})
    assert rows.notna().all(axis=None), "a word that nobody declared"
    told = {name: pence(sheet[f"{name}_gbp"]) for name in ("amount", "covered", "least", "most")}
    assumed = rows["basis"] == "assumed"
    least = told["least"].where(assumed, told["amount"])
    more = (told["most"] - told["least"]).where(assumed, 0)
    paid = {whom: (least + more)[(rows["round"] == "second") & (rows["paid_to"] == whom)].sum()
            for whom in ("suppliers", "staff")}  # fmt: skip
    third = rows["round"] == "third"
    of_survey = third & (rows["basis"] == "surveyed") & told["covered"].notna()
    beyond = (rows["paid_to"].map(paid).fillna(0) - told["covered"].fillna(0)).clip(lower=0)
    more = more + beyond.where(of_survey, 0)
    followed = set(rows.loc[third, "paid_to"])
    there = set(rows["round"])
    has_third = "third" in there and all(whom in followed for whom, money in paid.items() if money > 0)
    whole = has_third and {"first", "second"} <= there
    found = {}
    for name in ("first", "second", "third"):
        of_round, has = rows["round"] == name, has_third if name == "third" else name in there
        found[f"{name}_round"] = least.where(of_round, 0).astype("Int64") if has else pd.NA
        found[f"{name}_range"] = more.where(of_round, 0).astype("Int64") if has else 0
    found["all_rounds"] = least.astype("Int64") if whole else pd.NA
    found["all_range"] = more.astype("Int64") if whole else 0
    found["first_of_all"] = found["first_round"] if whole else pd.NA
    counts = [pd.to_numeric(sheet[name].replace("", None)) for name in ("asked", "responses")]
    both = counts[0].notna() & counts[1].notna()
    for name, count in zip(("survey_asked", "survey_answered"), counts, strict=True):
        found[name] = count.where(both).where(rows["basis"] == "surveyed", 0).astype("Int64")
    return pd.DataFrame(found, index=rows.index)


def pence(cells: pd.Series) -> pd.Series:
    return (pd.to_numeric(cells.replace("", None)) * 100).round()


@cache
def words(column: str) -> dict[str, str]:
    schema = yaml.safe_load((DEFINITIONS / "schema" / "local_multiplier.yaml").read_text(encoding="utf-8"))
    categories = schema["columns"][column]["categories"]
    return {str(word).lower(): kind for kind, spoken in categories.items() for word in (kind, *spoken)}
