"""What `edition verify` prints: from what an edition was made again, what is the same, and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from rich.text import Text

from anchor_analysis import storage
from anchor_analysis.commands.screen import out
from anchor_analysis.publish.workbook import safe_csv
from anchor_analysis.running.comparing import Part
from anchor_analysis.running.handing_out import handed_out
from anchor_analysis.running.verifying import AGREEING, Verified

#: So many of what differs are named for each part.
MOST = 5

#: The parts of which the last line says how many are the same.
_COUNTED = ("figures", "claims", "tables", "notebooks", "pages")


def show_verified(found: Verified) -> None:
    """Print what came of a verification, part by part, and in the last line whether the edition holds."""
    _say(f"{found.edition.name} ({found.status}), made again {found.way.said}.")
    if found.gone:
        _say(f"Not here: {_some(found.gone)}.")
    for part in found.parts:
        for line in _lines(part):
            _say(line)
    if found.way.not_verified:
        _say(f"Not verified: {found.way.not_verified}")
        _say(
            "The manifest has the hash of each return and reference, by which one that somebody still has can be known."
        )
    _say(_outcome(found), style="bold" if found.holds else "bold red")


def write_differences(found: Verified, to: Path) -> int:
    """Write all that differs as CSV, and how much that is; raises UserError (AN014) where it cannot be written."""
    rows = [(part.what, one, "told" if part.told else "fault") for part in found.parts for one in part.differing]
    with handed_out(to):
        storage.write_text(to, safe_csv(pd.DataFrame(rows, columns=["part", "what", "weight"])))
    return len(rows)


def _lines(part: Part) -> Iterator[str]:
    if not part.differing:
        if part.same or not part.told:
            yield f"  {part.what}: {'the same' if part.told and part.same == 1 else f'{part.same:,} the same'}"
        return
    count = f"{part.same:,} the same, " if part.same else ""
    word = "difference" if len(part.differing) == 1 else "differences"
    yield f"  {part.what}: {count}{len(part.differing):,} {word}{', told and no fault' if part.told else ''}"
    for one in part.differing[:MOST]:
        yield f"    {one}"
    if len(part.differing) > MOST:
        yield f"    and {len(part.differing) - MOST:,} more"


def _outcome(found: Verified) -> str:
    """The last line: what is the same, or which parts are not."""
    counts = {part.what: part for part in found.parts}
    if found.holds:
        same = ", ".join(_count(counts[name].same, name) for name in _COUNTED if name in counts)
        exact = "; the edition came out the same to the byte" if found.exact else ""
        agreeing = f"; {counts[AGREEING].same:,} {AGREEING}" if AGREEING in counts else ""
        return f"{'Verified' if not found.gone else 'Verified as far as it can be'}: {same} the same{agreeing}{exact}."
    parts = [part for part in found.parts if part.differing and not part.told]
    return f"Not the same: {', '.join(f'{part.what} ({len(part.differing):,})' for part in parts)}."


def _count(number: int, name: str) -> str:
    return f"{number:,} {name.removesuffix('s') if number == 1 else name}"


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def _say(text: str, style: str = "") -> None:
    plain = "".join(sign if sign.isprintable() else "?" for sign in text)  # a folder from elsewhere may name anything
    out.print(Text(plain, style=style), soft_wrap=True)
