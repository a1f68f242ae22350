"""Whether claims.json has the form that it names, and whether it and the pages are of one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.markup import Markup
from anchor_analysis.publish.registering import CLAIMS, read_schema

#: The newest form of schemas that the faster reader knows; of newer ones it would pass over what it does not know.
_AS_READ = "http://json-schema.org/draft-07/schema#"

#: As many faults of the form are told as help to mend it.
_MOST_FAULTS = 20


def claim_faults(folder: Path, pages: Mapping[str, Markup]) -> Iterator[tuple[str, str]]:
    """Where claims.json and the pages of an edition are not of one another, each a file and what is wrong.

    A mark of a page without an entry; a number that leads to no card; an entry that names a page on which it does not
    stand, or a download that is not there or does not hold it; a released cell without an entry; an entry of no cell.
    `pages` are as `carriers.read_folder` gives them.
    """
    path = folder / CLAIMS
    if not path.is_file():
        yield CLAIMS, "is missing."
        return
    register = storage.read_json(path)
    form = list(form_faults(register))
    yield from ((CLAIMS, what) for what in form)
    if form:
        return
    entries = {entry["id"]: entry for entry in register["claims"]}
    if len(entries) < len(register["claims"]):
        yield CLAIMS, "has an id more than once."
    yield from _unknown_sources(register, entries)
    yield from _against_cells(folder, entries)
    yield from _against_pages(pages, entries)
    yield from _against_downloads(folder, entries)


def form_faults(register: Any) -> Iterator[str]:
    """Where a register is not as its schema says.

    A register that is as it says is known for that by a faster reader, for which a few seconds are a moment.
    """
    from fastjsonschema import JsonSchemaException, compile

    schema = read_schema()
    try:
        compile(schema | {"$schema": _AS_READ})(register)
        return
    except JsonSchemaException:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

        errors = Draft202012Validator(schema).iter_errors(register)
    for _, error in zip(range(_MOST_FAULTS), errors, strict=False):
        place = "/".join(str(part) for part in error.absolute_path) or "its top"
        yield f"is not as its schema says at {place}: {error.validator} does not hold."


def _unknown_sources(
    register: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    for name, entry in entries.items():
        for source in entry.get("sources", []):
            if source not in register["sources"]:
                yield f"{CLAIMS}, {name}", f'names a source "{source}" that it does not tell of.'


def _against_cells(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    cells = storage.read_frame(folder / "cells.parquet").set_index("cell_id")
    figures = {name: entry for name, entry in entries.items() if entry["kind"] in ("figure", "word")}
    for name in sorted(set(cells.index) - figures.keys()):
        yield f"{CLAIMS}, {name}", "is a released cell without an entry."
    for name in sorted(figures.keys() - set(cells.index)):
        yield f"{CLAIMS}, {name}", "is an entry of no released cell."
    told = cells[["shown", "status", "rule", "lower", "upper"]].copy()
    told.loc[~(told["upper"] > told["lower"]).fillna(False), ["lower", "upper"]] = float("nan")  # nothing is unknown
    told = told.to_dict("index")
    for name, entry in figures.items():
        if name in told and (wrong := [field for field, value in told[name].items() if not _same(entry, field, value)]):
            yield f"{CLAIMS}, {name}", f"has another {' and '.join(wrong)} than was released."


def _same(entry: Mapping[str, Any], field: str, value: Any) -> bool:
    missing = value is None or pd.isna(value) or value == ""
    return entry.get(field) in (None, "") if missing else entry.get(field) == value


def _against_pages(pages: Mapping[str, Markup], entries: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for page, markup in pages.items():
        for address in sorted({one.cell for one in markup.away}):
            yield page, f"leads to {address}, where no card is."
    marks = {page: set(markup.claims) for page, markup in pages.items()}
    for page, claims in marks.items():
        for claim in sorted(claims - entries.keys()):
            yield page, f"marks {claim}, which has no entry in {CLAIMS}."
    for name, entry in entries.items():
        named = set(entry["pages"])
        standing = {page for page, claims in marks.items() if name in claims}
        for page in sorted(named - standing):
            yield f"{CLAIMS}, {name}", f"is said to stand on {page}, and does not."
        for page in sorted(standing - named):
            yield f"{CLAIMS}, {name}", f"stands on {page}, which its entry does not say."


def _against_downloads(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    held: dict[str, set[str]] = {}
    for name, entry in entries.items():
        for download in entry.get("only_in", []):
            path = folder / download
            if not path.is_file() or ".." in path.parts:
                yield f"{CLAIMS}, {name}", f"is said to be in {download}, which is not there."
            elif download.startswith("tables/"):
                if download not in held:
                    held[download] = set(pd.read_csv(path, dtype=str, usecols=["cell_id"])["cell_id"])
                if name not in held[download]:
                    yield f"{CLAIMS}, {name}", f"is said to be in {download}, and is not."
