"""The schema of editions: by which form their files are to be read, for as long as there are editions.

What is released never changes, so a form that was ever released is read for ever: what an older edition says is brought
to the form of today here, and nowhere else. One of a later schema is refused. docs/editions.md has the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.present import make_register
from anchor_analysis.present.claims import read_claims
from anchor_analysis.present.register import Register
from anchor_analysis.problems import Problem, UserError

#: The schema of the editions that are made today. Raise it by one where a reader of the last one would read the new
#: one wrongly or not at all; say in docs/editions.md what became, and read the older one here.
SCHEMA = 2

#: What a manifest says, of whatever schema.
_FIELDS = {
    **dict.fromkeys(("edition", "edition_hash", "definitions", "key", "status"), str),
    **dict.fromkeys(("files", "returns", "references", "notebooks", "environment"), dict[str, str]),
}


def read_manifest(folder: Path, name: str = "") -> dict[str, Any]:
    """What the manifest of an edition's folder says; empty where there is none that can be read.

    `name` is what the edition is called. Raises UserError (AN065) where a later release of the library has made it.
    """
    manifest = storage.recalled(folder / "manifest.json")  # of a later schema it may have another shape
    if schema_of(manifest) > SCHEMA:
        what = (
            f"it is of schema {manifest['schema']}, made by a later release of anchor_analysis; this one reads up to "
            f"{SCHEMA}."
        )
        remedy = "Upgrade anchor_analysis (in a checkout: `git pull`, then `make setup`), and run the command again."
        raise UserError(Problem("AN065", name or "/".join(folder.parts[-3:]), what, remedy))
    return manifest if storage.has_fields(manifest, _FIELDS) else {}


def schema_of(manifest: Mapping[str, Any]) -> int:
    """The schema that a manifest names; 1 where it names none, as before there were numbers."""
    stated = manifest.get("schema", 1)
    return stated if isinstance(stated, int) else SCHEMA + 1


def must_be_of_today(manifest: Mapping[str, Any], name: str, remedy: str) -> None:
    """Refuse an edition of an earlier schema to what holds editions to the form of today: UserError (AN065)."""
    if (stated := schema_of(manifest)) < SCHEMA:
        what = f"it is of schema {stated}, made by an earlier release of anchor_analysis; this one makes {SCHEMA}."
        raise UserError(Problem("AN065", name, what, remedy))


def read_register(folder: Path) -> Register:
    """The register of an edition's claims, in the form of today.

    Before there was one, claims.json was a list of sentences: they get the entries of the released cells beside them,
    and no pages or sources are told, which it did not tell.
    """
    said = storage.read_json(folder / "claims.json")
    if not isinstance(said, list):
        register: Register = said
        return register
    facts = storage.read_json(folder / "edition.json")
    cells = storage.read_frame(folder / "cells.parquet")
    register = make_register(cells, facts, read_claims(said), {}, lambda metric, table: ())
    return register | {"claims": [{"pages": [], **entry} for entry in register["claims"]]}
