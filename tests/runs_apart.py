"""Runs in processes of their own, each under circumstances that may make no difference to an edition.

As a module it is such a process: `python -m tests.runs_apart FOLDER --workers 2 --umask 077`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.publish.editions import OUTSIDE

ROOT = Path(__file__).parent.parent

#: What is done before anything else in each process of a run, kernels too: folders tell their files in a drawn order,
#: and the machine has another name.
BEFORE_ALL = """
import os, random, socket
if os.environ.get("TEST_HOST"):
    socket.gethostname = lambda: os.environ["TEST_HOST"]
if os.environ.get("TEST_SHUFFLED"):
    draw, listdir, scandir = random.Random(int(os.environ["TEST_SHUFFLED"])), os.listdir, os.scandir
    def shuffled(names):
        names = sorted(names, key=lambda one: getattr(one, "name", one))
        draw.shuffle(names)
        return names
    class Scanned:
        def __init__(self, path):
            with scandir(path) as found:
                self.found = iter(shuffled(found))
        def __iter__(self): return self
        def __next__(self): return next(self.found)
        def __enter__(self): return self
        def __exit__(self, *error): pass
        def close(self): pass
    os.listdir = lambda path=".": shuffled(listdir(path))
    os.scandir = lambda path=".": Scanned(path)
"""

#: No run may take longer, on whatever machine, in seconds.
LONGEST = 900


@dataclass(frozen=True)
class Circumstances:
    """Under what a run is made; `killed_at` is a part of data/processed: as soon as it stands there, the run is killed
    outright, and begun again."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 1
    umask: int = 0o022
    shuffled: int = 0
    threads: int = 0
    place: str = "workspace"
    from_folder: str = ""
    killed_at: str = ""
    sent_backwards: bool = False


def made_under(circumstances: Circumstances, given: Path, beside: Path, *, released: bool = False) -> storage.Workspace:
    """A copy of a workspace without what is made from it, run under circumstances in a process of its own."""
    root = beside / circumstances.place
    for name in ("networks", "notebooks", "data/raw"):
        shutil.copytree(given / name, root / name)
    if circumstances.sent_backwards:
        _send_backwards(given / "data" / "raw", root / "data" / "raw")
    command = [sys.executable, "-m", "tests.runs_apart", str(root), "--workers", str(circumstances.workers)]
    command += ["--umask", f"{circumstances.umask:o}", "--threads", str(circumstances.threads)]
    command += ["--released"] if released else []
    environment = environment_of(circumstances, beside)
    where = storage.made(beside / circumstances.from_folder) if circumstances.from_folder else ROOT
    if circumstances.killed_at:
        _begin_and_kill(command, environment, where, root / "data" / "processed" / "example" / circumstances.killed_at)
    done = subprocess.run(
        command, env=environment, cwd=where, capture_output=True, text=True, timeout=LONGEST, check=False,
        errors="backslashreplace",
    )  # fmt: skip
    assert done.returncode == 0, f"{circumstances.name}: {done.stdout}{done.stderr}"
    return storage.Workspace(root)


def environment_of(circumstances: Circumstances, beside: Path) -> dict[str, str]:
    """The environment of a run's processes; `beside` is a folder for what is done before all else in them."""
    before = storage.made(beside / "before all")
    (before / "sitecustomize.py").write_text(BEFORE_ALL, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANCHOR_", "PYTEST_", "PYTHON"))}
    ours = {"PYTHONPATH": f"{before}{os.pathsep}{ROOT}", "PYTHONHASHSEED": "0"}
    shuffled = {"TEST_SHUFFLED": str(circumstances.shuffled)} if circumstances.shuffled else {}
    return kept | ours | shuffled | circumstances.environment


def _send_backwards(sent: Path, raw: Path) -> None:
    """Write the returns anew, the last first, and as if all were of the last century."""
    shutil.rmtree(raw)
    for path in sorted((path for path in sent.rglob("*") if path.is_file()), reverse=True):
        target = raw / path.relative_to(sent)
        storage.write_bytes(target, path.read_bytes())
        os.utime(target, (900_000_000, 900_000_000))


def _begin_and_kill(command: Sequence[str], environment: dict[str, str], where: Path, once: Path) -> None:
    with tempfile.TemporaryFile() as said:
        begun = subprocess.Popen(command, env=environment, cwd=where, start_new_session=True, stdout=said, stderr=said)
        latest = time.monotonic() + LONGEST
        while not once.exists() and begun.poll() is None and time.monotonic() < latest:
            time.sleep(0.01)
        said.seek(0)
        assert begun.poll() is None, f"it was to be killed while it runs, and had ended: {said.read()!r}"
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()


def differences(one: Path, other: Path) -> list[str]:
    """Each file below two folders that is in one alone, or that differs, and where; `run.json` holds times, and is left
    out."""
    files = [
        {path.relative_to(top).as_posix(): path for path in top.rglob("*") if path.is_file()} for top in (one, other)
    ]
    names = sorted((files[0].keys() | files[1].keys()) - {"run.json"})
    return [said for name in names if Path(name).name != "run.json" and (said := _difference(name, *files))]


def _difference(name: str, *files: dict[str, Path]) -> str:
    if not all(name in these for these in files):
        return f"{name} is in the {'second' if name in files[1] else 'first'} alone"
    was, now = (_timeless(these[name]) for these in files)
    if was == now:
        return ""
    at = next((at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    return f"{name} at byte {at}: {was[max(at - 40, 0) : at + 40]!r}, and {now[max(at - 40, 0) : at + 40]!r}"


def _timeless(path: Path) -> bytes:
    """The bytes of a file; of one about an edition without the day, which may have become another meanwhile."""
    content = path.read_bytes()
    if path.name in OUTSIDE:
        for day in _DAYS:
            content = content.replace(day, b"<today>")
    return content


def _days() -> Iterator[bytes]:
    now = datetime.now(UTC).date().toordinal()
    yield from (str(datetime.fromordinal(now + later).date()).encode() for later in (0, 1))


_DAYS = tuple(_days())


def modes(folder: Path) -> set[str]:
    """How files and folders may be used that stand below a folder: `file 644`, `folder 755`."""
    return {
        f"{'folder' if path.is_dir() else 'file'} {path.stat().st_mode & 0o777:o}"
        for path in [folder, *folder.rglob("*")]
    }


def hash_of_edition(workspace: storage.Workspace) -> str:
    (path,) = workspace.editions("example").glob("*/r1/manifest.json")
    return str(storage.read_json(path)["edition_hash"])


def main() -> None:
    """Run the example network of a folder, and release what came of it if that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--umask", type=lambda text: int(text, 8))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--released", action="store_true")
    asked = parser.parse_args()
    os.umask(asked.umask)
    if asked.threads:
        _compute_on(asked.threads)
    from anchor_analysis.running import run_network
    from anchor_analysis.running.releasing import release

    workspace = storage.Workspace(asked.folder)
    run_network(workspace, "example", workers=asked.workers)
    if asked.released:
        release(workspace, "example", by="chief executive")


def _compute_on(threads: int) -> None:
    """Have every connection of DuckDB in this process compute on so many threads."""
    import duckdb

    connect = duckdb.connect

    def connected(*arguments, **named):
        connection = connect(*arguments, **named)
        connection.execute(f"SET threads = {threads}")
        return connection

    duckdb.connect = connected


if __name__ == "__main__":
    main()
