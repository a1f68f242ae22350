"""What holds tables in other ways than text and workbooks: archives of files, and Parquet."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from anchor_analysis.read.kinds import damaged, refused
from anchor_analysis.read.workbooks import as_text

_BATCH = 20_000
_REMEDY = "Unpack it and send the files that it holds."


@contextmanager
def unpacked(path: Path, where: str, folder: Path) -> Iterator[list[tuple[str, Path]]]:
    """The files of an archive by name, unpacked into a folder under names of our own.

    Raises UserError (AN020) for an archive that is protected, damaged, empty, or holds archives.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if _is_file(entry)]
            if any(entry.flag_bits & 1 for entry in entries):
                raise refused(where, "is an archive with a password", "Send it without, in a protected way instead.")
            if not entries:
                raise refused(where, "is an archive that holds no files", _REMEDY)
            found = []
            for number, entry in enumerate(sorted(entries, key=lambda entry: entry.filename)):
                target = folder / f"{number}"
                with archive.open(entry) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
                if zipfile.is_zipfile(target):
                    raise refused(where, "is an archive that holds archives or workbooks", _REMEDY)
                found.append((_name(entry), target))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
        raise damaged(where) from None
    yield found


def _is_file(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and not any(
        part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(entry.filename).parts
    )


def _name(entry: zipfile.ZipInfo) -> str:
    """The last part of an entry's name: nothing is ever written where an archive says."""
    return PurePosixPath(entry.filename.replace("\\", "/")).name


@contextmanager
def open_parquet(path: Path, where: str) -> Iterator[Iterator[list[str]]]:
    """The headers and rows of a Parquet file, each a list of cells as text."""
    try:
        with pq.ParquetFile(path) as file:
            yield chain([list(file.schema_arrow.names)], _rows(file))
    except (pa.ArrowException, OSError):
        raise damaged(where) from None


def _rows(file: pq.ParquetFile) -> Iterator[list[str]]:
    for batch in file.iter_batches(_BATCH):
        columns = [column.to_pylist() for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield ["" if cell is None else cell if type(cell) is str else as_text(cell) for cell in row]
