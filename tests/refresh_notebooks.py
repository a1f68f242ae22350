"""`make notebooks`: run the committed notebooks in place on the demonstration, and keep their outputs.

The pictures of the metrics' pages are drawn from the same edition. Notebooks are run on their defaults in an ordinary
kernel, as nbval runs them, and keep nothing that tells of the machine.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from anchor_analysis import Edition, open_edition, storage
from anchor_analysis.commands.demonstration import NETWORK
from anchor_analysis.commands.docs import PICTURES
from anchor_analysis.running.executing import plain
from anchor_analysis.running.kernels import PrivateKernelManager
from tests.workspace import ROOT, ensure_workspace


def refresh(path: Path) -> None:
    """Run one notebook and write it back with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=300, kernel_manager_class=PrivateKernelManager).execute()
    storage.write_text(path, nbformat.writes(plain(notebook)) + "\n")
    print(f"{path.name}: {len(notebook.cells)} cells")


def draw(edition: Edition) -> None:
    """Draw a picture of every metric that has one, and keep what each says."""
    said = {}
    for metric in edition.facts["definitions"]:
        chart = edition.chart("trend", metric)
        if not chart.empty:
            said[metric] = chart.alt
            storage.write_bytes(PICTURES.with_name(f"{metric}.png"), chart.png)
    storage.write_text(PICTURES, storage.to_json(said))
    storage.keep_only(PICTURES.parent, [PICTURES, *(PICTURES.with_name(f"{metric}.png") for metric in said)])
    print(f"{len(said)} pictures of metrics")


def main() -> None:
    """Run all notebooks of the repository, and draw the pictures of all metrics."""
    os.environ["ANCHOR_WORKSPACE"] = str(ensure_workspace().root)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(refresh, sorted((ROOT / "notebooks").glob("*.ipynb"))))
    draw(open_edition(NETWORK))


if __name__ == "__main__":
    main()
