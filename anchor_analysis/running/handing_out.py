"""Files that a command writes where a person says: beside what a workspace keeps, never into it or over it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.problems import Problem, UserError

#: What stands in the folders of a workspace into which no person has anything written, and in an edition anywhere.
_KEPT = {
    "outputs": "editions", "data/raw": "returns", "data/processed": "what runs make",
    "networks": "settings and what was decided",
}  # fmt: skip
_AN_EDITION, _SEALED = "an edition", "what was sealed"

_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def file_must_stand_apart(to: Path, option: str, ending: str, *, new: bool = False) -> None:
    """Raise UserError unless a file may be written there; call it before any work, and before anything is shown.

    AN054 where it leads into what a workspace keeps, or into an edition. AN014 for another ending, for a folder in its
    place, a file in the place of its folder, and, where it has to be `new`, for a file that is there.
    """
    _must_lead_elsewhere(to, option)
    if to.suffix.lower() != ending:
        raise _unfit(to, f"its name does not end in {ending}, which says what it is.", f"Add {ending} to it.")
    if os.path.isdir(to):
        raise _unfit(to, "it is a folder.", f"Name a file after {option}.")
    if new and os.path.lexists(to):
        raise _unfit(to, "it is there already, perhaps filled in.", f"Name another file after {option}.")
    _must_have_room(to, to.parent)


def folder_must_stand_apart(to: Path, option: str) -> None:
    """Raise UserError unless files may be written into this folder, or it may be made; as for a file."""
    _must_lead_elsewhere(to, option)
    _must_have_room(to, to)


@contextmanager
def handed_out(to: Path) -> Iterator[None]:
    """Raise UserError (AN014) where what a person named cannot be written; a full disk is told as that, elsewhere."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        raise _unfit(to, "it cannot be written.", "Close it, or name a folder that can be written to.") from None


def _unfit(to: Path, what: str, remedy: str) -> UserError:
    return UserError(Problem("AN014", str(to), what, remedy))


def _must_lead_elsewhere(to: Path, option: str) -> None:
    """Look at where the path leads by its own words and, since a link may stand on the way, at where it ends."""
    said, ends = Path(os.path.abspath(to)), Path(os.path.realpath(to))
    above = list(dict.fromkeys([said, *said.parents, ends, *ends.parents]))
    roots = [folder for folder in above if os.path.isdir(folder / "networks")]
    with suppress(UserError):  # nobody has to be in a workspace to verify an edition that was sent
        roots.append(storage.find_workspace().root)
    kept = {root / name: (name, content) for root in roots for name, content in _KEPT.items()}
    for folder in above:
        found = next((told for place, told in kept.items() if _same(folder, place)), None)
        if not found and os.path.isfile(folder / "manifest.json") and os.path.isfile(folder / "cells.parquet"):
            found = (_AN_EDITION, _SEALED)
        if found:
            what = f"it leads into {found[0]}, which holds {found[1]} and nothing else."
            raise UserError(Problem("AN054", f"{option} {to}", what, "Name a place outside of it."))


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are one folder, also under names that differ in the size of letters only, or by links."""
    return one == other or (os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other))


def _must_have_room(to: Path, folder: Path) -> None:
    """Raise UserError (AN014) where something else stands in the place of the folder, or of one above it."""
    standing = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
    if not os.path.isdir(standing):
        what = f'"{standing.name}" is no folder, so nothing can be written into it.'
        raise _unfit(to, what, "Name a folder, or a new one.")
