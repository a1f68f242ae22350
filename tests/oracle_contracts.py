"""Contracts counted again in plain pandas, from the rows as they came and the prose of the schema."""

from __future__ import annotations

from datetime import date

import pandas as pd


def count_contracts(sheet: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """One row per contract: its pence, whether social value was asked for, and what is told of it."""
    weighting, committed, delivered = (
        pd.to_numeric(sheet[f"social_value_{name}"].replace("", None))
        for name in ("weighting_percent", "committed_gbp", "delivered_gbp")
    )
    asked = (weighting > 0) | (committed > 0)
    unknown = weighting.isna() & committed.isna()
    social_value = pd.Series("not_asked", sheet.index).mask(asked, "asked").mask(unknown, "unknown")
    told = {name: (amount * 100).round().mask(social_value == "not_asked", 0).astype("Int64")
            for name, amount in (("committed", committed), ("delivered", delivered))}  # fmt: skip
    pence = (sheet["value_gbp"].astype("float64") * 100).round().astype("int64")
    return pd.DataFrame({"contract": 1, "pence": pence, "social_value": social_value, **told})
