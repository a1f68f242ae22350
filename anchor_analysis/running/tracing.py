"""Which rows an error speaks of: it quotes a value that nobody may be told, and the rows that hold it can be named."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anchor_analysis import storage, telling
from anchor_analysis.problems import UserError

#: The file that says, for the notebooks of a run, which tables its returns have.
ROWS = "ANCHOR_ROWS"

#: So many rows are named of each return.
MOST_ROWS = 10

_ORIGIN = ["source_file", "source_sheet", "source_row"]


@contextmanager
def rows_named(of: Mapping[str, Sequence[Path]]) -> Iterator[None]:
    """Note on whatever goes wrong inside the file, sheet and row of the values that it quotes.

    `of` gives the tables that are worked on by the returns that they are part of, as `hospital.2023-24`. Looking fails
    quietly: what went wrong first is what has to be told.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        _note(error, telling.quoted(error), of)
        raise


def _note(error: BaseException, quoted: Collection[str], of: Mapping[str, Sequence[Path]]) -> None:
    values = pa.array(sorted(quoted), pa.string())
    for part, paths in of.items():
        if places := _places(paths, values):
            telling.note(error, f"{part}, {'; '.join(places)}")


def note_rows(error: BaseException) -> None:
    """Note on an error of a notebook the rows that it speaks of, among those that `ANCHOR_ROWS` names the tables of."""
    named = os.environ.get(ROWS)
    if named and not isinstance(error, UserError) and (values := telling.quoted(error)):
        of = {part: [storage.place(path) for path in paths] for part, paths in storage.read_json(Path(named)).items()}
        _note(error, values, of)


def _places(paths: Sequence[Path], values: pa.Array) -> list[str]:
    found: dict[str, None] = {}
    for path in paths:
        for place in _rows_with(path, values):
            found[place] = None
            if len(found) == MOST_ROWS:
                return [*found, "and perhaps more"]
    return list(found)


def _rows_with(path: Path, values: pa.Array) -> Iterator[str]:
    """The places of the rows of a table in which some text is one of the values."""
    try:
        with storage.opened(path) as stream, pq.ParquetFile(stream) as file:
            schema = file.schema_arrow
            texts = [field.name for field in schema if _is_text(field.type) and field.name not in _ORIGIN]
            if not texts or not set(_ORIGIN) <= set(schema.names):
                return
            for batch in file.iter_batches(columns=[*_ORIGIN, *texts]):
                yield from _named(batch.filter(_holding(batch, texts, values)))
    except (OSError, pa.ArrowException, UserError):
        return


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _holding(batch: pa.RecordBatch, texts: Sequence[str], values: pa.Array) -> pa.Array:
    held = pa.repeat(False, batch.num_rows)
    for name in texts:
        held = pc.or_(held, pc.is_in(pc.utf8_trim_whitespace(batch[name].cast(pa.string())), values))
    return held


def _named(rows: pa.RecordBatch) -> Iterator[str]:
    for row in rows.select(_ORIGIN).to_pylist():
        sheet = f", sheet {row['source_sheet']}" if row["source_sheet"] else ""
        yield f"{row['source_file']}{sheet}, row {row['source_row']}"
