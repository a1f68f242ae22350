"""What holds tables in other ways than text and workbooks: archives of files, and Parquet."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anchor_analysis.read.cells import Row
from anchor_analysis.read.kinds import BROKEN, LARGEST_TEXT, damaged, is_of_the_disk, must_unpack_fairly, refused

_BATCH = 2_000
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
            if any(".." in _path(entry).parts or _path(entry).is_absolute() for entry in entries):
                raise refused(where, "is an archive whose files would be written outside it", _REMEDY)
            if not entries:
                raise refused(where, "is an archive that holds no files", "Pack them again, or send them unpacked.")
            found = []
            for number, entry in enumerate(sorted(entries, key=lambda entry: entry.filename)):
                target = folder / f"{number}"
                with archive.open(entry) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
                if zipfile.is_zipfile(target):
                    raise refused(where, "is an archive that holds archives or workbooks", _REMEDY)
                found.append((_name(entry), target))
    except BROKEN as error:
        if is_of_the_disk(error):
            raise
        raise damaged(where) from None
    yield found


def _is_file(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and not any(
        part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(entry.filename).parts
    )


def _name(entry: zipfile.ZipInfo) -> str:
    """The last part of an entry's name: nothing is ever written where an archive says."""
    return _path(entry).name


def _path(entry: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(entry.filename.replace("\\", "/"))


@contextmanager
def open_parquet(path: Path, where: str) -> Iterator[Iterator[Row]]:
    """The headers and rows of a Parquet file, each a list of cells."""
    try:
        schema = pq.read_schema(path)
        nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        if nested:
            what = f"holds lists or records in the cells of {', '.join(nested[:6])}"
            raise refused(where, what, "Leave these columns out, or write each part into a column of its own.")
        texts = [
            field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        # as a dictionary a text that stands in every row is held once
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
            must_unpack_fairly(sum(group.total_byte_size for group in groups), path.stat().st_size, where)
            yield chain([list(schema.names)], _rows(file, where))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if is_of_the_disk(error):  # of the one that rows are written to, too
            raise
        raise damaged(where) from None


def _rows(file: pq.ParquetFile, where: str) -> Iterator[Row]:
    for batch in file.iter_batches(_BATCH):
        for column in batch.columns:
            if pa.types.is_dictionary(column.type) and (_longest(column.dictionary) or 0) > LARGEST_TEXT:
                raise refused(where, f"holds cells of more than {LARGEST_TEXT:,} characters", "Shorten them.")
        try:
            columns = [column.to_pylist() for column in batch.columns]
        except (ValueError, OverflowError):
            raise refused(where, "holds a day or a time that no calendar has", "Correct it.") from None
        for row in zip(*columns, strict=True):
            yield ["" if cell is None else cell for cell in row]


def _longest(texts: pa.Array) -> int | None:
    lengths = pc.binary_length(texts) if not pa.types.is_null(texts.type) else None
    return pc.max(lengths).as_py() if lengths is not None else None
