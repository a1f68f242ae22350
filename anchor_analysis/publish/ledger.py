"""The ledger of a network's editions: `networks/<id>/editions.toml`, each entry hashed onto the one before it.

An entry says that an edition was released, or withdrawn: the day, the role of who did it and the edition's hash.
`previous` is the `entry` of the one before, and `entry` the hash of all its other fields, so that an entry that was
edited, taken out, moved or put in by hand is found when the ledger is read. That entries are gone from the end shows
only in the editions that they were about, as they stand in outputs and in the archive. Whoever writes the whole chain
anew is found by neither; version control keeps what it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anchor_analysis import storage
from anchor_analysis.declared import Network
from anchor_analysis.declared.lines import line_of
from anchor_analysis.declared.model import read_data
from anchor_analysis.problems import Problem, UserError

if TYPE_CHECKING:
    from anchor_analysis.publish.editions import EditionFolder

Entry = dict[str, Any]

#: The file of a network that has its ledger.
LEDGER = "editions.toml"

#: What the first entry has in place of the one before it.
GENESIS = "0" * 64

#: The fields of an entry, by its kind, in their order.
FIELDS = {
    "released": (
        "kind", "year", "revision", "edition_hash", "released", "released_by", "agreements", "previous", "entry",
    ),
    "withdrawn": (
        "kind", "year", "revision", "edition_hash", "withdrawn", "withdrawn_by", "reason", "previous", "entry",
    ),
}  # fmt: skip

_HEAD = (
    "# Released and withdrawn editions, oldest first. Commands add entries; an entry is never changed or taken out.\n"
)
_REMEDY = "Take the file back from version control; entries are written by `anchor-analysis edition` alone."
_BROKEN_OFF = "If a release of it was broken off, remove that folder and run the edition again."


def ledger_of(workspace: storage.Workspace, network: str) -> list[Entry]:
    """The entries of a network's ledger, oldest first, with fields as FIELDS; none where nothing was released.

    Raises UserError (AN048) with every entry that is not as it was written, or does not follow the one before it.
    """
    return _read(workspace.network(network) / LEDGER)


def released_in(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """Year and revision of all that was ever released, withdrawn or not."""
    return {(entry["year"], entry["revision"]) for entry in entries}


def withdrawn_in(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """Year and revision of what is withdrawn."""
    return released_in([entry for entry in entries if entry["kind"] == "withdrawn"])


def enter_in_ledger(
    network: Network, edition: EditionFolder, manifest: dict[str, Any], by: str, agreements: Sequence[str] = ()
) -> Entry:
    """Enter a released edition; the entry. `by` is the role of who released it.

    `agreements` are the ids of those that let it show what is confidential. Raises UserError as `ledger_of` does.
    """
    about = {"kind": "released", "year": str(edition.year), "revision": edition.revision}
    sealed = {"edition_hash": manifest["edition_hash"], "released": today(), "released_by": by}
    return _append(network.folder / LEDGER, {**about, **sealed, "agreements": sorted(set(agreements))})


def enter_withdrawal(network: Network, released: Entry, reason: str, by: str) -> Entry:
    """Enter that the edition of a `released` entry is withdrawn; the new entry. The old one stays."""
    about = {name: released[name] for name in ("year", "revision", "edition_hash")}
    said = {"withdrawn": today(), "withdrawn_by": by, "reason": reason}
    return _append(network.folder / LEDGER, {"kind": "withdrawn", **about, **said})


def ledger_problems(network: Network, workspace: storage.Workspace) -> list[Problem]:
    """Problems (AN048) with editions that stand as released, in outputs or in the archive, otherwise than entered."""
    known = {(one["year"], one["revision"]): one["edition_hash"] for one in ledger_of(workspace, network.id)}
    return [
        Problem("AN048", f"{place}, {year}/{revision}", what, f"{_REMEDY} {_BROKEN_OFF}")
        for place, year, revision, sealed in _standing(network, workspace)
        if (what := _contradicted(sealed, known.get((year.replace("-", "/"), revision))))
    ]


def _standing(network: Network, workspace: storage.Workspace) -> Iterator[tuple[str, str, str, str]]:
    """Where each edition stands that says it is released, its year and revision as folders, and its hash."""
    folders = {"outputs": workspace.editions(network.id)}
    if network.about.archive:
        folders["the archive"] = workspace.root / network.about.archive / network.id
    for place, folder in folders.items():
        for path in sorted(folder.glob("*/r*/manifest.json")):
            manifest = storage.recalled(path)
            if manifest.get("status") == "released":
                yield place, path.parent.parent.name, path.parent.name, manifest.get("edition_hash", "")


def _contradicted(stated: str, entered: str | None) -> str:
    if entered is None:
        return "it stands as released, and the ledger has no entry of it."
    return "" if stated == entered else "it is not the edition that the ledger says was released."


def _read(path: Path) -> list[Entry]:
    data = read_data(path) if storage.is_given(path) else {}
    entries = data.get("editions", [])
    if data.keys() - {"editions"} or not isinstance(entries, list):
        what = "it holds something else than entries of editions."
        raise UserError(Problem("AN048", storage.told(path), what, _REMEDY))
    problems = [
        Problem("AN048", f"{storage.told(path)}, line {line_of(path, ('editions', at))}, {_name(at, entry)}", what,
                _REMEDY)
        for at, entry in enumerate(entries)
        if (what := _fault(entries, at))
    ]  # fmt: skip
    if problems:
        raise UserError(problems)
    return entries


def _name(at: int, entry: Any) -> str:
    about = entry if isinstance(entry, dict) else {}
    return " ".join(map(str, (f"entry {at + 1}:", about.get("year", "no year"), about.get("revision", "no revision"))))


def _fault(entries: list[Any], at: int) -> str:
    """Why an entry cannot be relied on, or nothing."""
    entry = entries[at]
    if not isinstance(entry, dict) or not {"previous", "entry"} <= entry.keys():
        return "it has no `previous` or no `entry`, the hashes that every entry is written with."
    if not _is_whole(entry) or entry["entry"] != _seal(entry):
        return "it is not as it was written: a field was changed, added or taken out."
    before = entries[at - 1] if at else {"entry": GENESIS}
    if isinstance(before, dict) and before.get("entry", entry["previous"]) != entry["previous"]:
        return "it does not follow the entry before it: one was taken out, put in, moved or changed here."
    return ""


def _is_whole(entry: Entry) -> bool:
    """Whether it has the fields of its kind, and each holds a text; `agreements` are a list of texts."""
    fields = FIELDS.get(str(entry.get("kind")), ())
    ids = entry.get("agreements", [])
    if set(fields) != entry.keys() or not isinstance(ids, list):
        return False
    values = [value for name, value in entry.items() if name != "agreements"]
    return all(isinstance(value, str) for value in [*values, *ids])


def _seal(entry: Entry) -> str:
    """The hash of all fields of an entry but itself."""
    return storage.text_hash(storage.to_json({name: value for name, value in entry.items() if name != "entry"}))


def _append(path: Path, about: Entry) -> Entry:
    entries = _read(path)
    entry = about | {"previous": entries[-1]["entry"] if entries else GENESIS}
    entry["entry"] = _seal(entry)
    text = storage.read_text(path) if storage.is_given(path) else _HEAD
    lines = [f"{name} = {json.dumps(entry[name], ensure_ascii=False)}" for name in FIELDS[entry["kind"]]]
    storage.write_text(path, "\n".join([text.rstrip("\n"), "", "[[editions]]", *lines, ""]))
    return entry


def today() -> str:
    """The day of now, as the ledger has days."""
    return datetime.now(UTC).date().isoformat()
