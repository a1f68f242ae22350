"""Released tables, the coverage grid, and frames of the analyst's own, as accessible HTML."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from anchor_analysis.present import layout, wording
from anchor_analysis.present.links import fields_of
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.released import Cell, Facts, Released, number, released
from anchor_analysis.present.shown import Shown, nothing

#: With more rows than these a table is folded.
LONG = 16


def table(cells: pd.DataFrame | Released, facts: Facts, table_id: str, **filters: str) -> Shown:
    """One declared table of an edition; `filters` keep the cells whose columns hold these values.

    Changes are those of the edition's year unless `period` names another one, or is "" for all of them.
    The table of the result holds the shown texts.
    """
    known = released(cells, facts)
    laid = layout.lay_out(known, table_id, **filters)
    if not laid.rows:
        return nothing(f"{laid.title}: this edition has no figures for it.")
    return _show(laid, facts)


def coverage(cells: pd.DataFrame | Released, facts: Facts, **filters: str) -> Shown:
    """Who reported what in which year: the status of every member."""
    known = released(cells, facts)
    tables = list(dict.fromkeys(cell.table for cell in known.cells if cell.kind == "coverage"))
    if not tables:
        return nothing("This edition does not say member by member who reported.")
    return table(known, facts, tables[0], **filters)


def _show(laid: layout.Layout, facts: Facts) -> Shown:
    said = layout.notes(laid, facts)
    caption = element("caption", element("strong", laid.title), [element("span", f" {text}") for text in said])
    groups = [list(rows) for _, rows in groupby(laid.rows, key=lambda row: row[0][0])]
    bodies = [_body(rows) for rows in groups] if len(laid.headings) > 1 else [_body(laid.rows)]
    html = _scrolling(laid.title, caption, _head(laid.headings, _numeric(laid)), bodies)
    frame = as_frame(laid)
    return Shown(_folded(laid, html), "\n".join([laid.title, frame.to_string(index=False), *said]), frame)


def _numeric(laid: layout.Layout) -> list[tuple[str, bool]]:
    """The columns, each with whether it holds figures."""
    columns = zip(laid.columns, zip(*(cells for _, cells in laid.rows), strict=True), strict=True)
    return [(name, any(cell is not None and cell.is_number for cell in cells)) for name, cells in columns]


def _folded(laid: layout.Layout, html: Html) -> Html:
    """A long table folded, so that a reader gets past it."""
    if len(laid.rows) <= LONG:
        return html
    return element("details", element("summary", f"{laid.title}: {len(laid.rows)} rows"), html, class_="fold")


def as_frame(laid: layout.Layout) -> pd.DataFrame:
    """A laid-out table as a frame of the texts that are shown."""
    rows = [[*labels, *(cell.shown if cell else "" for cell in cells)] for labels, cells in laid.rows]
    return pd.DataFrame(rows, columns=[*laid.headings, *laid.columns])


def _body(rows: Sequence[layout.Row]) -> Html:
    """Rows that share their first heading, which then stands once."""
    lines = []
    for place, (labels, cells) in enumerate(rows):
        shared = len(rows) > 1 and len(labels) > 1
        headers = [element("th", label, scope="row") for label in labels[1 if shared else 0 :]]
        if shared and place == 0:
            headers = [element("th", labels[0], scope="rowgroup", rowspan=len(rows)), *headers]
        lines.append(element("tr", headers, [field_of(cell) for cell in cells]))
    return element("tbody", lines)


def field_of(cell: Cell | None) -> Html:
    """A field of a table: what a cell shows, and in small print what stands below it."""
    if cell is None:
        return element("td", element("span", "no figure", class_="unseen"), class_="none")
    kind = "number" if number(cell.shown) is not None else "word"
    small = [[" ", element("small", fields_of(cell, parts))] for parts in layout.below(cell)]
    if not small:
        return element("td", cell.shown, class_=kind, data_cell=cell.cell_id, data_status=_status(cell))
    shown = element("span", cell.shown, data_field="shown")
    return element("td", shown, small, class_=kind, data_of=cell.cell_id, data_status=_status(cell))


def _status(cell: Cell) -> str | None:
    return cell.status if cell.status != "shown" else None


def grid(frame: pd.DataFrame, caption: str, headings: int = 1) -> Shown:
    """A frame of the analyst's own as an accessible table; the first `headings` columns head the rows."""
    if frame.empty:
        return nothing(f"{caption}: nothing to show.")
    names = [wording.capital(str(name).replace("_", " ")) for name in frame.columns]
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    head = _head(names[:headings], list(zip(names[headings:], numeric[headings:], strict=True)))
    body = [_own_row(row, headings, numeric) for row in frame.itertuples(index=False, name=None)]
    html = _scrolling(caption, element("caption", element("strong", caption)), head, element("tbody", body))
    return Shown(html, f"{caption}\n{frame.to_string(index=False)}", frame)


def _own_row(row: Sequence[Any], headings: int, numeric: Sequence[bool]) -> Html:
    """A row; what is missing in a column of numbers stands where a number would."""
    headers = [element("th", cell_text(value), scope="row") for value in row[:headings]]
    kinds = ["number" if number else _kind(value) for value, number in zip(row, numeric, strict=True)]
    cells = zip(row[headings:], kinds[headings:], strict=True)
    return element("tr", headers, [element("td", cell_text(value), class_=kind) for value, kind in cells])


def _scrolling(name: str, *content: Content) -> Html:
    """A table in a box of its own, so that on a narrow screen it scrolls and the page does not."""
    return element("div", element("table", content), class_="scroll", role="region", aria_label=name, tabindex="0")


def _head(headings: Sequence[str], columns: Sequence[tuple[str, bool]]) -> Html:
    first = [element("th", name, scope="col") for name in headings]
    others = [element("th", name, scope="col", class_="number" if numeric else None) for name, numeric in columns]
    return element("thead", element("tr", first, others))


def cell_text(value: Any) -> str:
    """A value of the analyst's own frames as it is read: three decimals at most, and a dash where nothing is told."""
    if isinstance(value, list | tuple):
        return " ".join(str(part) for part in value)
    if str(value) == "" or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return "–"
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if pd.api.types.is_integer(value):
        return f"{value:,}"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if pd.api.types.is_float(value) else str(value)


def _kind(value: Any) -> str:
    return "number" if pd.api.types.is_number(value) and not pd.api.types.is_bool(value) else "word"
