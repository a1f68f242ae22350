"""Putting folders in their place in one step, and taking them away in one: each is there whole or not at all.

What is being made or taken away is called `.writing-…`, beside its place. What it takes the place of is exchanged with
it, so that readers find the one or the other. Where that cannot be done there is a moment between two renames, in which
the old one is called `.aside-…`; whoever is killed just then is put right by the next command (`put_back`).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from contextlib import suppress
from glob import escape
from itertools import takewhile
from pathlib import Path

from anchor_analysis.locking import is_alive

#: How the name begins of what is not whole, and of what had a place until a moment ago.
UNFINISHED, ASIDE = ".writing-", ".aside-"

_CURRENT_FOLDER, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def put_in_place(draft: Path, folder: Path) -> None:
    """Have a finished folder stand where another may have stood, which goes; on an error the old one stays."""
    old = draft
    if not os.path.lexists(folder):
        os.replace(draft, folder)
    elif not exchanged(draft, folder):
        old = folder.with_name(f"{ASIDE}{folder.name}")
        os.replace(folder, old)
        try:
            os.replace(draft, folder)
        except BaseException:
            os.replace(old, folder)
            raise
    keep_names(folder.parent)
    discard(old)


def exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders by their names in one step; whether the system, and the disk, can do that."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    names = [os.fsencode(path) for path in (one, other)]
    return bool(rename(_CURRENT_FOLDER, names[0], _CURRENT_FOLDER, names[1], _EXCHANGE) == 0)


def put_back(folder: Path, *, below: bool = True) -> None:
    """Put back what somebody who was killed had moved aside, in a folder and, unless not wanted, all below it."""
    for old in list((folder.rglob if below else folder.glob)(f"{ASIDE}*")):
        place = old.with_name(old.name.removeprefix(ASIDE))
        if os.path.lexists(place):
            discard(old)
        else:
            os.replace(old, place)


def take_away(path: Path) -> None:
    """Remove a file or folder that others know by its name: it is gone at once, so that no half of it is found."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    going = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    discard(going)
    os.replace(path, going)
    shutil.rmtree(going)


def discard(path: Path) -> None:
    """Remove what nobody knows by its name, as far as that can be done; nothing where there is nothing."""
    if path.is_symlink() or not path.is_dir():
        with suppress(OSError):
            path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)


def copy_file(path: Path, to: Path) -> None:
    """Copy a file to where nobody holds a lock, whole or not at all; what killed copies have left of it goes."""
    for left in to.absolute().parent.glob(f"{UNFINISHED}*-{escape(to.name)}"):
        pid = left.name.split("-")[1]
        if not (pid.isdigit() and is_alive(int(pid))):
            discard(left)
    half = to.with_name(f"{UNFINISHED}{os.getpid()}-{to.name}")
    try:
        shutil.copyfile(path, half)
        os.replace(half, to)
    finally:
        half.unlink(missing_ok=True)


def is_under_way(path: Path) -> bool:
    """Whether a path is within what is being made, and is nobody's until that takes its place."""
    return any(part.startswith((UNFINISHED, ".scratch-")) for part in path.parts)


def settle(folder: Path) -> None:
    """Have the disk keep what a folder holds before its name says that it is whole: power fails too."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            _keep(Path(place) / name)
        keep_names(Path(place))


def make(folder: Path) -> None:
    """Make a folder, and those above it that are not there; the disk keeps the names of those that are to last."""
    new = list(takewhile(lambda path: not path.is_dir(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    for path in new:
        if not is_under_way(path):
            keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """Have the disk keep which names a folder has, where it can be asked to; Windows opens no folder."""
    with suppress(OSError):
        _keep(folder)


def _keep(path: Path) -> None:
    at = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
