"""Disks of memory that a test mounts, to fill up or make read-only; who writes there cannot tell them from others."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.sealing import WHOLE

LARGE = 400_000_000

#: Written anew by each run, since they tell of the moment.
OF_THE_MOMENT = ("run.json", ".lock")


@cache
def can_mount() -> bool:
    """Whether this account may mount anything here; in most containers nobody may."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    probe = Path(f"/tmp/anchor-mount-{os.getpid()}")
    probe.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "none", str(probe)], capture_output=True, check=False)
        if mounted.returncode == 0:
            subprocess.run(["umount", str(probe)], check=True)
        return mounted.returncode == 0
    finally:
        probe.rmdir()


class Disk:
    """A mounted disk."""

    def __init__(self, folder: Path):
        self.folder = folder

    def has(self, size: int) -> None:
        """Give it so many bytes, or as many as it holds already."""
        self._again(f"size={max(size, self.used, 4096)}")

    def fill(self) -> None:
        """Leave no room at all."""
        self.has(0)

    def read_only(self, so: bool = True) -> None:
        """Take no more writes, or take them again."""
        self._again("ro" if so else "rw")

    def _again(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True, capture_output=True)

    @property
    def used(self) -> int:
        """Bytes that are taken, in whole pages as the system counts."""
        counted = os.statvfs(self.folder)
        return (counted.f_blocks - counted.f_bfree) * counted.f_frsize


@contextmanager
def disk(folder: Path, size: int = LARGE) -> Iterator[Disk]:
    """A new disk that stands at a folder."""
    storage.made(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def most_used(of: Disk) -> Iterator[Callable[[], int]]:
    """How much a disk held at most while this was open."""
    seen, ended = [of.used], threading.Event()

    def look() -> None:
        while not ended.wait(0.002):
            seen.append(of.used)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield lambda: max(seen)
    finally:
        ended.set()
        looking.join()


def tree(folder: Path, *without: str) -> dict[str, str]:
    """The hash of every file below a folder by its name, apart from those of the moment.

    Of canonical rows it is the hash of what they say: engines write them in any order.
    """
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(_content(path)).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (*OF_THE_MOMENT, *without)
    }


def _content(path: Path) -> bytes:
    if not {"cleaned", "located"} & set(path.parts):
        return path.read_bytes()
    if path.name == WHOLE:  # which has hashes of rows in some order
        return "\n".join(sorted(storage.read_json(path)["files"])).encode()
    if path.suffix == ".parquet":
        rows = storage.read_frame(path)
        origin = [name for name in ("source_file", "source_sheet", "source_row") if name in rows]
        return rows.sort_values(origin).to_csv(index=False).encode() if origin else path.read_bytes()
    return path.read_bytes()
