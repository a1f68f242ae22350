"""Scores counted again in plain pandas, from the rows as they came and the prose of the schema and the frameworks.

It uses nothing of the library and looks up only what people wrote down: the frameworks and the words of the schema.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

DEFINITIONS = Path(__file__).resolve().parents[1] / "anchor_analysis" / "definitions"


def count_progression(sheet: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """One row per dimension, by the assessor whose code comes first: its level, what is below the target, evidence."""
    cells = sheet.map(str.strip)
    frameworks, called = named()
    rows = pd.DataFrame({
        "assessor": cells["assessor"], "framework": cells["framework"].map(lambda text: called.get(text.lower(), "")),
        "level": cells["level"].map(level), "target": cells["target"].map(level),
        "none": cells["not_applicable"].str.lower().isin(["yes", "y", "1", "true"]), "goal": cells["goal"],
        "evidenced": (cells["evidence"] != "").map({True: "yes", False: "no"}),
    })  # fmt: skip
    assert rows["framework"].isin(list(frameworks)).all(), "a framework that nobody declared"
    pairs = zip(rows["framework"], cells["dimension"], strict=True)
    rows["dimension"] = [today(framework, id_of(frameworks[framework], text)) for framework, text in pairs]
    rows = rows.sort_values(["dimension", "goal", "assessor", "framework"])
    of_score = rows.groupby(["dimension", "goal"])
    rows["second"] = of_score["level"].shift(-1)
    rows = rows[of_score.cumcount() == 0]
    below = rows["target"] - rows["level"]
    reached = below.clip(lower=0).map({0: "reached", 1: "1", 2: "2", 3: "3"})
    whole, scored = rows["goal"] == "", rows["level"].notna()
    return rows.assign(
        to_target=reached.fillna("no_target"), score=(whole & scored).astype("int64"),
        goal_score=(~whole & scored).astype("int64"), without=(whole & rows["none"]).astype("int64"),
    )  # fmt: skip


def level(text: str) -> float:
    """The level that a cell names, in figures or words; missing where it is blank."""
    words = {"basic starting point": "1", "best practice": "4"}
    text = text.lower().removeprefix("level ")
    return float(words.get(text, text)) if text else float("nan")


def id_of(framework: dict[str, Any], text: str) -> str:
    """The dimension of a framework that is named by its id or its title."""
    (found,) = (name for name, one in framework["dimensions"].items() if text.lower() in (name, one["title"].lower()))
    return str(found)


def today(framework: str, dimension: str) -> str:
    """The dimension under which the newest version that carries it has it."""
    frameworks, _ = named()
    for name, one in frameworks.items():
        before = one.get("maps_from", {})
        if before.get("framework") == framework and before["dimensions"].get(dimension):
            return today(name, before["dimensions"][dimension])
    return dimension


@cache
def named() -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The shipped frameworks by id, and the id that each id or title names."""
    paths = sorted((DEFINITIONS / "frameworks").glob("*.yaml"))
    found = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}
    return found, {word.lower(): name for name, one in found.items() for word in (name, one["title"])}
