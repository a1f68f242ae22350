"""Postcodes that may hold a slip of the keyboard, as questions to the members: where they are, never what they are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import narwhals as nw

from anchor_analysis import storage
from anchor_analysis.engine import Engine
from anchor_analysis.problems import Problem

#: So many rows of a file are named; the first ones show what is wrong.
MOST_ROWS = 20

_FILE = ["member", "network_year", "table", "column", "source_file", "source_sheet"]


class Located(Protocol):
    """What has a folder of located tables."""

    @property
    def located(self) -> Path: ...


def postcode_slips(returns: Iterable[Located], engine: Engine) -> list[Problem]:
    """One problem (AN037) for each file, sheet and column: how many postcodes would be found if mended, and where."""
    paths = [path for item in returns for path in storage.table_files(item.located, "slips")]
    if not paths:
        return []
    rows = engine.scan(paths)
    counted = engine.observe(rows.group_by(*_FILE).agg(nw.len().cast(nw.Int64).alias("rows")).sort(*_FILE))
    problems = []
    for file in counted.fillna("").itertuples(index=False):
        sheet = f", sheet {file.source_sheet}" if file.source_sheet else ""
        where = f"{file.member} {file.network_year}, {file.source_file}{sheet}, {file.column}"
        own = rows.filter(*(nw.col(name).fill_null("") == getattr(file, name) for name in _FILE))
        first = engine.few(own.select("source_row").sort("source_row"), MOST_ROWS)["source_row"].tolist()
        problems.append(Problem("AN037", where, _said(file.rows, first), _REMEDY))
    return problems


def _said(rows: int, first: list[int]) -> str:
    postcodes, are = ("1 postcode", "is") if rows == 1 else (f"{rows:,} postcodes", "are")
    more = f" and {rows - len(first):,} more" if rows > len(first) else ""
    places = f"row{'s' if rows > 1 else ''} {', '.join(str(row) for row in first)}{more}"
    said = "not in the directory, and would be with 0 for O, or 1 for I or L, or the other way"
    return f"{postcodes} {are} {said}: {places}."


_REMEDY = "Ask the member to look at them in its own system; nothing is corrected here, and they count as unknown."
