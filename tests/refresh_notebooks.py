"""`make notebooks`: run the committed notebooks in place on the demonstration, and keep their outputs.

They are run on their defaults in an ordinary kernel, as nbval runs them, and keep nothing that tells of the machine.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from anchor_analysis import storage
from anchor_analysis.running.kernels import PrivateKernelManager
from anchor_analysis.running.notebooks import plain
from tests.workspace import ROOT, ensure_workspace


def refresh(path: Path) -> None:
    """Run one notebook and write it back with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=300, kernel_manager_class=PrivateKernelManager).execute()
    storage.write_text(path, nbformat.writes(plain(notebook)) + "\n")
    print(f"{path.name}: {len(notebook.cells)} cells")


def main() -> None:
    """Run all notebooks of the repository."""
    os.environ["ANCHOR_WORKSPACE"] = str(ensure_workspace().root)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(refresh, sorted((ROOT / "notebooks").glob("*.ipynb"))))


if __name__ == "__main__":
    main()
