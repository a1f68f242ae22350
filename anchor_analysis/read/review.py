"""The review file of suppliers, as a person has filled it in: read as guardedly as a return."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.cells import as_text
from anchor_analysis.read.kinds import kind_of
from anchor_analysis.read.workbooks import Workbook


def read_answered(path: Path, columns: Sequence[str], answer: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of a workbook's first sheet whose `answer` is filled in, as text, each with its number in the file.

    Only these `columns` are read, whatever their order. Raises UserError: AN020 for a file that is no sound workbook,
    AN082 for one that is none, or without such a column.
    """
    kind = kind_of(path, path.name) if path.is_file() else "text"
    if kind in ("text", "parquet", "zip"):
        what = "the workbook cannot be opened."
        raise UserError(Problem("AN082", path.name, what, "Name the filled-in review file (.xlsx)."))
    book = Workbook(path, kind, path.name)
    headers = [as_text(cell).strip() for cell in next(book.rows(book.sheets[0]), [])] if book.sheets else []
    if missing := [name for name in columns if name not in headers]:
        what = f"it has no column {' and no column '.join(missing)}."
        raise UserError(Problem("AN082", path.name, what, "Fill in the file that `suppliers review` wrote."))
    places, found, number = {name: headers.index(name) for name in columns}, [], 2
    for parts in book.columns(book.sheets[0], 1):
        texts = {name: parts[place].to_pylist() for name, place in places.items() if place < len(parts)}
        for at, told in enumerate(texts.get(answer, [])):
            if told.strip():
                row = {name: texts[name][at].strip() if name in texts else "" for name in columns}
                found.append((number + at, row))
        number += len(parts[0])
    return found
