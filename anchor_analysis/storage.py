"""The one room that knows folders, Parquet and atomic writes, with `store` for rows elsewhere, and `locking`.

A *workspace* is a folder with `networks/`, `data/`, `outputs/`. A step's results live in a folder that is
named by a hash of everything that went into them; it is there whole or not at all.
"""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from anchor_analysis import store
from anchor_analysis.hashes import LIBRARIES as LIBRARIES
from anchor_analysis.hashes import below as below
from anchor_analysis.hashes import code_hash as code_hash
from anchor_analysis.hashes import environment as environment
from anchor_analysis.hashes import file_hash as file_hash
from anchor_analysis.hashes import files_of as files_of
from anchor_analysis.hashes import folder_hash as folder_hash
from anchor_analysis.hashes import text_hash as text_hash
from anchor_analysis.locking import is_alive as is_alive
from anchor_analysis.locking import locked as locked
from anchor_analysis.placing import copy_file as copy_file
from anchor_analysis.placing import discard as discard
from anchor_analysis.placing import is_under_way, keep_names, make, put_back, settle
from anchor_analysis.placing import put_in_place as put_in_place
from anchor_analysis.placing import take_away as take_away
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.sealing import has_fields as has_fields
from anchor_analysis.sealing import is_of as is_of
from anchor_analysis.sealing import is_sealed as is_sealed
from anchor_analysis.sealing import is_whole as is_whole
from anchor_analysis.sealing import recalled as recalled
from anchor_analysis.sealing import seal as seal
from anchor_analysis.sealing import seal_of as seal_of
from anchor_analysis.sealing import trust as trust
from anchor_analysis.telling.refusals import PACKAGE as PACKAGE
from anchor_analysis.telling.refusals import into
from anchor_analysis.telling.refusals import told as told

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Workspace:
    """The folders of one installation; everything below is derived from its root.

    `engine` is what its rows are computed on, as `engine.open_engine` takes it; the answers are the same on all.
    `store` is the URL below which canonical rows stand; where it is blank, in `data/processed`.
    """

    root: Path
    engine: Any = "duckdb"
    store: str = ""

    @property
    def networks(self) -> Path:
        return self.root / "networks"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    def network(self, network: str) -> Path:
        return self.networks / network

    def raw(self, network: str) -> Path:
        return self.root / "data" / "raw" / network

    def processed(self, network: str) -> Path:
        return self.root / "data" / "processed" / network

    def canonical(self, network: str) -> Path:
        """Where its rows stand, as `<cleaned or located>/<year>/<member>/<key>`: of the store, or a local path.

        Raises UserError (AN056) where the store cannot be had, or the network's rows were put into another one.
        """
        known = self.processed(network) / STORED
        if is_given(known):
            store.must_be_named(known, f"data/processed/{network}/{STORED}", store.spelt(self.store))
        return store.open_store(self.store) / network if self.store else self.processed(network)

    def keep_store(self, network: str) -> None:
        """Remember in which store the network's rows stand, so that nothing looks for them, or puts them, elsewhere."""
        if self.store:
            self.canonical(network)
            write_text(self.processed(network) / STORED, store.spelt(self.store) + "\n")

    def reference(self) -> Path:
        return self.root / "data" / "processed" / "reference"

    def downloads(self) -> Path:
        return self.reference() / ".downloads"

    def fetched(self) -> Path:
        """The hashes of fetched files; beside the networks, since it is tracked and outlasts what can be rebuilt."""
        return self.networks / "fetched.json"

    def pointer(self, network: str, year: str) -> Path:
        """The file that says which results are a year's and from which folders they come; `year` as folders have it."""
        return self.processed(network) / "current" / f"{year}.json"

    def pointed_to(self, network: str, year: str) -> dict[str, Any]:
        """What that file says; empty for a year that was never run whole, or where it cannot be read any more."""
        names = list[str]
        later = {"linked": names, "made_by": dict[str, str]}
        return recalled(self.pointer(network, year), later, results=str, cleaned=names, located=names)

    def exploring(self) -> Path:
        """The copies of notebooks that people work in: nobody's but theirs, and part of no run."""
        return self.root / "explore"

    def everything(self) -> Path:
        """The folder that is held by what works on all networks."""
        return self.root / "data" / "processed"

    def editions(self, network: str) -> Path:
        return self.root / "outputs" / network


#: The file that says in which store the rows of a network stand.
STORED = "store.txt"

#: Names the folder of results to a notebook that is run for an edition, which sees nothing beside it.
DRAFT = "ANCHOR_DRAFT"


def workspace_of(folder: Path) -> Workspace:
    """The workspace of a folder; its canonical rows stand in the store that ANCHOR_STORE names, if it names one."""
    return Workspace(folder, store=os.environ.get(store.STORE, ""))


def find_workspace(start: Path | str | None = None) -> Workspace:
    """The workspace named by ANCHOR_WORKSPACE, or the nearest folder upward that holds `networks/`."""
    named = os.environ.get("ANCHOR_WORKSPACE") if start is None else None
    here = Path(named or start or Path.cwd()).resolve()
    if not is_text(str(here)):
        remedy = "Give it, and every folder above it, a name of letters and figures."
        raise UserError(Problem("AN001", "", "the name of this folder, or of one above it, cannot be read.", remedy))
    for folder in [here] if named else [here, *here.parents]:
        if (folder / "networks").is_dir():
            return workspace_of(folder)
    problem = "has no networks folder" if named else "is not inside a workspace, a folder that holds networks/"
    remedy = "Run `anchor-analysis network init` in the folder where the project should live."
    raise UserError(Problem("AN001", here.name, f"this folder {problem}.", remedy))


def packaged(name: str) -> Path:
    """A folder that ships with the package: inside it when installed, at the project's root in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(read_text(path))


def to_json(value: Any, indent: int | None = 1) -> str:
    """JSON that is the same for the same value: sorted keys, UTF-8, one final newline; without indent on one line."""
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=True) + "\n"


def is_text(name: str) -> bool:
    """Whether a name can be written down; names are bytes, and those of an old disk may be of another encoding."""
    return name == name.encode("utf-8", "replace").decode("utf-8")


def is_given(path: Path) -> bool:
    """Whether a file is there that may be left out.

    Raises UserError (AN007) for a folder in its place, or a link that leads nowhere: nobody has left that out.
    """
    if path.is_file() or not os.path.lexists(path):
        return path.is_file()
    what = "it is no file, but a folder, or a link that leads nowhere."
    raise UserError(Problem("AN007", told(path), what, "Put the file itself there, or take it away."))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with into(path.parent):
        make(path.parent)
        temporary = path.with_name(f".writing-{os.getpid()}-{path.name}")
        try:
            with temporary.open("wb") as stream:  # made as any file is, so that others may read it
                stream.write(content)
                if not is_under_way(path.parent):  # else what it is in is settled as a whole
                    stream.flush()
                    os.fsync(stream.fileno())
            os.replace(temporary, path)
            if not is_under_way(path.parent):
                keep_names(path.parent)
        finally:
            temporary.unlink(missing_ok=True)  # which is there only where something went wrong


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a small frame (observations and later) as Parquet."""
    with into(path.parent):
        frame.to_parquet(path, index=False)


def place(named: str) -> Path:
    """The path that a text names: a store's, by its URL, or a local one."""
    return store.open_store(named) if "://" in named else Path(named)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to be read, wherever it stands."""
    with store.reached(path) if store.is_stored(path) else nullcontext(), path.open("rb") as stream:
        yield stream


def read_frame(path: Path) -> pd.DataFrame:
    """Read a small frame (observations and later) from Parquet."""
    import pandas as pd

    return pd.read_parquet(io.BytesIO(store.content(path)) if store.is_stored(path) else path)


def made(folder: Path) -> Path:
    """The folder, which is there afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def move(path: Path, target: Path) -> None:
    """Move a file or folder on the same disk, making the folder above its target."""
    os.replace(path, made(target.parent) / target.name)


def is_there(folder: Path) -> bool:
    """Whether a folder of results is there, whole, and as it was written."""
    return store.files_of(folder) is not None if store.is_stored(folder) else is_whole(folder)


def adopt(folder: Path, target: Path) -> None:
    """Put a finished folder of results in its place, unless an equal run has already."""
    if is_there(target):
        return
    if store.is_stored(target):
        store.send(folder, target, {path.relative_to(folder).as_posix(): file_hash(path) for path in files_of(folder)})
    else:
        seal(folder)
        put_in_place(folder, made(target.parent) / target.name)
        trust(target)


def table_files(folder: Path, table: str = "*") -> list[Path]:
    """The Parquet files of a table (of all, if none is named) that a step wrote into a folder; none if it has none."""
    if not store.is_stored(folder):
        return sorted(folder.glob(f"{table}/*.parquet"))
    names = sorted(store.files_of(folder) or ())
    return [folder / name for name in names if fnmatch(name, f"{table}/*.parquet")]


def has(folder: Path, name: str) -> bool:
    """Whether a step wrote a file of this name into a folder."""
    return name in (store.files_of(folder) or ()) if store.is_stored(folder) else (folder / name).is_file()


def inside(folder: Path) -> list[Path]:
    """What stands directly in a folder; nothing where there is none."""
    if store.is_stored(folder):
        return store.inside(folder)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def count_rows(files: Iterable[Path]) -> int:
    """How many rows Parquet files have, by what they say of themselves."""
    import pyarrow.parquet as pq

    rows = 0
    for file in files:
        with opened(file) as stream:
            rows += pq.read_metadata(stream).num_rows
    return rows


def remove(path: Path) -> None:
    """Remove a file that may be gone already."""
    path.unlink(missing_ok=True)


def step_folder(folder: Path, key: str) -> Path:
    """Where the results of a step for this key stand, if they were made."""
    return folder / key[:16]


def step(folder: Path, key: str, produce: Callable[[Path], None]) -> Path:
    """The folder of a step's results for this key, produced only where it is not there whole already.

    `produce` is given an empty folder to fill. It appears under its name only when it is complete, so a run
    that is killed leaves nothing that looks like a result.
    """
    done = step_folder(folder, key)
    if is_there(done):
        return done
    with replacing(done, lasting=False) as draft:
        produce(draft)
        seal(draft)
    trust(done)
    return done


@contextmanager
def replacing(folder: Path, *, lasting: bool = True) -> Iterator[Path]:
    """Fill a new folder that then takes the place of the old one, whole; on an error the old one stays.

    What is `lasting` is on the disk before it takes its place, since power fails too; what is not can be made again.
    """
    with into(folder.parent):
        make(folder.parent)
        draft = folder.parent / f".writing-{uuid4().hex}"
        draft.mkdir()  # as any folder is made, so that those may read it whom the system lets
        try:
            yield draft
            if lasting:
                settle(draft)
            put_in_place(draft, folder)
        finally:
            discard(draft)


@contextmanager
def scratch(beside: Path, *, held: bool = True) -> Iterator[Path]:
    """A folder for what is needed only for a while, on the same disk as its neighbour.

    Where what it stands in is not `held` by whoever asks, its name says of which process it is, and it is not swept
    while that lives.
    """
    prefix = ".scratch-" if held else f".scratch-of-{os.getpid()}-"
    with into(beside), tempfile.TemporaryDirectory(dir=beside, prefix=prefix) as folder:
        yield Path(folder)


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in files_of(folder))


def sweep(folder: Path, *, below: bool = True) -> None:
    """Put back what a killed command had moved aside, and remove what it left half made, in a folder and all below it.

    Call it only while the lock is held of whoever writes there. What names a process that lives stays, as what DuckDB
    spills for it.
    """
    put_back(folder, below=below)
    for pattern in (".scratch-*", ".writing-*"):
        for path in list((folder.rglob if below else folder.glob)(pattern)):
            others = re.match(r"\.scratch-(?:duckdb|of)-(\d+)-", path.name)
            if not (others and is_alive(int(others[1]))):
                discard(path)


def keep_only(folder: Path, kept: Iterable[Path]) -> None:
    """Remove the results of a step that no current run refers to, and what a killed run left behind."""
    wanted = {path if store.is_stored(path) else path.resolve() for path in kept}
    for path in inside(folder):
        if store.is_stored(path):
            if path not in wanted:
                store.take_away(path)
        elif path.resolve() not in wanted:
            take_away(path)
