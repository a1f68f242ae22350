"""Reference files, added once to a workspace: directories, deprivation, recodes, lookups, benchmarks, boundaries."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.ids import WRITTEN, id_fault
from anchor_analysis.declared.loading import must_stay_inside, network_names
from anchor_analysis.declared.references import ReferenceKind, ReferenceSource
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.downloads import Download, Report, download, is_address
from anchor_analysis.read.plans import normalise
from anchor_analysis.read.reference_archives import take_from_archive
from anchor_analysis.read.reference_benchmarks import Layout, find_layout, write_long
from anchor_analysis.read.reference_boundaries import read_boundaries
from anchor_analysis.read.reference_kinds import (
    BENCHMARK,
    RELEASES,
    Recognised,
    form_of,
    not_recognised,
    recognise,
    refused,
)
from anchor_analysis.read.reference_tables import write_table
from anchor_analysis.read.text_files import encoding_of, open_csv
from anchor_analysis.storage import Workspace

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_VINTAGE = re.compile(r"(?<!\d)(20\d\d)[-_ ]?(0[1-9]|1[0-2])(?!\d)")
_WORDED = re.compile(rf"(?<![a-z])({'|'.join(_MONTHS)})[a-z]*[-_ ]?(20\d\d)(?!\d)", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

_TABLE, _BOUNDARIES = "table.parquet", "areas.geojson"


@dataclass(frozen=True)
class _Found:
    """What a file is: its kind, the columns with their headers, the name and year that it says itself.

    `write` puts the table into a folder and gives what about.json says beside: rows, and how many were left out.
    """

    kind: ReferenceKind
    columns: dict[str, str | None]
    write: Callable[[Path], dict[str, Any]]
    name: str = ""
    year: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Sent:
    """A file as it was given: where it is, what it is called, what else is known of it, the kind it has to be."""

    file: Path
    called: str
    origin: dict[str, str] = field(default_factory=dict)
    kind: str = ""


def add_reference(
    file: Path | str,
    workspace: Workspace,
    name: str | None = None,
    vintage: str | None = None,
    report: Report = lambda done, total: None,
) -> dict[str, Any]:
    """Add a reference file, an archive that holds one, or the file of an https address; gives what is known of it.

    Recognised by what it holds; docs/references.md lists the kinds, with the columns of each table and their source.
    Codes that mean "no code" become missing, as does a column that the file lacks; `columns` gives the header of each.
    The name comes from the kind and vintage if none is given; the same bytes under the same name again change nothing.
    `issue` is the id of the published file that it is by its hash, blank if it is none of those known. Raises
    UserError: AN015 for a download that failed, AN020 for a file that cannot be opened, AN031 for one that is of no
    kind, has no vintage, or repeats or garbles its codes.
    """
    if is_address(str(file)):
        _must_be_a_name(name)  # before anything is asked for
        fetched = download(str(file), workspace.downloads(), report)
        with fetched.refused_goes():
            about = _add(_Sent(fetched.path, fetched.name, {"url": fetched.address}), workspace, name, vintage)
        fetched.discard()
        return about
    file = Path(file)
    return _add(_Sent(file, file.name), workspace, name, vintage)


def add_fetched(fetched: Download, workspace: Workspace, source: ReferenceSource) -> dict[str, Any]:
    """Add a declared file that was downloaded; raises UserError (AN031) also where it is of another kind."""
    sent = _Sent(fetched.path, fetched.name, {"url": fetched.address, "issue": source.id}, source.kind)
    with fetched.refused_goes():
        return _add(sent, workspace, source.id, source.vintage)


def fetched_hashes(workspace: Workspace) -> dict[str, str]:
    """The hash of each declared file at its first fetch, by the id of its source; raises UserError (AN007)."""
    if not storage.is_given(workspace.fetched()):
        return {}
    said: Any = None
    with suppress(ValueError, RecursionError):
        said = storage.read_json(workspace.fetched())
    if not storage.is_of(said, dict[str, str]):
        remedy = "Take the file back from version control, or delete it: the next fetch of each file is its first."
        raise UserError(Problem("AN007", storage.told(workspace.fetched()), "it cannot be read.", remedy))
    return dict(said)


def _must_be_a_name(name: str | None) -> None:
    if name and (fault := id_fault(name)):
        raise UserError(Problem("AN005", "name", f'"{name}" cannot be the name of reference data: {fault}.', WRITTEN))


def _add(sent: _Sent, workspace: Workspace, name: str | None, vintage: str | None) -> dict[str, Any]:
    _must_be_a_name(name)
    must_stay_inside(workspace, workspace.reference())
    shelf = storage.made(workspace.reference())
    with storage.locked(shelf, "another reference"):
        storage.sweep(shelf)
        with storage.scratch(shelf) as folder:
            path, source = _data_file(sent, folder)
            origin = {**sent.origin, "source": source, "sha256": storage.file_hash(path)}
            if path != sent.file:
                origin |= {"archive": sent.called, "archive_sha256": storage.file_hash(sent.file)}
            found = _look(path, source)
            if sent.kind not in ("", found.kind):
                what = f"it is of the kind {found.kind}, not {sent.kind}."
                raise UserError(refused(source, what, "Look at what the address gives."))
            vintage = vintage or _vintage(found, source, sent.called)
            about = {
                "id": name or _default_name(found, source, vintage), "kind": found.kind, "vintage": vintage,
                "issue": _issue(found.kind, origin, workspace), **origin, **found.facts, "columns": found.columns,
            }  # fmt: skip
            return _put(found, about, workspace)


def _put(found: _Found, about: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """Write the table and about.json in place of what was there, unless the same was there."""
    there = _about(workspace, about["id"])
    folder = reference_table(workspace, about["id"]).parent
    if there and {**there, **about} == there and storage.is_whole(folder):
        return there
    with ExitStack() as held:
        for network in network_names(workspace) if there else []:  # a run would take its hash, and rows of the other
            held.enter_context(storage.locked(workspace.processed(network), "another reference"))
        with storage.replacing(folder) as draft:
            about |= found.write(draft)
            storage.write_text(draft / "about.json", storage.to_json(about))
            storage.seal(draft)
    return about


def _issue(kind: str, origin: dict[str, str], workspace: Workspace) -> str:
    """Which declared file this is by its hash or its archive's, as declared or once fetched; blank if it is none."""
    fetched = fetched_hashes(workspace)
    for source in load_catalogue().references.values():
        known = source.sha256 or fetched.get(source.id, "")
        if source.kind == kind and known and known in (origin["sha256"], origin.get("archive_sha256")):
            return source.id
    return ""


def list_references(workspace: Workspace) -> list[dict[str, Any]]:
    """What is known of every reference that the workspace holds, by name; not of one that cannot be read."""
    names = sorted(path.parent.name for path in workspace.reference().glob("[!.]*/about.json"))
    return [about for name in names if (about := _about(workspace, name))]


def reference_about(workspace: Workspace, name: str, kind: ReferenceKind) -> dict[str, Any]:
    """What is known of one reference; raises UserError (AN006) if there is none of this name and kind, or not whole."""
    about = _about(workspace, name) if name else None
    if about is not None and not storage.is_whole(reference_table(workspace, name).parent):
        raise _not_whole(name, about)
    if about and about["kind"] == kind:
        return about
    what = f'there is no {kind} reference "{name}".' if name else f"no {kind} reference is named."
    there = [reference["id"] for reference in list_references(workspace) if reference["kind"] == kind]
    others = f", or name one that is there: {', '.join(there)}" if there else ""
    command = f"anchor-analysis reference add FILE{f' --name {name}' if name else ''}"
    remedy = f"Add it with `{command}`{others}. The names stand under [reference] in network.toml."
    raise UserError(Problem("AN006", f"[reference] {kind}", what, remedy))


def _not_whole(name: str, about: dict[str, Any]) -> UserError:
    """What to say of a reference that was damaged, or added by a release that laid it out otherwise."""
    what = "it is not as it was written, or an earlier release of anchor_analysis laid it out otherwise."
    file = shlex.quote(str(about.get("url") or about.get("archive") or about.get("source") or "FILE"))
    vintage = f" --vintage {about['vintage']}" if about.get("vintage") else ""
    again = f"anchor-analysis reference add {file} --name {name}{vintage}"
    if about.get("issue") == name:
        again = f"anchor-analysis reference fetch {name}"
    return UserError(Problem("AN006", f"data/processed/reference/{name}", what, f"Add it again: `{again}`."))


def reference_table(workspace: Workspace, name: str) -> Path:
    """The Parquet file of a reference, sorted by its key."""
    return workspace.reference() / name / _TABLE


def boundaries_file(workspace: Workspace, name: str) -> Path:
    """The GeoJSON file of boundaries, as it was published."""
    return workspace.reference() / name / _BOUNDARIES


def _about(workspace: Workspace, name: str) -> dict[str, Any] | None:
    """What is known of a reference; empty where that cannot be read any more, None where there is no such reference."""
    path = reference_table(workspace, name).with_name("about.json")
    may_have = {"vintage": str, "issue": str, "rows": int}
    return storage.recalled(path, may_have, id=str, kind=str, source=str, sha256=str) if path.exists() else None


def _data_file(sent: _Sent, folder: Path) -> tuple[Path, str]:
    """The file that is meant, out of its archive if it is in one, and its name."""
    if not sent.file.is_file():
        there = "this is a folder." if sent.file.is_dir() else "this is a device or a pipe, and no file."
        what = there if sent.file.exists() else "there is no such file."
        raise UserError(Problem("AN020", sent.called, what, "Name the file to add."))
    if Path(sent.called).suffix.lower() in _WORKBOOKS:
        what = "reference data are read from CSV and GeoJSON, not from workbooks."
        raise UserError(Problem("AN020", sent.called, what, "Save the sheet that is meant as CSV, and add that."))
    with sent.file.open("rb") as stream:
        zipped = stream.read(4) == b"PK\x03\x04"
    return take_from_archive(sent.file, sent.called, folder) if zipped else (sent.file, sent.called)


def _look(file: Path, name: str) -> _Found:
    """What a file is, by how it begins."""
    with file.open("rb") as stream:
        if stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return _boundaries(file, name)
    encoding = encoding_of(file, name)
    if encoding.startswith("utf-16"):
        raise UserError(Problem("AN020", name, "it is in UTF-16, as no publisher has it.", "Save it as CSV UTF-8."))
    with open_csv(file, encoding, name) as records:
        start = list(islice(records, 100))
    headers = start[0] if start else []
    if form := form_of(headers):
        return _table(file, recognise(form, headers, name), encoding, name)
    if layout := find_layout(start, name):
        return _benchmark(file, layout, encoding, name)
    raise not_recognised(name)


def _table(file: Path, found: Recognised, encoding: str, name: str) -> _Found:
    kind, year, default, facts = found.form.kind, "", "", {}
    if found.lsoa_year:
        year = RELEASES[found.lsoa_year]
        default, facts = f"imd-{year}", {"lsoa_year": found.lsoa_year}
    elif kind == "lookup":
        second = normalise(found.headers[found.columns[found.form.table[1]]]).removesuffix("cd")
        year, default = f"20{second[-2:]}", f"{found.form.table[0]}-{second}"
    return _Found(
        kind, found.named,
        lambda folder: write_table(file, found, encoding, folder / _TABLE, name),
        default, year, facts,
    )  # fmt: skip


def _benchmark(file: Path, layout: Layout, encoding: str, name: str) -> _Found:
    def write(folder: Path) -> dict[str, Any]:
        long = folder / "long.csv"
        with open_csv(file, encoding, name) as records:
            signs = write_long(records, layout, long, name)
        columns = {column: place for place, column in enumerate(BENCHMARK.columns)}
        written = write_table(long, Recognised(BENCHMARK, columns, list(columns)), "utf-8", folder / _TABLE, name)
        storage.remove(long)
        return {**written, "signs": signs}

    facts = {"title": layout.title, "categories": layout.categories, "total": layout.total}
    own = re.sub(r"[^a-z0-9_]+", "-", Path(name).stem.lower()).strip("-_")[:64]
    return _Found("benchmark", dict.fromkeys(BENCHMARK.columns), write, own, layout.year, facts)


def _boundaries(file: Path, name: str) -> _Found:
    found = read_boundaries(file, name)

    def write(folder: Path) -> dict[str, Any]:
        shutil.copyfile(file, folder / _BOUNDARIES)
        codes, names = zip(*found.areas, strict=True)
        pq.write_table(pa.table({"code": pa.array(codes), "name": pa.array(names, pa.string())}), folder / _TABLE)
        return {"rows": len(codes), "left_out": 0}

    of = normalise(found.property).removesuffix("cd")
    year = f"20{of[-2:]}" if of[-2:].isdigit() else ""
    return _Found("boundaries", {"code": found.property, "name": found.name}, write, f"boundaries-{of}", year)


def _vintage(found: _Found, *names: str) -> str:
    """When a file is as at: what it says itself, else a name; a directory by month, all else at least by year."""
    if found.year:
        return found.year
    for name in names:
        if numbered := _VINTAGE.search(name):
            return f"{numbered[1]}-{numbered[2]}"
        if worded := _WORDED.search(name):
            return f"{worded[2]}-{_MONTHS.index(worded[1].lower()) + 1:02d}"
        if found.kind != "postcodes" and (year := _YEAR.search(name)):
            return year[0]
    what, example = ("month the directory", "2025-05") if found.kind == "postcodes" else ("year the file", "2025")
    raise UserError(refused(names[0], f"nothing says of which {what} is.", f"Say so: `--vintage {example}`."))


def _default_name(found: _Found, file: str, vintage: str) -> str:
    if found.kind == "postcodes":
        return f"{'onspd' if 'onspd' in file.lower() else 'nspl'}-{vintage}"
    return found.name or f"{found.kind}-{vintage}"
