"""What is known of every postcode that returns have: each is looked up once, however many rows have it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.locate.area import AreaCodes, codes_of
from anchor_analysis.locate.postcodes import SMALL_AREAS, known_elsewhere, locate_postcodes
from anchor_analysis.locate.wards import fitted_directory


@dataclass(frozen=True)
class Geography:
    """The reference tables that a network names, and `basis`: which they are, by their content.

    `lsoa_column` is the directory's column with the LSOAs that `deprivation` ranks, and so with those of `_other`.
    `fit` is the lookup of LSOAs to wards, where wards are taken from it and not from the directory.
    """

    postcodes: Path | None
    deprivation: Path | None
    lsoa_column: str
    basis: str
    deprivation_other: Path | None = None
    lsoa_column_other: str = "lsoa21"
    fit: Path | None = None


def directory_of(geography: Geography, engine: Engine) -> LazyFrame | None:
    """The directory that a network names; with wards by the best fit of LSOAs where it says so."""
    if geography.postcodes is None:
        return None
    directory = engine.scan([geography.postcodes])
    return fitted_directory(directory, engine.scan([geography.fit])) if geography.fit else directory


def distinct(codes: LazyFrame) -> LazyFrame:
    """One row per postcode that some rows have in their one column `code`; blank for rows without one."""
    return codes.select(nw.col("code").fill_null("")).unique()


def places_of(
    codes: LazyFrame, network: Network, geography: Geography, directory: LazyFrame | None, engine: Engine
) -> LazyFrame:
    """What is known of postcodes, of rows as `distinct` gives them: `code`, and what stands below.

    `place` (in_area, elsewhere, unknown), `class` (one of postcodes.CLASSES), `terminated`; `lad` and `region` wherever
    it is; the smaller areas of what lies in the area; and `ward_group`, `decile`, `decile_group`, each of them twice:
    by what the network names first, and by the `_other` release and list.
    """
    postcode = nw.when(nw.col("code") != "").then(nw.col("code"))
    found = locate_postcodes(codes.with_columns(postcode.alias("postcode")), "postcode", directory)
    found = found.with_columns(_place(network, directory, engine).alias("place"))
    releases = [("", geography.deprivation, geography.lsoa_column),
                ("_other", geography.deprivation_other, geography.lsoa_column_other)]  # fmt: skip
    for suffix, table, lsoa in releases:
        found = _with_decile(found, table, lsoa, f"decile{suffix}", engine)
    return found.select(
        "code", "place", "terminated", nw.col("postcode_class").alias("class"),
        *(_anywhere(name).alias(name) for name in ("lad", "region")),
        *(_inside(nw.col(name)).alias(name) for name in SMALL_AREAS),
        *(column for suffix, _, _ in releases for column in _groups(network, suffix)),
    )  # fmt: skip


def _place(network: Network, directory: LazyFrame | None, engine: Engine) -> nw.Expr:
    area = network.area
    own = AreaCodes(area.local_authorities)
    if directory is not None:
        own = codes_of(area.local_authorities, area.codes, directory, engine)
    elsewhere = nw.col("postcode_class").is_in(known_elsewhere([*area.local_authorities, *area.codes]))
    meant = nw.when(elsewhere).then(nw.lit("elsewhere")).otherwise(nw.lit("unknown"))
    return nw.when(nw.col("lad").is_null()).then(meant).otherwise(own.place())


def _with_decile(frame: LazyFrame, table: Path | None, lsoa: str, name: str, engine: Engine) -> LazyFrame:
    """The decile of each LSOA under one release, missing where none is named."""
    if table is None:
        return frame.with_columns(nw.lit(None).cast(nw.Int64).alias(name))
    deciles = engine.scan([table]).select(nw.col("lsoa").alias(f"{name}_lsoa"), nw.col("decile").alias(name))
    return frame.join(deciles, left_on=lsoa, right_on=f"{name}_lsoa", how="left")


def _groups(network: Network, suffix: str) -> list[nw.Expr]:
    ward, decile = nw.col("ward"), nw.col(f"decile{suffix}")
    most = ward.is_in(network.wards_named.get(f"wards{suffix}", []))
    return [
        _group(ward, most, "most_disadvantaged").alias(f"ward_group{suffix}"),
        _group(decile, decile == 1, "most_deprived_tenth").alias(f"decile_group{suffix}"),
        _inside(decile.cast(nw.String)).alias(f"decile{suffix}"),
    ]


def _anywhere(area: str) -> nw.Expr:
    """An area's code; where there is none `elsewhere` or `unknown`."""
    place = nw.col("place")
    none = nw.when(place == "in_area").then(nw.lit("unknown")).otherwise(place)
    return nw.when(nw.col(area).is_null()).then(none).otherwise(nw.col(area))


def _inside(area: nw.Expr) -> nw.Expr:
    """An area's code for what lies in the network's area; else `elsewhere` or `unknown`."""
    place = nw.col("place")
    coded = nw.when(area.is_null()).then(nw.lit("unknown")).otherwise(area)
    return nw.when(place == "in_area").then(coded).otherwise(place)


def _group(area: nw.Expr, belongs: nw.Expr, name: str) -> nw.Expr:
    """The group of what lies in the area; unknown where it is in the area and only the smaller area is not known."""
    place = nw.col("place")
    group = nw.when(belongs).then(nw.lit(name)).otherwise(nw.lit("other_in_area"))
    known = nw.when(area.is_null()).then(nw.lit("unknown")).otherwise(group)
    return nw.when(place == "in_area").then(known).otherwise(place)
