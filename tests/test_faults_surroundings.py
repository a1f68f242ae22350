"""What a run stands in: its account and home, locale, streams, clock and folder, and the files that it is given.

A run in odd surroundings makes what it makes elsewhere, or ends with one clear error, and loses nothing.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from anchor_analysis import storage
from anchor_analysis.commands.beginning import have_a_home
from tests.disks import tree
from tests.small_network import refused, send

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these surroundings are made on Linux")

HEADING = "Odd surroundings"
ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from anchor_analysis.commands import command_line; command_line()"]

#: What tells of the day on which an edition was made.
OF_THE_DAY = "ro-crate-metadata.json"

Say = Callable[..., tuple[int, str]]


def command(
    workspace: storage.Workspace, *words: str, environment: dict[str, str | None] | None = None, **how: Any
) -> tuple[int, str]:
    """Run the command line in a process of its own; the exit code and what it printed."""
    variables: dict[str, str | None] = {
        **os.environ, "PYTHONPATH": str(ROOT), "ANCHOR_WORKSPACE": str(workspace.root), **(environment or {}),
    }  # fmt: skip
    given = {name: value for name, value in variables.items() if value is not None}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ended = subprocess.run([*COMMAND, *words], env=given, check=False, timeout=1500, **{**streams, **how})
    return ended.returncode, (ended.stdout or b"").decode("utf-8", "replace")


def made_again(made: storage.Workspace, folder: Path) -> storage.Workspace:
    """A workspace with what the small network was made from, and nothing of what was made from it."""
    for name in ("networks", "notebooks", "data/raw"):
        shutil.copytree(made.root / name, folder / name)
    return storage.Workspace(folder)


def same_edition(workspace: storage.Workspace, made: storage.Workspace) -> bool:
    """Whether the same pages, tables and claims were made; which are not is said."""
    one, other = (tree(where.root / "outputs", OF_THE_DAY) for where in (workspace, made))
    differ = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    assert not differ, differ[:20]
    return True


# --- surroundings in which a run makes the same ---


@dataclass(frozen=True)
class Odd:
    """Surroundings: what is set or not set in the environment, what a process does before it begins, its folder."""

    name: str
    environment: dict[str, str | None] = field(default_factory=dict)
    begins: Callable[[], None] | None = None
    folder: str = "workspace"
    streams: dict[str, Any] = field(default_factory=dict)
    sent: Callable[[storage.Workspace], None] | None = None


def without(*streams: int) -> Callable[[], None]:
    return partial(_closed, streams)


def _closed(streams: tuple[int, ...]) -> None:
    for number in streams:
        os.close(number)


def open_files(number: int) -> Callable[[], None]:
    return partial(resource.setrlimit, resource.RLIMIT_NOFILE, (number, number))


def future_files(workspace: storage.Workspace) -> None:
    """Returns whose times of change are to come, or before there were computers."""
    for at, path in enumerate(sorted(workspace.raw("example").rglob("*.csv"))):
        os.utime(path, ((4102444800, 4102444800), (1, 1), (-1e9, -1e9))[at % 3])


#: No account of people has it; the environment of every home that a library asks for.
NOBODY = 54321
HOMELESS = {
    name: None
    for name in (
        "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "MPLCONFIGDIR", "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "USER", "LOGNAME",
    )
}  # fmt: skip
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NOWHERE = "/proc/nowhere"  # where not even root makes a folder

SURROUNDINGS = [
    Odd("no HOME", HOMELESS),
    Odd("a HOME that is not there and cannot be made", {**HOMELESS, "HOME": NOWHERE}),
    Odd("a HOME that is a file", {**HOMELESS, "HOME": "/dev/null"}),
    Odd("a TMPDIR that is not there", {"TMPDIR": "/tmp/is/not/there"}),
    Odd("a TMPDIR with a long path", {"TMPDIR": "long"}),
    Odd("LC_ALL=C", {"LC_ALL": "C"}),
    Odd("LC_ALL=POSIX, and Python told not to take UTF-8", {**ASCII, "LC_ALL": "POSIX"}),
    Odd("output in ASCII", {"PYTHONIOENCODING": "ascii"}),
    Odd("output in Latin-1, and a locale that is not there", {"PYTHONIOENCODING": "latin-1", "LC_ALL": "xx_YY.KOI8"}),
    Odd("stdin closed", begins=without(0)),
    Odd("stdin and stdout closed", begins=without(0, 1)),
    Odd("all streams closed", begins=without(0, 1, 2)),
    Odd("256 open files at most", begins=open_files(256)),
    Odd("a folder with quotes, braces and patterns in its name", folder='it\'s a "{year}" %s %41 [a-z]* #1 & ~ $HOME'),
    Odd("a folder named in several scripts", folder="é 議事録 дело"),
    Odd("a folder named as a partition", folder="year=2023/member=a"),
    Odd("a folder with a path of 2,000 characters", folder="/".join(["x" * 199] * 10)),
    Odd("times of files that are to come, or long gone", sent=future_files),
]

#: As many of them as can be had at once.
AT_ONCE = Odd(
    "no HOME, no TMPDIR, ASCII, stdin closed, 256 open files, an odd folder and odd times of files, all at once",
    {**HOMELESS, **ASCII, "TMPDIR": "/tmp/is/not/there", "PYTHONIOENCODING": "ascii"},
    lambda: (without(0)(), open_files(256)()), "it's a \"{year}\" %41 [a-z]* é 議/year=2023", sent=future_files,
)  # fmt: skip


def run_in(odd: Odd, made: storage.Workspace, folder: Path) -> None:
    """Demand that a run in these surroundings ends well, and makes what it makes elsewhere."""
    workspace = made_again(made, folder / odd.folder)
    if odd.sent:
        odd.sent(workspace)
    environment = dict(odd.environment)
    if environment.get("TMPDIR") == "long":
        environment["TMPDIR"] = str(storage.made(folder / "/".join(["t" * 100] * 5)))
    code, printed = command(workspace, "run", "example", environment=environment, preexec_fn=odd.begins)
    assert code == 0, printed
    assert "Traceback" not in printed and "Error" not in printed, printed
    assert same_edition(workspace, made)
    assert not [path for path in workspace.root.rglob(".*") if path.name != ".lock"]


def _all_of(surroundings: list[Odd], made: storage.Workspace, folder: Path, survived: Callable[..., None]) -> None:
    wrong = {}
    for number, odd in enumerate(surroundings):
        try:
            run_in(odd, made, folder / f"{number}")
        except AssertionError as error:
            wrong[odd.name] = str(error)
        survived(HEADING, f"A run with {odd.name}", tried=1, held=int(odd.name not in wrong))
        shutil.rmtree(folder / f"{number}")
    assert not wrong, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())


def test_a_run_in_odd_surroundings_makes_the_same(made, tmp_path, clock, survived):
    long_ago = {"LD_PRELOAD": clock, **CLOCKS["that says 1970"]()} if clock else {}
    _all_of([replace(AT_ONCE, environment=AT_ONCE.environment | long_ago)], made, tmp_path, survived)


@pytest.mark.long
def test_a_run_in_each_of_the_odd_surroundings_makes_the_same(made, tmp_path, survived):
    _all_of(SURROUNDINGS, made, tmp_path, survived)


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_an_account_that_nobody_has_and_that_has_no_home_makes_the_same(made, tmp_path, survived):
    """As in a container that is run as a number."""
    if not _may_run_python():
        pytest.skip("the Python of this machine is for its owner alone")
    workspace = made_again(made, tmp_path / "workspace")
    for path in (tmp_path / "workspace", *workspace.root.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    code, printed = command(
        workspace, "run", "example", environment=HOMELESS, user=NOBODY, group=NOBODY, extra_groups=[]
    )
    held = code == 0 and same_edition(workspace, made)
    survived(HEADING, "A run of an account that has no name and no home", tried=1, held=int(held))
    assert held, printed


def _may_run_python() -> bool:
    """Whether an account that nobody has comes to this Python and to the library."""
    begun = [sys.executable, "-c", "import anchor_analysis"]
    try:
        return not subprocess.run(begun, cwd=ROOT, user=NOBODY, group=NOBODY, extra_groups=[], check=False).returncode
    except PermissionError:
        return False


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a home is no matter of an account's entry")
def test_an_account_without_a_home_is_given_one_and_another_keeps_its_own(monkeypatch, tmp_path):
    import pwd

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    have_a_home()
    assert Path.home() == tmp_path
    monkeypatch.delenv("HOME")
    have_a_home()
    assert Path.home() == Path("/")


def as_others_may() -> None:
    """Have root, from its next program on, do no more with the files of others than these let everybody do."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            os._exit(NOT_TRIED)


#: The exit code of a process that could not be had as a test wants it.
NOT_TRIED = 77


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to somebody else")
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_who_holds_a_lock_is_told_to_another_account_and_that_one_was_left_too(workspace, mode):
    lock, told = workspace.processed("example") / ".lock", []
    run = partial(command, workspace, "run", "example", "--quiet", preexec_fn=as_others_may)
    with storage.locked(lock.parent, "a run"):
        os.chown(lock, NOBODY, NOBODY)
        lock.chmod(mode)
        told.append(run())
    lock.touch(mode)
    os.chown(lock, NOBODY, NOBODY)
    told.append(run())
    if told[0][0] == NOT_TRIED:
        pytest.skip("not even root gives up what it may do here")
    if mode == 0o644:
        code, printed = told.pop(0)
        assert (code, f"a run (process {os.getpid()}) is at work here" in printed) == (4, True), printed
    for one in told:  # which nobody else can hold, or look into to see whether it is held
        refused(one, "data/processed/example")


# --- streams ---


def test_who_has_seen_enough_of_what_is_printed_breaks_nothing(made, survived):
    reading, writing = os.pipe()
    os.close(reading)
    code, printed = command(made, "catalogue", stdout=writing, stderr=subprocess.STDOUT)
    os.close(writing)
    asked = subprocess.Popen([*COMMAND, "catalogue"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    first = asked.stdout.readline()
    asked.stdout.close()
    said = asked.stderr.read()
    survived(HEADING, "A command whose reader leaves (`| head`)", 2, int(code == 0) + int(asked.wait(300) == 0))
    assert (code, printed, said) == (0, "", b"") and first and asked.returncode == 0


def test_what_is_printed_on_a_full_disk_is_one_clear_error(made, survived):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*COMMAND, "catalogue"], stdout=full, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )  # fmt: skip
    said = ended.stderr.decode()
    survived(HEADING, "A command that prints onto a full disk", 1, int(ended.returncode == 2 and "AN057" in said))
    refused((ended.returncode, said), "AN057")
    assert said.count("AN0") == 1 and "Exception ignored" not in said


def test_an_ascii_terminal_is_shown_pounds_and_boxes_as_it_can(made, survived):
    with survived.all_or_none(HEADING, "Pounds and boxes on a terminal of ASCII, Latin-1 and UTF-8", 3):
        for name in ("ascii", "latin-1", "utf-8"):
            code, printed = command(made, "catalogue", "net_spend", environment={**ASCII, "PYTHONIOENCODING": name})
            assert code == 0 and "Traceback" not in printed, printed


@pytest.mark.parametrize("limit", [16, *(pytest.param(more, marks=pytest.mark.long) for more in (32, 64, 127))])
def test_too_few_open_files_are_one_clear_error(made, tmp_path, limit, survived):
    workspace = made_again(made, tmp_path / "workspace")
    result = command(workspace, "run", "example", "--quiet", preexec_fn=open_files(limit))
    survived(HEADING, f"A run that may have {limit} files open", tried=1, held=int("(AN059" in result[1]))
    refused(result, "(AN059")
    assert not (workspace.root / "outputs").exists()


def _limited_files(limits: list[int], made: storage.Workspace, folder: Path, survived) -> None:
    """A limit on the size of a file is a quota that anybody may have, where nothing can be mounted."""
    wrong = []
    for limit in limits:
        workspace = made_again(made, folder / f"{limit}")
        small = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
        code, printed = command(workspace, "run", "example", "--quiet", preexec_fn=small)
        if not (code == 2 and "(AN057" in printed and "Traceback" not in printed and printed.count("docs/errors") == 1):
            wrong.append(f"{limit}: {code} {printed}")
        elif list(workspace.root.glob("outputs/example/*/r*")):
            wrong.append(f"{limit}: something was published")
    survived(HEADING, "A run that may write no file above a size", tried=len(limits), held=len(limits) - len(wrong))
    assert not wrong, "\n\n".join(wrong)


def test_a_file_that_may_grow_no_further_is_one_clear_error(made, tmp_path, survived):
    _limited_files([4_000], made, tmp_path, survived)


@pytest.mark.long
def test_any_file_that_may_grow_no_further_is_one_clear_error(made, tmp_path, survived):
    _limited_files([10, 1_000, 20_000, 60_000, 200_000], made, tmp_path, survived)


# --- names of files ---


def test_names_of_files_in_any_script_are_read(made, workspace, say):
    folder = workspace.raw("example") / "2023-24" / "c"
    (folder / "ledger.csv").rename(folder / "räkning 議事録 дело.csv")
    code, printed = say("check", "example")
    assert code in (0, 2) and "Traceback" not in printed, printed


def test_a_workspace_whose_name_is_no_text_is_one_clear_error(made, tmp_path):
    workspace = made_again(made, tmp_path / "b\udcff")
    refused(command(workspace, "run", "example", "--quiet"), "(AN001")


# --- what stands in the way, or leads nowhere ---


def _in_the_way(workspace: storage.Workspace) -> list[tuple[Path, Callable[[Path], object], str, str]]:
    """A place, what is put there, the code of the problem that this is, and what it names."""
    processed, own = workspace.root / "data" / "processed", workspace.network("example")
    sent = workspace.raw("example")
    away = partial(Path.symlink_to, target=workspace.root.with_name("not connected"))
    return [
        (processed, Path.touch, "AN014", "data/processed"),
        (processed / "example" / ".lock", Path.mkdir, "AN014", "data/processed/example/.lock"),
        (own / "network.toml", Path.mkdir, "AN014", "networks/example/network.toml"),
        (own / "answers.toml", Path.mkdir, "AN007", "networks/example/answers.toml"),
        (own / "agreements.toml", away, "AN007", "networks/example/agreements.toml"),
        (own / "conditions.csv", Path.mkdir, "AN007", "networks/example/conditions.csv"),
        (own / "editions.toml", Path.mkdir, "AN007", "networks/example/editions.toml"),
        (sent / "2023-24" / "c", away, "AN058", "data/raw/example/2023-24/c"),
        (sent / "2022-23", away, "AN058", "data/raw/example/2022-23"),
        (sent, away, "AN058", "data/raw/example"),
        (sent.parent, away, "AN058", "data/raw"),
        (sent / "ledger.csv", Path.touch, "AN024", "data/raw/example/ledger.csv"),
        (sent / "2023-24" / "a.zip", Path.touch, "AN024", "data/raw/example/2023-24/a.zip"),
        (sent / "2023-24" / "a", Path.touch, "AN024", "data/raw/example/2023-24/a"),
        (sent / "2023-24" / "b", os.mkfifo, "AN024", "data/raw/example/2023-24/b"),
        (sent / "2023-24" / "a" / "more.csv", os.mkfifo, "AN024", "data/raw/example/2023-24/a/more.csv"),
    ]


def test_what_stands_in_the_way_or_leads_nowhere_is_one_clear_error(workspace, say, survived):
    before, came = tree(workspace.root / "outputs"), []
    for path, put, code, named in _in_the_way(workspace):
        kept = path.rename(path.with_name("..kept")) if path.exists() else None
        put(path)
        ended, printed = say("run", "example", "--quiet")
        said = " ".join(printed.split())
        came.append((named, (ended == 2 and f"({code}," in said and named in said) or printed))
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        if kept:
            kept.rename(path)
    wrong = [one for one in came if one[1] is not True]
    survived(HEADING, "Folders, files, pipes and links to nowhere in the place of what a run reads or writes",
             tried=len(came), held=len(came) - len(wrong))  # fmt: skip
    assert wrong == []
    assert tree(workspace.root / "outputs") == before


CLOSED = (
    "data/raw", "data/raw/example", "data/raw/example/2023-24", "data/raw/example/2023-24/a",
    "data/raw/example/2023-24/b/more", "networks", "networks/example", "outputs", "outputs/example/2023-24",
    "outputs/example/2023-24/r1",
)  # fmt: skip

#: Closes one folder after the other, and says commands; after what each printed stands its exit code.
CLOSING = """
import os, sys
from pathlib import Path
from anchor_analysis.commands import main
for place in sys.argv[1:]:
    looks = ["edition", "list", "example"] if place.startswith("outputs") else ["check", "example", "-q"]
    for words in (["run", "example", "-q"], ["run", "--due", "-q"], looks):
        os.chmod(place, 0)
        sys.argv = ["anchor-analysis", *words]
        try:
            main()
        except SystemExit as stop:
            print(f"\\0{place}\\0{stop.code}\\0", flush=True)
        os.chmod(place, 0o755)
"""


def test_a_folder_that_may_not_be_read_is_told_and_not_taken_for_empty(workspace, survived):
    storage.write_text(workspace.raw("example") / "2023-24" / "b" / "more" / "readme.txt", "The rest of it.\n")
    before = tree(workspace.root / "outputs")
    ran = subprocess.run(
        [sys.executable, "-c", CLOSING, *CLOSED], cwd=workspace.root, preexec_fn=like_others, check=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said, places, codes = (ran.stdout.split("\0")[at:-1:3] for at in range(3))
    told = [
        f"{place}: the folder may not be read" in " ".join(text.split())
        for text, place in zip(said, places, strict=True)
    ]
    held = sum(known and code == "2" for known, code in zip(told, codes, strict=True))
    survived(
        HEADING, "A folder of returns, settings or editions that may not be read", tried=3 * len(CLOSED), held=held
    )
    assert held == 3 * len(CLOSED), ran.stdout
    assert tree(workspace.root / "outputs") == before


def like_others() -> None:
    """Be one who is refused what everybody else is refused, as root is not."""
    import ctypes

    for capability in (
        1,
        2,
    ):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, of which a program that is begun then has neither
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


# --- what goes or changes while it is read ---


def _when(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, do: Callable[[], object]) -> None:
    """Have something done at the moment that a function of the library is called, once."""
    real, done = getattr(module, name), []

    def after(*arguments: Any, **named: Any) -> Any:
        if not done:
            done.append(do())
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, after)


def _vanishings(workspace: storage.Workspace) -> list[tuple[str, str, str, Callable[[], object], str]]:
    """A module and its function, what is done as it is called, and what is told to be gone."""
    from anchor_analysis.read import returns as reading
    from anchor_analysis.running import executing, returns

    sent = workspace.raw("example") / "2023-24" / "c"
    page = workspace.notebooks / "network_impact.ipynb"
    aside = workspace.root.with_name("aside")

    def grows() -> None:
        with (sent / "ledger.csv").open("a") as stream:
            stream.write("TX-c-99999,15/03/2024,Hidden Name Builders,5\n")

    return [
        ("a file before it is read", returns, "read_one", (sent / "ledger.csv").unlink, "data/raw/example/2023-24/c"),
        ("a file while it is read", reading, "write_rows", (sent / "ledger.csv").unlink, "data/raw/example/2023-24/c"),
        ("a return's folder", reading, "kind_of", lambda: sent.rename(aside), "data/raw/example/2023-24/c"),
        ("a row is added while a file is read", reading, "write_rows", grows, "data/raw/example/2023-24/c"),
        ("a file is sent while others are read", reading, "write_rows",
         lambda: (sent / "more.csv").write_text("a,b\n"), "data/raw/example/2023-24/c"),
        ("a notebook", executing, "run_notebook", page.unlink, "notebooks/network_impact.ipynb"),
        ("a notebook is changed while it is run", executing, "_execute",
         lambda: page.write_text(page.read_text() + " "), "notebooks/network_impact.ipynb"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, *(pytest.param(number, marks=pytest.mark.long) for number in range(1, 7))])
def test_what_goes_or_changes_while_it_is_read_is_one_clear_error(workspace, say, monkeypatch, number, survived):
    send(workspace, "c", "2023-24", 187, lines=48)
    before = tree(workspace.root / "outputs")
    what, module, name, do, told = _vanishings(workspace)[number]
    _when(monkeypatch, module, name, do)
    result = say("run", "example", "--quiet")
    survived(HEADING, f"A run while {what} goes or changes", tried=1, held=int("(AN058" in result[1]))
    refused(result, "(AN058", told)
    assert tree(workspace.root / "outputs") == before, what
    assert not list(workspace.processed("example").glob("cleaned/*/c/*/.writing*"))


def test_a_return_that_changed_while_it_was_read_is_read_again(workspace, made, say, monkeypatch):
    """And its rows are not taken for those that were sent before, whose place they would have under their key."""
    path = workspace.raw("example") / "2023-24" / "c" / "ledger.csv"
    sent = path.read_text()
    shutil.rmtree(workspace.processed("example"))
    _when(monkeypatch, sys.modules["anchor_analysis.read.returns"], "write_rows",
          lambda: path.write_text(sent.replace("TX-c-00003", "TX-c-99993").replace(",1003\n", ",9999\n")))  # fmt: skip
    refused(say("run", "example", "--quiet"), "(AN058")
    path.write_text(sent)
    assert say("run", "example", "--quiet")[0] == 0
    assert same_edition(workspace, made)


@pytest.mark.long
def test_a_network_whose_folder_goes_keeps_what_was_released(workspace, say, monkeypatch):
    from anchor_analysis.running import pipeline
    from anchor_analysis.running.releasing import release

    release(workspace, "example", by="chief executive")
    send(workspace, "c", "2023-24", 187, lines=48)
    before = tree(workspace.root / "outputs")
    aside = workspace.root.with_name("aside")
    _when(monkeypatch, pipeline, "make", lambda: workspace.network("example").rename(aside))
    code, printed = say("run", "example", "--quiet")
    assert code == 2 and "Traceback" not in printed, printed
    assert tree(workspace.root / "outputs") == before


# --- the clock ---


@pytest.fixture(scope="session")
def clock(tmp_path_factory) -> str:
    """What puts another clock before a process and all that it starts; blank where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        return ""
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", made, ROOT / "tests" / "clock.c"], check=True)
    return str(made)


def _at(year: int) -> str:
    """Seconds from now to the middle of a year."""
    import time
    from datetime import UTC, datetime

    return str(int(datetime(year, 6, 1, tzinfo=UTC).timestamp() - time.time()))


CLOCKS = {
    "that says 1970": lambda: {"CLOCK_BY": _at(1970)},
    "that says 2100": lambda: {"CLOCK_BY": _at(2100)},
    "that is put back ten years while it is at work": lambda: {"CLOCK_BACK": str(10 * 365 * 86400)},
    "that is put forward while it is at work": lambda: {"CLOCK_BACK": str(-400 * 86400)},
}


def _by_clocks(clock: str, names: list[str], made: storage.Workspace, folder: Path, survived) -> None:
    if not clock:
        pytest.skip("no C compiler here, which makes the other clock")
    wrong = {}
    for number, name in enumerate(names):
        workspace = made_again(made, folder / f"{number}")
        environment = {"LD_PRELOAD": clock, **CLOCKS[name]()}
        try:
            code, printed = command(workspace, "run", "example", "--quiet", environment=environment)
            assert code == 0, printed
            assert same_edition(workspace, made)
        except AssertionError as error:
            wrong[name] = str(error)
        survived(HEADING, f"A run by a clock {name}", tried=1, held=int(name not in wrong))
    assert not wrong, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())


@pytest.mark.long
def test_no_clock_changes_a_figure(clock, made, tmp_path, survived):
    _by_clocks(clock, list(CLOCKS), made, tmp_path, survived)


@pytest.mark.long
def test_a_clock_that_is_put_back_between_two_runs_keeps_what_was_released(clock, made, workspace, survived):
    """And the second run sees what has changed since the first, though that has a later time."""
    if not clock:
        pytest.skip("no C compiler here, which makes the other clock")
    then = {"LD_PRELOAD": clock, "CLOCK_BY": _at(2016)}
    assert command(workspace, "edition", "release", "example", "--by", "chief executive")[0] == 0
    released = tree(workspace.root / "outputs/example/2023-24/r1")
    send(workspace, "c", "2023-24", 187, lines=48)
    code, printed = command(workspace, "run", "example", "--quiet", environment=then)
    held = code == 0 and tree(workspace.root / "outputs/example/2023-24/r1") == released
    held &= (workspace.root / "outputs/example/2023-24/r2/manifest.json").is_file()
    survived(HEADING, "A clock that is put back between a release and a run", tried=1, held=int(held))
    assert held, printed
    code, printed = command(workspace, "edition", "release", "example", "--by", "chief executive", environment=then)
    assert code == 0, printed
