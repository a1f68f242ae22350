"""Reference files, added once to a workspace: postcode directories and the Index of Multiple Deprivation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from anchor_analysis import storage
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.plans import normalise
from anchor_analysis.read.reference_tables import write_table
from anchor_analysis.read.text_files import encoding_of, open_csv
from anchor_analysis.storage import Workspace

Kind = Literal["postcodes", "deprivation", "benchmark", "boundaries"]

#: Of each column that is taken, the headers it goes by, the best first; without signs and spaces.
#: Directories: NSPL and ONSPD of three generations (ONS). Deprivation: File 7 of 2019 and 2025 (MHCLG).
HEADERS: dict[Kind, dict[str, list[str]]] = {
    "postcodes": {
        "postcode": ["pcds", "pcd8", "pcd7", "pcd"],
        "lad": [r"lad\d\dcd", "laua", "oslaua"],
        "ward": [r"wd\d\dcd", "ward", "osward"],
        "lsoa11": ["lsoa11cd", "lsoa11"],
        "lsoa21": ["lsoa21cd", "lsoa21"],
        "terminated": ["doterm"],
    },
    "deprivation": {
        "lsoa": [r"lsoacode20\d\d"],
        "rank": ["indexofmultipledeprivationimdrank.*"],
        "decile": ["indexofmultipledeprivationimddecile.*"],
    },
}
#: Columns that a file may lack. Of the two LSOA columns it has at least one.
OPTIONAL = {"terminated", "lsoa11", "lsoa21"}

#: Which release of the Index ranks the LSOAs of which census (MHCLG, IoD2019 and IoD2025).
RELEASES = {2011: "2019", 2021: "2025"}
#: A header of the release of 2015, which ranks LSOAs of 2011 too and is not taken.
_OF_2015 = "localauthoritydistrictcode2013"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_VINTAGE = re.compile(r"(?<!\d)(20\d\d)[-_ ]?(0[1-9]|1[0-2])(?!\d)")
_WORDED = re.compile(rf"(?<![a-z])({'|'.join(_MONTHS)})[a-z]*[-_ ]?(20\d\d)(?!\d)", re.IGNORECASE)
_ACCEPTED = (
    "Take a postcode directory in NSPL or ONSPD form (columns such as pcds, lad25cd, wd25cd, lsoa21cd) or "
    "File 7 of the English Indices of Deprivation 2019 or 2025, each as the publisher's own CSV."
)


@dataclass(frozen=True)
class Recognised:
    """What a file is by its headers: where the columns stand that are taken, and the census of its LSOAs."""

    kind: Kind
    columns: dict[str, int]
    width: int
    lsoa_year: int | None = None


def add_reference(
    file: Path, workspace: Workspace, name: str | None = None, vintage: str | None = None
) -> dict[str, Any]:
    """Add a reference file to the workspace under a name, and say what it is.

    Recognised by its headers: a postcode directory in NSPL or ONSPD form, one row per postcode (postcode,
    lad, ward, lsoa11, lsoa21, terminated as yyyymm); File 7 of the Index, one row per LSOA (lsoa, rank,
    decile). Codes that mean "no code" become missing. The name comes from the kind and vintage if none is given; the
    same bytes under the same name again change nothing. Raises UserError: AN020 for a file that cannot be
    opened, AN031 for one that is neither, has no vintage, or repeats or garbles its codes.
    """
    encoding = _encoding(file)
    found = _recognise(file, encoding)
    vintage = vintage or _vintage(found, file.name)
    name = name or _default_name(found, file.name, vintage)
    if not _NAME.fullmatch(name):
        remedy = "Use small letters, figures, - and _, as in nspl-2025-05."
        raise UserError(Problem("AN005", "name", f'"{name}" cannot be the name of reference data.', remedy))
    about: dict[str, Any] = {
        "id": name,
        "kind": found.kind,
        "vintage": vintage,
        "sha256": storage.file_hash(file),
    }
    if found.lsoa_year:
        about["lsoa_year"] = found.lsoa_year
    there = _about(workspace, name)
    if there and {**there, **about} == there:
        return there
    return _add(file, found, encoding, {**about, "source": file.name}, reference_table(workspace, name))


def _add(file: Path, found: Recognised, encoding: str, about: dict[str, Any], table: Path) -> dict[str, Any]:
    with storage.replacing(table.parent) as draft:
        rows = write_table(file, found.kind, found.columns, found.width, encoding, draft / table.name)
        about = {**about, "rows": rows}
        storage.write_text(draft / "about.json", storage.to_json(about))
    return about


def list_references(workspace: Workspace) -> list[dict[str, Any]]:
    """What is known of every reference that the workspace holds, by name."""
    return [storage.read_json(path) for path in sorted(workspace.reference().glob("[!.]*/about.json"))]


def reference_about(workspace: Workspace, name: str, kind: Kind) -> dict[str, Any]:
    """What is known of one reference; raises UserError (AN006) if there is none of this name and kind."""
    about = _about(workspace, name) if name else None
    if about and about["kind"] == kind:
        return about
    what = f'there is no {kind} reference "{name}".' if name else f"no {kind} reference is named."
    there = [reference["id"] for reference in list_references(workspace) if reference["kind"] == kind]
    others = f", or name one that is there: {', '.join(there)}" if there else ""
    command = f"anchor-analysis reference add FILE{f' --name {name}' if name else ''}"
    remedy = f"Add it with `{command}`{others}. The names stand under [reference] in network.toml."
    raise UserError(Problem("AN006", f"[reference] {kind}", what, remedy))


def reference_table(workspace: Workspace, name: str) -> Path:
    """The Parquet file of a reference, sorted by its key (postcode or lsoa)."""
    return workspace.reference() / name / "table.parquet"


def _about(workspace: Workspace, name: str) -> dict[str, Any] | None:
    path = reference_table(workspace, name).with_name("about.json")
    return storage.read_json(path) if path.is_file() else None


def _encoding(file: Path) -> str:
    if not file.is_file():
        raise UserError(
            Problem(
                "AN020",
                file.name,
                "there is no such file." if not file.exists() else "this is a folder.",
                "Name the CSV file to add.",
            )
        )
    if file.suffix.lower() != ".csv":
        remedy = "Unpack an archive, save a workbook's sheet as CSV, and add that."
        raise UserError(Problem("AN020", file.name, "reference files are read from CSV only.", remedy))
    return encoding_of(file, file.name)


def _recognise(file: Path, encoding: str) -> Recognised:
    with open_csv(file, encoding, file.name) as records:
        headers = [normalise(header) for header in next(records, [])]
    kind: Kind = "deprivation" if any(header.startswith("lsoacode") for header in headers) else "postcodes"
    places = {column: _places(headers, patterns) for column, patterns in HEADERS[kind].items()}
    columns = {column: found[0] for column, found in places.items() if found}
    if set(HEADERS[kind]) - OPTIONAL - set(columns) or (
        kind == "postcodes" and not {"lsoa11", "lsoa21"} & set(columns)
    ):
        missing = sorted(set(HEADERS[kind]) - {"terminated"} - set(columns))
        raise UserError(_refused(file.name, f"there is no column for {', '.join(missing)}.", _ACCEPTED))
    twice = sorted(column for column, found in places.items() if len(found) > 1)
    if twice:
        what = f"more than one column could be {', '.join(twice)}."
        raise UserError(_refused(file.name, what, "Leave only the column of the newest areas."))
    year = int(headers[columns["lsoa"]][-4:]) if kind == "deprivation" else None
    if year and (year not in RELEASES or _OF_2015 in headers):
        raise UserError(_refused(file.name, "this release of the Index is not taken.", _ACCEPTED))
    return Recognised(kind, columns, len(headers), year)


def _places(headers: list[str], patterns: list[str]) -> list[int]:
    """The positions of the headers that the first pattern that fits any of them fits."""
    for pattern in patterns:
        if found := [place for place, header in enumerate(headers) if re.fullmatch(pattern, header)]:
            return found
    return []


def _vintage(found: Recognised, file: str) -> str:
    if found.lsoa_year:
        return RELEASES[found.lsoa_year]
    if numbered := _VINTAGE.search(file):
        return f"{numbered[1]}-{numbered[2]}"
    if worded := _WORDED.search(file):
        return f"{worded[2]}-{_MONTHS.index(worded[1].lower()) + 1:02d}"
    what = "the file's name does not say of which month the directory is."
    raise UserError(_refused(file, what, "Say so: `--vintage 2025-05`."))


def _default_name(found: Recognised, file: str, vintage: str) -> str:
    if found.kind == "deprivation":
        return f"imd-{vintage}"
    return f"{'onspd' if 'onspd' in file.lower() else 'nspl'}-{vintage}"


def _refused(file: str, what: str, remedy: str) -> Problem:
    return Problem("AN031", file, what, remedy)
