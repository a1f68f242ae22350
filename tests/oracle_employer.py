"""Who came and left, who people are, apprentices, and who is paid a living wage: in plain pandas, from the schema."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd


def recruited(posts: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """`recruit` and `recruit_unknown` of posts.

    Posts have `employee, person` and the day `start`; `staff` is whether the contract is one of staff.
    """
    day = pd.Timestamp(snapshot)
    first_day = day - pd.DateOffset(years=1) + pd.Timedelta(days=1)
    found = pd.DataFrame({"recruit": 0, "recruit_unknown": 0}, index=posts.index)
    staff = posts[posts["staff"]]
    earlier = staff.loc[staff["start"] < first_day, "employee"]
    undated = staff.loc[staff["start"].isna(), "employee"]
    new = (posts["person"] == 1) & ~posts["employee"].isin(earlier)
    no_day = posts["employee"].isin(undated)
    found.loc[new & ~no_day, "recruit"] = 1
    found.loc[new & no_day, "recruit_unknown"] = 1
    return found


def left(posts: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """`at_start` and `leaver` of posts, on one row of each person; both missing where the extract does not reach back.

    Posts have what `recruited` needs, and `leave, primary, fte_e5, number, employed`.
    """
    day = pd.Timestamp(snapshot)
    eve = day - pd.DateOffset(years=1)
    staff = posts[posts["staff"]]
    there = staff[~(staff["start"] > eve) & ~(staff["leave"] < eve)]
    here = set(posts.loc[posts["employed"] == 1, "employee"])
    ended = staff["leave"].between(eve, day, inclusive="left") & ~(staff["start"] > day)
    order = staff.assign(ended=ended).sort_values(
        ["employed", "ended", "primary", "fte_e5", "number"], ascending=[False, False, False, False, True]
    )
    one = order.drop_duplicates("employee")
    one = one[one["employee"].isin(set(there["employee"]))]
    gone = one[~one["employee"].isin(here)]
    last = there[there["employee"].isin(gone["employee"])].groupby("employee")["leave"].max()
    if not (last <= eve + pd.DateOffset(months=1)).any():
        return pd.DataFrame({"at_start": pd.NA, "leaver": pd.NA}, index=posts.index)
    return pd.DataFrame({
        "at_start": posts.index.isin(one.index).astype("int64"), "leaver": posts.index.isin(gone.index).astype("int64"),
    }, index=posts.index)  # fmt: skip


def characteristics(sheet: pd.DataFrame, categories: dict[str, dict[str, list[str]]]) -> pd.DataFrame:
    """Sex, ethnicity, disability and age band of each row; unknown where the cell is blank."""
    words = {
        name: {word.lower(): kind for kind, known in kinds.items() for word in (kind, *known)}
        for name, kinds in categories.items()
    }
    found = {name: sheet[name].str.lower().map({"": "unknown"} | of) for name, of in words.items()}
    frame = pd.DataFrame(found, index=sheet.index)
    assert frame.notna().all(axis=None), "a word for a characteristic that the schema does not know"
    return frame


def apprentices(sheet: pd.DataFrame) -> pd.Series:
    """`yes`, `no` or `unknown` for each row of an extract, by its flag or the name of its pay scale."""
    flag, scale = sheet["apprentice"].str.lower(), sheet["pay_scale"]
    is_one = flag.isin(["yes", "y", "1", "true"]) | scale.str.lower().str.contains("apprentice", regex=False)
    told = (flag != "") | (scale != "")
    return pd.Series("unknown", sheet.index).mask(told, "no").mask(is_one, "yes")


def living_wage(
    sheet: pd.DataFrame, pence: pd.Series, snapshot: date, rates: list[dict[str, Any]], by: str
) -> pd.Series:
    """`at_least`, `below` or `unknown` for each row; it is unknown too where no rate is there for the day."""
    newest = {}
    for rate in sorted(rates, key=lambda one: one[by]):
        if rate[by] <= snapshot:
            newest[rate["of"]] = round(float(rate["value"]) * 100)
    in_london = sheet["works_in_london"].str.lower().isin(["yes", "y", "1", "true"])
    rate = pd.Series(newest.get("uk"), sheet.index, dtype="float64").mask(in_london, newest.get("london"))
    known = rate.notna() & (pence > 0)
    return (
        pd.Series("unknown", sheet.index)
        .mask(known & (pence >= rate), "at_least")
        .mask(known & (pence < rate), "below")
    )
