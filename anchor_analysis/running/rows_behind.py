"""The canonical rows that observations count: how many of each member, what they come to, and every one as CSV.

Rows stay on the engine: counts and sums come out of it, and rows go from file to file in batches. Columns that identify
a person or a record are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import narwhals as nw
import pandas as pd
import pyarrow.parquet as pq

from anchor_analysis import storage
from anchor_analysis.declared import Metric, Network, Operand
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.engine import Engine, open_engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.publish.workbook import safe_csv
from anchor_analysis.running.handing_out import handed_out

#: Where a row came from.
ORIGIN = ["member", "network_year", "source_file", "source_sheet", "source_row"]

#: What stands before a row's own columns.
HEAD = ["metric", "part", *ORIGIN, "amount"]

#: What is told as a figure, and not counted from rows; figures are kept in 1/100,000 of their unit.
TOLD, FIGURE_SCALE = "told", 100_000


@dataclass(frozen=True)
class Behind:
    """The rows of one part of a metric, such as its numerator: of which table, chosen how, of which members' years.

    `about` is the metric that is looked at, `metric` the additive one whose rows these are.
    `counts` has one row per member and year: `rows` and their `amount`, a whole number of the metric's smallest unit.
    """

    about: str
    metric: str
    part: str
    table: str
    operand: Operand
    breakdown: str
    group: str
    whose: pd.DataFrame
    paths: Sequence[Path]
    columns: Sequence[str]
    scale: int = 0
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)


def rows_behind(
    network: Network, folders: Mapping[str, Sequence[Path]], members: Sequence[pd.DataFrame], beside: Path
) -> list[Behind]:
    """The rows behind members' observations, each part of each metric, year and group once.

    `folders` are those of the returns, `cleaned` and `located`; `beside` is a folder of this disk, which rows that
    stand elsewhere may spill to. A figure that a member told has its one row in the
    table of figures as told, and none in another.
    """
    everyone = [frame for frame in members if len(frame)]
    if not everyone:
        return []
    asked = pd.concat(everyone).drop_duplicates("observation_id")
    engine = open_engine(beside=beside)
    found: list[Behind] = []
    for (metric, breakdown, group), own in asked.groupby(["metric", "breakdown", "group"], sort=False):
        for part, of, operand in _parts(network, network.catalogue.metric(str(metric))):
            broken = (str(breakdown), str(group))
            found += _of_part(network, folders, engine, str(metric), (part, of, operand), broken, own)
    return found


def _parts(network: Network, metric: Metric) -> Iterator[tuple[str, Metric, Operand]]:
    """The parts of a metric, each with the additive metric that it is of and how that chooses rows."""
    top, bottom = network.catalogue.parts(metric)
    yield "numerator", top, top.numerator
    if top.unknown:
        yield "unknown", top, top.unknown
    if bottom:
        yield "denominator", bottom, bottom.numerator


def _of_part(
    network: Network, folders: Mapping[str, Sequence[Path]], engine: Engine, about: str,
    of_part: tuple[str, Metric, Operand], broken: tuple[str, str], own: pd.DataFrame,
) -> Iterator[Behind]:  # fmt: skip
    """The rows of a part in the table that it is counted from, and where it was told, in that of figures."""
    part, of, operand = of_part
    whose = own[["member", "network_year"]].drop_duplicates().astype("str")

    def behind(part: str, table: str, operand: Operand, kind: str, broken: tuple[str, str], scale: int = 0) -> Behind:
        columns = [name for name, one in network.catalogue.schema[table].measurable.items() if not one.private]
        paths = _files(folders[kind], table, whose)
        return Behind(about, of.id, part, table, operand, *broken, whose, paths, columns, scale)

    yield from _made(engine, behind(part, network.catalogue.table_of(of), operand, "located", broken))
    if not broken[0]:
        said = Operand(sum="unknown" if part == "unknown" else "value", where={"metric": of.id})
        yield from _made(engine, behind(f"{part}, {TOLD}", "figures", said, "cleaned", ("", ""), of.scale.scale))


def _files(folders: Sequence[Path], table: str, whose: pd.DataFrame) -> list[Path]:
    """The files of a table in the folders of these members' years."""
    wanted = {(member, year.replace("/", "-")) for member, year in whose.itertuples(index=False, name=None)}
    own = [folder for folder in folders if (folder.parent.name, folder.parent.parent.name) in wanted]
    return [path for folder in own for path in storage.table_files(folder, table)]


def _made(engine: Engine, behind: Behind) -> Iterator[Behind]:
    """It with its counts, where there are any rows."""
    if not behind.paths:
        return
    amounts = nw.col("amount").sum().fill_null(0).cast(nw.Int64).alias("amount")
    counts = _rows(engine, behind).group_by("member", "network_year").agg(nw.len().alias("rows"), amounts)
    found = engine.observe(counts.sort("member", "network_year")).merge(behind.whose, on=["member", "network_year"])
    if len(found):
        yield replace(behind, counts=found)


def _rows(engine: Engine, behind: Behind) -> LazyFrame:
    """The chosen rows, with what each of them adds."""
    rows = engine.scan(behind.paths)
    for column in behind.operand.where:
        rows = rows.filter(nw.col(column).is_in(list(behind.operand.values(column))))
    for column, value in zip(behind.breakdown.split(BOTH), behind.group.split(BOTH), strict=False):
        rows = rows.filter(nw.col(column).cast(nw.String) == value) if column else rows
    amount = nw.lit(1) if behind.operand.count else nw.col(str(behind.operand.sum)).fill_null(0)
    if behind.scale:
        amount = amount * behind.scale // FIGURE_SCALE
    return rows.with_columns(amount=amount.cast(nw.Int64))


def contributions(members: pd.DataFrame, behind: Sequence[Behind], shares: Collection[str] = ()) -> pd.DataFrame:
    """What each member adds, held against its rows: one row per observation, in the order of members and years.

    `numerator`, `denominator` and `unknown` are the observation's whole numbers. `rows` is how many rows its numerator
    counts and `from_rows` what they come to; `agrees` says whether rows make what the observation has, or why not.
    `shares` are the metrics whose denominator leaves out what is unknown.
    """
    sums = _sums(behind)
    found = []
    for row in members.sort_values(["network_year", "member"]).to_dict("records"):
        key = (row["metric"], row["breakdown"], row["group"], row["member"], row["network_year"])
        own = {part: sums.get((part, *key), (0, 0)) for part in ("numerator", "unknown", "denominator")}
        whole = own["denominator"][1] - (own["unknown"][1] if row["metric"] in shares else 0)
        agree = row["numerator"] == own["numerator"][1] and (pd.isna(row["denominator"]) or row["denominator"] == whole)
        names = (
            "member",
            "network_year",
            "metric",
            "group",
            "status",
            "quality",
            "numerator",
            "denominator",
            "unknown",
        )
        rows, amount = own["numerator"]
        found.append({name: row[name] for name in names} | {
            "rows": rows, "from_rows": amount, "agrees": "yes" if agree else _why_not(row["quality"]),
        })  # fmt: skip
    return pd.DataFrame(found)


def _sums(behind: Sequence[Behind]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Rows and amounts by part, metric, breakdown, group, member and year; what was told counts with its part."""
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for one in behind:
        for row in one.counts.to_dict("records"):
            key = (one.part.partition(",")[0], one.about, one.breakdown, one.group, row["member"], row["network_year"])
            rows, amount = sums.get(key, (0, 0))
            sums[key] = rows + int(row["rows"]), amount + int(row["amount"])
    return sums


def _why_not(quality: str) -> str:
    """Why rows do not make an observation: a part of a year was raised to the whole, or a total was told."""
    return {"estimated": "raised to a year", "mixed": "told in part", "reported_total": "told as a total"}.get(
        quality, "no"
    )


def write_rows(behind: Sequence[Behind], to: Path, beside: Path) -> int:
    """Write every row as CSV and return how many there are: origin, what it adds, and what is not private.

    `beside` is as for `rows_behind`; rows are there until all are written, so that a killed one leaves them there.

    Raises UserError (AN014) for a file that cannot be written.
    """
    with storage.scratch(storage.made(beside), held=False) as scratch:
        count = _written(behind, scratch / "rows.csv", open_engine(beside=beside), scratch)
        with handed_out(to):
            storage.copy_file(scratch / "rows.csv", to)
    return count


def _written(behind: Sequence[Behind], to: Path, engine: Engine, scratch: Path) -> int:
    columns = list(dict.fromkeys([*HEAD, *(name for one in behind for name in one.columns)]))
    count = 0
    with to.open("w", encoding="utf-8", newline="") as stream:
        stream.write(safe_csv(pd.DataFrame(columns=columns)))
        for number, one in enumerate(behind):
            for frame in _batches(engine, one, scratch / f"{number}.parquet"):
                kept = frame.reindex(columns=columns)
                stream.write(safe_csv(kept).partition("\n")[2])
                count += len(kept)
    return count


def _batches(engine: Engine, behind: Behind, scratch: Path) -> Iterable[pd.DataFrame]:
    rows = _rows(engine, behind)
    names = set(rows.collect_schema().names())
    kept = [name for name in dict.fromkeys([*ORIGIN, "amount", *behind.columns]) if name in names]
    engine.write(rows.select(*kept).sort(*ORIGIN), scratch)
    whose = set(behind.whose.itertuples(index=False, name=None))
    for batch in pq.ParquetFile(scratch).iter_batches():
        frame = batch.to_pandas()
        mine = [pair in whose for pair in zip(frame["member"], frame["network_year"], strict=True)]
        yield frame[mine].assign(metric=behind.metric, part=behind.part)
