"""New Excel workbooks: written whole or not at all, with the few things that all of ours have in common."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from anchor_analysis import storage
from anchor_analysis.problems import Problem, UserError

#: Height of a line of text, in points.
LINE = 15


@contextmanager
def new_workbook(path: Path, title: str, created: datetime) -> Iterator[Any]:
    """An empty workbook to fill, which stands at `path` when it is whole; the same filling gives the same bytes.

    `created` is said in the file instead of the moment of writing. Raises UserError (AN014) for a name that does
    not end in .xlsx, and where the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UserError(Problem("AN014", path.name, "the workbook's name does not end in .xlsx.", "Add .xlsx to it."))
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": created})
    yield book
    book.close()
    try:
        storage.write_bytes(path, content.getvalue())
    except OSError as error:
        remedy = "Close it in other programs, or name another file or folder."
        what = f"the file cannot be written ({error.strerror or type(error).__name__})."
        raise UserError(Problem("AN014", str(path), what, remedy)) from None


def height(texts: Sequence[str], widths: Sequence[int]) -> int:
    """How high a row must be for its wrapped texts, since not every program makes the room by itself."""
    return LINE * max(-(-max(len(text), 1) // width) for text, width in zip(texts, widths, strict=True))
