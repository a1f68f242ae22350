"""Text files as rows of cells, streamed: any usual encoding, delimiter, quoting and line end."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from anchor_analysis.problems import Cell, Problem, UserError
from anchor_analysis.read.kinds import MOST_COLUMNS, kind_of, refused

#: A cell beyond this is a quotation mark that was never closed: a spreadsheet's cell holds 32,767 characters.
LARGEST_CELL = 1_000_000

#: A line beyond this is no record of anything.
LONGEST_LINE = 8 << 20

DELIMITERS = ",;\t|$"

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_AGAIN = "Save it as CSV UTF-8 (comma delimited), and send it again."
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

#: A letter of UTF-8 in two or three bytes: read as Windows-1252 it is two or three letters that nobody writes.
_TWO_ENCODINGS = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def encoding_of(path: Path, where: str) -> str:
    """`utf-8`, `utf-16`, `utf-16-le`, `utf-16-be` or `cp1252`, after the whole file has been looked at.

    UTF-8 comes first, since hardly any text in Windows-1252 with a pound sign happens to be valid UTF-8.
    Raises UserError (AN020) for a file of another kind, for text in none of them or in two at once.
    """
    if kind_of(path, where) != "text":
        raise refused(where, "is a workbook or an archive, not a CSV file", "Save it as CSV UTF-8.")
    with path.open("rb") as stream:
        start = stream.read(_SAMPLE)
    marked = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), "")
    for encoding in [marked] if marked else [*_unmarked_utf16(start), "utf-8", "cp1252"]:
        if _decodes(path, encoding, where):
            return encoding
    raise refused(where, "is in none of the usual encodings (UTF-8, UTF-16, Windows-1252)", _AGAIN)


def _unmarked_utf16(start: bytes) -> list[str]:
    """Text in UTF-16 without a mark: nearly every second byte is NUL."""
    pairs = len(start) // 2
    nuls = {"utf-16-be": start[0 : 2 * pairs : 2].count(0), "utf-16-le": start[1 : 2 * pairs : 2].count(0)}
    return [encoding for encoding, count in nuls.items() if pairs and count > 0.9 * pairs]


def _decodes(path: Path, encoding: str, where: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line = line + len(chunk) if last < 0 else len(chunk) - last
            if line > LONGEST_LINE:
                raise refused(where, f"has a line of more than {LONGEST_LINE >> 20} MB, so it is no table", _AGAIN)
            if b"\0" in chunk and not encoding.startswith("utf-16"):
                raise refused(where, "holds NUL bytes, so it is no text, or its disk or transfer failed", _AGAIN)
            if encoding == "cp1252" and _TWO_ENCODINGS.search(chunk):
                raise refused(where, "holds text in two encodings, UTF-8 and Windows-1252, in one file", _AGAIN)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(path: Path, encoding: str, is_header: Callable[[list[str]], bool]) -> str:
    """What parts the cells: that by which a row of headers comes out, else that which gives the evenest rows."""
    with _open(path, encoding) as stream:
        lines = stream.read(_SAMPLE).splitlines()
    sample = "\n".join(lines[:-1] or lines)
    found = {delimiter: _sampled(sample, delimiter) for delimiter in DELIMITERS}
    for delimiter, rows in found.items():
        if any(is_header(row) for row in rows):
            return delimiter
    return max(DELIMITERS, key=lambda delimiter: _evenness(found[delimiter]))


def _sampled(sample: str, delimiter: str) -> list[list[str]]:
    try:
        return list(islice(csv.reader(io.StringIO(sample), delimiter=delimiter), 200))
    except csv.Error:
        return []


def _evenness(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(widths.values(), default=0)


def _open(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")


@contextmanager
def open_csv(path: Path, encoding: str, where: str, delimiter: str = ",") -> Iterator[Iterator[list[str]]]:
    """The records of a text file, each a list of cells exactly as they stand; a blank line is an empty list.

    Raises UserError while reading: AN020 for more columns than a spreadsheet has, AN021 for a quotation mark that
    is not closed.
    """
    largest = csv.field_size_limit(LARGEST_CELL)
    with _open(path, encoding) as stream:
        try:
            yield _records(csv.reader(stream, strict=True, delimiter=delimiter), where)
        finally:
            csv.field_size_limit(largest)


def _records(reader: Iterator[list[str]], where: str) -> Iterator[list[str]]:
    # strict: otherwise a quotation mark that is never closed swallows the rest of the file in silence
    number = 0
    try:
        for record in reader:
            number += 1
            if len(record) > MOST_COLUMNS:
                raise refused(where, f"has {len(record):,} columns in row {number}, more than a spreadsheet", _AGAIN)
            yield record
    except csv.Error:
        place = f"{where}, row {number + 1}"
        what = "a quotation mark opens a cell here and is not closed as it must be."
        remedy = 'A cell that holds a quotation mark is written "like ""this"" one"; saving as CSV again does so.'
        raise UserError(Problem("AN021", place, what, remedy, cells=[Cell(where, "", number + 1)])) from None
