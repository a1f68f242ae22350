"""Hashes by which steps, files, code and libraries are told from others of their kind."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from anchor_analysis.telling.refusals import PACKAGE

#: Libraries whose release can change a figure or a page, named in the manifest.
LIBRARIES = ["duckdb", "narwhals", "pandas", "pyarrow", "numpy", "matplotlib", "seaborn", "papermill", "nbconvert"]


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def text_hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


def folder_hash(folder: Path) -> str:
    """A hash of all files below a folder, by their names and contents."""
    return text_hash(*(f"{path.relative_to(folder).as_posix()}={file_hash(path)}" for path in files_of(folder)))


def files_of(folder: Path) -> list[Path]:
    """All files below a folder, in the order of their names; raises as `below` does."""
    return [path for path in below(folder) if path.is_file()]


def below(folder: Path) -> list[Path]:
    """All that stands below a folder, in the order of its names; what links lead to is not below it.

    Raises PermissionError for a folder that may not be looked into: `rglob` takes that for an empty one.
    """

    def refuse(error: OSError) -> None:
        if isinstance(error, PermissionError):
            raise error

    return sorted(
        Path(place) / name for place, folders, files in os.walk(folder, onerror=refuse) for name in (*folders, *files)
    )


@cache
def code_hash(*rooms: str) -> str:
    """A hash of the library's own code and data in the named rooms, so that a changed step runs again."""
    paths = [PACKAGE / room for room in rooms]
    return text_hash(*(_code_files(path) for path in paths))


@cache
def environment() -> dict[str, str]:
    """The releases that results are made with."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def _code_files(path: Path) -> str:
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    kept = [file for file in files if file.is_file() and file.suffix != ".pyc"]
    return text_hash(*(f"{file.name}={file_hash(file)}" for file in kept))
