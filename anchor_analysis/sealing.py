"""Folders that list what they hold, files with their hash beside them, and small files that have to be of a shape.

What was lost, cut off or changed counts as not there, and the next run makes it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from anchor_analysis.hashes import file_hash, text_hash

#: The file that lists all others of a folder, with the hash of each.
WHOLE = "whole.json"

#: The layout of what such folders hold: raise it by one where today's code would misread what was written before. What
#: runs make is made again by changed code in any case; reference data have to be added again then.
LAYOUT = 1

#: What was found whole in this process, with a hash of the sizes and times of its files then.
_found: dict[str, str] = {}

_NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


def seal(folder: Path) -> None:
    """Write into a folder that is complete which files it holds, with the hash of each."""
    said = {"layout": LAYOUT, "files": {name: file_hash(path) for name, path in sorted(_files(folder).items())}}
    (folder / WHOLE).write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def trust(folder: Path) -> None:
    """Take a folder for whole that this process has just sealed, until one of its files is another."""
    _found[str(folder)] = _stats(folder, _files(folder))


def is_whole(folder: Path) -> bool:
    """Whether a folder holds just the files that it lists, in the layout of today, each as it was written."""
    files = _files(folder)
    now = _stats(folder, files)
    if files and _found.get(str(folder)) == now:
        return True
    listed = _listed(folder)
    if listed is None or listed != {name: file_hash(path) for name, path in files.items()}:
        return False
    _found[str(folder)] = now
    return True


def is_sealed(path: Path) -> bool:
    """Whether a file is there as it was when its hash was written beside it."""
    seal = seal_of(path)
    return path.is_file() and seal.is_file() and seal.read_bytes().decode("ascii", "replace").strip() == file_hash(path)


def seal_of(path: Path) -> Path:
    """Where the hash of a file stands that was written with one."""
    return path.with_name(f"{path.name}.sha256")


def recalled(path: Path, /, may_have: Mapping[str, Any] = _NO_FIELDS, **fields: Any) -> dict[str, Any]:
    """What a file says that a run writes for later; nothing where it is not there, or no longer as it was written.

    `fields` are those that it must have, each with its type, such as `files=dict[str, str]`; and those that it
    `may_have`, as what an earlier release wrote may lack them, are of theirs.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}  # reading a pipe would never end
    except (OSError, ValueError, RecursionError):
        return {}
    return said if has_fields(said, may_have, **fields) else {}


def has_fields(said: Any, /, may_have: Mapping[str, Any] = _NO_FIELDS, **fields: Any) -> bool:
    """Whether something that was read has these fields, each of its type, and of those that it may have the same."""
    if not (isinstance(said, dict) and fields.keys() <= said.keys()):
        return False
    return all(is_of(said[name], kind) for name, kind in {**may_have, **fields}.items() if name in said)


def is_of(value: Any, kind: Any) -> bool:
    """Whether something that was read is of a type, and everything in it: `dict[str, str]` has texts alone."""
    from pydantic import TypeAdapter, ValidationError  # takes a while, and not every process reads such a file

    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _listed(folder: Path) -> dict[str, str] | None:
    said = recalled(folder / WHOLE, layout=int, files=dict[str, str])
    return said["files"] if said and said["layout"] == LAYOUT else None


def _files(folder: Path) -> dict[str, Path]:
    """The files below a folder by their names, without those that systems put into whatever they show."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.name != WHOLE and not path.name.startswith(".")
    }


def _stats(folder: Path, files: dict[str, Path]) -> str:
    """The sizes and times of files, and of what lists them, as one hash."""
    listing = [(WHOLE, folder / WHOLE)] if (folder / WHOLE).is_file() else []
    stats = [(name, path.stat()) for name, path in (*sorted(files.items()), *listing)]
    return text_hash(*(f"{name!r}={about.st_size}={about.st_mtime_ns}" for name, about in stats))
