"""Many networks in a row in one process, and one network of many members, as programs that print what that took.

`python -m tests.load networks FOLDER COUNT` runs so many networks, and prints of every ten what this process holds.
`python -m tests.load members FOLDER COUNT` runs one network of so many members, and prints how long its steps took.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import re
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from anchor_analysis import storage
from anchor_analysis.running import run_network
from anchor_analysis.running.preparing import held
from tests.small_network import make_workspace

#: So many networks share the process that kernels are forked from, which takes seconds to start.
TOGETHER = 10


def networks(folder: Path, count: int) -> None:
    """Run so many networks one after another, and print of every ten what this process holds when they have run."""
    workspace = make_workspace(folder / "workspace")
    for name in ("temporary", "runtime"):
        storage.made(folder / name)
    for first in range(0, count, TOGETHER):
        with held():
            for number in range(first, min(first + TOGETHER, count)):
                name = f"network_{number:03d}"
                _copy(workspace, name)
                run_network(workspace, name, workers=1)
                shutil.rmtree(workspace.processed(name))
        print(json.dumps(held_now(folder) | {"networks": min(first + TOGETHER, count)}), flush=True)


def _copy(workspace: storage.Workspace, name: str) -> None:
    for of in (workspace.network, workspace.raw):
        shutil.copytree(of("example"), of(name))
    declared = workspace.network(name) / "network.toml"
    storage.write_text(declared, storage.read_text(declared).replace('"example"', f'"{name}"'))
    _own_definition(workspace, name)


def _own_definition(workspace: storage.Workspace, name: str) -> None:
    """A list of wards that is no other network's, so that no two have one catalogue."""
    shipped = storage.packaged("networks/demonstration") / "definitions" / "areas" / "demonstration_wards_2018_v1.yaml"
    own = re.sub(
        r"^(title|name): .*$", rf"\1: Wards of {name}", storage.read_text(shipped), count=1, flags=re.MULTILINE
    )
    assert name in own
    storage.write_text(workspace.network(name) / "definitions" / "areas" / shipped.name, own)


def held_now(folder: Path) -> dict[str, Any]:
    """What this process holds: memory in MiB, descriptors, threads, processes, and files that should have gone.

    What the allocator keeps for the next one, and would give back if asked, nobody holds.
    """
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    beside = [path.name for name in ("temporary", "runtime") for path in (folder / name).rglob("*")]
    return {
        "memory": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024, "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")), "children": len(children()),
        "files": len(beside) + len(list((folder / "workspace").rglob(".[sw][cr]*-*"))),
    }  # fmt: skip


def children() -> list[int]:
    """The processes that this one has started and that have not been waited for."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


# --- one network of many members ---

SECTORS = ("local government", "health", "education", "housing", "utility", "culture")
MEMBER = """[[members]]
id = "{id}"
name = "{name}"
sector = "{sector}"
joined = {joined}
levers = ["employer", "spender"]
"""
KINDS = ("Council", "Hospitals", "University", "Housing", "Water", "Theatre")
YEARS = ("2021-22", "2022-23", "2023-24")


def members(folder: Path, count: int) -> None:
    """Run a network of so many members on the demonstration's postcodes, with all shipped notebooks."""
    from anchor_analysis.commands.demonstration import init_workspace, make_demonstration

    workspace = init_workspace(folder)
    make_demonstration(workspace, 0.02, lambda *_: None)
    _declare(workspace, count)
    for number in range(count):
        _send(workspace, number)
    steps: dict[str, list[float]] = {}
    begun = time.monotonic()

    def progress(step: str, *_: Any) -> None:
        steps.setdefault(step, []).append(time.monotonic() - begun)

    result = run_network(workspace, "many", progress=progress)
    took = {step: round(times[-1] - times[0], 1) for step, times in steps.items()}
    edition = result.edition.folder
    pages = {path.relative_to(edition).as_posix(): path.stat().st_size for path in edition.rglob("*.html")}
    print(json.dumps({"seconds": took, "all": time.monotonic() - begun, "pages": pages, "edition": str(edition)}))


def _declare(workspace: storage.Workspace, count: int) -> None:
    head = storage.read_text(workspace.network("demonstration") / "network.toml").partition("[[members]]")[0]
    head = head.replace('"demonstration"', '"many"', 1).replace('"2018/19"', '"2021/22"')
    head = re.sub(
        r"^(estate_baseline|most_disadvantaged|most_disadvantaged_other) = .*\n", "", head, flags=re.MULTILINE
    )
    told = "".join(
        MEMBER.format(
            id=f"member_{number:03d}", name=name_of(number), sector=SECTORS[number % len(SECTORS)],
            joined="2018-04-01" if number % 9 else "2023-04-01",
        )
        for number in range(count)
    )  # fmt: skip
    storage.write_text(workspace.network("many") / "network.toml", head + told)
    for name in ("categories.toml", "conditions.csv", "populations.toml"):
        shutil.copy(workspace.network("demonstration") / name, workspace.network("many") / name)


def name_of(number: int) -> str:
    """A name that is no other member's, and as long as names are."""
    return f"{KINDS[number % len(KINDS)]} of Place Number {number:03d} and Surroundings"


def _send(workspace: storage.Workspace, number: int) -> None:
    """Small returns of a member, but for a year that every eleventh has missed and the years before one joined."""
    postcodes = _postcodes(workspace)
    for place, year in enumerate(YEARS):
        if (number % 11 == 5 and place == 1) or (number % 9 == 0 and place < 2):
            continue
        staff, first = 40 + number % 37 * 5 + place * (number % 4), int(year[:4])
        people = "".join(
            f"E{number}-{n:05d},1,permanent,1,{postcodes[(n * 7 + number * 13) % len(postcodes)]}\n"
            for n in range(staff)
        )
        paid = "".join(
            f"T{number}-{n:05d},15/{(n + 3) % 12 + 1:02d}/{first + ((n + 3) % 12 < 3)},Supplier {n * 3 + number % 7},"
            f"{1_000 + n * 37 + number}\n"
            for n in range(36)
        )
        into = workspace.raw("many") / year / f"member_{number:03d}"
        storage.write_text(into / "workforce.csv", f"employee_id,assignment_id,contract,fte,home_postcode\n{people}")
        storage.write_text(into / "ledger.csv", f"transaction_id,payment_date,supplier_name,net_gbp\n{paid}")


def _postcodes(workspace: storage.Workspace) -> list[str]:
    lines = storage.read_text(workspace.raw("demonstration") / ".made" / "nspl_demonstration_2024-05.csv").splitlines()
    at = lines[0].split(",").index("pcds")
    return [line.split(",")[at].strip('"') for line in lines[1:2_000]]


if __name__ == "__main__":
    {"networks": networks, "members": members}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
