"""How people are paid, counted by rate: medians do not add up, so counts of people by pay are what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.engine import Engine

PAY_COLUMNS = ["member", "network_year", "column", "group", "pence", "people"]


def pay_counts(paths: Sequence[Path], columns: Sequence[str], engine: Engine) -> pd.DataFrame:
    """How many people of each member and year are paid how much for an hour, by each of these characteristics.

    One row per member, network year, `column`, `group` of it and `pence`, which is missing where pay is not told: blank
    or nought. `people` are counted by the post that stands for each.
    """
    found = [_by(paths, column, engine) for column in sorted(set(columns))] if paths else []
    if not found:
        return pd.DataFrame(columns=PAY_COLUMNS)
    return pd.concat(found, ignore_index=True).astype({"pence": "Int64", "people": "int64"})


def _by(paths: Sequence[Path], column: str, engine: Engine) -> pd.DataFrame:
    pay = nw.col("hourly_rate_pence")
    told = nw.when(pay > 0).then(pay).alias("pence")
    rows = engine.scan(paths).filter(nw.col("person") == 1).with_columns(told, nw.col(column).alias("group"))
    by = ["member", "network_year", "group", "pence"]
    counted = engine.observe(rows.group_by(*by).agg(nw.len().alias("people")).sort(*by))
    return counted.assign(column=column)[PAY_COLUMNS]


def twice_median(counts: pd.Series, lowest: int = 0, highest: int = 0) -> int | None:
    """Twice the median of pay, in pence: of an even number of people the two middle ones together.

    `counts` gives the people by pence. So many more may be paid less than anybody, `lowest`, or more, `highest`; where
    the median is one of theirs, or there is nobody, it is None.
    """
    known = counts[counts > 0].sort_index()
    whole = lowest + int(known.sum()) + highest
    if not whole:
        return None
    upto = known.cumsum() + lowest
    middle = ((whole - 1) // 2, whole // 2)
    if middle[0] < lowest or middle[1] >= whole - highest:
        return None
    return sum(int(known.index[int((upto > place).to_numpy().argmax())]) for place in middle)
