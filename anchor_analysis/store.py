"""Canonical rows in a store: folders of an object store, or of whatever else fsspec has a file system for.

Nothing is renamed there in one step. So a folder is there when its file WHOLE is, which lists all others, is written
last and taken away first. Without it a folder was half sent, and counts as none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path, PurePath
from typing import Any, cast
from urllib.parse import urlsplit

from anchor_analysis.problems import Problem, UserError
from anchor_analysis.sealing import WHOLE as WHOLE

#: Names the store of all of a workspace's networks: a URL such as `s3://bucket/prefix`.
STORE = "ANCHOR_STORE"

#: What is known in this process of folders that are whole.
_listed: dict[Path, dict[str, str]] = {}

#: The file systems that remember what they have listed.
_remembering: set[Any] = set()

_AGAIN = "See that the address is right and that the store answers, and begin again; what was there is unchanged."
_SHAPES = "Write it as s3://bucket/prefix, gs://…, abfs://… or file:///folder."
_MADE_AGAIN = "rows are then made again elsewhere."
_RIGHTS = "Give this account the right to list, read, write and delete below that address."


def is_stored(path: PurePath) -> bool:
    """Whether a path is one of a store: it has a path's interface, and is none of pathlib's."""
    return not isinstance(path, PurePath)


def open_store(url: str) -> Path:
    """The folder that a URL names, with the interface of a path; an absolute one of this machine may go without `file://`.

    Nothing is asked of the store yet. Raises UserError (AN056) for what is no such URL, or what is not installed.
    """
    if "://" not in url and not Path(url).is_absolute():  # else a slip would put rows of people anywhere
        raise UserError(Problem("AN056", STORE, "this is neither a URL nor a whole path.", _SHAPES))
    url = spelt(url)
    protocol = url.partition("://")[0]
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UserError(Problem("AN056", STORE, "this is no address.", _SHAPES)) from None
    if ":" in parts.netloc.rpartition("@")[0] or parts.query or parts.fragment:
        remedy = "Leave them out: they are taken from where the store's own tools have them."
        raise _problem(url, "its address has credentials in it.", remedy)
    try:
        import fsspec
        from upath import UPath
    except ImportError:
        what = "universal-pathlib and fsspec are not installed here."
        raise _problem(url, what, "Install them: pip install 'anchor-analysis[store]'.") from None
    try:
        fsspec.get_filesystem_class(protocol)
    except ValueError:
        raise _problem(url, "nobody here knows a store of that kind.", _SHAPES) from None
    except ImportError as error:  # it says which package is missing
        raise _problem(url, f"what reads {protocol}:// is not installed here.", f"{error}.") from None
    options = {"auto_mkdir": True} if protocol == "file" else {}
    return cast("Path", UPath(url, use_listings_cache=False, **options))


def spelt(url: str) -> str:
    """The one way of writing a URL or a whole path."""
    return (url if "://" in url else f"file:///{Path(url).as_posix().lstrip('/')}").rstrip("/") if url else ""


def forget() -> None:
    """Forget what stands in the store: others may have been at work."""
    _listed.clear()
    for fs in _remembering:
        fs.invalidate_cache()


def remembering(paths: Sequence[Any]) -> Any:
    """The file system of some files that are whole, for an engine that asks many times of each: it remembers them."""
    from upath import UPath

    options = {**paths[0].storage_options, "use_listings_cache": True}
    with reached(paths[0]):
        fs = UPath(str(paths[0]), **options).fs
        _remembering.add(fs)
        for folder in {path.parent.path for path in paths}:
            fs.ls(folder)
    return fs


def files_of(folder: Path) -> dict[str, str] | None:
    """The files of a folder that is whole, by their names, with their hashes; none where it is not there.

    Raises UserError (AN056) where the store cannot be asked.
    """
    if folder not in _listed:
        with reached(folder):
            found = _asked(folder)
        if found is None:
            return None
        _listed[folder] = found
    return _listed[folder]


def _asked(folder: Any) -> dict[str, str] | None:
    try:
        return dict(json.loads(folder.fs.cat_file((folder / WHOLE).path))["files"])
    except FileNotFoundError:
        _see([folder, *folder.parents][-1])
        return None
    except (ValueError, KeyError, TypeError):  # half written
        return None


@cache
def _see(bucket: Any) -> None:
    """See that a bucket is there, since of one that is not every folder is missing."""
    try:
        bucket.fs.info(bucket.path)
    except PermissionError:  # some may see only what is below a prefix
        return
    except FileNotFoundError:
        raise _problem(str(bucket), "there is no such bucket.", f"Make it, or correct {STORE}.") from None


def send(folder: Path, target: Any, files: Mapping[str, str]) -> None:
    """Copy the named files of a local folder into the store, and then say that they are whole."""
    take_away(target)
    with reached(target):
        target.fs.put([str(folder / name) for name in files], [(target / name).path for name in files])
        said = json.dumps({"files": dict(files)}, indent=1, sort_keys=True)
        target.fs.pipe_file((target / WHOLE).path, said.encode("utf-8"))


def take_away(folder: Any) -> None:
    """Remove a folder, first what says that it is whole."""
    _listed.pop(folder, None)
    with reached(folder):
        if folder.fs.find(folder.path):
            with suppress(FileNotFoundError):
                folder.fs.rm_file((folder / WHOLE).path)
            with suppress(FileNotFoundError):  # there was nothing else
                folder.fs.rm(folder.path, recursive=True)


def inside(folder: Any) -> list[Path]:
    """What stands directly in a folder; nothing where there is none."""
    with reached(folder):
        try:
            names = folder.fs.ls(folder.path, detail=False)
        except FileNotFoundError:
            return []
    return [folder / name for name in sorted({one.rstrip("/").rpartition("/")[2] for one in names})]


def content(path: Any) -> bytes:
    """The bytes of a file."""
    with reached(path):
        return bytes(path.fs.cat_file(path.path))


@contextmanager
def reached(path: Path) -> Iterator[None]:
    """Say of whatever goes wrong with a store what it is, without its words: every kind has errors of its own."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise unreachable(str(path), error) from None


def unreachable(url: str, error: Exception) -> UserError:
    """What to say of an error that came from a store."""
    kind = type(error).__name__
    if isinstance(error, PermissionError):
        return _problem(url, "it does not let this account read or write there.", _RIGHTS)
    if isinstance(error, FileNotFoundError):
        return _problem(url, "something that was there is gone.", _AGAIN)
    if "Credentials" in kind:
        return _problem(
            url, "no credentials for it were found.", "Log in, or set them, as the store's own tools have it."
        )
    return _problem(url, f"it cannot be used: {kind}.", _AGAIN)


def must_be_named(known: Path, name: str, url: str) -> None:
    """Raise UserError (AN056) unless the store that a file says rows stand in is the one of this URL.

    `name` is what people are told the file is called. A damaged one says nothing: then the store that is named is
    taken, and if none is, nobody knows where the rows of people are.
    """
    stored = _said_in(known)
    if stored and stored != url:
        what = f"the rows of this network stand there, and {STORE} does not name it."
        remedy = f"Set {STORE} to that address; or delete what stands there, and {name}: {_MADE_AGAIN}"
        raise _problem(stored, what, remedy)
    if not stored and not url:
        what = "it says in which store the rows of this network stand, and cannot be read."
        remedy = f"Set {STORE} to the address of that store; or delete what stands there, and this file: {_MADE_AGAIN}"
        raise UserError(Problem("AN056", name, what, remedy))


def _said_in(known: Path) -> str:
    """The store that a file names; blank where it is damaged."""
    try:
        stored = known.read_text(encoding="utf-8").strip()
        return stored if urlsplit(stored).scheme else ""
    except ValueError:
        return ""


def unread(path: Path) -> UserError:
    """What to say where an engine could not read rows of a store that are said to be there."""
    return _problem(str(path), "rows that are said to be there cannot be read.", _AGAIN)


def _problem(url: str, what: str, remedy: str) -> UserError:
    return UserError(Problem("AN056", f"store {told(url)}", what, remedy))


def told(url: str) -> str:
    """An address as people are told it: down to the network, and without whatever may be a secret in it."""
    parts = urlsplit(url)
    path = re.sub("/(cleaned|located)(/.*)?$", "", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
