"""What is fuzzed: every reader and every parser of a definition, each with small seeds that are made here.

A target takes a folder of its own and some bytes, and hands them to the library as the file that they might be. What
it may raise is UserError and nothing else; `tests/fuzzing.py` judges it. A package (.xlsx, .xlsb, .ods, .zip) is fuzzed
by its parts, which are packed anew for each try: of a changed package the checksums alone would be found wrong.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anchor_analysis import storage
from anchor_analysis.declared import areas
from anchor_analysis.declared import catalogue as declared
from anchor_analysis.declared.agreements import AGREEMENTS
from anchor_analysis.declared.loading import SUPPLIER_DECISIONS, load_network
from anchor_analysis.declared.model import Declared, as_told, problem, read_data
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish import ledger
from anchor_analysis.read import add_reference, plain_text, read_answered, read_return, suggest_mappings
from anchor_analysis.read.cells import in_columns
from anchor_analysis.read.downloads import _must_be_safe, is_address
from anchor_analysis.read.outlines import read_outlines
from anchor_analysis.read.reference_boundaries import read_boundaries
from anchor_analysis.read.text_files import delimiter_of, encoding_of, open_csv
from anchor_analysis.running.notebooks import NotebookSchema, find_notebooks
from tests.messy_files import Error, Page, write_ods, write_parquet, write_xls, write_xlsb, write_xlsx
from tests.returns_example import NETWORK

#: What stands in columns on persons of the seeds, and in no message.
PERSONAL = ("PRIVATE-77", "LS1 4AP")

_LONG_AGO = (2024, 4, 5, 9, 0, 0)
_PART = b"\n==part== "

WORKFORCE = [
    ["employee_id", "assignment_id", "contract", "staff_group", "fte", "home_postcode", "start_date"],
    [PERSONAL[0], "1", "permanent", "Nursing", 0.8, PERSONAL[1], date(2019, 9, 1)],
    ["PRIVATE-78", "1", "permanent", "Estates", 1, "", datetime(2020, 1, 2, 3, 4)],
]
LEDGER = [
    ["transaction_id", "payment_date", "supplier_id", "supplier_name", "supplier_postcode", "category", "net_gbp"],
    ["T1", date(2023, 5, 1), "S1", "Example & Co", "LS1 1UR", "Catering", 1234.5],
    ["T2", date(2023, 6, 1), "S1", 'A "quoted" name', "", "Works", -7],
]
REVIEW = [
    ["record_a", "record_b", "answer", "why"],
    ["0a1b", "2c3d", "same", "one invoice address"],
    ["4e", "5f", "", ""],
]
FIGURES = [["metric", "value", "unknown", "method", "basis"], ["staff", 120, 3, "counted", "directory 2025-05"]]
PAGES = [Page("Workforce", WORKFORCE), Page("Ledger", LEDGER), Page("Figures", FIGURES)]
FAULTY = [Page("Ledger", [*LEDGER, ["T3", "31/02/2023", "S1", Error("#N/A"), "", "Works", "12k"]], hidden=False)]


@dataclass(frozen=True)
class Target:
    """Something of the library that takes bytes from outside; `parts` where they are those of a package."""

    name: str
    seeds: Callable[[], list[bytes]]
    run: Callable[[Path, bytes], Any]
    document: str = ""
    packed: bool = False


# --- returns ---


def as_csv(rows: list[list[Any]], delimiter: str = ",") -> bytes:
    def cell(value: Any) -> str:
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & set(f'{delimiter}"\n') else text

    return "".join(delimiter.join(map(cell, row)) + "\n" for row in rows).encode()


@cache
def network_of(folder: Path) -> Any:
    """The network of returns_example, in a folder where nothing but what is fuzzed changes."""
    workspace = storage.Workspace(folder)
    storage.write_text(workspace.network("example") / "network.toml", NETWORK)
    return workspace, load_network(workspace, "example")


def returned(name: str) -> Callable[[Path, bytes], Any]:
    """Read a return of one file, and look at what a mapping for it would be."""

    def run(folder: Path, data: bytes) -> None:
        workspace, network = network_of(folder)
        raw = workspace.raw("example") / "2023-24" / "hospital"
        storage.write_bytes(raw / name, data)
        try:
            read_return(raw, network, network.member("hospital"), folder / "into")
        finally:
            for path in [*(folder / "into").rglob("*"), raw / name]:
                path.unlink() if path.is_file() else None

    return run


def agreed_text(folder: Path, data: bytes) -> None:
    """Text read a block at a time is what it is record by record: the cells, or the problems."""
    path = folder / "ledger.csv"
    path.write_bytes(data)
    encoding = encoding_of(path, "ledger.csv")
    delimiter = delimiter_of(path, encoding, lambda row: "net_gbp" in row)
    for first in (0, 1):
        quick = _records(lambda at=first: plain_text.text_columns(path, encoding, "ledger.csv", delimiter, at))
        with open_csv(path, encoding, "ledger.csv", delimiter) as rows:
            slow = _records(lambda rows=rows, at=first: in_columns(row for n, row in enumerate(rows) if n >= at))
        assert quick == slow, "the two ways to read text do not agree"


def _records(read: Callable[[], Iterator[Any]]) -> list[Any]:
    found: list[Any] = []
    try:
        for columns in read():
            found += zip(*(column.to_pylist() for column in columns), strict=True)
    except UserError as error:
        return [str(problem) for problem in error.problems]
    return ["\0".join(row).rstrip("\0") for row in found]  # blanks that fill up a short row do not count


def written(write: Callable[..., None], *pages: Any, name: str = "x") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path, *pages)
        return path.read_bytes()


def taken_apart(package: bytes) -> bytes:
    """The parts of a package, one after the other, as they are fuzzed."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return b"".join(_PART + name.encode() + b"\n" + archive.read(name) for name in archive.namelist())


def packed(parts: bytes) -> bytes:
    """A package of such parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part in parts.split(_PART)[1:500]:
            name, _, content = part.partition(b"\n")
            about = zipfile.ZipInfo(name.decode("latin-1")[:200] or "x", _LONG_AGO)
            if about.filename not in archive.NameToInfo:
                archive.writestr(about, content)
    return stream.getvalue()


def _parquet_of_every_kind() -> bytes:
    values = {
        "payment_date": pa.array([1, None], pa.date32()),
        "supplier_name": pa.array(["a", "b"]).dictionary_encode(),
        "net_gbp": pa.array([1, 2], pa.decimal128(9, 2)),
        "category": pa.array([10**12, 1], pa.timestamp("us", tz="UTC")),
        "supplier_id": pa.array([b"\xff", None], pa.binary()),
        "a": pa.array([[1], None], pa.list_(pa.int8())),
        "b": pa.array([timedelta(1), None], pa.duration("s")),
        "c": pa.array([{"d": 1.5}, None], pa.struct([("d", pa.float32())])),
        "e": pa.array([1, 2], pa.time64("ns")),
    }
    stream = io.BytesIO()
    pq.write_table(pa.table(values), stream, compression="none")
    return stream.getvalue()


def zips() -> list[bytes]:
    text = as_csv(LEDGER)
    found = [packed(_PART + b"ledger.csv\n" + text)]
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo("folder/ledger.csv", _LONG_AGO), text, method)
        found.append(stream.getvalue())
    return found


# --- references ---

_POSTCODES = b"pcds,dointr,doterm,lad25cd,wd25cd,lsoa11cd,lsoa21cd\nLS1 1UR,198001,,E08000035,E05011385,E01011100,\n"
_RANKS = b"LSOA code (2021),Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
_RANKS += b"Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)\nE01000001,1,1\n"
_REFERENCES = [
    _POSTCODES, _RANKS,
    b"OPER_DATE,GEOGCD_P,GEOGCD\n01/04/2009,00DA,E08000035\n", b"LSOA11CD,LSOA21CD,CHGIND\nE01000001,E01000001,U\n",
    b"LSOA21CD,WD25CD\nE01000001,E05011385\n", b"Financial year,GDP deflator,\n2022-23,97.5,\n2023-24,100,\n",
    b"area,category,value\nE05011385,all,5\nE05011386,all,7\n",
]  # fmt: skip
_SQUARE = [[[-1.6, 53.7], [-1.5, 53.7], [-1.5, 53.8], [-1.6, 53.7]]]
_WARDS = {
    "type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
    "features": [{
        "type": "Feature", "properties": {"WD25CD": "E05011385", "WD25NM": "Armley"},
        "geometry": {"type": "Polygon", "coordinates": _SQUARE},
    }],
}  # fmt: skip


def referred(name: str) -> Callable[[Path, bytes], Any]:
    def run(folder: Path, data: bytes) -> None:
        path = folder / name
        path.write_bytes(data)
        add_reference(path, storage.Workspace(folder), "fuzzed", "2025-05")

    return run


def reviewed(folder: Path, data: bytes) -> None:
    path = folder / "review.xlsx"
    path.write_bytes(data)
    read_answered(path, REVIEW[0], "answer")


def bounded(folder: Path, data: bytes) -> None:
    """Boundaries are taken, and then drawn."""
    path = folder / "wards_2025.geojson"
    path.write_bytes(data)
    found = read_boundaries(path, path.name)
    read_outlines(path, found.property, [code for code, _ in found.areas])


def addressed(folder: Path, data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if is_address(text):
        _must_be_safe(text)


# --- definitions ---

#: What a file of each folder of definitions holds, and of the network's other YAML.
KINDS: dict[str, type[Declared]] = {
    "metrics": declared.Metric, "tables": declared.TableDefinition, "profiles": declared.Profile,
    "rates": declared.Rates, "crosswalks": declared.Crosswalk, "other_files": declared.OtherFile,
    "checks": declared.JumpCheck, "references": declared.ReferenceSource, "recodes": declared.Recodes,
    "codebooks": declared.Codebook, "labels": declared.Labels, "frameworks": declared.Framework,
    "conditions": declared.Condition, "gaps": declared.PayGap, "schema": declared.TableSchema,
    "areas": declared.WardSet, "mappings": areas.Mapping, "parameters": NotebookSchema,
}  # fmt: skip
_MAPPING = "files: ledger*.csv\ntable: ledger\ncolumns: {net_gbp: [Amount], payment_date: [Paid on]}\nignored: [Note]\n"


def definition_text(kind: str) -> str:
    """The shortest shipped file of a kind that is not tiny."""
    shipped = storage.packaged("notebooks") if kind == "parameters" else storage.PACKAGE / "definitions" / kind
    texts = [path.read_text(encoding="utf-8") for path in shipped.glob("*.yaml")] or [_MAPPING]
    return min((text for text in texts if kind != "areas" or "kind:" not in text), key=len)


def defined(folder: Path, data: bytes) -> None:
    """One declared file, whose kind the first byte says; its faults with the lines in which they stand."""
    kind = list(KINDS.values())[data[0] % len(KINDS)] if data else declared.Metric
    path = folder / "one.yaml"
    path.write_bytes(data[1:])
    _, faults = as_told(kind, read_data(path))
    told([problem(path, fault) for fault in faults])


def told(problems: list[Problem]) -> None:
    """What is said can be shown."""
    assert sum(len(str(one).encode()) for one in problems) < 5_000_000, "a message without end"


_WHO = 'member = "hospital"\nyear = "2023/24"\nreason = "Told by the member."\n'
_BESIDE: dict[str, str] = {
    "answers.toml": f"""[[answers]]
{_WHO}file = "ledger.csv"
code = "AN027"
[[left_out]]
{_WHO}file = "old.csv"
[[corrections]]
{_WHO}file = "ledger.csv"
column = "net_gbp"
row = 2
was = "1"
now = "2"
""",
    AGREEMENTS: """[[agreements]]
member = "hospital"
metrics = ["staff"]
periods = ["2023/24"]
signed = 2023-05-01
signed_by = "director"
shows = "named"
""",
    SUPPLIER_DECISIONS: f"""[[decisions]]
records = ["{"0" * 16}", "{"1" * 16}"]
verdict = "same"
by = "analyst"
when = 2024-01-01
""",
    "mappings/one.yaml": _MAPPING,
}


def _first(text: bytes) -> bytes:
    """The beginning of a file, up to a blank line or else the end of one."""
    start = text[:2500]
    return start if len(start) == len(text) else start.rpartition(b"\n\n")[0] or start.rpartition(b"\n")[0]


def network_files() -> dict[str, bytes]:
    """The demonstration's own files, and small ones of the kinds that it has none of."""
    own = storage.packaged("networks") / "demonstration"
    found = {path.name: path.read_bytes() for path in own.iterdir() if path.suffix in (".toml", ".csv")}
    shipped = {name: _first(content) for name, content in found.items()}
    return shipped | {name: text.encode() for name, text in _BESIDE.items()} | {"network.toml": NETWORK.encode()}


def beside(name: str) -> Callable[[Path, bytes], Any]:
    """The folder of a network whose one file holds these bytes."""

    def run(folder: Path, data: bytes) -> None:
        workspace = storage.Workspace(folder)
        own = workspace.network("example")
        storage.write_text(own / "network.toml", NETWORK)
        storage.write_bytes(own / name, data)
        try:
            load_network(workspace, "example")
        finally:
            (own / name).unlink()

    return run


def entered(folder: Path, data: bytes) -> None:
    path = folder / "networks" / "example" / ledger.LEDGER
    storage.write_bytes(path, data)
    try:
        ledger.ledger_of(storage.Workspace(folder), "example")
    finally:
        path.unlink()


def ledger_text() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ledger.LEDGER
        about = {"kind": "released", "year": "2023/24", "revision": "r1", "edition_hash": "0" * 64}
        first = ledger._append(path, {**about, "released": "2024-10-01", "released_by": "analyst", "agreements": []})
        said = {name: first[name] for name in ("year", "revision", "edition_hash")}
        more = {"kind": "withdrawn", "withdrawn": "2024-11-01", "withdrawn_by": "analyst", "reason": "A slip."}
        ledger._append(path, {**said, **more})
        return path.read_bytes()


def parameters(folder: Path, data: bytes) -> None:
    workspace = storage.Workspace(folder)
    path = workspace.notebooks / "one.parameters.yaml"
    storage.write_bytes(path, data)
    find_notebooks(workspace)


def suggested(folder: Path, data: bytes) -> None:
    """What `check --suggest` drafts for a file whose headers nobody knows."""
    workspace, network = network_of(folder)
    raw = workspace.raw("example") / "2023-24" / "hospital"
    storage.write_bytes(raw / "spend.csv", data)
    try:
        list(suggest_mappings(raw, network, network.member("hospital")))
    finally:
        (raw / "spend.csv").unlink()


def _kinds_of_definitions() -> list[bytes]:
    return [bytes([65 + (at - 65) % len(KINDS)]) + definition_text(kind).encode() for at, kind in enumerate(KINDS)]


def target_list() -> list[Target]:
    """Every target, in the order in which they are fuzzed."""
    books = {"xlsx": write_xlsx, "xlsb": write_xlsb, "ods": write_ods}
    texts = [as_csv(LEDGER), as_csv(WORKFORCE), as_csv(LEDGER, ";"), as_csv(LEDGER).decode().encode("utf-16")]
    packages = [
        Target(
            f"return .{kind}",
            lambda write=write: [taken_apart(written(write, pages, name="x.xlsx")) for pages in (PAGES, FAULTY)],
            returned(f"return.{kind}"),
            packed=True,
        )
        for kind, write in books.items()
    ]
    own = network_files()

    def review() -> list[bytes]:
        return [taken_apart(written(write_xlsx, [Page("suppliers", REVIEW)], name="x.xlsx"))]

    return [
        Target("text, two ways", lambda: texts, agreed_text),
        Target("return .csv", lambda: texts[::2] + texts[3:], returned("ledger.csv")),
        Target("return of persons", lambda: [as_csv(WORKFORCE)], returned("workforce.csv")),
        Target("return of figures", lambda: [as_csv(FIGURES)], returned("figures.csv")),
        Target("mapping to suggest", lambda: texts, suggested),
        *packages,
        Target("return .xls", lambda: [written(write_xls, PAGES), written(write_xls, FAULTY)], returned("return.xls")),
        Target("return .parquet", lambda: [written(write_parquet, LEDGER), _parquet_of_every_kind()],
               returned("ledger.parquet")),
        Target("return .zip", zips, returned("return.zip")),
        Target("reference table", lambda: _REFERENCES, referred("reference.csv")),
        Target("reference archive", lambda: [packed(_PART + b"Data/NSPL.csv\n" + _POSTCODES), *zips()],
               referred("NSPL.zip")),
        Target("review of suppliers", review, reviewed, packed=True),
        Target("boundaries", lambda: [json.dumps(_WARDS).encode()], bounded, document=".json"),
        Target("address", lambda: [b"https://example.org/a/b.csv?c=d", b"http://127.0.0.1:80/"], addressed),
        Target("definition", _kinds_of_definitions, defined),
        Target("parameters", lambda: [definition_text("parameters").encode()], parameters, document=".yaml"),
        Target("editions.toml", lambda: [ledger_text()], entered, document=".toml"),
        *(Target(name, lambda name=name: [own[name]], beside(name), document=Path(name).suffix) for name in own),
    ]  # fmt: skip


def prepared(target: Target, data: bytes) -> bytes:
    """What the target is given for what is fuzzed."""
    return packed(data) if target.packed else data
