"""Locating cleaned returns: where staff live, where suppliers are based; one pass over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Network, TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.locate.area import AreaCodes, codes_of
from anchor_analysis.locate.postcodes import SMALL_AREAS, known_elsewhere, locate_postcodes
from anchor_analysis.locate.recodes import recoded
from anchor_analysis.locate.slips import find_slips
from anchor_analysis.locate.supplier_places import with_supplier_places
from anchor_analysis.locate.suppliers import branched, with_master, with_rank
from anchor_analysis.locate.wards import fitted_directory

PART = "part"
_ORIGIN = [PART, "member", "network_year", "source_file", "source_sheet", "source_row"]


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


def locate_returns(
    cleaned: Mapping[str, Path], network: Network, geography: Geography, engine: Engine, into: Path,
    suppliers: Path | None = None,
) -> None:  # fmt: skip
    """Write the located tables of cleaned returns, which `cleaned` gives by part, and what could be placed.

    `into/<part>/<table>/*.parquet` has the rows of the cleaned table without its personal columns, with the
    located columns of the schema. `into/<part>/places.parquet` counts rows by table, place and class of postcode.
    `into/<part>/slips/*.parquet` tells in which rows a postcode would be found if 0 and O, or 1, I and L, were changed
    for each other in it; nothing is changed. `suppliers` is a table of suppliers by return, as `link` finds them: where
    neither a line nor the member's own master has a postcode, the place is that of the same supplier elsewhere.
    """
    locating = _Locating(network, geography, engine, cleaned, suppliers)
    counts = []
    by_postcode = {"workforce": locating.workforce, "ledger": locating.ledger}
    for table in network.catalogue.measured:
        if (rows := locating.rows(table)) is not None:
            schema = network.catalogue.schema[table]
            placed = by_postcode[table](rows) if table in by_postcode else locating.by_ward(rows, schema)
            with storage.scratch(into) as scratch:
                parts = engine.write_parts(_shareable(placed, schema), PART, scratch / table)
                written = [file for files in parts.values() for file in files]
                if table in by_postcode and written:
                    counts.append(_place_counts(engine, _with_part(engine.scan(written)), schema))
                _move(parts, into, table)
    locating.write_slips(into)
    whole = pd.concat([_NO_PLACES, *counts], ignore_index=True) if counts else _NO_PLACES
    for part in cleaned:
        own = whole[whole[PART] == part].drop(columns=PART)
        storage.write_frame(own, storage.made(into / part) / "places.parquet")


def _with_part(rows: LazyFrame) -> LazyFrame:
    """Rows with what the return that each is of is called."""
    part = nw.concat_str(nw.col("member"), nw.lit("."), nw.col("network_year").str.replace_all("/", "-"))
    return rows.with_columns(part.alias(PART))


def _move(parts: Mapping[str, list[Path]], into: Path, folder: str, name: str = "") -> None:
    for part, files in parts.items():
        for number, file in enumerate(files):
            storage.move(file, into / part / folder / f"{name}{number}.parquet")


_NO_PLACES = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in (PART, "member", "network_year", "place", "postcode_class", "table")}
    | {"rows": pd.Series(dtype="Int64")}
)


def _shareable(frame: LazyFrame, schema: TableSchema) -> LazyFrame:
    """Only what later steps need: what identifies a person ends here."""
    kept = [name for name, column in schema.columns.items() if not column.personal]
    return frame.select(*_ORIGIN, *kept, *schema.derived, *schema.located)


def _place_counts(engine: Engine, located: LazyFrame, schema: TableSchema) -> pd.DataFrame:
    prefix = "home" if schema.table == "workforce" else "supplier"
    by = [PART, "member", "network_year", f"{prefix}_place", f"{prefix}_class"]
    counted = engine.observe(located.group_by(*by).agg(nw.len().alias("rows")).sort(*by))
    return counted.set_axis([*by[:3], "place", "postcode_class", "rows"], axis=1).assign(table=schema.table)


class _Locating:
    def __init__(
        self, network: Network, geography: Geography, engine: Engine, cleaned: Mapping[str, Path],
        suppliers: Path | None = None,
    ):  # fmt: skip
        self.network, self.geography, self.engine, self.cleaned = network, geography, engine, cleaned
        self.suppliers = suppliers

    def rows(self, table: str) -> LazyFrame | None:
        """The rows of a table of all returns, each with its part; nothing if no return has the table."""
        paths = [path for folder in self.cleaned.values() for path in storage.table_files(folder, table)]
        if not paths:
            return None
        return _with_part(self.engine.scan(paths))

    @cached_property
    def directory(self) -> LazyFrame | None:
        """The directory that the network names; with wards by the best fit of LSOAs where it says so."""
        if self.geography.postcodes is None:
            return None
        directory = self.engine.scan([self.geography.postcodes])
        return fitted_directory(directory, self.engine.scan([self.geography.fit])) if self.geography.fit else directory

    @cached_property
    def area(self) -> AreaCodes:
        area = self.network.area
        if self.directory is None:
            return AreaCodes(area.local_authorities)
        return codes_of(area.local_authorities, area.codes, self.directory, self.engine)

    def _areas(self, frame: LazyFrame, postcode: str) -> LazyFrame:
        """The frame with the areas of a column of postcodes, their class, and the `place` that follows from both."""
        area = self.network.area
        elsewhere = nw.col("postcode_class").is_in(known_elsewhere([*area.local_authorities, *area.codes]))
        meant = nw.when(elsewhere).then(nw.lit("elsewhere")).otherwise(nw.lit("unknown"))
        place = nw.when(nw.col("lad").is_null()).then(meant).otherwise(self.area.place())
        return locate_postcodes(frame, postcode, self.directory).with_columns(place.alias("place"))

    def workforce(self, frame: LazyFrame) -> LazyFrame:
        """Rows of the workforce with the place and areas of the home, and its groups by wards and by deciles.

        Groups and deciles come twice: by what the network names first, and by the `_other` release and list.
        """
        given = self.geography
        frame = self._areas(frame, "home_postcode")
        frame = self._deciles(frame, given.deprivation, given.lsoa_column, "decile")
        frame = self._deciles(frame, given.deprivation_other, given.lsoa_column_other, "decile_other")
        return frame.with_columns(
            *_placed("home"),
            *(_inside(nw.col(name)).alias(f"home_{name}") for name in SMALL_AREAS),
            *(column for suffix in ("", "_other") for column in self._groups(suffix)),
        )

    def _groups(self, suffix: str) -> list[nw.Expr]:
        ward, decile = nw.col("ward"), nw.col(f"decile{suffix}")
        most = ward.is_in(self.network.wards_named.get(f"wards{suffix}", []))
        return [
            _group(ward, most, "most_disadvantaged").alias(f"home_ward_group{suffix}"),
            _group(decile, decile == 1, "most_deprived_tenth").alias(f"home_decile_group{suffix}"),
            _inside(decile.cast(nw.String)).alias(f"home_decile{suffix}"),
        ]

    def _deciles(self, frame: LazyFrame, table: Path | None, lsoa: str, name: str) -> LazyFrame:
        """The decile of each row's LSOA under one release, missing where none is named."""
        if table is None:
            return frame.with_columns(nw.lit(None).cast(nw.Int64).alias(name))
        deciles = self.engine.scan([table]).select(nw.col("lsoa").alias(f"{name}_lsoa"), nw.col("decile").alias(name))
        return frame.join(deciles, left_on=lsoa, right_on=f"{name}_lsoa", how="left")

    def ledger(self, frame: LazyFrame) -> LazyFrame:
        """Ledger lines with the place of the supplier: the line's own postcode, else the master's, else through links.

        A master that has something other than a postcode has said what it knows; nothing is put in its place.
        """
        given = self.geography
        frame = with_master(with_rank(frame), self.rows("suppliers"))
        frame = with_supplier_places(frame, self.engine, self.suppliers)
        no_record = nw.col("postcode_used").is_null() & nw.col("in_master").is_null()
        why = nw.when(nw.col("redaction").is_null()).then(nw.lit("no_supplier_record")).otherwise(nw.lit("redacted"))
        known = nw.when(no_record).then(why).otherwise(nw.col("postcode_class"))
        frame = self._areas(frame, "postcode_used").with_columns(known.alias("postcode_class"))
        frame = self._deciles(frame, given.deprivation, given.lsoa_column, "decile")
        decile = nw.col("decile")
        return frame.with_columns(
            *_placed("supplier"),
            _inside(nw.col("ward")).alias("supplier_ward"),
            branched().alias("supplier_branched"),
            _group(decile, decile == 1, "most_deprived_tenth").alias("supplier_decile_group"),
        )

    @cached_property
    def codes_of_today(self) -> dict[str, str]:
        """The code of today of every ward of the area that returns may name by an older one."""
        wards, recodes = self.network.ward_set.wards if self.network.ward_set else {}, self.network.catalogue.recodes
        ways = recoded([recode.from_code for recode in recodes], wards, recodes)
        return {code: way.to for code, way in ways.items()} | self.network.recoded

    def by_ward(self, frame: LazyFrame, schema: TableSchema) -> LazyFrame:
        """Rows with, for each column of wards, its code of today, the ward in the area, and its group.

        A row without a code is unknown; a code that is none of the area's wards is elsewhere.
        """
        groups = self.network.ward_groups
        for name in (name for name, column in schema.columns.items() if column.type == "area"):
            code = nw.col(name)
            for before, after in self.codes_of_today.items():
                code = nw.when(code == before).then(nw.lit(after)).otherwise(code)
            frame = frame.with_columns(code.alias(name))
            missing = nw.when(nw.col(name).is_null()).then(nw.lit("unknown"))
            code = nw.when(nw.col(name).is_in(list(groups))).then(nw.col(name)).otherwise(nw.lit("elsewhere"))
            group = nw.lit("elsewhere")
            for of in sorted({*groups.values()}):
                wards = [ward for ward, found in groups.items() if found == of]
                group = nw.when(nw.col(name).is_in(wards)).then(nw.lit(of)).otherwise(group)
            frame = frame.with_columns(
                nw.coalesce(missing, code).alias(f"{name}_in_area"), nw.coalesce(missing, group).alias(f"{name}_group")
            )
        return frame

    def write_slips(self, into: Path) -> None:
        """Tell which cells hold a postcode that would be found, were signs that look alike changed in it."""
        for table, schema in self.network.catalogue.schema.items():
            rows = self.rows(table)
            columns = [name for name, column in schema.columns.items() if column.type == "postcode"]
            if rows is None or self.directory is None:
                continue
            for column in columns:
                where = [nw.lit(table).alias("table"), nw.lit(column).alias("column")]
                found = find_slips(rows, column, self.directory).select(*_ORIGIN, *where)
                with storage.scratch(into) as scratch:
                    _move(self.engine.write_parts(found, PART, scratch / "slips"), into, "slips", f"{table}-")


def _placed(prefix: str) -> list[nw.Expr]:
    """What is told of every postcode: its place, class, the month it ended, and the larger areas, wherever they are."""
    told = {"place": "place", "postcode_class": "class", "terminated": "terminated"}
    named = [nw.col(name).alias(f"{prefix}_{called}") for name, called in told.items()]
    return [*named, *(_anywhere(name).alias(f"{prefix}_{name}") for name in ("lad", "region"))]


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
    """The group of a home in the area; unknown where it is in the area and only the smaller area is not known."""
    place = nw.col("place")
    group = nw.when(belongs).then(nw.lit(name)).otherwise(nw.lit("other_in_area"))
    known = nw.when(area.is_null()).then(nw.lit("unknown")).otherwise(group)
    return nw.when(place == "in_area").then(known).otherwise(place)
