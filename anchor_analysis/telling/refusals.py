"""What the machine refuses: a full disk, a folder that may only be read, a file that has gone. It is nobody's bug.

Such an error comes from wherever a file is touched, in words of Python, DuckDB, Arrow, Polars or a socket. Here it
becomes a problem for whoever runs the command: which folder, what is the matter, what to do. It is known by its number,
or where a library hands on only words, by the words that the system has for that number; nothing else of what it says
is told.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from anchor_analysis.problems import Problem, UserError

PACKAGE = Path(str(resources.files("anchor_analysis")))

#: Libraries whose errors say in words what the system refused.
_IN_WORDS = ("_duckdb", "duckdb", "polars.exceptions", "pyarrow.lib", "shutil", "zmq.error")

_ROOM, _GONE, _READ_ONLY = ("ENOSPC", "EDQUOT", "EFBIG"), ("ENOENT", "ENOTDIR", "ESTALE"), ("EROFS", "EACCES", "EPERM")
_IN_THE_WAY, _WANTING = ("EEXIST", "EISDIR", "ELOOP", "ENOTDIR"), ("ENOMEM", "EAGAIN")
_OTHERS = ("EIO", "EMFILE", "ENFILE", "ENAMETOOLONG", *_WANTING)

_NUMBERS = {
    getattr(errno, name): name
    for name in (*_ROOM, *_READ_ONLY, *_OTHERS, *_GONE, *_IN_THE_WAY) if hasattr(errno, name)
}  # fmt: skip

#: DuckDB lets itself have no more of a disk than is free on it.
_NO_ROOM_TO_SPILL = "max_temp_directory_size"

#: What DuckDB says of a file that is not there.
_NO_FILE = "No files found that match the pattern"

#: What Python says where none of the folders that it tries for temporary files takes any.
_NO_TEMPORARY = "No usable temporary directory"

#: What the C library says where there is no room in memory for the code of a library.
_NO_ROOM_FOR_CODE = "failed to map segment from shared object"

_NAMED_FILE = re.compile(r"[\"'](/[^\"'\n]+|[A-Za-z]:\\[^\"'\n]+)")

#: What stands in the folders of a workspace.
_KEPT = {
    "data/raw": "returns", "data/processed": "what runs read and compute", "outputs": "editions",
    "data/processed/reference": "reference data",
    "networks": "settings and the ledger of editions", "notebooks": "notebooks", "explore": "copies of notebooks",
}  # fmt: skip

#: Those that people fill.
_INPUTS = ("data/raw", "data/processed/reference", "networks", "notebooks")

_ANYTHING = "what was being written"
_TEMPORARY = "the folder for temporary files (TMPDIR)"
_AGAIN = "What stood there before stands as it was."


class Folder(str):
    """A folder that was being written to, noted on an exception."""


class Refused(Exception):
    """What the machine refused in another process, as a problem; no mistake in any return, and told once for all."""

    def __init__(self, problem: Problem):
        self.problem = problem
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problem,)


@contextmanager
def into(folder: Path) -> Iterator[None]:
    """Note on whatever goes wrong inside which folder was written to, since a full disk does not say."""
    try:
        yield
    except Exception as error:
        error.add_note(Folder(folder))
        raise


def refusal(error: BaseException) -> UserError | None:
    """The error as a problem, if the machine refused something: itself, or what it expressly came of; otherwise none.

    AN057 where there is no room, AN014 where nothing may be written, AN020 where a file may not be read, AN058 for
    what has gone or changed, AN059 for what else the machine has not enough of. A missing file that a run made itself
    is none of them, since that may be a bug of ours.
    """
    one: BaseException | None = error
    for _ in range(20):
        if one is None or isinstance(one, UserError):
            return None
        if isinstance(one, Refused):
            return UserError(one.problem)
        if (name := _refused(one)) and (problem := _problem(name, _path(one, error))):
            return UserError(problem)
        one = one.__cause__
    return None


def wants_memory(error: BaseException) -> bool:
    """Whether an error says that there was not memory enough: for all, or for what a damaged file says its size is."""
    out = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"  # which is DuckDB's
    return out or (isinstance(error, ImportError) and _NO_ROOM_FOR_CODE in str(error))


def _refused(error: BaseException) -> str:
    """The name of the number by which the system refused; blank where it did not."""
    said, number = str(error), getattr(error, "errno", None)
    if isinstance(error, FileNotFoundError) and _NO_TEMPORARY in said:
        return "ENOSPC"
    if isinstance(number, int) and (isinstance(error, OSError) or type(error).__module__.startswith("zmq.")):
        return _NUMBERS.get(number, "")
    if wants_memory(error) and _NO_ROOM_TO_SPILL not in said:
        return "ENOMEM"
    if not (isinstance(error, OSError) or type(error).__module__ in _IN_WORDS):
        return ""
    if isinstance(error, FileNotFoundError) or _NO_FILE in said:  # Arrow's and Polars' own have no number
        return "ENOENT"
    if _NO_ROOM_TO_SPILL in said:
        return "ENOSPC"
    return next((name for number, name in _NUMBERS.items() if os.strerror(number) in said), "")


def _path(error: BaseException, outermost: BaseException) -> Path | None:
    """The file or folder that it was about, as far as it says, or as was noted."""
    for said in (getattr(error, "filename2", None), getattr(error, "filename", None)):
        if isinstance(said, str | bytes) and said:
            return path if (path := Path(os.fsdecode(said))).is_absolute() else None
    if type(error).__module__ != "shutil" and (found := _NAMED_FILE.search(str(error))):  # which names the source first
        return Path(found.group(1))
    notes = [*getattr(error, "__notes__", ()), *getattr(outermost, "__notes__", ())]
    return next((Path(note).absolute() for note in notes if isinstance(note, Folder)), None)


def _problem(name: str, path: Path | None) -> Problem | None:
    where, kept = (_folder(path), _kept(path)) if path else ("", _ANYTHING)
    if name in _ROOM:
        what = f"the disk has no room for {kept}, or none that this account may take."
        return Problem("AN057", where, what, f"Make room there and run it again. {_AGAIN}", f"room for {kept}")
    if name in _GONE and (gone := _gone(path, name)):
        return gone
    if name in _IN_THE_WAY:
        return _in_the_way(path)
    if name in _GONE:
        return None
    if name in _READ_ONLY:
        if path and (closed := _closed(path)):
            kind = "folder" if os.path.isdir(closed) else "file"
            remedy = "See that whoever runs this may read it."
            return Problem("AN020", told(closed), f"the {kind} may not be read.", remedy)
        what = f"nothing may be written there, which is where {kept} would stand ({name})."
        return Problem("AN014", where, what, f"Let whoever runs this write there, and run it again. {_AGAIN}")
    if name == "ENAMETOOLONG":
        what = "a name or path is longer than this system allows."
        return Problem(
            "AN014", where, what, "Move the workspace to a folder with a shorter path, or use shorter names."
        )
    if name == "EIO":
        what = "the disk or the network drive fails: it could not be read or written."
        return Problem("AN059", where, what, f"Have it looked at, and run it again. {_AGAIN}")
    if name in _WANTING:
        what = "the machine has not memory, or processes, enough, or this account may have no more of them."
        return Problem("AN059", "", what, f"Let it do less at once, and run it again. {_AGAIN}")
    what = "more files are open at once than this system or account allows."
    return Problem("AN059", "", what, "Allow more, as `ulimit -n 4096` does, and run it again.")


def _closed(path: Path) -> Path | None:
    """The first folder on the way to a path that this account may not look into, or the path if it may not read it."""
    on_the_way = (folder for folder in reversed(path.parents) if os.path.isdir(folder))
    if closed := next((folder for folder in on_the_way if not os.access(folder, os.X_OK)), None):
        return closed
    needed = os.R_OK | os.X_OK if os.path.isdir(path) else os.R_OK
    return path if os.path.exists(path) and not os.access(path, needed) else None


def _gone(path: Path | None, name: str) -> Problem | None:
    """What to say of something that has gone; nothing of what a run makes itself, in a workspace that stands."""
    if path is None or path.is_relative_to(PACKAGE):
        return None
    root = _root(path)
    if root and _standing_in(root, path) not in _INPUTS:
        return None
    where = told(path) if root else _folder(path)
    what = "it changed while it was read." if name == "ESTALE" else "it is not there, or has gone meanwhile."
    what = what if root else "a folder or file that was here is not there, or has gone meanwhile."
    remedy = "See that nobody moves or changes it while this is at work, and run it again."
    return Problem("AN058", where, what, remedy)


def _in_the_way(path: Path | None) -> Problem | None:
    """What to say where a file stands in the place of a folder, or a folder in that of a file, or a link."""
    if path is None or path.is_relative_to(PACKAGE) or not _root(path):
        return None
    standing = next((place for place in (path, *path.parents) if os.path.lexists(place)), path)
    what = "it is a folder, a file or a link where another of these should be."
    return Problem("AN014", told(standing), what, f"Move it away and run it again. {_AGAIN}")


def _root(path: Path) -> Path | None:
    """The workspace that a path is below; none where it is below none that stands."""
    return next((folder for folder in path.parents if os.path.isdir(folder / "networks")), None)


def _standing_in(root: Path, path: Path) -> str:
    """The folder of a workspace that a path is in, as `_KEPT` names them."""
    inside = path.relative_to(root).as_posix()
    folders = sorted((*_KEPT, *_INPUTS), key=len, reverse=True)
    return next((folder for folder in folders if f"{inside}/".startswith(f"{folder}/")), "")


def _folder(path: Path) -> str:
    """The nearest folder that stands, as people are told it, without the names of what is made there for a while."""
    made = next((at for at, part in enumerate(path.parts) if part.startswith((".scratch-", ".writing-"))), None)
    path = Path(*path.parts[:made])
    while not os.path.isdir(path):  # and so no name is told that is none, such as a value that a bug made a name of
        path = path.parent
    if _is_temporary(path):
        return _TEMPORARY
    return "the workspace" if os.path.isdir(path / "networks") else told(path)


def _kept(path: Path) -> str:
    if root := _root(path):
        return _KEPT.get(_standing_in(root, path), _ANYTHING)
    return "what a run needs for a while" if _is_temporary(path) else _ANYTHING


def _is_temporary(path: Path) -> bool:
    """Whether a path is below one of the folders in which Python makes temporary files."""
    folders = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")] + ["/tmp", "/var/tmp"]
    return not _root(path / "any") and any(folder and path.is_relative_to(folder) for folder in folders)


def told(path: Path) -> str:
    """A file as people are told it: from its workspace, or from the package that it ships with."""
    if path.is_relative_to(PACKAGE):
        return path.relative_to(PACKAGE.parent).as_posix()
    for folder in path.parents:
        if (folder / "networks").is_dir():
            return path.relative_to(folder).as_posix()
    return "/".join(path.parts[-2:])
