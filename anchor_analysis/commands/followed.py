"""What `edition trace` prints: a claim, what it is made of, what each member adds, and how the rows stand to it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from anchor_analysis.commands.screen import out
from anchor_analysis.declared.units import UNITS
from anchor_analysis.running.following import Followed, Trace

INTERNAL = "Internal: exact figures of members and rows of their returns. Not for passing on."

#: The columns of what members add that are always shown; others only where they say something.
_ALWAYS = ("member", "network_year", "numerator", "rows", "agrees")

#: With more figures than these a sentence is not followed figure by figure on the screen.
_MOST = 3


def show_trace(trace: Trace) -> None:
    """Print a claim as it was released, and what stands behind it as far as that is here."""
    _say(INTERNAL if not trace.gone else "", style="bold red")
    _say(f"{trace.entry['id']}  ({trace.edition.name})", style="bold")
    _say(trace.entry.get("sentence") or f"{trace.entry['what']}: {trace.entry['shown']}")
    _say(f"On: {', '.join(trace.entry['pages']) or ', '.join(trace.entry.get('only_in', []))}")
    if "source" in trace.entry:
        _say(f"Official statistics: {trace.entry['source']}. No row of a return is behind it.")
    whole = trace.figures if len(trace.figures) <= _MOST else []
    for figure in whole:
        _show_figure(trace, figure)
    if not whole and trace.figures:
        _show_short(trace)
    if trace.gone:
        _say(trace.gone, style="bold")
        _show_sources(trace)
    for one in trace.behind if whole else []:
        _say(f"Rows of {one.metric}, {one.part}: {one.counts['rows'].sum():,} in {one.table}.")


def _say(text: str, style: str = "") -> None:
    if text:
        out.print(Text(text, style=style), soft_wrap=True)


def _show_short(trace: Trace) -> None:
    table = Table(title="Its figures; trace each by its id", title_justify="left", title_style="bold")
    for name in ("id", "what it is", "shown"):
        table.add_column(name, overflow="fold")
    for one in trace.figures:
        table.add_row(Text(one.cell.cell_id), Text(one.entry["what"]), Text(one.cell.shown))
    out.print(table)


def _show_figure(trace: Trace, figure: Followed) -> None:
    entry = figure.entry
    if "sentence" in trace.entry:
        _say(f"{entry['id']}: {entry['what']}: {entry['shown']}", style="bold")
    operands = {name: entry[name] for name in ("numerator", "denominator") if name in entry} | entry.get("made_of", {})
    for name, of in operands.items():
        _say(f"{name.replace('_', ' ')}: {of or 'not released in this edition'}")
    version = trace.definitions.get(entry["about"], {}).get("version", "not told")
    counted = f"{entry['members_counted']} of {entry['members_expected']} members counted"
    _say(f"{counted}; definition {entry['about']}, version {version}.")
    if figure.gone and not trace.gone:
        _say(figure.gone)
    if figure.observation:
        _show_exact(figure)
        _show_members(trace, figure)


def _show_exact(figure: Followed) -> None:
    """The figure before rounding beside what was released, and the rule by which one became the other."""
    cell = figure.cell
    scale = UNITS.get(cell.unit)
    decimals = 6 if cell.unit in ("share", "percent") else scale.decimals if scale else 2
    exact = "no figure" if pd.isna(figure.exact) else f"{figure.exact:,.{decimals}f}"
    rule = {True: "withheld", False: "shown as released"}[cell.is_withheld]
    _say(f"From {cell.source_id}: {exact} before rounding; released as {cell.shown} ({cell.rule or rule}).")


def _show_members(trace: Trace, figure: Followed) -> None:
    found = trace.contributions(figure)
    if found.empty:
        return
    columns = [name for name in found if name in _ALWAYS or _tells(found[name])]
    table = Table(title="What each member adds, in whole numbers", title_justify="left", title_style="bold")
    for name in columns:
        numeric = name in ("numerator", "denominator", "unknown", "rows", "from_rows")
        table.add_column(name.replace("_", " "), justify="right" if numeric else "left")
    for row in found.to_dict("records"):
        table.add_row(*(Text(_text(row[name])) for name in columns))
    out.print(table)
    _say(_sums(found, figure))


def _tells(column: pd.Series) -> bool:
    """Whether a column says something that the others do not: it is not the same in every row, or not nought."""
    return bool(column.notna().any() and (column.nunique() > 1 or column.iloc[0] not in ("", "rows", "reported", 0)))


def _sums(found: pd.DataFrame, figure: Followed) -> str:
    """How the members' whole numbers stand to the network's own."""
    own = figure.observation.get("numerator")
    if own is None or pd.isna(own):
        return ""
    total = int(found["numerator"].sum())
    how = "which is the observation's" if total == int(own) else f"and the observation has {int(own):,}"
    return f"Together {total:,}, {how}; {(found['agrees'] == 'yes').sum()} of {len(found)} agree with their rows."


def _text(value: Any) -> str:
    if not isinstance(value, str) and pd.isna(value):
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _show_sources(trace: Trace) -> None:
    """What a figure was made from, by name and hash, as the edition says."""
    names = list(dict.fromkeys(name for one in trace.figures for name in one.entry.get("sources", [])))
    for name in names:
        about = trace.sources.get(name, {})
        for part in about.get("of", [name]):
            one = trace.sources.get(part, {})
            _say(f"  {part}  {one.get('vintage', '')}  {one.get('sha256', '')}")
