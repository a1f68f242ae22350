"""CSV files as rows of text: comma-delimited, in UTF-8 or Windows-1252, streamed."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anchor_analysis.problems import Problem, UserError

#: A cell beyond this is a quotation mark that was never closed: a spreadsheet's cell holds 32,767 characters.
LARGEST_CELL = 1_000_000

_CHUNK = 1 << 20
_SIGNATURES = {
    b"PK\x03\x04": (
        "is a workbook or an archive, not a CSV file",
        "Give it its true ending, or save it as CSV.",
    ),
    b"\xd0\xcf\x11\xe0": ("is an old or protected Excel workbook, not a CSV file", "Save it as CSV UTF-8."),
    b"%PDF": ("is a PDF, not a CSV file", "Export the data themselves as CSV."),
    b"\xff\xfe": ("is in UTF-16 (Excel's Unicode Text)", "Save it as CSV UTF-8 (comma delimited)."),
    b"\xfe\xff": ("is in UTF-16 (Excel's Unicode Text)", "Save it as CSV UTF-8 (comma delimited)."),
}
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def encoding_of(path: Path, where: str) -> str:
    """`utf-8` or `cp1252`, after the whole file has been looked at.

    UTF-8 comes first, since hardly any text in Windows-1252 with a pound sign happens to be valid UTF-8.
    Raises UserError (AN020) for an empty file, one of another kind, and text in neither encoding.
    """
    with path.open("rb") as stream:
        start = stream.read(8)
        for signature, (what, remedy) in _SIGNATURES.items():
            if start.startswith(signature):
                raise UserError(Problem("AN020", where, f"the file {what}.", remedy))
    if not start:
        raise UserError(Problem("AN020", where, "the file is empty.", "Export it again, or take it out of the return."))
    for encoding in ("utf-8", "cp1252"):
        if _decodes(path, encoding, where):
            return encoding
    what = "the file is neither in UTF-8 nor in Windows-1252."
    raise UserError(Problem("AN020", where, what, "Save it as CSV UTF-8 (comma delimited)."))


def _decodes(path: Path, encoding: str, where: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if b"\0" in chunk:
                what = "the file holds NUL bytes, so it is no text, or its disk or transfer failed."
                raise UserError(
                    Problem("AN020", where, what, "Save it as CSV UTF-8 (comma delimited) and send it again.")
                )
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def open_csv(path: Path, encoding: str, where: str) -> Iterator[Iterator[list[str]]]:
    """The records of a CSV file, each a list of cells exactly as they stand; a blank line is an empty list.

    Raises UserError: AN020 for another delimiter; while reading, AN021 for a quotation mark not closed.
    """
    largest = csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding=encoding.replace("utf-8", "utf-8-sig"), newline="") as stream:
        _check_delimiter(stream.readline(LARGEST_CELL), where)
        stream.seek(0)
        try:
            yield _records(csv.reader(stream, strict=True), where)
        finally:
            csv.field_size_limit(largest)


def _check_delimiter(line: str, where: str) -> None:
    for delimiter, name in _OTHER_DELIMITERS.items():
        if delimiter in line and "," not in line:
            what = f"the cells are parted by {name}, not by commas."
            raise UserError(Problem("AN020", where, what, "Save it as CSV UTF-8 (comma delimited)."))


def _records(reader: Iterator[list[str]], where: str) -> Iterator[list[str]]:
    # strict: otherwise a quotation mark that is never closed swallows the rest of the file in silence
    number = 0
    try:
        for record in reader:
            number += 1
            yield record
    except csv.Error:
        place = f"{where}, row {number + 1}"
        what = "a quotation mark opens a cell here and is not closed as it must be."
        remedy = 'A cell that holds a quotation mark is written "like ""this"" one"; saving as CSV again does so.'
        raise UserError(Problem("AN021", place, what, remedy)) from None
