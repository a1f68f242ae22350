"""Fixtures: a network for examples, the workspace with the demonstration, the folder of real data."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from anchor_analysis import storage
from anchor_analysis.commands import GARBAGE

if TYPE_CHECKING:
    from tests.spec import SpecNetwork

pytest_plugins = ["tests.faults"]

gc.set_threshold(*GARBAGE)

# Examples are the same in every run, however slow the machine; fixtures hold nothing that an example changes.
settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("project")

# The files that take longest, longest first. Begun last, one of them would keep one worker while the other is idle.
# The oracle's comes first because it makes the demonstration, which the other worker then does not wait for.
BEGUN_FIRST = [
    "oracle", "editions", "verify", "aggregate", "agreements", "injected_failures", "check", "jumps", "suppliers",
    "seeded_names", "ledger", "community", "real", "demonstration", "contributors", "counterfactuals", "commands",
    "breaks", "clean", "tutorial", "notebooks", "compare", "audience", "suppression", "protect", "definitions",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first; within a file, and among the others, they stay as they stand."""
    place = {f"test_{name}.py": at for at, name in enumerate(BEGUN_FIRST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture
def network(tmp_path: Path) -> SpecNetwork:
    """An example network whose members report what a test says."""
    from tests.spec import SpecNetwork  # takes seconds, and the process that only hands out tests needs none of it

    return SpecNetwork(tmp_path)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[storage.Workspace]:
    """The small network with the edition of its latest year; it is not changed.

    From here on the process that kernels are forked from stands for all runs of these tests: it takes seconds to start.
    """
    from anchor_analysis.running import forking, run_network
    from anchor_analysis.running.preparing import held
    from tests.small_network import make_workspace

    forking.OF_ONE_KERNEL += ("PYTEST_",)  # which test is at work is in the environment
    with held():
        workspace = make_workspace(tmp_path_factory.mktemp("a folder with spaces"))
        run_network(workspace, "example", workers=1)
        yield workspace


@pytest.fixture
def workspace(made: storage.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> storage.Workspace:
    """A copy of it, to do with as a test likes, in which the command line is."""
    shutil.copytree(made.root, tmp_path / "copy")
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path / "copy"))
    return storage.Workspace(tmp_path / "copy")


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run the command line; gives the exit code and what was printed, output and errors."""
    from anchor_analysis.commands import main

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["anchor-analysis", *words])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


@pytest.fixture(scope="session")
def demonstration() -> storage.Workspace:
    """The workspace in which the demonstration has been run whole."""
    from tests.workspace import ensure_workspace

    return ensure_workspace()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that need it are skipped where none is named."""
    folder = os.environ.get("ANCHOR_REAL_DATA")
    if not folder:
        pytest.skip("ANCHOR_REAL_DATA names no folder of real data")
    return Path(folder)
