"""Text files a block at a time, as far as they are plain; where one is not, its records are read one by one.

Arrow reads text many times as fast as Python's own reader, and takes more for granted. A file is read by it only where
both read the same: in UTF-8 or Windows-1252, each quotation mark where the format has one, each record as long as the
first. From the first block on of which that is not so, the rest is read record by record.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv

from anchor_analysis.read.cells import Columns, in_columns
from anchor_analysis.read.text_files import open_csv

#: A block is read at a time; no record is longer.
_BLOCK = 1 << 18

_ENCODINGS = ("utf-8", "cp1252")
_QUOTE, _ENDS = ord('"'), b"\r\n"


class _Odd(Exception):
    """Records that only the careful reader reads."""


def text_columns(path: Path, encoding: str, where: str, delimiter: str, first: int) -> Iterator[Columns]:
    """The records of a text file from one on, counted from 0, some thousands at a time, as columns of text.

    They are those of `text_files.open_csv`, and raise the same.
    """
    done = first
    try:
        for columns in _plain(path, encoding, where, delimiter, first):
            yield columns
            done += len(columns[0])
    except _Odd:
        with open_csv(path, encoding, where, delimiter) as records:
            yield from in_columns(islice(records, done, None))


def _plain(path: Path, encoding: str, where: str, delimiter: str, first: int) -> Iterator[Columns]:
    """The records as Arrow reads them; raises _Odd before the first block that may not be read so."""
    if encoding not in _ENCODINGS or not _quoted_as_usual(path, delimiter):
        raise _Odd
    with open_csv(path, encoding, where, delimiter) as records:
        until = list(islice(records, first + 1))
    several_lines = any("\n" in cell or "\r" in cell for record in until for cell in record)
    if len(until) <= first or not all(until) or several_lines:  # to skip lines is not to skip records there
        raise _Odd
    names = [str(place) for place in range(len(until[first]))]
    reading = pv.ReadOptions(column_names=names, skip_rows=first, encoding=encoding, block_size=_BLOCK)
    parsing = pv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False)
    texts = pv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    try:
        with pv.open_csv(path, reading, parsing, texts) as batches:
            yield from (batch.columns for batch in batches if len(batch))
    except pa.ArrowInvalid:
        raise _Odd from None


def _quoted_as_usual(path: Path, delimiter: str) -> bool:
    """Whether each quotation mark opens a cell, closes one, or stands twice in one; and no cell holds a CR.

    Arrow loses the LF of a CRLF within a cell that one block ends in and the next begins with.
    """
    beside = np.zeros(256, dtype=bool)
    beside[[ord(delimiter), _QUOTE, *_ENDS]] = True
    seen, held = 0, _ENDS[1:]
    with path.open("rb") as stream:
        start = stream.read(len(codecs.BOM_UTF8))
        stream.seek(len(start) if start == codecs.BOM_UTF8 else 0)
        while held:
            block = stream.read(_BLOCK)
            text = np.frombuffer(held + (block or _ENDS[1:]), dtype=np.uint8)
            quotes = 1 + np.flatnonzero(text[1:-1] == _QUOTE)
            opening = (seen + np.arange(len(quotes))) % 2 == 0
            within = (seen + np.searchsorted(quotes, 1 + np.flatnonzero(text[1:-1] == _ENDS[0]))) % 2
            if within.any() or not beside[text[np.where(opening, quotes - 1, quotes + 1)]].all():
                return False
            seen, held = seen + len(quotes), text[-2:].tobytes() if block else b""  # the last has no neighbour yet
    return seen % 2 == 0
