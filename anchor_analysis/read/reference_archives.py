"""The one file that is meant of an archive as ONS publishes it, beside parts, documents and user guides."""

from __future__ import annotations

import csv
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from anchor_analysis.problems import UserError
from anchor_analysis.read.kinds import BROKEN, damaged, is_of_the_disk, must_unpack_fairly, refused
from anchor_analysis.read.reference_benchmarks import find_layout
from anchor_analysis.read.reference_kinds import form_of

#: The largest directory has a gigabyte and a half.
LARGEST = 6 << 30

#: What tells best what an archive is for: a directory has small tables beside it, and not the other way round.
_ORDER = ["postcodes", "deprivation", "recodes", "lookup", "boundaries", "benchmark"]

_BESIDE = ("multi", "document", "user guide", "userguide", "__macosx")
_START = 1 << 16
_UNPACK = "Unpack it and add the one file that is meant."


def take_from_archive(archive: Path, where: str, folder: Path) -> tuple[Path, str]:
    """The reference file that an archive holds, unpacked into a folder, and its name.

    Parts of a directory (`multi_csv`), documents and what is of no kind that is known are passed over; where files of
    several kinds are left, the kind that tells most decides. Raises UserError (AN020) for an archive that is damaged,
    has a password, is made to do harm, or leaves no file or more than one.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            entry = _meant(packed, where)
            name = PurePosixPath(entry.filename.replace("\\", "/")).name
            target = folder / "unpacked"  # nothing is ever written where an archive says
            with packed.open(entry) as stream, target.open("wb") as plain:
                shutil.copyfileobj(stream, plain, 1 << 22)
            return target, name
    except BROKEN as error:
        if is_of_the_disk(error):
            raise
        raise damaged(where) from None


def _meant(packed: zipfile.ZipFile, where: str) -> zipfile.ZipInfo:
    found: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in packed.infolist():
        if _is_candidate(entry):
            if entry.flag_bits & 1:
                raise refused(where, "is an archive with a password", "Unpack it, and add the file that is meant.")
            if kind := _kind(packed, entry):
                found.setdefault(kind, []).append(entry)
    chosen = next((found[kind] for kind in _ORDER if kind in found), [])
    if not chosen:
        parts = any("multi" in entry.filename.lower() for entry in packed.infolist())
        what = "is an archive with a directory in parts and not whole" if parts else "is an archive without one"
        raise refused(where, f"{what} that is known", "Take the publisher's archive whole, or add the file in it.")
    if len(chosen) > 1:
        names = ", ".join(sorted(entry.filename for entry in chosen)[:6])
        raise refused(where, f"is an archive with more than one file that could be meant: {names}", _UNPACK)
    (entry,) = chosen
    must_unpack_fairly(entry.file_size, entry.compress_size, where)
    if entry.file_size > LARGEST:
        raise refused(where, f"holds a file of more than {LARGEST >> 30} GB", _UNPACK)
    return entry


def _is_candidate(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    above = [part.lower() for part in path.parts[:-1]]
    beside = any(part.startswith(_BESIDE) for part in above)
    return path.suffix.lower() in (".csv", ".geojson") and not beside and not path.name.startswith(".")


def _kind(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str | None:
    """The kind of reference data that the headers of an entry tell."""
    if entry.filename.lower().endswith(".geojson"):
        return "boundaries"
    with packed.open(entry) as stream:
        start = stream.read(_START).decode("utf-8-sig", "replace")
    try:
        rows = list(csv.reader(start.splitlines()[:60]))
    except csv.Error:
        return None
    if rows and (form := form_of(rows[0])):
        return form.kind
    try:
        return "benchmark" if find_layout(rows, entry.filename) else None
    except UserError:  # no table that could be meant
        return None
