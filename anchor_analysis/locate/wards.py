"""Wards by deprivation: in which ward each LSOA lies, and what a release of the Index says of the wards."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame

#: By what the wards are ordered, the most deprived first; equal ones by what comes next, at last by code.
ORDERS = {"top_k_by_score": ["score"], "top_k_by_share": ["share", "score"]}

_OF_LSOAS = ["lsoa", "decile", "score", "population"]


def wards_of_lsoas(directory: Path, lsoa: str, authorities: Collection[str], engine: Engine) -> pd.DataFrame:
    """The LSOAs of an area, each with the ward of most of its live postcodes: columns `lsoa`, `ward`.

    `lsoa` is the directory's column, `lsoa11` or `lsoa21`. An LSOA is in the area if that ward is. Of equal wards the
    one with more postcodes, ended ones too, is taken, then the first by code.
    """
    live = nw.when(nw.col("terminated").is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
    known = engine.scan([directory]).filter(~nw.col(lsoa).is_null(), ~nw.col("ward").is_null())
    counted = known.group_by(lsoa, "lad", "ward").agg(live.sum().cast(nw.Int64).alias("live"), nw.len().alias("all"))
    wards = engine.observe(counted).rename(columns={lsoa: "lsoa"})
    order = wards.sort_values(["lsoa", "live", "all", "ward"], ascending=[True, False, False, True])
    first = order.drop_duplicates("lsoa")
    return first.loc[first["lad"].isin(list(authorities)), ["lsoa", "ward"]].reset_index(drop=True)


def best_fit_wards(lsoas: pd.DataFrame, lookup: Path, engine: Engine) -> pd.DataFrame:
    """The same LSOAs of 2021 with the ward that a best-fit lookup gives each; missing for one that it lacks."""
    table = engine.scan([lookup])
    if "ward" not in table.collect_schema().names():  # a lookup between the LSOAs of two censuses
        return lsoas.assign(ward=None)
    fitted = engine.observe(table.select("lsoa21", "ward")).rename(columns={"lsoa21": "lsoa"})
    return lsoas[["lsoa"]].merge(fitted, on="lsoa", how="left")


def fitted_directory(directory: LazyFrame, fit: LazyFrame) -> LazyFrame:
    """A directory whose wards are those that a best-fit lookup gives to LSOAs of 2021; none for one that it lacks."""
    fitted = fit.select(nw.col("lsoa21").alias("of"), nw.col("ward").alias("fitted"))
    joined = directory.drop("ward").join(fitted, left_on="lsoa21", right_on="of", how="left")
    return joined.rename({"fitted": "ward"})


def agreement(directory: Path, lookup: Path, engine: Engine) -> tuple[int, int]:
    """Of how many live postcodes a best-fit lookup gives the true ward, and of how many it gives one."""
    fit = engine.scan([lookup]).select("lsoa21", nw.col("ward").alias("fitted"))
    live = engine.scan([directory]).filter(nw.col("terminated").is_null() & ~nw.col("ward").is_null())
    both = live.select("lsoa21", "ward").join(fit, on="lsoa21", how="inner")
    true = nw.when(nw.col("ward") == nw.col("fitted")).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)
    found = engine.observe(both.select(true.alias("true"), nw.len().cast(nw.Int64).alias("all")))
    return int(found.fillna(0).at[0, "true"]), int(found.at[0, "all"])


def ward_deprivation(lsoas: pd.DataFrame, deprivation: Path, engine: Engine) -> pd.DataFrame:
    """What a release says of each ward, one row per ward, by code.

    Columns: `lsoas` (those that are ranked), `in_decile_1`, `share` of these, `population`, and `score`, the mean of
    the LSOAs' scores weighted by population; the last two are missing where the file does not hold them for all.
    """
    table = engine.scan([deprivation])
    there = table.collect_schema().names()  # what was added by an earlier version has ranks and deciles alone
    columns = [nw.col(name) if name in there else nw.lit(None).cast(nw.Float64).alias(name) for name in _OF_LSOAS]
    ranked = lsoas.merge(engine.observe(table.select(*columns)), on="lsoa")
    thousandths = (ranked["score"].astype("Float64") * 1000).round().astype("Int64")
    people = ranked["population"].astype("Int64")
    by = ranked.assign(first=(ranked["decile"] == 1).astype("int64"), people=people, weighted=thousandths * people)
    grouped = by.sort_values("lsoa").groupby("ward")
    sums = grouped.agg(lsoas=("lsoa", "size"), in_decile_1=("first", "sum"))
    whole = {name: grouped[name].apply(lambda part: part.sum(skipna=False)) for name in ("people", "weighted")}
    score = whole["weighted"].astype("Float64") / whole["people"].astype("Float64") / 1000
    share = sums["in_decile_1"] / sums["lsoas"]
    return sums.assign(share=share, population=whole["people"], score=score).reset_index()


def in_order(wards: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The wards of `ward_deprivation`, the most deprived first by a kind of rule; ties go as ORDERS says."""
    by = ORDERS[kind]
    return wards.sort_values([*by, "ward"], ascending=[*(False for _ in by), True], ignore_index=True)
