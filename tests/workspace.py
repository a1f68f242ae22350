"""The workspace of the tests: the demonstration, whole, run once and again only when something has changed.

`python -m tests.workspace` makes it current.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.commands.demonstration import NETWORK, copy_missing, init_workspace, make_demonstration
from anchor_analysis.running import run_network

ROOT = Path(__file__).parent.parent
WORKSPACE = ROOT / ".cache" / "tests" / "workspace"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait while another process of the same test run makes the workspace; Windows has no fcntl."""
    lock = WORKSPACE.parent / "making"
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError:
            if time.time() - lock.stat().st_mtime > 600:
                lock.rmdir()
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.rmdir()


def ensure_workspace() -> storage.Workspace:
    """The workspace with the demonstration's edition; safe to call from several processes."""
    WORKSPACE.mkdir(parents=True, exist_ok=True)
    with one_at_a_time():
        workspace = init_workspace(WORKSPACE)
        for name in ("notebooks", f"networks/{NETWORK}"):
            shutil.rmtree(WORKSPACE / name, ignore_errors=True)
            copy_missing(ROOT / name, WORKSPACE / name)
        make_demonstration(workspace, 1.0, lambda *_: None)
        run_network(workspace, NETWORK)
    return workspace


if __name__ == "__main__":
    ensure_workspace()
