"""Folders that list what they hold, and files with their hash beside them.

What was lost, cut off or changed counts as not there, and the next run makes it again.
"""

from __future__ import annotations

import json
from pathlib import Path

from anchor_analysis.hashes import file_hash, text_hash

#: The file that lists all others of a folder, with the hash of each.
WHOLE = "whole.json"

#: The layout of what such folders hold: raise it by one where today's code would misread what was written before. What
#: runs make is made again by changed code in any case; reference data have to be added again then.
LAYOUT = 1

#: What was found whole in this process, with a hash of the sizes and times of its files then.
_found: dict[str, str] = {}


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


def _listed(folder: Path) -> dict[str, str] | None:
    try:
        said = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        return dict(said["files"]) if said["layout"] == LAYOUT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
