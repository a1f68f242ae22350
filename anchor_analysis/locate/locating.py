"""Locating cleaned returns: where staff live, where suppliers are based; as many rows at a time as the engine likes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Network, TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame, lots
from anchor_analysis.locate.places import Geography, directory_of, distinct, places_of
from anchor_analysis.locate.recodes import recoded
from anchor_analysis.locate.slips import find_slips
from anchor_analysis.locate.supplier_places import with_supplier_places
from anchor_analysis.locate.suppliers import branched, with_master, with_rank

PART = "part"

#: The tables whose rows are located by postcodes, and how their located columns begin.
BY_POSTCODE = {"workforce": "home", "ledger": "supplier"}

_ORIGIN = [PART, "member", "network_year", "source_file", "source_sheet", "source_row"]


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
    counts = [_NO_PLACES]
    with storage.scratch(into) as scratch:
        locating = _Locating(network, geography, engine, cleaned, suppliers, scratch)
        for table in network.catalogue.measured:
            schema = network.catalogue.schema[table]
            for lot in locating.lots[table]:
                placed = _shareable(locating.placed(schema, lot), schema)
                files = engine.write_parts(placed, PART, scratch / f"{table}-{lot[0]}", lot)
                if table in BY_POSTCODE and files:
                    written = engine.scan([file for of_part in files.values() for file in of_part])
                    counts.append(_place_counts(engine, written, schema))
                _move(files, into, table)
        locating.write_slips(into)
    whole = pd.concat(counts, ignore_index=True)
    for part in cleaned:
        own = whole[whole[PART] == part].drop(columns=PART)
        storage.write_frame(own, storage.made(into / part) / "places.parquet")


def _with_part(rows: LazyFrame) -> LazyFrame:
    """Rows with what the return that each is of is called."""
    year = nw.col("network_year").str.replace_all("/", "-", literal=True)
    part = nw.concat_str(nw.col("member"), nw.lit("."), year)
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
    prefix = BY_POSTCODE[schema.table]
    by = ["member", "network_year", f"{prefix}_place", f"{prefix}_class"]
    counted = _with_part(located.group_by(*by).agg(nw.len().alias("rows")))
    found = engine.observe(counted.select(PART, *by, "rows").sort(PART, *by))
    return found.set_axis([PART, *by[:2], "place", "postcode_class", "rows"], axis=1).assign(table=schema.table)


class _Locating:
    def __init__(
        self, network: Network, geography: Geography, engine: Engine, cleaned: Mapping[str, Path],
        suppliers: Path | None, scratch: Path,
    ):  # fmt: skip
        self.network, self.geography, self.engine, self.cleaned = network, geography, engine, cleaned
        self.suppliers, self.scratch = suppliers, scratch
        self.directory = directory_of(geography, engine)

    @cached_property
    def files(self) -> dict[str, dict[str, list[Path]]]:
        """The files of each table, by return; of returns that have it."""
        found: dict[str, dict[str, list[Path]]] = {table: {} for table in self.network.catalogue.schema}
        for table, of_table in found.items():
            for part, folder in self.cleaned.items():
                if files := storage.table_files(folder, table):
                    of_table[part] = files
        return found

    @cached_property
    def lots(self) -> dict[str, list[list[str]]]:
        """The returns that have each table, as many at a time as the engine likes."""
        counted = {
            table: {part: storage.count_rows(files) for part, files in of_table.items()}
            for table, of_table in self.files.items()
        }
        return {table: list(lots(sizes, self.engine.rows_at_once)) for table, sizes in counted.items()}

    def rows(self, table: str, parts: Iterable[str]) -> LazyFrame:
        """The rows of a table of some returns, each of which has it, with their part."""
        return _with_part(self.engine.scan([path for part in parts for path in self.files[table][part]]))

    def placed(self, schema: TableSchema, parts: Sequence[str]) -> LazyFrame:
        """The rows of a table of some returns, located."""
        rows = self.rows(schema.table, parts)
        if schema.table == "workforce":
            return self._located(rows, "home_postcode", schema)
        return self._ledger(rows, schema, parts) if schema.table == "ledger" else self._by_ward(rows, schema)

    @cached_property
    def places(self) -> LazyFrame:
        """What is known of every postcode that the rows have, or that their suppliers have elsewhere."""
        network, geography = self.network, self.geography
        files = []
        for number, codes in enumerate(self._codes()):
            files.append(self.scratch / f"codes-{number}.parquet")
            self.engine.write(distinct(codes), files[-1])
        self.engine.write(self.engine.scan(files).unique(), self.scratch / "codes.parquet")
        codes = self.engine.scan([self.scratch / "codes.parquet"])
        found = places_of(codes, network, geography, self.directory, self.engine)
        self.engine.write(found, self.scratch / "places.parquet")
        return self.engine.scan([self.scratch / "places.parquet"])

    def _codes(self) -> Iterator[LazyFrame]:
        """The postcodes of the rows of each lot, and those of suppliers elsewhere."""
        for table, column in self.postcodes:
            for lot in self.lots[table]:
                yield self.rows(table, lot).select(nw.col(column).alias("code"))
        if self.suppliers is not None:
            yield self.engine.scan([self.suppliers]).select(nw.col("linked_postcode").alias("code"))

    @cached_property
    def postcodes(self) -> list[tuple[str, str]]:
        """Every table that some return has, with each of its columns of postcodes."""
        return [
            (table, name)
            for table, schema in self.network.catalogue.schema.items()
            for name, column in schema.columns.items()
            if column.type == "postcode" and self.files[table]
        ]

    def _located(self, frame: LazyFrame, postcode: str, schema: TableSchema) -> LazyFrame:
        """The frame with what is known of a column of postcodes, as far as the schema has it."""
        prefix = BY_POSTCODE[schema.table]
        names = [name for name in self.places.collect_schema().names() if f"{prefix}_{name}" in schema.located]
        told = self.places.select("code", *(nw.col(name).alias(f"{prefix}_{name}") for name in names))
        coded = frame.with_columns(nw.col(postcode).fill_null("").alias("_code"))
        return coded.join(told, left_on="_code", right_on="code", how="left").drop("_code")

    def _ledger(self, frame: LazyFrame, schema: TableSchema, parts: Sequence[str]) -> LazyFrame:
        """Ledger lines with the place of the supplier: the line's own postcode, else the master's, else through links.

        A master that has something other than a postcode has said what it knows; nothing is put in its place.
        """
        masters = [part for part in parts if part in self.files["suppliers"]]
        frame = with_master(with_rank(frame), self.rows("suppliers", masters) if masters else None)
        frame = with_supplier_places(frame, self.engine, self.suppliers)
        no_record = nw.col("postcode_used").is_null() & nw.col("in_master").is_null()
        why = nw.when(nw.col("redaction").is_null()).then(nw.lit("no_supplier_record")).otherwise(nw.lit("redacted"))
        kind = nw.when(no_record).then(why).otherwise(nw.col("supplier_class"))
        frame = self._located(frame, "postcode_used", schema)
        return frame.with_columns(kind.alias("supplier_class"), branched().alias("supplier_branched"))

    @cached_property
    def codes_of_today(self) -> dict[str, str]:
        """The code of today of every ward of the area that returns may name by an older one."""
        wards, recodes = self.network.ward_set.wards if self.network.ward_set else {}, self.network.catalogue.recodes
        ways = recoded([recode.from_code for recode in recodes], wards, recodes)
        return {code: way.to for code, way in ways.items()} | self.network.recoded

    def _by_ward(self, frame: LazyFrame, schema: TableSchema) -> LazyFrame:
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
        if self.directory is None or not self.postcodes:
            return
        to = self.scratch / "slips.parquet"
        self.engine.write(find_slips(self.places.select("code"), "code", self.directory), to)
        slips = self.engine.scan([to])
        for table, column in self.postcodes:
            where = [nw.lit(table).alias("table"), nw.lit(column).alias("column")]
            slipped = (
                self.rows(table, self.files[table])
                .join(slips, left_on=column, right_on="code", how="semi")
                .select(*_ORIGIN, *where)
            )
            _move(self.engine.write_parts(slipped, PART, self.scratch / f"slips-{table}"), into, "slips", f"{table}-")
