"""Whatever is killed and whenever: what stood stands, what was being made is whole or absent, and the next run goes on.

Commands are killed at every operation on files (`broken_off`), and by real signals at drawn moments, with all that they
have started. After each, the same command is given again, and everything has to be as if nothing had happened.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from anchor_analysis import placing, sealing, storage
from anchor_analysis.declared import load_network
from anchor_analysis.publish.editions import OUTSIDE, list_editions
from anchor_analysis.publish.ledger import LEDGER
from anchor_analysis.running import rows_behind
from anchor_analysis.running.following import follow
from anchor_analysis.running.holding import hold
from tests.broken_off import Starter
from tests.faults import Survived
from tests.small_network import make_workspace, send

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc")

SEED = 10
HEADING = "Killed, whatever it does and whenever"

RUN = ("run", "example", "-q")
RELEASE = ("edition", "release", "example", "--by", "chief executive")
WITHDRAW = (
    "edition", "withdraw", "example", "--year", "2023/24", "--revision", "r1", "--by", "chief executive",
    "--reason", "A return was of another year.",
)  # fmt: skip

#: What a killed command leaves under names like these is gone after the next one.
LEFT = (".writing-*", ".scratch-*", ".aside-*", ".ready", ".lock", "unfinished/*")

#: About how long Python takes to import all that a command needs, in seconds.
STARTING = 3.0

#: Where the results of a step stand under a name that says what they were made of.
STEPS = ("cleaned/*/*/*", "located/*/*/*", "linked/*", "results/*/*", "slices/*/*", "notebooks/*/*")


# --- what may be found ---

Files = dict[str, str]


def files_of(folder: Path) -> Files:
    """The files below a folder with their hashes, without what is left half made, and times.

    Of rows on the way only the names, which say what they are of: in which order threads wrote them is not promised.
    What lists them is told by whether they are as it says.
    """
    return {
        path.relative_to(folder).as_posix(): _told(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "run.json" and not _half_made(path.relative_to(folder))
    }


def _told(path: Path) -> str:
    if "processed" in path.parts and path.name == sealing.WHOLE:
        return f"whole: {sealing.is_whole(path.parent)}"
    return "" if "processed" in path.parts and path.suffix == ".parquet" else storage.file_hash(path)


def _half_made(path: Path) -> bool:
    return any(path.match(pattern) or parent.match(pattern) for pattern in LEFT for parent in path.parents)


@dataclass(frozen=True)
class Case:
    """A command in a workspace, and how that stands where nothing is broken off."""

    starter: Starter
    root: Path
    words: Sequence[str]

    @cached_property
    def before(self) -> Files:
        return files_of(self.root)

    def after(self) -> Files:
        """How it stands when the command has been done; what is entered in the ledger has the day."""
        return self._unbroken(date.today())[0]

    def operations(self) -> list[str]:
        return self._unbroken(date.today())[1]

    def seconds(self) -> float:
        """About how long it takes in a process of its own, on the machine as it is."""
        return self._unbroken(date.today())[2] + STARTING

    def _unbroken(self, day: date) -> tuple[Files, list[str], float]:
        known = self.__dict__.setdefault("known", {})
        if day not in known:
            root, begun = self.copy("unbroken"), time.monotonic()
            ended = self.starter.command(root, self.words)
            assert ended.code == 0, ended.printed
            known[day] = (files_of(root), ended.operations, time.monotonic() - begun)
        return known[day]

    def copy(self, name: str) -> Path:
        root = self.starter.folder / name
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root, symlinks=True)
        return root


def standing(files: Files) -> dict[str, Files]:
    """The files of each edition, in outputs and in the archive, by where it stands."""
    found: dict[str, Files] = {}
    for path, sealed in files.items():
        parts = path.split("/")
        if parts[0] in ("outputs", "kept") and len(parts) > 4 and parts[3].startswith("r"):
            found.setdefault("/".join(parts[:4]), {})["/".join(parts[4:])] = sealed
    return found


def found_wrong(root: Path, now: Files, before: Files, after: Files) -> list[str]:
    """What may not be: an edition that is neither as before nor as after, a ledger that says what is not so.

    Where folders cannot be exchanged, an edition may have been moved aside for a moment.
    """
    old, new, there = standing(before), standing(after), standing(now)
    wrong = []
    for place in old.keys() | new.keys() | there.keys():
        aside = root / Path(place).with_name(f".aside-{Path(place).name}")
        is_there, was, will_be = there.get(place), old.get(place), new.get(place)
        if is_there is None and aside.is_dir():
            is_there = {path.relative_to(aside).as_posix(): storage.file_hash(path) for path in aside.rglob("*")
                        if path.is_file() and path.name != "run.json"}  # fmt: skip
        if is_there != was and not (is_there and will_be and _is_new(is_there, will_be)):
            wrong.append(f"{place} is neither as it was nor as it is to be")
    ledger = f"networks/example/{LEDGER}"
    if now.get(ledger) not in (before.get(ledger), after.get(ledger)):
        wrong.append("the ledger is neither as it was nor as it is to be")
    workspace = storage.Workspace(root)
    for row in list_editions(workspace, "example").itertuples():
        said = storage.read_json(root / row.folder / "manifest.json")["status"]
        if said == "released" and row.status not in ("released", "withdrawn"):
            wrong.append(f"{row.folder} says that it is released, and the ledger does not")
    return wrong


def _is_new(is_there: Files, will_be: Files) -> bool:
    """Whether an edition is the new one, whole; its audit, beside it, may be still to come."""
    beside = {name for name in will_be if Path(name).name in OUTSIDE and name != "manifest.json"}
    same = all(will_be.get(name) == sealed for name, sealed in is_there.items())
    return same and is_there.keys() >= will_be.keys() - beside


def made_in(root: Path) -> dict[str, int]:
    """The results of steps that are whole under their names, each with what the disk knows it by.

    A file is whole from when its seal stands beside it, which is written after it.
    """
    folder = storage.Workspace(root).processed("example")
    paths = [path for pattern in STEPS for path in folder.glob(pattern) if not path.name.startswith((".", "failed-"))]
    paths = [path for path in paths if path.is_dir() or sealing.is_sealed(path)]
    return {path.relative_to(folder).as_posix(): path.stat().st_ino for path in paths}


def goes_on(case: Case, root: Path, known: dict[str, int]) -> list[str]:
    """What is wrong after the command was given again, in a workspace where it was broken off."""
    again = case.starter.command(root, case.words)
    done = again.code == 0 or "already" in again.printed
    wrong = [] if done else [f"the next one ended with {again.code}: {again.printed[-300:]}"]
    now, after = files_of(root), case.after()
    wrong += [f"{path} is not as without the break" for path in sorted(now.keys() | after.keys())
              if now.get(path) != after.get(path)]  # fmt: skip
    left = [path.relative_to(root).as_posix() for pattern in LEFT for path in root.rglob(pattern)]
    kept = made_in(root)
    anew = [path for path, number in known.items() if path in kept and kept[path] != number]
    return [*wrong, *(f"{path} is left" for path in left), *(f"{path} was whole, and made anew" for path in anew)]


def killed_at(case: Case, number: int) -> list[str] | None:
    """What is wrong after a command was killed before the operation of a number, and again after the next one.

    None if it came to its end before that.
    """
    root = case.copy("broken")
    if case.starter.command(root, case.words, number).code != -signal.SIGKILL:
        return None
    wrong = found_wrong(root, files_of(root), case.before, case.after())
    return [*wrong, *goes_on(case, root, made_in(root))]


@dataclass
class Tried:
    """What came of looking before every operation, and of going on from every state that a kill can leave."""

    operations: int = 0
    states: int = 0
    wrong: list[str] = field(default_factory=list)
    unsound: int = 0

    def told(self, wrong: Sequence[str], where: str) -> None:
        self.unsound += bool(wrong)
        self.wrong += [f"{where}: {one}" for one in wrong]


def killed_before_each(case: Case, exchange: bool = True) -> Tried:
    """What is wrong before each operation of a command, if it were killed there, and after the next one.

    States that differ in nothing but in what is under way in folders that nobody knows are gone on from once.
    """
    tried, root, states = Tried(), case.copy("watched"), dict[str, tuple[Path, str]]()
    after, copies = case.after(), case.starter.folder / "copies"
    shutil.rmtree(copies, ignore_errors=True)

    def look(operation: str) -> None:
        tried.operations += 1
        now = files_of(root)
        tried.told(found_wrong(root, now, case.before, after), operation)
        state = storage.text_hash(storage.to_json(now), *_under_way(root))
        shutil.rmtree(copies / state, ignore_errors=True)
        _link(root, copies / state)  # the last of its kind, which leaves the most
        states[state] = (copies / state, operation)

    ended = case.starter.command(root, case.words, exchange=exchange, look=look)
    assert ended.code == 0, ended.printed
    for copy, operation in states.values():
        if exchange or list(copy.rglob(".aside-*")):
            tried.states += 1
            tried.told(goes_on(case, copy, made_in(copy)), operation)
    return tried


def _link(folder: Path, to: Path) -> None:
    """A copy of a folder that has the same files, since none is written to in its place but the lock's."""
    shutil.copytree(folder, to, symlinks=True, copy_function=os.link)
    for lock in list(to.rglob(".lock")):
        text = lock.read_bytes()
        lock.unlink()
        lock.write_bytes(text)


def _under_way(root: Path) -> list[str]:
    """What a killed command would leave that the next one has to finish, undo or put back."""
    patterns = (".aside-*", ".ready", ".ready/*", ".ready/r*/manifest.json", "unfinished/*", "kept/**/.writing-*")
    return sorted({path.relative_to(root).as_posix() for pattern in patterns for path in root.rglob(pattern)})


# --- the workspaces that commands are broken off in ---


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    starter = Starter(tmp_path_factory.mktemp("broken off"))
    yield starter
    starter.close()


class Cases:
    """What is broken off, each in the workspace that it begins from, which is made when it is first asked for.

    There is an archive, unless all begins from a workspace that is given.
    """

    def __init__(self, starter: Starter, folder: Path, given: Path | None = None):
        self.starter, self.folder, self.given, self.known = starter, folder, given, dict[str, Case]()

    def __getitem__(self, name: str) -> Case:
        if name not in self.known:
            words, before, *steps = _CASES[name]
            self.known[name] = Case(self.starter, self.state(before, *steps), words)
        return self.known[name]

    def state(self, *steps: str) -> Path:
        """The workspace after these steps, each of which begins where the last ended."""
        root = self.folder / "-".join(steps)
        if root.is_dir():
            return root
        if steps == ("drafted",):
            shutil.copytree(self.given, root) if self.given else _begin(storage.Workspace(root))
            self._do(root, RUN)
            return root
        shutil.copytree(self.state(*steps[:-1]), root)
        if steps[-1] == "changed":
            send(storage.Workspace(root), "a", "2023-24", 150)
        else:
            self._do(root, {"released": RELEASE, "run": RUN}[steps[-1]])
        return root

    def _do(self, root: Path, words: Sequence[str]) -> None:
        ended = self.starter.command(root, words)
        assert ended.code == 0, ended.printed


_CASES: dict[str, tuple[Any, ...]] = {
    "a draft made again": (RUN, "drafted", "changed"),
    "a release": (RELEASE, "drafted"),
    "the run of a correction": (RUN, "drafted", "released", "changed"),
    "its release": (RELEASE, "drafted", "released", "changed", "run"),
    "a withdrawal": (WITHDRAW, "drafted", "released"),
}


@pytest.fixture(scope="module")
def cases(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return Cases(starter, tmp_path_factory.mktemp("states"))


@pytest.fixture(scope="module")
def plain(starter: Starter, made: storage.Workspace, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """Without an archive, from what other tests have made already."""
    return Cases(starter, tmp_path_factory.mktemp("plain"), made.root)


def _begin(workspace: storage.Workspace) -> None:
    make_workspace(workspace.root)
    path = workspace.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('place = "Leeds"', 'place = "Leeds"\narchive = "kept"'))


# --- killed at operations on files ---


def test_killed_at_drawn_operations_on_files_everything_is_whole_or_absent(plain, survived: Survived):
    drawn, tried, held, wrong = random.Random(SEED), 0, 0, list[str]()
    for name in ("a draft made again", "a release"):
        found = killed_at(plain[name], drawn.randint(1, len(plain[name].operations())))
        assert found is not None, "nothing was killed"
        tried, held, wrong = tried + 1, held + (not found), [*wrong, *(f"{name}: {one}" for one in found)]
    survived(HEADING, "a command by SIGKILL at drawn operations on files", tried=tried, held=held)
    assert not wrong


@pytest.mark.long
@pytest.mark.parametrize("name", _CASES)
def test_killed_before_any_operation_on_files_everything_is_whole_or_absent(cases, name, survived: Survived):
    tried = killed_before_each(cases[name])
    fault = f"{name}: before each operation on files"
    survived(HEADING, f"{fault}, and gone on from each state that differs", tried=tried.operations + tried.states,
             held=tried.operations + tried.states - tried.unsound)  # fmt: skip
    assert not tried.wrong
    assert tried.states > 5


@pytest.mark.long
@pytest.mark.parametrize("name", ["a draft made again", "a release"])
def test_where_folders_cannot_be_exchanged_the_next_command_puts_back_what_was_moved_aside(cases, name, survived):
    tried = killed_before_each(cases[name], exchange=False)
    survived(HEADING, f"{name}, where folders cannot be exchanged: before each operation on files",
             tried=tried.operations + tried.states, held=tried.operations + tried.states - tried.unsound)  # fmt: skip
    assert not tried.wrong
    assert tried.states


# --- killed by signals at drawn moments ---

#: Those that a command is told to end by, and what shells make of the exit code then.
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}

#: Within so many seconds all that a killed command has started has to have ended; and on a machine that is busy.
ENDS_WITHIN, BUSY = 5.0, 5

COMMAND = "from anchor_analysis.commands import command_line; command_line()"


@dataclass
class Killed:
    """A command that was sent a signal: how it ended, what it printed, and how long what it had started lived on."""

    code: int
    printed: str
    outlived: float


class Running:
    """A command in a process of its own, known by a mark in the environment of all that it starts."""

    def __init__(self, root: Path, words: Sequence[str], said: Path, code: str = COMMAND):
        self.mark, self.said = f"BROKEN_OFF={uuid.uuid4()}", said
        name, _, value = self.mark.partition("=")
        environment = os.environ | {"ANCHOR_WORKSPACE": str(root), name: value}
        with said.open("w") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, *words], env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            )  # fmt: skip

    def kill(self, number: signal.Signals, whole_group: bool) -> Killed:
        """Send a signal, as Ctrl-C does to the whole group if wanted, and wait for all to end."""
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        code = self.process.wait(ENDS_WITHIN * BUSY)
        ended = time.monotonic()
        while self.left() and time.monotonic() < ended + ENDS_WITHIN * BUSY:
            time.sleep(0.05)
        return Killed(code, self.said.read_text(encoding="utf-8"), time.monotonic() - ended)

    def left(self) -> list[str]:
        """The processes that this one has started, directly or not, and that are there still."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if self.mark.encode() in path.read_bytes():
                    found.append(path.parent.name)
        return found


def said_wrong(killed: Killed, number: signal.Signals, begun: bool) -> list[str]:
    """What is wrong with how a command ended and what it said; before it has begun, Python answers for itself."""
    if number == signal.SIGKILL or not begun:
        return [] if killed.code in (CODES[number], -number) else [f"it ended with {killed.code}"]
    wrong = [] if killed.code == CODES[number] else [f"it ended with {killed.code}"]
    lines = killed.printed.splitlines()
    return wrong if len(lines) == 1 and lines[0].startswith("Stopped.") else [*wrong, f"it said {killed.printed!r}"]


#: So long Python takes to come to the first line of a command, as a share of a whole run.
BEGINNING = 0.05


def killed_at_moments(cases: Cases, count: int) -> tuple[dict[str, list[int]], list[str]]:
    """How many were killed by each signal, of how many it held, and what was wrong; moments are drawn over a run."""
    drawn, wrong = random.Random(SEED), list[str]()
    numbers = list(CODES)[-count:]
    done = {number.name: [0, 0] for number in numbers}
    lasts = dict[str, float]()
    while (tried := sum(each for each, _ in done.values())) < count:
        name = ("a draft made again", "the run of a correction")[tried // len(numbers) % 2]
        case, number, moment = cases[name], numbers[tried % len(numbers)], drawn.random()
        lasts.setdefault(name, case.seconds())
        root = case.copy("killed")
        running = Running(root, case.words, case.starter.folder / "said")
        time.sleep(moment * lasts[name])
        killed = running.kill(number, drawn.random() < 0.5 and number == signal.SIGINT)
        if killed.code == 0:  # the machine is faster now
            lasts[name] *= 0.9
            continue
        found = said_wrong(killed, number, moment > BEGINNING)
        found += found_wrong(root, files_of(root), case.before, case.after())
        found += [f"processes were left for {killed.outlived:.1f} s"] if killed.outlived > ENDS_WITHIN else []
        found += goes_on(case, root, made_in(root))
        done[number.name][0] += 1
        done[number.name][1] += not found
        wrong += [f"{name}, {number.name} at {moment:.3f} of it: {one}" for one in found]
    return done, wrong


def tell_moments(survived: Survived, done: dict[str, list[int]]) -> None:
    for name, (tried, held) in done.items():
        survived(HEADING, f"a run by {name} at drawn moments", tried=tried, held=held)


def test_killed_at_a_drawn_moment_a_run_leaves_no_process_and_goes_on(plain, survived: Survived):
    done, wrong = killed_at_moments(plain, 1)
    tell_moments(survived, done)
    assert not wrong


@pytest.mark.long
def test_killed_at_a_hundred_moments_a_run_leaves_no_process_and_goes_on(cases, survived: Survived):
    done, wrong = killed_at_moments(cases, 102)
    tell_moments(survived, done)
    assert not wrong


# --- the parts of that, each by itself ---


def script(code: str, said: Path) -> Running:
    """A process that runs some code, which says `begun` when it has."""
    running = Running(Path.cwd(), [], said, code)
    until = time.monotonic() + 60 * BUSY
    while "begun" not in said.read_text(encoding="utf-8") and time.monotonic() < until:
        time.sleep(0.05)
    return running


_SLEEPS = """
import time
from anchor_analysis.commands.ending import ends_when_told
with ends_when_told():
    print("begun", flush=True)
    time.sleep(600)
"""

_WILL_NOT_END = """
import time
from anchor_analysis.commands.ending import ends_when_told
with ends_when_told():
    try:
        print("begun", flush=True)
        time.sleep(600)
    except BaseException:
        time.sleep(600)
"""


_IS_TAKEN_FOR_A_BUG = """
import time
from anchor_analysis.commands.ending import ends_when_told
with ends_when_told():
    try:
        print("begun", flush=True)
        time.sleep(600)
    except BaseException as error:
        raise RuntimeError from error
"""

_COMES_TO_NOTHING = """
import time, weakref
from anchor_analysis.commands.ending import ends_when_told
from anchor_analysis.telling.records import silent_records
class Gone: pass
def ends(_):
    print("begun", flush=True)
    time.sleep(600)
with ends_when_told(), silent_records():
    gone = Gone()
    kept = weakref.ref(gone, ends)
    del gone
    time.sleep(600)
"""

_CODES = {
    "in order": _SLEEPS, "not in order": _WILL_NOT_END, "in a library that makes an error of it": _IS_TAKEN_FOR_A_BUG,
    "where nothing can be raised": _COMES_TO_NOTHING,
}  # fmt: skip


@pytest.mark.parametrize("code", _CODES.values(), ids=_CODES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_says_so_in_one_line(tmp_path, code, number):
    killed = script(code, tmp_path / "said").kill(number, whole_group=False)
    assert killed.code == 128 + number
    first, last = killed.printed.splitlines()
    assert first == "begun" and last.startswith("Stopped.")


_POOL = """
import time
from anchor_analysis.running.pools import open_pool
if __name__ == "__main__":
    pool = open_pool(2)
    sleeping = [pool.submit(time.sleep, 600) for _ in range(2)]
    while not all(one.running() for one in sleeping): time.sleep(0.05)
    print("begun", flush=True)
    time.sleep(600)
"""

_SOURCE = """
import os, time
from anchor_analysis.running import forking
forking.SOURCES.get(os.environ)
print("begun", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("code", [_POOL, _SOURCE], ids=["a pool", "what kernels are forked from, while it imports"])
def test_what_a_killed_process_has_started_ends_by_itself(tmp_path, code):
    killed = script(code, tmp_path / "said").kill(signal.SIGKILL, whole_group=False)
    assert killed.outlived < ENDS_WITHIN * BUSY


def test_what_was_moved_aside_by_somebody_who_was_killed_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setattr(placing, "exchanged", lambda one, other: False)
    for name in ("old", "new"):
        storage.write_text(tmp_path / name / "which", name)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(placing.os, "replace", _dies_at(2, os.replace))
        placing.put_in_place(tmp_path / "new", tmp_path / "old")
    assert not (tmp_path / "old").exists()
    storage.sweep(tmp_path)
    assert storage.read_text(tmp_path / "old" / "which") == "old"
    placing.put_in_place(tmp_path / "new", tmp_path / "old")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert storage.read_text(tmp_path / "old" / "which") == "new"


def _dies_at(number: int, does: Callable[..., None]) -> Callable[..., None]:
    """A function that does nothing any more from a call on, as of a process that is not there."""
    calls = []

    def call(*given: Any) -> None:
        calls.append(given)
        if len(calls) >= number:
            raise RuntimeError
        does(*given)

    return call


def test_results_that_were_half_removed_are_not_taken_for_whole(tmp_path, monkeypatch):
    for name in ("one", "other"):
        storage.write_text(tmp_path / "key" / name, name)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(placing.shutil, "rmtree", _dies_at(1, shutil.rmtree))
        storage.keep_only(tmp_path, [])
    assert not (tmp_path / "key").exists()
    storage.sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_command_left_is_gone_when_the_next_one_begins(tmp_path):
    workspace = make_workspace(tmp_path)
    folders = [
        workspace.processed("example") / "results", workspace.editions("example"), workspace.network("example"),
        workspace.network("example") / "mappings" / "drafts", workspace.network("example") / "definitions" / "areas",
    ]  # fmt: skip
    for folder in folders:
        storage.write_text(folder / ".writing-1-file", "half")
        storage.write_text(folder / ".writing-1-file.yaml", "half: [")
        storage.write_text(folder / ".scratch-1" / "rows", "some")
    storage.write_text(workspace.editions("example") / ".aside-2023-24" / "page", "whole")
    with hold(workspace, load_network(workspace, "example"), "one"):
        assert not [path for pattern in LEFT[:3] for path in tmp_path.rglob(pattern)]
    assert storage.read_text(workspace.editions("example") / "2023-24" / "page") == "whole"


def test_the_rows_of_a_list_that_was_killed_lie_where_the_next_command_sweeps(made, tmp_path, monkeypatch):
    there, written = [], rows_behind._written

    def watched(behind: Any, to: Path, *more: Any) -> int:
        there.append((to, sorted(path.name for path in (tmp_path / "of a user").iterdir())))
        return written(behind, to, *more)

    monkeypatch.setattr(rows_behind, "_written", watched)
    gone = subprocess.Popen(["true"])
    gone.wait()
    ours, processed = tmp_path / "of a user" / "rows.csv", tmp_path / "processed"
    for pid, folder in ((gone.pid, ours.parent), (gone.pid, processed), (os.getpid(), processed)):
        storage.write_text(folder / f".scratch-of-{pid}-x" / "rows.csv", "rows")
    storage.write_text(ours.with_name(f".writing-{gone.pid}-rows.csv"), "half of the rows")
    storage.discard(ours.parent / f".scratch-of-{gone.pid}-x")
    assert rows_behind.write_rows(follow(made, "members|staff|2023-24|all|b|value").behind, ours, processed) == 147
    [(to, beside)] = there
    assert to.is_relative_to(processed) and beside == [f".writing-{gone.pid}-rows.csv"]
    assert [path.name for path in ours.parent.iterdir()] == ["rows.csv"]
    storage.sweep(processed)
    assert [path.name for path in processed.iterdir()] == [f".scratch-of-{os.getpid()}-x"]


# --- power that fails ---


def test_what_is_to_last_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    """And its name after that, and the names of the folders that are new above it."""
    done: list[tuple[str, str]] = []
    real = {name: getattr(os, name) for name in ("fsync", "replace")}

    def kept(at: int) -> None:
        done.append(("kept", os.readlink(f"/proc/self/fd/{at}")))
        real["fsync"](at)

    def placed(one: Any, other: Any) -> None:
        done.append(("placed", str(other)))
        real["replace"](one, other)

    monkeypatch.setattr(os, "fsync", kept)
    monkeypatch.setattr(os, "replace", placed)
    page = tmp_path / "new" / "newer" / "page"
    storage.write_text(page, "one")
    half = str(page.with_name(f".writing-{os.getpid()}-page"))
    above = [("kept", str(folder)) for folder in (tmp_path / "new", tmp_path)]
    assert done == [*above, ("kept", half), ("placed", str(page)), ("kept", str(page.parent))]
    done.clear()
    with storage.replacing(tmp_path / "editions" / "r1") as draft:
        storage.write_text(draft / "pages" / "one", "one")
        storage.write_text(draft / "manifest.json", "{}")
        assert ("kept", str(draft / "manifest.json")) not in done
    [place] = [
        at for at, (what, path) in enumerate(done) if (what, path) == ("placed", str(tmp_path / "editions" / "r1"))
    ]
    before, after = {path for what, path in done[:place] if what == "kept"}, done[place + 1 :]
    assert {str(draft / name) for name in ("pages/one", "pages", "manifest.json", "")} | {str(tmp_path)} <= before
    assert after == [("kept", str(tmp_path / "editions"))]
