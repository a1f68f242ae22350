"""`make real`: the real Leeds ledgers, directory and deprivation files, through `run` to a page.

Needs the folder of real data that ANCHOR_REAL_DATA names. The workspace is `.cache/real/workspace`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.commands.demonstration import copy_missing, init_workspace
from anchor_analysis.commands.screen import out, progress_shown
from anchor_analysis.doors import NetworkResults
from anchor_analysis.read import add_reference
from anchor_analysis.running import run_network

ROOT = Path(__file__).parent.parent
NETWORK = "leeds_open_data"
REFERENCES = ["nspl_2025-05_west_yorkshire.csv", "imd2019_england.csv", "imd2025_england.csv"]


def make_real_workspace(data: Path, folder: Path) -> storage.Workspace:
    """A workspace with the real network, its two ledgers and the references."""
    workspace = init_workspace(folder)
    for name in ("notebooks", f"networks/{NETWORK}"):
        shutil.rmtree(folder / name, ignore_errors=True)
        copy_missing(ROOT / name, folder / name)
    returns = workspace.raw(NETWORK) / "2012-13" / "leeds_city_council"
    returns.mkdir(parents=True, exist_ok=True)
    for path in sorted((data / "ledgers").glob("leeds_2012-*.csv")):
        shutil.copyfile(path, returns / path.name)
    for name in REFERENCES:
        add_reference(data / "geography" / name, workspace, None, None)
    return workspace


def main() -> int:
    """Run it and show the account of every file; exit code 2 where there is no real data."""
    named = os.environ.get("ANCHOR_REAL_DATA")
    if not named:
        print("ANCHOR_REAL_DATA names no folder of real data; set it to one that holds ledgers/ and geography/.")
        return 2
    workspace = make_real_workspace(Path(named), ROOT / ".cache" / "real" / "workspace")
    with progress_shown(quiet=False) as progress:
        result = run_network(workspace, NETWORK, progress=progress)
    _show_account(result.edition.folder, workspace)
    return 0


def _show_account(folder: Path, workspace: storage.Workspace) -> None:
    from anchor_analysis.doors import open_network

    os.environ["ANCHOR_WORKSPACE"] = str(workspace.root)
    results: NetworkResults = open_network(NETWORK)
    for row in results.accounts.itertuples():
        out.print(
            f"{row.source_file}: {row.rows_read:,} rows = {row.rows_kept:,} kept + {row.rows_set_aside:,} set aside; "
            f"£{row.value_read_pence / 100:,.2f} = £{row.value_kept_pence / 100:,.2f} + "
            f"£{row.value_set_aside_pence / 100:,.2f}",
            markup=False,
        )
    out.print(f"Open:\n  {folder / 'network_impact.html'}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
