"""A disk that is full, or takes no writes: one clear error, nothing lost, and with room again the same bytes."""

from __future__ import annotations

import importlib
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from anchor_analysis import storage, telling
from anchor_analysis.engine import open_engine
from anchor_analysis.publish.editions import OUTSIDE
from anchor_analysis.running import run_network
from anchor_analysis.running.releasing import release
from tests.disks import LARGE, Disk, can_mount, disk, most_used, tree
from tests.small_network import refused, send

pytestmark = pytest.mark.skipif(not can_mount(), reason="nothing may be mounted here")

Say = Callable[..., tuple[int, str]]

HEADING = "Disk full, or read-only"

#: Where all room is gone the moment that a step begins, in the order of a run.
MOMENTS = [
    "running.pipeline:located", "running.returns:read_one", "clean.cleaning:clean_returns",
    "link.linking:link_suppliers", "locate.locating:locate_returns", "running.results:make_results",
    "running.results:measured", "protect:protect", "running.results:_write_suppliers", "running.slices:make_slices",
    "running.executing:run_notebook", "running.executing:_execute", "running.executing:page_of",
    "publish.assembling:assemble", "publish.assembling:_write_pages", "publish.crate:write_crate",
    "running.signing:audit_edition", "running.signing:_record", "running.signing:_sign", "running.pointing:point_to",
    "running.listing:list_on_page",
]  # fmt: skip

#: The same of a release.
OF_A_RELEASE = [
    "running.releasing:render_as", "running.signing:audit_edition", "running.signing:_sign",
    "publish.ledger:enter_in_ledger",
]  # fmt: skip


@pytest.fixture(scope="module")
def before(made: storage.Workspace, tmp_path_factory: pytest.TempPathFactory) -> storage.Workspace:
    """The small network with a released edition, and a return that has changed since; nothing has been run again."""
    workspace = storage.Workspace(tmp_path_factory.mktemp("before") / "workspace")
    shutil.copytree(made.root, workspace.root)
    release(workspace, "example", by="chief executive")
    send(workspace, "c", "2023-24", 187, lines=48)
    return workspace


@pytest.fixture(scope="module")
def unbroken(before: storage.Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[storage.Workspace, int, int]:
    """What a run makes of it that nothing breaks; how much is there before it, and how much at most while it runs."""
    workspace = storage.Workspace(tmp_path_factory.mktemp("unbroken") / "workspace")
    with disk(tmp_path_factory.mktemp("measured")) as measured:
        there = _copied(before, measured)
        least = measured.used
        with most_used(measured) as most:
            run_network(there, "example")
        shutil.copytree(there.root, workspace.root)
        return workspace, least, most()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk for a workspace, in which the command line is."""
    with disk(tmp_path / "disk") as found:
        monkeypatch.setenv("ANCHOR_WORKSPACE", str(found.folder / "workspace"))
        yield found


def _copied(workspace: storage.Workspace, to: Disk) -> storage.Workspace:
    root = to.folder / "workspace"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(workspace.root, root)
    return storage.Workspace(root)


def _earlier(workspace: storage.Workspace) -> dict[str, str]:
    """What must be there still, byte for byte: returns, settings, the ledger, and the edition that was released."""
    found = tree(workspace.root)
    return {name: held for name, held in found.items() if name.startswith(("data/raw", "networks", "notebooks"))} | {
        name: held for name, held in found.items() if name.startswith("outputs/example/2023-24/r1/")
    }


def _broken_off(workspace: storage.Workspace, result: tuple[int, str], was: dict[str, str], whole: Path) -> None:
    """Of a run: one clear error; what was there stands; of the new edition there is all or nothing."""
    refused(result, "(AN057", "has no room")
    assert result[1].count("docs/errors.md#") == 1, result[1]
    assert str(workspace.root) not in result[1]
    assert _earlier(workspace) == was
    new = Path("outputs/example/2023-24/r2")
    assert tree(workspace.root / new, *OUTSIDE) in ({}, tree(whole / new, *OUTSIDE))  # its audit may be to come


def _goes_on(workspace: storage.Workspace, say: Say, whole: Path) -> None:
    """With room again the next run makes what an unbroken one does, and leaves nothing else."""
    code, printed = say("run", "example", "--quiet")
    assert code == 0, printed
    assert _same(tree(workspace.root), tree(whole))


def _same(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two trees are alike; which files are not is said."""
    differ = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    assert not differ, differ[:20]
    return True


def _try(
    tried: list[str], hit: Callable[[str], tuple[storage.Workspace, tuple[int, str]]], room: Callable[[], None],
    was: dict[str, str], say: Say, whole: Path,
) -> list[str]:  # fmt: skip
    """What did not survive: each fault is tried, looked at, and gone on from with room again."""
    wrong = []
    for one in tried:
        try:
            workspace, result = hit(one)
            _broken_off(workspace, result, was, whole)
            room()
            _goes_on(workspace, say, whole)
        except AssertionError as error:
            wrong.append(f"{one}: {error}")
        finally:
            room()
    return wrong


# --- however it is said ---


def _with_python(folder: Path) -> None:
    storage.write_bytes(folder / "a.bin", bytes(1_000_000))


def _with_copies(folder: Path) -> None:
    storage.write_bytes(storage.made(folder.parents[3] / "aside") / "a.bin", bytes(200_000))
    with storage.replacing(folder / "copied") as draft:
        for number in range(9):
            shutil.copytree(folder.parents[3] / "aside", draft / f"{number}")


def _with_arrow(folder: Path) -> None:
    storage.write_frame(pd.DataFrame({"a": np.random.default_rng(1).random(100_000)}), folder / "a.parquet")


def _with_engine(name: str, folder: Path) -> None:
    rows = storage.made(folder.parents[3] / "elsewhere") / "rows.parquet"
    many = np.random.default_rng(1).random(20_000)
    storage.write_frame(pd.DataFrame({"a": many, "part": "x"}), rows)
    engine = open_engine(name)
    read = engine.scan([rows] * 9)
    for number in range(9):
        engine.write(read, folder / f"{number}.parquet")


def _apart(folder: Path) -> None:
    rows = storage.made(folder.parents[3] / "elsewhere") / "rows.parquet"
    storage.write_frame(pd.DataFrame({"a": np.random.default_rng(1).random(20_000), "part": "x"}), rows)
    engine = open_engine("duckdb")
    for number in range(9):
        engine.write_parts(engine.scan([rows] * 9), "part", folder / f"{number}")


WAYS = {
    "Python": _with_python, "a copy of a folder": _with_copies, "Arrow": _with_arrow,
    "DuckDB": partial(_with_engine, "duckdb"), "DuckDB, by parts": _apart, "Polars": partial(_with_engine, "polars"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_whoever_writes_a_full_disk_is_told_of_by_its_folder(small, survived, way):
    folder = storage.made(small.folder / "workspace" / "data" / "processed" / "example" / ".scratch-1" / "rows")
    storage.made(small.folder / "workspace" / "networks")
    small.has(500_000)
    with pytest.raises(Exception) as caught:
        WAYS[way](folder)
    problem = telling.refusal(caught.value)
    said = str(problem)
    held = "(AN057" in said and "data/processed" in said
    survived(HEADING, f"A disk that is full when {way} would write", tried=1, held=int(held))
    assert held, (said, repr(caught.value))


# --- full by its size ---


def _sizes(least: int, most: int, number: int) -> list[int]:
    """Sizes of a disk from what is there to just short of what is needed."""
    return [least + (most - 8192 - least) * step // (number - 1) for step in range(number)]


def _full_at_sizes(small, before, unbroken, say, survived, sizes: list[int]) -> None:
    whole = unbroken[0].root

    def hit(size: str) -> tuple[storage.Workspace, tuple[int, str]]:
        workspace = _copied(before, small)
        small.has(int(size))
        return workspace, say("run", "example", "--quiet")

    wrong = _try([str(size) for size in sizes], hit, lambda: small.has(LARGE), _earlier(before), say, whole)
    fault = "A run on a disk too small for it, at sizes between what is there and what it needs"
    survived(HEADING, fault, tried=len(sizes), held=len(sizes) - len(wrong))
    assert not wrong, "\n\n".join(wrong)


def test_a_disk_too_small_for_a_run_loses_nothing(small, before, unbroken, say, survived):
    sizes = _sizes(*unbroken[1:], 20)
    _full_at_sizes(small, before, unbroken, say, survived, random.Random(1).sample(sizes, 1))


@pytest.mark.long
def test_a_disk_too_small_for_a_run_loses_nothing_at_any_of_20_sizes(small, before, unbroken, say, survived):
    _full_at_sizes(small, before, unbroken, say, survived, _sizes(*unbroken[1:], 20))


# --- full from a moment on ---


def _filled_before(monkeypatch: pytest.MonkeyPatch, point: str, of: Disk) -> None:
    """Have all room gone when a function of the library is called, from whichever module."""
    module, name = point.split(":")
    real = getattr(importlib.import_module(f"anchor_analysis.{module}"), name)

    def full(*arguments: object, **named: object) -> object:
        of.fill()
        return real(*arguments, **named)

    for owner in [owner for known, owner in sys.modules.items() if known.startswith("anchor_analysis")]:
        if getattr(owner, name, None) is real:
            monkeypatch.setattr(owner, name, full)


def _full_from(small, before, unbroken, say, survived, moments: list[str]) -> None:
    whole = unbroken[0].root

    def hit(moment: str) -> tuple[storage.Workspace, tuple[int, str]]:
        workspace = _copied(before, small)
        with pytest.MonkeyPatch.context() as patched:
            _filled_before(patched, moment, small)
            return workspace, say("run", "example", "--quiet")

    wrong = _try(moments, hit, lambda: small.has(LARGE), _earlier(before), say, whole)
    survived(HEADING, "A run whose disk is filled by others as a step begins", len(moments), len(moments) - len(wrong))
    assert not wrong, "\n\n".join(wrong)


def test_a_disk_that_others_fill_while_a_run_is_at_work_loses_nothing(small, before, unbroken, say, survived):
    _full_from(small, before, unbroken, say, survived, random.Random(2).sample(MOMENTS, 1))


@pytest.mark.long
def test_a_disk_that_others_fill_loses_nothing_at_any_step_of_a_run(small, before, unbroken, say, survived):
    _full_from(small, before, unbroken, say, survived, MOMENTS)


# --- full for kernels, for a release, for what is larger than memory ---


def _temporary(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))


@pytest.mark.long
def test_a_full_folder_for_temporary_files_is_one_clear_error(workspace, made, say, tmp_path, monkeypatch, survived):
    """Kernels have their sockets and keys there; at each size there is room for a little more."""
    wrong, pages, refusals = [], range(5), 0
    with disk(tmp_path / "temporary", 4096) as temporary:
        _temporary(monkeypatch, temporary.folder)
        for page in pages:
            temporary.has(LARGE)
            for path in [*temporary.folder.iterdir(), workspace.processed("example") / "notebooks"]:
                shutil.rmtree(path, ignore_errors=True)
            shutil.rmtree(workspace.editions("example"), ignore_errors=True)
            storage.write_bytes(temporary.folder / "of others", bytes(4096))  # no disk has less than a page
            temporary.has(4096 * (1 + page))
            result = say("run", "example", "--quiet")
            refusals += result[0] == 2
            if result[0] and not ("(AN057" in result[1] and "temporary files" in result[1]):
                wrong.append(f"{page}: {result}")
    survived(HEADING, "A run whose folder for temporary files is full", tried=len(pages), held=len(pages) - len(wrong))
    assert not wrong, "\n\n".join(wrong)
    assert refusals


@pytest.fixture(scope="module")
def with_archive(made: storage.Workspace, tmp_path_factory: pytest.TempPathFactory) -> storage.Workspace:
    """The small network, whose released editions are copied to an archive on another disk."""
    root = tmp_path_factory.mktemp("archiving") / "workspace"
    shutil.copytree(made.root, root)
    workspace = storage.Workspace(root)
    path = workspace.network("example") / "network.toml"
    archived = 'place = "Leeds"\narchive = "../archive"'
    storage.write_text(path, storage.read_text(path).replace('place = "Leeds"', archived))
    run_network(workspace, "example")
    return workspace


def _release_on(workspace: storage.Workspace, say: Say) -> tuple[int, str]:
    return say("edition", "release", "example", "--by", "chief executive")


def _release_survives(workspace: storage.Workspace, say: Say, was: dict[str, str], room: Callable[[], None]) -> str:
    """What is wrong after a release that a full disk broke off, or nothing."""
    try:
        refused(_release_on(workspace, say), "(AN057")
        assert not (workspace.network("example") / "editions.toml").exists()
        assert _same(tree(workspace.root), was)
        assert not [path for path in (workspace.root.parent / "archive").rglob("*") if path.is_file()]
        room()
        code, printed = _release_on(workspace, say)
        assert code == 0, printed
        archive = workspace.root.parent / "archive" / "example"
        assert tree(workspace.editions("example") / "2023-24" / "r1") == tree(archive / "2023-24" / "r1")
    except AssertionError as error:
        return str(error) or "it did not"
    finally:
        room()
    return ""


def _release_when_full(small, with_archive, say, survived, moments: list[str]) -> None:
    wrong = []
    for moment in moments:
        workspace = _copied(with_archive, small)
        shutil.rmtree(small.folder / "archive", ignore_errors=True)
        was = tree(workspace.root)
        with pytest.MonkeyPatch.context() as patched:
            _filled_before(patched, moment, small)
            said = _release_survives(workspace, say, was, lambda patched=patched: (patched.undo(), small.has(LARGE)))
        wrong += [f"{moment}: {said}"] if said else []
    survived(HEADING, "A release whose disk is filled as a step begins", len(moments), len(moments) - len(wrong))
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.long
def test_a_release_on_a_disk_that_others_fill_is_whole_or_none(small, with_archive, say, survived):
    _release_when_full(small, with_archive, say, survived, OF_A_RELEASE)


@pytest.mark.long
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_full_archive_leaves_the_draft_and_nothing_half_copied(
    with_archive, tmp_path, say, monkeypatch, survived, share
):
    workspace = storage.Workspace(tmp_path / "workspace")
    shutil.copytree(with_archive.root, workspace.root)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    was = tree(workspace.root)
    with disk(tmp_path / "archive") as archive:
        archive.has(int(share * storage.folder_size(workspace.editions("example"))))
        said = _release_survives(workspace, say, was, lambda: archive.has(LARGE))
    survived(HEADING, "A release whose archive has no room", tried=1, held=int(not said))
    assert not said, said


def test_rows_that_fit_neither_memory_nor_disk_are_one_clear_error(small, survived):
    workspace = storage.Workspace(small.folder / "workspace")
    storage.made(workspace.networks)
    folder = storage.made(workspace.processed("example"))
    storage.write_frame(pd.DataFrame({"a": [1]}), folder / "rows.parquet")
    engine = open_engine()
    engine.scan([folder / "rows.parquet"])
    many = engine._connection.sql("SELECT i, md5(i::VARCHAR) AS text FROM range(2000000) AS counted(i) ORDER BY text")
    small.has(1_000_000)
    held = 0
    for setting in ("1TB", "500KB"):  # DuckDB asks how much is free before it begins, and it may be gone by then
        engine._connection.execute("SET memory_limit = '60MB'")
        engine._connection.execute("SET threads = 1")
        engine._connection.execute(f"SET max_temp_directory_size = '{setting}'")
        with pytest.raises(Exception) as caught:
            engine.observe(nw.from_native(many).select("text"))
        problem = telling.refusal(caught.value)
        held += problem is not None and "data/processed/example: the disk has no room" in str(problem)
    survived(HEADING, "Rows that fit neither memory nor disk, in DuckDB", tried=2, held=held)
    assert held == 2


# --- read-only ---

PLACES = ["", "outputs", "outputs/example", "data/processed", "data/processed/example", "networks", "notebooks"]


def _read_only(place: str, before: storage.Workspace, say: Say, folder: Path, monkeypatch) -> str:
    """What is wrong with a run in a workspace of which a folder may only be read, or nothing."""
    workspace = storage.Workspace(storage.made(folder) / "workspace")
    shutil.copytree(before.root, workspace.root)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    aside = folder / "aside"
    shutil.move(workspace.root / place, aside)
    with disk(workspace.root / place) as only:
        shutil.copytree(aside, only.folder, dirs_exist_ok=True)
        was = tree(workspace.root / "outputs"), _earlier(workspace)
        only.read_only()
        result = say("run", "example", "--quiet")
        only.read_only(False)
        try:
            if place in ("networks", "notebooks"):  # which runs only read
                assert result[0] == 0, result[1]
                assert _earlier(workspace) == was[1]
                return ""
            refused(result, "(AN014", "nothing may be written there")
            assert (tree(workspace.root / "outputs"), _earlier(workspace)) == was
            code, printed = say("run", "example", "--quiet")
            assert code == 0, printed
        except AssertionError as error:
            return f"{place}: {error}"
    return ""


def _all_read_only(places: list[str], before, say, tmp_path, monkeypatch, survived) -> None:
    wrong = [
        said
        for number, place in enumerate(places)
        if (said := _read_only(place, before, say, tmp_path / f"{number}", monkeypatch))
    ]
    survived(HEADING, "A run in folders that may only be read", tried=len(places), held=len(places) - len(wrong))
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.long
def test_any_folder_that_may_only_be_read_is_one_clear_error(before, say, tmp_path, monkeypatch, survived):
    _all_read_only(PLACES, before, say, tmp_path, monkeypatch, survived)


@pytest.mark.long
@pytest.mark.parametrize("place", ["networks", "archive"])
def test_a_release_into_what_may_only_be_read_leaves_the_draft(
    with_archive, tmp_path, say, monkeypatch, survived, place
):
    workspace = storage.Workspace(tmp_path / "workspace")
    shutil.copytree(with_archive.root, workspace.root)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    folder = workspace.networks if place == "networks" else tmp_path / "archive"
    aside = tmp_path / "aside"
    shutil.move(folder, aside) if folder.exists() else storage.made(aside)
    with disk(folder) as only:
        shutil.copytree(aside, only.folder, dirs_exist_ok=True)
        was = tree(workspace.root)
        only.read_only()
        result = _release_on(workspace, say)
        survived(HEADING, "A release into a ledger or archive that may only be read", 1, int(result[0] == 2))
        refused(result, "nothing")
        assert tree(workspace.root) == was
        only.read_only(False)
        assert _release_on(workspace, say)[0] == 0
