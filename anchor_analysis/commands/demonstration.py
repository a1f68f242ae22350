"""Making the demonstration network's returns and references, where they are not there already."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.read import add_reference
from anchor_analysis.running import Progress

NETWORK = "demonstration"
SEED = 2018

#: What the generator makes beside the returns: reference files as a publisher has them, and the right answers.
BESIDE = ".made"

#: From this scale on, members are made in several processes, which take a second to start.
WORTH_PROCESSES = 0.3


def make_demonstration(workspace: storage.Workspace, scale: float, progress: Progress) -> Path:
    """Make returns, reference files and answers if their generator has changed; where the answers are.

    What its network's folder lacks is put there first.
    """
    copy_missing(storage.packaged(f"networks/{NETWORK}"), workspace.network(NETWORK))
    raw = workspace.raw(NETWORK)
    key = storage.text_hash(storage.code_hash("demonstration"), str(scale), str(SEED))
    mark = raw / BESIDE / "key"
    if not (mark.is_file() and storage.read_text(mark) == key):
        from anchor_analysis.demonstration import make_demonstration as make
        from anchor_analysis.running.pools import open_pool

        processes = (os.cpu_count() or 1) if scale >= WORTH_PROCESSES else 1
        progress("Make the returns", 0, 1, "")
        with storage.locked(workspace.processed(NETWORK), "a demonstration"):
            storage.sweep(raw.parent, below=False)
            with storage.replacing(raw) as folder, open_pool(processes) as pool:
                beside = folder / BESIDE
                make(folder, beside, beside / "answers.json", scale=scale, seed=SEED, each=pool.map)
                storage.write_text(beside / "key", key)
    progress("Make the returns", 1, 1, "")
    add_reference(raw / BESIDE / "nspl_demonstration_2024-05.csv", workspace, "demonstration_postcodes", "2024-05")
    add_reference(raw / BESIDE / "imd2019_demonstration.csv", workspace, "demonstration_deprivation", "2019")
    add_reference(raw / BESIDE / "imd2025_demonstration.csv", workspace, "demonstration_deprivation_2025", "2025")
    add_reference(raw / BESIDE / "residents_demonstration_2021.csv", workspace, "demonstration_residents", "2021")
    add_reference(raw / BESIDE / "gdp_deflator_demonstration_2024.csv", workspace, "demonstration_prices", "2024")
    add_reference(raw / BESIDE / "gdp_deflator_demonstration_2023.csv", workspace, "demonstration_prices_2023", "2023")
    return raw / BESIDE / "answers.json"


@contextmanager
def demonstration_anew(scale: float, progress: Progress) -> Iterator[storage.Workspace]:
    """A workspace with the demonstration's returns, made from nothing, for as long as it is used; all is invented."""
    with tempfile.TemporaryDirectory(prefix="anchor-") as folder:
        workspace = replace(init_workspace(Path(folder).resolve()), store="")
        make_demonstration(workspace, scale, progress)
        yield workspace


def init_workspace(folder: Path) -> storage.Workspace:
    """Make the folders of a workspace and copy the notebooks into it; what is there already stays as it is."""
    for name in ("networks", "data/raw", "data/processed", "outputs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    copy_missing(storage.packaged("notebooks"), folder / "notebooks")
    return storage.workspace_of(folder)


def copy_missing(source: Path, target: Path) -> None:
    """Copy the files of a folder that are not in the other one yet."""
    if source.resolve() == target.resolve():
        return
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_file() and not copy.exists() and ".ipynb_checkpoints" not in path.parts:
            storage.write_bytes(copy, path.read_bytes())
