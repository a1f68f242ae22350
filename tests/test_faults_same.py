"""The same inputs give the same edition to the byte, whatever the machine, the folder, the order, the interruption."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anchor_analysis import storage
from tests.runs_apart import Circumstances, differences, environment_of, hash_of_edition, made_under, modes
from tests.small_network import make_workspace
from tests.workspace import ROOT

HEADING = "The same inputs elsewhere"

#: A terminal, an account and a machine that have nothing to do with those of the tests.
SOMEBODY = {
    "USER": "o'brien", "LOGNAME": "o'brien", "USERNAME": "o'brien", "HOSTNAME": "x1.example", "TEST_HOST": "x1.example",
    "COLUMNS": "40", "TERM": "dumb", "LANGUAGE": "tr:de",
}  # fmt: skip
#: An encoding that has no letter beyond ASCII: Python is told to believe it.
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS", "ARROW_NUM_THREADS")

EVERYTHING = Circumstances(
    "everything at once",
    {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "4711", **ASCII, **SOMEBODY, **dict.fromkeys(THREADS, "1")},
    workers=2, umask=0o077, shuffled=1, threads=1, place="elsewhere/another one's folder", from_folder="somewhere",
    killed_at="located", sent_backwards=True,
)  # fmt: skip

ONE_BY_ONE = [
    *(Circumstances(f"time zone {zone}", {"TZ": f"{zone}"}) for zone in ("Pacific/Auckland", "Pacific/Pago_Pago")),
    Circumstances("locale C, encoding ASCII", ASCII),
    Circumstances("locale POSIX, UTF-8", {"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8", "LANGUAGE": "tr:de"}),
    *(Circumstances(f"hash seed {seed}", {"PYTHONHASHSEED": seed}) for seed in ("1", "4711", "random")),
    *(Circumstances(f"{workers} workers", workers=workers) for workers in (2, 4)),
    *(Circumstances(f"file order, draw {seed}", shuffled=seed) for seed in (1, 2, 3)),
    *(Circumstances(f"umask {umask:03o}", umask=umask) for umask in (0o000, 0o027, 0o077)),
    Circumstances("run in another folder", from_folder="somewhere"),
    Circumstances("workspace of another path", place="a/b c/ein Ordner mit ü ' \" ; $HOME"),
    Circumstances("another user and machine", SOMEBODY),
    Circumstances("no home", {"HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere", "MPLCONFIGDIR": ""}),
    *(Circumstances(f"{threads} threads of DuckDB", threads=threads) for threads in (1, 3, 8)),
    *(Circumstances(f"{threads} threads of linear algebra", dict.fromkeys(THREADS, threads)) for threads in ("1", "4")),
    Circumstances("ordinary kernels", {"ANCHOR_FORKED_KERNELS": "0"}),
    Circumstances("returns sent backwards, of other days", sent_backwards=True),
    *(Circumstances(f"continued after a kill at {step}", killed_at=step)
      for step in ("cleaned", "linked", "located", "results", "slices", "notebooks")),
    EVERYTHING,
]  # fmt: skip

#: Shipped notebooks with charts, each for another reason: a map, bars, a page for each measure.
WITH_CHARTS = ("network_impact", "workforce", "spend")


def test_an_edition_made_elsewhere_by_others_in_another_order_after_a_kill_is_the_same(made, tmp_path, survived):
    again = made_under(EVERYTHING, made.root, tmp_path)
    wrong = differences(made.root / "outputs", again.root / "outputs")
    survived(HEADING, "everything at once", tried=1, held=int(not wrong))
    assert not wrong, "\n".join(wrong)
    assert hash_of_edition(again) == hash_of_edition(made)
    assert modes(again.editions("example")) == {"file 600", "folder 700"}


@pytest.mark.long
@pytest.mark.parametrize("charts", [False, True], ids=["small page", "shipped pages"])
def test_each_circumstance_alone_makes_no_difference_to_a_released_edition_or_its_archive(charts, tmp_path, survived):
    given = with_archive(make_workspace(tmp_path / "given"), WITH_CHARTS if charts else ())
    first = made_under(Circumstances("as ever"), given.root, tmp_path / "first", released=True)
    wrong = {}
    tried = [*locales(tmp_path / "locales"), *ONE_BY_ONE]
    for number, circumstances in enumerate(tried):
        again = made_under(circumstances, given.root, tmp_path / str(number), released=True)
        for folder in ("outputs", "archive"):
            found = differences(first.root / folder, again.root / folder)
            wrong |= {circumstances.name: found} if found else {}
        read, written = 0o777 & ~circumstances.umask, 0o666 & ~circumstances.umask
        assert modes(again.editions("example")) == {f"file {written:o}", f"folder {read:o}"}, circumstances.name
        shutil.rmtree(tmp_path / str(number))
    kind = "released with its archive, pages with charts" if charts else "released with its archive"
    survived(HEADING, f"one circumstance at a time, {kind}", len(tried), len(tried) - len(wrong))
    assert not wrong, "\n".join(f"{name}: {said}" for name, found in wrong.items() for said in found[:5])


def locales(folder: Path) -> list[Circumstances]:
    """Locales with a decimal comma, and with other small letters, where this system can make them."""
    made = []
    for name in ("de_DE", "tr_TR"):
        command = ["localedef", "-i", name, "-f", "UTF-8", str(storage.made(folder) / f"{name}.UTF-8")]
        if shutil.which("localedef") and subprocess.run(command, check=False, capture_output=True).returncode == 0:
            given = {"LOCPATH": str(folder), "LC_ALL": f"{name}.UTF-8", "LANG": f"{name}.UTF-8"}
            made.append(Circumstances(f"locale {name}", given))
    return made


def with_archive(workspace: storage.Workspace, shipped: tuple[str, ...]) -> storage.Workspace:
    """The workspace with an archive named, and these of the shipped notebooks in place of the page without charts."""
    path = workspace.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace("[area]", 'archive = "archive"\n[area]', 1))
    for name in shipped:
        for source in (ROOT / "notebooks").glob(f"{name}.*"):
            storage.write_text(workspace.notebooks / source.name, storage.read_text(source))
    return workspace


def test_a_difference_is_told_by_file_and_place(tmp_path):
    for name, text in (("one", "the same 1"), ("other", "the same 2")):
        storage.write_text(tmp_path / name / "a.txt", text)
        storage.write_text(tmp_path / name / "run.json", name)
    storage.write_text(tmp_path / "other" / "b.txt", "")
    assert differences(tmp_path / "one", tmp_path / "other") == [
        "a.txt at byte 9: b'the same 1', and b'the same 2'", "b.txt is in the second alone",
    ]  # fmt: skip


def test_files_are_looked_for_in_a_drawn_order(tmp_path):
    """The order is drawn in the process of a run, so that what is held above is held against something."""
    for letter in "abcdefgh":
        storage.write_text(tmp_path / "folder" / letter, "")
    code = (
        "import os, sys, pathlib; print(os.listdir(sys.argv[1]), [p.name for p in pathlib.Path(sys.argv[1]).glob('*')])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "folder")], check=True, capture_output=True, text=True,
            env=environment_of(Circumstances("drawn", shuffled=seed), tmp_path),
        ).stdout
        for seed in (1, 2)
    }  # fmt: skip
    assert len(told) == 2
